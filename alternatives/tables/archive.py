"""Archives of numpy's arrays (.npz), with the names that people give them. Nothing is ever unpickled."""

import io
import math
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from tokenize import TokenError
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from alternatives.state.text import shortened
from alternatives.tables.bounds import Bounds
from alternatives.tables.cells import Typed, typed
from alternatives.tables.contents import Contents
from alternatives.tables.delimited import LONGEST_CELL, check_columns, check_rows, framed
from alternatives.tables.names import column_names, printable
from alternatives.tables.opening import PIECE, most_unpacked, too_large_unpacked
from alternatives.tables.table import BadTable

FEATURES = ("x", "data", "features", "images", "inputs", "arr_0")
TARGETS = ("y", "target", "targets", "labels", "label", "t", "classes", "arr_1")
PARTS = ("train", "valid", "val", "test")
"""Parts that are put together, in this order."""
NAMES_OF_CLASSES = ("class_names", "target_names", "label_names")
NAMES_OF_FEATURES = ("feature_names", "column_names", "columns")
MOST_ENTRIES = 1_000
LARGEST_HEADER = 10_000
SAVE_ANEW = "save it anew with numpy.savez_compressed"
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)
"""What Python says of archives that aren't what they say."""
Arrays: TypeAlias = Mapping[str, NDArray[Any]]
Parts: TypeAlias = list[tuple[str, NDArray[Any]]]

KINDS = "biufUS"
"""Types of arrays that are read: truth values, whole numbers, numbers, texts."""


def read_archive(contents: bytes, bounds: Bounds) -> Contents:
    """A table from an .npz file."""
    try:
        with zipfile.ZipFile(io.BytesIO(contents)) as archive:
            return _arranged(_arrays(archive, bounds), bounds)
    except DAMAGED as error:
        if isinstance(error, BadTable):
            raise
        raise BadTable("The archive is damaged: copy it or download it again, or save it anew.") from error


def read_array(contents: bytes, bounds: Bounds) -> Contents:
    """A table from an .npy file: one array, a row a sample."""
    return _arranged({"x": _array("the file", contents)}, bounds)


def _arrays(archive: zipfile.ZipFile, bounds: Bounds) -> dict[str, NDArray[Any]]:
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES:
        raise BadTable(f"The archive may hold at most {MOST_ENTRIES:,} files, and holds {len(entries):,}.")
    wanted = {
        entry.filename.removesuffix(".npy"): entry
        for entry in entries
        if entry.filename.endswith(".npy") and _is_wanted(entry.filename.removesuffix(".npy"))
    }
    if not wanted:
        held = [entry.filename.removesuffix(".npy") for entry in entries if entry.filename.endswith(".npy")]
        if not held:
            raise BadTable("The archive holds no numpy arrays: unpack it, and give the table that is in it.")
        raise BadTable(
            f"It must hold the arrays X and y, and holds {shortened(', '.join(held))}: rename them."
        )
    most = most_unpacked(bounds)
    arrays = {}
    for name, entry in wanted.items():
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise BadTable("The archive is packed in an unknown way: save it with numpy.savez_compressed.")
        pieces, size = [], 0
        with archive.open(entry) as stream:
            while piece := stream.read(PIECE):
                size += len(piece)
                if size > most:
                    raise too_large_unpacked(bounds)
                pieces.append(piece)
        most -= size
        arrays[name] = _array(f"the array {shortened(name)}", b"".join(pieces))
    return arrays


def _is_wanted(name: str) -> bool:
    key = _folded(name)
    parts = [key.removeprefix(part).removesuffix(part) for part in PARTS if part in key]
    return any(
        text in (*FEATURES, *TARGETS, *map(_folded, (*NAMES_OF_CLASSES, *NAMES_OF_FEATURES)))
        for text in (key, *parts)
    )


def _folded(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "") if not name.startswith("arr_") else name


