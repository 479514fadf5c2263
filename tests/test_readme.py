"""The README's commands, examples and map are true."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_iris

from alternatives import HEADS, HeadClassifier
from alternatives.charts import look
from alternatives.experiments import Attention, ByWidth, Comparison, Gate, Hidden
from alternatives.heads import scores
from alternatives.shape import Shape
from alternatives.state import Linked
from alternatives.stories import read
from alternatives.sweeps import Sweep

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_two_commands_to_start_with() -> None:
    start, tests = re.findall(r"^python3 -m venv .*$", README, re.MULTILINE)
    own = "python3 -m venv .venv && .venv/bin/pip install -q -r"
    assert start == f"{own} requirements.txt && .venv/bin/streamlit run app.py"
    assert tests == f"{own} requirements-dev.txt && .venv/bin/python -m pytest -n auto"


LINES = [line for block in blocks("bash") for line in block.splitlines() if "-m alternatives" in line]
SHORTER = {
    "classes": ["--seeds", "2", "--epochs", "1"],
    "large-output": ["--classes", "100,1000"],
}
"""What makes a command that takes long soon done."""


@pytest.mark.parametrize(
    ("line", "more"),
    [
        *((line, next((more for name, more in SHORTER.items() if f" {name}" in line), [])) for line in LINES),
        *(
            pytest.param(line, [], marks=pytest.mark.thorough)
            for line in LINES
            if any(f" {name}" in line for name in SHORTER)
        ),
    ],
)
def test_command_line(line: str, more: list[str]) -> None:
    command = [*shlex.split(line), *more]
    assert command[0] == ".venv/bin/python"
    done = subprocess.run([sys.executable, *command[1:]], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "softmax" in done.stdout


CLASSIFIER, COMPARISON, SESSION, MANY, LARGE_OUTPUT, HEAD = blocks("python")


def test_classifier_example(capsys: pytest.CaptureFixture[str]) -> None:
    assert len([line for line in CLASSIFIER.splitlines() if line]) == 6
    exec(CLASSIFIER, {})
    assert 0.9 < float(capsys.readouterr().out) <= 1


def test_comparison_example(capsys: pytest.CaptureFixture[str]) -> None:
    exec(COMPARISON, {})
    assert capsys.readouterr().out.startswith("On iris over 3 seeds")


def test_session_example(capsys: pytest.CaptureFixture[str]) -> None:
    exec(SESSION, {})
    link = "pin=0%25+wrong&pin=20%25+wrong&pin=40%25+wrong&label_noise=~0.2~0.4"
    assert capsys.readouterr().out == f"{link}\nTrue\n"


def test_many_networks_example(capsys: pytest.CaptureFixture[str]) -> None:
    exec(MANY, {})
    title, name, *rows = (line.split() for line in capsys.readouterr().out.splitlines())
    assert (title, name) == (["accuracy", "log", "loss"], ["variant"])
    assert [row[0] for row in rows] == ["softmax", "spherical"]
    assert all(0.9 < float(row[1]) < 1 for row in rows)


def test_sweep_example() -> None:
    text, _ = blocks("toml")
    sweep = Sweep.from_toml(text)
    assert len(sweep.comparisons()) == 9
    assert {len(each.heads) for each in sweep.comparisons()} == {4}


def test_story_example() -> None:
    _, text = blocks("toml")
    story, problems = read(text)
    assert problems == ()
    assert story is not None
    (step,) = story.steps
    shape = step.target.state
    assert isinstance(shape, Shape)
    by_head = dict(zip(shape.head_names, shape.probabilities[:, 1].tolist(), strict=True))
    assert step.guess is not None
    assert step.guess.choices[step.guess.right].lower() == max(by_head, key=by_head.__getitem__) == "sigmoid"
    assert f"with {100 * by_head['sigmoid']:.0f} %" in step.sentence
    assert step.picture in step.target.pictures(None)


def test_large_output_example(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    exec(LARGE_OUTPUT, {})
    assert capsys.readouterr().out == "[0 1 2]\n"
    assert (tmp_path / "layer.npz").exists()


@pytest.fixture
def head() -> Iterator[str]:
    """The name of the example's head, registered for one test."""
    before = set(HEADS)
    exec(HEAD, vars(scores).copy())
    (name,) = set(HEADS) - before
    try:
        yield name
    finally:
        HEADS.unregister(name)


def test_head_example(head: str) -> None:
    logits = np.random.default_rng(0).normal(size=(8, 4), scale=3)
    targets = np.arange(8) % 4
    step = 1e-5 * np.eye(4)[:, None]
    slopes = (HEADS[head].loss(logits + step, targets) - HEADS[head].loss(logits - step, targets)) / 2e-5
    np.testing.assert_allclose(HEADS[head].gradient(logits, targets), slopes.T, rtol=1e-6, atol=1e-9)

    X, y = load_iris(return_X_y=True)
    classifier = HeadClassifier(head, learning_rate_init=0.01, tol=0.01, batch_size=32, random_state=0)
    assert classifier.fit(X, y).score(X, y) > 0.9


INSIDE = (
    "relu",
    "tanh",
    "logistic",
    "equal weights",
    "n · softmax",
    "relu with batch normalisation",
    "softmax(x=1)",
)


def state() -> tuple[dict[str, look.Look], list[Linked]]:
    """How all that charts show looks, and what every page's empty link means."""
    looks = {name: look.look(name) for name in (*HEADS, *INSIDE)}
    return looks, [cls() for cls in (Comparison, Hidden, ByWidth, Attention, Gate, Shape)]


def test_head_example_changes_nothing_else(request: pytest.FixtureRequest) -> None:
    looks, links = state()
    own = request.getfixturevalue("head")
    looks_with_it, links_with_it = state()
    its_look = looks_with_it.pop(own)
    assert looks_with_it == looks
    assert links_with_it == links
    assert its_look.colour not in {each.colour for each in looks.values()}
    assert Comparison(heads=own).heads == (HEADS[own],)

    cls = type(HEADS[own])
    HEADS.unregister(own)
    assert state() == (looks, links)
    HEADS.register(cls)
    assert look.look(own) == its_look


def test_map_names_what_there_is() -> None:
    (layout,) = blocks("text")
    inside = {line.split()[0].rstrip("/") for line in layout.splitlines() if line.startswith(" ")}
    there = {
        path.name
        for path in (ROOT / "alternatives").iterdir()
        if path.name not in ("__init__.py", "__pycache__")
    }
    assert inside == there
    assert all((ROOT / line.split()[0]).exists() for line in layout.splitlines() if not line.startswith(" "))


@pytest.mark.parametrize("target", re.findall(r"\]\((?!https?:)([^)#]+)\)", README))
def test_link_leads_somewhere(target: str) -> None:
    assert (ROOT / target).exists()
