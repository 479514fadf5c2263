"""The differences from the baseline on the page: a panel a measure, and the same as a table, folded."""

from functools import partial

import streamlit as st

from alternatives.charts import forest, tables
from alternatives.experiments import ComparisonResults
from alternatives.exports import method
from alternatives.pages._charts import Charts
from alternatives.pages._present import WIDE_PANELS
from alternatives.pages._shown import Panels, Place, note, plain, section


def differences(results: ComparisonResults, charts: Charts[ComparisonResults]) -> None:
    """Draw the section, and add its charts.

    The table is part of the page while it is folded: it is printed and read aloud with everything else.
    """
    comparison, heads = results.experiment, list(results.variants)
    are_compared = len(heads) > 1
    about = method.of_differences(comparison)
    section(f"Differences from {plain(comparison.baseline)}" if are_compared else "Measures", about)
    if results.in_words.verdicts:
        Place(st.container()).text(plain(results.in_words.verdicts))
    if are_compared:
        grid = Panels(st.container(key=WIDE_PANELS))
        for measure in tables.HEADLINE:
            drawing = partial(forest.drawing, measure=measure)
            charts.add(forest.height(len(heads)), drawing, grid.cell())
    with st.expander("As a table", expanded=not are_compared):
        Place(st.container()).table(tables.headline(results), "The headline measures by head")
        how = plain(method.how_concluded(comparison)) if are_compared else "Means over the seeds."
        note(how)
