"""The tables, whose cells are Markdown."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from alternatives.charts.phrases import interval, of_measure
from alternatives.charts.quantities import Quantity, quantity
from alternatives.charts.tuning import notes_of
from alternatives.experiments import ComparisonResults, Results, Widths
from alternatives.experiments.classes import ClassCountsResults
from alternatives.experiments.comparison import MOST_SEEDS
from alternatives.measures import MEASURES, TEMPERATURE_SCALED, measure
from alternatives.memory import once
from alternatives.shape import Shape
from alternatives.wording import ROUNDED, ZERO, given, in_unit, probability, sentence, signed, spelled

GAP = "confidence minus accuracy"
HEADLINE = ("accuracy", "confidence minus accuracy", "log loss", "gradient magnitude")
"""The measures of a comparison's first table."""
ARROWS = {"higher": " ↑", "lower": " ↓"}
"""Which way of a measure is better."""
HEADINGS = {
    "experts asked": "experts used per sample",
    "experts used": "experts used in all",
    "smallest singular value": "smallest  \nsingular value",
    "effective rank": "effective  \nrank",
    "inactive units": "inactive  \nunits",
}
"""Measures with a heading other than their names."""


@once
def headline(results: ComparisonResults) -> pd.DataFrame:
    """The headline measures: a row a head."""
    return _of_measures(results.summary_of(*HEADLINE), HEADLINE)


@once
def every_measure(results: ComparisonResults) -> pd.DataFrame:
    """All measures: a row a measure, a column a head."""
    return _of_measures(results.summary, list(results.values)).T


def explanations() -> list[str]:
    """What each measure is, a line each."""
    return [f"**{sentence(each.name)}**: {each.explanation}" for each in MEASURES.values()]


