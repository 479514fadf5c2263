"""Single test samples: what they look like, and each head's probabilities for one of them."""

import base64
from collections.abc import Iterable
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alternatives.charts.axes import axis
from alternatives.charts.drawing import Chart, Columns, Data, Drawing, Drawings
from alternatives.charts.look import INK, colour, panel_title
from alternatives.charts.tooltips import texts, words
from alternatives.datasets.sample import Unusual, image, unusual
from alternatives.experiments import ComparisonResults
from alternatives.experiments.predictions import Predictions
from alternatives.heads import Integers
from alternatives.wording import brief, counted, in_unit, listed, sentence, spelled

HEIGHT = 150
"""Height in pixels of one head's bars among small multiples."""
MOST_CLASSES = 10
"""Bars of a head; of more classes, the true one and those that are most probable."""
MOST_ON_TILE, MOST_IN_TABLE = 2, 8
"""Features of a sample that isn't an image: beside each other in a list, and where it is looked at."""
LONGEST_NAME = 14
"""Letters of a class below its bar."""


def predictions_of(results: ComparisonResults) -> Predictions:
    """What is known of single samples, where something is."""
    assert results.predictions is not None
    return results.predictions


def counts(results: ComparisonResults, head: str) -> str:
    """How many of the test samples are wrong, by how many heads, in sentences."""
    found, n_heads = predictions_of(results), len(results.variants)
    of = f"Of the {found.n_test:,} test samples of seed {results.experiment.first_seed},"
    if not found.n_wrong.any():
        return f"{of} no head gets any wrong."
    n_wrong = dict(zip(results.variants, found.n_wrong.tolist(), strict=True))
    first = f"{of} {head} gets {n_wrong.pop(head):,} wrong"
    if n_heads == 1:
        return f"{first}."
    others = listed(f"{name} {n:,}" for name, n in n_wrong.items())
    by_any, by_all = int(found.by_n_heads[1:].sum()), int(found.by_n_heads[-1])
    every = "both heads" if n_heads == 2 else f"all {n_heads} heads"
    return f"{first}, {others}. At least one head is wrong on {by_any:,} of them, {every} on {by_all:,}."


def list_in_words(
    results: ComparisonResults, head: str, true: int | None, predicted: int | None, most: int
) -> str:
    """Which samples are listed: those of a true and a predicted class, or all errors of any.

    The matrix beside the list counts the test sets of all seeds, and the list has the first seed's alone.
    """
    found, index, experiment = predictions_of(results), results.variants.index(head), results.experiment
    of_class = "" if true is None else f" of class {results.class_names[true]}"
    does = "gets wrong" if predicted is None else f"predicts as {results.class_names[predicted]}"
    n = len(found.most_confident(index, true, predicted))
    n_all = _n_of_all_seeds(results.confusion_counts[index], true, predicted)
    every = f"{sentence(counted(n_all, 'sample') if n_all else 'no sample')}{of_class} that {head} {does}"
    order = f"the {most} most confident" if n > most else "the most confident first"
    if experiment.n_seeds == 1:
        return f"{every}{f', {order}:' if n else '.'}"
    start, seed = f"{every}, over all {experiment.n_seeds} seeds", f"seed {experiment.first_seed}"
    if n:
        if n > most:
            own = f"{n} are with {seed}, and the {most} most confident of those are listed"
        else:
            own = f"the one with {seed} is listed" if n == 1 else f"the {n} with {seed} are listed, {order}"
        return f"{start}. Of these, {own}:"
    if not n_all:
        return f"{start}."
    if found.n_samples < found.n_test:
        return f"{start}. None is listed: of {seed}, only the most confident errors are."
    return f"{start}, but none with {seed}, the only one whose samples are listed."


def _n_of_all_seeds(counts: Integers, true: int | None, predicted: int | None) -> int:
    """How many samples a head's confusion matrix counts: of one cell, a row or a column, or all errors."""
    cells = np.ones(counts.shape, bool) if predicted is not None else ~np.eye(len(counts), dtype=bool)
    if true is not None:
        cells &= (np.arange(len(counts)) == true)[:, None]
    if predicted is not None:
        cells &= np.arange(len(counts)) == predicted
    return int(counts[cells].sum())


def tiles(results: ComparisonResults, head: str, places: Integers) -> list[dict[str, Any]]:
    """Samples by their places among those that are known, with plain values alone: pictures and words."""
    found, index, dataset = predictions_of(results), results.variants.index(head), results.experiment.dataset
    predicted, confidence = found.predicted[index], found.confidence[index]
    every = []
    for place in places.tolist():
        pixels = image(dataset, int(found.rows[place]))
        features = [] if pixels is not None else unusual(dataset, int(found.rows[place]), MOST_ON_TILE)
        true, wrong = (results.class_names[k] for k in (found.targets[place], predicted[place]))
        sure = in_unit(float(confidence[place]), "%")
        every.append(
            {
                "number": place,
                "image": picture(pixels),
                "features": [f"{brief(each.name)} {_written(each)}" for each in features],
                "words": [f"true {brief(true)}", f"predicted {brief(wrong)}", sure],
                "said": f"Test sample {place + 1}: true class {true}, {head} predicts {wrong} with {sure}",
            }
        )
    return every


def picture(pixels: NDArray[np.uint8] | None) -> dict[str, Any] | None:
    """An image as a browser draws it: its side, how many colours a pixel has, and its bytes as text."""
    if pixels is None:
        return None
    n_channels = pixels.shape[2] if pixels.ndim == 3 else 1
    content = base64.b64encode(np.ascontiguousarray(pixels).tobytes()).decode()
    return {"side": len(pixels), "channels": n_channels, "bytes": content}


