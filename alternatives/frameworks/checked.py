"""The module for NumPy is run against the head it was made from: what is wrong isn't handed out."""

from functools import lru_cache
from typing import Any

import numpy as np

from alternatives.heads import Floats, Head, Integers

TOLERANCE = 1e-9
"""The largest difference, relative to numbers above 1, between a head and its own module in float64."""


def samples() -> tuple[Floats, Integers]:
    """Logits (n_samples, 5) with their targets: usual, large, tied, and all the same."""
    rng = np.random.default_rng(0)
    usual = rng.normal(size=(20, 5)) * np.logspace(-1, 4, 20)[:, None]
    tied = rng.integers(-2, 3, size=(20, 5)).astype(np.float64)
    logits = np.concatenate([usual, tied, np.zeros((1, 5)), np.full((1, 5), -3.0)])
    return logits, np.arange(len(logits)) % 5


def difference(found: Any, expected: Any) -> float:
    """The largest difference, relative to the expected number where that is above 1; NaN is infinite."""
    found, expected = np.asarray(found, np.float64), np.asarray(expected, np.float64)
    with np.errstate(invalid="ignore"):
        errors = np.abs(found - expected) / np.maximum(1, np.abs(expected))
    errors = np.where(found == expected, 0, errors)
    return float(np.max(np.where(np.isnan(errors), np.inf, errors), initial=0))


@lru_cache(maxsize=64)
def check(head: Head, source: str) -> None:
    """ValueError if a module for NumPy gives other numbers than its head."""
    space: dict[str, Any] = {}
    exec(compile(source, f"<{head} for NumPy>", "exec"), space)
    logits, targets = samples()
    with np.errstate(all="ignore"):
        loss = space["Loss"](reduction="none")
        found = {
            "probabilities": space["probabilities"](logits),
            "loss": loss(logits, targets),
            "gradient": loss.gradient(logits, targets),
        }
    expected = {
        "probabilities": head.probabilities(logits),
        "loss": head.loss(logits, targets),
        "gradient": head.gradient(logits, targets),
    }
    for name, values in found.items():
        error = difference(values, expected[name])
        if not error <= TOLERANCE:
            raise ValueError(
                f"what {head.name} says in its `portable` isn't what it computes: "
                f"its {name} differs by {error:.2g}"
            )
