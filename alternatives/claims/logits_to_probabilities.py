"""Claims about the map from logits to probabilities."""

import math
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from alternatives.claims.mechanism.chart import Axis, dot_chart, line_chart
from alternatives.claims.mechanism.claim import Claim, Text, register
from alternatives.claims.mechanism.frames import by_head, heads_with, stack_by_head, with_range
from alternatives.claims.mechanism.networks import TrainedClaim, networks, training_logits
from alternatives.claims.mechanism.rule import EXACT, Quantity, Rule
from alternatives.claims.mechanism.sources import MAP, A, B, C, D
from alternatives.heads import Floats, Head, Integers, SphericalSoftmax
from alternatives.wording import figures, listed


def random_logits(seed: int, n_samples: int, n_classes: int, scale: float = 2.0) -> Floats:
    """Random logits (n_samples, n_classes)."""
    return np.random.default_rng(seed).normal(0, scale, (n_samples, n_classes))


def jacobian(head: Head, logits: Floats, step: float = 1e-3) -> Floats:
    """∂p_j/∂a_i (..., j, i) by fourth-order central differences of the probabilities themselves."""
    moves = step * np.eye(logits.shape[-1])
    points = {k: head.probabilities(logits[..., None, :] + k * moves) for k in (-2, -1, 1, 2)}
    slopes = (8 * (points[1] - points[-1]) - (points[2] - points[-2])) / (12 * step)
    return np.swapaxes(slopes, -1, -2)


