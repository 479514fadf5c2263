"""The first screen: it answers without a click, in every size and colour scheme."""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from alternatives import HEADS

CONFIG = tomllib.loads((Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text("utf-8"))

sizes = pytest.mark.parametrize("size", ["wide", "narrow"])
colour_schemes = pytest.mark.parametrize("colour_scheme", ["light", "dark"])


@sizes
@colour_schemes
def test_first_screen(open_page: Callable[..., Page], size: str, colour_scheme: str) -> None:
    page = open_page(size=size, colour_scheme=colour_scheme)
    expect(page).to_have_title(re.compile("Softmax alternatives"))
    for head in HEADS.values():
        if head.in_comparison:
            expect(page.get_by_test_id("stMain")).to_contain_text(head.name)
    expect(page.get_by_test_id("stVegaLiteChart").first.locator("svg")).to_be_visible()


@sizes
def test_nothing_runs_over_the_side(open_page: Callable[..., Page], size: str) -> None:
    page = open_page(size=size)
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth - main.clientWidth") <= 0
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


@colour_schemes
def test_theme_follows_the_system(open_page: Callable[..., Page], colour_scheme: str) -> None:
    colour = CONFIG["theme"][colour_scheme]["backgroundColor"]
    rgb = ", ".join(str(int(colour[start : start + 2], 16)) for start in (1, 3, 5))
    page = open_page(colour_scheme=colour_scheme)
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", f"rgb({rgb})")


@sizes
@colour_schemes
def test_axe_finds_nothing_serious(
    open_page: Callable[..., Page],
    axe_violations: Callable[[Page], list[str]],
    size: str,
    colour_scheme: str,
) -> None:
    assert axe_violations(open_page(size=size, colour_scheme=colour_scheme)) == []


def test_server_starts_without_a_warning(server: Any) -> None:
    assert "warning" not in server.log.read_text().lower()
    assert "not a valid config option" not in server.log.read_text()
