"""Claims about softmax where a network chooses inside: in attention, in a gate."""

from dataclasses import dataclass

import pandas as pd

from alternatives.claims.claim import INSIDE, A, Axis, ChartSpec, Claim, Link, by_head, register
from alternatives.claims.inside import attention, gate, high, low, map_of, seeds
from alternatives.claims.rule import Numbers, Quantity, Rule
from alternatives.experiments import Attention as AttentionExperiment
from alternatives.experiments import Gate
from alternatives.experiments.inside import Inside
from alternatives.experiments.settings import points
from alternatives.experiments.soft_choice import EQUAL
from alternatives.heads import Floats, Head

ROUNDING = 1e-5
"""How far the sum of a few weights in float32 may be from one."""


class _Choosing(Claim):
    """Claims about a soft choice inside, with the choice swapped for every head's map, and for none."""

    part = INSIDE
    sources = (A,)
    size = 5

    SUM = Quantity("the largest distance of its weights' mean sum from one")
    # What a choice is worth: the accuracy beyond that of no choice at all, told from chance.
    GAIN = Quantity(
        "the lower end of the 95 % interval of the accuracy that it gains on equal weights", "points"
    )
    rule = Rule(holds=(GAIN.above(0), SUM.at_most(ROUNDING)), in_part=(SUM.at_most(ROUNDING),))

    def maps(self) -> tuple[Head, ...]:
        """The map of every head, once."""
        return tuple({map_of(head).name: map_of(head) for head in self.heads.values()}.values())

    def by_text(self, measures: pd.DataFrame) -> pd.DataFrame:
        """Columns head, seed and one a measure; a row for each head whose map it is, and equal weights."""
        wide = measures.pivot(index=["variant", "seed"], columns="measure", values="value").reset_index()
        texts = {text: map_of(head).name for text, head in self.heads.items()} | {EQUAL.name: EQUAL.name}
        rows = [wide[wide["variant"] == name].assign(head=text) for text, name in texts.items()]
        return pd.concat(rows, ignore_index=True).drop(columns="variant").rename_axis(columns=None)

    def gains(self, frame: pd.DataFrame) -> Floats:
        """What each seed (n_seeds,) gains in accuracy on equal weights."""
        accuracy = frame.pivot(index="seed", columns="head", values="accuracy")
        return (accuracy[self.head] - accuracy[EQUAL.name]).to_numpy()

    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        return {
            self.SUM: float((self.of(frame)["sum of the weights"] - 1).abs().max()),
            self.GAIN: low(self.gains(frame)),
        }

    def told(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        """Accuracy, gain and best, in words."""
        accuracy = by_head(frame, "accuracy", "mean")
        best = max(accuracy, key=lambda name: accuracy[name])
        return (
            f"{self.head} reaches {100 * accuracy[self.head]:.1f} %, equal weights "
            f"{100 * accuracy[EQUAL.name]:.1f} %: {self.gain_told(frame, numbers)}; "
            f"the best is {best} with {100 * accuracy[best]:.1f} %"
        )

    def gain_told(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        """The mean gain, and what the interval makes of it."""
        gains = self.gains(frame)
        mean, least, most = points(float(gains.mean())), numbers[self.GAIN], high(gains)
        if least > 0:
            return f"{mean}, with a 95 % interval that begins at {self.GAIN.text(least)}"
        if most < 0:
            return f"{mean}, with a 95 % interval that ends at {self.GAIN.text(most)}"
        return f"{mean}, which may be chance (the 95 % interval begins at {self.GAIN.text(least)})"


@register
@dataclass(frozen=True)
class Attention(_Choosing):
    """A read-out of the rows of a digit, with one learned query."""

    id = "attention"
    statement = (
        "Yet softmax does sit deep inside: in attention and content-based addressing it normalises a soft "
        "choice of where to look."
    )
    turns = (
        "The task: every row of a digit comes with its place, so a mean of all of them may say as much as a "
        "choice. Where a choice serves, any map that tells rows apart does; sigmoid's weights are a choice "
        "for each row by itself, which need not sum to one."
    )
    charts = (
        ChartSpec(
            "points",
            Axis("rows looked at", "rows looked at, of 8"),
            Axis("accuracy", "accuracy on the test part (%)", percent=True),
            facet="head",
            caption="Further left, a sharper look.",
        ),
    )

    def settings(self, seed: int, size: int) -> AttentionExperiment:
        """The experiment of the page that is made."""
        experiment = AttentionExperiment(normalisers=self.maps(), n_units=8, n_epochs=6)
        return experiment.replace(**seeds(seed, size))

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        return self.by_text(attention(self.settings(seed, size)).measures)

    def link(self, seed: int = 0) -> Link:
        return Link("inside", Inside.of(self.settings(seed, self.size)).to_link())

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        looked = by_head(frame, "rows looked at", "mean")[self.head]
        return f"Reading digits row by row, {self.told(frame, numbers)}. It looks at {looked:.1f} of 8 rows."


@register
@dataclass(frozen=True)
class Choice(_Choosing):
    """A gate over four linear experts."""

    id = "choice"
    statement = "Softmax suits any internal variable that picks one of n options."
    turns = (
        "It picks softly, by differences of scores. Maps that look at the size of a score choose as well "
        "where that is what tells options apart."
    )
    charts = (
        ChartSpec(
            "points",
            Axis("experts asked", "experts asked for a sample, of 4"),
            Axis("accuracy", "accuracy on the test part (%)", percent=True),
            facet="head",
            caption="Further left, a sharper choice.",
        ),
    )

    def settings(self, seed: int, size: int) -> Gate:
        """The experiment of the page that is made."""
        return Gate(normalisers=self.maps()).replace(**seeds(seed, size))

    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        return self.by_text(gate(self.settings(seed, size)).measures)

    def link(self, seed: int = 0) -> Link:
        return Link("inside", Inside.of(self.settings(seed, self.size)).to_link())

    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        asked = by_head(frame, "experts asked", "mean")[self.head]
        return (
            f"With four linear experts on moons, {self.told(frame, numbers)}. For a sample its gate asks "
            f"{asked:.1f} of 4 experts."
        )
