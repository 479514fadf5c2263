"""Verdicts of claims: each within reach, and turned by breaking the experiment on purpose."""

import dataclasses
import itertools
import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from alternatives import HEADS
from alternatives.claims import CLAIMS, VERDICTS, Claim, Outcome
from alternatives.claims.gradient import soonest
from alternatives.claims.mechanism.fitting import Fitting
from alternatives.claims.mechanism.frames import by_head
from alternatives.claims.mechanism.rule import Numbers
from alternatives.claims.mechanism.sources import INSIDE
from alternatives.claims.probabilities import logits_of, one_family
from alternatives.heads import NormalisedHead, SphericalSoftmax
from alternatives.large_output import FactoredOutput
from alternatives.training import N_SOFTMAX, Network, Recipe, Subset
from tests.outcomes import of_each_claim, of_each_whole_claim, outcome_of, with_claim

BROKEN = {
    "scale": "plain normalisation",
    "shift": "Taylor softmax",
    "sum to one": "sigmoid",
    "competition": "spherical softmax",
    "two classes": "sigmoid",
    "same decision": "spherical softmax",
    "derivative": "Taylor softmax",
    "log probabilities": "Taylor softmax",
    "simple gradient": "squared error",
    "wrong and sure": "softmax with squared error",
    "recovery": "softmax with squared error",
    "wrong ones dominate": "squared error",
    "linear when wrong": "spherical softmax",
    "frequencies": "hinge",
    "maximum likelihood": "hinge",
    "calibrated": "hinge",
    "margins": "softmax",
    "another distribution": "Taylor softmax",
    "dependence": "sigmoid",
    "training": "relu",
    "expressive power": "relu",
    "batch normalisation": "relu with batch normalisation",
    "attention": "equal weights",
    "choice": "equal weights",
    "few classes": "",
    "many classes": "Taylor softmax",
    "no instability": "plain normalisation",
    "large output": "softmax",
}
"""For each claim a head of which it isn't true, or less so; a layer, or a head to swap, in the frame alone.

Whether Taylor softmax is better with few classes is undecided, which no head makes worse.
"""

SWAPPED = ("margins", "many classes")
"""Claims whose broken head takes the place of their own in the frame, which costs no training."""

OTHERWISE: dict[str, list[tuple[dict[str, Any], str]]] = {
    "same decision": [({}, "higher order Taylor softmax(order=10)")],
    "log probabilities": [({"DATASETS": ("iris",)}, "softmax")],  # few samples, few classes
    "linear when wrong": [({"N_CLASSES": (2,)}, "softmax")],
    "frequencies": [({"RATES": (0.1,)}, "plain normalisation")],
}
"""Experiments that differ, with the head that they are made of, where other heads' numbers don't do."""


def raised(
    column: str, by: float, factor: float = 1.0, **where: Any
) -> Callable[[pd.DataFrame, str], pd.DataFrame]:
    """Changes a column of the claim's own head: as if the experiment had found it better or worse."""

    def change(frame: pd.DataFrame, head: str) -> pd.DataFrame:
        rows = frame["head"] == head
        for name, value in where.items():
            rows &= frame[name] == value
        return frame.assign(**{column: frame[column].where(~rows, factor * frame[column] + by)})

    return change


