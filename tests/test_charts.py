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

from alternatives.charts import (
    accuracy_calibration,
    by_temperature,
    by_variant,
    confusion,
    drawing,
    forest,
    labels,
    lines,
    look,
    regions,
    reliability,
    tables,
    temperature,
    training_time,
    tuning,
)
from alternatives.charts.phrases import in_order
from alternatives.experiments import Comparison
from alternatives.experiments.curves import Band
from alternatives.experiments.tuning import N_SPLITS
from alternatives.heads import HEADS
from alternatives.heads.looks import COLOURS
from alternatives.measures import MEASURES
from alternatives.wording import NO_BREAK, sentence
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
    rows = [results.variants.index(head) for head in heads]
    frame = results.reliability
    changes = {
        "experiment": results.experiment.replace(heads=heads),
        "variants": tuple(heads),
        "values": {name: values[rows] for name, values in results.values.items()},
        "curves": {
            name: dataclasses.replace(curve, values=curve.values[rows])
            for name, curve in results.curves.items()
        },
        "heads": tuple(head for head in results.heads if head.name in heads),
        "tuning": results.tuning[results.tuning["head"].isin(heads)],
        "trials": results.trials[results.trials["head"].isin(heads)],
        "reliability": frame[frame["head"].isin(heads)],
        "decisions": dataclasses.replace(
            results.decisions,
            predicted=results.decisions.predicted[rows],
            confidence=results.decisions.confidence[rows],
        ),
        "frames": dataclasses.replace(
            results.frames,
            predicted=results.frames.predicted[:, rows],
            confidence=results.frames.confidence[:, rows],
            accuracy=results.frames.accuracy[:, rows],
        ),
        "predictions": dataclasses.replace(
            results.predictions, probabilities=results.predictions.probabilities[rows]
        ),
    }
    arrays = (
        "learning_rates", "n_epochs", "diverged", "temperatures", "seconds", "confusion_counts"
    )  # fmt: skip
    return dataclasses.replace(results, **changes, **{name: getattr(results, name)[rows] for name in arrays})


def with_summary(results, summary):
    """The results with another summary."""
    changed = dataclasses.replace(results)
    vars(changed)["summary"] = summary
    return changed


def with_values(results, head, measure, values):
    """The results with one head's values of a measure replaced, seed by seed."""
    array = results.values[measure].copy()
    array[results.variants.index(head)] = values
    return dataclasses.replace(results, values=results.values | {measure: array})


def subsets(heads):
    """Each head shown by default, and the last, alone; each other head beside the first; the usual ones; all.

    A chart depends on how many heads there are, on whether one is the baseline, and on what each looks like.
    """
    usual = tuple(head for head in heads if head == heads[-1] or HEADS[head].in_comparison)
    yield from itertools.combinations(usual, 1)
    yield from ((heads[0], head) for head in heads[1:])
    yield usual
    yield tuple(heads)


def shared(results):
    """The drawings that show all heads at once."""
    yield from (by_variant.drawing(results, measure) for measure in MEASURES)
    yield from (forest.drawing(results, measure) for measure in tables.HEADLINE)
    yield from (lines.by_epoch(results, name) for name in results.curves)
    yield accuracy_calibration.drawing(results)
    yield by_temperature.drawing(results)
    yield temperature.drawing(results)
    yield training_time.drawing(results)


def of_each_head(results):
    """The drawings that show one head."""
    for head in results.variants:
        yield reliability.drawing(results, head)
        yield reliability.moving(results, head)
        yield confusion.drawing(results, head)
        yield regions.drawing(results, head)
        yield tuning.drawing(results, head)


def one_of_each_kind(results):
    """A drawing of each chart that shows all heads at once, but for those with test files of their own."""
    yield by_variant.drawing(results, "accuracy")
    yield from (lines.by_epoch(results, name) for name in ("training loss", "validation accuracy"))
    yield temperature.drawing(results)
    yield training_time.drawing(results)


def everything(results):
    return [*shared(results), *of_each_head(results)]


def fields_of(specification):
    """All fields that a specification draws."""
    return set(re.findall(r'"field": "(\w+)"', json.dumps(specification)))


def encodings(specification):
    """The encodings of all marks."""
    for view in specification.get("layer", [specification]):
        if "layer" in view:
            yield from encodings(view)
        else:
            yield view.get("encoding", {})


