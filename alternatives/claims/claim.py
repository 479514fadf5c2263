"""What a claim is: a sentence that people say of softmax, and the experiment that measures it.

A claim is one class with ``@register``: statement, sources, experiment, the numbers that decide, the rule
from these numbers to the verdict, the sentence that reports them, and what the chart shows. Nothing of
the verdict is typed in: it is the rule's, and the rule is written out by the same object that decides.

Every claim is made of one head, the field `head`. With another head in its place the experiment, the
numbers and the verdict are those of the other, ``dataclasses.replace(claim, head="sigmoid")``.
"""

import inspect
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeVar, final

import pandas as pd

from alternatives.claims.rule import Numbers, Quantity, Rule, Verdict
from alternatives.heads import HEADS, Head
from alternatives.shape import Shape
from alternatives.state import Range

SEEDS = Range(0, 10_000, "random seed", whole=True)
"""Seeds that a claim may be tested with."""


@dataclass(frozen=True)
class Source:
    """Where a claim is made."""

    key: str
    title: str
    place: str

    def __str__(self) -> str:
        return f"{self.key}: “{self.title}” ({self.place})"


A = Source(
    "A", "Why use softmax only in the output layer and not in hidden layers?", "Stack Overflow 37588632"
)
B = Source("B", "How to implement softmax in a neural network, and what does it do?", "Cross Validated")
C = Source("C", "Why use softmax as opposed to standard normalization?", "Stack Overflow")
D = Source(
    "D",
    "What special characteristics of the softmax function make it a favourite choice in the output layer?",
    "Data Science",
)
P = Source(
    "P",
    "An Exploration of Softmax Alternatives Belonging to the Spherical Loss Family",
    "de Brébisson and Vincent, ICLR 2016, arXiv 1511.05042",
)
SOURCES = {source.key: source for source in (A, B, C, D, P)}
"""The question pages and the paper, by the letter that stands for them."""

MAP = "The map from logits to probabilities"
GRADIENT = "The gradient"
PROBABILITIES = "Probabilities you can believe"
INSIDE = "Softmax inside the network"
PAPER = "The paper"
PARTS = (MAP, GRADIENT, PROBABILITIES, INSIDE, PAPER)
"""The headings under which claims are listed, in their order."""


@dataclass(frozen=True)
class Axis:
    """One axis of a chart: a column of the frame, and the title with its unit.

    Whatever is below `floor` is drawn there: on a logarithmic axis 0 has a place too, on any −∞.
    """

    column: str
    title: str
    logarithmic: bool = False
    floor: float | None = None
    percent: bool = False


@dataclass(frozen=True)
class ChartSpec:
    """What to draw of a claim's frame, in the names of its columns.

    "lines": y by x, a line a head. "points": y by x, a dot for each row. "dots": x alone, heads one below
    the other, a dot for each row.
    """

    kind: Literal["lines", "points", "dots"]
    x: Axis
    y: Axis | None = None
    head: str = "head"
    facet: str | None = None
    """Column by which the chart is repeated, on common scales."""
    low: str | None = None
    high: str | None = None
    """Columns with the ends of an interval about y, or about x for "dots"."""
    reference: float | None = None
    """Where y, or x for "dots", would be if the claim held, or where the rule draws its line."""
    diagonal: bool = False
    """Whether y would be x if the claim held."""
    rows: str | None = None
    """The rows to draw, by their value in the column ``row``, where a frame holds several kinds."""
    caption: str = ""
    """What to look at."""


@dataclass(frozen=True)
class Link:
    """A page that shows more, with the parameters of its link."""

    page: Literal["compare", "shape", "inside", "large_output"]
    parameters: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a claim's experiment gave."""

    claim: "Claim"
    seed: int
    frame: pd.DataFrame
    numbers: Numbers

    @property
    def quantity(self) -> Quantity:
        """What decides: that of the first condition in the way of a kinder verdict, or of the first."""
        return self.claim.rule.deciding(self.numbers).quantity

    @property
    def number(self) -> float:
        """The number that decides."""
        return float(self.numbers[self.quantity])

    @property
    def number_text(self) -> str:
        """The same, with its unit."""
        return self.quantity.text(self.number)

    @property
    def verdict(self) -> Verdict:
        """The rule's."""
        return self.claim.rule.verdict(self.numbers)

    @property
    def sentence(self) -> str:
        """The result in words."""
        text = self.claim.sentence(self.frame, self.numbers)
        return text[:1].upper() + text[1:]


