"""What is taken away: files that say what they are and where they are from, and pictures for any slide."""

import dataclasses
import io
import json
import re
import xml.etree.ElementTree as ET
from functools import partial
from html import escape

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from alternatives.charts import export
from alternatives.charts.export import Picture
from alternatives.datasets import elsewhere
from alternatives.experiments import ClassCounts, Comparison, Gate
from alternatives.experiments.hidden import Hidden
from alternatives.experiments.inside import Inside
from alternatives.experiments.widths import Widths
from alternatives.exports import (
    Exports,
    Provenance,
    Table,
    classes,
    comparison,
    inside,
    report,
    session,
    shape,
)
from alternatives.exports.exports import file_name, json_of, rows
from alternatives.pages import _take_away
from alternatives.pages._shown import plain
from alternatives.pages._take_away import choices
from alternatives.sessions import Pin, Session
from alternatives.sessions.beside import Beside
from alternatives.sessions.naming import name_of
from alternatives.shape import Shape
from alternatives.versions import versions

PROVENANCE = Provenance("https://a.place/compare?label_noise=0.2", "2026-11-30")
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def results():
    state = Comparison(dataset="moons(samples=100)", n_seeds=3, max_epochs=4, label_noise=0.2, batch_size=20)
    return state.run(n_jobs=1).summarised()


@pytest.fixture(scope="module")
def every(results):
    """What each kind of page has to take away; training as little as possible."""
    gate = Gate(dataset="moons(samples=100)", n_seeds=2, n_epochs=2, learning_rate=0.1, batch_size=20)
    counts = ClassCounts(counts=(2, 3), n_seeds=2, samples=30, n_epochs=2, learning_rate=0.1)
    return [
        comparison.of(results),
        shape.of(Shape()),
        inside.of(Inside.of(gate), gate.run(n_jobs=1)),
        classes.of(counts.run(n_jobs=1)),
    ]


@pytest.fixture(scope="module")
def own(every) -> Exports:
    return every[0]


def test_files_say_what_they_are(every: list[Exports]) -> None:
    own = Exports(name_of(Comparison(label_noise=0.2)), "compare", Comparison(label_noise=0.2), ("", ""))
    assert own.file("Measures by seed", "csv") == "digits-20-label-noise-measures-by-seed.csv"
    for each in every:
        files = {each.file(title, "x") for title in (*each.tables, *each.pictures)}
        assert len(files) == len({*each.tables, *each.pictures})


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a\0b\nc", "…", "", "x" * 500, 'con<>:"|?*', ".hidden", "-rf", "\u202egnp"]
)
def test_a_files_name_is_letters_digits_and_hyphens(name: str) -> None:
    found = file_name(name, "measures")
    assert re.fullmatch(r"\w[\w.-]*", found)
    assert ".." not in found
    assert len(found) <= 120


@pytest.mark.parametrize("letter", ["a", "é", "比", "𝒳"])
def test_a_files_name_is_short_enough_for_any_system_and_keeps_what_it_has(letter: str) -> None:
    name, other = (file_name(80 * letter, what) for what in ("measures by seed", "summary"))
    assert name.endswith("-measures-by-seed")
    assert other.endswith("-summary")
    for each in (name, other, file_name(80 * letter), file_name(letter, 500 * letter)):
        assert len(each.encode()) <= 200
        assert {*re.sub(r"(-measures-by-seed|-summary)$", "", each)} - {"-"} == {letter}


def test_a_table_is_read_without_options_and_says_where_it_is_from(every: list[Exports]) -> None:
    for each in every:
        for title, table in each.tables.items():
            frame = pd.read_csv(io.StringIO(each.csv(title, PROVENANCE)))
            made = table.frame()
            assert len(frame) == len(made) > 0
            for name in made.select_dtypes("number"):
                np.testing.assert_array_equal(frame[name], made[name], err_msg=f"{title}: {name}")
            constant = frame.drop(columns=[*made.columns])
            assert (constant == constant.iloc[0]).all(axis=None)
            assert {"link", "made", "versions"} <= {*constant}
            assert frame["link"][0] == PROVENANCE.link
            assert all(f"{name} {version}" in frame["versions"][0] for name, version in versions().items())
            assert {f"setting_{each.state.names()[name]}" for name in each.state.shown_fields} <= {*constant}


