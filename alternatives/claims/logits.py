"""Claims about what the logits say by themselves."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from alternatives.claims.claim import MAP, Axis, B, C, ChartSpec, Claim, Link, by_head, register
from alternatives.claims.map import drawn, jacobian
from alternatives.claims.networks import networks, on
from alternatives.claims.rule import EXACT, Numbers, Quantity, Rule
from alternatives.statistics import estimate
from alternatives.wording import listed, spelled


@register
@dataclass(frozen=True)
class SameDecision(Claim):
    """The class that a trained network's head chooses, and the one with the largest logit."""

    DATASETS = ("digits", "Gaussian mixture(samples=1000)")

    id = "same decision"
    part = MAP
    sources = (B,)
    statement = "The logits alone suffice to decide; softmax never changes the winner."
    CHANGED = Quantity("the share of test samples whose winner isn't the largest logit", "%")
    rule = Rule(holds=(CHANGED.at_most(0),), in_part=(CHANGED.at_most(0.05),))
    turns = (
        "A head changes the winner where its score isn't monotonic: spherical softmax doesn't see the sign "
        "of a logit, and left of −1 Taylor softmax turns the order round."
    )
    charts = (
        ChartSpec(
            "dots",
            Axis("changed", "test samples whose winner isn't the largest logit (%)", percent=True),
            facet="dataset",
            reference=0.0,
            caption="A dot a seed; on the line the largest logit always wins.",
        ),
    )
    size = 5

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        frames = []
        for dataset in self.DATASETS:
            trained = networks(on(dataset, self.heads, seed, size))
            for name, logits in trained.logits.items():
                winners = self.heads[name].class_probabilities(logits).argmax(-1)
                changed = (winners != logits.argmax(-1)).mean(-1)
                columns = {
                    "head": name,
                    "dataset": dataset.partition("(")[0],
                    "seed": trained.comparison.seeds,
                }
                frames.append(pd.DataFrame(columns | {"changed": changed}))
        return pd.concat(frames, ignore_index=True)

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        return {self.CHANGED: by_head(frame, "changed", "mean")[self.head]}

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        told = dict.fromkeys(["spherical softmax", "Taylor softmax", *self.others(frame)["head"]])
        told.pop(self.head, None)
        changed = by_head(frame, "changed", "mean")
        some = [f"{head} in {self._shares(self.of(frame, head))}" for head in told if changed[head] > 0]
        paper = [head for head in ("spherical softmax", "Taylor softmax") if changed.get(head) == 0]
        return (
            f"In trained networks {self.head} changed the winner in "
            f"{self.CHANGED.text(numbers[self.CHANGED])} of test samples. Others that did: "
            f"{'; '.join(some) or 'none'}."
            + (f" In these networks {listed(paper)} did not." if paper else "")
        )

    def link(self, seed: int = 0) -> Link:
        return Link("compare", on(self.DATASETS[0], self.heads, seed, self.size).to_link())

    def _shares(self, rows: pd.DataFrame) -> str:
        """Share and 95 % interval by data set."""
        words = []
        for dataset, own in rows.groupby("dataset", sort=False)["changed"]:
            over_seeds = estimate(own.to_numpy())
            low, high = (100 * max(float(end), 0) for end in (over_seeds.low, over_seeds.high))
            share = self.CHANGED.text(float(over_seeds.mean))
            words.append(f"{share} on {dataset} ({spelled(low)} to {spelled(high)})")
        return listed(words)


@register
@dataclass(frozen=True)
class Derivative(Claim):
    """The textbook formula against differences."""

    id = "derivative"
    part = MAP
    sources = (B,)
    statement = "The derivative of softmax is ∂p_j/∂z_i = p_j (δ_ij − p_i)."
    DEVIATION = Quantity("the formula's largest deviation from finite differences")
    rule = Rule(holds=(DEVIATION.at_most(EXACT),))
    turns = (
        "Another score brings its slope into the formula, p_j slope(z_i) (δ_ij − p_i): the textbook's is "
        "right where that slope is 1, and that is softmax alone."
    )
    charts = (
        ChartSpec(
            "dots",
            Axis("deviation", "deviation of the formula, a sample's largest", logarithmic=True, floor=1e-16),
            reference=EXACT,
            caption="A dot a sample: left of the line the formula is the head's own.",
        ),
    )
    size = 50

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        logits = drawn(seed, size, n_classes=5, scale=1.5)
        frames = []
        for name, head in self.heads.items():
            p = head.probabilities(logits)
            formula = p[..., :, None] * (np.eye(5) - p[..., None, :])
            deviation = np.abs(formula - jacobian(head, logits)).max((-1, -2))
            frames.append(pd.DataFrame({"head": name, "sample": np.arange(size), "deviation": deviation}))
        return pd.concat(frames, ignore_index=True)

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        return {self.DEVIATION: by_head(frame, "deviation", "max")[self.head]}

    def link(self, seed: int = 0) -> Link:
        return self.shape((1, 2, -1))

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        largest = by_head(self.others(frame), "deviation", "max")
        wrong = [f"{head} ({spelled(value)})" for head, value in largest.items() if value > EXACT]
        return (
            f"For {self.head} the formula deviates from finite differences by "
            f"{self.DEVIATION.text(numbers[self.DEVIATION])} at most. It is wrong for {listed(wrong)}."
        )


