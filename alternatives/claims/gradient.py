"""Claims about the gradient of the loss with respect to the logits, and what a network learns from it."""

from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alternatives.claims.mechanism.chart import Axis, line_chart
from alternatives.claims.mechanism.claim import Claim, Text, register
from alternatives.claims.mechanism.frames import by_head, heads_with, stack_by_head, with_interval
from alternatives.claims.mechanism.networks import TrainedClaim, training_logits
from alternatives.claims.mechanism.rule import EXACT, Quantity, Rule
from alternatives.claims.mechanism.sources import GRADIENT, B, C
from alternatives.experiments import Comparison
from alternatives.experiments.runs import epochs
from alternatives.heads import Floats, Head, Integers, onehot
from alternatives.measures import gradient_magnitude
from alternatives.training import Stack, Subset
from alternatives.wording import figures, given, listed, percent

SQUARED = "softmax with squared error"


def norm(gradients: Floats) -> Floats:
    """Euclidean norm (...) of gradients (..., n_classes)."""
    norms: Floats = np.sqrt(np.vecdot(gradients, gradients))
    return norms


def logits_with_margin(
    seed: int, n_samples: int, margins: Floats, n_classes: int, scale: float
) -> tuple[Floats, Integers]:
    """Logits (n_margins, n_samples, n_classes) in which a margin lifts one class, and the targets.

    A positive margin is added to the target's logit: confidently right. The size of a negative one is added
    to another class's logit: confidently wrong.
    """
    random = np.random.default_rng(seed)
    logits = random.normal(0, scale, (n_samples, n_classes))
    targets = random.integers(0, n_classes, n_samples)
    right, wrong = onehot(targets, logits), onehot((targets + 1) % n_classes, logits)
    lead = margins[:, None, None]
    lifted = logits + np.where(lead >= 0, lead * right, -lead * wrong)
    return lifted, np.broadcast_to(targets, lifted.shape[:-1])


@register("simple gradient", GRADIENT, B)
class SimpleGradient(Claim):
    """Every entry of the gradient against p - target, and its norm where the target has 99 %."""

    statement = (
        "With log loss the gradient is p − target: between −1 and 1, and small when the network is right."
    )
    ENTRY = Quantity("the largest absolute entry of its gradient").read_from("size", "max")
    FORMULA = Quantity("the largest distance of its gradient from p − target").read_from("distance", "max")
    RIGHT = Quantity("its mean gradient norm where the target has 99 %").read_from("right")
    rule = Rule(
        holds=(ENTRY.at_most(1 + EXACT), RIGHT.at_most(0.02), FORMULA.exact()),
        in_part=(ENTRY.at_most(1 + EXACT), RIGHT.at_most(0.02)),
        proof="−∂ log p_t / ∂z_i = p_i − δ_it by the derivative of softmax. p lies between 0 and 1, and "
        "where the target has 1 − δ the norm is at most √2 δ.",
    )
    reasons: ClassVar = {ENTRY: "no entry of its gradient is larger than {}"}
    exceptions = (
        "The log loss of another score multiplies the gradient by the slope of that score. For Taylor "
        "softmax the slope is at most 1. For spherical softmax it is at most 1/√ε, so with ε below 1 the "
        "gradient can pass 1."
    )
    charts = line_chart(
        Axis("margin", "lead of the target"),
        Axis("size", "absolute entry of the gradient", logarithmic=True, floor=1e-6),
        facet="entry",
        reference=1.0,
        caption="Below the line an entry is between −1 and 1. On the right the target leads, so the "
        "gradient should be small; left of 0 another class leads.",
    )
    size = 100
    example: ClassVar = {"logits": (0, 4, 0, 0, 0)}

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        near = np.linspace(-20, 20, 81)
        far = np.geomspace(20, 2000, 60)[1:]  # some heads reach 99 % only there
        logits, targets = logits_with_margin(seed, size, np.concatenate([near, far]), n_classes=5, scale=1)
        target = onehot(targets, logits)

        def columns(head: Head) -> dict[str, Any]:
            gradients, p = head.gradient(logits, targets), head.probabilities(logits)
            nearly_sure = norm(gradients)[np.abs(np.vecdot(p, target) - 0.99) <= 0.005]
            distance = np.abs(gradients - (p - target)).max((-1, -2))
            entries = {"largest entry": gradients, "smallest entry, sign changed": -gradients}
            sizes = [np.maximum(signed.max((-1, -2)), 0)[: len(near)] for signed in entries.values()]
            return {
                "margin": np.tile(near, 2),
                "entry": np.repeat(list(entries), len(near)),
                "size": np.concatenate(sizes),
                "distance": np.tile(distance[: len(near)], 2),
                "right": nearly_sure.mean() if nearly_sure.size else np.nan,
            }

        return self.frame_by_head(columns)

    def sentence(self, frame: pd.DataFrame, text: Text) -> str:
        entries, distances = (by_head(self.others(frame), name, "max") for name in ("size", "distance"))
        exact = [head for head, distance in distances.items() if distance <= EXACT]
        beyond = {head: entry for head, entry in entries.items() if entry > 1 + EXACT}
        reached = f"where the target has 99 % its norm is {text(self.RIGHT)}"
        never = np.isnan(self.own(frame, "right"))
        return (
            f"The largest entry of {self.head}'s gradient is {text(self.ENTRY)}, its distance from p − "
            f"target is {text(self.FORMULA)}, and {'the target never gets 99 %' if never else reached}. The "
            f"formula is also right for {listed(exact)}. Entries above 1: {heads_with(beyond, figures)}."
        )


