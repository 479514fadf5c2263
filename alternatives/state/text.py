"""How texts from links, the command line and error messages are read and written."""

import re
import unicodedata

SPACES = str.maketrans("-–_·", "    ")
"""Characters of names that a keyboard or a link may lack, or that people put where a space is."""

INVISIBLE = {"Cc", "Cs", "Zl", "Zp"}
"""Kinds of characters that a line of text doesn't have: control characters, line ends, half characters."""
BLANK = {*"\u115f\u1160\u2800\u3164\uffa0"}
"""Letters and signs that look like a blank. Others have the category Cf or Zs."""
TURNING = {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}
"""Characters that turn the direction of what follows, beyond the end of the text."""

LONGEST_TEXT = 2_000
"""Characters that a field's text may have. Strangers send much longer ones, and parsing takes time."""


def not_too_long(text: str, what: str, most: int = LONGEST_TEXT) -> str:
    """The text; ValueError if it's longer than any that means something."""
    if len(text) > most:
        raise ValueError(f"{what} may have at most {most:,} characters, got {len(text):,}: {shortened(text)}")
    return text


def shortened(value: object, length: int = 60) -> str:
    """What was given, quoted for an error message, and cut where it is long.

    What has no text that would tell a reader anything, such as an array, is named by what it is.
    """
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple) and shape:
        return f"an array of shape {shape}"
    if isinstance(value, type):
        return f"the class {value.__qualname__}"
    try:
        text = value if isinstance(value, str) else str(value)
    except ValueError:  # Python writes no whole numbers of more than 4,300 digits
        return "a very long number"
    if not isinstance(value, str) and re.search(r" at 0x[0-9a-f]+", text):
        return f"an object of the class {type(value).__qualname__}"
    quoted = repr(text[: length + 1])
    return quoted if len(quoted) <= length else f"{quoted[: length - 2]}…{quoted[0]}"


def number(text: str) -> float:
    """The number that a text says in decimal digits; ValueError for any other text.

    Python's float takes digits of other scripts and ``1_0`` as well, which people may mean as names.
    """
    if not text.isascii() or "_" in text:
        raise ValueError(f"no number: {shortened(text)}")
    return float(text)


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


def is_line(text: str, longest: int) -> bool:
    """Whether a text is one line of at most so many characters, at least one of which can be seen."""
    return len(text) <= longest and any(map(_is_visible, text)) and not any(map(is_odd, text))


def is_odd(character: str) -> bool:
    """Whether a character isn't one that people write."""
    return unicodedata.category(character) in INVISIBLE or unicodedata.bidirectional(character) in TURNING


def _is_visible(character: str) -> bool:
    """Whether there is something to see. A line may have others too: emoji and scripts are joined by them."""
    return unicodedata.category(character) not in ("Cf", "Zs") and character not in BLANK
