r"""A session as the parameters of a link: each setting once, for all pins or with a value for each.

    pin=digits&pin=digits, 20 % label noise&pin=iris&seeds=40&label_noise=~0.2~&dataset=~~iris

Each pin says its name. A setting has one value for all pins that have this setting, or a value for each pin
with ``~`` between; an empty one is the default. In the same way "kind" says of which page the pins are, if
not of *Compare*, and "note" has their notes. "reference" is the reference's place, if it isn't the first. In
a value ``\-`` stands for ``~``, ``\\`` for ``\``, and ``\2`` alone for the value of the second pin.
"""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from urllib.parse import parse_qs

from alternatives.datasets import is_elsewhere
from alternatives.sessions import naming, reading
from alternatives.sessions.pin import KINDS, MOST_PINS, Pin
from alternatives.state import Range, link_too_long, shortened
from alternatives.state.linked import LONGEST_LINK, TRACKERS

Parameters = Mapping[str, str | Sequence[str]]

BETWEEN = "~"
OWN = ("kind", "note", "reference")
SHARED = "session"
"""The parameter of short links, to sessions that a server keeps."""
IS_SHARED = (
    "this is the short link to a session that a server keeps: open it in a browser, "
    "and copy the session's own link there, or save it as a file"
)
FIRST_KIND = next(iter(KINDS))
SHORT = 8
"""Up to so many characters a value is said again where a pin has that of an earlier one."""
AS_EARLIER = re.compile(r"\\([0-9]{1,2})")
MOST_PROBLEMS = 6
"""Sentences about one link; of more, it is said how many there are."""
LONGEST_ENCODED = 12 * LONGEST_LINK
"""A character takes up to four bytes, and each of them three characters of a link."""


def parameters(pins: Sequence[Pin], reference: int) -> dict[str, str | list[str]]:
    """The parameters of pins and of the place of their reference, from 0.

    ValueError if they have too many characters for a link, or if a pin's data aren't here.
    """
    for pin in pins:
        if is_elsewhere(pin.state):
            what = f"no link shows {shortened(pin.name)}: its data aren't here, only its results"
            raise ValueError(f"{what}; pass the session on as a file")
    links = [pin.state.to_link() for pin in pins]
    names = dict.fromkeys(name for link in links for name in link)
    columns = {"kind": [pin.kind.replace(FIRST_KIND, "") for pin in pins], "note": [pin.note for pin in pins]}
    columns |= {name: [link.get(name, "") for link in links] for name in names}

    found: dict[str, str | list[str]] = {"pin": [pin.name for pin in pins]} if pins else {}
    if reference:
        found["reference"] = str(reference + 1)
    for name, values in columns.items():
        of = [value for value, pin in zip(values, pins, strict=True) if _has(pin.kind, name)]
        if any(of):
            found[name] = _escaped(of[0]) if len(set(of)) == 1 else BETWEEN.join(_said_once(values))
    if too_long := link_too_long(found):
        raise ValueError(
            f"{too_long}: shorten the notes, or pass the session on as a file or by a short link"
        )
    return found