@register("wrong and sure", GRADIENT, B, C)
class WrongAndSure(Claim):
    """Gradient magnitude by margin."""

    statement = (
        "When the network is confidently wrong, the log loss of softmax still has a roughly constant "
        "gradient; squared error on softmax has almost none."
    )
    RATIO = Quantity("its gradient norm over that of softmax with squared error, at a margin of −20", "times")
    STEADY = Quantity("its smallest gradient norm from −5 to −20, as a share of its largest", "%")
    rule = Rule(holds=(RATIO.at_least(100), STEADY.at_least(0.9)), in_part=(RATIO.at_least(10),))
    reasons: ClassVar = {RATIO: "its gradient is {} that of squared error"}
    exceptions = (
        "Near a margin of 0 both gradients are of similar size. That of squared error falls by a factor e "
        "for each unit of margin. Spherical softmax lies between, as its slope falls in inverse proportion "
        "to the logit."
    )
    charts = line_chart(
        Axis("margin", "lead of the target"),
        Axis("magnitude", "mean gradient norm", logarithmic=True, floor=1e-10),
        caption="On the left another class leads and the network is confidently wrong: a head with a "
        "low line there hardly learns.",
    )
    size = 100
    example: ClassVar = {"logits": (0, 0, 20), "moving": 2}

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        margins = np.linspace(-20, 20, 81)
        logits, targets = logits_with_margin(seed, size, margins, n_classes=3, scale=0.5)

        def columns(head: Head) -> dict[str, Any]:
            return {"margin": margins, "magnitude": gradient_magnitude(head.gradient(logits, targets))}

        return self.frame_by_head(columns)

    def measure(self, frame: pd.DataFrame) -> dict[Quantity, float | Floats]:
        surest = by_head(frame[frame["margin"] == -20], "magnitude")
        wrong = self.rows(frame[frame["margin"] <= -5])["magnitude"]
        return {
            self.RATIO: surest[self.head] / surest[SQUARED],
            self.STEADY: float(wrong.min() / wrong.max()),
        }

    def sentence(self, frame: pd.DataFrame, text: Text) -> str:
        norms = by_head(frame[frame["margin"] == -20], "magnitude")
        return (
            f"At a margin of −20 the gradient norm of {self.head} is {figures(norms[self.head])}, "
            f"{text(self.RATIO)} that of softmax with squared error. From −5 to −20 it keeps "
            f"{text(self.STEADY)} of its size."
        )