CHANGED: dict[str, tuple[Callable[[pd.DataFrame, str], pd.DataFrame], ...]] = {
    "wrong ones dominate": (
        raised("mean", 0.5, row="seed"),
        raised("mean", 0.0, 0.1, row="seed"),
    ),
    "margins": (
        raised("scaled", -1.0, dataset="digits"),
        raised("scaled", -1.0, dataset="Gaussian mixture"),
        raised("scaled", 1.0),
    ),
    "calibrated": (raised("error", 0.03, row="seed"), raised("error", 0.1, row="seed")),
    "another distribution": (
        raised("divergence", 1.0, **{"labels from": "softmax"}),
        raised("divergence", 1.0, **{"labels from": "Gaussian classes"}),
        raised("divergence", -1.0),
    ),
    "training": (raised("loss", 1.0, row="seed"), raised("loss", -1.0, row="seed")),
    "expressive power": (
        lambda frame, _: raised("fitted", 0.5, row="seed")(frame, "relu"),
        lambda frame, _: raised("fitted", -0.5, row="seed")(frame, "relu"),
        lambda frame, _: raised("fitted", 0.5, row="seed", width=8)(frame, "relu"),
        lambda frame, _: raised("fitted", 2.0, row="seed", width=8)(
            raised("fitted", -1.0, row="seed")(frame, "relu"), "relu"
        ),
    ),
    "batch normalisation": (
        raised("test accuracy", 0.5),
        raised("validation accuracy", 0.5),
        lambda frame, _: raised("test accuracy", 0.5)(frame, N_SOFTMAX),
    ),
    "attention": (raised("accuracy", -1.0), raised("sum of the weights", 0.5)),
    "choice": (
        raised("accuracy", -1.0),
        raised("accuracy", 0.2),
        raised("accuracy", 2.0),
        lambda frame, head: raised("accuracy", 1.0)(raised("accuracy", 2.0)(frame, "sigmoid"), head),
    ),
    "few classes": (raised("accuracy", 0.05, row="seed"), raised("accuracy", -0.05, row="seed")),
    "many classes": (
        raised("loss", 3.0, row="seed"),
        raised("loss", -1.0, row="seed"),
        raised("loss", 3.0, row="seed", source="Gaussian mixture"),
        lambda frame, head: raised("loss", -6.0, row="seed", source="Gaussian mixture")(
            raised("loss", 3.0, row="seed")(frame, head), head
        ),
    ),
}
"""What an experiment might have found, where other heads' numbers don't make every verdict."""

FEW = ("softmax", "spherical softmax", "Taylor softmax", "plain normalisation", "sigmoid")
"""Heads of which none but softmax ignores a shift."""


def relabelled(frame: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """The experiment with two heads in each other's place, and with a few heads alone."""
    heads = list(dict.fromkeys(frame["head"]))
    for one, other in itertools.combinations_with_replacement(heads, 2):
        yield frame.assign(head=frame["head"].replace({one: other, other: one}))
    yield frame[frame["head"].isin(FEW)]


def changed(claim: Claim, head: str, changes: Mapping[str, Any], patch: pytest.MonkeyPatch) -> Claim:
    for name, value in changes.items():
        assert hasattr(claim, name)
        patch.setattr(type(claim), name, value)
    return dataclasses.replace(claim, head=head)


def in_reach(outcome: Outcome, patch: pytest.MonkeyPatch) -> Iterator[Numbers]:
    """Numbers of a claim's experiment, broken in one way after the other."""
    claim = outcome.claim
    for change in CHANGED.get(claim.id, ()):
        yield claim.numbers(change(outcome.frame, claim.head))
    for frame in relabelled(outcome.frame):
        if set(frame["head"]) & {claim.head}:
            try:
                yield claim.numbers(frame)
            except (KeyError, IndexError, ValueError):
                continue  # a head to compare with isn't among the few
    for changes, head in OTHERWISE.get(claim.id, []):
        with patch.context() as inner:
            yield changed(claim, head, changes, inner).run(seed=3 if changes.get("RATES") else 0).numbers


@of_each_claim
def test_every_verdict_and_both_sides_of_every_condition_are_within_reach(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = outcome_of(name)
    rule = outcome.claim.rule
    possible = {rule.best, "fails here", *(("holds in part",) if rule.in_part else ())}
    conditions = (*rule.holds, *rule.in_part)
    missing = {*possible, *itertools.product(map(str, conditions), ("met", "not met"))}
    for numbers in itertools.chain([outcome.numbers], in_reach(outcome, monkeypatch)):
        verdict = rule.verdict(numbers)
        assert verdict in possible | {"undecided"}
        missing -= {verdict, *((str(each), each.state(numbers)) for each in conditions)}
        if not missing:
            return
    assert not missing


@of_each_whole_claim
def test_verdict_turns_when_the_experiment_is_broken(name: str) -> None:
    if not BROKEN[name]:
        return
    outcome = outcome_of(name)
    if BROKEN[name] in HEADS and name not in SWAPPED:
        broken = dataclasses.replace(outcome.claim, head=BROKEN[name]).run()
        assert broken.claim.head == BROKEN[name]
    else:
        swapped = {outcome.claim.head: BROKEN[name], BROKEN[name]: outcome.claim.head}
        frame = outcome.frame.assign(head=outcome.frame["head"].replace(swapped))
        broken = dataclasses.replace(outcome, frame=frame, numbers=outcome.claim.numbers(frame))
    assert VERDICTS.index(broken.verdict) > VERDICTS.index(outcome.verdict)
    if outcome.claim.part != INSIDE and name not in SWAPPED:
        assert broken.number_text in broken.sentence


def test_broken_heads_are_heads() -> None:
    assert set(BROKEN) == set(CLAIMS)
    others = {head for head in BROKEN.values() if head not in HEADS}
    assert others == {"", "relu", "relu with batch normalisation", "equal weights"}


LOG_LOSSES = [
    *(str(head) for head in HEADS.values() if isinstance(head, NormalisedHead)),
    "sigmoid",
    "softmax with squared error",
]


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.thorough) for seed in range(1, 5))]
)
def test_log_losses_reach_the_frequencies_and_the_sentence_says_who_does_not(seed: int) -> None:
    outcome = CLAIMS["frequencies"].run(seed)
    assert outcome.verdict == "holds"
    gaps = by_head(outcome.frame, "gap", "max")
    for head in LOG_LOSSES:
        assert gaps[head] <= 0.01, head
    assert gaps["hinge"] > 0.05
    _, far = outcome.sentence.split("1 point away: ")
    for head, gap in gaps.items():
        assert bool(re.search(rf"(^|, | and ){head} \(", far)) == (gap > 0.01)
    assert "its loss is lower elsewhere" in far.partition("hinge")[2]


