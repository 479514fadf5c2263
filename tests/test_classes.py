"""Heads by number of classes: where the samples come from, the experiment, its finding and its charts."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
from scipy.special import softmax
from scipy.stats import norm
from sklearn.metrics import log_loss

from alternatives.charts import classes as charts
from alternatives.charts import tables
from alternatives.commands.program import main
from alternatives.datasets import DATASETS
from alternatives.datasets.sources import SOURCES, MixtureWithBayesError, Sizes, with_bayes_error
from alternatives.experiments.classes import (
    MEASURES,
    PER_CLASS,
    AtCount,
    ClassCounts,
    ClassCountsProgress,
    ClassCountsResults,
)
from alternatives.experiments.classes_finding import segments
from alternatives.experiments.data import problems

SIZES = Sizes(12, 5, 8)
SMALL = ClassCounts(counts=(2, 5), n_seeds=4, samples=120, max_epochs=4)


@pytest.fixture(scope="module")
def results():
    return SMALL.run(n_jobs=1)


# Sources


@pytest.mark.parametrize("n_features", [2, 10, 60])
@pytest.mark.parametrize("n_classes", [2, 3, 20, 100])
@pytest.mark.parametrize("error", [0.03, 0.1, 0.35])
def test_the_best_possible_classifier_errs_as_often_as_it_should(error, n_classes, n_features):
    """By simulation: samples are given to the nearest mean, which is Bayes' rule for these clouds."""
    random = np.random.default_rng(n_classes)
    source = MixtureWithBayesError(bayes_error=error, features=n_features)
    errors = []
    for _ in range(6):
        means = source.means(n_classes, random)
        targets = np.repeat(np.arange(n_classes), 6000 // n_classes)
        X = means[targets] + random.standard_normal((len(targets), n_features))
        errors.append((((X @ means.T) - (means**2).sum(1) / 2).argmax(1) != targets).mean())
    assert np.mean(errors) == pytest.approx(error, abs=0.004 + 0.06 * error)


def test_with_two_classes_the_bayes_error_is_exact():
    means = with_bayes_error(np.array([[0.0, 0.0], [3.0, 4.0]]), 0.2, np.random.default_rng(0))
    assert norm.cdf(-np.linalg.norm(means[0] - means[1]) / 2) == pytest.approx(0.2, rel=1e-12)


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("n_classes", [2, 7])
def test_a_problem_has_so_many_samples_of_each_class_and_is_scaled(name, n_classes):
    source = SOURCES[name]
    problem = source.problem(n_classes, SIZES, seed=3)
    for size, targets in zip(SIZES, problem[3:], strict=True):
        assert np.bincount(targets, minlength=n_classes).tolist() == [size] * n_classes
    for X in problem[:3]:
        assert X.dtype == np.float32
        assert X.shape[1] == source.n_features
    np.testing.assert_allclose(problem.X_training.mean(0), 0, atol=1e-5)
    assert np.sqrt((problem.X_training.std(0) ** 2).sum()) > 0.5
    together = np.concatenate(problem[:3])
    assert len(np.unique(together, axis=0)) == len(together)  # no sample is in two sets


@pytest.mark.parametrize("name", SOURCES)
def test_a_seed_gives_one_problem_and_other_seeds_give_others(name):
    source = SOURCES[name]
    first, again, other = (source.problem(4, SIZES, seed) for seed in (0, 0, 1))
    for left, right in zip(first, again, strict=True):
        np.testing.assert_array_equal(left, right)
    assert not np.array_equal(first.X_training, other.X_training)


def test_classes_of_real_data_are_drawn_by_the_seed_and_keep_their_samples_apart():
    digits, random = DATASETS["digits"].load(), [np.random.default_rng(seed) for seed in range(6)]
    chosen = []
    for each in random:
        X, targets = SOURCES["digits"].draw(3, 20, each)
        rows = [np.flatnonzero((sample == digits.X).all(1))[0] for sample in X]
        pairs = {*zip(targets.tolist(), digits.targets[rows].tolist(), strict=True)}
        assert len(pairs) == 3  # each class is one digit
        chosen.append(frozenset(digit for _, digit in pairs))
    assert len({*chosen}) > 1


def test_a_source_gives_what_it_has():
    smallest = np.bincount(DATASETS["digits"].load().targets).min()
    sizes = SOURCES["digits"].available(2, Sizes(500, 250, 500))
    assert sum(sizes) <= smallest
    assert sizes.training == int(0.6 * smallest)
    assert min(sizes) > 30
    assert SOURCES["digits"].available(2, SIZES) == SIZES
    assert SOURCES["digits"].most_classes == SOURCES["MNIST"].most_classes == 10
    assert SOURCES["Gaussian mixture"].available(100, Sizes(500, 250, 500)) == (500, 250, 500)


# The experiment


def test_a_value_is_its_own_link():
    experiment = ClassCounts(source="digits", counts=(10, 2, 5, 2), heads=["sigmoid", "Taylor softmax"])
    assert experiment.counts == (2, 5, 10)
    assert experiment.baseline == "Taylor softmax"
    assert ClassCounts.from_link(experiment.to_link()) == (experiment, ())
    assert ClassCounts().to_link() == {}
    assert experiment.replace(heads=["sigmoid", "softmax"]).baseline == "softmax"
    mixture = ClassCounts(source="Gaussian mixture(bayes_error=0.2)")
    assert mixture.source == MixtureWithBayesError(bayes_error=0.2)


def test_numbers_of_classes_that_a_source_lacks_are_left_out():
    assert ClassCounts(source="digits").used == (2, 5, 10)
    with pytest.raises(ValueError, match="digits has 10 classes; got '30,100'"):
        ClassCounts(source="digits", counts=(100, 30)).run()
    with pytest.raises(ValueError, match="baseline must be one of softmax"):
        ClassCounts(heads="softmax", baseline="sigmoid")


@pytest.mark.parametrize("n_classes", [2, 10, 100])
def test_training_samples_are_counted_in_all_or_by_class(n_classes):
    in_all = ClassCounts(samples=1000).sizes(n_classes)
    assert in_all.training * n_classes == 1000
    assert in_all.test * n_classes == 1000
    assert ClassCounts(samples=50, sampling=PER_CLASS).sizes(n_classes).training == 50
    assert min(ClassCounts(samples=10).sizes(n_classes)) >= 1


def test_no_problem_is_both_tuned_on_and_reported():
    experiment = ClassCounts(first_seed=1_000_000, n_seeds=100)
    assert not {*experiment.seeds} & {*experiment.tuning_seeds}
    assert not {*ClassCounts(first_seed=0).tuning_seeds} & {*ClassCounts(first_seed=1).tuning_seeds}


@pytest.mark.parametrize("n_classes", [2, 10])
def test_a_linear_softmax_comes_close_to_the_best_possible_classifier(n_classes):
    """It is the true model of clouds with one covariance, so error and log loss are Bayes', but for noise."""
    experiment = ClassCounts(
        counts=(n_classes,),
        heads="softmax",
        n_seeds=6,
        samples=6000,
        hidden_layer_sizes=(),
        learning_rate=0.01,
        n_epochs=40,
    )
    values = experiment.run(n_jobs=1).values
    assert values["accuracy"].mean() == pytest.approx(0.9, abs=0.012)
    bayes = []
    for seed in experiment.seeds:
        random = np.random.default_rng([seed, n_classes])
        means = experiment.source.means(n_classes, random)
        targets = np.repeat(np.arange(n_classes), 20_000 // n_classes)
        X = means[targets] + random.standard_normal((len(targets), 10))
        posterior = softmax(X @ means.T - (means**2).sum(1) / 2, axis=1)
        bayes.append(log_loss(targets, posterior))
    assert values["log loss"].mean() == pytest.approx(np.mean(bayes), abs=0.02)
    assert abs(values["confidence minus accuracy"].mean()) < 0.015


def test_measures_are_those_of_the_test_sets():
    """Against scikit-learn, from the networks that the same settings train."""
    from alternatives.experiments.runs import Job, train

    experiment = ClassCounts(counts=(4,), n_seeds=2, samples=80, learning_rate=0.03, n_epochs=3)
    found = experiment.run(n_jobs=1).found[0].values
    data = problems(experiment.source, 4, experiment.sizes(4), experiment.seeds)
    jobs = [Job(variant, 0.03, 3) for variant in experiment.at(4)]
    runs = train(jobs, experiment.recipe, experiment.seeds, data.training, data.validation, n_jobs=1)
    for index, head in enumerate(experiment.heads):
        for seed in range(2):
            shares = head.class_probabilities(runs.logits(index, data.test.X)[seed].astype(float))
            targets = data.test.targets[seed]
            right = (shares.argmax(1) == targets).mean()
            assert found["log loss"][index, seed] == pytest.approx(log_loss(targets, shares), rel=1e-9)
            assert found["accuracy"][index, seed] == right
            gap = shares.max(1).mean() - right
            assert found["confidence minus accuracy"][index, seed] == pytest.approx(gap, abs=1e-9)


def test_numbers_depend_neither_on_workers_nor_on_other_heads_or_counts(results):
    in_workers = SMALL.run(n_jobs=2)
    alone = SMALL.replace(counts=(5,), heads=["Taylor softmax"]).run(n_jobs=1)
    for name in MEASURES:
        np.testing.assert_array_equal(results.values[name], in_workers.values[name])
        taylor = results.variants.index("Taylor softmax")
        np.testing.assert_array_equal(results.values[name][1, taylor], alone.values[name][0, 0])
    pd.testing.assert_frame_equal(results.tuning, in_workers.tuning)


def test_given_rate_and_epochs_are_used():
    tuning = SMALL.replace(learning_rate=0.02, n_epochs=3).run(n_jobs=1).tuning
    assert {*tuning["learning_rate"]} == {0.02}
    assert {*tuning["epochs"]} == {3}
    own_epochs = SMALL.replace(learning_rate=0.02).run(n_jobs=1).tuning
    assert {*own_epochs["learning_rate"]} == {0.02}
    assert own_epochs["epochs"].between(1, 4).all()


def test_progress_goes_from_nothing_to_everything():
    heard: list[ClassCountsProgress] = []
    SMALL.run(heard.append, n_jobs=1)
    fractions = [progress.fraction for progress in heard]
    assert fractions[0] == 0
    assert fractions == sorted(fractions)
    assert 0.9 < fractions[-1] <= 1 + 1e-9
    assert [*dict.fromkeys(len(progress.found) for progress in heard)] == [0, 1]
    assert heard[-1].so_far.counts == (2,)


def test_cost_grows_with_what_is_asked():
    small, large = SMALL.cost(), SMALL.replace(n_seeds=100, counts=(2, 100)).cost()
    assert 0 < small.seconds < large.seconds
    assert 0 < small.megabytes < large.megabytes


# The summary and the finding


def test_no_interval_contradicts_its_verdict(results):
    summary = results.summary
    assert len(summary) == len(MEASURES) * 2 * 3
    assert (summary[summary["head"] == "softmax"]["verdict"] == "baseline").all()
    others = summary[summary["head"] != "softmax"]
    low, high, margin = others["difference_low"], others["difference_high"], others["margin"]
    np.testing.assert_array_equal(others["verdict"] == "equivalent", (low >= -margin) & (high <= margin))
    apart = ((low > 0) | (high < 0)) & (others["verdict"] != "equivalent")
    np.testing.assert_array_equal(apart, others["verdict"].isin(["better", "worse", "higher", "lower"]))


def test_differences_are_paired_over_the_seeds(results):
    for measure in MEASURES:
        rows = results.summary[results.summary["measure"] == measure]
        for place, count in enumerate(results.counts):
            own = rows[(rows["n_classes"] == count) & (rows["head"] == "spherical softmax")].iloc[0]
            values = results.values[measure][place]
            assert own["difference"] == pytest.approx((values[1] - values[0]).mean())
            assert own["mean"] == pytest.approx(values[1].mean())


def made(log_losses, accuracies, counts, heads=("softmax", "spherical softmax", "Taylor softmax"), **fields):
    """Results with these means by number of classes and head, and hardly any noise."""
    experiment = ClassCounts(counts=counts, heads=list(heads), n_seeds=8, **fields)
    noise = np.random.default_rng(0).normal(0, 1e-3, (len(counts), len(heads), 8))
    noise -= noise.mean(-1, keepdims=True)
    found = []
    for place, count in enumerate(counts):
        accuracy = np.array(accuracies[place])[:, None] + noise[place]
        values = {
            "log loss": np.array(log_losses[place])[:, None] + noise[place],
            "accuracy": accuracy,
            "confidence minus accuracy": 0.02 * np.arange(len(heads))[:, None] * -1 + noise[place],
        }
        tuning = pd.DataFrame(
            {
                "head": list(heads),
                "learning_rate": 0.03,
                "epochs": 12,
                "at_edge": False,
                "at_cap": [count == 100 and head == "Taylor softmax" for head in heads],
                "still_falling": False,
            }
        )
        found.append(AtCount(count, values, tuning))
    return ClassCountsResults(experiment, tuple(found))


def test_the_finding_says_where_heads_differ_and_by_how_much():
    results = made(
        [[0.3, 0.3, 0.3], [0.3, 0.35, 0.36], [0.5, 1.7, 1.8]],
        [[0.9, 0.9, 0.9], [0.9, 0.9, 0.9], [0.8, 0.85, 0.8]],
        (2, 10, 100),
    )
    assert results.finding == (
        "On Gaussian mixture over 8 seeds, compared with softmax, log loss is worse from 10 classes on "
        "(0.050 to 0.060 nats higher with 10, 1.2 to 1.3 with 100) for spherical softmax and Taylor softmax. "
        "Elsewhere log loss is equivalent. Accuracy is better with 100 classes (5.0 points higher) for "
        "spherical softmax. Elsewhere accuracy is equivalent. With 100 classes spherical softmax and Taylor "
        "softmax are underconfident by 2.0 and 4.0 points. Validation loss still falls at the last of 30 "
        "epochs for Taylor softmax with 100 classes."
    )


def test_the_finding_of_one_head_is_its_numbers():
    results = made([[0.3], [0.5]], [[0.9], [0.8]], (2, 30), heads=["softmax"])
    assert "softmax has log loss 0.300 nats with 2 classes and 0.500 nats with 30 classes" in results.finding


def test_one_seed_decides_nothing_and_says_nothing_of_power():
    finding = SMALL.replace(n_seeds=1, counts=(3,)).run(n_jobs=1).finding
    assert "log loss is undecided. Accuracy is undecided." in finding


def test_runs_that_diverged_are_counted():
    results = made([[0.3, 0.3, 0.3]], [[0.9, 0.9, 0.9]], (5,))
    results.found[0].values["log loss"][1, :2] = np.nan
    assert results.finding.endswith("Diverged: 2 of 8 with spherical softmax and 5 classes.")


@pytest.mark.parametrize("margin", [0.1, 8.0])
def test_margins_are_the_experiments(margin):
    results = made([[0.3, 0.3, 0.3]], [[0.9, 0.85, 0.9]], (5,), margin=margin)
    row = results.summary.query("measure == 'accuracy' and head == 'spherical softmax'").iloc[0]
    assert row["margin"] == pytest.approx(margin / 100)
    assert row["verdict"] == ("worse" if margin < 5 else "equivalent")


def test_segments_join_what_is_next_to_each_other():
    verdicts = ["equivalent", "worse", "worse", "undecided", "worse"]
    assert segments(verdicts, (2, 5, 10, 30, 100)) == [
        ("equivalent", (2,)),
        ("worse", (5, 10)),
        ("undecided", (30,)),
        ("worse", (100,)),
    ]


def test_exports_hold_every_number(results):
    rows = results.to_csv().splitlines()
    assert rows[0] == "n_classes,head,seed,measure,value"
    assert len(rows) == 1 + 2 * 3 * 4 * len(MEASURES)
    content = json.loads(results.to_json())
    assert content["finding"] == results.finding
    assert content["experiment"] == SMALL.texts()
    assert len(content["summary"]) == 2 * 3 * len(MEASURES)
    assert {"n_classes", "head", "learning_rate", "epochs", "at_cap"} <= {*content["tuning"][0]}
    frame = results.measures
    picked = frame.query("n_classes == 5 and head == 'Taylor softmax' and measure == 'accuracy'")["value"]
    np.testing.assert_array_equal(picked, results.values["accuracy"][1, 2])


# Charts and tables


@pytest.mark.parametrize("measure", MEASURES)
def test_charts_are_valid_and_told_in_words(results, measure):
    so_far = ClassCountsResults(SMALL, results.found[:1])
    for each in (results, so_far):
        for drawing in (charts.differences(each, measure), charts.values(each, measure)):
            drawing.altair().to_dict()  # validates
            assert drawing.frame.columns.is_unique
            assert drawing.text.endswith(".")
            assert "nan" not in drawing.text
            assert len(drawing.frame)


def test_a_picture_so_far_has_the_axes_of_the_results(results):
    so_far = ClassCountsResults(SMALL, results.found[:1])
    for measure in MEASURES:
        assert charts.differences(so_far, measure).arguments == charts.differences(results, measure).arguments


def test_marks_stand_at_their_number_of_classes_and_within_the_axis():
    heads = ["softmax", "spherical softmax", "Taylor softmax", "sigmoid", "hinge", "sparsemax"]
    counts = (2, 5, 10, 30, 100)
    results = made([[0.3] * 6] * 5, [[0.9] * 6] * 5, counts, heads=heads)
    frame = charts.differences(results, "log loss").frame
    points = frame[frame["row"] == "point"]
    nearest = np.array(counts)[np.abs(np.log(points["place"].to_numpy()[:, None] / counts)).argmin(1)]
    np.testing.assert_array_equal(nearest, points["n_classes"])
    assert not points.groupby("head")["place"].apply(tuple).duplicated().any()
    x = charts.differences(results, "log loss").specification["layer"][3]["encoding"]["x"]
    low, high = x["scale"]["domain"]
    assert low <= points["place"].min() * 1.0001
    assert points["place"].max() <= high * 1.0001


def test_differences_in_shares_are_shown_in_points():
    results = made([[0.3, 0.3, 0.3]], [[0.9, 0.85, 0.9]], (5,))
    frame = charts.differences(results, "accuracy").frame
    point = frame[(frame["row"] == "point") & (frame["head"] == "spherical softmax")].iloc[0]
    assert point["mean"] == pytest.approx(-5, abs=0.2)
    shaded = frame[frame["row"] == "margin"].iloc[0]
    assert (shaded["low"], shaded["high"]) == (-1, 1)


def test_tables_have_a_row_for_each_number_of_classes(results):
    table = tables.by_classes(results, "log loss")
    assert list(table.index) == ["2 classes", "5 classes"]
    assert list(table.columns) == list(results.variants)
    assert table["softmax"].str.endswith(":small[baseline]").all()
    tuned = tables.tuning_by_classes(results)
    assert tuned.shape == table.shape
    assert tuned.map(lambda text: "epoch" in text).all(axis=None)


def test_a_head_whose_runs_all_diverged_has_no_marks():
    results = made([[0.3, np.nan, 0.3]], [[0.9, np.nan, 0.9]], (5,))
    results = dataclasses.replace(results)
    frame = charts.differences(results, "log loss").frame
    assert {*frame[frame["row"] == "point"]["head"]} == {"Taylor softmax"}
    charts.differences(results, "log loss").altair().to_dict()
    charts.values(results, "log loss").altair().to_dict()
    assert tables.by_classes(results, "log loss")["spherical softmax"].iloc[0].startswith("–")


# The command


def test_the_command_prints_what_the_value_gives(capsys, results):
    options = [f"--{name.replace('_', '-')}={text}" for name, text in SMALL.to_link().items()]
    assert main(["classes", *options, "--quiet"]) == 0
    printed = capsys.readouterr().out
    assert results.finding in " ".join(printed.split())
    assert main(["classes", *options, "--json", "-", "--quiet"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(results.to_json())


def test_tables_fit_the_terminal(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    heads = "softmax,spherical softmax,Taylor softmax,sigmoid,hinge"
    fast = ["--samples=40", "--seeds=3", "--learning-rate=0.01", "--epochs=2", "--counts=2,100", "--quiet"]
    assert main(["classes", *fast, f"--heads={heads}"]) == 0
    printed = capsys.readouterr().out
    assert max(map(len, printed.splitlines())) <= 60
    assert all(printed.count(f"{head}\n") or printed.count(f"{head}  ") for head in heads.split(","))


def test_help_names_every_source_with_its_parameters(capsys):
    assert main(["classes", "--help"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    for source in SOURCES.values():
        assert source.sentence in said
        for parameter, allowed in source.ranges().items():
            assert f"{parameter}: {allowed.explanation}" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--counts", "1"], "from 2 to 100"),
        (["--source", "nonsense"], "one of Gaussian mixture"),
        (["--source", "digits", "--counts", "30"], "digits has 10 classes"),
    ],
)
def test_the_command_refuses_in_one_line(capsys, arguments, said):
    assert main(["classes", *arguments]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert len(error.splitlines()) == 1
