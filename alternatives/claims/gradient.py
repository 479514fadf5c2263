"""Claims about the gradient of the loss at the logits."""

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
    by_head,
    listed,
    register,
    spelled,
)
from alternatives.claims.map import EXACT
from alternatives.claims.networks import on, part, splits_of, stack, train
from alternatives.heads import Floats, Head, Integers, onehot
from alternatives.measures import gradient_magnitude
from alternatives.statistics import estimate
from alternatives.training import Part, Stack

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
            Axis("margin", "lead of the target (right of 0) or of another class (left)"),
            Axis("magnitude", "length of the gradient: mean and range"),
            low="lowest",
            high="highest",
            caption="Softmax's gradient falls from √2 when wrong to 0 when right.",
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
            gradients = head.gradient(logits, targets)
            lengths = length(gradients)
            of_target = np.vecdot(head.class_probabilities(logits), target)
            nearly_sure = lengths[np.abs(of_target - 0.99) <= 0.005]
            distance = np.abs(gradients - (head.probabilities(logits) - target))
            columns = {
                "magnitude": lengths.mean(-1),
                "lowest": lengths.min(-1),
                "highest": lengths.max(-1),
                "entry": np.abs(gradients).max((-1, -2)),
                "distance": distance.max((-1, -2)),
            }
            swept = {column: values[: len(near)] for column, values in columns.items()}
            frame = pd.DataFrame({"head": name, "margin": near, **swept})
            frames.append(frame.assign(right=nearly_sure.mean() if nearly_sure.size else np.nan))
        return pd.concat(frames, ignore_index=True)

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        return {
            self.ENTRY: by_head(frame, "entry", "max")[self.head],
            self.FORMULA: by_head(frame, "distance", "max")[self.head],
            self.RIGHT: by_head(frame, "right")[self.head],
        }

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        others = self.others(frame)
        entries, distances = (by_head(others, column, "max") for column in ("entry", "distance"))
        beyond = [f"{head} ({spelled(entry)})" for head, entry in entries.items() if entry > 1 + EXACT]
        alike = [head for head, distance in distances.items() if distance <= EXACT]
        return (
            f"The gradient of {self.head} has no entry beyond {self.ENTRY.text(numbers[self.ENTRY])}, is "
            f"{self.RIGHT.text(numbers[self.RIGHT])} long where the target has 99 %, and is p − target to "
            f"{self.FORMULA.text(numbers[self.FORMULA])}. Others of which that is right: {listed(alike)}; "
            f"with entries beyond 1: {listed(beyond)}."
        )


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
            Axis("margin", "lead of the target (right of 0) or of another class (left)"),
            Axis("magnitude", "mean length of the gradient", logarithmic=True, floor=1e-10),
            caption="On the left the network is wrong and sure: what is low there doesn't learn.",
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


