"""A page for a room: its finding and its charts, step by step, in large type and without controls.

The page is drawn as always. The browser shows a part of it at a time, as large as the screen allows. So
every page can be presented, a step takes no run of the script, and leaving loses nothing. A page that is
embedded in another is shown in the same way.

While a run of the script goes on, charts come, are replaced, and have no heading yet. So the parts are made
when it is over; until then the page's heading is shown, and how far the work is.
"""

import streamlit as st

from alternatives.pages._keys import IN_FOCUS
from alternatives.pages._link import PRESENT
from alternatives.pages._widgets import WIDGETS

OWN_STEPS = "own steps"
"""Key of the container with the buttons of a page that has steps of its own, as a story has."""
OWN = {"back": ".st-key-stories-back", "next": ".st-key-stories-next", "end": ".st-key-stories-next-story"}
"""Those of its buttons that the bar takes over: back, on, and on to another story, which no key does."""
WIDE_PANELS = "wide panels"
"""Key of a container with small charts whose names need more room than small letters leave."""
CONTROLS = f"{WIDGETS}, .stMainBlockContainer .st-key-own-steps"
"""What is hidden."""
ASKED = "present: QR code asked"
"""Key of whether somebody has just asked for the QR code."""
FROM_FIRST_CHART = (
    ".stMainBlockContainer:not([data-presented]) > .stVerticalBlock > "
    ":has(.stColumn, .stGrid, table, .stVegaLiteChart, [data-testid=stSkeletonElement])"
)
"""Parts of the page that have charts or a table, before anything is presented."""

