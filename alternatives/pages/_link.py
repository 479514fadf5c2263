"""The state of a page is one frozen value, and that value is the link.

The value is kept in the session. A control shows what the value says and, when a person changes it,
replaces one field of it: there is no second copy that could differ. After a change the value is written
to the link. When the link changes by itself, because somebody opened, edited or went back to one, the
value is read from it.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Generic, TypeAlias, TypeVar, cast

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from alternatives.state import Linked

L = TypeVar("L", bound=Linked)
V = TypeVar("V")
Link: TypeAlias = dict[str, list[str]]
"""Parameters of an address. One may be there several times."""
PRESENT = "present"
"""The parameter that says how a page is shown. All others say what it shows."""


def parameters() -> Link:
    """What the address says of what is shown."""
    return {name: st.query_params.get_all(name) for name in st.query_params if name != PRESENT}


def _write(link: Link) -> None:
    """Put a link into the address; how the page is shown stays."""
    how = st.query_params.get_all(PRESENT)
    st.query_params.from_dict({**link, **({PRESENT: how} if how else {})})


def from_menu() -> bool:
    """Whether this run may show a page that somebody chose in the menu: its links have no parameters."""
    context = get_script_run_ctx()
    goes_back = context is not None and context.is_history_navigation
    return not st.query_params and not goes_back and not st.context.is_embedded


class Addressed(ABC, Generic[V]):
    """A value that is in the session and in the page's address.

    `noun` says what it is. `always` is the key of a control that is on the page whatever it shows: Streamlit
    forgets it when another page is opened. `prefix` begins the keys of the page's controls, so that no two
    pages share one.
    """

    def __init__(self, noun: str, always: str, prefix: str = "") -> None:
        self.prefix, self._always = prefix, prefix + always
        self._value, self._link, self._touched, self._changed, self._problems = (
            f"{noun}: {what}" for what in ("value", "link", "touched", "changed", "problems")
        )

    @abstractmethod
    def read(self, link: Link) -> tuple[V, tuple[str, ...]]:
        """The value of a link, and a sentence for each thing that couldn't be used. Never raises."""

    @abstractmethod
    def write(self, value: V) -> Link:
        """The link of a value."""

    def to_pass_on(self, value: V) -> Link:
        """The link of a value for other people."""
        return self.write(value)

    @abstractmethod
    def refreshed(self, value: V) -> V:
        """The value as it is now, where it rests on files that may have changed."""

    def arrived(self) -> bool:
        """Whether the page is drawn anew: on the first run, and when somebody comes from another page."""
        return self._always not in st.session_state

    def settled(self) -> tuple[V, tuple[str, ...]]:
        """The value of this run, and a sentence for each thing that couldn't be used."""
        state = st.session_state
        link = parameters()
        returned = self.arrived() and from_menu()
        known = self._value in state
        touched = self._touched in state and not self.arrived()
        if not known or (link != state[self._link] and not touched and not returned):
            state[self._value], problems = self.read(link)
            is_something = state[self._value] != type(state[self._value])()
            rest = ("all else is as the link says",) if problems and is_something else ()
            state[self._problems] = (*problems, *rest)
            state[self._link] = link
        else:
            current = self.refreshed(self.value)
            if current != self.value:
                state[self._value] = current
            written = self.write(self.value)
            # A link that couldn't be read in full stays as it is until something is changed.
            if link != written and (self._changed in state or link != state[self._link]):
                if not returned:  # then the page's address has it already
                    _write(written)
                state[self._link] = written
        for said in (self._touched, self._changed):
            state.pop(said, None)
        return self.value, state[self._problems]

    def left(self) -> Link:
        """The parameters of the link that the page gets back, where somebody left it and comes back now."""
        return self.write(self.value) if self._value in st.session_state and self.arrived() else {}

    @property
    def value(self) -> V:
        """The value as it is in the session."""
        return cast(V, st.session_state[self._value])

    def touch(self) -> None:
        """A control started this run, so the link that the browser sends with it may be an old one."""
        st.session_state[self._touched] = True

    def put(self, change: Callable[[V], V]) -> None:
        """Replace the value by a changed one; where that raises ValueError, keep it and say why."""
        self.touch()
        try:
            new = change(self.value)
        except ValueError as error:
            st.session_state[self._problems] = (str(error), "nothing was changed")
        else:
            st.session_state[self._value], st.session_state[self._problems] = new, ()
            st.session_state[self._changed] = True

    def shown(
        self, key: str, value: Any, change: Callable[[V, Any], V], argument: str = "value"
    ) -> dict[str, Any]:
        """Arguments with which a widget shows a value and changes the state.

        `change` goes from the state's value and what the widget says to the state's new value. It may raise
        ValueError. `argument` is the widget's own for what it shows at first: a browser that draws the widget
        late, when another run has begun, has not been told the value that was put into the session.
        """
        key = self.prefix + key
        if key not in st.session_state or st.session_state[key] != value:
            st.session_state[key] = value

        def on_change() -> None:
            self.put(lambda old: change(old, st.session_state[key]))

        return {"key": key, "on_change": on_change, argument: value}


class State(Addressed[L]):
    """The state of one page, a value of the class `kind`."""

    def __init__(self, kind: type[L], always: str, prefix: str = "") -> None:
        super().__init__(kind.noun, always, prefix)
        self.kind = kind

    def read(self, link: Link) -> tuple[L, tuple[str, ...]]:
        return self.kind.from_link(link)

    def write(self, value: L) -> Link:
        return {name: [text] for name, text in value.to_link().items()}

    def refreshed(self, value: L) -> L:
        return value.replace()  # the file of its data set may have changed

    def bound(
        self,
        key: str,
        value: Any,
        field: str,
        new: Callable[[L, Any], Any] = lambda _, given: given,
        argument: str = "value",
    ) -> dict[str, Any]:
        """The same for a widget that changes one field, to `new` of the state's value and its own."""
        return self.shown(key, value, lambda old, given: old.replace(**{field: new(old, given)}), argument)