def faults_of_tooltips(drawing):
    """What is wrong with what a drawing's marks say under the pointer."""
    columns = drawing.data.to_pydict()
    for encoding in encodings(drawing.specification):
        for line in encoding.get("tooltip", []):
            title, field, is_text = line.get("title", ""), line["field"], line["type"] == "nominal"
            if not re.match(r"(95\u00a0% |[A-Z∂]|[a-z]_|c, )[^_]*", title) or title == field:
                yield f"{field} is called {title!r}"
            if not is_text and line.get("format") != ",":
                yield f"{field} has the format {line.get('format')}"
            for text in columns[field] if is_text else ():
                if text is not None and is_raw(str(text)):
                    yield f"{title} says {text!r}"


def is_raw(text):
    """Whether a text has a number that isn't rounded, or isn't written for people."""
    too_long = [each for each in re.findall(r"\d+\.\d+", text) if len(each.replace(".", "").lstrip("0")) > 4]
    return bool(too_long or re.search(r"\de[+-]?\d|\d ?%|\bnan|None", text))


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


def test_a_chart_of_one_mark_says_its_finding_too():
    def chart(data):
        return alt.Chart(data).mark_bar().encode(x="a:Q").properties(height=70)

    shown = drawing.Drawing(chart, {"a": [1, 2]}, "Two bars", "the second is longer")
    marks = [layer["mark"] for layer in shown.specification["layer"]]
    assert [marks[0]["type"], marks[1]["type"]] == ["rect", "bar"]
    assert shown.specification["height"] == 70


def test_a_head_keeps_its_colour_in_every_subset(results):
    for heads in subsets(results.variants):
        for channel in (look.by_colour(heads), look.by_dash(heads), look.by_shape(heads)):
            scale = channel.to_dict()["scale"]
            assert scale["domain"] == list(heads)
        assert look.by_colour(heads).to_dict()["scale"]["range"] == [HEADS[head].colour for head in heads]


def test_parameters_do_not_change_a_heads_colour():
    assert look.colour("spherical softmax(epsilon=0.1)") == look.colour("spherical softmax")


def test_every_chart_of_every_subset_of_heads_is_valid(results):
    every = results.variants
    assert "tempered softmax" in every
    for heads in subsets(every):
        part = of_heads(results, heads)
        for each in [*one_of_each_kind(part), *(of_each_head(part) if len(heads) == 1 else [])]:
            each.chart(alt.NamedData("frame"), **each.arguments).to_dict(validate=True)


def test_every_field_of_a_chart_is_in_its_frame(results):
    for each in everything(results):
        assert fields_of(each.specification) <= set(each.data.column_names), each.text


def test_a_chart_for_notebooks_has_its_data(results):
    for each in (by_variant.drawing(results, "accuracy"), regions.drawing(results, "softmax")):
        chart = each.altair()
        assert isinstance(chart, alt.LayerChart)
        assert chart.to_dict()["datasets"]


def test_a_specification_holds_no_values(results):
    for each in everything(results):
        text = json.dumps(each.specification)
        assert '"data"' not in text
        assert '"datasets"' not in text
        assert not re.search(r"\b(inf|nan|None)\b", text)  # no number of an expression in Vega


def test_a_specification_is_built_once(results):
    calls = []

    def chart(data, heads):
        calls.append(heads)
        return alt.Chart(data).mark_point().encode(x="x:Q")

    for _ in range(3):
        drawing.specification(chart, heads=("softmax",))
    assert len(calls) == 1


def test_a_changed_specification_leaves_the_next_one_alone(results):
    first = temperature.drawing(results).specification
    first["height"] = 1
    assert temperature.drawing(results).specification["height"] > 1


def test_a_drawing_is_made_once_for_the_same_results(results):
    assert lines.by_epoch(results, "training loss") is lines.by_epoch(results, "training loss")
    assert lines.by_epoch(results, "training loss") is not lines.by_epoch(results, "validation loss")
    other = dataclasses.replace(results)
    assert lines.by_epoch(results, "training loss") is not lines.by_epoch(other, "training loss")


def test_every_axis_has_a_title(results):
    for each in everything(results):
        for view in each.specification["layer"]:
            for name in ("x", "y"):
                channel = view["encoding"].get(name, {})
                if channel.get("type") == "quantitative":
                    assert channel.get("title"), each.text


def test_what_is_read_out_is_a_finding_a_note_or_has_a_tooltip(results):
    for each in everything(results):
        for view in each.specification["layer"]:
            if view["mark"].get("aria", True):
                assert fields_of(view["encoding"]) & {"finding", "note"} or "tooltip" in view["encoding"]


