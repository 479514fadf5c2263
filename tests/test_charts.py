"""Charts of a comparison: frames, specifications, texts, and the look that they share."""

import dataclasses
import itertools
import json
import re
import tomllib
from pathlib import Path

import altair as alt
import numpy as np
import pandas as pd
import pytest

from alternatives.charts import drawings, frames, look, words
from alternatives.experiments import Comparison
from alternatives.heads import HEADS
from alternatives.heads.looks import COLOURS
from alternatives.measures import MEASURES
from tests.heads_of_ones_own import a_head_of_ones_own

CONFIG = tomllib.loads((Path(__file__).parents[1] / ".streamlit" / "config.toml").read_text("utf-8"))
BACKGROUNDS = [CONFIG["theme"][theme]["backgroundColor"] for theme in ("light", "dark")]
GRAPHICS = 3.0  # WCAG 2.2, 1.4.11: contrast of graphical objects


@pytest.fixture(scope="module")
def with_a_head_of_ones_own():
    with a_head_of_ones_own() as head:
        yield head


@pytest.fixture(scope="module")
def results(with_a_head_of_ones_own):
    heads = list(HEADS)
    return Comparison(dataset="moons(samples=200)", heads=heads, n_seeds=3, n_epochs=3).run()


def of_heads(results, heads):
    """The results as if these heads alone had been compared."""
    kept = {
        field.name: value[value["head"].isin(heads)]
        for field in dataclasses.fields(results)
        if isinstance(value := getattr(results, field.name), pd.DataFrame) and "head" in value
    }
    return dataclasses.replace(results, comparison=results.comparison.replace(heads=heads), **kept)


def subsets(heads):
    """Every subset of the heads shown by default and the last; each other head beside the first; all."""
    usual = [head for head in heads if head == heads[-1] or HEADS[head].in_comparison]
    for size in range(1, len(usual) + 1):
        yield from itertools.combinations(usual, size)
    yield from ((heads[0], head) for head in heads if head not in usual)
    yield tuple(heads)


def shared(results):
    """The drawings that show all heads at once."""
    yield from (drawings.by_head(results, measure) for measure in MEASURES)
    yield from (drawings.lines(results, quantity) for quantity in results.curves["quantity"].unique())
    yield drawings.temperature(results)
    yield drawings.rates(results)
    yield drawings.training_time(results)


def of_each_head(results):
    """The drawings that show one head."""
    for head in drawings.heads_of(results.comparison):
        yield drawings.reliability(results, head)
        yield drawings.confusion(results, head)
        yield drawings.regions(results, head)


def one_of_each_kind(results):
    """A drawing of each chart that shows all heads at once."""
    yield drawings.by_head(results, "accuracy")
    yield from (drawings.lines(results, quantity) for quantity in ("training loss", "validation accuracy"))
    yield drawings.temperature(results)
    yield drawings.rates(results)
    yield drawings.training_time(results)


def everything(results):
    return [*shared(results), *of_each_head(results)]


def fields_of(specification):
    """All fields that a specification draws."""
    return set(re.findall(r'"field": "(\w+)"', json.dumps(specification)))


def luminance(colour):
    """WCAG 2.2's relative luminance."""
    share = np.array([int(colour[start : start + 2], 16) for start in (1, 3, 5)]) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one, other):
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("background", BACKGROUNDS)
@pytest.mark.parametrize("colour", [*COLOURS, look.RULE])
def test_colours_stand_out_in_both_themes(colour, background):
    assert contrast(colour, background) >= GRAPHICS


def test_neighbouring_heads_differ_in_dash_and_shape(with_a_head_of_ones_own):
    for one, other in itertools.pairwise(HEADS):
        assert look.dash(one) != look.dash(other)
        assert look.shape(one) != look.shape(other)


