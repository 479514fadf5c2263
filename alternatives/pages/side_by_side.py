"""Pins next to each other: what was changed, and what that did."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from alternatives.experiments import Comparison, Results
from alternatives.exports import session as exports
from alternatives.pages import _pins, _shared
from alternatives.pages._columns import reference_of
from alternatives.pages._comparisons import Comparisons
from alternatives.pages._other_pins import Experiments, shapes
from alternatives.pages._pin_controls import controls
from alternatives.pages._shown import Place, not_used, plain, quiet
from alternatives.pages._take_away import take_away
from alternatives.pages._together import notices, sharing
from alternatives.pages._turns import turn, turn_for_more, turn_to_go_on
from alternatives.sessions import KINDS, Pin, Session
from alternatives.wording import counted, listed, sentence

STATE = _pins.STATE

TAYLOR = "higher order Taylor softmax"
EXAMPLES: dict[str, Session] = {
    "Digits with right labels, and with 20 % of them wrong": Session.of(
        {"right labels": Comparison(), "20 % wrong labels": Comparison(label_noise=0.2)}
    ),
    "Taylor softmax of order 4, 6 and 10": Session.of(
        {
            f"order {order}": Comparison().replace(
                heads=["softmax", f"higher order Taylor softmax(order={order})"]
            )
            for order in (4, 6, 10)
        }
    ),
}
"""Sessions that show what the page is for."""


def page() -> None:
    """Draw the page: the session's controls, and its pins in columns."""
    STATE.ask_ahead()
    with turn():
        fresh = STATE.arrived()
        session, problems = STATE.settled()
        with st.sidebar:
            shown = controls(session)
            sharing()
        not_used((*problems, *_pins.said()))
        notices()
        if too_long := _pins.not_in_address(session):
            st.markdown(quiet(plain(f"The address doesn't hold this session: {too_long}.")))
        sections = _drawn(session, shown, fresh)
    comparisons = [each for each in sections if isinstance(each, Comparisons)]
    if comparisons:
        with turn_for_more():
            for own in comparisons:
                own.draw_rest()
    for each in sections:
        each.wait()
    if shown and all(own.is_near for own in comparisons):
        with turn_to_go_on():
            results: dict[str, Results[Any]] = {}
            for each in sections:
                results |= each.found
            together = next((own.beside for own in comparisons), None)
            experiments = (each for each in sections if isinstance(each, Experiments))
            widths = {key: found for each in experiments for key, found in each.widths.items()}
            take_away(*exports.of(session, shown, results, together, widths))


def _drawn(session: Session, shown: Sequence[Pin], fresh: bool) -> list[Comparisons | Experiments]:
    """Draw what is known; the sections that may have to wait."""
    heading, status, more = (Place(st.container()) for _ in range(3))
    if not shown:
        _explain(heading)
        return []
    by_kind = {kind: own for kind in KINDS if (own := [pin for pin in shown if pin.kind == kind])}
    title = f"{_counted(by_kind)} side by side"
    if "compare" not in by_kind:
        heading.heading(title)
    elif len(by_kind) > 1:
        # The heading is about the comparisons alone.
        others = {kind: pins for kind, pins in by_kind.items() if kind != "compare"}
        more.quiet(f"Also here, further down: {_counted(others).lower()}.")
    if len(session.pins) == 1:
        status.text("Pin something else too, and both stand next to each other here.")
    sections: list[Comparisons | Experiments] = []
    for kind, pins in by_kind.items():
        reference = reference_of(pins, session.reference)
        if kind == "compare":
            sections.append(Comparisons(pins, reference, heading, title, status, fresh))
        elif kind == "shape":
            shapes(pins, reference)
        else:
            sections.append(Experiments(pins, reference, fresh))
    return sections


def _counted(by_kind: dict[str, list[Pin]]) -> str:
    nouns = {"compare": "comparison", "shape": "shape", "inside": "experiment"}
    what = listed(counted(len(pins), nouns[kind]) for kind, pins in by_kind.items())
    return sentence(what)


def _explain(heading: Place) -> None:
    """What the page is for, where nothing is pinned yet."""
    if not _shared.may_edit():
        heading.heading("Nothing is pinned here yet")
        st.markdown("You opened the link for viewing: what others pin appears here.")
        return
    heading.heading("Put comparisons side by side")
    st.markdown(
        "Here you see what a change of the settings does to each head, and whether that is more than chance."
        "\n\n"
        "1. On Compare, Shape or Inside, press *Pin*: it keeps what the page shows.\n"
        "2. Change a setting there, such as the label noise, and press *Pin* again.\n"
        "3. Come back. Up to four pins stand next to each other. This page's address is a link to all of it."
    )
    st.markdown("Or open an example:")
    for title, session in EXAMPLES.items():
        # A link to the page that is shown would leave its address as it is.
        st.button(title, key=f"{STATE.prefix}{title}", on_click=_show, args=(session,))


def _show(session: Session) -> None:
    STATE.put(lambda _: session)
