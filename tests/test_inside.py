"""The three experiments inside the network: their numbers, their frames and their sentences."""

import dataclasses
import os
import re
import signal

import numpy as np
import pandas as pd
import pytest

from alternatives.experiments import (
    Attention,
    Gate,
    Hidden,
    Progress,
    effective_rank,
)
from alternatives.experiments.attention import _by_key as by_key
from alternatives.experiments.hidden import ByWidth, layer_types
from alternatives.experiments.inside import Inside
from alternatives.experiments.settings import accuracy_clauses
from alternatives.experiments.shares import entropy, shares_of
from alternatives.experiments.units import Units
from alternatives.experiments.widths import Widths, common_answer
from alternatives.heads import HEADS
from alternatives.plane import CELLS
from alternatives.serving.limits import Limits
from alternatives.training import ACTIVATIONS, EQUAL, shared_pool
from tests.heads_of_ones_own import a_head_of_ones_own

SMALL = {"n_seeds": 3, "n_epochs": 3, "learning_rate": 0.03}
HIDDEN = Hidden(dataset="iris", units=("relu", "softmax", "relu with batch normalisation"), width=8, **SMALL)
ATTENTION = Attention(n_units=4, n_pairs=4, normalisers=("softmax", "sigmoid"), **SMALL)
ROWS = dataclasses.replace(ATTENTION, task="rows of a digit")
GATE = Gate(normalisers=("softmax", "sigmoid", "sparsemax"), **SMALL)
EACH = (HIDDEN, ATTENTION, ROWS, GATE)


@pytest.fixture(scope="module")
def hidden():
    return HIDDEN.run()


@pytest.fixture(scope="module")
def attention():
    return ATTENTION.run()


@pytest.fixture(scope="module")
def rows():
    return ROWS.run()


@pytest.fixture(scope="module")
def gate():
    return GATE.run()


def test_effective_rank_counts_directions_that_vary_alike():
    sampled = np.random.default_rng(0).normal(size=(400, 5))
    directions, _ = np.linalg.qr(sampled - sampled.mean(0))
    for n in (1, 3, 5):
        outputs = directions[:, :n] @ np.eye(n, 9)
        assert effective_rank(outputs) == pytest.approx(n, rel=1e-9)
    assert effective_rank(np.ones((10, 4))) == 1  # nothing varies: the entropy of nothing is 0


@pytest.mark.parametrize("name", ["softmax", "spherical softmax", "Taylor softmax", "plain normalisation"])
@pytest.mark.parametrize("n_units", [2, 5, 16])
def test_a_layer_that_shares_one_out_has_at_most_n_less_one_dimensions(name, n_units):
    outputs = HEADS[name].probabilities(np.random.default_rng(1).normal(size=(200, n_units)))
    assert effective_rank(outputs) <= n_units - 1 + 1e-9
    centred = outputs - outputs.mean(0)
    assert np.linalg.svd(centred, compute_uv=False)[-1] < 1e-12


def test_entropy_is_that_of_shares():
    shares = shares_of(np.array([[2.0, 2.0], [3.0, 0.0], [0.0, 0.0]]))
    assert entropy(shares) == pytest.approx([np.log(2), 0, 0])


def test_units_by_hand():
    """Two units that are one another's opposite, one that goes its own way, and one that stands still."""
    random = np.random.default_rng(0)
    directions, _ = np.linalg.qr(random.normal(size=(50, 3)) - random.normal(size=(50, 3)).mean(0))
    a, b = (directions - directions.mean(0)).T[:2]
    b = b - a * (a @ b) / (a @ a)
    outputs = np.stack([a, -a, b, np.full(50, 7.0)], axis=-1)
    units = Units.of(np.stack([outputs, np.full_like(outputs, np.nan)]))
    assert units.inactive[0] == 0.25
    assert units.correlation[0] == pytest.approx(1 / 3)  # of the pairs 1, 0 and 0
    assert units.correlations[0, 0, 1] == pytest.approx(-1)
    assert np.isnan(units.correlations[0, 3]).all()
    assert units.smallest[0] == pytest.approx(0, abs=1e-12)
    assert 1 < units.effective_rank[0] < 2
    for each in dataclasses.fields(units):
        assert np.isnan(getattr(units, each.name)[1]).all()


@pytest.mark.parametrize("experiment", EACH, ids=lambda experiment: experiment.noun)
def test_an_experiment_is_its_link_and_the_same_value_gives_the_same_frames(experiment):
    again, problems = type(experiment).from_link(experiment.to_link())
    assert not problems
    assert again == experiment
    assert type(experiment).from_json(experiment.to_json()) == experiment
    one, other = experiment.run(n_jobs=1), experiment.run(n_jobs=2)
    for name in ("runs", "measures", "history", "summary"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=True)
    assert one.finding == other.finding


