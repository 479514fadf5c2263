"""Frozen values that are their own link.

A page's state is one such value. Each field is described once, by its name in links and its kind: that
gives the link's parameter, the command line's option, the control on the page, and the check.
"""

import dataclasses
import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from alternatives.state.fields import Kind
from alternatives.state.registry import shortened


def field(
    name: str, kind: Kind, default: Any = dataclasses.MISSING, factory: Any = dataclasses.MISSING
) -> Any:
    """A field with its name in links and on the command line."""
    metadata = {"name": name, "kind": kind}
    if factory is not dataclasses.MISSING:
        return dataclasses.field(default_factory=factory, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Linked:
    """A frozen value, all of whose fields are made by `field` and have a default.

    A value that isn't allowed raises ValueError, saying what is.
    """

    noun: ClassVar[str]
    """What it is, in the words of an error: "comparison"."""
    dependent: ClassVar[tuple[str, ...]] = ()
    """Fields whose allowed values depend on those of others. They check themselves."""

    def __post_init__(self) -> None:
        for field, kind in self.kinds().items():
            if field not in self.dependent:
                object.__setattr__(self, field, kind.check(getattr(self, field), self.names()[field]))

    @classmethod
    @functools.cache
    def kinds(cls) -> dict[str, Kind]:
        """Each field's kind."""
        return {field.name: field.metadata["kind"] for field in dataclasses.fields(cls)}

    @classmethod
    @functools.cache
    def names(cls) -> dict[str, str]:
        """Each field's name in links; the command line's option with ``-`` for ``_``."""
        return {field.name: field.metadata["name"] for field in dataclasses.fields(cls)}

    def replace(self, **changes: Any) -> Self:
        """The value with other fields."""
        return dataclasses.replace(self, **changes)

    def texts(self) -> dict[str, str]:
        """Every field as text, by its name in links."""
        return dict(self._texts)

    @functools.cached_property
    def _texts(self) -> dict[str, str]:
        return {self.names()[field]: kind.text(getattr(self, field)) for field, kind in self.kinds().items()}

    def unsaid(self) -> dict[str, str]:
        """The texts that a link needn't say: those of the default."""
        return type(self)().texts()

    def to_link(self) -> dict[str, str]:
        """The link's parameters: whatever isn't at its default."""
        unsaid = self.unsaid()
        return {name: text for name, text in self.texts().items() if text != unsaid[name]}

    @classmethod
    def from_link(cls, parameters: Mapping[str, str | Sequence[str]]) -> tuple[Self, tuple[str, ...]]:
        """What a link says, and a sentence for each thing in it that couldn't be used.

        Never raises: what can't be used stays at its default.
        """
        problems: list[str] = []
        values: dict[str, Any] = {}
        fields = {name: field for field, name in cls.names().items()}
        for name, given in parameters.items():
            texts = [given] if isinstance(given, str) else [str(text) for text in given]
            if name not in fields:
                problems.append(f"a link may say {', '.join(fields)}; got {shortened(name)}")
            elif texts:
                if len(texts) > 1:
                    problems.append(f"{name} may be said once; the first, {shortened(texts[0])}, counts")
                try:
                    values[fields[name]] = cls.kinds()[fields[name]].parse(texts[0], name)
                except ValueError as error:
                    problems.append(str(error))
        linked = cls(**{field: value for field, value in values.items() if field not in cls.dependent})
        for field in cls.dependent:
            if field in values:
                try:
                    linked = dataclasses.replace(linked, **{field: values[field]})
                except ValueError as error:
                    problems.append(str(error))
        return linked, tuple(problems)

    def to_json(self) -> str:
        """A JSON object with every field, by its name in links."""
        return json.dumps(self.texts(), ensure_ascii=False, indent=2)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The value that `to_json` wrote. ValueError for anything else."""
        try:
            parameters = json.loads(text)
        except (json.JSONDecodeError, RecursionError) as error:
            raise ValueError(f"a {cls.noun} is a JSON object; {error}") from None
        if not isinstance(parameters, dict) or not all(
            isinstance(value, str) for value in parameters.values()
        ):
            raise ValueError(f"a {cls.noun} is a JSON object of texts, got {shortened(text)}")
        linked, problems = cls.from_link(parameters)
        if problems:
            raise ValueError("; ".join(problems))
        return linked
