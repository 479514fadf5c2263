"""The compare page as a person uses it: controls, links, the way back, what to take away."""

import json
import re
import time
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, TimeoutError, expect

SMALL = "/?dataset=iris&heads=softmax,sigmoid&seeds=3&epochs=2&learning_rate=0.01"
USUAL = "/?dataset=iris&seeds=3&epochs=2&learning_rate=0.01"
PLANE = (
    "/?dataset=moons(samples=200)&heads=softmax,Taylor softmax&seeds=3&epochs=2&first_seed=x&activation=**"
)
LONG = "/?dataset=digits&seeds=50&epochs=100"
PATIENCE = 20_000

OpenPage = Callable[..., Page]
Settle = Callable[[Page], Page]


def link(page: Page) -> dict[str, str]:
    return {name: value for name, (value, *_) in parse_qs(urlsplit(page.url).query).items()}


def visit(page: Page, path: str) -> None:
    """Change the link as the browser's buttons do."""
    page.evaluate(
        "path => { history.pushState({}, '', path); dispatchEvent(new PopStateEvent('popstate')) }", path
    )


def headline(page: Page) -> Locator:
    return page.get_by_test_id("stMain").get_by_role("heading", level=2)


def found(page: Page, words: str) -> None:
    """Wait until the headline says so."""
    expect(headline(page)).to_contain_text(words, timeout=PATIENCE)


def seeds(page: Page) -> Locator:
    return page.locator("input[type=range][aria-label=Seeds]")


def press_head(page: Page, name: str) -> None:
    page.get_by_test_id("stButtonGroup").get_by_text(name, exact=True).click()


def choose(page: Page, control: str, option: str) -> None:
    """Choose from a list, which folds again while the sidebar scrolls."""
    page.get_by_role("combobox", name=control).scroll_into_view_if_needed()
    for _ in range(10):
        page.get_by_role("combobox", name=control).click()
        try:
            page.get_by_role("option", name=option, exact=True).click(timeout=1000)
        except TimeoutError:
            continue
        return
    pytest.fail(f"{option} can't be chosen")


def table(page: Page) -> Locator:
    return page.get_by_test_id("stTable").first


def tops(page: Page) -> tuple[int, ...]:
    """Where the headings of the first screen are."""
    headings = page.get_by_test_id("stMain").get_by_role("heading", level=3).all()[:3]
    return tuple(round(heading.bounding_box()["y"]) for heading in headings)


def test_controls_links_and_the_way_back(open_page: OpenPage, settle: Settle) -> None:
    page = open_page(SMALL)
    chart = page.get_by_test_id("stVegaLiteChart").first.locator("svg")
    before = chart.inner_html()
    seeds(page).focus()
    page.keyboard.press("ArrowRight")
    found(page, "over 4 seeds")
    settle(page)
    assert chart.inner_html() != before
    assert link(page)["seeds"] == "4"

    press_head(page, "sigmoid")
    expect(page).to_have_url(re.compile("heads="))
    expect(table(page)).not_to_contain_text("sigmoid")
    settle(page)
    copy = open_page(page.url)
    assert headline(copy).inner_text() == headline(page).inner_text()
    assert table(copy).inner_text() == table(page).inner_text()
    assert link(copy) == link(page)

    page.go_back()
    expect(table(page)).to_contain_text("sigmoid")
    expect(seeds(page)).to_have_value("4")
    page.go_back()
    found(page, "over 3 seeds")
    expect(seeds(page)).to_have_value("3")
    page.go_forward()
    found(page, "over 4 seeds")
    expect(seeds(page)).to_have_value("4")


def test_reliability_and_log_loss_follow_the_temperature_slider(
    open_page: OpenPage, complete: Settle
) -> None:
    page = complete(open_page(SMALL))
    charts = page.get_by_test_id("stVegaLiteChart")
    diagram = charts.filter(has_text="ECE").first.locator("svg")
    line = charts.filter(has_text="Temperature T").last.locator(".mark-rule.role-mark line").first
    slider = page.get_by_role("slider", name="Temperature T")
    expect(slider).to_have_attribute("aria-valuetext", "1 (as trained)")
    expect(diagram).to_contain_text("chance")
    as_trained = diagram.inner_html()
    slider.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", "0.25")
    expect(diagram).not_to_contain_text("chance")
    at_the_lowest = line.get_attribute("transform")
    slider.press("End")
    expect(line).not_to_have_attribute("transform", at_the_lowest)
    for _ in range(8):
        slider.press("ArrowLeft")
    expect(diagram).to_contain_text("chance")
    assert diagram.inner_html() == as_trained