def test_every_measured_value_has_its_unit(every: list[Exports]) -> None:
    for each in every:
        for table in each.tables.values():
            frame = table.frame()
            if {"measure", "quantity"} & {*frame}:
                assert frame["unit"].notna().all()
                assert {*frame["unit"]} <= {"share", "none"} or frame["unit"].str.contains("nats").any()


def test_everything_is_in_the_json(own: Exports, results) -> None:
    content = json.loads(own.json(PROVENANCE))
    assert content["settings"] == results.experiment.texts()
    assert content["link"] == PROVENANCE.link
    assert content["finding"] == results.finding
    assert set(content["tables"]) == set(own.tables)
    values = [row["value"] for row in content["tables"]["Measures by seed"]]
    assert values == [row["value"] for row in rows(results.measures)]
    assert {row["quantity"] for row in content["tables"]["Curves by epoch"]} == set(results.curves)


def test_a_spreadsheet_runs_no_name_as_a_formula() -> None:
    names = ["=1+1", "+1", "-1", "@a", "\t=1", "good", "5"]
    table = Table(lambda: pd.DataFrame({"name": names, "value": range(len(names))}))
    exports = Exports("x", "shape", Shape(), ("", ""), tables={"names": table})
    read = pd.read_csv(io.StringIO(exports.csv("names", PROVENANCE)), dtype={"name": str})["name"]
    assert not any(name[0] in "=+-@\t\r" for name in read)
    assert [name.removeprefix("'") for name in read] == names


@pytest.fixture(scope="module")
def specifications(every) -> dict[str, dict]:
    """One picture of every function that draws, by page and title."""
    shown, kinds = {}, set()
    for each in every:
        for title, picture in each.pictures.items():
            kind = picture.charts()[0].chart
            if kind not in kinds:
                kinds.add(kind)
                shown[f"{each.page}: {title}"] = export.vega_lite(picture, each.name)
    return shown


def strings(spec):
    if isinstance(spec, dict):
        for key, value in spec.items():
            if key != "data":
                yield from strings(value)
    elif isinstance(spec, list):
        for value in spec:
            yield from strings(value)
    elif isinstance(spec, str):
        yield spec


def test_every_chart_has_title_ground_data_and_size_inside(specifications: dict[str, dict]) -> None:
    for name, spec in specifications.items():
        title = name.partition(": ")[2]
        assert spec["title"]["text"] == title
        assert spec["background"] == spec["config"]["background"] == "#ffffff", name
        *keys, panels = spec["vconcat"]
        for view in (*keys, *panels["concat"]):
            assert view["width"] > 100
            assert view["height"] > 0
            assert view["data"]["values"], name
        # Nothing of the page is needed: neither its ink, nor its width, nor a frame's name.
        assert not {"currentColor", "frame", "container"} & {*strings(spec)}, name
        assert not any(re.search(r"\bwidth\b", text) for text in strings(spec) if text != "width"), name
        json.dumps(spec, allow_nan=False)


def test_parameters_of_charts_in_one_picture_agree(every: list[Exports]) -> None:
    for each in every:
        for title, picture in each.pictures.items():
            parameters: dict[str, float] = {}
            for drawing in picture.charts():
                assert parameters | drawing.parameters == drawing.parameters | parameters, title


def test_every_kind_of_chart_can_be_a_picture(specifications: dict[str, dict]) -> None:
    """All in one process, as for the report."""
    made = export.converted([*specifications.values()], "svg")
    for (name, spec), svg in zip(specifications.items(), made, strict=True):
        root = ET.fromstring(svg)
        texts = " ".join(root.itertext())
        assert spec["title"]["text"] in texts, name
        ground = root.find("{http://www.w3.org/2000/svg}rect")
        assert ground is not None
        assert ground.get("fill") == "#ffffff"
        assert ground.get("width") == root.get("width")
        assert b"NaN" not in svg, name
        assert b"currentColor" not in svg, name


