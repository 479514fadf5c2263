"""Data sets in the files of a folder."""

import functools
import hashlib
import itertools
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from alternatives.datasets.dataset import DATA, DATASETS, Dataset, DatasetUnavailable, Samples, version_of
from alternatives.datasets.own import Source, samples_of, unusable
from alternatives.state.text import folded

ENDINGS = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".arff", ".npz", ".parquet")
"""What the names of files end with that are taken for data sets."""
MAX_NAME = 60

NO_DATA_SETS = ("claims.csv", "paper.csv")
"""Files in the folder that hold something else."""


def from_csv(source: Source, name: str) -> Samples:
    """Read samples from a table of text: a path, or a file's contents.

    Each line is a sample. Which column is the class, and what the others are, is found as
    `alternatives.tables` says; what was found is in the notes of the samples.

    Classes are in the order of their numbers, or else in alphabetical order. An unsuitable file raises
    DatasetUnavailable with a sentence that calls the file by `name` and says what is wrong and where.
    """
    from alternatives.tables import read_table, understand

    try:
        return samples_of(understand(read_table(source, name)))
    except ValueError as error:
        raise unusable(name, error) from error


def from_npz(source: Source, name: str) -> Samples:
    """Read samples from a numpy archive of arrays such as ``X`` and ``y``.

    Each row of ``X`` is a sample; with more than two axes it is an image, whose pixels have the same unit.
    All else is as in `from_csv`: what a file begins with says which form it has.
    """
    return from_csv(source, name)


@dataclass(frozen=True, repr=False)
class File(Dataset):
    """A data set in a file. Each file has a class of its own, made by `register_files`."""

    path: ClassVar[Path]

    def make(self) -> Samples:
        if version_of(self.path) not in (self.version, ""):
            raise DatasetUnavailable(
                f"The file {_plain(self.path.name)} has changed meanwhile: load the page again, or call "
                "register_files."
            )
        # A link in this folder was laid by whoever runs the server; strangers' ones aren't followed.
        return from_csv(self.path.resolve(), self.path.name)

    @property
    def contents(self) -> str:
        return _hash(self)

    def __repr__(self) -> str:
        return f"<data set {str(self)!r}>"  # all files' classes have the same name

    def __reduce__(self) -> tuple[Callable[[str], Dataset], tuple[str]]:
        return _registered, (str(self),)  # pickle can't find a class that is in no module


@functools.lru_cache(maxsize=256)
def _hash(dataset: Dataset) -> str:
    """Of what a network learns from: two files with the same samples are the same data."""
    samples = dataset.load()
    found = hashlib.sha256(repr((samples.X.shape, samples.X.dtype.str, samples.class_names)).encode())
    found.update(samples.X.data)
    found.update(samples.targets.data)
    return found.hexdigest()


def register_files(folder: Path = DATA) -> tuple[str, ...]:
    """Register each table in the folder that isn't registered yet; returns the new names.

    The names of tables end with .csv, .tsv (or either with .gz), .arff, .npz or .parquet. A data set is
    called after the file's name without its ending, or the whole file name if that is taken. Files are read
    when they are used, so a damaged one is listed too and says what is wrong when it is loaded.

    A registered file that has changed since is registered anew under its name, as a data set that equals no
    earlier one: so nothing that was kept of the old one is used any more. One that was removed stays in the
    list, and says so when it is loaded.
    """
    with _registering:
        for dataset in DATASETS.values():
            path = getattr(dataset, "path", None)
            if path is not None and version_of(path) != dataset.version:
                DATASETS.replace(_now(type(dataset)))
        known = {getattr(dataset, "path", None) for dataset in DATASETS.values()}
        names = []
        for path in sorted(folder.glob("[!.]*")):
            usable = path.name.lower().endswith(ENDINGS) and path.name not in NO_DATA_SETS
            if usable and path not in known and path.is_file():
                name = _free_name(path)
                file = _plain(path.name)
                sentence, source = f"Your own data, from the file {file}.", f"data/{file}"
                attributes = {"name": name, "path": path, "sentence": sentence, "source": source}
                DATASETS.register(_now(type("File", (File,), attributes)))
                names.append(name)
        return tuple(names)


_registering = threading.Lock()
"""Every visitor's page looks for new files."""


def _now(cls: type[Dataset]) -> type[Dataset]:
    """A data set's class for the contents that its file has now."""
    declared = next(each for each in cls.__mro__ if "path" in vars(each))  # and no earlier version of it
    return type(cls.__name__, (declared,), {"version": version_of(cls.path)})  # type: ignore[attr-defined]


def _registered(text: str) -> Dataset:
    return DATASETS.parse(text)


def _free_name(path: Path) -> str:
    """A name that `DATASETS.parse` can read and no other data set has."""
    ending = next(each for each in sorted(ENDINGS, key=len, reverse=True) if path.name.lower().endswith(each))
    stem, whole = _plain(path.name[: -len(ending)]), _plain(path.name)
    candidates = itertools.chain([stem, whole], (f"{whole} {n}" for n in itertools.count(2)))
    taken = {folded(name) for name in DATASETS}
    return next(name for name in candidates if folded(name) not in taken)


def _plain(text: str) -> str:
    """The text without brackets, commas and unprintable characters."""
    return re.sub(r"[^\w.+-]+", " ", text)[:MAX_NAME].strip() or "file"
