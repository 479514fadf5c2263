"""Kinds of processors: on another one sums are rounded in another order, and trained numbers differ."""

import re

from threadpoolctl import threadpool_info

RECORDED_ON = "Haswell"
"""The kind, by OpenBLAS's name, on which what the project keeps was computed: claims, stories, sweeps."""

IS_RECORDED = RECORDED_ON in {each.get("architecture") for each in threadpool_info()}
"""Whether numbers here are the recorded ones, to the last digit that is written."""

NUMBER = re.compile(r"\d+(?:\.\d+)?")
ELSEWHERE = {0: 1.0, 1: 0.3, 2: 0.05}
"""How far a written number may be from the one computed on another kind, by the decimals that it is written
with: on a SkylakeX accuracies differed by up to 0.2 points."""


def reads(said: str, text: str) -> bool:
    """Whether a text is in another one, and its numbers as near as this kind of processor allows."""
    if text in said:
        return True
    if IS_RECORDED:
        return False
    numbers = NUMBER.findall(text)
    between = map(re.escape, NUMBER.split(text))
    no_digits_before = r"(?<![\d.])" if text[:1].isdigit() else ""
    pattern = no_digits_before + rf"({NUMBER.pattern})".join(between)
    return any(all(map(_near, found.groups(), numbers)) for found in re.finditer(pattern, said))


def _near(written: str, computed: str) -> bool:
    decimals = len(written.partition(".")[2])
    return abs(float(written) - float(computed)) <= ELSEWHERE[min(decimals, max(ELSEWHERE))] + 1e-9
