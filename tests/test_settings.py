"""What the environment sets: one table, read and checked in one place."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from alternatives.serving import settings
from alternatives.serving.limits import UPLOAD_VARIABLES, VARIABLES, Limits, upload_bounds
from alternatives.serving.settings import HOSTED, BadEnvironment, check, value
from alternatives.tables import HOSTED as ON_A_SERVER

ROOT = Path(__file__).parents[1]
ON = {HOSTED: "on"}


def test_the_readme_has_the_table():
    assert settings.table() in (ROOT / "README.md").read_text("utf-8")


def test_every_variable_that_is_read_is_in_the_table():
    known = set(settings.VARIABLES)
    named = {
        name
        for path in [ROOT / "app.py", *(ROOT / "alternatives").rglob("*.py")]
        for name in re.findall(r"ALTERNATIVES_[A-Z_]*[A-Z]\b", path.read_text("utf-8"))
    }
    assert named - known <= {"ALTERNATIVES_TEST"}
    assert {*VARIABLES.values(), *UPLOAD_VARIABLES.values()} <= known


def test_defaults_are_those_of_the_table():
    limits, found = Limits(), {name: value(variable, {}) for name, variable in VARIABLES.items()}
    assert found == {name: getattr(limits, name) for name in VARIABLES} | {
        "seconds": None,
        "visitor_megabytes": None,
    }
    for name, variable in UPLOAD_VARIABLES.items():
        assert settings.VARIABLES[variable].but.startswith(f"{getattr(ON_A_SERVER, name):,};")


def test_hosted_defaults_give_way_to_what_is_set():
    assert Limits.from_environment(ON) == Limits(60, 250, 120, visitor_requests=2, visitor_megabytes=125)
    assert Limits.from_environment(ON | {"ALTERNATIVES_MOST_SECONDS": "90"}).seconds == 90
    assert Limits.from_environment({HOSTED: "off"}) == Limits()
    assert upload_bounds(ON_A_SERVER, ON).rows == 5_000
    assert value(settings.WORKERS, ON) == 1
    assert value(settings.LOG, ON) == "json"
    assert settings.is_on(settings.UPLOADS, ON)


BAD = {
    HOSTED: ("yes", "must be on or off, got 'yes'"),
    "ALTERNATIVES_WORKERS": ("1.5", "must be a whole number, got '1.5'"),
    "ALTERNATIVES_VISITOR_REQUESTS": ("0", "must be a positive number, got '0'"),
    "ALTERNATIVES_UPLOADS": ("false", "must be on or off, got 'false'"),
    "ALTERNATIVES_BASE_PATH": ("a b", "must be a path such as softmax or demos/softmax, got 'a b'"),
    "ALTERNATIVES_LOG": ("xml", "must be text or json, got 'xml'"),
    "ALTERNATIVES_METRICS": ("1", "must be on or off, got '1'"),
    "ALTERNATIVES_MOST_SECOND": ("5", "isn't known; variables are ALTERNATIVES_HOSTED, "),
}


@pytest.mark.parametrize(("variable", "text", "said"), [(name, *each) for name, each in BAD.items()])
def test_a_wrong_value_is_answered_in_a_sentence(variable, text, said):
    with pytest.raises(BadEnvironment, match=f"^{variable} {re.escape(said)}"):
        check({variable: text})


@pytest.mark.parametrize("text", ["/softmax/", "softmax", "demos/softmax-2"])
def test_a_base_path_has_no_slashes_at_its_ends(text):
    assert value(settings.BASE_PATH, {settings.BASE_PATH: text}) == text.strip("/")


@pytest.mark.parametrize("text", ["../x", "a//b", "a/../b", "https://example.org", "é"])
def test_a_base_path_that_is_none_is_refused(text):
    with pytest.raises(BadEnvironment, match="must be a path"):
        check({settings.BASE_PATH: text})


def test_what_tests_read_is_left_alone():
    check({"ALTERNATIVES_TEST_POSTGRESQL": "x", "PATH": "y"})


def test_workers_are_limited_where_the_server_starts():
    """The processes start before the first visitor comes, and one is enough to train in."""
    code = (
        "from alternatives.pages import _ahead; _ahead.prepare();"
        "from alternatives.training import jobs_that_pay, shared_pool;"
        "print(shared_pool().n_workers, jobs_that_pay(100.0))"
    )
    environment = {"ALTERNATIVES_WORKERS": "3", "ALTERNATIVES_SESSIONS": "memory"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.stdout == "3 3\n", done.stderr
