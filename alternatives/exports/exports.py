"""All that a page has to take away, and where it is from."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pandas as pd

from alternatives.charts.export import Picture
from alternatives.sessions.naming import value_in_words
from alternatives.state import Linked
from alternatives.versions import UNKNOWN, Made, today, versions

LONGEST_FILE_NAME, MOST_BYTES = 120, 200
"""Characters of a file's name, and its bytes: systems take 255, and endings and numbers follow."""
UNIT = "unit"
"""The column with the unit of a row's value, where rows have different ones."""
FROM_FILE = "a file, not computed here"
"""The source of results that somebody brought."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a formula begins with in a spreadsheet."""


@dataclass(frozen=True)
class Table:
    """Numbers in rows, to the last digit.

    `units` are those of columns. A frame whose rows have different units has a column `UNIT` itself.
    """

    frame: Callable[[], pd.DataFrame] = field(repr=False)
    units: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Printed:
    """A table as a page shows it: its cells are Markdown. Names above columns of `pins` are text."""

    caption: str
    frame: Callable[[], pd.DataFrame] = field(repr=False)
    pins: bool = False


@dataclass(frozen=True)
class Provenance:
    """Where something is from: its link, the day it was made on, and the versions that made it.

    Day and versions are this server's own, or what a file says that somebody brought.
    """

    link: str
    made: str = field(default_factory=today)
    versions: Mapping[str, str] = field(default_factory=versions)
    of_file: bool = False

    @property
    def versions_text(self) -> str:
        """The versions in a line."""
        return ", ".join(f"{name} {version}" for name, version in self.versions.items()) or UNKNOWN

    @property
    def sentence(self) -> str:
        """When it was made, and with which versions."""
        if not self.of_file:
            return f"Made on {self.made} with {self.versions_text}."
        if self.made == UNKNOWN and not self.versions:
            return "The file doesn't say when it was made and with which versions."
        if self.made == UNKNOWN:
            return f"Made with {self.versions_text}, as the file says; it doesn't say when."
        return f"Made on {self.made} with {self.versions_text}, as the file says."

    def as_said(self, made: Made | None) -> "Provenance":
        """The same with the day and the versions that a file says, if the results are from one."""
        return self if made is None else replace(self, made=made.day, versions=made.versions, of_file=True)


