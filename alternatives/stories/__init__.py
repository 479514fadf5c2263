"""Stories: a few steps each, with a guess first and a picture that answers. A story is a file."""

from alternatives.stories.position import ALL, OWN, Position
from alternatives.stories.reading import CHOICES, LARGEST_FILE, MOST_STEPS, read
from alternatives.stories.shelf import Shelf, shelf, stories, text_of
from alternatives.stories.story import Guess, Step, Story
from alternatives.stories.target import Target

__all__ = [
    "ALL",
    "CHOICES",
    "LARGEST_FILE",
    "MOST_STEPS",
    "OWN",
    "Guess",
    "Position",
    "Shelf",
    "Step",
    "Story",
    "Target",
    "read",
    "shelf",
    "stories",
    "text_of",
]
