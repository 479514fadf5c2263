"""Numbers and lists in words: one number reads the same in a sentence, a table, a chart and a terminal."""

import math
import re
from collections.abc import Iterable
from decimal import Decimal

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
NO_BREAK = "\u00a0"

ZERO = "0 (to rounding)"
"""A number that differs from 0 by no more than rounding."""

ROUNDING = 1e-12
"""Errors up to this are the rounding of float64."""


MILLIONS = {6: "million", 9: "billion"}
"""Words for powers of ten."""

NEARLY = 0.001
"""Probabilities nearer to 0 or 1 than this are said to be so, without their digits."""

ROUNDED = "Differences are rounded from exact values: the last digit may differ from that of rounded means."
"""What has to be said where means and their differences stand together."""

LONGEST_HEADING = 205
"""Characters that a screen of 1280 has room for in two lines of a heading."""

MOST_ZEROS = 4
"""So many more decimals at most has a bound that would else round to 0."""

DURATIONS = (("s", 1.0), ("ms", 1e-4), ("µs", 0.0))
"""Units of times, each with the smallest time in seconds that is told in it."""
SECONDS = {"s": 1.0, "ms": 1e-3, "µs": 1e-6}


def spelled(value: float, digits: int = 3) -> str:
    """A number in so many significant digits: 0.269, 1,862, 68 million, 2.22 × 10⁻¹⁶.

    A number below 100 is not rounded up to it, so that nearly all isn't taken for all.
    """
    if not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    size = abs(value)
    exponent = int(f"{size:.{digits - 1}e}".partition("e")[2])  # after rounding: 999,999.9 is a million
    if exponent < -4 or exponent >= 12:
        mantissa = _plain(size / 10.0**exponent, digits)
        power = f"10{str(exponent).translate(SUPERSCRIPTS)}"
        text = power if mantissa == "1" else f"{mantissa} × {power}".replace(" ", NO_BREAK)
    elif exponent >= 6:
        word = max(power for power in MILLIONS if power <= exponent)
        text = f"{_plain(size / 10.0**word, digits)}{NO_BREAK}{MILLIONS[word]}"
    else:
        text = _plain(size, digits)
    return f"−{text}" if value < 0 else text


def _plain(size: float, digits: int) -> str:
    """A size without a power of ten: whole numbers in full, below 100 no further than to 99.9…."""
    if size >= 10**digits - 0.5 and not 99 < size < 100:
        return f"{size:,.0f}"
    texts = (f"{size:,.{n}g}" for n in range(digits, 18))
    return next(text for text in texts if size >= 100 or float(text.replace(",", "")) < 100)


def probability(value: float) -> str:
    """A probability in two significant digits; what is nearly 0 or 1 is not called 0 or 1."""
    if 0 < value < NEARLY:
        return f"less than {NEARLY}"
    if 1 - NEARLY < value < 1:
        return f"more than {1 - NEARLY}"
    return f"{value:.3f}" if 0.995 <= value < 1 else spelled(value, 2)


def given(value: float) -> str:
    """A number that somebody chose, as it is and in full: 0.003, 1,000,000, 0.000001."""
    if value and not 1e-9 <= abs(value) < 1e15:
        return spelled(value, 12)
    text = f"{value:,.12f}".rstrip("0").rstrip(".")
    return text.replace("-", "−")


def typed(value: float) -> str:
    """A number to its last digit, as one would type it: 0.000001, 1000000."""
    if not math.isfinite(value):
        return f"{value:g}"
    digits = format(Decimal(repr(float(value))), "f")
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def error(value: float, rounding: float = ROUNDING) -> str:
    """An error in two significant digits, or in words where it's no more than rounding."""
    return "exact, to rounding" if abs(value) <= rounding else spelled(value, 2)


def number(value: float, unit: str = "") -> str:
    """A value without its unit, in three significant digits; a share in percent, to one decimal.

    None and all are "0" and "100". What isn't isn't rounded to them: nearly all is at most "99.99".
    """
    return _fixed(value, unit, 3)


def in_unit(value: float, unit: str) -> str:
    """The same with its unit: "97.6 %", "0.123 nats"."""
    return with_unit(number(value, unit), unit)


def signed(value: float, unit: str) -> str:
    """A difference with its sign and without its unit, in two significant digits; of shares, in points."""
    return _fixed(value, unit, 2, "+")


def difference(value: float, unit: str) -> str:
    """The same with its unit: "−0.012 nats"; of shares, "+0.8 points"."""
    return with_unit(signed(value, unit), "points" if unit == "%" else unit)