@register("recovery", GRADIENT, C)
class Recovery(TrainedClaim):
    """Linear classifiers that start confidently wrong, and gradient descent from there."""

    DATASETS = ("Gaussian mixture(samples=200)",)
    SOLVERS = (("gradient descent", "sgd"), ("Adam", "adam"))
    RATES = (0.1, 1.0, 10.0, 100.0, 1000.0)
    """Each head uses the learning rate with which it recovers first; of equals, the one with the best final
    accuracy; of equals again, the smallest."""
    MOST = 100
    """Steps of the experiment."""

    statement = (
        "So the network corrects itself quickly: started confidently wrong, log loss recovers and squared "
        "error doesn't."
    )
    STEPS = Quantity(f"the time until half of the samples are right again (counted up to {MOST})", "steps")
    RATIO = Quantity("the time of softmax with squared error over its own time", "times")
    rule = Rule(holds=(STEPS.at_most(50), RATIO.at_least(10)), in_part=(RATIO.at_least(2),))
    reasons: ClassVar = {STEPS: "half of the samples are right again after {}"}
    exceptions = (
        "A larger learning rate makes up for a small gradient, as long as training stays stable. Adam "
        "divides a gradient by its own size, so with Adam squared error recovers too, only later."
    )
    charts = line_chart(
        Axis("step", "step"),
        Axis("accuracy", "training samples that are right", "%"),
        facet="solver",
        interval=True,
        reference=0.5,
        caption="Each head uses the learning rate with which it recovers first. On the line half of the "
        "samples are right. Band: 95 % CI over seeds.",
    )
    size = 3
    seconds = 0.7

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        frames = []
        for solver, name in self.SOLVERS:
            comparison = self.comparison(self.DATASETS[0], seed, size).replace(solver=name)
            accuracy = self._accuracy_by_step(comparison)  # (n_seeds, n_heads, n_rates, n_steps)
            right_again = accuracy >= 0.5
            steps = np.where(right_again.any(-1), right_again.argmax(-1), self.MOST)
            best = soonest(steps.mean(0), accuracy[..., -1].mean(0))
            columns = {
                head: {
                    "learning_rate": self.RATES[rate],
                    "step": np.arange(self.MOST + 1),
                    **with_interval("accuracy", accuracy[:, index, rate], least=0, most=1, axis=0),
                    "taken": with_interval("steps", steps[:, index, rate])["steps"],
                    "recovered": right_again[:, index, rate].any(-1).mean(),
                }
                for index, (head, rate) in enumerate(zip(self.heads, best, strict=True))
            }
            frames.append(stack_by_head(columns, solver=solver))
        return pd.concat(frames, ignore_index=True)

    def comparison(self, dataset: str, seed: int, size: int) -> Comparison:
        """Linear classifiers, trained on the whole training set at each step."""
        return (
            super()
            .comparison(dataset, seed, size)
            .replace(hidden_layer_sizes=(), momentum=0, batch_size=1000, n_epochs=self.MOST)
        )

    def page_state(self, seed: int) -> None:
        return None  # no page starts networks confidently wrong

    def _accuracy_by_step(self, comparison: Comparison) -> Floats:
        training = comparison.data.training
        training = Subset(training.X.astype(np.float64), training.targets)
        start = _sure_of_the_next_class(training, margin=20)[:, None]
        by_step = epochs(
            comparison.variants(*comparison.dataset.shape[1:]),
            self.RATES,
            comparison.recipe,
            comparison.seeds,
            training,
            start,
            np.float64,
        )
        return np.stack([self._accuracies(stack, training) for stack in by_step], -1)

    def _accuracies(self, stack: Stack, training: Subset) -> Floats:
        """Share (n_seeds, n_heads, n_rates) of the samples that are right."""
        with np.errstate(all="ignore"):
            logits = stack.network.logits(stack.parameters, training.X[:, None])
            logits = logits.reshape(len(logits), len(self.heads), len(self.RATES), *logits.shape[2:])
            winners = [
                head.class_probabilities(logits[:, index]).argmax(-1)
                for index, head in enumerate(self.heads.values())
            ]
        accuracies: Floats = (np.stack(winners, 1) == training.targets[:, None, None]).mean(-1)
        return accuracies

    def measure(self, frame: pd.DataFrame) -> dict[Quantity, float | Floats]:
        taken = by_head(frame[frame["solver"] == "gradient descent"], "taken")
        return {self.STEPS: taken[self.head], self.RATIO: taken[SQUARED] / max(taken[self.head], 1)}

    def sentence(self, frame: pd.DataFrame, text: Text) -> str:
        plain, adam = (frame[frame["solver"] == name] for name, _ in self.SOLVERS)
        bound = "at least " if by_head(plain, "recovered")[SQUARED] < 1 else ""
        own = self._when(plain, self.head, text(self.STEPS))
        return (
            f"With gradient descent half of the samples are right again {own} for {self.head} and "
            f"{self._when(plain, SQUARED)} for {SQUARED}: {bound}{text(self.RATIO)} as long. With Adam it is "
            f"{self._when(adam, self.head)} and {self._when(adam, SQUARED)}."
        )

    def _when(self, frame: pd.DataFrame, head: str, time: str = "") -> str:
        """When a head has recovered, and with which learning rate."""
        steps, rate, recovered = (
            by_head(frame, column)[head] for column in ("taken", "learning_rate", "recovered")
        )
        if recovered == 0:
            rates = f"learning rates from {given(min(self.RATES))} to {given(max(self.RATES))}"
            return f"not within {time or self.STEPS.text(steps)} at {rates}"
        late = f", {percent(1 - recovered)} of the seeds never" if recovered < 1 else ""
        return f"after {time or self.STEPS.text(steps)} (learning rate {given(rate)}{late})"


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