def test_a_head_keeps_its_colour_in_every_subset(results):
    for heads in subsets(drawings.heads_of(results.comparison)):
        for channel in (look.by_colour(heads), look.by_dash(heads), look.by_shape(heads)):
            scale = channel.to_dict()["scale"]
            assert scale["domain"] == list(heads)
        assert look.by_colour(heads).to_dict()["scale"]["range"] == [HEADS[head].colour for head in heads]


def test_parameters_do_not_change_a_heads_colour():
    assert look.colour("spherical softmax(epsilon=0.1)") == look.colour("spherical softmax")


def test_every_chart_of_every_subset_of_heads_is_valid(results):
    every = drawings.heads_of(results.comparison)
    assert "tempered softmax" in every
    for heads in subsets(every):
        part = of_heads(results, heads)
        for drawing in [*one_of_each_kind(part), *(of_each_head(part) if len(heads) == 1 else [])]:
            drawing.chart(alt.NamedData("frame"), **drawing.arguments).to_dict(validate=True)


def test_every_field_of_a_chart_is_in_its_frame(results):
    for drawing in everything(results):
        assert fields_of(drawing.specification) <= set(drawing.data.column_names), drawing.text


def test_a_chart_for_notebooks_has_its_data(results):
    for drawing in (drawings.by_head(results, "accuracy"), drawings.regions(results, "softmax")):
        chart = drawing.altair()
        assert isinstance(chart, alt.LayerChart)
        assert chart.to_dict()["datasets"]


def test_a_specification_holds_no_values(results):
    for drawing in everything(results):
        text = json.dumps(drawing.specification)
        assert '"data"' not in text
        assert '"datasets"' not in text


def test_a_specification_is_built_once(results):
    calls = []

    def chart(data, heads):
        calls.append(heads)
        return alt.Chart(data).mark_point().encode(x="x:Q")

    for _ in range(3):
        look.specification(chart, heads=("softmax",))
    assert len(calls) == 1


def test_a_changed_specification_leaves_the_next_one_alone(results):
    first = drawings.rates(results).specification
    first["height"] = 1
    assert drawings.rates(results).specification["height"] > 1


def test_a_drawing_is_made_once_for_the_same_results(results):
    assert drawings.lines(results, "training loss") is drawings.lines(results, "training loss")
    assert drawings.lines(results, "training loss") is not drawings.lines(results, "validation loss")
    other = dataclasses.replace(results)
    assert drawings.lines(results, "training loss") is not drawings.lines(other, "training loss")


def test_every_axis_has_a_title(results):
    for drawing in everything(results):
        for view in drawing.specification["layer"]:
            for name in ("x", "y"):
                channel = view["encoding"].get(name, {})
                if channel.get("type") == "quantitative":
                    assert channel.get("title"), drawing.text


def test_what_is_read_out_is_a_finding_a_note_or_has_a_tooltip(results):
    for drawing in everything(results):
        for view in drawing.specification["layer"]:
            if view["mark"].get("aria", True):
                assert fields_of(view["encoding"]) & {"finding", "note"} or "tooltip" in view["encoding"]


def test_backgrounds_are_transparent_and_nothing_is_drawn_to_a_canvas(results):
    for drawing in everything(results):
        assert drawing.specification["config"]["background"] == "transparent"
        assert drawing.specification["usermeta"]["embedOptions"]["renderer"] == "svg"


def test_every_text_names_its_heads_and_is_a_sentence(results):
    for drawing in shared(results):
        for head in drawings.heads_of(results.comparison):
            assert head in drawing.text
    for drawing in everything(results):
        assert drawing.text[0].isupper()
        assert drawing.text.endswith(".")
        assert "nan" not in drawing.text


def test_charts_of_a_training_that_goes_on(results):
    comparison = results.comparison
    heard = []
    comparison.run(heard.append, n_jobs=1)
    progress = next(progress for progress in heard if progress.epoch)
    so_far = drawings.lines_so_far(comparison, progress, "training loss")
    assert so_far.specification == drawings.lines(results, "training loss").specification
    assert so_far.frame["epoch"].max() == progress.epoch
    assert set(drawings.accuracy_so_far(comparison, progress).frame["row"]) == {"seed"}


