"""The finding: what it says of numbers that are known, and what it leaves out."""

import dataclasses
import re

import numpy as np
import pytest

from alternatives.experiments import Comparison
from alternatives.measures import MEASURES

HEADS = ("softmax", "spherical softmax", "Taylor softmax", "sigmoid")
NOISE = 0.001 * np.array([-1.0, 1.0, 0.5, -0.5, 0.2, -0.2])
"""Small, and of mean 0: with it a difference is shown if it's larger than a few thousandths."""


@pytest.fixture(scope="module")
def results():
    return Comparison(dataset="iris", n_seeds=len(NOISE), n_epochs=2, learning_rate=0.01).run()


def said(results, noise=NOISE, **differences) -> tuple[str, str]:
    """The finding where a measure differs so much from softmax's, head by head."""
    values = dict(results.values)
    base = {"accuracy": 0.9, "log_loss": 0.3, "confidence_minus_accuracy": 0.0, "Brier_score": 0.2}
    for name, level in base.items():
        own = differences.get(name, (0.0, 0.0, 0.0))
        rows = [level + difference + (index + 1) * noise for index, difference in enumerate((0.0, *own))]
        values[name.replace("_", " ")] = np.array(rows)
    tuning = results.tuning.assign(epochs=1, at_edge=False, at_cap=False, still_falling=False)
    return dataclasses.replace(results, values=values, tuning=tuning).finding_in_parts


def test_it_names_what_is_better_and_worse_and_has_every_head_in_numbers(results):
    first, rest = said(
        results,
        log_loss=(0.05, 0.04, 0.0),
        confidence_minus_accuracy=(-0.02, -0.03, 0.0),
        accuracy=(-0.015, 0, 0),
    )
    assert first == (
        "On iris over 6 seeds of 2 epochs, log loss is 0.050 nats worse than softmax's for spherical softmax "
        "and 0.040 for Taylor softmax, which are underconfident by 2.0 and 3.0 points (softmax by "
        "less than 1)."
    )
    assert rest.startswith(
        "Log loss compared with softmax's: worse for spherical softmax (+0.050 nats, 95 % CI "
    )
    assert re.search(
        r" and Taylor softmax \(\+0\.040, \+0\.03\d to \+0\.04\d\); equivalent within 0\.02 nats for ", rest
    )
    assert re.search(
        r"worse for spherical softmax \(−1\.5 points, 95 % CI −1\.\d to −1\.\d\); equivalent", rest
    )
    assert rest.endswith("; equivalent within 1 point for Taylor softmax and sigmoid.")


def test_what_a_heading_has_no_room_for_comes_behind_it(results, monkeypatch):
    monkeypatch.setattr("alternatives.experiments.finding.LONGEST_HEADING", 150)
    differences = {"log_loss": (0.05, 0.04, 0.0), "confidence_minus_accuracy": (-0.02, -0.03, 0.0)}
    first, rest = said(results, **differences)
    assert first.endswith("for spherical softmax and 0.040 for Taylor softmax.")
    assert rest.startswith(
        "Spherical softmax and Taylor softmax are underconfident by 2.0 and 3.0 points (softmax by "
        "less than 1). Log loss compared with softmax's: "
    )


def test_better_and_worse_stand_next_to_each_other(results):
    first, _ = said(results, log_loss=(0.05, -0.04, 0.0), confidence_minus_accuracy=(0.02, 0.0, 0.0))
    assert first == (
        "On iris over 6 seeds of 2 epochs, log loss is 0.050 nats worse than softmax's for spherical "
        "softmax, and 0.040 better for Taylor softmax."
    )