def interval(value: float, low: float, high: float, unit: str) -> tuple[str, str, str]:
    """A difference and its bounds, without unit, to the same decimals: those that the largest is worth.

    On which side of 0 a bound lies decides, so one that would round to 0 has more decimals: "−0.04".
    """
    largest = max((abs(each) for each in (value, low, high) if math.isfinite(each)), default=0.0)
    texts = [_fixed(each, unit, 2, "+", largest) for each in (value, low, high)]
    least = [_beside_zero(each, text, unit) for each, text in zip((low, high), texts[1:], strict=True)]
    return texts[0], least[0], least[1]


def _beside_zero(bound: float, text: str, unit: str) -> str:
    """The text of a bound, with as many decimals more as show its sign."""
    if not math.isfinite(bound) or not bound or text.strip("+−0.,"):
        return text
    value = in_points(bound, unit)
    n = len(text.partition(".")[2])
    longer = (_decimals(value, each, "+") for each in range(n + 1, n + MOST_ZEROS + 1))
    return next((each for each in longer if each.strip("+−0.,")), text)


def in_points(value: float, unit: str) -> float:
    """A difference as it is told: of shares, in percentage points."""
    return 100 * value if unit == "%" else value


def bounds(value: float, low: float, high: float, unit: str) -> str:
    """The interval of a value with its unit, to the value's decimals: "97.1 to 98.0 %"; "–" for none.

    An end of ten times the value has no use for the value's decimals: then each end has its own.
    """
    if not (math.isfinite(low) and math.isfinite(high)):
        return "–"
    far = max(abs(low), abs(high)) >= 10 * abs(value)
    texts = [_fixed(each, unit, 3, worth=each if far else value) for each in (low, high)]
    return with_unit(" to ".join(texts), unit)


def percent(share: float) -> str:
    """A share in whole per cent, for what is only roughly so: "24 %"."""
    return f"{100 * share:.0f}{NO_BREAK}%"


def duration(seconds: float) -> str:
    """A time in two significant digits: "1.4 s", "0.63 ms", "52 µs"."""
    if not seconds > 0:
        return "–"
    rounded = float(f"{seconds:.2g}")
    unit = next(unit for unit, least in DURATIONS if rounded >= least)
    return f"{figures(rounded / SECONDS[unit])} {unit}"


def figures(value: float) -> str:
    """A size in two significant figures, the others 0: 0.63, 180, 98,000."""
    return spelled(float(f"{value:.2g}"), 2)


def with_unit(text: str, unit: str) -> str:
    """A number in words with its unit; a dash stays alone."""
    if text == "–" or not unit:
        return text
    return f"{text}{NO_BREAK if unit == '%' else ' '}{unit}"


def _fixed(value: float, unit: str, digits: int, sign: str = "", worth: float | None = None) -> str:
    """A value to the decimals of so many significant digits of `worth`; a percentage to one decimal."""
    if not math.isfinite(value):
        return "–"
    if unit == "%":
        return _percentage(100 * value, sign)
    if unit == "points":
        return _decimals(value, 1, sign)
    worth = value if worth is None else worth
    exponent = int(f"{worth:.{digits - 1}e}".partition("e")[2])  # after rounding: 99.97 is 100
    if not -4 <= exponent < 6:
        return f"{sign if value > 0 else ''}{spelled(value, digits)}"
    return _decimals(value, min(max(digits - 1 - exponent, 0), 6), sign)


def _percentage(value: float, sign: str) -> str:
    if sign:
        return _decimals(value, 1, sign)
    if min(abs(value), abs(value - 100)) < 1e-9:
        return f"{value:.0f}"
    if 99.95 <= value < 100:
        return _decimals(min(value, 99.99), 2, sign)
    n = next((n for n in range(1, 4) if round(value, n) != 0), 4)
    return _decimals(value, n, sign)


def _decimals(value: float, n: int, sign: str) -> str:
    return f"{value + 0.0:{sign}z,.{n}f}".replace("-", "−")


def unbroken(text: str) -> str:
    """The text with no-break spaces between numbers and per cent signs."""
    return re.sub(r"(?<=\d) %", f"{NO_BREAK}%", text)


def counted(n: int, noun: str) -> str:
    """``one seed``, ``10 seeds``, ``1,000 seeds``."""
    return f"one {noun}" if n == 1 else f"{n:,} {noun}s"


def listed(words: Iterable[str], conjunction: str = "and", none: str = "none") -> str:
    """Words as in a sentence: ``a``, ``a and b``, ``a, b and c``; `none` where there aren't any."""
    *others, last = list(words) or [none]
    return f" {conjunction} ".join(filter(None, [", ".join(others), last]))


def sentence(text: str) -> str:
    """The text with a capital first letter; `str.capitalize` would lower the others."""
    return text[:1].upper() + text[1:]


def brief(name: str, length: int = 24) -> str:
    """A name for a place where little fits, such as beside a small chart."""
    return name if len(name) <= length else f"{name[: length - 1].rstrip()}…"