@register
@dataclass(frozen=True)
class Recovery(Claim):
    """Linear classifiers that are sure of the wrong classes, and gradient descent from there."""

    DATASET = "Gaussian mixture(samples=200)"
    SOLVERS = (("gradient descent", "sgd"), ("Adam", "adam"))
    RATES = (0.1, 1.0, 10.0)
    """Learning rates, of which each head has the one with which it recovers soonest."""
    MOST = 100
    """Steps after which the experiment ends."""

    id = "recovery"
    part = GRADIENT
    sources = (C,)
    statement = (
        "So the network corrects itself quickly: started wrong and sure, log loss recovers and squared error "
        "doesn't."
    )
    STEPS = Quantity("what it takes to get half of the samples right again", "steps")
    RATIO = Quantity("what softmax with squared error takes over that", "times")
    rule = Rule(holds=(STEPS.at_most(50), RATIO.at_least(10)), in_part=(RATIO.at_least(2),))
    turns = (
        "With Adam, which divides a gradient by its own size, squared error recovers too, only later: what "
        "counts there is a gradient's direction and not its length."
    )
    charts = (
        ChartSpec(
            "lines",
            Axis("step", "step"),
            Axis("accuracy", "training samples that are right (%)", percent=True),
            facet="solver",
            low="low",
            high="high",
            reference=0.5,
            caption="Each head at the learning rate with which it recovers soonest; 95 % band over seeds.",
        ),
    )
    size = 3

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        frames = []
        for solver, name_of_solver in self.SOLVERS:
            comparison = on(self.DATASET, self.heads, seed, size).replace(
                hidden_layer_sizes=(), solver=name_of_solver, momentum=0, batch_size=1000
            )
            single = part(splits_of(comparison), "train")
            training = Part(single.X.astype(np.float64), single.targets)
            runs = stack(comparison, self.RATES, np.float64)
            runs.parameters[:] = _sure_of_the_next_class(training, margin=20)[:, None]
            accuracies = [self._accuracies(runs, training)]
            for _ in range(self.MOST):
                train(runs, training, n_epochs=1)
                accuracies.append(self._accuracies(runs, training))
            accuracy = np.stack(accuracies, -1)  # (n_seeds, n_heads, n_rates, n_steps)
            right_again = accuracy >= 0.5
            steps = np.where(right_again.any(-1), right_again.argmax(-1), self.MOST)
            best = steps.mean(0).argmin(-1)
            for index, head in enumerate(self.heads):
                over_seeds = estimate(accuracy[:, index, best[index]], axis=0)
                taken = estimate(steps[:, index, best[index]])
                columns = {
                    "head": head,
                    "solver": solver,
                    "learning_rate": self.RATES[best[index]],
                    "step": np.arange(self.MOST + 1),
                    "accuracy": over_seeds.mean,
                    "low": np.clip(over_seeds.low, 0, 1),
                    "high": np.clip(over_seeds.high, 0, 1),
                    "taken": taken.mean,
                    "taken_low": np.maximum(taken.low, 0),
                    "taken_high": taken.high,
                }
                frames.append(pd.DataFrame(columns))
        return pd.concat(frames, ignore_index=True)

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        taken = by_head(frame[frame["solver"] == "gradient descent"], "taken")
        return {self.STEPS: taken[self.head], self.RATIO: taken[SQUARED] / max(taken[self.head], 1)}

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        plain = frame[frame["solver"] == "gradient descent"]
        with_adam = by_head(frame[frame["solver"] == "Adam"], "taken")
        rival = by_head(plain, "taken")[SQUARED]
        low, high = (by_head(plain, end)[self.head] for end in ("taken_low", "taken_high"))
        interval = "in every seed" if low == high else f"95 % interval {spelled(low)} to {spelled(high)}"
        after = f"not within {self.MOST}" if rival >= self.MOST else f"after {spelled(rival)}"
        return (
            f"{self.head} has half of the samples right again after {self.STEPS.text(numbers[self.STEPS])} "
            f"of gradient descent ({interval}), softmax with squared error {after}, each at its best "
            f"learning rate; with Adam it is {spelled(with_adam[self.head])} against "
            f"{spelled(with_adam[SQUARED])}."
        )

    def _accuracies(self, runs: Stack, training: Part) -> Floats:
        """Share (n_seeds, n_heads, n_rates) of the samples that are right."""
        logits = runs.network.logits(runs.parameters, training.X[:, None])
        logits = logits.reshape(len(logits), len(self.heads), len(self.RATES), *logits.shape[2:])
        with np.errstate(all="ignore"):
            winners = [
                head.class_probabilities(logits[:, index]).argmax(-1)
                for index, head in enumerate(self.heads.values())
            ]
        accuracies: Floats = (np.stack(winners, 1) == training.targets[:, None, None]).mean(-1)
        return accuracies


