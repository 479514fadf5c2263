"""The page of what stands inside a network, without a browser, and its charts."""

from pathlib import Path

import altair as alt
import pytest
from streamlit.testing.v1 import AppTest

from alternatives.charts import inside as charts
from alternatives.inside import run_attention, run_gate, run_hidden, run_widths
from alternatives.inside.state import FIELDS, PARTS, Inside

ROOT = Path(__file__).parents[1]
SMALL = {
    "seeds": "3",
    "epochs": "2",
    "learning_rate": "0.03",
    "dataset": "iris",
    "width": "6",
    "kinds": "relu,softmax",
}
STATE = Inside.from_link(SMALL)[0]


def page() -> None:
    from alternatives.pages.inside import page

    page()


def drawings_of_each_part():
    hidden, attention, gate = run_hidden(STATE.hidden), run_attention(STATE.attention), run_gate(STATE.gate)
    for results in (hidden, attention, gate):
        for measure in results.summary["measure"].unique():
            yield charts.of_measure(results, measure)
        for quantity in results.curves["quantity"].unique():
            yield charts.of_curve(results, quantity)
    yield charts.of_singular_values(hidden)
    yield charts.of_widths(run_widths(STATE.hidden, (2, 4)), "iris")
    yield from charts.of_correlations(hidden).values()
    yield from charts.of_attention(attention).values()
    yield charts.of_rows(attention)
    yield charts.of_use(gate)
    yield from charts.of_regions(gate).values()


def test_every_chart_is_valid_and_told_in_words():
    for drawing in drawings_of_each_part():
        drawing.altair().to_dict()  # validates
        assert isinstance(drawing.altair(), alt.TopLevelMixin)
        assert len(drawing.frame)
        assert drawing.frame.columns.is_unique
        assert drawing.alt.endswith(".")
        assert "nan" not in drawing.alt


@pytest.mark.parametrize("part", PARTS)
def test_each_part_shows_its_finding_and_charts(part):
    app = AppTest.from_function(page, default_timeout=60)
    for name, text in (SMALL | {"part": part}).items():
        app.query_params[name] = text
    app.run()
    assert not app.exception
    assert "3 seeds" in app.header[0].value
    assert len(app.get("vega_lite_chart")) >= 5


def test_every_field_of_a_part_is_one_of_the_state():
    assert tuple(FIELDS) == PARTS
    for fields in FIELDS.values():
        assert set(fields) <= set(Inside.kinds())
    assert STATE.hidden.units == ("relu", "softmax")
    assert STATE.gate.n_seeds == STATE.attention.n_seeds == 3
