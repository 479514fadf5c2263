"""The three experiments inside the network: their numbers, their frames and their sentences."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from alternatives.heads import HEADS
from alternatives.inside import (
    Attention,
    Gate,
    Hidden,
    Progress,
    effective_rank,
    run_attention,
    run_gate,
    run_hidden,
    run_widths,
    widths_finding,
)
from alternatives.inside.experiment import data, entropy
from alternatives.inside.hidden import variants
from alternatives.training import ACTIVATIONS
from tests.heads_of_ones_own import a_head_of_ones_own

SMALL = {"n_seeds": 3, "n_epochs": 3, "learning_rate": 0.03}
HIDDEN = Hidden(dataset="iris", units=("relu", "softmax", "relu with batch normalisation"), width=8, **SMALL)
ATTENTION = Attention(n_units=4, normalisers=("softmax", "sigmoid"), **SMALL)
GATE = Gate(normalisers=("softmax", "sigmoid", "sparsemax"), **SMALL)
EACH = [(HIDDEN, run_hidden), (ATTENTION, run_attention), (GATE, run_gate)]


@pytest.fixture(scope="module")
def hidden():
    return run_hidden(HIDDEN)


@pytest.fixture(scope="module")
def attention():
    return run_attention(ATTENTION)


@pytest.fixture(scope="module")
def gate():
    return run_gate(GATE)


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
    assert entropy(np.array([[2.0, 2.0], [3.0, 0.0], [0.0, 0.0]])) == pytest.approx([np.log(2), 0, 0])


@pytest.mark.parametrize(("experiment", "run"), EACH, ids=lambda value: getattr(value, "noun", ""))
def test_an_experiment_is_its_link_and_the_same_value_gives_the_same_frames(experiment, run):
    again, problems = type(experiment).from_link(experiment.to_link())
    assert not problems
    assert again == experiment
    assert type(experiment).from_json(experiment.to_json()) == experiment
    one, other = run(experiment, n_jobs=1), run(experiment, n_jobs=2)
    for field in dataclasses.fields(one):
        value = getattr(one, field.name)
        if isinstance(value, pd.DataFrame):
            pd.testing.assert_frame_equal(value, getattr(other, field.name), check_exact=True)
    assert one.finding == other.finding


def test_a_variant_has_the_same_numbers_whatever_is_beside_it(hidden):
    alone = run_hidden(dataclasses.replace(HIDDEN, units=("softmax",)))
    for name in ("runs", "curves", "units"):
        frame = getattr(hidden, name)
        own = frame[frame["variant"] == "softmax"].reset_index(drop=True)
        pd.testing.assert_frame_equal(getattr(alone, name), own, check_exact=True)


def test_hidden_frames(hidden):
    assert set(hidden.runs["variant"]) == set(HIDDEN.units)
    assert len(hidden.runs) == 3 * 3
    assert len(hidden.units) == 3 * 3 * 2
    rank = hidden.units.groupby("variant")["effective_rank"].max()
    assert rank["softmax"] <= 7
    assert hidden.units["inactive"].between(0, 1).all()
    assert hidden.units["correlation"].dropna().between(0, 1).all()
    assert len(hidden.correlations) == 3 * 8 * 8
    own = hidden.correlations.query("a == b")["correlation"].dropna()
    assert (own.eq(0) | own.between(0.999, 1.001)).all()  # 0 where a unit never varies
    sums = hidden.singular.groupby(["variant", "layer"])["mean"].sum()
    assert sums.to_numpy() == pytest.approx(1)
    assert {f"gradient of layer {n}" for n in (1, 2, 3)} <= set(hidden.curves["quantity"])
    assert hidden.finding.startswith("On iris with 2 hidden layers of 8 units over 3 seeds, relu reaches ")


def test_widths_say_where_the_common_answer_holds():
    frame = run_widths(HIDDEN, (2, 4))
    assert list(frame.columns[:2]) == ["variant", "width"]
    assert len(frame) == 6
    assert (frame.loc[frame["variant"] == "relu", "verdict"] == "baseline").all()
    told, rows = frame.copy(), frame["variant"] == "softmax"
    told.loc[rows, "verdict"] = ["worse", "no difference"]
    told.loc[rows, "difference"] = [-0.25, 0.0]
    assert widths_finding(HIDDEN, told) == (
        "On iris, softmax in place of relu costs accuracy at width 2 (most at 2: −25.0 points); "
        "it makes no measurable difference at width 4."
    )


def test_attention_frames(attention):
    sums = attention.rows.groupby("variant")["mean"].sum()
    assert sums.to_numpy() == pytest.approx(1)
    assert attention.examples.groupby(["variant", "example"])["weight"].sum().to_numpy() == pytest.approx(1)
    assert len(attention.digits) == 10 * 64
    assert attention.digits["ink"].between(0, 1).all()
    table = attention.summary.pivot(index="variant", columns="measure", values="mean")
    assert table.loc["softmax", "sum of the weights"] == pytest.approx(1, abs=1e-6)
    assert table.loc["sigmoid", "sum of the weights"] > 1
    assert (table["rows looked at"] <= 8 + 1e-9).all()
    assert (table["entropy"] <= np.log(8) + 1e-9).all()
    assert attention.finding.startswith("Reading digits row by row over 3 seeds, softmax reaches ")


def test_gate_frames(gate):
    assert gate.use.groupby("variant")["mean"].sum().to_numpy() == pytest.approx(1)
    assert len(gate.decision) == 3 * 44 * 44
    assert set(gate.decision["expert"]) <= {1, 2, 3, 4}
    assert len(gate.points) == data(GATE.dataset, GATE.seeds).test.X.shape[1]
    assert gate.finding.startswith("With 4 linear experts on moons over 3 seeds, softmax reaches ")
    assert run_gate(dataclasses.replace(GATE, dataset="iris", n_epochs=1)).decision.empty


class GivenUp(BaseException):
    """What a page raises when its reader has changed a control."""


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_what_a_watching_caller_raises_stops_the_training(n_jobs):
    def watch(progress: Progress) -> None:
        raise GivenUp

    with pytest.raises(GivenUp):
        run_gate(dataclasses.replace(GATE, n_epochs=200), watch, n_jobs)


def test_progress_ends_at_one():
    heard = []
    run_gate(GATE, lambda progress: heard.append(progress.fraction), n_jobs=1)
    assert heard == sorted(heard)
    assert heard[-1] == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"units": ("sine",)}, "units must be one of relu, relu with batch normalisation"),
        ({"units": ()}, "at least one, each once"),
        ({"units": ("relu", "relu")}, "at least one, each once"),
        ({"width": 0}, "width must be a whole number from 1 to 256"),
    ],
)
def test_what_is_not_allowed_is_refused(changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        Hidden(**changes)


def test_every_activation_is_a_kind_and_a_head_of_ones_own_too():
    assert len(variants()) == 2 * len(ACTIVATIONS)
    with a_head_of_ones_own() as head:
        assert head.name in variants()
        results = run_hidden(dataclasses.replace(HIDDEN, units=("relu", head.name)), n_jobs=1)
        assert head.name in set(results.runs["variant"])
        gate = run_gate(dataclasses.replace(GATE, normalisers=("softmax", head.name)), n_jobs=1)
        assert head.name in set(gate.use["variant"])
