"""Addresses and the browser's history: every entry is a page as somebody saw it."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, expect

SMALL = "dataset=iris&heads=softmax,sigmoid&seeds=3&epochs=2&learning_rate=0.01"

OpenPage = Callable[..., Page]
Settle = Callable[[Page], Page]


BEGINNINGS = {"/shape": "Class", "/claims": "Of", "/compare": "On iris", "/": "On iris"}
"""How the headline of each page begins."""


def shown(page: Page) -> str:
    """The headline without its numbers: times are measured anew. The address changes before the page does."""
    headline = page.get_by_test_id("stMain").get_by_role("heading", level=2).first
    beginning = BEGINNINGS[urlsplit(page.url).path]
    expect(headline).to_have_text(re.compile(f"^{beginning}"), timeout=20_000)
    return re.sub(r"[\d.]+", "", headline.inner_text())


def step(page: Page, control: str) -> None:
    slider = page.locator(f"input[type=range][aria-label='{control}']").first
    slider.focus()
    page.keyboard.press("ArrowRight")


def test_back_goes_through_what_was_visited(open_page: OpenPage, settle: Settle) -> None:
    page = open_page(f"/?{SMALL}")
    expect(page.get_by_role("dialog")).to_have_count(0)
    visited = [(page.url, shown(page))]

    def arrives(address: str) -> None:
        expect(page).to_have_url(re.compile(address), timeout=20_000)
        settle(page)
        visited.append((page.url, shown(page)))

    menu = page.get_by_test_id("stHeader")
    step(page, "Seeds")
    arrives("seeds=4")
    menu.get_by_role("link", name="Shape").click()
    arrives("/shape$")
    step(page, "Logit of class 0")
    arrives(r"/shape\?logits=")
    menu.get_by_role("link", name="Compare").click()
    arrives("/compare.*seeds=4")
    menu.get_by_role("link", name="Shape").click()
    arrives(r"/shape\?logits=")

    assert page.evaluate("history.length") == len(visited) + 1  # and the empty page of a new window
    for address, headline in visited[-2::-1]:
        page.go_back()
        expect(page).to_have_url(address)
        settle(page)
        assert shown(page) == headline
    page.go_forward()
    expect(page).to_have_url(visited[1][0])
    expect(page.locator("input[type=range][aria-label=Seeds]")).to_have_value("4")


def test_the_way_back_from_an_unchanged_page_to_a_changed_one(open_page: OpenPage, settle: Settle) -> None:
    page = open_page("/shape?heads=softmax")
    step(page, "Logit of class 0")
    expect(page).to_have_url(re.compile(r"/shape\?.*logits="))
    settle(page)
    changed, headline, entries = page.url, shown(page), page.evaluate("history.length")
    page.get_by_test_id("stHeader").get_by_role("link", name="Claims").click()
    expect(page).to_have_url(re.compile("/claims$"))
    settle(page)
    page.go_back()
    expect(page).to_have_url(changed)
    settle(page)
    assert shown(page) == headline
    assert page.url == changed
    assert page.evaluate("history.length") == entries + 1


def test_the_first_page_has_a_second_address(open_page: OpenPage, settle: Settle) -> None:
    """The first, ``/``, is where the way through all pages begins."""
    page = open_page(f"/compare?{SMALL}")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_test_id("stMain")).to_contain_text("On iris over 3 seeds")
    menu = page.get_by_test_id("stHeader")
    expect(menu.get_by_role("link", name="Compare")).to_have_attribute("aria-current", "page")
    step(page, "Seeds")
    expect(page.get_by_test_id("stMain")).to_contain_text("On iris over 4 seeds")
    expect(page).to_have_url(re.compile(r"/compare\?.*seeds=4"))
    settle(page)


def test_an_address_that_no_page_has(open_page: OpenPage, settle: Settle) -> None:
    page = open_page("/nope")
    main = page.get_by_test_id("stMain")
    expect(main).to_contain_text("There is no page at /nope")
    expect(page.get_by_role("dialog")).to_have_count(0)
    main.get_by_role("link", name="Shape").click()
    expect(page).to_have_url(re.compile("/shape$"))
    settle(page)
    page.go_back()
    expect(main).to_contain_text("There is no page at /nope")
    settle(page)


def test_who_goes_by_keys_sees_where_they_are(open_page: OpenPage) -> None:
    page = open_page("/shape?heads=softmax")

    def come_to(control: Locator) -> None:
        control.focus()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Tab")
        expect(control).to_be_focused()

    menu = page.get_by_test_id("stElementToolbar").first
    expect(menu).to_have_css("opacity", "0")
    come_to(menu.get_by_role("button").nth(1))
    expect(menu).to_have_css("opacity", "1")
    expect(menu.get_by_role("button").nth(1)).to_have_css("outline-style", "solid")
    slider = page.locator("input[type=range]").first  # is hidden; its thumb is seen
    come_to(slider)
    expect(slider.locator("xpath=../..")).to_have_css("outline-style", "solid")
