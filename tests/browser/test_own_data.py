"""Somebody's own file, from the upload to a link that somebody else opens."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

OpenPage = Callable[..., Page]
Settle = Callable[[Page], Page]

PATIENCE = 30_000
QUICK = "dataset=iris&seeds=3&hidden=8&learning_rate=0.01&epochs=2"
GLASS = Path(__file__).parents[2] / "data" / "suite" / "glass.csv.gz"


def unfolded(page: Page, settle: Settle) -> Page:
    expect(page.get_by_test_id("stSidebar").get_by_role("slider", name="Seeds")).to_have_count(1)
    page.get_by_text("Your own data", exact=True).click()
    expect(page.get_by_test_id("stSidebar").locator("input[type=file]")).to_have_count(1)
    return settle(page)


def give(page: Page, where: str, path: Path) -> None:
    page.get_by_test_id(where).locator("input[type=file]").set_input_files(path)


def test_a_file_is_reported_compared_and_asked_for_by_its_link(
    open_page: OpenPage,
    settle: Settle,
    complete: Settle,
    tmp_path: Path,
    axe_violations: Callable[[Page], list[str]],
) -> None:
    page = unfolded(open_page(f"/?{QUICK}"), settle)
    main = page.get_by_test_id("stMain")
    broken = tmp_path / "broken.csv"
    broken.write_text("a,b\n1,2\n3,4,5\n")
    give(page, "stSidebar", broken)
    expect(page.get_by_test_id("stSidebar")).to_contain_text("line 3 has 3 cells")
    expect(main).to_contain_text("On iris over 3 seeds")

    give(page, "stSidebar", GLASS)
    expect(main).to_contain_text("214 samples, 9 features, 6 classes")
    settle(page)
    assert axe_violations(page) == []
    main.get_by_role("textbox", name="Also missing values").fill("-9")
    main.get_by_role("textbox", name="Also missing values").press("Enter")
    page.wait_for_url("**m-9**")
    settle(page).go_back()
    page.wait_for_url(lambda url: "m-9" not in url)
    expect(main.get_by_role("textbox", name="Also missing values")).to_have_value("")  # the run has been
    settle(page)
    page.get_by_role("button", name="Compare on these data").click()
    expect(main).to_contain_text("On glass.csv.gz over 3 seeds", timeout=PATIENCE)
    complete(settle(page))
    tables = main.get_by_test_id("stTable").all_inner_texts()

    other = open_page(page.url)
    asked = other.get_by_test_id("stMain")
    expect(asked).to_contain_text("This link needs the file glass.csv.gz")
    expect(asked.get_by_test_id("stVegaLiteChart")).to_have_count(0)
    give(other, "stMain", broken)
    expect(asked).to_contain_text("line 3 has 3 cells")
    give(other, "stMain", GLASS)
    expect(asked).to_contain_text("On glass.csv.gz over 3 seeds", timeout=PATIENCE)
    complete(settle(other))
    assert asked.get_by_test_id("stTable").all_inner_texts() == tables


def test_the_decisions_name_the_columns_of_the_file_that_is_open(
    open_page: OpenPage, settle: Settle, tmp_path: Path
) -> None:
    page = unfolded(open_page(f"/?{QUICK}"), settle)
    main = page.get_by_test_id("stMain")
    for colour, kind in (("colour", "species"), ("shade", "class")):
        rows = [f"{k % 7 / 3},{'red' if k % 2 else 'blue'},kind {k % 3}" for k in range(60)]
        path = tmp_path / f"{kind}.csv"
        path.write_text("\n".join([f"length,{colour},{kind}", *rows]))
        give(page, "stSidebar", path)
        expect(main).to_contain_text(f"{kind}.csv: 60 samples")
        settle(page)
        expect(main.get_by_test_id("stMultiSelect").filter(has_text="Categories")).to_contain_text(colour)
        expect(main.get_by_test_id("stSelectbox").locator("input").first).to_have_value(kind)
