"""The page *The paper* without a browser, on small tables of a folder."""

import shlex
import shutil
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from alternatives.charts import replication as charts
from alternatives.exports import paper as exports
from alternatives.exports.exports import Provenance
from alternatives.pages._shown import plain
from alternatives.paper import SERIES, PaperView, found, in_words, reading
from alternatives.paper.verdicts import OPPOSITE
from tests.paper_tables import MANY, NOISE, written
from tests.test_compare_page import HOSTILE, data_of, link_of, said, sections, texts, widget
from tests.test_compare_page import charts as drawn

SCRIPT = """
from alternatives.pages import _navigation, compare, paper
_navigation.show({"the_paper": paper, "compare": compare})
"""
READ_BY_COMPARE = """
import streamlit as st
from alternatives.pages import compare
value, problems = compare.STATE.settled()
st.text(f"{value.dataset} {problems}")
"""
ERRORS = {"softmax": 0.1, "spherical softmax": 0.2, "Taylor softmax": 0.1}
FOLDED = [
    f"{title}: {what}".lower()
    for title in ("MNIST, fully connected", "Ten data sets", "Wrong labels")
    for what in ("all numbers", "what was searched and what won", "ranks in numbers")
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in place of that of the program."""
    monkeypatch.setattr(reading, "FOLDER", tmp_path)
    for each in (MANY, NOISE):
        monkeypatch.setitem(SERIES, each.name, each)
    return tmp_path


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tables of three series."""
    made = tmp_path_factory.mktemp("tables")
    mnist = dict.fromkeys((each.heads[0].name for each in SERIES["mnist"].comparisons()), 0.016)
    written(made, SERIES["mnist"], mnist | {"Taylor softmax": 0.03}, 10_000, 0.0005)
    for each in (MANY, NOISE):
        written(made, each, ERRORS)
    return made


@pytest.fixture
def filled(folder: Path, tables: Path) -> Path:
    """The folder with these tables."""
    return Path(shutil.copytree(tables, folder, dirs_exist_ok=True))


def open_page(unfolded=(), **link):
    app = AppTest.from_string(SCRIPT, default_timeout=60)
    for part in unfolded:
        app.session_state[part] = True
    for name, value in link.items():
        app.query_params[name] = value
    return app.run()


def test_what_comes_with_the_program_is_shown():
    app = open_page()
    assert not app.exception
    every = found()
    assert app.header[0].value == plain(f"{in_words.first(every)}.")
    assert [each.value for each in app.header[1:]] == [plain(each.title) for each in every]
    assert all(f"paper {shlex.quote(each.series.name)}`" in texts(app).replace('"', "'") for each in every)


def test_without_networks_nothing_but_that_is_said(folder):
    app = open_page()
    assert not app.exception
    assert app.header[0].value == plain("Nothing is replicated yet.")
    assert len(app.header) == 1
    assert not drawn(app)


def test_series_come_in_their_order_each_with_its_pictures(filled):
    app = open_page()
    assert not app.exception
    assert [each.value for each in app.header[1:]] == list(
        map(plain, ("MNIST, fully connected", "Ten data sets", "Wrong labels"))
    )
    # a forest plot; by data set and by number of classes, a panel a head, and ranks; by what is varied
    assert len(drawn(app)) == 1 + 2 + 2 + 1 + 1
    forest, *_, along = drawn(app)
    assert said(forest) == (
        "MNIST, fully connected: error, difference from softmax: worse for Taylor softmax; undecided for "
        "spherical softmax, sigmoid, higher order Taylor softmax, scaled squared error and log softmax bound."
    )
    rows = data_of(along).query("row == 'point'")
    assert sorted(set(rows["setting"])) == [0, 20, 40]
    assert len(rows) == 6
    assert (rows["low"] < rows["mean"]).all()
    assert "label noise" in said(along)
    titles = {"Ours beside it", "By label noise", "Differences from softmax by number of classes", "Ranks"}
    assert titles <= {*sections(app)}
    printed, beside, outcomes = (each.value for each in app.main.table)
    assert printed.shape == (4, 4)
    assert printed.iloc[3].str.endswith("–").all()  # squared error isn't known
    assert list(beside.index) == ["log softmax", "log Taylor softmax", "log spherical softmax"]
    assert f"**{OPPOSITE}**" in beside["Verdict"].iloc[1]
    assert outcomes.shape == (3, 3)


def links_in(frame: pd.DataFrame, column: str) -> list[dict[str, str]]:
    """The parameters of the links in a column's cells."""
    found = [cell.rpartition("](")[2].removesuffix(")") for cell in frame[column]]
    return [{name: value for name, (value,) in parse_qs(urlsplit(each).query).items()} for each in found]


def test_every_row_is_a_link_that_compare_opens_without_problems(filled):
    app = open_page(unfolded=FOLDED)
    assert not app.exception
    frames = [each.value for each in app.main.table if "Data set" in each.value]
    assert len(frames) == 6  # numbers and searches of three series
    links = [link for frame in frames for link in links_in(frame, "Data set")]
    assert len(links) == sum(map(len, frames))
    for link in links:
        assert reading.Comparison.from_link(link)[1] == ()
    small = next(link for link in links if link["dataset"] == "iris" and "epochs" in link)
    opened = AppTest.from_string(READ_BY_COMPARE)
    for name, value in small.items():
        opened.query_params[name] = value
    assert opened.run().text[0].value == "iris ()"


def test_controls_change_the_measure_and_what_intervals_are_for(filled):
    app = open_page()
    assert "another search could choose other settings" in texts(app)
    before = data_of(drawn(app)[0])["low"]
    widget(app, "selectbox", "paper question").set_value("these data").run()
    assert not app.exception
    assert link_of(app) == {"question": "these data"}
    assert (data_of(drawn(app)[0])["low"].dropna() > before.dropna()).any()
    assert "on these test samples" in texts(app)
    widget(app, "selectbox", "paper measure").set_value("log loss").run()
    assert link_of(app)["measure"] == "log loss"
    assert "log loss" in said(drawn(app)[0])
    assert not [each for each in app.selectbox if each.key == "paper question"]
    again = open_page(**link_of(app))
    assert [said(each) for each in drawn(again)] == [said(each) for each in drawn(app)]


def test_a_series_without_the_measure_says_so(filled):
    rows = pd.read_csv(filled / "noise.csv").drop(columns="brier_score")
    rows.to_csv(filled / "noise.csv", index=False)
    app = open_page(measure="Brier score")
    assert not app.exception
    assert "This series has no Brier score" in texts(app)


def test_part_of_a_series_is_said_to_be_a_part(filled):
    rows = pd.read_csv(filled / "many.csv")
    rows[rows["dataset"].isin(["iris", "wine"]) & (rows["head"] != "Taylor softmax")].to_csv(
        filled / "many.csv", index=False
    )
    app = open_page(unfolded=FOLDED)
    assert not app.exception
    assert "2 of 10 data sets and 32 of 240 networks are there so far" in texts(app)
    assert "Ranks" not in sections(app)


def test_a_damaged_file_costs_a_sentence(filled):
    (filled / "many.csv").write_text("a,b\n1,2\n")
    app = open_page()
    assert not app.exception
    assert "must be the table of a sweep" in texts(app)


def test_a_row_that_is_no_comparison_has_no_link(filled):
    rows = pd.read_csv(filled / "noise.csv").assign(configuration="vocabulary=500", label_noise=0.2)
    rows.drop_duplicates(["head", "seed"]).to_csv(filled / "noise.csv", index=False)
    app = open_page(unfolded=FOLDED)
    assert not app.exception


@pytest.mark.parametrize("text", HOSTILE)
def test_any_link_opens(text):
    assert not open_page(measure=text, question=text, margin=text).exception


def test_everything_is_taken_away(filled):
    every = found()
    own = exports.of(every, PaperView())
    provenance = Provenance("https://a.place/the_paper", "2026-12-01")
    for title, table in own.tables.items():
        assert len(table.frame()), title
        assert own.csv(title, provenance)
    assert {"Ten data sets: ranks", "Wrong labels: search", exports.BESIDE} <= {*own.tables}
    for picture in own.pictures.values():
        for drawing in picture.charts():
            assert drawing.altair().to_dict()
            assert drawing.text.endswith(".")
    assert own.made.versions == {"softmax-alternatives": "1.0.0"}


def test_marks_lie_on_the_common_scale(filled):
    many = next(each for each in found() if each.series is MANY)
    low, high = charts.extent(many, PaperView())
    for part in charts.parts(many, PaperView()):
        for make in part.drawings:
            frame = make().frame
            assert low <= frame["low"].min()
            assert frame["high"].max() <= high


def test_one_head_alone_has_nothing_to_compare(filled):
    for name in ("mnist", "many", "noise"):
        rows = pd.read_csv(filled / f"{name}.csv")
        rows[rows["head"] == "softmax"].to_csv(filled / f"{name}.csv", index=False)
    app = open_page(unfolded=FOLDED)
    assert not app.exception
    assert "Ranks" not in sections(app)
    rows = pd.read_csv(filled / "noise.csv").assign(head="sigmoid", form="sigmoid")
    rows.to_csv(filled / "noise.csv", index=False)
    assert not open_page(unfolded=FOLDED).exception