@with_claim("frequencies")
def test_least_log_loss_is_the_entropy_of_the_frequencies() -> None:
    frame = outcome_of("frequencies").frame
    own = frame[frame["head"] == "softmax"]
    entropy = -(own["frequency"] * np.log(own["frequency"])).sum() / len(own) * own["class"].nunique()
    least = by_head(frame, "loss_at_frequencies")
    for head in HEADS.values():
        if isinstance(head, NormalisedHead):
            assert_allclose(least[str(head)], entropy, rtol=1e-12)
    assert np.isfinite(list(least.values())).all()


def test_logits_are_found_for_every_head() -> None:
    p = np.random.default_rng(0).dirichlet(np.ones(4), 50).clip(0.02)
    p /= p.sum(-1, keepdims=True)
    for head in HEADS.values():
        assert_allclose(head.class_probabilities(logits_of(head, p)), p, atol=1e-8, err_msg=str(head))
    assert np.isnan(logits_of(HEADS["softmax"], np.array([0.5, 0.6]))).all()


def test_a_head_that_training_has_not_brought_there_is_told_from_one_that_is_led_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    claim = CLAIMS["frequencies"]
    away = dataclasses.replace(claim, head="hinge").run()
    assert away.verdict == "fails here"
    assert "of the frequencies (its loss is lower elsewhere)" in away.sentence
    short = changed(claim, "plain normalisation", {"RATES": (0.1,)}, monkeypatch).run(3)
    assert short.verdict == "holds in part"
    assert "of the frequencies (its training hasn't finished)" in short.sentence
    beside = dataclasses.replace(claim, head="softmax").run(3)
    reason = re.search(r"plain normalisation \([^)]*", beside.sentence.split("1 point away: ")[1])
    assert reason is not None
    assert "its training hasn't finished" in reason[0]


@with_claim("same decision")
def test_heads_that_change_the_winner_are_named() -> None:
    outcome = outcome_of("same decision")
    changed = by_head(outcome.frame, "changed", "mean")
    for head in ("spherical softmax", "Taylor softmax", "sparsemax"):
        assert (f"{head} (" in outcome.sentence) == (changed[head] > 0)
    still = dataclasses.replace(outcome, frame=outcome.frame.assign(changed=0.0))
    assert "Other heads that change it: none." in still.sentence


@with_claim("calibrated")
def test_undecided_is_said_where_seeds_do_not_decide() -> None:
    outcome = outcome_of("calibrated")
    verdicts = outcome.claim._verdicts(outcome.frame)  # type: ignore[attr-defined]
    assert verdicts["hinge"] == "worse"
    for head, verdict in verdicts.items():
        clause = re.search(rf"{verdict}: ([^;.]*)", outcome.sentence)
        assert clause is not None
        assert head in clause[1]


