"""One tidy frame for each chart of a comparison, picked and joined from its results.

A chart of several layers holds the rows of all of them; the column `row` says which layer a row is of.
Nothing is calculated here but where a label goes so that it covers no other.

What a page has several of is picked by numpy: a few hundred rows take pandas ten times as long.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from alternatives.heads import Floats
from alternatives.measures import MEASURES, TEMPERATURE_SCALED

LABEL_GAP = 0.085
"""Least distance of two labels at the ends of lines, as a share of the axis."""
TIMES = (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6))
"""Units of time and their size in seconds."""
MOST_CLASSES = 20
"""Classes whose counts can be read in a confusion matrix."""


def curves(found: Any) -> pd.DataFrame:
    """The bands of all curves of results or of a progress: head, epoch, quantity, mean, low, high."""
    frames = []
    for quantity, curve in found.curves.items():
        n_variants, _, n_epochs = curve.values.shape
        variant, epoch = (index.ravel() for index in np.indices((n_variants, n_epochs)))
        index = {"head": np.array(found.variants, object)[variant], "epoch": epoch + 1, "quantity": quantity}
        band = {name: values.ravel() for name, values in vars(curve.band).items()}
        frames.append(pd.DataFrame(index | band))
    return pd.concat(frames, ignore_index=True)


def confusion_counts(results: Any) -> pd.DataFrame:
    """Columns head, true, predicted, count, share."""
    counts, classes = results.confusion_counts, np.array(results.class_names)
    head, true, predicted = (index.ravel() for index in np.indices(counts.shape))
    return pd.DataFrame(
        {
            "head": np.array(results.variants)[head],
            "true": classes[true],
            "predicted": classes[predicted],
            "count": counts.ravel(),
            "share": (counts / np.maximum(counts.sum(-1, keepdims=True), 1)).ravel(),
        }
    )


def decision(results: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Cells of the plane: head, x, x2, y, y2, predicted, confidence; and points: x, y, class."""
    of = results.decisions
    cells = [
        pd.DataFrame(
            {"head": name} | of.plane.corners | {"predicted": of.predicted[n], "confidence": of.confidence[n]}
        )
        for n, name in enumerate(results.variants)
    ]
    points = pd.DataFrame({"x": of.points[:, 0], "y": of.points[:, 1], "class": of.classes})
    return pd.concat(cells, ignore_index=True), points


def by_head(measures: pd.DataFrame, summary: pd.DataFrame, runs: pd.DataFrame, measure: str) -> pd.DataFrame:
    """A measure by head: rows "seed", "mean", "baseline", and "note" of heads with diverged runs."""
    seeds = _picked(measures, "measure", measure, ("head", "seed", "value"))
    means = _possible(
        _picked(summary, "measure", measure, ("head", "mean", "low", "high", "verdict")), measure
    )
    verdict, means["value"] = means.pop("verdict"), means.pop("mean")
    baseline = {"value": means["value"][verdict == "baseline"]}
    return _stacked({"seed": seeds, "mean": means, "baseline": baseline}, "value", diverged(runs))


def _picked(frame: pd.DataFrame, by: str, value: str, names: Sequence[str]) -> dict[str, Any]:
    """Some columns of the rows that have a value."""
    rows = frame[by].to_numpy() == value
    return {name: frame[name].to_numpy()[rows] for name in names}


def _stacked(kinds: dict[str, dict[str, Any]], value: str, notes: pd.DataFrame | None = None) -> pd.DataFrame:
    """One frame of rows of several kinds, without those that have no value, and with notes at the end."""
    lengths = {kind: len(columns[value]) for kind, columns in kinds.items()}
    types = {name: column.dtype for columns in kinds.values() for name, column in columns.items()}
    stacked = {
        name: np.concatenate(
            [
                columns.get(name, np.full(lengths[kind], None if dtype.kind == "O" else np.nan))
                for kind, columns in kinds.items()
            ]
        )
        for name, dtype in types.items()
    }
    stacked["row"] = np.repeat(np.array(list(kinds), object), list(lengths.values()))
    there = ~np.isnan(stacked[value])
    rows = pd.DataFrame({name: column[there] for name, column in stacked.items()})
    return rows if notes is None else pd.concat([rows, notes.assign(row="note")], ignore_index=True)


def _possible(columns: dict[str, Any], measure: str) -> dict[str, Any]:
    """Intervals that keep to what the measure can be: a t interval of shares may not."""
    if measure not in MEASURES:  # it's of another experiment, which keeps to its own
        return columns
    most = 1.0 if MEASURES[measure].unit == "%" else None
    least = None if MEASURES[measure].better is None else 0.0
    if least is None and most is None:
        return columns
    return columns | {end: np.clip(columns[end], least, most) for end in ("low", "high")}


