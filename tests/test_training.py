"""The stack: each run as if it were alone, whatever shares its arrays, processes and fate."""

import itertools
import os
import signal
import time
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from alternatives.heads import HEADS
from alternatives.measures import brier_score
from alternatives.training import (
    ACTIVATIONS,
    INITIALISATIONS,
    SOLVERS,
    History,
    Network,
    Plan,
    Recipe,
    Setting,
    Stack,
    Subset,
    train,
)
from alternatives.training.parallel import AT_FIRST, TASK_SECONDS, UNDISTURBED_SECONDS, _seconds
from alternatives.training.pieces import divide, train_here
from alternatives.training.pool import Pool, shared_pool
from alternatives.training.priority import HEAD_START_SECONDS, SHORT_SECONDS, Share, sharing

SEEDS = [3, 0, 11]
QUANTITIES = list(History.__dataclass_fields__)


def clusters(
    n_splits: int = 3, n_samples: int = 65, n_features: int = 5, n_classes: int = 3, dtype=np.float32
):
    """A part of a data set whose classes overlap a little; 65 samples leave a last mini-batch of one."""
    random = np.random.default_rng(1)
    targets = random.integers(0, n_classes, (n_splits, n_samples))
    centres = random.normal(size=(n_classes, n_features)) * 2
    return Subset(
        (centres[targets] + random.normal(size=(n_splits, n_samples, n_features))).astype(dtype), targets
    )


def settings() -> list[Setting]:
    return [Setting(head, rate) for head in HEADS.values() for rate in (0.003, 0.03)]


def trained(chosen, seeds, part, network, recipe, **options):
    return train([Plan(network, recipe, chosen, seeds, part, part)], **options)[0]


def same(a, b) -> bool:
    return np.array_equal(a, b, equal_nan=True)


def each_pair():
    """Every two of solver, activation and hidden layers occur together; every three where it's thorough."""
    layers = ((), (7,), (8, 5))
    for (i, solver), (j, activation), (k, hidden) in itertools.product(
        enumerate(SOLVERS), enumerate(ACTIVATIONS), enumerate(layers)
    ):
        marks = () if (i + j + k) % 3 == 0 else pytest.mark.thorough
        yield pytest.param(hidden, activation, solver, marks=marks, id=f"{hidden}-{activation}-{solver}")


@pytest.mark.parametrize(("hidden", "activation", "solver"), list(each_pair()))
def test_a_run_alone_equals_the_same_run_in_a_stack_bit_for_bit(hidden, activation, solver):
    part = clusters()
    network = Network(5, 3, hidden, activation)
    recipe = Recipe(solver, n_epochs=3, batch_size=16, weight_decay=0.01)
    everything = trained(settings(), SEEDS, part, network, recipe)
    for split in range(len(SEEDS)):
        for index, setting in enumerate(settings()):
            alone = trained(
                [setting], SEEDS[split : split + 1], part.of(slice(split, split + 1)), network, recipe
            )
            assert same(alone.parameters[0, 0], everything.parameters[split, index])
            for name in QUANTITIES:
                assert same(
                    getattr(alone.history, name)[0, 0], getattr(everything.history, name)[split, index]
                )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("batch_size", "n_classes"), [(1, 2), (64, 2), (33, 11), (1000, 3)])
def test_a_run_alone_equals_the_stack_for_awkward_shapes(batch_size, n_classes, dtype):
    part = clusters(n_splits=2, n_features=1, n_classes=n_classes, dtype=dtype)
    network, recipe = Network(1, n_classes, (3,)), Recipe(n_epochs=2, batch_size=batch_size)
    everything = trained(settings(), SEEDS[:2], part, network, recipe, dtype=dtype)
    alone = trained(settings()[3:4], SEEDS[1:2], part.of(slice(1, 2)), network, recipe, dtype=dtype)
    assert alone.parameters.dtype == dtype
    assert same(alone.parameters[0, 0], everything.parameters[1, 3])


