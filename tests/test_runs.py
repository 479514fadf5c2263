"""Runs: what is trained together, the one rule for a learning rate, and the curves over the seeds."""

import numpy as np
import pytest

from alternatives.experiments import ByWidth, Comparison, Hidden
from alternatives.experiments.curves import (
    RELATIVE_UPDATE,
    SIGNAL_TO_NOISE,
    Curve,
    curves,
    gradient_sizes,
)
from alternatives.experiments.runs import Job, epochs, train
from alternatives.plane import CELLS, Plane
from alternatives.statistics import estimate

SMALL = Comparison(
    dataset="iris", heads=["softmax", "sigmoid", "hinge"], n_seeds=3, n_epochs=3, learning_rate=0.03
)


@pytest.fixture(scope="module")
def runs():
    return SMALL.train(None, n_jobs=1)


def test_the_last_progress_shows_what_the_results_show():
    """So no line of the picture jumps when the results come."""
    heard = []
    results = SMALL.run(heard.append, n_jobs=1)
    last = heard[-1]
    assert last.epoch == SMALL.n_epochs
    assert last.variants == results.variants == tuple(head.name for head in SMALL.heads)
    for name, curve in results.curves.items():
        np.testing.assert_array_equal(last.curves[name].values, curve.values)
        assert (last.curves[name].unit, last.curves[name].logarithmic) == (curve.unit, curve.logarithmic)


def test_runs_watched_epoch_by_epoch_are_those_that_are_trained_together(runs):
    variants, rate = SMALL.variants(*SMALL.dataset.shape[1:]), runs.learning_rates[1]
    *_, last = epochs(variants[1:2], [rate], SMALL.recipe, SMALL.seeds, SMALL.data.training)
    np.testing.assert_array_equal(last.parameters[:, 0], runs.parameters[1])


def test_jobs_of_several_lengths_are_trained_as_each_alone():
    variants = SMALL.variants(*SMALL.dataset.shape[1:])
    jobs = [Job(variant, 0.03, n) for variant, n in zip(variants, (4, 2, 3), strict=True)]
    sets = SMALL.data.training, SMALL.data.validation
    together = train(jobs, SMALL.recipe, SMALL.seeds, *sets, n_jobs=1)
    assert together.n_epochs.tolist() == [4, 2, 3]
    for place, job in enumerate(jobs):
        alone = train([job], SMALL.recipe, SMALL.seeds, *sets, n_jobs=1)
        np.testing.assert_array_equal(together.parameters[place], alone.parameters[0])
        losses = together.history.training_loss[:, place]
        np.testing.assert_array_equal(losses[:, : job.n_epochs], alone.history.training_loss[:, 0])
        assert np.isnan(losses[:, job.n_epochs :]).all()
    assert not together.diverged.any()


def test_networks_of_several_shapes_come_back_in_the_order_in_which_they_are_asked_for():
    wide, narrow = ByWidth(dataset="iris", units=("tanh",), n_seeds=2, n_epochs=2, learning_rate=0.03), 4
    every = wide.variants(*wide.dataset.shape[1:])
    runs = wide.train(None, n_jobs=1)
    assert [variant.name for variant in runs.variants] == [variant.name for variant in every]
    for variant, parameters in zip(runs.variants, runs.parameters, strict=True):
        assert parameters.shape == (2, variant.network.n_parameters)
    alone = Hidden(
        dataset="iris", units=("tanh",), width=narrow, n_seeds=2, n_epochs=2, learning_rate=0.03
    ).train(None, n_jobs=1)
    place = [variant.name for variant in every].index(("tanh", narrow))
    np.testing.assert_array_equal(runs.parameters[place], alone.parameters[0])


def test_a_curve_is_the_mean_over_the_seeds_with_its_interval():
    values = np.random.default_rng(0).uniform(0.1, 1, (2, 5, 4))
    plain, geometric = Curve("nats", True, values), Curve("", True, values, geometric=True)
    over_seeds = estimate(values, axis=1)
    np.testing.assert_array_equal(plain.band.low, over_seeds.low)
    np.testing.assert_allclose(geometric.band.mean, np.exp(np.log(values).mean(1)), rtol=1e-12)


def test_a_variant_of_fewer_epochs_ends_earlier_and_leaves_the_others_alone():
    values = np.random.default_rng(2).uniform(0.1, 1, (2, 5, 4))
    short = values.copy()
    short[0, :, 2:] = np.nan
    whole, cut = (Curve("", True, each, geometric=True) for each in (values, short))
    for name in ("mean", "low", "high"):
        for one, other in ((whole, cut), (whole.relative, cut.relative)):
            expected, found = getattr(one.band, name), getattr(other.band, name)
            np.testing.assert_array_equal(found[1], expected[1])
            np.testing.assert_array_equal(found[0, :2], expected[0, :2])
            assert np.isnan(found[0, 2:]).all()


def test_a_curve_relative_to_its_first_epoch_is_a_geometric_mean_of_ratios():
    values = np.random.default_rng(3).uniform(0.1, 1, (2, 5, 4))
    values[1, 2, 0] = 0  # a run whose first gradient is 0 has no ratio
    ratios = values[0] / values[0, :, :1]
    relative = Curve("nats", True, values).relative
    np.testing.assert_allclose(relative.band.mean[0], ratios.prod(0) ** (1 / 5), rtol=1e-12)
    assert relative.unit == ""
    assert np.isnan(relative.values[1, 2]).all()
    assert np.isfinite(relative.band.mean).all()


def test_every_gradient_has_its_curve(runs):
    found = curves(runs.history, ["nats"] * 3)
    for name in (*gradient_sizes(2), SIGNAL_TO_NOISE, RELATIVE_UPDATE):
        assert np.isfinite(found[name].values).all(), name
    np.testing.assert_array_equal(
        found["gradient of layer 2"].values, runs.history.gradient_of_layers[..., 1].swapaxes(0, 1)
    )
    np.testing.assert_array_equal(found[SIGNAL_TO_NOISE].values, runs.history.signal_to_noise.swapaxes(0, 1))


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
