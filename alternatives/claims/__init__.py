"""What people say about softmax, each claim with the experiment that tests it.

``CLAIMS["shift"].run(seed=0)`` runs an experiment; its outcome has the number that decides, the verdict and
the sentence. Adding a claim is adding one class in the module of its heading: the map from logits to
probabilities, the gradient, probabilities you can believe, softmax inside the network, or the paper. What
all claims share is in ``mechanism``.
"""

from alternatives.claims.mechanism.chart import Axis, ChartSpec
from alternatives.claims.mechanism.claim import CLAIMS, Claim, Link, Outcome
from alternatives.claims.mechanism.measured import Measured
from alternatives.claims.mechanism.record import COMMITTED, committed, numbers_of, to_csv, to_json
from alternatives.claims.mechanism.request import SEEDS, ClaimRequest
from alternatives.claims.mechanism.rule import VERDICTS, Condition, Quantity, Rule
from alternatives.claims.mechanism.sources import PARTS, SOURCES, Source

# isort: off
# The order of registration is the order of the list.
from alternatives.claims import logits_to_probabilities as logits_to_probabilities
from alternatives.claims import gradient as gradient
from alternatives.claims import probabilities as probabilities
from alternatives.claims import inside as inside
from alternatives.claims import paper as paper

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
    "ClaimRequest",
    "Condition",
    "Link",
    "Measured",
    "Outcome",
    "Quantity",
    "Rule",
    "Source",
    "committed",
    "numbers_of",
    "to_csv",
    "to_json",
]
