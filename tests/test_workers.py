"""Trainings go on whatever happens to their workers and files, and give the same numbers."""

import os
import signal
from concurrent.futures.process import BrokenProcessPool

import pytest

from alternatives.training import Network, Plan, Recipe, folders, shared_pool, train
from tests.test_training import SEEDS, clusters, settings


@pytest.fixture
def plan():
    recipe = Recipe("adam", batch_size=7, n_epochs=4)
    return Plan(Network(5, 3, (6,)), recipe, settings(), SEEDS, clusters(), clusters(n_samples=31))


def alike(runs, others) -> bool:
    """Whether runs are the same to the bit, but for their time."""
    return all(
        one.parameters.tobytes() == other.parameters.tobytes()
        and one.history.training_loss.tobytes() == other.history.training_loss.tobytes()
        for one, other in zip(runs, others, strict=True)
    )


@pytest.mark.parametrize("reason", ["no memory", "no processes", "no threads", "no semaphores"])
def test_where_workers_have_no_room_this_process_trains_alone(reason, plan, monkeypatch):
    from joblib.externals.loky import process_executor

    def fail(*_, **__):
        raise {"no threads": RuntimeError("can't start new thread")}.get(reason, OSError(11, "not now"))

    started = []
    if reason == "no memory":
        monkeypatch.setattr("alternatives.training.pieces.shared_folder", fail)
    if reason == "no processes":  # for the second of two
        start = process_executor.get_context().Process.start

        def start_one(process):
            fail() if started else started.append(process)
            start(process)

        monkeypatch.setattr(process_executor.get_context().Process, "start", start_one)
    if reason == "no threads":
        monkeypatch.setattr(process_executor._ExecutorManagerThread, "start", fail)
    if reason == "no semaphores":
        monkeypatch.setattr(process_executor.get_context(), "Lock", fail)
    monkeypatch.setattr("alternatives.training.pool._pools", {})
    assert alike(train([plan], n_jobs=2), train([plan], n_jobs=1))
    for process in started:
        process.join(10)
        assert process.exitcode == -signal.SIGTERM
    monkeypatch.undo()
    assert alike(train([plan], n_jobs=2), train([plan], n_jobs=1))


@pytest.mark.parametrize("lost", ["everything", "data"])
def test_a_training_goes_on_where_somebody_empties_its_folder(lost, plan, monkeypatch):
    monkeypatch.setattr("alternatives.training.parallel._seconds", lambda *piece, **few: 0.0)
    emptied = []

    def watch(n_epochs, histories):
        if n_epochs[0] == 2 and not emptied:
            for folder, _ in folders._held.items():
                emptied.extend(folder.glob("*" if lost == "everything" else "subset-*"))
            for file in emptied:
                file.unlink(missing_ok=True)

    assert alike(train([plan], watch, n_jobs=2), train([plan], n_jobs=1))
    assert emptied


def test_a_worker_that_dies_costs_one_death_however_many_tasks_are_lost(plan, monkeypatch):
    monkeypatch.setattr("alternatives.training.parallel.MOST_DEATHS", 1)
    monkeypatch.setattr("alternatives.training.pieces.CACHE_BYTES", 1)
    monkeypatch.setattr("alternatives.training.parallel.AT_FIRST", 6)
    monkeypatch.setattr("alternatives.training.parallel._seconds", lambda *piece, **few: 0.0)
    killed = []

    def watch(n_epochs, histories):
        if not killed:
            pool = shared_pool(2)
            killed.append(next(iter(pool._executor._processes)))
            os.kill(killed[0], signal.SIGKILL)

    assert alike(train([plan], watch, n_jobs=2), train([plan], n_jobs=1))


def test_a_training_gives_up_where_workers_die_again_and_again(plan, monkeypatch):
    monkeypatch.setattr("alternatives.training.parallel.MOST_DEATHS", 2)
    monkeypatch.setattr("alternatives.training.pieces._train_in_worker", die)
    with pytest.raises(BrokenProcessPool):
        train([plan], n_jobs=2)


def die(*_: object) -> None:
    os.abort()
