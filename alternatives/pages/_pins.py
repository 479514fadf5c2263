"""The session of a visitor: what is pinned, how it changes, and the control that pins what a page shows.

`session` and `change` are the only way to it, also while it is a shared one, which others change, too. A
change is told from the last session by the pins' keys: pins that are new or differ, pins that are gone, and
another order or reference.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import streamlit as st

from alternatives.pages import _navigation, _shared
from alternatives.pages._keyboard import take_focus
from alternatives.pages._link import Addressed, Link, State, parameters
from alternatives.pages._shown import not_used, plain, quiet
from alternatives.sessions import Pin, Session, naming
from alternatives.sessions.pin import LONGEST_NAME, LONGEST_NOTE
from alternatives.wording import counted, sentence

PAGE = "side_by_side"
BEFORE = "session: before"
"""Key of the sessions before and after each of the last changes, the newest last."""
SAID = "session: said"
"""Key of why the last change wasn't made."""
MOST_UNDONE = 50
FIRST_PIN = "Change a setting and pin again to compare. A reload forgets pins."


class SessionState(Addressed[Session]):
    """The visitor's session, which is the address of *Side by side*."""

    def __init__(self) -> None:
        super().__init__("session", always="share", prefix="pins ")

    def read(self, link: Link) -> tuple[Session, tuple[str, ...]]:
        """The session of a link. Pins that are there already keep their keys."""
        if tokens := link.get(_shared.PARAMETER):
            st.session_state.pop(BEFORE, None)  # nothing that was done elsewhere is undone here
            return _shared.open_link(tokens[0])
        _shared.leave()
        read, problems = Session.of_link(link)
        return _with_keys_of(session(), read), problems

    def write(self, value: Session) -> Link:
        """The parameters of a session; none where they would be too long for an address."""
        if _shared.is_open():
            return {_shared.PARAMETER: [_shared.token()]}
        if not_in_address(value):
            return {}
        given = value.parameters()
        return {name: [text] if isinstance(text, str) else text for name, text in given.items()}

    def to_pass_on(self, value: Session) -> Link:
        """A shared session's link for viewing: that for editing is given on purpose alone, under *Share*."""
        return {_shared.PARAMETER: [_shared.links().viewing]} if _shared.is_open() else self.write(value)

    def refreshed(self, value: Session) -> Session:
        pins = [dataclasses.replace(pin, state=pin.state.replace()) for pin in value.pins]
        return dataclasses.replace(value, pins=tuple(pins))

    def ask_ahead(self) -> None:
        """Ask the server for the shared session of an address that this run opens."""
        link = parameters()
        tokens = link.get(_shared.PARAMETER, [])
        opens = bool(tokens) and link != st.session_state.get(self._link)
        _shared.ask_ahead(tokens[0] if opens else "")

    def settled(self) -> tuple[Session, tuple[str, ...]]:
        """The session of this run. One that a link replaces can be had again by `undo`."""
        before, known = session(), self._value in st.session_state
        after, problems = super().settled()
        if known and after != before and not _shared.is_open():
            _remember(before, after)
        return after, problems

    def follow(self) -> None:
        """Take over what others changed in a shared session; at the start of every run."""
        if _shared.is_open():
            self._replace(_shared.newest(session()))

    def put(self, change_: Callable[[Session], Session]) -> None:
        """Change the session; where that raises ValueError, keep it and say why."""
        self.touch()
        try:
            new = change_(session())
        except ValueError as error:
            complain(error)
        else:
            change(new)

    def keep(self, new: Session) -> None:
        """Put another session in place of this one; on its page the address follows."""
        self._replace(_shared.write(session(), new) if _shared.is_open() else new)

    def share(self) -> None:
        """Have the server keep the session, for everybody who has a link to it."""
        self.touch()
        self._replace(_shared.share(session()))

    def leave(self, how: Callable[[], None] = _shared.leave) -> None:
        """Go on with the shared session as a private one."""
        self.touch()
        how()
        self._replace(session())

    def _replace(self, new: Session) -> None:
        state = st.session_state
        state[self._value], state[self._problems], state[self._changed] = new, (), True
        state.setdefault(self._link, {})

    def get(self) -> Session:
        """The session; an empty one at first."""
        found: Session = st.session_state.get(self._value, Session())
        return found


STATE = SessionState()


def session() -> Session:
    """The session of this visitor."""
    return STATE.get()


def not_in_address(value: Session) -> str:
    """Why an address can't hold a session; empty if it can. A shared one's address holds its token."""
    if _shared.is_open():
        return ""
    try:
        value.parameters()
    except ValueError as error:
        return str(error)
    return ""


def change(new: Session) -> None:
    """Put a changed session in place of this one, which `undo` gives back."""
    before = session()
    STATE.keep(new)
    _remember(before, new)


def can_undo() -> bool:
    """Whether there is a change to undo."""
    return bool(st.session_state.get(BEFORE))


def undo() -> None:
    """Take the last change back; of what others have changed since, nothing."""
    STATE.touch()
    if can_undo():
        before, after = st.session_state[BEFORE].pop()
        try:
            STATE.keep(_taken_back(session(), before, after))
        except ValueError as error:
            st.session_state[SAID] = (str(error), "nothing was undone")


def complain(error: ValueError) -> None:
    """Have the page say why a change wasn't made."""
    st.session_state[SAID] = (str(error), "nothing was changed")


