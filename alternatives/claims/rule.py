"""From the numbers that an experiment gives to the verdict, with every condition on the way."""

import math
import operator
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from alternatives.wording import listed, spelled

EXACT = 1e-9
"""What rounding may make of 0 in float64, and then some: an identity that is kept to this holds."""

Verdict: TypeAlias = Literal["holds", "holds in part", "fails here"]

VERDICTS: tuple[Verdict, ...] = ("holds", "holds in part", "fails here")
"""Every verdict, the kindest first."""


@dataclass(frozen=True)
class Quantity:
    """A number that an experiment gives: what it is, in words that "is at most 3" can follow, and its unit.

    With "%" and "points" the number is a share or a difference of shares, 0.269, and shown as 26.9.
    """

    what: str
    unit: Literal["%", "points", "nats", "steps", "samples", "times", ""] = ""

    @property
    def name(self) -> str:
        """What it is, in words that stand alone."""
        return self.what.rstrip(",")

    def text(self, value: float) -> str:
        """A value with its unit, in three significant digits; a dash for what isn't finite."""
        if not math.isfinite(value):
            return spelled(value)
        number = spelled(value * (100 if self.unit in ("%", "points") else 1))
        unit = self.unit.removesuffix("s") if number == "1" and self.unit != "times" else self.unit
        return f"{number} {unit}".rstrip()

    def at_most(self, threshold: float) -> "Condition":
        """Met up to the threshold, and there."""
        return Condition(self, "at most", threshold)

    def at_least(self, threshold: float) -> "Condition":
        """Met from the threshold on."""
        return Condition(self, "at least", threshold)

    def above(self, threshold: float) -> "Condition":
        """Met beyond the threshold alone."""
        return Condition(self, "above", threshold)


Numbers: TypeAlias = Mapping[Quantity, float]

RELATIONS = {"at most": operator.le, "at least": operator.ge, "above": operator.gt}


@dataclass(frozen=True)
class Condition:
    """A bound on a quantity. A number that is NaN meets none."""

    quantity: Quantity
    relation: Literal["at most", "at least", "above"]
    threshold: float

    def met(self, numbers: Numbers) -> bool:
        """Whether the quantity's number keeps to the bound."""
        return bool(RELATIONS[self.relation](numbers[self.quantity], self.threshold))

    @property
    def bound(self) -> str:
        """The bound in words: at most 3 nats."""
        return f"{self.relation} {self.quantity.text(self.threshold)}"

    def judged(self, numbers: Numbers) -> str:
        """The condition in words, whether it's met, and the number that says so."""
        return f"{'✓' if self.met(numbers) else '✗'} {self}: {self.quantity.text(numbers[self.quantity])}"

    def __str__(self) -> str:
        return f"{self.quantity.what} is {self.bound}"


@dataclass(frozen=True)
class Rule:
    """From the numbers to the verdict: all of `holds`, else all of `in_part`, else it fails here.

    Without `in_part` a claim holds or fails.
    """

    holds: tuple[Condition, ...]
    in_part: tuple[Condition, ...] = ()

    def verdict(self, numbers: Numbers) -> Verdict:
        """What the numbers say."""
        if _first_unmet(self.holds, numbers) is None:
            return "holds"
        if self.in_part and _first_unmet(self.in_part, numbers) is None:
            return "holds in part"
        return "fails here"

    def deciding(self, numbers: Numbers) -> Condition:
        """The first condition that stands in the way of a kinder verdict; where none does, the first."""
        in_the_way = _first_unmet(self.in_part, numbers) or _first_unmet(self.holds, numbers)
        return in_the_way or self.holds[0]

    def judged(self, numbers: Numbers) -> list[tuple[str, tuple[str, ...]]]:
        """The rule in words, verdict by verdict, below each its conditions beside what was measured."""
        holds = tuple(condition.judged(numbers) for condition in self.holds)
        told = [("Holds where" if len(holds) == 1 else "Holds where all of this is so", holds)]
        if self.in_part and self.in_part == self.holds[: len(self.in_part)]:
            told.append((f"Holds in part where {self._in_part()} so", ()))
        elif self.in_part:
            in_part = tuple(condition.judged(numbers) for condition in self.in_part)
            told.append(("Holds in part where", in_part))
        return [*told, ("Fails here otherwise", ())]

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """What decides, each once."""
        return tuple(dict.fromkeys(condition.quantity for condition in self.holds + self.in_part))

    def __str__(self) -> str:
        parts = [f"Holds where {listed(map(str, self.holds))}"]
        if self.in_part:
            parts.append(f"holds in part where {self._in_part()}")
        return "; ".join([*parts, "fails here otherwise."])

    def _in_part(self) -> str:
        """The conditions of `in_part`, without saying again what has just been said."""
        n = len(self.in_part)
        if self.in_part == self.holds[:n]:
            return "the first is" if n == 1 else f"the first {('two', 'three')[n - 2]} are"
        if n == len(self.holds) == 1 and len(self.quantities) == 1:
            return f"that is {self.in_part[0].bound}"
        return listed(map(str, self.in_part))


def _first_unmet(conditions: Iterable[Condition], numbers: Numbers) -> Condition | None:
    return next((condition for condition in conditions if not condition.met(numbers)), None)
