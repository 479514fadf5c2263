"""Charts of what is unusual: losses without a unit, and names of sixty characters."""

import json
from typing import Any

import numpy as np
import pytest

from alternatives.charts import regions
from alternatives.charts.quantities import titled
from alternatives.experiments.curves import curves
from alternatives.experiments.decision import Decisions
from alternatives.heads import HEADS, Head
from alternatives.plane import Plane
from alternatives.training import History

LOG_LOSSES = {
    "softmax",
    "spherical softmax",
    "Taylor softmax",
    "sigmoid",
    "plain normalisation",
    "higher order Taylor softmax",
    "soft margin softmax",
    "log softmax bound",
}


@pytest.mark.parametrize("head", HEADS.values(), ids=str)
def test_the_axis_of_a_heads_own_loss_has_the_losss_unit(head: Head) -> None:
    own = curves(History.empty(1, 1, 2, 1), [head.loss_unit])
    expected = "training loss (nats)" if head.name in LOG_LOSSES else "training loss"
    assert titled("training loss", own["training loss"].unit) == expected
    mixed = curves(History.empty(1, 2, 2, 1), ["nats", head.loss_unit])
    assert mixed["validation loss"].unit == ("nats" if head.name in LOG_LOSSES else "nats of log losses")


def test_long_names_of_columns_leave_room_for_the_heads_name() -> None:
    class Results:
        variants = ("softmax",)
        decisions = Decisions(
            Plane.square(1.0),
            np.zeros((44**2, 2)),
            np.zeros((2, 2)),
            np.array(["c" * 60, "d" * 60]),
            ("x" * 60, "y" * 60),
            np.full((1, 44**2), "c" * 60),
            np.full((1, 44**2), 0.9),
        )

    results: Any = Results()
    specification = json.dumps(regions.drawing(results, "softmax").specification, ensure_ascii=False)
    assert "x" * 23 + "…" in specification
    assert "x" * 24 not in specification
    assert "y" * 24 not in specification
