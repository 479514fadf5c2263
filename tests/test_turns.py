"""Turns: one at a time, whoever has waited longest first."""

import threading
import time

import pytest
from streamlit.testing.v1 import AppTest

from alternatives.pages import _turns
from alternatives.pages._turns import WAITS_SINCE
from alternatives.serving.turns import FIRST, Turns


class Queue:
    """Threads that wait for a turn while somebody has one."""

    def __init__(self) -> None:
        self.turns, self.had = Turns(), []
        self._threads = []

    def wait(self, name, since=None) -> None:
        """Have a thread wait; back when it does."""
        n_waiting = len(self.turns._waiting)
        self._threads.append(threading.Thread(target=self._have, args=(name, since)))
        self._threads[-1].start()
        while len(self.turns._waiting) == n_waiting:
            time.sleep(0.001)

    def _have(self, name, since) -> None:
        with self.turns.turn(since):
            self.had.append(name)

    def finish(self) -> None:
        for thread in self._threads:
            thread.join()


def test_who_has_waited_longest_comes_next():
    queue, started = Queue(), time.monotonic()
    with queue.turns.turn():
        queue.wait("new")
        queue.wait("newer")
        queue.wait("in place of one that came earlier", since=started)
        queue.wait("begun", since=FIRST)
    queue.finish()
    assert queue.had == ["begun", "in place of one that came earlier", "new", "newer"]


def test_what_is_further_down_lets_newcomers_pass_but_not_for_ever():
    queue, now = Queue(), time.monotonic()
    with queue.turns.turn():
        queue.wait("further down", since=now + _turns.MORE_LATER)
        queue.wait("newcomer", since=now + _turns.MORE_LATER / 2)
        queue.wait("late newcomer", since=now + 2 * _turns.MORE_LATER)
    queue.finish()
    assert queue.had == ["newcomer", "further down", "late newcomer"]


def test_only_one_has_a_turn():
    turns, at_once, most = Turns(), [], []

    def work() -> None:
        for _ in range(20):
            with turns.turn():
                at_once.append(1)
                time.sleep(0.0005)
                most.append(len(at_once))
                at_once.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(most) == 80
    assert max(most) == 1


def test_an_error_ends_a_turn():
    turns = Turns()
    with pytest.raises(KeyError), turns.turn():
        raise KeyError
    with turns.turn():
        pass


def draws() -> None:
    """A page that is interrupted while it draws, where the session says so."""
    import streamlit as st

    from alternatives.pages._turns import turn

    with turn():
        assert not st.session_state["interrupted"]


def test_a_session_keeps_its_place_until_it_was_drawn_for():
    app = AppTest.from_function(draws)
    app.session_state["interrupted"] = True
    since = {app.run().session_state[WAITS_SINCE] for _ in range(2)}
    assert len(since) == 1
    app.session_state["interrupted"] = False
    app.run()
    assert not app.exception
    assert WAITS_SINCE not in app.session_state


def test_a_page_waits_for_who_takes_less_but_not_for_ever(monkeypatch):
    waits = iter([True, True, False])
    monkeypatch.setattr(_turns.accounts, "gives_way", lambda visitor: next(waits))
    looks = []
    monkeypatch.setattr(_turns, "give_way", lambda: looks.append(time.monotonic()))
    _turns.pause()
    assert len(looks) == 2
    monkeypatch.setattr(_turns.accounts, "gives_way", lambda visitor: True)
    started = time.monotonic()
    _turns.pause()
    assert _turns.PAUSE <= time.monotonic() - started < _turns.PAUSE + 1