def test_worker_processes_change_no_digit():
    part, network, recipe = clusters(), Network(5, 3, (8,)), Recipe(n_epochs=4)
    here = trained(settings(), SEEDS, part, network, recipe, n_jobs=1)
    there = trained(settings(), SEEDS, part, network, recipe, n_jobs=2)
    assert same(here.parameters, there.parameters)
    assert all(same(getattr(here.history, name), getattr(there.history, name)) for name in QUANTITIES)


def test_a_worker_that_is_killed_costs_nothing_but_time():
    part, network, recipe = clusters(), Network(5, 3, (8,)), Recipe(n_epochs=150)
    killed = []

    def kill_one(n_epochs: list[int], histories: list[History]) -> None:
        if not killed and n_epochs[0]:
            killed.append(shared_pool(2).submit(0, os.getpid).result())
            os.kill(killed[0], signal.SIGKILL)

    disturbed = trained(settings(), SEEDS, part, network, recipe, n_jobs=2, watch=kill_one)
    assert killed
    assert same(disturbed.parameters, trained(settings(), SEEDS, part, network, recipe, n_jobs=1).parameters)


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_stack_goes_on_from_its_notes_and_arrays_to_the_same_digits(solver):
    part, recipe = clusters(), Recipe(solver, batch_size=16)
    calm = [Setting(head, 1e-4) for head in HEADS.values()]
    through, stopped = (Stack(Network(5, 3, (8,)), recipe, calm, SEEDS) for _ in range(2))
    for stack in (through, through, stopped):
        stack.epoch(part.X, part.targets)
    resumed = Stack.restore(stopped.metadata, stopped.arrays.copy())
    resumed.epoch(part.X, part.targets)
    assert same(resumed.arrays, through.arrays)
    assert resumed.n_epochs == through.n_epochs == 2
    assert resumed.n_steps == through.n_steps


def test_gradients_next_to_nothing_are_none():
    """Below the normal range of numbers, where their squares are, arithmetic takes many times as long."""
    stack = Stack(Network(1, 2), Recipe("sgd", momentum=0.0), [Setting(HEADS["softmax"], 0.1)], [0])
    stack.weights[0][...] = [-25.0, 25.0]
    X, targets = np.ones((1, 8, 1), np.float32), np.ones((1, 8), int)
    before = HEADS["softmax"].gradient(np.array([-25, 25], np.float32), np.array(1))
    assert 0 < before[0] ** 2 < np.finfo(np.float32).tiny
    assert stack.epoch(X, targets).gradient_of_layers == 0


def test_without_room_in_memory_the_data_go_to_the_disk(monkeypatch):
    part, network, recipe = clusters(), Network(5, 3, (8,)), Recipe(n_epochs=2)
    roomy = trained(settings(), SEEDS, part, network, recipe, n_jobs=2)
    made = []
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=made.append(path) or 100))
    cramped = trained(settings(), SEEDS, part, network, recipe, n_jobs=2)
    assert made or not Path("/dev/shm").exists()
    assert same(roomy.parameters, cramped.parameters)


def test_a_run_that_diverges_is_marked_and_leaves_the_others_alone():
    part, network, recipe = clusters(), Network(5, 3, (8,)), Recipe("sgd", n_epochs=3)
    wild, tame = Setting(HEADS["softmax"], 1e30), Setting(HEADS["softmax"], 0.01)
    together = trained([tame, wild], SEEDS, part, network, recipe)
    assert together.history.diverged.tolist() == [[False, True]] * 3
    assert same(together.parameters[:, :1], trained([tame], SEEDS, part, network, recipe).parameters)


class GivenUp(BaseException):
    """What a page raises when its reader has changed a control."""


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_what_a_watching_caller_raises_stops_the_training(n_jobs):
    part, network = clusters(), Network(5, 3, (8,))
    heard = []

    def watch(n_epochs: list[int], histories: list[History]) -> None:
        heard.append(n_epochs)
        raise GivenUp

    with pytest.raises(GivenUp):
        trained(settings(), SEEDS, part, network, Recipe(n_epochs=100_000), n_jobs=n_jobs, watch=watch)
    assert len(heard) == 1


