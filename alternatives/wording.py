"""Numbers and lists in words, the same wherever something is told in a sentence."""

import math
from collections.abc import Iterable

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def spelled(value: float) -> str:
    """A number in three significant digits: 0.269, 1,862, 2.22 × 10⁻¹⁶.

    What is short of 100 doesn't round up to it, so that a share of nearly all isn't taken for all.
    """
    if not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    size = abs(value)
    if 1e-4 <= size < 999.5:
        digits = next(text for n in range(3, 18) if (text := f"{size:.{n}g}") != "100" or size >= 100)
    elif 999.5 <= size < 1e6:
        digits = f"{size:,.0f}"
    else:
        mantissa, _, exponent = f"{size:.2e}".partition("e")
        power = f"10{int(exponent)}".replace("10", "", 1).translate(SUPERSCRIPTS)
        mantissa = mantissa.rstrip("0").rstrip(".")
        digits = f"10{power}" if mantissa == "1" else f"{mantissa} × 10{power}"
    return f"−{digits}" if value < 0 else digits


def listed(words: Iterable[str], conjunction: str = "and", none: str = "none") -> str:
    """Words as in a sentence: ``a``, ``a and b``, ``a, b and c``; `none` where there aren't any."""
    *others, last = list(words) or [none]
    return f" {conjunction} ".join(filter(None, [", ".join(others), last]))


def sentence(text: str) -> str:
    """The text with a capital first letter; `str.capitalize` would lower the others."""
    return text[:1].upper() + text[1:]