def said() -> tuple[str, ...]:
    """Why the last change wasn't made; said once."""
    found: tuple[str, ...] = st.session_state.pop(SAID, ())
    return found


def pin_button(page: State[Any]) -> None:
    """The control that pins what a page shows, in one click, and says under which name."""
    if not _shared.may_edit():
        n = counted(len(session().pins), "pin")
        _navigation.link(f"Side by side ({n}, for viewing)", PAGE, STATE.write(session()))
        return
    value, prefix = page.value, f"{page.prefix}pin "
    pinned = next((pin for pin in session().pins if pin.state == value), None)
    last = f"{prefix}last"  # the key of the pin that the page showed last
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            "Pin",
            key=f"{prefix}button",
            on_click=_pin,
            args=(page, prefix),
            help="Keep this, to see it next to others on the page Side by side, whose link holds all pins",
        )
        if pinned is not None:
            st.session_state[last] = pinned.key
            already = st.session_state.pop(f"{prefix}again", False)
            next_step = f" {FIRST_PIN}" * (len(session().pins) == 1)
            text = f"Pinned{' already' * already} as “{plain(pinned.name)}”.{next_step}"
            st.markdown(quiet(text), width="content")
            editor = st.popover("Name and note", key=f"{prefix}editor", on_change=page.touch, type="tertiary")
            if editor.open:
                with editor:
                    name_and_note(pinned, prefix, page.touch)
                    take_focus(f"{prefix}editor focus", "input")
        else:
            replaced = next((p for p in session().pins if p.key == st.session_state.get(last)), None)
            if replaced is not None:
                st.button(
                    f"Replace “{plain(replaced.name)}”",
                    key=f"{prefix}replace",
                    on_click=_replace,
                    args=(page, replaced),
                    help="Put this in the place of the pin that stood here before",
                )
        if session().pins:
            n = counted(len(session().pins), "pin")
            _navigation.link(f"Side by side ({n})", PAGE, STATE.write(session()))
    not_used(said())
    _not_stored()


def _not_stored() -> None:
    """Say what happened to a shared session; what can be done about it is on *Side by side*."""
    sentences = [*_shared.said()]
    for why, pin, _ in _shared.rejected().values():
        sentences += [
            f"{sentence(why)}.",
            f"“{pin.name}” isn't stored yet: it is kept for you on Side by side.",
        ]
    if sentences:
        st.markdown(plain(" ".join(dict.fromkeys(sentences))))


def name_and_note(pin: Pin, prefix: str, touch: Callable[[], None] = lambda: None) -> None:
    """Controls for the name and the note of a pin."""

    def bound(field: str) -> dict[str, Any]:
        def changed(old: Session, given: str | None) -> Session:
            touch()
            if field == "note" and len((given or "").strip()) > LONGEST_NOTE:
                what = f"what the note has beyond {LONGEST_NOTE:,} characters"
                st.session_state[SAID] = (f"{what}, which are the most that one may have",)
                given = (given or "").strip()[:LONGEST_NOTE]
            return old.put(dataclasses.replace(old.pin(pin.key), **{field: given or ""}))  # type: ignore[arg-type]

        return STATE.shown(f"{prefix}{field} {pin.key}", getattr(pin, field), changed)

    st.text_input("Name", max_chars=LONGEST_NAME, **bound("name"))
    # The browser would cut what is pasted, and say nothing.
    st.text_area("Note", **bound("note"))


def _pin(page: State[Any], prefix: str) -> None:
    page.touch()
    if any(pin.state == page.value for pin in session().pins):
        st.session_state[f"{prefix}again"] = True
    else:
        STATE.put(lambda old: old.put(Pin(naming.name_of(page.value), page.value)))


def _replace(page: State[Any], pin: Pin) -> None:
    """Put what a page shows into a pin; a name that came from the pin's settings follows them."""
    page.touch()
    own = pin.name != naming.name_of(pin.state)
    name = pin.name if own else naming.unused(naming.name_of(page.value), session().names)
    STATE.put(lambda old: old.put(dataclasses.replace(pin, name=name, state=page.value)))


def _remember(before: Session, after: Session) -> None:
    kept = [*st.session_state.get(BEFORE, ()), (before, after)]
    st.session_state[BEFORE] = kept[-MOST_UNDONE:]


def _taken_back(now: Session, before: Session, after: Session) -> Session:
    """A session without the change that led from one to another."""
    is_now, was, became = ({pin.key: pin for pin in each.pins} for each in (now, before, after))
    found = now
    for key in {**was, **became}:
        if was.get(key) != became.get(key) == is_now.get(key):
            found = found.put(was[key]) if key in was else found.without(key)
    pins = {pin.key: pin for pin in found.pins}
    if list(is_now) == list(became):
        pins = {key: pins[key] for key in was if key in pins} | pins
    reference = before.reference if now.reference == after.reference else now.reference
    return Session(tuple(pins.values()), reference)


def _with_keys_of(known: Session, read: Session) -> Session:
    """A session, with the keys of known pins where its pins are equal to them."""
    left, keys, pins = list(known.pins), {}, []
    for pin in read.pins:
        same = next((each for each in left if each == pin), pin)
        if same is not pin:
            left.remove(same)
        keys[pin.key] = same.key
        pins.append(same)
    return Session(tuple(pins), keys.get(read.reference, ""))