@register("wrong ones dominate", GRADIENT, C)
class WrongOnesDominate(TrainedClaim):
    """Which samples the gradient comes from, by epoch."""

    DATASETS = ("digits", "Gaussian mixture(samples=1000)")

    statement = "The log likelihood is dominated by the samples that are wrong."
    SHARE, MIXTURE = (
        Quantity(f"wrong samples' share of the loss on {dataset} (mean over epochs)", "%").read_from(
            "mean", "each", row="seed", dataset=dataset
        )
        for dataset in ("digits", "Gaussian mixture")
    )
    TIMES = Quantity("their share of the loss on digits over their share of the samples", "times")
    rule = Rule(holds=(SHARE.at_least(0.5), MIXTURE.at_least(0.5)), in_part=(TIMES.at_least(2),))
    reasons: ClassVar = {SHARE: "wrong samples make up {} of the loss on digits"}
    exceptions = (
        "Wrong samples dominate early, and where classes overlap so that many stay wrong. Once they are "
        "rare, the many samples that are right but not yet confident outweigh them. A wrong sample's loss "
        "is at least log 2, since another class is more probable, but that many small losses can exceed."
    )
    charts = line_chart(
        Axis("epoch", "epochs trained"),
        Axis("share", "wrong samples' share of the loss", "%"),
        facet="dataset",
        interval=True,
        reference=0.5,
        rows="epoch",
        caption="Loss: −log likelihood of the training set. Above the line the wrong samples dominate. Band: "
        "95 % CI over seeds.",
    )
    size = 10
    seconds = 0.9

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        frames = []
        for dataset, comparison in self.comparisons(seed, size).items():
            shares, wrong = _by_epoch(comparison)
            by_epoch = {
                head: {
                    "epoch": np.arange(comparison.most_epochs + 1),
                    **with_interval("share", shares[:, index], least=0, most=1),
                    "wrong": wrong[:, index].mean(-1),
                }
                for index, head in enumerate(self.heads)
            }
            means = zip(shares.mean(0), wrong.mean(0), strict=True)
            by_seed = {
                head: {"seed": comparison.seeds, "mean": share, "wrong": own}
                for head, (share, own) in zip(self.heads, means, strict=True)
            }
            frames += [
                stack_by_head(by_epoch, row="epoch", dataset=dataset),
                stack_by_head(by_seed, row="seed", dataset=dataset),
            ]
        return pd.concat(frames, ignore_index=True)

    def measure(self, frame: pd.DataFrame) -> dict[Quantity, float | Floats]:
        own = self.rows(frame[(frame["row"] == "seed") & (frame["dataset"] == "digits")])
        return {**super().measure(frame), self.TIMES: (own["mean"] / own["wrong"]).to_numpy(np.float64)}

    def sentence(self, frame: pd.DataFrame, text: Text) -> str:
        first, last = (
            self.rows(frame[(frame["dataset"] == "digits") & (frame["epoch"] == epoch)]).iloc[0]
            for epoch in (0, frame["epoch"].max())
        )
        return (
            f"On digits {text(self.SHARE)} of {self.head}'s loss comes from wrong samples (mean over the "
            f"epochs, from {self.SHARE.text(first['share'])} before training to "
            f"{self.SHARE.text(last['share'])} after {last['epoch']:.0f}), {text(self.TIMES)} their share of "
            f"the samples. On Gaussian mixture it is {text(self.MIXTURE)}."
        )


