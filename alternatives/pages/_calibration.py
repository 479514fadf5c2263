"""Calibration on the page: reliability diagrams that follow a temperature slider, and what they come to."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from alternatives.charts import accuracy_calibration, by_temperature, captions, reliability
from alternatives.charts.axes import HEIGHT
from alternatives.experiments import ComparisonResults
from alternatives.pages._charts import Charts
from alternatives.pages._shown import Panels, about_controls, quiet, section
from alternatives.pages._temperature_slider import temperature_slider


def calibration(heads: Sequence[str], charts: Charts[ComparisonResults]) -> None:
    """Draw the section, and add its charts."""
    section("Calibration", captions.CALIBRATION)
    with about_controls("temperature"):
        temperature_slider()
        st.markdown(quiet(captions.SLIDER))
    grid = Panels()
    for head in heads:
        charts.add(reliability.MOVING, partial(reliability.moving, head=head), grid.cell())
    left, right = st.columns(2, gap="medium")
    with left:
        section("Accuracy against calibration", captions.ACCURACY_CALIBRATION)
        charts.add(HEIGHT, accuracy_calibration.drawing)
    with right:
        section("Log loss by temperature", f"{captions.BY_TEMPERATURE} {captions.AT_SLIDER}")
        charts.add(HEIGHT, partial(by_temperature.drawing, moves=True))
