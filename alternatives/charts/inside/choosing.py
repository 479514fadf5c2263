"""The charts of a soft choice: where attention looks, and whom a gate asks."""

import altair as alt
import numpy as np
import pandas as pd

from alternatives.charts import compare, frames, words
from alternatives.charts.inside.shared import Drawings, along, named, variants_of
from alternatives.charts.look import INK, Chart, Data, Drawing, colour, panel_title
from alternatives.experiments import AttentionResults, GateResults
from alternatives.experiments.soft_choice import EQUAL
from alternatives.wording import listed

SQUARE = 190
"""Height in pixels of one variant's pictures."""
PICTURES_A_ROW = 5
DEEPEST = 1 / 3
"""Weight of a row from which its colour is at its deepest."""


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
        .properties(height=SQUARE, title=panel_title(head))
    )


def of_attention(results: AttentionResults) -> Drawings:
    """Example digits with the weights of their rows, a picture a normaliser."""
    drawings = {}
    digits = results.digits
    for name in variants_of(results):
        if name == EQUAL.name:  # there is nothing to see
            continue
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
    frame = named(results.rows)
    most = frame.dropna(subset=["mean"]).sort_values("mean", ascending=False).drop_duplicates("head")
    tops = [f"{head} row {row}" for head, row in zip(most["head"], most["row"], strict=True)]
    titles = ("row of the digit, from the top", "mean share of the weights")
    return along(
        frame.rename(columns={"row": "step"}),
        "step",
        titles,
        "",
        ".3~p",
        f"Mean weights of the rows; most goes to: {listed(tops)}.",
    )


def of_use(results: GateResults) -> Drawing:
    """The mean share of each expert, the most used first."""
    frame = named(results.use)
    first = [
        f"{head} {100 * own['mean'].iloc[0]:.0f} %"
        for head, own in frame.dropna(subset=["mean"]).groupby("head", sort=False)
    ]
    titles = ("expert, the most used first", "mean share of the weights")
    return along(frame, "expert", titles, "", ".3~p", f"Share of the most used expert: {listed(first)}.")


def of_regions(results: GateResults) -> Drawings:
    """The plane as each mixture divides it; empty where the data aren't two-dimensional."""
    if results.decisions is None:
        return {}
    decision, points = frames.decision(results)
    classes = tuple(np.unique(points["class"]))
    return {
        name: Drawing(
            compare.regions,
            frames.regions(decision, points, name),
            words.regions(name, classes),
            head=name,
            classes=classes,
            titles=("first feature, scaled", "second feature, scaled"),
        )
        for name in variants_of(results)
    }
