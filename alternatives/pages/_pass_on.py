"""The top of a page's sidebar: what the page shows, and its link, to copy or as a QR code for a room."""

from collections.abc import Callable
from html import escape
from typing import Any
from urllib.parse import urlsplit

import streamlit as st

from alternatives.pages import _print, _qr
from alternatives.pages._address import address
from alternatives.pages._link import Addressed
from alternatives.pages._present import enter, is_code_asked
from alternatives.pages._shown import plain, quiet
from alternatives.pages._title import ABOUT, PRODUCT, label, name, title

BUTTON = """
<button type="button">Copy link</button><input readonly hidden aria-label="Link"><span role="status"></span>
"""
STYLE = """
:host { display: block; }
button {
    font: inherit; font-size: 0.875rem; white-space: nowrap; cursor: pointer;
    min-height: 2.5rem; padding: 0.25rem 0.75rem; color: inherit; background: var(--st-background-color);
    border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius);
}
button:hover { color: var(--st-primary-color); border-color: var(--st-primary-color); }
button:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
input { font: inherit; box-sizing: border-box; width: 100%; margin-top: 0.25rem; }
[role=status] { position: absolute; clip-path: inset(50%); }
"""
# Browsers allow the clipboard on https and on localhost alone. Elsewhere the older way copies what is
# selected, and where that fails too, the selected link stays in view.
SCRIPT = """
export default function ({ data, parentElement }) {
    const find = (selector) => parentElement.querySelector(selector)
    const button = find("button"), link = find("input"), status = find("[role=status]")
    let timer
    link.value = data

    function copySelected() {
        link.hidden = false
        link.select()
        link.hidden = document.execCommand("copy")
        if (link.hidden) button.focus()
        return link.hidden
    }
    async function copy() {
        try {
            await navigator.clipboard.writeText(data)
            return true
        } catch {
            return copySelected()
        }
    }
    function say(label, announcement) {
        button.textContent = label
        status.textContent = announcement
    }
    button.onclick = async () => {
        clearTimeout(timer)
        if (await copy()) say("Copied", "The link is copied.")
        else say("Copy link", "The link is selected. Copy it with your keyboard.")
        timer = setTimeout(say, 2000, "Copy link", "")
    }
    return () => clearTimeout(timer)
}
"""
OWN_COMPUTER = ("localhost", "127.0.0.1", "::1")
FOR_A_ROOM = "Show the finding and the charts in large letters and without controls; the arrow keys go on"
_copy_button = st.components.v2.component("copy_link", html=BUTTON, css=STYLE, js=SCRIPT)


def top_of_sidebar(page: str, state: Addressed[Any], needs: str = "") -> None:
    """Title the browser's tab, and say what the page shows; below, the link of what it shows now.

    `needs` says what who opens the link needs besides: it stands with the QR code.
    """
    title(name(state.value), label(page))
    st.markdown(f"### {PRODUCT}\n{quiet(ABOUT[page])}")
    link = state.to_pass_on(state.value)
    whole = address(page, link) if link or state.value == type(state.value)() else ""
    _print.head(label(page), whole)
    with st.container(horizontal=True, gap="xsmall"):
        if whole:
            pass_on(whole, f"{state.prefix}link", state.touch, needs)
        st.button(
            "Present",
            key=f"{state.prefix}present",
            on_click=_present,
            args=(state.touch,),
            help=FOR_A_ROOM,
        )
        _print.keys_wait()
    if not whole:
        st.markdown(quiet("This is too long for a link. Pass it on as a file."))
    if is_code_asked() and whole:
        show_qr_code(whole, needs)


def _present(touch: Callable[[], None]) -> None:
    touch()
    enter()


def pass_on(link: str, key: str, touch: Callable[[], None], needs: str = "") -> None:
    """Draw a button that copies a link, and one that shows it as a QR code, in a row."""
    copy_link(link, f"{key} copied")
    asked = st.button(
        "QR code",
        key=f"{key} as QR code",
        on_click=touch,
        help="Show this link to a room",
    )
    if asked:
        show_qr_code(link, needs)


def copy_link(link: str, key: str) -> None:
    """Draw a button that copies a link."""
    _copy_button(data=link, key=key, width="content")


@st.dialog("The link as a QR code", width="large")
def show_qr_code(link: str, needs: str = "") -> None:
    """Show a link as a QR code over the page, with the link below it; above, what it needs besides."""
    if needs:
        st.markdown(plain(needs))
    if problem := _qr.problem(link):
        st.markdown(plain(problem))
    else:
        size = "display: block; width: min(100%, 65vh); margin: auto"
        st.html(f'<img alt="QR code of the link" style="{size}" src="{escape(_qr.picture(link))}">')
    st.markdown(plain(link))
    if urlsplit(link).hostname in OWN_COMPUTER:
        st.markdown(plain("This address works on this computer alone: nobody else can open it."))
