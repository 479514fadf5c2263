"""What people say of softmax, each claim with the experiment that measures it.

``CLAIMS["shift"].run(seed=0)`` makes the experiment; its outcome has the number that decides, the verdict
and the sentence. Adding a claim is adding one class in the module of its part.
"""

from alternatives.claims.claim import (
    CLAIMS,
    PARTS,
    SEEDS,
    SOURCES,
    Axis,
    ChartSpec,
    Claim,
    Link,
    Outcome,
    Source,
)
from alternatives.claims.record import COMMITTED, committed, numbers_of, to_csv, to_json
from alternatives.claims.rule import VERDICTS, Condition, Quantity, Rule

# isort: off
# The order of registration is the order of the list.
from alternatives.claims import map as map
from alternatives.claims import logits as logits
from alternatives.claims import gradient as gradient
from alternatives.claims import learning as learning
from alternatives.claims import probabilities as probabilities
from alternatives.claims import calibration as calibration
from alternatives.claims import hidden as hidden
from alternatives.claims import choosing as choosing
from alternatives.claims import large_output as large_output

# isort: on

__all__ = [
    "CLAIMS",
    "COMMITTED",
    "PARTS",
    "SEEDS",
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
    "committed",
    "numbers_of",
    "to_csv",
    "to_json",
]