def _sure_of_the_next_class(training: Part, margin: float) -> Floats:
    """Parameters (n_splits, n_parameters) of linear classifiers that take each class for the next one.

    Least squares on the wrong targets, scaled until the median sample is wrong by this margin.
    """
    n_classes = training.targets.max() + 1
    starts = []
    for X, targets in zip(training.X, training.targets, strict=True):
        extended = np.column_stack([X, np.ones(len(X))])
        wrong = np.eye(n_classes)[(targets + 1) % n_classes]
        weights = np.linalg.lstsq(extended, wrong, rcond=None)[0]
        logits = extended @ weights
        of_target = np.take_along_axis(logits, targets[:, None], -1)[:, 0]
        np.put_along_axis(logits, targets[:, None], -np.inf, -1)
        starts.append((weights * margin / np.median(logits.max(-1) - of_target)).ravel())
    return np.array(starts)


@register
@dataclass(frozen=True)
class WrongOnesDominate(Claim):
    """Whose gradient a network learns from, by epoch."""

    DATASETS = ("digits", "Gaussian mixture(samples=1000)")
    EPOCHS = 10

    id = "wrong ones dominate"
    part = GRADIENT
    sources = (C,)
    statement = "The log likelihood is dominated by the samples that are wrong."
    SHARE = Quantity("the wrong samples' share of the gradient on digits, mean over the epochs,", "%")
    TIMES = Quantity("that share over their share of the samples", "times")
    rule = Rule(holds=(SHARE.at_least(0.5),), in_part=(TIMES.at_least(2),))
    turns = (
        "Wrong samples dominate early, and where classes overlap so that many stay wrong. As they get rare, "
        "the many that are right but not yet sure outweigh them."
    )
    charts = (
        ChartSpec(
            "lines",
            Axis("epoch", "epoch"),
            Axis("share", "wrong samples' share of the gradient (%)", percent=True),
            facet="dataset",
            low="low",
            high="high",
            reference=0.5,
            caption="Above the line the wrong samples dominate; 95 % band over seeds.",
        ),
    )
    size = 3

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        frames = []
        for dataset in self.DATASETS:
            comparison = on(dataset, self.heads, seed, size)
            training = part(splits_of(comparison), "train")
            runs = stack(comparison, comparison.learning_rates)
            by_epoch = []
            for _ in range(self.EPOCHS):
                train(runs, training, n_epochs=1)
                with np.errstate(all="ignore"):
                    logits = runs.network.logits(runs.parameters, training.X[:, None]).astype(np.float64)
                    by_epoch.append(
                        [
                            _of_wrong_samples(head, logits[:, index], training.targets)
                            for index, head in enumerate(comparison.heads)
                        ]
                    )
            shares, wrong = np.moveaxis(np.array(by_epoch), 2, 0)  # each (n_epochs, n_heads, n_seeds)
            over_seeds, over_epochs = estimate(shares), estimate(shares.mean(0))
            for index, head in enumerate(self.heads):
                columns = {
                    "head": head,
                    "dataset": dataset.partition("(")[0],
                    "epoch": np.arange(1, self.EPOCHS + 1),
                    "share": over_seeds.mean[:, index],
                    "low": np.clip(over_seeds.low[:, index], 0, 1),
                    "high": np.clip(over_seeds.high[:, index], 0, 1),
                    "wrong": wrong[:, index].mean(-1),
                    "mean": over_epochs.mean[index],
                    "mean_low": over_epochs.low[index],
                    "mean_high": over_epochs.high[index],
                }
                frames.append(pd.DataFrame(columns))
        return pd.concat(frames, ignore_index=True)

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        digits = frame[frame["dataset"] == "digits"]
        share = by_head(digits, "mean")[self.head]
        return {self.SHARE: share, self.TIMES: share / by_head(digits, "wrong", "mean")[self.head]}

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        own = {str(name): rows for name, rows in self.of(frame).groupby("dataset", sort=False)}
        low, high = (100 * float(own["digits"][end].iloc[0]) for end in ("mean_low", "mean_high"))
        courses = [
            f"from {self.SHARE.text(rows['share'].iloc[0])} to {self.SHARE.text(rows['share'].iloc[-1])} on "
            f"{name}"
            for name, rows in own.items()
        ]
        return (
            f"{self.SHARE.text(numbers[self.SHARE])} of the gradient of {self.head} on digits comes from "
            f"wrong samples (mean of {self.EPOCHS} epochs, 95 % interval {spelled(low)} to {spelled(high)}), "
            f"{self.TIMES.text(numbers[self.TIMES])} their share of the samples. From first to last epoch it "
            f"goes {listed(courses)}."
        )

    def link(self, seed: int = 0) -> Link:
        return Link("compare", on(self.DATASETS[0], self.heads, seed, self.size).to_link())


