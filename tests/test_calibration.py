"""Measures of calibration against known answers: a calibrated head shows none, whatever its confidence."""

import math

import numpy as np
import pytest
from scipy import stats

from alternatives.heads import HEADS, Floats, Integers
from alternatives.measures import (
    MEASURES,
    Binning,
    accuracy,
    calibration_error,
    calibration_loss,
    chance_level,
    confidence_minus_accuracy,
    evaluate,
    log_loss,
    mean_confidence,
    reliability_bins,
    with_temperature,
)
from alternatives.measures.chance import mean_absolute_deviation

BINNINGS: list[Binning] = ["equal width", "equal mass"]
UNBIASED = ("confidence minus accuracy", "calibration loss", "calibration error above chance")
"""Measures whose expectation is 0 for every calibrated head, and that have a verdict."""


def drawn(probabilities: Floats, random: np.random.Generator) -> Integers:
    """Targets that have these probabilities."""
    uniform = random.random((*probabilities.shape[:-1], 1))
    return np.minimum((probabilities.cumsum(-1) < uniform).sum(-1), probabilities.shape[-1] - 1)


def of_scale(scale: float, shape: tuple[int, ...], random: np.random.Generator) -> Floats:
    """Softmax probabilities: the larger the scale, the more confident."""
    return HEADS["softmax"].class_probabilities(scale * random.normal(size=shape))


@pytest.mark.parametrize(("n", "chance"), [(1, 0.3), (5, 0.9), (300, 0.99), (90, 0.5), (7, 0.0), (7, 1.0)])
def test_the_mean_absolute_deviation_is_the_binomial_distributions(n: int, chance: float) -> None:
    counts = np.arange(n + 1)
    expected = stats.binom.pmf(counts, n, chance) @ np.abs(counts - n * chance)
    deviation = mean_absolute_deviation(np.full(n, chance), np.zeros(n, int), 2)
    assert deviation == pytest.approx([expected, 0], abs=1e-12)


def test_a_large_sums_mean_absolute_deviation_is_the_normal_distributions_to_2_in_1000() -> None:
    for n in (101, 150, 1000):
        counts = np.arange(n + 1)
        expected = stats.binom.pmf(counts, n, 0.5) @ np.abs(counts - n / 2)
        (deviation,) = mean_absolute_deviation(np.full(n, 0.5), np.zeros(n, int), 1)
        assert deviation == pytest.approx(expected, rel=0.003)


def test_the_mean_absolute_deviation_of_unequal_events_by_hand() -> None:
    # Two events with 0.2 and 0.5: none 0.4, one 0.5, both 0.1; the mean is 0.7.
    deviation = mean_absolute_deviation(np.array([0.2, 0.9, 0.5]), np.array([1, 0, 1]), 2)
    assert deviation == pytest.approx([2 * 0.9 * 0.1, 0.4 * 0.7 + 0.5 * 0.3 + 0.1 * 1.3])


@pytest.mark.parametrize("binning", BINNINGS)
@pytest.mark.parametrize(("scale", "n_samples"), [(0.5, 30), (4.0, 30), (0.5, 500), (4.0, 500)])
def test_the_chance_level_is_what_calibrated_draws_show(
    scale: float, n_samples: int, binning: Binning
) -> None:
    random = np.random.default_rng(1)
    probabilities = of_scale(scale, (n_samples, 4), random)
    shown = calibration_error(
        np.broadcast_to(probabilities, (2000, n_samples, 4)),
        drawn(np.broadcast_to(probabilities, (2000, n_samples, 4)), random),
        binning=binning,
    )
    error = shown.std() / math.sqrt(2000)
    assert chance_level(probabilities, binning=binning) == pytest.approx(shown.mean(), abs=4 * error)


def test_the_chance_level_depends_on_the_confidence_and_falls_with_the_samples() -> None:
    random = np.random.default_rng(2)
    unsure, sure = (of_scale(scale, (400, 4), random) for scale in (1.0, 8.0))
    assert chance_level(unsure) > 1.5 * chance_level(sure)
    assert chance_level(unsure[:50]) > 2 * chance_level(unsure)
    assert chance_level(np.eye(4)) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("n_samples", [30, 300])
@pytest.mark.parametrize("scale", [1.0, 3.0, 8.0])
def test_a_calibrated_head_has_no_calibration_error_on_average(scale: float, n_samples: int) -> None:
    random = np.random.default_rng(3)
    probabilities = of_scale(scale, (1000, n_samples, 4), random)
    values = evaluate(probabilities, drawn(probabilities, random))
    for name in UNBIASED:
        mean, spread = values[name].mean(), values[name].std()
        # Small samples leave the calibration loss a bias, of less than a tenth of its spread over the seeds.
        bias = 0.1 * spread if name == "calibration loss" else 0
        assert mean == pytest.approx(0, abs=bias + 4 * spread / math.sqrt(1000)), name


def test_calibrated_heads_of_different_confidence_are_seldom_told_apart() -> None:
    """200 comparisons of ten seeds, each of a confident head with an unsure one, both calibrated."""
    random = np.random.default_rng(4)
    values = [
        evaluate(probabilities, drawn(probabilities, random))
        for probabilities in (of_scale(scale, (200, 10, 60, 4), random) for scale in (1.0, 4.0))
    ]
    most = stats.binom.ppf(0.999, 200, 0.05)
    for name in UNBIASED:
        p_value = stats.ttest_rel(*(value[name] for value in values), axis=-1).pvalue
        assert (p_value < 0.05).sum() <= most, name
        assert MEASURES[name].better
    biased = stats.ttest_rel(*(value["calibration error"] for value in values), axis=-1).pvalue
    assert (biased < 0.05).mean() > 0.5
    assert MEASURES["calibration error"].better is None


