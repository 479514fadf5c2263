"""The functions that a head is computed with, as source text in names that all frameworks share."""

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from alternatives.heads import Head, LinkedHead, NormalisedHead

Functions = Mapping[str, str]
"""The source of each function by its name."""

NORMALISED = """
def probabilities(logits):
    return softmax(log_scores(logits))


def losses(logits, target):
    return -take(log_softmax(log_scores(logits)), target)


def gradients(logits, target):
    return slopes(logits) * (probabilities(logits) - target)
"""
"""What follows from a normalised head's score."""

OF_METHODS = {"log_scores": "log_score", "slopes": "slope"}
"""The methods that are translated where a normalised head doesn't say how it computes."""


def functions(head: Head) -> Functions:
    """All functions of a head; ValueError if it says none and they can't be read from its methods."""
    found: dict[str, str] = {}
    if isinstance(head, NormalisedHead):
        found |= _split(NORMALISED)
    if isinstance(head, LinkedHead):
        found |= functions(head.link)
    for cls in reversed(type(head).__mro__):
        found |= _split(vars(cls).get("portable", ""))
    if isinstance(head, NormalisedHead):
        for name, method in OF_METHODS.items():
            if name not in found:
                found[name] = _translated(getattr(type(head), method), name, head)
    missing = [name for name in ("probabilities", "losses", "gradients") if name not in found]
    if missing:
        raise ValueError(f"{head.name} doesn't say how other frameworks compute it: its `portable` is empty")
    return found


def note_on(head: Head) -> str:
    """What a head says about its functions in a docstring at their beginning."""
    return inspect.cleandoc(ast.get_docstring(ast.parse(vars(type(head)).get("portable", ""))) or "")


def used(found: Functions, roots: Sequence[str]) -> Functions:
    """Those functions that the roots need, each after what it calls."""
    ordered: dict[str, str] = {}

    def visit(name: str) -> None:
        for called in sorted(called_in(found[name]) & set(found) - {name}):
            if called not in ordered:
                visit(called)
        ordered.setdefault(name, found[name])

    for root in roots:
        visit(root)
    return ordered


def called_in(source: str) -> set[str]:
    """The names of what a function calls."""
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return {call.func.id for call in calls if isinstance(call.func, ast.Name)}


def constants(found: Functions, head: Head) -> Mapping[str, Any]:
    """The values of the capitals that functions use: fields and attributes of the head, or of its link."""
    names = {
        node.id
        for source in found.values()
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Name) and node.id.isupper()
    }
    holders = [head, head.link] if isinstance(head, LinkedHead) else [head]
    values: dict[str, Any] = {}
    for name in sorted(names):
        holder = next((each for each in holders if hasattr(each, name.lower())), None)
        if holder is None:
            raise ValueError(f"{head.name} has no {name.lower()}, which its `portable` calls {name}")
        values[name] = getattr(holder, name.lower())
    return values


def _split(source: str) -> dict[str, str]:
    """The functions of a text by name."""
    lines = source.splitlines()
    return {
        node.name: "\n".join(lines[node.lineno - 1 : node.end_lineno])
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef)
    }


def _translated(method: Callable[..., Any], name: str, head: Head) -> str:
    """A method that is written with numpy as a function of the logits."""
    unknown = (
        f"{head.name} can't be translated: its `{method.__name__}` {{}}. "
        "Say in its `portable` how it computes, as alternatives/heads/scores.py does"
    )
    try:
        source = textwrap.dedent(inspect.getsource(method))
    except OSError:
        raise ValueError(unknown.format("has no source code in a file")) from None
    (node,) = ast.parse(source).body
    assert isinstance(node, ast.FunctionDef)
    statements = node.body[1:] if ast.get_docstring(node) else node.body
    body = "\n".join(source.splitlines()[statements[0].lineno - 1 : node.end_lineno])
    body = re.sub(r"\bnp\.(?=\w+\()", "", body)
    body = re.sub(r"\bself\.([a-z]\w*)\b(?!\()", lambda match: match[1].upper(), body)
    if re.search(r"\b(self|np)\b", body):
        raise ValueError(unknown.format("uses more than its hyper-parameters and functions of numpy"))
    argument = node.args.args[1].arg
    return f"def {name}({argument}):\n{textwrap.indent(textwrap.dedent(body), '    ')}"
