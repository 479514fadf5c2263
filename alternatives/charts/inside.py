"""The charts of what stands inside a network, each with its frame and its text.

A *variant* is a kind of hidden layer or a normaliser. It has the colour of the head whose map it is.
"""

from typing import TypeAlias

import altair as alt
import numpy as np
import pandas as pd

from alternatives.charts import compare, frames, words
from alternatives.charts.compare import HEIGHT, named_ends
from alternatives.charts.look import (
    INK,
    Chart,
    Data,
    Drawing,
    Heads,
    by_colour,
    by_dash,
    by_shape,
    colour,
    rows,
)
from alternatives.charts.words import sentence
from alternatives.inside import AttentionResults, GateResults, HiddenResults
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
    "rows looked at": "rows looked at, of 8",
    "sum of the weights": "sum of the weights",
    "experts used": "experts used over all samples",
    "experts asked": "experts asked for a sample",
}
"""Every measure with its axis title."""
SHARES = ("accuracy", "inactive units")
SQUARE = 190
"""Height in pixels of one variant's square among small multiples."""
PICTURES_A_ROW = 5
DEEPEST = 0.5
"""Weight of a row from which its colour is at its deepest."""


def variants_of(results: Results) -> Heads:
    """The names of the variants, in their order."""
    return tuple(dict.fromkeys(results.runs["variant"]))


