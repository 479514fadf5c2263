"""The state of the page *Stories*: which story is open, and at which step."""

from dataclasses import dataclass
from typing import Any

from alternatives.state import Choice, Linked, Range, field
from alternatives.stories.reading import MOST_STEPS
from alternatives.stories.shelf import RESERVED, stories
from alternatives.stories.story import Story

ALL, OWN = RESERVED
"""The options for the list of all stories, and for the one that a visitor opened from a file."""


@dataclass(frozen=True)
class Position(Linked):
    """A story and one of its steps, from 1.

    Whether a visitor's own story has this step is known only where the file is.
    """

    noun = "place in a story"

    story: str = field("story", Choice(lambda: (ALL, *stories(), OWN), "the story that is told"), ALL)
    step: int = field("step", Range(1, MOST_STEPS, "the step of the story that is shown", whole=True), 1)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.opened is not None:
            steps = Range(1, len(self.opened.steps), "a step", whole=True)
            object.__setattr__(self, "step", steps.check(self.step, "step"))

    def replace(self, **changes: Any) -> "Position":
        """The position with other values; another story begins at its first step."""
        if changes.get("story", self.story) != self.story:
            changes = {"step": 1} | changes
        return super().replace(**changes)

    @property
    def opened(self) -> Story | None:
        """The story, if one from the shelf is open."""
        return stories().get(self.story)
