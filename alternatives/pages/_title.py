"""What pages and what they show are called: in the browser's tab, and where somebody posts a link."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from alternatives.claims.mechanism.view import View
from alternatives.experiments.classes import ClassCounts
from alternatives.large_output.measuring import LargeOutput
from alternatives.paper import PaperView
from alternatives.sessions import Session, naming
from alternatives.sessions.pin import LONGEST_NAME
from alternatives.state import Linked
from alternatives.stories import Position
from alternatives.sweeps import SweepView
from alternatives.wording import brief, listed, sentence

PRODUCT = "Softmax alternatives"
SESSION = "side_by_side"
ABOUT = {
    "compare": "Compare output layers (heads) trained on the same data.",
    SESSION: "What is pinned on Compare, Shape and Inside, next to each other.",
    "number_of_classes": "How the heads' differences change with the number of classes.",
    "shape": "What each head makes of the same few logits.",
    "stories": "Short stories about softmax: guess first, then see.",
    "claims": "Common claims about softmax, tested.",
    "the_paper": "The paper's numbers with ours beside them, with intervals.",
    "inside": "Softmax and its alternatives inside the network.",
    "large_output": "Output layers for very many classes.",
    "sweeps": "Many comparisons at once: which head ranks best over data sets and settings.",
}
"""What each page shows, by its name in addresses."""
LONGEST_DESCRIPTION = 200
"""Characters that previews of links have room for."""


def title(*parts: str) -> None:
    """Set the title of the browser's tab. What is special comes first, since tabs are narrow."""
    st.set_page_config(page_title=joined(*parts))


def joined(*parts: str) -> str:
    """A title of parts, the product's name last."""
    return " · ".join([*filter(None, parts), PRODUCT])


def label(page: str) -> str:
    """A page's name in the menu."""
    return sentence(page.replace("_", " "))


def name(value: Any) -> str:
    """What is special about what a page shows, for its title; "" where nothing is."""
    if isinstance(value, Session):
        return names(value.names)
    if isinstance(value, View) and value.opened is not None:
        return brief(value.opened.statement.rstrip("."), LONGEST_NAME)
    if isinstance(value, Position):
        return brief(value.opened.title, LONGEST_NAME) if value.opened else ""
    if isinstance(value, ClassCounts):
        return _named(value, str(value.source), "source")
    if isinstance(value, LargeOutput):
        return _named(value, f"{value.head}, up to {max(value.classes):,} classes", "head", "classes")
    if isinstance(value, SweepView):
        return _named(value, sentence(value.sweep.replace("-", " ")), "sweep")
    return _named(value, "") if isinstance(value, View | PaperView) else naming.name_of(value)


def names(pins: Sequence[str]) -> str:
    """The names of pins, as a name for all."""
    return brief(listed(pins, none=""), LONGEST_NAME)


def description(page: str, value: Any) -> str:
    """What a page shows, in a sentence or two."""
    details = ""
    if isinstance(value, View) and value.opened is not None:
        details = value.opened.statement
    elif isinstance(value, Position):
        details = value.opened.question if value.opened else ""
    elif isinstance(value, Linked):
        details = "; ".join(_phrases(value))
    return brief(" ".join(filter(None, [ABOUT[page], sentence(details)])), LONGEST_DESCRIPTION)


def _named(value: Any, subject: str, *said: str) -> str:
    """What the value is about, which says some of its fields, and the others that are special."""
    return brief(", ".join(filter(None, [subject, *_phrases(value, *said)])), LONGEST_NAME)


def _phrases(value: Any, *said: str) -> list[str]:
    return [naming.phrase(value, field) for field in naming.special_fields(value) if field not in said]
