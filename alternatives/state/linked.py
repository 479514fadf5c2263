"""Frozen values that are their own link.

A page's state is one such value. Each field is declared once, with its name in links and what it may
hold: that gives the link's parameter, the command line's option, the control on the page, and the check.
"""

import dataclasses
import functools
import itertools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from alternatives.state.checked import Checked, Field
from alternatives.state.text import label as label_of
from alternatives.state.text import shortened
from alternatives.wording import listed

LONGEST_LINK = 10_000
"""Characters that a link may have in all its parameters. Longer ones are refused before anything is read."""
MOST_NAMED = 5
"""Unknown settings that a problem names."""
TRACKERS = re.compile(
    "utm_.*|(fb|g|d|tw|y|tt)clid|msclkid|gclsrc|[gw]braid|mc_[ce]id|igshi?d|li_fat_id|_hs(enc|mi)|_g[al]|si|s_kwcid"
    "|ref|ref_(src|url)|referrer|embed|embed_options",
    re.IGNORECASE,
)
"""Parameters that other pages and programs add to a link, and those that Streamlit reads itself."""


def link_too_long(parameters: Mapping[str, str | Sequence[str]]) -> str:
    """A sentence if the parameters of a link are too long to be read; else an empty text."""
    every = ([given] if isinstance(given, str) else map(str, given) for given in parameters.values())
    n_characters = sum(map(len, itertools.chain(parameters, *every)))
    if n_characters <= LONGEST_LINK:
        return ""
    return f"a link may have at most {LONGEST_LINK:,} characters, got {n_characters:,}"


def field(
    name: str,
    allowed: Field,
    default: Any = dataclasses.MISSING,
    *,
    factory: Any = dataclasses.MISSING,
    label: str = "",
) -> Any:
    """A field with its name in links and on the command line, and its label if that isn't the name."""
    metadata = {"name": name, "field": allowed, "label": label or label_of(name)}
    if factory is not dataclasses.MISSING:
        return dataclasses.field(default_factory=factory, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Linked(Checked):
    """A frozen value, all of whose fields are made by `field` and have a default.

    A value that isn't allowed raises ValueError with what is allowed.
    """

    noun: ClassVar[str]
    """What it is, in the words of an error: "comparison"."""

    @classmethod
    @functools.cache
    def names(cls) -> dict[str, str]:
        """Each field's name in links; the command line's option with ``-`` for ``_``."""
        return {field.name: field.metadata["name"] for field in dataclasses.fields(cls)}

    @classmethod
    def label(cls, name: str) -> str:
        """A field's label on a page."""
        return str(cls.__dataclass_fields__[name].metadata["label"])

    @classmethod
    def in_words(cls, name: str) -> str:
        """A field's label within a sentence."""
        label = cls.label(name)
        return label if label[:2].isupper() else label[:1].lower() + label[1:]

    @classmethod
    def name_in_errors(cls, name: str) -> str:
        return cls.names()[name]

    def replace(self, **changes: Any) -> Self:
        """The value with other fields."""
        return dataclasses.replace(self, **changes)

    @property
    def shown_fields(self) -> Sequence[str]:
        """The fields that change something, given what the others say: those that a page shows."""
        return tuple(self.fields())

    def texts(self) -> dict[str, str]:
        """Every field as text, by its name in links."""
        return dict(self._texts)

    @functools.cached_property
    def _texts(self) -> dict[str, str]:
        return {self.names()[field]: held.text(getattr(self, field)) for field, held in self.fields().items()}

    def link_defaults(self) -> dict[str, str]:
        """The texts of the default, which a link leaves out."""
        return type(self)().texts()

    def to_link(self) -> dict[str, str]:
        """The link's parameters: whatever isn't at its default."""
        return dict(self._link)

    @functools.cached_property
    def _link(self) -> dict[str, str]:
        link_defaults = self.link_defaults()
        return {name: text for name, text in self.texts().items() if text != link_defaults[name]}

    @classmethod
    def from_link(cls, parameters: Mapping[str, str | Sequence[str]]) -> tuple[Self, tuple[str, ...]]:
        """The value of a link, and a sentence for each parameter in it that couldn't be used.

        Never raises: a field whose parameter can't be used has its default. What others add to a link to
        follow people is passed over.
        """
        problems: list[str] = []
        linked, names = cls(), cls.names()
        if too_long := link_too_long(parameters):
            return linked, (too_long,)
        for field, name in names.items():  # in this order, for what is allowed may depend on earlier fields
            given = parameters.get(name, ())
            texts, what = [given] if isinstance(given, str) else [*map(str, given)], cls.in_words(field)
            if len(texts) > 1:
                problems.append(f"{what} may be said once; the first, {shortened(texts[0])}, counts")
            try:
                if texts:
                    linked = linked.replace(**{field: cls.fields()[field].parse(texts[0], what)})
            except ValueError as error:
                problems.append(str(error))
        known = set(names.values())
        unknown = [name for name in parameters if name not in known and not TRACKERS.fullmatch(name)]
        if unknown:
            named = [shortened(name) for name in unknown[:MOST_NAMED]]
            if more := len(unknown) - len(named):
                named.append(f"{more:,} more")
            none = "are no settings" if len(unknown) > 1 else "is no setting"
            problems.append(f"there {none} {listed(named)}")
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
            raise ValueError(f"the JSON of the {cls.noun} can't be read: {error}") from None
        if not isinstance(parameters, dict) or not all(
            isinstance(value, str) for value in parameters.values()
        ):
            raise ValueError(f"the JSON of the {cls.noun} must be an object of texts, got {shortened(text)}")
        linked, problems = cls.from_link(parameters)
        if problems:
            raise ValueError("; ".join(problems))
        return linked
