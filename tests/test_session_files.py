"""A session passed on as a file."""

import csv
import dataclasses
import io
import json
import random
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from alternatives import Comparison, Session, wording
from alternatives.charts import confusion, lines, reliability, tables, tuning
from alternatives.charts.drawing import Drawing
from alternatives.commands.compare import budget
from alternatives.datasets import DATASETS, Dataset, DatasetUnavailable, Elsewhere, elsewhere, register_files
from alternatives.experiments.comparison import DECAYS, ComparisonResults
from alternatives.experiments.inside import Inside
from alternatives.exports import Provenance, report
from alternatives.exports import session as exported
from alternatives.exports.exports import json_of
from alternatives.sessions import MOST_PINS, Pin, file, plain
from alternatives.sessions.beside import Beside
from alternatives.sessions.results import of_plain, to_plain
from alternatives.shape import Shape
from alternatives.versions import Made
from tests import random_sessions
from tests.random_sessions import read_or_said

N_MUTATED = round(2_000 * random_sessions.SHARE)

ALL = [
    Comparison(
        dataset="iris", heads=["softmax", "Taylor softmax"], n_seeds=4, max_epochs=8, hidden_layer_sizes=(4,)
    ),
    # Tuned parameters, three layers, and a rate that is far too high.
    Comparison(
        dataset="iris",
        heads=["softmax", "spherical softmax(epsilon=0.1)", "plain normalisation"],
        n_seeds=3,
        n_epochs=12,
        learning_rate=10,
        solver="sgd",
        head_parameters="own best",
        hidden_layer_sizes=(8, 8),
        question="new data",
        label_noise=0.2,
    ),
]


@pytest.fixture(scope="module")
def session() -> Session:
    own, diverging = ALL
    pins = {"own best": own, "<b>diverging</b>": diverging, "shape": Shape(), "inside": Inside("gate")}
    session = Session.of(pins)
    return session.put(Pin("noted", own, "a\nnote", session.pins[0].key)).with_reference(session.pins[1].key)


@pytest.fixture(scope="module")
def results(session: Session) -> dict[str, ComparisonResults]:
    first, second = (pin.state.run(n_jobs=1) for pin in session.pins if isinstance(pin.state, Comparison))
    # As if the last head's first run had diverged.
    values = {name: each.copy() for name, each in second.values.items()}
    for each in (*values.values(), diverged := second.diverged.astype(float)):
        each[-1, 0] = np.nan
    second = dataclasses.replace(second, values=values, diverged=np.isnan(diverged))
    return {session.pins[0].key: first, session.pins[1].key: second}


@pytest.fixture(scope="module")
def text(session: Session, results: dict[str, ComparisonResults]) -> str:
    return session.to_json(results)


def test_any_session_comes_back() -> None:
    chance = random.Random(0)
    for _ in range(100):
        session = random_sessions.session(chance)
        again, found = file.read(session.to_json())
        assert again == session
        assert again.place == session.place
        assert found is None
        assert Session.from_json(session.to_json().encode()) == session


def test_results_come_back_to_the_last_digit(
    session: Session, results: dict[str, ComparisonResults], text: str
) -> None:
    again, found = file.read(text)
    assert again == session
    assert found is not None
    assert again.to_json(found) == text
    assert "null" in text
    for pin, own in zip(session.pins, again.pins, strict=True):
        if pin.key in results:
            same_results(results[pin.key], found[own.key])
    assert len(found) == 2


