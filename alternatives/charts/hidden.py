"""The charts of hidden layers: accuracy by width, and what the units do."""

import altair as alt
import numpy as np

from alternatives.charts import key, lines
from alternatives.charts.axes import SQUARE, depth
from alternatives.charts.drawing import Chart, Data, Drawing
from alternatives.charts.look import NEGATIVE, POSITIVE, by_sign, panel_title
from alternatives.charts.tooltips import count, texts, words
from alternatives.experiments import HiddenResults, Widths
from alternatives.experiments.curves import Band, band
from alternatives.memory import once
from alternatives.wording import in_unit, listed, spelled

SMALLEST = 1e-6
"""Singular values that are smaller shares of their sum aren't shown: they are rounding errors."""


@once
def by_width(widths: Widths) -> Drawing:
    """Accuracy against the width of the hidden layers."""
    frame = widths.frame
    kinds, places = tuple(dict.fromkeys(frame["variant"])), np.unique(frame["width"])
    over_seeds = Band(*(frame[name].to_numpy().reshape(len(kinds), -1) for name in ("mean", "low", "high")))
    ends = [
        f"{kind} from {in_unit(means[0], '%')} to {in_unit(means[-1], '%')}"
        for kind, means in zip(kinds, over_seeds.mean, strict=True)
        if np.isfinite(means).all()
    ]
    return lines.along(
        kinds,
        lines.Across("width", "units of each hidden layer", logarithmic=True),
        places,
        over_seeds,
        f"accuracy on {widths.dataset}, test set",
        "%",
        f"Accuracy on {widths.dataset} by width, from the narrowest to the widest: {listed(ends)}.",
    )


@once
def singular_values(results: HiddenResults) -> Drawing:
    """The singular values of the last hidden layer, as shares of their sum, the largest first."""
    bands = [band(layers[-1].singular) for layers in results.layers]
    mean, low, high = (np.array([getattr(each, name) for each in bands]) for name in ("mean", "low", "high"))
    mean = np.where(mean > SMALLEST, mean, np.nan)
    counts = [
        f"{variant} {n}" for variant, n in zip(results.variants, np.isfinite(mean).sum(1), strict=True) if n
    ]
    return lines.along(
        results.variants,
        lines.Across("index", "number of the singular value"),
        np.arange(1, mean.shape[1] + 1),
        Band(mean, low, np.minimum(high, 1)),
        "share of the sum",
        "",
        f"Singular values of the last hidden layer; those above a millionth: {listed(counts)}.",
        logarithmic=True,
    )


def signs() -> Drawing:
    """The key of all correlations."""
    return key.drawing("correlation", (key.Entry("positive", POSITIVE), key.Entry("negative", NEGATIVE)))


@once
def correlations(results: HiddenResults, variant: str) -> Drawing:
    """How the units of one variant's last hidden layer correlate; of the first seed."""
    matrix = results.layers[results.variants.index(variant)][-1].correlations[0]
    a, b = np.nonzero(np.isfinite(matrix))
    values = matrix[a, b]
    columns = {"a": a + 1, "b": b + 1, "size": np.abs(values), "correlation": values}
    columns["correlation_text"] = texts(values)
    between = np.abs(values[a != b])
    mean = f"mean absolute value {spelled(float(between.mean()))}" if len(between) else ""
    text = f"Correlations of the units of {variant}: {mean or 'fewer than two units are active'}."
    return Drawing(chart, columns, text, head=variant)


def chart(data: Data, head: str) -> Chart:
    """The marks of `correlations`: colour is sign, depth is size; pairs without a value are left out.

    The columns are a, b, size, correlation, correlation_text.
    """
    axis = alt.Axis(labels=False, ticks=False)
    return (
        alt.Chart(data)
        .mark_rect(strokeWidth=0)
        .encode(
            x=alt.X("a:O", title="unit", axis=axis),
            y=alt.Y("b:O", title="unit", axis=axis),
            fill=by_sign("correlation"),
            opacity=depth("size", 0, 1, 1),
            tooltip=[count("a", "unit"), count("b", "other unit"), words("correlation_text", "correlation")],
        )
        .properties(height=SQUARE, title=panel_title(head))
    )