@dataclass(frozen=True)
class Claim(ABC):
    """Something said of softmax, with the experiment that measures it."""

    id: ClassVar[str]
    statement: ClassVar[str]
    """The claim in one plain sentence."""
    sources: ClassVar[tuple[Source, ...]]
    part: ClassVar[str]
    """One of `PARTS`."""
    rule: ClassVar[Rule]
    turns: ClassVar[str]
    """The condition under which the verdict turns."""
    charts: ClassVar[tuple[ChartSpec, ...]]
    size: ClassVar[int]
    """How many draws or networks the experiment has unless told otherwise."""
    timed: ClassVar[bool] = False
    """Whether its numbers come of times, which differ a little from run to run."""
    taste: ClassVar[str] = ""
    """What of the claim is a matter of taste, which no number decides."""

    head: str = "softmax"
    """The head that the claim is made of; a text that `HEADS.parse` reads."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "head", str(HEADS.parse(self.head)))

    @abstractmethod
    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        """A tidy frame, the same for the same seed and size but for times; heads in the column ``head``."""

    @abstractmethod
    def numbers(self, frame: pd.DataFrame) -> dict[Quantity, float]:
        """The numbers of the rule's quantities, read off the experiment's frame."""

    @abstractmethod
    def sentence(self, frame: pd.DataFrame, numbers: Numbers) -> str:
        """The result in words, with the deciding number among them."""

    @final
    def shape(self, logits: tuple[float, ...], **changes: Any) -> Link:
        """The shape page with these logits, what else is said, and every head."""
        return Link("shape", Shape(logits=logits, heads=tuple(self.heads.values()), **changes).to_link())

    def link(self, seed: int = 0) -> Link | None:
        """A page that opens with the experiment's settings, where there is one."""
        return None

    @final
    def run(self, seed: int = 0, size: int | None = None) -> Outcome:
        """Make the experiment.

        Parameters
        ----------
        seed : int
            Whatever is drawn at random is drawn from it.
        size : int, optional
            How many draws or networks; by default the claim's own.
        """
        frame = self.experiment(seed, self.size if size is None else size)
        return Outcome(self, seed, frame, self.numbers(frame))

    @property
    def source(self) -> str:
        """Where the claim is made, in full."""
        return "; ".join(map(str, self.sources))

    @property
    def code(self) -> str:
        """The experiment, numbers, rule and sentence as they are written."""
        return inspect.getsource(type(self))

    @property
    def heads(self) -> dict[str, Head]:
        """Every head in the order of the legends, by its text; the claim's own with its parameters."""
        own = HEADS.parse(self.head)
        every = [own if head.name == own.name else head for head in HEADS.values()]
        return {str(head): head for head in every}

    def of(self, frame: pd.DataFrame, head: str | None = None) -> pd.DataFrame:
        """The rows of a head; by default of the claim's own."""
        return frame[frame["head"] == (head or self.head)]

    def others(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows of all other heads."""
        return frame[frame["head"] != self.head]


CLAIMS: dict[str, Claim] = {}
"""Every claim by its id, in the order of the list."""

Class = TypeVar("Class", bound=type[Claim])


def register(cls: Class) -> Class:
    """Class decorator: add the claim to `CLAIMS`."""
    if cls.id in CLAIMS:
        raise ValueError(f"a claim with the id {cls.id!r} is registered already")
    if cls.part not in PARTS:
        raise ValueError(f"part must be one of {', '.join(PARTS)}; got {cls.part!r}")
    CLAIMS[cls.id] = cls()
    return cls


def by_head(frame: pd.DataFrame, column: str, how: str = "first") -> dict[str, float]:
    """A column's number for each head, in the frame's order: its "max", "min", "mean" or "first"."""
    grouped = frame.groupby("head", sort=False)[column].agg(how)
    return {str(head): float(value) for head, value in grouped.items()}
