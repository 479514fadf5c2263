"""What a step of a story can show: for each page the state of its link, its request, and its pictures.

The pictures are those that the page offers under *Take away*, by the same titles.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alternatives.charts.export import Picture
from alternatives.claims import ClaimRequest
from alternatives.claims.mechanism.view import View
from alternatives.experiments import Comparison
from alternatives.experiments.classes import ClassCounts
from alternatives.experiments.inside import HELD_AS, Inside
from alternatives.exports import Exports, claims, classes, comparison, inside, large_output
from alternatives.exports import shape as shape_exports
from alternatives.large_output.measuring import LargeOutput
from alternatives.serving.queue import Request
from alternatives.shape import Shape
from alternatives.state import Linked


@dataclass(frozen=True)
class Kind:
    """A page: the class of its state, what has to be worked out for a state, and what there is then."""

    state: type[Linked]
    request: Callable[[Any], Request[Any, Any] | None]
    """None where nothing has to be worked out."""
    exports: Callable[[Any, Any], Exports]
    """Of a state and the results of its request; these are None where there is no request."""
    so_far: Callable[[Any], Any] = lambda progress: None
    """Results that are known so far, of a request's progress; None where there is nothing to draw yet."""

    named: Callable[[Any, Sequence[str]], Exports] | None = None
    """Of a state and names for its classes, where a page can show them."""

    def pictures(self, state: Linked, results: Any, classes: Sequence[str] = ()) -> Mapping[str, Picture]:
        """The pictures by title; with names for the classes."""
        if classes and self.named is not None:
            return self.named(state, classes).pictures
        return self.exports(state, results).pictures


def _claim(view: View) -> ClaimRequest | None:
    return ClaimRequest.by(view.opened, view.seed) if view.opened else None


KINDS: dict[str, Kind] = {
    "shape": Kind(
        Shape,
        lambda state: None,
        lambda state, results: shape_exports.of(state),
        named=lambda state, classes: shape_exports.of(state, classes=classes),
    ),
    "compare": Kind(
        Comparison,
        lambda state: state.trained_alike,
        lambda state, results: comparison.of(results.concluded(state)),
    ),
    "number_of_classes": Kind(
        ClassCounts,
        lambda state: state,
        lambda state, results: classes.of(results),
        lambda progress: progress.so_far if progress.found else None,
    ),
    "inside": Kind(Inside, lambda state: getattr(state, HELD_AS[state.part]), inside.of),
    "large_output": Kind(
        LargeOutput,
        lambda state: state,
        lambda state, results: large_output.of(results),
        lambda progress: progress if len(progress.times) else None,
    ),
    "claims": Kind(
        View,
        _claim,
        lambda state, results: claims.of_outcome(state, results) if results else claims.of_list(state),
    ),
}
"""By the page's name in addresses."""
FIRST = "compare"
"""The page at the root."""
