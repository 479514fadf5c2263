"""A story: a few steps, each a link with settings and one sentence, most of them with a guess first."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from alternatives.charts.export import Picture
from alternatives.stories.target import Target


@dataclass(frozen=True)
class Guess:
    """A question, what can be answered, and the place of the right answer, from 0."""

    question: str
    choices: tuple[str, ...]
    right: int


@dataclass(frozen=True)
class Step:
    """A sentence, and where it can be seen. With a guess, the sentence is the answer's, and comes after it.

    `picture` is the title of the picture that is shown, as the target's page has it under *Take away*; where
    it is empty, the first. `classes` are names for the classes of a shape's probabilities, of which none is
    marked as the right one then.
    """

    sentence: str
    target: Target
    picture: str = ""
    guess: Guess | None = None
    classes: tuple[str, ...] = ()

    def pictures(self, results: Any) -> Mapping[str, Picture]:
        """The pictures by title, of the results of the target's request."""
        return self.target.pictures(results, self.classes)


@dataclass(frozen=True)
class Story:
    """A title, the question that the story is about, and its steps. `order` is its place in the list."""

    title: str
    question: str
    steps: tuple[Step, ...]
    order: int
