"""What a claim is: a sentence that people say about softmax, and the experiment that tests it.

A claim is one class with ``@register(id, heading, sources)``: statement, experiment, the numbers that
decide, the rule from these numbers to the verdict, the sentence that reports them, and its charts. The
verdict is computed by the rule, which also writes itself out in words.

A claim is about one head, the field `head`. ``dataclasses.replace(claim, head="sigmoid")`` tests the same
statement about another head.
"""

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, TypeAlias, TypeVar, final

import numpy as np
import pandas as pd

from alternatives.claims.mechanism.chart import Charts
from alternatives.claims.mechanism.frames import by_head, stack_by_head
from alternatives.claims.mechanism.measured import LEVEL, mean_over_seeds
from alternatives.claims.mechanism.rule import Numbers, Quantity, Rule, Verdict
from alternatives.claims.mechanism.sources import PARTS, Source
from alternatives.experiments import Comparison
from alternatives.experiments.classes import ClassCounts
from alternatives.experiments.inside import Inside
from alternatives.heads import HEADS, Floats, Head, LinkedHead
from alternatives.large_output.measuring import LargeOutput
from alternatives.shape import Shape
from alternatives.state import Linked
from alternatives.training import look


def same_map(head: Head, other: Head) -> bool:
    """Whether two heads give the same probabilities, so that only their losses differ."""
    one, two = (each.link if isinstance(each, LinkedHead) else each for each in (head, other))
    return one == two


PAGES: dict[type[Linked], str] = {
    Comparison: "compare",
    Shape: "shape",
    Inside: "inside",
    LargeOutput: "large_output",
    ClassCounts: "number_of_classes",
}
"""The page that shows a state."""

Text: TypeAlias = Callable[[Quantity], str]
"""Gives the measured number of a quantity in words, with its unit."""


@dataclass(frozen=True)
class Link:
    """A page, with the parameters of its link."""

    page: str
    parameters: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Outcome:
    """The result of a claim's experiment."""

    claim: "Claim"
    seed: int
    frame: pd.DataFrame
    numbers: Numbers

    @property
    def quantity(self) -> Quantity:
        """The quantity that decides; see `Rule.deciding`."""
        return self.claim.rule.deciding(self.numbers).quantity

    @property
    def measured(self) -> float:
        """The number that decides, with its interval if it's a mean over seeds."""
        return self.numbers[self.quantity]

    @property
    def number(self) -> float:
        """The number that decides."""
        return float(self.measured)

    @property
    def number_text(self) -> str:
        """The number that decides, with its unit."""
        return self.text(self.quantity)

    def text(self, quantity: Quantity) -> str:
        """The measured number of a quantity, with its unit and interval."""
        return quantity.text(self.numbers[quantity])

    @property
    def verdict(self) -> Verdict:
        """The rule's verdict."""
        return self.claim.rule.verdict(self.numbers)

    @property
    def sentence(self) -> str:
        """The result in words."""
        text = self.claim.sentence(self.frame, self.text)
        return text[:1].upper() + text[1:]


