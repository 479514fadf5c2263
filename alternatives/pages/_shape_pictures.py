"""The pictures of the shape page: small multiples, paths in the simplex, and maps over two logits."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext

import streamlit as st

from alternatives.charts import captions, jacobian, loss_plane, plane, simplex
from alternatives.charts.drawing import Drawing, Drawings
from alternatives.charts.scales import cut_off
from alternatives.pages._near import near
from alternatives.pages._shown import Panels, Place, draw, note, plain, section
from alternatives.shape import Shape
from alternatives.wording import sentence

NEAR = "near the maps of shape"
NOT_YET = "Maps of the loss, of the Jacobian and of the predicted class: drawn when you come near."


def panels(drawings: Mapping[str, Drawing], captions: Mapping[str, str] | None = None) -> None:
    """A small chart a head, on common scales."""
    grid = Panels()
    for head, drawing in drawings.items():
        with grid.cell(), st.container(gap=None) if captions else nullcontext():
            draw(drawing)
            if captions:
                note(plain(sentence(captions[head])))


def scale_grows(shape: Shape) -> None:
    """The heads' paths as all logits are multiplied by more and more."""
    section("As the scale of the logits grows", plain(simplex.caption(shape)))
    grid = st.grid(2, min_column_width=330, gap="medium")
    with grid.cell():
        draw(simplex.drawing(shape))
    with grid.cell():
        st.markdown("\n".join(f"- {plain(each)}" for each in shape.paths.findings))


def maps(shape: Shape, fresh: bool) -> None:
    """What is below the first screens, and heavy: it is drawn when the reader comes near."""
    with st.container(gap=None):
        is_near = near(NEAR, NOT_YET, fresh)
        section(
            f"Loss over the logits of classes {shape.loss_plane.axes[0]} and {shape.loss_plane.axes[1]}",
            plain(loss_plane.caption(shape)),
        )
    _panels_near(is_near, shape, loss_plane.drawings, plane.SQUARE)

    cut = cut_off(shape.head_names, shape.jacobian, "derivative")
    section("Jacobian", captions.JACOBIAN + plain(cut))
    draw(jacobian.signs())
    _panels_near(is_near, shape, jacobian.drawings, plane.SQUARE)

    title = "Map of the predicted class"
    if len(shape.logits) != 3:
        section(title, "Three classes are needed: set the number of classes to 3.")
        return
    section(title, captions.PLANE.format(*shape.axes))
    _panels_near(is_near, shape, plane.drawings, plane.SQUARE)


def _panels_near(is_near: bool, shape: Shape, drawings: Callable[[Shape], Drawings], height: int) -> None:
    """A small chart a head, or the room for it."""
    if is_near:
        panels(drawings(shape))
        return
    grid = Panels()
    for _ in shape.heads:
        Place(grid.cell()).hold(height)
