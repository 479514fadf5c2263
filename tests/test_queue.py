"""The queue, and what a request may cost."""

import math
import threading
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest

from alternatives.datasets import DATASETS, DatasetUnavailable, register_files
from alternatives.datasets.bundled import MNIST
from alternatives.experiments import Comparison, Progress
from alternatives.memory import Memory
from alternatives.serving.limits import Cost, Daily, Limits, Refused, of_machine
from alternatives.serving.queue import Failed, GoingDown, Queue
from alternatives.serving.settings import BadEnvironment
from alternatives.training import Pool, shared_pool

SMALL = Comparison(dataset="iris", n_seeds=3, n_epochs=3, hidden_layer_sizes=(4,))
LONG = SMALL.replace(n_epochs=500, n_seeds=20, hidden_layer_sizes=(64, 64))


class WentAway(BaseException):
    """A visitor changed a control."""


@dataclass(frozen=True)
class Half:
    """Progress."""

    fraction: float = 0.5


@dataclass(frozen=True)
class Task:
    """A request that says when it begins, and ends when it's let."""

    noun = "task"
    number: int
    begun: list[int] = field(default_factory=list)
    let: threading.Event = field(default_factory=threading.Event)
    looks: bool = True
    megabytes: float = 1

    def to_json(self) -> str:
        return str(self.number)

    def cost(self) -> Cost:
        return Cost(self.number, self.megabytes)

    def run(self, watch: Callable[[Half], None] | None = None, n_jobs: int | None = None) -> int:
        self.begun.append(self.number)
        if self.looks:
            watch(Half())
        while not self.let.wait(0.005):
            if self.looks:
                watch(Half())
        return self.number


class Alone(Task):
    """One that runs in this process."""


def ask_in_thread(queue: Queue, request, **functions) -> threading.Thread:
    """Wait for a request in a thread of its own, as a page does; back when it stands in line."""
    standing = threading.Event()
    functions.setdefault("waiting", lambda n_ahead: None)

    def waiting(n_ahead):
        standing.set()
        functions["waiting"](n_ahead)

    def watch(progress):
        standing.set()
        functions.get("watch", lambda progress: None)(progress)

    thread = threading.Thread(target=lambda: queue.results(request, watch, waiting), daemon=True)
    thread.start()
    assert standing.wait(10)
    return thread


def eventually(condition) -> bool:
    """Whether something becomes true within seconds."""
    for _ in range(500):
        if condition():
            return True
        time.sleep(0.01)
    return False


def test_results_are_those_of_the_comparison_and_stay():
    queue = Queue()
    assert queue.get(SMALL) is None
    results = queue.results(SMALL)
    assert results.measures.equals(SMALL.run().measures)
    assert queue.get(SMALL) is results is queue.results(SMALL)


def test_two_heads_never_share_a_result():
    queue = Queue()
    ones = [queue.results(SMALL.replace(heads=[head])) for head in ("softmax", "Taylor softmax")]
    assert [set(results.runs["head"]) for results in ones] == [{"softmax"}, {"Taylor softmax"}]


def test_a_file_that_changes_has_other_results(tmp_path):
    path = tmp_path / "changing.csv"
    rows = "".join(f"{k % 7},{k % 3},{'ab'[k % 2]}\n" for k in range(40))
    queue, found = Queue(), []
    try:
        for text in (rows, rows.replace("6", "600")):
            path.write_text(text)
            register_files(tmp_path)
            request = Comparison("changing", n_seeds=3, n_epochs=2, hidden_layer_sizes=(), learning_rate=0.01)
            assert queue.get(request) is None
            found.append(queue.results(request))
            assert queue.get(request) is found[-1]
    finally:
        DATASETS.unregister("changing")
    first, second = found
    assert not first.measures.equals(second.measures)
    assert second.measures.equals(second.experiment.run().measures)


def test_requests_of_two_kinds_with_the_same_fields_never_share_a_result():
    queue = Queue()
    done = threading.Event()
    done.set()
    queue.results(Task(1, let=done))
    assert queue.get(Task(1)) == 1
    assert queue.get(Alone(1)) is None


def test_who_asks_for_the_same_at_once_waits_for_one_run():
    queue, task, found = Queue(), Task(1), []
    visitors = [threading.Thread(target=lambda: found.append(queue.results(task))) for _ in range(8)]
    for visitor in visitors:
        visitor.start()
    task.let.set()
    for visitor in visitors:
        visitor.join()
    assert task.begun == [1]
    assert found == [1] * 8


