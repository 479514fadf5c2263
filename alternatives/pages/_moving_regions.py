"""Decision regions that move epoch by epoch: play, pause, step, and a slider.

The browser has all frames and draws them without asking the server.
"""

from collections.abc import Callable
from typing import Any

import streamlit as st

from alternatives.pages._tiles import CHOSEN, SHOW

SECONDS_A_FRAME = 0.8

HTML = """
<div class="bar">
    <div class="buttons">
        <button type="button" class="play">Play</button>
        <button type="button" class="back" aria-label="One step back">‹</button>
        <button type="button" class="on" aria-label="One step on">›</button>
    </div>
    <label><span class="epoch"></span><input type="range" min="0" step="1" aria-label="Epoch"></label>
</div>
<ul class="key" aria-label="Classes"></ul>
<div class="maps"></div>
<div class="said" aria-live="polite"></div>
"""
CSS = """
:host { display: block; container-type: inline-size; }
:host { color: var(--st-text-color); font-family: var(--st-font); }
.bar { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem 1rem; }
.buttons { display: flex; gap: 0.4rem; }
button { font: inherit; color: inherit; background: var(--st-background-color); cursor: pointer;
    border: 1px solid var(--st-border-color, #80808080); border-radius: var(--st-base-radius, 0.25rem);
    min-height: 2.5rem; min-width: 2.5rem; padding: 0 0.75rem; }
button:hover { border-color: var(--st-primary-color); color: var(--st-primary-color); }
button[aria-disabled=true] { cursor: default; border-color: #80808080;
    color: color-mix(in srgb, var(--st-text-color) 50%, transparent); }
button:focus-visible, input:focus-visible, canvas:focus-visible { outline: 2px solid var(--st-primary-color);
    outline-offset: 2px; }
.play { min-width: 5rem; }
label { display: flex; align-items: center; gap: 0.75rem; flex: 1 1 16rem; max-width: 32rem; }
.epoch { min-width: 8.5rem; font-variant-numeric: tabular-nums; }
input { flex: 1; min-width: 6rem; height: 2.5rem; accent-color: var(--st-primary-color); margin: 0; }
.key { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; padding: 0; margin: 0.5rem 0; list-style: none;
    font-size: 0.875rem; }
.key li { display: flex; align-items: center; gap: 0.4rem; }
.maps { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 8.75rem), 1fr)); }
@container (min-width: 40rem) { .maps { grid-template-columns: repeat(var(--columns), minmax(0, 1fr)); } }
figure { margin: 0; min-width: 0; max-width: 26rem; }
figcaption { font-size: 0.875rem; margin-bottom: 0.25rem; line-height: 1.35; }
figcaption b { font-weight: 600; overflow-wrap: anywhere; }
figcaption span { display: block; opacity: 0.85; min-height: 1.35em; font-variant-numeric: tabular-nums; }
canvas { display: block; width: 100%; aspect-ratio: 1 / 0.95; }
.said { position: absolute; clip-path: inset(50%); white-space: nowrap; }
@media (prefers-reduced-motion: reduce) { .play { display: none; } }
@media print { .bar { display: none; } }
"""
# Canvas, not SVG: a frame has thousands of cells. The picture fades from frame to frame, pixel by pixel.
SCRIPT = (
    SHOW
    + """
const MARGIN = { left: 30, right: 6, top: 4, bottom: 32 }, REACH = 14, FADE = 350
const MARKS_A_SIDE = 7
const NOBODY = 0xffff
const instances = new WeakMap()
const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches

const MARKS = {
    circle: (p, s) => p.arc(0, 0, s, 0, 2 * Math.PI),
    square: (p, s) => p.rect(-0.9 * s, -0.9 * s, 1.8 * s, 1.8 * s),
    "triangle-up": (p, s) => corners(p, [[0, -1.2], [1.1, 0.8], [-1.1, 0.8]], s),
    "triangle-down": (p, s) => corners(p, [[0, 1.2], [1.1, -0.8], [-1.1, -0.8]], s),
    "triangle-right": (p, s) => corners(p, [[1.2, 0], [-0.8, 1.1], [-0.8, -1.1]], s),
    "triangle-left": (p, s) => corners(p, [[-1.2, 0], [0.8, 1.1], [0.8, -1.1]], s),
    diamond: (p, s) => corners(p, [[0, -1.3], [1.1, 0], [0, 1.3], [-1.1, 0]], s),
    cross: (p, s) => corners(p, [[-0.4, -1.2], [0.4, -1.2], [0.4, -0.4], [1.2, -0.4], [1.2, 0.4], [0.4, 0.4],
        [0.4, 1.2], [-0.4, 1.2], [-0.4, 0.4], [-1.2, 0.4], [-1.2, -0.4], [-0.4, -0.4]], s),
}
function corners(path, points, size) {
    points.forEach(([x, y], i) => path[i ? "lineTo" : "moveTo"](x * size, y * size))
    path.closePath()
}
function mark(pen, name, x, y, size, fill, ink, alpha = 1) {
    pen.save()
    pen.translate(x, y)
    pen.beginPath()
    MARKS[name](pen, size)
    pen.globalAlpha = alpha
    if (fill) { pen.fillStyle = fill; pen.fill() }
    pen.strokeStyle = ink
    pen.lineWidth = 1
    pen.stroke()
    pen.restore()
}
const parts = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16))

async function unpack({ cells, side, heads, epochs }) {
    const packed = Uint8Array.from(atob(cells), (letter) => letter.charCodeAt(0))
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"))
    const raw = new DataView(await new Response(stream).arrayBuffer())
    const n = side * side, total = epochs.length * heads.length * n
    const classes = Uint16Array.from({ length: total }, (_, i) => raw.getUint16(2 * i, true))
    const levels = new Uint8Array(raw.buffer, 2 * total)
    const of = (array) => (frame, head) => array.subarray(n * (frame * heads.length + head)).subarray(0, n)
    return { classes: of(classes), levels: of(levels) }
}

class Maps {
    constructor(root) {
        this.root = root
        this.find = (name) => root.querySelector(name)
        this.slider = this.find("input")
        this.pointed = null
        this.find(".play").onclick = () => this.timer ? this.pause() : this.play()
        this.find(".back").onclick = () => this.step(-1)
        this.find(".on").onclick = () => this.step(1)
        this.slider.oninput = () => { this.pause(); this.show(+this.slider.value) }
        this.observer = new ResizeObserver(() => this.draw())
        this.listen = (event) => { this.chosen = event.detail; this.draw() }
        addEventListener("EVENT", this.listen)
        this.chosen = +(document.body.dataset.testSample ?? -1)
    }

    async update(data, tell) {
        this.tell = tell
        if (this.cells !== data.cells || this.text !== JSON.stringify(data.said)) {
            const frames = await unpack(data)
            this.pause()
            Object.assign(this, { data, frames, cells: data.cells, text: JSON.stringify(data.said) })
            this.build()
            this.frame = this.before = data.epochs.length - 1
            this.colours = data.classes.map((each) => parts(each.colour))
        }
        this.data = data
        this.show(this.frame, true)
    }

    build() {
        const { heads, classes, epochs } = this.data
        const maps = this.find(".maps")
        maps.style.setProperty("--columns", Math.max(2, Math.min(heads.length, 4)))
        this.observer.disconnect()
        maps.replaceChildren(...heads.map((head, index) => {
            const figure = document.createElement("figure")
            figure.innerHTML = "<figcaption><b></b><span></span></figcaption><canvas role=img></canvas>"
            figure.querySelector("b").textContent = head
            const canvas = figure.querySelector("canvas")
            canvas.onpointermove = (event) => this.point(event, canvas)
            canvas.onpointerleave = () => { this.pointed = null; this.draw() }
            canvas.onclick = (event) => this.choose(event, canvas)
            this.observer.observe(canvas)
            return figure
        }))
        this.figures = [...maps.children]
        this.find(".key").replaceChildren(...classes.map((each) => {
            const item = document.createElement("li"), canvas = document.createElement("canvas")
            canvas.style.cssText = "width:16px;height:16px"
            item.append(canvas, each.name)
            return item
        }))
        this.slider.max = epochs.length - 1
    }

    show(frame, atOnce = false) {
        const moves = !atOnce && !still() && frame !== this.frame
        this.before = moves ? this.frame : frame
        this.frame = frame
        this.slider.value = frame
        const { epochs, said, heads, described } = this.data
        this.find(".epoch").textContent = epochs[frame]
        this.slider.setAttribute("aria-valuetext", epochs[frame])
        // Who has come to the end by a key would lose the focus, were they `disabled`.
        this.find(".back").setAttribute("aria-disabled", frame === 0)
        this.find(".on").setAttribute("aria-disabled", frame === epochs.length - 1)
        if (!this.timer && !atOnce) {
            const each = heads.map((head, i) => `${head}: ${said[frame][i]}`)
            this.find(".said").textContent = [epochs[frame], ...each].join("; ")
        }
        this.figures.forEach((figure, i) => {
            figure.querySelector("canvas").setAttribute("aria-label", described[frame][i])
        })
        cancelAnimationFrame(this.request)
        const since = performance.now()
        const fade = () => {
            this.share = moves ? Math.min(1, (performance.now() - since) / FADE) : 1
            this.draw()
            if (this.share < 1) this.request = requestAnimationFrame(fade)
        }
        fade()
    }

    step(by) {
        this.pause()
        this.show(Math.max(0, Math.min(this.data.epochs.length - 1, this.frame + by)))
    }

    play() {
        const last = this.data.epochs.length - 1
        const next = () => {
            if (this.frame === last) return this.pause()
            this.show(this.frame + 1)
        }
        this.timer = setInterval(next, PACE)
        this.find(".play").textContent = "Pause"
        if (this.frame === last) this.show(0)
        else next()
    }

    pause() {
        clearInterval(this.timer)
        this.timer = undefined
        this.find(".play").textContent = "Play"
    }

    picture(head) {
        const { side, classes, deepest } = this.data, { colours, frames, share } = this
        const least = 1 / Math.max(classes.length, 2)
        const image = new ImageData(side, side)
        const end = (frame) => [frames.classes(frame, head), frames.levels(frame, head)]
        const ends = [end(this.before), end(this.frame)]
        const shares = [1 - share, share]
        for (let cell = 0; cell < side * side; cell++) {
            let red = 0, green = 0, blue = 0, alpha = 0
            ends.forEach(([which, level], end) => {
                const k = which[cell]
                if (k === NOBODY || !shares[end]) return
                const depth = shares[end] * deepest * Math.max(0, (level[cell] / 255 - least) / (1 - least))
                const [r, g, b] = colours[k]
                red += depth * r; green += depth * g; blue += depth * b; alpha += depth
            })
            // x is the slow index, and y goes up.
            const at = 4 * ((side - 1 - cell % side) * side + Math.floor(cell / side))
            if (alpha) image.data.set([red / alpha, green / alpha, blue / alpha, 255 * alpha], at)
        }
        const canvas = new OffscreenCanvas(side, side)
        canvas.getContext("2d").putImageData(image, 0, 0)
        return canvas
    }

    scale(canvas) {
        const { width, height } = canvas.getBoundingClientRect(), [[x0, x1], [y0, y1]] = this.data.edges
        const box = { left: MARGIN.left, top: MARGIN.top, width: width - MARGIN.left - MARGIN.right,
            height: height - MARGIN.top - MARGIN.bottom }
        return {
            width, height, box,
            x: (value) => box.left + box.width * (value - x0) / (x1 - x0),
            y: (value) => box.top + box.height * (y1 - value) / (y1 - y0),
            back: (px, py) => [
                x0 + (x1 - x0) * (px - box.left) / box.width, y1 - (y1 - y0) * (py - box.top) / box.height,
            ],
        }
    }

    draw() {
        if (!this.figures || !this.frames) return
        const host = this.root.host ?? this.root, ink = getComputedStyle(host).color
        this.figures.forEach((figure, head) => this.drawOne(figure, head, ink))
        this.find(".key").querySelectorAll("canvas").forEach((canvas, k) => {
            const pen = fresh(canvas, 16, 16), { mark: name, colour } = this.data.classes[k]
            mark(pen, name, 8, 8, 5.5, colour, ink)
        })
    }

    drawOne(figure, head, ink) {
        const canvas = figure.querySelector("canvas"), scale = this.scale(canvas), { box } = scale
        if (box.width <= 0) return
        const { points, classes, said } = this.data
        const pen = fresh(canvas, scale.width, scale.height)
        pen.imageSmoothingEnabled = true
        pen.drawImage(this.picture(head), box.left, box.top, box.width, box.height)
        pen.strokeStyle = "#80808080"
        pen.strokeRect(box.left + 0.5, box.top + 0.5, box.width - 1, box.height - 1)
        this.axes(pen, scale, ink)
        const places = points.map(([x, y]) => [scale.x(x), scale.y(y)])
        this.marks(pen, head, box, places, ink)
        const size = places.length > 400 ? 2 : 3
        places.forEach(([x, y], i) => {
            const { mark: name, colour } = classes[points[i][2]]
            mark(pen, name, x, y, size, colour, ink)
        })
        points.forEach((point, i) => {
            if (point[3] !== this.chosen || this.chosen < 0) return
            pen.beginPath()
            pen.arc(...places[i], 9, 0, 2 * Math.PI)
            pen.strokeStyle = ink
            pen.lineWidth = 2.5
            pen.stroke()
        })
        const caption = figure.querySelector("span")
        caption.textContent = said[this.frame][head]
        if (this.pointed) {
            const x = scale.x(this.pointed[0]), y = scale.y(this.pointed[1])
            pen.beginPath()
            pen.moveTo(x - 6, y); pen.lineTo(x + 6, y); pen.moveTo(x, y - 6); pen.lineTo(x, y + 6)
            pen.strokeStyle = ink
            pen.lineWidth = 1.5
            pen.stroke()
            caption.textContent = this.here(head)
        }
    }

    // Hollow marks say which class is predicted where no sample is: the colour isn't needed.
    marks(pen, head, box, places, ink) {
        const { side, classes } = this.data, which = this.frames.classes(this.frame, head)
        const every = Math.max(1, Math.round(side / MARKS_A_SIDE)), first = Math.floor(every / 2)
        for (let i = first; i < side; i += every) {
            for (let j = first; j < side; j += every) {
                const k = which[i * side + j]
                const x = box.left + box.width * (i + 0.5) / side
                const y = box.top + box.height * (1 - (j + 0.5) / side)
                const isFree = places.every(([px, py]) => Math.hypot(px - x, py - y) > 9)
                if (k !== NOBODY && isFree) mark(pen, classes[k].mark, x, y, 3, "", ink, 0.45)
            }
        }
    }

    axes(pen, { box, x, y }, ink) {
        const [across, up] = this.data.ticks, [title, other] = this.data.titles
        pen.fillStyle = ink
        pen.font = `11px ${getComputedStyle(this.root.host ?? this.root).fontFamily}`
        pen.textAlign = "center"
        across.forEach(([value, text]) => pen.fillText(text, x(value), box.top + box.height + 13))
        pen.textAlign = "right"
        up.forEach(([value, text]) => pen.fillText(text, box.left - 4, y(value) + 4))
        pen.fillText(title, box.left + box.width, box.top + box.height + 27, box.width)
        pen.textAlign = "left"
        pen.save()
        pen.translate(9, box.top + box.height)
        pen.rotate(-Math.PI / 2)
        pen.fillText(other, 0, 0, box.height)
        pen.restore()
    }

    here(head) {
        const { side, classes, edges: [[x0, x1], [y0, y1]] } = this.data, [x, y] = this.pointed
        const i = Math.floor(side * (x - x0) / (x1 - x0)), j = Math.floor(side * (y - y0) / (y1 - y0))
        const k = this.frames.classes(this.frame, head)[i * side + j]
        if (k === NOBODY || k === undefined) return "–"
        const per = 100 * this.frames.levels(this.frame, head)[i * side + j] / 255
        return `${classes[k].name}, ${per > 99 ? "over 99" : Math.round(per)}\u00a0%`
    }

    nearest(event, canvas) {
        const scale = this.scale(canvas), { offsetX, offsetY } = event
        let best = -1, least = REACH
        this.data.points.forEach(([x, y, , number], i) => {
            const away = Math.hypot(scale.x(x) - offsetX, scale.y(y) - offsetY)
            if (number >= 0 && away < least) { best = number; least = away }
        })
        return best
    }

    point(event, canvas) {
        const scale = this.scale(canvas), [x, y] = scale.back(event.offsetX, event.offsetY)
        const [[x0, x1], [y0, y1]] = this.data.edges
        this.pointed = x > x0 && x < x1 && y > y0 && y < y1 ? [x, y] : null
        canvas.style.cursor = this.nearest(event, canvas) >= 0 ? "pointer" : "crosshair"
        this.draw()
    }

    choose(event, canvas) {
        const number = this.nearest(event, canvas)
        if (number < 0) return
        this.chosen = number
        this.draw()
        show()
        this.tell(number)
    }

    end() {
        this.pause()
        cancelAnimationFrame(this.request)
        this.observer.disconnect()
        removeEventListener("EVENT", this.listen)
    }
}

function fresh(canvas, width, height) {
    const ratio = devicePixelRatio || 1
    canvas.width = Math.round(width * ratio)
    canvas.height = Math.round(height * ratio)
    const pen = canvas.getContext("2d")
    pen.scale(ratio, ratio)
    return pen
}

export default function ({ data, parentElement, setTriggerValue }) {
    if (!instances.has(parentElement)) instances.set(parentElement, new Maps(parentElement))
    const maps = instances.get(parentElement)
    maps.update(data, (number) => setTriggerValue("sample", number))
    return () => { instances.get(parentElement)?.end(); instances.delete(parentElement) }
}
""".replace("EVENT", CHOSEN).replace("PACE", f"{1000 * SECONDS_A_FRAME:g}")
)
_maps = st.components.v2.component("moving_regions", html=HTML, css=CSS, js=SCRIPT)


def moving_regions(picture: dict[str, Any], key: str, chosen: Callable[[int], None]) -> None:
    """Draw a picture of `charts.moving_regions`; `chosen` hears of the number of a sample that is clicked."""

    def clicked() -> None:
        number = st.session_state[key].get("sample")
        if isinstance(number, int):
            chosen(number)

    _maps(key=key, data=picture, on_sample_change=clicked)
