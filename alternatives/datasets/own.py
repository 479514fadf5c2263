"""Somebody's own table as a data set. It isn't registered, so it is in no list.

`read` makes one of a file. Its text, and so its link, says which data it needs, and nothing that is in them::

    own(name=glass.csv, rows=214, columns=10, checksum=0123456789abcdef)

Whoever reads such a text gets an equal data set, which looks for the table when it is loaded: among those
that somebody in this process holds. When the last one who holds a table lets go of it, all that was kept of
it goes.
"""

import re
import threading
import weakref
from dataclasses import dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeAlias

import numpy as np

from alternatives.datasets.dataset import Dataset, DatasetUnavailable, Feature, Floats, Samples
from alternatives.memory import memory
from alternatives.state import shortened
from alternatives.wording import counted, listed, spelled

if TYPE_CHECKING:  # pandas takes long to import
    from alternatives.tables import Bounds, Decisions, Table, Understood

Source: TypeAlias = bytes | str | Path

MOST_NAMED = 3
"""Columns that a note names; of more it says how many there are."""
LONGEST_NAME = 60
LARGEST_NUMBER = 1e30
"""Its square is finite, and so is its float32 after scaling."""
TEXT = re.compile(
    r"\s*own\s*\(\s*name=(?P<name>[\w.-]{1,60})\s*,\s*rows=(?P<rows>[0-9]{1,9})\s*,\s*columns=(?P<columns>[0-9]{1,9})"
    r"\s*,\s*checksum=(?P<checksum>[0-9a-f]{16})\s*(,\s*decisions=(?P<decisions>[\w.+:~-]*)\s*)?\)\s*"
)


