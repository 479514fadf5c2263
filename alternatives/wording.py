"""Numbers and lists in words: one number reads the same in a sentence, a table, a chart and a terminal."""

import math
from collections.abc import Iterable
from decimal import Decimal

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
NO_BREAK = "\u00a0"

ROUNDING = 1e-12
"""Errors up to this are the rounding of float64."""


def spelled(value: float, digits: int = 3) -> str:
    """A number in so many significant digits: 0.269, 1,862, 2.22 × 10⁻¹⁶.

    A number below 100 is not rounded up to it, so that nearly all isn't taken for all.
    """
    if not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    size = abs(value)
    if not 1e-4 <= size < 1e6:
        mantissa, _, exponent = f"{size:.{digits - 1}e}".partition("e")
        power = f"10{str(int(exponent)).translate(SUPERSCRIPTS)}"
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        text = power if mantissa == "1" else f"{mantissa} × {power}"
    elif size >= 10**digits - 0.5 and not 99 < size < 100:
        text = f"{size:,.0f}"
    else:
        texts = (f"{size:.{n}g}" for n in range(digits, 18))
        text = next(text for text in texts if size >= 100 or float(text) < 100)
    return f"−{text}" if value < 0 else text


def error(value: float, rounding: float = ROUNDING) -> str:
    """An error in two significant digits, or in words where it's no more than rounding."""
    return "exact, to rounding" if abs(value) <= rounding else spelled(value, 2)


def in_unit(value: float, unit: str) -> str:
    """A value with its unit, in three significant digits; a share in percent: "97.6 %", "0.123 nats"."""
    return _with_unit(_fixed(value, unit, 3), unit)


def difference(value: float, unit: str) -> str:
    """A difference with its sign, in two significant digits: "−0.012 nats"; of shares, "+0.8 points"."""
    return _with_unit(_fixed(value, unit, 2, "+"), "points" if unit == "%" else unit)


def interval(value: float, low: float, high: float, unit: str) -> tuple[str, str, str]:
    """A difference and its bounds, without unit, to the same decimals: those that the largest is worth.

    A bound below 0 keeps its sign even where it rounds to 0: on which side of 0 it lies decides.
    """
    largest = max((abs(each) for each in (value, low, high) if math.isfinite(each)), default=0.0)
    texts = [_fixed(each, unit, 2, "+", largest, as_zero=False) for each in (value, low, high)]
    return texts[0], texts[1], texts[2]


def _with_unit(text: str, unit: str) -> str:
    return text if text == "–" else f"{text} {unit}".rstrip()


def _fixed(
    value: float, unit: str, digits: int, sign: str = "", worth: float | None = None, as_zero: bool = True
) -> str:
    """A value to the decimals of so many significant digits of `worth`; a percentage to one decimal."""
    if not math.isfinite(value):
        return "–"
    worth = value if worth is None else worth
    if unit == "%":
        value, worth, digits = 100 * value, 100 * worth, 3
    exponent = int(f"{worth:.{digits - 1}e}".partition("e")[2])  # after rounding: 99.97 is 100
    if unit != "%" and not -4 <= exponent < 6:
        number = spelled(value, digits).replace(" ", NO_BREAK)  # the only plain space is before the unit
        return f"{sign if value > 0 else ''}{number}"
    decimals = min(max(digits - 1 - exponent, 0), 1 if unit == "%" else 6)
    zero = "z" if as_zero else ""  # without it, what rounds to 0 keeps its sign
    return f"{value + 0.0:{sign}{zero},.{decimals}f}".replace("-", "−")


def counted(n: int, noun: str) -> str:
    """``one seed``, ``10 seeds``."""
    return f"one {noun}" if n == 1 else f"{n} {noun}s"


def listed(words: Iterable[str], conjunction: str = "and", none: str = "none") -> str:
    """Words as in a sentence: ``a``, ``a and b``, ``a, b and c``; `none` where there aren't any."""
    *others, last = list(words) or [none]
    return f" {conjunction} ".join(filter(None, [", ".join(others), last]))


def sentence(text: str) -> str:
    """The text with a capital first letter; `str.capitalize` would lower the others."""
    return text[:1].upper() + text[1:]


def typed(value: float) -> str:
    """A number to its last digit, as one would type it: 0.000001, 1000000."""
    if not math.isfinite(value):
        return f"{value:g}"
    digits = format(Decimal(repr(float(value))), "f")
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def brief(name: str, length: int = 24) -> str:
    """A name for a place where little fits, such as beside a small chart."""
    return name if len(name) <= length else f"{name[: length - 1].rstrip()}…"
