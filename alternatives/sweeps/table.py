"""The table of a sweep: a row for every network, in a Parquet file, and what is done so far beside it."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

import pandas as pd

from alternatives.experiments import Comparison, ComparisonResults
from alternatives.state import shortened
from alternatives.versions import versions
from alternatives.writing import whole_file

KEY = "comparison"
"""Column with a comparison's `key`, which says to which one a row belongs."""


def key(comparison: Comparison) -> str:
    """What tells a comparison from all others: its fields, also those at their default."""
    return json.dumps(comparison.texts(), sort_keys=True, ensure_ascii=False)


def rows(results: ComparisonResults) -> pd.DataFrame:
    """A row for every head and seed: the comparison's fields, how the network was trained, and all measures.

    Columns: comparison, the fields by their names in links, head, seed, learning_rate_used, epochs_used,
    diverged, training_seconds (of one core), a column for each measure, and the versions.
    """
    comparison = results.experiment
    measured = results.measures.pivot_table(
        index=["head", "seed"], columns="measure", values="value", sort=False, dropna=False
    )
    runs = results.runs.rename(columns={"learning_rate": "learning_rate_used", "epochs": "epochs_used"})
    frame = runs.merge(measured.reset_index(), on=["head", "seed"], how="left")
    fields = {name: text for name, text in comparison.texts().items() if name not in frame.columns}
    first = pd.DataFrame({KEY: key(comparison), **fields}, index=frame.index)
    last = pd.DataFrame({"versions": json.dumps(versions())}, index=frame.index)
    return pd.concat([first, frame, last], axis=1)


class Table:
    """The file, and a folder beside it with a part for every comparison that is done.

    A part is written whole or not at all, under a name that follows from its comparison: it can't be counted
    twice. When all are there they become the file, and the folder goes. Tables of another format or of other
    rows are subclasses.
    """

    key_column: ClassVar[str] = KEY
    row: ClassVar[tuple[str, ...]] = ("head", "seed")
    """Columns that tell the rows of a comparison apart."""

    def __init__(self, path: Path) -> None:
        self.path, self.folder = path, path.with_name(f"{path.name}.parts")

    def done(self, comparisons: Iterable[Comparison]) -> set[Comparison]:
        """Those whose results are there; OSError or ValueError where the file can't be read."""
        there = set(self._read(self.path)[self.key_column]) if self.path.exists() else set()
        return {each for each in comparisons if self.key(each) in there or self._part(each).exists()}

    def key(self, comparison: Comparison) -> str:
        """What tells a comparison from all others."""
        return key(comparison)

    def keep(self, comparison: Comparison, frame: pd.DataFrame) -> None:
        """Write the part of one comparison."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with whole_file(self._part(comparison)) as stream:
            frame.to_parquet(stream, index=False)

    def finish(self, comparisons: Iterable[Comparison]) -> pd.DataFrame:
        """Write the file: the rows of these comparisons, in their order, then what else it had.

        Where there are none at all, nothing is written. ValueError where the file has the same columns with
        other kinds of values; the parts stay then.
        """
        frames = [self._read(self.path)] if self.path.exists() else []
        frames += [self._read(part) for part in sorted(self.folder.glob("*.parquet"))]
        if not frames:
            return pd.DataFrame(columns=[self.key_column, *self.row])
        known = pd.concat(frames, ignore_index=True).drop_duplicates([self.key_column, *self.row])
        order = {self.key(each): place for place, each in enumerate(comparisons)}
        places = known[self.key_column].map(order).fillna(len(order))
        whole = known.iloc[places.argsort(kind="stable")].reset_index(drop=True)
        try:
            self.write(whole)
        except TypeError as error:  # as Arrow says it
            raise ValueError(
                f"{shortened(str(self.path))} is the table of another version, with other kinds of values: "
                f"choose a new file ({error.args[-1]})"
            ) from None
        for part in self.folder.glob("*.parquet"):
            part.unlink()
        if self.folder.is_dir():
            self.folder.rmdir()
        return whole

    def _part(self, comparison: Comparison) -> Path:
        return self.folder / f"{hashlib.sha256(self.key(comparison).encode()).hexdigest()[:32]}.parquet"

    def write(self, frame: pd.DataFrame) -> None:
        """Write the file."""
        with whole_file(self.path) as stream:
            # What pandas and Arrow would add about the columns is half of a small table's file.
            frame.to_parquet(stream, index=False, write_statistics=False, store_schema=False)

    def _read(self, path: Path) -> pd.DataFrame:
        try:
            # pyarrow reads each number as it was written, to the last digit.
            is_csv = path.suffix == ".csv"
            frame = pd.read_csv(path, engine="pyarrow") if is_csv else pd.read_parquet(path)
        except (OSError, ValueError) as error:
            raise ValueError(f"{shortened(str(path))} must be the table of a sweep: {error}") from None
        if missing := [name for name in (self.key_column, *self.row) if name not in frame]:
            raise ValueError(f"{shortened(str(path))} must be the table of a sweep: no column {missing[0]}")
        return frame
