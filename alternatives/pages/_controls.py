"""Controls, made from what a thing's fields may be: a new head, data set or field needs none of its own."""

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeAlias

import streamlit as st

from alternatives.pages._link import L, State
from alternatives.state.fields import (
    Choice,
    Choices,
    Kind,
    Number,
    NumberOr,
    Numbers,
    Sizes,
    Thing,
    Things,
    YesNo,
)
from alternatives.state.registry import Named, Range
from alternatives.wording import sentence

Value: TypeAlias = Callable[[L, Any], Any]

LABELS = {
    "hidden": "Hidden layers",
    "dataset": "Data set",
    "gate_dataset": "Data set",
    "gate_epochs": "Epochs",
    "n_classes": "Classes",
    "target": "Target class",
    "moving": "Moving class",
}
FINE = 0.01
"""The step of a slider whose exact place matters."""
LONGEST_SLIDER = 1000
"""Whole numbers up to which a slider can be set to each."""


class Controls(Generic[L]):
    """The controls of a page's state."""

    def __init__(self, state: State[L], value: L) -> None:
        self.state, self.value = state, value

    def field(self, field: str) -> None:
        """The control of one field."""
        kind: Kind = self.value.kinds()[field]
        name, current = self.value.names()[field], getattr(self.value, field)
        explanation = sentence(kind.explanation)
        if isinstance(kind, Things):
            self._things(kind, name, current, field)
        elif isinstance(kind, Thing):
            self._thing(kind, name, current, field)
        elif isinstance(kind, Choice):
            self.choice(field, kind.options(), help=explanation)
        elif isinstance(kind, Choices):
            given = self.state.bound(name, list(current), field)
            every = list(dict.fromkeys([*kind.options(), *current]))
            given |= {"format_func": kind.short, "help": explanation}
            st.pills(label(name), every, selection_mode="multi", **given)
        elif isinstance(kind, YesNo):
            st.toggle(label(name), **self.state.bound(name, current, field), help=explanation)
        elif isinstance(kind, Sizes):
            given = self.state.bound(name, kind.text(current), field, lambda _, text: kind.parse(text, name))
            explanation += ", with commas between; none for a linear classifier"
            st.text_input(label(name), **given, help=explanation)
        elif isinstance(kind, Numbers):
            self._numbers(kind, name, current, field)
        elif isinstance(kind, NumberOr):
            word, shown = kind.word, kind.word if current is None else current
            given = self.state.bound(name, shown, field, lambda _, chosen: None if chosen == word else chosen)
            options = [word, *steps(kind.number.allowed, current)]
            st.select_slider(label(name), options, **given, format_func=_figures, help=explanation)
        elif isinstance(kind, Number):
            self._number(label(name), kind, name, current, field)
        else:
            raise TypeError(f"there is no control for {kind!r}")

    def choice(self, field: str, options: Sequence[Any], **more: Any) -> None:
        """A choice among some values of a field."""
        name = self.value.names()[field]
        given = self.state.bound(name, getattr(self.value, field), field)
        st.selectbox(label(name), list(options), **given, **more)

    def parameters_of(self, field: str, thing: Named) -> None:
        """The parameters of something that a field holds, alone or among several."""
        kind = self.value.kinds()[field]
        several = isinstance(kind, Things)
        for name, number in parameters(thing).items():

            def replaced(value: L, given: Any, name: str = name) -> Any:
                held = getattr(value, field)
                if not several:
                    return dataclasses.replace(held, **{name: given})
                return [
                    dataclasses.replace(each, **{name: given}) if each.name == thing.name else each
                    for each in held
                ]

            title = f"{label(name)} of {thing.name}" if several else label(name)
            self._number(title, number, f"{thing.name}.{name}", getattr(thing, name), field, replaced)

    def _thing(self, kind: Thing, name: str, current: Named, field: str) -> None:
        given = self.state.bound(name, current.name, field, lambda _, chosen: kind.registry[chosen])
        explanation = getattr(current, "sentence", None)
        st.selectbox(label(name), list(kind.registry), **given, help=explanation)
        self.parameters_of(field, current)

    def _things(self, kind: Things, name: str, current: Sequence[Named], field: str) -> None:
        def chosen(value: L, names: list[str]) -> list[Any]:
            present = {each.name: each for each in getattr(value, field)}
            return [present.get(each, kind.registry[each]) for each in names]

        given = self.state.bound(name, [each.name for each in current], field, chosen)
        st.pills(label(name), list(kind.registry), selection_mode="multi", **given)

    def _numbers(self, kind: Numbers, name: str, current: tuple[float, ...], field: str) -> None:
        for index, each in enumerate(current):

            def replaced(value: L, given: float, index: int = index) -> tuple[float, ...]:
                held = getattr(value, field)
                return (*held[:index], given, *held[index + 1 :])

            title = f"{label(name).removesuffix('s')} of class {index}"
            low, high = float(kind.allowed.low), float(kind.allowed.high)
            given = self.state.bound(f"{name}.{index}", each, field, replaced)
            st.slider(title, low, high, step=FINE, **given)

    def _number(
        self,
        title: str,
        number: Number,
        key: str,
        current: float,
        field: str,
        value: Value[L] = lambda _, given: given,
    ) -> None:
        """A slider, or a field to type the number in where a slider's steps would be too coarse."""
        allowed = number.allowed
        convert = int if number.whole else float
        low, high, current = convert(allowed.low), convert(allowed.high), convert(current)
        given = self.state.bound(key, current, field, value) | {"help": sentence(number.explanation)}
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


def label(name: str) -> str:
    """A field's name as a label."""
    return LABELS.get(name) or name.replace("_", " ").capitalize()


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
