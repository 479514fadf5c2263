"""Claims about the map from logits to probabilities."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from alternatives.claims.claim import MAP, A, Axis, B, C, ChartSpec, Claim, D, Link, by_head, register
from alternatives.claims.rule import EXACT, Numbers, Quantity, Rule
from alternatives.heads import HEADS, Floats, Head, LinkedHead, SphericalSoftmax
from alternatives.wording import listed, spelled


def drawn(seed: int, n_samples: int, n_classes: int, scale: float = 2.0) -> Floats:
    """Random logits (n_samples, n_classes)."""
    return np.random.default_rng(seed).normal(0, scale, (n_samples, n_classes))


def jacobian(head: Head, logits: Floats, step: float = 1e-3) -> Floats:
    """∂p_j/∂a_i (..., j, i) by fourth-order central differences: what the head does, whatever it says."""
    moves = step * np.eye(logits.shape[-1])
    points = {k: head.probabilities(logits[..., None, :] + k * moves) for k in (-2, -1, 1, 2)}
    slopes = (8 * (points[1] - points[-1]) - (points[2] - points[-2])) / (12 * step)
    return np.swapaxes(slopes, -1, -2)


def same_map(head: Head, other: Head) -> bool:
    """Whether two heads give the same probabilities and differ in their losses alone."""
    one, two = (each.link if isinstance(each, LinkedHead) else each for each in (head, other))
    return one == two


@register
@dataclass(frozen=True)
class Scale(Claim):
    """[1, 2] and [10, 20] through every head, and the factors around and between."""

    id = "scale"
    part = MAP
    sources = (C,)
    statement = (
        "Softmax reacts to the size of its input: [1, 2] gives (0.269, 0.731) and [10, 20] gives "
        "(0.0000454, 0.99995), where plain normalisation gives (1/3, 2/3) for both."
    )
    RANGE = Quantity("the range of its probability over the factors")
    PLAIN = Quantity("plain normalisation's range")
    rule = Rule(holds=(RANGE.at_least(0.1), PLAIN.at_most(EXACT)), in_part=(RANGE.at_least(0.1),))
    turns = (
        "Spherical softmax is as indifferent as plain normalisation at ε = 0, and reacts the less the larger "
        "its logits are against √ε."
    )
    charts = (
        ChartSpec(
            "lines",
            Axis("factor", "factor on the logits [1, 2]", logarithmic=True),
            Axis("probability", "probability of the second class"),
            caption="A flat line doesn't notice the size of its input.",
        ),
    )
    size = 41

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        factors = 10 ** np.linspace(-1, 1, size // 2 * 2 + 1)  # 1 and 10 are among them
        without = SphericalSoftmax(epsilon=0.0)
        frames = []
        for name, head in (self.heads | {str(without): without}).items():
            p = head.probabilities(factors[:, None] * np.array([1.0, 2.0]))
            columns = {"head": name, "factor": factors, "first": p[:, 0], "probability": p[:, 1]}
            frames.append(pd.DataFrame(columns))
        return pd.concat(frames, ignore_index=True)

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        ranges = self._ranges(frame)
        return {self.RANGE: ranges[self.head], self.PLAIN: ranges["plain normalisation"]}

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        own, plain = self.of(frame), self.of(frame, "plain normalisation")
        indifferent = [
            head for head, reach in self._ranges(frame).items() if reach <= EXACT and head != self.head
        ]
        return (
            f"{self.head} gives {_pair(own, 1)} for [1, 2] and {_pair(own, 10)} for [10, 20], and over "
            f"factors from 0.1 to 10 its probability has a range of {self.RANGE.text(numbers[self.RANGE])}; "
            f"plain normalisation gives {listed(dict.fromkeys([_pair(plain, 1), _pair(plain, 10)]))} and has "
            f"a range of {self.PLAIN.text(numbers[self.PLAIN])}. Indifferent to the size: "
            f"{listed(indifferent)}."
        )

    def link(self, seed: int = 0) -> Link:
        return self.shape((1, 2), scale=10)

    @staticmethod
    def _ranges(frame: pd.DataFrame) -> dict[str, float]:
        largest, smallest = (by_head(frame, "probability", how) for how in ("max", "min"))
        return {head: largest[head] - smallest[head] for head in largest}


def _pair(rows: pd.DataFrame, factor: float) -> str:
    """Both probabilities at a factor, to three digits of the smaller."""
    at = int(np.abs(rows["factor"].to_numpy() - factor).argmin())
    p = [float(rows[column].to_numpy()[at]) for column in ("first", "probability")]
    digits = max(3, 2 - math.floor(math.log10(min((x for x in p if x > 0), default=1))))
    return f"({p[0]:.{digits}f}, {p[1]:.{digits}f})"


@register
@dataclass(frozen=True)
class Shift(Claim):
    """One number added to all logits."""

    id = "shift"
    part = MAP
    sources = (C,)
    statement = "softmax(x) = softmax(x + c); the other heads are not indifferent to a shift."
    CHANGE = Quantity("the largest change of its probabilities")
    OTHERS = Quantity("the largest change of the map that changes least of all others")
    rule = Rule(holds=(CHANGE.at_most(EXACT), OTHERS.at_least(0.001)), in_part=(CHANGE.at_most(EXACT),))
    turns = (
        "Whatever looks at differences of logits alone ignores a shift too, as sparsemax and entmax do. And "
        "in float32 a shift of 10⁸ leaves nothing of the differences."
    )
    charts = (
        ChartSpec(
            "lines",
            Axis("shift", "c, added to every logit"),
            Axis("change", "largest change of a probability"),
            reference=0.0,
            caption="A line on 0 doesn't notice the shift.",
        ),
    )
    size = 50

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        logits = drawn(seed, size, n_classes=5)
        shifts = np.linspace(-10, 10, 41)
        own = HEADS.parse(self.head)
        frames = []
        for name, head in self.heads.items():
            moved = head.probabilities(logits + shifts[:, None, None])
            change = np.abs(moved - head.probabilities(logits)).max((-1, -2))
            columns = {"head": name, "shift": shifts, "change": change, "same_map": same_map(head, own)}
            frames.append(pd.DataFrame(columns))
        return pd.concat(frames, ignore_index=True)

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        others = by_head(frame[~frame["same_map"]], "change", "max")
        return {self.CHANGE: float(self.of(frame)["change"].max()), self.OTHERS: min(others.values())}

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        others = by_head(frame[~frame["same_map"]], "change", "max")
        alike = [head for head, change in others.items() if change <= EXACT]
        least = min((change for change in others.values() if change > EXACT), default=np.nan)
        return (
            f"Shifts from −10 to 10 change the probabilities of {self.head} by "
            f"{self.CHANGE.text(numbers[self.CHANGE])} at most. Of all other maps the least change is "
            f"{self.OTHERS.text(numbers[self.OTHERS])}. Heads with another map that ignore a shift too: "
            f"{listed(alike)}; the others change by {spelled(least)} or more."
        )

    def link(self, seed: int = 0) -> Link:
        return self.shape((1, 2, -3), shift=10)


@register
@dataclass(frozen=True)
class SumToOne(Claim):
    """Smallest value and sum of what each head gives, and of the raw logits."""

    EXAMPLE = "[0.03, 1.92]"
    RAW = "raw logits"

    id = "sum to one"
    part = MAP
    sources = (B, C, D)
    statement = (
        "Softmax gives positive values that sum to one; raw logits such as [0.03, 1.92] can't be read as "
        "probabilities, and sigmoid scores need not sum to one."
    )
    DISTANCE = Quantity("the largest distance of its sum from 1")
    SMALLEST = Quantity("its smallest value")
    LOGITS = Quantity("the distance from 1 of the sum of [0.03, 1.92]")
    SIGMOID = Quantity("the largest distance of the sum of sigmoid scores from 1")
    rule = Rule(
        holds=(DISTANCE.at_most(EXACT), SMALLEST.above(0), LOGITS.at_least(0.01), SIGMOID.at_least(0.01)),
        in_part=(DISTANCE.at_most(EXACT), SMALLEST.at_least(0)),
    )
    turns = (
        "In float64 softmax gives exactly 0 to a class whose logit is 746 below the largest, in float32 from "
        "104 on; sparsemax and entmax give exact zeros at moderate logits, and mean them."
    )
    charts = (
        ChartSpec(
            "dots",
            Axis("total", "sum of the values: mean and range"),
            facet="input",
            low="low",
            high="high",
            reference=1.0,
            caption="A head on the line sums to one whatever its input.",
        ),
    )
    size = 500

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        inputs = {self.EXAMPLE: np.array([[0.03, 1.92]]), "random logits": drawn(seed, size, n_classes=5)}
        rows = []
        for input_name, logits in inputs.items():
            values = {name: head.probabilities(logits) for name, head in self.heads.items()}
            for name, own in {self.RAW: logits, **values}.items():
                total = own.sum(-1)
                distance = np.abs(total - 1).max()
                rows.append((name, input_name, own.min(), total.mean(), total.min(), total.max(), distance))
        return pd.DataFrame(rows, columns=["head", "input", "smallest", "total", "low", "high", "distance"])

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        distance = by_head(frame, "distance", "max")
        return {
            self.DISTANCE: distance[self.head],
            self.SMALLEST: by_head(frame, "smallest", "min")[self.head],
            self.LOGITS: by_head(frame[frame["input"] == self.EXAMPLE], "distance")[self.RAW],
            self.SIGMOID: distance["sigmoid"],
        }

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        smallest = by_head(frame, "smallest", "min")
        zeros = [head for head, value in smallest.items() if value == 0 and head != self.head]
        raw = by_head(frame[frame["input"] == self.EXAMPLE], "total")[self.RAW]
        return (
            f"The values of {self.head} sum to one but for {self.DISTANCE.text(numbers[self.DISTANCE])}, the "
            f"smallest being {self.SMALLEST.text(numbers[self.SMALLEST])}; [0.03, 1.92] sums to "
            f"{spelled(raw)}, {self.LOGITS.text(numbers[self.LOGITS])} away from one, and sigmoid "
            f"scores are up to {self.SIGMOID.text(numbers[self.SIGMOID])} away "
            f"from one. Heads that give a class exactly 0: {listed(zeros)}."
        )

    def link(self, seed: int = 0) -> Link:
        return self.shape((0.03, 1.92))


@register
@dataclass(frozen=True)
class Competition(Claim):
    """The entries of the Jacobian outside its diagonal."""

    id = "competition"
    part = MAP
    sources = (C,)
    statement = "Raising one class's logit lowers the others under softmax; under sigmoid it leaves them."
    LOWERED = Quantity("the share of other classes that it lowers when a logit rises", "%")
    SIGMOID = Quantity("sigmoid's largest effect on another class")
    rule = Rule(holds=(LOWERED.at_least(1), SIGMOID.at_most(EXACT)), in_part=(LOWERED.at_least(0.5),))
    turns = (
        "Where the score falls as the logit rises, left of 0 for spherical softmax and of −1 for Taylor "
        "softmax, the others are lifted; and what sparsemax has cut off is left alone."
    )
    charts = (
        ChartSpec(
            "dots",
            Axis("effect", "∂p_j/∂a_i for i ≠ j: mean and range"),
            low="low",
            high="high",
            reference=0.0,
            caption="Left of the line raising a logit lowers the other classes.",
        ),
    )
    size = 300

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        logits = drawn(seed, size, n_classes=4, scale=1.5)
        rows = []
        for name, head in self.heads.items():
            effects = jacobian(head, logits)[:, ~np.eye(4, dtype=bool)]
            lowered = (effects < -EXACT).mean()
            rows.append((name, effects.mean(), effects.min(), effects.max(), lowered, np.abs(effects).max()))
        return pd.DataFrame(rows, columns=["head", "effect", "low", "high", "lowered", "largest"])

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        return {
            self.LOWERED: by_head(frame, "lowered")[self.head],
            self.SIGMOID: by_head(frame, "largest")["sigmoid"],
        }

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        lowered = by_head(self.others(frame), "lowered")
        shares = [f"{head} ({self.LOWERED.text(share)})" for head, share in lowered.items() if 0 < share < 1]
        return (
            f"Raising a logit lowers {self.LOWERED.text(numbers[self.LOWERED])} of the other classes under "
            f"{self.head}, and under sigmoid changes them by {self.SIGMOID.text(numbers[self.SIGMOID])} at "
            f"most. Heads that lower only a part: {listed(shares)}."
        )

    def link(self, seed: int = 0) -> Link:
        return self.shape((1, 0, -2, 0.5))


@register
@dataclass(frozen=True)
class TwoClasses(Claim):
    """Both sides of p = 1 / (1 + exp(-difference))."""

    id = "two classes"
    part = MAP
    sources = (A, D)
    statement = "Softmax over two classes is the logistic function of the difference."
    GAP = Quantity("its largest distance from the logistic function")
    rule = Rule(holds=(GAP.at_most(EXACT),))
    turns = (
        "Other maps don't depend on the difference alone, or not as the logistic function does. Sigmoid is a "
        "logistic function too, but of each class's own logit."
    )
    charts = (
        ChartSpec(
            "lines",
            Axis("difference", "difference of the two logits"),
            Axis("probability", "probability of the second class: mean and range over levels"),
            low="low",
            high="high",
            caption="A band is a dependence on more than the difference.",
        ),
    )
    size = 50

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        differences = np.linspace(-10, 10, 41)
        levels = np.random.default_rng(seed).normal(0, 3, size)[:, None]
        logits = np.stack([levels - differences / 2, levels + differences / 2], -1)
        logistic = 1 / (1 + np.exp(-differences))
        frames = []
        for name, head in self.heads.items():
            p = head.probabilities(logits)[..., 1]
            columns = {"probability": p.mean(0), "low": p.min(0), "high": p.max(0)}
            gap = np.abs(p - logistic).max(0)
            frames.append(pd.DataFrame({"head": name, "difference": differences, **columns, "gap": gap}))
        return pd.concat(frames, ignore_index=True)

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        return {self.GAP: by_head(frame, "gap", "max")[self.head]}

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        gaps = by_head(self.others(frame), "gap", "max")
        apart = {head: gap for head, gap in gaps.items() if gap > EXACT}
        nearest = min(apart, key=apart.__getitem__)
        return (
            f"Over two classes {self.head} is within {self.GAP.text(numbers[self.GAP])} of the logistic "
            f"function of the difference; of the heads that aren't it, {nearest} comes nearest, "
            f"{self.GAP.text(apart[nearest])} away."
        )

    def link(self, seed: int = 0) -> Link:
        return self.shape((0, 2))
