"""What was understood of a table, in sentences."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from alternatives.wording import listed, sentence

if TYPE_CHECKING:
    from alternatives.tables.understanding import Column, Understood

MOST_NAMES = 6
"""Columns or classes that a sentence names; a longer list is nobody's reading."""

PLURALS = {"class": "classes", "category": "categories"}


def notes(understood: "Understood", together: str) -> tuple[str, ...]:
    """The report, a sentence each; `together` is the name of the class of all rare ones."""
    return tuple(
        sentence(each)
        for each in (
            *understood.table.notes,
            _size(understood),
            _class(understood),
            _without_label(understood),
            *_rare(understood, together),
            _used(understood.columns),
            *_left_out(understood.columns),
            *_remarks(understood.columns),
            _missing(understood),
        )
        if each
    )


def _size(understood: "Understood") -> str:
    rows, columns = understood.table.frame.shape
    header = (
        "" if understood.table.has_header else "; it has no header, so columns are called by their number"
    )
    return f"The table has {count(rows, 'row')} and {count(columns, 'column')}{header}."


def _class(understood: "Understood") -> str:
    smallest, largest = min(understood.sizes.values()), max(understood.sizes.values())
    each = f"{smallest:,} to {largest:,}" if smallest < largest else f"{smallest:,}"
    return (
        f"The class is the column “{understood.target.name}”, because {understood.target_because}: "
        f"{count(understood.n_classes, 'class')} with {each} samples each."
    )


def _without_label(understood: "Understood") -> str:
    n = understood.n_without_label
    have, are = ("has", "is") if n == 1 else ("have", "are")
    return f"{count(n, 'row')} {have} no class and {are} left out." if n else ""


def _rare(understood: "Understood", together: str) -> Iterable[str]:
    if not understood.rare:
        return
    sizes = {name: understood.sizes[name] for name in understood.rare}
    n = len(sizes)
    have, are = ("has", "is") if n == 1 else ("have", "are")
    what = f"{count(n, 'class')} {have} fewer than 5 samples: {sizes_in_words(sizes)}."
    if together:
        yield f"{what} They are put together as the class “{together}”."
    elif understood.decisions.rare == "together":
        yield f"{what} Even together they are fewer than 5, so {'it' if n == 1 else 'they'} {are} left out."
    else:
        yield f"{what} {'It' if n == 1 else 'They'} {are} left out."


def _used(columns: Iterable["Column"]) -> str:
    kinds = Counter[str](column.kind for column in columns if column.is_used)
    total = sum(kinds.values())
    order = [kind for kind in ("number", "category", "date") if kinds[kind]]
    if len(order) == 1:
        of = (
            "all numbers"
            if order == ["number"]
            else "all categories"
            if order == ["category"]
            else "all dates"
        )
        return f"{count(total, 'feature')}, {of}." if total > 1 else f"One feature, a {order[0]}."
    return f"{count(total, 'feature')}: {listed(count(kinds[kind], kind) for kind in order)}."


def _left_out(columns: Iterable["Column"]) -> Iterable[str]:
    reasons: dict[str, list[str]] = {}
    for column in columns:
        if not column.is_used:
            reasons.setdefault(column.why, []).append(column.name)
    for why, names in reasons.items():
        if len(names) == 1:
            yield f"The column {_names(names)} is left out: {why}."
        else:
            yield f"{count(len(names), 'column')} are left out, {_names(names)}, each because {why}."


def _remarks(columns: Iterable["Column"]) -> Iterable[str]:
    remarks: dict[str, list[str]] = {}
    for column in columns:
        if column.is_used and column.why:
            remarks.setdefault(column.why, []).append(column.name)
    for why, names in remarks.items():
        yield f"Used, but have a look at {_names(names)}: {why}."


def _missing(understood: "Understood") -> str:
    gaps = {
        column.name: column.n_missing for column in understood.columns if column.is_used and column.n_missing
    }
    if not gaps:
        return "No value of a feature is missing."
    total = sum(gaps.values())
    are = "is" if total == 1 else "are"
    if len(gaps) == 1:
        return f"{count(total, 'value')} {are} missing, {'all ' * (total > 1)}in “{next(iter(gaps))}”."
    names = [f"{n:,} in “{name}”" for name, n in sorted(gaps.items(), key=lambda gap: -gap[1])[:MOST_NAMES]]
    others = len(gaps) - len(names)
    where = listed([*names, *([f"the others in {count(others, 'more column')}"] if others else [])])
    return f"{count(total, 'value')} {are} missing: {where}."


def sizes_in_words(sizes: Mapping[str, int]) -> str:
    """Classes with their sizes, the first ones: “cat” (3) and “dog” (1)."""
    shown = [f"“{name}” ({size:,})" for name, size in list(sizes.items())[:MOST_NAMES]]
    return listed([*shown, *_more(len(sizes))])


def _names(names: list[str]) -> str:
    return listed([*(f"“{name}”" for name in names[:MOST_NAMES]), *_more(len(names))])


def _more(n: int) -> list[str]:
    return [f"{n - MOST_NAMES:,} more"] if n > MOST_NAMES else []


def count(n: int, noun: str) -> str:
    """A number with its noun: one row, 1,234 rows."""
    *before, last = noun.split(" ")
    plural = " ".join([*before, PLURALS.get(last, f"{last}s")])
    return f"one {noun}" if n == 1 else f"{n:,} {plural}"
