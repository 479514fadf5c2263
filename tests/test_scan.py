"""Every temperature of the grid against the measures of probabilities at that temperature."""

import numpy as np
import pandas as pd
import pytest

from alternatives.heads import HEADS
from alternatives.measures import (
    accuracy,
    calibration_error,
    fit_temperature,
    log_loss,
    reliability_bins,
    scan_temperatures,
    with_temperature,
)
from alternatives.measures.scan import AS_TRAINED, GRID, lowest

N_RUNS, N_SAMPLES, N_CLASSES = 3, 40, 4


@pytest.fixture(scope="module", params=["softmax", "Taylor softmax", "sparsemax"])
def given(request):
    """Probabilities, some of them 0 where a head gives such, targets, and the samples' numbers."""
    random = np.random.default_rng(1)
    logits = random.normal(size=(N_RUNS, N_SAMPLES, N_CLASSES), scale=2)
    samples = np.stack([random.permutation(60)[:N_SAMPLES] for _ in range(N_RUNS)])
    targets = random.integers(N_CLASSES, size=(N_RUNS, N_SAMPLES))
    return HEADS[request.param].class_probabilities(logits), targets, samples


def at(probabilities, temperature):
    return with_temperature(probabilities, np.full(N_RUNS, temperature))


def test_the_grid_is_even_in_octaves_and_has_the_temperature_1():
    np.testing.assert_allclose(np.diff(np.log2(GRID)), 0.25)
    assert (GRID[0], GRID[AS_TRAINED], GRID[-1]) == (0.25, 1, 4)


def test_each_temperature_is_measured_as_probabilities_at_it_are(given):
    probabilities, targets, samples = given
    scan = scan_temperatures(probabilities, targets, samples)
    for step, temperature in enumerate(GRID):
        scaled = at(probabilities, temperature)
        np.testing.assert_allclose(scan.log_loss[step], log_loss(scaled, targets), rtol=1e-12)
        np.testing.assert_allclose(
            scan.calibration_error[step], calibration_error(scaled, targets), rtol=1e-9
        )
        bins = reliability_bins(scaled, targets, samples=samples).drop(columns="bin")
        own = pd.DataFrame({name: each[step] for name, each in scan.bins.items()})
        pd.testing.assert_frame_equal(own, bins, rtol=1e-9)


def test_no_temperature_changes_the_accuracy(given):
    probabilities, targets, _ = given
    scan = scan_temperatures(probabilities, targets)
    right = np.nansum(scan.bins["accuracy"] * scan.bins["share"], -1)
    np.testing.assert_allclose(right, accuracy(probabilities, targets).mean())


def test_the_lowest_loss_is_near_the_temperature_that_is_fitted():
    random = np.random.default_rng(2)
    probabilities = HEADS["softmax"].class_probabilities(random.normal(size=(1, 20_000, 4), scale=2))
    uniform = random.random((1, 20_000, 1))
    targets = (probabilities.cumsum(-1) < uniform).sum(-1)
    for temperature in (0.5, 1.0, 2.0):
        scaled = with_temperature(probabilities, np.array([temperature]))
        scan = scan_temperatures(scaled, targets)
        (found,) = GRID[lowest(scan.log_loss.mean(-1)[None])]
        assert found == pytest.approx(1 / temperature)
        assert abs(np.log2(found / fit_temperature(scaled, targets)[0])) < 0.25


def test_a_run_that_diverged_leaves_the_others_alone(given):
    probabilities, targets, samples = given
    broken = probabilities.copy()
    broken[1] = np.nan
    scan, others = (
        scan_temperatures(broken, targets, samples),
        scan_temperatures(probabilities[[0, 2]], targets[[0, 2]], samples[[0, 2]]),
    )
    assert np.isnan(scan.log_loss[:, 1]).all()
    np.testing.assert_array_equal(scan.log_loss[:, [0, 2]], others.log_loss)
    for name, each in scan.bins.items():
        np.testing.assert_array_equal(each, others.bins[name])


def test_nothing_is_lowest_where_every_run_diverged():
    scan = scan_temperatures(np.full((1, 5, 3), np.nan), np.zeros((1, 5), int))
    assert (scan.bins["count"] == 0).all()
    assert lowest(np.array([[np.nan, np.nan], [np.nan, 1.0], [2.0, 1.0]])).tolist() == [-1, 1, 1]
