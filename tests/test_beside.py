"""Comparisons beside each other: what is paired, intervals and verdicts against independent sums, words."""

import dataclasses
import re

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from alternatives.charts.side_by_side_tables import of_measure
from alternatives.experiments import Comparison
from alternatives.measures import MEASURES
from alternatives.sessions.beside import NUMBERS, RANKED, Beside, beside
from alternatives.statistics import Estimate, estimate, paired, simultaneous, together, welch
from alternatives.wording import NO_BREAK, brief

COMPARED = ("softmax", "spherical softmax", "Taylor softmax")
SMALL = Comparison(
    dataset="iris", heads=COMPARED, n_seeds=6, learning_rate=0.03, n_epochs=1, hidden_layer_sizes=(4,)
)
NOISE = 0.001 * np.array([-1.0, 1.0, 0.5, -0.5, 0.2, -0.2])
BASE = {"accuracy": 0.9, "log loss": 0.3, "Brier score": 0.2, "confidence minus accuracy": 0.0}


@pytest.fixture(scope="module")
def results():
    return SMALL.run(n_jobs=1)


def found(results, noise=NOISE, changes=None, **settings):
    """The results as if each head had so much of a measure, beside the usual level, and a seed its noise."""
    experiment = results.experiment.replace(**settings)
    values = {}
    for name in results.values:
        own = (changes or {}).get(name, np.zeros(len(COMPARED)))
        rows = [BASE.get(name, 0.1) + size + (row + 1) * np.roll(noise, row) for row, size in enumerate(own)]
        values[name] = np.array(rows)
    diverged = np.zeros((len(COMPARED), len(noise)), bool)
    return dataclasses.replace(results, experiment=experiment, values=values, diverged=diverged, between={})


def compared(*pins, reference=0):
    names = ["clean", "noisy", "wide", "other"][: len(pins)]
    return Beside([each.experiment for each in pins], pins, reference, names)


def rows_of(side_by_side, pin, measure):
    frame = side_by_side.frame
    return frame[(frame["pin"] == pin) & (frame["measure"] == measure)].set_index("head")


def test_settings_that_change_the_networks_alone_leave_the_test_sets_as_they_are():
    """What is paired is the test samples, so these must be the same in the data themselves."""
    others = ({"label_noise": 0.3}, {"hidden_layer_sizes": ()}, {"solver": "sgd"}, {"batch_size": 8})
    for other in others:
        one, changed = SMALL.data, SMALL.replace(**other).data
        np.testing.assert_array_equal(one.test_index, changed.test_index)
        np.testing.assert_array_equal(one.test.targets, changed.test.targets)
        assert SMALL.replace(**other).dataset == SMALL.dataset
    later = SMALL.replace(first_seed=2)
    np.testing.assert_array_equal(SMALL.data.test_index[2:], later.data.test_index[:4])


def test_seeds_that_both_have_are_paired(results):
    base = found(results)
    for settings, n_common in (
        ({}, 6),
        ({"first_seed": 3}, 3),
        ({"first_seed": 4}, 0),
        ({"first_seed": 50}, 0),
    ):
        both = compared(base, found(results, **settings))
        assert both.paired(1) == (n_common > 0)
        assert rows_of(both, "noisy", "accuracy")["n_pairs"].tolist() == [n_common or 6] * 3
    few = found(results, noise=NOISE[:2], n_seeds=2)
    assert compared(few, few).paired(1)  # all seeds are in both
    assert not compared(base, few).paired(1)
    assert not compared(base, found(results, dataset="wine")).paired(1)


def test_a_change_is_the_mean_over_the_pairs(results):
    rng = np.random.default_rng(0)
    base, later = found(results), found(results, first_seed=3)
    own = {name: values + rng.normal(0, 0.01, values.shape) for name, values in later.values.items()}
    both = compared(base, dataclasses.replace(later, values=own))
    for name in ("accuracy", "gradient magnitude"):
        rows = rows_of(both, "noisy", name)
        expected = (own[name][:, :3] - base.values[name][:, 3:]).mean(1)
        np.testing.assert_allclose(rows["difference"], expected, atol=1e-15)


