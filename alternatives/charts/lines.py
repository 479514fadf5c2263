"""Lines with a 95 % band, named at their ends: a quantity by epoch, or along anything else."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import altair as alt
import numpy as np
from numpy.typing import NDArray

from alternatives.charts.axes import HEIGHT, axis, whole_numbers
from alternatives.charts.drawing import Chart, Columns, Data, Drawing
from alternatives.charts.labels import ends, label_places, named_ends
from alternatives.charts.layers import layers, stacked
from alternatives.charts.look import Heads, by_colour, by_dash, by_shape
from alternatives.charts.phrases import diverged, in_order, then, without_value
from alternatives.charts.quantities import possible, titled
from alternatives.charts.tooltips import count, mean_and_interval, mean_texts, words
from alternatives.experiments import Progress, Results
from alternatives.experiments.curves import Band, Curve
from alternatives.heads import Integers
from alternatives.memory import once
from alternatives.wording import sentence, spelled


class Across(NamedTuple):
    """What a chart's horizontal axis shows, whether it is logarithmic, and which numbers it has, if given."""

    column: str
    title: str
    logarithmic: bool = False
    ticks: tuple[int, ...] = ()


EPOCHS = Across("epoch", "epoch")


@once
def by_epoch(results: Results[Any], name: str, relative: bool = False) -> Drawing:
    """A quantity by epoch, or relative to each run's own first epoch."""
    return _by_epoch(results, name, relative, finding(results, name, relative))


def so_far(progress: Progress, name: str, relative: bool = False) -> Drawing:
    """The same chart during the training."""
    return _by_epoch(progress, name, relative, "still in training")


def _by_epoch(results: Results[Any] | Progress, name: str, relative: bool, finding: str) -> Drawing:
    curve = _curve(results, name, relative)
    if relative:
        name = f"{name} over that of the first epoch"
    return along(
        results.variants,
        EPOCHS,
        np.arange(1, curve.band.mean.shape[1] + 1),
        curve.band,
        name,
        curve.unit,
        f"{sentence(name)} by epoch, mean over the seeds",
        finding,
        {"last_epoch": max(results.experiment.most_epochs, 2)},
        logarithmic=curve.logarithmic,
        end=results.experiment.most_epochs if isinstance(results, Results) else None,
        label=results.experiment.variant_label,
    )


def _curve(results: Results[Any] | Progress, name: str, relative: bool) -> Curve:
    curve = results.curves[name]
    return curve.relative if relative else curve


def along(
    heads: Heads,
    across: Across,
    places: NDArray[np.generic],
    band: Band,
    name: str,
    unit: str,
    text: str,
    finding: str | None = None,
    parameters: Mapping[str, float] | None = None,
    *,
    logarithmic: bool = False,
    end: float | None = None,
    label: str = "variant",
) -> Drawing:
    """A quantity at places (n_points,) along an axis; text, finding and parameters are a `Drawing`'s.

    `end` is where the names stand, if that isn't where the last line ends.
    """
    return Drawing(
        chart,
        frame(heads, across, places, band, unit, logarithmic, end),
        text,
        finding,
        parameters,
        heads=heads,
        label=label,
        across=across,
        title=titled(name, unit),
        unit=unit,
        logarithmic=logarithmic,
    )


def frame(
    heads: Heads,
    across: Across,
    places: NDArray[np.generic],
    band: Band,
    unit: str,
    logarithmic: bool,
    end: float | None = None,
) -> Columns:
    """Rows "point" of each line, and "label" with its name, all below each other at `end`.

    Without one, that is where the last line ends. An axis that goes further needs one: the room for a name
    is made by making the axis shorter, which cuts the names that it moves less.
    """
    mean, (least, most) = band.mean, possible(unit)
    present = mean > 0 if logarithmic else np.isfinite(mean)
    if logarithmic:  # a band that reaches 0 is cut where the axis ends
        least = mean[present].min(initial=np.inf) / 2
    low, high = np.clip(band.low, least, most), np.clip(band.high, least, most)
    drawn, last = np.nonzero(present), ends(present)
    at_end, axis_type = mean[last], "log" if logarithmic else "linear"
    values = np.concatenate([mean[drawn], low[drawn], high[drawn]])
    names = np.array(heads, object)

    def columns(head: Integers, point: Integers) -> dict[str, Any]:
        at = head, point
        band_there = {"mean": mean[at], "low": low[at], "high": high[at]}
        return {"head": names[head], across.column: places[point]} | band_there

    points = columns(*drawn)
    points |= mean_texts(points["mean"], points["low"], points["high"], unit)

    label = {
        "last": places[last[1]],
        across.column: np.full(len(at_end), places[last[1].max(initial=0)] if end is None else end),
        "end": at_end,
        "label_at": label_places(values, at_end, axis_type, least, most),
    }
    return stacked(point=points, label=columns(*last) | label)