def features(results: ComparisonResults, place: int) -> pd.DataFrame:
    """The features of a sample that isn't an image, as a table: those first that are most unusual in it."""
    found = predictions_of(results)
    shown = unusual(results.experiment.dataset, int(found.rows[place]), MOST_IN_TABLE)
    columns = {
        "Value": [_written(each) for each in shown],
        "From the mean": [_deviations(each.deviations) for each in shown],
    }
    return pd.DataFrame(columns, index=pd.Index([brief(each.name) for each in shown], name="Feature"))


def _written(each: Unusual) -> str:
    return (each.value or "missing") if isinstance(each.value, str) else spelled(each.value)


def _deviations(value: float) -> str:
    return "–" if not np.isfinite(value) else f"{'+' if value > 0 else ''}{spelled(value, 2)} SD"


def verdicts(results: ComparisonResults, place: int) -> dict[str, str]:
    """What each head says of a sample, in a sentence."""
    found = predictions_of(results)
    true, said = int(found.targets[place]), {}
    for index, head in enumerate(results.variants):
        predicted, values = int(found.predicted[index, place]), found.probabilities[index, place]
        if predicted < 0:
            said[head] = "The network diverged."
        elif predicted == true:
            said[head] = f"Right: {results.class_names[true]} with {in_unit(float(values[true]), '%')}."
        else:
            said[head] = (
                f"Wrong: {results.class_names[predicted]} with {in_unit(float(values[predicted]), '%')}; "
                f"true class {in_unit(float(values[true]), '%')}."
            )
    return said


def title(results: ComparisonResults, place: int) -> str:
    """What a sample is called, and how many heads get it wrong."""
    found, n_heads = predictions_of(results), len(results.variants)
    n_wrong = int(found.wrong[:, place].sum())
    verdict = {0: "no head is wrong", n_heads: f"all {n_heads} heads are wrong"}.get(
        n_wrong, f"{n_wrong} of {counted(n_heads, 'head')} {'is' if n_wrong == 1 else 'are'} wrong"
    )
    if n_heads == 1:
        verdict = "the head is wrong" if n_wrong else "the head is right"
    return f"Test sample {place + 1}, true class {results.class_names[found.targets[place]]}: {verdict}."


def bars(results: ComparisonResults, place: int) -> Drawings:
    """Each head's probabilities for a sample."""
    found, said, drawings = predictions_of(results), verdicts(results, place), {}
    shown = classes_shown(found, place)
    names = tuple(_distinct(brief(results.class_names[k], LONGEST_NAME) for k in shown.tolist()))
    full = np.array([results.class_names[k] for k in shown.tolist()], object)
    is_true = shown == found.targets[place]
    for index, head in enumerate(results.variants):
        values = np.nan_to_num(found.probabilities[index, place, shown])
        columns: Columns = {
            "class": np.array(names, object),
            "value": values,
            "is_true": is_true,
            "name": full,
            "value_text": texts(values, "%"),
        }
        subject = f"Probabilities of {head} for one test sample"
        verdict = said[head].removesuffix(".")
        finding = (
            f"true class {results.class_names[found.targets[place]]}; {verdict[:1].lower()}{verdict[1:]}"
        )
        drawings[head] = Drawing(chart, columns, subject, finding, head=head, classes=names)
    return drawings


def classes_shown(found: Predictions, place: int) -> Integers:
    """The classes that have bars, in their order: all; of many, the true one and the most probable ones."""
    largest = np.nan_to_num(found.probabilities[:, place]).max(0)
    largest[found.targets[place]] = np.inf
    return np.sort(np.argsort(-largest, kind="stable")[:MOST_CLASSES])


def _distinct(names: Iterable[str]) -> list[str]:
    """Names that differ: long ones may have been made equal."""
    found: list[str] = []
    for name in names:
        found.append(name if name not in found else f"{name} ({len(found) + 1})")
    return found


def chart(data: Data, head: str, classes: tuple[str, ...]) -> Chart:
    """The marks; the true class has an outline. The columns are class, value, is_true, name, value_text."""
    n_letters = max(map(len, classes)) * len(classes)
    angle = 0 if n_letters <= (18 if len(classes) < 4 else 12) else -45
    # Of level names there may be fewer than bars: those that are left name the others, as digits do.
    x_axis = alt.Axis(labelAngle=angle, labelLimit=90, labelOverlap=not angle)
    x = alt.X("class:N", title=None, scale=alt.Scale(domain=list(classes)), axis=x_axis)
    scale = alt.Scale(domain=[0, 1], nice=False)
    y = alt.Y("value:Q", title="probability", scale=scale, axis=axis("%", tickCount=3))
    tooltip = [words("name", "class"), words("value_text", "probability")]
    base = alt.Chart(data).encode(x=x, y=y, tooltip=tooltip)
    outline = alt.condition("datum.is_true", alt.value(2), alt.value(0))
    return alt.layer(
        base.mark_bar(color=colour(head), stroke=INK).encode(strokeWidth=outline),
        # The true class's name stands on the axis below its mark, where its bar is too low for an outline.
        base.transform_filter("datum.is_true")
        .mark_point(shape="triangle-down", filled=True, size=40, opacity=1, fill=INK, yOffset=-8, aria=False)
        .encode(x=x, y=y),
    ).properties(height=HEIGHT, title=panel_title(head))
