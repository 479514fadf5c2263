"""What an experiment inside the network has to take away."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import pandas as pd

from alternatives.charts import attention, by_variant, captions, gate, hidden, lines, regions, tables
from alternatives.charts.export import Picture, by_title
from alternatives.charts.quantities import quantity
from alternatives.experiments import AttentionResults, GateResults, HiddenResults, Results, Widths
from alternatives.experiments.inside import Inside
from alternatives.experiments.tasks import RECALL
from alternatives.experiments.widths import common_answer
from alternatives.exports import script
from alternatives.exports.exports import Exports, Printed, Table
from alternatives.exports.frames import SHARE, curves, unit_in_files, with_units
from alternatives.sessions.naming import name_of
from alternatives.training import EQUAL
from alternatives.wording import sentence


def of(
    inside: Inside, results: Results[Any], widths: Sequence[Widths] = (), name: str = "", note: str = ""
) -> Exports:
    """All that an experiment has to take away; `widths` are the two that hidden layers have beside it."""
    name = name or name_of(inside)
    first, rest = results.finding_in_parts
    answer = common_answer(widths) if widths else ""
    return Exports(
        name,
        "inside",
        inside,
        (first, " ".join(filter(None, [rest, answer]))),
        _method(results, widths),
        _tables(results, widths),
        _printed(results, widths),
        by_title(_pictures(results, widths)),
        script=partial(script.of_state, inside, name),
        note=note,
    )


def _method(results: Results[Any], widths: Sequence[Widths]) -> list[str]:
    said = [sentence(results.experiment.method)]
    if isinstance(results, HiddenResults) and not widths:
        said.append("Accuracy by width isn't here: it is worked out on the page Inside. Open this one there.")
    return said


def _tables(results: Results[Any], widths: Sequence[Widths]) -> dict[str, Table]:
    experiment = results.experiment
    units = {name: unit_in_files(quantity(name, experiment).unit) for name in results.values}
    found = {
        "Measures by seed": Table(lambda: with_units(results.measures, units)),
        "Summary": Table(lambda: with_units(results.summary, units)),
        "Runs": Table(lambda: results.runs),
        "Curves by epoch": Table(lambda: curves(results)),
        "Learning rates and epochs": Table(lambda: results.tuning),
    }
    if len(results.trials):
        found["What was tried"] = Table(lambda: results.trials, {"validation_loss": "nats"})
    if isinstance(results, HiddenResults):
        found["Units of each layer"] = Table(lambda: results.units)
    if widths:
        found["Accuracy by width"] = Table(partial(_by_width, widths), {"mean and difference": SHARE})
    return found


def _by_width(widths: Sequence[Widths]) -> pd.DataFrame:
    frames = {each.dataset: each.frame for each in widths}
    return pd.concat(frames, names=["dataset"]).reset_index("dataset").reset_index(drop=True)


def _printed(results: Results[Any], widths: Sequence[Widths]) -> dict[str, Printed]:
    found = {"Measures": Printed(tables.ABOUT_VARIANTS, lambda: tables.of_variants(results))}
    if widths:
        caption = f"Difference in accuracy from {results.experiment.baseline} in percentage points."
        found["By width"] = Printed(f"{caption} Bold: significant.", lambda: tables.by_width(widths))
    return found


def _pictures(results: Results[Any], widths: Sequence[Widths]) -> Iterator[Picture]:
    for name in results.values:
        yield Picture.of(sentence(name), captions.DOTS, partial(by_variant.drawing, results, name))
    if isinstance(results, HiddenResults):
        yield from _of_hidden(results, widths)
    elif isinstance(results, AttentionResults):
        yield from _of_attention(results)
    elif isinstance(results, GateResults):
        yield from _of_gate(results)
    for name in results.curves:
        caption = captions.CURVES.get(name) or captions.GRADIENTS.get(name, captions.SIZES[False])
        yield Picture.of(f"{sentence(name)} by epoch", caption, partial(lines.by_epoch, results, name))


def _of_hidden(results: HiddenResults, widths: Sequence[Widths]) -> Iterator[Picture]:
    for each in widths:
        yield Picture.of(f"Accuracy on {each.dataset} by width", "", partial(hidden.by_width, each))
    draw = partial(hidden.correlations, results)
    yield Picture.panels("Correlations of units", captions.CORRELATIONS, draw, results.variants, hidden.signs)
    yield Picture.of("Singular values", captions.SINGULAR, partial(hidden.singular_values, results))


def _of_attention(results: AttentionResults) -> Iterator[Picture]:
    recall = results.experiment.task == RECALL
    draw = partial(attention.by_key if recall else attention.pictures, results)
    names = [name for name in results.variants if name != EQUAL.name]
    if names:  # with equal weights all steps would look the same
        caption = captions.BY_KEY if recall else captions.ROWS
        yield Picture.panels("Where the networks look", caption, draw, names)
    yield Picture.of("Weights", captions.WEIGHTS, partial(attention.step_weights, results))


def _of_gate(results: GateResults) -> Iterator[Picture]:
    yield Picture.of("Use of the experts", captions.EXPERTS, partial(gate.use_of_experts, results))
    if results.decisions is not None:
        draw, key = partial(regions.drawing, results), partial(regions.classes, results)
        yield Picture.panels("Decision regions", captions.GATE_REGIONS, draw, results.variants, key)