def test_other_findings_move_the_marks_of_the_same_chart(results):
    """Streamlit draws a chart anew where anything but its data changes."""
    comparison = results.experiment
    other = comparison.replace(first_seed=50).run()
    heard = []
    comparison.run(heard.append, n_jobs=1)
    progress = next(progress for progress in heard if progress.epoch)
    so_far = [
        (drawings.accuracy_so_far(comparison, progress), drawings.by_head(results, "accuracy")),
        (
            drawings.lines_so_far(comparison, progress, "training loss"),
            drawings.lines(results, "training loss"),
        ),
    ]
    again = [*zip(everything(results), everything(other), strict=True), *so_far]
    assert sum(one.text != two.text for one, two in again) > 5
    for one, two in again:
        if one.arguments == two.arguments:
            assert (one.alt, one.specification) == (two.alt, two.specification)
            assert one.alt.removesuffix(".") in two.text


def test_a_finding_is_a_mark_of_its_own(results):
    drawing = drawings.lines(results, "training loss")
    first, *others = drawing.data.column("finding").to_pylist()
    assert first == drawing.text
    assert set(others) == {None}
    said = drawing.specification["layer"][0]
    assert said["encoding"]["description"]["field"] == "finding"
    assert said["mark"]["opacity"] == 0


def test_frames_by_head(results):
    frame = frames.by_head(results.measures, results.summary, results.runs, "accuracy")
    n_heads, n_seeds = len(results.comparison.heads), results.comparison.n_seeds
    assert frame["row"].value_counts().to_dict() == {
        "seed": n_heads * n_seeds,
        "mean": n_heads,
        "baseline": 1,
    }


def test_runs_that_diverged_are_counted_and_marked(results):
    lost = (results.runs["head"] == "sigmoid") & (results.runs["seed"] == 0)
    runs = results.runs.assign(diverged=lost)
    measures = results.measures.copy()
    gone = (measures["head"] == "sigmoid") & (measures["seed"] == 0)
    measures.loc[gone, "value"] = np.nan
    frame = frames.by_head(measures, results.summary, runs, "accuracy")
    notes = frame[frame["row"] == "note"].set_index("head")["note"]
    assert notes.to_dict() == {"sigmoid": "1 of 3 diverged"}
    assert not ((frame["row"] == "seed") & (frame["head"] == "sigmoid") & (frame["seed"] == 0)).any()


def test_charts_where_everything_diverged(results):
    nothing = dict.fromkeys(["mean", "low", "high"], np.nan)
    every = {
        "runs": results.runs.assign(diverged=True, temperature=np.nan),
        "measures": results.measures.assign(value=np.nan),
        "summary": results.summary.assign(
            mean=np.nan, low=np.nan, high=np.nan, difference=np.nan, best=False
        ),
        "curves": results.curves.assign(**nothing),
        "rates": results.rates.assign(validation_loss=np.nan),
        "reliability": results.reliability.assign(count=0, share=0.0, confidence=np.nan, accuracy=np.nan),
    }
    lost = dataclasses.replace(results, **every)
    for drawing in everything(lost):
        assert drawing.specification
        assert "nan" not in drawing.text
        if drawing.text != drawing.alt:
            assert drawing.text in drawing.data.column("finding").to_pylist()
    assert "nan" not in drawings.full_table(lost).to_string()
    assert "…" not in drawings.table(lost).to_string()


def test_a_band_that_reaches_zero_stays_on_a_logarithmic_axis():
    curves = pd.DataFrame(
        {
            "head": "softmax",
            "epoch": [1, 2],
            "quantity": "training loss",
            "mean": [1, 0.1],
            "low": [0.5, -0.2],
        }
    ).assign(high=lambda frame: frame["mean"] + 0.3)
    frame = frames.lines(curves, "training loss", logarithmic=True)
    assert (frame["low"] > 0).all()
    assert frames.lines(curves, "training loss")["low"].min() == -0.2


