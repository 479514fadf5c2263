"""Pins as people use them: pinned in one browser, passed on by link and by file to another."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

OpenPage = Callable[..., Page]
Settle = Callable[[Page], Page]

QUICK = "dataset=iris&seeds=3&hidden=8&learning_rate=0.01&epochs=2"
FOUR = (
    f"pin=a&pin=b&pin=c&pin=d&{QUICK.replace('iris', 'iris&heads=softmax%2Csigmoid')}"
    "&label_noise=~0.2~~0.2&activation=~~tanh~tanh"
)


def shown(page: Page) -> list[str]:
    """All that the page says in numbers: the finding and the tables."""
    main = page.get_by_test_id("stMain")
    return [
        main.get_by_role("heading", level=2).inner_text(),
        *main.get_by_test_id("stTable").all_inner_texts(),
    ]


def numbers(path: Path) -> list[object]:
    """What a session file says: the pins' settings and results."""
    return json.loads(path.read_text("utf-8"))["pins"]


def saved(page: Page, settle: Settle) -> Path:
    page.get_by_text("Session as a file").click()
    page.get_by_text("With results").click()
    page.wait_for_timeout(500)  # the file of before is offered until the run has begun
    settle(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save").click()
    return Path(download.value.path())


def test_four_comparisons_are_the_same_by_link_and_by_file(
    open_page: OpenPage, settle: Settle, tmp_path: Path
) -> None:
    first = open_page(f"/side_by_side?{FOUR}")
    expect(first.get_by_test_id("stMain").get_by_test_id("stVegaLiteChart").first).to_be_visible()
    own = shown(first)
    assert len(own) > 2
    file = saved(first, settle)
    by_link = open_page(first.url)
    assert shown(by_link) == own
    assert numbers(saved(by_link, settle)) == numbers(file)
    by_file = open_page("/side_by_side")
    by_file.get_by_text("Session as a file").click()
    copy = tmp_path / "session.json"
    copy.write_bytes(file.read_bytes())
    by_file.locator("input[type=file]").set_input_files(copy)
    expect(by_file.get_by_test_id("stMain")).to_contain_text("from pin to pin")
    assert shown(settle(by_file)) == own
    expect(by_file).to_have_url(first.url)


def test_pinned_with_the_keyboard_renamed_and_undone(
    open_page: OpenPage, settle: Settle, axe_violations: Callable[[Page], list[str]]
) -> None:
    page = open_page("/shape?heads=softmax")
    for n in range(2):
        page.get_by_role("button", name="Pin", exact=True).focus()
        page.keyboard.press("Enter")
        expect(page.get_by_test_id("stMain")).to_contain_text("Pinned as")
        if n == 0:
            page.get_by_text("confidently wrong", exact=True).click()
            expect(page.get_by_test_id("stMain")).not_to_contain_text("Pinned as")
            settle(page)
    page.get_by_test_id("stMain").get_by_role("link", name="Side by side").click()
    expect(page.get_by_test_id("stMain")).to_contain_text("2 shapes side by side")
    settle(page)
    assert "/side_by_side?pin=" in page.url
    before = page.url
    page.get_by_test_id("stSidebar").get_by_role("button", name="logits −8, 8, 0").click()
    name = page.get_by_role("textbox", name="Name")
    name.fill("wrong **and** sure")
    name.press("Enter")
    expect(page.get_by_test_id("stMain")).to_contain_text("wrong **and** sure")
    settle(page)
    assert page.url != before
    expect(page.get_by_role("textbox", name="Note")).to_be_visible()  # a new name closes nothing
    assert axe_violations(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_test_id("stMain")).not_to_contain_text("wrong **and** sure")
    expect(page).to_have_url(before)
    page.get_by_test_id("stHeader").get_by_role("link", name="Claims").click()
    expect(page.get_by_test_id("stMain")).not_to_contain_text("side by side")
    page.get_by_test_id("stHeader").get_by_role("link", name="Side by side").click()
    expect(page.get_by_test_id("stMain")).to_contain_text("2 shapes side by side")
    expect(page).to_have_url(before)


CHARTS = '[data-testid="stVegaLiteChart"] svg.marks'
N_BELOW = 1 + 3 * 4
"""Charts below the first: the key, and three of each pin."""
NOT_YET = "drawn when you come near"


@pytest.fixture
def at_top(open_page: OpenPage) -> Page:
    """Four pins that were seen before, on a telephone: their charts are far below."""
    page = open_page(f"/side_by_side?{FOUR}", size="narrow")
    if page.locator(CHARTS).count() > 1:  # nobody had seen them before: all is drawn at once
        page = open_page(f"/side_by_side?{FOUR}", size="narrow")
    expect(page.locator(CHARTS)).to_have_count(1)
    expect(page.get_by_text(NOT_YET)).to_be_attached()  # a screen reader says it
    return page


def test_charts_below_are_drawn_when_the_reader_comes_near_and_nothing_above_moves(
    at_top: Page, settle: Settle
) -> None:
    link = at_top.get_by_role("link", name="Open on Compare").last
    link.scroll_into_view_if_needed()
    before = link.bounding_box()
    expect(at_top.locator(CHARTS)).to_have_count(1 + N_BELOW)
    expect(settle(at_top).get_by_text(NOT_YET)).to_have_count(0)
    assert link.bounding_box() == before


def test_print_has_all_charts(at_top: Page) -> None:
    at_top.evaluate(
        "charts => { window.print = () => { window.printed = document.querySelectorAll(charts).length; }; }",
        CHARTS,
    )
    at_top.keyboard.press("Control+p")
    at_top.wait_for_function("window.printed")
    assert at_top.evaluate("window.printed") == 1 + N_BELOW


def test_printing_by_the_menu_of_the_browser_has_the_charts_drawn(at_top: Page) -> None:
    at_top.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(at_top.locator(CHARTS)).to_have_count(1 + N_BELOW)


def test_a_pin_is_changed_with_the_keyboard(open_page: OpenPage) -> None:
    page = open_page(f"/side_by_side?pin=one&pin=two&{QUICK}&label_noise=~0.2")
    page.get_by_test_id("stSidebar").get_by_role("button", name="two").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Name")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("textbox", name="Note")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("stSidebar").get_by_role("button", name="two")).to_be_focused()


def test_controls_that_are_loaded_late_show_what_the_page_shows(open_page: OpenPage, settle: Settle) -> None:
    page = open_page("/claims")
    waiting: list[Route] = []
    holds = True

    def hold(route: Route) -> None:
        if holds:
            waiting.append(route)
        else:
            route.continue_()

    page.route(re.compile("/static/js/(Slider|Selectbox|ButtonGroup)"), hold)
    page.goto("/?dataset=wine&seeds=4&hidden=8&epochs=2&learning_rate=0.01")
    page.get_by_role("button", name="Pin", exact=True).click()
    expect(page.get_by_test_id("stMain")).to_contain_text("Pinned as")
    assert waiting
    holds = False
    for each in waiting:
        each.continue_()
    sidebar = page.get_by_test_id("stSidebar")
    expect(sidebar.get_by_role("combobox").first).to_have_value(re.compile("^wine"))
    expect(sidebar.get_by_role("slider", name="Seeds")).to_have_value("4")
    softmax = sidebar.get_by_role("button", name="softmax", exact=True)
    expect(softmax).to_have_attribute("aria-pressed", "true")
    settle(page)
