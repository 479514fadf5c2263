"""Tuning: what is tried, in which order, and what is chosen."""

import dataclasses

import numpy as np
import pytest

from alternatives.experiments import Comparison, tuning
from alternatives.experiments.comparison import DECAYS
from alternatives.experiments.data import data
from alternatives.experiments.runs import Job, Variant, train
from alternatives.experiments.tuning import (
    BOUNDS,
    CRITERIA,
    FINALISTS,
    FIRST_SPLITS,
    LOWER_RATES,
    N_SPLITS,
    NEAR_RATES,
    Search,
    Trial,
    next_rate,
    still_falling,
    tune,
)
from alternatives.heads import HEADS, SphericalSoftmax
from alternatives.measures import OF_SAMPLES
from alternatives.memory import Memory
from alternatives.statistics import Between
from alternatives.training import History, Network, Recipe

SMALL = Comparison(dataset="iris", n_seeds=3, max_epochs=6, hidden_layer_sizes=(8,))


@pytest.fixture(autouse=True)
def nothing_is_kept(monkeypatch):
    monkeypatch.setattr(tuning, "memory", Memory())


@pytest.fixture(scope="module")
def tuned():
    return SMALL.tune(n_jobs=1)


def test_the_grid_is_one_and_three_in_every_power_of_ten():
    assert [next_rate(rate, 1) for rate in (0.001, 0.003, 0.01, 3.0)] == [0.003, 0.01, 0.03, 10.0]
    assert [next_rate(rate, -1) for rate in (0.001, 0.003, 1.0, 10.0)] == [0.0003, 0.001, 0.3, 3.0]


def test_the_grid_goes_on_at_its_edges_and_ends_at_its_bounds():
    search = Search((0.01, 0.03, 0.1), 10, any_epoch=True)
    assert search.beyond([0.01, 0.03, 0.1], 0.03) == []
    assert search.beyond([0.01, 0.03, 0.1], 0.01) == [0.003]
    assert search.beyond([0.01, 0.03, 0.1], 0.1) == [0.3]
    assert search.beyond([BOUNDS[0], 3e-5], BOUNDS[0]) == []
    assert search.beyond([3.0, BOUNDS[1]], BOUNDS[1]) == []
    assert Search((0.02,), 10, any_epoch=True).beyond([0.02], 0.02) == []


def test_tuning_splits_have_seeds_that_no_comparison_reports():
    greatest = Comparison(first_seed=1_000_000, n_seeds=100)
    for first in (0, 1, 17, 1_000_000):
        own = Comparison(first_seed=first).tuning_seeds
        assert len(own) == N_SPLITS
        assert own.start > greatest.seeds.stop
    assert not set(Comparison(first_seed=0).tuning_seeds) & set(Comparison(first_seed=1).tuning_seeds)


def test_the_choice_is_the_least_mean_loss_of_networks_trained_for_exactly_so_many_epochs(tuned):
    """A second way to compute: each tried number of epochs is trained by itself."""
    splits = data(SMALL.dataset, SMALL.tuning_seeds)
    for winner, job in zip(tuned.winners, tuned.jobs, strict=True):
        losses = []
        for n_epochs in range(1, SMALL.max_epochs + 1):
            alone = dataclasses.replace(job, n_epochs=n_epochs)
            runs = train(
                [alone], SMALL.recipe, SMALL.tuning_seeds, splits.training, splits.validation, n_jobs=1
            )
            losses.append(runs.history.validation_log_loss[:, 0, -1].mean())
        np.testing.assert_allclose(winner.losses, losses, rtol=1e-6)
        assert job.n_epochs == int(np.argmin(losses)) + 1


