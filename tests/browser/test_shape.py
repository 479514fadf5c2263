"""The shape page as a person uses it: presets, sliders, links, and who can read it."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

OpenPage = Callable[..., Page]
Settle = Callable[[Page], Page]


def headline(page: Page) -> str:
    return page.get_by_test_id("stMain").get_by_role("heading", level=2).inner_text()


def test_presets_and_sliders_are_the_link(open_page: OpenPage, settle: Settle) -> None:
    page = open_page("/shape?heads=softmax,sigmoid")
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


def test_it_can_be_read_by_all(
    open_page: OpenPage,
    settle: Settle,
    can_be_read_by_all: Callable[[Page], None],
) -> None:
    heads = "softmax,hinge,sparsemax"
    page = open_page(f"/shape?heads={heads}&nonsense=1")
    page.get_by_text("Source of softmax", exact=True).click()
    settle(page)
    expect(page.get_by_text("class Softmax(", exact=False).first).to_be_visible()
    can_be_read_by_all(page)


SIDES = """chart => {
    const box = mark => mark.getBoundingClientRect()
    const [bottom, right, left] = [...chart.querySelectorAll('.mark-rule line')].slice(0, 3).map(box)
    return [bottom.width, Math.hypot(right.width, right.height), Math.hypot(left.width, left.height)]
}"""


def test_the_triangle_has_equal_sides_and_is_drawn_when_one_comes_near(
    open_page: OpenPage, settle: Settle, complete: Settle
) -> None:
    page = open_page("/shape", size="narrow")
    waiting = page.get_by_text("drawn when you come near")
    expect(waiting).to_have_count(1)
    complete(page)
    expect(waiting).to_have_count(0)
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 844})
        triangle = page.get_by_test_id("stVegaLiteChart").filter(has=page.locator("text=class 2")).first
        triangle.scroll_into_view_if_needed()
        settle(page)
        bottom, right, left = triangle.evaluate(SIDES)
        assert bottom > 150
        assert abs(right - bottom) < 2
        assert abs(left - bottom) < 2
