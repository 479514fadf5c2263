"""Controls, as the fields of a page's state describe them. New heads, data sets and fields need no code."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, Generic

import streamlit as st

from alternatives.pages._link import L, State
from alternatives.state import Control, Named, parameters
from alternatives.wording import sentence


class Controls(Generic[L]):
    """The controls of a page's state."""

    def __init__(self, state: State[L], value: L) -> None:
        self.state, self.value = state, value

    def field(self, field: str) -> None:
        """Draw one field, with the parameters of what it holds."""
        name, held = self.value.names()[field], getattr(self.value, field)
        for control in self.value.fields()[field].controls(name, held):
            self._draw(field, control)

    def choice(self, field: str, options: Sequence[Any], **more: Any) -> None:
        """Draw a choice among some values of a field; `more` are arguments of the select box."""
        given = self.state.bound(self.value.names()[field], getattr(self.value, field), field)
        given["help"] = sentence(self.value.fields()[field].explanation)
        st.selectbox(self.value.label(field), list(options), **given | more)

    def parameters_of(self, field: str, thing: Named) -> None:
        """Draw the parameters of one of several things that a field holds."""
        for control in parameters(thing):

            def read(held: Sequence[Named], given: Any, read: Any = control.read) -> list[Named]:
                return [read(each, given) if each.name == thing.name else each for each in held]

            label = f"{control.label} of {thing.name}"
            self._draw(field, dataclasses.replace(control, label=label, read=read))

    def _draw(self, field: str, control: Control) -> None:
        bound = self.state.bound(
            control.key,
            control.shown,
            field,
            lambda old, given: control.read(getattr(old, field), given),
        )
        label = control.label or self.value.label(field)
        WIDGETS[control.widget](label, control, help=sentence(control.help), **bound)


def _slider(label: str, control: Control, **given: Any) -> None:
    st.slider(label, control.low, control.high, step=control.step, **given)


def _steps(label: str, control: Control, **given: Any) -> None:
    st.select_slider(label, control.options, format_func=_figures, **given)


def _number(label: str, control: Control, **given: Any) -> None:
    st.number_input(label, control.low, control.high, step=control.step, **given)


def _select(label: str, control: Control, **given: Any) -> None:
    st.selectbox(label, control.options, **given)


def _pills(label: str, control: Control, **given: Any) -> None:
    st.pills(label, control.options, selection_mode="multi", format_func=control.option_label, **given)


def _toggle(label: str, control: Control, **given: Any) -> None:
    st.toggle(label, **given)


def _text(label: str, control: Control, **given: Any) -> None:
    st.text_input(label, **given)


WIDGETS: dict[str, Callable[..., None]] = {
    "slider": _slider,
    "steps": _steps,
    "number": _number,
    "select": _select,
    "pills": _pills,
    "toggle": _toggle,
    "text": _text,
}


def _figures(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
