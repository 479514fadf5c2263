"""The inside page as a person uses it: parts, controls, links, and who can read it."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

SMALL = "seeds=3&epochs=2&gate_epochs=2&learning_rate=0.03&dataset=iris&width=6&kinds=relu,softmax"
LONG = "seeds=30&epochs=200&width=64"
PATIENCE = 20_000

OpenPage = Callable[..., Page]
Settle = Callable[[Page], Page]


def test_parts_controls_and_the_way_back(open_page: OpenPage, settle: Settle) -> None:
    page = open_page(f"/inside?{SMALL}")
    main = page.get_by_test_id("stMain")
    expect(main).to_contain_text("On iris with 2 hidden layers of 6 units over 3 seeds of 2 epochs")
    expect(main).to_contain_text(
        re.compile("“No softmax in hidden layers, relu is better”: on iris .* on digits")
    )
    page.get_by_text("What the units do", exact=True).click()
    expect(main).to_contain_text("Correlations between the units of the last hidden layer")
    settle(page)

    page.get_by_role("combobox", name="Experiment").click()
    page.get_by_role("option", name="gate").click()
    expect(main).to_contain_text(
        "With 4 linear experts on local rules over 3 seeds of 2 epochs", timeout=PATIENCE
    )
    expect(page).to_have_url(re.compile("part=gate"))
    settle(page)
    copy = open_page(page.url)
    heading = copy.get_by_test_id("stMain").get_by_role("heading", level=2)
    assert heading.inner_text() == main.get_by_role("heading", level=2).inner_text()
    page.bring_to_front()
    page.go_back()
    expect(main).to_contain_text("On iris with 2 hidden layers", timeout=PATIENCE)
    settle(page)


def test_a_long_training_tells_how_far_it_is_and_gives_way(open_page: OpenPage) -> None:
    page = open_page(f"/inside?{SMALL}")
    main = page.get_by_test_id("stMain")
    page.evaluate(
        "path => { history.pushState({}, '', path); dispatchEvent(new PopStateEvent('popstate')) }",
        f"/inside?{LONG}",
    )
    expect(main).to_contain_text(
        re.compile(r"Training hidden layers on digits: [0-9]+\s% done"), timeout=PATIENCE
    )
    page.go_back()
    expect(main).to_contain_text("On iris with 2 hidden layers of 6 units", timeout=PATIENCE)


def test_a_claim_opens_its_experiment(open_page: OpenPage) -> None:
    page = open_page("/claims")
    main = page.get_by_test_id("stMain")
    main.get_by_role("button", name="Softmax suits any internal variable").click()
    main.get_by_role("link", name="Open this experiment on the inside page").click(timeout=PATIENCE)
    expect(page).to_have_url(re.compile("/inside.*part=gate"))
    expect(main).to_contain_text(re.compile("local rules"), timeout=PATIENCE)  # in training or trained


@pytest.mark.parametrize(
    "part",
    ["hidden layers", *(pytest.param(part, marks=pytest.mark.thorough) for part in ("attention", "gate"))],
)
def test_it_can_be_read_by_all(
    open_page: OpenPage,
    settle: Settle,
    can_be_read_by_all: Callable[[Page], None],
    part: str,
) -> None:
    page = open_page(f"/inside?{SMALL}&part={part}&nonsense=1")
    n_charts = page.get_by_test_id("stVegaLiteChart").count()
    if part == "hidden layers":
        for title in ("What the units do", "Losses and the gradients of other layers"):
            page.get_by_text(title, exact=True).click()
            expect(page.get_by_test_id("stVegaLiteChart")).not_to_have_count(n_charts)
            n_charts = settle(page).get_by_test_id("stVegaLiteChart").count()
    assert n_charts >= 8
    can_be_read_by_all(page)
