"""How pages fit a telephone: the chart stays in view while somebody changes its settings.

Streamlit's sidebar would cover the page. Here it is a sheet at the bottom, and what opens it is a bar below
the page, which covers nothing. A telephone on its side has the same bar. Where there is no pointer to hover
with, a tap on a mark shows its numbers until the next one.
"""

import streamlit as st

from alternatives.pages._title import PRODUCT

NARROW = "(max-width: 40rem)"
LOW = "(max-height: 30rem) and (pointer: coarse)"
"""Media queries: a telephone, and one on its side."""
BAR = (
    """
@media screen and NARROW, screen and LOW {
    [data-testid=stExpandSidebarButton] {
        position: fixed; inset: auto 0 0 0; z-index: 10; width: 100%; min-height: 2.75rem; border-radius: 0;
        background: light-dark(#f3f4f6, #1c212b) !important; color: light-dark(#1d4ed8, #93c5fd) !important;
        border-top: 1px solid rgb(128 128 128 / 0.4);
    }
    [data-testid=stExpandSidebarButton] > * { display: none; }
    [data-testid=stExpandSidebarButton]::after {
        content: "Settings and pages"; font-size: 1rem; font-weight: 600;
    }
    .stApp:has([data-testid=stExpandSidebarButton]):not(:has(.st-key-present-bar)) [data-testid=stMain] {
        height: auto; inset: 0 0 2.75rem 0;
    }
}
@media screen and NARROW {
    /* How far the computing is stays in view, in one line, while the charts below it are looked at. */
    .stApp[data-test-script-state=running] [data-testid=stLayoutWrapper]:has(> .st-key-computing) {
        position: sticky; top: 3.75rem; z-index: 3; padding: 0.25rem 0;
        background: light-dark(#ffffff, #0e1117);
        p { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
    }
    /* The menu of the pages is in the sheet: the bar above has room for a name. */
    [data-testid=stToolbar]::before {
        content: "PRODUCT"; position: absolute; left: 1rem; white-space: nowrap; font-weight: 600;
    }
}
""".replace("NARROW", NARROW)
    .replace("LOW", LOW)
    .replace("PRODUCT", PRODUCT)
)
COMPUTING = "computing"
"""Key of a container whose text stays in view on a telephone as long as the page computes."""

