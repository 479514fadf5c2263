"""Pages shown to a room: a step a screen, by keys and by buttons, and back without a loss."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

TRAINED = "dataset=iris&seeds=3&epochs=2&learning_rate=0.01"
PAGES = {
    "compare": (f"/?{TRAINED}", "Calibration"),
    "side by side": (f"/side_by_side?pin=right&pin=wrong&{TRAINED}&label_noise=~0.2", "Gradient magnitude"),
    "shape": ("/shape?heads=softmax,Taylor softmax", "Jacobian"),
}
FITS = """() => {
    const main = document.querySelector('[data-testid=stMain]');
    const width = each => each.getBoundingClientRect().width;
    const charts = [...main.querySelectorAll('.stVegaLiteChart')];
    return main.scrollHeight <= main.clientHeight && main.scrollWidth <= main.clientWidth
        && charts.filter(each => each.getClientRects().length).every(each => {
            const drawn = each.querySelector('svg');
            return drawn && width(drawn) <= width(each.parentElement) + 2;
        });
}"""
ZOOM = "Number(document.querySelector('.stMainBlockContainer > .stVerticalBlock').style.zoom)"

OpenPage = Callable[..., Page]


def bar(page: Page) -> Locator:
    return page.get_by_role("navigation", name="Presentation")


def step(page: Page) -> Locator:
    return bar(page).get_by_role("status")


@pytest.mark.parametrize("name", PAGES)
def test_each_step_fills_one_screen(
    open_page: OpenPage, axe_violations: Callable[[Page], list[str]], name: str
) -> None:
    address, section = PAGES[name]
    page = open_page(f"{address}&present=true", colour_scheme="dark" if name == "shape" else "light")
    for width, height in ((1024, 768), (1920, 1080)):
        page.set_viewport_size({"width": width, "height": height})
        page.keyboard.press("Home")
        expect(step(page)).to_have_text(re.compile("^1 of"))
        page.wait_for_function(FITS)
        assert page.evaluate(ZOOM) > (1.1 if width == 1024 else 1.5)
        assert axe_violations(page) == []
        for _ in range(20):
            if section in step(page).inner_text():
                break
            page.keyboard.press("ArrowRight")
        expect(step(page)).to_contain_text(section)
        expect(page.get_by_role("heading", level=2)).to_be_hidden()
        page.wait_for_function(FITS)


def test_to_the_presentation_and_back(open_page: OpenPage, settle: Callable[[Page], Page]) -> None:
    page = open_page(f"/?{TRAINED}")
    sidebar = page.get_by_test_id("stSidebar")
    sidebar.get_by_role("button", name="Present").click()
    expect(page).to_have_url(re.compile("present=true"))
    expect(sidebar).to_be_hidden()
    expect(page.get_by_test_id("stMain").get_by_role("button", name="Pin")).to_be_hidden()
    settle(page)
    expect(step(page)).to_have_text(re.compile("^1 of"))
    bar(page).get_by_role("button", name="Next").click()
    expect(step(page)).to_have_text(re.compile("^2 of"))
    page.keyboard.press(" ")  # is the button's
    expect(step(page)).to_have_text(re.compile("^3 of"))
    page.keyboard.press("ArrowLeft")
    expect(step(page)).to_have_text(re.compile("^2 of"))
    bar(page).get_by_role("button", name="QR code").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("dataset=iris")
    expect(dialog).not_to_contain_text("present")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(step(page)).to_have_text(re.compile("^2 of"))
    page.keyboard.press("Escape")
    expect(bar(page)).to_have_count(0)
    expect(page).not_to_have_url(re.compile("present"))
    expect(sidebar).to_be_visible()
    expect(page.get_by_role("heading", level=2)).to_be_visible()
    settle(page)


def test_an_embedded_page_has_no_controls(open_page: OpenPage) -> None:
    page = open_page(f"/?embed=true&{TRAINED}")
    expect(step(page)).to_have_text(re.compile("^1 of"))
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()
    expect(bar(page).get_by_role("button", name="Leave")).to_be_hidden()
    opened = bar(page).get_by_role("link", name="Open").get_attribute("href")
    assert "embed" not in opened
    assert "dataset=iris" in opened