def test_what_a_head_is_blamed_for_stands_beside_the_baselines(results):
    gaps = results.values["confidence minus accuracy"] * 0

    def blamed(*levels: float) -> str:
        values = {
            "log loss": np.array([0.3, 0.35, 0.3, 0.3])[:, None] + np.arange(1, 5)[:, None] * NOISE,
            "accuracy": results.values["accuracy"],
            "confidence minus accuracy": gaps + np.array(levels)[:, None] + NOISE,
        }
        short = results.experiment.replace(n_epochs=None, learning_rate=None)
        return dataclasses.replace(results, experiment=short, values=values).finding_in_parts[0]

    start = (
        "On iris over 6 seeds, log loss is 0.050 nats worse than softmax's for spherical softmax, which is "
    )
    assert blamed(-0.4, -0.42, 0, 0) == f"{start}underconfident by 42.0 points (softmax by 40.0)."
    assert (
        blamed(0.03, -0.42, 0, 0)
        == f"{start}underconfident by 42.0 points (softmax is overconfident by 3.0)."
    )


def test_a_difference_that_is_sure_but_within_the_margin_is_equivalent(results):
    first, rest = said(results, log_loss=(0.015, -0.015, 0.01))
    assert first == (
        "On iris over 6 seeds of 2 epochs, log loss is equivalent to softmax's within 0.02 nats for "
        "spherical softmax, Taylor softmax and sigmoid."
    )
    assert rest.startswith(
        "Log loss compared with softmax's: equivalent within 0.02 nats for spherical softmax, "
    )


def test_a_difference_below_the_margin_is_named_where_none_is_larger(results):
    small, rest = said(results, noise=3 * NOISE, log_loss=(0.019, 0.0, 0.0))
    assert small.endswith(
        "log loss is 0.019 nats worse than softmax's for spherical softmax, less than "
        "the margin of 0.02 nats."
    )
    large, rest = said(results, noise=3 * NOISE, log_loss=(0.019, 0.05, 0.0))
    assert large.endswith("log loss is 0.050 nats worse than softmax's for Taylor softmax.")
    assert "worse for spherical softmax (+0.019 nats" in rest


def test_what_chance_could_be_is_undecided(results):
    first, _ = said(results, noise=200 * NOISE, log_loss=(0.05, 0.0, 0.0))
    assert re.fullmatch(
        r"On iris over 6 seeds of 2 epochs, whether log loss differs from softmax's is undecided for "
        r"spherical softmax, Taylor softmax and sigmoid "
        r"\(differences up to \d\.\d+ nats aren't ruled out\)\.",
        first,
    )


def test_accuracy_is_in_the_first_sentence_where_the_log_loss_decides_nothing(results):
    first, _ = said(results, accuracy=(0.0, 0.03, 0.0))
    assert first.endswith("and sigmoid; accuracy is 3.0 points better than softmax's for Taylor softmax.")


def test_without_a_margin_nothing_is_equivalent(results):
    without = results.concluded(results.experiment.replace(margin_nats=0.0, margin=0.0))
    for differences in ((0.0, 0.0, 0.0), (0.05, 0.04, 0.0)):
        text = " ".join(said(without, noise=200 * NOISE, log_loss=differences))
        assert "equivalent" not in text
        assert "nan" not in text


@pytest.mark.parametrize("n_seeds", [3, 6, 20])
def test_the_finding_says_the_verdicts_and_nothing_else(results, n_seeds):
    """Over random numbers: every verdict of the table is in the words, and none that isn't in the table."""
    random = np.random.default_rng(n_seeds)
    seen = set()
    for _ in range(40):
        scale = 10.0 ** random.uniform(-4, -1)
        values = {
            measure: level
            + random.choice([0, 0.01, -0.015, 0.05], 4)[:, None]
            + scale * random.standard_normal((4, n_seeds))
            for measure, level in (("accuracy", 0.8), ("log loss", 0.4), ("confidence minus accuracy", 0.0))
        }
        experiment = results.experiment.replace(
            n_seeds=n_seeds, label_noise=float(random.choice([0, 0.45])), n_epochs=None
        )
        own = dataclasses.replace(
            results, experiment=experiment, values=values, diverged=np.zeros((4, n_seeds), bool)
        )
        seen |= check(own)
    assert seen == {"better", "worse", "equivalent", "undecided"}