def test_who_looks_just_before_it_finishes_does_not_run_it_again(monkeypatch):
    queue, task = Queue(), Task(1)
    task.let.set()

    def finish_meanwhile(request) -> Cost:
        monkeypatch.undo()
        queue.results(request)
        return queue.check(request)

    monkeypatch.setattr(queue, "check", finish_meanwhile)
    assert queue.results(task) == 1
    assert task.begun == [1]


def test_a_training_is_given_up_when_nobody_waits(monkeypatch):
    monkeypatch.setattr("alternatives.serving.queue.PATIENCE", 0.1)
    queue = Queue()

    def leave(progress: Progress) -> None:
        raise WentAway

    with pytest.raises(WentAway):
        queue.results(LONG, leave)
    assert eventually(lambda: not queue._jobs)
    assert queue.get(LONG) is None


def test_data_that_nobody_waits_for_are_not_prepared_to_the_end(monkeypatch):
    monkeypatch.setattr("alternatives.serving.queue.PATIENCE", 0.0)
    monkeypatch.setattr("alternatives.training.giving_up.LOOK_SECONDS", 0.0)
    queue, seeds, left = Queue(), [], threading.Event()

    def slow(samples, seed, *more):
        seeds.append(seed)
        assert left.wait(10)

    def leave(n_ahead: int) -> None:
        if seeds:
            raise WentAway

    monkeypatch.setattr("alternatives.experiments.data.split", slow)
    with pytest.raises(WentAway):
        queue.results(SMALL.replace(first_seed=123), waiting=leave)
    left.set()
    assert eventually(lambda: not queue._jobs)
    assert len(seeds) == 1


def test_who_comes_back_soon_finds_the_training_further_on():
    queue, epochs = Queue(), []

    def leave_after(seconds: float):
        started = time.monotonic()

        def watch(progress: Progress) -> None:
            epochs.append(progress.epoch)
            if time.monotonic() - started > seconds and progress.epoch > 1:
                raise WentAway

        return watch

    for _ in range(2):
        with pytest.raises(WentAway):
            queue.results(LONG, leave_after(0.1))
    assert epochs == sorted(epochs)


def test_what_was_left_is_held_while_another_is_waited_for(monkeypatch):
    """Even where a worker is idle for the moment: between two stages of the other one."""
    monkeypatch.setattr("alternatives.serving.queue.PATIENCE", 600)
    queue, left, other = Queue(), Task(1), Task(2)

    def leave(progress: Half) -> None:
        if other.begun:
            raise WentAway

    def visit() -> None:
        with pytest.raises(WentAway):
            queue.results(left, leave)

    visitor = threading.Thread(target=visit)
    visitor.start()
    assert eventually(lambda: left.begun)
    waiting = ask_in_thread(queue, other)
    visitor.join()
    time.sleep(0.1)
    left.let.set()
    time.sleep(0.2)
    assert queue.get(left) is None
    other.let.set()
    waiting.join()
    assert eventually(lambda: queue.get(left) == 1)


def test_a_call_that_ends_while_workers_are_released_blocks_nobody(monkeypatch):
    """Then the pool asks the queue, from the same thread, what may begin."""
    monkeypatch.setattr("alternatives.serving.queue.PATIENCE", 600)
    queue, left, released = Queue(), Task(1), threading.Event()

    def release(share) -> None:
        queue._begin_next()
        released.set()

    monkeypatch.setattr("alternatives.serving.queue.release", release)
    monkeypatch.setattr(Pool, "n_idle", 0)

    def leave(progress: Half) -> None:
        raise WentAway

    with pytest.raises(WentAway):
        queue.results(left, leave)
    assert released.wait(10)
    left.let.set()
    assert queue.results(left) == 1


def test_a_short_comparison_overtakes_a_long_one():
    queue, going, over = Queue(), threading.Event(), threading.Event()

    def look(progress: Progress) -> None:
        if progress.epoch:
            going.set()
        if over.is_set():
            raise WentAway

    def wait_long() -> None:
        with pytest.raises(WentAway):
            queue.results(LONG, look)

    visitor = threading.Thread(target=wait_long)
    visitor.start()
    assert going.wait(20)
    results = queue.results(SMALL)
    assert visitor.is_alive()
    over.set()
    visitor.join()
    assert results.finding


