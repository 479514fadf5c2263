"""The charts of large output layers: time, operations, and two layers trained side by side.

A line is a layer. Its colour is that of its head; dash and point are those of its method.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

import altair as alt
import pandas as pd

from alternatives.charts.axes import HEIGHT, axis
from alternatives.charts.drawing import Chart, Data, Drawing
from alternatives.charts.labels import labels, named_ends
from alternatives.charts.layers import rows
from alternatives.charts.look import INK, RULE, colour
from alternatives.charts.tooltips import count, texts, words
from alternatives.heads.looks import DASHES, MARKS
from alternatives.large_output.measuring import LargeOutput, timing
from alternatives.large_output.measuring.report import agree
from alternatives.wording import duration, figures, listed

POWERS = [10.0**power for power in range(-17, 10)]
"""Logarithmic axes have a line and a number at each of these."""

SPEED = 8e10
"""Operations a second, to reserve room for the dense layers' times before they are known."""

ROUNDING = 2.0**-52
"""Distance from 1 to the next float64."""

COMPARED = ("weights", "gradient")
"""The differences that are shown."""


class Line(NamedTuple):
    """A line's name and look: `mark` is the number of its dash and point."""

    name: str
    colour: str
    mark: int


class Across(NamedTuple):
    """A horizontal axis, and the size of the points along it."""

    column: str
    title: str
    point: int


CLASSES = Across("n_classes", "number of classes", 40)
TIME = Across("milliseconds", "time of its own updates (ms)", 12)
STEPS = Across("step", "step", 20)


def of_times(experiment: LargeOutput, times: pd.DataFrame) -> Drawing:
    """The measured time of one update by the number of classes."""
    known, most = times.dropna(subset=["seconds"]), max(experiment.classes)
    frame = pd.DataFrame(
        {
            "head": known["layer"],
            "n_classes": known["n_classes"],
            "value": 1e3 * known["seconds"],
            "text": [duration(seconds) for seconds in known["seconds"]],
        }
    )
    last = _ends(frame, CLASSES)
    if times["n_classes"].max() < most:
        operations = timing.operations(experiment.sizes, str(experiment.head))["operations"]
        room = {"row": ["room"], "head": [""], "n_classes": [most], "value": [1e3 * operations.max() / SPEED]}
        more = pd.DataFrame(room)
    else:
        ended = last[(last["n_classes"] < most) & last["head"].str.startswith("dense")]
        onward = ended.assign(value=ended["value"] * most / ended["n_classes"], n_classes=most)
        more = pd.concat([ended, onward], ignore_index=True).assign(row="beyond")
    ends = zip(last["head"], last["text"], last["n_classes"], strict=True)
    texts = [f"{layer} {text} at {n_classes:,} classes" for layer, text, n_classes in ends]
    text = f"Time of one update at the largest number of classes that was timed: {listed(texts)}."
    return _by_classes(experiment, frame, text, "time of one update (ms)", more)


def of_operations(experiment: LargeOutput) -> Drawing:
    """The floating-point operations of one update, counted."""
    counted = timing.operations(experiment.sizes, str(experiment.head)).rename(columns={"layer": "head"})
    frame = counted.assign(value=1e-6 * counted["operations"])
    frame["text"] = [f"{figures(value)} Mflop" for value in frame["value"]]
    last = _ends(frame, CLASSES)
    texts = [f"{layer} {text}" for layer, text in zip(last["head"], last["text"], strict=True)]
    text = f"Operations of one update at {max(experiment.classes):,} classes, counted: {listed(texts)}."
    return _by_classes(experiment, frame, text, "operations of one update (Mflop)")


def _by_classes(
    experiment: LargeOutput, frame: pd.DataFrame, text: str, title: str, more: pd.DataFrame | None = None
) -> Drawing:
    domain = min(experiment.classes), max(experiment.classes)
    return _drawing(frame, text, _layers(frame["head"]), CLASSES, title, more, domain=domain)


def of_race(race: pd.DataFrame) -> Drawing:
    """The loss of both layers by the time that each has taken."""
    frame = pd.DataFrame(
        {
            "head": race["layer"],
            "milliseconds": 1e3 * race["seconds"],
            "value": race["loss"],
            "time_text": [duration(seconds) for seconds in race["seconds"]],
            "text": [
                f"{loss} at step {step}" for step, loss in zip(race["step"], texts(race["loss"]), strict=True)
            ],
        }
    )
    last = _ends(frame, TIME)
    ends = zip(last["head"], last["text"], 1e-3 * last["milliseconds"], strict=True)
    ends_in_words = [f"{layer} has loss {text} after {duration(seconds)}" for layer, text, seconds in ends]
    lines = _layers(sorted(set(race["layer"])))
    return _drawing(frame, f"Loss by time: {listed(ends_in_words)}.", lines, TIME, "loss of the mini-batch")


