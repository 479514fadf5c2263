"""Heads compared: a frozen `Comparison` in, `Results` as tidy frames out."""

from alternatives.compare.comparison import OWN_BEST, OWN_BEST_RATES, Comparison, kinds, names
from alternatives.compare.results import Results
from alternatives.compare.run import Progress, run

__all__ = ["OWN_BEST", "OWN_BEST_RATES", "Comparison", "Progress", "Results", "kinds", "names", "run"]
