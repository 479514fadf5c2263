"""The Python script that gives the numbers again, with calls of the library alone.

It is code that other people run, so what strangers write stands in it as quoted texts alone: no name and no
note can begin a statement, end a comment, or say which encoding the file has.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from alternatives.datasets import Own
from alternatives.datasets.files import File
from alternatives.experiments import ClassCounts, Comparison
from alternatives.experiments.inside import HELD_AS, Inside
from alternatives.exports.exports import Provenance, file_name
from alternatives.sessions import Pin, Session
from alternatives.sessions.naming import unused
from alternatives.shape import Shape
from alternatives.state import Linked

WIDTH = 88
"""Characters of a line that needs no break: what most formatters have."""

IMPORTS: dict[str, str] = {
    "Comparison": "alternatives",
    "Attention": "alternatives.experiments",
    "ByWidth": "alternatives.experiments",
    "ClassCounts": "alternatives.experiments",
    "Gate": "alternatives.experiments",
    "Hidden": "alternatives.experiments",
    "Beside": "alternatives.sessions.beside",
    "Shape": "alternatives.shape",
}
"""The modules that names in scripts are imported from."""

OF_OWN_FILES = [
    "",
    "# Files of one's own are read from the folder in which this is run. In their names here an _",
    "# may stand for a blank or another sign: write the name that your file has.",
]


@dataclasses.dataclass(frozen=True)
class Piece:
    """Lines of a script, with the names that they use and the states that they are about."""

    lines: Sequence[str]
    states: Sequence[Linked]
    names: Sequence[str] = ()


def of_state(state: Linked, name: str, provenance: Provenance) -> str:
    """The script of what one page shows."""
    return _script(_piece(state, file_name(name)), provenance)


def of_session(session: Session, provenance: Provenance, shown: Sequence[Pin] | None = None) -> str:
    """The script of a session: what is pinned, one after the other; then the comparisons beside each other.

    Only the comparisons that are shown together stand beside each other, by default all: which they are
    decides about the intervals.
    """
    pieces: list[Piece] = []
    files: list[str] = []
    shown = session.pins if shown is None else shown
    compared = [pin for pin in shown if isinstance(pin.state, Comparison)]
    if len(compared) < 2:
        compared = []
    for pin in session.pins:
        files.append(unused(file_name(pin.name), files))  # different names may make the same file's name
        piece = _piece(pin.state, files[-1])
        said = [f"print({_text(pin.name)})"] + ([f"print({_text(pin.note)})"] if pin.note else [])
        if pin in compared:
            piece = dataclasses.replace(piece, lines=[*piece.lines, f"compared[{_text(pin.name)}] = results"])
        pieces.append(dataclasses.replace(piece, lines=[*said, *piece.lines]))
    if compared:
        pieces = [Piece(["compared = {}"], []), *pieces, _beside(session, compared)]
    lines = [line for index, piece in enumerate(pieces) for line in ([""] * (index > 0) + [*piece.lines])]
    return _script(
        Piece(
            lines,
            [state for piece in pieces for state in piece.states],
            [name for piece in pieces for name in piece.names],
        ),
        provenance,
    )


def _script(piece: Piece, provenance: Provenance) -> str:
    datasets = [getattr(state, "dataset", None) for state in piece.states]
    own_files, own_data = (any(isinstance(each, kind) for each in datasets) for kind in (File, Own))
    names = [*{type(state).__name__ for state in piece.states}, *piece.names]
    lines = {f"from {IMPORTS[name]} import {{}}": list[str]() for name in IMPORTS if name in names}
    for name in sorted(set(names) & set(IMPORTS)):
        lines[f"from {IMPORTS[name]} import {{}}"].append(name)
    imports = [line.format(", ".join(of_module)) for line, of_module in lines.items()]
    imports += ["from alternatives.versions import warn_of_others"]
    if used := ["read"] * own_data + ["register_files"] * own_files:
        imports.append(f"from alternatives.datasets import {', '.join(used)}")
    imports.sort(key=lambda line: line.split()[1])
    parts = [
        '"""Gives the numbers of a page of Softmax alternatives again.',
        "",
        "Made by its dashboard. It needs softmax-alternatives: pip install it, or put this file",
        "into its folder. With the same versions on the same kind of processor every digit is",
        "the same.",
        '"""',
        "",
        *(["import pandas as pd", ""] if "pd" in piece.names else []),
        *imports,
        "",
        *_assigned("LINK", provenance.link),
        *_assigned("MADE_ON", provenance.made),
        *_assigned("MADE_WITH", dict(provenance.versions)),
        "",
        "warn_of_others(MADE_WITH)",
        *(["register_files()  # the data set is a file in the folder data"] if own_files else []),
        *(OF_OWN_FILES if own_data else []),
        "",
        *piece.lines,
    ]
    return "\n".join(parts) + "\n"