@dataclass(frozen=True)
class Exports:
    """All that a page has to take away. What takes time is made when it is asked for.

    Attributes
    ----------
    name : str
        What it is, short: "digits, 20 % label noise". Files are called after it.
    page : str
        The page's name in addresses.
    state : Linked or None
        What the page shows; None where it is a session, which has settings for each pin.
    finding : pair of str
        The first sentence, and the rest, which may be empty.
    method : sequence of str
        How it was made, in plain sentences.
    tables : mapping of str to Table
        Numbers by title.
    printed : mapping of str to Printed
        Tables as the page shows them, by title: for the report.
    pictures : mapping of str to Picture
        By title.
    command : str
        The command line's line, where there is a command.
    script : callable, optional
        Makes the Python script that gives the numbers again, of a `Provenance`.
    note : str
        What somebody wrote with it.
    query : str
        The parameters of the link, where they aren't those of a state.
    made : Made or None
        What a file says that (some of) the results are from; None where they were computed here.
    """

    name: str
    page: str
    state: Linked | None
    finding: tuple[str, str]
    method: Sequence[str] = ()
    tables: Mapping[str, Table] = field(default_factory=dict, repr=False)
    printed: Mapping[str, Printed] = field(default_factory=dict, repr=False)
    pictures: Mapping[str, Picture] = field(default_factory=dict, repr=False)
    command: str = ""
    script: Callable[[Provenance], str] | None = field(default=None, repr=False)
    note: str = ""
    query: str = ""
    made: Made | None = None

    def link(self, page: str = "") -> str:
        """The link to what is shown, empty if there is none; `page` is the page's address on a server."""
        if self.state is None and not self.query:
            return ""
        query = self.query or (urlencode(self.state.to_link()) if self.state is not None else "")
        return (page or f"/{self.page}") + (f"?{query}" if query else "")

    @property
    def settings(self) -> dict[str, str]:
        """What was chosen, in words, by label: of the settings that change something."""
        state = self.state
        if state is None:
            return {}
        return {state.label(name): value_in_words(state, name) for name in state.shown_fields}

    def file(self, what: str, ending: str) -> str:
        """The name of a file: "digits-20-label-noise-measures.csv"."""
        return f"{file_name(self.name, what)}.{ending}"

    def csv(self, title: str, provenance: Provenance) -> str:
        """A table in CSV, that ``pandas.read_csv`` reads without any option.

        Behind the table's own columns come those that are the same in every row: the units, where rows have
        no unit of their own, every setting, the link, the day and the versions. So tables of several files
        can be put below each other, and a row still says where it is from.
        """
        table, provenance = self.tables[title], provenance.as_said(self.made)
        frame = table.frame()
        more = {}
        if table.units:
            more["units"] = "; ".join(f"{column}: {unit}" for column, unit in table.units.items())
        if self.state is not None:
            texts, names = self.state.texts(), self.state.names()
            more |= {f"setting_{names[name]}": texts[names[name]] for name in self.state.shown_fields}
        more |= {
            "link": provenance.link,
            "made": provenance.made,
            "versions": provenance.versions_text,
        }
        if provenance.of_file:
            more["source"] = FROM_FILE
        return _no_formulas(frame.assign(**more)).to_csv(index=False, lineterminator="\n")

    def json(self, provenance: Provenance) -> str:
        """Everything in a JSON object; null is a number that isn't finite."""
        return json.dumps(self._content(provenance), ensure_ascii=False, indent=1)

    def _content(self, provenance: Provenance) -> dict[str, Any]:
        provenance = provenance.as_said(self.made)
        return {
            "name": self.name,
            "link": provenance.link,
            "made": provenance.made,
            "versions": dict(provenance.versions),
            **({"source": FROM_FILE} if provenance.of_file else {}),
            "command": self.command,
            "settings": {} if self.state is None else self.state.texts(),
            "finding": " ".join(filter(None, self.finding)),
            "method": list(self.method),
            "units": {title: dict(table.units) for title, table in self.tables.items() if table.units},
            "tables": {title: rows(table.frame()) for title, table in self.tables.items()},
        }


def json_of(parts: Sequence[Exports], provenance: Provenance) -> str:
    """The JSON of a whole, and of what it consists of under "pins"; a pin's link is its own."""
    whole, *pins = parts
    content = whole._content(provenance)
    if pins:
        content["pins"] = [pin._content(replace(provenance, link=pin.link())) for pin in pins]
    return json.dumps(content, ensure_ascii=False, indent=1)


def _no_formulas(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with an apostrophe before texts, such as names, that a spreadsheet would run as formulas."""
    texts = frame.select_dtypes(exclude=["number", "bool"])
    safe = {
        str(name): column.map(
            lambda cell: f"'{cell}" if isinstance(cell, str) and cell[:1] in FORMULA else cell
        )
        for name, column in texts.items()
    }
    return frame.assign(**safe)


def rows(frame: pd.DataFrame) -> list[dict[Any, Any]]:
    """A frame's rows for JSON, with every digit."""
    finite = frame.replace([np.inf, -np.inf], np.nan)
    return finite.astype(object).where(finite.notna(), None).to_dict("records")


def file_name(name: str, what: str = "") -> str:
    """A name and what of it as a file's name without ending: letters and digits, and hyphens between.

    Where both are too long together, the name is cut: files of one page differ in what they have of it.
    """
    end = _cut(_hyphenated(what), LONGEST_FILE_NAME, MOST_BYTES)
    start = _cut(_hyphenated(name), LONGEST_FILE_NAME - len(end) - 1, MOST_BYTES - len(end.encode()) - 1)
    return "-".join(filter(None, (start, end))) or "results"


def _hyphenated(text: str) -> str:
    return "-".join(re.findall(r"\w+(?:\.\d+)*", text.lower()))


def _cut(text: str, n_characters: int, n_bytes: int) -> str:
    """The beginning of a text that has no more of either; no character is cut in two."""
    beginning = text[: max(n_characters, 0)].encode("utf-8")[: max(n_bytes, 0)]
    return beginning.decode("utf-8", "ignore").strip("-")
