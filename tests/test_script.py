"""The generated scripts give the page's numbers to the last digit, and run nothing that strangers wrote."""

import ast
import dataclasses
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alternatives.experiments import Attention, ByWidth, ClassCounts, Comparison, Gate, Hidden
from alternatives.experiments.inside import Inside
from alternatives.exports import Provenance, script
from alternatives.sessions import Pin, Session
from alternatives.sessions.beside import Beside
from alternatives.shape import Shape
from alternatives.versions import warn_of_others
from tests.serving import ROOT

PROVENANCE = Provenance("https://a.place/compare?dataset=iris")
QUICK = {"n_seeds": 2, "n_epochs": 2, "learning_rate": 0.1}
SMALL = Comparison("moons(samples=100)", ["softmax", "spherical softmax(epsilon=0.1)"], **QUICK)
INSIDE = Inside.of(Gate(dataset="moons(samples=100)", **QUICK))
COUNTS = ClassCounts(counts=(2, 3), samples=30, **QUICK)
SHAPE = Shape(logits=(0.1, -1 / 3, 2.0), target=2, heads=["softmax", "Taylor softmax"])

HOSTILE = [
    '"""\nimport os; os.system("touch broken")\n"""',
    "'); open('broken', 'w'); ('",
    '"); open("broken", "w"); ("',
    "a\nopen('broken', 'w')",
    "a\ropen('broken', 'w')",
    "# coding: utf-7\n+AGkAbQ-",
    "\\",
    "\\'); open('broken', 'w') #",
    "{open('broken', 'w')}",
    "%s {0} \x00 \x0c \u2028 \u202e \ud800 end",
    "é ε 漢 😀",
]


def ran(folder: Path, text: str) -> str:
    """What a script prints, run in a folder."""
    (folder / "script.py").write_text(text, "utf-8")
    command = [sys.executable, "-W", "error", "script.py"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path)


def test_a_session_gives_every_number_again(tmp_path: Path) -> None:
    """A comparison, an experiment and a shape, in one process: it starts once."""
    pins = (Pin("quick one", SMALL, note="first"), Pin("the gate", INSIDE), Pin("few logits", SHAPE))
    session = Session(pins)
    printed = ran(tmp_path, script.of_session(session, PROVENANCE))
    for expected in ("quick one", "first", SMALL.run(n_jobs=1).finding, SHAPE.finding):
        assert expected in printed
    for name, results in {"quick-one": SMALL.run(n_jobs=1), "the-gate": INSIDE.gate.run(n_jobs=1)}.items():
        frame = read(tmp_path / f"{name}-measures.csv")
        pd.testing.assert_frame_equal(frame, results.measures, check_exact=True, check_dtype=False)
    shape = read(tmp_path / "few-logits-probabilities.csv").set_index("head")
    np.testing.assert_array_equal(shape.to_numpy(), SHAPE.probabilities)


def test_a_session_says_of_its_comparisons_together_what_the_page_says(tmp_path: Path) -> None:
    quick = SMALL.replace(n_seeds=4)
    states = {"a": quick.replace(n_epochs=3), 'b\'s "own"': quick, "c": quick.replace(label_noise=0.3)}
    session = Session.of({**states, "few logits": SHAPE, "not shown": SMALL})
    session = dataclasses.replace(session, reference=session.pins[1].key)
    text = script.of_session(session, PROVENANCE, session.pins[:4])
    results = [state.run(n_jobs=1) for state in states.values()]
    beside = Beside([*states.values()], results, 1, [*states])
    printed = ran(tmp_path, text)
    assert beside.finding in printed
    assert beside.frame.to_string() in printed
    pd.testing.assert_frame_equal(
        read(tmp_path / "side-by-side.csv"),
        beside.frame.replace({None: np.nan}),
        check_exact=True,
        check_dtype=False,
    )


def test_one_comparison_stands_beside_nothing() -> None:
    assert "Beside" not in script.of_session(Session.of({"a": SMALL, "b": SHAPE}), PROVENANCE)


def test_numbers_of_classes_give_every_number_again(tmp_path: Path) -> None:
    ran(tmp_path, script.of_state(COUNTS, "by classes", PROVENANCE))
    frame, results = read(tmp_path / "by-classes-measures.csv"), COUNTS.run(n_jobs=1)
    pd.testing.assert_frame_equal(frame, results.measures, check_exact=True, check_dtype=False)