SHEET = (
    BAR
    + """
.st-key-sheet { position: absolute; }
@media screen and (max-width: 40rem) {
    [data-testid=stSidebar][data-testid=stSidebar] {
        position: fixed !important; inset: auto 0 0 0 !important; height: 45dvh !important;
        width: 100% !important; min-width: 0 !important; max-width: none !important;
        border-top: 1px solid rgb(128 128 128 / 0.4); border-radius: 0.75rem 0.75rem 0 0;
        box-shadow: 0 -0.25rem 1rem rgb(0 0 0 / 0.15); transform: none; transition: none;
    }
    [data-testid=stSidebar][data-collapsed=true] { display: none; }
    [data-testid=stSidebarResizeHandle] { display: none; }
    [data-testid=stSidebarContent] { padding: 0 1rem; scrollbar-gutter: auto; }

    /* Its head: the pages, in as few lines as there is room for, and the button that closes it. */
    [data-testid=stSidebarHeader] {
        position: sticky; top: 0; z-index: 2; height: 3rem; margin: 0; padding: 0;
        background: inherit; justify-content: flex-end;
    }
    [data-testid=stSidebarNav] { position: static; }
    [data-testid=stSidebarNavItems] {
        display: flex; flex-wrap: wrap; gap: 0; padding: 0; max-height: none; overflow: visible;
    }
    [data-testid=stSidebarNavItems] [data-testid=stSidebarNavLink] {
        margin: 0; padding: 0.25rem 0.5rem; min-height: 2.25rem;
    }
    [data-testid=stSidebarUserContent] { padding-top: 0; padding-bottom: 1rem; }
    [data-testid=stSidebarContent] { background: inherit; }

    /* What the page is and its link come after its settings. */
    .st-key-sheet ~ :is(:nth-child(2), :nth-child(3)) { order: 1; }

    [data-testid=stSidebarCollapseButton] { display: block !important; visibility: visible; }
    [data-testid=stSidebarCollapseButton] button {
        width: auto; min-height: 2.75rem; padding: 0 1rem !important;
    }
    [data-testid=stSidebarCollapseButton] button > * { display: none; }
    [data-testid=stSidebarCollapseButton] button::after { content: "Close"; font-size: 1rem; }

    /* The end of the page can be scrolled to above the sheet. */
    .stApp:has([data-testid=stSidebar][data-collapsed=false]) .stMainBlockContainer { padding-bottom: 50dvh; }
    .stMainBlockContainer .stElementContainer { scroll-margin-top: 6rem; }

    /* Smaller letters make telephones zoom in to where one types. */
    .stApp :is(input, textarea, select) { font-size: 1rem !important; }
}
"""
)
# Vega shows a mark's numbers as long as a pointer moves on it, which a finger that taps doesn't: the pointer
# is moved there for it. A mark may be smaller than a finger.
TAPS = """
const RINGS = [0, 6, 12], ROUND = 8  // pixels around the tap, and places on each ring

function followTaps() {
    let isTouch = false
    const hide = () => document.querySelector(".vg-tooltip.visible")?.classList.remove("visible")
    const tapped = ({ target, clientX, clientY }) => {
        if (!isTouch || !target.closest?.(".stVegaLiteChart")) return
        for (const ring of RINGS)
            for (let k = 0; k < (ring ? ROUND : 1); k++) {
                const angle = 2 * Math.PI * k / ROUND
                const x = clientX + ring * Math.cos(angle), y = clientY + ring * Math.sin(angle)
                const mark = document.elementFromPoint(x, y)
                if (!mark?.closest(".stVegaLiteChart")) continue
                const moved = { bubbles: true, clientX: x, clientY: y }
                mark.dispatchEvent(new PointerEvent("pointermove", moved))
                if (document.querySelector(".vg-tooltip.visible")) return
            }
    }
    const click = (event) => setTimeout(() => tapped(event))  // after Vega's own answers to it
    const down = (event) => {
        isTouch = event.pointerType === "touch"
        if (isTouch) hide()
    }
    const scroll = () => isTouch && hide()
    document.addEventListener("pointerdown", down, true)
    document.addEventListener("click", click, true)
    document.addEventListener("scroll", scroll, true)
    return () => {
        document.removeEventListener("pointerdown", down, true)
        document.removeEventListener("click", click, true)
        document.removeEventListener("scroll", scroll, true)
    }
}
"""
# The buttons' names are what they say. Who opens the sheet sees its beginning, and the chart that is next,
# from its heading on. Who has chosen a page wants to see it.
SCRIPT = (
    TAPS
    + """
const OPENER = "[data-testid=stExpandSidebarButton]"
const CLOSER = "[data-testid=stSidebarCollapseButton] button"

export default function () {
    const narrow = matchMedia("NARROW"), bar = matchMedia("NARROW, LOW")
    const sidebar = document.querySelector("[data-testid=stSidebar]")
    function name() {
        const opener = bar.matches ? "Settings and pages" : "Expand sidebar"
        document.querySelector(OPENER)?.setAttribute("aria-label", opener)
        const closer = narrow.matches ? "Close" : "Collapse sidebar"
        document.querySelector(CLOSER)?.setAttribute("aria-label", closer)
    }
    function choose(event) {
        const isPage = event.target.closest?.("[data-testid=stSidebarNavLink]")
        if (!narrow.matches || !isPage) return
        document.querySelector("[data-testid=stMain]").scrollTo(0, 0)
        setTimeout(() => document.querySelector(CLOSER)?.click())
    }
    function show() {
        name()
        if (!narrow.matches || sidebar.dataset.collapsed === "true") return
        sidebar.querySelector("[data-testid=stSidebarContent]").scrollTop = 0
        const main = document.querySelector("[data-testid=stMain]"), room = innerHeight - sidebar.offsetHeight
        const charts = [...main.querySelectorAll(".stVegaLiteChart")]
        const next = charts.find((chart) => chart.getBoundingClientRect().bottom > 0)
        if (next && next.getBoundingClientRect().bottom > room)
            next.closest(".stElementContainer").scrollIntoView({ block: "start" })
    }
    const observer = new MutationObserver(show)
    observer.observe(sidebar, { attributes: true, attributeFilter: ["data-collapsed"] })
    const buttons = new MutationObserver(name)
    buttons.observe(document.querySelector("[data-testid=stHeader]"), { childList: true, subtree: true })
    for (const each of [narrow, bar]) each.addEventListener("change", name)
    sidebar.addEventListener("click", choose)
    const ignoreTaps = followTaps()
    name()
    return () => {
        observer.disconnect()
        buttons.disconnect()
        for (const each of [narrow, bar]) each.removeEventListener("change", name)
        sidebar.removeEventListener("click", choose)
        ignoreTaps()
    }
}
""".replace("NARROW", NARROW).replace("LOW", LOW)
)
_sheet = st.components.v2.component("sheet", html="<span hidden></span>", js=SCRIPT)


def sheet() -> None:
    """Have the sidebar, in which this is called, be a sheet on a telephone."""
    _sheet(key="sheet", width="content", height="content")
