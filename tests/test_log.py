"""The log: one line of JSON an event, and nothing of whom it happens to."""

import json
import logging
import time

import pytest

from alternatives.datasets import Own
from alternatives.experiments import Comparison
from alternatives.serving.limits import Cost, Limits, Refused
from alternatives.serving.log import Lines, event
from alternatives.serving.queue import Failed, Queue

SECRET = "patients.csv"
QUICK = {"n_seeds": 3, "n_epochs": 2, "learning_rate": 0.01}


@pytest.fixture
def lines(caplog):
    """A function that gives what was logged, each event from its line."""
    caplog.set_level(logging.INFO, "alternatives.events")
    return lambda: [json.loads(Lines().format(record)) for record in caplog.records]


def test_an_event_is_one_line_with_its_fields(lines):
    event("finished", request="comparison", seconds=1.5)
    (line,) = lines()
    assert line.pop("time").endswith("+00:00")
    assert line == {"level": "info", "event": "finished", "request": "comparison", "seconds": 1.5}


def test_an_error_is_told_by_its_type_and_where_it_happened_and_not_by_what_it_quotes(lines):
    try:
        try:
            raise KeyError(SECRET)
        except KeyError as error:
            raise ValueError(f"no column in {SECRET}") from error
    except ValueError as error:
        event("failed", logging.ERROR, error)
    (line,) = lines()
    assert line["error"] == "ValueError"
    assert "test_log.py" in line["traceback"]
    assert "\nbecause of\n" in line["traceback"]
    assert line["traceback"].endswith("KeyError")
    assert SECRET not in line["traceback"].replace("raise KeyError(SECRET)", "")


def test_what_others_log_has_nothing_filled_in(caplog):
    logging.getLogger("somebody").warning("rejecting %s", "203.0.113.7")
    (record,) = caplog.records
    line = json.loads(Lines().format(record))
    assert (line["event"], line["logger"], line["message"]) == ("log", "somebody", "rejecting %s")


def test_a_comparison_is_asked_and_finished(lines):
    Queue().results(Comparison(dataset="iris", **QUICK))
    asked, finished = lines()
    assert (asked["event"], asked["request"]) == ("asked", "comparison")
    assert asked["core_seconds"] > 0
    assert asked["megabytes"] > 0
    assert finished["event"] == "finished"
    assert 0 < finished["seconds"] < 60


def test_a_refusal_is_logged_once(lines):
    queue = Queue(Limits(seconds=1e-6))
    for _ in range(3):
        with pytest.raises(Refused):
            queue.check(Comparison())
    assert [line["event"] for line in lines()] == ["refused"]


def test_a_comparison_that_was_left_is_stopped(lines):
    class Left(Exception):
        pass

    def leave(*_):
        raise Left

    queue = Queue()
    with pytest.raises(Left):
        queue.results(Comparison(dataset="digits", n_epochs=400), leave, leave)
    queue.close()
    deadline = time.monotonic() + 10
    while queue._jobs and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [line["event"] for line in lines()] == ["asked", "stopped"]


def test_an_error_says_the_settings_but_nothing_of_own_data(lines, monkeypatch):
    def broken(*_):
        raise ValueError(SECRET)

    monkeypatch.setattr(Comparison, "run", broken)
    own = Own.from_text(f"own(name={SECRET}, rows=50, columns=3, checksum=0123456789abcdef)")
    monkeypatch.setattr(Comparison, "cost", lambda _: Cost(1, 1))  # the table isn't here
    for dataset in ("iris", own):
        with pytest.raises(Failed):
            Queue().results(Comparison(dataset=dataset, **QUICK))
    of_iris, of_own = (line for line in lines() if line["event"] == "failed")
    assert "iris" in of_iris["settings"]
    assert "settings" not in of_own
    assert SECRET not in json.dumps(of_own)