def test_one_seed_has_no_band():
    curves = pd.DataFrame({"head": "softmax", "epoch": [1, 2], "quantity": "training loss"})
    curves = curves.assign(mean=[1, 0.1], low=np.nan, high=np.nan)
    assert frames.lines(curves, "training loss", logarithmic=True)["low"].isna().all()


@pytest.mark.parametrize("seed", range(20))
def test_labels_keep_apart_and_in_order(seed):
    rng = np.random.default_rng(seed)
    places = rng.normal(size=rng.integers(1, 12)).round(1)
    moved = frames.apart(places, 0.3)
    order = np.argsort(places, kind="stable")
    assert (np.diff(moved[order]) >= 0.3 - 1e-9).all()
    assert moved.mean() == pytest.approx(places.mean())


def test_labels_that_are_apart_stay_where_they_are():
    np.testing.assert_allclose(frames.apart(np.array([3.0, 1.0, 2.0]), 0.5), [3, 1, 2])
    np.testing.assert_allclose(frames.apart(np.array([0.0, 0.1, 3.0]), 1, low=0, high=3), [0, 1, 3])
    np.testing.assert_allclose(frames.apart(np.array([2.9, 3.0, 3.0]), 1, low=0, high=3), [1, 2, 3])


def test_no_labels():
    assert frames.apart(np.array([]), 0.5).shape == (0,)


def test_of_many_classes_the_most_mistaken_are_shown():
    classes = [str(i) for i in range(50)]
    cells = pd.DataFrame(
        [
            ("softmax", one, other, int(one != other and int(one) >= 40), 0.0)
            for one in classes
            for other in classes
        ],
        columns=["head", "true", "predicted", "count", "share"],
    )
    shown = frames.confusion(cells, "softmax")
    assert shown["true"].nunique() == shown["predicted"].nunique() == frames.MOST_CLASSES
    assert {str(i) for i in range(40, 50)} <= set(shown["true"])


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(2.54, "2.5 s"), (0.0511, "51 ms"), (9.1e-5, "91 µs"), (0.0, "–"), (float("nan"), "–")],
)
def test_durations(seconds, said):
    assert frames.duration(seconds) == said


def test_the_table_marks_the_best_and_says_which_way_is_better(results):
    table = drawings.table(results)
    assert list(table.index) == list(drawings.heads_of(results.comparison))
    assert list(table.columns) == [
        "Accuracy ↑",
        "Calibration error ↓",
        "Log loss (nats) ↓",
        "Gradient magnitude",
    ]
    summary = results.summary.set_index(["measure", "head"])
    for measure, column in zip(words.HEADLINE, table.columns, strict=True):
        for head, cell in table[column].items():
            assert cell.startswith("**") == summary.loc[(measure, head), "best"]
            if head != results.comparison.baseline:
                assert summary.loc[(measure, head), "verdict"] in cell


def test_the_full_table_has_every_measure(results):
    table = drawings.full_table(results)
    assert len(table) == results.summary["measure"].nunique()
    assert list(table.columns) == list(drawings.heads_of(results.comparison))
    assert len(words.explanations()) == len(MEASURES)


def with_values(results, head, measure, values):
    """The measures with one head's values of a measure replaced, seed by seed."""
    measures = results.measures.copy()
    measures.loc[(measures["head"] == head) & (measures["measure"] == measure), "value"] = values
    return measures


def test_reliability_says_which_way_a_head_is_wrong_on_the_same_seeds(results):
    for head in drawings.heads_of(results.comparison):
        of_head = (results.measures["head"] == head) & (results.measures["measure"] == "accuracy")
        right = results.measures.loc[of_head, "value"].to_numpy()
        steady = np.array([0.010, 0.011, 0.009])
        for shift, said in (
            (steady, "surer than it is right."),
            (-steady, "less sure than it is right."),
            (np.array([0.01, -0.01, 0.001]), "neither surer nor less sure, measurably."),
            (np.array([-0.1, np.nan, np.nan]), "less sure than it is right with its one seed."),
            (np.full(3, np.nan), "every run diverged."),
        ):
            measures = with_values(results, head, "mean confidence", right + shift)
            assert words.reliability(measures, head) == f"Reliability of {head}: {said}"


