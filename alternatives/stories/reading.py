"""Stories in TOML, as people write them and pass them on.

What a stranger wrote is checked before anything of it is used. All problems are told, each with its place.
"""

import re
import tomllib
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from alternatives.shape import Shape
from alternatives.state import shortened
from alternatives.state.text import is_line
from alternatives.stories.story import Guess, Step, Story
from alternatives.stories.target import Target
from alternatives.wording import counted

T = TypeVar("T")

LARGEST_FILE = 50_000
"""Bytes of a file. A larger one is refused before anything is read; a story of five steps has 3,000."""
MOST_STEPS = 12
LONGEST = {
    "title": 60,
    "question": 300,
    "sentence": 400,
    "choice": 120,
    "class": 14,
    "picture": 120,
    "link": 11_000,
}
"""Characters of a text, by what it is."""
CHOICES = range(2, 6)
"""How many a question may have."""
LAST = 1_000
"""The largest `order`, and that of a story which says none."""
MOST_PROBLEMS = 20
IN_WORDS = {
    r"Illegal character '\n'": "a quotation mark is missing where the text ends; a text is in one line",
    "Unterminated string": "a quotation mark is missing where the text ends",
    "Unclosed array": "the list isn't closed: a ] or a comma is missing",
    "Invalid value": "a text must be between quotation marks",
    "Expected ']'": "a ] is missing: above each step stands [[step]]",
    "Expected '='": "= is missing after a name",
    "Expected newline": "there is something after the value: within a text, use “ and ” as quotation marks",
    "Invalid statement": "a line must begin with a name, as in title = …, or be [[step]]",
    "Cannot overwrite": "a name is there twice: is [[step]] missing above it?",
}
"""What is wrong with a text in TOML, by the beginning of what Python says."""

STORY_KEYS = ("title", "question", "step"), ("order",)
STEP_KEYS = ("sentence", "link"), ("picture", "classes", "question", "choices", "right")
GUESS_KEYS = ("question", "choices", "right")


def read(text: str | bytes) -> tuple[Story | None, tuple[str, ...]]:
    """The story in a text, and a sentence for each problem; the story is None if there is any.

    Never raises.
    """
    try:
        given = _parsed(text)
    except ValueError as error:
        return None, (str(error),)
    checking = _Checking()
    story = checking.story(given)
    return (None if checking.problems else story), tuple(checking.problems[:MOST_PROBLEMS])


