"""Two browsers on one shared session."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

PATIENCE = 30_000

OpenPage = Callable[..., Page]
Settle = Callable[[Page], Page]


def side(page: Page) -> Locator:
    return page.get_by_test_id("stSidebarUserContent")


def main(page: Page) -> Locator:
    return page.get_by_test_id("stMain")


def pin(page: Page) -> None:
    page.get_by_role("button", name="Pin", exact=True).click()
    expect(main(page)).to_contain_text("Pinned as", timeout=PATIENCE)


def test_what_one_pins_stands_in_the_other_browser(open_page: OpenPage, settle: Settle) -> None:
    editor = open_page("/shape?logits=1,2&heads=softmax")
    pin(editor)
    main(editor).get_by_role("link", name=re.compile(r"Side by side \(")).click()
    side(editor).get_by_role("button", name="Share").click()
    editor.get_by_role("button", name="Make links").click()
    expect(editor.get_by_test_id("stCode")).to_have_count(2, timeout=PATIENCE)
    editing, viewing = editor.get_by_test_id("stCode").all_inner_texts()
    assert editor.url == editing

    viewer = open_page(viewing)
    assert viewer.url == viewing != editing
    expect(side(viewer)).to_contain_text("2 people are here", timeout=PATIENCE)
    expect(side(editor)).to_contain_text("2 people are here", timeout=PATIENCE)
    for name in ("Copy link", "QR code", "Present", "Share"):
        expect(side(viewer).get_by_role("button", name=name)).to_have_count(1)
    expect(side(viewer).get_by_role("button")).to_have_count(4)
    expect(side(viewer).get_by_role("textbox")).to_have_count(0)
    columns = main(viewer).get_by_role("link", name="Open on Shape")
    expect(columns).to_have_count(1)

    other = open_page(editing)
    other.get_by_role("link", name="Shape", exact=True).click()
    expect(main(other)).to_contain_text("Probabilities", timeout=PATIENCE)
    settle(other)
    pin(other)
    viewer.bring_to_front()
    expect(columns).to_have_count(2, timeout=PATIENCE)
    settle(viewer)
    settle(editor)
    assert main(viewer).inner_text() == main(editor).inner_text()
    other.context.close()
    expect(side(viewer)).to_contain_text("2 people are here", timeout=PATIENCE)
