"""A digit that blurs and sharpens while one watches, with what every head makes of it.

The browser draws frames that it was given, and moves from one to the next by itself. It plays once, there and
back, when the page has been drawn; who asks the system for less motion gets steps of their own instead.
"""

import streamlit as st

from alternatives.charts import blurred_digit
from alternatives.experiments.blurred_digit import BlurredDigits

PLACE = """
<div class="view">
<div class="digit">
    <div class="pixels" role="img"></div>
    <div class="controls">
        <p class="name"></p>
        <input type="range" aria-label="Blur" min="0" value="0" step="1">
        <div class="buttons">
            <button type="button" class="play">Play</button>
            <button type="button" class="back" aria-label="Sharper" title="Sharper">‹</button>
            <button type="button" class="on" aria-label="Blurrier" title="Blurrier">›</button>
            <button type="button" class="other">Next digit</button>
        </div>
    </div>
</div>
<div class="heads"></div>
</div>
<p class="spoken" role="status"></p>
"""
STYLE = """
:host { display: block; container-type: inline-size; color: var(--st-text-color); font-size: 0.875rem; }
p { margin: 0; line-height: 1.4; }
.view { display: grid; gap: 0.75rem 1.75rem; }
.digit { display: flex; gap: 0.5rem 1rem; align-items: center; }
.pixels {
    display: grid; grid-template-columns: repeat(8, 1fr); flex: none; width: 6.5rem; aspect-ratio: 1;
    border: 1px solid var(--st-border-color); border-radius: var(--st-base-radius);
    background: #000;  /* white on black in either theme, as all images of digits on the pages */
}
.pixels i { background: #fff; transition: opacity var(--pace) linear; }
.controls { display: grid; gap: 0.375rem; min-width: 0; flex: 1; max-width: 22rem; }
.name { font-weight: 600; }
input { width: 100%; margin: 0; min-height: 1.5rem; accent-color: var(--st-primary-color); }
.buttons { display: flex; flex-wrap: wrap; gap: 0.375rem; }
button {
    font: inherit; cursor: pointer; min-height: 2rem; min-width: 2rem; padding: 0 0.5rem; color: inherit;
    background: var(--st-background-color); white-space: nowrap;
    border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius);
}
button.play { min-width: 3.75rem; }
button:hover { color: var(--st-primary-color); border-color: var(--st-primary-color); }
:is(button, input):focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
.heads { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.25rem, 1fr)); gap: 0.75rem 1rem; }
.head { min-width: 0; }
.title { font-weight: 600; overflow-wrap: anywhere; }
.title span { color: var(--head); }
.small { font-size: 0.75rem; color: color-mix(in srgb, currentColor 78%, transparent); }
.bars { display: grid; grid-template-columns: repeat(var(--classes), 1fr); gap: 2px; position: relative; }
.bars i { position: relative; height: var(--height); }
.bars i::before {
    content: ""; position: absolute; left: 0; right: 0; bottom: calc(var(--zero) * 100%); height: 100%;
    background: currentColor; transform: scaleY(var(--length)); transform-origin: 50% 100%;
    transition: transform var(--pace) linear;
}
.logits { --height: 2.25rem; color: color-mix(in srgb, currentColor 65%, transparent); }
.logits::after {
    content: ""; position: absolute; left: 0; right: 0; bottom: calc(var(--zero) * 100%);
    border-bottom: 1px solid currentColor;
}
.shares { --height: 3rem; --zero: 0; border-bottom: 1px solid; color: var(--head); }
.classes { display: grid; grid-template-columns: repeat(var(--classes), 1fr); gap: 2px; text-align: center; }
.classes b { font-weight: 400; font-size: 0.75rem; line-height: 1.3; border-bottom: 2px solid transparent; }
.classes b.winner { font-weight: 700; border-color: currentColor; }
.says { font-weight: 600; }
.spoken { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
@container (min-width: 46rem) {
    .view { grid-template-columns: 14rem 1fr; }
    .digit { flex-direction: column; align-items: stretch; }
    .controls { flex: none; }
}
@media (prefers-reduced-motion: reduce) { .pixels i, .bars i::before { transition: none; } }
"""
SCRIPT = """
// Milliseconds. Numbers change at once: were bars slow, the two would say different things meanwhile.
const STEP = 650, PACE = 120
const states = new WeakMap()
const isCalm = () => matchMedia("(prefers-reduced-motion: reduce)").matches
const isDrawn = () => document.querySelector("[data-testid=stApp]")?.dataset.testScriptState === "notRunning"
    && !document.querySelector("[data-testid=stSkeleton]")

const make = (parent, tag, name, text = "") => {
    const made = document.createElement(tag)
    made.className = name
    made.textContent = text
    parent.append(made)
    return made
}

function build(root, data) {
    const find = (name) => root.querySelector("." + name)
    const pixels = find("pixels"), heads = find("heads")
    pixels.replaceChildren()
    heads.replaceChildren()
    heads.style.setProperty("--classes", data.n_classes)
    const classes = Array.from({ length: data.n_classes }, (_, k) => k)
    const row = (parent, name) => {
        const bars = make(parent, "div", "bars " + name)
        bars.ariaHidden = "true"
        return classes.map(() => make(bars, "i", ""))
    }
    return {
        pixels: data.digits[0].pixels[0].map(() => make(pixels, "i", "")),
        cards: data.heads.map((head) => {
            const card = make(heads, "div", "head")
            card.style.setProperty("--head", head.colour)
            const title = make(card, "p", "title")
            make(title, "span", "", head.sign).ariaHidden = "true"
            title.append(" " + head.name)
            const scale = make(card, "p", "small")
            const logits = row(card, "logits")
            make(card, "p", "small", "Probabilities")
            const shares = row(card, "shares")
            const axis = make(card, "div", "classes")
            axis.ariaHidden = "true"
            return {
                card, scale, logits, shares, classes: classes.map((k) => make(axis, "b", "", k)),
                says: make(card, "p", "says"), all: make(card, "p", "small"),
            }
        }),
    }
}

export default function ({ data, parentElement }) {
    const root = parentElement, find = (name) => root.querySelector("." + name)
    const slider = root.querySelector("input"), play = find("play"), text = JSON.stringify(data)
    let state = states.get(root)
    if (!state) states.set(root, (state = { blur: 0, digit: 0, timer: 0, heading: 1, hasPlayed: false }))
    if (state.text !== text) Object.assign(state, { text, drawn: build(root, data) })
    const last = data.blurs.length - 1
    slider.max = last

    function show(speak = true) {
        const digit = data.digits[state.digit], blur = data.blurs[state.blur]
        const name = `A ${digit.name}, ${blur}`
        slider.value = state.blur
        slider.ariaValueText = blur
        find("name").textContent = name
        find("pixels").ariaLabel = `The digit ${digit.name}, ${blur}`
        digit.pixels[state.blur].forEach((value, k) => (state.drawn.pixels[k].style.opacity = value / 1000))
        digit.frames[state.blur].forEach((answer, k) => {
            const card = state.drawn.cards[k], scale = digit.scales[k]
            card.scale.textContent = `Logits (${scale.text})`
            card.card.style.setProperty("--zero", scale.zero / 1000)
            for (const row of ["logits", "shares"])
                card[row].forEach((bar, c) => bar.style.setProperty("--length", answer[row][c] / 1000))
            for (const row of ["shares", "classes"])
                card[row].forEach((each, c) => each.classList.toggle("winner", c === answer.winner))
            card.says.textContent = answer.says
            card.all.textContent = data.heads[k].all[state.blur]
        })
        const said = digit.frames[state.blur].map((answer, k) => `${data.heads[k].name}: ${answer.says}.`)
        if (speak) find("spoken").textContent = `${name}. ${said.join(" ")}`
    }
    function stop() {
        clearInterval(state.timer)
        state.timer = 0
        play.textContent = "Play"
        root.host?.style.setProperty("--pace", "0s")
    }
    function go(blur) {
        stop()
        state.blur = Math.max(0, Math.min(last, blur))
        show()
    }
    function start() {
        state.heading = state.blur === last ? -1 : 1
        play.textContent = "Pause"
        root.host?.style.setProperty("--pace", isCalm() ? "0s" : `${PACE}ms`)
        state.timer = setInterval(() => {
            state.blur += state.heading
            if (state.blur >= last) state.heading = -1
            const isOver = state.blur <= 0
            if (isOver) stop()
            show(isOver)
        }, STEP)
    }
    function startOnceDrawn() {
        const look = () => {
            if (state.timer || state.isTouched) return
            if (isDrawn()) start()
            else state.waiting = setTimeout(look, 200)
        }
        state.hasPlayed = true
        state.waiting = setTimeout(look, 1000)
    }
    const touched = (act) => () => {
        state.isTouched = true
        act()
    }
    slider.oninput = touched(() => go(Number(slider.value)))
    find("back").onclick = touched(() => go(state.blur - 1))
    find("on").onclick = touched(() => go(state.blur + 1))
    play.onclick = touched(() => (state.timer ? stop() : start()))
    find("other").onclick = touched(() => {
        state.digit = (state.digit + 1) % data.digits.length
        show()
    })
    show(false)
    if (!state.hasPlayed && !isCalm()) startOnceDrawn()
    return () => {
        clearTimeout(state.waiting)
        stop()
    }
}
"""
_moving_digit = st.components.v2.component("moving_digit", html=PLACE, css=STYLE, js=SCRIPT)


def moving_digit(found: BlurredDigits, key: str) -> None:
    """Draw it."""
    _moving_digit(key=key, data=blurred_digit.picture(found))
