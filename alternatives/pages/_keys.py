"""Keys that a page answers to: the arrows, for example, as a presenter's remote control sends them."""

from collections.abc import Callable, Mapping

import streamlit as st

IN_FOCUS = """
const TYPED = "input, textarea, select, [contenteditable], [role=slider], [role=listbox], [role=combobox]"
const PRESSED = "button, a, summary, [role=button], [role=tab]"
"""
"""For scripts: what keeps all keys for itself while it has the focus, and what keeps the space."""
# A key that whatever has the focus answers itself, such as an arrow on a slider or the space on a button,
# stays with it. Alt and an arrow are the browser's way back. Who holds a key down means one step.
SCRIPT = (
    IN_FOCUS
    + """
const stops = new WeakMap()

export default function ({ data, parentElement, setTriggerValue }) {
    // Streamlit calls this again when the data or the theme change, and cleans up in the end alone.
    stops.get(parentElement)?.()
    const press = (event) => {
        const [target] = event.composedPath()
        const isTheirs = (selector) => target instanceof Element && target.closest(selector)
        if (!data.includes(event.key) || event.repeat || event.defaultPrevented) return
        if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || isTheirs(TYPED)) return
        if (event.key === " " && isTheirs(PRESSED)) return
        event.preventDefault()
        setTriggerValue("pressed", event.key)
    }
    addEventListener("keydown", press)
    stops.set(parentElement, () => removeEventListener("keydown", press))
    return () => stops.get(parentElement)?.()
}
"""
)
_keys = st.components.v2.component("keys", html="<span hidden></span>", js=SCRIPT)


def keys(key: str, actions: Mapping[str, Callable[[], None]]) -> None:
    """Have the page answer to keys, by the names that browsers give them: "ArrowRight", " ", "Escape".

    The action of a key runs before the page does, as that of a button. Somebody who is typing, or who moves a
    slider with the arrows, keeps their keys.
    """

    def act() -> None:
        pressed = st.session_state[key].get("pressed")
        if pressed in actions:
            actions[pressed]()

    _keys(data=list(actions), key=key, on_pressed_change=act, width="content", height="content")