def test_whoever_asked_first_begins_first_and_what_nobody_waits_for_keeps_nobody(monkeypatch):
    monkeypatch.setattr("alternatives.serving.queue.PATIENCE", 600)
    monkeypatch.setattr("alternatives.serving.queue.CROWDED_PATIENCE", 600)
    queue, pool, begun, done, places = Queue(), shared_pool(), [], threading.Event(), []
    done.set()
    calls = [pool.submit(0, time.sleep, 0.5) for _ in range(3 * pool.n_workers)]
    queue.begin(Task(19, begun, done))
    visitors = [
        ask_in_thread(queue, Task(14, begun, done)),
        ask_in_thread(queue, Task(12, begun, done)),
        ask_in_thread(queue, Task(13, begun, done), waiting=places.append),
    ]
    assert not begun
    for each in [*visitors, *calls]:
        each.join(20) if isinstance(each, threading.Thread) else each.result()
    assert begun[:3] == [14, 12, 13]
    assert places[0] == 2
    assert eventually(lambda: begun == [14, 12, 13, 19])


def test_a_short_request_waits_for_a_long_one_that_has_its_place():
    queue, begun, places = Queue(at_a_time={Alone: 1}), [], []
    long, short = Alone(14, begun), Alone(1, begun)
    visitors = [ask_in_thread(queue, long)]
    assert eventually(lambda: begun == [14])
    visitors.append(ask_in_thread(queue, short, waiting=places.append))
    assert places[-1] == 1
    for task, visitor in zip((long, short), visitors, strict=True):
        task.let.set()
        visitor.join(10)
    assert begun == [14, 1]


def test_short_requests_begin_before_long_ones():
    queue, pool, begun, done = Queue(), shared_pool(), [], threading.Event()
    done.set()
    calls = [pool.submit(0, time.sleep, 0.5) for _ in range(3 * pool.n_workers)]
    visitors = [ask_in_thread(queue, Task(number, begun, done)) for number in (14, 2, 13, 1)]
    assert queue.n_waited_for == 4
    for each in [*visitors, *calls]:
        each.join(20) if isinstance(each, threading.Thread) else each.result()
    assert begun == [1, 2, 14, 13]


def test_who_leaves_the_line_gives_its_place_up(monkeypatch):
    monkeypatch.setattr("alternatives.serving.queue.CROWDED_PATIENCE", 0)
    queue, pool = Queue(), shared_pool()
    calls = [pool.submit(0, time.sleep, 0.3) for _ in range(3 * pool.n_workers)]

    def leave(n_ahead: int) -> None:
        raise WentAway

    with pytest.raises(WentAway):
        queue.results(Task(1), waiting=leave)
    assert eventually(lambda: not queue._jobs)
    for call in calls:
        call.result()


def test_of_some_kinds_one_runs_at_a_time_and_none_that_nobody_waits_for():
    queue, begun = Queue(at_a_time={Alone: 1}), []
    first = Alone(1, begun, looks=False)
    visitor = ask_in_thread(queue, first)
    assert eventually(lambda: begun == [1])

    def leave(n_ahead: int) -> None:
        assert n_ahead == 1
        raise WentAway

    with pytest.raises(WentAway):
        queue.results(Alone(2, begun), waiting=leave)
    queue.begin(Alone(3, begun))
    other = Task(4, begun)
    other.let.set()
    assert queue.results(other) == 4
    first.let.set()
    visitor.join(10)
    assert queue.get(first) == 1
    time.sleep(0.1)
    assert begun == [1, 4]


def test_requests_are_prepared_one_at_a_time_and_a_slow_one_blocks_nobody_for_long(monkeypatch):
    queue, begun = Queue(), []
    slow, other = Task(1, begun, looks=False), Task(2, begun)
    visitors = [ask_in_thread(queue, slow), ask_in_thread(queue, other)]
    assert eventually(lambda: begun == [1])
    time.sleep(0.1)
    assert begun == [1]
    monkeypatch.setattr("alternatives.serving.queue.START_SECONDS", 0)
    assert eventually(lambda: begun == [1, 2])
    for task in (slow, other):
        task.let.set()
    for visitor in visitors:
        visitor.join(10)


def test_who_waits_is_woken_by_news(monkeypatch):
    monkeypatch.setattr("alternatives.serving.queue.LOOK_SECONDS", 60)
    queue, task = Queue(), Task(1)
    heard = []
    visitor = ask_in_thread(queue, task, watch=heard.append)
    assert eventually(lambda: len(heard) > 1)
    task.let.set()
    visitor.join(10)
    assert not visitor.is_alive()


@dataclass(frozen=True)
class Large(Task):
    """One whose results are an array of a megabyte."""

    def run(self, watch: Callable[[Half], None] | None = None, n_jobs: int | None = None) -> np.ndarray:
        super().run(watch, n_jobs)
        return np.zeros(125_000)


