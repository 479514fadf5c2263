"""The charts of hidden layers: accuracy against width, and what the units do."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from alternatives.charts.inside.shared import Drawings, along, named, variants_of
from alternatives.charts.look import Chart, Data, Drawing, colour, panel_title
from alternatives.experiments import HiddenResults, Widths
from alternatives.wording import listed

SQUARE = 190
"""Height in pixels of one variant's square among small multiples."""


def widths_table(found: Sequence[Widths]) -> pd.DataFrame:
    """Differences to the baseline in points, a row a kind and data set, a column a width.

    Bold are those that are told from chance.
    """
    cells: dict[str, dict[str, str]] = {}
    for widths in found:
        for kind in widths.kinds:
            rows = widths.frame[widths.frame["variant"] == kind]
            cells[f"{kind} on {widths.dataset}"] = {
                str(row["width"]): _cell(row["difference"], row["verdict"]) for row in rows.to_dict("records")
            }
    return pd.DataFrame.from_dict(cells, orient="index").fillna("–")


def _cell(difference: float, verdict: str) -> str:
    if difference != difference:
        return "–"
    text = f"{100 * difference:+.1f}".replace("-", "−")
    return f"**{text}**" if verdict in ("worse", "better") else text


def of_widths(found: Widths) -> Drawing:
    """Accuracy against the width of the hidden layers."""
    frame = named(found.frame)
    ends = [
        f"{head} from {100 * own['mean'].iloc[0]:.0f} to {100 * own['mean'].iloc[-1]:.0f} %"
        for head, own in frame.dropna(subset=["mean"]).groupby("head", sort=False)
    ]
    text = f"Accuracy on {found.dataset} by width, from the narrowest to the widest: {listed(ends)}."
    titles = ("units of each hidden layer", f"accuracy on the test part of {found.dataset}")
    return along(frame, "width", titles, "x", ".3~p", text)


def of_singular_values(results: HiddenResults) -> Drawing:
    """The singular values of the last hidden layer, the largest first."""
    last = results.singular[results.singular["layer"] == results.experiment.n_layers]
    frame = named(last)
    frame = frame[frame["mean"] > 1e-6]
    counts = [f"{head} {len(own)}" for head, own in frame.groupby("head", sort=False)]
    text = f"Singular values of the last hidden layer; how many are above a millionth: {listed(counts)}."
    return along(frame, "index", ("number of the singular value", "share of the sum"), "y", ".1~g", text)


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
        .properties(height=SQUARE, title=panel_title(head))
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
