"""Results of a comparison as plain lists and numbers, and back.

What is kept is what is shown of pins next to each other, to the last digit: each seed's measures, from which
the summary is computed again; curves as means and intervals; the bins of the reliability diagrams. Left out
are the trials of the tuning, each seed's own curves, the plane of two features, and single samples.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from alternatives.experiments import Comparison
from alternatives.experiments.comparison import ComparisonResults
from alternatives.experiments.curves import Band, Curve, curves
from alternatives.experiments.results import tidy
from alternatives.heads import HEADS, Head
from alternatives.measures import MEASURES, OF_SAMPLES, TEMPERATURE_SCALED
from alternatives.sessions import plain
from alternatives.sessions.pin import name_checked, note_checked
from alternatives.statistics import Between
from alternatives.training import History
from alternatives.wording import listed

BINNINGS = ("equal width", "equal mass")
BIN_COLUMNS = ("left", "right", "confidence", "accuracy", "low", "high", "count", "share")
N_BINS = 15
BAND = ("mean", "low", "high")
CHOICES = ("at_edge", "at_cap", "still_falling")
TRIED = ("n_tried", "epochs_tried")
OWN_PENALTY = ("weight_decay",)
"""There where each head uses its own best."""
MOST_CLASSES = 1_000
MOST_COUNTED = 10**12
MOST_NOTES = 100
LEAST_TEMPERATURE = 1e-6
"""Far below any that is fitted; logits are divided by it."""

NAMES = (
    *("heads", "learning_rates", "epochs", "seconds", "diverged", "temperatures", "values", "between"),
    *("tuning", "curves", "reliability", "classes", "confusion"),
)
OPTIONAL = ("data",)


def to_plain(results: ComparisonResults) -> dict[str, Any]:
    """Results as lists, numbers and texts by name; null is a number that isn't finite."""
    frame = results.reliability
    bins = {binning: frame[frame["binning"] == binning] for binning in BINNINGS}
    n_heads = len(results.heads)
    return {
        "heads": [str(head) for head in results.heads],
        "learning_rates": plain.listed(results.learning_rates),
        "epochs": results.n_epochs.tolist(),
        "seconds": plain.listed(results.seconds),
        "tuning": {
            name: results.tuning[name].tolist()
            for name in (*CHOICES, *TRIED, *OWN_PENALTY)
            if name in results.tuning
        },
        "diverged": results.diverged.tolist(),
        "temperatures": plain.listed(results.temperatures),
        "values": {name: plain.listed(values) for name, values in results.values.items()},
        "between": {
            name: {which: plain.listed(each) for which, each in between._asdict().items()}
            for name, between in results.between.items()
        },
        "curves": {name: _curve(curve) for name, curve in results.curves.items()},
        "reliability": {
            binning: {name: plain.listed(rows[name].to_numpy().reshape(n_heads, -1)) for name in BIN_COLUMNS}
            for binning, rows in bins.items()
        },
        "classes": list(results.class_names),
        "confusion": results.confusion_counts.tolist(),
    } | ({"data": list(results.data_notes)} if results.data_notes else {})


def of_plain(comparison: Comparison, given: Any) -> ComparisonResults:
    """The results of a comparison that `to_plain` wrote. ValueError for anything else."""
    held = plain.mapping(given, "results", NAMES, OPTIONAL)
    n_heads, runs = len(comparison.heads), (len(comparison.heads), comparison.n_seeds)
    heads = _heads(held["heads"], comparison)
    rates = plain.numbers(held["learning_rates"], (n_heads,), "learning_rates", 0)
    epochs = plain.whole_numbers(held["epochs"], (n_heads,), "epochs", 1, comparison.most_epochs)
    classes = tuple(
        name_checked(each, "a class") for each in plain.items(held["classes"], "classes", MOST_CLASSES)
    )
    confusion = (n_heads, len(classes), len(classes))
    diverged, values = plain.answers(held["diverged"], runs, "diverged"), _values(held["values"], runs)
    temperatures = plain.numbers(held["temperatures"], runs, "temperatures", LEAST_TEMPERATURE)
    for name, each in values.items():
        if np.isfinite(each[diverged]).any():
            raise ValueError(f"{name} must be null for runs that diverged")
    return ComparisonResults(
        experiment=comparison,
        variants=tuple(head.name for head in heads),
        learning_rates=rates,
        n_epochs=epochs,
        tuning=_tuning(held["tuning"], heads, rates, epochs),
        trials=pd.DataFrame(columns=["head", "learning_rate", "epoch", "validation_loss", "n_splits"]),
        diverged=diverged,
        values=values,
        curves=_curves(held["curves"], heads, int(epochs.max()), comparison.n_layers),
        between=_between(held["between"], n_heads),
        heads=heads,
        temperatures=temperatures,
        seconds=plain.numbers(held["seconds"], (n_heads,), "seconds", 0),
        reliability=_reliability(held["reliability"], heads),
        confusion_counts=plain.whole_numbers(held["confusion"], confusion, "confusion", 0, MOST_COUNTED),
        class_names=classes,
        decisions=None,
        data_notes=tuple(
            note_checked(each) for each in plain.items(held.get("data", []), "data", MOST_NOTES)
        ),
    )