def test_progress_is_told_from_the_first_epoch_to_the_last():
    heard = []

    def watch(n_epochs: list[int], histories: list[History]) -> None:
        heard.append(n_epochs[0])
        assert np.isfinite(histories[0].training_loss[..., : n_epochs[0]]).all()

    trained(settings(), SEEDS, clusters(), Network(5, 3, (64,)), Recipe(n_epochs=60), n_jobs=1, watch=watch)
    assert heard == sorted(heard)
    assert heard[0] < 60 == heard[-1]


def test_settings_on_one_split_start_from_the_same_weights():
    stack = Stack(Network(5, 3, (8,)), Recipe(), settings(), SEEDS)
    assert all(same(stack.parameters[:, 0], stack.parameters[:, index]) for index in range(len(settings())))
    assert not same(stack.parameters[0], stack.parameters[1])


@pytest.mark.parametrize(("name", "variance"), [("He", 2 / 400), ("Glorot", 2 / (400 + 300))])
def test_first_weights_have_the_published_variance(name, variance):
    network = Network(400, 300, initialisation=name)
    (weights,), (biases,), *_ = network.views(network.initial_parameters(0))
    assert set(INITIALISATIONS) == {"He", "Glorot"}
    assert weights.var() == pytest.approx(variance, rel=0.02)
    assert not biases.any()


def test_without_learning_an_epoch_reports_the_mean_over_all_samples():
    """Every sample is seen once an epoch, the last and smaller mini-batch with its proper weight."""
    part = clusters(dtype=np.float64)
    network, head = Network(5, 3, (6,), "tanh"), HEADS["Taylor softmax"]
    stack = Stack(network, Recipe("sgd", batch_size=16), [Setting(head, 0.0)], SEEDS, np.float64)
    epoch = stack.epoch(part.X, part.targets)
    hidden = np.tanh(part.X @ stack.weights[0][:, 0] + stack.biases[0][:, 0])
    logits = hidden @ stack.weights[1][:, 0] + stack.biases[1][:, 0]
    loss = head.loss(logits, part.targets).mean(-1)
    norm = np.linalg.norm(head.gradient(logits, part.targets), axis=-1).mean(-1)
    assert epoch.loss[:, 0] == pytest.approx(loss, rel=1e-12)
    assert epoch.gradient_at_logits[:, 0] == pytest.approx(norm, rel=1e-12)
    after = stack.evaluate(part.X, part.targets)
    assert after.loss[:, 0] == pytest.approx(loss, rel=1e-12)
    assert after.log_loss[:, 0] == pytest.approx(loss, rel=1e-12)
    probabilities = head.probabilities(logits)
    assert after.accuracy[:, 0] == pytest.approx((probabilities.argmax(-1) == part.targets).mean(-1))
    assert after.confidence[:, 0] == pytest.approx(probabilities.max(-1).mean(-1), rel=1e-12)
    assert after.brier[:, 0] == pytest.approx(brier_score(probabilities, part.targets), rel=1e-12)


def test_a_full_batch_reports_the_gradient_of_every_layer():
    part = clusters(dtype=np.float64)
    network, head = Network(5, 3), HEADS["softmax"]
    stack = Stack(network, Recipe("sgd", batch_size=65), [Setting(head, 0.0)], SEEDS, np.float64)
    epoch = stack.epoch(part.X, part.targets)
    logits = part.X @ stack.weights[0][:, 0] + stack.biases[0][:, 0]
    gradient = part.X.swapaxes(1, 2) @ head.gradient(logits, part.targets) / 65
    assert epoch.gradient_of_layers[:, 0, 0] == pytest.approx(
        np.linalg.norm(gradient, axis=(1, 2)), rel=1e-12
    )


def by_differences(network, head, parameters, X, targets):
    """The gradient of a mini-batch's mean loss by central differences."""

    def loss(parameters):
        return head.loss(network.logits(parameters, X), targets).mean()

    steps = 1e-5 * np.eye(len(parameters))
    return np.array([(loss(parameters + step) - loss(parameters - step)) / 2e-5 for step in steps])


