"""The pages, and the links between them."""

from collections.abc import Callable, Mapping

import streamlit as st
from streamlit.navigation.page import StreamlitPage

PAGES: dict[str, StreamlitPage] = {}
"""Every page by its name in links."""


def show(pages: Mapping[str, Callable[[], None]]) -> None:
    """Show the page that is asked for; the first, where none is."""
    for index, (name, page) in enumerate(pages.items()):
        title = name.replace("_", " ").capitalize()
        PAGES[name] = st.Page(page, title=title, url_path=name, default=index == 0)
    st.navigation([PAGES[name] for name in pages], position="top").run()


def link(label: str, page: str, parameters: Mapping[str, str]) -> None:
    """A link to a page with the state that these parameters give."""
    st.page_link(PAGES[page], label=label, query_params=dict(parameters))