def test_every_rate_is_tried_on_some_splits_and_the_best_on_all(tuned):
    for trials, winner in zip(tuned.trials, tuned.winners, strict=True):
        assert {trial.n_splits for trial in trials} == {FIRST_SPLITS, N_SPLITS}
        assert sum(trial.n_splits == N_SPLITS for trial in trials) >= FINALISTS
        assert winner.loss(tuned.search) == min(
            trial.loss(tuned.search) for trial in trials if trial.n_splits == N_SPLITS
        )
        rates = [trial.job.learning_rate for trial in trials]
        assert set(SMALL.first_rates) <= set(rates)
        assert rates == sorted(rates)
        assert min(rates) < winner.job.learning_rate < max(rates) or tuned.at_edge.any()


def test_a_variant_is_tuned_alike_alone_and_in_company_whatever_n_jobs_is(tuned):
    alone = SMALL.replace(heads=["Taylor softmax"]).tune(n_jobs=2)
    place = [head.name for head in SMALL.heads].index("Taylor softmax")
    np.testing.assert_array_equal(alone.winners[0].losses, tuned.winners[place].losses)
    assert alone.jobs == tuned.jobs[place : place + 1]


def test_what_is_given_is_used_as_given():
    rate = SMALL.replace(heads=["softmax"], learning_rate=0.02).tune(n_jobs=1)
    assert {trial.job.learning_rate for trial in rate.trials[0]} == {0.02}
    assert not rate.at_edge.any()
    epochs = SMALL.replace(heads=["softmax"], n_epochs=3).tune(n_jobs=1)
    assert [job.n_epochs for job in epochs.jobs] == [3]
    assert not epochs.at_cap.any()
    both = SMALL.replace(n_epochs=3, learning_rate=0.02)
    assert both.tune() is None
    assert {(job.learning_rate, job.n_epochs) for job in both.jobs(None)} == {(0.02, 3)}


def test_a_heads_own_parameters_are_tuned_with_the_rest():
    tuned = SMALL.replace(heads=["softmax", "spherical softmax"], head_parameters="own best").tune(n_jobs=1)
    forms = {trial.job.variant.head for trial in tuned.trials[1]}
    assert forms == {SphericalSoftmax(epsilon=epsilon) for epsilon in (0.01, 0.1, 1.0, 10.0)}
    assert {trial.job.variant.head for trial in tuned.trials[0]} == {HEADS["softmax"]}
    complete = [trial for trial in tuned.trials[1] if trial.n_splits == N_SPLITS]
    assert (
        tuned.jobs[1].variant.head
        == min(complete, key=lambda trial: trial.loss(tuned.search)).job.variant.head
    )


def test_a_rate_at_which_a_run_diverges_is_not_chosen_and_the_grid_goes_down():
    network = Network(4, 3, ())
    variant = Variant("softmax", network)
    search = Search((3.0, 10.0), 3, any_epoch=True)
    splits = data(SMALL.dataset, SMALL.tuning_seeds)
    huge = dataclasses.replace(splits.training, X=splits.training.X * np.float32(1e30))
    tuned = tune(
        [(variant,)],
        search,
        Recipe("sgd", 3, 16),
        dataclasses.replace(splits, training=huge),
        SMALL.tuning_seeds,
        n_jobs=1,
    )
    rates = [trial.job.learning_rate for trial in tuned.trials[0]]
    assert min(rates) == BOUNDS[0]  # nothing was finite on the way
    assert tuned.at_edge.all()


def test_a_trial_with_a_diverged_split_has_no_loss():
    history = History.empty(2, 1, 3, 1)
    history.validation_log_loss[:] = 0.5
    trial = Trial(Job(Variant("softmax", Network(4, 3)), 0.1, 3), history)
    assert trial.losses.tolist() == [0.5] * 3
    history.validation_log_loss[1, 0, 2] = np.nan
    assert np.isinf(Trial(trial.job, history).losses).all()


def test_a_loss_still_falls_where_its_last_tenth_lowers_it_by_a_hundredth():
    assert still_falling(np.linspace(1, 0.5, 40))
    assert not still_falling(np.r_[np.linspace(1, 0.5, 36), [0.5] * 4])
    assert not still_falling(np.r_[np.linspace(1, 0.5, 36), [0.497] * 4])
    assert not still_falling(np.array([0.5]))