def test_without_common_seeds_the_interval_is_welchs():
    rng = np.random.default_rng(1)
    first, second = rng.normal(0, 1, 8), rng.normal(0, 3, 12)
    mine, (one, other) = welch(first, second)
    theirs = stats.ttest_ind(first, second, equal_var=False)
    low, high = theirs.confidence_interval(0.95)
    np.testing.assert_allclose([mine.low, mine.high, mine.freedom], [low, high, theirs.df])
    assert np.sum(one**2) + np.sum(other**2) == pytest.approx(mine.error**2)


def test_runs_that_diverged_are_left_out_in_pairs():
    first, second = np.arange(5.0) ** 2, np.arange(5.0)
    first[1], second[3] = np.nan, np.nan
    single, deviations = paired(first, second)
    alone = estimate((first - second)[[0, 2, 4]])
    assert (single.n, single.mean, single.low) == (3, alone.mean, alone.low)
    assert (deviations[[1, 3]] == 0).all()
    assert np.sum(deviations**2) == pytest.approx(single.error**2)


def test_pairs_that_hold_together_are_those_of_simultaneous():
    rng = np.random.default_rng(2)
    differences = rng.normal(0, 1, (2, 3, 7)) + rng.normal(0, 1, 7)
    expected, critical = simultaneous(differences)
    single, deviations = paired(differences, np.zeros_like(differences))
    mine, own_critical = together(single, deviations)
    np.testing.assert_allclose(own_critical, critical, rtol=1e-6)
    np.testing.assert_allclose(mine.low, expected.low, rtol=1e-6)
    twice, _ = together(
        Estimate(*(np.stack([each, each]) for each in vars(single).values())),
        np.stack([deviations, deviations]),
    )
    np.testing.assert_allclose(twice.low[0], mine.low, rtol=1e-6)  # a copy costs nothing


def test_another_pin_never_narrows_an_interval(results):
    base, noisy = found(results), found(results, changes={"accuracy": np.array([-0.03, 0, 0])})
    apart = found(results, noise=4 * NOISE[::-1], first_seed=40, label_noise=0.2)
    two, three = compared(base, noisy), compared(base, noisy, apart)
    own, wider = (rows_of(each, "noisy", "accuracy") for each in (two, three))
    assert (wider["difference_low"] <= own["difference_low"] + 1e-12).all()
    assert (wider["difference_low"] < own["difference_low"]).any()


def part_of(results, seeds=slice(None), heads=COMPARED, **settings):
    """The runs of some seeds and heads, as if these had been chosen alone."""
    rows = [results.variants.index(head) for head in heads]
    own = results.seeds[seeds]
    arguments = {"first_seed": own[0], "n_seeds": len(own), "heads": heads, "baseline": heads[0]}
    return dataclasses.replace(
        results,
        experiment=results.experiment.replace(**arguments | settings),
        variants=tuple(heads),
        values={name: values[rows][:, seeds] for name, values in results.values.items()},
        diverged=results.diverged[rows][:, seeds],
    )


def noisy_seeds(results, n_seeds, **settings):
    return found(
        results, np.random.default_rng(n_seeds).normal(0, 0.01, n_seeds), n_seeds=n_seeds, **settings
    )


