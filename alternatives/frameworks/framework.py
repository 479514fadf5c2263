"""How a framework spells the functions that all share, and what it puts around them."""

import ast
import io
import token
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass

from alternatives.frameworks.functions import Functions, called_in

BUILT_IN = {"max", "min", "range", "sum"}
"""Names of Python itself; `max` and `min` of numbers, `sum` of a few arrays."""

ELEMENTWISE = (
    "abs",
    "arcsinh",
    "arctan",
    "cos",
    "cosh",
    "exp",
    "expm1",
    "hypot",
    "log",
    "log1p",
    "logaddexp",
    "ones_like",
    "sign",
    "sin",
    "sinh",
    "sqrt",
    "square",
    "tanh",
    "where",
    "zeros_like",
)
"""What every framework has under the same name."""


@dataclass(frozen=True)
class Framework:
    """One framework: how its modules are written.

    Beside `ELEMENTWISE` each framework knows, all on the last axis, which is kept with length 1:

    - ``total(x)``, ``largest(x)``: sum and maximum; ``take(x, onehot)``: the value at the 1;
      ``first_largest(x)``: 1 at the first of the largest values and 0 elsewhere;
    - ``softmax(x)``, ``log_softmax(x)``; ``sigmoid(x)``, ``log_sigmoid(x)`` elementwise;
    - ``positive(x)``, ``maximum(x, low)``, ``minimum(x, high)``: cut off, elementwise;
    - ``descending(x)`` sorts, ``cumulative(x)`` sums up, ``counted(x)`` is 1, 2, …, n_classes;
    - ``constant(x)``: x without its derivative; ``tiny(x)``: the smallest normal number of its type.
    """

    name: str
    """What it is called on the command line."""
    title: str
    package: str
    """The one package that a module imports."""
    spelled: Mapping[str, str]
    """The framework's own name of a function."""
    helpers: Mapping[str, str]
    """The source of functions that it doesn't have as they are needed here."""
    template: str
    """The module, with $docstring, $constants and $functions."""
    roots: tuple[str, ...] = ("probabilities", "losses")
    """The functions of a head that the template uses."""
    own_helpers: tuple[str, ...] = ()
    """The helpers that the template itself uses."""
    has_factored_layer: bool = False
    differentiates: bool = True
    """Whether it computes derivatives; elsewhere everything is constant."""

    def written(self, found: Functions) -> str:
        """Functions in this framework's spelling, and the helpers that they need."""
        needed: dict[str, None] = dict.fromkeys(self.own_helpers)
        for source in found.values():
            needed |= dict.fromkeys(sorted(called_in(source) & set(self.helpers) - set(found)))
        own = [self.translated(source, found) for source in found.values()]
        return "\n\n\n".join([*own, *(self.helpers[name].strip("\n") for name in needed)])

    def translated(self, source: str, found: Functions) -> str:
        """A function in this framework's spelling; ValueError for a name that it doesn't know."""
        if not self.differentiates:
            source = _without_calls(source, "constant")
        lines = source.splitlines()
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
        for before, each, after in reversed(
            list(zip([tokens[0], *tokens], tokens, tokens[1:], strict=False))
        ):
            if each.type != token.NAME or after.string != "(" or before.string == ".":
                continue
            (line, start), (_, stop) = each.start, each.end
            text = lines[line - 1]
            lines[line - 1] = text[:start] + self._spelling(each.string, found) + text[stop:]
        return "\n".join(lines)

    def _spelling(self, name: str, found: Functions) -> str:
        if name in found or name in self.helpers:
            return f"_{name}"
        if name in self.spelled:
            return self.spelled[name]
        if name in BUILT_IN or name in ("in", "return", "if", "else", "for", "and", "or", "not"):
            return name
        known = sorted({*self.spelled, *self.helpers, *BUILT_IN, "constant"})
        raise ValueError(f"there is no function {name} for {self.title}; there are {', '.join(known)}")


def _without_calls(source: str, name: str) -> str:
    """Source text in which each call of a function is replaced by its argument."""
    while True:
        found = [
            node
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
        ]
        if not found:
            return source
        whole = ast.get_source_segment(source, found[0]) or ""
        argument = ast.get_source_segment(source, found[0].args[0]) or ""
        simple = isinstance(found[0].args[0], ast.Call | ast.Name)
        source = source.replace(whole, argument if simple else f"({argument})", 1)
