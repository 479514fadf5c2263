"""Keyboards: a popover stands at the end of the page, where Tab doesn't lead. So it gets the focus."""

from typing import Literal

import streamlit as st

# Only after a key: on a telephone the focus would open the keyboard of the screen. What is in the popover may
# still be loading.
SCRIPT = """
export default function ({ data, parentElement }) {
    const host = parentElement.host ?? parentElement
    const popover = host.closest("[data-testid=stPopoverBody]")
    if (!popover || popover.dataset.focused || !document.activeElement?.matches(":focus-visible")) return
    popover.dataset.focused = "yes"
    const before = document.activeElement, until = performance.now() + 3000
    let frame
    function enter() {
        const first = popover.querySelector(data)
        if (first && document.activeElement === before) first.focus()
        else if (!first && performance.now() < until) frame = requestAnimationFrame(enter)
    }
    enter()
    return () => cancelAnimationFrame(frame)
}
"""
_take_focus = st.components.v2.component("take_focus", html="<span hidden></span>", js=SCRIPT)


def take_focus(key: str, first: Literal["input", "button"]) -> None:
    """Move the focus of who opened this popover with a key to its first control. Draw it last in there."""
    _take_focus(data=first, key=key, width="content", height="content")