def _piece(state: Linked, stem: str) -> Piece:
    if isinstance(state, Inside):
        return _of_inside(state, stem)
    if isinstance(state, Shape):
        return _of_shape(state, stem)
    if isinstance(state, Comparison | ClassCounts):
        name = "comparison"
        return Piece([*_made(name, state), *_run(name, stem)], [state])
    raise TypeError(f"there is no script of a {state.noun}")


def _beside(session: Session, compared: Sequence[Pin]) -> Piece:
    """What the page says of the comparisons together, and its table."""
    names = [pin.name for pin in compared]
    keys = [pin.key for pin in compared]
    arguments = {
        "states": "[compared[name].experiment for name in names]",
        "results": "[compared[name] for name in names]",
        "reference": str(keys.index(session.reference) if session.reference in keys else 0),
        "names": "names",
    }
    lines = [
        f"names = {_list(names)}",
        *_call("beside = Beside", arguments),
        "print(beside.finding)",
        "print(beside.frame.to_string())",
        'beside.frame.to_csv("side-by-side.csv", index=False)',
    ]
    return Piece(lines, [], ["Beside"])


def _run(name: str, stem: str) -> list[str]:
    return [
        f"results = {name}.run()",
        "print(results.finding)",
        "print(results.summary.to_string())",
        *_called("results.measures.to_csv", f"{stem}-measures.csv", index=False),
    ]


def _of_inside(inside: Inside, stem: str) -> Piece:
    experiment = getattr(inside, HELD_AS[inside.part])
    lines = [*_made("experiment", experiment), *_run("experiment", stem)]
    if inside.part != "hidden layers":
        return Piece(lines, [experiment])
    for number, by_width in enumerate(inside.by_width, 1):
        lines += [
            "",
            *_made("by_width", by_width),
            "widths = by_width.run()",
            "print(widths.frame.to_string())",
            *_called("widths.frame.to_csv", f"{stem}-by-width-{number}.csv", index=False),
        ]
    return Piece(lines, [experiment, *inside.by_width])


def _of_shape(shape: Shape, stem: str) -> Piece:
    lines = [
        *_made("shape", shape),
        "print(shape.finding)",
        "at_target = pd.DataFrame(shape.at_target, index=shape.head_names)",
        "probabilities = pd.DataFrame(shape.probabilities, index=shape.head_names)",
        "gradients = pd.DataFrame(shape.gradients, index=shape.head_names)",
        "for frame in (at_target, probabilities, gradients):",
        "    print(frame.to_string())",
        *_called("probabilities.to_csv", f"{stem}-probabilities.csv", index_label="head"),
    ]
    return Piece(lines, [shape], ["pd"])


def _made(name: str, state: Linked) -> list[str]:
    """A statement that makes a state, with the fields that aren't at their default."""
    return _call(
        f"{name} = {type(state).__name__}", {field: _code(getattr(state, field)) for field in _own(state)}
    )


def _own(state: Linked) -> list[str]:
    """The fields without which the state would be another."""
    names, link = state.names(), state.to_link()
    return [field for field in state.fields() if names[field] in link]


def _call(target: str, arguments: Mapping[str, str]) -> list[str]:
    line = f"{target}({', '.join(f'{name}={code}' for name, code in arguments.items())})"
    if len(line) <= WIDTH:
        return [line]
    return [f"{target}(", *(f"    {name}={code}," for name, code in arguments.items()), ")"]


def _called(target: str, text: str, **arguments: Any) -> list[str]:
    more = [f"{name}={_code(value)}" for name, value in arguments.items()]
    line = f"{target}({', '.join([_text(text), *more])})"
    return [line] if len(line) <= WIDTH else [f"{target}(", f"    {_text(text)}, {', '.join(more)}", ")"]


def _assigned(name: str, value: str | Mapping[str, str]) -> list[str]:
    if isinstance(value, str):
        return [f"{name} = {_text(value)}"]
    return [f"{name} = {{", *(f"    {_text(key)}: {_text(text)}," for key, text in value.items()), "}"]


def _code(value: Any) -> str:
    """A field's value as an expression: numbers to their last digit, heads and data sets by their texts."""
    if isinstance(value, tuple):
        if all(isinstance(each, int | float) for each in value):
            return f"({', '.join(map(repr, value))}{',' * (len(value) == 1)})"
        return _list(value)
    if value is None or isinstance(value, bool | int | float):
        return repr(value)
    if isinstance(value, Own):
        decisions = f", decisions={_text(value.decisions)}" if value.decisions else ""
        return f"read({_text(value.name)}{decisions}, checksum={_text(value.checksum)})"
    return _text(str(value))


def _list(values: Sequence[Any]) -> str:
    return f"[{', '.join(_text(str(value)) for value in values)}]"


def _text(text: str) -> str:
    """A text as a literal, in double quotes where it needs none inside; nothing can end it."""
    literal = repr(text)
    return (
        f'"{literal[1:-1]}"' if literal[0] == "'" and '"' not in literal and "\\" not in literal else literal
    )