def test_backgrounds_are_transparent_and_nothing_is_drawn_to_a_canvas(results):
    for each in everything(results):
        assert each.specification["config"]["background"] == "transparent"
        assert each.specification["usermeta"]["embedOptions"]["renderer"] == "svg"


def test_every_text_names_its_heads_and_is_a_sentence(results):
    for each in shared(results):
        for head in results.variants:
            assert head in each.text
    for each in everything(results):
        assert each.text[0].isupper()
        assert each.text.endswith(".")
        assert "nan" not in each.text


def test_charts_of_a_training_that_goes_on(results):
    heard = []
    results.experiment.run(heard.append, n_jobs=1)
    progress = next(progress for progress in heard if progress.epoch)
    so_far = lines.so_far(progress, "training loss")
    assert so_far.specification == lines.by_epoch(results, "training loss").specification
    assert so_far.frame["epoch"].max() == progress.epoch
    relative = (lines.so_far, progress), (lines.by_epoch, results)
    so_far, done = (make(of, "gradient of layer 1", relative=True) for make, of in relative)
    assert (so_far.alt, so_far.specification) == (done.alt, done.specification)
    assert set(by_variant.so_far(progress).frame["row"]) == {"seed"}


def test_other_findings_move_the_marks_of_the_same_chart(results):
    """Streamlit draws a chart anew where anything but its data changes."""
    comparison = results.experiment
    other = comparison.replace(first_seed=50).run()
    heard = []
    comparison.run(heard.append, n_jobs=1)
    progress = next(progress for progress in heard if progress.epoch)
    so_far = [
        (by_variant.so_far(progress), by_variant.drawing(results, "accuracy")),
        (
            lines.so_far(progress, "training loss"),
            lines.by_epoch(results, "training loss"),
        ),
    ]
    again = [*zip(everything(results), everything(other), strict=True), *so_far]
    assert sum(one.text != two.text for one, two in again) > 5
    for one, two in again:
        if one.arguments == two.arguments:
            assert (one.alt, one.specification) == (two.alt, two.specification)
            assert one.alt.removesuffix(".") in two.text


def test_a_finding_is_a_mark_of_its_own(results):
    each = lines.by_epoch(results, "training loss")
    first, *others = each.data.column("finding").to_pylist()
    assert first == each.text
    assert set(others) == {None}
    said = each.specification["layer"][0]
    assert said["encoding"]["description"]["field"] == "finding"
    assert said["mark"]["opacity"] == 0


def test_frames_by_head(results):
    rows = pd.Series(by_variant.frame(results, "accuracy")["row"])
    n_heads, n_seeds = results.values["accuracy"].shape
    assert rows.value_counts().to_dict() == {"seed": n_heads * n_seeds, "mean": n_heads, "baseline": 1}


def test_runs_that_diverged_are_counted_and_marked(results):
    sigmoid = results.variants.index("sigmoid")
    diverged, accuracy = results.diverged.copy(), results.values["accuracy"].copy()
    diverged[sigmoid, 0], accuracy[sigmoid, 0] = True, np.nan
    changed = dataclasses.replace(results, diverged=diverged, values=results.values | {"accuracy": accuracy})
    frame = pd.DataFrame(by_variant.frame(changed, "accuracy"))
    notes = frame[frame["row"] == "note"].set_index("head")["note"]
    assert notes.to_dict() == {"sigmoid": "1 of 3 diverged"}
    assert not ((frame["row"] == "seed") & (frame["head"] == "sigmoid") & (frame["seed"] == 0)).any()


def test_charts_where_everything_diverged(results):
    lost = dataclasses.replace(
        results,
        diverged=np.ones_like(results.diverged),
        values={name: np.full_like(values, np.nan) for name, values in results.values.items()},
        curves={
            name: dataclasses.replace(curve, values=np.full_like(curve.values, np.nan))
            for name, curve in results.curves.items()
        },
        trials=results.trials.assign(validation_loss=np.nan),
        reliability=results.reliability.assign(count=0, share=0.0, confidence=np.nan, accuracy=np.nan),
    )
    for each in everything(lost):
        assert each.specification
        assert "nan" not in each.text
        if each.text != each.alt:
            assert each.text in each.data.column("finding").to_pylist()
    assert "nan" not in tables.every_measure(lost).to_string()
    assert "…" not in tables.headline(lost).to_string()


