"""Controls, as the fields of a page's state describe them. New heads, data sets and fields need no code."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, Generic

import streamlit as st

from alternatives.datasets import Dataset
from alternatives.pages._data_sets import about_data_set, with_own_files
from alternatives.pages._link import L, State
from alternatives.pages._upload import upload
from alternatives.state import Control, Named, parameters
from alternatives.wording import sentence


class Controls(Generic[L]):
    """The controls of a page's state."""

    def __init__(self, state: State[L], value: L) -> None:
        self.state, self.value = state, value
        self._shown = value.shown_fields

    def field(self, field: str) -> None:
        """Draw one field, with the parameters of what it holds, unless it changes nothing now."""
        if field not in self._shown:
            return
        name, held = self.value.names()[field], getattr(self.value, field)
        for control in self.value.fields()[field].controls(name, held):
            is_choice = isinstance(held, Dataset) and control.key == name
            self._draw(field, with_own_files(control, held) if is_choice else control)
        if isinstance(held, Dataset):
            about_data_set(self.state, field)
            upload(self.state, field)

    def choice(self, field: str, options: Sequence[Any], **more: Any) -> None:
        """Draw a choice among some values of a field; `more` are arguments of the select box."""
        given = self.state.bound(
            self.value.names()[field], getattr(self.value, field), field, argument="selected"
        )
        given["help"] = sentence(self.value.fields()[field].explanation)
        _select(self.value.label(field), list(options), **given | more)

    def parameters_of(self, field: str, thing: Named) -> None:
        """Draw the parameters of one of several things that a field holds."""
        for control in parameters(thing):

            def read(held: Sequence[Named], given: Any, read: Any = control.read) -> list[Named]:
                return [read(each, given) if each.name == thing.name else each for each in held]

            label = f"{control.label} of {thing.name}"
            self._draw(field, dataclasses.replace(control, label=label, read=read))

    def reset(self) -> None:
        """Draw a button that goes back to the defaults; the browser's way back undoes it."""
        if self.value.to_link():
            st.button(
                "Reset",
                key=f"{self.state.prefix}reset",
                on_click=self.state.put,
                args=(lambda old: type(old)(),),
                help="Set all controls of this page to their defaults; the browser's Back button undoes it",
            )

    def _draw(self, field: str, control: Control) -> None:
        widget, argument = WIDGETS[control.widget]
        bound = self.state.bound(
            control.key,
            control.shown,
            field,
            lambda old, given: control.read(getattr(old, field), given),
            argument,
        )
        label = control.label or self.value.label(field)
        widget(label, help=sentence(control.help), **control.settings, **bound)


def _select(label: str, options: Sequence[Any], selected: Any, **more: Any) -> None:
    st.selectbox(label, options, list(options).index(selected) if selected in options else 0, **more)


WIDGETS: dict[str, tuple[Callable[..., Any], str]] = {
    "slider": (st.slider, "value"),
    "steps": (st.select_slider, "value"),
    "number": (st.number_input, "value"),
    "select": (_select, "selected"),
    "pills": (st.pills, "default"),
    "toggle": (st.toggle, "value"),
    "text": (st.text_input, "value"),
}
"""Widgets, each with its argument for what it shows at first."""
