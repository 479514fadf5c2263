"""The page *Sweeps* in a browser: an axis is narrowed, and a file is opened."""

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.test_sweep_reading import contents, table

OpenPage = Callable[..., Page]
FAINT = """chart => [...chart.querySelectorAll('.mark-line path')]
    .filter(line => Number(line.getAttribute('opacity') ?? 1) < 0.2).length"""


def test_dragging_along_an_axis_keeps_the_lines_there(open_page: OpenPage) -> None:
    page = open_page("/sweeps")
    chart = page.get_by_test_id("stVegaLiteChart").nth(1)
    chart.scroll_into_view_if_needed()
    expect(chart.locator(".mark-line path")).to_have_count(72)
    assert chart.evaluate(FAINT) == 0
    axis = chart.locator("g[class*=axis1_marks] line").bounding_box()
    assert axis is not None
    x, bottom = axis["x"] + axis["width"] / 2, axis["y"] + axis["height"]
    page.mouse.move(x, bottom - 30)
    page.mouse.down()
    page.mouse.move(x, bottom + 6, steps=8)
    page.mouse.up()
    page.wait_for_function(f"chart => ({FAINT})(chart) === 36", arg=chart.element_handle())


def test_a_file_is_opened_and_is_in_the_link(open_page: OpenPage, tmp_path: Path) -> None:
    file = tmp_path / "mine.parquet"
    file.write_bytes(contents(table()))
    page = open_page("/sweeps?sweep=own")
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_role("heading", name="softmax has the best mean rank")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/sweeps\?sweep=own$"))