def frame_of_one_line(mean, low, high, logarithmic):
    band = Band(*(np.array([values], float) for values in (mean, low, high)))
    epochs = np.arange(1, len(mean) + 1)
    return pd.DataFrame(lines.frame(("softmax",), lines.EPOCHS, epochs, band, "nats", logarithmic))


def test_names_stand_where_the_axis_of_epochs_ends(results):
    """The room for a name is made at the axis's end: one that stands before it is cut."""
    drawing = lines.by_epoch(results, "training loss")
    labels = drawing.frame[drawing.frame["row"] == "label"]
    assert (labels["epoch"] == drawing.parameters["last_epoch"]).all()
    assert (labels["last"] <= labels["epoch"]).all()


def test_tooltips_have_titles_and_rounded_numbers(results):
    for each in everything(results):
        assert list(faults_of_tooltips(each)) == [], each.text


def test_no_mark_shows_its_columns_by_their_names(results):
    """Streamlit's own default would: a mark has the tooltip that it was given, or none."""
    for each in everything(results):
        assert each.specification["config"]["mark"]["tooltip"] is None


def test_a_band_that_reaches_zero_stays_on_a_logarithmic_axis():
    line = [1, 0.1], [0.5, -0.2], [1.3, 0.4]
    assert (frame_of_one_line(*line, logarithmic=True)["low"] > 0).all()
    assert frame_of_one_line(*line, logarithmic=False)["low"].min() == 0


def test_one_seed_has_no_band():
    nothing = [np.nan, np.nan]
    assert frame_of_one_line([1, 0.1], nothing, nothing, logarithmic=True)["low"].isna().all()


@pytest.mark.parametrize("seed", range(20))
def test_labels_keep_apart_and_in_order(seed):
    rng = np.random.default_rng(seed)
    places = rng.normal(size=rng.integers(1, 12)).round(1)
    moved = labels.apart(places, 0.3)
    order = np.argsort(places, kind="stable")
    assert (np.diff(moved[order]) >= 0.3 - 1e-9).all()
    assert moved.mean() == pytest.approx(places.mean())


def test_labels_that_are_apart_stay_where_they_are():
    np.testing.assert_allclose(labels.apart(np.array([3.0, 1.0, 2.0]), 0.5), [3, 1, 2])
    np.testing.assert_allclose(labels.apart(np.array([0.0, 0.1, 3.0]), 1, low=0, high=3), [0, 1, 3])
    np.testing.assert_allclose(labels.apart(np.array([2.9, 3.0, 3.0]), 1, low=0, high=3), [1, 2, 3])


def test_no_labels():
    assert labels.apart(np.array([]), 0.5).shape == (0,)


def test_of_many_classes_the_most_confused_are_shown():
    counts = np.zeros((50, 50), int)
    counts[40:] = 1
    shown = confusion.confused_most(counts - np.diag(np.diag(counts)))
    assert len(shown) == confusion.MOST_CLASSES
    assert set(range(40, 50)) <= set(shown)
    frame = pd.DataFrame(confusion.frame(counts, shown, tuple(map(str, shown))))
    assert frame["true"].nunique() == frame["predicted"].nunique() == confusion.MOST_CLASSES


def test_the_table_marks_the_best_and_says_which_way_is_better(results):
    table = tables.headline(results)
    assert list(table.index) == list(results.variants)
    assert list(table.columns) == [
        "Accuracy ↑",
        "Confidence minus accuracy",
        "Log loss (nats) ↓",
        "Gradient magnitude",
    ]
    summary = results.summary.set_index(["measure", "head"])
    for measure, column in zip(tables.HEADLINE, table.columns, strict=True):
        for head, cell in table[column].items():
            assert cell.startswith("**") == summary.loc[(measure, head), "best"]
            if head != results.experiment.baseline:
                assert (summary.loc[(measure, head), "verdict"] or "") in cell


def test_the_table_says_in_words_which_heads_are_over_or_underconfident(results):
    name = "confidence minus accuracy"
    for shift, word in ((0.05, "overconfident"), (-0.05, "underconfident")):
        values = shift + np.array([0.001, 0.0, -0.001])
        cell = tables.headline(with_values(results, "sigmoid", name, values)).loc["sigmoid", sentence(name)]
        assert cell.startswith(f"{'+' if shift > 0 else '−'}5.0 points, {word}")
    cell = tables.headline(with_values(results, "sigmoid", name, [0.1, -0.1, 0.0])).loc[
        "sigmoid", sentence(name)
    ]
    assert "confident" not in cell


