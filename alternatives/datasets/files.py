"""Data sets in files."""

import csv
import functools
import hashlib
import io
import itertools
import math
import re
import threading
import zipfile
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray

from alternatives.datasets.dataset import (
    DATA,
    DATASETS,
    Dataset,
    DatasetUnavailable,
    Floats,
    Samples,
    version_of,
)
from alternatives.datasets.splitting import check_class_sizes
from alternatives.state.text import folded, number, shortened
from alternatives.wording import spelled

Source: TypeAlias = bytes | str | Path

MAX_BYTES = 64 * 2**20
MAX_ROWS = 100_000
MAX_FEATURES = 5_000
MAX_VALUES = 20_000_000
MAX_CLASSES = 100
MAX_SIZE = 1e30
"""Largest absolute value: its square is finite, and so is its float32 after scaling."""
MAX_NAME = 60
MAX_REASON = 250

NO_DATA_SETS = ("claims.csv",)
"""Files in the folder that hold something else."""

WHOLE = re.compile(r"-?(0|[1-9][0-9]*)(\.0*)?")
"""Texts of a table that are whole numbers."""

CLASS_COLUMNS = ("target", "class", "label")


def from_csv(source: Source, name: str) -> Samples:
    """Read samples from comma-separated values: a path, or a file's contents in UTF-8.

    Each line is a sample. The class is in the column called target, class or label, or else in the last
    column; all other columns are numbers. A first line of names is optional. Commas, semicolons or tabs
    separate the columns. A first column without a name holds row numbers and is left out.

    Classes are in the order of their numbers, or else in alphabetical order. An unsuitable file raises
    DatasetUnavailable with a sentence that calls the file by `name` and says what is wrong and where.
    """
    return _read(_csv_samples, source, name)


def from_npz(source: Source, name: str) -> Samples:
    """Read samples from a numpy archive of arrays ``X`` and ``targets`` (or ``y``).

    Each row of ``X`` is a sample; with more than two axes it is an image, whose pixels have the same unit.
    The targets are whole numbers or text. All else is as in `from_csv`.
    """
    return _read(_npz_samples, source, name)


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
        read = from_csv if self.path.suffix.lower() == ".csv" else from_npz
        return read(self.path, self.path.name)

    @property
    def contents(self) -> str:
        return _hash(self)

    def __repr__(self) -> str:
        return f"<data set {self.name!r}>"  # all files' classes have the same name

    def __reduce__(self) -> tuple[Callable[[str], Dataset], tuple[str]]:
        return _registered, (self.name,)  # pickle can't find a class that is in no module


@functools.lru_cache(maxsize=256)
def _hash(dataset: Dataset) -> str:
    """Of what a network learns from: two files with the same samples are the same data."""
    samples = dataset.load()
    found = hashlib.sha256(repr((samples.X.shape, samples.X.dtype.str, samples.class_names)).encode())
    found.update(samples.X.data)
    found.update(samples.targets.data)
    return found.hexdigest()


