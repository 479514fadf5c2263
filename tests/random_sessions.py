"""Random sessions, and what strangers make of their links and files."""

import os
import random
import re
import string
from collections.abc import Callable
from typing import Any, TypeVar

from alternatives.experiments.inside import Inside
from alternatives.sessions import KINDS, Pin, Session
from alternatives.sessions.pin import LONGEST_NAME, LONGEST_NOTE, State
from alternatives.state import Choice, Field, Numbers, Range, RegistryField, Several, YesNo

T = TypeVar("T")

SHARE = float(os.environ.get("ALTERNATIVES_TEST_SHARE_OF_MUTATIONS", "0.1"))
"""The share of 10,000 mutated links and of 2,000 mutated files that tests read."""

ODD = "&=;~+%\"'\\#?/,()[]{}<>*_`$|:^ é–ß中ع👩🏽‍🔬\u0301\u00a0\ufeff"
PIECES = ("\\-", "\\\\", "~~", "%26", "&amp;", "<b>", "](javascript:0)", "\\1", "+", "\\2~")


def value(chance: random.Random, allowed: Field) -> Any:
    """A value that a field may hold."""
    match allowed:
        case Range():
            return _number(chance, allowed)
        case YesNo():
            return chance.random() < 0.5
        case Choice():
            return chance.choice([*allowed.options()])
        case RegistryField():
            thing = chance.choice([*allowed.registry.values()])
            changed = [name for name in thing.ranges() if chance.random() < 0.5]
            return type(thing)(**{name: _number(chance, thing.ranges()[name]) for name in changed})
        case Several():
            options = [*allowed.one.options()]
            names = chance.sample(options, chance.randint(1, len(options)))
            if isinstance(allowed.one, Choice):
                return names
            things = (allowed.one.registry[name] for name in names)
            return [
                type(thing)(**{name: _number(chance, held) for name, held in thing.ranges().items()})
                if chance.random() < 0.3
                else thing
                for thing in things
            ]
        case Numbers():
            return [
                _number(chance, allowed.number) for _ in range(chance.randint(allowed.fewest, allowed.most))
            ]
    raise TypeError(allowed)


def _number(chance: random.Random, allowed: Range) -> Any:
    if allowed.none and chance.random() < 0.5:
        return None
    if allowed.whole or allowed.step:
        step = allowed.step or 1
        return allowed.low + step * chance.randint(0, round((allowed.high - allowed.low) / step))
    return chance.choice([allowed.low, allowed.high, chance.uniform(allowed.low, allowed.high)])


def state(chance: random.Random) -> State:
    """A state of any kind, with some fields changed."""
    kind = chance.choice([*KINDS.values()])
    found: State = kind()
    if isinstance(found, Inside):
        found = Inside(chance.choice(["hidden layers", "attention", "gate"]))
    for name in chance.sample([*kind.fields()], chance.randint(0, 5)):
        try:
            found = found.replace(**{name: value(chance, kind.fields()[name])})
        except ValueError:  # what is allowed depends on other fields
            continue
    return found


def text(chance: random.Random, longest: int, lines: bool = False) -> str:
    """A text of letters and of characters that mean something elsewhere."""
    pool = [*string.ascii_letters, *(3 * ODD), *PIECES, *("\n\t" if lines else "")]
    return "".join(chance.choices(pool, k=chance.randint(1, longest)))[:longest]


def session(chance: random.Random, most: int = 6) -> Session:
    """A session with any reference."""
    found = Session()
    for _ in range(chance.randint(0, most)):
        name = text(chance, chance.choice([3, LONGEST_NAME])).strip()
        name = name if re.search(r"[^\s\ufeff\u200d]", name) else "a"  # something that can be seen
        note = text(chance, 40 if chance.random() < 0.9 else LONGEST_NOTE, lines=True)
        found = found.put(Pin(name, state(chance), note if chance.random() < 0.3 else ""))
    return found.with_reference(chance.choice(found.pins).key) if found.pins else found


def mutated(chance: random.Random, given: str) -> str:
    """The text with some of it flipped, cut, doubled, exchanged, or replaced by what is huge or deep."""
    found = given
    for _ in range(chance.choice([1, 1, 2, 5])):
        start, end = sorted(chance.choices(range(len(found) + 1), k=2))
        end = min(end, start + chance.choice([1, 3, 30, 10_000]))
        piece = found[start:end]
        new = chance.choice(
            [
                "",
                piece + piece,
                piece[::-1],
                chr(chance.choice([0, 9, 10, 34, 38, 39, 61, 92, 126, 127, 0x2028, 0x202E, 0xD800, 0x1F600])),
                chance.choice(
                    ["9" * 400, "1e999", "-1", "NaN", "null", "Infinity", "1e-400", "0.5", "true", "9" * 5000]
                ),
                chance.choice(
                    ["[" * 2_000, '{"a":' * 2_000, "[]", "{}", '"', "~" * 50, "\\", "%", "%ff", "&pin=" * 30]
                ),
                _elsewhere(chance, found),
                "".join(chance.choices(string.printable, k=chance.randint(1, 20))),
            ]
        )
        found = found[:start] + new + found[end:]
    if chance.random() < 0.1:
        found = _exchanged(chance, found)
    return found


def _elsewhere(chance: random.Random, given: str) -> str:
    start = chance.randrange(len(given) + 1)
    return given[start : start + chance.randint(1, 200)]


def _exchanged(chance: random.Random, given: str) -> str:
    """With two words exchanged everywhere: keys, names or values."""
    words = sorted(
        {word for word in given.replace('"', " ").replace("&", " ").replace("=", " ").split() if word}
    )
    if len(words) < 2:
        return given
    one, other = chance.sample(words, 2)
    return given.replace(one, "\0").replace(other, one).replace("\0", other)


def read_or_said(function: Callable[[Any], T], given: Any) -> tuple[T | None, str]:
    """What a function gives, and the message of its ValueError; anything else that it raises passes."""
    try:
        return function(given), ""
    except ValueError as error:
        if not str(error):
            raise AssertionError("an error without a sentence") from error
        return None, str(error)
