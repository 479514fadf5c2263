"""Experiments: variants × learning rates × seeds on one data set, trained together and measured."""

from alternatives.experiments.attention import Attention, AttentionResults, run_attention
from alternatives.experiments.comparison import OWN_BEST, OWN_BEST_RATES, Comparison
from alternatives.experiments.gate import Gate, GateResults, run_gate
from alternatives.experiments.hidden import ByWidth, Hidden, HiddenResults, run_hidden, run_widths
from alternatives.experiments.results import Results
from alternatives.experiments.run import Progress, run
from alternatives.experiments.units import effective_rank
from alternatives.experiments.widths import Widths

__all__ = [
    "OWN_BEST",
    "OWN_BEST_RATES",
    "Attention",
    "AttentionResults",
    "ByWidth",
    "Comparison",
    "Gate",
    "GateResults",
    "Hidden",
    "HiddenResults",
    "Progress",
    "Results",
    "Widths",
    "effective_rank",
    "run",
    "run_attention",
    "run_gate",
    "run_hidden",
    "run_widths",
]