@with_claim("margins")
def test_margins_say_the_differences_on_every_data_set() -> None:
    outcome = outcome_of("margins")
    rows = outcome.frame[outcome.frame["row"] == "difference"]
    losses = outcome.frame[outcome.frame["row"] == "seed"].groupby(["dataset", "head"], sort=False)
    for dataset, own in rows.groupby("dataset", sort=False):
        both = losses["scaled"].mean()[dataset]
        assert_allclose(own["scaled"].mean(), both["hinge"] - both["softmax"])
        assert f"on {dataset} (as trained {outcome.quantity.text(own['raw'].mean())})" in outcome.sentence


@with_claim("recovery")
def test_recovery_says_rates_and_what_is_only_a_bound() -> None:
    outcome = outcome_of("recovery")
    claim, frame = outcome.claim, outcome.frame
    first = frame.groupby(["solver", "head"], sort=False).first()
    assert set(first["learning_rate"]) <= set(claim.RATES)  # type: ignore[attr-defined]
    assert max(claim.RATES) == 1000  # type: ignore[attr-defined]
    rival = first.loc[("gradient descent", "softmax with squared error")]
    assert ("at least " in outcome.sentence) == (rival["recovered"] < 1)
    assert first.loc[("Adam", "softmax with squared error"), "taken"] < rival["taken"]
    never = frame.assign(recovered=0.0)
    sentence = dataclasses.replace(outcome, frame=never).sentence
    assert sentence.count("at learning rates from 0.1 to 1,000") == 4
    assert "at least " in sentence
    always = dataclasses.replace(outcome, frame=frame.assign(recovered=1.0)).sentence
    assert "at least " not in always
    assert "never" not in always


def test_of_rates_that_recover_equally_soon_the_one_that_ends_best_is_taken() -> None:
    steps = np.array([[5.0, 3, 3, 3], [2, 2, 2, 4]])
    ends = np.array([[1.0, 0.6, 0.9, 0.9], [0.7, 0.7, 0.6, 1]])
    assert soonest(steps, ends).tolist() == [2, 0]


@with_claim("simple gradient")
def test_it_is_said_where_a_target_never_gets_as_far() -> None:
    outcome = outcome_of("simple gradient")
    frame = outcome.frame
    lost = frame.assign(right=frame["right"].where(~frame["head"].isin(["softmax", "sigmoid"])))
    numbers = outcome.claim.numbers(lost)
    assert outcome.claim.rule.verdict(numbers) == "fails here"
    sentence = dataclasses.replace(outcome, frame=lost, numbers=numbers).sentence
    assert "its norm never reaches 99 %" not in sentence
    assert "the target never gets 99 %" in sentence
    assert by_head(frame, "right").keys() == by_head(lost, "right").keys()
    assert np.isfinite(by_head(frame, "right")["sigmoid"])


@with_claim("simple gradient")
def test_gradient_is_shown_with_both_ends() -> None:
    frame = outcome_of("simple gradient").frame
    ends = by_head(frame[frame["entry"] == "largest entry"], "size", "max")
    others = by_head(frame[frame["entry"] != "largest entry"], "size", "max")
    # The entries of p - target sum to zero: the negative one is as large as the others together.
    assert 0.9 < ends["softmax"] <= others["softmax"] <= 1
    assert ends["squared error"] > 1
    assert frame["size"].min() >= 0


@with_claim("wrong ones dominate")
def test_wrong_samples_are_counted_from_the_start() -> None:
    outcome = outcome_of("wrong ones dominate")
    frame = outcome.frame
    assert sorted(frame["epoch"].dropna().unique()) == list(range(11))
    digits = frame[(frame["head"] == "softmax") & (frame["dataset"] == "digits")]
    own = digits[digits["row"] == "epoch"].set_index("epoch")
    assert own.loc[0, "wrong"] > 0.8  # of ten classes
    assert own.loc[0, "share"] > own.loc[10, "share"]
    assert_allclose(own["share"].mean(), outcome.number, rtol=1e-9)
    # A wrong sample has less than half of the probability, so its loss is at least log 2.
    assert (digits.loc[digits["row"] == "seed", "mean"] > digits.loc[digits["row"] == "seed", "wrong"]).all()


@with_claim("log probabilities")
def test_product_underflows_where_the_mean_loss_says() -> None:
    frame = outcome_of("log probabilities").frame
    before = frame[(frame["head"] == "softmax") & (frame["stage"] == "before training")].iloc[0]
    assert 200 < before["underflow"] < 324 * 1.2  # 745 nats over log 10, or more loss than that
    assert_allclose(before["lasts"] * before["loss"], 745, atol=0.5)
    assert np.exp(-746) == 0 < np.exp(-745)
    assert abs(before["underflow"] / before["lasts"] - 1) < 0.3


