"""Claims about the gradient of the loss."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from alternatives.claims.claim import (
    GRADIENT,
    Axis,
    B,
    C,
    ChartSpec,
    Claim,
    Link,
    Numbers,
    Quantity,
    Rule,
    listed,
    register,
    spelled,
)
from alternatives.claims.map import EXACT
from alternatives.claims.networks import on, stack
from alternatives.heads import Floats, Head, Integers, onehot
from alternatives.measures import gradient_magnitude
from alternatives.statistics import estimate

SQUARED = "softmax with squared error"


def length(gradients: Floats) -> Floats:
    """Euclidean norm over the classes."""
    return np.sqrt(np.vecdot(gradients, gradients))


def led(seed: int, n_samples: int, margins: Floats, n_classes: int, scale: float) -> tuple[Floats, Integers]:
    """Logits (n_margins, n_samples, n_classes) in which a margin lifts one class, and the targets.

    A positive margin is added to the target's logit: right, and the surer the larger it is. A negative
    one is added, without its sign, to another class's.
    """
    random = np.random.default_rng(seed)
    logits = random.normal(0, scale, (n_samples, n_classes))
    targets = random.integers(0, n_classes, n_samples)
    right, wrong = onehot(targets, logits), onehot((targets + 1) % n_classes, logits)
    lead = margins[:, None, None]
    return logits + np.where(lead >= 0, lead * right, -lead * wrong), np.broadcast_to(
        targets, (len(margins), n_samples)
    )


@register
@dataclass(frozen=True)
class SimpleGradient(Claim):
    """Every entry of the gradient against p - target, and its size where the target is nearly sure."""

    ENTRY = Quantity("the largest entry of its gradient, in size,")
    FORMULA = Quantity("the largest deviation of its gradient from p − target")
    RIGHT = Quantity("its gradient's length where the target has 99 %")

    id = "simple gradient"
    part = GRADIENT
    sources = (B,)
    statement = (
        "With the log loss, the gradient is p − target: between −1 and 1, and small when the network is right."
    )
    rule = Rule(
        holds=(ENTRY.at_most(1 + EXACT), FORMULA.at_most(EXACT), RIGHT.at_most(0.02)),
        in_part=(ENTRY.at_most(1 + EXACT), RIGHT.at_most(0.02)),
    )
    turns = (
        "The log losses of other scores have the slope of the log score in their gradient, which for spherical "
        "softmax is at most 1/√ε: for ε below 1 its entries pass 1. For Taylor softmax it is at most 1."
    )
    chart = ChartSpec(
        "lines",
        Axis("margin", "lead of the target (right of 0) or of another class (left)"),
        Axis("magnitude", "length of the gradient at the logits"),
        low="lowest",
        high="highest",
        caption="Softmax's gradient falls from √2 when wrong to 0 when right; the band is its range.",
    )
    size = 100

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        near = np.linspace(-20, 20, 81)
        far = np.geomspace(20, 2000, 60)  # some heads are only there as sure as 99 %
        logits, targets = led(seed, size, np.concatenate([near, far]), n_classes=5, scale=1)
        frames = []
        for name, head in self.heads.items():
            gradients, p = head.gradient(logits, targets), head.class_probabilities(logits)
            of_target = np.vecdot(p, onehot(targets, p))
            lengths = length(gradients)
            nearly_sure = np.abs(of_target - 0.99) <= 0.005
            formula = head.probabilities(logits) - onehot(targets, logits)
            columns = {
                "magnitude": lengths.mean(-1),
                "lowest": lengths.min(-1),
                "highest": lengths.max(-1),
                "entry": np.abs(gradients).max((-1, -2)),
                "deviation": np.abs(gradients - formula).max((-1, -2)),
            }
            frame = pd.DataFrame(
                {"head": name, "margin": near} | {key: values[: len(near)] for key, values in columns.items()}
            )
            frames.append(frame.assign(right=lengths[nearly_sure].mean() if nearly_sure.any() else np.nan))
        return pd.concat(frames, ignore_index=True)

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        own = self.of(frame)
        return {
            self.ENTRY: own["entry"].max(),
            self.FORMULA: own["deviation"].max(),
            self.RIGHT: own["right"].iloc[0],
        }

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        by_head = self.others(frame).groupby("head", sort=False)
        beyond = by_head["entry"].max()
        beyond = beyond[beyond > 1 + EXACT]
        formula = by_head["deviation"].max()
        also = listed(list(formula.index[formula <= EXACT])) or "no other head"
        passed = [f"{head} ({spelled(entry)})" for head, entry in beyond.items()]
        return (
            f"The largest entry of the gradient of {self.head} is {self.ENTRY.text(numbers[self.ENTRY])}, it is "
            f"{self.RIGHT.text(numbers[self.RIGHT])} long where the target has 99 %, and it deviates from "
            f"p − target by {self.FORMULA.text(numbers[self.FORMULA])} at most. The formula is right for {also} "
            f"too; beyond 1 {'go ' + listed(passed) if passed else 'goes no head'}."
        )


@register
@dataclass(frozen=True)
class WrongAndSure(Claim):
    """Gradient magnitude by margin."""

    RATIO = Quantity("its gradient at a margin of −20 over that of softmax with squared error", "times")
    STEADY = Quantity("the least of its gradient between −20 and −5 over the largest", "%")

    id = "wrong and sure"
    part = GRADIENT
    sources = (B, C)
    statement = (
        "When the network is wrong and sure, the log loss of softmax still has a roughly constant gradient, "
        "while squared error on softmax has almost none."
    )
    rule = Rule(holds=(RATIO.at_least(100), STEADY.at_least(0.9)), in_part=(RATIO.at_least(10),))
    turns = (
        "Near a margin of 0 both have a gradient of the same order: squared error loses it as the network "
        "gets surer, by a factor e for each unit of the margin. Spherical softmax lies between: its slope falls "
        "as the logits grow, in inverse proportion."
    )
    chart = ChartSpec(
        "lines",
        Axis("margin", "lead of the target (right of 0) or of another class (left)"),
        Axis("magnitude", "mean length of the gradient at the logits", logarithmic=True, floor=1e-10),
        caption="On the left the network is wrong and sure: what is low there doesn't learn.",
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
        surest = frame[frame["margin"] == -20]
        wrong = self.of(frame[frame["margin"] <= -5])["magnitude"]
        rival = self.of(surest, SQUARED)["magnitude"].item()
        return {
            self.RATIO: self.of(surest)["magnitude"].item() / rival,
            self.STEADY: wrong.min() / wrong.max(),
        }

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        surest = frame[frame["margin"] == -20].set_index("head")["magnitude"]
        beside = [
            f"{spelled(surest[head])} for {head}" for head in ("spherical softmax", "Taylor softmax", "sigmoid")
        ]
        return (
            f"At a margin of −20 the gradient of {self.head} is {spelled(self.of(frame)['magnitude'].iloc[0])} long, "
            f"{self.RATIO.text(numbers[self.RATIO])} that of softmax with squared error; from −5 to −20 it keeps "
            f"{self.STEADY.text(numbers[self.STEADY])} of its length. Beside it: {listed(beside)}."
        )


@register
@dataclass(frozen=True)
class Recovery(Claim):
    """Linear classifiers that are sure of the wrong classes, and gradient descent from there."""

    MOST = 150
    DATASET = "Gaussian mixture(samples=200)"
    RATES = {"sgd": (0.1, 1.0, 10.0), "adam": (0.01, 0.1, 1.0)}
    SOLVERS = {"sgd": "gradient descent", "adam": "Adam"}
    STEPS = Quantity("what it takes to get half of the samples right again", "steps")
    RATIO = Quantity("what softmax with squared error takes for that, over its own,", "times")

    id = "recovery"
    part = GRADIENT
    sources = (C,)
    statement = (
        "So the network corrects itself quickly: started wrong and sure, log loss recovers and squared error "
        "doesn't."
    )
    rule = Rule(holds=(STEPS.at_most(50), RATIO.at_least(10)), in_part=(RATIO.at_least(2),))
    turns = (
        "With Adam, which divides a gradient by its own size, squared error recovers too, only later: what "
        "counts there is the gradient's sign rather than its size."
    )
    chart = ChartSpec(
        "lines",
        Axis("step", "step"),
        Axis("accuracy", "share of the training samples that are right (%)", percent=True),
        facet="solver",
        low="low",
        high="high",
        reference=0.5,
        caption="Each head with the learning rate at which it recovers soonest; band over the seeds.",
    )
    size = 3

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        frames = []
        for solver, rates in self.RATES.items():
            comparison = on(self.DATASET, self.heads, seed, size).replace(
                hidden_layer_sizes=(), solver=solver, momentum=0, batch_size=1000
            )
            runs, training = stack(comparison, rates)
            runs.parameters[:] = _sure_of_the_next_class(training.X, training.targets, margin=20)[:, None]
            accuracies = []
            for step in range(self.MOST + 1):
                with np.errstate(all="ignore"):
                    accuracies.append(runs.evaluate(training.X, training.targets)[1])
                    if step < self.MOST:
                        runs.epoch(training.X, training.targets)
            accuracy = np.moveaxis(accuracies, 0, -1).reshape(size, len(self.heads), len(rates), -1)
            recovered = np.where((accuracy >= 0.5).any(-1), (accuracy >= 0.5).argmax(-1), self.MOST)
            best = recovered.mean(0).argmin(-1)
            for index, name in enumerate(self.heads):
                own = accuracy[:, index, best[index]]
                over_seeds, steps = estimate(own, axis=0), estimate(recovered[:, index, best[index]])
                columns = {
                    "head": name,
                    "solver": self.SOLVERS[solver],
                    "step": np.arange(self.MOST + 1),
                    "accuracy": over_seeds.mean,
                    "low": np.clip(over_seeds.low, 0, 1),
                    "high": np.clip(over_seeds.high, 0, 1),
                    "learning_rate": rates[best[index]],
                    "recovered": steps.mean,
                    "recovered_low": steps.low,
                    "recovered_high": steps.high,
                }
                frames.append(pd.DataFrame(columns))
        return pd.concat(frames, ignore_index=True)

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        plain = frame[frame["solver"] == self.SOLVERS["sgd"]]
        own, rival = (rows["recovered"].iloc[0] for rows in (self.of(plain), self.of(plain, SQUARED)))
        return {self.STEPS: own, self.RATIO: rival / max(own, 1)}

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        plain, adam = (frame[frame["solver"] == solver] for solver in self.SOLVERS.values())
        own = self.of(plain).iloc[0]
        never = f"not within {self.MOST} steps"
        rival = self.of(plain, SQUARED)["recovered"].iloc[0]
        steps = adam.groupby("head", sort=False)["recovered"].first()
        return (
            f"{self.head} has half of the samples right again after {self.STEPS.text(numbers[self.STEPS])} "
            f"of gradient descent ({_between(own['recovered_low'], own['recovered_high'])}), softmax with "
            f"squared error {never if rival >= self.MOST else f'after {spelled(rival)}'}, each at the best of its "
            f"learning rates. With Adam it is {spelled(steps[self.head])} steps against "
            f"{spelled(steps[SQUARED])}."
        )


@register
@dataclass(frozen=True)
class WrongOnesDominate(Claim):
    """Whose gradient a network learns from, by epoch."""

    EPOCHS = 10
    DATASETS = ("digits", "Gaussian mixture(samples=1000)")
    SHARE = Quantity("the share of the gradient that comes from wrong samples, mean over the epochs on digits,", "%")
    TIMES = Quantity("that share over the share of samples that are wrong", "times")

    id = "wrong ones dominate"
    part = GRADIENT
    sources = (C,)
    statement = "The log likelihood is dominated by the samples that are wrong."
    rule = Rule(holds=(SHARE.at_least(0.5),), in_part=(TIMES.at_least(2),))
    turns = (
        "Wrong samples dominate early, and where classes overlap so that many stay wrong; as they get rare, "
        "the many that are right but not yet sure outweigh them."
    )
    chart = ChartSpec(
        "lines",
        Axis("epoch", "epoch"),
        Axis("share", "share of the gradient from wrong samples (%)", percent=True),
        facet="dataset",
        low="low",
        high="high",
        reference=0.5,
        caption="Above the line the wrong samples dominate; band over the seeds.",
    )
    size = 3

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        frames = []
        for dataset in self.DATASETS:
            comparison = on(dataset, self.heads, seed, size)
            runs, training = stack(comparison, comparison.learning_rates)
            shares, wrong = [], []
            for _ in range(self.EPOCHS):
                with np.errstate(all="ignore"):
                    runs.epoch(training.X, training.targets)
                    logits = runs.network.logits(runs.parameters, training.X[:, None]).astype(np.float64)
                    of_heads = [
                        _from_wrong(head, logits[:, index], training.targets)
                        for index, head in enumerate(comparison.heads)
                    ]
                shares.append([share for share, _ in of_heads])
                wrong.append([misclassified for _, misclassified in of_heads])
            over_seeds, misclassified = estimate(np.array(shares)), np.array(wrong).mean(-1)
            for index, name in enumerate(map(str, comparison.heads)):
                columns = {
                    "head": name,
                    "dataset": dataset.partition("(")[0],
                    "epoch": np.arange(1, self.EPOCHS + 1),
                    "share": over_seeds.mean[:, index],
                    "low": np.clip(over_seeds.low[:, index], 0, 1),
                    "high": np.clip(over_seeds.high[:, index], 0, 1),
                    "wrong": misclassified[:, index],
                }
                frames.append(pd.DataFrame(columns))
        return pd.concat(frames, ignore_index=True)

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        own = self.of(frame[frame["dataset"] == self.DATASETS[0]])
        return {self.SHARE: own["share"].mean(), self.TIMES: own["share"].mean() / own["wrong"].mean()}

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        by_dataset = self.of(frame).groupby("dataset", sort=False)
        first, last = by_dataset["share"].first(), by_dataset["share"].last()
        told = [f"from {self.SHARE.text(first[on])} to {self.SHARE.text(last[on])} on {on}" for on in first.index]
        return (
            f"Over {self.EPOCHS} epochs on digits {self.SHARE.text(numbers[self.SHARE])} of the gradient of "
            f"{self.head} comes from samples that are wrong, {self.TIMES.text(numbers[self.TIMES])} their own "
            f"share of the samples; epoch by epoch it goes {listed(told)}."
        )

    def link(self, seed: int = 0) -> Link:
        return Link("compare", on(self.DATASETS[0], self.heads, seed, self.size).to_link())


@register
@dataclass(frozen=True)
class LinearWhenWrong(Claim):
    """log p of the target against the difference of two logits."""

    TWO = "2"
    DEVIATION = Quantity("the largest deviation beyond a margin of 5", "nats")
    OF_TWO = Quantity("that deviation with two classes", "nats")

    id = "linear when wrong"
    part = GRADIENT
    sources = (C,)
    statement = "The log likelihood of a wrong class is about z_target − z_max."
    rule = Rule(holds=(DEVIATION.at_most(0.1),), in_part=(OF_TWO.at_most(0.1),))
    turns = (
        "The log likelihood is lower by the log of how many classes crowd at the top, so by log D at most: next "
        "to nothing with two classes or one clear winner, more with many classes."
    )
    chart = ChartSpec(
        "lines",
        Axis("margin", "z_max − z_target"),
        Axis("deviation", "largest distance of log p from z_target − z_max (nats)", logarithmic=True, floor=1e-6),
        facet="classes",
        reference=0.1,
        caption="Below the line the log likelihood is the difference of the two logits.",
    )
    size = 200

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        margins = np.linspace(5, 20, 31)
        frames = []
        for n_classes in (2, 10, 100):
            random = np.random.default_rng([seed, n_classes])
            logits = np.repeat(random.normal(0, 2, (1, size, n_classes)), len(margins), axis=0)
            logits[..., 0] = logits[..., 1:].max(-1) - margins[:, None]  # class 0 is the target
            for name, head in self.heads.items():
                with np.errstate(divide="ignore"):
                    log_likelihood = np.log(head.class_probabilities(logits)[..., 0])
                deviation = np.abs(log_likelihood + margins[:, None]).max(-1)
                columns = {"head": name, "classes": str(n_classes), "margin": margins, "deviation": deviation}
                frames.append(pd.DataFrame(columns))
        return pd.concat(frames, ignore_index=True)

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        own = self.of(frame)
        return {
            self.DEVIATION: own["deviation"].max(),
            self.OF_TWO: own.loc[own["classes"] == self.TWO, "deviation"].max(),
        }

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        largest = self.of(frame).groupby("classes", sort=False)["deviation"].max()
        told = [f"{spelled(value)} with {classes}" for classes, value in largest.items()]
        return (
            f"Beyond a margin of 5 the log likelihood under {self.head} is up to "
            f"{self.DEVIATION.text(numbers[self.DEVIATION])} from z_target − z_max: {listed(told)} classes."
        )


def _between(low: float, high: float) -> str:
    """A 95 % interval over seeds, in words."""
    return "in every seed" if low == high else f"95 % interval {spelled(max(low, 0))} to {spelled(high)}"


def _sure_of_the_next_class(X: Floats, targets: Integers, margin: float) -> Floats:
    """Parameters of linear classifiers (n_splits, n_parameters) that take each class for the next one.

    Least squares on the wrong targets, scaled until the median sample has this margin.
    """
    starts = []
    n_classes = targets.max() + 1
    for samples, classes in zip(X, targets, strict=True):
        extended = np.column_stack([samples, np.ones(len(samples))])
        wrong = np.eye(n_classes)[(classes + 1) % n_classes]
        weights = np.linalg.lstsq(extended, wrong, rcond=None)[0]
        logits = extended @ weights
        of_target = np.take_along_axis(logits, classes[:, None], -1)[:, 0]
        np.put_along_axis(logits, classes[:, None], -np.inf, -1)
        starts.append((weights * margin / np.median(logits.max(-1) - of_target)).ravel())
    return np.array(starts)


def _from_wrong(head: Head, logits: Floats, targets: Integers) -> tuple[Floats, Floats]:
    """Share (n_splits,) of the gradient's length from misclassified samples, and their share of all."""
    lengths = length(head.gradient(logits, targets))
    wrong = head.class_probabilities(logits).argmax(-1) != targets
    whole = lengths.sum(-1)
    return np.where(whole > 0, (lengths * wrong).sum(-1) / np.where(whole > 0, whole, 1), 0), wrong.mean(-1)