@dataclass(frozen=True, repr=False)
class Own(Dataset):
    """Somebody's own table, with decisions about it.

    Two are equal if file and decisions are. One that `read` made holds its table; any other one needs
    somebody to hold it: a variable, a visitor's session.
    """

    longest_text: ClassVar[int] = 9_000
    """Characters of such a text, all decisions about a thousand columns among them. A link has 10,000."""

    name: str  # type: ignore[misc]  # an instance's own
    """The file's, without its folder: of letters, digits and ``. _ -``."""
    rows: int
    columns: int
    """Those of the table, the class among them."""
    checksum: str
    """The first 16 hexadecimal digits of the SHA-256 of the file's bytes."""
    decisions: str = ""
    """The text of `Decisions`; empty where nothing was decided."""
    table: "Table | None" = field(default=None, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", plain_name(self.name))

    @classmethod
    def fields(cls) -> dict[str, Any]:  # type: ignore[override]
        """None that a page shows: the file and what was decided aren't numbers with a range."""
        return {}

    @property
    def sentence(self) -> str:  # type: ignore[override]
        return f"Your own data, from the file {self.name}."

    @property
    def source(self) -> str:  # type: ignore[override]
        return f"{self.name}, {self.size_in_words}"

    @property
    def size_in_words(self) -> str:
        return f"{counted(self.rows, 'row')}, {counted(self.columns, 'column')}"

    @property
    def in_words(self) -> str:
        return self.name

    @property
    def in_full(self) -> str:
        """What tells it from another file of its name, or from other decisions about the file."""
        return f"{self.name} ({', '.join(filter(None, (self.checksum, self.decisions)))})"

    @property
    def command_options(self) -> dict[str, str]:
        decisions = {"decisions": self.decisions} if self.decisions else {}
        return {"dataset": f"./{self.name}"} | decisions | {"checksum": self.checksum}

    @property
    def as_key(self) -> "Own":
        return replace(self, table=None)

    @property
    def image(self) -> tuple[int, ...] | None:
        return self.load().image

    def __str__(self) -> str:
        parts = [f"{name}={getattr(self, name)}" for name in ("name", "rows", "columns", "checksum")]
        parts += [f"decisions={self.decisions}"] if self.decisions else []
        return f"own({', '.join(parts)})"

    def __repr__(self) -> str:
        return str(self)

    @classmethod
    def from_text(cls, text: str) -> Self | None:
        """The data set that such a text names, without its table; None if it names another one.

        ValueError, with a sentence, if it is damaged.
        """
        if not re.match(r"\s*own\s*\(", text):
            return None
        found = TEXT.fullmatch(text)
        if found is None:
            raise ValueError(
                "own data must be named as own(name=…, rows=…, columns=…, checksum=…), the checksum of 16 of "
                f"0-9 and a-f; got {shortened(text)}"
            )
        decisions = found["decisions"] or ""
        return cls(
            found["name"], int(found["rows"]), int(found["columns"]), found["checksum"], _decided(decisions)
        )

    def __reduce__(self) -> tuple[type["Own"], tuple[Any, ...]]:
        return Own, (self.name, self.rows, self.columns, self.checksum, self.decisions)

    def table_is_here(self) -> bool:
        """Whether somebody in this process holds its table."""
        return _tables.find(self) is not None

    def understood(self) -> "Understood":
        """Its table, understood with its decisions.

        DatasetUnavailable if the table isn't here; BadTable if it can't be used so.
        """
        from alternatives.tables import Decisions, understand

        found = _tables.find(self)
        if found is None:
            raise DatasetUnavailable(
                f"This comparison needs the file {self.name} ({self.size_in_words}), which isn't here."
            )
        table, bounds = found
        return understand(table, Decisions.parse(self.decisions), bounds=bounds)

    def make(self) -> Samples:
        try:
            return samples_of(self.understood())
        except ValueError as error:
            raise unusable(self.name, error) from error


def read(
    source: Source,
    target: str | int | None = None,
    *,
    name: str = "",
    decisions: "Decisions | str | None" = None,
    checksum: str = "",
    bounds: "Bounds | None" = None,
) -> Own:
    """Read somebody's own table: ``Comparison(dataset=datasets.read("glass.csv"))``.

    Parameters
    ----------
    source : str, Path or bytes
        The path of a file, or the contents of one. Forms and what is understood: see `alternatives.tables`.
    target : str or int, optional
        The column of the class, by its name or its number from 1. Default: the one that the file tells.
    name : str
        What the file is called where its bytes are given.
    decisions : Decisions or str, optional
        What is decided about the columns, or the text of it.
    checksum : str, optional
        The first 16 hexadecimal digits of the SHA-256 that the file's bytes must have.
    bounds : Bounds
        The most that it may have. Default: that of one's own machine, `tables.OWN_MACHINE`.

    Returns
    -------
    Own
        It holds the table. What was read, left out and filled is in ``load().notes``.

    Raises
    ------
    BadTable
        A ValueError: if it can't be read or used, or is another file than `checksum` says. A sentence
        that says where and what to do.
    """
    from alternatives.tables import OWN_MACHINE, BadTable, Decisions, read_table, understand

    bounds = bounds or OWN_MACHINE
    decided = Decisions.parse(decisions) if isinstance(decisions, str) else decisions or Decisions()
    table = read_table(source, name, bounds)
    if checksum and table.checksum != checksum:
        raise BadTable(
            f"This is another file than the one that is needed: its checksum must be {shortened(checksum)}, "
            f"got '{table.checksum}'."
        )
    understood = understand(table, decided, target, bounds)
    if target is not None:
        decided = replace(decided, target=understood.target.number)
    return replace(own(table, decided, bounds), table=table)


def own(table: "Table", decisions: "Decisions | None" = None, bounds: "Bounds | None" = None) -> Own:
    """The data set of a table with decisions. It doesn't hold the table: the caller does, while it's needed.

    `bounds` are those of whoever brings the table, by default those of one's own machine.
    """
    from alternatives.tables import OWN_MACHINE

    _tables.add(table, bounds or OWN_MACHINE)
    n_rows, n_columns = table.frame.shape
    return Own(table.name, n_rows, n_columns, table.checksum, decisions.text() if decisions else "")


def asked_for(request: Any) -> Own | None:
    """The own data that a request, a frozen value, is about; None if there are none."""
    values = (getattr(request, each.name) for each in fields(request)) if is_dataclass(request) else ()
    return next((value for value in values if isinstance(value, Own)), None)


def any_table_is_here() -> bool:
    """Whether somebody in this process holds a table of their own."""
    return len(_tables) > 0


class _Tables:
    """The tables that somebody in this process holds, and the bounds under which each was brought."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bounds: weakref.WeakKeyDictionary[Table, Bounds] = weakref.WeakKeyDictionary()
        self._gone: SimpleQueue[str] = SimpleQueue()
        self._forgetting: threading.Thread | None = None

    def __len__(self) -> int:
        return len(self._bounds)

    def add(self, table: "Table", bounds: "Bounds") -> None:
        with self._lock:
            if table not in self._bounds:
                # A table may go in the middle of anything, even while this thread changes what is kept. So
                # all that happens then is that a queue gets one more item, and another thread does the rest.
                weakref.finalize(table, self._gone.put, table.checksum).atexit = False
            self._bounds[table] = bounds
            if self._forgetting is None:
                self._forgetting = threading.Thread(target=self._forget, name="forgetting", daemon=True)
                self._forgetting.start()

    def find(self, own: Own) -> "tuple[Table, Bounds] | None":
        """A table with its checksum; of several one with its name, if there is one."""
        if own.table is not None:
            return own.table, self._bounds[own.table]
        with self._lock:
            same = [each for each in self._bounds.items() if each[0].checksum == own.checksum]
        same.sort(key=lambda each: plain_name(each[0].name) != own.name)
        return same[0] if same else None

    def _forget(self) -> None:
        """Drop all that is kept of tables that nobody holds any more."""
        while True:
            checksum = self._gone.get()
            with self._lock:
                is_held = any(each.checksum == checksum for each in self._bounds)
            if not is_held:
                memory.forget(lambda key: checksum in repr(key))  # noqa: B023 - it is called at once


_tables = _Tables()


def unusable(name: str, error: ValueError) -> DatasetUnavailable:
    """The error for a file of that name that can't be read or used, from the sentence that says why."""
    reason = str(error)
    return DatasetUnavailable(
        f"The file {plain_name(name)} can't be used as a data set: {reason[:1].lower()}{reason[1:]}"
    )


def plain_name(text: str) -> str:
    """A file's name of letters, digits and ``. _ -`` alone."""
    return re.sub(r"[^\w.-]+", "_", text)[:LONGEST_NAME].strip("_") or "file"


def _decided(text: str) -> str:
    """A text of decisions as `Decisions` writes it; ValueError for one that says nothing."""
    if not text:
        return ""
    from alternatives.tables.decisions import Decisions

    return Decisions.parse(text).text()


def samples_of(understood: "Understood") -> Samples:
    """What is trained on of a table that was understood.

    ValueError, with a sentence, for numbers that are too large.
    """
    import pandas as pd

    frame, features, columns = understood.features, list[Feature](), list[Floats]()
    together: list[str] = []
    for label in frame.columns:
        column = frame[label]
        values: Floats
        categories: tuple[str, ...] = ()
        if isinstance(column.dtype, pd.CategoricalDtype):
            from alternatives.datasets.preparing import with_rare_together  # needs scikit-learn

            categories = tuple(map(str, column.cat.categories))
            values = np.asarray(column.cat.codes, np.float64)
            values[values < 0] = np.nan
            n_before = len(categories)
            values, categories = with_rare_together(values, categories)
            if len(categories) < n_before:
                together.append(f"{n_before - len(categories) + 1} of {label}")
        else:
            values = np.asarray(column, np.float64)
            _check_numbers(values, str(label))
        features.append(Feature(str(label), categories, bool(np.isnan(values).any())))
        columns.append(values)
    X = np.stack(columns, 1)
    prepared = any(each.categories or each.has_missing for each in features)
    return Samples(
        X,
        understood.targets,
        understood.class_names,
        tuple(each.name for each in features),
        understood.table.is_image and not prepared,
        tuple(features) if prepared else (),
        (*understood.notes, *_notes(features, together)),
    )


def _check_numbers(values: Any, name: str) -> None:
    too_large = np.abs(values) > LARGEST_NUMBER
    if too_large.any():
        raise ValueError(
            f"Numbers must be finite and at most {spelled(LARGEST_NUMBER)} in size; column {shortened(name)} "
            f"has {values[too_large.argmax()]:g}: leave this column out, or mend the file."
        )


def _notes(features: list[Feature], together: list[str]) -> list[str]:
    """What becomes of categories and gaps, in sentences."""
    gaps = [each.name for each in features if each.has_missing and not each.categories]
    kinds = [each for each in features if each.categories]
    found = []
    if gaps:
        found.append(
            f"Missing numbers, in {_named(gaps)}, become the training set's median; another input says where "
            "they were missing."
        )
    if kinds:
        n_inputs = sum(each.n_inputs for each in kinds)
        has_missing = any(each.has_missing for each in kinds)
        missing = "; a missing value is a category of its own" if has_missing else ""
        found.append(
            f"Categories, in {_named([each.name for each in kinds])}, become "
            f"{counted(n_inputs, 'input')} of 0 or 1, one for each category{missing}."
        )
    if together:
        found.append(f"Rare categories were put together: {_named(together, 'column')}.")
    if gaps or kinds:
        found.append(f"The networks have {counted(sum(each.n_inputs for each in features), 'input')}.")
    return found


def _named(names: list[str], noun: str = "column") -> str:
    """A few names, or how many there are."""
    return listed(names) if len(names) <= MOST_NAMED else counted(len(names), noun)
