"""How one decision about a table changes: what a person says on a page, as `Decisions`.

A decision that says what was guessed anyway is none: so going back to the guess gives the first link again.
"""

import re
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from alternatives.tables.bounds import OWN_MACHINE
from alternatives.tables.class_column import class_column
from alternatives.tables.columns import all_cells, is_as_guessed
from alternatives.tables.decisions import Decisions
from alternatives.tables.table import BadTable, Table
from alternatives.tables.understanding import Column, Understood


def left_out(understood: Understood, columns: Collection[int]) -> Decisions:
    """Leave out exactly these columns, by their numbers: of all but the class's."""
    decisions = understood.decisions
    out, taken = {*decisions.out}, {*decisions.taken}
    for column in understood.columns:
        number = column.number
        if number in columns and column.is_used:
            taken.discard(number)
            if number not in decisions.taken:  # it goes by itself then
                out.add(number)
        elif number not in columns and not column.is_used:
            out.discard(number)
            if number not in decisions.out:
                taken.add(number)
    return replace(decisions, out=tuple(out), taken=tuple(taken))


def of_kind(understood: Understood, kind: str, columns: Collection[int]) -> Decisions:
    """Have exactly these of the used columns be of a kind, "category" or "date".

    A column can also be one of dates that was left out as one of texts.
    """
    decisions = understood.decisions
    kinds = dict(decisions.kinds)
    for column in understood.columns:
        is_told = column.is_used or (column.number in columns and column in possible(understood, kind))
        if not is_told or (column.kind == kind) == (column.number in columns):
            continue
        if column.number in columns:
            kinds[column.number] = kind
        elif kinds.get(column.number) == kind:
            del kinds[column.number]
        else:
            kinds[column.number] = "number" if kind == "category" else "category"
    return replace(decisions, kinds=kinds)


def with_target(decisions: Decisions, column: int) -> Decisions:
    """Have another column be the class. What was decided about it as a feature goes."""
    return replace(
        decisions,
        target=column,
        out=tuple(each for each in decisions.out if each != column),
        taken=tuple(each for each in decisions.taken if each != column),
    )


def needed(table: Table, decisions: Decisions) -> Decisions:
    """The decisions without a class or kinds of columns that are guessed anyway."""
    n_columns = table.frame.shape[1]
    kinds = {
        column: kind
        for column, kind in decisions.kinds.items()
        if column > n_columns or not is_as_guessed(table, decisions, column)
    }
    decisions = replace(decisions, kinds=kinds)
    if decisions.target is None:
        return decisions
    guess = replace(decisions, target=None)
    try:
        found = class_column(table, all_cells(table, guess), guess, None, OWN_MACHINE)
    except BadTable:
        return decisions
    return guess if found.cells.number == decisions.target else decisions


def columns_of(decisions: Decisions, what: str) -> tuple[int, ...]:
    """The columns of a decision: those that are "out" or "taken", or said to be of a kind."""
    if what in ("out", "taken"):
        found: tuple[int, ...] = getattr(decisions, what)
        return found
    return tuple(column for column, kind in decisions.kinds.items() if kind == what)


def with_columns(decisions: Decisions, what: str, columns: Collection[int]) -> Decisions:
    """Have exactly these be the columns of a decision: for a table that can't be understood without it."""
    if what in ("out", "taken"):
        other = {"out": "taken", "taken": "out"}[what]
        rest = tuple(each for each in getattr(decisions, other) if each not in columns)
        changes: dict[str, Any] = {what: tuple(columns), other: rest}
        return replace(decisions, **changes)
    others = {column: kind for column, kind in decisions.kinds.items() if kind != what}
    return replace(decisions, kinds=others | dict.fromkeys(columns, what))


def with_missing(decisions: Decisions, texts: str) -> Decisions:
    """Have these texts, with commas or semicolons between them, mean a missing value.

    A comma between digits, as in -9,5, is a decimal one. ValueError as for `Decisions`.
    """
    parts = re.split(";" if ";" in texts else r",(?!\d)|(?<!\d),", texts)
    return replace(decisions, missing=tuple(filter(None, (each.strip() for each in parts))))


def missing_of(decisions: Decisions) -> str:
    """The texts that mean a missing value as `with_missing` takes them."""
    return ("; " if any("," in each for each in decisions.missing) else ", ").join(decisions.missing)


def possible(understood: Understood, kind: str) -> list[Column]:
    """The columns that can be said to be of a kind; for dates also those left out as names or numbers."""
    return [
        column
        for column in understood.columns
        if column.is_used
        or (
            kind == "date" != column.kind
            and column.n_values > 1
            and column.number not in understood.decisions.out
        )
    ]