@register
@dataclass(frozen=True)
class LogProbabilities(Claim):
    """Products of likelihoods beside sums of their logarithms, on trained networks."""

    DATASET = "Gaussian mixture(samples=10000)"
    N_SAMPLES = 2000
    """As many as its test part has."""

    id = "log probabilities"
    part = MAP
    sources = (C,)
    statement = (
        "Logits can be read as unnormalised log probabilities, and the loss works on sums of logs because "
        "products underflow."
    )
    UNDERFLOW = Quantity(
        "the number of test samples over which the product of its likelihoods is 0", "samples"
    )
    DEVIATION = Quantity("the distance between differences of logits and of log probabilities", "nats")
    rule = Rule(
        holds=(UNDERFLOW.at_most(N_SAMPLES), DEVIATION.at_most(EXACT)),
        in_part=(UNDERFLOW.at_most(N_SAMPLES),),
    )
    turns = (
        "The logits of softmax alone are log probabilities but for a constant. The product lasts the longer "
        "the surer the network is, for 745 nats in float64 whatever the head: on easy data, such as digits, "
        "as long as there are samples."
    )
    charts = (
        ChartSpec(
            "lines",
            Axis("samples", "samples multiplied"),
            Axis("sum_of_logs", "sum of logs (nats)", floor=-1500.0),
            reference=float(np.log(5e-324)),
            caption="The log of the product. Below the line float64 takes the product for 0, and the sum of "
            "logs goes on; at the bottom one of the likelihoods is 0 itself.",
        ),
    )
    size = 1

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        trained = networks(on(self.DATASET, self.heads, seed, size))
        n_samples = trained.targets.shape[1]
        some = np.unique(np.geomspace(1, n_samples, 60).astype(int))
        frames = []
        for name, every in trained.logits.items():
            logits = every[0]
            p = self.heads[name].class_probabilities(logits)
            of_target = np.take_along_axis(p, trained.targets[0][:, None], -1)[:, 0]
            with np.errstate(divide="ignore", under="ignore", invalid="ignore"):
                products, sums = np.cumprod(of_target), np.cumsum(np.log(of_target))
                differences = (np.log(p) - np.log(p[:, :1])) - (logits - logits[:, :1])
            columns = {
                "head": name,
                "samples": some,
                "sum_of_logs": sums[some - 1],
                "product": products[some - 1],
                "underflow": np.argmax(products == 0) + 1.0 if products[-1] == 0 else np.nan,
                "deviation": np.abs(differences).max(),
            }
            frames.append(pd.DataFrame(columns))
        return pd.concat(frames, ignore_index=True)

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        return {
            self.UNDERFLOW: by_head(frame, "underflow")[self.head],
            self.DEVIATION: by_head(frame, "deviation")[self.head],
        }

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        own = self.of(frame)
        n_samples, total = int(own["samples"].max()), float(own["sum_of_logs"].min())
        underflow = numbers[self.UNDERFLOW]
        product = (
            f"0 in float64 over {self.UNDERFLOW.text(underflow)}, where the sum of logs goes on"
            if np.isfinite(underflow)
            else f"not 0 in float64 over any number of the {n_samples:,}, and the sum of logs goes"
        )
        return (
            f"The product of the likelihoods of a trained {self.head} network is {product} to "
            f"{spelled(total)} nats after {n_samples:,}. Its logits differ as its log probabilities do, to "
            f"{self.DEVIATION.text(numbers[self.DEVIATION])}."
        )

    def link(self, seed: int = 0) -> Link:
        return Link("compare", on(self.DATASET, self.heads, seed, self.size).to_link())
