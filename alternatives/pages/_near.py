"""Parts of a page that are drawn when the reader comes near, so that what is in view is drawn first.

A browser draws all charts that it is sent together in one go: those further down would hold up the first.
"""

import streamlit as st

from alternatives.pages._present import presenting

SCREENS = 1.0
"""How far below the view a part is drawn, in heights of the view: it stands when the reader is there."""
PLACE = "<span></span>"
STYLE = """
:host { display: block; position: relative; }
span { position: absolute; clip-path: inset(50%); white-space: nowrap; }
"""
# The root is what scrolls: a margin around the window would end where that one ends. Whoever jumps past the
# place has come near, too. Charts that are being drawn go first. A browser that has begun to print waits for
# no server. So the keys that print wait for the charts; from the browser's menu, the next print has them.
SCRIPT = """
const PATIENCE = { draw: 3000, print: 20000 }  // milliseconds
const stops = new WeakMap()
const find = (name) => document.querySelector(`[data-testid=${name}]`)
const isRunning = () => find("stApp").dataset.testScriptState !== "notRunning"
const isDrawn = () => !isRunning() && !find("stSkeleton")
    && [...document.querySelectorAll("[data-testid=stVegaLiteChart]")].every(
        (chart) => chart.querySelector("svg, canvas"))

function soon(isReady, isBusy, patience, act) {
    let until = performance.now() + patience, timer
    const look = () => {
        if (isBusy()) until = performance.now() + patience
        if (isReady() || performance.now() > until) act()
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
        if (!(event.ctrlKey || event.metaKey) || event.key !== "p") return
        event.preventDefault()
        tell()
        const isComplete = () => !place.textContent && isDrawn()
        soon(isComplete, () => false, PATIENCE.print, () => window.print())
    }
    stops.set(parentElement, stop)
    addEventListener("beforeprint", tell)
    addEventListener("keydown", print)
    if (!window.IntersectionObserver) tell()
    else {
        const root = parentElement.host.closest("[data-testid=stMain]")
        const rootMargin = `1000000px 0px ${data.margin} 0px`
        observer = new IntersectionObserver((entries) => {
            if (!entries.some((entry) => entry.isIntersecting)) return
            observer.disconnect()
            // A run that waits for results has nothing to draw here yet: another one would only disturb it.
            forget = soon(isDrawn, isRunning, PATIENCE.draw, tell)
        }, { root, rootMargin })
        observer.observe(parentElement.host)
    }
    return () => stops.get(parentElement)?.()
}
"""
_place = st.components.v2.component("near", html=PLACE, css=STYLE, js=SCRIPT)


def near(key: str, text: str, fresh: bool, at_once: bool = False) -> bool:
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
    """
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