def _array(what: str, contents: bytes) -> NDArray[Any]:
    """One array, after what its header says is compared with the bytes there are."""
    stream = io.BytesIO(contents)
    try:
        version = np.lib.format.read_magic(stream)
        read = (
            np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        )
        if version not in ((1, 0), (2, 0)):
            raise BadTable(f"{what.capitalize()} must be a plain array of numbers or text.")
        shape, _, dtype = read(stream, max_header_size=LARGEST_HEADER)
        size = math.prod(shape) * dtype.itemsize
    except (
        ValueError,
        TypeError,
        SyntaxError,
        TokenError,
        RecursionError,
        MemoryError,
        OverflowError,
        EOFError,
    ) as error:
        if isinstance(error, BadTable):
            raise
        raise BadTable(
            f"The header of {what} can't be read: save it anew with numpy.savez_compressed."
        ) from error
    if dtype.hasobject:
        raise BadTable(
            f"{what.capitalize()} holds Python's objects, which would have to be unpickled, and nothing is: "
            "save text with .astype(str), numbers with .astype(float)."
        )
    if dtype.kind not in KINDS:
        raise BadTable(f"{what.capitalize()} must hold numbers or text, and holds {shortened(str(dtype))}.")
    if min(shape, default=0) < 0 or size != len(contents) - stream.tell():
        raise BadTable(f"{what.capitalize()} is cut off, or its header doesn't fit it: {SAVE_ANEW}.")
    if dtype.itemsize > 4 * LONGEST_CELL:
        raise BadTable(f"{what.capitalize()} has texts of more than {LONGEST_CELL:,} characters.")
    stream.seek(0)
    try:
        loaded: NDArray[Any] = np.load(stream, allow_pickle=False)
    except (ValueError, TypeError, OSError, EOFError, MemoryError) as error:
        raise BadTable(f"{what.capitalize()} can't be read: {SAVE_ANEW}.") from error
    return loaded


def _arranged(arrays: Arrays, bounds: Bounds) -> Contents:
    by_key = {_folded(name): name for name in arrays}
    notes: list[str] = []
    features, targets, target = _parts(by_key, arrays)
    if len(features) > 1:
        notes.append(f"Its parts are put together: {', '.join(part for part, _ in features)}.")
    X = _together([array for _, array in features], "features")
    if X.ndim < 2:
        raise BadTable(
            f"The features must have a row for each sample, and have the shape {_shape(X)}: "
            "save them as (samples, features)."
        )
    is_image = X.ndim > 2
    n_columns = math.prod(X.shape[1:])
    check_rows(len(X), bounds)
    check_columns(n_columns, bounds)
    if not n_columns:
        raise BadTable(f"The features have the shape {_shape(X)}: they have no columns.")
    if is_image:
        notes.append(f"Its samples are images of {' × '.join(map(str, X.shape[1:]))} numbers.")
    names = _texts_of(by_key, arrays, NAMES_OF_FEATURES)
    has_header = len(names) == n_columns
    rows = X.reshape(len(X), n_columns)
    labels: Typed | None = None
    class_names: tuple[str, ...] = ()
    if targets:
        given = _together([array for _, array in targets], "targets")
        labels = _labels(given, len(X), notes)
        class_names = tuple(printable(name) for name in _texts_of(by_key, arrays, NAMES_OF_CLASSES))
        class_names = _fitting(class_names, labels.values, notes)
    texts = [*(names if has_header else [f"column {k + 1}" for k in range(n_columns)])]
    unique = column_names([*texts, target] if labels is not None else texts)
    frame = _frame(rows, unique[:n_columns])
    if labels is None:
        return Contents(frame, has_header, "", (), is_image, tuple(notes))
    frame[unique[-1]] = pd.Series(labels.values, dtype=labels.values.dtype)
    return Contents(frame, has_header, unique[-1], class_names, is_image, tuple(notes))


def _parts(by_key: Mapping[str, str], arrays: Arrays) -> tuple[Parts, Parts, str]:
    """Features and targets, in their parts if they have some, and what the targets are called."""
    X = next((by_key[key] for key in FEATURES if key in by_key), None)
    y = next((by_key[key] for key in TARGETS if key in by_key), None)
    if X is not None:
        return [("all", arrays[X])], [("all", arrays[y])] if y is not None else [], printable(y or "")
    features: Parts = []
    targets: Parts = []
    for part in PARTS:
        X = next(
            (by_key[key] for name in FEATURES for key in (part + name, name + part) if key in by_key), None
        )
        y = next(
            (by_key[key] for name in TARGETS for key in (part + name, name + part) if key in by_key), None
        )
        if X is None and y is None:
            continue
        if X is None or y is None:
            raise BadTable(f"The part {part} must have features and targets, and has one of them only.")
        features.append((part, arrays[X]))
        targets.append((part, arrays[y]))
    if not features:
        raise BadTable(
            f"It must hold the arrays X and y, and holds {shortened(', '.join(arrays))}: rename them."
        )
    return features, targets, "target"