def test_a_variant_has_the_same_numbers_whatever_is_beside_it(hidden):
    alone = dataclasses.replace(HIDDEN, units=("softmax",)).run()
    for name in ("runs", "history", "units"):
        frame = getattr(hidden, name)
        own = frame[frame["variant"] == "softmax"].reset_index(drop=True)
        pd.testing.assert_frame_equal(getattr(alone, name), own, check_exact=True)


def test_an_accuracy_by_width_is_that_of_the_experiment_of_this_width():
    widths = ByWidth(**{name: getattr(HIDDEN, name) for name in HIDDEN.fields()}).run()
    frame = widths.frame.set_index(["variant", "width"])["mean"]
    assert set(widths.frame["width"]) == {2, 4, 8}
    for width in (4, 8):
        results = dataclasses.replace(HIDDEN, width=width).run()
        for kind in ("relu", "softmax"):
            accuracies = results.values["accuracy"][results.variants.index(kind)]
            assert accuracies.mean() == pytest.approx(frame[kind, width])


def test_hidden_frames(hidden):
    assert set(hidden.runs["variant"]) == set(HIDDEN.units)
    assert len(hidden.runs) == 3 * 3
    assert len(hidden.units) == 3 * 3 * 2
    rank = hidden.units.groupby("variant")["effective_rank"].max()
    assert rank["softmax"] <= 7
    assert hidden.units["inactive"].between(0, 1).all()
    assert hidden.units["correlation"].dropna().between(0, 1).all()
    for layers in hidden.layers:
        own = np.diagonal(layers[-1].correlations, axis1=1, axis2=2)
        assert (np.isnan(own) | (own == 0) | (np.abs(own - 1) < 1e-3)).all()  # 0 where a unit never varies
        assert all(layer.singular.sum(-1) == pytest.approx(1) for layer in layers)
    assert {f"gradient of layer {n}" for n in (1, 2, 3)} <= set(hidden.curves)
    assert hidden.finding.startswith(
        "On iris with 2 hidden layers of 8 units over 3 seeds of 3 epochs, relu reaches "
    )


def accuracies(*of_softmax: float) -> dict[tuple[str, int], np.ndarray]:
    """relu has 0.9 at every width; five seeds, of which softmax's differ a little."""
    jitter = 0.001 * np.arange(-2, 3)
    relu = {("relu", 2**n): np.full(5, 0.9) for n in range(1, len(of_softmax) + 1)}
    return relu | {("softmax", 2**n): mean + jitter for n, mean in enumerate(of_softmax, 1)}


def test_widths_say_where_the_common_answer_holds():
    found = [
        Widths.of("digits", "relu", accuracies(0.6, 0.8, 0.9)),
        Widths.of("moons", "relu", accuracies(0.9, 0.95)),
        Widths.of("iris", "relu", {key: value[:2] for key, value in accuracies(0.5).items()}),
    ]
    assert common_answer(found) == (
        "“No softmax in hidden layers, relu is better”: "
        "on digits it holds at widths 2 and 4, the two are equivalent at width 8; "
        "on moons the opposite holds at width 4, the two are equivalent at width 2; "
        "on iris undecided at width 2."
    )
    digits = found[0].frame.query("variant == 'softmax'").set_index("width")
    assert digits.loc[2, "difference"] == pytest.approx(-0.3)
    scaled = accuracies(0.6) | {("n · softmax", 2): accuracies(0.95)["softmax", 2]}
    assert common_answer([Widths.of("digits", "relu", scaled)]) == (
        "“No softmax in hidden layers, relu is better”: on digits it holds at width 2. "
        "The same for n · softmax: on digits the opposite holds at width 2."
    )
    assert (digits["difference_low"] < digits["difference"]).all()
    assert found[0].frame.query("variant == 'relu'")["verdict"].eq("baseline").all()
    alone = {key: value for key, value in accuracies(0.5).items() if key[0] == "relu"}
    assert common_answer([Widths.of("iris", "relu", alone)]).startswith("Nothing is compared to relu")


def test_rows_frames(rows):
    assert rows.key_shares is None
    assert rows.step_shares.sum(-1) == pytest.approx(1)
    assert rows.examples.shares.sum(-1) == pytest.approx(1)
    assert rows.examples.pictures.shape == (10, 8, 8)
    assert (rows.examples.pictures >= 0).all()
    assert rows.examples.pictures.max() <= 1
    table = rows.summary.pivot(index="variant", columns="measure", values="mean")
    assert table.loc["softmax", "sum of the weights"] == pytest.approx(1, abs=1e-6)
    assert table.loc["sigmoid", "sum of the weights"] > 1
    assert (table["rows looked at"] <= 8 + 1e-9).all()
    assert (table["entropy"] <= np.log(8) + 1e-9).all()
    assert table.loc[EQUAL.name, "rows looked at"] == pytest.approx(8)
    assert rows.finding.startswith("Reading digits row by row over 3 seeds of 3 epochs, softmax reaches ")


