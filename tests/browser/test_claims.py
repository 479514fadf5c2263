"""The claims page as a person uses it: the list, an opened claim, the way back and the way on."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

PATIENCE = 20_000

OpenPage = Callable[..., Page]
Settle = Callable[[Page], Page]


def test_a_claim_is_opened_tested_again_and_followed(open_page: OpenPage, settle: Settle) -> None:
    page = open_page("/claims")
    main = page.get_by_test_id("stMain")
    expect(main).to_contain_text("claims about softmax")
    main.get_by_role("button", name="Softmax over two classes is the logistic function").focus()
    page.keyboard.press("Enter")
    expect(main).to_contain_text("Tested again with seed 0", timeout=PATIENCE)
    expect(page).to_have_url(re.compile("claim=two"))
    settle(page)

    copy = open_page(page.url)
    expect(copy.get_by_test_id("stMain")).to_contain_text("Tested again with seed 0")
    page.bring_to_front()
    page.get_by_role("button", name="Test it with another seed").click()
    expect(main).to_contain_text("Tested again with seed 1", timeout=PATIENCE)
    expect(page).to_have_url(re.compile("seed=1"))
    page.go_back()
    expect(main).to_contain_text("Tested again with seed 0", timeout=PATIENCE)

    settle(page)
    main.get_by_role("link", name="Open these logits on the shape page").click()
    expect(main).to_contain_text("The heads get the logits 0, 2", timeout=PATIENCE)
    expect(page).to_have_url(re.compile("/shape.*logits=0"))
    settle(page)


@pytest.mark.parametrize(
    "path",
    [
        "/claims",
        pytest.param("/claims?claim=frequencies&seed=<b>1</b>", marks=pytest.mark.thorough),
    ],
)
def test_it_can_be_read_by_all(
    open_page: OpenPage,
    settle: Settle,
    can_be_read_by_all: Callable[[Page], None],
    path: str,
) -> None:
    page = open_page(path)
    if "frequencies" in path:
        page.get_by_text("The experiment's source code", exact=True).click()
        expect(page.get_by_text("<b>1</b>").first).to_be_visible()
    settle(page)
    can_be_read_by_all(page)
