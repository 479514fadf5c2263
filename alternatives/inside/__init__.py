"""Softmax and its rivals inside the network: as a hidden layer, as attention, as a gate.

Each experiment is one frozen value, its own link, and a function that trains its networks and tells what
came out as tidy frames and a sentence. Only what stands inside differs: all networks end in softmax.
"""

from alternatives.inside.attention import Attention, AttentionResults, run_attention
from alternatives.inside.experiment import Experiment, Progress
from alternatives.inside.gate import Gate, GateResults, run_gate
from alternatives.inside.hidden import ByWidth, Hidden, HiddenResults, run_hidden, run_widths
from alternatives.inside.units import effective_rank
from alternatives.inside.widths import Widths

__all__ = [
    "Attention",
    "AttentionResults",
    "ByWidth",
    "Experiment",
    "Gate",
    "GateResults",
    "Hidden",
    "HiddenResults",
    "Progress",
    "Widths",
    "effective_rank",
    "run_attention",
    "run_gate",
    "run_hidden",
    "run_widths",
]