def same_results(one: ComparisonResults, other: ComparisonResults) -> None:
    for name in ("summary", "runs", "measures", "reliability", "tuning"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=True)
    for name in ("experiment", "variants", "heads", "class_names", "finding"):
        assert getattr(one, name) == getattr(other, name)
    for name in ("temperatures", "seconds", "diverged", "learning_rates", "n_epochs", "confusion_counts"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
        assert getattr(one, name).dtype == getattr(other, name).dtype
    assert [*one.curves] == [*other.curves]
    for name, curve in one.curves.items():
        same = other.curves[name]
        assert (curve.unit, curve.logarithmic, curve.geometric) == (
            same.unit,
            same.logarithmic,
            same.geometric,
        )
        bands = [(curve.band, same.band)]
        bands += [(curve.relative.band, same.relative.band)] if curve.geometric else []
        for band, other_band in bands:
            for part in ("mean", "low", "high"):
                values = getattr(band, part)
                np.testing.assert_array_equal(
                    np.where(np.isfinite(values), values, np.nan), getattr(other_band, part)
                )


def test_charts_are_drawn_from_a_file(results: dict[str, ComparisonResults], text: str) -> None:
    _, found = file.read(text)
    assert found is not None
    drawn: list[Callable[[ComparisonResults], Drawing]] = [
        lambda each: lines.by_epoch(each, "gradient at the logits"),
        lambda each: lines.by_epoch(each, "gradient at the logits", relative=True),
        lambda each: lines.by_epoch(each, "validation accuracy"),
        lambda each: reliability.drawing(each, "softmax"),
        lambda each: confusion.drawing(each, "softmax"),
    ]
    for one, other in zip(results.values(), found.values(), strict=True):
        for draw in drawn:
            first, second = draw(one), draw(other)
            pd.testing.assert_frame_equal(first.frame, second.frame, check_exact=True)
            assert first.specification == second.specification
            assert first.alt == second.alt
        for table in (tables.headline, tables.every_measure, tables.tuning):
            pd.testing.assert_frame_equal(table(one), table(other), check_exact=True)


def drawn_and_printed(session: Session, results: dict[str, ComparisonResults]) -> list[str]:
    """Everything that the page offers to take away of comparisons, by its titles."""
    pins = [pin for pin in session.pins if pin.key in results]
    beside = Beside([pin.state for pin in pins], [results[pin.key] for pin in pins], 0)  # type: ignore[misc]
    titles = []
    for part in exported.of(session, pins, results, beside):
        for title, picture in part.pictures.items():
            assert picture.charts()
            titles.append(title)
        for table in (*part.tables.values(), *part.printed.values()):
            table.frame()
    return titles


def test_all_that_is_offered_of_a_file_can_be_taken_away(
    session: Session, results: dict[str, ComparisonResults], text: str
) -> None:
    known, found = file.read(text)
    assert found is not None
    from_file, computed = drawn_and_printed(known, found), drawn_and_printed(session, results)
    assert {*from_file} <= {*computed}
    # A file has neither what was tried nor single samples, of which other temperatures would make more.
    assert {*computed} - {*from_file} == {"Tuning", "Log loss by temperature"}


def test_curves_without_numbers_are_drawn(text: str) -> None:
    def empty(values: Any) -> Any:
        return [empty(each) for each in values] if isinstance(values, list) else None

    def without(held: Any) -> None:
        for curve in held["pins"][0]["results"]["curves"].values():
            for band in (curve, curve.get("relative", {})):
                band |= {name: empty(band[name]) for name in ("mean", "low", "high") if name in band}

    known, found = file.read(changed(text, without))
    assert found is not None
    assert drawn_and_printed(known, found)


def test_conclusions_are_the_pin_s_own(results: dict[str, ComparisonResults]) -> None:
    (first, *_) = results.values()
    asked = first.experiment.replace(question="new data", margin=3)
    session = Session.of({"a": asked})
    _, found = file.read(session.to_json({session.pins[0].key: first}))
    assert found is not None
    (own,) = found.values()
    assert own.finding == first.concluded(asked).finding != first.finding
    for state in (asked.replace(n_seeds=5), Shape()):
        other = Session.of({"a": state})
        with pytest.raises(ValueError, match=r"^the results of 'a' must be those of its own comparison$"):
            other.to_json({other.pins[0].key: first})


# Where results are from


def test_results_of_a_file_say_when_and_with_what_they_were_made(text: str) -> None:
    there = Made("2020-02-29", {"numpy": "1.0", "Python": "3.8.0rc1"})
    said = changed(text, lambda held: held["pins"][0].update(made=dataclasses.asdict(there)))
    older = changed(text, lambda held: [pin.pop("made", None) for pin in held["pins"]])
    for given, expected in ((text, Made.here()), (said, there), (older, Made())):
        session, found = file.read(given)
        assert found is not None
        assert found[session.pins[0].key].made == expected
        assert json.loads(session.to_json(found)) == json.loads(given)  # passed on, it doesn't change


def test_what_is_taken_away_of_a_file_is_not_from_here(
    session: Session, results: dict[str, ComparisonResults], text: str
) -> None:
    there = {"day": "2020-02-29", "versions": {"numpy": "1.0"}}
    theirs, found = file.read(changed(text, lambda held: held["pins"][0].update(made=there)))
    assert found is not None
    provenance = Provenance("a link", "2026-11-30", {"numpy": "9"})
    (pin, *_) = theirs.pins
    of_file, mixed = (
        exported.of(theirs, shown, {pin.key: found[pin.key], theirs.pins[1].key: [*results.values()][1]})
        for shown in (theirs.pins[:1], theirs.pins[:2])
    )
    for part in (*of_file, mixed[1]):
        (row, *_) = csv.DictReader(io.StringIO(part.csv(next(iter(part.tables)), provenance)))
        assert (row["made"], row["versions"]) == ("2020-02-29", "numpy 1.0")
        assert row["source"] == "a file, not computed here"
        assert "not computed here" in " ".join(part.method)
    assert "2020-02-29 / " in mixed[0].csv("Settings", provenance)
    pins = json.loads(json_of(mixed, provenance))["pins"]
    assert [each["made"] for each in pins] == ["2020-02-29", "2026-11-30"]
    assert "Made on 2020-02-29 with numpy 1.0, as the file says." in report.html(
        "x", [dataclasses.replace(each, pictures={}) for each in of_file], provenance
    )
    unknown = dataclasses.replace(of_file[1], made=Made())
    assert json.loads(unknown.json(provenance))["made"] == "unknown"


# Data that aren't here


def test_results_on_data_that_are_not_here_can_be_looked_at(text: str) -> None:
    session, found = file.read(text.replace('"dataset": "iris"', '"dataset": "my own data(n=3)"'))
    state = session.pins[0].state
    assert isinstance(state, Comparison)
    assert found is not None
    assert found[session.pins[0].key].finding.startswith("On my own data(n=3) over 4 seeds")
    assert "my own data(n=3)" not in DATASETS
    assert file.read(session.to_json(found))[0] == session
    with pytest.raises(
        DatasetUnavailable, match=r"^The data set my own data\(n=3\) isn't here: its results can be"
    ):
        state.run()
    with pytest.raises(
        ValueError, match=r"no link shows 'noted': its data aren't here, only its results; pass"
    ):
        session.to_link()
    with pytest.raises(ValueError, match=r"pin 1: there is no data set 'my own data' here, only iris, wine"):
        Session.from_json(session.to_json())
    with pytest.raises(ValueError, match=r"data set must be one of .*; got 'my own data\(n=3\)'"):
        Comparison(dataset="my own data(n=3)")


def test_data_that_are_laid_in_later_are_used() -> None:
    state = Comparison(dataset=elsewhere("laid in later"))
    assert isinstance(state.replace().dataset, Elsewhere)
    laid_in = type("LaidIn", (Dataset,), {"name": "laid in later", "make": lambda self: None})
    DATASETS.register(laid_in)
    try:
        assert type(state.replace().dataset) is laid_in
    finally:
        DATASETS.unregister("laid in later")
    for name in ("", " ", "[a](b)", "<b>", "a\nb", "x" * 101):
        with pytest.raises(ValueError, match=r"^the name of a data set must be "):
            elsewhere(name)


def table(ending: str, n_rows: int = 40) -> bytes:
    return "".join(f"{n % 7},{n % 3}{ending}" for n in range(n_rows)).encode()


@pytest.fixture
def mine(tmp_path: Path) -> Iterator[Callable[[bytes], None]]:
    """A function that writes the file of the data set "mine"."""

    def write(contents: bytes) -> None:
        (tmp_path / "mine.csv").write_bytes(contents)
        register_files(tmp_path)

    yield write
    DATASETS.unregister("mine")


def test_results_on_other_contents_are_not_taken_for_those_of_the_data_here(
    mine: Callable[[bytes], None],
) -> None:
    mine(table("\n"))
    comparison = Comparison(dataset="mine", heads=["softmax"], n_seeds=2, n_epochs=1, learning_rate=0.1)
    theirs = Session.of({"a": comparison})
    text = theirs.to_json({theirs.pins[0].key: comparison.run(n_jobs=1)})
    mine(table("\r\n"))  # the same samples, written in another way
    assert file.read(text)[0] == Session.of({"a": comparison.replace()})

    for contents in (table("\n", 41), b"damaged"):
        mine(contents)
        session, results = file.read(text)
        state = session.pins[0].state
        assert isinstance(state, Comparison)
        assert isinstance(state.replace().dataset, Elsewhere)
        assert results is not None
        assert results[session.pins[0].key].finding.startswith("On mine from a file over 2 seeds")
        with pytest.raises(DatasetUnavailable):
            state.run()
        assert session.to_json(results) == text
    mine(table("\n"))
    assert file.read(text)[0] == Session.of({"a": comparison.replace()})
    without = changed(text, lambda held: held["pins"][0]["results"].pop(file.CONTENTS))
    unknown = changed(text, lambda held: held["pins"][0]["results"].update({file.CONTENTS: file.UNKNOWN}))
    for each in (without, unknown):
        assert str(file.read(each)[0].pins[0].state.dataset) == "mine from a file"  # type: ignore[union-attr]


# Files of strangers


def changed(text: str, change: Any) -> str:
    held = json.loads(text)
    change(held)
    return json.dumps(held)


WRONG: dict[str, tuple[Any, str]] = {
    "temperature": (
        lambda held: held["pins"][0]["results"]["temperatures"][0].__setitem__(0, 0),
        "pin 1: temperatures must be numbers from 1e-06 to 1e+100, or null; got '0'",
    ),
    "diverged": (
        lambda held: held["pins"][0]["results"]["diverged"][0].__setitem__(0, True),
        "pin 1: accuracy must be null for runs that diverged",
    ),
    "diverged, with a value": (
        lambda held: held["pins"][1]["results"]["values"]["accuracy"][-1].__setitem__(0, 1),
        "pin 2: accuracy must be null for runs that diverged",
    ),
    "no data set": (
        lambda held: held["pins"][0]["settings"].pop("dataset"),
        "pin 1: the settings of a pin with results must have dataset",
    ),
    "day": (
        lambda held: held["pins"][0]["made"].update(day="=1+1"),
        "pin 1: day must be a date such as 2026-11-30; got '=1+1'",
    ),
    "versions": (
        lambda held: held["pins"][0]["made"]["versions"].update(numpy="<b>"),
        "pin 1: versions must be at most 20 short names with a version each",
    ),
    "no object": (
        lambda held: held.clear(),
        'it must be a JSON object with "format": "softmax-alternatives session"',
    ),
    "later": (
        lambda held: held.update(version=2, extra=1),
        "its version must be 1, got '2' (a later version of",
    ),
    "no version": (lambda held: held.update(version=True), "its version must be 1, got 'True'"),
    "unknown": (
        lambda held: held.update(extra=1),
        "it may have format, version, pins, reference; got 'extra'",
    ),
    "many pins": (
        lambda held: held.update(pins=[{}] * 25),
        "pins must be a list of at most 24; got a list of 25",
    ),
    "reference": (
        lambda held: held.update(reference=9),
        "reference must be whole numbers from 1 to 4; got '9'",
    ),
    "no name": (lambda held: held["pins"][0].pop("name"), "pin 1: a pin must have name"),
    "name": (
        lambda held: held["pins"][1].update(name="a\nb"),
        "pin 2: the name of a pin must be one line of",
    ),
    "kind": (
        lambda held: held["pins"][2].update(kind="x"),
        "pin 3: kind must be one of compare, shape, inside; got 'x'",
    ),
    "twice": (
        lambda held: held["pins"][1].update(name="noted"),
        "each pin must have a name of its own, got 'noted' twice",
    ),
    "setting": (
        lambda held: held["pins"][0]["settings"].update(seeds="0"),
        "pin 1: seeds must be a whole number from 1",
    ),
    "no setting": (
        lambda held: held["pins"][0]["settings"].update(seed="0"),
        "pin 1: there is no setting 'seed'",
    ),
    "no text": (
        lambda held: held["pins"][0]["settings"].update(seeds=3),
        "pin 1: settings must be an object of texts",
    ),
    "other seeds": (
        lambda held: held["pins"][0]["settings"].update(seeds="5"),
        "pin 1: diverged must be lists of the shape 2 × 5",
    ),
    "other heads": (
        lambda held: held["pins"][0]["settings"].update(heads="softmax,sigmoid"),
        "pin 1: heads must be those of the settings, softmax and sigmoid; got softmax and Taylor softmax",
    ),
    "results of a shape": (
        lambda held: held["pins"][2].update(results={}),
        "pin 3: only pins of the kind compare have results, got 'shape'",
    ),
    "huge": (
        lambda held: held["pins"][0]["results"]["learning_rates"].__setitem__(0, 10**400),
        "pin 1: learning_rates must be numbers from 0 to 1e+100, or null; got '1000000",
    ),
    "no measure": (
        lambda held: held["pins"][0]["results"]["values"].pop("accuracy"),
        "pin 1: values must have accuracy",
    ),
    "contents": (
        lambda held: held["pins"][0]["results"].update({file.CONTENTS: "<b>"}),
        "pin 1: contents of the data must be at most 64 digits and letters a to f; got '<b>'",
    ),
    "class": (
        lambda held: held["pins"][0]["results"]["classes"].__setitem__(0, "\u202e"),
        "pin 1: the name of a class",
    ),
}


@pytest.mark.parametrize(("change", "problem"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_read_is_said_in_a_sentence(text: str, change: Any, problem: str) -> None:
    found, said = read_or_said(Session.from_json, changed(text, change))
    assert found is None
    assert said.startswith(f"this can't be read as a session file: {problem}")
    assert len(said) < 400


HEAD = '{"format": "softmax-alternatives session", "version": 1, '


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("", "it must be JSON: Expecting value: line 1"),
        ("[" * 50_000, "its lists and objects are too deep in each other"),
        ('{"a":' * 50_000, "its lists and objects are too deep in each other"),
        ("[" * 200_000, "it may have at most 100,000 lists and objects, and has 200,000"),
        (" " * 6_000_000, "it may have at most 5 MB, and has 6.0"),
        (b"\xff", "its text must be UTF-8"),
        (None, "it must be a text, got 'None'"),
        ("[]", 'it must be a JSON object with "format"'),
        (
            HEAD + '"pins": [], "pins": []}',
            "an object may have each name once, got 'pins' twice",
        ),
        (HEAD + '"pins": NaN}', "numbers must be finite, got NaN"),
        (HEAD + f'"pins": {"9" * 5_000}}}', "numbers may have at most 1,000 digits, got 5,000"),
        (HEAD + f'"pins": {"[" * 400}{"]" * 400}}}', "pin 1: a pin must be an object; got a list of 1"),
    ],
)
def test_what_is_no_session_file_is_said_in_a_sentence(given: Any, problem: str) -> None:
    started = time.process_time()
    _, said = read_or_said(Session.from_json, given)
    assert said.startswith(f"this can't be read as a session file: {problem}")
    assert time.process_time() - started < 2


def test_the_largest_files_are_read_or_refused_in_time() -> None:
    item = '{"name": "x", "kind": "compare", "settings": {"heads": "%s"}}' % ("softmax," * 1_000)
    for given in (
        HEAD + '"pins": [' + ",".join([item] * MOST_PINS) + "]}",
        HEAD + '"pins": [' + ",".join(["0"] * 2_000_000) + "]}",
        HEAD + ",".join(f'"{n}": 0' for n in range(300_000)) + "}",
        HEAD + '"pins": "' + "\\u0000" * 800_000 + '"}',
        HEAD + '"pins": [' + "1e99," * 900_000 + "1]}",
    ):
        assert len(given) < plain.LARGEST_FILE
        started = time.process_time()
        found, said = read_or_said(Session.from_json, given)
        assert found is None
        assert len(said) < 500
        assert time.process_time() - started < 2


def test_a_file_that_would_be_too_large_is_not_written(
    results: dict[str, ComparisonResults], monkeypatch: pytest.MonkeyPatch
) -> None:
    (first, *_) = results.values()
    session = Session.of({"a": first.experiment})
    monkeypatch.setattr(plain, "LARGEST_FILE", 10_000)
    with pytest.raises(
        ValueError, match=r"^a session file may have at most 0.01 MB, and would have 0.\d: leave out"
    ):
        session.to_json({session.pins[0].key: first})


def test_mutated_files_give_a_session_or_a_sentence(text: str) -> None:
    chance = random.Random(2)
    (small, _), n_read = file.read(text), 0
    texts = [text, changed(text, lambda held: held["pins"].pop(1)), small.to_json()]
    texts += [random_sessions.session(chance).to_json() for _ in range(10)]
    for _ in range(N_MUTATED):
        given = random_sessions.mutated(chance, chance.choice(texts))
        started = time.process_time()
        found, said = read_or_said(file.read, given)
        assert time.process_time() - started < 2
        assert len(said) < 5_000
        assert "\n" not in said
        if found is not None:
            n_read += 1
            session, results = found
            assert file.read(session.to_json(results))[0] == session
            for each in (results or {}).values():
                assert each.finding
    assert n_read > 0.02 * N_MUTATED


def test_a_file_is_for_people_too(text: str, results: dict[str, ComparisonResults]) -> None:
    rows = text.splitlines()
    assert '   "name": "noted",' in rows
    assert '    "dataset": "iris",' in rows
    assert all(len(row) < 1_000 for row in rows)
    (first, *_) = results.values()
    accuracy = json.loads(text)["pins"][0]["results"]["values"]["accuracy"]
    assert accuracy == first.values["accuracy"].tolist()
    assert re.search(r'"diverged": \[\n +\[false, false, false, false\],\n', text)
    assert [*to_plain(first)] == [*json.loads(text)["pins"][0]["results"]]


def test_each_heads_own_penalty_goes_through_a_file() -> None:
    comparison = Comparison(
        dataset="iris", heads=["softmax", "sigmoid"], n_seeds=2, weight_decay=None, n_settings=4, max_epochs=2
    )
    results = comparison.run(n_jobs=1)
    assert set(results.tuning["weight_decay"]) <= {*DECAYS}
    again = of_plain(comparison, json.loads(json.dumps(to_plain(results))))
    assert again.tuning["weight_decay"].tolist() == results.tuning["weight_decay"].tolist()
    chosen = f"L2 penalty {wording.given(results.tuning['weight_decay'][1])}"
    for words in (tuning.finding(again, "sigmoid"), budget(again, 1_000).rpartition("sigmoid")[2]):
        assert chosen in words
    assert list(tables.tuning(again)["L2 penalty"]) == [
        wording.given(each) for each in results.tuning["weight_decay"]
    ]
