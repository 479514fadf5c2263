"""Who gets a worker that becomes free, and what a worker holds."""

import gc
import math
import subprocess
import sys
import threading
import time
import weakref

import pytest

from alternatives.experiments.attention import Attention
from alternatives.training import Network, Pool, Recipe, release, shared_pool
from alternatives.training.pool import one_blas_thread
from alternatives.training.priority import HEAD_START_SECONDS, LATER, Share, sharing
from tests.test_training import SEEDS, clusters, settings, trained


def run_three(release_first: bool) -> list[str]:
    """The order in which one worker does two calls of a series and another one with a larger place."""
    pool, done, series = Pool(1), [], object()

    def submit(name, place, series):
        future = pool.submit(place, time.sleep, 0.05, series=series)
        future.add_done_callback(lambda _: done.append(name))
        return future

    first = submit("first of series", 1.0, series)
    other = submit("other", 2.0, object())
    first.result()
    if release_first:
        pool.release(series)
    time.sleep(0.3)  # the series is slow to go on
    second = submit("second of series", 1.0, series)
    if not release_first:
        second.result()
        pool.release(series, ended=True)
    other.result()
    second.result()
    return done


def test_a_worker_is_held_for_the_next_call_of_a_series():
    assert run_three(release_first=False) == ["first of series", "second of series", "other"]


def test_a_released_worker_goes_to_whoever_waits():
    assert run_three(release_first=True) == ["first of series", "other", "second of series"]


def test_nothing_is_held_for_calls_that_come_before():
    pool, series = Pool(1), object()
    first = pool.submit(2.0, time.sleep, 0.05, series=series)
    other = pool.submit(1.0, abs, -1, series=object())
    first.result()
    assert other.result(10) == 1


def test_a_series_that_has_ended_holds_nothing_when_its_last_call_finishes():
    pool, series = Pool(1), object()
    first = pool.submit(1.0, time.sleep, 0.2, series=series)
    other = pool.submit(2.0, abs, -1, series=object())
    pool.release(series, ended=True)
    assert other.result(10) == 1
    assert first.done()


def test_whether_a_pool_works_for_others():
    pool, series = Pool(1), object()
    assert not pool.works_for_others(series)
    own = pool.submit(1.0, time.sleep, 0.2, series=series)
    assert not pool.works_for_others(series)
    other = pool.submit(2.0, abs, -1, series=object())
    assert pool.works_for_others(series)
    own.result()
    pool.release(series, ended=True)
    other.result()
    assert not pool.works_for_others(series)


def test_after_a_training_no_worker_is_held_and_nothing_is_promised():
    share = Share(expected=1.0)
    with sharing(share):
        trained(settings(), SEEDS, clusters(), Network(5, 3, (8,)), Recipe(n_epochs=3), n_jobs=2)
    assert not shared_pool(2)._held
    assert share.promised == pytest.approx(0, abs=1e-9)
    release(share)


def test_what_nobody_waits_for_comes_last_and_promised_time_counts_as_used():
    share = Share(expected=1.0)
    assert share.place(is_first=True) == 0
    share.promised = HEAD_START_SECONDS
    assert share.place(is_first=True) == share.place(is_first=False) == 1
    share.is_wanted = False
    assert share.place(is_first=True) == share.place(is_first=False) == math.inf


LARGE_MODULES = "{'pandas', 'scipy', 'sklearn', 'altair', 'streamlit'} & set(__import__('sys').modules)"


def test_workers_import_numpy_alone(monkeypatch, tmp_path):
    # numba, which is optional, brings SciPy along.
    (tmp_path / "numba.py").write_text("raise ImportError")
    monkeypatch.syspath_prepend(tmp_path)  # workers look where this process does
    monkeypatch.setattr("alternatives.training.pool._pools", {})  # others have called functions of the tests
    Attention(n_seeds=2, n_units=2, learning_rate=0.01, n_epochs=1).run(n_jobs=2)
    for found in [shared_pool(2).submit(0, eval, LARGE_MODULES) for _ in range(4)]:
        assert found.result() == set()


def test_no_thread_is_kept_of_those_that_limited_blas():
    def limit():
        with one_blas_thread():
            pass

    thread = threading.Thread(target=limit)
    thread.start()
    thread.join()
    gone = weakref.ref(thread)
    del thread
    gc.collect()
    assert gone() is None


def test_one_worker_trains_where_the_process_has_others_to_answer(monkeypatch):
    """On a shared core there is one, and the server isn't to train in its own process."""
    part, network, recipe = clusters(), Network(5, 3), Recipe("sgd", 2, 16)
    here = trained(settings(), SEEDS, part, network, recipe, n_jobs=1)
    monkeypatch.setattr("alternatives.training.parallel.train_here", None)
    with sharing(Share(in_workers=True)):
        there = trained(settings(), SEEDS, part, network, recipe, n_jobs=1)
    assert (there.parameters == here.parameters).all()


def test_scipys_blas_is_limited_though_it_is_loaded_later() -> None:
    program = """
from alternatives.training import one_blas_thread
with one_blas_thread():
    pass
import scipy.linalg
from threadpoolctl import threadpool_info
with one_blas_thread():
    print(len(threadpool_info()), *{each["num_threads"] for each in threadpool_info()})
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split()[1:] == ["1"], done.stdout


def test_nothing_that_comes_later_is_begun_between_two_calls_of_who_comes_first():
    under_way = set()
    pool, patient, first = Pool(1, first=under_way), Pool(1, first=under_way), object()
    pool.submit(1.0, abs, -1, series=first).result()
    pool.release(first)
    later = [each.submit(LATER + 1.0, abs, -2, series=object()) for each in (pool, patient)]
    time.sleep(0.2)
    assert not any(each.running() or each.done() for each in later)
    pool.release(first, ended=True)
    time.sleep(0.2)
    assert not any(each.running() or each.done() for each in later), "more of it may follow"
    for each in (pool, patient):
        each.let_later(first)
    assert [each.result(10) for each in later] == [2, 2]


def test_two_who_both_have_come_to_be_later_go_on():
    pool, series = Pool(1), [object(), object()]
    for each in series:
        pool.submit(1.0, abs, -1, series=each).result()
        pool.release(each)
    later = [pool.submit(LATER + 1.0, abs, -2, series=each) for each in series]
    assert [each.result(10) for each in later] == [2, 2]


def test_who_comes_first_is_disturbed_by_nobody_who_comes_later():
    pool, series = Pool(1), object()
    own = pool.submit(1.0, time.sleep, 0.2, series=series)
    later = pool.submit(LATER + 1.0, abs, -1, series=object())
    assert pool.works_for_others(series)
    assert not pool.works_for_others(series, LATER)
    own.result()
    pool.release(series, ended=True)
    pool.let_later(series)
    later.result()