def test_temperature_says_what_it_does_to_each_head(results):
    heads, name = drawings.heads_of(results.comparison), "calibration error"
    measures = with_values(results, "sigmoid", f"{name}, temperature-scaled", np.nan)
    before = measures[(measures["head"] == "softmax") & (measures["measure"] == name)]["value"].to_numpy()
    lower = with_values(
        dataclasses.replace(results, measures=measures),
        "softmax",
        f"{name}, temperature-scaled",
        before - np.array([0.010, 0.011, 0.009]),
    )
    text = words.temperature(lower, name, heads)
    falls = next(part for part in text.removesuffix(".").split("; ") if "it falls for" in part)
    assert "softmax" in falls
    assert text.endswith("; every run of sigmoid diverged.")


def test_heads_of_which_any_two_intervals_overlap_are_told_together():
    assert words.from_least("abc", [3.5, 1.2, 2.2], [3, 1, 2], [4, 1.5, 2.5]) == ["b", "c", "a"]
    assert words.from_least("abc", [2.5, 1.5, 5.5], [2, 1, 5], [3, 2, 6]) == ["a and b", "c"]
    assert words.from_least("abc", [0.7, 2, 3.2], [0, 1, 2.5], [1.5, 3, 4]) == ["a and b", "c"]
    assert words.from_least("ab", [2, 1], [np.nan, np.nan], [np.nan, np.nan]) == ["b", "a"]
    assert words.from_least("a", [1.5], [1], [2]) == ["a"]


def test_a_line_that_ends_early_is_told_as_diverged():
    curves = pd.DataFrame(
        {
            "quantity": "training loss",
            "head": ["a", "a", "b", "b"],
            "epoch": [1, 2, 1, 2],
            "mean": [1.0, 0.5, 1e30, np.nan],
            "low": [0.9, 0.4, np.nan, np.nan],
            "high": [1.1, 0.6, np.nan, np.nan],
        }
    )
    frame = frames.lines(curves, "training loss", logarithmic=True)
    text = words.lines(frame, "training loss", ("a", "b"))
    assert text.endswith(": at the end a at 0.5; every run of b diverged.")


def test_a_verdict_in_words_is_the_summarys(results):
    baseline = results.comparison.baseline
    others = (results.summary["measure"] == "accuracy") & (results.summary["head"] != baseline)
    last = results.summary[others].index[-1]
    last_head = results.summary.loc[last, "head"]
    summary = results.summary.assign(verdict=results.summary["verdict"].where(~others, "no difference"))
    summary.loc[last, "verdict"] = "worse"
    text = words.by_head(summary, "accuracy", baseline)
    assert text.endswith(f"; worse than {baseline} is {summary.loc[last, 'head']}.")
    assert f"not measurably different from {baseline} are " in text
    lost = results.summary["head"] == last_head
    summary = summary.assign(
        mean=summary["mean"].where(~lost), verdict=summary["verdict"].where(~lost, "too few seeds")
    )
    assert words.by_head(summary, "accuracy", baseline).endswith(f"; every run of {last_head} diverged.")


def test_a_head_without_a_bin_has_a_note(results):
    frame = frames.reliability(
        results.reliability.assign(count=0), "softmax", drawings.BINNING, "Every run diverged"
    )
    assert list(frame["note"]) == ["Every run diverged"]
    assert list(frame["count"]) == [0]


def test_rates_say_where_the_grid_ends(results):
    rates = results.rates.assign(at_edge=results.rates["chosen"] & (results.rates["head"] == "softmax"))
    assert "a better one may lie beyond: softmax." in words.rates(rates)