def _of_measures(summary: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """The mean of each measure, bold where it is best, and below it the difference from the baseline."""
    columns = {}
    for name in names:
        rows = summary[summary["measure"] == name]
        columns[heading(name)] = [_cell(row) for row in rows.to_dict("records")]
    return pd.DataFrame(columns, index=list(dict.fromkeys(summary["head"])))


def heading(name: str) -> str:
    """A measure's name with its unit and which way is better."""
    plain, scaled, _ = name.partition(TEMPERATURE_SCALED)
    unit = f" ({measure(name).unit})" if measure(name).unit == "nats" else ""
    below = f"  \n{scaled.removeprefix(', ')}" if scaled else ""
    return f"{sentence(plain)}{unit}{ARROWS.get(measure(name).better or '', '')}{below}"


def _cell(row: dict[Any, Any]) -> str:
    each = measure(row["measure"])
    mean = each.text(row["mean"]).removesuffix(" nats")
    mean = f"**{mean}**" if row["best"] else mean
    word = each.in_words(row["low"], row["high"])
    mean = f"{mean}, {word}" if word else mean
    if row["verdict"] == "baseline":
        return f"{mean}  \n:small[baseline]"
    if not np.isfinite(row["difference"]):
        return mean
    difference, low, high = each.interval_texts(row)
    verdict, shown = _verdict(row), f"{difference}{interval(low, high)}"
    if word:
        shown += verdict
    else:
        mean += verdict
    return "  \n".join([mean, *(f":small[{line}]" for line in (shown, _noticeable(row)) if line)])


def _verdict(row: dict[Any, Any]) -> str:
    """The verdict behind a number: ", worse", ", equivalent (±1)"; empty where there is none."""
    margin = f" (±{size(row['measure'], row['margin'])})" if row["verdict"] == "equivalent" else ""
    return f", {row['verdict']}{margin}" if row["verdict"] else ""


def noticed(row: dict[Any, Any]) -> str:
    """How large a difference may be there unseen, where nothing is decided and it is possible."""
    name, noticeable = row["measure"], row["noticeable"]
    if row["verdict"] != "undecided" or not measure(name).can_differ_by(noticeable):
        return ""
    return f"up to {_with_unit(_unlike(name, noticeable, row['margin']), name)} could go unnoticed"


def _noticeable(row: dict[Any, Any]) -> str:
    """The same, and how many seeds would notice the margin."""
    text, needed = noticed(row), row["seeds_needed"]
    if row["verdict"] == "undecided" and needed > row["n_pairs"]:
        start = f"{text}; " if text else ""
        margin = _with_unit(size(row["measure"], row["margin"]), row["measure"])
        more = f" (here at most {MOST_SEEDS})" if needed > MOST_SEEDS else ""
        text = f"{start}finding {margin} would take {needed:,.0f} seeds{more}"
    return text


def _unlike(name: str, value: float, margin: float) -> str:
    """A size that isn't the margin, in as many digits as show that."""
    texts = (size(name, value, digits) for digits in (2, 3, 4))
    return next((text for text in texts if text != size(name, margin)), size(name, value))


def _with_unit(text: str, name: str) -> str:
    unit = "points" if measure(name).unit == "%" else measure(name).unit
    return f"{text} {'point' if (text, unit) == ('1', 'points') else unit}".rstrip()


def size(name: str, value: float, digits: int = 2) -> str:
    """A size without sign and unit, as it stands in this measure's column."""
    return spelled(100 * value if measure(name).unit == "%" else value, digits)


@once
def tuning(results: ComparisonResults) -> pd.DataFrame:
    """What was chosen for each head, of how many rates, and why more might have been better: a row a head."""
    rows = results.tuning.to_dict("records")
    columns = {
        "Learning rate": [given(row["learning_rate"]) for row in rows],
        **_own_penalty(rows),
        "Epochs": [str(row["epochs"]) for row in rows],
        "Rates tried": [str(row["n_tried"]) for row in rows],
        "Epochs tried": [f"{row['epochs_tried']:,}" for row in rows],
        "Note": [sentence("; ".join(notes_of(row, results.experiment.most_epochs)) or "–") for row in rows],
    }
    forms = [str(head) for head in results.heads]
    return pd.DataFrame(columns, index=forms)


def _own_penalty(rows: Sequence[Mapping[Hashable, Any]]) -> dict[str, list[str]]:
    """The column of L2 penalties where each head uses its own best."""
    found = [given(row["weight_decay"]) for row in rows if "weight_decay" in row]
    return {"L2 penalty": found} if found else {}


@once
def of_variants(results: Results[Any]) -> pd.DataFrame:
    """Mean measures inside a network, the verdict on the accuracy, and the learning rate: a row a variant."""
    columns = {}
    for name in results.values:
        mean, verdict = of_measure(results, name, "mean", "verdict")
        texts = [_number(value, quantity(name, results.experiment)) for value in mean]
        if name == "accuracy":
            decided = [f", {each}" if each else "" for each in verdict]
            texts = [text + more for text, more in zip(texts, decided, strict=True)]
        columns[sentence(HEADINGS.get(name, name))] = texts
    rates = zip(results.learning_rates, results.n_epochs, strict=True)
    columns["Rate × epochs"] = [f"{given(rate)} × {n_epochs}" for rate, n_epochs in rates]
    return pd.DataFrame(columns, index=list(results.variants))


ABOUT_VARIANTS = (
    "Means over the seeds, on the test set. The verdict compares a variant's accuracy with the baseline's. "
    f"{ROUNDED} Last column: the learning rate and the number of epochs that were chosen."
)
"""What the table of variants shows."""


def _number(value: float, shown: Quantity) -> str:
    if 0 < abs(value) <= shown.rounding:
        return ZERO
    return in_unit(value, "%") if shown.unit == "%" else spelled(value)


def by_width(found: Sequence[Widths]) -> pd.DataFrame:
    """Differences in accuracy from the baseline in percentage points, bold where they are significant.

    A row a kind of hidden layer and data set, a column a width.
    """
    rows: dict[str, dict[str, str]] = {}
    for widths in found:
        for row in widths.frame[widths.frame["variant"] != widths.baseline].to_dict("records"):
            cell = signed(row["difference"], "%")
            cell = f"**{cell}**" if row["verdict"] in ("worse", "better") else cell
            name = f"{row['variant']} on {widths.dataset}"
            rows.setdefault(name, {})[f"width {row['width']}"] = cell
    return pd.DataFrame.from_dict(rows, orient="index").fillna("–")


def of_logits(shape: Shape) -> pd.DataFrame:
    """Probability, loss and gradient norm of the target: a row a head."""
    columns = {
        "Probability": [probability(value) for value in shape.at_target["probability"].tolist()],
        "Loss": with_units(shape),
        "Gradient norm": [spelled(value, 2) for value in shape.at_target["gradient magnitude"].tolist()],
    }
    return pd.DataFrame(columns, index=list(shape.head_names))


def with_units(shape: Shape) -> list[str]:
    """Every head's loss with its unit, if it has one."""
    losses = zip(shape.at_target["loss"].tolist(), shape.heads, strict=True)
    return [f"{spelled(loss, 2)} {head.loss_unit}".rstrip() for loss, head in losses]


@once
def by_classes(results: ClassCountsResults, measure: str) -> pd.DataFrame:
    """A measure with its verdict and its difference from the baseline: a row a number of classes."""
    rows = results.summary[results.summary["measure"] == measure]
    columns = {
        head: [_cell_by_classes(row) for row in own.to_dict("records")]
        for head, own in rows.groupby("head", sort=False)
    }
    return pd.DataFrame(columns, index=[f"{count} classes" for count in results.counts])


def _cell_by_classes(row: dict[Any, Any]) -> str:
    each = MEASURES[row["measure"]]
    mean = each.text(row["mean"]).removesuffix(" nats")
    if row["verdict"] == "baseline":
        return f"{mean}  \n:small[baseline]"
    if not np.isfinite(row["difference"]):
        return mean
    difference, low, high = each.interval_texts(row)
    return f"{mean}, {row['verdict']}  \n:small[{difference}{interval(low, high)}]"


@once
def tuning_by_classes(results: ClassCountsResults) -> pd.DataFrame:
    """Each head's learning rate and number of epochs: a row a number of classes."""
    columns = {
        head: [
            f"{given(row['learning_rate'])}, {row['epochs']:.0f} epoch{'s' * (row['epochs'] != 1)}"
            for row in own.to_dict("records")
        ]
        for head, own in results.tuning.groupby("head", sort=False)
    }
    return pd.DataFrame(columns, index=[f"{count} classes" for count in results.counts])