STATES = [
    Comparison(),
    SMALL,
    COUNTS,
    SHAPE,
    Shape(),
    Comparison(hidden_layer_sizes=(), n_epochs=None, learning_rate=1 / 3, momentum=0.1, solver="sgd"),
    Comparison(hidden_layer_sizes=(7,), batch_normalisation=True, question="new data", weight_decay=1e-7),
    Comparison(heads=["sigmoid", "Taylor softmax"], baseline="sigmoid", head_parameters="own best"),
    Comparison(dataset="MNIST(samples=1000)", n_seeds=100, first_seed=7),
    Inside.of(Hidden(units=["softmax", "relu with batch normalisation"], width=8, **QUICK)),
    Inside.of(Attention(n_seeds=2)),
    INSIDE,
]


def made(text: str) -> list[object]:
    """What a script makes, without running it."""
    classes = (Attention, ByWidth, ClassCounts, Comparison, Gate, Hidden, Shape)
    kinds = {kind.__name__: kind for kind in classes}
    values = [node.value for node in ast.parse(text).body if isinstance(node, ast.Assign)]
    calls = [each for each in values if isinstance(each, ast.Call) and getattr(each.func, "id", "") in kinds]
    return [eval(compile(ast.Expression(call), "script", "eval"), dict(kinds)) for call in calls]


@pytest.mark.parametrize("state", STATES, ids=lambda state: f"{type(state).__name__} {state.to_link()}"[:60])
def test_a_script_makes_the_very_state(state) -> None:
    text = script.of_state(state, "name", PROVENANCE)
    if isinstance(state, Inside):
        shown = {"hidden layers": state.hidden, "attention": state.attention, "gate": state.gate}[state.part]
        expected = [shown, *(state.by_width if state.part == "hidden layers" else ())]
    else:
        expected = [state]
    assert made(text) == [each.replace() for each in expected]  # a test may have registered MNIST anew


def test_only_what_differs_from_the_default_is_said() -> None:
    assert "comparison = Comparison(label_noise=0.2)\n" in script.of_state(
        Comparison(label_noise=0.2), "name", PROVENANCE
    )


def test_scripts_are_formatted_and_without_a_fault(tmp_path: Path) -> None:
    for number, state in enumerate(STATES):
        (tmp_path / f"script_{number}.py").write_text(script.of_state(state, "a name", PROVENANCE), "utf-8")
    session = Session.of({"one": SMALL, "two": Comparison(), "three": SHAPE})
    (tmp_path / "session.py").write_text(script.of_session(session, PROVENANCE), "utf-8")
    for command in (["format", "--check"], ["check", "--select", "E,F,I,W", "--ignore", "E501"]):
        options = ["--isolated", "--no-cache", str(tmp_path)]
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, *options], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_nothing_that_strangers_write_is_run(tmp_path: Path, text: str) -> None:
    """A pin refuses some of these already; the script relies on none of it."""
    pin = Pin("pin", SHAPE)
    for field in ("name", "note"):
        object.__setattr__(pin, field, text)
    session = Session((pin,))
    code = script.of_session(session, Provenance(text, text, {text: text}))
    tree = ast.parse(code.encode("utf-8"))
    calls = [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert {*calls} <= {
        *("warn_of_others", "print", "Shape", "pd.DataFrame", "frame.to_string", "probabilities.to_csv"),
    }
    literals = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    assert literals.count(text) == 6  # name, note, link, day, and a version with its name


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_nothing_that_names_of_comparisons_say_is_run(text: str) -> None:
    pins = Pin("pin", SMALL), Pin("other", SMALL)
    object.__setattr__(pins[0], "name", text)
    tree = ast.parse(script.of_session(Session(pins), PROVENANCE).encode("utf-8"))
    calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert calls == {
        *("warn_of_others", "print", "Comparison", "comparison.run", "results.summary.to_string"),
        *("results.measures.to_csv", "Beside", "beside.frame.to_string", "beside.frame.to_csv"),
    }
    literals = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    assert literals.count(text) == 3  # printed, the key of its results, and among the names


def test_other_versions_are_warned_of(capsys: pytest.CaptureFixture[str]) -> None:
    warn_of_others(PROVENANCE.versions)
    assert capsys.readouterr().err == ""
    warn_of_others({**PROVENANCE.versions, "numpy": "1.0", "unheard of": "2"})
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("Made with numpy 1.0, here it is ")
    assert second.startswith("Made with unheard of 2, here it is not known")


def test_pins_whose_names_make_the_same_file_name_write_different_files() -> None:
    state = Comparison(dataset="iris", n_seeds=2)
    text = script.of_session(Session.of({"a!": state, "a?": state}), PROVENANCE)
    files = re.findall(r"[\"']([^\"']*\.csv)[\"']", text)
    assert len(files) == len(set(files)) >= 2