def _named(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.rename(columns={"variant": "head"})


def table(results: Results) -> pd.DataFrame:
    """Means with what is known of the accuracy's difference, a row a variant."""
    measures = list(dict.fromkeys(results.summary["measure"]))
    columns: dict[str, list[str]] = {}
    for measure in measures:
        own = results.summary[results.summary["measure"] == measure].set_index("variant")
        texts = []
        for name in variants_of(results):
            row = own.loc[name]
            number = f"{100 * row['mean']:.1f} %" if measure in SHARES else spelled(row["mean"])
            if measure == "accuracy" and row["verdict"] != "baseline":
                number += f", {row['verdict']}" if row["verdict"] != "no difference" else ""
            texts.append(number.replace("nan %", "–"))
        columns[sentence(measure)] = texts
    return pd.DataFrame(columns, index=list(variants_of(results)))


def of_measure(results: Results, measure: str) -> Drawing:
    """A measure by variant: a dot a seed, the mean with its interval."""
    summary = _named(results.summary)
    most = 1.0 if measure in SHARES else None
    summary = summary.assign(low=summary["low"].clip(0, None), high=summary["high"].clip(None, most))
    own = summary[summary["measure"] == measure]
    told = [f"{name} {mean:.3g}" for name, mean in zip(own["head"], own["mean"], strict=True)]
    return Drawing(
        compare.by_head,
        frames.by_head(_named(results.measures), summary, _named(results.runs), measure),
        f"{sentence(measure)}, mean over the seeds: {listed(told)}.",
        heads=variants_of(results),
        title=TITLES[measure],
        style=".3~p" if measure in SHARES else ".3~g",
    )


def of_curve(results: Results, quantity: str) -> Drawing:
    """A quantity by epoch."""
    share, curves = quantity.endswith("accuracy"), _named(results.curves)
    return Drawing(
        compare.lines,
        frames.lines(curves, quantity, logarithmic=not share),
        words.lines(curves, quantity),
        heads=variants_of(results),
        title=words.axis_title(quantity),
        n_epochs=results.experiment.n_epochs,
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
        Which axes are: "x" or "y".
    style : str
        d3's number format of the axis.
    """
    scales = {
        axis: alt.Scale(type="log", nice=False) if axis in logarithmic else alt.Scale(zero=False)
        for axis in "xy"
    }
    if "x" in logarithmic:
        scales["x"] = alt.Scale(type="log", base=2, nice=False)
    x = alt.X(f"{column}:Q", title=titles[0], scale=scales["x"], axis=alt.Axis(format="d", tickCount=6))
    y = alt.Y("mean:Q", title=titles[1], scale=scales["y"], axis=alt.Axis(format=style, tickCount=5))
    points = alt.Chart(data).transform_filter(rows("point")).encode(x=x, color=by_colour(heads))
    label = alt.Chart(data).transform_filter(rows("label"))
    return alt.layer(
        points.mark_area(opacity=0.12).encode(y=alt.Y("low:Q", title=titles[1]), y2="high:Q"),
        points.mark_line(strokeWidth=2).encode(y=y, strokeDash=by_dash(heads)),
        points.mark_point(size=40, filled=True, opacity=1).encode(
            y=y,
            shape=by_shape(heads),
            tooltip=["head:N", f"{column}:Q", alt.Tooltip("mean:Q", format=style)],
        ),
        *named_ends(label.encode(color=by_colour(heads)), x, titles[1]),
    ).properties(height=HEIGHT)


def _curve(
    frame: pd.DataFrame, column: str, titles: tuple[str, str], logarithmic: str, style: str, text: str
) -> Drawing:
    names = ["head", column, "mean", "low", "high"]
    drawn = frame[names].dropna(subset=["mean"]).astype({"head": object}).assign(row="point")
    if "y" in logarithmic:
        drawn = drawn[drawn["mean"] > 0]
        floor = drawn["mean"].min() / 2
        drawn = drawn.assign(low=drawn["low"].where(~(drawn["low"] < floor), floor))
    else:
        drawn = drawn.assign(low=drawn["low"].clip(0, 1), high=drawn["high"].clip(0, 1))
    ends = drawn.loc[drawn.groupby("head", sort=False)[column].idxmax()]
    labelled = frames.labels(drawn, ends, "mean", "log" if "y" in logarithmic else "linear")
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


def of_widths(frame: pd.DataFrame, dataset: str) -> Drawing:
    """Accuracy against the width of the hidden layers."""
    named = _named(frame)
    ends = [
        f"{head} from {100 * own['mean'].iloc[0]:.0f} to {100 * own['mean'].iloc[-1]:.0f} %"
        for head, own in named.groupby("head", sort=False)
    ]
    text = f"Accuracy on {dataset} by width, from the narrowest to the widest: {listed(ends)}."
    titles = ("units of each hidden layer", "accuracy on the test part")
    return _curve(named, "width", titles, "x", ".3~p", text)


def of_singular_values(results: HiddenResults) -> Drawing:
    """The singular values of the last hidden layer, the largest first."""
    last = results.singular[results.singular["layer"] == results.experiment.n_layers]
    named = _named(last)
    named = named[named["mean"] > 1e-6]
    counts = [f"{head} {len(own)}" for head, own in named.groupby("head", sort=False)]
    text = f"Singular values of the last hidden layer; how many are above a millionth: {listed(counts)}."
    return _curve(named, "index", ("number of the singular value", "share of the sum"), "y", ".1~g", text)


def squares(data: Data, head: str, titles: tuple[str, str]) -> Chart:
    """A matrix as shades of the variant's colour; what has no value is left out.

    Parameters
    ----------
    data : frame
        Columns a, b, size, correlation.
    head : str
    titles : tuple of str
        Of both axes.
    """
    axis = alt.Axis(labels=False, ticks=False)
    return (
        alt.Chart(data)
        .mark_rect(color=colour(head), strokeWidth=0)
        .encode(
            x=alt.X("a:O", title=titles[0], axis=axis),
            y=alt.Y("b:O", title=titles[1], axis=axis),
            opacity=alt.Opacity("size:Q", scale=alt.Scale(domain=[0, 1], range=[0, 1]), legend=None),
            tooltip=["a:O", "b:O", alt.Tooltip("correlation:Q", format=".2f")],
        )
        .properties(height=SQUARE, title=head)
    )


def of_correlations(results: HiddenResults) -> Drawings:
    """How the units of the last hidden layer go together, a square a variant."""
    drawings = {}
    for name in variants_of(results):
        own = results.correlations[results.correlations["variant"] == name].dropna(subset=["correlation"])
        own = own.assign(size=own["correlation"].abs())
        apart = own[own["a"] != own["b"]]["size"]
        mean = f"{apart.mean():.2f}" if len(apart) else "–"
        drawings[name] = Drawing(
            squares,
            own[["a", "b", "size", "correlation"]],
            f"Correlations of the units of {name}: {mean} in size on average.",
            head=name,
            titles=("unit", "unit"),
        )
    return drawings


def pictures(data: Data, head: str) -> Chart:
    """Digits in the ink of the page, each with the weights of its rows beside it.

    Parameters
    ----------
    data : frame
        Columns kind ("ink" or "weight"), x, x2, y, y2, value, row.
    head : str
    """
    hidden = alt.Axis(labels=False, ticks=False, grid=False, domain=False)
    place = {
        "x": alt.X("x:Q", title=None, axis=hidden, scale=alt.Scale(nice=False)),
        "x2": "x2:Q",
        "y": alt.Y("y:Q", title=None, axis=hidden, scale=alt.Scale(reverse=True, nice=False)),
        "y2": "y2:Q",
        "opacity": alt.Opacity("value:Q", scale=alt.Scale(domain=[0, 1], range=[0, 1]), legend=None),
    }
    weight = alt.Opacity(
        "value:Q", scale=alt.Scale(domain=[0, DEEPEST], range=[0, 1], clamp=True), legend=None
    )
    base = alt.Chart(data)
    return (
        alt.layer(
            base.transform_filter("datum.kind === 'ink'").mark_rect(color=INK, strokeWidth=0).encode(**place),
            base.transform_filter("datum.kind === 'weight'")
            .mark_rect(color=colour(head), strokeWidth=0)
            .encode(
                **place | {"opacity": weight},
                tooltip=[alt.Tooltip("row:Q"), alt.Tooltip("value:Q", format=".1%", title="weight")],
            ),
        )
        .resolve_scale(opacity="independent")
        .properties(height=SQUARE, title=head)
    )


def of_attention(results: AttentionResults) -> Drawings:
    """Example digits with the weights of their rows, a picture a normaliser."""
    drawings = {}
    digits = results.digits
    for name in variants_of(results):
        weights = results.examples[results.examples["variant"] == name].dropna(subset=["weight"])
        ink = digits.assign(kind="ink", value=digits["ink"], left=digits["column"] - 1, wide=1)
        shown = weights.assign(kind="weight", value=weights["weight"], left=8.3, wide=2.2)
        both = pd.concat([ink, shown], ignore_index=True)
        at_x, at_y = both["example"] % PICTURES_A_ROW * 12, both["example"] // PICTURES_A_ROW * 9
        frame = pd.DataFrame(
            {
                "kind": both["kind"],
                "x": at_x + both["left"],
                "x2": at_x + both["left"] + both["wide"],
                "y": at_y + both["row"] - 1,
                "y2": at_y + both["row"],
                "value": both["value"],
                "row": both["row"],
            }
        )
        means = results.rows[results.rows["variant"] == name].sort_values("mean", ascending=False)
        most = means.iloc[0]
        text = (
            f"Digits with the weights that {name} gives their rows; most, {100 * most['mean']:.0f} % on "
            f"average, goes to row {most['row']:.0f} from the top."
        )
        drawings[name] = Drawing(pictures, frame, text, head=name)
    return drawings


def of_rows(results: AttentionResults) -> Drawing:
    """The mean weight of each row."""
    named = _named(results.rows)
    most = named.dropna(subset=["mean"]).sort_values("mean", ascending=False).drop_duplicates("head")
    tops = [f"{head} row {row}" for head, row in zip(most["head"], most["row"], strict=True)]
    titles = ("row of the digit, from the top", "mean share of the weights")
    return _curve(
        named.rename(columns={"row": "step"}),
        "step",
        titles,
        "",
        ".3~p",
        f"Mean weights of the rows; most goes to: {listed(tops)}.",
    )


def of_use(results: GateResults) -> Drawing:
    """The mean share of each expert, the most used first."""
    named = _named(results.use)
    first = [
        f"{head} {100 * own['mean'].iloc[0]:.0f} %"
        for head, own in named.dropna(subset=["mean"]).groupby("head", sort=False)
    ]
    titles = ("expert, the most used first", "mean share of the weights")
    return _curve(named, "expert", titles, "", ".3~p", f"Share of the most used expert: {listed(first)}.")


def of_regions(results: GateResults) -> Drawings:
    """The plane as each mixture divides it; empty where the data aren't two-dimensional."""
    if results.decision.empty:
        return {}
    decision, classes = _named(results.decision), tuple(np.unique(results.points["class"]))
    return {
        name: Drawing(
            compare.regions,
            frames.regions(decision, results.points, name),
            words.regions(name, classes),
            head=name,
            classes=classes,
            titles=("first feature, scaled", "second feature, scaled"),
        )
        for name in variants_of(results)
    }
