"""The chart of a gate: how much each expert is used."""

import numpy as np

from alternatives.charts import lines
from alternatives.charts.drawing import Drawing
from alternatives.experiments import GateResults
from alternatives.experiments.curves import band
from alternatives.memory import once
from alternatives.wording import in_unit, listed


@once
def use_of_experts(results: GateResults) -> Drawing:
    """The mean weight of each expert, each seed's most used first."""
    over_seeds = band(-np.sort(-results.expert_shares, axis=-1), axis=1)
    most = [
        f"{variant} {in_unit(means[0], '%')}"
        for variant, means in zip(results.variants, over_seeds.mean, strict=True)
        if np.isfinite(means[0])
    ]
    return lines.along(
        results.variants,
        lines.Across("expert", "expert, most used first"),
        np.arange(1, results.expert_shares.shape[-1] + 1),
        over_seeds,
        "mean weight",
        "%",
        f"Mean weight of the most used expert: {listed(most)}.",
    )
