"""The first screen: it answers without a click, in every size and colour scheme."""

import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from alternatives import HEADS

CONFIG = tomllib.loads((Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text("utf-8"))


def ground(scheme: str) -> str:
    colour = CONFIG["theme"][scheme]["backgroundColor"]
    return f"rgb({', '.join(str(int(colour[start : start + 2], 16)) for start in (1, 3, 5))})"


def test_first_screen(
    open_page: Callable[..., Page],
    axe_violations: Callable[[Page], list[str]],
    in_both_views: Callable[[Page], Iterator[str]],
) -> None:
    page = open_page()
    main = page.get_by_test_id("stMain")
    expect(page).to_have_title(re.compile("Softmax alternatives"))
    for scheme in in_both_views(page):
        for head in HEADS.values():
            if head.in_comparison:
                expect(main).to_contain_text(head.name)
        expect(page.get_by_test_id("stVegaLiteChart").first.locator("svg")).to_be_visible()
        expect(page.get_by_test_id("stApp")).to_have_css("background-color", ground(scheme))
        for room in (main, page.locator("html")):
            assert room.evaluate("each => each.scrollWidth - each.clientWidth") <= 0
        assert axe_violations(page) == []


def test_theme_follows_the_system_from_the_start(open_page: Callable[..., Page]) -> None:
    page = open_page("/claims", colour_scheme="dark")
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", ground("dark"))


def test_server_starts_without_a_warning(server: Any) -> None:
    assert "warning" not in server.log.read_text().lower()
    assert "not a valid config option" not in server.log.read_text()
