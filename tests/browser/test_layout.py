"""Every page on screens from a telephone's to a large one's: nothing is cut, and charts come first."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, TimeoutError, expect

SCREENS = {390: 844, 768: 1024, 1024: 768, 1280: 800, 1920: 1080}
"""Widths in pixels, each with a height."""
TRAINED = "dataset=iris&seeds=3&epochs=2&learning_rate=0.01"
PAGES = {
    "compare": f"/?{TRAINED}&heads=softmax,spherical softmax,Taylor softmax,sigmoid",
    "side by side": f"/side_by_side?pin=right labels&pin=a pin with a longer name&{TRAINED}&label_noise=~0.2",
    "number of classes": "/number_of_classes?counts=2,4&seeds=3&samples=60&epochs=2&learning_rate=0.03",
    "shape": "/shape",
    "claims": "/claims",
    "claim": "/claims?claim=two classes",
    "hidden layers": "/inside?seeds=3&epochs=2&learning_rate=0.03&dataset=iris&width=6",
    "attention": "/inside?part=attention&seeds=3&epochs=2&learning_rate=0.03",
    "sweeps": "/sweeps",
    "the paper": "/the_paper",
    "large output": "/large_output?classes=100,1000,10000&dense_up_to=1000&units=16&batch=8",
}
ALWAYS = ("compare", "side by side", "shape", "claims", "hidden layers")
"""Pages of each make, which are looked at in every run."""
BEGIN_WITH_WORDS = ("claims", "the paper")
"""Pages whose first screen is sentences and a table."""
SCHEMES = ("dark", "light")
PATIENCE = 20_000

CUT = """() => {
    const main = document.querySelector('[data-testid=stMain]');
    const wide = [document.scrollingElement, ...main.querySelectorAll('*')].filter(each =>
        each.clientWidth > 1 && each.scrollWidth > each.clientWidth + 1
        && getComputedStyle(each).display !== 'inline' && !each.closest('svg, .katex, pre, thead'));
    return wide.map(each => `${each.tagName}.${each.className}: ${each.scrollWidth} in ${each.clientWidth}`);
}"""
"""What is wider than its room. Below a table's cells stands its head, which only screen readers get there."""

ALONE = """() => [...document.querySelectorAll('[data-testid=stMain] .stGrid')].filter(grid => {
    const tops = [...grid.children].map(cell => Math.round(cell.getBoundingClientRect().top));
    return tops.length === 4 && tops.filter(top => top === tops[0]).length === 3;
}).map(grid => grid.innerText.slice(0, 200))"""
"""Grids whose fourth cell stands alone."""

OpenPage = Callable[..., Page]


def settles(page: Page, found: str) -> None:
    """Wait until a function finds nothing: charts follow a new width one after the other."""
    try:
        page.wait_for_function(f"() => ({found})().length === 0", timeout=PATIENCE)
    except TimeoutError:
        pytest.fail(str(page.evaluate(found)))


@pytest.mark.parametrize(
    "name", [name if name in ALWAYS else pytest.param(name, marks=pytest.mark.thorough) for name in PAGES]
)
def test_every_screen_shows_all(open_page: OpenPage, complete: Callable[[Page], Page], name: str) -> None:
    # Another scheme would have every chart drawn anew: each page has one, and half of them the dark one.
    scheme = SCHEMES[list(PAGES).index(name) % 2]
    page = complete(open_page(PAGES[name], size="narrow", colour_scheme=scheme))
    charts = page.get_by_test_id("stVegaLiteChart")
    for width, height in SCREENS.items():
        page.set_viewport_size({"width": width, "height": height})
        settles(page, CUT)
        settles(page, ALONE)
        if name not in BEGIN_WITH_WORDS and width == min(SCREENS):
            top = charts.first.bounding_box()["y"]
            assert top < 0.8 * height, "no chart in the first screen"
        if name == "compare" and width >= 1024:
            boxes = [chart.bounding_box() for chart in charts.all()[:2]]
            assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"], "one column"
    expect(charts.first if name != "claims" else page.get_by_test_id("stMain")).to_be_visible()


def test_a_table_without_room_for_its_columns_is_a_list(open_page: OpenPage) -> None:
    page = open_page(PAGES["compare"])
    page.get_by_text("As a table", exact=True).click()
    table = page.get_by_test_id("stTable").first
    row = table.locator("tbody tr").nth(1)
    heading = row.get_by_text("Log loss (nats) ↓")
    expect(heading).to_be_hidden()
    page.set_viewport_size({"width": 390, "height": 844})
    expect(heading).to_be_visible()
    expect(row.locator("th")).to_have_text("spherical softmax")
    tops = [cell.bounding_box()["y"] for cell in row.locator("td").all()]
    assert tops[0] == tops[1] < tops[2] == tops[3]


def test_on_a_telephone_the_chart_stays_in_view_of_its_settings(
    open_page: OpenPage, settle: Callable[[Page], Page], axe_violations: Callable[[Page], list[str]]
) -> None:
    page = open_page(PAGES["compare"], size="narrow", colour_scheme="dark")
    page.get_by_role("button", name="Settings and pages").click()
    sheet, chart = page.get_by_test_id("stSidebar"), page.get_by_test_id("stVegaLiteChart").first
    expect(sheet).to_be_visible()
    expect(sheet.get_by_role("link", name="Large output")).to_be_visible()
    top = sheet.bounding_box()["y"]
    assert top > 0.5 * SCREENS[390]
    page.wait_for_function(
        "top => { const box = document.querySelector('.stVegaLiteChart').getBoundingClientRect();"
        " return box.top > 0 && box.bottom < top }",
        arg=top,
    )
    settle(page)
    assert axe_violations(page) == []
    before = chart.locator("svg").inner_html()
    slider = page.locator("input[type=range][aria-label=Seeds]")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_test_id("stMain")).to_contain_text("over 4 seeds")
    page.wait_for_function(
        "before => document.querySelector('.stVegaLiteChart svg').innerHTML !== before", arg=before
    )
    sizes = "[...document.querySelectorAll('input')].map(each => parseFloat(getComputedStyle(each).fontSize))"
    assert min(page.evaluate(sizes)) >= 16
    sheet.get_by_role("button", name="Close").click()
    expect(sheet).to_be_hidden()
    opener = page.get_by_role("button", name="Settings and pages")
    assert page.get_by_test_id("stMain").bounding_box()["height"] == opener.bounding_box()["y"]
    opener.click()
    expect(sheet.get_by_role("link", name="Compare")).to_be_in_viewport()  # it opens at its beginning
    sheet.get_by_role("link", name="Stories").click()
    expect(sheet).to_be_hidden()


def test_paper_is_white_and_has_no_controls(open_page: OpenPage) -> None:
    page = open_page(PAGES["compare"], colour_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    for control in ("stSidebar", "stHeader", "stElementToolbar", "stSelectbox"):
        expect(page.get_by_test_id(control).first).to_be_hidden()
    expect(page.get_by_role("button")).to_have_count(0)
    expect(page.get_by_text("Take away")).to_be_hidden()
    expect(page.locator("body")).to_have_css("background-color", "rgb(255, 255, 255)")
    label = page.locator(".stVegaLiteChart svg text").first
    expect(label).to_have_css("fill", "rgb(20, 23, 27)")
    above = "getComputedStyle(document.querySelector('.stMainBlockContainer'), '::before').content"
    assert "Softmax alternatives: Compare" in page.evaluate(above)
    assert "dataset=iris" in page.evaluate(above)