def test_a_picture_as_png_is_opaque_and_sharp(own: Exports) -> None:
    png = export.image(own.pictures["Accuracy"], "png", own.name)
    assert png.startswith(PNG)
    width = int.from_bytes(png[16:20])
    assert width > 2 * export.WIDTH


def test_nothing_is_fetched_for_a_picture() -> None:
    spec = {"data": {"url": "http://127.0.0.1:9/data.csv"}, "mark": "point", "encoding": {}}
    with pytest.raises(RuntimeError, match=r"the picture couldn't be made: .*not allowed"):
        export.converted([spec], "svg")


def test_without_the_optional_package_it_is_said(own: Exports, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "find_spec", lambda name: None)
    with pytest.raises(RuntimeError, match=r"pip install -r requirements-pictures\.txt"):
        export.image(own.pictures["Accuracy"], "png")
    assert json.loads(export.vega_lite_text(own.pictures["Accuracy"]))["vconcat"]


def test_a_session_has_what_its_pins_have_in_common_and_each_pin(results) -> None:
    other = results.experiment.replace(label_noise=0.0)
    shown = [Pin("noisy", results.experiment, "a note"), Pin("=clean", other), Pin("logits", Shape())]
    their = {shown[0].key: results, shown[1].key: other.run(n_jobs=1)}
    together = Beside(
        [pin.state for pin in shown[:2]], [their[pin.key] for pin in shown[:2]], names=["noisy", "=clean"]
    )
    whole, *parts = session.of(Session(tuple(shown)), shown, their, together)
    assert [part.name for part in parts] == ["noisy", "=clean", "logits"]
    assert parts[0].note == "a note"
    assert whole.finding == together.finding_in_parts
    assert Session.from_link(whole.link().partition("?")[2]) == Session(tuple(shown))
    frame = pd.read_csv(io.StringIO(whole.csv("Measures by pin", PROVENANCE)))
    np.testing.assert_array_equal(frame["mean"], together.frame["mean"])
    assert {*frame["pin"]} == {"noisy", "'=clean"}
    settings = whole.tables["Settings"].frame().set_index("setting")
    assert settings.loc["Label noise", "value"].tolist()[:2] == ["20 %", "0 %"]
    for title, picture in whole.pictures.items():
        spec = export.vega_lite(picture, whole.name)
        assert spec["title"]["text"] == title
        panels = spec["vconcat"][-1]["concat"]
        if len(panels) > 1:
            assert [panel["title"]["text"] for panel in panels] == [["noisy"], ["=clean"]]
    assert {"Accuracy", "Calibration", "Gradient of layer 1 by epoch"} <= {*whole.pictures}
    assert json.loads(whole.json(PROVENANCE))["tables"]["Measures by pin"]


@pytest.mark.parametrize("name", ["setting", "link", "=1+1"])
def test_no_name_of_a_pin_is_a_column(name: str) -> None:
    shown = [Pin(name, Shape()), Pin("other", Shape(shift=1.0))]
    whole, *_ = session.of(Session(tuple(shown)), shown, {})
    text = whole.csv("Settings", PROVENANCE)
    frame = pd.read_csv(io.StringIO(text))
    assert [*frame][:4] == ["setting", "pin", "value", "differs"]
    assert {each.removeprefix("'") for each in frame["pin"]} == {name, "other"}
    assert ",=" not in text


def test_of_data_that_are_not_here_everything_but_what_computes_it_again_is_taken_away(results) -> None:
    theirs = results.experiment.replace(dataset=elsewhere("their own"))
    pin, known = Pin("theirs", theirs), dataclasses.replace(results, experiment=theirs)
    whole, part = session.of(Session((pin,)), [pin], {pin.key: known})
    assert whole.script is None
    assert part.script is None
    assert not part.command
    assert "aren't here" in " ".join(whole.method)
    assert escape("aren't here") in report.html("x", [whole, part], PROVENANCE)