def _together(parts: Sequence[NDArray[Any]], what: str) -> NDArray[Any]:
    if len(parts) == 1:
        return parts[0]
    if len({part.shape[1:] for part in parts}) > 1 or not all(part.ndim for part in parts):
        raise BadTable(
            f"The {what} of all parts must have the same shape but for their first axis; "
            f"they have {' and '.join(map(_shape, parts))}."
        )
    if len({part.dtype.kind in "US" for part in parts}) > 1:
        raise BadTable(f"The {what} of all parts must be of the same type.")
    return np.concatenate(parts)


def _shape(array: NDArray[Any]) -> str:
    return f"({', '.join(map(str, array.shape))})"


def _frame(rows: NDArray[Any], names: Sequence[str]) -> pd.DataFrame:
    if rows.dtype.kind in "US":
        return framed(names, [_typed_texts(column) for column in rows.T])
    _check_finite(rows)
    return pd.DataFrame(rows.astype(np.float64), columns=[*names], copy=False)


def _check_finite(numbers: NDArray[Any]) -> None:
    if numbers.dtype.kind == "f" and np.isinf(numbers).any():
        row, column = (int(k) for k in np.argwhere(np.isinf(numbers))[0])
        raise BadTable(
            f"Row {row + 1:,} has an infinite number in column {column + 1:,}: make it finite or nan."
        )


def _typed_texts(column: NDArray[Any]) -> Typed:
    if column.dtype.kind == "U":
        return typed(pa.array(column.tolist(), pa.string()))
    encoded = pa.array(column.tolist(), pa.binary()).dictionary_encode()  # decoding each cell takes long
    different = [text.decode("utf-8", "replace") for text in encoded.dictionary.to_pylist()]
    return typed(pa.array(different, pa.string()).take(encoded.indices))


def _labels(given: NDArray[Any], n_samples: int, notes: list[str]) -> Typed:
    if given.ndim == 2 and given.shape[1] == 1:
        given = given[:, 0]
    if given.ndim == 2 and len(given) == n_samples and given.dtype.kind in "biuf":
        if not (((given == 0) | (given == 1)).all() and (given.sum(axis=1) == 1).all()):
            raise BadTable(
                f"The targets have the shape {_shape(given)}, and each sample must have one class: "
                "a number, a text, or a single 1 among zeros."
            )
        notes.append("Its targets are one-hot vectors, read as numbers from 0.")
        given = given.argmax(axis=1)
    if given.shape != (n_samples,):
        raise BadTable(
            f"There must be one target for each of the {n_samples:,} samples, "
            f"and the targets have the shape {_shape(given)}."
        )
    if given.dtype.kind == "b":
        return Typed(np.where(given, "True", "False").astype(object))
    if given.dtype.kind in "US":
        return _typed_texts(given)
    _check_finite(given[:, None])
    return Typed(given.astype(np.float64))


def _texts_of(by_key: Mapping[str, str], arrays: Arrays, names: Sequence[str]) -> list[str]:
    found = next((by_key[_folded(name)] for name in names if _folded(name) in by_key), None)
    if found is None or arrays[found].ndim != 1 or arrays[found].dtype.kind not in "US":
        return []
    array = arrays[found]
    return [*(np.strings.decode(array, "utf-8", "replace") if array.dtype.kind == "S" else array).tolist()]


def _fitting(class_names: tuple[str, ...], labels: NDArray[Any], notes: list[str]) -> tuple[str, ...]:
    """The names, if the labels are numbers that count them from 0."""
    if not class_names:
        return ()
    present = labels[~pd.isna(labels)]
    if (
        labels.dtype != np.float64
        or (present != np.rint(present)).any()
        or (len(present) and not 0 <= present.min() <= present.max() < len(class_names))
        or len({*class_names}) < len(class_names)
        or not all(class_names)
    ):
        notes.append("Its names of classes aren't used, for the targets don't count them from 0.")
        return ()
    return class_names
