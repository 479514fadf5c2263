"""The page *Sweeps* without a browser: the example, filters, a visitor's own file, and none at all."""

import io

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from alternatives.charts import parallel, ranks
from alternatives.exports import sweep as exports
from alternatives.exports.exports import Provenance
from alternatives.pages import _sweep_file
from alternatives.pages._shown import plain
from alternatives.pages.sweeps import IN_A_PAGE
from alternatives.sweeps import SweepView, found, shelf
from tests.test_compare_page import HOSTILE, charts, data_of, link_of, said, sections, texts, widget
from tests.test_sweep_reading import DATA_SETS, HEADS, contents, read_as, swept, table

SCRIPT = """
from alternatives.pages import _navigation, compare, sweeps
_navigation.show({"sweeps": sweeps, "compare": compare})
"""
FOLDED = ("ranks in numbers", "how to make a sweep")


def open_page(own=None, unfolded=(), **link):
    app = AppTest.from_string(SCRIPT, default_timeout=60)
    for part in unfolded:
        app.session_state[part] = True
    if own is not None:
        app.session_state[_sweep_file.SWEEP] = own
    for name, value in link.items():
        app.query_params[name] = value
    return app.run()


@pytest.fixture(scope="module")
def example():
    return open_page(unfolded=FOLDED)


def test_the_example_is_told_at_first_view(example):
    assert not example.exception
    result = found(shelf.opened("label-noise"), SweepView())
    assert example.header[0].value == plain(f"{result.finding_in_parts[0]}.")
    assert link_of(example) == {}
    assert "24 comparisons with 192 networks, varied in data set and label noise" in texts(example)
    assert [name for name in sections(example) if name in ("Ranks", "Settings and measures")]
    assert len(charts(example)) == 2
    assert said(charts(example)[0]).startswith("Mean ranks of the heads by log loss over 12 data sets: ")
    assert len(data_of(charts(example)[1]).query("row == 'line'")) == 24 * 3


def test_tables_have_links_to_compare(example):
    _, _, _, comparisons = example.main.table
    frame = comparisons.value
    assert len(frame) == IN_A_PAGE
    assert "[iris](/?dataset=iris" in frame["Data set"].iloc[0]
    assert "label_noise=0.2" in frame["Data set"].iloc[1]


def test_filters_are_in_the_link_and_count():
    app = open_page()
    widget(app, "multiselect", "sweeps only label_noise").set_value(["0.2"]).run()
    assert not app.exception
    assert link_of(app) == {"only": "label_noise:0.2"}
    widget(app, "multiselect", "sweeps only head").set_value(["softmax", "sigmoid"]).run()
    assert link_of(app) == {"only": "label_noise:0.2;head:softmax|sigmoid"}
    assert "Sign test" in texts(app)
    widget(app, "selectbox", "sweeps measure").set_value("accuracy").run()
    assert link_of(app)["measure"] == "accuracy"
    widget(app, "multiselect", "sweeps only head").set_value([]).run()
    assert link_of(app)["only"] == "label_noise:0.2"
    assert "Friedman" in texts(app)
    again = open_page(**link_of(app))
    assert again.header[0].value == app.header[0].value


def test_a_file_of_ones_own():
    app = open_page(swept(table()), sweep="own", unfolded=FOLDED)
    assert not app.exception
    assert "better than sigmoid" in app.header[0].value
    assert "The file a\\.parquet\\: 12 comparisons with 72 networks" in texts(app)


def test_a_link_to_a_file_asks_for_it_and_says_how_one_is_made():
    app = open_page(sweep="own")
    assert not app.exception
    assert app.header[0].value == plain("This sweep is in a file: open it here")
    assert _sweep_file.COMMAND in [code.value for code in app.code]
    next(each for each in app.main.button if "example" in each.label).click().run()
    assert not app.exception
    assert len(charts(app)) == 2


