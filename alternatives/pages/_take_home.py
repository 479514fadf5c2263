"""A head as code for one's own network, folded below what a page shows of the heads."""

from collections.abc import Sequence

import streamlit as st

from alternatives.frameworks import FRAMEWORKS, factored_module, file_name, in_family, module
from alternatives.heads import Head
from alternatives.pages._shown import note, plain
from alternatives.wording import sentence

TITLE = "Take a head home"
CAPTION = "The head's probabilities and loss as a module of its own, which imports nothing but its framework."
FACTORED = "Output layer for very many classes"
HEIGHT = 480
"""In pixels, of the code: it scrolls inside."""
PREFIX = "take home"


@st.fragment
def take_home(heads: Sequence[Head]) -> None:
    """Offer the code of the chosen head for the chosen framework, once somebody unfolds this."""
    part = st.expander(TITLE, key=PREFIX, on_change="rerun")
    if part.open:
        with part:
            _code(heads)


def _code(heads: Sequence[Head]) -> None:
    note(CAPTION)
    by_name = {str(head): head for head in heads}
    key = f"{PREFIX} head"
    if st.session_state.get(key) not in by_name:
        st.session_state[key] = next(iter(by_name))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        head = by_name[st.selectbox("Head", list(by_name), key=key, width=320)]
        titles = {name: framework.title for name, framework in FRAMEWORKS.items()}
        name = st.segmented_control(
            "Framework",
            list(FRAMEWORKS),
            default=next(iter(FRAMEWORKS)),
            format_func=titles.__getitem__,
            key=f"{PREFIX} framework",
            required=True,
        )
    framework = FRAMEWORKS[name]
    factored = False
    if framework.has_factored_layer and in_family(head):
        factored = st.toggle(
            FACTORED,
            key=f"{PREFIX} factored",
            help="It is trained exactly as the usual layer with this loss, at a cost that doesn't grow with "
            "the number of classes.",
        )
    try:
        source = factored_module(head) if factored else module(head, framework)
    except ValueError as error:  # a head of one's own that says nothing that could be translated
        st.markdown(plain(f"{sentence(str(error))}."))
        return
    st.code(source, language=None, height=HEIGHT)  # colours that all can read, and no script for them
    ending = "_factored" if factored else ""
    st.download_button(
        "Download",
        source,
        f"{file_name(head)}_{name}{ending}.py",
        "text/x-python",
        key=f"{PREFIX} file",
        on_click="ignore",
    )
