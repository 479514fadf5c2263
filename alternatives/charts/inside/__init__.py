"""The charts of what stands inside a network, each with its frame and its text.

A *variant* is a kind of hidden layer or a normaliser. It has the colour of the head whose map it is.
"""

from alternatives.charts.inside.choosing import of_attention, of_regions, of_rows, of_use
from alternatives.charts.inside.hidden import (
    of_correlations,
    of_singular_values,
    of_widths,
    widths_table,
)
from alternatives.charts.inside.shared import curve_so_far, height, of_curve, of_measure, table

__all__ = [
    "curve_so_far",
    "height",
    "of_attention",
    "of_correlations",
    "of_curve",
    "of_measure",
    "of_regions",
    "of_rows",
    "of_singular_values",
    "of_use",
    "of_widths",
    "table",
    "widths_table",
]
