"""The charts of a large output layer, each with its frame and its text.

A line is a *layer*: it has the colour of its head, and the dash and the point of its method.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

import altair as alt
import pandas as pd

from alternatives.charts import frames
from alternatives.charts.compare import HEIGHT, named_ends
from alternatives.charts.look import INK, RULE, Chart, Data, Drawing, colour, rows
from alternatives.heads.looks import DASHES, MARKS
from alternatives.large_output.experiment import LargeOutput
from alternatives.large_output.scaling import METHODS, operations
from alternatives.large_output.telling import milliseconds
from alternatives.wording import listed, spelled

POWERS = [10.0**power for power in range(-17, 10)]
"""Where logarithmic axes have a line and a number."""

SPEED = 8e10
"""Operations a second: makes room for the dense layers' times before they are known."""

ROUNDING = 2.0**-52
"""The distance of 1 to the next float64."""

COMPARED = ("weights", "gradient")
"""Of what differences are drawn."""


class Line(NamedTuple):
    """A line's name, and how it looks: a mark is the number of dash and point shape."""

    name: str
    colour: str
    mark: int


def _of_layers(names: Iterable[str]) -> tuple[Line, ...]:
    parts = [name.partition(" ") for name in names]
    return tuple(Line(f"{method} {head}", colour(head), METHODS.index(method)) for method, _, head in parts)


def curves(
    data: Data,
    lines: tuple[Line, ...],
    x: tuple[str, str],
    title: str,
    domain: tuple[float, float] | None = None,
    dot: int = 40,
    rule: bool = False,
) -> Chart:
    """Lines with their names at the ends, on logarithmic axes but for steps.

    Parameters
    ----------
    data : frame
        Columns head (the line's name), row ("point", "beyond", "room" or "label"), value, text, end,
        label_at and that of x; "beyond" is where a line goes on that wasn't measured, "room" isn't seen.
    lines : tuple of Line
    x : tuple of str
        Column and title.
    title : str
        Of the other axis.
    domain : tuple of float, optional
        Ends of the axis of x.
    dot : int
        Size of the mark of every value.
    rule : bool
        Whether a line marks the value of "room", to compare with.
    """
    base, names, by_steps = alt.Chart(data), [line.name for line in lines], x[0] == "step"
    by_colour = alt.Color("head:N", scale=_scale(names, [line.colour for line in lines]), legend=None)
    by_dash = alt.StrokeDash(
        "head:N", scale=_scale(names, [DASHES[line.mark] for line in lines]), legend=None
    )
    by_shape = alt.Shape("head:N", scale=_scale(names, [MARKS[line.mark] for line in lines]), legend=None)
    ends: dict[str, Any] = {} if domain is None else {"domain": list(domain)}
    x_axis = alt.X(
        f"{x[0]}:Q",
        title=x[1],
        scale=alt.Scale(type="linear" if by_steps else "log", nice=False, **ends),
        axis=alt.Axis(format="d", tickCount=5) if by_steps else alt.Axis(format="~s", values=POWERS),
    )
    y_axis = alt.Y(
        "value:Q",
        title=title,
        scale=alt.Scale(type="log"),
        axis=alt.Axis(format=".0e" if rule else ",~g", values=POWERS),
    )
    point, label = (base.transform_filter(rows(row)) for row in ("point", "label"))
    layers = [
        point.mark_line(strokeWidth=2).encode(x=x_axis, y=y_axis, color=by_colour, strokeDash=by_dash),
        base.transform_filter(rows("beyond"))
        .mark_line(strokeWidth=1, opacity=0.7)
        .encode(x=x_axis, y=y_axis, color=by_colour, detail="head:N"),
        base.transform_filter(rows("room")).mark_point(opacity=0, aria=False).encode(x=x_axis, y=y_axis),
        point.mark_point(size=dot, filled=True, opacity=1).encode(
            x=x_axis,
            y=y_axis,
            color=by_colour,
            shape=by_shape,
            tooltip=["head:N", alt.Tooltip(f"{x[0]}:Q", format=","), "text:N"],
        ),
        *named_ends(label.encode(color=by_colour), x_axis, title),
    ]
    if rule:
        line = base.transform_filter(rows("room")).mark_rule(color=RULE, strokeDash=[2, 3], aria=False)
        layers.insert(0, line.encode(y=alt.Y("value:Q", title=title)))
    return alt.layer(*layers).properties(height=HEIGHT)


def _scale(names: list[str], values: list[Any]) -> alt.Scale:
    return alt.Scale(domain=names, range=values)


def _drawing(
    frame: pd.DataFrame,
    text: str,
    lines: tuple[Line, ...],
    x: tuple[str, str],
    title: str,
    more: pd.DataFrame | None = None,
    **arguments: Any,
) -> Drawing:
    """A frame with the columns name, value, text and that of x, as `curves` draws it, and more rows."""
    every = [frame.assign(row="point"), *([] if more is None else [more])]
    ends = frame.loc[frame.groupby("name", sort=False)[x[0]].idxmax()]
    every.append(frames.labels(pd.concat(every), ends, "value", "log"))
    drawn = pd.concat(every, ignore_index=True).rename(columns={"name": "head"}).astype({"head": object})
    return Drawing(curves, drawn, text, lines=lines, x=x, title=title, **arguments)


