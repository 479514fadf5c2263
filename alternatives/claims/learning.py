"""Claims about what a network learns from: the samples that are wrong."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alternatives.claims.claim import GRADIENT, Axis, C, ChartSpec, Claim, Link, by_head, register
from alternatives.claims.gradient import SQUARED, length
from alternatives.claims.networks import on, part, splits_of, stack, train
from alternatives.claims.rule import Numbers, Quantity, Rule
from alternatives.heads import Floats, Head, Integers
from alternatives.statistics import estimate
from alternatives.training import Stack, Subset
from alternatives.wording import listed, spelled


@register
@dataclass(frozen=True)
class Recovery(Claim):
    """Linear classifiers that are sure of the wrong classes, and gradient descent from there."""

    DATASET = "Gaussian mixture(samples=200)"
    SOLVERS = (("gradient descent", "sgd"), ("Adam", "adam"))
    RATES = (0.1, 1.0, 10.0, 100.0, 1000.0)
    """Learning rates, of which each head has the one with which it recovers soonest; of equals the one with
    which most samples are right in the end, and of equals again the smallest."""
    MOST = 100
    """Steps after which the experiment ends."""

    id = "recovery"
    part = GRADIENT
    sources = (C,)
    statement = (
        "So the network corrects itself quickly: started wrong and sure, log loss recovers and squared error "
        "doesn't."
    )
    STEPS = Quantity(f"the time to get half of the samples right again, {MOST} if it's longer,", "steps")
    RATIO = Quantity(f"the time of softmax with squared error, {MOST} if it's longer, over its own", "times")
    rule = Rule(holds=(STEPS.at_most(50), RATIO.at_least(10)), in_part=(RATIO.at_least(2),))
    turns = (
        "A learning rate that is as much larger makes up for a small gradient, as long as training bears it. "
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
            caption="Each head at the learning rate with which it recovers soonest, of equals that with "
            "which it ends best; 95 % band over seeds. On the line half of the samples are right.",
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
            training = Subset(single.X.astype(np.float64), single.targets)
            runs = stack(comparison, self.RATES, np.float64)
            runs.parameters[:] = _sure_of_the_next_class(training, margin=20)[:, None]
            accuracies = [self._accuracies(runs, training)]
            for _ in range(self.MOST):
                train(runs, training, n_epochs=1)
                accuracies.append(self._accuracies(runs, training))
            accuracy = np.stack(accuracies, -1)  # (n_seeds, n_heads, n_rates, n_steps)
            right_again = accuracy >= 0.5
            steps = np.where(right_again.any(-1), right_again.argmax(-1), self.MOST)
            best = soonest(steps.mean(0), accuracy[..., -1].mean(0))
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
                    "recovered": right_again[:, index, best[index]].any(-1).mean(),
                }
                frames.append(pd.DataFrame(columns))
        return pd.concat(frames, ignore_index=True)

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        taken = by_head(frame[frame["solver"] == "gradient descent"], "taken")
        return {self.STEPS: taken[self.head], self.RATIO: taken[SQUARED] / max(taken[self.head], 1)}

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        own, rival = (
            {str(row["solver"]): row for _, row in self.of(frame, head).groupby("solver").head(1).iterrows()}
            for head in (self.head, SQUARED)
        )
        plain = own["gradient descent"]
        ends = [spelled(plain[end]) for end in ("taken_low", "taken_high")]
        interval = "in every seed" if ends[0] == ends[1] else f"95 % interval {ends[0]} to {ends[1]}"
        bound = "at least " if rival["gradient descent"]["recovered"] < 1 else ""
        return (
            f"With gradient descent {self.head} has half of the samples right again "
            f"{self._told(plain, numbers[self.STEPS])} ({interval}), softmax with squared error "
            f"{self._told(rival['gradient descent'])}: {bound}{self.RATIO.text(numbers[self.RATIO])} as "
            f"many. With Adam {self.head} has them {self._told(own['Adam'])}, softmax with squared error "
            f"{self._told(rival['Adam'])}."
        )

    def _told(self, row: "pd.Series[Any]", steps: float | None = None) -> str:
        """When a head has recovered, and with which learning rate."""
        taken = self.STEPS.text(row["taken"] if steps is None else steps)
        if row["recovered"] == 0:
            low, high = (spelled(rate) for rate in (min(self.RATES), max(self.RATES)))
            return f"within {taken} at none of the learning rates from {low} to {high}"
        late = (
            f" (a mean in which {spelled(100 * (1 - row['recovered']))} % of the seeds count as {self.MOST})"
        )
        rate = f"learning rate {spelled(row['learning_rate'])}"
        return f"after {taken}{late if row['recovered'] < 1 else ''} at {rate}"

    def _accuracies(self, runs: Stack, training: Subset) -> Floats:
        """Share (n_seeds, n_heads, n_rates) of the samples that are right."""
        with np.errstate(all="ignore"):
            logits = runs.network.logits(runs.parameters, training.X[:, None])
            logits = logits.reshape(len(logits), len(self.heads), len(self.RATES), *logits.shape[2:])
            winners = [
                head.class_probabilities(logits[:, index]).argmax(-1)
                for index, head in enumerate(self.heads.values())
            ]
        accuracies: Floats = (np.stack(winners, 1) == training.targets[:, None, None]).mean(-1)
        return accuracies


def soonest(steps: Floats, ends: Floats) -> NDArray[np.intp]:
    """Along the last axis, the index of the fewest steps; of equals the highest end, of equals the first."""
    order: NDArray[np.intp] = np.lexsort((-ends, steps), axis=-1)
    return order[..., 0]


def _sure_of_the_next_class(training: Subset, margin: float) -> Floats:
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
    SHARE = Quantity("wrong samples' share of the gradient on digits, mean over the epochs,", "%")
    MIXTURE = Quantity("wrong samples' share of the gradient on Gaussian mixture, mean over the epochs,", "%")
    TIMES = Quantity(
        "wrong samples' share of the gradient on digits over their share of the samples", "times"
    )
    rule = Rule(holds=(SHARE.at_least(0.5), MIXTURE.at_least(0.5)), in_part=(TIMES.at_least(2),))
    turns = (
        "Wrong samples dominate early, and where classes overlap so that many stay wrong. As they get rare, "
        "the many that are right but not yet sure outweigh them."
    )
    charts = (
        ChartSpec(
            "lines",
            Axis("epoch", "epochs trained"),
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
            for epoch in range(self.EPOCHS + 1):
                train(runs, training, n_epochs=min(epoch, 1))
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
                    "epoch": np.arange(self.EPOCHS + 1),
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
        mixture = frame[frame["dataset"] == "Gaussian mixture"]
        share = by_head(digits, "mean")[self.head]
        return {
            self.SHARE: share,
            self.MIXTURE: by_head(mixture, "mean")[self.head],
            self.TIMES: share / by_head(digits, "wrong", "mean")[self.head],
        }

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        own = {str(name): rows for name, rows in self.of(frame).groupby("dataset", sort=False)}
        intervals = {
            name: " to ".join(spelled(100 * float(rows[end].iloc[0])) for end in ("mean_low", "mean_high"))
            for name, rows in own.items()
        }
        courses = [
            f"from {self.SHARE.text(rows['share'].iloc[0])} to {self.SHARE.text(rows['share'].iloc[-1])} on "
            f"{name}"
            for name, rows in own.items()
        ]
        return (
            f"{self.SHARE.text(numbers[self.SHARE])} of the gradient of {self.head} on digits comes from "
            f"wrong samples (mean from the start to epoch {self.EPOCHS}, 95 % interval "
            f"{intervals['digits']}), {self.TIMES.text(numbers[self.TIMES])} their share of the samples; on "
            f"Gaussian mixture {self.MIXTURE.text(numbers[self.MIXTURE])} ({intervals['Gaussian mixture']}). "
            f"From the start to the last epoch it goes {listed(courses)}."
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
    DISTANCE = Quantity("the largest distance of log p from z_target − z_max, beyond a margin of 5,", "nats")
    OF_TWO = Quantity("the largest such distance with two classes", "nats")
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
                "distance of log p (nats)",
                logarithmic=True,
                floor=1e-9,
            ),
            facet="classes",
            reference=0.1,
            caption="The largest distance from z_target − z_max. Below the line the log likelihood is the "
            "difference of the two logits.",
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
        largest[0] = numbers[self.OF_TWO]
        told = [
            f"{self.OF_TWO.text(value)} with {n}" for n, value in zip(self.N_CLASSES, largest, strict=True)
        ]
        return (
            f"Beyond a margin of 5 the log likelihood under {self.head} is up to "
            f"{self.DISTANCE.text(numbers[self.DISTANCE])} away from z_target − z_max: {listed(told)} "
            "classes."
        )

    def link(self, seed: int = 0) -> Link:
        return self.shape((5, 0), target=1)
