"""What terms mean, next to where a page first uses them: behind a question mark, by pointer, tap or key."""

from dataclasses import dataclass, field

import streamlit as st

from alternatives.glossary import GLOSSARY, Term, terms_in

KEY = "what is explained"


@dataclass
class _Explained:
    """What a run of the page explains: the terms of each place, which are numbered from top to bottom.

    A heading stands at the top and may be written last, several times while results are on their way. So the
    order of the places decides, not that of time, and what stands below a heading doesn't rely on it. A text
    that is drawn again, in a part of the page that runs by itself, keeps its number. A run that another one
    replaces may still say something: its places aren't known to the new one.
    """

    terms: dict[int, set[str]] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)

    def new_place(self) -> int:
        number = max(self.terms, default=-1) + 1
        self.terms[number] = set()
        return number

    def place_of(self, text: str) -> int:
        if text not in self.numbers:
            self.numbers[text] = self.new_place()
        return self.numbers[text]

    def above(self, place: int) -> set[str]:
        fixed = set(self.numbers.values())
        relied_on = (number for number in range(place) if place not in fixed or number in fixed)
        return {name for number in relied_on for name in self.terms.get(number, ())}


def begin() -> None:
    """Forget what the last run explained."""
    st.session_state[KEY] = _Explained()


def next_place() -> int:
    """The number of a place on the page, below all others so far, whose text comes later."""
    return _explained().new_place()


def explained(text: str, place: int | None = None) -> str | None:
    """What terms mean that a text is the first to use, as Markdown for a tooltip; None where there are none.

    `place` is what `next_place` gave; without it the text stands below all so far.
    """
    known = _explained()
    place = known.place_of(text) if place is None else place
    shown = [term for term in terms_in(text) if term.name not in known.above(place)]
    known.terms[place] = {term.name for term in shown}
    return "\n\n".join(map(entry, shown)) or None


@st.fragment
def glossary() -> None:
    """Draw all terms where somebody unfolds them: on every page, forty paragraphs would take their time."""
    part = st.expander("Glossary", key="glossary", on_change="rerun")
    if part.open:
        part.markdown("\n\n".join(map(entry, GLOSSARY)))


def entry(term: Term) -> str:
    """A term with its meaning, as Markdown."""
    return f"**{term.name[0].upper()}{term.name[1:]}**: {term.meaning}"


def _explained() -> _Explained:
    known: _Explained = st.session_state.setdefault(KEY, _Explained())
    return known