def test_an_uploaded_file_is_shown_and_a_bad_one_costs_a_sentence():
    app = open_page(sweep="own")
    app.main.get("file_uploader")[0].upload("bad.parquet", b"no table", "application/octet-stream").run()
    assert not app.exception
    assert plain("The file bad.parquet can't be read as a sweep. It isn't a Parquet file") in texts(app)
    app.main.get("file_uploader")[0].upload("good.parquet", contents(table()), "x/y").run()
    assert not app.exception
    assert "better than sigmoid" in app.header[0].value
    assert link_of(app) == {"sweep": "own"}


def renamed(names):
    """A table whose heads no comparison on this server has."""
    frame = table()
    frame = frame.assign(comparison=frame["dataset"] + frame["label_noise"])
    return frame.assign(head=frame["head"].replace(names))


@pytest.mark.parametrize(
    "frame",
    [
        table(heads=("softmax",)),
        table(data_sets=("iris",)),
        table(data_sets=("iris",))[lambda frame: frame["label_noise"] == "0.0"],
        table().assign(diverged=True, **{"log loss": float("nan"), "accuracy": float("nan")}),
        table().assign(**{"log loss": 1.0, "accuracy": 1.0}),
        renamed({"sigmoid": "<b>", "Taylor softmax": "**bold** [x](y)"}),
    ],
    ids=["one head", "one data set", "one comparison", "all diverged", "all equal", "odd names"],
)
def test_tables_that_say_little_are_shown(frame):
    for measure in ("log loss", "accuracy"):
        app = open_page(swept(frame), sweep="own", measure=measure, unfolded=FOLDED)
        assert not app.exception
        assert app.header[0].value.endswith(".")
        assert "nan" not in app.header[0].value


def test_hostile_links_give_the_page_and_a_sentence():
    app = open_page()
    names = [*SweepView.names().values(), "nonsense"]
    for link in [dict.fromkeys(names, given[:1000]) for given in HOSTILE]:
        app.query_params.clear()
        for name, given in link.items():
            app.query_params[name] = given
        app.run()
        assert not app.exception, link
        assert "Not used" in texts(app)


def test_charts_are_valid_and_many_lines_become_means():
    for view in ({}, {"shown": "values"}, {"measure": "accuracy"}, {"only": {"head": HEADS[:2]}}):
        result = read_as(table(), **view)
        for drawing in (ranks.drawing(result), parallel.drawing(result)):
            drawing.altair().to_dict()
            assert drawing.text.endswith(".")
            assert "nan" not in drawing.text
    many = table(tuple(f"moons(noise={n / 500})" for n in range(120)), n_seeds=1)
    made = parallel.lines(read_as(many, shown="values"))
    assert made.averaged == ("label_noise",)
    assert len(made.frame) == 120 * 3 <= parallel.MOST_LINES
    own = many[(many["dataset"] == "moons(noise=0.0)") & (many["head"] == "softmax")]["log loss"].mean()
    assert made.frame["log loss"].iloc[0] == pytest.approx(own)


def test_lines_are_differences_in_the_same_comparison():
    result = read_as(table())
    made = parallel.lines(result)
    assert parallel.heads_shown(result) == HEADS[1:]
    assert made.settings == ("dataset", "label_noise")
    assert made.measures == ("log loss", "accuracy", "confidence minus accuracy")
    assert made.frame["accuracy"].unique() == pytest.approx([-0.05, -0.1])
    assert set(made.frame["dataset"]) == set(DATA_SETS)


def test_everything_can_be_taken_away():
    result = read_as(table())
    every = exports.of(result)
    provenance = Provenance("https://a.example/sweeps?sweep=own")
    frames = {title: pd.read_csv(io.StringIO(every.csv(title, provenance))) for title in every.tables}
    assert len(frames["Comparisons"]) == 12
    assert len(frames["By data set"]) == 5 * 3
    assert frames["Ranks"]["p"].iloc[0] == pytest.approx(result.ranking.p)
    assert len(frames["Wins, ties and losses"]) == 6
    assert (frames["Ranks"]["versions"] == "numpy 2").all()
    assert list(every.pictures) == ["Ranks", "Settings and measures"]
    assert "a file, not computed here" in every.json(provenance)
