"""What differs, and what would have been seen: intervals, verdicts and power over the seeds of an experiment.

A seed is one random split of the data, one initialisation and one order of the mini-batches, the same for
every variant, so variants are compared in pairs. Two questions have different answers:

- *These data*: would the difference stay with other splits and initialisations, at the learning rates and
  epochs that were chosen? Given the data set, seeds are independent draws, so the variance of their mean is
  the ordinary s²/n.
- *New data*: would it stay on another data set from the same source, tuned anew? More seeds can't answer
  this. To s²/n comes a variance between data sets: `between_data` estimates it from the differences of single
  samples, and how much another tuning would change is seen in what single tuning splits would have chosen.

Intervals of differences hold together over a family of measures and all variants, and verdicts are read from
these intervals, so that none contradicts its verdict. Values that aren't finite (runs that diverged) are left
out of means, and out of pairs, and counted. ``python -m tests.benchmarks coverage`` simulates both questions.
"""

from alternatives.statistics.between import Between, between_data, most_between_errors
from alternatives.statistics.estimates import LEVEL, Estimate, estimate
from alternatives.statistics.power import POWER, noticeable, seeds_needed
from alternatives.statistics.ranks import FEWEST_BLOCKS, Ranking, ranking
from alternatives.statistics.simultaneous import FEWEST_PAIRS, inflation, simultaneous, together
from alternatives.statistics.summary import Better, Verdict, resolution, summary, verdicts
from alternatives.statistics.unpaired import paired, welch

__all__ = [
    "FEWEST_BLOCKS",
    "FEWEST_PAIRS",
    "LEVEL",
    "POWER",
    "Better",
    "Between",
    "Estimate",
    "Ranking",
    "Verdict",
    "between_data",
    "estimate",
    "inflation",
    "most_between_errors",
    "noticeable",
    "paired",
    "ranking",
    "resolution",
    "seeds_needed",
    "simultaneous",
    "summary",
    "together",
    "verdicts",
    "welch",
]