@pytest.mark.parametrize(
    ("seeds", "of_reference", "said"),
    [
        (slice(0, 12), slice(0, 6), "With 12 instead of 6 seeds, the 6 seeds in both are the same runs: "),
        (
            slice(4, 12),
            slice(0, 8),
            "With first seed 4 instead of 0, the 4 seeds in both are the same runs: ",
        ),
        (slice(0, 6), slice(5, 6), "the seed in both is the same run: the means differ by the other seeds "),
        (slice(6, 12), slice(0, 6), "no seed is in both: the means differ by the seeds alone."),
    ],
)
def test_other_seeds_of_the_same_settings_have_no_verdict(results, seeds, of_reference, said):
    every = noisy_seeds(results, 12)
    both = compared(part_of(every, of_reference), part_of(every, seeds))
    assert set(rows_of(both, "noisy", "accuracy")["verdict"]) == {"same runs"}
    assert both.frame[[*NUMBERS]].isna().all(axis=None)
    assert set(both.leads["verdict"]) == {"same runs"}
    assert said in both.finding_in_parts[0]
    assert not any(word in both.finding for word in ("equivalent", "undecided", "paired", "noticed"))
    assert of_measure(both, "accuracy")["noisy"].str.contains("same runs").all()
    # A setting of the training makes them other runs, and so do other numbers, which another version finds.
    others = part_of(every, seeds, label_noise=0.2), found(results, NOISE, {"accuracy": np.full(3, -0.1)})
    for other, own in ((others[0], part_of(every, of_reference)), (others[1], found(results))):
        assert "same runs" not in set(compared(own, other).frame["verdict"])


def test_other_heads_or_another_baseline_leave_the_runs_as_they_are(results):
    every = noisy_seeds(results, 12)
    few = part_of(every, heads=COMPARED[1:])
    both = compared(every, few)
    assert both.finding_in_parts[0].endswith(
        "the runs of the heads in both are the same, and so are the means."
    )
    changed = part_of(every, label_noise=0.2)
    assert (
        compared(every, few, changed)
        .finding_in_parts[0]
        .endswith("no setting of the training was changed in “noisy”.")
    )


def test_same_runs_do_not_widen_the_intervals_of_other_pins(results):
    every = noisy_seeds(results, 12)
    noisy = noisy_seeds(results, 6, label_noise=0.2)
    base, longer = part_of(every, slice(0, 6)), every
    pd.testing.assert_frame_equal(
        rows_of(compared(base, noisy, longer), "noisy", "accuracy"),
        rows_of(compared(base, noisy), "noisy", "accuracy"),
    )


def test_few_of_the_seeds_in_both_are_not_paired_so_changes_are_those_of_the_means(results):
    """Over 3 of 20 seeds a change could have another sign than the difference of the means that are shown."""
    every = noisy_seeds(results, 37)
    both = compared(part_of(every, slice(0, 20)), part_of(every, slice(17, 37), label_noise=0.2))
    rows = rows_of(both, "noisy", "accuracy")
    means = rows["mean"] - rows_of(both, "clean", "accuracy")["mean"]
    np.testing.assert_allclose(rows["difference"], means, atol=1e-15)
    assert rows["n_pairs"].tolist() == [20] * 3
    assert "Not paired, as too few seeds are in both: “noisy”." in both.finding


def test_seeds_that_pairing_leaves_out_are_counted(results):
    every = noisy_seeds(results, 28)
    both = compared(part_of(every, slice(0, 20)), part_of(every, slice(8, 28), label_noise=0.2))
    assert rows_of(both, "noisy", "accuracy")["n_pairs"].tolist() == [12] * 3
    said = "Changes in “noisy” are paired over the 12 seeds in both pins, and leave the other seeds out."
    assert said in both.finding
    whole = compared(part_of(every, slice(0, 20)), part_of(every, slice(0, 20), label_noise=0.2))
    assert "leave the other seeds out" not in whole.finding


@pytest.mark.parametrize("label_noise", [0.0, 0.2])
def test_a_head_that_is_not_in_the_reference_is_not_called_undecided(results, label_noise):
    every = found(results, changes={"accuracy": np.array([0, 0, 0.05])})
    own = dataclasses.replace(every, experiment=every.experiment.replace(label_noise=label_noise))
    both = compared(part_of(every, heads=COMPARED[:2]), own)
    said = "Taylor softmax is better than softmax by 5.0 points (it isn't in the reference)."
    assert said in both.finding
    assert "undecided whether that differs" not in both.finding


