import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import optimize, special
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV, calibration_curve
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import accuracy_score, brier_score_loss
from sklearn.metrics import log_loss as reference_log_loss

from alternatives.heads import HEADS, Floats, Head, Integers
from alternatives.measures import (
    MEASURES,
    TEMPERATURE_SCALED,
    TEMPERATURES,
    Binning,
    Measure,
    accuracy,
    at_bound,
    brier_score,
    calibration_error,
    class_wise_calibration_error,
    evaluate,
    fit_temperature,
    gradient_magnitude,
    log_loss,
    mean_confidence,
    measure,
    reliability_bins,
    with_temperature,
    wrong_without_gradient,
)
from alternatives.measures.catalogue import DIFFERENCE
from alternatives.measures.temperature import PRIOR_WEIGHT

BINNINGS: list[Binning] = ["equal width", "equal mass"]
STRATEGIES = {"equal width": "uniform", "equal mass": "quantile"}
SHAPES = [(3, 80, 2), (4, 150, 3), (5, 200, 10)]


def softmax(logits: Floats) -> Floats:
    return HEADS["softmax"].class_probabilities(logits)


def drawn(probabilities: Floats, random: np.random.Generator) -> Integers:
    """Targets that have these probabilities."""
    uniform = random.random((*probabilities.shape[:-1], 1))
    return np.minimum((probabilities.cumsum(-1) < uniform).sum(-1), probabilities.shape[-1] - 1)


def stack(shape: tuple[int, ...], seed: int = 0, temperature: float = 2.0) -> tuple[Floats, Integers, Floats]:
    """Overconfident probabilities, some of them 0 and 1, with targets and gradients."""
    random = np.random.default_rng(seed)
    logits = 4 * random.normal(size=shape)
    logits[..., :5, 0] = 2000
    targets = drawn(softmax(logits / temperature), random)
    return softmax(logits), targets, HEADS["softmax"].gradient(logits, targets)


def textbook_calibration_error(
    forecast: Floats, outcome: NDArray[np.bool_], n_bins: int, binning: Binning
) -> float:
    edges = np.linspace(0, 1, n_bins + 1)
    if binning == "equal mass":
        edges = np.percentile(forecast, 100 * edges)
    error = 0.0
    for i in range(n_bins):
        above = forecast > edges[i] if i else np.full(forecast.shape, True)
        below = forecast <= edges[i + 1] if i < n_bins - 1 else np.full(forecast.shape, True)
        inside = above & below
        if inside.any():
            error += inside.mean() * abs(outcome[inside].mean() - forecast[inside].mean())
    return error


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_equal_to_scikit_learn(shape: tuple[int, ...]) -> None:
    probabilities, targets, _ = stack(shape)
    labels = np.arange(shape[-1])
    pairs = list(zip(probabilities, targets, strict=True))
    for ours, theirs in [
        (accuracy, lambda p, t: accuracy_score(t, p.argmax(-1))),
        (log_loss, lambda p, t: reference_log_loss(t, p, labels=labels)),
        (brier_score, lambda p, t: brier_score_loss(t, p, labels=labels, scale_by_half=False)),
    ]:
        expected = [theirs(p, t) for p, t in pairs]
        np.testing.assert_allclose(ours(probabilities, targets), expected, rtol=1e-12, atol=1e-12)


def test_log_loss_clips_as_scikit_learn_does() -> None:
    probabilities, targets = np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([0, 1])
    assert log_loss(probabilities, targets) == pytest.approx(
        reference_log_loss(targets, probabilities), rel=1e-14
    )
    assert log_loss(probabilities[1:], targets[1:]) == -math.log(np.finfo(np.float64).eps)


