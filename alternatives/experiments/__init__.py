"""Experiments: variants × learning rates × seeds on one data set, trained together and measured.

An experiment is a frozen value, its own link; ``experiment.run()`` gives its results. A comparison of heads
is one, and so are the experiments on what stands inside a network: hidden layers, attention, a gate.
`alternatives.train_many`, for arrays of one's own, isn't imported here: it needs scikit-learn, which takes a
server longer to load than all of this.
"""

from alternatives.experiments.attention import Attention, AttentionResults
from alternatives.experiments.classes import ClassCounts, ClassCountsResults
from alternatives.experiments.comparison import Comparison, ComparisonResults
from alternatives.experiments.experiment import Experiment, Progress
from alternatives.experiments.gate import Gate, GateResults
from alternatives.experiments.hidden import ByWidth, Hidden, HiddenResults
from alternatives.experiments.results import Results
from alternatives.experiments.units import effective_rank
from alternatives.experiments.widths import Widths

__all__ = [
    "Attention",
    "AttentionResults",
    "ByWidth",
    "ClassCounts",
    "ClassCountsResults",
    "Comparison",
    "ComparisonResults",
    "Experiment",
    "Gate",
    "GateResults",
    "Hidden",
    "HiddenResults",
    "Progress",
    "Results",
    "Widths",
    "effective_rank",
]
