"""What is said of the head that somebody would trust: the verdicts, and nothing that isn't decided."""

import dataclasses

import numpy as np
import pytest

from alternatives.experiments import Comparison
from alternatives.experiments.trust import question, trust
from alternatives.wording import NO_BREAK

NOISE = 0.001 * np.array([-1.0, 1.0, 0.5, -0.5, 0.2, -0.2])


@pytest.fixture(scope="module")
def results():
    return Comparison(dataset="iris", n_seeds=len(NOISE), n_epochs=2, learning_rate=0.01).run()


def said(results, head, noise=NOISE, loss=(0.0, 0.0, 0.0), gap=(0.0, 0.0, 0.0, 0.0)):
    """What is said where log losses differ so much from softmax's, and confidences from accuracies."""
    values = dict(results.values)
    values["log loss"] = np.array([0.3 + d + (k + 1) * noise for k, d in enumerate((0.0, *loss))])
    values["accuracy"] = np.full((4, len(noise)), 0.9)
    values["confidence minus accuracy"] = np.array([g + (k + 1) * noise for k, g in enumerate(gap)])
    return trust(dataclasses.replace(results, values=values), head).replace(NO_BREAK, " ")


def test_a_worse_head_earns_less_trust(results):
    text = said(results, "Taylor softmax", loss=(0.0, 0.05, 0.0), gap=(0.0, 0.0, -0.055, 0.0))
    assert text == (
        "On samples it hasn't seen (iris over 6 seeds), Taylor softmax is 84.5 % sure and right on 90.0 %: "
        "less sure than right, by 5.5 points (underconfident). "
        "Its log loss is 0.050 higher (worse) than softmax's: trust softmax more."
    )


def test_a_better_head_earns_more(results):
    text = said(results, "sigmoid", loss=(0.0, 0.0, -0.05), gap=(0.0, 0.0, 0.0, 0.02))
    assert text == (
        "On samples it hasn't seen (iris over 6 seeds), sigmoid is 92.0 % sure and right on 90.0 %: "
        "more sure than right, by 2.0 points (overconfident). "
        "Its log loss is 0.050 lower (better) than softmax's: trust sigmoid more."
    )


def test_what_chance_could_be_is_undecided(results):
    text = said(results, "sigmoid", noise=200 * NOISE)
    assert "sigmoid is 90.0 % sure and right on 90.0 %: too close to decide which is larger." in text
    assert "Whether to trust it more than softmax is undecided (a difference in log loss of 0." in text


def test_equivalent_heads_are_trusted_alike(results):
    assert said(results, "sigmoid").endswith(
        "Its log loss is equivalent to softmax's within 0.02: trust both as much."
    )


def test_of_the_baseline_the_others_are_said(results):
    text = said(results, "softmax", loss=(0.05, -0.05, 0.0))
    assert text.endswith(
        "Compared with it, log loss is lower (better) for Taylor softmax, higher (worse) for spherical "
        "softmax and equivalent for sigmoid. Trust Taylor softmax more."
    )


def test_of_a_baseline_that_no_other_betters_that_comes_first(results):
    assert said(results, "softmax", loss=(0.05, 0.05, 0.0)).endswith(
        "No other head is better by as much as matters: log loss is higher (worse) for spherical softmax and "
        "Taylor softmax and "
        "equivalent for sigmoid."
    )
    assert "No other head is shown to be better: log loss is " in said(results, "softmax", noise=200 * NOISE)


def test_question_and_answer_are_about_the_same(results):
    assert question(Comparison()) == "On sharp digits it hasn't seen, which head would you trust?"
    asked, _, _ = question(results.experiment).partition(",")
    assert said(results, "softmax").startswith(asked)


def test_of_few_seeds_nothing_is_decided(results):
    few = Comparison(dataset="iris", n_seeds=1, n_epochs=1, learning_rate=0.01, heads=["softmax", "sigmoid"])
    assert trust(few.run(), "sigmoid").endswith("Whether to trust it more than softmax is undecided.")


def test_a_head_alone_is_compared_with_none(results):
    alone = Comparison(dataset="iris", n_seeds=3, n_epochs=1, learning_rate=0.01, heads=["sigmoid"]).run()
    assert trust(alone, "sigmoid").endswith(".")
    assert "ther" not in trust(alone, "sigmoid")


def test_a_head_whose_runs_all_diverged(results):
    diverged = results.diverged.copy()
    diverged[1] = True
    values = {name: np.where(diverged, np.nan, own) for name, own in results.values.items()}
    lost = dataclasses.replace(results, values=values, diverged=diverged)
    assert trust(lost, "spherical softmax") == (
        "On samples it hasn't seen (iris over 6 seeds), every run of spherical softmax diverged."
    )
