"""Results of a comparison that never ran: frames with the columns of `Results`, for the charts' tests."""

from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np
import pandas as pd

from alternatives.measures import MEASURES, TEMPERATURE_SCALED
from alternatives.statistics import summary

QUANTITIES = ("training loss", "validation loss", "validation accuracy", "gradient at the logits", "gradient of layer 1")


def example_results(
    heads: Sequence[str], n_seeds: int = 10, n_epochs: int = 30, n_classes: int = 10, baseline: str | None = None
) -> SimpleNamespace:
    """Frames for the heads: the last of three or more has a run that diverged."""
    rng = np.random.default_rng(0)
    heads = list(heads)
    seeds = range(n_seeds)
    classes = [f"class {i}" for i in range(n_classes)]
    runs = pd.DataFrame([(head, seed) for head in heads for seed in seeds], columns=["head", "seed"])
    runs["learning_rate"] = 0.003
    runs["diverged"] = (runs["head"] == heads[-1]) & (runs["seed"] == 0) & (len(heads) > 2)
    runs["training_seconds"] = rng.uniform(0.2, 0.3, len(runs))
    runs["temperature"] = rng.uniform(0.8, 1.5, len(runs))

    level = {"accuracy": 0.97, "mean confidence": 0.95, "calibration error": 0.02, "gradient magnitude": 0.3}
    names = [*MEASURES, *(name + TEMPERATURE_SCALED for name, each in MEASURES.items() if not each.of_gradients)]
    measures = pd.DataFrame(
        [
            (
                head,
                seed,
                name,
                level.get(name.removesuffix(TEMPERATURE_SCALED), 0.1) * (1 + rng.normal() / 50 - i / 200),
            )
            for i, head in enumerate(heads)
            for seed in seeds
            for name in names
        ],
        columns=["head", "seed", "measure", "value"],
    ).merge(runs[["head", "seed", "diverged"]])
    measures.loc[measures.pop("diverged").astype(bool), "value"] = np.nan
    better = {name: MEASURES[name.removesuffix(TEMPERATURE_SCALED)].better for name in names}

    epochs = np.arange(1, n_epochs + 1)
    curves = pd.concat(
        [
            pd.DataFrame(
                {"head": head, "epoch": epochs, "quantity": quantity, "mean": mean, "low": mean * 0.8, "high": mean * 1.2}
            )
            for i, head in enumerate(heads)
            for quantity in QUANTITIES
            for mean in [1 - 0.6 * np.exp(-epochs / 8) if "accuracy" in quantity else (1 + i / 4) * np.exp(-epochs / 10)]
        ],
        ignore_index=True,
    )

    edges = np.linspace(0, 1, 16)
    confidence = (edges[1:] + edges[:-1]) / 2
    count = np.where(np.arange(15) < 2, 0, np.arange(15) ** 2)
    reliability = pd.concat(
        [
            pd.DataFrame(
                {
                    "head": head,
                    "binning": binning,
                    "bin": range(1, 16),
                    "left": edges[:-1],
                    "right": edges[1:],
                    "confidence": np.where(count, confidence, np.nan),
                    "accuracy": np.where(count, confidence**1.2, np.nan),
                    "low": np.where(count, confidence**1.2 * 0.9, np.nan),
                    "high": np.where(count, np.minimum(confidence**1.2 * 1.1, 1), np.nan),
                    "count": count,
                    "share": count / count.sum(),
                }
            )
            for head in heads
            for binning in ("equal width", "equal mass")
        ],
        ignore_index=True,
    )

    rates = pd.DataFrame(
        [
            (head, rate, 0.1 + 0.05 * abs(np.log10(rate) + 2.5 - i / 4), rate == 0.003)
            for i, head in enumerate(heads)
            for rate in (0.0003, 0.001, 0.003, 0.01, 0.03)
        ],
        columns=["head", "learning_rate", "validation_loss", "chosen"],
    )
    confusion = pd.DataFrame(
        [
            (head, true, predicted, *((90, 0.9) if true == predicted else (i % 3, i % 3 / 100)))
            for head in heads
            for true in classes
            for i, predicted in enumerate(classes)
        ],
        columns=["head", "true", "predicted", "count", "share"],
    )
    grid = np.linspace(-2, 2, 45)
    x, y = (each.ravel() for each in np.meshgrid(grid[:-1], grid[:-1]))
    decision = pd.concat(
        [
            pd.DataFrame(
                {
                    "head": head,
                    "x": x,
                    "y": y,
                    "x2": x + grid[1] - grid[0],
                    "y2": y + grid[1] - grid[0],
                    "predicted": np.where(x + y > 0, classes[0], classes[1]),
                    "confidence": 1 / (1 + np.exp(-np.abs(x + y) * 2)),
                }
            )
            for head in heads
        ],
        ignore_index=True,
    )
    positions = rng.normal(size=(120, 2))
    points = pd.DataFrame(positions, columns=["x", "y"])
    points["class"] = np.where(positions.sum(1) > 0, classes[0], classes[1])
    return SimpleNamespace(
        runs=runs,
        measures=measures,
        summary=summary(measures, baseline or heads[0], 1 / 3, better),
        curves=curves,
        reliability=reliability,
        rates=rates,
        confusion=confusion,
        decision=decision,
        points=points,
        finding="On digits over 10 seeds no head differs from softmax in accuracy.",
    )