def _parsed(text: str | bytes) -> dict[str, Any]:
    """What a text in TOML says; ValueError for any other."""
    if len(text) > LARGEST_FILE:
        raise ValueError(f"a story may have at most {LARGEST_FILE:,} bytes; this one has more")
    try:
        return tomllib.loads(text if isinstance(text, str) else text.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ValueError("a story's text must be UTF-8") from None
    except RecursionError:
        raise ValueError("the lists and tables of a story are too deep in each other") from None
    except ValueError as error:
        raise ValueError(_in_words(str(error))) from None


def _in_words(error: str) -> str:
    """What Python's reader of TOML says, in the words of who wrote the story."""
    found = re.fullmatch(r"(.*) \(at (?:line (\d+), column \d+|end of document)\)", error, re.DOTALL)
    if found is None:
        return f"a story must be TOML: {shortened(error, 160)[1:-1]}"
    said, line = found.groups()
    where = f"line {line}" if line else "at the end"
    for beginning, words in IN_WORDS.items():
        if said.startswith(beginning):
            return f"{where}: {words}"
    return f"{where} isn't TOML: {shortened(said, 120)[1:-1]}"


class _Checking:
    """Checks what a file says, and collects the problems."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def story(self, given: Mapping[str, Any]) -> Story | None:
        self._keys(given, "the story", *STORY_KEYS)
        title, question = (self._line(given, "the story", name) for name in ("title", "question"))
        steps = given.get("step", [])
        if not isinstance(steps, list) or not 1 <= len(steps) <= MOST_STEPS:
            n = (
                f"; got {counted(len(steps), 'step')}"
                if isinstance(steps, list)
                else f"; got {_quoted(steps)}"
            )
            if "step" in given:
                self.problems.append(f"a story must have 1 to {MOST_STEPS} steps, each under [[step]]{n}")
            steps = []
        read_steps = [self._step(each, f"step {number}") for number, each in enumerate(steps, 1)]
        order = self._whole(given.get("order", LAST), "order", 1, LAST)
        return Story(title, question, tuple(filter(None, read_steps)), order)

    def _step(self, given: Any, where: str) -> Step | None:
        if not isinstance(given, dict):
            self.problems.append(f"{where} must be a table under [[step]]; got {shortened(given)}")
            return None
        self._keys(given, where, *STEP_KEYS)
        sentence = self._line(given, where, "sentence")
        link = self._line(given, where, "link")
        target = self._try(f"{where}: link", lambda: Target.of(link)) if link else None
        picture = self._line(given, where, "picture")
        guess = self._guess(given, where)
        classes = self._classes(given, where, target)
        return Step(sentence, target, picture, guess, classes) if target else None

    def _classes(self, given: Mapping[str, Any], where: str, target: Target | None) -> tuple[str, ...]:
        if "classes" not in given or target is None:
            return ()
        names = given["classes"]
        if not isinstance(target.state, Shape):
            self.problems.append(f"{where}: classes are names for those of /shape; its link leads elsewhere")
        elif not isinstance(names, list) or len(names) != len(target.state.logits):
            n = len(target.state.logits)
            self.problems.append(f"{where}: classes must be a list of {n} names; got {_quoted(names)}")
        else:
            lines = tuple(self._line({"class": each}, where, "class") for each in names)
            if len({*lines}) == len(lines):
                return lines
            self.problems.append(f"{where}: classes must differ from each other")
        return ()

    def _guess(self, given: Mapping[str, Any], where: str) -> Guess | None:
        has = [key for key in GUESS_KEYS if key in given]
        if not has:
            return None
        if len(has) < len(GUESS_KEYS):
            missing = ", ".join(key for key in GUESS_KEYS if key not in given)
            self.problems.append(f"{where} asks something, so it must have {missing}, too")
            return None
        question, choices = self._line(given, where, "question"), given["choices"]
        if not isinstance(choices, list) or len(choices) not in CHOICES:
            self.problems.append(
                f"{where}: choices must be a list of {CHOICES[0]} to {CHOICES[-1]} texts; got "
                f"{counted(len(choices), 'choice') if isinstance(choices, list) else shortened(choices)}"
            )
            return None
        lines = tuple(self._line({"choice": each}, where, "choice") for each in choices)
        if len({*lines}) < len(lines):
            self.problems.append(f"{where}: choices must differ from each other")
        right = self._whole(given["right"], f"{where}: right", 1, len(lines))
        return Guess(question, lines, right - 1)

    def _keys(
        self, given: Mapping[str, Any], where: str, required: Collection[str], optional: Collection[str]
    ) -> None:
        if missing := [key for key in required if key not in given]:
            self.problems.append(f"{where} must have {', '.join(missing)}")
        if unknown := [key for key in given if key not in required and key not in optional]:
            allowed, keys = ", ".join([*required, *optional]), shortened(", ".join(unknown))
            self.problems.append(f"{where} may have {allowed}; got {keys}")

    def _line(self, given: Mapping[str, Any], where: str, name: str) -> str:
        """A text of a story in one line; empty where it is missing or can't be used."""
        if name not in given:
            return ""
        text, longest = given[name], LONGEST[name]
        line = " ".join(text.split()) if isinstance(text, str) else ""
        if is_line(line, longest):
            return line
        self.problems.append(
            f"{where}: {name} must be a text of 1 to {longest:,} characters; got {_quoted(text)}"
        )
        return ""

    def _whole(self, value: Any, what: str, low: int, high: int) -> int:
        if type(value) is int and low <= value <= high:
            return value
        self.problems.append(f"{what} must be a whole number from {low} to {high:,}; got {_quoted(value)}")
        return low

    def _try(self, what: str, read: Callable[[], T]) -> T | None:
        try:
            return read()
        except ValueError as error:
            self.problems.append(f"{what}: {error}")
            return None


def _quoted(value: Any) -> str:
    """What was given, for an error; lists and tables by their sizes, for they may be large and deep."""
    if isinstance(value, list):
        return f"a list of {len(value):,}"
    if isinstance(value, str) and len(value) > max(LONGEST.values()):
        return f"{len(value):,} characters"
    return f"a table of {len(value):,}" if isinstance(value, dict) else shortened(value)
