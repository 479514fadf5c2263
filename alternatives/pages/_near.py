"""Parts of a page that are drawn when the reader comes near, so that what is in view is drawn first.

A browser draws all charts that it is sent together in one go: those further down would hold up the first.
"""

import streamlit as st

from alternatives.pages._present import presenting
from alternatives.pages._print import IS_DRAWN

SCREENS = 1.0
"""How far below the view a part is drawn, in heights of the view: it stands when the reader is there."""
PLACE = "<span></span>"
STYLE = """
:host { display: block; position: relative; }
span { position: absolute; clip-path: inset(50%); white-space: nowrap; }
"""
# The root is what scrolls: a margin around the window would end where that one ends. Whoever jumps past the
# place has come near, too. Charts that are being drawn go first. The keys that print wait
# for them (see `_print`); from the browser's menu, the next print has them.
SCRIPT = (
    IS_DRAWN
    + """
const PATIENCE = 3000, PAUSE = 500  // milliseconds
const stops = new WeakMap()
// Who clicks, types or goes back may be on the way to another page: a run of this one would bring them back.
let touched = -PAUSE
for (const type of ["pointerdown", "keydown", "popstate"])
    addEventListener(type, () => (touched = performance.now()), true)

function soon(isReady, isBusy, act) {
    let until = performance.now() + PATIENCE, timer
    const look = () => {
        if (isBusy()) until = performance.now() + PATIENCE
        const now = performance.now()
        if (now - touched > PAUSE && (isReady() || now > until)) act()
        else timer = setTimeout(look, 20)
    }
    look()
    return () => clearTimeout(timer)
}

export default function ({ data, parentElement, setTriggerValue }) {
    // Streamlit calls this again when the data or the theme change, and cleans up in the end alone.
    stops.get(parentElement)?.()
    const place = parentElement.querySelector("span")
    place.textContent = data.near ? "" : data.text
    parentElement.host.toggleAttribute("data-not-yet", !data.near)  // who prints waits for it
    if (data.near) return
    let observer, forget
    const stop = () => {
        forget?.()
        observer?.disconnect()
        removeEventListener("beforeprint", tell)
        removeEventListener("keydown", print)
    }
    const tell = () => {
        stop()
        setTriggerValue("near", true)
    }
    const print = (event) => {
        if ((event.ctrlKey || event.metaKey) && event.key === "p") tell()
    }
    stops.set(parentElement, stop)
    addEventListener("beforeprint", tell)
    addEventListener("keydown", print)
    if (!window.IntersectionObserver) tell()
    else {
        const root = parentElement.host.closest("[data-testid=stMain]")
        const rootMargin = `1000000px 0px ${data.margin} 0px`
        let isNear = false
        observer = new IntersectionObserver((entries) => {
            isNear = entries[entries.length - 1].isIntersecting
            if (!isNear || forget) return
            // A run that waits for results has nothing to draw here yet: another one would only disturb it.
            // Before the charts above are drawn the place may be in view, and isn't afterwards.
            forget = soon(isDrawn, isRunning, () => {
                forget = null
                if (isNear) tell()
            })
        }, { root, rootMargin })
        observer.observe(parentElement.host)
    }
    return () => stops.get(parentElement)?.()
}
"""
)
_place = st.components.v2.component("near", html=PLACE, css=STYLE, js=SCRIPT)


BEEN_HERE = "near: has seen a page"
"""Key of whether the session has shown a page with such a place."""


def near(key: str, text: str, fresh: bool, at_once: bool = False, each_time: bool = False) -> bool:
    """Whether to draw what follows: from when the reader comes near this place, until the page is left.

    Called in every run: the place stays, so that nothing moves, and takes no room itself. Where the page is
    presented, nobody comes near; where no browser shows it, as in a test without one, nobody could say so.
    Then all is drawn at once.

    Parameters
    ----------
    key : str
        Key of the answer in the session's state.
    text : str
        What a screen reader says in the place of what isn't drawn yet.
    fresh : bool
        Whether somebody has just come to the page.
    at_once : bool, default=False
        Draw it wherever the reader is.
    each_time : bool, default=False
        Whether this is so whenever somebody comes to the page. Else it is for the first page of a visit,
        which a browser draws slowly: later ones are drawn at once, and no run of theirs gets in the way of
        somebody who goes back through several.
    """
    if fresh:
        at_once = at_once or (BEEN_HERE in st.session_state and not each_time)
        st.session_state[BEEN_HERE] = True
    if at_once or presenting() or not _is_in_browser():
        st.session_state[key] = True
    elif fresh:
        st.session_state[key] = False

    def come() -> None:
        # No control was changed: a link that the browser has by its buttons meanwhile is read.
        st.session_state[key] = True

    is_near: bool = st.session_state.setdefault(key, False)
    data = {"near": is_near, "text": text, "margin": f"{SCREENS:.0%}"}
    _place(key=f"{key} place", data=data, on_near_change=come)
    return is_near


def _is_in_browser() -> bool:
    """Whether a browser shows the page: only that one sends its address."""
    return st.context.url is not None
