"""Frozen dataclasses whose fields check what they are given."""

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from alternatives.state.control import Control


class Field(Protocol):
    """What a field may hold. `check` and `parse` raise ValueError with what is allowed and what was given."""

    @property
    def explanation(self) -> str:
        """What the field is."""

    @property
    def allowed(self) -> str:
        """What is allowed, in words."""

    def check(self, value: Any, what: str) -> Any:
        """The value as the field holds it."""

    def parse(self, text: str, what: str) -> Any:
        """The value that a text from a link or the command line stands for."""

    def text(self, value: Any) -> str:
        """The text that `parse` reads as this value."""

    def controls(self, name: str, value: Any) -> Sequence[Control]:
        """The controls that show the value of a field with this name."""


@dataclass(frozen=True)
class Checked:
    """A frozen dataclass; the metadata of each field have a `Field` under "field"."""

    dependent: ClassVar[tuple[str, ...]] = ()
    """Fields whose allowed values depend on those of others. They check themselves."""

    def __post_init__(self) -> None:
        for name, field in self.fields().items():
            if name not in self.dependent:
                object.__setattr__(self, name, self.checked(name, field, getattr(self, name)))

    @classmethod
    @functools.cache
    def fields(cls) -> Mapping[str, Field]:
        """What each field may hold."""
        return {field.name: field.metadata["field"] for field in dataclasses.fields(cls)}

    @classmethod
    def called(cls, name: str) -> str:
        """What an error calls a field."""
        return name

    @classmethod
    def checked(cls, name: str, field: Field, value: Any) -> Any:
        """The value as the field holds it; ValueError if it isn't allowed."""
        return field.check(value, cls.called(name))
