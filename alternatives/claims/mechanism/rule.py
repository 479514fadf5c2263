"""From the numbers of an experiment to the verdict, with every condition on the way.

A number that was measured over seeds has an interval. A condition is met if the whole interval meets it, not
met if none of it does, and open if the threshold lies within: then more seeds would be needed. A verdict on
which open conditions have a say is "undecided". A statement that is true by algebra is checked, not measured;
where the check succeeds its verdict is "identity".
"""

import math
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from alternatives import wording
from alternatives.claims.mechanism.frames import by_head
from alternatives.claims.mechanism.measured import Measured, ends
from alternatives.heads import Floats
from alternatives.wording import NO_BREAK, ZERO, given, listed, percent, spelled

EXACT = 1e-9
"""Float64 rounding errors stay below this, so an identity that deviates less counts as exact."""

Verdict: TypeAlias = Literal["identity", "holds", "holds in part", "undecided", "fails here"]

VERDICTS: tuple[Verdict, ...] = ("identity", "holds", "holds in part", "undecided", "fails here")
"""Every verdict, from the best to the worst."""

State: TypeAlias = Literal["met", "open", "not met"]
"""What a condition is."""

MARKS: dict[State, str] = {"met": "✓", "open": "?", "not met": "✗"}


@dataclass(frozen=True)
class Quantity:
    """A number that an experiment gives: its name, which "is at most 3" can follow, and its unit.

    With "%" and "points" the number is a share or a difference of shares, 0.269, and shown as 26.9.
    """

    name: str
    unit: Literal["%", "points", "nats", "steps", "samples", "times", ""] = ""
    rounding: float = EXACT
    """Numbers no further from 0 than this are rounding errors."""
    read: Callable[[pd.DataFrame, str], float | Floats] | None = field(default=None, compare=False)
    """Gives its number from the frame of the experiment and the claim's head; see `read_from`."""

    def read_from(
        self, column: str, how: str | Callable[..., float] = "first", head: str = "", **where: Any
    ) -> "Quantity":
        """The quantity, read from a column: `how` its rows become one number, as in `by_head`.

        "each" keeps them apart: a value for each seed, whose mean gets an interval. The rows are those of a
        head, by default the claim's own, `where` other columns have a value.
        """

        def read(frame: pd.DataFrame, own: str) -> float | Floats:
            for name, value in where.items():
                frame = frame[frame[name] == value]
            if how != "each":
                return by_head(frame, column, how)[head or own]
            values: Floats = frame.loc[frame["head"] == (head or own), column].to_numpy(np.float64)
            return values

        return replace(self, read=read)

    def text(self, value: float) -> str:
        """A value with its unit and interval, rounded for readers; a dash for a value that isn't finite."""
        if not math.isfinite(value):
            return "–"
        if self.is_rounding(value):
            return ZERO
        text = self.with_unit(self._number(value))
        if isinstance(value, Measured) and math.isfinite(value.high - value.low):
            low, high = (self._number(end) for end in ends(value))
            text += f" ({percent(value.level)} CI {low} to {high})"
        return text

    def is_rounding(self, value: float) -> bool:
        """Whether a value differs from 0 by no more than rounding."""
        return 0 < abs(value) <= self.rounding

    def with_unit(self, number: str) -> str:
        """A number in words with the unit: 1 point, 36.7 %, 68 million times."""
        if self.unit == "%":
            return f"{number}{NO_BREAK}%"
        unit = self.unit.removesuffix("s") if number == "1" and self.unit != "times" else self.unit
        return f"{number} {unit}".rstrip()

    def _number(self, value: float) -> str:
        if self.unit == "%":
            return wording.number(value, "%")
        return spelled(100 * value if self.unit == "points" else value, 2)

    def at_most(self, threshold: float) -> "Condition":
        """Met up to and at the threshold."""
        return Condition(self, "at most", threshold)

    def at_least(self, threshold: float) -> "Condition":
        """Met at the threshold and above."""
        return Condition(self, "at least", threshold)

    def above(self, threshold: float) -> "Condition":
        """Met above the threshold only."""
        return Condition(self, "above", threshold)

    def exact(self) -> "Condition":
        """Met where a distance is 0 but for rounding."""
        return self.at_most(self.rounding)


Numbers: TypeAlias = Mapping[Quantity, float]
"""The number of each quantity; one that was measured over seeds is a `Measured`."""

RELATIONS = {"at most": operator.le, "at least": operator.ge, "above": operator.gt}