def of_errors(experiment: LargeOutput, errors: pd.DataFrame) -> Drawing:
    """The largest differences between both layers by step, without those that are 0."""
    shown = errors[errors["quantity"].isin(COMPARED) & (errors["error"] > 0)]
    frame = pd.DataFrame(
        {
            "head": shown["quantity"],
            "step": shown["step"],
            "value": shown["error"],
            "text": [agree(error) for error in shown["error"]],
        }
    )
    worst = errors.groupby("quantity")["error"].max()
    texts = [f"values of the {quantity} {agree(worst[quantity])}" for quantity in COMPARED]
    colours = (colour(str(experiment.head)), INK)
    return _drawing(
        frame,
        f"Agreement of the factored layer with the dense one: {listed(texts)}.",
        tuple(Line(name, colours[mark], mark) for mark, name in enumerate(COMPARED)),
        STEPS,
        "largest difference, relative to the largest value",
        pd.DataFrame({"row": ["room"], "head": [""], "step": [1], "value": [ROUNDING]}),
        rule=True,
    )


def _layers(names: Iterable[str]) -> tuple[Line, ...]:
    """The lines of layers such as "dense softmax"."""
    parts = [name.partition(" ") for name in dict.fromkeys(names)]
    methods = list(timing.METHODS)
    return tuple(Line(f"{method} {head}", colour(head), methods.index(method)) for method, _, head in parts)


def _ends(frame: pd.DataFrame, across: Across) -> pd.DataFrame:
    return frame.loc[frame.groupby("head", sort=False)[across.column].idxmax()]


def _drawing(
    frame: pd.DataFrame,
    text: str,
    lines: tuple[Line, ...],
    across: Across,
    title: str,
    more: pd.DataFrame | None = None,
    **arguments: Any,
) -> Drawing:
    """A frame with the columns head, value, text and that of `across`, and perhaps rows of other kinds."""
    parts = [frame.assign(row="point"), *([] if more is None else [more])]
    parts.append(labels(pd.concat(parts), _ends(frame, across), "value", "log"))
    data = pd.concat(parts, ignore_index=True).astype({"head": object})
    return Drawing(curves, data, text, lines=lines, across=across, title=title, **arguments)


def curves(
    data: Data,
    lines: tuple[Line, ...],
    across: Across,
    title: str,
    domain: tuple[float, float] | None = None,
    rule: bool = False,
) -> Chart:
    """Lines with their names at the ends. Axes are logarithmic, except for steps.

    The data have the columns head (the line's name), row, value, text, time_text (of times), end, label_at
    and that of `across`. A row is a "point", a "label", one of two ends of an extrapolation ("beyond"), or an
    invisible one ("room"), whose value a dotted line marks if there is a `rule`. `domain` are the ends of the
    horizontal axis.
    """
    names, by_steps = [line.name for line in lines], across == STEPS
    ends: dict[str, Any] = {} if domain is None else {"domain": list(domain)}
    x = alt.X(
        f"{across.column}:Q",
        title=across.title,
        scale=alt.Scale(type="linear" if by_steps else "log", nice=False, **ends),
        axis=axis() if by_steps else axis(values=POWERS),
    )
    y = alt.Y("value:Q", title=title, scale=alt.Scale(type="log"), axis=axis(values=POWERS))

    def scale(values: Iterable[Any]) -> dict[str, Any]:
        return {"scale": alt.Scale(domain=names, range=list(values)), "legend": None}

    by_colour = alt.Color("head:N", **scale(line.colour for line in lines))
    by_dash = alt.StrokeDash("head:N", **scale(DASHES[line.mark] for line in lines))
    by_shape = alt.Shape("head:N", **scale(MARKS[line.mark] for line in lines))
    point, beyond, room, label = (
        alt.Chart(data).transform_filter(rows(row)).encode(x=x)
        for row in ("point", "beyond", "room", "label")
    )
    own, place = ("quantity", "step") if by_steps else ("layer", across.title)
    at = words("time_text", "time") if across == TIME else count(across.column, place)
    tooltip = [words("head", own), at, words("text", title.partition(" (")[0])]
    layers = [
        point.mark_line(strokeWidth=2, aria=False).encode(
            y=y, color=by_colour, strokeDash=by_dash, tooltip=tooltip
        ),
        beyond.mark_line(strokeWidth=1, opacity=0.7).encode(y=y, color=by_colour, detail="head:N"),
        room.mark_point(opacity=0, aria=False).encode(y=y),
        point.mark_point(size=across.point, filled=True, opacity=1).encode(
            y=y, color=by_colour, shape=by_shape, tooltip=tooltip
        ),
        *named_ends(label.encode(color=by_colour), x, title),
    ]
    if rule:
        rounding = alt.Chart(data).transform_filter(rows("room"))
        dotted = rounding.mark_rule(color=RULE, strokeDash=[2, 3], aria=False)
        layers.insert(0, dotted.encode(y=alt.Y("value:Q", title=title)))
    return alt.layer(*layers).properties(height=HEIGHT)


def table(times: pd.DataFrame) -> pd.DataFrame:
    """Times by layer and number of classes; a dash for what wasn't timed."""
    columns = {
        f"{n_classes:,} classes": rows.set_index("layer")["seconds"].map(duration)
        for n_classes, rows in times.groupby("n_classes", sort=False)
    }
    frame = pd.DataFrame(columns).reindex(list(dict.fromkeys(times["layer"]))).fillna("–")
    return frame.rename_axis(None)
