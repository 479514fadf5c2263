"""What a mark says under the pointer: a label for people and a rounded number, or nothing.

The pointer goes to two marks of every group of marks of every chart on every page, also in the parts that are
folded at first.
"""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

OpenPage = Callable[..., Page]
Settle = Callable[[Page], Page]

PATIENCE = 60_000

PAGES = {
    "compare": (
        "/?dataset=moons&heads=softmax,sigmoid&seeds=3&epochs=3",
        ("All measures", "What was tried"),
    ),
    "number of classes": ("/number_of_classes?heads=softmax,Taylor softmax&counts=2,5&seeds=2&epochs=2", ()),
    "shape": ("/shape", ()),
    "lines of a claim": ("/claims?claim=wrong and sure", ()),
    "dots of a claim": ("/claims?claim=sum to one", ()),
    "points of a claim": ("/claims?claim=frequencies", ()),
    "hidden layers": (
        "/inside?dataset=iris&kinds=relu,softmax&width=4&seeds=2&epochs=2&learning_rate=0.03",
        ("What the units do", "Losses and the gradients of other layers"),
    ),
    "attention": ("/inside?part=attention&normalisers=softmax&seeds=2&epochs=2&learning_rate=0.03", ()),
    "rows of digits": (
        "/inside?part=attention&task=rows of a digit&normalisers=softmax&seeds=2&epochs=2&learning_rate=0.03",
        (),
    ),
    "gate": ("/inside?part=gate&normalisers=softmax&seeds=2&gate_epochs=2&learning_rate=0.03", ()),
    "large output": ("/large_output?classes=100,1000&units=16&batch=8", ()),
}
"""An address that is trained soon, and the titles to click on."""

ALWAYS = ("compare", "shape", "dots of a claim")
"""Pages whose tooltips are read in every run; what charts say of all others is tested without a browser."""

READ = """chart => {
  const element = () => document.querySelector('#vg-tooltip-element.visible')
  const told = () => element() && [...element().querySelectorAll('tr')].map(
    row => [...row.children].map(cell => cell.innerText.trim()))
  const middle = mark => {
    const box = mark.getBBox(), at = new DOMPoint(box.x + box.width / 2, box.y + box.height / 2)
    const length = mark.getTotalLength ? mark.getTotalLength() : 0
    return length && !mark.isPointInFill(at) ? mark.getPointAtLength(length / 3) : at
  }
  const found = []
  for (const group of chart.querySelectorAll('g[class*="role-mark"]:not(.mark-group)')) {
    const marks = [...group.children].filter(mark => mark.__data__)
    for (const mark of new Set([marks[0], marks[marks.length >> 1]])) {
      if (!mark) continue
      const point = middle(mark)
      const at = new DOMPoint(point.x, point.y).matrixTransform(mark.getScreenCTM())
      const where = {bubbles: true, view: window, clientX: at.x, clientY: at.y}
      element()?.classList.remove('visible')
      for (const type of ['pointerover', 'pointermove'])
        mark.dispatchEvent(new PointerEvent(type, where))
      for (const type of ['mouseover', 'mousemove'])
        mark.dispatchEvent(new MouseEvent(type, where))
      found.push({kind: group.getAttribute('class'), rows: told()})
    }
  }
  return found
}"""
"""Moves the pointer over two marks of every group, and reads the tooltip's rows; null where there is none."""

LABEL = re.compile(r"(95\u00a0% |[A-Z∂]|[a-z]_[a-z]|c, )[^_]*")
"""A title as it was written for people. Names of columns are in lower case."""
LONG = re.compile(r"\d*\.\d*")


def too_exact(text: str) -> list[str]:
    """The decimal numbers in a text with more than four significant figures."""
    return [number for number in LONG.findall(text) if len(number.replace(".", "").lstrip("0")) > 4]


def complaints(said: list[dict], chart: str) -> Iterator[str]:
    """What is wrong with the tooltips of a chart."""
    for each in said:
        for row in each["rows"] or ():
            if len(row) != 2 or not LABEL.match(row[0]):
                yield f"{chart}: {each['kind']} is called {row}"
            elif not row[1] or re.search(r"undefined|null|NaN|\de[+-−]?\d|\d%", row[1]) or too_exact(row[1]):
                yield f"{chart}: {each['kind']} says {row}"


def test_a_tap_near_a_mark_says_it_until_the_next(open_page: OpenPage) -> None:
    page = open_page("/shape?heads=softmax", size="narrow", has_touch=True)
    mark = page.locator(".stVegaLiteChart .mark-rect.role-mark path").first
    mark.scroll_into_view_if_needed()
    box = mark.bounding_box()
    page.touchscreen.tap(box["x"] - 4, box["y"] + box["height"] - 2)
    tooltip = page.locator(".vg-tooltip.visible")
    expect(tooltip).to_be_visible()
    page.get_by_test_id("stMain").get_by_role("heading").first.tap()
    expect(tooltip).to_have_count(0)


@pytest.mark.parametrize(
    "name", [name if name in ALWAYS else pytest.param(name, marks=pytest.mark.thorough) for name in PAGES]
)
def test_marks_say_what_they_are(
    open_page: OpenPage, settle: Settle, complete: Callable[[Page], Page], name: str
) -> None:
    path, folded = PAGES[name]
    page = open_page(path)
    for title in folded:
        page.get_by_text(title, exact=True).first.click()
        settle(page)
    if name == "large output":
        expect(page.get_by_test_id("stMain")).to_contain_text("60 updates took", timeout=PATIENCE)
    if "claim" in name:
        expect(page.get_by_test_id("stMain")).to_contain_text("Tested again", timeout=PATIENCE)
    complete(page)
    found = []
    charts = page.get_by_test_id("stVegaLiteChart").all()
    for chart in charts:
        chart.scroll_into_view_if_needed()
        said = chart.evaluate(READ)
        title = chart.locator("svg").first.get_attribute("aria-label") or ""
        found += complaints(said, title[:60])
        assert any(each["rows"] for each in said), f"no mark of this chart has a tooltip: {title}"
    assert charts
    assert found == []
