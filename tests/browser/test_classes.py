"""The page of the number of classes as a person uses it: live, by links, and who can read it."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

OpenPage = Callable[..., Page]
Settle = Callable[[Page], Page]

SMALL = "counts=2,4&seeds=3&samples=60&epochs=2&learning_rate=0.03"


def test_controls_are_the_link_and_a_link_is_the_page(open_page: OpenPage, settle: Settle) -> None:
    page = open_page(f"/number_of_classes?{SMALL}")
    main = page.get_by_test_id("stMain")
    own = page.get_by_role("link", name="Number of classes").first
    expect(own).to_have_attribute("href", re.compile("/number_of_classes"))
    expect(main).to_contain_text("On Gaussian mixture over 3 seeds")
    slider = page.locator("input[type=range][aria-label='Seeds']")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(main).to_contain_text("On Gaussian mixture over 4 seeds", timeout=30_000)
    settle(page)
    assert "seeds=4" in page.url
    copy = open_page(page.url)
    headline = [each.get_by_role("heading", level=2).first.inner_text() for each in (page, copy)]
    assert headline[0] == headline[1]


def test_it_can_be_read_by_all(
    open_page: OpenPage,
    can_be_read_by_all: Callable[[Page], None],
) -> None:
    page = open_page(f"/number_of_classes?{SMALL}&nonsense=1")
    expect(page.get_by_test_id("stVegaLiteChart")).to_have_count(6)
    can_be_read_by_all(page)
