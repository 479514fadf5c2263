"""The paper's claim: an update whose cost doesn't depend on the number of classes."""

from dataclasses import dataclass

import pandas as pd

from alternatives.claims.mechanism.chart import Axis, line_chart
from alternatives.claims.mechanism.claim import Claim, Text, register
from alternatives.claims.mechanism.frames import by_head
from alternatives.claims.mechanism.rule import Quantity, Rule
from alternatives.claims.mechanism.sources import PAPER, P
from alternatives.heads import HEADS, Floats
from alternatives.large_output.measuring import LargeOutput, timing
from alternatives.large_output.measuring.report import duration, speed
from alternatives.large_output.spherical import spherical


@register("large output", PAPER, P)
@dataclass(frozen=True)
class LargeOutputs(Claim):
    """The time of one exact update: factored if the head is of the spherical family, else dense."""

    statement = "Spherical losses train at a cost that doesn't depend on the number of classes."
    GROWTH = Quantity("the power of the number of classes with which its exact update's time grows")
    DENSE = Quantity("the same power for dense softmax")
    rule = Rule(holds=(GROWTH.at_most(0.1), DENSE.at_least(0.7)), in_part=(GROWTH.at_most(0.5),))
    exceptions = (
        "With few classes the dense update is faster: the factored update saves the work that grows with the "
        "classes, and costs more by the square of the units. A loss that needs every output, such as "
        "softmax's, has no such update."
    )
    charts = line_chart(
        Axis("n_classes", "number of classes", logarithmic=True),
        Axis("milliseconds", "time of one exact update (ms)", logarithmic=True),
        caption="Flat line: the cost doesn't depend on the number of classes.",
    )
    size = 9
    timed = True

    head: str = "Taylor softmax"

    CLASSES = (1000, 10_000, 100_000)
    N_UNITS = 64
    TURN_SECONDS = 0.01

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        family = [head for text, head in self.heads.items() if spherical(head) or text == self.head]
        heads = [HEADS["softmax"], *(head for head in family if head.name != "softmax")]
        layers = [("factored" if spherical(head) else "dense", head) for head in heads]
        setting = LargeOutput(classes=self.CLASSES, n_units=self.N_UNITS, batch_size=self.N_UNITS, seed=seed)
        frames = [
            timing.timed(setting.size(n_classes), layers, seed, size, self.TURN_SECONDS)
            for n_classes in self.CLASSES
        ]
        frame = pd.concat(frames, ignore_index=True)
        return frame.assign(milliseconds=1e3 * frame["fastest"])

    def measure(self, frame: pd.DataFrame) -> dict[Quantity, float | Floats]:
        return {self.GROWTH: self._slope(frame, self.head), self.DENSE: self._slope(frame, "softmax")}

    def _slope(self, frame: pd.DataFrame, head: str) -> float:
        own = self.rows(frame, head)
        return timing.growth(own["n_classes"], own["fastest"])

    def sentence(self, frame: pd.DataFrame, text: Text) -> str:
        first, last = min(self.CLASSES), max(self.CLASSES)
        seconds = by_head(frame[frame["n_classes"] == last], "fastest")
        own, dense = seconds[self.head], seconds["softmax"]
        return (
            f"From {first:,} to {last:,} classes the time of one exact update grows with the power "
            f"{text(self.GROWTH)} of their number for {self.head}, and {text(self.DENSE)} for dense softmax. "
            f"At {last:,} classes {self.head} takes {duration(own)}, {speed(dense / own)} than dense softmax "
            f"with {duration(dense)}."
        )

    def page_state(self, seed: int) -> LargeOutput | None:
        head = HEADS.parse(self.head)
        if spherical(head) is None:
            return None
        return LargeOutput(head=head, n_units=self.N_UNITS, batch_size=self.N_UNITS, seed=seed)
