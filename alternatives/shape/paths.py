"""Where each head's probabilities go as all logits are multiplied by a growing scale.

Two or three numbers that sum to 1 are a point on a line or in a triangle, the probability simplex. So a
head's probabilities draw a path there, from the middle, where the scale is 0 and all logits are equal, to
where they end. Softmax ends in the corner of the largest logit; a head whose score is a square ends where the
squared logits share the probability.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from alternatives.heads import Floats, Head
from alternatives.wording import listed, probability, sentence, spelled

LEAST, MOST = 0.01, 100.0
"""The smallest scale beyond 0, and the largest: those of the control."""
POINTS = 161
"""Scales of a path without 0 and the current one."""
CLOSE = 0.02
"""Probabilities that differ by no more than this are close in the sentences."""
REST = "all other classes"
"""The third corner where there are more classes than corners."""
MOST_CORNERS = 3
BEGAN = "where it began"


class Paths(NamedTuple):
    """Probabilities (n_heads, n_scales, n_corners) at scales (n_scales,), the first of which is 0.

    They sum to 1 over the corners. `present` is the index of the current scale, `squares` (n_corners,) what
    the squared logits would share, NaN where all logits are 0.
    """

    heads: tuple[str, ...]
    corners: tuple[str, ...]
    scales: Floats
    probabilities: Floats
    present: int
    squares: Floats

    @classmethod
    def through(
        cls, heads: Sequence[Head], logits: Floats, scale: float, shift: float, target: int
    ) -> "Paths":
        """The paths of heads that get ``scale * logits + shift``, from a scale of 0 to `MOST`.

        With more classes than three the corners are the target, the largest other logit, and all others.
        """
        n_classes = len(logits)
        if n_classes <= MOST_CORNERS:
            groups = [[k] for k in range(n_classes)]
            corners = tuple(f"class {k}" for k in range(n_classes))
        else:
            rival = int(np.where(np.arange(n_classes) == target, -np.inf, logits).argmax())
            others = [k for k in range(n_classes) if k not in (target, rival)]
            groups, corners = [[target], [rival], others], (f"class {target}", f"class {rival}", REST)
        scales = np.unique([0.0, *np.geomspace(LEAST, MOST, POINTS), scale])
        scaled = scales[:, None] * logits + shift
        shares = np.stack([head.class_probabilities(scaled) for head in heads])
        squares = logits**2 / max((logits**2).sum(), np.finfo(float).tiny)
        if not logits.any():
            squares = np.full(n_classes, np.nan)
        return cls(
            tuple(head.name for head in heads),
            corners,
            scales,
            np.stack([shares[..., group].sum(-1) for group in groups], -1),
            int(np.searchsorted(scales, scale)),
            np.array([squares[group].sum() for group in groups]),
        )

    @property
    def ends(self) -> Floats:
        """The probabilities (n_heads, n_corners) at the largest scale."""
        return self.probabilities[:, -1]

    @property
    def settled(self) -> Floats:
        """The scale (n_heads,) from which on each head stays close to its end; NaN where it has none."""
        away = np.abs(self.probabilities - self.ends[:, None]).max(-1) > CLOSE
        # The scale after the last one that is away.
        first = away.shape[1] - away[:, ::-1].argmax(1)
        settled = self.scales[np.where(away.any(1), np.minimum(first, len(self.scales) - 1), 0)]
        return np.where(np.isfinite(self.ends).all(-1), settled, np.nan)

    @property
    def finding(self) -> str:
        """The `findings` in a row."""
        return " ".join(self.findings)

    @property
    def findings(self) -> list[str]:
        """Where the paths end, a sentence for each place, and which head gets there first and last."""
        by_place: dict[str, list[str]] = {}
        for head, end in zip(self.heads, self.ends, strict=True):
            by_place.setdefault(self._place(end), []).append(head)
        ends = []
        for place, heads in by_place.items():
            verb = "ends" if len(heads) == 1 else "end"
            began = f"where {'it' if len(heads) == 1 else 'they'} began"
            ends.append(f"{sentence(listed(heads))} {verb} {began if place is BEGAN else place}.")
        return [*ends, *self._when()]

    def _place(self, end: Floats) -> str:
        if not np.isfinite(end).all():
            return "nowhere: its probabilities are not defined at this scale"
        likeliest = int(end.argmax())
        if end[likeliest] > 1 - CLOSE / 2:
            where = "in the corner of" if len(end) == MOST_CORNERS else "with all probability on"
            return f"{where} {self.corners[likeliest]}"
        if np.ptp(self.probabilities_of_equal - end) < CLOSE / 2:
            return BEGAN
        shared = np.flatnonzero(end > CLOSE / 2)
        if len(shared) < len(end) and np.ptp(end[shared]) < CLOSE / 2:
            return f"halfway between {listed(self.corners[k] for k in shared)}"
        if np.abs(end - self.squares).max() < CLOSE / 2:
            return (
                f"about where probabilities are in the ratio of the squared logits ({_numbers(self.squares)})"
            )
        return f"at {_numbers(end)}"

    @property
    def probabilities_of_equal(self) -> Floats:
        """The probabilities (n_corners,) of equal logits, where the paths begin."""
        return self.probabilities[0, 0]

    def _when(self) -> list[str]:
        settled = self.settled
        order = [int(i) for i in np.argsort(settled, kind="stable") if settled[i] > 0]
        if not order:
            return []
        first, last = order[0], order[-1]
        said = (
            f"{sentence(self.heads[first])} is within {CLOSE} of its end from a scale of "
            f"{spelled(settled[first], 2)} on"
        )
        if last != first:
            said += f", {self.heads[last]} only from {spelled(settled[last], 2)} on"
        return [f"{said}."]


def _numbers(probabilities: Floats) -> str:
    return listed(probability(value) for value in probabilities.tolist())
