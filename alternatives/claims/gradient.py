"""Claims about the gradient of the loss at the logits."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from alternatives.claims.claim import GRADIENT, Axis, B, C, ChartSpec, Claim, Link, by_head, register
from alternatives.claims.rule import EXACT, Numbers, Quantity, Rule
from alternatives.heads import Floats, Integers, onehot
from alternatives.measures import gradient_magnitude
from alternatives.wording import listed, spelled

SQUARED = "softmax with squared error"


def length(gradients: Floats) -> Floats:
    """Euclidean norm (...) of gradients (..., n_classes)."""
    norms: Floats = np.sqrt(np.vecdot(gradients, gradients))
    return norms


def led(seed: int, n_samples: int, margins: Floats, n_classes: int, scale: float) -> tuple[Floats, Integers]:
    """Logits (n_margins, n_samples, n_classes) in which a margin lifts one class, and the targets.

    A positive margin is added to the target's logit: right, and the surer the larger it is. The size of a
    negative one is added to another class's: wrong and sure.
    """
    random = np.random.default_rng(seed)
    logits = random.normal(0, scale, (n_samples, n_classes))
    targets = random.integers(0, n_classes, n_samples)
    right, wrong = onehot(targets, logits), onehot((targets + 1) % n_classes, logits)
    lead = margins[:, None, None]
    lifted = logits + np.where(lead >= 0, lead * right, -lead * wrong)
    return lifted, np.broadcast_to(targets, lifted.shape[:-1])


@register
@dataclass(frozen=True)
class SimpleGradient(Claim):
    """Every entry of the gradient against p - target, and its length where the target is nearly sure."""

    id = "simple gradient"
    part = GRADIENT
    sources = (B,)
    statement = "With the log loss, the gradient is p − target: between −1 and 1, and small when right."
    ENTRY = Quantity("the largest entry of its gradient, in size,")
    FORMULA = Quantity("the largest distance of its gradient from p − target")
    RIGHT = Quantity("its gradient's mean length where the target has 99 %")
    rule = Rule(
        holds=(ENTRY.at_most(1 + EXACT), RIGHT.at_most(0.02), FORMULA.at_most(EXACT)),
        in_part=(ENTRY.at_most(1 + EXACT), RIGHT.at_most(0.02)),
    )
    turns = (
        "The log loss of another score has that score's slope in its gradient. For spherical softmax the "
        "slope is at most 1/√ε, so that for ε below 1 the gradient can pass 1; for Taylor softmax it is at "
        "most 1."
    )
    charts = (
        ChartSpec(
            "lines",
            Axis("margin", "lead of the target"),
            Axis("size", "gradient's entry, in size", logarithmic=True, floor=1e-6),
            facet="entry",
            reference=1.0,
            caption="Up to the line an entry is between −1 and 1. On the right the target leads, and it "
            "should be small; left of 0 another class leads.",
        ),
    )
    size = 100

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        near = np.linspace(-20, 20, 81)
        far = np.geomspace(20, 2000, 60)[1:]  # some heads are as sure as 99 % only there
        logits, targets = led(seed, size, np.concatenate([near, far]), n_classes=5, scale=1)
        target = onehot(targets, logits)
        frames = []
        for name, head in self.heads.items():
            gradients, p = head.gradient(logits, targets), head.probabilities(logits)
            nearly_sure = length(gradients)[np.abs(np.vecdot(p, target) - 0.99) <= 0.005]
            distance = np.abs(gradients - (p - target)).max((-1, -2))
            entries = {"largest entry": gradients, "smallest entry, its sign changed": -gradients}
            for entry, signed in entries.items():
                columns = {
                    "head": name,
                    "margin": near,
                    "entry": entry,
                    "size": np.maximum(signed.max((-1, -2)), 0)[: len(near)],
                    "distance": distance[: len(near)],
                    "right": nearly_sure.mean() if nearly_sure.size else np.nan,
                }
                frames.append(pd.DataFrame(columns))
        return pd.concat(frames, ignore_index=True)

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        return {
            self.ENTRY: by_head(frame, "size", "max")[self.head],
            self.FORMULA: by_head(frame, "distance", "max")[self.head],
            self.RIGHT: by_head(frame, "right")[self.head],
        }

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        others = self.others(frame)
        entries, distances = (by_head(others, column, "max") for column in ("size", "distance"))
        beyond = [f"{head} ({spelled(entry)})" for head, entry in entries.items() if entry > 1 + EXACT]
        alike = [head for head, distance in distances.items() if distance <= EXACT]
        right = by_head(others, "right")
        long = [f"{head} ({spelled(size)})" for head, size in right.items() if size > 0.02]
        never = [head for head, size in right.items() if np.isnan(size)]
        where = (
            f"is {self.RIGHT.text(numbers[self.RIGHT])} long where the target has 99 %"
            if np.isfinite(numbers[self.RIGHT])
            else "never reaches 99 % for the target"
        )
        return (
            f"The gradient of {self.head} has no entry beyond {self.ENTRY.text(numbers[self.ENTRY])}, "
            f"{where}, and is p − target to {self.FORMULA.text(numbers[self.FORMULA])}. Others of which that "
            f"formula is right: {listed(alike)}; with entries beyond 1: {listed(beyond)}; longer than 0.02 "
            f"where the target has 99 %: {listed(long)}"
            + (f"; the target never gets 99 % from {listed(never)}." if never else ".")
        )

    def link(self, seed: int = 0) -> Link:
        return self.shape((0, 4, 0, 0, 0))


@register
@dataclass(frozen=True)
class WrongAndSure(Claim):
    """Gradient magnitude by margin."""

    id = "wrong and sure"
    part = GRADIENT
    sources = (B, C)
    statement = (
        "When the network is wrong and sure, the log loss of softmax still has a roughly constant gradient; "
        "squared error on softmax has almost none."
    )
    RATIO = Quantity("its gradient over that of softmax with squared error, at a margin of −20,", "times")
    STEADY = Quantity("the least of its gradient from −5 to −20 over the largest", "%")
    rule = Rule(holds=(RATIO.at_least(100), STEADY.at_least(0.9)), in_part=(RATIO.at_least(10),))
    turns = (
        "Near a margin of 0 both gradients are of one order: squared error loses its own as the network gets "
        "surer, by a factor e for each unit of the margin. Spherical softmax lies between: its slope falls "
        "in inverse proportion to the logit."
    )
    charts = (
        ChartSpec(
            "lines",
            Axis("margin", "lead of the target"),
            Axis("magnitude", "mean length of the gradient", logarithmic=True, floor=1e-10),
            caption="On the left another class leads, the network is wrong and sure: what is low there "
            "doesn't learn.",
        ),
    )
    size = 100

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        margins = np.linspace(-20, 20, 81)
        logits, targets = led(seed, size, margins, n_classes=3, scale=0.5)
        frames = []
        for name, head in self.heads.items():
            magnitude = gradient_magnitude(head.gradient(logits, targets))
            frames.append(pd.DataFrame({"head": name, "margin": margins, "magnitude": magnitude}))
        return pd.concat(frames, ignore_index=True)

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        surest = by_head(frame[frame["margin"] == -20], "magnitude")
        wrong = self.of(frame[frame["margin"] <= -5])["magnitude"]
        return {
            self.RATIO: surest[self.head] / surest[SQUARED],
            self.STEADY: float(wrong.min() / wrong.max()),
        }

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        surest = by_head(frame[frame["margin"] == -20], "magnitude")
        beside = [f"{head} {spelled(surest[head])}" for head in surest if head not in (self.head, SQUARED)]
        return (
            f"At a margin of −20 the gradient of {self.head} is {spelled(surest[self.head])} long, "
            f"{self.RATIO.text(numbers[self.RATIO])} that of softmax with squared error, and from −5 to −20 "
            f"it keeps {self.STEADY.text(numbers[self.STEADY])} of its length. Beside it: {listed(beside)}."
        )

    def link(self, seed: int = 0) -> Link:
        return self.shape((0, 0, 20), moving=2)
