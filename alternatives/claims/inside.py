"""What the claims about softmax inside the network share: the experiments of the page, and intervals.

The networks end in softmax and differ in what stands inside: the map of every head, beside what else people
would put there. Where a number must be told from chance the bound is 0 on the end of a 95 % interval of
the paired differences over the seeds, widened for the samples that their splits share. A verdict that
asks for two such ends at once needs no further correction: both have to be there.
"""

from functools import lru_cache

from alternatives.datasets.splitting import OVERLAP
from alternatives.experiments import (
    Attention,
    AttentionResults,
    ByWidth,
    Gate,
    GateResults,
    Hidden,
    HiddenResults,
    Widths,
)
from alternatives.heads import Floats, Head, LinkedHead
from alternatives.statistics import estimate

LOGISTIC = {"sigmoid": "logistic"}
"""Heads whose map is known by another name inside a network."""


def map_of(head: Head) -> Head:
    """The head whose map it is: a loss of its own makes no difference inside a network."""
    return head.link if isinstance(head, LinkedHead) else head


def kind_of(head: Head) -> str:
    """The kind of hidden layer that a head's map is."""
    text = str(map_of(head))
    return LOGISTIC.get(text, text)


def seeds(seed: int, size: int) -> dict[str, int]:
    """Other seeds of a claim are other splits."""
    return {"n_seeds": size, "first_seed": seed * size}


def low(differences: Floats) -> float:
    """The lower end of the interval of differences (n_seeds,)."""
    return float(estimate(differences, OVERLAP).low)


def high(differences: Floats) -> float:
    """The upper end."""
    return float(estimate(differences, OVERLAP).high)


@lru_cache(maxsize=4)
def hidden(experiment: Hidden) -> HiddenResults:
    """The experiment's results, kept for the claims that share it."""
    return experiment.run()


@lru_cache(maxsize=4)
def by_width(experiment: ByWidth) -> Widths:
    """The same by width."""
    return experiment.run()


@lru_cache(maxsize=4)
def attention(experiment: Attention) -> AttentionResults:
    """The same of attention."""
    return experiment.run()


@lru_cache(maxsize=4)
def gate(experiment: Gate) -> GateResults:
    """The same of a gate."""
    return experiment.run()