def diverged(runs: pd.DataFrame) -> pd.DataFrame:
    """Heads with runs that diverged: head and note, "3 of 10 diverged"."""
    if not runs["diverged"].any():
        return pd.DataFrame({"head": [], "note": []}, dtype=object)
    by = runs.astype({"head": object}).groupby("head", sort=False)["diverged"]
    count = pd.DataFrame({"n": by.sum(), "of": by.size()}).reset_index()
    count = count[count["n"] > 0]
    notes = [f"{n} of {of} diverged" for n, of in zip(count["n"], count["of"], strict=True)]
    return count[["head"]].assign(note=pd.Series(notes, index=count.index, dtype=object))


def accuracy_so_far(accuracy: pd.DataFrame) -> pd.DataFrame:
    """Every seed's accuracy while it is trained, in the rows of `by_head`."""
    return accuracy.dropna(subset=["value"]).assign(row="seed").astype({"head": object})


def training_time(runs: pd.DataFrame) -> pd.DataFrame:
    """Each head's training time, with its text. Heads are timed as a whole: their seeds don't differ."""
    times = runs[["head", "training_seconds"]].drop_duplicates("head").astype({"head": object})
    return times.assign(text=[duration(seconds) for seconds in times["training_seconds"]])


def duration(seconds: float) -> str:
    """A time in seconds, milliseconds or microseconds, to two significant digits."""
    if not seconds > 0:
        return "–"
    unit, size = next(((unit, size) for unit, size in TIMES if seconds >= size), TIMES[-1])
    return f"{float(f'{seconds / size:.2g}'):g} {unit}"


def reliability(reliability: pd.DataFrame, head: str, binning: str, note: str) -> pd.DataFrame:
    """The bins of one head that hold samples; the first, or one of nothing, has the note."""
    columns = {str(name): reliability[name].to_numpy() for name in reliability}
    picked = (columns["head"] == head) & (columns["binning"] == binning) & (columns["count"] > 0)
    if not picked.any():
        return pd.DataFrame({name: [None] for name in columns} | {"head": head, "count": 0, "note": note})
    notes = np.array([note, *[None] * len(picked)], object)[: picked.sum()]
    return pd.DataFrame({name: column[picked] for name, column in columns.items()} | {"note": notes})


def lines(curves: pd.DataFrame, quantity: str, logarithmic: bool = False) -> pd.DataFrame:
    """A quantity by epoch, rows "epoch"; and at the end of each head's line its "label".

    On a logarithmic axis a band that reaches zero is cut where the axis ends.
    """
    names = ("head", "epoch", "mean", "low", "high")
    curve = {name: curves[name].to_numpy() for name in names}
    picked = (curves["quantity"].to_numpy() == quantity) & (curve["mean"] > (0 if logarithmic else -np.inf))
    curve = {name: column[picked] for name, column in curve.items()}
    if logarithmic and picked.any():
        floor = curve["mean"].min() / 2
        curve["low"] = np.where(curve["low"] < floor, floor, curve["low"])
    of_heads = [np.flatnonzero(curve["head"] == head) for head in dict.fromkeys(curve["head"])]
    ends = np.array([rows[curve["epoch"][rows].argmax()] for rows in of_heads], int)
    axis, most = "log" if logarithmic else "linear", 1.0 if quantity.endswith("accuracy") else np.inf
    drawn = np.concatenate([curve[name] for name in ("mean", "low", "high")])
    at_end = curve["mean"][ends]
    unnamed = np.full(len(curve["head"]), np.nan)
    return pd.DataFrame(
        {name: np.concatenate([column, column[ends]]) for name, column in curve.items()}
        | {
            "row": np.repeat(["epoch", "label"], [len(unnamed), len(ends)]).astype(object),
            "end": np.concatenate([unnamed, at_end]),
            "label_at": np.concatenate([unnamed, label_places(drawn, at_end, axis, most)]),
        }
    )


AXES: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "linear": (np.asarray, np.asarray),
    "log": (np.log, np.exp),
    "symlog": (
        lambda value: np.copysign(np.log1p(np.abs(value)), value),
        lambda place: np.copysign(np.expm1(np.abs(place)), place),
    ),
}
"""From values to their places along an axis of a kind, and back."""


def labels(
    frame: pd.DataFrame, ends: pd.DataFrame, value: str, axis: str = "linear", most: float = np.inf
) -> pd.DataFrame:
    """Rows "label" at the ends of lines, with the place of each on the axis that the whole frame needs."""
    drawn = frame[[name for name in (value, "low", "high") if name in frame]].to_numpy(float)
    places = label_places(drawn, ends[value].to_numpy(float), axis, most)
    return ends.assign(row="label", end=ends[value], label_at=places)