@pytest.mark.parametrize("temperature", [0.4, 2.5])
def test_the_calibration_loss_is_what_the_right_temperature_takes_away(temperature: float) -> None:
    random = np.random.default_rng(5)
    calibrated = of_scale(3.0, (40, 2000, 4), random)
    targets = drawn(calibrated, random)
    shown = with_temperature(calibrated, temperature)
    truth = log_loss(shown, targets) - log_loss(calibrated, targets)
    assert calibration_loss(shown, targets).mean() == pytest.approx(truth.mean(), rel=0.02)
    assert (truth > 0.01).all()
    parts = evaluate(shown, targets)
    np.testing.assert_allclose(parts["calibration loss"] + parts["refinement loss"], parts["log loss"])
    # A temperature in addition leaves what the classes' order and relative sizes can't repair.
    np.testing.assert_allclose(
        parts["refinement loss"], evaluate(calibrated, targets)["refinement loss"], atol=2e-3
    )


def test_the_calibration_loss_of_a_few_samples_is_finite() -> None:
    random = np.random.default_rng(6)
    for n_samples in (1, 2, 4, 5, 6):
        probabilities = of_scale(2.0, (50, n_samples, 3), random)
        assert np.isfinite(calibration_loss(probabilities, drawn(probabilities, random))).all()
    assert calibration_loss(np.full((9, 3), 1 / 3), np.arange(9) % 3) == pytest.approx(0)


def test_confidence_minus_accuracy() -> None:
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3], [0.6, 0.4]])
    assert confidence_minus_accuracy(probabilities, [0, 1, 0, 0]) == pytest.approx(0.75 - 1)
    assert confidence_minus_accuracy(probabilities, [1, 0, 1, 0]) == pytest.approx(0.75 - 0.25)
    random = np.random.default_rng(7)
    probabilities = of_scale(2.0, (5, 90, 3), random)
    targets = drawn(probabilities, random)
    expected = mean_confidence(probabilities, targets) - accuracy(probabilities, targets)
    np.testing.assert_allclose(confidence_minus_accuracy(probabilities, targets), expected, atol=1e-15)


def test_the_band_of_equal_confidences_is_the_binomial_distributions() -> None:
    for confidence, n in ((0.8, 40), (0.55, 300), (0.99, 300), (0.9, 1)):
        probabilities = np.tile([confidence, 1 - confidence], (n, 1))
        bins = reliability_bins(probabilities, np.zeros(n, int))
        (row,) = bins[bins["count"] > 0].itertuples()
        expected = stats.binom.ppf([0.025, 0.975], n, confidence) / n
        assert (row.low, row.high) == pytest.approx(tuple(expected))


def test_the_band_of_certainty_has_no_width() -> None:
    (row,) = reliability_bins(np.eye(3), np.arange(3)).query("count > 0").itertuples()
    assert (row.confidence, row.low, row.high) == (1, 1, 1)


@pytest.mark.parametrize("binning", BINNINGS)
def test_a_sample_counts_once_however_many_runs_tested_it(binning: Binning) -> None:
    random = np.random.default_rng(8)
    probabilities = of_scale(2.0, (200, 3), random)
    targets = drawn(probabilities, random)
    once = reliability_bins(probabilities, targets, binning=binning, samples=np.arange(200))
    alone = reliability_bins(probabilities, targets, binning=binning)
    assert once.equals(alone)
    # Some samples again, in a second run: nothing changes but the number of appearances.
    again = np.stack([np.arange(200), np.repeat(np.arange(100), 2)])
    twice = reliability_bins(probabilities[again], targets[again], samples=again)
    other = reliability_bins(probabilities, targets)
    assert twice["count"].sum() == 400
    shown = ["confidence", "accuracy", "low", "high", "share"]
    np.testing.assert_allclose(twice[shown], other[shown], rtol=1e-12)


@pytest.mark.parametrize("noise", [0.0, 1.0])
@pytest.mark.parametrize("n_runs", [1, 10])
def test_the_band_holds_19_of_20_bins_of_a_calibrated_classifier(n_runs: int, noise: float) -> None:
    """Each run sees samples through noise of its own; its probabilities are right for what it sees."""
    random = np.random.default_rng(9)
    inside, filled = np.zeros(15), np.zeros(15)
    for _ in range(150):
        targets = random.integers(0, 2, 600)
        seen = 2 * targets - 1 + random.normal(size=600)
        samples = np.stack([random.permutation(600)[:120] for _ in range(n_runs)])
        evidence = 2 * (seen[samples] + noise * random.normal(size=samples.shape)) / (1 + noise**2)
        of_one = 1 / (1 + np.exp(-evidence))
        bins = reliability_bins(np.stack([1 - of_one, of_one], -1), targets[samples], samples=samples)
        inside += (bins["low"] - 1e-12 <= bins["accuracy"]) & (bins["accuracy"] <= bins["high"] + 1e-12)
        filled += bins["count"] > 0
    many = filled > 140
    assert many.sum() >= 7
    # A binomial distribution has steps: the band holds at least 95 %, and the simulation has its own error.
    assert (inside[many] / filled[many] > 0.9).all()
    assert 0.94 < inside[many].sum() / filled[many].sum() < 0.99