def textbook_adam(parameters, gradient, state, rate):
    first, second = state["first"], state["second"]
    state["n"] += 1
    first[:] = 0.9 * first + 0.1 * gradient
    second[:] = 0.999 * second + 0.001 * gradient**2
    rate = rate * (1 - 0.999 ** state["n"]) ** 0.5 / (1 - 0.9 ** state["n"])  # the end of their section 2
    return parameters - rate * first / (np.sqrt(second) + 1e-8)


def textbook_momentum(parameters, gradient, state, rate):
    state["first"][:] = 0.9 * state["first"] - rate * gradient
    return parameters + 0.9 * state["first"] - rate * gradient  # Nesterov's


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("name", ["softmax", "spherical softmax", "sigmoid"])
def test_signal_to_noise_and_relative_update_are_those_of_a_plain_loop(name, solver):
    """One run in an interpreter's loop, with gradients by differences and the optimiser as published."""
    part, seed, rate, size = clusters(n_splits=1, n_features=3, dtype=np.float64), 3, 0.05, 16
    network, head = Network(3, 3, (4,), "tanh"), HEADS[name]
    settings = [Setting(HEADS["hinge"], 0.1), Setting(head, rate)]
    stack = Stack(network, Recipe(solver, batch_size=size), settings, [seed], np.float64)
    weights = np.r_[0:12, 16:28]  # between them the first layer's biases
    parameters, shuffler = network.initial_parameters(seed), np.random.default_rng([seed, 1])
    state = {"first": np.zeros_like(parameters), "second": np.zeros_like(parameters), "n": 0}
    update = {"adam": textbook_adam, "sgd": textbook_momentum}[solver]
    for _ in range(3):
        gradients, sizes, order = [], [], shuffler.permutation(65)
        for start in range(0, 65, size):
            batch = order[start : start + size]
            gradient = by_differences(network, head, parameters, part.X[0, batch], part.targets[0, batch])
            before, parameters = parameters, update(parameters, gradient, state, rate)
            gradients.append(gradient[weights])
            sizes.append(len(batch))
            if len(batch) == size:
                moved = np.linalg.norm((parameters - before)[weights]) / np.linalg.norm(before[weights])
        mean = np.average(gradients, axis=0, weights=sizes)
        noise = np.average([np.sum((gradient - mean) ** 2) for gradient in gradients], weights=sizes)
        epoch = stack.epoch(part.X, part.targets)
        np.testing.assert_allclose(epoch.signal_to_noise[0, 1], mean @ mean / noise, rtol=1e-5)
        np.testing.assert_allclose(epoch.relative_update[0, 1], moved, rtol=1e-5)


def test_one_mini_batch_has_no_noise_to_compare_with():
    part = clusters()
    stack = Stack(Network(5, 3), Recipe(batch_size=1000), [Setting(HEADS["softmax"], 0.1)], SEEDS)
    epoch = stack.epoch(part.X, part.targets)
    assert np.isnan(epoch.signal_to_noise).all()
    assert (epoch.relative_update > 0).all()


def test_equal_mini_batches_have_a_signal_and_no_noise_beyond_rounding():
    """Ten copies of one sample: what is left of the noise is rounding, which is no ratio to show."""
    X, targets = np.ones((1, 10, 2), np.float32) / 3, np.zeros((1, 10), int)
    stack = Stack(Network(2, 3), Recipe("sgd", batch_size=2), [Setting(HEADS["softmax"], 1e-9)], [0])
    assert np.isnan(stack.epoch(X, targets).signal_to_noise)


def test_the_logistic_unit_is_the_logistic_function_at_both_ends():
    z = np.array([-800.0, -1.0, 0.0, 1.0, 800.0])
    output = z.copy()
    ACTIVATIONS["logistic"](output)
    assert output == pytest.approx([0, 1 / (1 + np.e), 0.5, np.e / (1 + np.e), 1], abs=1e-15)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (10, 12), (3, 1000), (7, 20)], ids=str)
