"""Names of columns and files: what strangers wrote, made printable, short and different from each other."""

from collections.abc import Iterable

LONGEST_NAME = 60


def printable(text: str, length: int = LONGEST_NAME) -> str:
    """The text in one line, without characters that print nothing or turn writing round, cut where long."""
    start = text[: 20 * length]  # a name may be as long as a file
    shown = " ".join("".join(c if c.isprintable() else " " for c in start).split())
    return shown if len(shown) <= length else f"{shown[: length - 1].rstrip()}…"


def column_names(texts: Iterable[str]) -> list[str]:
    """A name for each column: "column 3" where it has none, and "a (2)" where another is called "a"."""
    first = [printable(text) or f"column {k + 1}" for k, text in enumerate(texts)]
    given, taken = set(first), set[str]()
    counts: dict[str, int] = {}
    names = []
    for name in first:
        unique = name
        while unique in taken or (unique != name and unique in given):
            counts[name] = counts.get(name, 1) + 1
            ending = f" ({counts[name]})"
            unique = printable(name, LONGEST_NAME - len(ending)) + ending
        taken.add(unique)
        names.append(unique)
    return names