def register_files(folder: Path = DATA) -> tuple[str, ...]:
    """Register each .csv and .npz file in the folder that isn't registered yet; returns the new names.

    A data set is called after the file's stem, or the whole file name if that is taken. Files are read when
    they are used, so a damaged one is listed too and says what is wrong when it is loaded.

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
            usable = path.suffix.lower() in (".csv", ".npz") and path.name not in NO_DATA_SETS
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


def _registered(name: str) -> Dataset:
    return DATASETS[name]


def _free_name(path: Path) -> str:
    """A name that `DATASETS.parse` can read and no other data set has."""
    stem, whole = _plain(path.stem), _plain(path.name)
    candidates = itertools.chain([stem, whole], (f"{whole} {n}" for n in itertools.count(2)))
    taken = {folded(name) for name in DATASETS}
    return next(name for name in candidates if folded(name) not in taken)


def _plain(text: str) -> str:
    """The text without brackets, commas and unprintable characters."""
    return re.sub(r"[^\w.+-]+", " ", text)[:MAX_NAME].strip() or "file"


def _read(reader: Callable[[bytes], Samples], source: Source, name: str) -> Samples:
    try:
        size = len(source) if isinstance(source, bytes) else Path(source).stat().st_size
        if size > MAX_BYTES:
            raise ValueError(f"it may have at most {MAX_BYTES >> 20} MB, and has {size / 2**20:.0f}")
        return reader(source if isinstance(source, bytes) else Path(source).read_bytes())
    except Exception as error:  # a damaged archive can raise anything
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        reason = reason if len(reason) <= MAX_REASON else f"{reason[:MAX_REASON]}…"
        raise DatasetUnavailable(f"The file {_plain(name)} can't be used as a data set: {reason}.") from error


def _csv_samples(contents: bytes) -> Samples:
    rows = _csv_rows(contents)
    line, row = next(rows, (0, None))
    if row is None:
        raise ValueError("it has no samples")
    first = [cell.strip() for cell in row]
    lower = [cell.casefold() for cell in first]
    class_column = next((lower.index(name) for name in CLASS_COLUMNS if name in lower), len(first) - 1)
    columns = [k for k in range(len(first)) if k != class_column]
    has_names = lower[class_column] in CLASS_COLUMNS or not all(_is_number(first[k]) for k in columns)
    if has_names:
        columns = [k for k in columns if k > 0 or first[k]]
    else:
        rows = itertools.chain([(line, row)], rows)
    names = tuple(first[k][:MAX_NAME] if has_names else f"column {k + 1}" for k in columns)

    values, labels, lines = array("d"), [], []  # text takes ten times the memory of numbers
    for line, row in rows:
        try:
            values.extend(number(row[k]) for k in columns)
        except ValueError as error:
            bad = next(k for k in columns if not _is_number(row[k]))
            raise ValueError(
                "all columns but the class must be numbers; "
                f"line {line} has {shortened(row[bad])} in column {shortened(names[columns.index(bad)])}"
            ) from error
        labels.append(row[class_column].strip())
        lines.append(line)
        if not 0 < len(labels[-1]) <= MAX_NAME:
            raise ValueError(
                f"each class must have a name of at most {MAX_NAME} characters; "
                f"line {line} has {shortened(labels[-1])}"
            )
    if not lines:
        raise ValueError("it has no samples")
    _check_shape(len(lines), len(columns))
    X = np.array(values).reshape(len(lines), len(columns))
    # A table doesn't say what is a number. 007, 1e3 and 1_0 are rather names.
    numbers = all(WHOLE.fullmatch(label) for label in set(labels))
    classes = np.array(labels).astype(np.float64) if numbers else np.array(labels)
    return _samples(X, classes, names, one_unit=False, lines=lines)


def _csv_rows(contents: bytes) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of each line that isn't blank. All have the same length."""
    try:
        text = contents.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError("its text must be UTF-8") from error
    first_line = text.lstrip().partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first_line.count))
    length = 0
    filled = (row for row in reader if any(cell.strip() for cell in row))
    for count, row in enumerate(filled):
        length = length or len(row)
        if len(row) != length:
            raise ValueError(
                f"every line must have as many values as the first, {length}; "
                f"line {reader.line_num} has {len(row)}"
            )
        _check_shape(count, length - 1)
        yield reader.line_num, row


def _is_number(text: str) -> bool:
    try:
        number(text)
    except ValueError:
        return False
    return True


