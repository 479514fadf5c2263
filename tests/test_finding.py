"""The finding: what it says of numbers that are known, and what it leaves out."""

import dataclasses
import re

import numpy as np
import pytest

from alternatives.experiments import Comparison

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


def test_it_names_differences_of_at_least_the_margin(results):
    first, rest = said(
        results,
        log_loss=(0.05, 0.04, 0.0),
        confidence_minus_accuracy=(-0.02, -0.03, 0.0),
        accuracy=(-0.01, 0, 0),
    )
    assert first == (
        "On iris over 6 seeds, log loss is 0.050 higher (worse) than softmax's for spherical softmax "
        "and 0.040 for Taylor softmax, which are underconfident by 2.0 and 3.0 points."
    )
    assert re.match(
        r"No difference in log loss of 0\.02 nats or more is shown for sigmoid "
        r"\(0\.00\d+ nats would have been noticed\)\. ",
        rest,
    )
    assert re.search(r"Accuracy less softmax's: −1\.0 ± 0\.\d points for spherical softmax, ", rest)
    assert rest.endswith("(95 % CI).")


def test_better_and_worse_stand_next_to_each_other(results):
    first, _ = said(results, log_loss=(0.05, -0.04, 0.0), confidence_minus_accuracy=(0.02, 0.0, 0.0))
    assert first == (
        "On iris over 6 seeds, log loss is 0.050 higher (worse) than softmax's for spherical softmax, "
        "and 0.040 lower (better) for Taylor softmax; spherical softmax is overconfident by 2.0 points."
    )


def test_a_difference_that_is_sure_but_below_the_margin_is_not_named(results):
    first, rest = said(results, log_loss=(0.015, -0.015, 0.01))
    assert first == (
        "On iris over 6 seeds, log loss is equivalent to softmax's within 0.02 nats for spherical softmax, "
        "Taylor softmax and sigmoid."
    )
    assert rest.startswith("Accuracy less softmax's")


def test_what_chance_could_be_is_not_called_equal(results):
    first, _ = said(results, noise=200 * NOISE, log_loss=(0.05, 0.0, 0.0))
    assert re.fullmatch(
        r"On iris over 6 seeds, no head is shown to differ from softmax in log loss by 0\.02 nats or more "
        r"\(\d\.\d+ nats would have been noticed\)\.",
        first,
    )


def test_without_a_margin_no_size_is_named(results):
    without = results.concluded(results.experiment.replace(margin_nats=0.0, margin=0.0))
    first, rest = said(without, noise=200 * NOISE)
    assert first.startswith("On iris over 6 seeds, no head is shown to differ from softmax in log loss (")
    assert "No difference in log loss is shown for sigmoid (" in said(without, log_loss=(0.05, 0.04, 0.0))[1]
    assert "nan" not in first + rest


def test_the_same_runs_answer_another_question_with_other_margins(results):
    comparison = results.experiment
    wide = results.concluded(comparison.replace(margin_nats=0.1))
    assert said(wide, log_loss=(0.05, 0.04, 0.0))[0].startswith(
        "On iris over 6 seeds, log loss is equivalent to softmax's within 0.1 nats"
    )
    new = results.concluded(comparison.replace(question="new data"))
    assert said(new)[0].startswith("On new data like iris, from 6 seeds, ")
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

    assert "No difference in accuracy of 1 point or more is shown." in rest(0.0)
    assert "Accuracy is 3.0 points lower for spherical softmax." in rest(0.03)


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
    assert everything.finding == "On iris over 6 seeds, every run diverged."
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
    assert few.finding.startswith("On iris over 2 seeds, nothing is concluded: that takes at least 3 seeds.")


def test_one_head_is_described(results):
    alone = results.experiment.replace(heads=["softmax"]).run()
    assert re.match(
        r"On iris over 6 seeds, softmax has accuracy [\d.]+\u00a0% and log loss [\d.]+ nats"
        r"( and is (over|under)confident by [\d.]+ points)?\.",
        alone.finding,
    )
