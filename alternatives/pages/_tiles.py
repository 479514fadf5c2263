"""Test samples as buttons beside each other: a picture or a few numbers, and what a head says of each."""

from collections.abc import Callable
from typing import Any

import streamlit as st

SAMPLE = "mistakes-sample"
"""Key of the container that shows what every head says of the chosen sample."""
CHOSEN = "testsamplechosen"
"""The browser's event that says which test sample is looked at: maps on the page show where it is."""

HTML = "<ul></ul>"
CSS = """
:host { display: block; color: var(--st-text-color); font-family: var(--st-font); }
ul { display: grid; grid-template-columns: repeat(auto-fill, minmax(5.25rem, 1fr)); gap: 0.5rem; }
ul { list-style: none; padding: 0; margin: 0; }
.wide { grid-template-columns: repeat(auto-fill, minmax(7.5rem, 1fr)); }
button { display: flex; flex-direction: column; align-items: center; gap: 0.15rem; width: 100%; height: 100%;
    font: inherit; font-size: 0.8125rem; line-height: 1.3; color: inherit; cursor: pointer; padding: 0.4rem;
    background: var(--st-background-color); border: 1px solid #80808080; overflow-wrap: anywhere;
    border-radius: var(--st-base-radius, 0.25rem); }
button:hover { border-color: var(--st-primary-color); }
button:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
button[aria-pressed=true] { background: var(--st-secondary-background-color); }
button[aria-pressed=true] { outline: 2px solid var(--st-primary-color); outline-offset: -1px; }
button[aria-pressed=true]:focus-visible { outline-offset: 2px; }
canvas { width: 3.5rem; height: 3.5rem; image-rendering: pixelated; margin-bottom: 0.15rem; }
span { font-variant-numeric: tabular-nums; }
.feature { opacity: 0.85; }
"""
# What every head says of the chosen sample may be beyond the screen.
SHOW = f"""
function show() {{
    const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth"
    document.querySelector(".st-key-{SAMPLE}")?.scrollIntoView({{ block: "nearest", behavior }})
}}
"""
SCRIPT = (
    SHOW
    + """
const make = (kind, what = {}) => Object.assign(document.createElement(kind), what)

function paint({ side, channels, bytes }) {
    const canvas = document.createElement("canvas")
    canvas.width = canvas.height = side
    const pixels = Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0))
    const image = new ImageData(side, side)
    for (let i = 0; i < side * side; i++) {
        for (let k = 0; k < 3; k++) image.data[4 * i + k] = pixels[channels * i + (channels === 3 ? k : 0)]
        image.data[4 * i + 3] = 255
    }
    canvas.getContext("2d").putImageData(image, 0, 0)
    return canvas
}

export default function ({ data, parentElement, setTriggerValue }) {
    const list = parentElement.querySelector("ul")
    const line = (className) => (textContent) => make("span", { textContent, className })
    list.setAttribute("aria-label", data.label)
    list.classList.toggle("wide", !data.tiles[0]?.image)
    list.replaceChildren(...data.tiles.map((tile) => {
        const item = make("li"), button = make("button", { type: "button", title: tile.said })
        button.setAttribute("aria-label", tile.said)
        button.setAttribute("aria-pressed", tile.number === data.chosen)
        button.onclick = () => {
            show()
            setTriggerValue("sample", tile.number)
        }
        if (tile.image) button.append(paint(tile.image))
        button.append(...tile.features.map(line("feature")), ...tile.words.map(line("")))
        item.append(button)
        return item
    }))
    document.body.dataset.testSample = data.chosen
    dispatchEvent(new CustomEvent("EVENT", { detail: data.chosen }))
}
""".replace("EVENT", CHOSEN)
)
_tiles = st.components.v2.component("sample_tiles", html=HTML, css=CSS, js=SCRIPT)


def sample_tiles(
    tiles: list[dict[str, Any]], label: str, chosen: int, key: str, choose: Callable[[int], None]
) -> None:
    """Draw the tiles of `charts.sample`; `choose` hears of the number of the one that is clicked."""

    def clicked() -> None:
        number = st.session_state[key].get("sample")
        if isinstance(number, int):
            choose(number)

    _tiles(key=key, data={"tiles": tiles, "label": label, "chosen": chosen}, on_sample_change=clicked)
