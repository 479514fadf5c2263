"""The pictures of the shape page: small multiples, paths in the simplex, and maps over two logits."""

from collections.abc import Mapping
from contextlib import nullcontext

import streamlit as st

from alternatives.charts import captions, jacobian, loss_plane, plane, simplex
from alternatives.charts.drawing import Drawing
from alternatives.charts.scales import cut_off
from alternatives.pages._shown import Panels, draw, note, plain, section
from alternatives.shape import Shape
from alternatives.wording import sentence


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


def maps(shape: Shape) -> None:
    """Maps over two logits: of the loss, and of the predicted class; and the Jacobian."""
    section(
        f"Loss over the logits of classes {shape.loss_plane.axes[0]} and {shape.loss_plane.axes[1]}",
        plain(loss_plane.caption(shape)),
    )
    panels(loss_plane.drawings(shape))

    cut = cut_off(shape.head_names, shape.jacobian, "derivative")
    section("Jacobian", captions.JACOBIAN + plain(cut))
    draw(jacobian.signs())
    panels(jacobian.drawings(shape))

    title = "Map of the predicted class"
    if len(shape.logits) != 3:
        section(title, "Three classes are needed: set the number of classes to 3.")
        return
    section(title, captions.PLANE.format(*shape.axes))
    panels(plane.drawings(shape))
