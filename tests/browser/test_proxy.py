"""Two servers behind one proxy, below a path: pins, a short link, and what stays when a server is killed."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.hosting import with_nginx
from tests.serving import ROOT, Server

PATIENCE = 60_000

OpenPage = Callable[..., Page]
Settle = Callable[[Page], Page]


class Behind(Server):
    """The proxy, as the fixture `open_page` knows servers."""

    def __init__(self, url: str, servers: list[Server], log: Path) -> None:
        self.url, self.servers, self.log = url, servers, log

    def kill_the_one_that_answers(self) -> None:
        """Kill the server that has the visitor's comparison in its log."""
        (busy,) = [each for each in self.servers if each.log.read_text().count('"asked"') > 1]
        busy.process.kill()
        busy.process.wait()


@pytest.fixture
def server(place: str, tmp_path: Path) -> Iterator[Behind]:
    environment = os.environ | {"ALTERNATIVES_SESSIONS": place, "ALTERNATIVES_BASE_PATH": "softmax"}
    environment |= {"ALTERNATIVES_HOSTED": "on", "PYTHONPATH": str(ROOT)}
    servers = []
    try:
        for number in range(2):
            (tmp_path / str(number)).mkdir()
            servers.append(Server(tmp_path / str(number) / "log", environment=environment))
        for server in servers:
            server.wait(path="/softmax/_stcore/health")
        with with_nginx(tmp_path, [server.url for server in servers]) as url:
            yield Behind(url.removesuffix("/softmax"), servers, tmp_path / "nginx.log")
    finally:
        for server in servers:
            server.stop()


@pytest.mark.parametrize("place", ["PostgreSQL"], indirect=True)
def test_a_session_that_was_shared_is_there_on_the_other_server(
    open_page: OpenPage, settle: Settle, server: Behind
) -> None:
    page = open_page("/softmax/?dataset=iris&seeds=3&learning_rate=0.01&epochs=2")
    main = page.get_by_test_id("stMain")
    expect(main).to_contain_text("On iris over 3 seeds", timeout=PATIENCE)
    settle(page)
    page.get_by_role("button", name="Pin", exact=True).click()
    expect(main).to_contain_text("Pinned as")
    settle(page)
    main.get_by_role("link", name="Side by side").click()
    expect(page).to_have_url(re.compile(re.escape(f"{server.url}/softmax/side_by_side?")))
    page.get_by_test_id("stSidebar").get_by_role("button", name="Share").click()
    page.get_by_role("button", name="Make links").click()
    codes = page.get_by_test_id("stCode")
    expect(codes).to_have_count(2, timeout=PATIENCE)
    expect(page.locator("body")).to_contain_text("Kept in a database")
    link = codes.first.inner_text()
    assert link.startswith(f"{server.url}/softmax/side_by_side?session=")
    other = open_page(link)
    finding = other.get_by_test_id("stMain").get_by_role("heading", level=2)
    expect(finding).to_contain_text("On iris over 3 seeds", timeout=PATIENCE)

    with other.expect_websocket(timeout=PATIENCE):  # to the other server, which has never seen this visitor
        server.kill_the_one_that_answers()
    settle(other)
    other.get_by_test_id("stSidebar").get_by_role("button", name="Share").click()
    expect(other.locator("body")).to_contain_text("Kept in a database", timeout=PATIENCE)
    expect(finding).to_contain_text("On iris over 3 seeds", timeout=PATIENCE)
    assert other.url == link