def _by_epoch(comparison: Comparison) -> tuple[Floats, Floats]:
    """Wrong samples' shares of the loss and of the samples, each (n_epochs, n_heads, n_seeds)."""
    targets, shares = comparison.data.training.targets, []
    for logits in training_logits(comparison):
        shares.append(
            [
                _of_wrong_samples(head, logits[:, index], targets)
                for index, head in enumerate(comparison.heads)
            ]
        )
    of_loss, of_samples = np.moveaxis(np.array(shares), 2, 0)
    return of_loss, of_samples


def _of_wrong_samples(head: Head, logits: Floats, targets: Integers) -> tuple[Floats, Floats]:
    """Share (n_splits,) that misclassified samples have of the loss, and of the samples."""
    losses = head.loss(logits, targets)
    wrong = head.class_probabilities(logits).argmax(-1) != targets
    whole = losses.sum(-1)
    return (losses * wrong).sum(-1) / np.where(whole > 0, whole, 1), wrong.mean(-1)


@register("linear when wrong", GRADIENT, C)
class LinearWhenWrong(Claim):
    """log p of the target against the difference of two logits."""

    N_CLASSES = (2, 10, 100)

    statement = "The log likelihood of a wrongly classified sample is about z_target − z_max."
    DISTANCE = Quantity(
        "the largest distance of log p from z_target − z_max at margins above 5", "nats"
    ).read_from("distance", "max")
    OF_TWO = Quantity("the largest such distance with two classes", "nats").read_from(
        "distance", "max", classes=2
    )
    rule = Rule(holds=(DISTANCE.at_most(0.1),), in_part=(OF_TWO.at_most(0.1),))
    reasons: ClassVar = {DISTANCE: "with many classes they differ by {}"}
    exceptions = (
        "The log likelihood is lower by the log of the number of classes near the top, at most log D. That "
        "is next to nothing with two classes or one clear winner, and more where many classes are about "
        "equal."
    )
    charts = line_chart(
        Axis("margin", "z_max − z_target"),
        Axis("distance", "distance of log p", "nats", logarithmic=True, floor=1e-9),
        facet="classes",
        reference=0.1,
        caption="The largest distance from z_target − z_max. Below the line log p is about the "
        "difference of the two logits.",
    )
    size = 200
    example: ClassVar = {"logits": (5, 0), "target": 1}

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        margins = np.linspace(5, 20, 31)
        frames = []
        for n_classes in self.N_CLASSES:
            others = np.random.default_rng([seed, n_classes]).normal(0, 2, (size, n_classes - 1))
            target = others.max(-1) - margins[:, None]
            every = np.broadcast_to(others, (len(margins), *others.shape))
            logits = np.concatenate([target[..., None], every], axis=-1)
            distances = {text: _distance(head, logits, margins) for text, head in self.heads.items()}
            columns = {text: {"distance": distance} for text, distance in distances.items()}
            frames.append(stack_by_head(columns, classes=n_classes, margin=margins))
        return pd.concat(frames, ignore_index=True)

    def sentence(self, frame: pd.DataFrame, text: Text) -> str:
        return (
            f"At margins above 5, log p under {self.head} differs from z_target − z_max by up to "
            f"{text(self.DISTANCE)} with up to {max(self.N_CLASSES)} classes, and by up to "
            f"{text(self.OF_TWO)} with two."
        )


def _distance(head: Head, logits: Floats, margins: Floats) -> Floats:
    """The largest distance (n_margins,) of the first class's log probability from minus the margin."""
    with np.errstate(divide="ignore"):
        log_likelihood = np.log(head.class_probabilities(logits)[..., 0])
    largest: Floats = np.abs(log_likelihood + margins[:, None]).max(-1)
    return largest
