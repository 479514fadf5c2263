"""Validation loss by learning rate; the large mark is the rate that the head was shown with."""

import altair as alt
import numpy as np

from alternatives.charts.axes import HEIGHT, axis
from alternatives.charts.drawing import Chart, Columns, Data, Drawing, once
from alternatives.charts.labels import ends, label_places, named_ends
from alternatives.charts.layers import layers, stacked
from alternatives.charts.look import INK, Heads, by_colour, by_dash, by_shape
from alternatives.experiments import ComparisonResults
from alternatives.wording import listed


@once
def drawing(results: ComparisonResults) -> Drawing:
    """All heads and rates."""
    return Drawing(chart, frame(results), "Chosen learning rates", finding(results), heads=results.variants)


def frame(results: ComparisonResults) -> Columns:
    """Rows "rate" for every rate at which no run diverged, "chosen", and "label" at the end of a line."""
    losses, rates = results.validation_losses, np.array(results.rates)
    heads, present = np.array(results.variants, object), np.isfinite(losses)

    def columns(head: np.ndarray, rate: np.ndarray) -> dict[str, np.ndarray]:
        return {"head": heads[head], "learning_rate": rates[rate], "validation_loss": losses[head, rate]}

    chosen, last = present & (rates == results.learning_rates[:, None]), ends(present)
    places = label_places(losses[present], losses[last], "log")
    return stacked(
        rate=columns(*np.nonzero(present)),
        chosen=columns(*np.nonzero(chosen)),
        label=columns(*last) | {"end": losses[last], "label_at": places},
    )


def finding(results: ComparisonResults) -> str:
    """Every head's rate, and whether a better one may lie beyond those that were tried."""
    chosen, rates = results.learning_rates, results.rates
    said = listed(f"{head} {rate:g}" for head, rate in zip(results.variants, chosen, strict=True))
    at_edge = np.isin(chosen, (min(rates), max(rates))) & (len(rates) > 1)
    if not at_edge.any():
        return said
    return f"{said}; a better rate may lie beyond the grid for {listed(np.array(results.variants)[at_edge])}"


def chart(data: Data, heads: Heads) -> Chart:
    """The marks. The columns are head, row, learning_rate, validation_loss, end, label_at."""
    logarithmic = alt.Scale(type="log", nice=False)
    x = alt.X("learning_rate:Q", title="learning rate", scale=logarithmic, axis=axis(".1~g"))
    title = "validation log loss (nats)"
    y = alt.Y("validation_loss:Q", title=title, scale=logarithmic, axis=axis(".3~g"))
    base = alt.Chart(data).encode(color=by_colour(heads))
    rate, chosen, label = layers(base, "rate", "chosen", "label")
    tooltip = [
        "head:N",
        alt.Tooltip("learning_rate:Q", format=".3~g", title="learning rate"),
        alt.Tooltip("validation_loss:Q", format=".3~g", title=title),
    ]
    return alt.layer(
        rate.mark_line(strokeWidth=1.5, aria=False).encode(x=x, y=y, strokeDash=by_dash(heads)),
        rate.mark_point(filled=True, size=36, opacity=1).encode(
            x=x, y=y, shape=by_shape(heads), tooltip=tooltip
        ),
        chosen.mark_point(filled=True, size=170, opacity=1, stroke=INK, strokeWidth=1.2).encode(
            x=x, y=y, shape=by_shape(heads), tooltip=tooltip
        ),
        *named_ends(label, x, title),
    ).properties(height=HEIGHT)
