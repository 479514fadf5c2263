"""A number from a range: what a parameter of a head, of a data set or of an experiment may be."""

import math
from dataclasses import KW_ONLY, dataclass
from typing import Any

import numpy as np

from alternatives.state.checked import Control
from alternatives.state.text import folded, shortened
from alternatives.wording import typed

LONGEST_SLIDER = 1000
"""Whole numbers up to which a slider can be set to each."""


@dataclass(frozen=True)
class Range:
    """A number from `low` to `high`."""

    low: float
    high: float
    explanation: str
    _: KW_ONLY
    whole: bool = False
    logarithmic: bool = False
    """Whether a control offers 1, 2, 5, 10, … rather than equal steps."""
    step: float = 0.0
    """Whole steps from `low` are allowed, unless it's 0."""
    none: str = ""
    """The word for None, where None is allowed."""

    @property
    def allowed(self) -> str:
        number = "a whole number" if self.whole else "a number"
        steps = f" in steps of {typed(self.step)}" if self.step else ""
        none = f', or "{self.none}"' if self.none else ""
        return f"{number} from {typed(self.low)} to {typed(self.high)}{steps}{none}"

    def check(self, value: Any, what: str, given: str | None = None) -> Any:
        """The value as an int, a float or None; an error quotes the text that was given, if one was."""
        if value is None and self.none:
            return None
        if not self._holds(value):
            given = shortened(value if given is None else given)
            raise ValueError(f"{what} must be {self.allowed}, got {given}")
        # Adding 0 makes -0.0 and 0.0 one value, with one text.
        return int(value) if self.whole else float(value) + 0.0

    def parse(self, text: str, what: str) -> Any:
        if self.none and folded(text) == folded(self.none):
            return None
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        return self.check(value, what, text)

    def text(self, value: Any) -> str:
        return self.none if value is None else str(value)

    def controls(self, name: str, value: Any) -> tuple[Control]:
        """A slider, or a box to type the number in where a slider's steps would be too coarse."""
        if self.logarithmic or self.none:
            words = [self.none] if self.none else []
            shown = self.none if value is None else value
            settings = {"options": [*words, *steps(self, value)], "format_func": _figures}
            return (
                Control(
                    *("steps", name, shown, self.explanation, settings),
                    lambda _, given: None if given in words else given,
                ),
            )
        convert = int if self.whole else float
        step = self.step or tidy((self.high - self.low) / 100)
        typed = self.whole and not self.step and self.high > LONGEST_SLIDER and step > self.low
        if typed or (self.whole and self.high <= LONGEST_SLIDER):
            step = self.step or 1
        settings = {"min_value": convert(self.low), "max_value": convert(self.high), "step": convert(step)}
        return (Control("number" if typed else "slider", name, convert(value), self.explanation, settings),)

    def _holds(self, value: Any) -> bool:
        if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
            return False
        if not self.low <= value <= self.high or (self.whole and value % 1):
            return False
        n_steps = float((value - self.low) / self.step) if self.step else 0.0
        return math.isclose(n_steps, round(n_steps), abs_tol=1e-6)


def steps(allowed: Range, *others: float | None) -> list[float]:
    """1, 2, 5, 10, … within a range, from a millionth of its end where it begins at 0, and other values."""
    lowest = allowed.low or allowed.high / 1e6
    exponents = range(math.floor(math.log10(lowest)), math.ceil(math.log10(allowed.high)) + 1)
    grid = {float(f"{digit}e{exponent}") for exponent in exponents for digit in (1, 2, 5)}
    inside = {value for value in grid if lowest <= value <= allowed.high}
    return sorted({allowed.low, allowed.high} | inside | {other for other in others if other is not None})


def tidy(step: float) -> float:
    """The largest of 1, 2, 5, 10, … and their tenths that isn't above a step."""
    power = 10.0 ** math.floor(math.log10(step))
    return float(f"{max(digit for digit in (1, 2, 5) if digit * power <= step * 1.001) * power:.12g}")


def _figures(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
