"""The log loss of every head by temperature, the lowest marked; a line shows where the page's slider is."""

import altair as alt
import numpy as np

from alternatives.charts import lines
from alternatives.charts.axes import HEIGHT, axis
from alternatives.charts.drawing import Chart, Columns, Data, Drawing
from alternatives.charts.labels import named_ends
from alternatives.charts.layers import layers, stacked
from alternatives.charts.look import INK, RULE, Heads, by_colour, by_dash, by_shape
from alternatives.charts.phrases import diverged
from alternatives.charts.temperature_slider import AT_STEP, TEXTS, slider_parameters
from alternatives.charts.tooltips import mean_and_interval, texts, words
from alternatives.experiments import ComparisonResults
from alternatives.experiments.curves import Band
from alternatives.measures.scan import GRID, lowest
from alternatives.memory import once
from alternatives.statistics import estimate
from alternatives.wording import listed

ACROSS = lines.Across("temperature", "temperature T", logarithmic=True)
TITLE = "log loss (nats)"
TICKS = (0.25, 0.5, 1, 2, 4)


@once
def drawing(results: ComparisonResults, moves: bool = False) -> Drawing:
    """All heads; where it `moves`, with a line that follows the page's slider."""
    return Drawing(
        chart,
        frame(results),
        "Log loss by temperature",
        finding(results),
        heads=results.variants,
        moves=moves,
    )


def _band(results: ComparisonResults) -> Band:
    """Mean and interval (n_heads, n_temperatures) over the seeds."""
    found = estimate(np.stack([results.scans[head].log_loss for head in results.variants]))
    return Band(found.mean, found.low, found.high)


def _lowest(results: ComparisonResults) -> tuple[np.ndarray, np.ndarray]:
    """Heads of which a run finished, by index, and where in the grid their log loss is lowest."""
    steps = lowest(_band(results).mean)
    heads = np.flatnonzero(steps >= 0)
    return heads, steps[heads]


def frame(results: ComparisonResults) -> Columns:
    """Rows "point" and "label" of lines, "lowest" of each, and "slider" for each of its places."""
    band, names = _band(results), np.array(results.variants, object)
    whole = lines.frame(results.variants, ACROSS, GRID, band, "nats", logarithmic=True)
    split = {
        name: {column: each[whole["row"] == name] for column, each in whole.items() if column != "row"}
        for name in ("point", "label")
    }
    heads, steps = _lowest(results)
    mean = band.mean[heads, steps]
    marks = {
        "head": names[heads],
        "temperature": GRID[steps],
        "mean": mean,
        "mean_text": texts(mean, "nats"),
        "best_text": np.array([TEXTS[step] for step in steps], object),
    }
    split["point"]["best_text"] = np.array(
        [TEXTS[np.abs(GRID - each).argmin()] for each in split["point"]["temperature"]], object
    )
    return stacked(**split, lowest=marks, slider={"temperature": GRID, "step": np.arange(len(GRID))})


def finding(results: ComparisonResults) -> str:
    """The temperature at which each head's log loss is lowest."""
    heads, steps = _lowest(results)
    names = np.array(results.variants, object)
    ends = {0: f"{TEXTS[0]} or below", len(GRID) - 1: f"{TEXTS[-1]} or above"}
    clauses = [
        f"lowest at T = {ends.get(step, TEXTS[step])} for {listed(names[heads[steps == step]])}"
        for step in sorted(set(steps.tolist()))
    ]
    return "; ".join([*clauses, *diverged(names[results.diverged.all(1)])])


def chart(data: Data, heads: Heads, moves: bool) -> Chart:
    """The marks.

    The columns are head, row, temperature, mean, low, high, mean_text, interval_text, best_text, last, end,
    label_at, step.
    """
    scale = alt.Scale(type="log", base=2, nice=False, domain=[TICKS[0], TICKS[-1]])
    x = alt.X("temperature:Q", title=ACROSS.title, scale=scale, axis=axis(values=list(TICKS)))
    y = alt.Y("mean:Q", title=TITLE, scale=alt.Scale(type="log", nice=False), axis=axis())
    coloured = alt.Chart(data).encode(x=x, color=by_colour(heads))
    points, label, best = layers(coloured, "point", "label", "lowest")
    (slider,) = layers(alt.Chart(data), "slider")
    at = words("best_text", "temperature T")
    tooltip = [words("head", "head"), at, *mean_and_interval()]
    at_slider = slider.transform_filter(AT_STEP).mark_rule(color=RULE, strokeWidth=1.5, aria=False)
    best_at = [words("head", "head"), words("best_text", "lowest at T"), words("mean_text", "mean")]
    made = alt.layer(
        *([at_slider.encode(x=x)] if moves else []),
        points.mark_area(opacity=0.15, aria=False).encode(
            y=alt.Y("low:Q", title=TITLE), y2="high:Q", tooltip=tooltip
        ),
        points.mark_line(strokeWidth=2, aria=False).encode(y=y, strokeDash=by_dash(heads), tooltip=tooltip),
        best.mark_point(size=90, filled=True, opacity=1, stroke=INK, strokeWidth=1).encode(
            y=y, shape=by_shape(heads), tooltip=best_at
        ),
        *named_ends(label, x, TITLE),
    ).properties(height=HEIGHT)
    return made.add_params(*slider_parameters()) if moves else made
