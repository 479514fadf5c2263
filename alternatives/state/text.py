"""How texts from links, the command line and error messages are read and written."""

import re

SPACES = str.maketrans("-–_·", "    ")
"""Characters of names that a keyboard or a link may lack, or that people put where a space is."""


LONGEST_TEXT = 2_000
"""Characters that a field's text may have. Strangers send much longer ones, and parsing takes time."""


def not_too_long(text: str, what: str, most: int = LONGEST_TEXT) -> str:
    """The text; ValueError if it's longer than any that means something."""
    if len(text) > most:
        raise ValueError(f"{what} may have at most {most:,} characters, got {len(text):,}: {shortened(text)}")
    return text


def shortened(text: object, length: int = 60) -> str:
    """A text quoted for an error message, cut where somebody sent a long one."""
    quoted = repr(str(text)[: length + 1])
    return quoted if len(quoted) <= length else f"{quoted[: length - 1]}…"


def folded(name: str) -> str:
    """A name as it is compared: case doesn't count, and ``-``, ``–``, ``_`` and ``·`` count as a space."""
    return " ".join(name.translate(SPACES).split()).casefold()


def split(text: str) -> list[str]:
    """The parts between the commas outside brackets, without empty ones."""
    parts, start, depth = [], 0, 0
    for match in re.finditer("[(),]", text):
        depth += {"(": 1, ")": -1, ",": 0}[match[0]]
        if match[0] == "," and depth <= 0:
            parts.append(text[start : match.start()])
            start = match.end()
    return [part for part in (*parts, text[start:]) if part.strip()]


def label(name: str) -> str:
    """The name of a field or parameter as a control's label: "n_classes" is "Classes"."""
    return name.removeprefix("n_").replace("_", " ").capitalize()