def test_verdicts_say_which_way_is_better(results):
    sizes = np.array([-0.04, 0.04, 0.0])
    both = compared(found(results), found(results, changes={"accuracy": sizes, "log loss": sizes}))
    assert rows_of(both, "noisy", "accuracy")["verdict"].tolist() == ["worse", "better", "equivalent"]
    assert rows_of(both, "noisy", "log loss")["verdict"].tolist() == ["better", "worse", "equivalent"]
    assert set(rows_of(both, "clean", "accuracy")["verdict"]) == {"reference"}
    assert set(rows_of(both, "noisy", "gradient magnitude")["verdict"]) == {None}
    back = compared(*both.results, reference=1)
    np.testing.assert_allclose(
        rows_of(back, "clean", "accuracy")["difference"], -rows_of(both, "noisy", "accuracy")["difference"]
    )


def test_other_data_sets_are_not_compared(results):
    both = compared(found(results), found(results, dataset="wine", changes={"accuracy": np.full(3, -0.2)}))
    rows = rows_of(both, "noisy", "accuracy")
    assert set(rows["verdict"]) == {"not comparable"}
    assert rows["difference"].isna().all()
    assert rows["mean"].notna().all()
    assert both.leads["verdict"].isna().all()
    assert "Measures on different data sets aren't compared" in both.finding


def test_a_lead_changes_by_the_difference_of_differences(results):
    changed = {"accuracy": np.array([-0.04, -0.04, -0.031])}
    both = compared(found(results), found(results, changes=changed))
    leads = both.leads.set_index(["measure", "head"])
    assert set(leads.index.get_level_values("measure")) == {*RANKED}
    row = leads.loc[("accuracy", "Taylor softmax")]
    assert row["difference"] == pytest.approx(0.009)
    assert row["lead"] - row["before"] == pytest.approx(row["difference"])
    assert row["verdict"] == "equivalent"  # certain, and within the margin
    summary = both.results[1].summary.set_index(["measure", "head"])
    assert row["lead_verdict"] == summary.loc[("accuracy", "Taylor softmax"), "verdict"]


def test_a_pin_with_another_baseline_is_ranked_from_the_references(results):
    own = found(results, changes={"accuracy": np.array([0, 0, 0.03])}, baseline="Taylor softmax")
    both = compared(found(results), own)
    row = both.leads.set_index(["measure", "head"]).loc[("accuracy", "Taylor softmax")]
    assert row["lead"] == pytest.approx(0.03)
    assert row["lead_verdict"] == "better"


def test_the_finding_says_what_was_changed_and_what_that_did(results):
    changed = {"accuracy": np.array([-0.04, -0.04, -0.02]), "log loss": np.array([0.1, 0.1, 0.1])}
    first, rest = compared(found(results), found(results, changes=changed, label_noise=0.2)).finding_in_parts
    assert without_intervals(first) == (
        f"With 20{NO_BREAK}% of the training labels wrong, softmax loses 4.0 points of accuracy, spherical "
        "softmax 4.0 and Taylor softmax 2.0. Taylor softmax loses 2.0 points less than softmax."
    )
    apart, loss = rest.splitlines()
    assert "less softmax's (percentage points, 95 % CI, paired over 6 seeds): spherical softmax " in apart
    assert "; Taylor softmax +2.0 (" in apart
    assert apart.endswith("Taylor softmax is now better than softmax by 2.0 points.")
    assert loss.startswith("Log loss rises by 0.10 nats (worse) for ")


def said_of(side_by_side):
    return without_intervals(" ".join(side_by_side.finding_in_parts))


def without_intervals(text):
    return re.sub(r" \((95 % CI )?[\d.]+ to [\d.]+\)", "", text)


