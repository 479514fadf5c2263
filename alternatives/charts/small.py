"""A small picture of a recorded claim: the number that decides, beside where its condition is met.

It is drawn from the recorded run, so that a list of claims has pictures without an experiment.
"""

import math

from alternatives.charts.look import RULE, colour
from alternatives.claims import Condition
from alternatives.claims.mechanism.measured import ends

WIDTH, HEIGHT, MARGIN = 132, 26, 8
"""Pixels of the picture, and of the room on either side of the outermost values."""
RADIUS = 5.5


def picture(condition: Condition, number: float, head: str) -> str:
    """An SVG: shaded where the condition is met, a dot in the head's colour at the number, its interval.

    The axis is linear up to about the threshold, or a tenth of the largest number, and logarithmic beyond.
    """
    middle, threshold = HEIGHT / 2, 0.0 if condition.is_exact else condition.threshold
    values = [0.0 if condition.quantity.is_rounding(each) else each for each in (number, *ends(number))]
    known = [each for each in (*values, threshold) if math.isfinite(each)]
    scale = max(abs(threshold), max(map(abs, known)) / 10) or 1.0
    places = [_symlog(each / scale) for each in (*known, 0.0)]
    first, last = min(places), max(places)
    first, last = (first, last) if last > first else (first - 1, last + 1)

    def place(value: float) -> float:
        share = (_symlog(value / scale) - first) / (last - first)
        return round(MARGIN + share * (WIDTH - 2 * MARGIN), 1)

    at = place(threshold)
    left, right = (0, at) if condition.relation == "at most" else (at, WIDTH)
    if condition.is_exact:
        left, right = at - 8, at + 8
    met = f'x="{left}" y="2" width="{right - left:.1f}" height="{HEIGHT - 4}"'
    parts = [
        f'<rect {met} fill="{RULE}" opacity="0.25"/>',
        f'<path d="M0 {middle}H{WIDTH}M{at} 0V{HEIGHT}" stroke="{RULE}"/>',
    ]
    value, low, high = values
    if math.isfinite(low) and math.isfinite(high) and high > low:
        parts.append(
            f'<path d="M{place(low)} {middle}H{place(high)}" stroke="{colour(head)}" stroke-width="3"/>'
        )
    if math.isfinite(value):
        parts.append(f'<circle cx="{place(value)}" cy="{middle}" r="{RADIUS}" fill="{colour(head)}"/>')
    size = f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{"".join(parts)}</svg>'


def _symlog(value: float) -> float:
    """Linear around 0, and logarithmic on both sides."""
    return math.copysign(math.log1p(abs(value)), value)


def in_words(condition: Condition, number: float) -> str:
    """What the picture shows, for those who can't see it."""
    return f"{condition.quantity.text(number)}; the condition is met {condition.where}"
