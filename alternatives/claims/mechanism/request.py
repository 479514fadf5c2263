"""A claim as something that people wait for."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

from alternatives.claims.mechanism.claim import CLAIMS, Claim, Outcome
from alternatives.serving.limits import Cost
from alternatives.serving.queue import HasFraction
from alternatives.state import Range

SEEDS = Range(0, 10_000, "random seed", whole=True)
"""Seeds that a claim may be tested with."""


@dataclass(frozen=True)
class ClaimRequest:
    """A claim about a head, by its id, with the seed that it is tested with."""

    noun: ClassVar[str] = "test of a claim"

    id: str
    head: str
    seed: int

    @classmethod
    def by(cls, claim: Claim, seed: int) -> "ClaimRequest":
        """The test of this claim."""
        return cls(claim.id, claim.head, seed)

    def to_json(self) -> str:
        """A JSON object with every field."""
        return json.dumps({"claim": self.id, "head": self.head, "seed": self.seed}, ensure_ascii=False)

    def cost(self) -> Cost:
        """What the claim says that it costs. It has no settings that would make it cost less."""
        claim = CLAIMS[self.id]
        return Cost(claim.seconds, claim.megabytes, "another claim", "another claim")

    def run(self, watch: Callable[[HasFraction], None] | None = None, n_jobs: int | None = None) -> Outcome:
        """Test the claim. It takes a few seconds and reports no progress, but looks whether anybody waits."""
        return replace(CLAIMS[self.id], head=self.head).run(self.seed)
