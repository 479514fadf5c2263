"""Controls, made from what a thing's fields may be: a new head, data set or field needs none of its own."""

import dataclasses
import math
from collections.abc import Callable
from typing import Any, TypeAlias

import streamlit as st

from alternatives.charts.words import sentence
from alternatives.compare import Comparison, kinds, names
from alternatives.kinds import Choice, Kind, Number, NumberOr, Sizes, YesNo
from alternatives.pages._link import bound
from alternatives.registry import Named, Range

Value: TypeAlias = Callable[[Comparison, Any], Any]

IN_VIEW = ("learning_rate", "n_seeds")
"""Fields, beside the data set and the heads, whose controls aren't behind the expander."""
LABELS = {"hidden": "Hidden layers", "seeds": "Seeds", "n_classes": "Classes"}
LONGEST_SLIDER = 1000
"""Whole numbers up to which a slider can be set to each."""


def controls(comparison: Comparison) -> None:
    """All controls of a comparison."""
    _dataset(comparison)
    _heads(comparison)
    for field in IN_VIEW:
        _field(comparison, field)
    with st.expander("More settings"):
        for head in comparison.heads:
            _parameters_of(head)
        if len(comparison.heads) > 1:
            options = [head.name for head in comparison.heads]
            st.selectbox("Baseline", options, **bound("baseline", comparison.baseline, "baseline"))
        for field in kinds():
            if field not in ("dataset", "heads", "baseline", *IN_VIEW):
                _field(comparison, field)


def label(name: str) -> str:
    """A field's name as a label."""
    return LABELS.get(name) or name.replace("_", " ").capitalize()


def _dataset(comparison: Comparison) -> None:
    kind: Any = kinds()["dataset"]
    dataset = comparison.dataset
    given = bound("dataset", dataset.name, "dataset", lambda _, name: kind.registry[name])
    st.selectbox("Data set", list(kind.registry), **given, help=dataset.sentence)
    for name, number in parameters(dataset).items():

        def replaced(comparison: Comparison, value: Any, name: str = name) -> Any:
            return dataclasses.replace(comparison.dataset, **{name: value})

        key = f"{dataset.name}.{name}"
        _number(label(name), number, key, getattr(dataset, name), "dataset", replaced)


def _heads(comparison: Comparison) -> None:
    kind: Any = kinds()["heads"]

    def chosen(comparison: Comparison, chosen: list[str]) -> list[Any]:
        present = {head.name: head for head in comparison.heads}
        return [present.get(name, kind.registry[name]) for name in chosen]

    given = bound("heads", [head.name for head in comparison.heads], "heads", chosen)
    st.pills("Heads", list(kind.registry), selection_mode="multi", **given)


def _parameters_of(head: Any) -> None:
    for name, number in parameters(head).items():

        def replaced(comparison: Comparison, value: Any, name: str = name) -> list[Any]:
            return [
                dataclasses.replace(each, **{name: value}) if each.name == head.name else each
                for each in comparison.heads
            ]

        key = f"{head.name}.{name}"
        _number(f"{label(name)} of {head.name}", number, key, getattr(head, name), "heads", replaced)


def _field(comparison: Comparison, field: str) -> None:
    kind: Kind = kinds()[field]
    name, current = names()[field], getattr(comparison, field)
    explanation = sentence(kind.explanation)
    if isinstance(kind, Choice):
        st.selectbox(label(name), list(kind.options()), **bound(name, current, field), help=explanation)
    elif isinstance(kind, YesNo):
        st.toggle(label(name), **bound(name, current, field), help=explanation)
    elif isinstance(kind, Sizes):
        given = bound(name, kind.text(current), field, lambda _, text: kind.parse(text, name))
        explanation += ", with commas between; none for a linear classifier"
        st.text_input(label(name), **given, help=explanation)
    elif isinstance(kind, NumberOr):
        word, shown = kind.word, kind.word if current is None else current
        given = bound(name, shown, field, lambda _, chosen: None if chosen == word else chosen)
        options = [word, *steps(kind.number.allowed, current)]
        st.select_slider(label(name), options, **given, format_func=_figures, help=explanation)
    elif isinstance(kind, Number):
        _number(label(name), kind, name, current, field)
    else:
        raise TypeError(f"there is no control for {kind!r}")


def _number(
    title: str, number: Number, key: str, current: float, field: str, value: Value = lambda _, given: given
) -> None:
    """A slider, or a field to type the number in where a slider's steps would be too coarse."""
    allowed = number.allowed
    convert = int if number.whole else float
    low, high, current = convert(allowed.low), convert(allowed.high), convert(current)
    given = bound(key, current, field, value) | {"help": sentence(number.explanation)}
    step = tidy((high - low) / 100)
    if allowed.logarithmic:
        st.select_slider(title, steps(allowed, current), format_func=_figures, **given)
    elif not number.whole:
        st.slider(title, low, high, step=step, **given)
    elif high <= LONGEST_SLIDER:
        st.slider(title, low, high, step=int(allowed.step) or 1, **given)
    elif step <= low:
        st.slider(title, low, high, step=int(step), **given)
    else:
        st.number_input(title, low, high, step=1, **given)


def parameters(thing: Named) -> dict[str, Number]:
    """What the parameters of a head or a data set may be."""
    return {
        name: Number(allowed, isinstance(thing.default(name), int))
        for name, allowed in thing.ranges().items()
    }


def steps(allowed: Range, *others: float | None) -> list[float]:
    """1, 2, 5, 10, … within a range, from a millionth of its end where it begins at 0, and other values."""
    lowest = allowed.low or allowed.high / 1e6
    exponents = range(math.floor(math.log10(lowest)), math.ceil(math.log10(allowed.high)) + 1)
    grid = {float(f"{digit}e{exponent}") for exponent in exponents for digit in (1, 2, 5)}
    inside = {value for value in grid if lowest <= value <= allowed.high}
    return sorted({allowed.low, allowed.high} | inside | {other for other in others if other is not None})


def tidy(step: float) -> float:
    """The largest of 1, 2, 5, 10, … and their tenths that isn't above a step."""
    power = 10.0 ** math.floor(math.log10(step))
    return float(f"{max(digit for digit in (1, 2, 5) if digit * power <= step * 1.001) * power:.12g}")


def _figures(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
