"""Comparisons that people wait for, and what they may cost."""

import threading
import time
import tracemalloc

import pytest

from alternatives.datasets import DatasetUnavailable
from alternatives.experiments import Comparison
from alternatives.experiments.cost import cost
from alternatives.experiments.run import Progress, run
from alternatives.serving.comparisons import Jobs
from alternatives.serving.limits import Limits

SMALL = Comparison(dataset="iris", n_seeds=3, n_epochs=3, hidden_layer_sizes=(4,))
LONG = SMALL.replace(n_epochs=500, n_seeds=20, hidden_layer_sizes=(64, 64))


def ignore(progress: Progress) -> None:
    """Wait without looking."""


class WentAway(BaseException):
    """A visitor changed a control."""


def test_results_are_those_of_the_comparison_and_stay():
    jobs = Jobs()
    assert jobs.get(SMALL) is None
    results = jobs.results(SMALL, ignore)
    assert results.measures.equals(run(SMALL).measures)
    assert jobs.get(SMALL) is results is jobs.results(SMALL, ignore)


def test_two_heads_never_share_a_result():
    jobs = Jobs()
    ones = [jobs.results(SMALL.replace(heads=[head]), ignore) for head in ("softmax", "Taylor softmax")]
    assert [set(results.runs["head"]) for results in ones] == [{"softmax"}, {"Taylor softmax"}]


def test_who_asks_for_the_same_at_once_waits_for_one_training(monkeypatch):
    trainings = []

    def counted(*arguments):
        trainings.append(1)
        return run(*arguments)

    monkeypatch.setattr("alternatives.serving.comparisons.run", counted)
    jobs, found = Jobs(), []
    visitors = [threading.Thread(target=lambda: found.append(jobs.results(SMALL, ignore))) for _ in range(8)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert len(trainings) == 1
    assert len({id(results) for results in found}) == 1


def test_a_training_is_given_up_when_nobody_waits(monkeypatch):
    monkeypatch.setattr("alternatives.serving.queue.PATIENCE", 0.1)
    jobs = Jobs()

    def leave(progress: Progress) -> None:
        raise WentAway

    with pytest.raises(WentAway):
        jobs.results(LONG, leave)
    for _ in range(100):
        if not jobs._in_work:
            break
        time.sleep(0.05)
    assert not jobs._in_work
    assert jobs.get(LONG) is None


def test_who_comes_back_soon_finds_the_training_further_on():
    jobs, epochs = Jobs(), []

    def leave_after(seconds: float):
        started = time.monotonic()

        def watch(progress: Progress) -> None:
            epochs.append(progress.epoch)
            if time.monotonic() - started > seconds and progress.epoch > 1:
                raise WentAway

        return watch

    for _ in range(2):
        with pytest.raises(WentAway):
            jobs.results(LONG, leave_after(0.1))
    assert epochs == sorted(epochs)


def test_a_short_comparison_overtakes_a_long_one():
    jobs = Jobs()
    going = threading.Event()

    def look(progress: Progress) -> None:
        if progress.epoch:
            going.set()
        if over.is_set():
            raise WentAway

    over = threading.Event()

    def wait_long() -> None:
        with pytest.raises(WentAway):
            jobs.results(LONG, look)

    visitor = threading.Thread(target=wait_long)
    visitor.start()
    assert going.wait(20)
    results = jobs.results(SMALL, ignore)
    assert visitor.is_alive()
    over.set()
    visitor.join()
    assert results.finding


def test_whoever_asked_first_comes_first_and_what_nobody_waits_for_keeps_nobody(monkeypatch):
    room, begun = threading.Event(), []
    monkeypatch.setattr("alternatives.serving.queue.PATIENCE", 600)
    monkeypatch.setattr(Jobs, "ready", lambda jobs, waited_for: waited_for and room.is_set())
    monkeypatch.setattr(
        "alternatives.serving.comparisons.run", lambda asked, *_: begun.append(asked.n_epochs) or run(asked)
    )
    jobs = Jobs()
    jobs.begin(LONG)
    visitors = []
    for n_epochs in (4, 2, 3):
        asked = SMALL.replace(n_epochs=n_epochs)
        visitors.append(threading.Thread(target=jobs.results, args=(asked, ignore), daemon=True))
        visitors[-1].start()
        time.sleep(0.1)
    assert not begun
    room.set()
    for visitor in visitors:
        visitor.join(20)
    assert begun == [4, 2, 3]


def test_only_so_many_results_are_kept():
    jobs = Jobs(Limits(results=2))
    comparisons = [SMALL.replace(n_epochs=n) for n in (1, 2, 3)]
    for comparison in comparisons:
        jobs.results(comparison, ignore)
        jobs.get(comparisons[0])
    assert [jobs.get(comparison) is not None for comparison in comparisons] == [True, False, True]


def test_an_error_reaches_who_waits_and_is_not_kept(monkeypatch):
    def unavailable(*arguments):
        raise DatasetUnavailable("no network")

    jobs = Jobs()
    with monkeypatch.context() as patch:
        patch.setattr("alternatives.serving.comparisons.run", unavailable)
        with pytest.raises(DatasetUnavailable, match="no network"):
            jobs.results(SMALL, ignore)
    assert jobs.results(SMALL, ignore).finding


def test_a_comparison_that_costs_too_much_is_refused_before_it_is_trained():
    with pytest.raises(ValueError, match=r"would take about .* seconds, and at most 1 are allowed here"):
        Jobs(Limits(seconds=1)).results(LONG, ignore)
    with pytest.raises(ValueError, match="megabytes"):
        Jobs(Limits(megabytes=1)).check(LONG)
    Jobs().check(Comparison())


def test_costs_grow_with_what_is_asked_for():
    small, long = cost(SMALL), cost(LONG)
    assert 0 < small.seconds < long.seconds
    assert 0 < small.megabytes < long.megabytes
    assert cost(Comparison()).seconds < 10


def test_the_estimate_of_memory_is_near_what_is_taken():
    comparison = Comparison(
        "blobs(n_classes=100, samples=5000)", n_epochs=1, hidden_layer_sizes=(), n_seeds=4
    )
    comparison.dataset.load()
    tracemalloc.start()
    comparison.run(n_jobs=1)
    taken = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    assert taken / 4 < cost(comparison).megabytes < 4 * taken


def test_limits_come_from_the_environment():
    assert Limits.from_environment({}) == Limits()
    assert Limits.from_environment({"ALTERNATIVES_MOST_SECONDS": "30"}) == Limits(seconds=30)
    for text in ("lots", "-1", "0", "nan"):
        with pytest.raises(ValueError, match="ALTERNATIVES_MOST_SECONDS must be a positive number"):
            Limits.from_environment({"ALTERNATIVES_MOST_SECONDS": text})
