"""Stories in a browser: keys, the way back, a file of one's own, and that everybody can read them."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from alternatives.stories import stories
from tests.test_stories import STORY

OpenPage = Callable[..., Page]
Settle = Callable[[Page], Page]


def test_a_story_by_keyboard_and_the_way_back(
    open_page: OpenPage, settle: Settle, can_be_read_by_all: Callable[[Page], None]
) -> None:
    page = open_page("/stories?story=blurry-cat")
    first, second, *_ = stories()["blurry-cat"].steps
    main = page.get_by_test_id("stMain")
    status = main.get_by_role("status").last
    expect(status).to_contain_text("Step 1 of 4.")
    main.get_by_role("button", name="Softmax", exact=True).focus()
    page.keyboard.press("Enter")
    expect(main.get_by_text("Not so.").first).to_be_visible()
    expect(main.get_by_role("button", name="✗ Softmax")).to_be_focused()
    expect(status).to_contain_text(first.sentence)
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("story=blurry-cat&step=2$"))
    expect(main.locator("button:focus")).to_have_count(0)  # no choice looks as if it were made
    settle(page)
    page.keyboard.press("ArrowRight")  # the answer
    expect(status).to_contain_text(second.sentence)
    settle(page)
    can_be_read_by_all(page)
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("step=3$"))
    settle(page)
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile("step=2$"))
    settle(page)
    page.go_back()
    expect(page).to_have_url(re.compile("step=3$"))
    settle(page)
    page.keyboard.press("Alt+ArrowLeft")  # the browser's own way back stays the browser's
    page.wait_for_timeout(300)
    expect(page).not_to_have_url(re.compile("step=4$"))


def test_the_list_and_a_file(
    open_page: OpenPage, settle: Settle, can_be_read_by_all: Callable[[Page], None]
) -> None:
    page = open_page("/stories")
    can_be_read_by_all(page)
    main = page.get_by_test_id("stMain")
    file = {"name": "two.toml", "mimeType": "application/toml", "buffer": STORY.encode()}
    main.locator("input[type=file]").set_input_files([file])
    expect(main.get_by_role("heading", name="Two heads")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/stories\?story=own$"))
    settle(page)


def test_a_story_for_a_room(open_page: OpenPage, settle: Settle) -> None:
    page = open_page("/stories?story=blurry-cat&present=true")
    first, *_ = stories()["blurry-cat"].steps
    main = page.get_by_test_id("stMain")
    assert first.guess is not None
    for choice in first.guess.choices:
        expect(main.get_by_role("button", name=choice, exact=True)).to_be_visible()
    bar = page.get_by_role("navigation", name="Presentation")
    page.keyboard.press("PageDown")
    expect(main.get_by_text(first.sentence).first).to_be_visible()
    expect(main.get_by_role("button", name="Next step")).to_have_count(1)  # that of the bar
    settle(page)
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("step=2&present=true$"))
    expect(bar.get_by_role("status")).to_have_text("Step 2 of 4")
    settle(page)
    bar.get_by_role("button", name="Show the answer").click()  # who has no keys
    expect(bar.get_by_role("button", name="Next step")).to_be_visible()
    settle(page)
    bar.get_by_role("button", name="Back").click()
    expect(bar.get_by_role("status")).to_have_text("Step 1 of 4")
    settle(page)
