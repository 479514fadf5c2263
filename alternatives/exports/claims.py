"""What the list of claims has to take away, and one claim that was tested again."""

from collections.abc import Iterator
from functools import partial

import pandas as pd

from alternatives.charts import claims as charts
from alternatives.charts.drawing import Drawing
from alternatives.charts.export import PANEL_WIDTH, Picture, by_title
from alternatives.claims import ChartSpec, Outcome
from alternatives.claims.mechanism.record import committed
from alternatives.claims.mechanism.view import View, finding, overview, provenance
from alternatives.exports.exports import Exports, Printed, Table
from alternatives.wording import sentence


def of_list(view: View) -> Exports:
    """All that the list has to take away."""
    frame = overview(view)
    return Exports(
        "claims about softmax",
        "claims",
        view,
        (finding(frame), ""),
        [provenance(), "Verdicts are computed from the measurements."],
        {"Claims": Table(partial(_listed, frame))},
        {"Claims": Printed("", partial(_printed, frame))},
        command="python -m alternatives claims",
    )


def _listed(frame: pd.DataFrame) -> pd.DataFrame:
    """The listed claims with the recorded numbers."""
    said = frame[["id", "part", "statement", "verdict", "sentence"]]
    recorded = committed()[["id", "quantity", "number", "low", "high", "unit", "rule", "seed", "date"]]
    return said.merge(recorded, how="left", on="id")


def _printed(frame: pd.DataFrame) -> pd.DataFrame:
    columns = {"Verdict": [*frame["verdict"]], "Number": [*frame["number"]], "In words": [*frame["sentence"]]}
    return pd.DataFrame(columns, index=[*frame["statement"]])


def of_outcome(view: View, outcome: Outcome) -> Exports:
    """All that one claim has to take away."""
    claim = outcome.claim
    conditions = [
        f"{heading}: {'; '.join(each)}." if each else f"{heading}."
        for heading, each in claim.rule.judged(outcome.numbers)
    ]
    return Exports(
        f"claim {claim.id}",
        "claims",
        view,
        (f"{claim.statement} {sentence(outcome.verdict)}: {outcome.sentence}", ""),
        [*conditions, f"When this doesn't hold: {claim.exceptions}", f"Source: {claim.source}."],
        {"Measurements": Table(lambda: outcome.frame), "Numbers": Table(partial(_numbers, outcome))},
        pictures=by_title(_pictures(outcome)),
        command=f'python -m alternatives claims --only "{claim.id}" --seed {outcome.seed}',
    )


def _numbers(outcome: Outcome) -> pd.DataFrame:
    """The rule's quantities: a row each."""
    rows = [
        {
            "quantity": quantity.name,
            "number": float(number),
            "low": getattr(number, "low", None),
            "high": getattr(number, "high", None),
            "unit": quantity.unit or "none",
        }
        for quantity, number in outcome.numbers.items()
    ]
    return pd.DataFrame(rows)


def _pictures(outcome: Outcome) -> Iterator[Picture]:
    for spec in outcome.claim.charts:
        by_head = spec.facet == "head"
        yield Picture(
            sentence(spec.measured.full_title),
            spec.caption,
            partial(_panels, outcome, spec),
            width=PANEL_WIDTH if by_head else 2 * PANEL_WIDTH,
            columns=4 if by_head else 2,
        )


def _panels(outcome: Outcome, spec: ChartSpec) -> list[Drawing]:
    return charts.panels(outcome, spec)