SHEET = f"""
@media screen {{
    [data-testid=stSidebar], [data-testid=stHeader], [data-testid=stElementToolbar],
    [data-testid=stHeaderActionElements], [data-away],
    {CONTROLS} {{ display: none !important; }}
    .stMainBlockContainer.stMainBlockContainer {{ padding: 1rem clamp(1rem, 3vw, 4rem) 0; max-width: none; }}
    [data-testid=stBottomBlockContainer] {{ padding: 0 clamp(1rem, 3vw, 4rem) 0.5rem; max-width: none; }}
    .stMainBlockContainer .stVerticalBlock {{ gap: 0.5rem; }}
    .stMainBlockContainer :is(h1, h2, h3) {{ padding: 0.25rem 0; }}
    /* Below a text in Markdown Streamlit takes away the room that its last paragraph would leave. */
    [data-testid=stMarkdownContainer] > :last-child > h3 {{ padding-bottom: 1.25rem; }}
    /* What stands beside each other on a laptop does so here, however large the letters are. */
    .stHorizontalBlock:has(> .stColumn) {{ flex-wrap: nowrap; }}
    .stHorizontalBlock > .stColumn {{ min-width: 0 !important; }}
    .stHorizontalBlock:has(> .stColumn:nth-child(4)) {{ flex-wrap: wrap; }}
    .stHorizontalBlock:has(> .stColumn:nth-child(4)) > .stColumn {{ flex: 1 1 45% !important; }}
    /* Two panels beside each other instead of four, where that leaves the letters large; see `fit`. */
    [data-panels=two] .stGrid.stGrid .stGrid {{ grid-template-columns: minmax(0, 1fr) !important; }}
    [data-panels=two] .stGrid.stGrid:has(.stGrid) {{
        grid-template-columns: repeat(2, minmax(0, 1fr)) !important;
    }}
    /* Streamlit draws a chart as large as it looks. It gets as many pixels as it has on a laptop. */
    .stVegaLiteChart {{
        width: calc(100% / var(--zoom)) !important; height: calc(100% / var(--zoom)) !important;
    }}
    /* A cell alone has all of the grid. */
    .stGrid:not(:has(> .stGridCell:not([data-away]) ~ .stGridCell:not([data-away]))) {{ display: block; }}
    /* Until the bar is there, what will be shown while the page is computed: what stands above the charts. */
    {FROM_FIRST_CHART}, {FROM_FIRST_CHART} ~ * {{ display: none !important; }}
    [role=dialog] img {{ width: min(100%, 75vh) !important; }}
}}
"""
BAR = """
<nav aria-label="Presentation">
    <button type="button" data-does="back">Back</button>
    <button type="button" data-does="next">Next</button>
    <span role="status"></span>
    <i></i>
    <button type="button" data-does="code">QR code</button>
    <button type="button" data-does="leave">Leave</button>
    <a target="_blank" rel="noopener">Open</a>
</nav>
"""
STYLE = """
:host { display: block; }
nav { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem; }
span { margin-left: 0.5rem; }
i { flex: 1; }
button, a {
    font: inherit; font-size: 1rem; white-space: nowrap; cursor: pointer; text-decoration: none;
    min-height: 2.5rem; box-sizing: border-box; padding: 0.5rem 0.75rem; line-height: 1.4; color: inherit;
    background: var(--st-background-color);
    border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius);
}
:is(button, a):hover { color: var(--st-primary-color); border-color: var(--st-primary-color); }
:is(button, a):focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
button[aria-disabled=true] {
    color: color-mix(in srgb, var(--st-text-color) 50%, transparent);
    border-color: var(--st-border-color); cursor: default;
}
[hidden] { display: none; }
"""
# A step is a heading with what belongs to it. The first has the finding, and the first charts with it. What
# stands in columns stays together. A low chart is a key; where it has no heading of its own, it is that of
# all steps that follow.
SCRIPT = (
    IN_FOCUS
    + """
const LARGEST = 3.2, SMALLEST = 0.6, NARROWEST = 660  // the last in pixels of the page as it is
const KEY_HEIGHT = 100, LARGE_HEIGHT = 230, MOST_LARGE = 2
const BACK = ["ArrowLeft", "PageUp"], NEXT = ["ArrowRight", "PageDown", " "]
const CHART = ".stVegaLiteChart, [data-testid=stSkeletonElement]"
// Panels twice as wide are worth letters that are so much smaller; where names need it, any so large.
const WORTH = 0.75, LARGE = 1.5
const PATIENCE = 1000, BETWEEN_LOOKS = 150  // milliseconds
const SLIDE = "presented slide"
const running = new WeakMap()
const find = (name, from = document) => from.querySelector(`[data-testid=${name}]`)

function partOf(leaf) {
    const chart = leaf.querySelector(CHART)
    // What isn't shown isn't drawn either, but its height is known.
    const height = chart ? parseFloat(getComputedStyle(leaf).height) || LARGE_HEIGHT : 0
    let row = null  // the outermost columns
    for (let up = leaf; (up = up.parentElement.closest(".stHorizontalBlock"));)
        if (up.querySelector(":scope > .stColumn")) row = up
    return {
        leaf, row,
        isKey: chart && height < KEY_HEIGHT,
        isLarge: height >= LARGE_HEIGHT && !leaf.closest(".stGrid .stGrid"),  // there stand small multiples
        picture: chart ?? leaf.querySelector("img, canvas"),
        table: leaf.querySelector("table"),
        title: leaf.querySelector("h1, h2, h3")?.textContent.trim(),
    }
}

function stepsOf(main, controls) {
    const steps = []
    let step, key, heading
    const begin = (...leaves) => {
        step = { leaves, after: [], title: "", row: null, nLarge: 0 }
        steps.push(step)
        if (key) leaves.unshift(key)
    }
    for (const leaf of main.querySelectorAll(".stElementContainer")) {
        if (leaf.closest(controls)) continue
        const part = partOf(leaf), { row, picture, table, title } = part
        if (!picture && !leaf.textContent.trim()) continue
        if (part.isKey && step && (step.isFull || !step.title)) {
            key = leaf
            continue
        }
        const isOther = step && row !== step.row, isBeside = row && !isOther
        if (!step) begin()
        else if (title && !isBeside && (step.isFull || steps.length > 1 && step.hasText && !row)) begin()
        else if (table && !isBeside && step.hasPicture || part.isLarge && !row && step.isCrowded) {
            const { after } = step  // what stands right above belongs to it
            step.leaves = step.leaves.filter((each) => !after.includes(each))
            begin(...heading ? [heading.leaf] : [], ...after)
        }
        else if (isOther && step.isFull && (row ?? step.row)?.querySelector(CHART)) begin()
        step.leaves.push(leaf)
        step.row = row
        if (title) heading = row || steps.length === 1 && !step.title ? null : part
        step.title ||= title || (step.leaves[0] === heading?.leaf ? heading.title : "")
        if (part.isLarge) step.nLarge += 1
        step.isCrowded = step.nLarge >= MOST_LARGE
        if (picture && !part.isKey) step.hasPicture = true
        if (picture && !part.isKey || table) {
            step.isFull = true
            step.after = []
        } else if (!title) {
            step.hasText = true
            step.after.push(leaf)
        }
    }
    return steps.filter((each, at) => {
        const isRest = at && !each.isFull && !each.title
        if (isRest) steps[at - 1].leaves.push(...each.leaves)
        return !isRest
    })
}

// What is known while the page is computed: what stands above the first chart, and nothing of the run before.
function waitingStep(main, controls) {
    const leaves = []
    for (const leaf of main.querySelectorAll(".stElementContainer")) {
        if (leaf.closest(controls) || leaf.dataset.stale === "true") continue
        const { picture, table, row } = partOf(leaf)
        if (picture || table || row) break
        leaves.push(leaf)
    }
    return { leaves, isWaiting: true }
}

class Presentation {
    constructor(bar, trigger) {
        this.bar = bar
        this.trigger = trigger
        this.app = find("stApp")
        this.main = find("stMain")
        this.view = find("stMainBlockContainer")
        this.status = bar.querySelector("[role=status]")
        const [address, at] = JSON.parse(sessionStorage.getItem(SLIDE) ?? "[]")
        this.at = address === location.href ? at : 0  // of who has the page loaded anew
        this.place = null
        for (const button of bar.querySelectorAll("button"))
            button.onclick = () => this[button.dataset.does](true)
        this.press = this.press.bind(this)
        this.later = this.later.bind(this)
        addEventListener("keydown", this.press, true)
        addEventListener("resize", this.later)
        this.observer = new MutationObserver(this.later)
        this.observer.observe(this.view, { childList: true, subtree: true, characterData: true })
        this.observer.observe(this.app, { attributeFilter: ["data-test-script-state"] })
    }
    stop() {
        removeEventListener("keydown", this.press, true)
        removeEventListener("resize", this.later)
        this.observer.disconnect()
        cancelAnimationFrame(this.frame)
        clearTimeout(this.timer)
        sessionStorage.removeItem(SLIDE)
        for (const each of this.main.querySelectorAll("[data-away]")) delete each.dataset.away
        delete this.view.dataset.presented
        delete this.view.dataset.panels
        this.block.style.zoom = ""
    }
    get block() {
        return this.view.querySelector(":scope > .stVerticalBlock") ?? this.view.lastElementChild
    }
    get isOver() {
        return this.app.dataset.testScriptState === "notRunning" && !find("stSkeleton", this.main)
    }
    get isFirst() { return this.isWaiting || !this.at }
    get isLast() { return this.isWaiting || this.at >= this.last }
    // The page's own button for a step, where it has one that can be pressed.
    own(does) { return this.block.querySelector(`.st-key-own-steps ${this.data.own[does]} button:enabled`) }
    later() {
        cancelAnimationFrame(this.frame)
        this.frame = requestAnimationFrame(() => this.draw())
    }
    // A short run, of whoever answers a question for example, leaves what is shown until it is over.
    steps() {
        const { controls } = this.data
        const ownSteps = this.block.querySelector(".st-key-own-steps")
        const place = location.pathname + (ownSteps ? location.search : "")
        if (place !== this.place) {
            if (this.place !== null) this.at = 0
            this.place = place
            this.built = null
        }
        clearTimeout(this.timer)
        if (this.isOver) {
            this.began = null
            this.built = stepsOf(this.block, controls)
            return this.built
        }
        this.began ??= performance.now()
        this.timer = setTimeout(this.later, BETWEEN_LOOKS)
        if (this.built && performance.now() - this.began < PATIENCE) return this.built
        this.built = null
        return [waitingStep(this.block, controls)]
    }
    draw() {
        const steps = this.steps()
        if (!steps.length) return
        this.view.dataset.presented = ""
        this.last = steps.length - 1
        this.isWaiting = steps[0].isWaiting
        if (!this.isWaiting) this.at = Math.min(this.at, this.last)
        const step = steps[this.isWaiting ? 0 : this.at]
        const shown = new Set()
        for (const leaf of step.leaves)
            for (let up = leaf; up && up !== this.block; up = up.parentElement) shown.add(up)
        const parts = ".stElementContainer, [data-testid=stLayoutWrapper], .stColumn, .stGridCell"
        for (const part of this.block.querySelectorAll(parts)) {
            const isAway = !shown.has(part) && !part.closest(".stExpander")
            if (isAway !== "away" in part.dataset) {
                if (isAway) part.dataset.away = ""
                else delete part.dataset.away
            }
        }
        this.label(steps, step)
        this.fit()
    }
    label(steps, step) {
        const isMany = !this.isWaiting && steps.length > 1
        const own = this.block.querySelector(".st-key-own-steps .stMarkdown")?.textContent.trim()
        const title = this.at && step.title ? `: ${step.title}` : ""
        const slide = `${this.at + 1} of ${steps.length}${title}`
        const said = own ? own + (isMany ? `, picture ${slide}` : "") : this.isWaiting ? "Computing" : slide
        if (this.status.textContent !== said) this.status.textContent = said
        const [back, next] = ["back", "next"].map((does) => this.bar.querySelector(`[data-does=${does}]`))
        const on = this.isLast ? this.own("next") ?? this.own("end") : null
        const text = on?.textContent.trim() ?? "Next"
        if (next.textContent !== text) next.textContent = text
        back.setAttribute("aria-disabled", this.isFirst && !this.own("back"))
        next.setAttribute("aria-disabled", this.isLast && !on)
    }
    fit() {
        const panels = [...this.block.querySelectorAll(".stGrid .stGrid > .stGridCell")]
        const nPanels = panels.filter((each) => each.getClientRects().length).length
        delete this.view.dataset.panels
        const zoom = this.enlarge()
        if (nPanels < 3) return
        this.view.dataset.panels = "two"
        const isShown = (each) => each.getClientRects().length
        const isWide = panels.some((each) => isShown(each) && each.closest(".st-key-wide-panels"))
        if (this.enlarge() > Math.min(isWide ? LARGE : LARGEST, WORTH * zoom)) return
        delete this.view.dataset.panels
        this.enlarge()
    }
    // The largest letters with which a step fits.
    enlarge() {
        const room = this.main.clientHeight - (find("stBottom")?.offsetHeight ?? 0)
        let low = SMALLEST, high = Math.max(low, Math.min(LARGEST, this.main.clientWidth / NARROWEST))
        const style = this.block.style
        const fits = (zoom) => {
            style.zoom = zoom
            style.setProperty("--zoom", zoom)
            return this.view.getBoundingClientRect().height <= room
        }
        if (fits(high)) return high
        while (high - low > 0.02) {
            const middle = (low + high) / 2
            if (fits(middle)) low = middle
            else high = middle
        }
        fits(low)
        return low
    }
    go(step) {
        if (this.isWaiting) return
        this.at = Math.max(0, Math.min(step, this.last ?? 0))
        sessionStorage.setItem(SLIDE, JSON.stringify([location.href, this.at]))
        this.draw()
        this.main.scrollTo(0, 0)
    }
    back() {
        if (this.isFirst) this.own("back")?.click()
        else this.go(this.at - 1)
    }
    next(isPressed) {
        if (this.isLast) (this.own("next") ?? (isPressed ? this.own("end") : null))?.click()
        else this.go(this.at + 1)
    }
    code() { this.trigger("asked", "code") }
    leave() { this.trigger("asked", "leave") }
    press(event) {
        const [target] = event.composedPath()
        const isTheirs = (selector) => target instanceof Element && target.closest(selector)
        if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || isTheirs(TYPED)) return
        if (document.querySelector("[role=dialog]") || event.key === " " && isTheirs(PRESSED)) return
        const { key } = event
        const isNext = NEXT.includes(key), isBack = BACK.includes(key)
        // Who holds a key down means one step of a story.
        if (event.repeat && (isNext && this.isLast || isBack && this.isFirst)) return
        if (isNext) this.next()
        else if (isBack) this.back()
        else if (key === "Home") this.go(0)
        else if (key === "End") this.go(this.last)
        else if (key === "Escape" && !this.data.isEmbedded) this.leave()
        else return
        event.preventDefault()
        event.stopPropagation()
    }
}

export default function ({ data, parentElement, setTriggerValue }) {
    // Streamlit calls this again when the data or the theme change, and cleans up in the end alone.
    let presentation = running.get(parentElement)
    if (!presentation) {
        presentation = new Presentation(parentElement.querySelector("nav"), setTriggerValue)
        running.set(parentElement, presentation)
    }
    presentation.trigger = setTriggerValue
    presentation.data = data
    const [leave, open] = ["[data-does=leave]", "a"].map((each) => parentElement.querySelector(each))
    leave.hidden = data.isEmbedded
    open.hidden = !data.isEmbedded
    const address = new URL(location.href)
    for (const name of ["embed", "embed_options", data.parameter]) address.searchParams.delete(name)
    open.href = address
    presentation.later()
    return () => {
        running.get(parentElement)?.stop()
        running.delete(parentElement)
    }
}
"""
)
_bar = st.components.v2.component("present", html=BAR, css=STYLE, js=SCRIPT)


def presenting() -> bool:
    """Whether the page is shown to a room, or within another page."""
    return PRESENT in st.query_params or bool(st.context.is_embedded)


def begin() -> None:
    """Where the page is presented, take the controls away and draw the bar below it."""
    if not presenting():
        return
    st.html(f"<style>{SHEET}</style>")
    is_embedded = bool(st.context.is_embedded)
    data = {"controls": CONTROLS, "own": OWN, "isEmbedded": is_embedded, "parameter": PRESENT}
    with st.bottom:
        _bar(data=data, key="present bar", on_asked_change=_answer)


def enter() -> None:
    """Present the page from the next run on; the address says so."""
    st.query_params[PRESENT] = "true"


def is_code_asked() -> bool:
    """Whether somebody has just asked for the QR code of the page; True once."""
    return bool(st.session_state.pop(ASKED, False))


def _answer() -> None:
    asked = st.session_state["present bar"].get("asked")
    if asked == "code":
        st.session_state[ASKED] = True
    elif asked == "leave" and PRESENT in st.query_params:
        del st.query_params[PRESENT]