@dataclass(frozen=True)
class Claim(ABC):
    """Something that people say about softmax, with the experiment that tests it."""

    id: ClassVar[str]
    part: ClassVar[str]
    sources: ClassVar[tuple[Source, ...]]
    statement: ClassVar[str]
    """The claim in plain sentences."""
    rule: ClassVar[Rule]
    reasons: ClassVar[Mapping[Quantity, str]] = {}
    """What a number that decides says, in about ten words with {} for the number."""
    exceptions: ClassVar[str]
    """When the claim doesn't hold."""
    charts: ClassVar[Charts]
    size: ClassVar[int]
    """How many random draws or networks the experiment has by default."""
    seconds: ClassVar[float] = 0.3
    """About how long the experiment takes by default: seconds of one core of an AMD EPYC."""
    megabytes: ClassVar[float] = 100.0
    """About how much memory it takes, at most."""
    level: ClassVar[float] = LEVEL
    """The level at which the intervals of its numbers hold together."""
    timed: ClassVar[bool] = False
    """Whether its numbers are times, which vary from run to run."""
    taste: ClassVar[str] = ""
    """What in the claim is a matter of taste, which no number decides."""
    example: ClassVar[Mapping[str, Any]] = {}
    """Fields of the `Shape` with which the shape page illustrates the claim."""

    head: str = "softmax"
    """The head that the claim is about; a text that `HEADS.parse` reads."""

    def __post_init__(self) -> None:
        head = HEADS.parse(self.head)
        object.__setattr__(self, "head", str(head))
        if self.rule.proof and not same_map(head, HEADS.parse(type(self).head)):
            # The proof is about the map of the head that the claim was made about.
            object.__setattr__(self, "rule", replace(self.rule, proof=""))

    @abstractmethod
    def experiment(self, seed: int, size: int) -> pd.DataFrame:
        """A tidy frame with heads in the column ``head``; the same seed and size give the same frame."""

    def measure(self, frame: pd.DataFrame) -> dict[Quantity, float | Floats]:
        """What the rule's quantities are: by default what is read from a column.

        A number is exact. An array has a value for each seed, of which the mean is what counts.
        """
        return {each: each.read(frame, self.head) for each in self.rule.quantities if each.read}

    @final
    def numbers(self, frame: pd.DataFrame) -> Numbers:
        """The numbers of the rule's quantities; the intervals of those over seeds hold together."""
        measured = self.measure(frame)
        n_intervals = sum(np.ndim(each) > 0 for each in measured.values())
        return {
            quantity: mean_over_seeds(each, n_intervals, self.level) if np.ndim(each) else float(each)
            for quantity, each in measured.items()
        }

    @abstractmethod
    def sentence(self, frame: pd.DataFrame, text: Text) -> str:
        """The result in words, with the deciding number among them."""

    def page_state(self, seed: int) -> Linked | None:
        """The state of another page that shows the experiment's settings, if there is one."""
        if not self.example:
            return None
        return Shape(heads=tuple(self.heads.values()), **self.example)

    @final
    def link(self, seed: int = 0) -> Link | None:
        """The link to that page."""
        state = self.page_state(seed)
        return None if state is None else Link(PAGES[type(state)], state.to_link())

    @final
    def run(self, seed: int = 0, size: int | None = None) -> Outcome:
        """Run the experiment.

        Parameters
        ----------
        seed : int
            Seed of everything that is random.
        size : int, optional
            How many random draws or networks; by default the claim's own.
        """
        frame = self.experiment(seed, self.size if size is None else size)
        return Outcome(self, seed, frame, self.numbers(frame))

    def reason(self, numbers: Numbers) -> str:
        """What decides, in about ten words: its number in the words of `reasons`, or after its name."""
        quantity = self.rule.deciding(numbers).quantity
        text = self.reasons.get(quantity, f"{quantity.name}: {{}}")
        return text.format(quantity.text(numbers[quantity]))

    @property
    def source(self) -> str:
        """Where the claim is made, in full."""
        return "; ".join(map(str, self.sources))

    @property
    def code(self) -> str:
        """The source code of experiment, numbers, rule and sentence."""
        return inspect.getsource(type(self))

    @property
    def heads(self) -> dict[str, Head]:
        """Every head in the order of the legends, by its text; the claim's own with its parameters."""
        own = HEADS.parse(self.head)
        every = [own if head.name == own.name else head for head in HEADS.values()]
        return {str(head): head for head in every}

    def frame_by_head(self, columns: Callable[[Head], Mapping[str, Any]], **same: Any) -> pd.DataFrame:
        """One frame with the `columns` of each head, and the `same` columns for all."""
        own = {}
        for text, head in self.heads.items():
            look()
            own[text] = columns(head)
        return stack_by_head(own, **same)

    def own(self, frame: pd.DataFrame, column: str, how: str = "first") -> float:
        """A column's number for the claim's own head; see `by_head`."""
        return by_head(frame, column, how)[self.head]

    def rows(self, frame: pd.DataFrame, head: str | None = None) -> pd.DataFrame:
        """The rows of a head; by default of the claim's own."""
        return frame[frame["head"] == (head or self.head)]

    def others(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows of all other heads."""
        return frame[frame["head"] != self.head]


CLAIMS: dict[str, Claim] = {}
"""Every claim by its id, in the order of the list."""

Class = TypeVar("Class", bound=type[Claim])


def register(id: str, part: str, *sources: Source) -> Callable[[Class], Class]:
    """Class decorator: add the claim to `CLAIMS`, under a heading (one of `PARTS`)."""
    if id in CLAIMS:
        raise ValueError(f"a claim with the id {id!r} is already registered")
    if part not in PARTS:
        raise ValueError(f"part must be one of {', '.join(PARTS)}; got {part!r}")

    def registered(cls: Class) -> Class:
        cls.id, cls.part, cls.sources = id, part, sources
        CLAIMS[id] = cls()
        return cls

    return registered
