"""A session as a file: JSON with a version, and with results where they are wanted.

Settings have the names and texts that they have in links. Results let somebody look at a comparison on data
that they don't have, or that are others under the same name here: a file says what tells these apart. It is
read as any stranger's: whatever it is, it gives a session or a ValueError.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from alternatives.datasets import Dataset, DatasetUnavailable, Elsewhere, elsewhere
from alternatives.experiments import Comparison
from alternatives.experiments.comparison import ComparisonResults
from alternatives.sessions import plain, reading
from alternatives.sessions.pin import MOST_PINS, Pin
from alternatives.sessions.results import NAMES, OPTIONAL, of_plain, to_plain
from alternatives.sessions.session import Session
from alternatives.state import shortened
from alternatives.versions import Made

DATA = Comparison.names()["dataset"]
CONTENTS = "contents of the data"
MARK = re.compile("[0-9a-f]{0,64}")
MADE, DAY, VERSIONS = "made", "day", "versions"
"""When and with which versions the results of a pin were computed. Older files don't say it."""
MOST_VERSIONS = 20
SHORT = re.compile(r"[A-Za-z0-9._+!-]{1,40}")
"""Names of packages, and their versions."""
UNKNOWN = "0"
"""What stands for the contents of data that can't be read: no data have this."""

FORMAT = "softmax-alternatives session"
VERSION = 1


def written(session: Session, results: Mapping[str, ComparisonResults] | None = None) -> str:
    """The text of a session's file, with the results of pins by their keys.

    ValueError for results of another comparison than the pin's, or if the file would be too large to read.
    """
    pins = [_plain_pin(pin, (results or {}).get(pin.key)) for pin in session.pins]
    head = {"format": FORMAT, "version": VERSION, "reference": session.place + 1, "pins": pins}
    text = plain.written(head)
    if len(text.encode()) > plain.LARGEST_FILE:
        raise ValueError(
            f"a session file may have at most {plain.LARGEST_FILE / 1e6:g} MB, and would have "
            f"{len(text.encode()) / 1e6:.1f}: leave out the results of some pins"
        )
    return text


def read(text: str | bytes) -> tuple[Session, dict[str, ComparisonResults] | None]:
    """The session of a file, and results by the keys of its pins; None if it has none.

    ValueError with a sentence for anything that `written` doesn't write.
    """
    try:
        return _read(text)
    except ValueError as error:
        raise ValueError(f"this can't be read as a session file: {error}") from None


def _read(text: str | bytes) -> tuple[Session, dict[str, ComparisonResults] | None]:
    given = plain.parsed(text)
    if not isinstance(given, dict) or given.get("format") != FORMAT:
        raise ValueError(f'it must be a JSON object with "format": "{FORMAT}"')
    version = given.get("version")
    if type(version) is not int or version != VERSION:
        later = " (a later version of this program may have written it)" if type(version) is int else ""
        raise ValueError(f"its version must be {VERSION}, got {plain.quoted(version)}{later}")
    held = plain.mapping(given, "it", ("format", "version", "pins"), ("reference",))
    results = {}
    pins: list[Pin] = []
    for number, each in enumerate(plain.items(held["pins"], "pins", MOST_PINS), 1):
        try:
            pin, found = _pin(each)
        except ValueError as error:
            raise ValueError(f"pin {number}: {error}") from None
        pins.append(pin)
        if found is not None:
            results[pin.key] = found
    place = plain.whole_numbers(held.get("reference", 1), (), "reference", 1, max(len(pins), 1))
    return Session(tuple(pins), pins[int(place) - 1].key if pins else ""), results or None


def _plain_pin(pin: Pin, results: ComparisonResults | None) -> dict[str, Any]:
    settings = pin.state.texts()
    held: dict[str, Any] = {"name": pin.name, "kind": pin.kind, "note": pin.note, "settings": settings}
    if results is not None:
        state = pin.state
        if not isinstance(state, Comparison) or results.experiment.trained_alike != state.trained_alike:
            raise ValueError(f"the results of {shortened(pin.name)} must be those of its own comparison")
        dataset = state.dataset
        if isinstance(dataset, Elsewhere):  # under the name that it has where it is
            held["settings"] = settings | {DATA: dataset.original}
        contents = _contents(dataset)
        held["results"] = ({CONTENTS: contents} if contents else {}) | to_plain(results)
        made = results.made or Made.here()
        if made != Made():
            held[MADE] = {DAY: made.day, VERSIONS: dict(made.versions)}
    return held


def _contents(dataset: Dataset) -> str:
    """What tells a data set's samples from others under its name; empty where the name does."""
    try:
        return dataset.contents
    except DatasetUnavailable:
        return UNKNOWN


def _pin(given: Any) -> tuple[Pin, ComparisonResults | None]:
    held = plain.mapping(given, "a pin", ("name", "kind", "settings"), ("note", "results", MADE))
    name, kind, note = (plain.text(held.get(key, ""), key) for key in ("name", "kind", "note"))
    settings = plain.texts(held["settings"], "settings")
    own = held.get("results")
    if own is None:
        return _read_pin(name, kind, note, settings), None
    if kind != "compare":
        raise ValueError(f"only pins of the kind compare have results, got {shortened(kind)}")
    results = dict(plain.mapping(own, "results", NAMES, (CONTENTS, *OPTIONAL)))
    contents = plain.text(results.pop(CONTENTS, ""), CONTENTS)
    if not MARK.fullmatch(contents):
        raise ValueError(
            f"{CONTENTS} must be at most 64 digits and letters a to f; got {shortened(contents)}"
        )
    if DATA not in settings:  # the results would pass as those of the default data set
        raise ValueError(f"the settings of a pin with results must have {DATA}")
    made = _made(held.get(MADE))
    dataset = settings.pop(DATA) if reading.missing_dataset(Comparison, settings) else ""
    pin = _read_pin(name, kind, note, settings)
    comparison = pin.state
    assert isinstance(comparison, Comparison)
    if not dataset and (contents == UNKNOWN or contents != _contents(comparison.dataset)):
        dataset = str(comparison.dataset)
    if dataset:
        comparison = comparison.replace(dataset=elsewhere(dataset, contents))
        pin = replace(pin, state=comparison)
    return pin, replace(of_plain(comparison, results), made=made)


def _made(given: Any) -> Made:
    """When and with which versions results were computed, as a file says."""
    if given is None:
        return Made()
    held = plain.mapping(given, MADE, (DAY, VERSIONS))
    day, versions = plain.text(held[DAY], DAY), plain.texts(held[VERSIONS], VERSIONS)
    try:
        day = date.fromisoformat(day).isoformat()
    except ValueError:
        raise ValueError(f"{DAY} must be a date such as 2026-11-30; got {shortened(day)}") from None
    texts = [text for pair in versions.items() for text in pair]
    if len(versions) > MOST_VERSIONS or not all(map(SHORT.fullmatch, texts)):
        raise ValueError(f"{VERSIONS} must be at most {MOST_VERSIONS} short names with a version each")
    return Made(day, versions)


def _read_pin(name: str, kind: str, note: str, settings: Mapping[str, str]) -> Pin:
    pin, problems = reading.read(name, kind, note, settings)
    if pin is None or problems:
        raise ValueError("; ".join(problems))
    return pin