def test_results_are_kept_by_their_bytes_and_those_used_last():
    queue, done = Queue(Limits(kept_megabytes=3.5)), threading.Event()
    done.set()
    tasks = [Large(number, let=done) for number in (1, 2, 3, 4)]
    queue.results(Task(1, let=done))
    for task in tasks:
        queue.results(task)
        queue.get(tasks[0])
    assert [queue.get(task) is not None for task in tasks] == [True, False, True, True]
    assert queue.get(Task(1)) is None


def test_work_takes_the_memory_of_what_is_kept():
    queue, begun, done = Queue(Limits(megabytes=16, kept_megabytes=8)), [], threading.Event()
    done.set()
    queue.results(Large(0, let=done))
    assert queue.get(Large(0)) is not None
    tasks = [Task(1, begun, megabytes=12), *(Task(number, begun, megabytes=0.6) for number in (2, 3))]
    visitors = [ask_in_thread(queue, task) for task in tasks]
    assert eventually(lambda: len(begun) == 3)
    assert queue._memory.reserved == pytest.approx(13.2e6)
    assert queue.get(Large(0)) is not None
    tasks.append(Task(4, begun, megabytes=2))
    visitors.append(ask_in_thread(queue, tasks[-1]))
    assert eventually(lambda: len(begun) == 4)
    assert queue.get(Large(0)) is None
    for task in tasks:
        task.let.set()
    for visitor in visitors:
        visitor.join(10)
    assert queue._memory.reserved == pytest.approx(0)


def test_large_requests_wait_in_line_for_memory_and_small_ones_pass_them():
    queue, begun, places = Queue(Limits(megabytes=160)), [], []
    tasks = [Task(number, begun, megabytes=megabytes) for number, megabytes in ((1, 100), (2, 100), (3, 15))]
    visitors = [ask_in_thread(queue, tasks[0])]
    assert eventually(lambda: begun == [1])
    visitors.append(ask_in_thread(queue, tasks[1], waiting=places.append))
    visitors.append(ask_in_thread(queue, tasks[2]))  # there is memory for it, but not before the second
    small = [Task(number, begun, megabytes=6) for number in (4, 5)]
    for task in small:
        visitors.append(ask_in_thread(queue, task))
        assert eventually(lambda number=task.number: begun[-1] == number)
        task.let.set()
    assert begun == [1, 4, 5]
    assert places[-1] == 1
    tasks[0].let.set()
    assert eventually(lambda: sorted(begun[3:]) == [2, 3])
    for task in tasks[1:]:
        task.let.set()
    for visitor in visitors:
        visitor.join(10)


def test_what_takes_more_than_its_share_of_the_memory_is_refused():
    queue = Queue(Limits(megabytes=160))
    queue.check(Task(1, megabytes=140))
    said = "about 141 megabytes, and at most 140 megabytes are allowed here: choose fewer samples"
    with pytest.raises(Refused, match=said):
        queue.results(Task(1, megabytes=141))


@pytest.mark.parametrize(
    ("error", "sentence"),
    [(OSError(28, "No space left on device"), "no space left"), (MemoryError(), "There isn't enough memory")],
)
def test_where_the_system_has_no_room_a_sentence_says_so(monkeypatch, error, sentence):
    def full(*arguments):
        raise error

    monkeypatch.setattr(Task, "run", full)
    with pytest.raises(Failed, match=sentence):
        Queue().results(Task(1))


def test_where_the_system_has_no_more_threads_a_sentence_says_so(monkeypatch):
    class NoThread(threading.Thread):
        def start(self):
            raise RuntimeError("can't start new thread")

    queue, done = Queue(), threading.Event()
    done.set()
    with monkeypatch.context() as patched:
        patched.setattr("alternatives.serving.queue.threading.Thread", NoThread)
        with pytest.raises(Failed, match="The system refuses: can't start new thread"):
            queue.results(Task(1, let=done))
    assert queue._memory.reserved == 0
    assert queue.results(Task(1, let=done)) == 1


def test_an_unexpected_error_is_logged_and_a_refusal_is_not(monkeypatch, caplog):
    def broken(*arguments):
        raise ValueError("operands could not be broadcast together")

    monkeypatch.setattr(Task, "run", broken)
    with pytest.raises(Failed, match=r"^This task ended in an unexpected error\.$") as raised:
        Queue().results(Task(1))
    assert "operands" not in str(raised.value)
    assert "operands" in caplog.text
    assert "in broken" in caplog.text  # the traceback
    caplog.clear()
    with pytest.raises(Refused):
        Queue(Limits(seconds=1)).results(Task(2))
    ending = Queue()
    ending.close()
    with pytest.raises(GoingDown):
        ending.results(Task(1))
    assert not caplog.text


