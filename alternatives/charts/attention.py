"""The charts of attention: where the weights are, on digits and in key-value recall, and their means."""

from typing import Any

import altair as alt
import numpy as np

from alternatives.charts import lines
from alternatives.charts.axes import SQUARE, cells, depth
from alternatives.charts.drawing import Chart, Columns, Data, Drawing
from alternatives.charts.layers import layers, stacked
from alternatives.charts.look import INK, colour, panel_title
from alternatives.charts.tooltips import count, texts, words
from alternatives.experiments import AttentionResults
from alternatives.experiments.curves import band
from alternatives.memory import once
from alternatives.wording import in_unit, listed

PICTURES_A_ROW = 5
DEEPEST = 1 / 3
"""Weight of a row from which its colour is at its deepest."""
GAP_X, GAP_Y = 12, 9
"""From one picture to the next, in pixels of a digit."""


@once
def pictures(results: AttentionResults, variant: str) -> Drawing:
    """Example digits, and beside each row the weight that a variant gives it."""
    index = results.variants.index(variant)
    text = f"Digits with the weights that {variant} gives their rows."
    means = np.nanmean(results.step_shares[index], axis=0) if not results.diverged[index].all() else [np.nan]
    if np.isfinite(means).all():
        text = (
            f"{text[:-1]}; row {np.argmax(means) + 1} from the top has the largest mean weight, "
            f"{in_unit(float(np.max(means)), '%')}."
        )
    return Drawing(chart, frame(results, index), text, head=variant)


def frame(results: AttentionResults, variant: int) -> Columns:
    """Rows "ink" for the pixels of the digits, and "weight" for their rows."""
    assert results.examples is not None
    ink, weights = results.examples.pictures, results.examples.shares[variant]
    example, row, column = np.indices(ink.shape).reshape(3, -1)
    weighted = np.isfinite(weights)
    shown, (of_example, of_row) = weights[weighted], np.nonzero(weighted)

    def columns(
        example: np.ndarray, row: np.ndarray, left: np.ndarray | float, width: float
    ) -> dict[str, Any]:
        x, y = example % PICTURES_A_ROW * GAP_X + left, example // PICTURES_A_ROW * GAP_Y + row
        return {"x": x, "x2": x + width, "y": y, "y2": y + 1, "digit_row": row + 1}

    return stacked(
        ink=columns(example, row, column, 1) | {"value": ink.ravel()},
        weight=columns(of_example, of_row, 8.3, 2.2) | {"value": shown, "value_text": texts(shown, "%")},
    )


def chart(data: Data, head: str) -> Chart:
    """The marks of `pictures`: digits in the page's ink, weights in the colour of the head.

    The columns are row, x, x2, y, y2, value, value_text, digit_row.
    """
    hidden = alt.Axis(labels=False, ticks=False, grid=False, domain=False)
    place = cells(
        alt.X("x:Q", title=None, axis=hidden, scale=alt.Scale(nice=False)),
        alt.Y("y:Q", title=None, axis=hidden, scale=alt.Scale(reverse=True, nice=False)),
    )
    tooltip = [count("digit_row", "row"), words("value_text", "weight")]
    ink, weights = layers(alt.Chart(data).encode(**place), "ink", "weight")
    return (
        alt.layer(
            ink.mark_rect(color=INK, strokeWidth=0).encode(opacity=depth("value", 0, 1, 1)),
            weights.mark_rect(color=colour(head), strokeWidth=0).encode(
                opacity=depth("value", 0, DEEPEST, 1), tooltip=tooltip
            ),
        )
        .resolve_scale(opacity="independent")
        .properties(height=SQUARE, title=panel_title(head))
    )


@once
def by_key(results: AttentionResults, variant: str) -> Drawing:
    """Of key-value recall: the mean weight of the pair with each key, by the key that is asked for."""
    assert results.key_shares is not None
    shares = results.key_shares[results.variants.index(variant)]
    asked, key = np.nonzero(np.isfinite(shares))
    columns = {"asked": asked + 1, "key": key + 1, "weight": shares[asked, key]}
    columns["weight_text"] = texts(shares[asked, key], "%")
    text = f"Weights of {variant} by key"
    if len(asked):
        right = in_unit(float(np.nanmean(np.diagonal(shares))), "%")
        text += f"; the pair with the asked key has {right} on average"
    return Drawing(chart_by_key, columns, f"{text}.", head=variant)


def chart_by_key(data: Data, head: str) -> Chart:
    """The marks of `by_key`: shades of the variant's colour.

    The columns are asked, key, weight, weight_text.
    """
    axis = alt.Axis(labels=False, ticks=False)
    tooltip = [
        count("asked", "asked key"),
        count("key", "key of the pair"),
        words("weight_text", "mean weight"),
    ]
    return (
        alt.Chart(data)
        .mark_rect(color=colour(head), strokeWidth=0)
        .encode(
            x=alt.X("key:O", title="key of the pair", axis=axis),
            y=alt.Y("asked:O", title="asked key", axis=axis),
            opacity=depth("weight", 0, 1, 1),
            tooltip=tooltip,
        )
        .properties(height=SQUARE, title=panel_title(head))
    )


@once
def step_weights(results: AttentionResults) -> Drawing:
    """The mean weight of each row of a digit, or of the right pair and of the others."""
    over_seeds, n_steps = band(results.step_shares, axis=1), results.step_shares.shape[-1]
    finished = [
        (variant, means)
        for variant, means in zip(results.variants, over_seeds.mean, strict=True)
        if np.isfinite(means).all()
    ]
    if results.key_shares is None:
        across = lines.Across("digit_row", "row of the digit, from the top")
        largest = [f"{variant} row {means.argmax() + 1}" for variant, means in finished]
        text = f"Mean weights of the rows; the largest: {listed(largest)}."
    else:
        across = lines.Across("pair", "pair: 1 has the asked key, then by weight")
        right = [f"{variant} {in_unit(means[0], '%')}" for variant, means in finished]
        text = f"Mean weight of the pair with the asked key: {listed(right)}."
    places = np.arange(1, n_steps + 1)
    return lines.along(results.variants, across, places, over_seeds, "mean weight", "%", text)