def test_the_full_table_has_every_measure(results):
    table = tables.every_measure(results)
    assert len(table) == results.summary["measure"].nunique()
    assert list(table.columns) == list(results.variants)
    assert len(tables.explanations()) == len(MEASURES)


def test_reliability_says_which_way_a_head_is_wrong_on_the_same_seeds(results):
    for index, head in enumerate(results.variants):
        accuracy = results.values["accuracy"][index]
        steady = np.array([0.010, 0.011, 0.009])
        for shift, expected in (
            (steady, "overconfident"),
            (-steady, "underconfident"),
            (np.array([0.01, -0.01, 0.001]), "undecided between underconfident and overconfident"),
            (np.array([-0.1, np.nan, np.nan]), "underconfident with its one seed"),
            (np.full(3, np.nan), "every run diverged"),
        ):
            changed = with_values(results, head, "mean confidence", accuracy + shift)
            assert reliability.drawing(changed, head).text == f"Reliability of {head}: {expected}."


def test_temperature_says_what_it_does_to_each_head(results):
    name = "log loss"
    lost = with_values(results, "sigmoid", f"{name}, temperature-scaled", np.nan)
    before = results.values[name][results.variants.index("softmax")]
    less = np.array([0.010, 0.011, 0.009])
    text = temperature.drawing(
        with_values(lost, "softmax", f"{name}, temperature-scaled", before - less)
    ).text
    lower = next(part for part in text.removesuffix(".").split("; ") if "lower after it for" in part)
    assert "softmax" in lower
    assert text.endswith("; every run of sigmoid diverged.")


def test_temperature_says_where_it_is_at_its_bound(results):
    steady = np.ones_like(results.temperatures)
    assert "at its bound" not in temperature.drawing(dataclasses.replace(results, temperatures=steady)).text
    steady[results.variants.index("softmax")] = [20, 1, 0.05]
    at_bound = dataclasses.replace(results, temperatures=steady)
    assert "T at its bound in runs of softmax" in temperature.drawing(at_bound).text
    frame = pd.DataFrame(temperature.frame(at_bound, "log loss")).query("row == 'note'")
    assert frame[["head", "note"]].to_numpy().tolist() == [["softmax", "T at its bound in 2 of 3 runs"]]


def test_reliability_notes_the_error_beside_its_chance_level(results):
    for index, head in enumerate(results.variants):
        error, chance = (
            results.values[name][index].mean()
            for name in ("calibration error", "calibration error, chance level")
        )
        assert (
            reliability.note(results, head)
            == f"ECE {100 * error:.1f}{NO_BREAK}% (chance {100 * chance:.1f}{NO_BREAK}%)"
        )


def test_heads_of_which_any_two_intervals_overlap_are_in_one_group():
    assert in_order("abc", [3.5, 1.2, 2.2], [3, 1, 2], [4, 1.5, 2.5]) == ["b", "c", "a"]
    assert in_order("abc", [2.5, 1.5, 5.5], [2, 1, 5], [3, 2, 6]) == ["a and b", "c"]
    assert in_order("abc", [0.7, 2, 3.2], [0, 1, 2.5], [1.5, 3, 4]) == ["a and b", "c"]
    assert in_order("ab", [2, 1], [np.nan, np.nan], [np.nan, np.nan]) == ["b", "a"]
    assert in_order("a", [1.5], [1], [2]) == ["a"]


def test_a_line_that_ends_early_is_said_to_have_diverged(results):
    values = np.full((len(results.variants), 1, 2), np.nan)
    values[0], values[1, 0, 0] = [1.0, 0.5], 1e30
    curve = dataclasses.replace(results.curves["training loss"], values=values)
    lost = np.zeros_like(results.diverged)
    lost[1:] = True
    changed = dataclasses.replace(results, curves={"training loss": curve}, diverged=lost)
    text = lines.by_epoch(changed, "training loss").text
    assert f": at the end {results.variants[0]} at 0.5; every run of {results.variants[1]}" in text
    assert text.endswith(" diverged.")


