"""Runs: what is trained together, the one rule for a learning rate, and the curves over the seeds."""

import numpy as np
import pytest

from alternatives.experiments import Comparison, Hidden
from alternatives.experiments.curves import Curve, curves
from alternatives.experiments.runs import best_rates, epochs
from alternatives.plane import CELLS, Plane
from alternatives.statistics import estimate

SMALL = Comparison(dataset="iris", heads=["softmax", "sigmoid", "hinge"], n_seeds=3, n_epochs=3)


@pytest.fixture(scope="module")
def runs():
    return SMALL.train(n_jobs=1)


def test_the_best_rate_is_the_first_of_the_least_losses():
    losses = np.array([[0.3, 0.1, 0.2], [np.nan, 0.5, 0.5], [np.inf, np.nan, 9.0], [np.nan] * 3])
    assert best_rates(losses).tolist() == [1, 1, 2, 0]


def test_progress_and_results_choose_the_rate_by_the_same_rule(runs):
    """So no line of the picture jumps when the results come, for losses that aren't log losses either."""
    heard = []
    results = SMALL.run(heard.append, n_jobs=1)
    last = heard[-1]
    assert last.epoch == SMALL.n_epochs
    assert last.variants == results.variants == tuple(head.name for head in SMALL.heads)
    for name, curve in results.curves.items():
        np.testing.assert_array_equal(last.curves[name].values, curve.values)
        assert (last.curves[name].unit, last.curves[name].logarithmic) == (curve.unit, curve.logarithmic)
    np.testing.assert_allclose(
        runs.history.validation_log_loss[..., -1].mean(0),
        runs.losses[np.arange(len(runs.chosen)), runs.chosen],
        rtol=1e-5,
    )


def test_runs_watched_epoch_by_epoch_are_those_that_are_trained_together(runs):
    variants, rate = SMALL.variants(*SMALL.dataset.shape[1:]), runs.learning_rates[1]
    *_, last = epochs(variants[1:2], [rate], SMALL.recipe, SMALL.seeds, SMALL.data.training)
    np.testing.assert_array_equal(last.parameters[:, 0], runs.parameters[1])


def test_networks_of_several_shapes_come_back_in_the_order_in_which_they_are_asked_for():
    wide, narrow = Hidden(dataset="iris", units=("tanh",), n_seeds=2, n_epochs=2), 4
    every = wide.variants(*wide.dataset.shape[1:])
    runs = wide.train(n_jobs=1)
    assert [variant.name for variant in runs.variants] == [variant.name for variant in every]
    for variant, parameters in zip(runs.variants, runs.parameters, strict=True):
        assert parameters.shape == (2, variant.network.n_parameters)
    alone = Hidden(dataset="iris", units=("tanh",), width=narrow, n_seeds=2, n_epochs=2).train(n_jobs=1)
    place = [variant.name for variant in every].index(("tanh", narrow))
    np.testing.assert_array_equal(runs.parameters[place], alone.parameters[0])


def test_a_curve_is_the_mean_over_the_seeds_with_its_interval():
    values = np.random.default_rng(0).uniform(0.1, 1, (2, 5, 4))
    plain, geometric = Curve("nats", True, values), Curve("", True, values, geometric=True)
    over_seeds = estimate(values, axis=1)
    np.testing.assert_array_equal(plain.band.low, over_seeds.low)
    np.testing.assert_allclose(geometric.band.mean, np.exp(np.log(values).mean(1)), rtol=1e-12)


def test_losses_of_several_kinds_have_no_common_unit(runs):
    units = {
        (): curves(runs.history, ["nats", "nats", "nats"])["training loss"].unit,
        ("hinge",): curves(runs.history, ["nats", "nats", ""])["training loss"].unit,
    }
    assert units == {(): "nats", ("hinge",): "nats of log losses"}
    assert curves(runs.history, ["", "", ""])["gradient at the logits"].unit == "per logit"
    assert curves(runs.history, ["nats"] * 3)["gradient at the logits"].unit == "nats per logit"


def test_a_plane_has_its_points_inside_and_its_centres_in_its_cells():
    points = np.random.default_rng(1).normal(size=(30, 2))
    plane = Plane.around(points, 0.1)
    corners, centres = plane.corners, plane.centres
    assert len(centres) == CELLS**2
    for axis, column in (("x", 0), ("y", 1)):
        assert (corners[axis] < centres[:, column]).all()
        assert (centres[:, column] < corners[f"{axis}2"]).all()
        assert corners[axis].min() < points[:, column].min()
        assert points[:, column].max() < corners[f"{axis}2"].max()
    assert Plane.square(3.0).edges[[0, -1]].tolist() == [[-3, -3], [3, 3]]
