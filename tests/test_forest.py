"""The forest plot of differences from the baseline: its verdicts can be read from its bars and its shade."""

import dataclasses

import altair as alt
import numpy as np
import pytest

from alternatives.charts import forest, tables
from alternatives.experiments import Comparison
from alternatives.measures import MEASURES

HEADS = ["softmax", "spherical softmax", "Taylor softmax", "sigmoid"]
SMALL = Comparison(dataset="iris", heads=HEADS, n_seeds=5, n_epochs=2, learning_rate=0.01)


@pytest.fixture(scope="module")
def results():
    return SMALL.run(n_jobs=1)


def changed(results, measure, differences):
    """The results where heads differ from the baseline by these values, seed by seed."""
    values = results.values[measure].copy()
    for head, difference in differences.items():
        values[results.variants.index(head)] = values[0] + difference
    return dataclasses.replace(results, values=results.values | {measure: values})


def lost(results, *heads):
    """The results where every run of these heads diverged."""
    rows = [results.variants.index(head) for head in heads]
    diverged = results.diverged.copy()
    values = {name: each.copy() for name, each in results.values.items()}
    diverged[rows] = True
    for each in values.values():
        each[rows] = np.nan
    return dataclasses.replace(results, diverged=diverged, values=values)


def layer(results, measure, name):
    frame = forest.drawing(results, measure).frame
    return frame[frame["row"] == name]


def verdict_of_bar(low, high, margin, better):
    """The caption's rule, in order."""
    if -margin <= low and high <= margin:
        return "equivalent"
    if low <= 0 <= high:
        return "undecided"
    ways = {"higher": ("better", "worse"), "lower": ("worse", "better")}.get(better, ("higher", "lower"))
    return ways[high < 0]


@pytest.mark.parametrize("measure", [name for name in tables.HEADLINE if MEASURES[name].better])
@pytest.mark.parametrize("size", [0.001, 0.01, 0.1])
def test_a_verdict_can_be_read_from_its_bar_and_the_shade(results, measure, size):
    steps = np.linspace(0.9, 1.1, 5)
    differences = {HEADS[1]: size * steps, HEADS[2]: -size * steps, HEADS[3]: size * (steps - 1)}
    shown = changed(results, measure, differences)
    said = layer(shown, measure, "head").set_index("head")["verdict"]
    (shade,) = layer(shown, measure, "margin").to_dict("records")
    assert shade["low"] == -shade["high"] < 0
    bars = layer(shown, measure, "difference")
    assert list(bars["head"]) == HEADS[1:]
    for bar in bars.to_dict("records"):
        better = MEASURES[measure].better
        assert said[bar["head"]] == verdict_of_bar(bar["low"], bar["high"], shade["high"], better)
        assert bar["low"] <= bar["mean"] <= bar["high"]


def test_differences_are_those_of_the_seeds_in_points_or_in_the_measures_unit(results):
    for measure in tables.HEADLINE:
        values, bars = results.values[measure], layer(results, measure, "difference")
        scale = 100 if MEASURES[measure].unit == "%" else 1
        np.testing.assert_allclose(bars["mean"], scale * (values[1:] - values[0]).mean(1), atol=1e-12)


def test_an_axis_says_which_way_is_better():
    directions = {name: forest.direction(MEASURES[name]) for name in tables.HEADLINE}
    assert directions == {
        "accuracy": "better →",
        "confidence minus accuracy": "higher →",
        "log loss": "← better",
        "gradient magnitude": "higher →",
    }


def test_a_measure_without_verdicts_has_none_but_says_what_is_higher(results):
    measure, steps = "gradient magnitude", np.linspace(0.9, 1.1, 5)
    shown = changed(results, measure, {HEADS[1]: steps, HEADS[2]: -steps, HEADS[3]: 20 * (steps - 1)})
    assert set(layer(shown, measure, "head")["verdict"]) == {""}
    assert layer(shown, measure, "margin").empty
    text = forest.drawing(shown, measure).text
    assert text.endswith(": higher for spherical softmax; lower for Taylor softmax; undecided for sigmoid.")


def test_what_diverged_is_said_in_place_of_a_verdict(results):
    part = lost(results, "sigmoid")
    assert layer(part, "log loss", "head").set_index("head")["verdict"]["sigmoid"] == "diverged"
    assert "sigmoid" not in set(layer(part, "log loss", "difference")["head"])
    for measure in tables.HEADLINE:
        drawing = forest.drawing(lost(results, "softmax"), measure)
        shown = drawing.frame
        assert set(shown["row"]) <= {"margin", "zero", "note"}
        assert shown["note"].dropna().tolist() == ["Every run of softmax diverged"]
        assert drawing.text.endswith(": nothing to compare: every run of softmax diverged.")


def test_one_seed_has_marks_without_bars():
    bars = layer(SMALL.replace(n_seeds=1).run(n_jobs=1), "accuracy", "difference")
    assert list(bars["head"]) == HEADS[1:]
    assert bars[["low", "high"]].isna().all(axis=None)
    assert set(bars["interval_text"]) == {"–"}


def test_an_undecided_difference_says_what_would_have_shown(results):
    texts = {
        row["head"]: (row["verdict"], tables.noticed(row))
        for row in results.summary_of("log loss").to_dict("records")
    }
    for bar in layer(results, "log loss", "difference").to_dict("records"):
        verdict, noticed = texts[bar["head"]]
        assert bar["verdict_text"] == (f"{verdict}: {noticed}" if noticed else verdict)


@pytest.mark.parametrize("heads", [HEADS, HEADS[:2], HEADS[:1]], ids=str)
def test_panels_are_valid_with_many_heads_and_with_few(results, heads):
    for measure in tables.HEADLINE:
        arguments = {**forest.drawing(results, measure).arguments, "heads": tuple(heads[1:])}
        forest.chart(alt.NamedData("frame"), **arguments).to_dict(validate=True)


def test_a_panel_grows_with_its_rows():
    assert forest.height(4) - forest.height(3) == forest.ROW
    assert forest.height(1) == forest.height(2)