def _by_classes(
    experiment: LargeOutput, frame: pd.DataFrame, text: str, title: str, more: pd.DataFrame | None = None
) -> Drawing:
    return _drawing(
        frame,
        text,
        _of_layers(dict.fromkeys(frame["name"])),
        ("n_classes", "number of classes"),
        title,
        more,
        domain=(min(experiment.classes), max(experiment.classes)),
    )


def of_times(experiment: LargeOutput, times: pd.DataFrame) -> Drawing:
    """The measured time of one update by the number of classes."""
    known = times.dropna(subset=["seconds"])
    frame = pd.DataFrame(
        {
            "name": known["layer"],
            "n_classes": known["n_classes"],
            "value": 1e3 * known["seconds"],
            "text": [milliseconds(seconds) for seconds in known["seconds"]],
        }
    )
    last = frame.loc[frame.groupby("name", sort=False)["n_classes"].idxmax()]
    ends = [
        f"{layer} {text} at {n_classes:,}"
        for layer, text, n_classes in zip(last["name"], last["text"], last["n_classes"], strict=True)
    ]
    text = f"Time of one update, at the most classes that were measured: {listed(ends)}."
    most = max(experiment.classes)
    if times["n_classes"].max() < most:
        slowest = 1e3 * operations(experiment)["operations"].max() / SPEED
        more = pd.DataFrame({"row": ["room"], "name": [""], "n_classes": [most], "value": [slowest]})
    else:
        ended = last[(last["n_classes"] < most) & last["name"].str.startswith("dense")]
        onward = ended.assign(value=ended["value"] * most / ended["n_classes"], n_classes=most)
        more = pd.concat([ended, onward], ignore_index=True).assign(row="beyond")
    return _by_classes(experiment, frame, text, "time of one update (ms)", more)


def of_operations(experiment: LargeOutput) -> Drawing:
    """The floating-point operations of one update, counted."""
    counted = operations(experiment)
    millions = 1e-6 * counted["operations"]
    frame = pd.DataFrame(
        {
            "name": counted["layer"],
            "n_classes": counted["n_classes"],
            "value": millions,
            "text": [f"{spelled(count)} Mflop" for count in millions],
        }
    )
    most = frame[frame["n_classes"] == max(experiment.classes)]
    ends = [f"{layer} {text}" for layer, text in zip(most["name"], most["text"], strict=True)]
    text = f"Operations of one update, counted, at {max(experiment.classes):,} classes: {listed(ends)}."
    return _by_classes(experiment, frame, text, "operations of one update (Mflop)")


def of_race(race: pd.DataFrame) -> Drawing:
    """The loss of both layers against the time that each has taken."""
    frame = pd.DataFrame(
        {
            "name": race["layer"],
            "milliseconds": 1e3 * race["seconds"],
            "value": race["loss"],
            "text": [f"step {n}: {loss:.12g}" for n, loss in zip(race["step"], race["loss"], strict=True)],
        }
    )
    last = race.loc[race.groupby("layer", sort=False)["step"].idxmax()]
    columns = (last[name] for name in ("layer", "loss", "step", "seconds"))
    ends = [
        f"{layer} {loss:.12g} after {step} steps and {milliseconds(seconds)}"
        for layer, loss, step, seconds in zip(*columns, strict=True)
    ]
    return _drawing(
        frame,
        f"Loss against time: {listed(ends)}.",
        _of_layers(sorted(dict.fromkeys(race["layer"]))),
        ("milliseconds", "time of its own updates (ms)"),
        "loss of the mini-batch",
        dot=12,
    )


def of_errors(experiment: LargeOutput, errors: pd.DataFrame) -> Drawing:
    """The largest differences between both layers, step by step; those that aren't 0."""
    shown = errors[errors["quantity"].isin(COMPARED) & (errors["error"] > 0)]
    frame = pd.DataFrame(
        {
            "name": shown["quantity"],
            "step": shown["step"],
            "value": shown["error"],
            "text": [f"{error:.1e}" for error in shown["error"]],
        }
    )
    worst = errors.groupby("quantity")["error"].max()
    told = [f"{quantity} {spelled(float(f'{worst[quantity]:.0e}'))}" for quantity in COMPARED]
    colours = (colour(str(experiment.head)), INK)
    room = pd.DataFrame({"row": ["room"], "name": [""], "step": [1], "value": [ROUNDING]})
    return _drawing(
        frame,
        f"Largest differences of the factored layer from the dense one: {listed(told)}.",
        tuple(Line(name, colours[mark], mark) for mark, name in enumerate(COMPARED)),
        ("step", "step"),
        "difference, as a part of the largest",
        room,
        dot=20,
        rule=True,
    )


def table(times: pd.DataFrame) -> pd.DataFrame:
    """Times by layer and number of classes, in Markdown; a dash for what wasn't measured."""
    columns = {
        f"{n_classes:,}": of_n.set_index("layer")["seconds"].map(milliseconds)
        for n_classes, of_n in times.groupby("n_classes", sort=False)
    }
    frame = pd.DataFrame(columns).reindex(list(dict.fromkeys(times["layer"]))).fillna("–")
    return frame.rename_axis(None)