def test_how_much_more_or_less_a_head_changes_has_its_interval(results):
    changed = {"accuracy": np.array([-0.04, -0.04, -0.02])}
    both = compared(found(results), found(results, changes=changed, label_noise=0.2))
    leads = both.leads
    (row,) = leads[(leads["measure"] == "accuracy") & (leads["head"] == "Taylor softmax")].to_dict("records")
    _, low, high = (each.lstrip("+") for each in MEASURES["accuracy"].interval_texts(row))
    assert f"Taylor softmax loses 2.0 points (95 % CI {low} to {high}) less than softmax." in both.finding


def test_two_heads_that_lose_are_not_said_to_lose_more_or_less_unless_that_is_shown(results):
    """Each change is shown, yet the difference between them is within its noise."""
    sizes = {"accuracy": np.array([-0.04, -0.04, -0.037])}
    both = compared(found(results), found(results, noise=8 * NOISE[::-1], changes=sizes, label_noise=0.2))
    assert set(rows_of(both, "noisy", "accuracy")["verdict"]) == {"worse"}
    assert set(both.leads.query("measure == 'accuracy'")["verdict"]) == {"undecided"}
    said = said_of(both)
    assert "less than softmax" not in said
    assert (
        "Whether spherical softmax or Taylor softmax changes more or less in accuracy than softmax is "
        "undecided." in said
    )


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([-0.04, -0.04, -0.02], "Taylor softmax loses 2.0 points less than softmax."),
        ([-0.02, -0.02, -0.05], "Taylor softmax loses 3.0 points more than softmax."),
        ([0.02, 0.02, 0.05], "Taylor softmax gains 3.0 points more than softmax."),
        ([0.05, 0.05, 0.02], "Taylor softmax gains 3.0 points less than softmax."),
        ([-0.03, -0.03, 0.03], "Taylor softmax gains 6.0 points on softmax."),
        ([-0.03, -0.03, 0.0], "Taylor softmax gains 3.0 points on softmax."),
        ([0.03, 0.03, -0.03], "Taylor softmax loses 6.0 points to softmax."),
        (
            [-0.05, -0.04, -0.02],
            "Spherical softmax loses 1.0 points less than softmax and Taylor softmax 3.0 ",
        ),
    ],
)
def test_the_difference_between_two_changes_is_put_in_words(results, sizes, expected):
    changed = {"accuracy": np.array(sizes)}
    assert expected in said_of(compared(found(results), found(results, changes=changed, label_noise=0.2)))


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([0.1, 0.1, 0.04], "Log loss of Taylor softmax rises by 0.060 nats less than softmax's."),
        ([-0.1, -0.1, -0.04], "Log loss of Taylor softmax falls by 0.060 nats less than softmax's."),
        ([-0.1, -0.1, -0.2], "Log loss of Taylor softmax falls by 0.10 nats more than softmax's."),
        ([0.1, 0.1, -0.1], "Taylor softmax gains 0.20 nats of log loss on softmax."),
    ],
)
def test_the_difference_between_two_changes_of_log_loss(results, sizes, expected):
    changed = {"log loss": np.array(sizes)}
    assert expected in said_of(compared(found(results), found(results, changes=changed, label_noise=0.2)))


def test_where_one_head_differs_it_is_said_of_which_that_is_undecided(results):
    sizes = {"accuracy": np.array([-0.06, -0.056, -0.03])}
    noise = 4 * NOISE[::-1]
    both = compared(found(results), found(results, noise=noise, changes=sizes, label_noise=0.2))
    verdicts = both.leads.query("measure == 'accuracy'").set_index("head")["verdict"]
    assert verdicts.to_dict() == {"spherical softmax": "undecided", "Taylor softmax": "better"}
    expected = "Taylor softmax loses 3.0 points less than softmax; for spherical softmax that is undecided."
    assert expected in said_of(both)


def test_words_for_confidence_say_what_they_mean(results):
    gaps = {"confidence minus accuracy": np.array([-0.05, 0.0, 0.2])}
    said = said_of(compared(found(results), found(results, changes=gaps, label_noise=0.2)))
    assert "now underconfident (mean confidence is below accuracy): softmax by 5.0 percentage" in said.lower()
    assert "now overconfident (mean confidence is above accuracy): Taylor softmax by 20.0" in said


