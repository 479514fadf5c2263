"""Single samples and moving regions in a browser: what moves, what a click shows and leaves alone."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

LINK = "/?dataset=moons(samples%3D300)&heads=softmax,sigmoid&seeds=2&epochs=12&learning_rate=0.03&hidden=16"
WATCHED = """() => {
    window.changes = 0
    const watcher = new MutationObserver(() => window.changes++)
    watcher.observe(document.querySelector("h2"), { childList: true, characterData: true, subtree: true })
}"""


@pytest.fixture
def at_section(open_page: Callable[..., Page], complete: Callable[[Page], Page]) -> Callable[..., Page]:
    """A function that opens the page and goes to one of its sections."""

    def at_section(title: str, **options: Any) -> Page:
        page = complete(open_page(LINK, **options))
        page.get_by_role("heading", name=title).evaluate("heading => heading.scrollIntoView()")
        return page

    return at_section


def epoch(page: Page):
    return page.locator(".epoch")


def test_regions_move_epoch_by_epoch(at_section):
    page = at_section("Decision regions", reduced_motion="no-preference")
    expect(epoch(page)).to_have_text("Epoch 12 of 12")
    page.get_by_label("One step back").click()
    expect(epoch(page)).to_have_text("Epoch 9 of 12")
    described = page.locator("figure canvas").first.get_attribute("aria-label")
    assert described.startswith("Decision regions of softmax after 9 epochs: of the plane it predicts ")
    page.locator("input[type=range][aria-label=Epoch]").focus()
    page.keyboard.press("Home")
    expect(epoch(page)).to_have_text("Before training")
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(epoch(page)).to_have_text("Epoch 12 of 12", timeout=20_000)
    expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_less_motion_leaves_the_steps(at_section):
    page = at_section("Decision regions")
    expect(page.locator(".play")).to_be_hidden()
    page.get_by_label("One step back").click()
    expect(epoch(page)).to_have_text("Epoch 9 of 12")


def test_a_click_shows_a_sample_and_leaves_the_page_alone(at_section, can_be_read_by_all):
    page = at_section("Mistakes")
    heading = page.locator(".st-key-mistakes-sample strong").first
    number = page.get_by_label("Test sample", exact=True)
    tiles = page.locator("li button")
    page.evaluate(WATCHED)

    expect(tiles.first).to_have_attribute("aria-pressed", "true")
    tiles.nth(1).focus()
    page.keyboard.press("Enter")
    expect(tiles.nth(1)).to_have_attribute("aria-pressed", "true")
    chosen = number.input_value()
    assert tiles.nth(1).get_attribute("aria-label").startswith(f"Test sample {chosen}: ")
    expect(heading).to_contain_text(f"Test sample {chosen}, ")

    page.locator('.mark-rect.role-mark path[aria-label*="True class: lower"]').first.click(force=True)
    expect(page.get_by_text("of class lower that softmax predicts as upper")).to_be_visible()
    expect(tiles.first).to_have_attribute("aria-pressed", "true")

    chosen = number.input_value()
    canvas = page.locator("figure canvas").first
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    for step in range(400):
        page.mouse.move(
            box["x"] + box["width"] * (0.2 + 0.03 * (step % 20)),
            box["y"] + box["height"] * (0.1 + 0.04 * (step // 20)),
        )
        if canvas.evaluate("canvas => canvas.style.cursor") == "pointer":
            break
    page.mouse.down()
    page.mouse.up()
    expect(number).not_to_have_value(chosen)
    expect(heading).to_contain_text(f"Test sample {number.input_value()}, ")
    assert page.evaluate("window.changes") == 0

    can_be_read_by_all(page)
