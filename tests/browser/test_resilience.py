"""What visitors see when a worker or the server dies, a training is stopped, or data can't be had."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from playwright.sync_api import Browser, Locator, Page, expect

from alternatives.experiments import Comparison
from tests.serving import Server

BEFORE = "/?dataset=iris&seeds=3&epochs=2&learning_rate=0.01"
ONE = Comparison(dataset="wine", n_seeds=20, n_epochs=200, learning_rate=0.01)
OTHER = Comparison(dataset="iris", n_seeds=20, n_epochs=200, learning_rate=0.01)
PATIENCE = 60_000

OpenPage = Callable[..., Page]
Settle = Callable[[Page], Page]


def headline(page: Page) -> Locator:
    return page.get_by_test_id("stMain").get_by_role("heading", level=2)


def ask(page: Page, comparison: Comparison) -> None:
    """Go to a comparison's link as the browser's buttons do."""
    page.evaluate(
        """link => {
            history.pushState({}, '', '/?' + new URLSearchParams(link));
            dispatchEvent(new PopStateEvent('popstate'));
        }""",
        comparison.to_link(),
    )
    expect(headline(page)).to_contain_text("Training", timeout=PATIENCE)


def workers(server: Server) -> set[int]:
    """The worker processes of a server."""
    found = set()
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            is_worker = b"LokyProcess" in (path / "cmdline").read_bytes()
        except OSError:
            continue  # it has ended
        if parent == server.process.pid and is_worker:
            found.add(int(path.name))
    return found


def taken(page: Page) -> pd.DataFrame:
    """The results as a visitor takes them away."""
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV", exact=True).click()
    return pd.read_csv(download.value.path())[["head", "seed", "measure", "value"]]


def test_a_worker_that_is_killed_costs_visitors_nothing_but_time(
    open_page: OpenPage, settle: Settle, server: Server
) -> None:
    pages = {comparison: open_page(BEFORE) for comparison in (ONE, OTHER)}
    for comparison, page in pages.items():
        ask(page, comparison)
    one, other = pages.values()
    expect(one.get_by_test_id("stMain")).to_contain_text("% done", timeout=PATIENCE)
    before = workers(server)
    killed = min(before)
    os.kill(killed, signal.SIGKILL)
    for page in (one, other):
        assert "Training" in headline(page).inner_text(), "the trainings were over before"
    for comparison, page in pages.items():
        undisturbed = comparison.run(n_jobs=1)
        page.bring_to_front()
        expect(headline(page)).to_have_text(undisturbed.finding_in_parts[0], timeout=PATIENCE)
        settle(page)
        pd.testing.assert_frame_equal(taken(page), undisturbed.measures, check_exact=True, check_dtype=False)
    assert killed not in workers(server)
    assert workers(server)


def seeds(page: Page) -> Locator:
    return page.locator("input[type=range][aria-label=Seeds]")


def test_a_training_that_is_stopped_can_go_on(open_page: OpenPage, settle: Settle) -> None:
    page = open_page(BEFORE)
    ask(page, Comparison(dataset="iris", n_seeds=19, n_epochs=400, learning_rate=0.01))
    page.get_by_role("button", name="Stop", exact=True).click(timeout=PATIENCE)
    expect(headline(page)).to_have_text("Stopped", timeout=PATIENCE)
    settle(page)
    main = page.get_by_test_id("stMain")
    expect(main).to_contain_text("There are no results yet")
    expect(page.get_by_test_id("stVegaLiteChart")).to_have_count(0)
    main.get_by_role("button", name="Go on").click()
    expect(headline(page)).to_contain_text("On iris over 19 seeds", timeout=PATIENCE)
    expect(main.get_by_role("button", name="Go on")).to_have_count(0)
    settle(page)


def test_what_cannot_be_had_is_said_without_boxes(open_page: OpenPage) -> None:
    """`open_page` waits until no place is held any more."""
    page = open_page("/?dataset=digits&seeds=100&epochs=500&hidden=512,512,512,512")
    expect(page.get_by_test_id("stMain")).to_contain_text("There are no results. Choose something else")
    expect(page.get_by_test_id("stVegaLiteChart")).to_have_count(0)
    expect(page.get_by_test_id("stMain")).not_to_contain_text("…")


def test_the_first_click_after_a_restart_counts(browser: Browser, settle: Settle, tmp_path: Path) -> None:
    server = Server(tmp_path / "log.txt")
    context = browser.new_context(base_url=server.url)
    try:
        server.wait()
        page = context.new_page()
        page.goto(BEFORE)
        expect(headline(page)).to_contain_text("over 3 seeds", timeout=PATIENCE)
        settle(page)
        server.stop()
        expect(seeds(page)).to_be_disabled(timeout=PATIENCE)
        server.start()
        server.wait()
        expect(seeds(page)).to_be_enabled(timeout=PATIENCE)
        page.wait_for_timeout(500)
        # The new server's first workers take their time where others work beside them.
        expect(headline(page)).to_contain_text("over 3 seeds of", timeout=PATIENCE)
        settle(page)
        seeds(page).focus()
        page.keyboard.press("ArrowRight")
        expect(headline(page)).to_contain_text("over 4 seeds", timeout=PATIENCE)
    finally:
        context.close()
        server.stop()
