"""The shape page as a person uses it: presets, sliders, links, and who can read it."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

OpenPage = Callable[..., Page]
Settle = Callable[[Page], Page]


def headline(page: Page) -> str:
    return page.get_by_test_id("stMain").get_by_role("heading", level=2).inner_text()


def test_presets_and_sliders_are_the_link(open_page: OpenPage, settle: Settle) -> None:
    page = open_page("/")
    page.get_by_role("link", name="Shape").click()
    expect(page.get_by_test_id("stMain")).to_contain_text("Class 1 gets a probability of 0.73 by softmax")
    page.get_by_text("confidently wrong", exact=True).click()
    expect(page.get_by_test_id("stMain")).to_contain_text("The heads get the logits −8, 8, 0")
    slider = page.locator("input[type=range][aria-label='Logit of class 0']")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_test_id("stMain")).to_contain_text("The heads get the logits −7.99, 8, 0")
    settle(page)
    copy = open_page(page.url)
    assert "logits=-7.99" in page.url
    assert headline(copy) == headline(page)
    page.go_back()
    expect(page.get_by_test_id("stMain")).to_contain_text("The heads get the logits −8, 8, 0")


def test_all_heads_can_be_read_by_all(
    open_page: OpenPage,
    settle: Settle,
    can_be_read_by_all: Callable[[Page], None],
) -> None:
    heads = "softmax,spherical softmax,plain normalisation,hinge,sparsemax"
    page = open_page(f"/shape?heads={heads}&nonsense=1")
    page.get_by_text("Source of softmax", exact=True).click()
    settle(page)
    expect(page.get_by_text("class Softmax(", exact=False).first).to_be_visible()
    can_be_read_by_all(page)
