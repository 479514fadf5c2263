"""What changes on a page is said to those who listen: a screen reader reads nothing that merely appears."""

import streamlit as st

STYLE = """
:host { position: relative; }
span { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
"""
# The first text is there when the page is: only what follows is news.
SCRIPT = """
export default function ({ data, parentElement }) {
    const place = parentElement.querySelector("span")
    if (place.textContent !== data) place.textContent = data
}
"""
_spoken = st.components.v2.component("spoken", html='<span role="status"></span>', css=STYLE, js=SCRIPT)


def say(key: str, text: str) -> None:
    """Have a screen reader say a text once it differs from the last one. It takes no room."""
    _spoken(data=text, key=key, width="content", height="content")