def check(results) -> set[str]:
    """Compare the words with the table, and give the verdicts of the log loss."""
    first, rest = results.finding_in_parts
    assert ("45\u00a0% of the training labels wrong" in first) == bool(results.experiment.label_noise)
    found = {}
    for measure in ("log loss", "accuracy"):
        rows = results.summary_of(measure).set_index("head")["verdict"].drop("softmax")
        found[measure] = dict(rows)
        (told,) = re.findall(rf"{measure.capitalize()} compared with softmax's: (.*?)\.(?: |$)(?!\d)", rest)
        in_words = {each.split()[0]: each for each in told.split("; ")}
        assert {head: verdict for verdict, each in in_words.items() for head in named(each)} == found[measure]
        for row in results.summary_of(measure).to_dict("records"):
            if row["verdict"] in ("better", "worse", "undecided"):
                difference, low, high = MEASURES[measure].interval_texts(row)
                assert re.search(
                    rf"{row['head']} \({re.escape(difference)}[^()]* {re.escape(f'{low} to {high}')}\)", told
                )
    losses, claims = found["log loss"], first.partition(", log loss is ")[2].partition("; accuracy")[0]
    decided = {head: verdict for head, verdict in losses.items() if verdict in ("better", "worse")}
    if decided:
        rows = results.summary_of("log loss").set_index("head")
        large = {head for head in decided if abs(rows.loc[head, "difference"]) >= rows.loc[head, "margin"]}
        assert ("less than the margin" in claims) == (not large)
        decided = {head: verdict for head, verdict in decided.items() if head in (large or decided)}
        claims = re.split(r", which (?:is|are) |; (?!accuracy)", claims)[0]
        for clause in claims.split(", and "):
            (verdict,) = re.findall("better|worse", clause)
            assert named(clause) == {head for head, each in decided.items() if each == verdict}
            claims = claims.replace(clause, "")
        assert not named(claims)
    else:
        groups = re.findall(r"(equivalent|undecided)(.*?)(?= and undecided|\.$|; accuracy)", first)
        assert {verdict: named(clause) for verdict, clause in groups} == {
            verdict: {head for head, each in losses.items() if each == verdict}
            for verdict in set(losses.values())
        }
    assert "−0.0 " not in rest
    return set(losses.values())


def named(text: str) -> set[str]:
    """The heads in a text; softmax, which the others are compared with, isn't counted."""
    return {head for head in HEADS[1:] if head in text}


def test_the_same_runs_answer_another_question_with_other_margins(results):
    comparison = results.experiment
    wide = results.concluded(comparison.replace(margin_nats=0.1))
    assert said(wide, log_loss=(0.05, 0.04, 0.0))[0].startswith(
        "On iris over 6 seeds of 2 epochs, log loss is equivalent to softmax's within 0.1 nats"
    )
    new = results.concluded(comparison.replace(question="new data"))
    assert said(new)[0].startswith("On new data like iris, from 6 seeds of 2 epochs, ")
    assert results.concluded(comparison) is results
    again = comparison.replace(question="new data", margin=3.0)
    assert results.concluded(again) is results.concluded(again)
    assert again.trained_alike == comparison.trained_alike == comparison
    these, those = results.summary, results.concluded(again).summary
    measured = these["measure"].isin(["accuracy", "log loss"]) & (these["verdict"] != "baseline")
    widths = [frame["difference_high"] - frame["difference_low"] for frame in (these, those)]
    assert (widths[1][measured] >= widths[0][measured]).all()


def test_the_accuracy_after_temperature_scaling_is_judged_as_before_it(results):
    rows = results.summary.set_index("measure").drop(columns="head")
    assert (
        rows.loc["accuracy"]
        .reset_index(drop=True)
        .equals(rows.loc["accuracy, temperature-scaled"].reset_index(drop=True))
    )