@dataclass(frozen=True)
class Condition:
    """A bound on a quantity. NaN meets no condition."""

    quantity: Quantity
    relation: Literal["at most", "at least", "above"]
    threshold: float

    def state(self, numbers: Numbers) -> State:
        """Whether the quantity's interval lies within the bound, outside, or on both sides of it."""
        number = numbers[self.quantity]
        if math.isnan(number):
            return "not met"
        low, high = ends(number)
        if math.isnan(low) or math.isnan(high):
            return "open"
        within = [RELATIONS[self.relation](end, self.threshold) for end in (low, high)]
        return "met" if all(within) else "open" if any(within) else "not met"

    def met(self, numbers: Numbers) -> bool:
        """Whether the quantity is certainly within the bound."""
        return self.state(numbers) == "met"

    @property
    def is_exact(self) -> bool:
        """Whether it asks for 0, but for rounding."""
        return self == self.quantity.exact()

    @property
    def where(self) -> str:
        """Where it's met, in words: at most 3 nats; at 0 (to rounding)."""
        return f"at {self.bound}" if self.is_exact else self.bound

    @property
    def bound(self) -> str:
        """The bound in words: at most 3 nats."""
        if self.quantity.is_rounding(self.threshold):
            text = self.quantity.text(self.threshold)
            return text if self.is_exact else f"{self.relation} {text}"
        shown = 100 * self.threshold if self.quantity.unit in ("%", "points") else self.threshold
        rounded = float(f"{shown:.6g}")  # a threshold may have room for rounding
        return f"{self.relation} {self.quantity.with_unit(given(rounded))}"

    def judged(self, numbers: Numbers) -> str:
        """The condition in words, whether it's met, and the measured number."""
        return f"{MARKS[self.state(numbers)]} {self}: {self.quantity.text(numbers[self.quantity])}"

    def __str__(self) -> str:
        return f"{self.quantity.name} is {self.bound}"


@dataclass(frozen=True)
class Rule:
    """From the numbers to the verdict.

    The claim holds if all conditions of `holds` are met, else it holds in part if all of `in_part` are, else
    it fails here. Without `in_part` there is nothing between. It is undecided if more than one of these
    verdicts remains possible because conditions are open.

    `proof` is the algebra of a claim that is true by definition: what meets `holds` is then an identity.
    """

    holds: tuple[Condition, ...]
    in_part: tuple[Condition, ...] = ()
    proof: str = ""

    @property
    def best(self) -> Verdict:
        """The verdict if all conditions of `holds` are met."""
        return "identity" if self.proof else "holds"

    def possible(self, numbers: Numbers) -> tuple[Verdict, ...]:
        """The verdicts that remain possible: more than one where open conditions have a say."""
        whole = _state(self.holds, numbers)
        part = _state(self.in_part, numbers) if self.in_part else "not met"
        found: list[Verdict] = []
        if whole != "not met":
            found.append(self.best)
        if whole != "met" and part != "not met":
            found.append("holds in part")
        if whole != "met" and part != "met":
            found.append("fails here")
        return tuple(found)

    def verdict(self, numbers: Numbers) -> Verdict:
        """The verdict on these numbers."""
        possible = self.possible(numbers)
        return possible[0] if len(possible) == 1 else "undecided"

    def deciding(self, numbers: Numbers) -> Condition:
        """The condition that keeps the verdict from being better, or from being decided.

        If the claim holds, the first condition.
        """
        in_the_way: State = "open" if self.verdict(numbers) == "undecided" else "not met"
        conditions = (
            self.holds + self.in_part
            if in_the_way == "open" and _state(self.holds, numbers) == "open"
            else self.in_part + self.holds
        )
        those = (condition for condition in conditions if condition.state(numbers) == in_the_way)
        return next(those, self.holds[0])

    def judged(self, numbers: Numbers) -> list[tuple[str, tuple[str, ...]]]:
        """A heading for each verdict, with its conditions in words and the measured numbers."""
        holds = tuple(condition.judged(numbers) for condition in self.holds)
        name = "Holds" if self.best == "holds" else "An identity"
        judged = [(f"{name} if" if len(holds) == 1 else f"{name} if all of these are true", holds)]
        if self.in_part and self._in_part_repeats():
            judged.append((f"Holds in part if {self._in_part()}", ()))
        elif self.in_part:
            judged.append(("Holds in part if", tuple(each.judged(numbers) for each in self.in_part)))
        if "open" in {each.state(numbers) for each in self.holds + self.in_part}:
            judged.append(("Undecided where a condition is open (?): its threshold lies within the CI", ()))
        return [*judged, ("Otherwise it fails here", ())]

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """Every quantity with a condition, once."""
        return tuple(dict.fromkeys(condition.quantity for condition in self.holds + self.in_part))

    def __str__(self) -> str:
        name = "Holds" if self.best == "holds" else "An identity"
        parts = [f"{name} if {listed(map(str, self.holds))}"]
        if self.in_part:
            parts.append(f"holds in part if {self._in_part()}")
        return "; ".join([*parts, "otherwise it fails here."])

    def _in_part_repeats(self) -> bool:
        """Whether `in_part` is the beginning of `holds`, so that words needn't repeat it."""
        return self.in_part == self.holds[: len(self.in_part)]

    def _in_part(self) -> str:
        if self._in_part_repeats():
            n = len(self.in_part)
            return "the first is true" if n == 1 else f"the first {('two', 'three')[n - 2]} are true"
        if len(self.holds) == len(self.in_part) == len(self.quantities) == 1:
            return f"it is {self.in_part[0].bound}"
        return listed(map(str, self.in_part))


def _state(conditions: Iterable[Condition], numbers: Numbers) -> State:
    """Whether all conditions are met, one isn't, or that is open."""
    states = {condition.state(numbers) for condition in conditions}
    return "not met" if "not met" in states else "open" if "open" in states else "met"