def parsed(text: str) -> dict[str, list[str]]:
    """The parameters of a query string, or of an address that has one. ValueError for anything else."""
    if not isinstance(text, str):
        raise ValueError(f"a link must be a text, got {shortened(text)}")
    if len(text) > LONGEST_ENCODED:
        raise ValueError(f"a link may have at most {LONGEST_LINK:,} characters, got {len(text):,}")
    text = text.strip()
    before, mark, query = text.partition("?")
    if re.match(r"[a-z]+://|[/?]", text, re.IGNORECASE) or (mark and "=" not in before):
        text = query.partition("#")[0]
    try:
        return parse_qs(text, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise ValueError("a link must be text in UTF-8") from None


def read(given: Parameters, others: Collection[str] = ()) -> tuple[tuple[Pin, ...], int, tuple[str, ...]]:
    """The pins of a link's parameters, the place of their reference, and what couldn't be used, in sentences.

    Never raises; `alternatives.sessions.reading` says what becomes of pins that can't be read in full.
    Parameters with the names `others` are passed over.
    """
    if too_long := link_too_long(given):
        return (), 0, (too_long,)
    texts = {name: [text] if isinstance(text, str) else [*map(str, text)] for name, text in given.items()}
    texts = {name: each for name, each in texts.items() if each and name not in others}
    rows, place, problems = _rows(texts)
    names = texts.get("pin", [])
    if SHARED in texts:
        problems = [IS_SHARED]
    if len(rows) > MOST_PINS:
        problems.append(
            f"a session may have at most {MOST_PINS} pins, got {len(rows)}: the others are left out"
        )
    pins: dict[int, Pin] = {}
    found = []
    for index, row in enumerate(rows[:MOST_PINS]):
        pin, own = reading.read(row.pop("pin"), row.pop("kind"), row.pop("note"), row)
        if pin is not None:
            name = naming.unused(pin.name, [each.name for each in pins.values()])
            if name != pin.name and names[index]:
                own += (f"each pin must have a name of its own, got {shortened(pin.name)} twice",)
            pins[index] = replace(pin, name=name)
        found.append(own)
    problems += _with_names(names, found)
    more = len(problems) - MOST_PROBLEMS
    if more > 0:
        problems[MOST_PROBLEMS:] = [f"and {more} more"]
    return tuple(pins.values()), [*pins].index(place) if place in pins else 0, tuple(problems)


def _rows(given: Mapping[str, list[str]]) -> tuple[list[dict[str, str]], int, list[str]]:
    """The texts of each pin by name, the place of the reference, and what couldn't be used."""
    names = given.get("pin", [])
    problems: list[str] = []

    def once(name: str, default: str = "") -> str:
        first, *more = given.get(name, [default])
        if more:
            problems.append(f"{name} may be said once; the first, {shortened(first)}, counts")
        return first

    def column(name: str) -> list[str]:
        parts, values = once(name).split(BETWEEN), [""]
        if len(parts) not in (1, len(names)):
            allowed = f"one value, or one for each of {len(names)} pins"
            problems.append(f"{name} must have {allowed}; got {len(parts)}")
            return values
        for part in parts:
            earlier = AS_EARLIER.fullmatch(part)
            place = int(earlier[1]) if earlier else 0
            if earlier and not 0 < place < len(values):
                problems.append(f"{name} refers to pin {place}, which isn't an earlier one")
                place = 0
            values.append(values[place] if earlier else _unescaped(part))
        return values[1:]

    def for_each(values: list[str]) -> list[str]:
        return values if len(values) == len(names) else values * len(names)

    own = zip(names, for_each(column("kind")), for_each(column("note")), strict=True)
    rows = [{"pin": name, "kind": kind or FIRST_KIND, "note": note} for name, kind, note in own]
    unknown = []
    for name in given:
        if name == "pin" or (name in OWN and rows):
            continue
        having = [row for row in rows if _has(row["kind"], name)]
        if having:
            values = column(name)
            for row, value in zip(having if len(values) == 1 else rows, for_each(values), strict=False):
                if value:
                    row[name] = value
        elif not TRACKERS.fullmatch(name):
            unknown.append(name)
    if unknown:
        what = shortened(", ".join(unknown))
        problems.append(f"there is no setting {what}" if rows else f"there is no pin that {what} would be of")
    place = 0
    if rows:
        try:
            place = Range(1, len(rows), "", whole=True).parse(once("reference", "1"), "reference") - 1
        except ValueError as error:
            problems.append(str(error))
    return rows, place, problems


def _with_names(names: Sequence[str], found: Sequence[Sequence[str]]) -> list[str]:
    """The problems of pins: one that all have by itself, others with the names of their pins."""
    counts = Counter(problem for own in found for problem in own)
    every = [
        problem
        if counts[problem] == len(found) or f"got {shortened(name)}" in problem
        else f"{shortened(name)}: {problem}"
        for name, own in zip(names, found, strict=False)
        for problem in own
    ]
    return list(dict.fromkeys(every))


def _has(kind: str, name: str) -> bool:
    """Whether pins of a kind have a parameter of that name."""
    return name in OWN or (kind in KINDS and name in KINDS[kind].names().values())


def _said_once(values: Sequence[str]) -> list[str]:
    """The values, a long one only where it is first."""
    return [
        f"\\{values.index(value) + 1}" if len(value) > SHORT and value in values[:index] else _escaped(value)
        for index, value in enumerate(values)
    ]


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace(BETWEEN, "\\-")


def _unescaped(value: str) -> str:
    return re.sub(r"\\(.)", lambda match: BETWEEN if match[1] == "-" else match[1], value, flags=re.DOTALL)
