"""How pages fit a telephone: the chart stays in view while somebody changes its settings.

Streamlit's sidebar would cover the page. Here it is a sheet at the bottom, which a button opens that says so.
"""

import streamlit as st

SHEET = """
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
    :is([data-testid=stExpandSidebarButton], [data-testid=stSidebarCollapseButton] button) {
        width: auto; min-height: 2.75rem; padding: 0 1rem !important;
    }
    [data-testid=stExpandSidebarButton] > * { display: none; }
    [data-testid=stSidebarCollapseButton] button > * { display: none; }
    [data-testid=stExpandSidebarButton] {
        position: fixed; right: 1rem; bottom: 1rem; z-index: 10; border-radius: 1.5rem;
        background: light-dark(#1d4ed8, #93c5fd) !important; color: light-dark(#ffffff, #0e1117) !important;
        box-shadow: 0 0.125rem 0.5rem rgb(0 0 0 / 0.3);
    }
    [data-testid=stExpandSidebarButton]::after {
        content: "Settings and pages"; font-size: 1rem; font-weight: 600;
    }
    [data-testid=stSidebarCollapseButton] button::after { content: "Close"; font-size: 1rem; }

    /* The end of the page can be scrolled to above both. */
    .stMainBlockContainer { padding-bottom: 5rem; }
    .stApp:has([data-testid=stSidebar][data-collapsed=false]) .stMainBlockContainer { padding-bottom: 50dvh; }
    .stMainBlockContainer .stElementContainer { scroll-margin-top: 4rem; }

    /* Smaller letters make telephones zoom in to where one types. */
    .stApp :is(input, textarea, select) { font-size: 1rem !important; }
}
"""
# The buttons' names are what they say. Who opens the sheet sees the chart that is next, from its heading on.
SCRIPT = """
const NARROW = "(max-width: 40rem)"
const NAMES = {
    "[data-testid=stExpandSidebarButton]": ["Expand sidebar", "Settings and pages"],
    "[data-testid=stSidebarCollapseButton] button": ["Collapse sidebar", "Close"],
}

export default function () {
    const narrow = matchMedia(NARROW)
    const sidebar = document.querySelector("[data-testid=stSidebar]")
    function name() {
        for (const [selector, names] of Object.entries(NAMES))
            document.querySelector(selector)?.setAttribute("aria-label", names[Number(narrow.matches)])
    }
    function show() {
        name()
        if (!narrow.matches || sidebar.dataset.collapsed === "true") return
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
    narrow.addEventListener("change", name)
    name()
    return () => {
        observer.disconnect()
        buttons.disconnect()
        narrow.removeEventListener("change", name)
    }
}
"""
_sheet = st.components.v2.component("sheet", html="<span hidden></span>", js=SCRIPT)


def sheet() -> None:
    """Have the sidebar, in which this is called, be a sheet on a telephone."""
    _sheet(key="sheet", width="content", height="content")
