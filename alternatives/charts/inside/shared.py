"""Charts and tables of every part: measures by variant, curves by epoch, and lines along anything else."""

from typing import TypeAlias

import altair as alt
import numpy as np
import pandas as pd

from alternatives.charts import compare, frames, words
from alternatives.charts.compare import HEIGHT, axis, named_ends
from alternatives.charts.look import Chart, Data, Drawing, Heads, by_colour, by_dash, by_shape, rows
from alternatives.charts.words import sentence
from alternatives.experiments import AttentionResults, GateResults, HiddenResults, Progress
from alternatives.experiments.attention import N_STEPS
from alternatives.wording import listed, spelled

Results: TypeAlias = HiddenResults | AttentionResults | GateResults
Drawings: TypeAlias = dict[str, Drawing]

TITLES = {
    "accuracy": "accuracy on the test part",
    "effective rank": "effective rank of the last hidden layer",
    "smallest singular value": "smallest singular value, as a part of the largest",
    "correlation": "mean size of the correlation of two units",
    "inactive units": "share of inactive units",
    "entropy": "entropy of the weights (nats)",
    "rows looked at": f"rows looked at, of {N_STEPS}",
    "sum of the weights": "sum of the weights",
    "experts used": "experts used over all samples",
    "experts asked": "experts asked for a sample",
}
"""Every measure with its axis title."""

SHARES = ("accuracy", "inactive units")


def possible(results: Results, measure: str) -> tuple[float, float]:
    """The least and the most that a measure can be: a t interval may go beyond."""
    if isinstance(results, HiddenResults):
        n = results.experiment.width
    else:
        n = N_STEPS if isinstance(results, AttentionResults) else results.experiment.n_experts
    counts = ("effective rank", "rows looked at", "experts used", "experts asked")
    if measure in counts:
        return 1.0, float(n)
    most = {"entropy": float(np.log(n)), "sum of the weights": float(n)}
    return 0.0, most.get(measure, 1.0)


def height(n_variants: int) -> int:
    """Height in pixels of `of_measure`."""
    return compare.height(("",) * n_variants)


def variants_of(results: Results) -> Heads:
    """The names of the variants, in their order."""
    return tuple(dict.fromkeys(results.runs["variant"]))


