"""What every kind of field can do, and frozen dataclasses that check their fields with it."""

import dataclasses
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol


@dataclass(frozen=True)
class Control:
    """What a page puts on screen for a field, or for a part of one, in words that need no toolkit."""

    widget: Literal["slider", "steps", "number", "select", "pills", "toggle", "text"]
    """"select" offers one of some options, "pills" several; "steps" is a slider over options."""
    key: str
    """Different for every control of a page."""
    shown: Any
    help: str
    settings: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """What can be chosen: "options", or "min_value", "max_value" and "step"."""
    read: Callable[[Any, Any], Any] = lambda held, given: given
    """From what the field holds and what the control says to the field's new value. May raise ValueError."""
    label: str = ""
    """Empty for the label of the field."""


class Field(Protocol):
    """What a field may hold.

    `check` gives a value as the field holds it, `parse` reads one from a text that a link or the command
    line has, and `text` writes that text. What isn't allowed raises ValueError, with what is allowed and
    what was given; `what` is the name of the field there.
    """

    @property
    def explanation(self) -> str: ...
    @property
    def allowed(self) -> str: ...
    def check(self, value: Any, what: str) -> Any: ...
    def parse(self, text: str, what: str) -> Any: ...
    def text(self, value: Any) -> str: ...
    def controls(self, name: str, value: Any) -> tuple[Control, ...]: ...


@dataclass(frozen=True)
class Checked:
    """A frozen dataclass whose fields all have a `Field` in their metadata, under "field"."""

    def __post_init__(self) -> None:
        for name in self.fields():
            object.__setattr__(self, name, self.checked(name, getattr(self, name)))

    @classmethod
    @functools.cache
    def fields(cls) -> Mapping[str, Field]:
        """What each field may hold."""
        return {field.name: field.metadata["field"] for field in dataclasses.fields(cls)}

    @classmethod
    def name_in_errors(cls, name: str) -> str:
        """What an error calls a field."""
        return name

    @classmethod
    def checked(cls, name: str, value: Any) -> Any:
        """A value as a field holds it; ValueError if it isn't allowed."""
        return cls.fields()[name].check(value, cls.name_in_errors(name))
