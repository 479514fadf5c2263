"""Reads the table of a sweep, which may be a stranger's file: checked, and made ready to be asked."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from alternatives.datasets import Own
from alternatives.experiments import Comparison
from alternatives.measures import MEASURES, TEMPERATURE_SCALED
from alternatives.state import shortened
from alternatives.state.text import is_line
from alternatives.sweeps.table import KEY
from alternatives.tables import OWN_MACHINE, BadTable, Bounds
from alternatives.tables.names import printable
from alternatives.tables.opening import contents_of
from alternatives.tables.parquet import read_parquet
from alternatives.wording import typed

NEEDED = (KEY, "dataset", "head", "seed", "diverged")
"""Columns that every table of a sweep has."""
BESIDE = ("dataset", "baseline", "question", "margin", "margin_nats")
"""Fields of a comparison that aren't settings: the data set, and what is concluded from the runs."""
MOST_HEADS = 20
LONGEST_NAME = 100
"""Characters of a head's name."""
MAGIC = b"PAR1"
"""What a Parquet file begins with."""

RANKED = tuple(
    name + end
    for end in ("", TEMPERATURE_SCALED)
    for name, each in MEASURES.items()
    if each.better in ("higher", "lower") and (each.scaled or not end)
)
"""Measures of which one way is better: those by which heads can be ranked."""
SHOWN = tuple(dict.fromkeys((*RANKED, "confidence minus accuracy")))
"""Those and others that are read, where the table has them."""


@dataclass(frozen=True, eq=False)
class Swept:
    """The table of a sweep, a row for every network.

    Attributes
    ----------
    name : str
        The file's.
    checksum : str
        The first 16 hexadecimal digits of the SHA-256 of its bytes.
    rows : DataFrame
        Columns comparison, dataset, block, head, seed, diverged, the settings as texts, and the measures.
        `block` is the data set without its parameters: what counts once.
    versions : tuple of str
        The versions that the rows were made with, each a JSON object; empty where the table doesn't say.
    """

    name: str
    checksum: str
    rows: pd.DataFrame
    versions: tuple[str, ...] = ()

    @cached_property
    def heads(self) -> tuple[str, ...]:
        """All heads, as they come first in the table."""
        return tuple(dict.fromkeys(self.rows["head"]))

    @cached_property
    def measures(self) -> tuple[str, ...]:
        """The measures by which heads can be ranked."""
        return tuple(name for name in RANKED if name in self.rows)

    @cached_property
    def varied(self) -> dict[str, tuple[str, ...]]:
        """Settings with more than one value, and their values in order: the data set first, if it varies."""
        names = [name for name in Comparison.names().values() if name not in BESIDE and name in self.rows]
        found = {name: in_order(self.rows[name].unique().tolist()) for name in ["dataset", *names]}
        return {name: values for name, values in found.items() if len(values) > 1}

    @cached_property
    def n_comparisons(self) -> int:
        """How many comparisons it has."""
        return int(self.rows[KEY].nunique())


def read(source: bytes, name: str, bounds: Bounds = OWN_MACHINE) -> Swept:
    """Read the table that ``sweep`` wrote.

    Parameters
    ----------
    source : bytes
        The contents of the file.
    name : str
        What it is called.
    bounds : Bounds
        The most that it may have.

    Raises
    ------
    BadTable
        For anything else: a sentence that says what is wrong. Nothing large is unpacked to find out.
    """
    contents = contents_of(source, bounds)
    if not contents.startswith(MAGIC):
        raise BadTable("It isn't a Parquet file, which is what the command sweep writes.")
    frame = read_parquet(contents, bounds).frame
    if missing := [column for column in NEEDED if column not in frame]:
        raise BadTable(
            f"It has no column {missing[0]}, and every table of a sweep has one: is it another file?"
        )
    measures = [each for each in SHOWN if each in frame]
    if not set(measures) & set(RANKED):
        raise BadTable(f"It has no measure by which heads can be ranked, such as {RANKED[0]}.")
    checksum = hashlib.sha256(contents).hexdigest()[:16]
    rows = _checked(frame, measures)
    versions = tuple(frame["versions"].dropna().astype(str).unique()) if "versions" in frame else ()
    return Swept(printable(re.split(r"[/\\]", name)[-1]), checksum, rows, versions)


def _checked(frame: pd.DataFrame, measures: Sequence[str]) -> pd.DataFrame:
    settings = [name for name in Comparison.names().values() if name not in BESIDE and name in frame]
    texts = {name: _texts(frame, name) for name in (KEY, "dataset", "head", *settings)}
    heads = list(dict.fromkeys(texts["head"]))
    if len(heads) > MOST_HEADS:
        raise BadTable(f"It may have at most {MOST_HEADS} heads, and has {len(heads):,}.")
    if odd := [head for head in heads if not is_line(head, LONGEST_NAME)]:
        raise BadTable(
            f"A head's name must be a line of at most {LONGEST_NAME} characters; got {shortened(odd[0])}."
        )
    numbers = {name: _numbers(frame, name) for name in ("seed", *measures)}
    if not np.isfinite(numbers["seed"]).all():
        raise BadTable("The column seed must have a number in every row.")
    diverged = _texts(frame, "diverged")
    if not set(diverged) <= {"True", "False"}:
        raise BadTable("The column diverged must be true or false in every row.")
    blocks = {text: block_of(text) for text in dict.fromkeys(texts["dataset"])}
    rows = pd.DataFrame(
        texts
        | {"block": [blocks[text] for text in texts["dataset"]], "diverged": np.array(diverged) == "True"}
        | numbers
    )
    if rows.duplicated([KEY, "head", "seed"]).any():
        raise BadTable("It has a network twice: the same comparison, head and seed.")
    return rows


def _texts(frame: pd.DataFrame, name: str) -> list[str]:
    """A column as texts: a tool may have written numbers as such."""
    column = frame[name]
    if column.isna().any():
        row = int(column.isna().argmax()) + 1
        raise BadTable(f"The column {name} must have a value in every row; row {row:,} has none.")
    return [typed(each) if isinstance(each, float) else str(each) for each in column.tolist()]


def _numbers(frame: pd.DataFrame, name: str) -> np.ndarray:
    if frame[name].dtype != np.float64:
        if frame[name].isna().all():  # nothing but gaps
            return np.full(len(frame), np.nan)
        raise BadTable(f"The column {name} must have numbers, and has texts.")
    return frame[name].to_numpy(np.float64)


def block_of(dataset: str) -> str:
    """A data set without its parameters: circles with more noise aren't another data set."""
    try:
        own = Own.from_text(dataset)
    except ValueError:
        own = None
    return own.name if own is not None else dataset.partition("(")[0].strip() or dataset


def in_order(values: Sequence[str]) -> tuple[str, ...]:
    """Numbers by their size, anything else as it comes, behind them."""
    numbers = {text: _number(text) for text in values}
    return tuple(sorted(values, key=lambda text: (np.isnan(numbers[text]), np.nan_to_num(numbers[text]))))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return np.nan


def written(value: str) -> str:
    """A setting's value as a reader has it: 0 for 0.0."""
    number = _number(value)
    return typed(number) if np.isfinite(number) else value
