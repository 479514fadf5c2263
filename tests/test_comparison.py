"""Comparison, its links, and its results."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from alternatives.experiments import Comparison, Progress
from alternatives.heads import HEADS, SphericalSoftmax
from alternatives.measures import MEASURES, TEMPERATURE_SCALED
from alternatives.plane import CELLS
from tests.heads_of_ones_own import a_head_of_ones_own

COMPARED = [name for name, head in HEADS.items() if head.in_comparison]
SMALL = Comparison(dataset="iris", n_seeds=4, max_epochs=4, hidden_layer_sizes=(8,))
ELSEWHERE = [
    Comparison(
        dataset="moons(noise=0.3)", heads=["sigmoid", "Taylor softmax"], baseline="sigmoid", n_seeds=3
    ),
    Comparison(
        heads=[SphericalSoftmax(epsilon=0.01)], hidden_layer_sizes=(), solver="sgd", learning_rate=0.5
    ),
    Comparison(
        hidden_layer_sizes=(16, 8), activation="tanh", first_seed=7, label_noise=0.2, weight_decay=1e-3
    ),
]
HOSTILE = [
    "", " ", "nan", "inf", "-1", "1e400", "9" * 400, "0x10", "1,2,3,4,5,6", "None", "null", "True", "½",
    "<script>alert(1)</script>", "'; drop table", "softmax(", "softmax)", "((((", "Taylor softmax(order=2)",
    "spherical softmax(epsilon=nan)",
    "spherical softmax(epsilon=-1)", "moons(noise=1e9)", "../../etc/passwd", "\x00", "ナ" * 5000,
]  # fmt: skip


@pytest.fixture(scope="module")
def results():
    return SMALL.run()


def frames(results) -> dict[str, pd.DataFrame]:
    names = ("runs", "measures", "summary", "history", "reliability", "tuning", "trials")
    return {name: getattr(results, name) for name in names}


@pytest.mark.parametrize("comparison", [Comparison(), SMALL, *ELSEWHERE], ids=str)
def test_links_and_json_say_everything(comparison):
    assert Comparison.from_link(comparison.to_link()) == (comparison, ())
    assert Comparison.from_json(comparison.to_json()) == comparison


def test_the_default_comparison_has_an_empty_link():
    assert Comparison().to_link() == {}


def test_a_link_says_only_what_is_not_at_its_default():
    assert ELSEWHERE[0].to_link() == {
        "dataset": "moons(noise=0.3)", "heads": "Taylor softmax,sigmoid", "baseline": "sigmoid", "seeds": "3",
    }  # fmt: skip


@pytest.mark.parametrize("name", Comparison.names().values())
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:20])
def test_a_hostile_link_gives_a_comparison_or_a_sentence(name, text):
    comparison, problems = Comparison.from_link({name: text})
    assert (comparison == Comparison()) if problems else (comparison.texts()[name] != "")
    assert all(0 < len(problem) < 1000 for problem in problems)
    assert Comparison.from_link({name: [text]}) == (comparison, problems)
    twice, more_problems = Comparison.from_link({name: [text, "twice"]})
    assert twice == comparison
    assert len(more_problems) == len(problems) + 1
    assert Comparison.from_link(comparison.to_link()) == (comparison, ())


def test_a_link_keeps_what_is_right_and_says_what_is_not():
    comparison, problems = Comparison.from_link({"seeds": "0", "epochs": "7", "colour": "red"})
    assert comparison == Comparison(n_epochs=7)
    assert problems == (
        "seeds must be a whole number from 1 to 100, got '0'",
        "there is no setting 'colour'",
    )


def test_every_name_may_be_written_without_spaces_and_capitals():
    link = {"heads": "SIGMOID,taylor-softmax", "baseline": "Taylor_Softmax", "learning_rate": "Own-best"}
    expected = Comparison(heads=["Taylor softmax", "sigmoid"], baseline="Taylor softmax")
    assert Comparison.from_link(link) == (expected, ())


def test_a_parameter_said_twice_counts_once():
    comparison, problems = Comparison.from_link({"seeds": ["3", "4"]})
    assert comparison.n_seeds == 3
    assert problems == ("seeds may be said once; the first, '3', counts",)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"dataset": "mars"}, "data set must be one of iris, "),
        ({"heads": ["softmin"]}, "head must be one of softmax, "),
        ({"heads": []}, "choose at least one head"),
        ({"heads": ["softmax", "softmax"]}, "each named once; got 'softmax, softmax'"),
        ({"heads": ["softmax"] * 10_000}, "…"),
        ({"baseline": "mars"}, "baseline must be one of softmax, "),
        ({"heads": ["sigmoid"], "baseline": "softmax"}, "baseline must be one of sigmoid; got 'softmax'"),
        ({"n_seeds": 2.5}, "seeds must be a whole number from 1 to 100, got '2.5'"),
        ({"n_seeds": True}, "seeds must be a whole number"),
        ({"learning_rate": float("nan")}, "learning_rate must be a number from 0.000001 to 10"),
        ({"hidden_layer_sizes": (8, 0)}, "hidden must be a whole number from 1 to 512, got '0'"),
        ({"hidden_layer_sizes": (8,) * 5}, "hidden must be at most 4 layers, got 5"),
        ({"activation": "sine"}, "activation must be one of relu, tanh, logistic, softmax, "),
    ],
    ids=str,
)
def test_what_is_not_allowed_is_refused_with_what_is(changes, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        Comparison(**changes)


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"seeds": 3}', '{"seeds": "0"}', '{"colour": "red"}', "nan", "[" * 100_000]
)
def test_json_that_is_no_comparison_is_refused(text):
    with pytest.raises(ValueError, match=r"JSON|seeds must be|there is no setting"):
        Comparison.from_json(text)


def test_every_field_has_a_kind_whose_text_it_reads():
    comparison = ELSEWHERE[2]
    for field, kind in Comparison.fields().items():
        value = getattr(comparison, field)
        assert kind.parse(kind.text(value), field) == value
        assert kind.explanation


def test_a_baseline_that_is_no_longer_compared_gives_way():
    assert Comparison().replace(heads=["sigmoid", "Taylor softmax"]).baseline == "Taylor softmax"
    assert Comparison(baseline="sigmoid").replace(n_seeds=2).baseline == "sigmoid"


def test_the_same_comparison_gives_the_same_numbers(results):
    again = SMALL.run(n_jobs=2)
    for name, frame in frames(results).items():
        keep = [column for column in frame if column != "training_seconds"]
        pd.testing.assert_frame_equal(frame[keep], frames(again)[name][keep], check_exact=True)


@pytest.mark.parametrize("head", COMPARED)
def test_a_head_alone_gives_the_numbers_that_it_gives_in_company(results, head):
    alone = SMALL.replace(heads=[head]).run().measures
    company = results.measures[results.measures["head"] == head].reset_index(drop=True)
    order = ["measure", "seed"]
    pd.testing.assert_frame_equal(
        alone.sort_values(order).reset_index(drop=True),
        company.sort_values(order).reset_index(drop=True),
        check_exact=True,
    )


def test_every_head_gets_the_rate_and_epochs_of_the_lowest_validation_log_loss(results):
    for head, tried in results.trials.groupby("head"):
        (chosen,) = results.tuning[results.tuning["head"] == head].to_dict("records")
        on_all_splits = tried[tried["n_splits"] == tried["n_splits"].max()]
        best = on_all_splits.loc[on_all_splits["validation_loss"].idxmin()]
        assert (best["learning_rate"], best["epoch"]) == (chosen["learning_rate"], chosen["epochs"])
        assert chosen["at_cap"] == (chosen["epochs"] == SMALL.max_epochs)
        assert chosen["n_tried"] == tried["learning_rate"].nunique()
        assert chosen["epochs_tried"] == tried["n_splits"].sum()  # a row an epoch


def test_given_rate_and_epochs_equal_to_the_chosen_ones_give_the_same_runs(results):
    (chosen,) = results.tuning[results.tuning["head"] == "softmax"].to_dict("records")
    given = {"learning_rate": chosen["learning_rate"], "n_epochs": chosen["epochs"]}
    fixed = SMALL.replace(heads=["softmax"], **given).run().measures
    own = results.measures[results.measures["head"] == "softmax"]
    assert fixed["value"].tolist() == own["value"].tolist()


def test_measures_are_one_row_a_head_seed_and_measure(results):
    scaled = {
        name + TEMPERATURE_SCALED
        for name, measure in MEASURES.items()
        if measure.scaled and measure.of != "gradients"
    }
    rows = results.measures
    assert set(rows["measure"]) == set(MEASURES) | scaled
    assert len(rows) == len(rows[["head", "seed", "measure"]].drop_duplicates())
    assert len(rows) == len(COMPARED) * 4 * len(rows["measure"].unique())
    assert rows["value"].notna().all()


def test_the_confusion_matrix_agrees_with_the_accuracy(results):
    counts = results.confusion_counts
    assert (counts.sum((1, 2)) == 4 * 30).all()
    right = np.trace(counts, axis1=1, axis2=2) / (4 * 30)
    assert right == pytest.approx(results.values["accuracy"].mean(1))


def test_the_reliability_bins_agree_with_accuracy_and_confidence_where_no_sample_is_tested_twice():
    once = SMALL.replace(n_seeds=1).run()
    for _, bins in once.reliability[once.reliability["count"] > 0].groupby(["head", "binning"]):
        head = once.variants.index(bins["head"].iloc[0])
        for column, measure in (("accuracy", "accuracy"), ("confidence", "mean confidence")):
            mean = np.average(bins[column], weights=bins["share"])
            assert mean == pytest.approx(once.values[measure][head, 0])


def test_a_sample_counts_once_in_the_reliability_bins_however_many_seeds_tested_it(results):
    n_distinct = len(np.unique(SMALL.data.test_index))
    assert n_distinct < 4 * 30
    for _, bins in results.reliability.groupby(["head", "binning"]):
        assert bins["count"].sum() == 4 * 30
        assert bins["share"].sum() == pytest.approx(1)
        weighed = bins["share"] * n_distinct
        assert (weighed <= bins["count"] + 1e-9).all()
        assert (bins.loc[bins["count"] == 1, "share"] * n_distinct <= 1 + 1e-9).all()


def test_temperature_scaling_changes_no_decision(results):
    table = results.measures.pivot(index=["head", "seed"], columns="measure", values="value")
    assert (table["accuracy"] == table["accuracy" + TEMPERATURE_SCALED]).all()


def test_temperature_scaling_does_no_harm_where_every_validation_sample_is_right():
    """On wine that is so in half of the runs, and the best temperature would be 0."""
    results = Comparison("wine", heads=list(HEADS), n_seeds=20, first_seed=500).run()
    values = results.values
    assert (values["log loss" + TEMPERATURE_SCALED].mean(1) <= values["log loss"].mean(1) + 0.02).all()
    assert (results.temperatures < 1).mean() > 0.5


def test_differences_are_paired_by_seed(results):
    table = results.measures.query("measure == 'log loss'").pivot(
        index="seed", columns="head", values="value"
    )
    row = results.summary.query("measure == 'log loss' and head == 'sigmoid'").iloc[0]
    assert row["difference"] == pytest.approx((table["sigmoid"] - table["softmax"]).mean())
    assert row["difference_low"] < row["difference"] < row["difference_high"]
    assert results.summary.query("head == 'softmax'")["verdict"].eq("baseline").all()


def test_two_features_give_a_plane_of_decisions():
    found = Comparison(dataset="moons", n_seeds=1, n_epochs=1, heads=["softmax", "sigmoid"]).run().decisions
    assert found.predicted.shape == found.confidence.shape == (2, CELLS**2)
    assert len(found.points) == len(found.classes) > 10
    for axis, column in (("x", 0), ("y", 1)):
        assert found.points[:, column].min() >= found.plane.corners[axis].min()
        assert found.points[:, column].max() <= found.plane.corners[f"{axis}2"].max()
    assert ((found.confidence >= 0.5) & (found.confidence <= 1)).all()


def test_other_data_have_no_plane(results):
    assert results.decisions is None


def test_a_network_that_diverged_decides_nothing():
    wild = Comparison("moons", ["softmax"], n_seeds=1, n_epochs=30, solver="sgd", learning_rate=10.0,
                      hidden_layer_sizes=(64,) * 4)  # fmt: skip
    plane = wild.run().decisions
    assert set(plane.predicted.ravel()) == {"–"}
    assert np.isnan(plane.confidence).all()


def test_a_comparison_that_diverges_is_a_result():
    diverged = SMALL.replace(heads=["softmax", "sigmoid"], solver="sgd", learning_rate=10.0, n_epochs=60,
                                 hidden_layer_sizes=(64, 64, 64, 64)).run()  # fmt: skip
    lost = diverged.runs[diverged.runs["diverged"]]
    assert len(lost)
    assert "iverged" in diverged.finding
    values = diverged.measures.merge(lost[["head", "seed"]])["value"]
    assert values.isna().all()
    last = diverged.history[diverged.history["epoch"] == 60].merge(lost[["head", "seed"]])
    assert last.loc[last["quantity"] == "validation accuracy", "value"].isna().all()
    predicted = diverged.confusion_counts.sum((1, 2)) / 30
    assert predicted.tolist() == (~diverged.diverged).sum(1).tolist()


def test_watching_hears_of_the_progress_and_can_stop_it():
    class GivenUp(BaseException):
        pass

    heard: list[Progress] = []

    def watch(progress: Progress) -> None:
        heard.append(progress)
        if progress.stage == "training" and progress.epoch:
            raise GivenUp

    with pytest.raises(GivenUp):
        SMALL.replace(n_epochs=500, learning_rate=0.01, dataset="digits").run(watch)
    assert 0 < heard[-1].fraction < 1
    assert heard[-1].variants == tuple(COMPARED)
    for curve in heard[-1].curves.values():
        assert curve.values.shape == (len(COMPARED), 4, heard[-1].epoch)


def test_results_as_csv_and_json(results):
    lines = results.to_csv().splitlines()
    assert lines[0] == "head,seed,measure,value"
    assert len(lines) == 1 + len(results.measures)
    said = json.loads(results.to_json())
    assert Comparison.from_link(said["comparison"]) == (SMALL, ())
    assert said["finding"] == results.finding
    assert [row["value"] for row in said["measures"]] == results.measures["value"].tolist()
    assert said["summary"][0]["difference"] is None


def test_a_head_of_ones_own_is_compared_like_any_other():
    before = Comparison().heads
    with a_head_of_ones_own() as head:
        assert Comparison().heads == before
        comparison = Comparison(dataset="iris", heads=[*before, head], n_seeds=3, n_epochs=2)
        found = comparison.run()
        for name, frame in frames(found).items():
            if "head" in frame and len(frame):
                assert head.name in set(frame["head"]), name
    assert Comparison().heads == before