def test_many_heads_are_named_only_where_their_accuracy_differs():
    many = ["softmax", "spherical softmax", "Taylor softmax", "sigmoid", "hinge", "sparsemax"]
    wide = Comparison(dataset="iris", heads=many, n_seeds=len(NOISE), n_epochs=2, learning_rate=0.01).run()

    def rest(lower: float) -> str:
        rows = [0.9 + (index + 1) * NOISE for index in range(len(many))]
        rows[1] = rows[1] - lower
        values = {name: array for name, array in wide.values.items() if name == "log loss"}
        values |= {"confidence minus accuracy": 0 * values["log loss"], "accuracy": np.array(rows)}
        return dataclasses.replace(wide, values=values).finding_in_parts[1]

    words = "Accuracy compared with softmax's: "
    everyone = "spherical softmax, Taylor softmax, sigmoid, hinge and sparsemax"
    assert f"{words}equivalent within 1 point for {everyone}." in rest(0.0)
    assert f"{words}worse for spherical softmax; equivalent within 1 point for Taylor softmax, " in rest(0.03)


def test_what_might_change_it_is_said(results):
    def rest(search: dict, **columns) -> str:
        experiment = results.experiment.replace(**search)
        tuning = results.tuning.assign(**{"at_edge": False, "still_falling": False} | columns)
        return dataclasses.replace(results, experiment=experiment, tuning=tuning).finding_in_parts[1]

    own_best = {"n_epochs": None, "max_epochs": 40}
    assert "might still change" not in rest(own_best, epochs=35)
    assert "More than 40 epochs might still change this." in rest(own_best, epochs=36)
    assert "More than 40 epochs might still change this." in rest(own_best, epochs=20, still_falling=True)
    given = {"n_epochs": 2}
    falls = np.array([False, True, False, True])
    assert "After 2 epochs the validation loss still fell for spherical softmax and sigmoid." in rest(
        given, still_falling=falls
    )
    assert "The learning rate is at the bound of the search for spherical softmax and sigmoid." in rest(
        given, at_edge=falls
    )


def test_runs_that_diverged_are_counted(results):
    lost = np.zeros_like(results.diverged)
    lost[3, :3] = True
    assert dataclasses.replace(results, diverged=lost).finding.endswith("Diverged: 3 of 6 with sigmoid.")
    everything = dataclasses.replace(results, diverged=np.ones_like(lost))
    assert everything.finding == "On iris over 6 seeds of 2 epochs, every run diverged."
    lost[:] = False
    lost[0, :4] = True
    baseline = dataclasses.replace(results, diverged=lost).finding
    assert "the baseline, softmax, diverged: there is nothing to compare the others with." in baseline
    assert "might still change" not in baseline


def test_a_run_that_diverged_has_no_numbers():
    """Some of these runs end in weights that are still finite, and in losses that aren't."""
    results = Comparison(heads="softmax", solver="sgd", learning_rate=10, n_epochs=1, n_seeds=3).run()
    assert results.diverged.all()
    assert all(np.isnan(values).all() for values in results.values.values())
    assert not results.confusion_counts.sum()


def test_two_seeds_are_too_few_to_conclude(results):
    few = results.experiment.replace(n_seeds=2).run()
    assert set(few.summary["verdict"]) == {"baseline", "undecided", None}
    assert few.finding.startswith(
        "On iris over 2 seeds of 2 epochs, nothing is concluded: that takes at least 3 seeds."
    )


def test_one_head_is_described(results):
    alone = results.experiment.replace(heads=["softmax"]).run()
    assert re.match(
        r"On iris over 6 seeds of 2 epochs, softmax has accuracy [\d.]+\u00a0% and log loss [\d.]+ nats"
        r"( and is (over|under)confident by [\d.]+ points)?\.",
        alone.finding,
    )