def _heads(given: Any, comparison: Comparison) -> tuple[Head, ...]:
    """The heads as they were trained: those of the comparison, perhaps with other parameters."""
    texts = plain.items(given, "heads", len(comparison.heads))
    heads = tuple(HEADS.parse(plain.text(text, "heads")) for text in texts)
    names, allowed = ([each.name for each in own] for own in (heads, comparison.heads))
    if names != allowed:
        raise ValueError(f"heads must be those of the settings, {listed(allowed)}; got {listed(names)}")
    return heads


def _values(given: Any, runs: tuple[int, int]) -> dict[str, Any]:
    again = [name for name, each in MEASURES.items() if each.scaled and each.of != "gradients"]
    names = [*MEASURES, *(name + TEMPERATURE_SCALED for name in again)]
    held = plain.mapping(given, "values", names)
    return {name: plain.numbers(held[name], runs, name) for name in names}


def _between(given: Any, n_heads: int) -> dict[str, Between]:
    names = [name + ending for ending in ("", TEMPERATURE_SCALED) for name in OF_SAMPLES]
    found = {}
    for name, each in plain.mapping(given, "between", names).items():
        held = plain.mapping(each, name, Between._fields)
        found[name] = Between(*(plain.numbers(held[which], (n_heads,), name, 0) for which in Between._fields))
    return found


def _tuning(given: Any, heads: tuple[Head, ...], rates: Any, epochs: Any) -> pd.DataFrame:
    held, shape = plain.mapping(given, "tuning", (*CHOICES, *TRIED), OWN_PENALTY), (len(heads),)
    columns = {"head": [head.name for head in heads], "learning_rate": rates, "epochs": epochs}
    columns |= {name: plain.answers(held[name], shape, name) for name in CHOICES}
    columns |= {name: plain.whole_numbers(held[name], shape, name, 0, MOST_COUNTED) for name in TRIED}
    columns |= {name: plain.numbers(held[name], shape, name, 0, 1) for name in OWN_PENALTY if name in held}
    return pd.DataFrame(columns)


def _curve(curve: Curve) -> dict[str, Any]:
    relative = {"relative": _band(curve.relative.band)} if curve.geometric else {}
    return _band(curve.band) | relative


def _band(band: Band) -> dict[str, Any]:
    return {name: plain.listed(getattr(band, name)) for name in BAND}


def _curves(given: Any, heads: tuple[Head, ...], n_epochs: int, n_layers: int) -> dict[str, Curve]:
    """Curves with means and intervals alone, like those that are `summarised`."""
    shape = (len(heads), n_epochs)
    found = curves(History.empty(0, *shape, n_layers), [head.loss_unit for head in heads])
    held = plain.mapping(given, "curves", found)
    for name, curve in found.items():
        own = plain.mapping(held[name], name, (*BAND, "relative") if curve.geometric else BAND)
        vars(curve)["band"] = _band_of(own, shape, name)
        if curve.geometric:
            relative = plain.mapping(own["relative"], name, BAND)
            vars(curve.relative)["band"] = _band_of(relative, shape, name)
    return found


def _band_of(held: Mapping[str, Any], shape: tuple[int, int], what: str) -> Band:
    return Band(*(plain.numbers(held[name], shape, what) for name in BAND))


def _reliability(given: Any, heads: tuple[Head, ...]) -> pd.DataFrame:
    held, shape = plain.mapping(given, "reliability", BINNINGS), (len(heads), N_BINS)
    columns: dict[str, list[Any]] = {name: [] for name in BIN_COLUMNS}
    for binning in BINNINGS:
        own = plain.mapping(held[binning], binning, BIN_COLUMNS)
        for name in BIN_COLUMNS:
            if name == "count":
                columns[name].append(plain.whole_numbers(own[name], shape, "count of bins", 0, MOST_COUNTED))
            else:
                columns[name].append(plain.numbers(own[name], shape, f"{name} of bins"))
    axes = {"head": [head.name for head in heads], "binning": BINNINGS, "bin": range(1, N_BINS + 1)}
    return tidy(axes, {name: np.stack(found, 1) for name, found in columns.items()})