@pytest.mark.parametrize("n_jobs", [1, 2, 8])
@pytest.mark.parametrize("units", [(), (32,), (512, 512)], ids=str)
def test_pieces_cover_the_stack_once(shape, n_jobs, units):
    covered, heads = np.zeros(shape, int), itertools.cycle(HEADS.values())
    of_settings = [Setting(head, 0.1) for head in itertools.islice(heads, shape[1])]
    network, dtype = Network(64, 10, units), np.dtype(np.float32)
    plan = Plan(network, Recipe(), of_settings, range(shape[0]), clusters(), clusters())
    pieces = list(divide(plan, dtype, n_jobs))
    for piece in pieces:
        covered[piece] += 1
    assert (covered == 1).all()
    assert len(pieces) >= min(n_jobs, max(shape))


def test_heads_that_stack_stay_in_one_piece_where_pieces_stay_even():
    names = ["softmax", "spherical softmax", "Taylor softmax", "sigmoid"]
    of_settings = [Setting(HEADS[name], rate) for name in names for rate in (0.1, 1.0)]
    plan = Plan(Network(64, 10), Recipe(), of_settings, range(5), clusters(), clusters())
    pieces = divide(plan, np.dtype(np.float32), 2)
    assert [settings for _, settings in pieces] == [[0, 1, 6, 7], [2, 3, 4, 5]]


def wait_for(path: str) -> None:
    """Keep a worker busy until a file appears."""
    while not Path(path).exists():
        time.sleep(0.005)


def test_who_has_used_least_comes_next(tmp_path):
    pool, gate, done = Pool(1), tmp_path / "gate", []
    busy = pool.submit(0, wait_for, str(gate))
    waiting = {used: pool.submit(used, abs, used) for used in (3, 1, 2)}
    for used, future in waiting.items():
        future.add_done_callback(lambda _, used=used: done.append(used))
    assert [pool.ahead(used) for used in (0, 1, 2.5, 9)] == [0, 1, 2, 3]
    waiting[2].cancel()
    gate.touch()
    busy.result()
    assert waiting[3].result() == 3
    assert done == [2, 1, 3]  # a cancelled call is done at once
    assert pool.ahead(9) == 0


def test_the_first_picture_comes_before_anything_else(monkeypatch):
    handed, under_way = [], set()

    class Task(Future):
        def result(self, timeout=None):
            under_way.remove(self)
            return super().result(timeout)

    @contextmanager
    def hand_over(n_jobs, plans):
        def record(piece, seconds, share):
            task = Task()
            task.set_result(replace(train_here(piece, seconds, share).result(), seconds=piece.seconds + 0.1))
            under_way.add(task)
            handed.append((piece.n_epochs, share.place(not piece.n_epochs), len(under_way)))
            return task

        yield record

    monkeypatch.setattr("alternatives.training.parallel.workers", hand_over)
    monkeypatch.setattr("alternatives.training.parallel._seconds", lambda *piece, **in_picture: 0.0)
    monkeypatch.setattr("alternatives.training.pieces.CACHE_BYTES", 1)
    trained(settings(), SEEDS, clusters(), Network(5, 3, (64,)), Recipe(n_epochs=2), n_jobs=2)
    first = [used for n_epochs, used, _ in handed if not n_epochs]
    assert handed[: len(first)] == [each for each in handed if not each[0]]
    assert sum(used == 0 for used in first) > HEAD_START_SECONDS / 0.1
    assert first[-1] > 0  # many networks wait like anybody else
    assert max(n for n_epochs, _, n in handed if not n_epochs) == 2 * AT_FIRST
    assert max(n for n_epochs, _, n in handed[-2:]) <= 2