@with_claim("another distribution")
def test_the_head_that_made_the_labels_comes_closest() -> None:
    frame = outcome_of("another distribution").frame
    means = frame.groupby(["labels from", "head"], sort=False)["divergence"].mean().unstack()
    assert means.loc["softmax"].idxmin() == means.loc["Gaussian classes"].idxmin() == "softmax"
    # Up to scale and shift of the logits these two are one function.
    family = ["spherical softmax", "Taylor softmax"]
    for source in family:
        assert means.loc[source, "softmax"] > 3 * means.loc[source, family].max()
    assert (frame["divergence"] > 0).all()


def test_gaussian_classes_have_the_posterior_of_bayes_rule() -> None:
    claim = CLAIMS["another distribution"]
    _, truth, targets = claim._draw(claim.GAUSSIAN, np.random.default_rng(0))  # type: ignore[attr-defined]
    hits = np.eye(truth.shape[1])[targets]
    assert_allclose(truth.sum(-1), 1)
    assert_allclose(hits.mean(0), truth.mean(0), atol=0.03)
    # Where the first class has a probability around p, it's the label in a share p of the samples.
    for low in (0.1, 0.4, 0.7):
        there = (truth[:, 0] >= low) & (truth[:, 0] < low + 0.2)
        assert_allclose(hits[there, 0].mean(), truth[there, 0].mean(), atol=0.07)


def test_two_maps_are_one_family_if_scale_and_shift_make_one_of_the_other() -> None:
    taylor, spherical = HEADS["Taylor softmax"], SphericalSoftmax(epsilon=0.25)
    a = np.random.default_rng(0).normal(size=(20, 4))
    # ½((a + 1)² + 1) is a multiple of (½ (a + 1))² + ¼.
    assert_allclose(taylor.probabilities(a), spherical.probabilities((a + 1) / 2))
    assert one_family(taylor, spherical)
    assert one_family(HEADS["softmax"], HEADS["hinge"])
    assert not one_family(HEADS["softmax"], taylor)
    assert not one_family(taylor, SphericalSoftmax(epsilon=0.0))


@with_claim("no instability")
def test_a_small_epsilon_makes_large_gradients_and_taylor_softmax_has_none() -> None:
    frame = outcome_of("no instability").frame
    largest = by_head(frame[frame["row"] == "run"], "largest", "max")
    assert largest["Taylor softmax"] <= 1 + 1e-12
    for epsilon in (1.0, 1e-2, 1e-4, 1e-6):
        bound = 1 / math.sqrt(epsilon)
        assert 0.3 * bound < largest[str(SphericalSoftmax(epsilon=epsilon))] <= bound * (1 + 1e-9)


def test_every_layer_fits_with_its_own_best_rate() -> None:
    """The rate is the one with which the tuning seeds fit best, and the fit is that of the reported seeds."""
    fitting = Fitting((1e-5, 0.1), Recipe("adam", 30, 20))
    network = Network(2, 2, (8,))
    X = np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)
    targets = (X[:, 0] > 0).astype(np.int64)

    def draw(seeds: range) -> Subset:
        return Subset(np.stack([X] * len(seeds)), np.stack([targets] * len(seeds)))

    best = fitting.best(network, range(3), range(10, 12), draw, lambda fit: fit.loss[-1])
    assert best.rates == (0.1,)
    assert best.loss.shape == best.accuracy.shape == (31, 3, 1)
    assert best.accuracy[-1].min() > 0.9
    worst = fitting.best(network, range(3), range(10, 12), draw, lambda fit: -fit.loss[-1])
    assert worst.rates == (1e-5,)


def test_an_update_that_grows_after_all_turns_the_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    """The factored step goes through all its weights on top: the claim on its cost no longer holds."""
    step = FactoredOutput.step

    def through_all(layer: FactoredOutput, *arguments: Any) -> Any:
        _ = layer.weights
        return step(layer, *arguments)

    monkeypatch.setattr(FactoredOutput, "step", through_all)
    outcome = CLAIMS["large output"].run(size=1)
    assert outcome.verdict == "fails here"
    assert outcome.quantity == outcome.claim.rule.in_part[0].quantity
