"""JSON from strangers, and JSON that people can read.

Each check gives the value as it is used, or raises ValueError with what is allowed and what was given.
"""

import json
import math
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alternatives.state import shortened

LARGEST_FILE = 5_000_000
"""Bytes of a file. A larger one is refused before anything is read."""
MOST_LISTS = 100_000
"""Lists and objects of a file: what is read takes far more memory than its text if it has more."""
MOST_DIGITS = 1_000
"""Digits of a whole number. Python reads no more than 4,300, and says so in its own words."""
LARGEST = 1e100
"""Largest absolute value of a number: its square is finite."""


def parsed(text: str | bytes) -> Any:
    """What a JSON text says. ValueError for any other."""
    if not isinstance(text, str | bytes):
        raise ValueError(f"it must be a text, got {shortened(text)}")
    if len(text) > LARGEST_FILE:
        raise ValueError(f"it may have at most {LARGEST_FILE / 1e6:g} MB, and has {len(text) / 1e6:.1f}")
    try:
        text = text if isinstance(text, str) else text.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("its text must be UTF-8") from None
    n_lists = text.count("[") + text.count("{")
    if n_lists > MOST_LISTS:
        raise ValueError(f"it may have at most {MOST_LISTS:,} lists and objects, and has {n_lists:,}")
    try:
        return json.loads(
            text, object_pairs_hook=_with_names_once, parse_int=_whole_number, parse_constant=_no_number
        )
    except RecursionError:
        raise ValueError("its lists and objects are too deep in each other") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"it must be JSON: {error}") from None


def written(value: Any, indent: str = "") -> str:
    """A value as JSON with a line for each item; a list of numbers or found is one line."""
    deeper = f"{indent} "
    if isinstance(value, dict) and value:
        items = [f"{_scalar(key)}: {written(held, deeper)}" for key, held in value.items()]
    elif isinstance(value, list) and any(isinstance(each, list | dict) for each in value):
        items = [written(each, deeper) for each in value]
    else:
        return _scalar(value)
    opened, closed = "{}" if isinstance(value, dict) else "[]"
    lines = f",\n{deeper}".join(items)
    return f"{opened}\n{deeper}{lines}\n{indent}{closed}"


def listed(array: ArrayLike) -> list[Any]:
    """An array as lists, with None for what isn't finite."""
    held = np.asarray(array)
    found = held.astype(object)
    found[~np.isfinite(held)] = None
    return list(found.tolist())


def mapping(
    value: Any, what: str, required: Collection[str], optional: Collection[str] = ()
) -> dict[str, Any]:
    """An object with all of the required names, and no others but the optional."""
    if not isinstance(value, dict):
        raise ValueError(f"{what} must be an object; got {quoted(value)}")
    if missing := [name for name in required if name not in value]:
        raise ValueError(f"{what} must have {', '.join(missing)}")
    if unknown := [name for name in value if name not in required and name not in optional]:
        allowed = ", ".join([*required, *optional])
        raise ValueError(f"{what} may have {allowed}; got {shortened(', '.join(unknown))}")
    return value


def items(value: Any, what: str, most: int) -> list[Any]:
    """A list of at most so many items."""
    if not isinstance(value, list) or len(value) > most:
        raise ValueError(f"{what} must be a list of at most {most}; got {quoted(value)}")
    return value


def text(value: Any, what: str) -> str:
    """A text."""
    if not isinstance(value, str):
        raise ValueError(f"{what} must be a text; got {quoted(value)}")
    return value


def texts(value: Any, what: str) -> dict[str, str]:
    """An object whose values are texts."""
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
        raise ValueError(f"{what} must be an object of texts; got {quoted(value)}")
    return value


def numbers(
    value: Any, shape: Sequence[int], what: str, low: float = -LARGEST, high: float = LARGEST
) -> NDArray[np.float64]:
    """Numbers in lists of a shape, NaN for null."""
    every = _of_shape(value, shape, what)
    for each in every:
        if each is not None and (type(each) not in (int, float) or not low <= each <= high):
            raise ValueError(f"{what} must be numbers from {low:g} to {high:g}, or null; got {quoted(each)}")
    return np.array([math.nan if each is None else float(each) for each in every]).reshape(shape)


def whole_numbers(value: Any, shape: Sequence[int], what: str, low: int, high: int) -> NDArray[np.int64]:
    """Whole numbers in lists of a shape."""
    every = _of_shape(value, shape, what)
    for each in every:
        if type(each) is not int or not low <= each <= high:
            raise ValueError(f"{what} must be whole numbers from {low} to {high:,}; got {quoted(each)}")
    return np.array(every, np.int64).reshape(shape)


def answers(value: Any, shape: Sequence[int], what: str) -> NDArray[np.bool_]:
    """True and false in lists of a shape."""
    every = _of_shape(value, shape, what)
    for each in every:
        if type(each) is not bool:
            raise ValueError(f"{what} must be true or false; got {quoted(each)}")
    return np.array(every, bool).reshape(shape)


def quoted(value: Any) -> str:
    """What was given, for an error; lists and objects by their sizes, for they may be large and deep."""
    if isinstance(value, list):
        return f"a list of {len(value):,}"
    return f"an object with {len(value):,} names" if isinstance(value, dict) else shortened(value)


def _of_shape(value: Any, shape: Sequence[int], what: str) -> list[Any]:
    """The items of lists of lists, one after the other."""
    found = [value]
    for size in shape:
        if not all(isinstance(each, list) and len(each) == size for each in found):
            raise ValueError(f"{what} must be lists of the shape {' × '.join(map(str, shape))}")
        found = [item for each in found for item in each]
    return found


def _scalar(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _with_names_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise ValueError(f"an object may have each name once, got {shortened(twice)} twice")
    return found


def _whole_number(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise ValueError(f"numbers may have at most {MOST_DIGITS:,} digits, got {len(digits):,}")
    return int(digits)


def _no_number(constant: str) -> Any:
    raise ValueError(f"numbers must be finite, got {constant}")