def label_places(drawn: Floats, ends: Floats, axis: str = "linear", most: float = np.inf) -> Floats:
    """Where the labels of lines that end at `ends` go on an axis of all that is drawn.

    None is above `most`, lest the axis go on where no value can be.
    """
    there, back = AXES[axis]
    drawn = there(drawn[np.isfinite(drawn)])
    extent = float(np.ptp(drawn)) if drawn.size else 0.0
    places: Floats = back(apart(there(ends), LABEL_GAP * extent, high=float(there(most))))
    return places


def places_of_names(ends: Floats, low: float, high: float, axis: str = "linear") -> Floats:
    """Where the names of lines stand on an axis from `low` to `high`, near their ends and within the axis."""
    there, back = AXES[axis]
    bottom, top = float(there(low)), float(there(high))
    gap = (top - bottom) * min(LABEL_GAP, 1 / max(len(ends), 1))
    places: Floats = back(apart(there(ends), gap, bottom, top))
    return places


def apart(places: Floats, gap: float, low: float = -np.inf, high: float = np.inf) -> Floats:
    """Places moved as little as is simple so that any two are at least `gap` apart, in the same order.

    All between `low` and `high`, if there's room for them.
    """
    order = np.argsort(places, kind="stable")
    steps = gap * np.arange(len(places))
    # Neighbours that are too close share one mean: isotonic regression of the places less their steps.
    blocks: list[tuple[float, int]] = []
    for value in places[order] - steps:
        blocks.append((float(value), 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (a, n), (b, m) = blocks[-2:]
            blocks[-2:] = [((a * n + b * m) / (n + m), n + m)]
    moved = np.empty(len(places))
    if blocks:
        means = np.repeat([b[0] for b in blocks], [b[1] for b in blocks])
        moved[order] = np.clip(means, low, max(low, high - steps[-1])) + steps
    return moved


def temperature(summary: pd.DataFrame, measure: str) -> pd.DataFrame:
    """A measure before and after temperature scaling: rows "before", "after"."""
    names = {"before": measure, "after": measure + TEMPERATURE_SCALED}
    kinds = {
        row: _possible(_picked(summary, "measure", name, ("head", "mean", "low", "high")), measure)
        for row, name in names.items()
    }
    return _stacked(kinds, "mean")


def confusion(confusion: pd.DataFrame, head: str) -> pd.DataFrame:
    """The confusion matrix of one head; of many classes, those that are mistaken most often."""
    cells = confusion[confusion["head"] == head].astype({"head": object, "true": str, "predicted": str})
    classes = list(dict.fromkeys(cells["true"]))
    if len(classes) > MOST_CLASSES:
        mistakes = cells[cells["true"] != cells["predicted"]]
        both = pd.concat(
            [mistakes.groupby("true")["count"].sum(), mistakes.groupby("predicted")["count"].sum()]
        )
        often = set(both.groupby(level=0).sum().nlargest(MOST_CLASSES).index)
        cells = cells[cells["true"].isin(often) & cells["predicted"].isin(often)]
    return cells.reset_index(drop=True)


STEPS = 50
"""Shades of confidence that are told apart in a plane."""


def regions(decision: pd.DataFrame, points: pd.DataFrame, head: str) -> pd.DataFrame:
    """The cells of one head's plane, rows "cell", and the points over them, rows "point".

    Cells above each other that nobody could tell apart are one: a plane has hundreds, not thousands.
    """
    cells = decision[decision["head"] == head].astype({"head": object, "predicted": str})
    cells = cells.sort_values(["x", "y"], kind="stable")
    looks = pd.DataFrame(
        {"x": cells["x"], "predicted": cells["predicted"], "step": (cells["confidence"] * STEPS).round()}
    )
    alike = looks.eq(looks.shift()).all(axis=1)
    ends = {"x": "first", "x2": "first", "y": "first", "y2": "last"}
    values = {"head": "first", "predicted": "first", "confidence": "mean"}
    cells = cells.groupby((~alike).cumsum()).agg(ends | values).assign(row="cell")
    dots = points.astype({"class": str}).assign(row="point")
    return pd.concat([cells, dots], ignore_index=True)


def rates(rates: pd.DataFrame) -> pd.DataFrame:
    """Validation loss by learning rate, rows "rate", and once more for the chosen ones, rows "chosen"."""
    tried = {str(name): rates[name].to_numpy() for name in rates}
    there = ~np.isnan(tried["validation_loss"])
    tried = {name: column[there] for name, column in tried.items()}
    of_heads = [np.flatnonzero(tried["head"] == head) for head in dict.fromkeys(tried["head"])]
    ends = np.array([rows[tried["learning_rate"][rows].argmax()] for rows in of_heads], int)
    at_end = tried["validation_loss"][ends]
    label = {name: column[ends] for name, column in tried.items()} | {
        "end": at_end,
        "label_at": label_places(tried["validation_loss"], at_end, "log"),
    }
    chosen = {name: column[tried["chosen"]] for name, column in tried.items()}
    return _stacked({"rate": tried, "chosen": chosen, "label": label}, "validation_loss")
