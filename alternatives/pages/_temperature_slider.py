"""The temperature slider: charts follow it in the browser. See `charts.temperature_slider`.

It is a component and no Streamlit slider, whose every move would go to the server and back before a chart
moves. Nothing that is computed depends on it.
"""

import streamlit as st

from alternatives.charts.temperature_slider import ELEMENT, TEXTS
from alternatives.measures.scan import AS_TRAINED

SLIDER = f"""
<label>
    <span>Temperature T = <output></output></span>
    <input type="range" aria-label="Temperature T" min="0" max="{len(TEXTS) - 1}" value="{AS_TRAINED}">
</label>
"""
STYLE = """
:host { display: block; }
label { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; align-items: center; font-size: 0.875rem; }
span { min-width: 15.5rem; color: var(--st-text-color); }
output { font-weight: 600; }
input { flex: 1 1 14rem; max-width: 30rem; min-height: 1.5rem; accent-color: var(--st-primary-color); }
"""
# The charts listen to the container around the slider, which stands there before them. An event of the slider
# reaches it after the slider's own listener, which has put the value there.
SCRIPT = """
export default function ({ data, parentElement }) {
    const slider = parentElement.querySelector("input"), output = parentElement.querySelector("output")
    const place = (parentElement.host ?? parentElement).closest(`.st-key-${data.element}`)
    slider.oninput = () => {
        place.value = Number(slider.value)
        output.value = data.texts[slider.value]
        slider.setAttribute("aria-valuetext", output.value)
    }
    slider.oninput()
    place.dispatchEvent(new Event("input"))
}
"""
_slider = st.components.v2.component("temperature_slider", html=SLIDER, css=STYLE, js=SCRIPT)


def temperature_slider() -> None:
    """Draw the slider, before the charts that follow it."""
    texts = [f"{text} (as trained)" if step == AS_TRAINED else text for step, text in enumerate(TEXTS)]
    with st.container(key=ELEMENT):
        _slider(key=f"{ELEMENT} slider", data={"texts": texts, "element": ELEMENT})
