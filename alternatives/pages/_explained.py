"""What terms mean, next to where a page first uses them: behind a question mark, by pointer, tap or key.

A heading that says a finding explains all of its terms, since it is read first. Of what stands below it, each
text explains the terms that no earlier one has.
"""

import streamlit as st

from alternatives.glossary import GLOSSARY, Term, terms_in

KEY = "explained by"
"""Key of the text that explains each term on the page, so that a part that runs by itself keeps its own."""


def begin() -> None:
    """Forget what the last run explained."""
    st.session_state[KEY] = {}


def explained(text: str, all_of_them: bool = False) -> str | None:
    """What the terms of a text mean, as Markdown for a tooltip; None where nothing is to be explained.

    Parameters
    ----------
    text : str
        The text that stands on the page.
    all_of_them : bool, default=False
        Also explain terms that another text on the page explains.
    """
    explaining = st.session_state.setdefault(KEY, {})
    shown = [term for term in terms_in(text) if explaining.setdefault(term.name, text) == text or all_of_them]
    return "\n\n".join(map(_entry, shown)) or None


def glossary() -> None:
    """Draw all terms, folded."""
    with st.expander("Glossary"):
        st.markdown("\n\n".join(map(_entry, GLOSSARY)))


def _entry(term: Term) -> str:
    return f"**{term.name[0].upper()}{term.name[1:]}**: {term.meaning}"