def _npz_samples(contents: bytes) -> Samples:
    with zipfile.ZipFile(io.BytesIO(contents)) as archive:
        held = [name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")]
        target_names = [name for name in ("targets", "y") if name in held]
        if "X" not in held or not target_names:
            raise ValueError(
                f"it must hold arrays X and targets (or y), and holds {shortened(', '.join(held) or 'none')}"
            )
        X = _npz_array(archive, "X", "biuf")
        labels = _npz_array(archive, target_names[0], "biufU")
    if X.ndim < 2 or labels.shape != X.shape[:1]:
        shapes = (" × ".join(map(str, array.shape)) or "a single number" for array in (X, labels))
        raise ValueError(
            f"X must have a row for each of the {target_names[0]}; their shapes are {' and '.join(shapes)}"
        )
    rows = X.reshape(len(X), math.prod(X.shape[1:]))
    _check_shape(*rows.shape)
    names = tuple(f"column {k + 1}" for k in range(rows.shape[1]))
    return _samples(rows.astype(np.float64), labels, names, one_unit=X.ndim > 2)


def _npz_array(archive: zipfile.ZipFile, name: str, kinds: str) -> NDArray[Any]:
    """One array of the archive, after its real size is checked against the size it claims."""
    entry = archive.getinfo(f"{name}.npy")
    limit = 8 * MAX_VALUES
    if entry.file_size > limit:
        raise ValueError(f"{name} may have at most {limit // 10**6} MB unpacked")
    stream = io.BytesIO(archive.read(entry))
    version = np.lib.format.read_magic(stream)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"{name} must be a plain array of numbers or text")
    old, new = np.lib.format.read_array_header_1_0, np.lib.format.read_array_header_2_0
    shape, _, dtype = (old if version == (1, 0) else new)(stream)
    if dtype.kind not in kinds:
        raise ValueError(f"{name} must hold numbers{' or text' if 'U' in kinds else ''}, and holds {dtype}")
    if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize > len(stream.getvalue()):
        raise ValueError(f"{name} is cut off")
    stream.seek(0)
    loaded: NDArray[Any] = np.load(stream, allow_pickle=False)
    return loaded


def _samples(
    X: Floats, labels: NDArray[Any], names: tuple[str, ...], one_unit: bool, lines: Sequence[int] = ()
) -> Samples:
    unusable = ~(np.abs(X) <= MAX_SIZE)
    if unusable.any():
        row, column = (int(k) for k in np.argwhere(unusable)[0])
        where = f"line {lines[row]}" if lines else f"row {row + 1}"
        raise ValueError(
            f"numbers must be finite and at most {spelled(MAX_SIZE)} in size; "
            f"{where} has {X[row, column]:g} in column {shortened(names[column])}"
        )
    class_names, targets = _classes(labels)
    check_class_sizes(np.bincount(targets), class_names)
    return Samples(X, targets, class_names, names, one_unit)


def _classes(labels: NDArray[Any]) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Names of the classes and each sample's class: 1 and 1.0 are the same class, "1" and "1.0" aren't."""
    if labels.dtype.kind != "U":
        numbers = labels.astype(np.float64)
        if np.all(np.isfinite(numbers) & (numbers == np.rint(numbers)) & (np.abs(numbers) < 2**53)):
            labels = numbers.astype(np.int64)
    if labels.dtype.kind == "f":
        raise ValueError("the targets must be whole numbers or text")
    values, targets = np.unique(labels, return_inverse=True)
    if not 2 <= len(values) <= MAX_CLASSES:
        raise ValueError(f"it must have from 2 to {MAX_CLASSES} classes, and has {len(values)}")
    names = tuple(str(value).strip() for value in values)
    for name in names:
        if not 0 < len(name) <= MAX_NAME or not name.isprintable() or names.count(name) > 1:
            raise ValueError(
                f"each class must have a name of its own with at most {MAX_NAME} characters, "
                f"got {shortened(name)}"
            )
    return names, targets.astype(np.int64)


def _check_shape(n_rows: int, n_features: int) -> None:
    allowed = {
        "samples": (n_rows, MAX_ROWS),
        "columns of numbers": (n_features, MAX_FEATURES),
        "numbers in all": (n_rows * n_features, MAX_VALUES),
    }
    for what, (count, largest) in allowed.items():
        if count > largest:
            raise ValueError(f"it may have at most {largest:,} {what}, and has {count:,} or more")
    if n_features < 1:
        raise ValueError("it must have at least one column of numbers besides the class")


register_files()