def test_a_copy_is_called_one_only_if_it_has_the_same_numbers(results):
    base = found(results)
    assert compared(base, found(results)).finding_in_parts == (
        "The same settings as “clean”, so the same numbers: change a setting in one of them to compare.",
        "",
    )
    worse = found(results, changes={"accuracy": np.full(3, -0.03)})  # as a file of another version may be
    assert compared(base, worse).finding_in_parts[0].startswith("With the same settings, ")


def test_a_difference_between_heads_has_the_decimals_that_it_has_on_compare(results):
    worse = {"log loss": np.array([0.0, 0.0, 0.0837])}
    noisy = found(results, noise=6 * NOISE, changes=worse, label_noise=0.2)
    row = noisy.summary_of("log loss").set_index("head").loc["Taylor softmax"]
    size = MEASURES["log loss"].interval_texts(row)[0].lstrip("+−")
    assert size == "0.08"  # its interval goes beyond 0.1
    rest = compared(found(results, noise=6 * NOISE), noisy).finding_in_parts[1]
    assert f"Taylor softmax is now worse than softmax by {size} nats of log loss" in rest


def test_what_is_not_shown_is_not_called_nothing(results):
    noise = 40 * NOISE
    pins = found(results, noise=noise), found(results, noise=noise[::-1], label_noise=0.2)
    first, _ = compared(*pins).finding_in_parts
    assert (
        "whether accuracy changes is undecided for softmax, spherical softmax and Taylor softmax "
        "(differences up to " in first
    )
    assert first.endswith(" points aren't ruled out).")


def test_several_pins_share_a_short_heading_and_have_a_line_each(results):
    noisy = found(results, changes={"accuracy": np.array([-0.04, -0.03, -0.02])}, label_noise=0.2)
    wide, copy = found(results, hidden_layer_sizes=(64,)), found(results)
    first, rest = compared(found(results), noisy, wide, copy).finding_in_parts
    assert first == (
        "Accuracy falls by 2.0 to 4.0 points in “noisy”; it is equivalent within 1 point in “wide”; nothing "
        "was changed in “other”."
    )
    lines = rest.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["“noisy”", "“wide”", "“other”"]
    assert (
        f"With 20{NO_BREAK}% of the training labels wrong, softmax loses 4.0 points of accuracy" in lines[0]
    )
    assert (
        "Spherical softmax loses 1.0 points less than softmax and Taylor softmax 2.0 less."
        in without_intervals(lines[0])
    )


def test_a_heading_fits_two_lines_however_long_the_names_are(results):
    names = [f"{letter} {'long name ' * 7}".strip() for letter in "abcd"]
    pins = [
        found(results),
        found(results, changes={"accuracy": np.array([-0.04, 0.03, 0])}, label_noise=0.2),
        found(results, changes={"accuracy": np.full(3, 0.03)}, solver="sgd"),
        found(results, dataset="wine"),
    ]
    first, _ = Beside([each.experiment for each in pins], pins, 0, names).finding_in_parts
    assert len(first) < 240
    for name in names[1:]:
        assert first.count(brief(name)) == 1


def test_no_size_is_said_that_no_difference_can_have(results):
    pins = found(results, noise=NOISE * 1000), found(results, noise=NOISE[::-1] * 1000, label_noise=0.2)
    both = compared(*pins)
    assert (rows_of(both, "noisy", "accuracy")["noticeable"] > 1).all()
    assert both.finding_in_parts[0].endswith(
        "is undecided for softmax, spherical softmax and Taylor softmax."
    )
    cells = of_measure(both, "accuracy")["noisy"]
    assert cells.str.contains("undecided").all()
    assert not cells.str.contains("unnoticed").any()
    assert of_measure(both, "log loss")["noisy"].str.contains(r"up to [0-9.]+ nats could go unnoticed").all()


