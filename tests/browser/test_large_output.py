"""The page of the large output layer as a person uses it: live, by links, and who can read it."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

OpenPage = Callable[..., Page]
Settle = Callable[[Page], Page]

SMALL = "classes=100,1000&dense_up_to=1000&units=16&batch=8"


def test_sliders_are_the_link_and_a_link_is_the_page(open_page: OpenPage, settle: Settle) -> None:
    page = open_page(f"/large_output?{SMALL}")
    main = page.get_by_test_id("stMain")
    expect(main).to_contain_text("With 1,000 classes one update takes")
    slider = page.locator("input[type=range][aria-label='Units']")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(main).to_contain_text("17 units and mini-batches of 8", timeout=30_000)
    settle(page)
    assert "units=17" in page.url
    copy = open_page(page.url)
    headline = [each.get_by_role("heading", level=2).first.inner_text() for each in (page, copy)]
    assert headline[0] == headline[1]  # measured once for both


def test_it_can_be_read_by_all(
    open_page: OpenPage,
    can_be_read_by_all: Callable[[Page], None],
) -> None:
    page = open_page(f"/large_output?{SMALL}&nonsense=1")
    expect(page.get_by_test_id("stVegaLiteChart")).to_have_count(4)
    expect(page.get_by_test_id("stMain")).to_contain_text("60 updates took")
    can_be_read_by_all(page)
