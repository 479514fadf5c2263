"""Texts as dates, where they can mean one date only."""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

TIME = r"(?: [0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)?"

MICROSECONDS = 24 * 60 * 60 * 1_000_000
"""Of a day."""

ISO = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)

FORMS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"[0-9]{4}/[0-9]{1,2}/[0-9]{1,2}", ("%Y/%m/%d",)),
    (r"[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}", ("%d.%m.%Y",)),
    (r"[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}", ("%d/%m/%Y", "%m/%d/%Y")),
    (r"[0-9]{1,2}-[0-9]{1,2}-[0-9]{4}", ("%d-%m-%Y", "%m-%d-%Y")),
    (r"[0-9]{1,2} [A-Za-z]{3} [0-9]{4}", ("%d %b %Y",)),
    (r"[0-9]{1,2}-[A-Za-z]{3}-[0-9]{4}", ("%d-%b-%Y",)),
    (r"[0-9]{1,2} [A-Za-z]{3,9} [0-9]{4}", ("%d %B %Y",)),
    (r"[A-Za-z]{3} [0-9]{1,2}, [0-9]{4}", ("%b %d, %Y",)),
    (r"[A-Za-z]{3,9} [0-9]{1,2}, [0-9]{4}", ("%B %d, %Y",)),
)
"""Forms that dates have, and how each may be read; the first way is that of most countries."""


@dataclass(frozen=True, eq=False)
class Days:
    """Dates as days since 1970."""

    days: NDArray[np.float64]
    ambiguous: bool = False
    """Whether day and month could change places."""

    @property
    def remark(self) -> str:
        return (
            "its dates could be read day first or month first; read as dates, they are day first"
            * self.ambiguous
        )


def days(texts: tuple[str, ...], even_if_ambiguous: bool = False) -> Days | None:
    """The dates that these texts are; None unless all of them are dates of one form."""
    if not texts or not any(mark in texts[0] for mark in "-/. "):
        return None
    if ISO.fullmatch(texts[0]):
        if not all(map(ISO.fullmatch, texts)):
            return None
        return _read(texts, ("ISO8601",))
    for form, ways in FORMS:
        with_time = re.compile(form + TIME)
        if with_time.fullmatch(texts[0]) and all(map(with_time.fullmatch, texts)):
            found = _read(texts, ways)
            if found is not None:
                return found
    return None


def _read(texts: tuple[str, ...], ways: tuple[str, ...]) -> Days | None:
    found = [each for each in (_in_days(texts, way) for way in ways) if each is not None]
    if not found:
        return None
    return Days(found[0], ambiguous=len(found) > 1 and not np.array_equal(found[0], found[1]))


def _in_days(texts: tuple[str, ...], way: str) -> NDArray[np.float64] | None:
    if way != "ISO8601":
        texts = tuple(text + (" 0:00:00", ":00", "")[text.count(":")] for text in texts)
        way = f"{way} %H:%M:%S"
    stamps = pd.to_datetime(pd.Index(texts), format=way, errors="coerce", utc=True)
    if stamps.isna().any():
        return None
    microseconds = stamps.tz_convert(None).to_numpy().astype("datetime64[us]").astype(np.int64)
    return microseconds / MICROSECONDS