def test_progress_is_heard_of_both_stages_with_the_best_so_far():
    heard = []
    results = SMALL.run(heard.append, n_jobs=1)
    stages = [progress.stage for progress in heard]
    first = stages.index("training")
    assert set(stages[:first]) == {"tuning"}
    assert set(stages[first:]) == {"training"}
    fractions = [progress.fraction for progress in heard]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    for progress in heard:
        assert progress.variants == results.variants
        accuracy = progress.curves["validation accuracy"].values
        n_seeds = FIRST_SPLITS if progress.stage == "tuning" else SMALL.n_seeds
        assert accuracy.shape[:2] == (len(SMALL.heads), n_seeds)


def test_what_was_tuned_before_is_not_tuned_again(monkeypatch):
    """Neither with other seeds nor beside another head; and the whole is as if all had been tuned at once."""
    asked = []

    def counted(candidates, *arguments):
        asked.append([forms[0].name for forms in candidates])
        return tune(candidates, *arguments)

    monkeypatch.setattr(tuning, "tune", counted)
    two = SMALL.replace(heads=["softmax", "sigmoid"])
    first = two.tune(n_jobs=1)
    assert two.replace(n_seeds=4).tune(n_jobs=1).jobs == first.jobs
    heard = []
    three = two.replace(heads=["softmax", "Taylor softmax", "sigmoid"]).tune(heard.append, n_jobs=1)
    assert asked == [["softmax", "sigmoid"], ["Taylor softmax"]]
    assert {progress.variants for progress in heard} == {("softmax", "Taylor softmax", "sigmoid")}
    assert heard[-1].curves["validation loss"].values.shape[:2] == (3, FIRST_SPLITS)
    monkeypatch.setattr(tuning, "memory", Memory())
    assert two.replace(heads=["softmax", "Taylor softmax", "sigmoid"]).tune(n_jobs=1).jobs == three.jobs
    two.replace(first_seed=1).tune(n_jobs=1)
    two.replace(dataset="wine").tune(n_jobs=1)
    assert asked[-2:] == [["softmax", "sigmoid"]] * 2


def test_what_single_splits_would_choose_by_hand(tuned):
    """The least loss on one split, and what the validation sets of all splits say of that setting."""
    for place, own in enumerate(tuned.trials):
        complete = [trial.history for trial in own if trial.n_splits == N_SPLITS]
        for split in range(N_SPLITS):
            best = min(
                ((each.validation_log_loss[split, 0, epoch], number, epoch)
                 for number, each in enumerate(complete) for epoch in range(SMALL.max_epochs)),
            )  # fmt: skip
            history, epoch = complete[best[1]], best[2]
            assert tuned.by_split["accuracy"][place, split] == pytest.approx(
                history.validation_accuracy[:, 0, epoch].mean()
            )
            assert tuned.by_split["confidence minus accuracy"][place, split] == pytest.approx(
                (history.validation_confidence - history.validation_accuracy)[:, 0, epoch].mean()
            )
    assert set(tuned.by_split) == set(OF_SAMPLES)


def test_choices_that_vary_widen_the_answer_for_new_data():
    """By their variance; and where all splits agree, by nothing."""
    random = np.random.default_rng(0)
    samples, index = random.random((2, 3, 10)), np.arange(30).reshape(3, 10)
    plain = Between.of(samples, 0, index, 30)
    choices = np.array([[0.1, 0.1, 0.1], [0.1, 0.2, 0.3]])
    varied = Between.of(samples, 0, index, 30, choices)
    np.testing.assert_allclose(varied.difference - plain.difference, [0, 0.01], atol=1e-12)
    np.testing.assert_allclose(varied.mean - plain.mean, [0, 0.01], atol=1e-12)


