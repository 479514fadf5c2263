"""A session that is passed on by short link, on each store: what one browser shows, to the last digit."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_side_by_side import FOUR, shown
from tests.serving import Server

PATIENCE = 30_000

OpenPage = Callable[..., Page]
Settle = Callable[[Page], Page]


@pytest.fixture
def server(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server that keeps shared sessions there, instead of the one of all tests."""
    monkeypatch.setenv("ALTERNATIVES_SESSIONS", place)
    server = Server(tmp_path / "log.txt")
    try:
        server.wait()
        yield server
    finally:
        server.stop()


def taken(page: Page, complete: Settle) -> dict[str, Any]:
    """All numbers of the page, with every digit; not the link, which is another one."""
    complete(page)  # a run that draws more has other files
    with page.expect_download() as download:
        page.get_by_role("button", name="Results as JSON").click()
    held: dict[str, Any] = json.loads(Path(download.value.path()).read_text("utf-8"))
    return {name: held[name] for name in ("name", "finding", "method", "tables")}


def test_four_comparisons_are_the_same_by_short_link(
    open_page: OpenPage, settle: Settle, complete: Settle, place: str
) -> None:
    first = open_page("/side_by_side")
    first.goto(f"/side_by_side?{FOUR}")  # a server that has just started trains what it shows first, too
    skeletons = first.get_by_test_id("stSkeleton")
    expect(first.get_by_test_id("stMain")).to_contain_text("from pin to pin", timeout=PATIENCE)
    expect(skeletons).to_have_count(0, timeout=5 * PATIENCE)
    settle(first)
    own, numbers = shown(first), taken(first, complete)
    assert len(own) > 2
    assert len({row["pin"] for row in numbers["tables"]["Measures by pin"]}) == 4
    first.get_by_test_id("stSidebar").get_by_role("button", name="Share").click()
    first.get_by_role("button", name="Make links").click()
    expect(first.get_by_test_id("stCode")).to_have_count(2, timeout=PATIENCE)
    where = "in a database" if place.startswith("postgresql") else "in a file on this server"
    expect(first.locator("body")).to_contain_text(f"Kept {where}")
    for link in first.get_by_test_id("stCode").all_inner_texts():
        second = open_page(link)
        assert second.url == link
        assert len(link) < 100
        assert shown(second) == own
        assert taken(second, complete) == numbers