def test_recall_frames(attention):
    """The shares by step and by key are two ways to take the mean of the same weights."""
    assert attention.examples is None
    assert attention.step_shares.sum(-1) == pytest.approx(1)
    assert attention.key_shares.shape == (3, 4, 4)
    assert attention.key_shares.sum(-1) == pytest.approx(1)
    right = attention.values["weight of the right pair"]
    assert right == pytest.approx(attention.step_shares[..., 0])
    others = attention.step_shares[..., 1:]
    assert (np.diff(others, axis=-1) <= 1e-12).all()
    _, _, asked = ATTENTION.dataset.parts(ATTENTION.data.samples.X[ATTENTION.data.test_index])
    times_asked = np.bincount(asked.ravel())
    diagonals = np.diagonal(attention.key_shares, axis1=1, axis2=2)
    assert diagonals @ times_asked / times_asked.sum() == pytest.approx(right.mean(1))
    assert attention.step_shares[-1] == pytest.approx(1 / 4)  # equal weights
    assert attention.key_shares[-1] == pytest.approx(1 / 4)
    assert attention.finding.startswith("Looking up one of 4 values by its key over 3 seeds of 3 epochs, ")
    assert re.search(
        "Softmax puts [0-9.]+\u00a0% of its weight on the right pair and sigmoid", attention.finding
    )


def test_by_key_leaves_out_runs_that_diverged():
    keys = np.array([[[0, 1], [1, 0]], [[0, 1], [1, 0]]])  # two seeds with two samples
    asked = np.array([[0, 0], [1, 1]])
    shares = np.array([[[[0.9, 0.1], [0.3, 0.7]], [[np.nan] * 2] * 2]])
    assert by_key(shares, keys, asked) == pytest.approx(
        np.array([[[0.8, 0.2], [np.nan, np.nan]]]), nan_ok=True
    )


def test_only_a_choice_recalls_a_value():
    """Attention finds the right pair. Equal weights are right in one of four at best, by construction."""
    experiment = Attention(n_pairs=4, n_seeds=3, first_seed=500, n_epochs=30, learning_rate=0.03)
    results = experiment.run()
    accuracy = results.values["accuracy"].mean(1)
    assert accuracy[:-1].min() > 0.9
    assert accuracy[-1] < 1 / 4 + 3 * (0.25 * 0.75 / 600) ** 0.5
    assert results.values["weight of the right pair"][0].mean() > 0.8


def test_only_a_gate_follows_local_rules():
    """Experts with equal weights are one linear classifier, which hardly does better than chance."""
    experiment = Gate(
        normalisers=("softmax", "sigmoid"), n_seeds=3, first_seed=500, n_epochs=100, learning_rate=0.03
    )
    accuracy = experiment.run().values["accuracy"].mean(1)
    assert accuracy[:-1].min() > 0.75
    assert accuracy[-1] < 0.6


def test_gate_frames(gate):
    assert gate.expert_shares.sum(-1) == pytest.approx(1)
    assert gate.plane_shares.shape == (4, CELLS**2, 4)
    assert gate.plane_shares.sum(-1) == pytest.approx(1)
    assert len(gate.decisions.points) == GATE.data.test.X.shape[1]
    assert gate.finding.startswith(
        "With 4 linear experts on local rules over 3 seeds of 3 epochs, softmax reaches "
    )
    assert dataclasses.replace(GATE, dataset="iris", n_epochs=1).run().decisions is None


def clauses(noticeable: float = np.nan, **verdicts: str) -> str:
    """Of softmax at 90 % and others two points above it, or one point below where they are worse."""
    rows = [{"variant": "softmax", "mean": 0.9, "difference": np.nan, "verdict": "baseline"}]
    for name, verdict in verdicts.items():
        difference = -0.01 if verdict == "worse" else 0.02
        rows.append({"variant": name, "mean": 0.9 + difference, "difference": difference, "verdict": verdict})
    return accuracy_clauses(
        pd.DataFrame(rows).assign(measure="accuracy", margin=0.01, noticeable=noticeable), "softmax"
    )


def test_verdicts_on_the_accuracy_in_words():
    assert clauses(a="better", b="worse") == (
        "softmax reaches 90.0\u00a0%; a (+2.0 points) is more accurate; b (−1.0 points) is less accurate"
    )
    assert clauses(a="equivalent", b="equivalent", c="undecided") == (
        "softmax reaches 90.0\u00a0%; a and b are equivalent within ±1 point; whether c differs is undecided"
    )
    assert clauses(a="undecided", b="undecided").endswith("whether the others differ is undecided")
    assert clauses(0.042, a="undecided").endswith("is undecided (4.2 points or more would have shown)")