class TestRandomSettings:
    """A budget: every variant tries the same number of settings, whatever it has to choose from."""

    COMPARISON = SMALL.replace(
        heads=["softmax", "spherical softmax"], head_parameters="own best", weight_decay=None, n_settings=7
    )

    def test_every_variant_tries_as_many_on_as_many_splits(self):
        tuned = self.COMPARISON.tune(n_jobs=1)
        for trials in tuned.trials:
            assert len(trials) == 7
            assert sorted(trial.n_splits for trial in trials) == [FIRST_SPLITS] * 5 + [N_SPLITS] * FINALISTS
        for winner, trials in zip(tuned.winners, tuned.trials, strict=True):
            complete = [trial for trial in trials if trial.n_splits == N_SPLITS]
            assert winner.loss(tuned.search) == min(trial.loss(tuned.search) for trial in complete)

    def test_forms_are_tried_equally_often_and_rates_cover_their_range(self):
        search = dataclasses.replace(self.COMPARISON.search, n_settings=40)
        forms = self.COMPARISON.candidates(self.COMPARISON.variants(4, 3))[0]
        assert [form.weight_decay for form in forms] == [*DECAYS]
        first, second = search.settings(forms), search.around(forms, 0.02)
        assert len(first) == len(second) == 20
        counts = [sum(form == each for each, _ in first + second) for form in forms]
        assert max(counts) - min(counts) <= 1
        low, high = LOWER_RATES * search.rates[0], search.rates[-1]
        rates = np.sort([rate for _, rate in first])
        parts = np.floor(20 * np.log(rates / low) / np.log(high / low) + [-0.02] * 20)
        assert (np.abs(parts - np.arange(20)) <= 1).all()  # one in each part, but for two figures
        near = np.array([rate for _, rate in second])
        assert near.min() >= 0.99 * 0.02 / NEAR_RATES
        assert near.max() <= 1.01 * 0.02 * NEAR_RATES

    def test_a_variant_is_tuned_alike_alone_and_in_company(self):
        both = self.COMPARISON.tune(n_jobs=1)
        alone = self.COMPARISON.replace(heads=["spherical softmax"]).tune(n_jobs=2)
        assert alone.jobs == both.jobs[1:]
        np.testing.assert_array_equal(alone.winners[0].losses, both.winners[1].losses)

    def test_one_setting_is_no_choice_of_rate(self):
        tuned = self.COMPARISON.replace(n_settings=1).tune(n_jobs=1)
        assert [len(trials) for trials in tuned.trials] == [1, 1]


@pytest.mark.parametrize("criterion", CRITERIA)
def test_the_criterion_decides(criterion):
    tuned = SMALL.replace(heads=["softmax"], criterion=criterion, n_settings=6).tune(n_jobs=1)
    (trials,), (winner,), (job,) = tuned.trials, tuned.winners, tuned.jobs
    history = winner.history
    curves = {
        "log loss": history.validation_log_loss,
        "error": 1 - history.validation_accuracy,
        "Brier score": history.validation_brier,
    }
    means = curves[criterion][:, 0].mean(0)
    assert job.n_epochs == int(np.argmin(means)) + 1
    assert winner.loss(tuned.search) == pytest.approx(means.min())
    complete = [trial for trial in trials if trial.n_splits == N_SPLITS]
    assert winner.loss(tuned.search) == min(trial.loss(tuned.search) for trial in complete)


def test_a_variants_own_penalty_is_that_of_a_comparison_that_gives_it():
    given = SMALL.replace(heads=["softmax"], learning_rate=0.03, n_epochs=3, weight_decay=0.01)
    (variant,) = given.variants(4, 3)
    own = dataclasses.replace(variant, weight_decay=0.01)
    others = dataclasses.replace(variant, weight_decay=0.5)
    splits, recipe = given.data, given.replace(weight_decay=0).recipe
    jobs = [Job(each, 0.03, 3) for each in (variant, own, others)]
    together = train(jobs, recipe, given.seeds, splits.training, splits.validation, n_jobs=1)
    alone = train(jobs[:1], given.recipe, given.seeds, splits.training, splits.validation, n_jobs=1)
    np.testing.assert_array_equal(together.parameters[1], alone.parameters[0])
    assert (together.parameters[0] != alone.parameters[0]).any()
    assert (together.parameters[2] != alone.parameters[0]).any()
