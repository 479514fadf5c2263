"""The pages, their addresses, and the links between them.

Each page has an address of its own, and the first is at the root, too. An address that no page has gets a
page that says so. Whoever comes back to a page finds it as it was left, and its address with it.
"""

import functools
from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import urlencode

import streamlit as st
from streamlit.navigation.page import StreamlitPage
from streamlit.runtime.scriptrunner import get_script_run_ctx

from alternatives.pages._link import Addressed, from_menu
from alternatives.pages._shown import plain
from alternatives.state import link_too_long
from alternatives.wording import sentence

PAGES: dict[str, StreamlitPage] = {}
"""Every page by its name in links."""
AT_ROOT = "at root"
"""Key of whether the session shows the first page at the root."""
UNKNOWN = "unknown addresses"
"""Key of the addresses that a session asked for and no page has."""
MOST_UNKNOWN = 20


class Shown(Protocol):
    """A module of a page."""

    @property
    def STATE(self) -> Addressed[Any]:  # noqa: N802 - modules have it as a constant
        """What the page shows."""

    def page(self) -> None:
        """Draw it."""


class _AsLeft(StreamlitPage):
    """A page whose address has parameters.

    Streamlit enters a page's address in the browser's history before the page runs. Parameters that the page
    added itself would be a second entry, under the address of the page before.
    """

    query = ""

    @property
    def url_path(self) -> str:
        return super().url_path + self.query


def show(pages: Mapping[str, Shown]) -> None:
    """Show the page that is asked for; the first, where none is."""
    state = st.session_state
    for name, module in pages.items():
        PAGES[name] = _page(name, module)
    at_root, queries = state.get(AT_ROOT, True), _as_left(pages)
    found = st.navigation(_all(pages, at_root, queries), position="top")
    # The menu marks the page that is shown, so of the two addresses of the first page it has that one.
    state[AT_ROOT] = found.url_path == ""
    # A browser that goes back looks for a page by its address without parameters: no page may keep them.
    if state[AT_ROOT] != at_root or queries:
        found = st.navigation(_all(pages, state[AT_ROOT], {}), position="top")
    _reconnect()
    # A link that isn't read costs no more than its sentence: strangers send them by the dozen.
    if too_long := link_too_long({name: st.query_params.get_all(name) for name in st.query_params}):
        st.header("This link can't be read", anchor=False)
        st.markdown(plain(f"{sentence(too_long)}."))
        for each in pages:
            link(PAGES[each].title, each, {})
        return
    found.run()


@st.fragment(run_every=24 * 3600)
def _reconnect() -> None:
    """Have a browser that reconnects to a restarted server run the page at once.

    A browser does that only where something on the page runs by itself. Otherwise the first run of the new
    session would be the next click's, and take it for the state that the page has had from the start.
    """


def link(label: str, page: str, parameters: Mapping[str, str | Sequence[str]]) -> None:
    """A link to a page with the state that these parameters give."""
    st.page_link(PAGES[page], label=label, query_params=dict(parameters))


def _page(name: str, module: Shown, kind: type[StreamlitPage] = StreamlitPage, **more: Any) -> StreamlitPage:
    title = name.replace("_", " ").capitalize()
    return kind(module.page, title=title, **{"url_path": name} | more)


def _all(pages: Mapping[str, Shown], at_root: bool, queries: Mapping[str, str]) -> list[StreamlitPage]:
    """All pages, in the menu or not; those that have a query with it in their address."""
    first, *_ = pages
    visibility = {True: "visible", False: "hidden"}
    root = _page(first, pages[first], url_path="", default=True, visibility=visibility[at_root])
    every = [root]
    for name, module in pages.items():
        shown = visibility[name != first or not at_root]
        page = _page(name, module, _AsLeft if name in queries else StreamlitPage, visibility=shown)
        if isinstance(page, _AsLeft):
            page.query = queries[name]
        every.append(page)
    return [*every, *_unknown(pages)]


def _as_left(pages: Mapping[str, Shown]) -> dict[str, str]:
    """The parameters of pages that somebody who chooses them in the menu finds as they were left."""
    if not from_menu():
        return {}
    left = {name: module.STATE.left() for name, module in pages.items()}
    return {name: f"?{urlencode(parameters, doseq=True)}" for name, parameters in left.items() if parameters}


def _unknown(pages: Mapping[str, Shown]) -> list[StreamlitPage]:
    """A page for each address that was asked for and that no page has. They stay, for the way back."""
    context, state = get_script_run_ctx(), st.session_state
    asked = (context and context.pages_manager.intended_page_name) or ""
    names = state.setdefault(UNKNOWN, [])
    if asked.strip() and "/" not in asked and asked not in [*pages, *names]:
        state[UNKNOWN] = names = [*names, asked][-MOST_UNKNOWN:]
    hidden: dict[str, Any] = {"title": "No such page", "visibility": "hidden"}
    return [
        StreamlitPage(functools.partial(_no_page, pages, name), url_path=name, **hidden) for name in names
    ]


def _no_page(pages: Mapping[str, Shown], name: str) -> None:
    st.header(f"There is no page at /{plain(name)}", anchor=False)
    for each in pages:
        link(PAGES[each].title, each, {})