class GivenUp(BaseException):
    """What a page raises when its reader has changed a control."""


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_what_a_watching_caller_raises_stops_the_training(n_jobs):
    def watch(progress: Progress) -> None:
        raise GivenUp

    with pytest.raises(GivenUp):
        dataclasses.replace(GATE, n_epochs=200).run(watch, n_jobs)


def test_progress_ends_at_one():
    heard = []
    GATE.run(lambda progress: heard.append(progress.fraction), n_jobs=1)
    assert heard == sorted(heard)
    assert heard[-1] == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"units": ("sine",)}, "units must be one of relu, relu with batch normalisation"),
        ({"units": ()}, "choose at least one layer type"),
        ({"units": ("relu", "relu")}, "layer types, each named once; got 'relu, relu'"),
        ({"width": 0}, "width must be a whole number from 1 to 128"),
    ],
)
def test_what_is_not_allowed_is_refused(changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        Hidden(**changes)


def test_every_activation_is_a_kind():
    assert len(layer_types()) == 2 * len(ACTIVATIONS)
    own = Hidden(units=("softmax", "spherical softmax(epsilon=0.5)", "relu"))
    assert own.units == ("relu", "softmax", "spherical softmax(epsilon=0.5)")
    assert Hidden.from_link(own.to_link()) == (own, ())


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_head_of_ones_own_trains_in_worker_processes_too(n_jobs):
    """Workers that started before it was registered don't know its name."""
    GATE.run(n_jobs=n_jobs)
    with a_head_of_ones_own() as head:
        assert head.name in layer_types()
        units = ("relu", head.name, f"{head.name} with batch normalisation")
        results = dataclasses.replace(HIDDEN, units=units).run(n_jobs=n_jobs)
        assert set(units) == set(results.runs["variant"])
        assert not results.runs["diverged"].any()
        for experiment in EACH[1:]:
            normalisers = ("softmax", head.name)
            others = dataclasses.replace(experiment, normalisers=normalisers).run(n_jobs=n_jobs)
            assert not others.diverged[others.variants.index(head.name)].any()


def test_a_state_shows_the_experiment_that_it_is_made_of():
    for experiment in EACH:
        state, problems = Inside.from_link(Inside.of(experiment).to_link())
        assert not problems
        part = {Hidden: "hidden", Attention: "attention", Gate: "gate"}[type(experiment)]
        assert getattr(state, part) == experiment
    for name, other in {"digits": "moons", "moons": "digits", "iris": "digits"}.items():
        by_width = Inside().replace(dataset=name).by_width
        assert [each.dataset.name for each in by_width] == [name, other]
        assert by_width[0].units == ("relu", "softmax", "n · softmax")
    without = Inside().replace(kinds=("tanh", "Taylor softmax")).by_width[0]
    assert without.compared == ("tanh", "Taylor softmax")


@pytest.mark.parametrize("experiment", EACH, ids=lambda experiment: experiment.noun)
def test_an_experiment_that_costs_too_much_is_refused(experiment):
    cost = experiment.cost()
    assert cost.seconds > 0
    more = dataclasses.replace(experiment, n_epochs=9, n_seeds=6).cost()
    assert 1.2 * cost.seconds < more.seconds < 6 * cost.seconds
    assert more.megabytes > cost.megabytes
    with pytest.raises(ValueError, match=f"this {experiment.noun} would take about"):
        Limits(seconds=cost.seconds / 2).check(experiment)


def test_a_killed_worker_costs_a_task_and_no_digit():
    killed = []

    def kill_one(progress: Progress) -> None:
        if not killed and progress.fraction:
            killed.append(shared_pool(2).submit(0, os.getpid).result())
            os.kill(killed[0], signal.SIGKILL)

    disturbed = dataclasses.replace(GATE, n_epochs=60).run(kill_one, n_jobs=2)
    assert killed
    calm = dataclasses.replace(GATE, n_epochs=60).run(n_jobs=1)
    pd.testing.assert_frame_equal(disturbed.runs, calm.runs, check_exact=True)


def test_a_budget_that_may_be_too_small_is_said(hidden):
    """Three epochs at a given rate, and then the same with the number of epochs tuned up to three."""
    assert "After 3 epochs the validation loss still fell for " in hidden.finding
    tuned = dataclasses.replace(HIDDEN, n_epochs=None, max_epochs=3).run()
    assert tuned.finding.endswith("More than 3 epochs might still change this.")
    assert (tuned.n_epochs <= 3).all()
