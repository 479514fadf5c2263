"""What the shape of heads has to take away."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import pandas as pd

from alternatives.charts import bars, captions, jacobian, loss_plane, moving_logit, plane, simplex, tables
from alternatives.charts.drawing import Drawing
from alternatives.charts.export import PANEL_WIDTH, Picture, by_title
from alternatives.experiments.results import tidy
from alternatives.exports import script
from alternatives.exports.exports import Exports, Printed, Table
from alternatives.exports.frames import NONE, SHARE
from alternatives.sessions.naming import name_of
from alternatives.shape import QUANTITIES, Shape
from alternatives.wording import sentence, spelled

UNITS = {"probability": SHARE, "loss": "nats, or as its head has it", "gradient magnitude": NONE}


def of(shape: Shape, name: str = "", note: str = "", classes: Sequence[str] = ()) -> Exports:
    """All that a shape has to take away, under its own name or a pin's.

    With names for its classes the picture of the probabilities has these, and marks none as the right one.
    """
    name = name or name_of(shape)
    logits = ", ".join(spelled(logit, 4) for logit in shape.scaled_logits.tolist())
    return Exports(
        name,
        "shape",
        shape,
        (shape.finding, ""),
        [f"The heads get the logits {logits}. Class {shape.target} is the right one. Nothing is trained."],
        _tables(shape),
        {"The target": Printed("Probability, loss and gradient norm.", lambda: tables.of_logits(shape))},
        by_title(_pictures(shape, classes)),
        script=partial(script.of_state, shape, name),
        note=note,
    )


def _tables(shape: Shape) -> dict[str, Table]:
    heads, classes = shape.head_names, range(len(shape.logits))
    by_class = {"head": heads, "class": classes}
    return {
        "Probabilities and gradients": Table(
            lambda: tidy(
                by_class, {"probability": shape.probabilities, "loss_gradient": shape.gradients}
            ).assign(logit=lambda frame: shape.scaled_logits[frame["class"]]),
            {"probability": SHARE, "loss_gradient": "nats per logit"},
        ),
        "The target": Table(
            lambda: tidy({"head": heads}, {_column(name): shape.at_target[name] for name in QUANTITIES}),
            {_column(name): unit for name, unit in UNITS.items()},
        ),
        "As a logit moves": Table(partial(_curves, shape), {_column(name): UNITS[name] for name in UNITS}),
        "As the scale grows": Table(partial(_paths, shape), {"probability": SHARE}),
        "Jacobian": Table(
            lambda: tidy(
                {"head": heads, "probability_of_class": classes, "logit_of_class": classes},
                {"derivative": shape.jacobian},
            ),
            {"derivative": "share per logit"},
        ),
    }


def _column(quantity: str) -> str:
    return quantity.replace(" ", "_")


def _curves(shape: Shape) -> pd.DataFrame:
    curves = shape.curves
    axes = {"head": shape.head_names, "moving_logit": curves.logit.tolist()}
    return tidy(axes, {_column(name): values for name, values in curves.values.items()})


def _paths(shape: Shape) -> pd.DataFrame:
    paths = shape.paths
    axes = {"head": paths.heads, "scale": paths.scales.tolist(), "probability_of": paths.corners}
    return tidy(axes, {"probability": paths.probabilities})


def _pictures(shape: Shape, classes: Sequence[str]) -> Iterator[Picture]:
    gradient = captions.GRADIENT.format(shape.target)
    caption = captions.probabilities(shape.heads, marks_target=not classes)
    yield _panels("Probabilities", caption, partial(bars.probabilities, shape, classes))
    yield _panels("Gradient of the loss", gradient, partial(bars.gradients, shape))
    moving = captions.MOVING.format(shape.target)
    for quantity in QUANTITIES:
        title = f"{sentence(quantity)} as the logit of class {shape.moving} moves"
        yield Picture.of(title, moving, partial(moving_logit.drawing, shape, quantity))
    title, caption = "As the scale of the logits grows", simplex.caption(shape)
    yield Picture.of(title, caption, partial(simplex.drawing, shape))
    x_class, y_class = shape.loss_plane.axes
    title = f"Loss over the logits of classes {x_class} and {y_class}"
    yield _panels(title, loss_plane.caption(shape), partial(loss_plane.drawings, shape))
    yield _panels("Jacobian", captions.JACOBIAN, partial(jacobian.drawings, shape), jacobian.signs)
    if len(shape.logits) == 3:
        caption = captions.PLANE.format(*shape.axes)
        yield _panels("Map of the predicted class", caption, partial(plane.drawings, shape))


def _panels(
    title: str,
    caption: str,
    drawings: Callable[[], Mapping[str, Drawing]],
    key: Callable[[], Drawing] | None = None,
) -> Picture:
    return Picture(title, caption, lambda: list(drawings().values()), key, PANEL_WIDTH)