def finding(results: Results[Any], name: str, relative: bool = False) -> str:
    """Where the lines of a quantity end, each at its variant's own last epoch."""
    curve, heads = _curve(results, name, relative), np.array(results.variants, object)
    lost = results.diverged.all(1)
    mean = curve.band.mean
    present = mean > 0 if curve.logarithmic else np.isfinite(mean)
    present[lost] = False
    at_end = ends(present)
    last = [values[at_end] for values in (mean, curve.band.low, curve.band.high)]
    names = list(heads[at_end[0]])
    groups = in_order(names, *last)
    if len(names) == 1:
        clauses = [f"at the end {names[0]} at {spelled(float(last[0][0]))}"]
    elif len(groups) == 1:
        clauses = [f"at the end the intervals of {groups[0]} overlap"]
    else:
        clauses = [f"at the end lowest {then(groups)}"] if groups else []
    return "; ".join([*clauses, *without_value(heads[~present.any(1) & ~lost]), *diverged(heads[lost])])


def chart(
    data: Data, heads: Heads, label: str, across: Across, title: str, unit: str, logarithmic: bool
) -> Chart:
    """The marks.

    The columns are head, row, mean, low, high, mean_text, interval_text, last, end, label_at and that of
    `across`. From the end of a
    line that ends before others a thin one leads to its name.
    The parameter `last_epoch` ends the axis of epochs, so that it stays as it is during the training.
    """
    if across == EPOCHS:
        scale = alt.Scale(domain=[1, alt.ExprRef("last_epoch")], nice=False)
        ticks = whole_numbers()
    else:
        across_scale: dict[str, Any] = {"type": "log", "base": 2} if across.logarithmic else {"zero": False}
        scale = alt.Scale(nice=False, **across_scale)
        numbers: dict[str, Any] = {"values": list(across.ticks)} if across.ticks else {"tickCount": 6}
        ticks = alt.Axis(format="d", **numbers)
    x = alt.X(f"{across.column}:Q", title=across.title, scale=scale, axis=ticks)
    y_scale = alt.Scale(type="log", nice=False) if logarithmic else alt.Scale(zero=False)
    y = alt.Y("mean:Q", title=title, scale=y_scale, axis=axis(unit))
    base = alt.Chart(data).encode(x=x, color=by_colour(heads))
    points, ends_of_lines = layers(base, "point", "label")
    tooltip = [words("head", label), count(across.column, across.title), *mean_and_interval()]
    marks = [
        points.mark_area(opacity=0.15, aria=False).encode(
            y=alt.Y("low:Q", title=title), y2="high:Q", tooltip=tooltip
        ),
        points.mark_line(strokeWidth=2).encode(y=y, strokeDash=by_dash(heads), tooltip=tooltip),
    ]
    if across != EPOCHS:
        points = points.mark_point(size=40, filled=True, opacity=1)
        marks.append(points.encode(y=y, shape=by_shape(heads), tooltip=tooltip))
    leading = ends_of_lines.mark_rule(strokeWidth=1, strokeDash=[1, 3], aria=False)
    marks.append(
        leading.encode(x=alt.X("last:Q", title=across.title), x2=x.shorthand, y=alt.Y("end:Q", title=title))
    )
    return alt.layer(*marks, *named_ends(ends_of_lines, x, title)).properties(height=HEIGHT)
