"""From the numbers of an experiment to the verdict, with every condition on the way."""

import math
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

import pandas as pd

from alternatives.claims.mechanism.frames import by_head
from alternatives.wording import listed

EXACT = 1e-9
"""Float64 rounding errors stay below this, so an identity that deviates less counts as exact."""

Verdict: TypeAlias = Literal["holds", "holds in part", "fails here"]

VERDICTS: tuple[Verdict, ...] = ("holds", "holds in part", "fails here")
"""Every verdict, from the best to the worst."""


def rounded(value: float) -> str:
    """A number with two significant figures, whole numbers in full: 0.47, 53, 1,725, 68,000,000."""
    if not math.isfinite(value):
        return "–"
    size = abs(float(value))
    if size >= 1e6 or not size.is_integer():
        size = float(f"{size:.2g}")
    decimals = 0 if size == 0 else max(0, 1 - math.floor(math.log10(size)))
    text = f"{size:,.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if decimals else text
    return f"−{text}" if value < 0 else text


def percent(share: float) -> str:
    """A share in per cent with one decimal; with more where it would wrongly read as 0 or 100."""
    value = 100 * share
    if not math.isfinite(value):
        return "–"
    texts = (f"{value:.{digits}f}" for digits in range(1, 18))
    text = next(text for text in texts if float(text) not in (0, 100) or float(text) == value)
    return text.removesuffix(".0").replace("-", "−")


@dataclass(frozen=True)
class Quantity:
    """A number that an experiment gives: its name, which "is at most 3" can follow, and its unit.

    With "%" and "points" the number is a share or a difference of shares, 0.269, and shown as 26.9.
    """

    name: str
    unit: Literal["%", "points", "nats", "steps", "samples", "times", ""] = ""
    rounding: float = EXACT
    """Numbers no further from 0 than this are rounding errors."""
    read: Callable[[pd.DataFrame, str], float] | None = field(default=None, compare=False)
    """Gives its number from the frame of the experiment and the claim's head; see `read_from`."""

    def read_from(
        self, column: str, how: str | Callable[..., float] = "first", head: str = "", **where: Any
    ) -> "Quantity":
        """The quantity, read from a column: `how` its rows become one number, as in `by_head`.

        The rows are those of a head, by default the claim's own, `where` other columns have a value.
        """

        def read(frame: pd.DataFrame, own: str) -> float:
            for name, value in where.items():
                frame = frame[frame[name] == value]
            return by_head(frame, column, how)[head or own]

        return replace(self, read=read)

    def text(self, value: float) -> str:
        """A value with its unit, rounded for readers; a dash for a value that isn't finite."""
        if not math.isfinite(value):
            return "–"
        if 0 < abs(value) <= self.rounding:
            return "0 (to rounding)"
        if self.unit == "%":
            return f"{percent(value)} %"
        number = rounded(100 * value if self.unit == "points" else value)
        unit = self.unit.removesuffix("s") if number == "1" and self.unit != "times" else self.unit
        return f"{number} {unit}".rstrip()

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

RELATIONS = {"at most": operator.le, "at least": operator.ge, "above": operator.gt}


@dataclass(frozen=True)
class Condition:
    """A bound on a quantity. NaN meets no condition."""

    quantity: Quantity
    relation: Literal["at most", "at least", "above"]
    threshold: float

    def met(self, numbers: Numbers) -> bool:
        """Whether the quantity's number is within the bound."""
        return bool(RELATIONS[self.relation](numbers[self.quantity], self.threshold))

    @property
    def bound(self) -> str:
        """The bound in words: at most 3 nats."""
        text = self.quantity.text(self.threshold)
        return text if self == self.quantity.exact() else f"{self.relation} {text}"

    def judged(self, numbers: Numbers) -> str:
        """The condition in words, whether it's met, and the measured number."""
        return f"{'✓' if self.met(numbers) else '✗'} {self}: {self.quantity.text(numbers[self.quantity])}"

    def __str__(self) -> str:
        return f"{self.quantity.name} is {self.bound}"


@dataclass(frozen=True)
class Rule:
    """From the numbers to the verdict.

    The claim holds if all conditions of `holds` are met, else it holds in part if all of `in_part` are, else
    it fails here. Without `in_part` there is nothing between.
    """

    holds: tuple[Condition, ...]
    in_part: tuple[Condition, ...] = ()

    def verdict(self, numbers: Numbers) -> Verdict:
        """The verdict on these numbers."""
        if _first_unmet(self.holds, numbers) is None:
            return "holds"
        if self.in_part and _first_unmet(self.in_part, numbers) is None:
            return "holds in part"
        return "fails here"

    def deciding(self, numbers: Numbers) -> Condition:
        """The first unmet condition, which keeps the verdict from being better; if all are met, the first."""
        unmet = _first_unmet(self.in_part, numbers) or _first_unmet(self.holds, numbers)
        return unmet or self.holds[0]

    def judged(self, numbers: Numbers) -> list[tuple[str, tuple[str, ...]]]:
        """A heading for each verdict, with its conditions in words and the measured numbers."""
        holds = tuple(condition.judged(numbers) for condition in self.holds)
        judged = [("Holds if" if len(holds) == 1 else "Holds if all of these are true", holds)]
        if self.in_part and self._in_part_repeats():
            judged.append((f"Holds in part if {self._in_part()}", ()))
        elif self.in_part:
            judged.append(("Holds in part if", tuple(each.judged(numbers) for each in self.in_part)))
        return [*judged, ("Otherwise it fails here", ())]

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """Every quantity with a condition, once."""
        return tuple(dict.fromkeys(condition.quantity for condition in self.holds + self.in_part))

    def __str__(self) -> str:
        parts = [f"Holds if {listed(map(str, self.holds))}"]
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


def _first_unmet(conditions: Iterable[Condition], numbers: Numbers) -> Condition | None:
    return next((condition for condition in conditions if not condition.met(numbers)), None)
