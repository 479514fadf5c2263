"""How charts follow the page's temperature slider: in the browser, with nothing asked of the server.

The page's element `ELEMENT` has the slider's place in the grid as its `value`, and fires an event `input`
when that changes. Until it has a value, and where there is no such element, charts show the temperature 1.
"""

import altair as alt

from alternatives.measures.scan import AS_TRAINED, GRID
from alternatives.wording import spelled

ELEMENT = "temperature"
"""Key of the page's element, which Streamlit makes a class of."""
TEXTS = tuple(spelled(float(temperature), 2) for temperature in GRID)
"""The temperatures of the grid as they are written."""
AT_STEP = "datum.step === slider_step"
"""Vega's filter for the rows of the slider's temperature."""


def slider_parameters() -> list[alt.Parameter]:
    """The slider's place, as it comes and as a number."""
    bind = alt.BindDirect(element=f".st-key-{ELEMENT}", event="input")
    return [
        alt.param(name="slider", value=AS_TRAINED, bind=bind),
        alt.param(name="slider_step", expr=f"isValid(slider) ? +slider : {AS_TRAINED}"),
    ]