def test_a_line_of_fewer_epochs_is_said_to_end_where_it_ends(results):
    """It isn't taken for one of runs that diverged, nor is a quantity that isn't defined."""
    heads = results.variants[:3]
    values = np.array([[[1.0, 0.5, 0.25]], [[2.0, 0.125, np.nan]], [[np.nan] * 3]])
    part = of_heads(results, heads)
    curve = dataclasses.replace(results.curves["training loss"], values=values)
    drawn = lines.by_epoch(
        dataclasses.replace(part, curves={"training loss": curve}, diverged=np.zeros((3, 1), bool)),
        "training loss",
    )
    assert drawn.text.endswith(
        f": at the end lowest for {heads[1]}, then {heads[0]}; not defined for {heads[2]}."
    )
    labels = drawn.frame[drawn.frame["row"] == "label"].set_index("head")
    assert labels["last"].to_dict() == {heads[0]: 3, heads[1]: 2}
    assert set(labels["epoch"]) == {3}  # the names stand below each other


def test_a_gradient_relative_to_its_first_epoch_begins_at_1(results):
    name = "gradient of layer 1"
    values = results.curves[name].values
    relative = results.curves[name].relative
    np.testing.assert_allclose(relative.values * values[..., :1], values, rtol=1e-12)
    scaled = dataclasses.replace(results.curves[name], values=values * 10.0 ** np.arange(3)[:, None])
    np.testing.assert_allclose(scaled.relative.band.low, relative.band.low, rtol=1e-9)
    drawn = lines.by_epoch(results, name, relative=True)
    first = drawn.frame[drawn.frame["epoch"] == 1]
    np.testing.assert_allclose(first[["mean", "low", "high"]], 1, rtol=1e-12)
    assert drawn.text.startswith("Gradient of layer 1 over that of the first epoch by epoch")


def test_a_verdict_in_words_is_the_summarys(results):
    baseline, last = results.experiment.baseline, results.variants[-1]
    summary = results.summary.copy()
    others = (summary["measure"] == "accuracy") & (summary["head"] != baseline)
    is_last = others & (summary["head"] == last)
    summary.loc[others, "verdict"] = "undecided"
    summary.loc[is_last, "verdict"] = "worse"
    text = by_variant.drawing(with_summary(results, summary), "accuracy").text
    assert text.endswith(f"; worse for {last}.")
    assert f"compared with {baseline}, undecided for " in text
    summary.loc[is_last, ["mean", "verdict"]] = np.nan, "undecided"
    text = by_variant.drawing(with_summary(results, summary), "accuracy").text
    assert text.endswith(f"; not defined for {last}.")
    diverged = np.zeros_like(results.diverged)
    diverged[-1] = True
    lost = dataclasses.replace(results, diverged=diverged)
    text = by_variant.drawing(with_summary(lost, summary), "accuracy").text
    assert text.endswith(f"; every run of {last} diverged.")


def test_a_head_without_a_bin_has_a_note(results):
    lost = with_values(results, "softmax", "calibration error", np.nan)
    lost = dataclasses.replace(lost, reliability=results.reliability.assign(count=0))
    frame = reliability.frame(lost, "softmax")
    assert list(frame["note"]) == ["Every run diverged"]
    assert list(frame["count"]) == [0]


def test_tuning_says_where_more_might_be_better(results):
    told = results.tuning.assign(at_edge=False, at_cap=True, still_falling=False)
    text = tuning.drawing(dataclasses.replace(results, tuning=told), "softmax").text
    assert text.endswith(f"; all {results.experiment.most_epochs} epochs were used.")
    told = told.assign(at_cap=False)
    text = tuning.drawing(dataclasses.replace(results, tuning=told), "softmax").text
    assert text.endswith(f"{results.n_epochs[0]} epochs.")


def test_the_panels_of_tuning_mark_the_least_loss_on_one_axis(results):
    frames = {head: tuning.drawing(results, head).frame for head in results.variants}
    for head, frame in frames.items():
        own = results.trials[(results.trials["head"] == head) & (results.trials["n_splits"] == N_SPLITS)]
        at_end = own[own["epoch"] == results.experiment.n_epochs]
        (chosen,) = frame[frame["row"] == "chosen"].to_dict("records")
        assert chosen["loss"] == at_end["validation_loss"].min()
        assert frame.loc[frame["row"] == "label", "rate"].is_unique
    corners = {tuple(frame.loc[frame["row"] == "corner", "loss"]) for frame in frames.values()}
    assert len(corners) == 1
    ((low, high),) = corners
    assert all(frame["loss"].between(low, high).all() for frame in frames.values())
