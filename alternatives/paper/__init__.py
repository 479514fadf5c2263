"""The paper's tables, ours beside them, and how ours are made.

A *series* asks one question of the paper. It has two steps, each many comparisons that the sweep's engine
runs: a search tunes every head on validation samples alone; then every head is trained from each seed, as the
search chose, and measured on the test set. What the second step trains is a comparison in which nothing is
left to choose, so each of its rows can be computed again by itself.
"""

from alternatives.paper.in_words import findings
from alternatives.paper.printed import printed
from alternatives.paper.reading import SeriesFound, found
from alternatives.paper.replication import Replication, recomputed
from alternatives.paper.series import SERIES, Series, Varied
from alternatives.paper.tables import FOLDER, ROWS, SEARCH
from alternatives.paper.view import PaperView

__all__ = [
    "FOLDER",
    "ROWS",
    "SEARCH",
    "SERIES",
    "PaperView",
    "Replication",
    "Series",
    "SeriesFound",
    "Varied",
    "findings",
    "found",
    "printed",
    "recomputed",
]
