"""How a claim is put together, tested, judged, drawn, recorded and asked for, whatever it says."""

from alternatives.claims.mechanism.chart import Axis, ChartSpec
from alternatives.claims.mechanism.claim import CLAIMS, Claim, Link, Outcome, Text, register
from alternatives.claims.mechanism.frames import by_head, heads_with, stack_by_head, with_interval
from alternatives.claims.mechanism.rule import EXACT, VERDICTS, Condition, Quantity, Rule, rounded
from alternatives.claims.mechanism.sources import PARTS, SOURCES, Source

__all__ = [
    "CLAIMS",
    "EXACT",
    "PARTS",
    "SOURCES",
    "VERDICTS",
    "Axis",
    "ChartSpec",
    "Claim",
    "Condition",
    "Link",
    "Outcome",
    "Quantity",
    "Rule",
    "Source",
    "Text",
    "by_head",
    "heads_with",
    "register",
    "rounded",
    "stack_by_head",
    "with_interval",
]