def test_short_work_comes_by_length_and_then_in_order_and_long_work_takes_turns(tmp_path):
    shares = {
        "longer": Share(0.0, used=9.0),
        "longer than expected": Share(0.0, expected=1.0, used=SHORT_SECONDS + 1),
        "long": Share(0.5, used=4.0),
        "later": Share(2.0, expected=2.0, used=0.1),
        "earlier": Share(1.0, expected=2.0, used=1.9),
        "short": Share(3.0, expected=1.0),
    }
    pool, gate, done = Pool(1), tmp_path / "gate", []
    busy = pool.submit(0, wait_for, str(gate))
    for name, share in shares.items():
        future = pool.submit(share.place(False), abs, 0, since=share.since)
        future.add_done_callback(lambda _, name=name: done.append(name))
    first = pool.submit(Share(9.0).place(True), abs, 0, since=9.0)
    first.add_done_callback(lambda _: done.append("a first task"))
    gate.touch()
    busy.result()
    while len(done) < 7:
        time.sleep(0.01)
    assert done == ["a first task", "short", "earlier", "later", "long", "longer than expected", "longer"]


def test_all_trainings_of_a_request_count_as_one():
    share = Share()
    with sharing(share):
        for _ in range(2):
            trained(settings(), SEEDS, clusters(), Network(5, 3, (8,)), Recipe(n_epochs=2), n_jobs=1)
    assert share.used > 0
    alone = share.used
    trained(settings(), SEEDS, clusters(), Network(5, 3, (8,)), Recipe(n_epochs=2), n_jobs=1)
    assert share.used == alone


def test_a_pool_goes_on_after_a_worker_died():
    pool = Pool(1)
    with pytest.raises(BrokenProcessPool):
        pool.submit(0, os.abort).result()
    assert pool.submit(0, abs, -1).result() == 1


def test_long_tasks_have_workers_of_their_own(monkeypatch):
    """However long a task is, a training of short ones doesn't wait until it ends."""
    plan = settings(), SEEDS, clusters(), Network(5, 3, (8,)), Recipe(n_epochs=2)
    alone, asked = trained(*plan, n_jobs=2), []

    def pool(n_workers, patient=False):
        asked.append(patient)
        return shared_pool(n_workers, patient)

    monkeypatch.setattr("alternatives.training.pieces.shared_pool", pool)
    long = [shared_pool(2, patient=True).submit(0, time.sleep, 8) for _ in range(4)]
    started = time.monotonic()
    trained(*plan, n_jobs=2)
    assert time.monotonic() - started < 7
    assert not any(asked)
    for call in long:
        call.cancel()
    monkeypatch.setattr("alternatives.training.pieces.LONG_SECONDS", 0.0)
    monkeypatch.setattr("alternatives.training.pool.PATIENT_NICENESS", 18)  # its own pool has nothing to do
    assert same(trained(*plan, n_jobs=2).parameters, alone.parameters)
    assert asked[-1]


def test_calls_are_short_while_other_visitors_are_about():
    piece = SimpleNamespace(n_epochs=3)
    alone, watched = (Share(in_workers=True, has_company=company) for company in (False, True))
    seconds = [_seconds(piece, 2, share, few=False) for share in (alone, watched)]
    assert seconds == [UNDISTURBED_SECONDS, TASK_SECONDS]


def test_an_abandoned_call_ends_at_once_and_the_others_are_made():
    pool = Pool(1)
    calls = enumerate([(time.sleep, 600), (abs, -1), (abs, -2)])
    long, other, later = (pool.submit(used, *call) for used, call in calls)
    assert [pool.ahead_of(future) for future in (long, other, later)] == [0, 1, 2]
    pool.abandon(other)
    assert other.cancelled()
    assert pool.ahead_of(later) == 1
    started = time.monotonic()
    pool.abandon(long)
    assert later.result(30) == 2
    assert long.exception(1) is not None
    assert pool.submit(0, abs, -3).result(30) == 3
    assert time.monotonic() - started < 30
    pool.abandon(later)  # it has finished, so nothing happens
    assert pool.submit(0, abs, -4).result(30) == 4


def test_joblib_works_beside_the_pool():
    from joblib import Parallel, delayed

    assert shared_pool(2).submit(0, abs, -1).result() == 1
    assert Parallel(n_jobs=2)(delayed(abs)(-n) for n in range(3)) == [0, 1, 2]
    assert shared_pool(2).submit(0, abs, -1).result() == 1