def test_an_error_reaches_who_waits_and_is_not_kept(monkeypatch):
    def unavailable(*arguments):
        raise DatasetUnavailable("no network")

    queue, done = Queue(), threading.Event()
    done.set()
    with monkeypatch.context() as patch:
        patch.setattr(Task, "run", unavailable)
        with pytest.raises(DatasetUnavailable, match="no network"):
            queue.results(Task(1, let=done))
    assert queue.results(Task(1, let=done)) == 1


def test_a_comparison_that_costs_too_much_is_refused_before_it_is_trained():
    said = (
        r"this comparison would take about [\d.]+ seconds, and at most 1 second is allowed here: choose fewer"
    )
    with pytest.raises(ValueError, match=said):
        Queue(Limits(seconds=1)).results(LONG)
    with pytest.raises(ValueError, match="megabytes"):
        Queue(Limits(megabytes=1)).begin(LONG)
    Queue().check(Comparison())


def test_refusing_makes_and_keeps_nothing(monkeypatch):
    memory = Memory()
    monkeypatch.setattr("alternatives.memory.memory", memory)
    monkeypatch.setattr(MNIST, "make", None)
    queue = Queue(Limits(seconds=1), memory=memory)
    for n_samples in range(69_990, 70_000):
        comparison, problems = Comparison.from_link({"dataset": f"MNIST(samples={n_samples})"})
        assert not problems
        with pytest.raises(Refused, match="this comparison would take about"):
            queue.results(comparison)
    assert memory.kept == memory.reserved == 0
    assert not queue._jobs


def test_amounts_are_rounded_and_have_units():
    for seconds, allowed, said in (
        (1.04, 1.0, "about 1.04 seconds, and at most 1 second is"),
        (1.0, 0.5, "about 1 second, and at most 0.5 seconds are"),
        (0.123, 1e-6, "about 0.12 seconds, and at most 0.000001 seconds are"),
        (12345.6, 3600.0, "about 12,346 seconds, and at most 3,600 seconds are"),
    ):
        with pytest.raises(ValueError, match=said):
            Limits(seconds=allowed).check(Task(seconds))


def test_costs_grow_with_what_is_asked_for():
    small, long = SMALL.cost(), LONG.cost()
    assert 0 < small.seconds < long.seconds
    assert 0 < small.megabytes < long.megabytes
    assert Comparison().cost().seconds < 10


def test_the_estimate_of_memory_is_near_what_is_taken():
    comparison = Comparison(
        "blobs(n_classes=100, samples=5000)", n_epochs=1, hidden_layer_sizes=(), n_seeds=4
    )
    comparison.dataset.load()
    tracemalloc.start()
    comparison.run(n_jobs=1)
    taken = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    assert taken / 4 < comparison.cost().megabytes < 4 * taken


def test_limits_come_from_the_environment():
    assert Limits.from_environment({}) == Limits()
    assert Limits.from_environment({}, default=of_machine()) == of_machine()
    assert of_machine().seconds == math.inf
    assert of_machine().megabytes > 500
    assert Limits.from_environment({"ALTERNATIVES_NEW_SESSIONS": "5"}) == Limits(new_sessions=5)
    assert Limits.from_environment({"ALTERNATIVES_KEPT_MEGABYTES": "5"}) == Limits(kept_megabytes=5)
    assert Limits.from_environment({"ALTERNATIVES_MOST_SECONDS": "30"}) == Limits(seconds=30)
    for text in ("lots", "-1", "0", "nan", "inf", "1e999"):
        with pytest.raises(BadEnvironment, match="ALTERNATIVES_MOST_SECONDS must be a positive number"):
            Limits.from_environment({"ALTERNATIVES_MOST_SECONDS": text})


def test_one_address_has_its_number_a_day_and_others_theirs():
    today = 1
    daily = Daily(2, lambda: today)
    same = ["2001:db8::1", "2001:db8::2", "2001:db8:0:0:ffff::3"]
    other = ["2001:db8:0:1::1", "192.0.2.1", "192.0.2.2", "", "::ffff:192.0.2.3", "192.0.2.4"]
    for address in (*same[:2], *other, *other):
        daily.count(address)
    for address in (same[2], *other, "no address", "192.0.2.3"):
        with pytest.raises(Refused, match=r"^at most 2 may be made a day from one network address$"):
            daily.count(address)
    today = 2
    daily.count(same[2])
