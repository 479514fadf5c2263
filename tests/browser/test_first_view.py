"""The first view of the compare page: what moves, by keyboard, and for who wants no motion."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

OpenPage = Callable[..., Page]
Settle = Callable[[Page], Page]
LAST = "blurred by 2 pixels"


def test_it_is_used_by_keyboard_and_stays_folded(open_page: OpenPage, settle: Settle) -> None:
    page = open_page()
    finding = page.get_by_test_id("stMain").get_by_role("heading", level=2).bounding_box()
    assert finding["y"] + finding["height"] < 800
    name, blur = page.locator(".name"), page.get_by_role("slider", name="Blur")
    expect(name).to_have_text(re.compile("sharp$"))  # nothing has moved by itself
    blur.press("End")
    expect(name).to_have_text(re.compile(f"{LAST}$"))
    expect(page.get_by_role("img", name=LAST)).to_be_visible()
    expect(page.get_by_role("status").filter(has_text=LAST)).to_contain_text("softmax: ")
    page.get_by_role("button", name="Sharper").press("Enter")
    expect(name).not_to_have_text(re.compile(f"{LAST}$"))
    first = name.inner_text()
    page.get_by_role("button", name="Next digit").press("Enter")
    expect(name).not_to_have_text(first)
    page.get_by_role("button", name="Play").press("Enter")
    expect(name).to_have_text(re.compile(f"{LAST}$"))  # in steps
    page.get_by_role("button", name="Pause").press("Enter")

    page.get_by_test_id("stMain").get_by_text("What is a head?").click()
    expect(blur).to_have_count(0)
    settle(page)
    page.get_by_test_id("stHeader").get_by_role("link", name="Shape").click()
    expect(page.get_by_test_id("stMain").get_by_role("heading", level=2)).to_contain_text("probability")
    page.get_by_test_id("stHeader").get_by_role("link", name="Compare").click()
    expect(page.get_by_test_id("stMain").get_by_role("heading", level=2)).to_contain_text("On digits")
    expect(blur).to_have_count(0)


def test_it_plays_once_by_itself_and_a_guess_is_answered(open_page: OpenPage) -> None:
    page = open_page(size="narrow", reduced_motion="no-preference")
    cards = page.locator(".head").all()
    assert all(card.bounding_box()["y"] + card.bounding_box()["height"] < 844 for card in cards)
    name = page.locator(".name")
    expect(name).to_have_text(re.compile(f"{LAST}$"), timeout=20_000)
    expect(name).to_have_text(re.compile("sharp$"), timeout=20_000)
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    pills = page.get_by_test_id("stMain").get_by_test_id("stButtonGroup")
    assert pills.evaluate("each => each.scrollWidth <= each.clientWidth")  # all heads are in view
    pills.get_by_text("Taylor softmax").click()
    expect(page.get_by_text("trust softmax more")).to_be_visible()


def test_a_question_mark_explains_by_key(open_page: OpenPage) -> None:
    page = open_page("/shape?heads=softmax")
    page.get_by_test_id("stMain").get_by_role("button", name="Help").first.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_test_id("stTooltipContent")).to_contain_text(re.compile(r"\w+: \w+"))
