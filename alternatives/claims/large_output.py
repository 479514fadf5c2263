"""The claim that brought the paper about: an update whose cost doesn't depend on the number of classes."""

from dataclasses import dataclass

import pandas as pd

from alternatives.claims.claim import PAPER, Axis, ChartSpec, Claim, Link, P, register
from alternatives.claims.rule import Numbers, Quantity, Rule
from alternatives.heads import HEADS
from alternatives.large_output.measuring import LargeOutput, timing
from alternatives.large_output.measuring.report import duration, speed
from alternatives.large_output.spherical import spherical


@register
@dataclass(frozen=True)
class LargeOutputs(Claim):
    """The time of one exact update: factored where the head is of the spherical family, dense elsewhere."""

    id = "large output"
    statement = "Spherical losses train at a cost that doesn't depend on the number of classes."
    sources = (P,)
    part = PAPER
    GROWTH = Quantity("the power of the number of classes by which the time of its exact update grows")
    DENSE = Quantity("the power by which that of dense softmax grows")
    rule = Rule(
        holds=(GROWTH.at_most(0.1), DENSE.at_least(0.7)),
        in_part=(GROWTH.at_most(0.5),),
    )
    turns = (
        "With few classes the dense update is the faster one: the factored update saves what grows with "
        "them, and costs more by the square of the units. A loss that needs every output, as that of "
        "softmax does, has no such update."
    )
    charts = (
        ChartSpec(
            "lines",
            Axis("n_classes", "number of classes", logarithmic=True),
            Axis("milliseconds", "time of one exact update (ms)", logarithmic=True),
            caption="A level line is a cost that doesn't depend on the number of classes.",
        ),
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

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        return {self.GROWTH: self._slope(frame, self.head), self.DENSE: self._slope(frame, "softmax")}

    def _slope(self, frame: pd.DataFrame, head: str) -> float:
        own = self.of(frame, head)
        return timing.growth(own["n_classes"], own["fastest"])

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        first, last = min(self.CLASSES), max(self.CLASSES)
        at_last = frame[frame["n_classes"] == last]
        own, dense = (self.of(at_last, head)["fastest"].iloc[0] for head in (self.head, "softmax"))
        return (
            f"from {first:,} to {last:,} classes the time of one exact update of {self.head} grows with "
            f"their power {self.GROWTH.text(numbers[self.GROWTH])}, that of dense softmax with their power "
            f"{self.DENSE.text(numbers[self.DENSE])}; at {last:,} classes it takes {duration(own)}, "
            f"{speed(dense / own)} than dense softmax with {duration(dense)}."
        )

    def link(self, seed: int = 0) -> Link | None:
        head = HEADS.parse(self.head)
        if spherical(head) is None:
            return None
        state = LargeOutput(head=head, n_units=self.N_UNITS, batch_size=self.N_UNITS, seed=seed)
        return Link("large_output", state.to_link())
