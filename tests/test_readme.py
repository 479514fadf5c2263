"""The README's commands, examples and map are true."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_iris

from alternatives import HEADS, HeadClassifier
from alternatives.heads import scores

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_two_commands_to_start_with() -> None:
    start, tests = re.findall(r"^python3 -m venv .*$", README, re.MULTILINE)
    own = "python3 -m venv .venv && .venv/bin/pip install -q -r"
    assert start == f"{own} requirements.txt && .venv/bin/streamlit run app.py"
    assert tests == f"{own} requirements-dev.txt && .venv/bin/python -m pytest -n auto"


@pytest.mark.parametrize(
    "line", [line for block in blocks("bash") for line in block.splitlines() if "-m alternatives" in line]
)
def test_command_line(line: str) -> None:
    command = shlex.split(line)
    assert command[0] == ".venv/bin/python"
    done = subprocess.run([sys.executable, *command[1:]], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Taylor softmax" in done.stdout


def test_library_example(capsys: pytest.CaptureFixture[str]) -> None:
    example = blocks("python")[0]
    assert len([line for line in example.splitlines() if line]) == 5
    exec(example, {})
    assert 0.9 < float(capsys.readouterr().out) <= 1


def test_head_example() -> None:
    before = set(HEADS)
    exec(blocks("python")[1], vars(scores).copy())
    (name,) = set(HEADS) - before
    try:
        logits = np.random.default_rng(0).normal(size=(8, 4), scale=3)
        targets = np.arange(8) % 4
        step = 1e-5 * np.eye(4)[:, None]
        slopes = (HEADS[name].loss(logits + step, targets) - HEADS[name].loss(logits - step, targets)) / 2e-5
        np.testing.assert_allclose(HEADS[name].gradient(logits, targets), slopes.T, rtol=1e-6, atol=1e-9)

        X, y = load_iris(return_X_y=True)
        classifier = HeadClassifier(head=name, learning_rate_init=0.01, random_state=0).fit(X, y)
        assert classifier.score(X, y) > 0.9
    finally:
        HEADS.unregister(name)


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
