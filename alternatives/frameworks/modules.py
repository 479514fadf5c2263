"""The whole module of a head for a framework, and of the factored output layer with its loss."""

import re
import textwrap
from collections.abc import Mapping
from string import Template
from typing import Any

from alternatives.frameworks import factored
from alternatives.frameworks.checked import check
from alternatives.frameworks.framework import Framework
from alternatives.frameworks.functions import constants, functions, note_on, used
from alternatives.frameworks.jax_module import JAX
from alternatives.frameworks.keras_module import KERAS
from alternatives.frameworks.numpy_module import NUMPY
from alternatives.frameworks.pytorch_module import PYTORCH
from alternatives.heads import Head
from alternatives.large_output.spherical import spherical
from alternatives.state import Range
from alternatives.versions import VERSION
from alternatives.wording import sentence

FRAMEWORKS: Mapping[str, Framework] = {each.name: each for each in (PYTORCH, JAX, KERAS, NUMPY)}
"""Every framework by its name on the command line."""

WIDTH = 100
"""Characters of the longest line of a docstring."""


def module(head: Head, framework: Framework) -> str:
    """The source of a module that defines `probabilities` and `Loss`, and imports its framework alone.

    ValueError if the head doesn't say how it computes, or if what it says gives other numbers than the
    head itself: the module for NumPy is run before any is handed out.
    """
    check(head, _written(head, NUMPY))
    return _written(head, framework)


def factored_module(head: Head) -> str:
    """The source of an output layer for PyTorch, with a loss of the spherical family, at O(d²) a sample."""
    loss = spherical(head)
    if loss is None:
        raise ValueError(
            f"the factored layer is for losses of the spherical family; {head.name} isn't one of them"
        )
    lines = [f"A factored output layer for PyTorch with the loss of {head}.", "", *factored.ABOUT]
    lines += ["", *_about(head), "", *_made(head, PYTORCH, " --factored")]
    return Template(factored.TEMPLATE).substitute(
        docstring=_docstring(lines), loss=factored.loss_source(loss)
    )


def in_family(head: Head) -> bool:
    """Whether the factored layer can have the head's loss."""
    return spherical(head) is not None


def file_name(head: Head) -> str:
    """The head's name as that of a module."""
    return re.sub(r"\W+", "_", str(head)).strip("_").lower()


def _written(head: Head, framework: Framework) -> str:
    found = used(functions(head), framework.roots)
    values = constants(found, head)
    lines = [f"{sentence(str(head))} for {framework.title}: probabilities and loss.", "", *_about(head)]
    lines += ["", *_made(head, framework)]
    text = Template(framework.template).substitute(
        docstring=_docstring(lines),
        constants="".join(f"\n{line}" for line in _constants(values, head)) + "\n" * bool(values),
        functions=framework.written(found),
        snake=file_name(head),
    )
    return f"{text.rstrip()}\n"


def _about(head: Head) -> list[str]:
    """Formulas, source, hyper-parameters and limits."""
    lines = [
        "In LaTeX, with the logits a and the target t,",
        "",
        f"    probability of class k: {head.formula}",
        *textwrap.wrap(f"    loss: {head.loss_formula}", WIDTH, subsequent_indent=" " * 10),
        "",
    ]
    if head.where:
        lines += [f"Here {head.where}.", ""]
    lines += [head.sentence]
    if head.loss_unit:
        lines += [f"The loss is in {head.loss_unit}."]
    if head.limits:
        lines += [head.limits]
    own = [f"{name} = {getattr(head, name)}, {_meaning(head.ranges()[name])}" for name in head.ranges()]
    if note := note_on(head):
        lines += ["", note, ""]
    lines += ["Logits must be finite. Large ones don't overflow, as far as the loss has room in their type."]
    lines += ["", f"Hyper-parameters: {'; '.join(own) or 'none'}.", f"Source: {head.source}."]
    return lines


def _meaning(allowed: Range) -> str:
    return f"{allowed.explanation}: {allowed.allowed}"


def _made(head: Head, framework: Framework, options: str = "") -> list[str]:
    command = f'python -m alternatives export "{head}" --to {framework.name}{options}'
    return [f"Made by softmax-alternatives {VERSION}, MIT licence:", "", f"    {command}"]


def _docstring(lines: list[str]) -> str:
    """A raw docstring of these lines, long ones wrapped; formulas are kept as they are."""
    wrapped: list[str] = []
    for line in lines:
        keep = not line or line.startswith("    ")
        wrapped += [line] if keep else textwrap.wrap(line, WIDTH, break_long_words=False)
    text = "\n".join(wrapped).replace('"""', "'''")
    raw = "r" if "\\" in text else ""
    return f'{raw}"""{text}\n"""'


def _constants(values: Mapping[str, Any], head: Head) -> list[str]:
    explained = {name.upper(): allowed.explanation for name, allowed in head.ranges().items()}
    return [
        f"{name} = {value!r}" + (f"  # {explained[name]}" if name in explained else "")
        for name, value in values.items()
    ]
