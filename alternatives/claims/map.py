"""Claims about the map from logits to probabilities."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from alternatives.claims.claim import (
    MAP,
    Axis,
    B,
    C,
    ChartSpec,
    Claim,
    D,
    Link,
    Numbers,
    Quantity,
    Rule,
    A,
    listed,
    register,
    spelled,
)
from alternatives.claims.networks import networks, on
from alternatives.heads import HEADS, Floats, Head, LinkedHead, SphericalSoftmax

EXACT = 1e-9
"""What rounding may make of 0 in float64, and then some: an identity that is kept to this holds."""


def same_map(head: Head, other: Head) -> bool:
    """Whether two heads give the same probabilities, and differ in their losses alone."""
    return _map(head) == _map(other)


def _map(head: Head) -> Head:
    return head.link if isinstance(head, LinkedHead) else head


def jacobian(head: Head, logits: Floats, step: float = 1e-3) -> Floats:
    """∂p_j/∂a_i (..., j, i) by fourth-order central differences: what the head does, whatever it says."""
    moves = step * np.eye(logits.shape[-1])
    points = {k: head.probabilities(logits[..., None, :] + k * moves) for k in (-2, -1, 1, 2)}
    slopes = (8 * (points[1] - points[-1]) - (points[2] - points[-2])) / (12 * step)
    return np.swapaxes(slopes, -1, -2)


@register
@dataclass(frozen=True)
class Scale(Claim):
    """[1, 2] and [10, 20] through every head, and all factors between and around."""

    BASE = (1.0, 2.0)
    REACTS = Quantity("the range of its probability over the sweep of factors")
    PLAIN = Quantity("plain normalisation's range")

    id = "scale"
    part = MAP
    sources = (C,)
    statement = (
        "Softmax reacts to the size of its input: [1, 2] gives (0.269, 0.731) and [10, 20] gives "
        "(0.0000454, 0.99995), where plain normalisation gives (1/3, 2/3) for both."
    )
    rule = Rule(
        holds=(REACTS.at_least(0.1), PLAIN.at_most(EXACT)),
        in_part=(REACTS.at_least(0.1),),
    )
    turns = (
        "Spherical softmax is as indifferent as plain normalisation at ε = 0, and reacts the less the larger "
        "its logits are against √ε."
    )
    chart = ChartSpec(
        "lines",
        Axis("factor", "factor on the logits [1, 2]", logarithmic=True),
        Axis("probability", "probability of the second class"),
        caption="A flat line doesn't notice the size of its input.",
    )
    size = 41

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        factors = 10 ** np.linspace(-1, 1, size // 2 * 2 + 1)  # 1 and 10 are among them
        without = SphericalSoftmax(epsilon=0.0)
        frames = []
        for name, head in (self.heads | {str(without): without}).items():
            p = head.probabilities(factors[:, None] * np.array(self.BASE))
            frames.append(
                pd.DataFrame({"head": name, "factor": factors, "first": p[:, 0], "probability": p[:, 1]})
            )
        return pd.concat(frames, ignore_index=True)

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        return {
            self.REACTS: _range(self.of(frame)["probability"]),
            self.PLAIN: _range(self.of(frame, "plain normalisation")["probability"]),
        }

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        small, large = (_pair(self.of(frame), factor) for factor in (1, 10))
        ranges = frame.groupby("head", sort=False)["probability"].agg(_range)
        indifferent = [head for head, reach in ranges.items() if reach <= EXACT and head != self.head]
        return (
            f"{self.head} gives {small} for [1, 2] and {large} for [10, 20]; over factors from 0.1 to 10 "
            f"its probability ranges over {self.REACTS.text(numbers[self.REACTS])}. "
            f"Plain normalisation gives {_pair(self.of(frame, 'plain normalisation'), 10)} throughout"
            f"; indifferent to the size are {listed(indifferent) if indifferent else 'no heads'}."
        )


@register
@dataclass(frozen=True)
class Shift(Claim):
    """One number added to all logits."""

    CHANGE = Quantity("the largest change of its probabilities")
    OTHERS = Quantity("the smallest of the other heads' largest changes")

    id = "shift"
    part = MAP
    sources = (C,)
    statement = "softmax(x) = softmax(x + c), and no other head is indifferent to a shift of its logits."
    rule = Rule(
        holds=(CHANGE.at_most(EXACT), OTHERS.at_least(0.001)),
        in_part=(CHANGE.at_most(EXACT),),
    )
    turns = (
        "Heads that look at differences of logits alone ignore a shift too, as sparsemax and entmax do. In "
        "float32 a shift of 10⁷ leaves nothing of the differences."
    )
    chart = ChartSpec(
        "lines",
        Axis("shift", "c, added to every logit"),
        Axis("change", "largest change of a probability (points)", percent=True),
        reference=0.0,
        caption="A line on 0 doesn't notice the shift.",
    )
    size = 50

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        logits = _draw(seed, size, 5)
        shifts = np.linspace(-10, 10, 41)
        own = HEADS.parse(self.head)
        frames = []
        for name, head in self.heads.items():
            moved = head.probabilities(logits + shifts[:, None, None])
            change = np.abs(moved - head.probabilities(logits)).max((-1, -2))
            frames.append(
                pd.DataFrame(
                    {"head": name, "shift": shifts, "change": change, "same_map": same_map(head, own)}
                )
            )
        return pd.concat(frames, ignore_index=True)

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        others = frame[~frame["same_map"]]
        return {
            self.CHANGE: self.of(frame)["change"].max(),
            self.OTHERS: others.groupby("head", sort=False)["change"].max().min(),
        }

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        changes = frame[~frame["same_map"]].groupby("head", sort=False)["change"].max()
        alike = list(changes.index[changes <= EXACT])
        also = f"{listed(alike)} ignore it too" if alike else "no other map ignores it"
        least = changes[changes > EXACT]
        return (
            f"Shifts of −10 to 10 change the probabilities of {self.head} by "
            f"{self.CHANGE.text(numbers[self.CHANGE])} at most; {also}. The others change by at least "
            f"{self.CHANGE.text(least.min())} ({least.idxmin()})."
        )


@register
@dataclass(frozen=True)
class SumToOne(Claim):
    """Smallest value and sum of what each head gives, and of the raw logits."""

    RAW = "raw logits"
    DISTANCE = Quantity("the largest distance of its sum from 1")
    SMALLEST = Quantity("its smallest value")
    LOGITS = Quantity("that distance for the raw logits [0.03, 1.92]")
    SIGMOID = Quantity("that distance for sigmoid scores")

    id = "sum to one"
    part = MAP
    sources = (B, C, D)
    statement = (
        "The values of softmax are positive and sum to one, while raw logits such as [0.03, 1.92] can't be "
        "read as probabilities and sigmoid scores need not sum to one."
    )
    rule = Rule(
        holds=(
            DISTANCE.at_most(EXACT),
            SMALLEST.above(0),
            LOGITS.at_least(0.01),
            SIGMOID.at_least(0.01),
        ),
        in_part=(DISTANCE.at_most(EXACT), SMALLEST.at_least(0)),
    )
    turns = (
        "In float64 softmax gives exactly 0 to a class whose logit is 746 below the largest, in float32 at "
        "104; sparsemax and entmax give exact zeros at moderate logits."
    )
    chart = ChartSpec(
        "dots",
        Axis("total", "sum of the values"),
        facet="input",
        low="low",
        high="high",
        reference=1.0,
        caption="A head on the line sums to one whatever its input.",
    )
    size = 500

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        inputs = {"[0.03, 1.92]": np.array([[0.03, 1.92]]), "random logits": _draw(seed, size, 5)}
        rows = []
        for input_name, logits in inputs.items():
            values_by_name = {name: head.probabilities(logits) for name, head in self.heads.items()}
            for name, values in {self.RAW: logits, **values_by_name}.items():
                total = values.sum(-1)
                rows.append((name, input_name, values.min(), total.mean(), total.min(), total.max()))
        return pd.DataFrame(rows, columns=["head", "input", "smallest", "total", "low", "high"])

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        def distance(rows: pd.DataFrame) -> float:
            return float((rows[["low", "high"]] - 1).abs().max(axis=None))

        example = frame[frame["input"] == "[0.03, 1.92]"]
        return {
            self.DISTANCE: distance(self.of(frame)),
            self.SMALLEST: self.of(frame)["smallest"].min(),
            self.LOGITS: distance(self.of(example, self.RAW)),
            self.SIGMOID: distance(self.of(frame, "sigmoid")),
        }

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        logits = self.of(frame, self.RAW).iloc[0]
        zeros = frame[(frame["smallest"] == 0) & (frame["head"] != self.head)]["head"].unique()
        also = f" {listed(list(zeros))} give some classes exactly 0." if len(zeros) else ""
        return (
            f"The values of {self.head} sum to one but for {self.DISTANCE.text(numbers[self.DISTANCE])}, "
            f"the smallest being {spelled(numbers[self.SMALLEST])}; the raw logits [0.03, 1.92] sum to "
            f"{spelled(logits['total'])}, and the sum of sigmoid scores is up to "
            f"{self.SIGMOID.text(numbers[self.SIGMOID])} away from one.{also}"
        )


@register
@dataclass(frozen=True)
class Competition(Claim):
    """The entries of the Jacobian outside its diagonal."""

    LOWERED = Quantity("the share of pairs in which raising one class's logit lowers the other class", "%")
    SIGMOID = Quantity("sigmoid's largest such effect")

    id = "competition"
    part = MAP
    sources = (C,)
    statement = "Raising one class's logit lowers all others under softmax; under sigmoid it leaves them."
    rule = Rule(
        holds=(LOWERED.at_least(1), SIGMOID.at_most(EXACT)),
        in_part=(LOWERED.at_least(0.5),),
    )
    turns = (
        "Where a head's score falls as the logit rises, left of 0 for spherical softmax and of −1 for Taylor "
        "softmax, raising the logit lifts the others; and a class that sparsemax has cut off is left alone."
    )
    chart = ChartSpec(
        "dots",
        Axis("effect", "∂p_j/∂a_i for i ≠ j: mean and range"),
        low="low",
        high="high",
        reference=0.0,
        caption="Left of the line raising a logit lowers the other classes.",
    )
    size = 300

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        logits = _draw(seed, size, 4, scale=1.5)
        apart = ~np.eye(4, dtype=bool)
        rows = []
        for name, head in self.heads.items():
            effects = jacobian(head, logits)[:, apart]
            lowered = (effects < -EXACT).mean()
            rows.append((name, effects.mean(), effects.min(), effects.max(), lowered))
        return pd.DataFrame(rows, columns=["head", "effect", "low", "high", "lowered"])

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        return {
            self.LOWERED: self.of(frame)["lowered"].item(),
            self.SIGMOID: self.of(frame, "sigmoid")[["low", "high"]].abs().max(axis=None),
        }

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        rest = self.others(frame)
        partly = rest[(rest["lowered"] < 1) & (rest["lowered"] > 0)]
        shares = [f"{row.head} in {self.LOWERED.text(row.lowered)}" for row in partly.itertuples()]
        also = f" Only partly: {listed(shares)}." if shares else ""
        return (
            f"Under {self.head} raising a class's logit lowers the other class in "
            f"{self.LOWERED.text(numbers[self.LOWERED])} of pairs; under sigmoid it changes the others by "
            f"{spelled(numbers[self.SIGMOID])} at most.{also}"
        )


@register
@dataclass(frozen=True)
class TwoClasses(Claim):
    """Both sides of p = 1 / (1 + exp(-difference))."""

    GAP = Quantity("its largest distance from the logistic function of the difference")

    id = "two classes"
    part = MAP
    sources = (A, D)
    statement = "Softmax over two classes is the logistic function of the difference of their logits."
    rule = Rule(holds=(GAP.at_most(EXACT),))
    turns = (
        "Other heads don't depend on the difference alone, or not as the logistic function does. A sigmoid "
        "for each class is a logistic function of that class's logit, not of the difference."
    )
    chart = ChartSpec(
        "lines",
        Axis("difference", "difference of the two logits"),
        Axis("probability", "probability of the second class (mean over levels)"),
        low="low",
        high="high",
        caption="Softmax is the logistic curve; a band is a dependence on more than the difference.",
    )
    size = 50

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        differences = np.linspace(-10, 10, 41)
        levels = np.random.default_rng(seed).normal(0, 3, size)[:, None]
        logits = np.stack(np.broadcast_arrays(levels - differences / 2, levels + differences / 2), -1)
        logistic = 1 / (1 + np.exp(logits[..., 0] - logits[..., 1]))
        frames = []
        for name, head in self.heads.items():
            p = head.probabilities(logits)[..., 1]
            columns = {"probability": p.mean(0), "low": p.min(0), "high": p.max(0)}
            gap = np.abs(p - logistic).max(0)
            frames.append(pd.DataFrame({"head": name, "difference": differences, **columns, "gap": gap}))
        return pd.concat(frames, ignore_index=True)

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        return {self.GAP: self.of(frame)["gap"].max()}

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        gaps = self.others(frame).groupby("head", sort=False)["gap"].max()
        apart = gaps[gaps > EXACT]
        return (
            f"{self.head} over two classes is within {self.GAP.text(numbers[self.GAP])} of the logistic "
            f"function of the difference; of the heads with another map the nearest, {apart.idxmin()}, is up "
            f"to {self.GAP.text(apart.min())} away."
        )


@register
@dataclass(frozen=True)
class SameDecision(Claim):
    """Trained networks: does the head choose the class with the largest logit?"""

    CHANGED = Quantity("the share of test samples whose winner it changes", "%")
    DATASETS = ("digits", "Gaussian mixture(samples=1000)")

    id = "same decision"
    part = MAP
    sources = (B,)
    statement = "The logits alone suffice to decide: softmax never changes the winner."
    rule = Rule(holds=(CHANGED.at_most(0),), in_part=(CHANGED.at_most(0.01),))
    turns = (
        "A head changes the winner where its score isn't monotonic: spherical softmax doesn't see the sign of "
        "a logit, and left of −1 Taylor softmax turns the order round."
    )
    chart = ChartSpec(
        "dots",
        Axis("changed", "share of test samples whose winner changes (%)", percent=True),
        facet="dataset",
        reference=0.0,
        caption="A dot a seed; on the line the largest logit always wins.",
    )
    size = 5

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        frames = []
        for dataset in self.DATASETS:
            trained = networks(on(dataset, self.heads, seed, size))
            for name, logits in trained.logits.items():
                probabilities = self.heads[name].class_probabilities(logits)
                changed = (probabilities.argmax(-1) != logits.argmax(-1)).mean(-1)
                seeds = {"seed": trained.comparison.seeds, "changed": changed}
                frames.append(pd.DataFrame({"head": name, "dataset": dataset.partition("(")[0], **seeds}))
        return pd.concat(frames, ignore_index=True)

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        return {self.CHANGED: self.of(frame)["changed"].mean()}

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        shares = frame.groupby(["head", "dataset"], sort=False)["changed"].mean().unstack(sort=False)
        names = dict.fromkeys(["spherical softmax", "Taylor softmax", *shares.index])
        told = [
            f"{name} in {listed([f'{self.CHANGED.text(share)} on {on}' for on, share in shares.loc[name].items()])}"
            for name in names
            if name in shares.index and name != self.head and shares.loc[name].max() > 0
        ]
        # Whether the two heads of the paper changed any is said either way.
        never = [
            n for n in ("spherical softmax", "Taylor softmax") if n != self.head and shares.loc[n].max() == 0
        ]
        return (
            f"In trained networks {self.head} changed the winner in {self.CHANGED.text(numbers[self.CHANGED])} "
            f"of test samples. Others did: {'; '.join(told) if told else 'none'}."
            + (f" {listed(never)} didn't here." if never else "")
        )

    def link(self, seed: int = 0) -> Link:
        return Link("compare", on(self.DATASETS[0], self.heads, seed, self.size).to_link())


@register
@dataclass(frozen=True)
class Derivative(Claim):
    """The textbook formula against differences."""

    DEVIATION = Quantity("the largest deviation of the formula from finite differences")

    id = "derivative"
    part = MAP
    sources = (B,)
    statement = "The derivative of softmax is ∂p_j/∂z_i = p_j(δ_ij − p_i)."
    rule = Rule(holds=(DEVIATION.at_most(EXACT),))
    turns = (
        "Another score brings its slope g' into the formula, p_j g'(z_i)(δ_ij − p_i): the textbook's is right "
        "where that slope is 1, which is softmax alone."
    )
    chart = ChartSpec(
        "dots",
        Axis("deviation", "largest deviation of a sample's formula", logarithmic=True, floor=1e-16),
        caption="Each dot is a sample; where there are none to the right of 10⁻⁹ the formula is the head's own.",
    )
    size = 50

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        logits = _draw(seed, size, 5, scale=1.5)
        frames = []
        for name, head in self.heads.items():
            p = head.probabilities(logits)
            formula = p[..., :, None] * (np.eye(5) - p[..., None, :])
            deviation = np.abs(formula - jacobian(head, logits)).max((-1, -2))
            frames.append(pd.DataFrame({"head": name, "sample": np.arange(size), "deviation": deviation}))
        return pd.concat(frames, ignore_index=True)

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        return {self.DEVIATION: self.of(frame)["deviation"].max()}

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        largest = self.others(frame).groupby("head", sort=False)["deviation"].max()
        apart = largest[largest > EXACT]
        return (
            f"For {self.head} the formula deviates from finite differences by "
            f"{self.DEVIATION.text(numbers[self.DEVIATION])} at most; it is wrong for {listed(list(apart.index))}, "
            f"by up to {spelled(apart.max())}."
        )


@register
@dataclass(frozen=True)
class LogProbabilities(Claim):
    """Products of likelihoods beside sums of their logarithms, on trained networks."""

    DATASET = "Gaussian mixture(samples=10000)"
    UNDERFLOW = Quantity("the point at which the product of its likelihoods is 0", "samples")
    DEVIATION = Quantity(
        "the largest deviation of its logits' differences from those of the log probabilities", "nats"
    )

    id = "log probabilities"
    part = MAP
    sources = (C,)
    statement = (
        "Logits can be read as unnormalised log probabilities, and the loss works on sums of logs because "
        "products underflow."
    )
    rule = Rule(
        holds=(UNDERFLOW.at_most(10_000), DEVIATION.at_most(EXACT)),
        in_part=(UNDERFLOW.at_most(10_000),),
    )
    turns = (
        "The logits are log probabilities, but for a constant, under softmax alone. The product lasts the "
        "longer the surer the network is: 745 nats in float64, whatever the head."
    )
    chart = ChartSpec(
        "lines",
        Axis("samples", "samples multiplied"),
        Axis("log_product", "log of the product, as the sum of logs gives it (nats)"),
        reference=math.log(5e-324),
        caption="Below the line float64 holds the product for 0; the sum of logs goes on.",
    )
    size = 1

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        trained = networks(on(self.DATASET, self.heads, seed, size))
        every = np.unique(np.geomspace(1, trained.targets.shape[1], 60).astype(int))
        frames = []
        for name, logits in trained.logits.items():
            p = self.heads[name].class_probabilities(logits[0])
            of_target = np.take_along_axis(p, trained.targets[0][:, None], -1)[:, 0]
            with np.errstate(divide="ignore", under="ignore", invalid="ignore"):
                product, sums = np.cumprod(of_target), np.cumsum(np.log(of_target))
                differences = np.log(p) - np.log(p[:, :1]) - (logits[0] - logits[0][:, :1])
                deviation = np.abs(differences).max()
            underflow = np.argmax(product == 0) + 1 if product[-1] == 0 else math.nan
            columns = {"samples": every, "log_product": sums[every - 1], "product": product[every - 1]}
            frames.append(
                pd.DataFrame({"head": name, **columns, "underflow": underflow, "deviation": deviation})
            )
        return pd.concat(frames, ignore_index=True)

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        own = self.of(frame)
        return {self.UNDERFLOW: own["underflow"].iloc[0], self.DEVIATION: own["deviation"].iloc[0]}

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        own = self.of(frame).iloc[-1]
        return (
            f"The product of the likelihoods of a trained {self.head} network is 0 in float64 at "
            f"{self.UNDERFLOW.text(numbers[self.UNDERFLOW])}, while the sum of logs stands at "
            f"{spelled(own['log_product'])} nats after {own['samples']:,}; its logits' differences are those "
            f"of the log probabilities to {self.DEVIATION.text(numbers[self.DEVIATION])}."
        )

    def link(self, seed: int = 0) -> Link:
        return Link("compare", on(self.DATASET, self.heads, seed, self.size).to_link())


def _draw(seed: int, n_samples: int, n_classes: int, scale: float = 2.0) -> Floats:
    """Random logits."""
    return np.random.default_rng(seed).normal(0, scale, (n_samples, n_classes))


def _range(values: "pd.Series[float]") -> float:
    return float(values.max() - values.min())


def _pair(rows: pd.DataFrame, factor: float) -> str:
    """Both probabilities at a factor, to three digits of the smaller."""
    row = rows.loc[(rows["factor"] - factor).abs().idxmin()]
    p = (row["first"], row["probability"])
    smallest = min(x for x in p if x > 0)
    decimals = max(3, 2 - math.floor(math.log10(smallest)))
    return "({:.{d}f}, {:.{d}f})".format(*p, d=min(decimals, 12))