def _of_wrong_samples(head: Head, logits: Floats, targets: Integers) -> tuple[Floats, Floats]:
    """Share (n_splits,) that misclassified samples have of the gradients' length, and of the samples."""
    lengths = length(head.gradient(logits, targets))
    wrong = head.class_probabilities(logits).argmax(-1) != targets
    whole = lengths.sum(-1)
    return (lengths * wrong).sum(-1) / np.where(whole > 0, whole, 1), wrong.mean(-1)


@register
@dataclass(frozen=True)
class LinearWhenWrong(Claim):
    """log p of the target against the difference of two logits."""

    N_CLASSES = (2, 10, 100)

    id = "linear when wrong"
    part = GRADIENT
    sources = (C,)
    statement = "The log likelihood of a wrong class is about z_target − z_max."
    DISTANCE = Quantity("the largest distance beyond a margin of 5", "nats")
    OF_TWO = Quantity("that of two classes", "nats")
    rule = Rule(holds=(DISTANCE.at_most(0.1),), in_part=(OF_TWO.at_most(0.1),))
    turns = (
        "The log likelihood is lower by the log of how many classes crowd at the top, log D at most: next to "
        "nothing with two classes or one clear winner, more where many classes are about equal."
    )
    charts = (
        ChartSpec(
            "lines",
            Axis("margin", "z_max − z_target"),
            Axis(
                "distance",
                "log p less (z_target − z_max), the largest in size (nats)",
                logarithmic=True,
                floor=1e-9,
            ),
            facet="classes",
            reference=0.1,
            caption="Below the line the log likelihood is the difference of the two logits.",
        ),
    )
    size = 200

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        margins = np.linspace(5, 20, 31)
        frames = []
        for n_classes in self.N_CLASSES:
            others = np.random.default_rng([seed, n_classes]).normal(0, 2, (size, n_classes - 1))
            target = others.max(-1) - margins[:, None]
            every = np.broadcast_to(others, (len(margins), *others.shape))
            logits = np.concatenate([target[..., None], every], axis=-1)
            for name, head in self.heads.items():
                with np.errstate(divide="ignore"):
                    log_likelihood = np.log(head.class_probabilities(logits)[..., 0])
                distance = np.abs(log_likelihood + margins[:, None]).max(-1)
                columns = {"head": name, "classes": n_classes, "margin": margins, "distance": distance}
                frames.append(pd.DataFrame(columns))
        return pd.concat(frames, ignore_index=True)

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        of_two = frame[frame["classes"] == 2]
        return {
            self.DISTANCE: by_head(frame, "distance", "max")[self.head],
            self.OF_TWO: by_head(of_two, "distance", "max")[self.head],
        }

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        largest = [
            by_head(frame[frame["classes"] == n], "distance", "max")[self.head] for n in self.N_CLASSES
        ]
        told = [f"{spelled(value)} with {n}" for n, value in zip(self.N_CLASSES, largest, strict=True)]
        return (
            f"Beyond a margin of 5 the log likelihood under {self.head} is up to "
            f"{self.DISTANCE.text(numbers[self.DISTANCE])} away from z_target − z_max: {listed(told)} "
            "classes."
        )