def test_nothing_is_made_before_it_is_asked_for(results) -> None:
    def fails():
        raise AssertionError

    picture = Picture("A", "b", fails)
    exports = Exports("x", "compare", results.experiment, ("", ""), tables={"t": Table(partial(fails))})
    assert exports.file("t", "csv") == "x-t.csv"
    with pytest.raises(AssertionError):
        export.vega_lite(picture)


def test_who_waits_too_long_for_the_pictures_of_others_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "can_convert", lambda: True)
    monkeypatch.setattr(export, "LONGEST_TURN", 0.01)
    with export._one_at_a_time, pytest.raises(RuntimeError, match="other pictures are being made"):
        export.converted([], "svg")


@pytest.mark.parametrize("limit", [0.0, 60.0])
def test_a_picture_that_fails_leaves_the_way_to_the_next(
    limit: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "can_convert", lambda: True)
    monkeypatch.setattr(export, "LONGEST_SECONDS", limit)
    with pytest.raises(RuntimeError, match=r"took longer than 0|couldn't be made"):
        export.converted([{"data": {"url": "http://127.0.0.1:9/x"}, "mark": "point", "encoding": {}}], "svg")
    assert export._one_at_a_time.acquire(timeout=0)
    export._one_at_a_time.release()


def test_everything_of_every_part_can_be_chosen_and_is_in_the_json() -> None:
    shown = [Pin(name, Shape(shift=float(i))) for i, name in enumerate(["one", "two", "three"])]
    parts = session.of(Session(tuple(shown)), shown, {})
    every = choices(parts)
    assert len(every) == sum(len(part.tables) + len(part.pictures) for part in parts)
    assert next(iter(every)) == "Table: Settings"
    assert every["Chart: Probabilities · one"][0] is parts[1]
    content = json.loads(json_of(parts, PROVENANCE))
    assert content["link"] == PROVENANCE.link
    for part, found in zip(parts[1:], content["pins"], strict=True):
        assert found == json.loads(part.json(dataclasses.replace(PROVENANCE, link=part.link())))
    assert "pins" not in json.loads(json_of(parts[:1], PROVENANCE))


def test_a_picture_that_fails_is_said_on_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*args: object) -> bytes:
        raise RuntimeError("the picture took longer than 300 seconds: try again")

    monkeypatch.setattr(export, "image", fails)
    failures = ["an earlier one"]
    with pytest.raises(RuntimeError):
        _take_away._image(Picture("a", "b", list), "png", "c", failures)

    def page(failures: list[str]) -> None:
        from alternatives.pages._take_away import _failed

        _failed(failures)

    app = AppTest.from_function(page, args=(failures,)).run(timeout=30)
    (said,) = app.markdown
    assert said.value.startswith(plain("The picture took longer than 300 seconds: try again. "))


def test_hidden_layers_of_a_session_have_their_accuracy_by_width_or_say_where_it_is() -> None:
    hidden = Hidden(dataset="iris", units=["relu", "softmax"], n_seeds=2, n_epochs=1, learning_rate=0.1)
    pin = Pin("hidden", Inside(hidden=hidden))
    results = {pin.key: hidden.run(n_jobs=1)}
    accuracies = {(name, width): np.full(2, 0.5) for name in hidden.units for width in (2, 4)}
    widths = [Widths.of("iris", "relu", accuracies)]
    _, without = session.of(Session((pin,)), [pin], results)
    _, part = session.of(Session((pin,)), [pin], results, None, {pin.key: widths})
    assert "Accuracy by width isn't here" in " ".join(without.method)
    assert "Accuracy by width" not in without.tables
    assert "isn't here" not in " ".join(part.method)
    assert len(part.tables["Accuracy by width"].frame()) == 4
    assert {"Accuracy on iris by width"} <= {*part.pictures}
    assert "By width" in part.printed
