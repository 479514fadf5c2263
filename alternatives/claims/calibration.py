"""Claims about probabilities that one can believe, measured by how far they are off."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from alternatives.claims.claim import PROBABILITIES, Axis, C, ChartSpec, Claim, D, Link, by_head, register
from alternatives.claims.networks import networks, on, true_posterior
from alternatives.claims.rule import Numbers, Quantity, Rule
from alternatives.experiments import Comparison
from alternatives.heads import Floats
from alternatives.statistics import estimate, summary
from alternatives.wording import listed, spelled


@register
@dataclass(frozen=True)
class Calibrated(Claim):
    """Confidence against the true posterior, by the number of training samples."""

    DATASET = "Gaussian mixture(samples=10000)"
    TRAINED_ON = (100, 600, 6000)
    STEPS = 300
    BATCH_SIZE = 100
    N_BINS = 15

    id = "calibrated"
    part = PROBABILITIES
    sources = (D,)
    statement = "Softmax with log loss gives values in the range of true probabilities."
    ERROR = Quantity("its calibration error against the true posterior, trained on 6,000 samples,", "points")
    rule = Rule(holds=(ERROR.at_most(0.02),), in_part=(ERROR.at_most(0.05),))
    turns = (
        "With few training samples the network is surer than it should be. Hinge and soft margin softmax, "
        "whose losses aren't least at the true probabilities, don't get there with any number of samples; "
        "others may need more steps or another learning rate."
    )
    charts = (
        ChartSpec(
            "lines",
            Axis("samples", "training samples", logarithmic=True),
            Axis("error", "calibration error against the true posterior (%)", percent=True),
            low="low",
            high="high",
            rows="error",
            caption="Mean gap between confidence and true probability, in bins; 95 % interval over seeds.",
        ),
        ChartSpec(
            "lines",
            Axis("confidence", "confidence (%)", percent=True),
            Axis("truth", "true probability of the predicted class (%)", percent=True),
            facet="head",
            diagonal=True,
            rows="bin",
            caption="Trained on 6,000 samples: below the diagonal a network is too sure.",
        ),
    )
    size = 5

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        rows = []
        for n_samples in self.TRAINED_ON:
            trained = networks(self._comparison(seed, size, n_samples), n_samples)
            posterior = true_posterior(trained)
            for name, logits in trained.logits.items():
                confidence, truth, share = self._bins(self.heads[name].class_probabilities(logits), posterior)
                errors = np.abs(confidence - truth).sum(-1)
                over_seeds = estimate(errors)
                columns = {"head": name, "samples": n_samples}
                whole = {
                    "error": over_seeds.mean,
                    "low": np.maximum(over_seeds.low, 0),
                    "high": over_seeds.high,
                }
                rows.append(pd.DataFrame({"row": "error", **columns, **whole}, index=[0]))
                each = {"seed": trained.comparison.seeds, "error": errors}
                rows.append(pd.DataFrame({"row": "seed", **columns, **each}))
                if n_samples == max(self.TRAINED_ON):
                    pooled = confidence.mean(0), truth.mean(0), share.mean(0)
                    mean, true, weight = (bins[pooled[2] > 0] for bins in pooled)
                    bins = {"confidence": mean / weight, "truth": true / weight, "share": weight}
                    rows.append(pd.DataFrame({"row": "bin", **columns, **bins}))
        return pd.concat(rows, ignore_index=True)

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        return {self.ERROR: self._errors(frame, max(self.TRAINED_ON))[self.head]}

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        fewest, most = min(self.TRAINED_ON), max(self.TRAINED_ON)
        own = self.of(frame[(frame["row"] == "error") & (frame["samples"] == most)])
        low, high = (spelled(100 * float(own[end].iloc[0])) for end in ("low", "high"))
        verdicts = self._verdicts(frame)
        errors = self._errors(frame, most)
        told = {
            verdict: listed(
                f"{head} ({self.ERROR.text(errors[head])})" for head in verdicts if verdicts[head] == verdict
            )
            for verdict in ("worse", "undecided", "better")
        }
        return (
            f"Trained on {most:,} samples {self.head} is {self.ERROR.text(numbers[self.ERROR])} off the true "
            f"posterior (95 % interval {low} to {high}), on {fewest} samples "
            f"{self.ERROR.text(self._errors(frame, fewest)[self.head])}. With {most:,}, at the same learning "
            f"rate, worse: {told['worse']}; better: {told['better']}; undecided: "
            f"{told['undecided']}."
        )

    def link(self, seed: int = 0) -> Link:
        return Link("compare", self._comparison(seed, self.size, max(self.TRAINED_ON)).to_link())

    def _comparison(self, seed: int, size: int, n_samples: int) -> Comparison:
        """As many steps whatever the number of samples."""
        n_epochs = max(1, self.STEPS * self.BATCH_SIZE // n_samples)
        return on(self.DATASET, self.heads, seed, size).replace(batch_size=self.BATCH_SIZE, n_epochs=n_epochs)

    def _bins(self, p: Floats, posterior: Floats) -> Iterator[Floats]:
        """Each bin's part (n_seeds, n_bins) of mean confidence, mean true probability, and all samples."""
        chosen = p.argmax(-1)[..., None]
        confidence, truth = (np.take_along_axis(each, chosen, -1)[..., 0] for each in (p, posterior))
        bins = np.minimum((confidence * self.N_BINS).astype(int), self.N_BINS - 1)
        cells = bins + self.N_BINS * np.arange(len(bins))[:, None]
        for values in (confidence, truth, np.ones_like(confidence)):
            sums = np.bincount(cells.ravel(), values.ravel(), len(bins) * self.N_BINS)
            yield sums.reshape(len(bins), self.N_BINS) / bins.shape[1]

    def _errors(self, frame: pd.DataFrame, n_samples: int) -> dict[str, float]:
        return by_head(frame[(frame["row"] == "error") & (frame["samples"] == n_samples)], "error")

    def _verdicts(self, frame: pd.DataFrame) -> dict[str, str]:
        """Each other head's error against the claim's own, over the seeds: as a comparison judges."""
        most = max(self.TRAINED_ON)
        seeds = frame[(frame["row"] == "seed") & (frame["samples"] == most)]
        errors = {str(head): own["error"].to_numpy() for head, own in seeds.groupby("head", sort=False)}
        values = {"error": np.array(list(errors.values()))}
        compared = summary(values, list(errors), self.head, overlap=1 / 3, better={"error": "lower"})
        judged = {str(row.head): str(row.verdict) for row in compared.itertuples()}
        return {head: judged[head] for head in judged if head != self.head}


