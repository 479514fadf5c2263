"""What tuning tried for one head: validation loss by epoch, a line a learning rate; the mark was chosen."""

from collections.abc import Hashable, Mapping
from typing import Any

import altair as alt
import numpy as np

from alternatives.charts.axes import PANEL, axis
from alternatives.charts.drawing import Chart, Data, Drawing
from alternatives.charts.labels import ends, places_within
from alternatives.charts.layers import layers, stacked, where
from alternatives.charts.look import INK, colour, panel_title, shape
from alternatives.charts.tooltips import count, texts, words
from alternatives.experiments import ComparisonResults
from alternatives.memory import once
from alternatives.wording import given

HIGHEST = 6.0
"""Losses are drawn up to so many times the greatest chosen one: rates that are far off have higher ones."""
TITLE = "validation log loss (nats)"


@once
def drawing(results: ComparisonResults, head: str) -> Drawing:
    """One head's panel, on an axis that all heads share."""
    low, high = _axis(results)
    frame = _frame(results, head, low, high)
    return Drawing(chart, frame, f"Tuning of {head}", finding(results, head), head=head)


def _axis(results: ComparisonResults) -> tuple[float, float]:
    """Where the axis of losses begins and ends."""
    losses = results.trials["validation_loss"].to_numpy(float)
    chosen = _chosen_losses(results)
    if not np.isfinite(losses).any():
        return 0.1, 1.0
    low = 0.9 * np.nanmin(losses)
    most = HIGHEST * np.nanmax(chosen) if np.isfinite(chosen).any() else np.inf
    return float(low), float(max(min(most, 1.1 * np.nanmax(losses)), 1.5 * low))


def _chosen_losses(results: ComparisonResults) -> np.ndarray:
    """The validation loss (n_heads,) of what was chosen for each head."""
    label = results.experiment.variant_label
    rows = results.trials.merge(
        results.tuning.rename(columns={"epochs": "epoch"}), on=[label, "learning_rate", "epoch"]
    )
    by_head = rows.groupby(label)["validation_loss"].min()
    return by_head.reindex(list(results.variants)).to_numpy(float)


def _frame(results: ComparisonResults, head: str, low: float, high: float) -> dict[str, np.ndarray]:
    """Rows "tried" for every rate and epoch, "winner" for the chosen rate's, "chosen", and "label"s.

    Two rows "corner" make the axes what they are for all heads.
    """
    own = results.trials[results.trials["head"] == head]
    (won,) = results.tuning[results.tuning["head"] == head].to_dict("records")
    loss = own["validation_loss"].to_numpy(float)
    columns = {
        "rate": np.array([given(rate) for rate in own["learning_rate"]], object),
        "epoch": own["epoch"].to_numpy(float),
        "loss": loss,
        "loss_text": texts(loss, "nats"),
        "splits": own["n_splits"].to_numpy(float),
    }
    shown = np.isfinite(loss) & (loss <= high)
    is_winner = own["learning_rate"].to_numpy() == won["learning_rate"]
    at_chosen = is_winner & (columns["epoch"] == won["epochs"])
    present = shown.reshape(-1, int(own["epoch"].max()))
    line, point = ends(present)
    at_end = where(columns, line * present.shape[1] + point)
    return stacked(
        corner={"epoch": np.array([1.0, present.shape[1]]), "loss": np.array([low, high])},
        tried=where(columns, shown & ~is_winner),
        winner=where(columns, shown & is_winner),
        chosen=where(columns, shown & at_chosen),
        label=at_end | {"label_at": places_within(at_end["loss"], low, high, "log")},
    )


def finding(results: ComparisonResults, head: str) -> str:
    """What was chosen, and whether more might have been better."""
    (won,) = results.tuning[results.tuning["head"] == head].to_dict("records")
    notes = notes_of(won, results.experiment.most_epochs)
    penalty = [f"L2 penalty {given(won['weight_decay'])}"] if "weight_decay" in won else []
    chosen = [f"learning rate {given(won['learning_rate'])}", *penalty, f"{won['epochs']} epochs"]
    return "; ".join([*chosen, *notes])


def notes_of(won: Mapping[Hashable, Any], most_epochs: int) -> list[str]:
    """Why more might have been better, in words; empty where nothing says so."""
    notes = {
        "at_edge": "the learning rate is at the bound of those that are tried",
        "at_cap": f"all {most_epochs} epochs were used",
        "still_falling": "the validation loss still fell",
    }
    return [words for name, words in notes.items() if won[name]]


def chart(data: Data, head: str) -> Chart:
    """The marks. The columns are row, rate, epoch, loss, loss_text, splits, label_at."""
    x = alt.X(
        "epoch:Q",
        title="epoch",
        scale=alt.Scale(zero=False, nice=False),
        axis=alt.Axis(format="d", tickMinStep=1, tickCount=5),
    )
    scale = alt.Scale(type="log", nice=False)
    y = alt.Y("loss:Q", title=TITLE, scale=scale, axis=axis())
    names = "corner", "tried", "winner", "chosen", "label"
    corner, tried, winner, chosen, label = layers(alt.Chart(data), *names)
    tooltip = [
        words("rate", "learning rate"),
        count("epoch", "epoch"),
        words("loss_text", "validation log loss"),
        count("splits", "tuning splits"),
    ]
    marks: dict[str, Any] = {"color": colour(head), "aria": False, "clip": True}
    return alt.layer(
        corner.mark_point(opacity=0, aria=False, tooltip=None).encode(x=x, y=y),
        tried.mark_line(strokeWidth=1.2, opacity=0.55, **marks).encode(
            x=x, y=y, detail="rate:N", tooltip=tooltip
        ),
        winner.mark_line(strokeWidth=2.5, **marks).encode(x=x, y=y, tooltip=tooltip),
        chosen.mark_point(
            color=colour(head), shape=shape(head), filled=True, size=130, opacity=1, stroke=INK, strokeWidth=1
        ).encode(x=x, y=y, tooltip=tooltip),
        label.mark_text(align="left", dx=10, fontSize=11, aria=False).encode(
            x=x, y=alt.Y("label_at:Q", title=TITLE, scale=scale), text="rate:N", color=alt.value(INK)
        ),
    ).properties(height=PANEL, title=panel_title(head))