@pytest.mark.parametrize("n_seeds", [1, 2])
def test_too_few_seeds_conclude_nothing(results, n_seeds):
    pins = [
        found(results, noise=NOISE[:n_seeds], n_seeds=n_seeds, changes={"accuracy": np.full(3, size)})
        for size in (0.0, -0.3)
    ]
    both = compared(*pins)
    assert set(rows_of(both, "noisy", "accuracy")["verdict"]) == {"undecided"}
    assert both.finding_in_parts[0].endswith(
        "nothing is concluded: that takes at least 3 seeds that finished in both."
    )


def test_pins_that_diverged_say_so(results):
    base = found(results)
    lost = dataclasses.replace(
        base,
        values={name: np.full_like(values, np.nan) for name, values in base.values.items()},
        diverged=np.ones_like(base.diverged),
    )
    assert compared(base, lost).finding.endswith("every run diverged.")
    assert compared(lost, base).finding.startswith("Every run of the reference, “clean”, diverged")
    assert compared(lost, lost).finding == "Every run of every pin diverged."
    assert set(rows_of(compared(base, lost), "noisy", "accuracy")["verdict"]) == {None}


def test_pins_with_other_heads_compare_those_of_both(results):
    part = Comparison(**{**vars(SMALL), "heads": ("softmax", "sigmoid"), "baseline": ""}).run(n_jobs=1)
    both = Beside([SMALL, part.experiment], [results, part], 0, ["clean", "noisy"])
    assert both.heads == (*COMPARED, "sigmoid")
    rows = rows_of(both, "noisy", "accuracy")
    assert rows.loc["sigmoid", "verdict"] is None
    assert np.isnan(rows.loc["sigmoid", "difference"])
    assert rows.loc["softmax", "verdict"] is not None
    assert "Not in “clean”: sigmoid." in both.finding
    assert "Not in “noisy”: spherical softmax and Taylor softmax." in both.finding


def test_the_same_pins_are_worked_out_once(results):
    arguments = (SMALL, SMALL), (results, results), 0, ("one", "two")
    assert beside(*arguments) is beside(*arguments)


def test_what_does_not_fit_is_refused_and_equal_names_are_numbered(results):
    assert Beside((SMALL, SMALL), (results, results), 0, ("one", "one")).names == ("one", "one 2")
    with pytest.raises(ValueError, match="its name; got 2 states, 1 results and 2 names"):
        Beside((SMALL, SMALL), (results,), 0, ("one", "two"))
    with pytest.raises(ValueError, match="reference must be the index of one of 2 states, got 2"):
        Beside((SMALL, SMALL), (results, results), 2)


@pytest.mark.parametrize("shares_seeds", [True, False])
def test_intervals_hold_together_as_often_as_they_say(shares_seeds):
    """Two pins beside a reference, of one truth; the benchmark ``beside`` trains networks for it."""
    rng = np.random.default_rng(0)
    n_seeds, held, n_draws = 6, 0, 250
    for _ in range(n_draws):
        split = rng.normal(0, 2, n_seeds)
        pins = [
            rng.normal(0, 1, (3, n_seeds)) + (split if shares_seeds else rng.normal(0, 2, n_seeds))
            for _ in range(3)
        ]
        found, deviations = [], []
        for place, pin in enumerate(pins[1:]):
            if shares_seeds:
                single, own = paired(pin, pins[0])
            else:
                single, (of_pin, of_base) = welch(pin, pins[0])
                own = np.zeros((3, 3 * n_seeds))
                own[:, :n_seeds] = of_base
                own[:, (place + 1) * n_seeds : (place + 2) * n_seeds] = of_pin
            found.append(single)
            deviations.append(own)
        joined = Estimate(
            *(np.stack(each) for each in zip(*(vars(one).values() for one in found), strict=True))
        )
        estimates, _ = together(joined, np.stack(deviations))
        held += bool(((estimates.low <= 0) & (estimates.high >= 0)).all())
    assert 0.915 <= held / n_draws <= 0.99