@register("scale", MAP, C)
class Scale(Claim):
    """[1, 2] and [10, 20] through every head, and the factors around and between."""

    statement = (
        "Softmax reacts to the size of its input: [1, 2] gives (0.269, 0.731) and [10, 20] gives "
        "(0.0000454, 0.99995). Plain normalisation gives (1/3, 2/3) for both."
    )
    RANGE = Quantity("the range of its second probability over factors from 0.1 to 10").read_from(
        "probability", np.ptp
    )
    PLAIN = Quantity("the same range for plain normalisation").read_from(
        "probability", np.ptp, head="plain normalisation"
    )
    rule = Rule(holds=(RANGE.at_least(0.1), PLAIN.exact()), in_part=(RANGE.at_least(0.1),))
    reasons: ClassVar = {RANGE: "its second probability varies by {} with the scale"}
    exceptions = (
        "With ε = 0, spherical softmax ignores the size of its input as plain normalisation does. With ε "
        "above 0 it reacts less, the larger its logits are compared with √ε."
    )
    charts = line_chart(
        Axis("factor", "factor on the logits [1, 2]", logarithmic=True),
        Axis("probability", "probability of the second class"),
        caption="Flat line: the head ignores the size of its input.",
    )
    size = 41
    example: ClassVar = {"logits": (1, 2), "scale": 10}

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        factors = 10 ** np.linspace(-1, 1, size // 2 * 2 + 1)  # 1 and 10 are among them

        def columns(head: Head) -> dict[str, Any]:
            p = head.probabilities(factors[:, None] * np.array([1.0, 2.0]))
            return {"factor": factors, "first": p[:, 0], "probability": p[:, 1]}

        without = SphericalSoftmax(epsilon=0.0)
        heads = self.heads | {str(without): without}
        return stack_by_head({text: columns(head) for text, head in heads.items()})

    def sentence(self, frame: pd.DataFrame, text: Text) -> str:
        own, plain = self.rows(frame), self.rows(frame, "plain normalisation")
        return (
            f"{self.head} gives {_pair(own, 1)} for [1, 2] and {_pair(own, 10)} for [10, 20]: over factors "
            f"from 0.1 to 10 its second probability varies by {text(self.RANGE)}. That of plain "
            f"normalisation, {_pair(plain, 1)} for [1, 2], varies by {text(self.PLAIN)}."
        )


def _pair(rows: pd.DataFrame, factor: float) -> str:
    """Both probabilities at a factor, to three digits of the smaller."""
    at = int(np.abs(rows["factor"].to_numpy() - factor).argmin())
    p = [float(rows[column].to_numpy()[at]) for column in ("first", "probability")]
    digits = max(3, 2 - math.floor(math.log10(min((x for x in p if x > 0), default=1))))
    return f"({p[0]:.{digits}f}, {p[1]:.{digits}f})"


@register("shift", MAP, C)
class Shift(Claim):
    """One number added to all logits."""

    REACTING = ("spherical softmax", "Taylor softmax", "plain normalisation", "sigmoid")
    """The heads that the claim says react, whichever others are registered."""

    statement = (
        "softmax(x) = softmax(x + c). Spherical softmax, Taylor softmax, plain normalisation and sigmoid "
        "react to such a shift."
    )
    CHANGE = Quantity("the largest change of its probabilities").read_from("change", "max")
    OTHERS = Quantity("the smallest sensitivity among those that should react")
    rule = Rule(holds=(CHANGE.exact(), OTHERS.at_least(0.001)), in_part=(CHANGE.exact(),))
    reasons: ClassVar = {CHANGE: "a shift changes its probabilities by {}"}
    exceptions = (
        "Any map that depends only on differences of logits ignores a shift, as sparsemax and entmax do. In "
        "float32 a shift by 10⁸ erases the differences between logits."
    )
    charts = line_chart(
        Axis("shift", "c, added to every logit"),
        Axis("change", "largest change of a probability"),
        reference=0.0,
        caption="Line at 0: the head ignores the shift.",
    )
    size = 50
    example: ClassVar = {"logits": (1, 2, -3), "shift": 10}

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        logits = random_logits(seed, size, n_classes=5)
        shifts = np.linspace(-10, 10, 41)

        def columns(head: Head) -> dict[str, Any]:
            moved = head.probabilities(logits + shifts[:, None, None])
            change = np.abs(moved - head.probabilities(logits)).max((-1, -2))
            return {"shift": shifts, "change": change}

        return self.frame_by_head(columns)

    def measure(self, frame: pd.DataFrame) -> dict[Quantity, float | Floats]:
        return {**super().measure(frame), self.OTHERS: min(self._reacting(frame).values())}

    def _reacting(self, frame: pd.DataFrame) -> dict[str, float]:
        """The largest change of the heads that should react, but for the claim's own."""
        others = self.others(frame)
        return by_head(others.loc[others["head"].isin(self.REACTING)], "change", "max")

    def sentence(self, frame: pd.DataFrame, text: Text) -> str:
        reacting, others = self._reacting(frame), by_head(self.others(frame), "change", "max")
        ignoring = [head for head, change in others.items() if change <= EXACT]
        return (
            f"Shifts from −10 to 10 change the probabilities of {self.head} by at most {text(self.CHANGE)}. "
            f"They change those of {heads_with(reacting, figures)}: the smallest sensitivity is "
            f"{text(self.OTHERS)}. Heads that ignore the shift too: {listed(ignoring)}."
        )


@register("sum to one", MAP, B, C, D)
class SumToOne(Claim):
    """Smallest value and sum of what each head gives, and of the raw logits."""

    EXAMPLE = "[0.03, 1.92]"
    RAW = "raw logits"

    statement = (
        "Softmax gives positive values that sum to one. Raw logits such as [0.03, 1.92] can't be read as "
        "probabilities, and sigmoid scores need not sum to one."
    )
    DISTANCE = Quantity("the largest distance of its sum from 1").read_from("distance", "max")
    SMALLEST = Quantity("its smallest value").read_from("smallest", "min")
    LOGITS = Quantity("the distance of the sum of [0.03, 1.92] from 1").read_from(
        "distance", head=RAW, input=EXAMPLE
    )
    SIGMOID = Quantity("the largest distance of a sum of sigmoid scores from 1").read_from(
        "distance", "max", head="sigmoid"
    )
    rule = Rule(
        holds=(DISTANCE.exact(), SMALLEST.above(0), LOGITS.at_least(0.01), SIGMOID.at_least(0.01)),
        in_part=(DISTANCE.exact(), SMALLEST.at_least(0)),
        proof="Each value is exp(a_k) > 0 divided by the sum of all of them, so the sum of the values is 1. "
        "0.03 + 1.92 = 1.95, and two sigmoid scores are independent of each other.",
    )
    reasons: ClassVar = {DISTANCE: "its sum differs from 1 by {}"}
    exceptions = (
        "In float64 softmax gives exactly 0 to a class whose logit is 746 below the largest; in float32, 104 "
        "is enough. Sparsemax and entmax give exact zeros at moderate logits, by design."
    )
    charts = dot_chart(
        Axis("total", "sum of the values: mean and range"),
        facet="input",
        interval=True,
        reference=1.0,
        caption="On the line: the values sum to one for every input.",
    )
    size = 500
    example: ClassVar = {"logits": (0.03, 1.92)}

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        inputs = {
            self.EXAMPLE: np.array([[0.03, 1.92]]),
            "random logits": random_logits(seed, size, n_classes=5),
        }
        frames = []
        for name, logits in inputs.items():
            outputs = {text: head.probabilities(logits) for text, head in self.heads.items()}
            columns = {text: self._columns(own) for text, own in ({self.RAW: logits} | outputs).items()}
            frames.append(stack_by_head(columns, input=name))
        return pd.concat(frames, ignore_index=True)

    @staticmethod
    def _columns(values: Floats) -> dict[str, Any]:
        total = values.sum(-1)
        distance = np.abs(total - 1).max()
        return {"smallest": values.min(), **with_range("total", total), "distance": distance}

    def sentence(self, frame: pd.DataFrame, text: Text) -> str:
        smallest = by_head(self.others(frame), "smallest", "min")
        zeros = [head for head, value in smallest.items() if value == 0]
        raw = by_head(frame[frame["input"] == self.EXAMPLE], "total")[self.RAW]
        return (
            f"The sum of {self.head}'s values differs from 1 by {text(self.DISTANCE)}, and the smallest "
            f"value is {text(self.SMALLEST)}. [0.03, 1.92] sums to {raw:.2f}, {text(self.LOGITS)} from 1; "
            f"sums of sigmoid scores are up to {text(self.SIGMOID)} from 1. Heads that give some classes "
            f"exactly 0: {listed(zeros)}."
        )


@register("competition", MAP, C)
class Competition(Claim):
    """The entries of the Jacobian outside its diagonal."""

    statement = (
        "Under softmax, raising one class's logit lowers the probabilities of the other classes. Under "
        "sigmoid it leaves them as they are."
    )
    LOWERED = Quantity("the share of other classes that fall when one logit rises", "%").read_from("lowered")
    SIGMOID = Quantity("sigmoid's largest effect on another class").read_from("largest", head="sigmoid")
    rule = Rule(
        holds=(LOWERED.at_least(1), SIGMOID.exact()),
        in_part=(LOWERED.at_least(0.5),),
        proof="∂p_j/∂a_i = −p_i p_j for i ≠ j, which is below 0. Sigmoid's score of a class has no other "
        "logit in it, so the same derivative is 0.",
    )
    reasons: ClassVar = {LOWERED: "{} of the other classes fall"}
    exceptions = (
        "Where a score falls as its logit rises (below 0 for spherical softmax, below −1 for Taylor "
        "softmax), the other classes rise. Classes that sparsemax has set to 0 stay there."
    )
    charts = dot_chart(
        Axis("effect", "∂p_j/∂a_i for i ≠ j: mean and range"),
        interval=True,
        reference=0.0,
        caption="Left of the line: raising a logit lowers the other classes.",
    )
    size = 300
    example: ClassVar = {"logits": (1, 0, -2, 0.5)}

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        logits = random_logits(seed, size, n_classes=4, scale=1.5)

        def columns(head: Head) -> dict[str, Any]:
            effects = jacobian(head, logits)[:, ~np.eye(4, dtype=bool)]
            lowered = (effects < -EXACT).mean()
            return {**with_range("effect", effects), "lowered": lowered, "largest": np.abs(effects).max()}

        return self.frame_by_head(columns)

    def sentence(self, frame: pd.DataFrame, text: Text) -> str:
        lowered = by_head(self.others(frame), "lowered")
        some = {head: share for head, share in lowered.items() if 0 < share < 1}
        return (
            f"When one logit rises, {self.head} lowers {text(self.LOWERED)} of the other classes. Under "
            f"sigmoid another class changes by at most {text(self.SIGMOID)}. Heads that lower only some: "
            f"{heads_with(some, self.LOWERED.text)}."
        )


@register("two classes", MAP, A, D)
class TwoClasses(Claim):
    """Both sides of p = 1 / (1 + exp(-difference))."""

    statement = "Softmax over two classes is the logistic function of the difference of the logits."
    GAP = Quantity("its largest distance from the logistic function").read_from("gap", "max")
    rule = Rule(
        holds=(GAP.exact(),),
        proof="exp(b) / (exp(a) + exp(b)) = 1 / (1 + exp(a − b)): divide both by exp(b).",
    )
    reasons: ClassVar = {GAP: "both differ by {}"}
    exceptions = (
        "The other maps don't depend on the difference alone, or not as the logistic function does. Sigmoid "
        "applies the logistic function too, but to each class's own logit."
    )
    charts = line_chart(
        Axis("difference", "difference of the two logits"),
        Axis("probability", "probability of the second class: mean and range over levels"),
        interval=True,
        caption="Wide band: the head depends on more than the difference.",
    )
    size = 50
    example: ClassVar = {"logits": (0, 2)}

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        differences = np.linspace(-10, 10, 41)
        levels = np.random.default_rng(seed).normal(0, 3, size)[:, None]
        logits = np.stack([levels - differences / 2, levels + differences / 2], -1)
        logistic = 1 / (1 + np.exp(-differences))

        def columns(head: Head) -> dict[str, Any]:
            p = head.probabilities(logits)[..., 1]
            gap = np.abs(p - logistic).max(0)
            return {"difference": differences, **with_range("probability", p, axis=0), "gap": gap}

        return self.frame_by_head(columns)

    def sentence(self, frame: pd.DataFrame, text: Text) -> str:
        return (
            f"With two classes {self.head} differs from the logistic function of the difference by at most "
            f"{text(self.GAP)}."
        )


@register("same decision", MAP, B)
class SameDecision(TrainedClaim):
    """The class that a trained network's head chooses, and the one with the largest logit."""

    DATASETS = ("digits", "Gaussian mixture(samples=1000)")

    statement = "The logits alone are enough to decide: softmax never changes the winner."
    CHANGED = Quantity("the share of test samples whose winner isn't the largest logit", "%").read_from(
        "changed", "mean"
    )
    rule = Rule(
        holds=(CHANGED.at_most(0),),
        in_part=(CHANGED.at_most(0.05),),
        proof="The exponential increases and the sum is the same for all classes, so the class with the "
        "largest logit has the largest probability.",
    )
    reasons: ClassVar = {CHANGED: "the winner changes for {} of the test samples"}
    exceptions = (
        "A head changes the winner where its score isn't monotonic: spherical softmax ignores the sign of a "
        "logit, and below −1 Taylor softmax reverses the order."
    )
    charts = dot_chart(
        Axis("changed", "test samples whose winner isn't the largest logit", "%"),
        facet="dataset",
        reference=0.0,
        caption="Each dot is one seed. On the line the largest logit always wins.",
    )
    size = 5

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        frames = [
            networks(comparison).frame(_changed_winners, dataset=dataset, seed=comparison.seeds)
            for dataset, comparison in self.comparisons(seed, size).items()
        ]
        return pd.concat(frames, ignore_index=True)

    def sentence(self, frame: pd.DataFrame, text: Text) -> str:
        changed = by_head(self.others(frame), "changed", "mean")
        some = {head: share for head, share in changed.items() if share > 0}
        return (
            f"In trained networks {self.head} changes the winner for {text(self.CHANGED)} of the test "
            f"samples. Other heads that change it: {heads_with(some, self.CHANGED.text)}."
        )


def _changed_winners(head: Head, logits: Floats) -> dict[str, Floats]:
    winners = head.class_probabilities(logits).argmax(-1)
    return {"changed": (winners != logits.argmax(-1)).mean(-1)}


@register("derivative", MAP, B)
class Derivative(Claim):
    """The textbook formula against finite differences."""

    statement = "The derivative of softmax is ∂p_j/∂z_i = p_j (δ_ij − p_i)."
    DEVIATION = Quantity("the formula's largest deviation from finite differences").read_from(
        "deviation", "max"
    )
    rule = Rule(
        holds=(DEVIATION.exact(),),
        proof="By the quotient rule for p_j = exp(z_j) / S with S = Σ exp(z_k), whose ∂S/∂z_i is exp(z_i).",
    )
    reasons: ClassVar = {DEVIATION: "the formula differs from finite differences by {}"}
    exceptions = (
        "Other scores multiply the formula by their slope, p_j slope(z_i) (δ_ij − p_i). The textbook formula "
        "is right where that slope is 1, which is so for softmax alone."
    )
    charts = dot_chart(
        Axis("deviation", "largest deviation of the formula per sample", logarithmic=True, floor=1e-16),
        reference=EXACT,
        caption="Each dot is one sample. Left of the line the formula is right for this head.",
    )
    size = 50
    example: ClassVar = {"logits": (1, 2, -1)}

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        logits = random_logits(seed, size, n_classes=5, scale=1.5)

        def columns(head: Head) -> dict[str, Any]:
            p = head.probabilities(logits)
            formula = p[..., :, None] * (np.eye(5) - p[..., None, :])
            deviation = np.abs(formula - jacobian(head, logits)).max((-1, -2))
            return {"sample": np.arange(size), "deviation": deviation}

        return self.frame_by_head(columns)

    def sentence(self, frame: pd.DataFrame, text: Text) -> str:
        largest = by_head(self.others(frame), "deviation", "max")
        right = [head for head, deviation in largest.items() if deviation <= EXACT]
        return (
            f"For {self.head} the formula deviates from finite differences by at most "
            f"{text(self.DEVIATION)}. Other heads for which it is right: {listed(right)}."
        )


@register("log probabilities", MAP, C)
class LogProbabilities(TrainedClaim):
    """When a product of likelihoods underflows: before training, and after it."""

    DATASETS = ("digits",)
    UNDERFLOWS = 1075 * math.log(2)
    """A product below exp(−745) is 0 in float64: half of its smallest number, 2⁻¹⁰⁷⁴, rounds to 0."""
    STAGES = ("before training", "after training")

    statement = (
        "Logits can be read as unnormalised log probabilities, and the loss sums logs because products "
        "underflow."
    )
    # Training starts untrained, so the loss has to exist there; how good the network becomes plays no role.
    SHARE = Quantity(
        "the share of the training set whose likelihoods' product is 0 in float64 (745 nats over the mean "
        "loss before training)",
        "%",
    ).read_from("share", "max", stage=STAGES[0])
    DEVIATION = Quantity(
        "the largest gap between differences of logits and of log probabilities", "nats"
    ).read_from("deviation", "max")
    rule = Rule(holds=(SHARE.at_most(1), DEVIATION.exact()), in_part=(SHARE.at_most(1),))
    reasons: ClassVar = {SHARE: "the product of likelihoods is 0 after {} of the samples"}
    exceptions = (
        "Only softmax's logits are log probabilities up to a constant. A product of likelihoods lasts for "
        "745 nats over the mean loss: an untrained network has a loss of about log D or more, so with ten "
        "classes the product is 0 after about 300 samples. Over a mini-batch of 64 it isn't yet, but in "
        "float32, which ends at 104 nats, it is. A trained network with little loss can have a product above "
        "0 over a whole data set, and with few samples and classes so can an untrained one."
    )
    charts = line_chart(
        Axis("samples", "samples multiplied"),
        Axis("sum_of_logs", "sum of logs", "nats", floor=-4000.0),
        facet="stage",
        reference=-UNDERFLOWS,
        caption="The log of the product over the training set. Below the line the product is 0 in float64, "
        "and only the sum of logs goes on. At the lower edge one of the likelihoods is itself 0.",
    )
    size = 3

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        comparison = self.comparison(self.DATASETS[0], seed, size)
        start, *_, end = training_logits(comparison)
        frames = []
        for stage, logits in zip(self.STAGES, (start, end), strict=True):
            columns = {
                text: self._columns(head, logits[:, index], comparison.data.training.targets)
                for index, (text, head) in enumerate(self.heads.items())
            }
            frames.append(stack_by_head(columns, stage=stage))
        return pd.concat(frames, ignore_index=True)

    def _columns(self, head: Head, logits: Floats, targets: Integers) -> dict[str, Any]:
        """Mean loss and deviation over all seeds' samples; sum and product of the first seed's."""
        p = head.class_probabilities(logits)
        of_target = np.take_along_axis(p, targets[..., None], -1)[..., 0]
        with np.errstate(divide="ignore", under="ignore", invalid="ignore"):
            logs = np.log(of_target)
            product, total = np.cumprod(of_target[0]), np.cumsum(logs[0])
            differences = np.log(p) - np.log(p[..., :1]) - (logits - logits[..., :1])
            lasts = self.UNDERFLOWS / -logs.mean()
        n_samples = targets.shape[-1]
        some = np.unique(np.geomspace(1, n_samples, 60).astype(int))
        return {
            "samples": some,
            "sum_of_logs": total[some - 1],
            "product": product[some - 1],
            "underflow": np.argmax(product == 0) + 1.0 if product[-1] == 0 else np.nan,
            "loss": -logs.mean(),
            "lasts": lasts,
            "share": lasts / n_samples,
            "deviation": np.abs(differences).max(),
        }

    def sentence(self, frame: pd.DataFrame, text: Text) -> str:
        before, after = (self.rows(frame[frame["stage"] == stage]).iloc[0] for stage in self.STAGES)
        found = "never" if math.isnan(before["underflow"]) else f"after {before['underflow']:,.0f}"
        return (
            f"Before training the mean loss of {self.head} on digits is {figures(before['loss'])} nats, so "
            f"that a product of likelihoods is 0 in float64 after about {before['lasts']:,.0f} samples "
            f"(measured: {found}): {text(self.SHARE)} of the training set. After training the mean loss is "
            f"{figures(after['loss'])} nats, and the product lasts for about {after['lasts']:,.0f} samples. "
            f"Differences of logits and of log probabilities agree to {text(self.DEVIATION)}."
        )
