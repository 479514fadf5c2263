"""The tab's title, and the page's link: copied, and as a QR code."""

import re
import urllib.request
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.serving import Server

SMALL = "dataset=iris&seeds=3&learning_rate=0.01&epochs=2"
CLIPBOARD = {"permissions": ["clipboard-read", "clipboard-write"]}

OpenPage = Callable[..., Page]
Settle = Callable[[Page], Page]


def copied(page: Page) -> Any:
    """Copy the page's link with the keyboard; what the clipboard has then."""
    button = page.get_by_role("button", name=re.compile("Copy link|Copied"))
    expect(button).to_have_text("Copy link")
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_text("Copied")
    expect(page.get_by_role("status").filter(has_text="The link is copied.")).to_be_attached()
    expect(button).to_be_focused()
    return page.evaluate("navigator.clipboard.readText()")


def test_the_title_and_the_copied_link_follow_the_page(
    open_page: OpenPage, settle: Settle, server: Server, axe_violations: Callable[[Page], list[str]]
) -> None:
    page = open_page(f"/?{SMALL}", **CLIPBOARD)
    three = "iris, 3 seeds, learning rate 0.01, 2 epochs · Compare · Softmax alternatives"
    expect(page).to_have_title(three)
    with urllib.request.urlopen(page.url) as served:
        assert f"<title>{three}</title>" in served.read().decode()
    assert copied(page) == page.url

    slider = page.locator("input[type=range][aria-label='Seeds']")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_title(three.replace("3 seeds", "4 seeds"))
    settle(page)
    assert "seeds=4" in page.url
    assert copied(page) == page.url

    page.get_by_test_id("stHeader").get_by_role("link", name="Shape").click()
    expect(page).to_have_title("logits 1, 2, −3 · Shape · Softmax alternatives")
    settle(page)
    # Browsers keep the clipboard from pages of other hosts without encryption: then the older way copies.
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject() }")
    assert copied(page) == page.url == f"{server.url}/shape"
    # Where nothing may copy, the link is selected for the keyboard.
    page.evaluate("() => { document.execCommand = () => false }")
    page.get_by_role("button", name="Copy link").click()
    link = page.get_by_role("textbox", name="Link", exact=True)
    expect(link).to_have_value(page.url)
    expect(link).to_be_focused()
    assert axe_violations(page) == []

    page.go_back()
    expect(page).to_have_title(three.replace("3 seeds", "4 seeds"))
    settle(page)


def test_a_qr_code_of_the_link(open_page: OpenPage, settle: Settle) -> None:
    page = open_page("/shape?scale=2", colour_scheme="dark")
    page.get_by_role("button", name="QR code").click()
    shown = page.get_by_role("dialog")
    expect(shown).to_contain_text(page.url)
    code = shown.get_by_role("img", name="QR code of the link")
    assert code.evaluate("image => image.decode().then(() => image.naturalWidth > 0)")
    box = code.bounding_box()
    assert box is not None
    assert box["width"] == box["height"] > 400
    page.keyboard.press("Escape")
    expect(shown).to_have_count(0)
    settle(page)