def named(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame in the words of a comparison."""
    return frame.rename(columns={"variant": "head"})


def table(results: Results) -> pd.DataFrame:
    """Means with what is known of the accuracy's difference, a row a variant."""
    columns: dict[str, list[str]] = {}
    for measure in dict.fromkeys(results.summary["measure"]):
        own = results.summary[results.summary["measure"] == measure].set_index("variant")
        texts = []
        for name in variants_of(results):
            mean, verdict = own.loc[name, ["mean", "verdict"]]
            text = f"{100 * mean:.1f} %" if measure in SHARES else spelled(mean)
            known = verdict if measure == "accuracy" and verdict not in ("baseline", "undecided") else ""
            texts.append(", ".join(filter(None, ["–" if np.isnan(mean) else text, known])))
        columns[sentence(measure)] = texts
    rates = results.runs.groupby("variant")["learning_rate"].first()
    columns["Learning rate"] = [f"{rates[name]:g}" for name in variants_of(results)]
    return pd.DataFrame(columns, index=list(variants_of(results)))


def of_measure(results: Results, measure: str) -> Drawing:
    """A measure by variant: a dot a seed, the mean with its interval."""
    least, most = possible(results, measure)
    own = named(results.summary[results.summary["measure"] == measure])
    own = own.assign(low=own["low"].clip(least, most), high=own["high"].clip(least, most))
    told = [f"{name} {mean:.3g}" for name, mean in zip(own["head"], own["mean"], strict=True)]
    return Drawing(
        compare.by_head,
        frames.by_head(named(results.measures), own, named(results.runs), measure),
        words.parts(f"{sentence(measure)}, mean over the seeds: {listed(told)}."),
        heads=variants_of(results),
        title=TITLES[measure],
        style=".3~p" if measure in SHARES else ".3~g",
    )


def of_curve(results: Results, quantity: str) -> Drawing:
    """A quantity by epoch."""
    return _by_epoch(frames.curves(results), variants_of(results), quantity, results.experiment.n_epochs)


def curve_so_far(progress: Progress, quantity: str) -> Drawing:
    """The same as far as a training has come."""
    return _by_epoch(frames.curves(progress), progress.variants, quantity, progress.experiment.n_epochs)


def _by_epoch(curves: pd.DataFrame, variants: Heads, quantity: str, n_epochs: int) -> Drawing:
    share = quantity.endswith("accuracy")
    if share:
        curves = curves.assign(low=curves["low"].clip(0, 1), high=curves["high"].clip(0, 1))
    frame = frames.lines(curves, quantity, logarithmic=not share)
    return Drawing(
        compare.lines,
        frame,
        words.parts(words.lines(frame, quantity, variants)),
        {"last_epoch": max(n_epochs, 2)},
        heads=variants,
        title=words.axis_title(quantity),
        style=".3~p" if share else ".3~g",
        logarithmic=not share,
    )


def curve(
    data: Data, heads: Heads, column: str, titles: tuple[str, str], logarithmic: str, style: str
) -> Chart:
    """A value along something that isn't an epoch: a line a variant with its 95 % band.

    Parameters
    ----------
    data : frame
        Columns head, row, mean, low, high, end, label_at and `column`.
    heads : tuple of str
    column : str
    titles : tuple of str
        Of both axes.
    logarithmic : str
        Which axis is: "x", "y" or none, "".
    style : str
        d3's number format of the axis.
    """
    x_scale = alt.Scale(type="log", base=2, nice=False) if logarithmic == "x" else alt.Scale(zero=False)
    y_scale = alt.Scale(type="log", nice=False) if logarithmic == "y" else alt.Scale(zero=False)
    x = alt.X(f"{column}:Q", title=titles[0], scale=x_scale, axis=alt.Axis(format="d", tickCount=6))
    y = alt.Y("mean:Q", title=titles[1], scale=y_scale, axis=axis(style))
    points = alt.Chart(data).transform_filter(rows("point")).encode(x=x, color=by_colour(heads))
    label = alt.Chart(data).transform_filter(rows("label"))
    return alt.layer(
        points.mark_area(opacity=0.12, aria=False).encode(y=alt.Y("low:Q", title=titles[1]), y2="high:Q"),
        points.mark_line(strokeWidth=2).encode(y=y, strokeDash=by_dash(heads)),
        points.mark_point(size=40, filled=True, opacity=1).encode(
            y=y,
            shape=by_shape(heads),
            tooltip=["head:N", f"{column}:Q", alt.Tooltip("mean:Q", format=style)],
        ),
        *named_ends(label.encode(color=by_colour(heads)), x, titles[1]),
    ).properties(height=HEIGHT)


def along(
    frame: pd.DataFrame, column: str, titles: tuple[str, str], logarithmic: str, style: str, text: str
) -> Drawing:
    """A drawing of `curve`; bands keep to shares, or above half of the least value on a logarithmic axis."""
    drawn = frame[["head", column, "mean", "low", "high"]].dropna(subset=["mean"])
    drawn = drawn.astype({"head": object}).assign(row="point")
    if logarithmic == "y":
        drawn = drawn[drawn["mean"] > 0]
        floor = drawn["mean"].min() / 2
        drawn = drawn.assign(low=drawn["low"].where(~(drawn["low"] < floor), floor))
    else:
        drawn = drawn.assign(low=drawn["low"].clip(0, 1), high=drawn["high"].clip(0, 1))
    ends = drawn.loc[drawn.groupby("head", sort=False)[column].idxmax()]
    axis_kind, most = ("log", np.inf) if logarithmic == "y" else ("linear", 1.0)
    labelled = frames.labels(drawn, ends, "mean", axis_kind, most)
    return Drawing(
        curve,
        pd.concat([drawn, labelled], ignore_index=True),
        text,
        heads=tuple(dict.fromkeys(frame["head"])),
        column=column,
        titles=titles,
        logarithmic=logarithmic,
        style=style,
    )