@pytest.mark.parametrize("binning", BINNINGS)
@pytest.mark.parametrize("n_bins", [1, 5, 15])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_reliability_bins_equal_scikit_learn(shape: tuple[int, ...], n_bins: int, binning: Binning) -> None:
    probabilities, targets, _ = stack(shape)
    bins = reliability_bins(probabilities, targets, n_bins, binning)
    confidence, correct = probabilities.max(-1).ravel(), (probabilities.argmax(-1) == targets).ravel()
    share, mean = calibration_curve(correct, confidence, n_bins=n_bins, strategy=STRATEGIES[binning])
    filled = bins[bins["count"] > 0]
    np.testing.assert_allclose(filled["accuracy"], share, rtol=0, atol=1e-12)
    np.testing.assert_allclose(filled["confidence"], mean, rtol=0, atol=1e-12)
    # The frame, the error of all samples as one run, and scikit-learn's curve tell the same story.
    pooled = calibration_error(probabilities.reshape(-1, shape[-1]), targets.ravel(), n_bins, binning)
    assert (filled["share"] * np.abs(share - mean)).sum() == pytest.approx(pooled, abs=1e-12)


@pytest.mark.parametrize("binning", BINNINGS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_calibration_errors_equal_the_textbook(shape: tuple[int, ...], binning: Binning) -> None:
    probabilities, targets, _ = stack(shape)
    top = calibration_error(probabilities, targets, 12, binning)
    class_wise = class_wise_calibration_error(probabilities, targets, 12, binning)
    for run, (p, t) in enumerate(zip(probabilities, targets, strict=True)):
        expected = textbook_calibration_error(p.max(-1), p.argmax(-1) == t, 12, binning)
        assert top[run] == pytest.approx(expected, abs=1e-12)
        by_class = [textbook_calibration_error(p[:, k], t == k, 12, binning) for k in range(shape[-1])]
        assert class_wise[run] == pytest.approx(np.mean(by_class), abs=1e-12)


def test_calibration_error_by_hand() -> None:
    probabilities = np.array([[0.9, 0.1], [0.1, 0.9], [0.6, 0.4], [0.4, 0.6]])
    targets = np.array([0, 0, 0, 1])
    # Sure to 0.9 and right half of the time; sure to 0.6 and always right: (0.4 + 0.4) / 2.
    assert calibration_error(probabilities, targets, 10) == pytest.approx(0.4)
    assert calibration_error(probabilities, targets, 2, "equal mass") == pytest.approx(0.4)
    # In one bin the two gaps cancel: sure to 0.75 and right in three of four.
    assert calibration_error(probabilities, targets, 1) == pytest.approx(0)
    # Class 0: 0.1 (never expected, once there), 0.4 (not there), 0.6 and 0.9 (there); class 1 mirrors it.
    assert class_wise_calibration_error(probabilities, targets, 10) == pytest.approx(
        (0.9 + 0.4 + 0.4 + 0.1) / 4
    )


@pytest.mark.parametrize("binning", BINNINGS)
def test_calibration_error_is_between_the_overall_gap_and_one(binning: Binning) -> None:
    probabilities, targets, _ = stack((20, 50, 4), temperature=5)
    error = calibration_error(probabilities, targets, binning=binning)
    gap = np.abs(accuracy(probabilities, targets) - mean_confidence(probabilities, targets))
    assert (error >= gap - 1e-15).all()
    assert (error <= 1).all()
    one_bin = calibration_error(probabilities, targets, 1, binning)
    np.testing.assert_allclose(one_bin, gap, rtol=0, atol=1e-15)


@pytest.mark.parametrize("binning", BINNINGS)
def test_calibrated_draws_have_no_calibration_error(binning: Binning) -> None:
    random = np.random.default_rng(1)
    probabilities = softmax(2 * random.normal(size=(100_000, 4)))
    targets = drawn(probabilities, random)
    # By chance alone at most 0.4 √(bins / samples) = 0.005.
    assert calibration_error(probabilities, targets, binning=binning) < 0.005
    assert class_wise_calibration_error(probabilities, targets, binning=binning) < 0.005
    sharper = with_temperature(probabilities, 0.5)
    assert calibration_error(sharper, targets, binning=binning) > 0.05
    assert mean_confidence(sharper, targets) > accuracy(sharper, targets)


def test_equal_mass_bins_hold_as_many_samples_and_never_part_equals() -> None:
    random = np.random.default_rng(2)
    probabilities = softmax(random.normal(size=(1500, 3)))
    targets = drawn(probabilities, random)
    assert reliability_bins(probabilities, targets, binning="equal mass")["count"].between(99, 101).all()

    tied = np.repeat([[0.5, 0.3, 0.2], [0.7, 0.2, 0.1], [1.0, 0.0, 0.0]], [10, 70, 40], axis=0)
    bins = reliability_bins(tied, np.zeros(120, int), binning="equal mass")
    assert bins.loc[bins["count"] > 0, "count"].tolist() == [10, 70, 40]
    targets = random.integers(0, 3, 120)
    order = random.permutation(120)
    error = calibration_error(tied, targets, binning="equal mass")
    assert calibration_error(tied[order], targets[order], binning="equal mass") == pytest.approx(
        error, abs=1e-15
    )


def test_known_values() -> None:
    for n_classes in (2, 3, 10):
        targets = np.arange(n_classes)
        uniform = np.full((n_classes, n_classes), 1 / n_classes)
        assert log_loss(uniform, targets) == pytest.approx(math.log(n_classes))
        assert brier_score(uniform, targets) == pytest.approx(1 - 1 / n_classes)
        assert mean_confidence(uniform, targets) == pytest.approx(1 / n_classes)
        assert brier_score(np.eye(n_classes), targets) == 0
        assert accuracy(np.eye(n_classes), targets) == 1
        assert brier_score(np.eye(n_classes), np.roll(targets, 1)) == 2
        assert accuracy(np.eye(n_classes), np.roll(targets, 1)) == 0
    assert gradient_magnitude([[3.0, 4.0], [0.0, 0.0]]) == 2.5


def test_unknown_binning_names_what_is_allowed() -> None:
    with pytest.raises(ValueError, match="'equal width' or 'equal mass', got 'other'"):
        calibration_error([[0.5, 0.5]], [0], binning="other")  # type: ignore[arg-type]


def test_reliability_bins_and_their_empty_rows() -> None:
    probabilities, targets, _ = stack((4, 200, 3))
    bins = reliability_bins(probabilities, targets)
    assert bins["bin"].tolist() == list(range(1, 16))
    assert bins["count"].sum() == 800
    assert bins["share"].sum() == pytest.approx(1)
    filled, empty = bins[bins["count"] > 0], bins[bins["count"] == 0]
    assert ((filled["left"] < filled["confidence"]) & (filled["confidence"] <= filled["right"])).all()
    assert (filled["low"] <= filled["confidence"]).all()
    assert (filled["confidence"] <= filled["high"]).all()
    assert len(empty)
    assert empty[["confidence", "accuracy", "low", "high"]].isna().all(axis=None)


def test_a_stack_equals_each_run_alone() -> None:
    probabilities, targets, gradients = stack((6, 90, 7))
    temperature = fit_temperature(probabilities, targets)
    together = evaluate(probabilities, targets, gradients, temperature)
    turned = evaluate(probabilities[::-1], targets[::-1], gradients[::-1], temperature[::-1])
    fortran = evaluate(np.asfortranarray(probabilities), targets, np.asfortranarray(gradients), temperature)
    for run in range(6):
        assert fit_temperature(probabilities[run], targets[run]) == temperature[run]
        alone = evaluate(probabilities[run], targets[run], gradients[run], temperature[run])
        assert alone.keys() == together.keys()
        for name, value in alone.items():
            assert np.shape(value) == ()
            assert value == together[name][run] == turned[name][::-1][run] == fortran[name][run], name


def test_leading_axes_broadcast() -> None:
    probabilities, targets, gradients = stack((6, 50, 4))
    shared = targets[0]  # one set of targets for all runs
    temperature = fit_temperature(probabilities, shared)
    flat = evaluate(probabilities, shared, gradients, temperature)
    grid = [a.reshape(2, 3, *a.shape[1:]) for a in (probabilities, gradients, temperature)]
    np.testing.assert_array_equal(fit_temperature(grid[0], shared), grid[2])
    for name, values in evaluate(grid[0], shared, *grid[1:]).items():
        assert values.shape == (2, 3)
        np.testing.assert_array_equal(values.ravel(), flat[name])


def test_float32_is_calculated_in_float64() -> None:
    probabilities, targets, gradients = (a.astype(np.float32) for a in stack((3, 60, 5)))
    targets = targets.astype(np.int64)
    double = probabilities.astype(np.float64)
    for name, values in evaluate(probabilities, targets, gradients).items():
        assert values.dtype == np.float64
        np.testing.assert_array_equal(values, evaluate(double, targets, gradients)[name])


@pytest.mark.parametrize("broken", ["run", "one sample", "one number", "infinite"])
def test_a_diverged_run_is_nan_and_leaves_the_others_alone(broken: str) -> None:
    probabilities, targets, gradients = stack((4, 60, 5))
    temperature = fit_temperature(probabilities, targets)
    before = evaluate(probabilities, targets, gradients, temperature)
    value = np.inf if broken == "infinite" else np.nan
    place = {"run": (2,), "one sample": (2, 7)}.get(broken, (2, 7, 1))
    probabilities[place] = gradients[place] = value
    with np.errstate(all="raise", under="ignore"):
        scaled = fit_temperature(probabilities, targets)
        after = evaluate(probabilities, targets, gradients, scaled)
    others = [0, 1, 3]
    np.testing.assert_array_equal(scaled[others], temperature[others])
    assert np.isnan(scaled[2])
    for name, values in after.items():
        assert np.isnan(values[2]), name
        np.testing.assert_array_equal(values[others], before[name][others])

    bins = reliability_bins(probabilities, targets)
    np.testing.assert_array_equal(bins, reliability_bins(probabilities[others], targets[others]))


@pytest.mark.parametrize("binning", BINNINGS)
def test_all_runs_diverged(binning: Binning) -> None:
    probabilities, targets, gradients = (
        np.full((2, 9, 3), np.nan),
        np.zeros((2, 9), int),
        np.full((2, 9, 3), np.nan),
    )
    assert np.isnan(fit_temperature(probabilities, targets)).all()
    assert all(np.isnan(v).all() for v in evaluate(probabilities, targets, gradients, np.ones(2)).values())
    bins = reliability_bins(probabilities, targets, binning=binning)
    assert len(bins) == 15
    assert (bins["count"] == 0).all()
    assert (bins["share"] == 0).all()


def test_temperature_divides_the_logits_of_softmax() -> None:
    logits = 5 * np.random.default_rng(3).normal(size=(2, 40, 6))
    for temperature in (0.05, 0.7, 1.0, 3.0, 20.0):
        expected = softmax(logits / temperature)
        np.testing.assert_allclose(
            with_temperature(softmax(logits), temperature), expected, rtol=1e-12, atol=1e-300
        )
    each = with_temperature(softmax(logits), [0.5, 4.0])
    np.testing.assert_allclose(each, softmax(logits / np.array([0.5, 4.0])[:, None, None]), rtol=1e-12)


@pytest.mark.parametrize("head", HEADS.values(), ids=str)
def test_temperature_of_every_head(head: Head) -> None:
    random = np.random.default_rng(4)
    logits = 3 * random.normal(size=(3, 300, 5))
    probabilities = head.class_probabilities(logits)
    unchanged = with_temperature(probabilities, 1.0)
    np.testing.assert_allclose(unchanged, probabilities, rtol=1e-13, atol=3e-16)  # 0 counts as 2.2e-16
    # Draws whose temperature is known give it back.
    truth = np.array([0.5, 1.0, 2.0])
    probabilities = np.repeat(head.class_probabilities(3 * random.normal(size=(1, 100_000, 5))), 3, axis=0)
    targets = drawn(with_temperature(probabilities, truth), random)
    fitted = fit_temperature(probabilities, targets)
    np.testing.assert_allclose(fitted, truth, rtol=0.05)
    scaled = with_temperature(probabilities, fitted)
    np.testing.assert_allclose(scaled.sum(-1), 1, rtol=1e-14)
    np.testing.assert_array_equal(scaled.argmax(-1), probabilities.argmax(-1))
    best = objective(probabilities, targets, fitted)
    for factor in (0.98, 1.02):
        assert (objective(probabilities, targets, factor * fitted) > best).all()


def objective(probabilities: Floats, targets: Integers, temperature: Floats) -> Floats:
    """What the fit minimises: the samples' loss, and a pull of β = 1/T towards 1."""
    total = targets.shape[-1] * log_loss(with_temperature(probabilities, temperature), targets)
    return total + PRIOR_WEIGHT * (1 / temperature - 1 + np.log(temperature))


@pytest.mark.parametrize("head", HEADS.values(), ids=str)
@pytest.mark.parametrize("n_samples", [3, 35, 400])
@pytest.mark.parametrize("wrong", [0.0, 0.1, 0.5, 1.0])
def test_a_fitted_temperature_never_raises_the_log_loss_it_was_fitted_on(
    head: Head, n_samples: int, wrong: float
) -> None:
    random = np.random.default_rng(n_samples)
    scale = np.array([0.01, 0.3, 3.0, 30.0, 300.0])[:, None, None]
    probabilities = head.class_probabilities(scale * random.normal(size=(5, n_samples, 4)))
    targets = probabilities.argmax(-1)
    moved = random.random(targets.shape) < wrong
    targets[moved] = random.integers(0, 4, moved.sum())
    before = log_loss(probabilities, targets)
    after = log_loss(with_temperature(probabilities, fit_temperature(probabilities, targets)), targets)
    assert (after <= before * (1 + 1e-12) + 1e-15).all()


def test_a_temperature_is_weakly_pulled_to_1_and_hundreds_of_samples_outweigh_it() -> None:
    random = np.random.default_rng(8)
    probabilities = softmax(2 * random.normal(size=(20_000, 4)))
    right = probabilities.argmax(-1)
    # Every sample is right: the less of them there are, the less the temperature falls.
    fitted = [float(fit_temperature(probabilities[:n], right[:n])) for n in (5, 30, 300, 3000)]
    assert 1 > fitted[0] > fitted[1] > fitted[2] > fitted[3]
    assert 0.3 < fitted[1] < 0.7  # twice as certain, where without the pull it would be 1/0.05 = 20 times
    targets = drawn(with_temperature(probabilities, 2.0), random)
    gap = [abs(float(fit_temperature(probabilities[:n], targets[:n])) - 2) for n in (300, 20_000)]
    assert gap[0] < 0.3
    assert gap[1] < 0.05


@pytest.mark.parametrize("head", HEADS.values(), ids=str)
def test_a_temperature_is_the_minimum_that_a_general_search_finds(head: Head) -> None:
    random = np.random.default_rng(9)
    probabilities = head.class_probabilities(4 * random.normal(size=(60, 5)))
    targets = drawn(with_temperature(probabilities, 3.0), random)
    ratio = np.log(np.maximum(probabilities, np.finfo(float).eps))

    def cost(log_temperature: float) -> float:
        scaled = special.log_softmax(ratio * math.exp(-log_temperature), axis=-1)
        inverse = math.exp(-log_temperature)
        pull = PRIOR_WEIGHT * (inverse - 1 + log_temperature)
        return float(-scaled[np.arange(60), targets].sum() + pull)

    expected = optimize.minimize_scalar(cost, bounds=np.log(TEMPERATURES), options={"xatol": 1e-9}).x
    assert math.log(fit_temperature(probabilities, targets)) == pytest.approx(expected, abs=1e-6)


class Given(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier whose inputs are the logits."""

    def fit(self, X: Floats, y: Integers) -> "Given":
        self.classes_ = np.unique(y)
        self.n_features_in_ = X.shape[1]
        return self

    def decision_function(self, X: Floats) -> Floats:
        return X

    def predict(self, X: Floats) -> Integers:
        return X.argmax(-1)


def test_temperature_equals_scikit_learn() -> None:
    random = np.random.default_rng(5)
    logits = 4 * random.normal(size=(40_000, 5))  # so many that the pull towards 1 doesn't count
    targets = drawn(softmax(logits / 2.5), random)
    calibrated = CalibratedClassifierCV(FrozenEstimator(Given().fit(logits, targets)), method="temperature")
    expected = calibrated.fit(logits, targets).predict_proba(logits)
    probabilities = softmax(logits)
    ours = with_temperature(probabilities, fit_temperature(probabilities, targets))
    np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-4)


def test_temperature_at_its_bounds() -> None:
    random = np.random.default_rng(6)
    probabilities = softmax(0.2 * random.normal(size=(5000, 4)))
    lowest = fit_temperature(probabilities, probabilities.argmax(-1))
    highest = fit_temperature(probabilities, probabilities.argmin(-1))
    assert [lowest, highest] == pytest.approx(TEMPERATURES, rel=1e-4)
    assert at_bound([lowest, highest, 0.051, 1.0, np.nan]).tolist() == [True, True, False, False, False]
    assert fit_temperature(np.full((50, 4), 0.25), probabilities[:50].argmin(-1)) == 1


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_temperature_with_probabilities_of_exactly_zero(dtype: type) -> None:
    probabilities = np.eye(3, dtype=dtype)[np.arange(90) % 3]
    targets = np.arange(90) % 3
    targets[::10] = (targets[::10] + 1) % 3  # certain, and wrong in one case of ten
    temperature = fit_temperature(probabilities, targets)
    assert TEMPERATURES[0] <= temperature <= TEMPERATURES[1]
    scaled = with_temperature(probabilities, temperature)
    assert np.isfinite(scaled).all()
    assert log_loss(scaled, targets) < log_loss(probabilities, targets)


def test_wrong_samples_without_gradient_by_hand() -> None:
    """The wrong samples' norms are 4, 4, 4, 0.2 and 0: two are below a tenth of their mean, 2.44."""
    probabilities = np.array([[0.9, 0.1]] * 6)
    targets = np.array([1, 1, 1, 1, 1, 0])
    gradients = np.array([[4, 0], [0, -4], [-4, 0], [0.2, 0], [0, 0], [0, 0]])
    assert wrong_without_gradient(probabilities, targets, gradients) == 2 / 5
    assert wrong_without_gradient(probabilities, targets, 1e-9 * gradients) == 2 / 5
    assert wrong_without_gradient(probabilities, targets, 0 * gradients) == 1
    twice = [np.stack([each] * 2) for each in (probabilities, targets, gradients)]
    twice[1][1] = 0  # nothing is wrong
    np.testing.assert_array_equal(wrong_without_gradient(*twice), [2 / 5, np.nan])


@pytest.mark.parametrize(
    ("name", "expected"),
    [("softmax", 0), ("sigmoid", 0), ("hinge", 0), ("squared error", 0), ("softmax with squared error", 0.5)],
)
def test_a_squared_error_of_probabilities_gives_confident_mistakes_no_gradient(
    name: str, expected: float
) -> None:
    """Half of the mistakes are by a little and half by far. Log losses correct both."""
    margins = np.repeat([0.5, 12.0], 20)
    logits = np.stack([margins, np.zeros(40), np.full(40, -12.0)], -1)
    targets = np.ones(40, int)
    head = HEADS[name]
    share = wrong_without_gradient(head.class_probabilities(logits), targets, head.gradient(logits, targets))
    assert share == expected


def test_evaluate_gives_every_measure_and_finds_a_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    probabilities, targets, gradients = stack((2, 30, 3))
    of_gradients = {name for name, each in MEASURES.items() if each.of == "gradients"}
    assert of_gradients == {"gradient magnitude", "wrong samples without gradient"}
    assert evaluate(probabilities, targets).keys() == MEASURES.keys() - of_gradients
    assert list(evaluate(probabilities, targets, gradients)) == list(MEASURES)
    once = {"calibration loss", "refinement loss", *of_gradients}
    scaled = [name + TEMPERATURE_SCALED for name in MEASURES if name not in once]
    assert list(evaluate(probabilities, targets, gradients, np.ones(2))) == [*MEASURES, *scaled]

    least = Measure("least", "", None, "Smallest probability.", lambda p, t: p.min((-1, -2)))
    monkeypatch.setitem(MEASURES, "least", least)
    np.testing.assert_array_equal(evaluate(probabilities, targets)["least"], probabilities.min((-1, -2)))
    assert measure("least" + TEMPERATURE_SCALED).function is least.function


def test_temperature_scaling_changes_no_accuracy() -> None:
    probabilities, targets, _ = stack((5, 100, 4))
    result = evaluate(probabilities, targets, temperature=fit_temperature(probabilities, targets))
    np.testing.assert_array_equal(result["accuracy"], result["accuracy, temperature-scaled"])
    assert (result["log loss, temperature-scaled"] <= result["log loss"]).all()


@pytest.mark.parametrize("name", [*MEASURES, "log loss, temperature-scaled"])
def test_a_measure_tells_what_it_is(name: str) -> None:
    each = measure(name)
    assert each.name == name
    assert each.better in ("higher", "lower", "neither", None)
    assert each.explanation.endswith(".")


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("accuracy", 0.97638, "97.6\u00a0%"),
        ("accuracy", 0.9997, "99.97\u00a0%"),
        ("accuracy", 1.0, "100\u00a0%"),
        ("accuracy", 0.0, "0\u00a0%"),
        ("calibration error", 0.054496, "5.4\u00a0%"),
        ("log loss", 0.12345, "0.123 nats"),
        ("log loss", 12.345, "12.3 nats"),
        ("log loss", 1234.5, "1,234 nats"),
        ("Brier score", 0.0, "0.00"),
        ("Brier score", 9.996, "10.0"),
        ("gradient magnitude", 0.00123456, "0.00123"),
        ("gradient magnitude", 1.23456e-7, "1.23\u00a0×\u00a010⁻⁷"),
        ("gradient magnitude", math.nan, "–"),
        ("accuracy, temperature-scaled", 0.5, "50.0\u00a0%"),
    ],
)
def test_text(name: str, value: float, text: str) -> None:
    assert measure(name).text(value) == text


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("accuracy", 0.008, "+0.8 points"),
        ("accuracy", -0.0123, "−1.2 points"),
        ("accuracy", -0.0001, "+0.0 points"),
        ("log loss", -0.0123, "−0.012 nats"),
        ("Brier score", 0.5, "+0.50"),
        ("accuracy", math.nan, "–"),
    ],
)
def test_difference_text(name: str, value: float, text: str) -> None:
    assert measure(name).difference_text(value) == text


def test_a_difference_and_its_interval_have_the_same_decimals_and_a_bound_beside_0_its_sign() -> None:
    def texts(name: str, *values: float) -> tuple[str, str, str]:
        return MEASURES[name].interval_texts(dict(zip(DIFFERENCE, values, strict=True)))

    assert texts("log loss", 0.0705, 0.0014, 0.14) == ("+0.07", "+0.001", "+0.14")
    assert texts("accuracy", -0.0078, -0.033, 0.018) == ("−0.8", "−3.3", "+1.8")
    assert texts("log loss", 0.5, math.nan, math.nan) == ("+0.50", "–", "–")