def test_hidden_layers_can_share_one_out_and_be_normalised(open_page: OpenPage, settle: Settle) -> None:
    page = open_page(SMALL)
    chart = page.get_by_test_id("stVegaLiteChart").first.locator("svg")
    page.get_by_text("More settings", exact=True).click()
    expect(page.get_by_role("combobox", name="Activation")).to_be_visible()
    settle(page)

    seen = {chart.inner_html()}
    choose(page, "Activation", "Taylor softmax")
    expect(page).to_have_url(re.compile("activation=Taylor"))
    found(page, "On iris")
    settle(page)
    seen.add(chart.inner_html())

    page.get_by_test_id("stCheckbox").get_by_text("Batch normalisation").click()
    expect(page).to_have_url(re.compile("batch_normalisation=yes"))
    found(page, "On iris")
    settle(page)
    seen.add(chart.inner_html())
    assert len(seen) == 3
    assert link(page).items() >= {"activation": "Taylor softmax", "batch_normalisation": "yes"}.items()
    copy = open_page(page.url)
    assert table(copy).inner_text() == table(page).inner_text()


def test_a_fast_hand_is_not_pushed_back(open_page: OpenPage) -> None:
    page = open_page(SMALL)
    seeds(page).focus()
    for _ in range(12):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(30)
    found(page, "over 15 seeds")
    expect(seeds(page)).to_have_value("15")
    assert link(page)["seeds"] == "15"


def test_what_cannot_be_used_is_said_and_the_rest_is_shown(open_page: OpenPage) -> None:
    page = open_page(f"{SMALL.replace(',sigmoid', '')}&first_seed=<script>alert(1)</script>&solver=**adam**")
    note = page.locator("p", has_text="Not used:")
    expect(note).to_contain_text("<script>alert(1)</script>")
    expect(note).to_contain_text("**adam**")
    found(page, "On iris")
    press_head(page, "softmax")
    expect(note).to_contain_text("at least one")
    expect(page.locator("[data-testid=stButtonGroup] [aria-pressed=true]")).to_have_text(["softmax"])
    expect(table(page)).to_contain_text("softmax")


def test_a_training_is_drawn_without_a_jump_and_given_up(open_page: OpenPage, complete: Settle) -> None:
    page = complete(open_page(USUAL))
    before = tops(page)
    visit(page, LONG)
    found(page, "Training")
    gradient = page.get_by_test_id("stVegaLiteChart").nth(1).locator("svg")
    drawn, seen = set(), set()
    while len(drawn) < 4:
        drawn.add(gradient.inner_html())
        seen.add(tops(page))
        page.wait_for_timeout(50)
    assert seen == {before}
    began = time.monotonic()
    visit(page, USUAL)
    found(page, "On iris over 3 seeds")
    assert time.monotonic() - began < 10  # the training would take longer, on busy cores much
    assert tops(page) == before


def test_results_can_be_taken_away(open_page: OpenPage) -> None:
    page = open_page(USUAL)
    taken = {}
    for button in ("CSV", "Results as JSON", "Python script", "Report"):
        with page.expect_download() as download:
            page.get_by_role("button", name=button, exact=True).click()
        taken[button] = download.value.path().read_text("utf-8")
        assert download.value.suggested_filename.startswith("iris-3-seeds-")
    assert taken["CSV"].startswith("head,seed,measure,value,unit,setting_dataset")
    content = json.loads(taken["Results as JSON"])
    assert content["settings"]["dataset"] == "iris"
    assert content["link"].startswith(page.url.partition("?")[0])
    assert "dataset=iris" in content["link"]
    assert "Comparison(" in taken["Python script"]
    assert taken["Report"].startswith("<!DOCTYPE html>")
    choice = page.get_by_role("combobox", name="Table or chart")
    choice.fill("Chart: Calibration")
    choice.press("Enter")
    with page.expect_download() as download:
        page.get_by_role("button", name="PNG", exact=True).click()
    assert download.value.suggested_filename.endswith(".png")
    page.get_by_role("button", name="Command line").click()
    line = page.get_by_test_id("stCode").inner_text()
    assert line.startswith("python -m alternatives compare --dataset iris --seeds 3")


@pytest.mark.parametrize(("size", "colour_scheme"), [("wide", "light"), ("narrow", "dark")])
def test_every_part_keeps_to_its_column_and_can_be_read_by_all(
    open_page: OpenPage,
    complete: Settle,
    axe_violations: Callable[[Page], list[str]],
    size: str,
    colour_scheme: str,
) -> None:
    page = complete(open_page(PLANE, size=size, colour_scheme=colour_scheme))
    page.get_by_text("All measures", exact=True).click()
    if size == "narrow":
        page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_text("More settings", exact=True).click()
    page.mouse.move(0, 0)  # not over a slider, whose ends would be half faded in
    complete(page)
    assert axe_violations(page) == []
    for chart in page.get_by_test_id("stVegaLiteChart").all():
        drawn, room = chart.locator("svg").first.bounding_box(), chart.bounding_box()
        assert drawn["width"] <= room["width"] + 1
