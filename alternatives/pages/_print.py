"""How a page looks on paper: what was found and its charts, on white, with the link that shows them again.

Streamlit prints what is on the screen. Here go what nobody can use on paper, and the dark theme; charts and
the rows of tables aren't cut by the end of a page.
"""

import re
from datetime import datetime, timedelta, timezone

import streamlit as st

from alternatives.pages._title import PRODUCT
from alternatives.pages._widgets import WIDGETS

INK, GREY, LINE = "#14171b", "#4b5563", "#d1d5db"

SHEET = f"""
@page {{
    margin: 14mm 12mm;
    @bottom-right {{ content: counter(page) " / " counter(pages); font: 8pt sans-serif; color: {GREY}; }}
}}
@media print {{
    [data-testid=stSidebar], [data-testid=stHeader], [data-testid=stElementToolbar],
    [data-testid=stHeaderActionElements], [data-testid=stSkeletonElement], [data-testid=stStatusWidget],
    [data-testid=stBottom], [data-away], /* of a presentation the slide that is shown: others aren't drawn */
    [data-testid=stTooltipHoverTarget]:has(> button[aria-label=Help]),
    [class*=st-key-what-is-a-head], {WIDGETS} {{ display: none !important; }} /* the first moves */
    .stMainBlockContainer {{ padding: 0 !important; }}
    html {{ font-size: 13px; }}

    /* White, whatever the theme. Charts have their lines from the theme, and their marks from the heads. */
    html, body, .stApp, .stMain, .stAppViewContainer {{ background: #ffffff !important; }}
    .stMain :is(h1, h2, h3, h4, p, li, th, td, span, code, summary):not(svg *) {{ color: {INK} !important; }}
    .stMain .stMarkdownColoredText.stMarkdownColoredText {{ color: {GREY} !important; }}
    .stMain, .stVegaLiteChart {{ color: {INK} !important; }}
    .stVegaLiteChart svg text {{ fill: {INK} !important; }}
    .stVegaLiteChart svg .role-axis-grid line {{ stroke: #e5e7eb !important; }}
    .stVegaLiteChart svg :is(.role-axis-domain, .role-axis-tick) line {{ stroke: {LINE} !important; }}
    .stMain a {{ color: #1d4ed8 !important; }}
    .stTable :is(th, td) {{ border-color: {LINE} !important; }}
    .stMain pre {{ background: none !important; }}

    /* A browser prints the charts that it has drawn, however wide its window was. */
    .stVegaLiteChart svg {{ max-width: 100% !important; height: auto; overflow: visible; }}
    .stVegaLiteChart, [data-testid=stFullScreenFrame], .stPrintGraphic {{ height: auto !important; }}

    .stMain :is(h1, h2, h3) {{ break-after: avoid; }}
    .stElementContainer:has(:is(h2, h3)) {{ break-after: avoid; break-inside: avoid; }}
    :is(.stPrintGraphic, .stImage, tr, .stGridCell, .katex-display) {{ break-inside: avoid; }}
    .stPrintGraphic:has(+ [data-testid=stLayoutWrapper] .stGrid) {{ break-after: avoid; }} /* a key */
    .stColumn:has(.stVegaLiteChart) {{ break-inside: avoid; }}
    .stHorizontalBlock:has(> .stColumn) {{ display: flex !important; }}
    .stColumn {{ min-width: 0 !important; }}
    /* The rows of a grid as lines of text, of which any may be the last on a page. */
    .stGrid {{ display: block !important; orphans: 1; widows: 1; }}
    .stGridCell {{ display: inline-block; vertical-align: top; width: 49%; padding-right: 0.5rem; }}

    .stMainBlockContainer::before {{
        display: block; white-space: pre-wrap; overflow-wrap: anywhere;
        margin-bottom: 1rem; padding-bottom: 0.5rem; border-bottom: 1px solid {LINE};
        color: {GREY}; font-size: 0.75rem;
    }}
}}
"""

IS_DRAWN = """
const find = (name) => document.querySelector(`[data-testid=${name}]`)
const isRunning = () => find("stApp").dataset.testScriptState !== "notRunning"
const isDrawn = () => !isRunning() && !find("stSkeleton")
    && [...document.querySelectorAll("[data-testid=stVegaLiteChart]")].every(
        (chart) => chart.querySelector("svg, canvas"))
"""
"""For scripts: whether everything that the page has been sent is drawn."""
# A browser that has begun to print waits for no server, and prints the charts that it has. So the keys that
# print wait: for a run that they cause, too, which doesn't begin at once.
SCRIPT = (
    IS_DRAWN
    + """
const PATIENCE = 20000, UNCHANGED = 300, BETWEEN_LOOKS = 20  // milliseconds
const stops = new WeakMap()
const MISSING = "[data-testid=stSkeletonElement], [data-not-yet]"
let isAsked = false

export default function ({ parentElement }) {
    // Streamlit calls this again, and may clean up, during the run that is waited for: who asked waits on.
    stops.get(parentElement)?.()
    const print = (event) => {
        if (!(event.ctrlKey || event.metaKey) || event.key !== "p" || event.repeat) return
        event.preventDefault()
        if (isAsked) return
        isAsked = true
        const until = performance.now() + PATIENCE
        let since = performance.now()
        const look = () => {
            const now = performance.now()
            if (!isDrawn() || document.querySelector(MISSING)) since = now
            if (now - since <= UNCHANGED && now <= until) {
                setTimeout(look, BETWEEN_LOOKS)
                return
            }
            isAsked = false
            window.print()
        }
        look()
    }
    addEventListener("keydown", print)
    stops.set(parentElement, () => removeEventListener("keydown", print))
    return () => stops.get(parentElement)?.()
}
"""
)
_keys = st.components.v2.component("print", html="<span hidden></span>", js=SCRIPT)


def keys_wait() -> None:
    """Have the keys that print wait until the page is drawn."""
    _keys(key="print", width="content", height="content")


def head(page: str, link: str) -> None:
    """Say above the page, on paper alone, where it is from and of which day."""
    text = f"{PRODUCT}: {page}. {today()}\n{link}"
    st.html(f"<style>@media print {{ .stMainBlockContainer::before {{ content: {_quoted(text)} }} }}</style>")


def today() -> str:
    """The day where the reader is: "30 November 2026"."""
    west = timedelta(minutes=st.context.timezone_offset or 0)  # as browsers count
    return f"{datetime.now(timezone(-west)):%-d %B %Y}"


def _quoted(text: str) -> str:
    """A text as a string of a style sheet: letters, digits and blanks as they are, all else by its number."""
    escaped = re.sub(r"[^a-zA-Z0-9 ]", lambda found: rf"\{ord(found[0]):x} ", text)
    return f'"{escaped}"'