@register
@dataclass(frozen=True)
class Margins(Claim):
    """Hinge against softmax: two whole comparisons, each head at its own best learning rate."""

    BASELINE = "softmax"
    DATASETS = ("Gaussian mixture", "digits")

    id = "margins"
    part = PROBABILITIES
    sources = (C,)
    statement = "Hinge loss gives margins, softmax gives probabilities, which are easier to read."
    taste = "What is easier to read is a matter of taste; the numbers say which values can be believed."
    OVERLAPPING = Quantity("its calibration error less that of softmax, on Gaussian mixture,", "points")
    LEAST = Quantity("the lower end of that difference's 95 % interval, on Gaussian mixture,", "points")
    DIGITS = Quantity("its calibration error less that of softmax, on digits,", "points")
    ACCURACY = Quantity("the largest distance of its accuracy from that of softmax", "points")
    rule = Rule(
        holds=(OVERLAPPING.at_least(0.02), LEAST.above(0), DIGITS.at_least(0.02), ACCURACY.at_most(0.02)),
        in_part=(OVERLAPPING.at_least(0.02), LEAST.above(0)),
    )
    turns = (
        "Where classes hardly overlap, as in digits, nearly all samples are right and both heads are sure: "
        "there margins through softmax are about as well calibrated."
    )
    charts = (
        ChartSpec(
            "dots",
            Axis("calibration error", "calibration error (%)", percent=True),
            facet="dataset",
            rows="seed",
            caption="A dot a seed: further right the probabilities can be believed less.",
        ),
        ChartSpec(
            "dots",
            Axis("accuracy", "accuracy (%)", percent=True),
            facet="dataset",
            rows="seed",
            caption="A dot a seed: how often the most probable class is right.",
        ),
    )
    size = 10

    head: str = "hinge"

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        frames = []
        for dataset in self.DATASETS:
            results = self._comparison(dataset, seed, size).run(n_jobs=1)
            told = ["accuracy", "calibration error"]
            values = results.measures[results.measures["measure"].isin(told)]
            seeds = values.pivot_table(
                "value", ["head", "seed"], "measure", sort=False, dropna=False
            ).reset_index()
            compared = results.summary[results.summary["measure"].isin(told)]
            frame = pd.concat([seeds.assign(row="seed"), compared.assign(row="summary")], ignore_index=True)
            texts = {head.name: str(head) for head in results.experiment.heads}
            frames.append(frame.assign(dataset=dataset.partition("(")[0], head=frame["head"].map(texts)))
        return pd.concat(frames, ignore_index=True)

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        error, accuracy = (self._differences(frame, measure) for measure in ("calibration error", "accuracy"))
        low = self._differences(frame, "calibration error", "difference_low")
        return {
            self.OVERLAPPING: error["Gaussian mixture"],
            self.LEAST: low["Gaussian mixture"],
            self.DIGITS: error["digits"],
            self.ACCURACY: float(np.abs(list(accuracy.values())).max()),
        }

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        summaries = frame[frame["row"] == "summary"]
        own = self.of(summaries).set_index(["dataset", "measure"])
        means = summaries.set_index(["head", "dataset", "measure"])["mean"].to_dict()

        def told(dataset: str) -> str:
            errors = [
                f"{head} {self.DIGITS.text(means[head, dataset, 'calibration error'])}"
                for head in (self.head, self.BASELINE)
            ]
            return ", ".join(errors)

        high = self.LEAST.text(own["difference_high"].to_dict()["Gaussian mixture", "calibration error"])
        verdicts = own["verdict"].to_dict()
        return (
            f"Calibration error on Gaussian mixture, whose classes overlap: {told('Gaussian mixture')}, a "
            f"difference of {self.OVERLAPPING.text(numbers[self.OVERLAPPING])} (95 % interval "
            f"{self.LEAST.text(numbers[self.LEAST])} to {high}; "
            f"{verdicts['Gaussian mixture', 'calibration error']}). On digits: {told('digits')}, a "
            f"difference of {self.DIGITS.text(numbers[self.DIGITS])} "
            f"({verdicts['digits', 'calibration error']}). "
            f"Accuracy: {verdicts['Gaussian mixture', 'accuracy']} on Gaussian mixture, "
            f"{verdicts['digits', 'accuracy']} on digits, at most "
            f"{self.ACCURACY.text(numbers[self.ACCURACY])} apart."
        )

    def link(self, seed: int = 0) -> Link:
        return Link("compare", self._comparison(self.DATASETS[0], seed, self.size).to_link())

    def _comparison(self, dataset: str, seed: int, size: int) -> Comparison:
        heads = dict.fromkeys((self.BASELINE, self.head))
        return on(dataset, heads, seed, size).replace(learning_rate=None)

    def _differences(self, frame: pd.DataFrame, measure: str, column: str = "difference") -> dict[str, float]:
        """The difference to softmax, or an end of its interval, by data set."""
        rows = self.of(frame[(frame["row"] == "summary") & (frame["measure"] == measure)])
        return {str(key): float(value) for key, value in rows.set_index("dataset")[column].items()}
