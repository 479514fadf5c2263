"""What each head makes of a few logits, and of one of them as it moves."""

import inspect
from functools import lru_cache

import streamlit as st

from alternatives.charts import bars, captions, moving_logit, tables
from alternatives.charts.scales import cut_off
from alternatives.exports import shape as exports
from alternatives.heads import Head
from alternatives.pages._cited import cited
from alternatives.pages._controls import Controls
from alternatives.pages._link import State
from alternatives.pages._near import near
from alternatives.pages._pass_on import top_of_sidebar
from alternatives.pages._pins import pin_button
from alternatives.pages._shape_pictures import maps, panels, scale_grows
from alternatives.pages._shown import Place, draw, heading, not_used, note, plain, quiet, section
from alternatives.pages._take_away import take_away
from alternatives.pages._take_home import take_home
from alternatives.pages._turns import turn
from alternatives.shape import FEW, MOST_CLASSES, PRESETS, QUANTITIES, Shape
from alternatives.wording import sentence, spelled

STATE = State(Shape, always="heads", prefix="shape ")

NEAR = "near shape"
"""Key of whether the reader has come near what is below the bars."""
NOT_YET = "More charts: drawn when you come near."


@turn()
def page() -> None:
    """Draw the page: the controls, and what the heads make of the logits."""
    fresh = STATE.arrived()
    shape, problems = STATE.settled()
    with st.sidebar:
        top_of_sidebar("shape", STATE)
        _controls(shape)
    not_used(problems)
    heading(shape.finding)
    pin_button(STATE)
    _examples(shape)

    section(
        "Probabilities",
        captions.probabilities(shape.heads),
    )
    panels(bars.probabilities(shape))

    section(
        "Loss and gradient",
        captions.GRADIENT.format(shape.target)
        + plain(cut_off(shape.head_names, shape.gradients, "gradient")),
    )
    panels(bars.gradients(shape), bars.loss_and_norm(shape))

    if not near(NEAR, NOT_YET, fresh):
        return
    _moving_logit(shape)
    scale_grows(shape)
    maps(shape)
    _heads(shape)
    take_home(shape.heads)
    take_away(exports.of(shape))


def _controls(shape: Shape) -> None:
    controls = Controls(STATE, shape)
    classes = range(len(shape.logits))
    st.slider(
        "Classes",
        2,
        MOST_CLASSES,
        **STATE.bound("classes", len(shape.logits), "logits", lambda old, n: _resized(old.logits, n)),
    )
    controls.field("logits")
    controls.choice("target", classes, help="The right class: loss and gradient are those of this class")
    controls.choice("moving", classes, help="The class whose logit moves along the curves")
    controls.field("scale")
    controls.field("shift")
    controls.field("heads")
    with st.expander("Parameters of the heads"):
        if not any(head.ranges() for head in shape.heads):
            st.markdown(quiet("These heads have none."))
        for head in shape.heads:
            controls.parameters_of("heads", head)
    controls.reset()


def _resized(logits: tuple[float, ...], n_classes: int) -> tuple[float, ...]:
    """The first logits, and zeros where there are more classes."""
    return (*logits, *[0.0] * n_classes)[:n_classes]


def _examples(shape: Shape) -> None:
    chosen = next((name for name, preset in PRESETS.items() if preset.applied_to(shape) == shape), None)
    given = STATE.shown(
        "preset", chosen, lambda old, name: PRESETS[name].applied_to(old) if name else old, "default"
    )
    st.pills("Examples", list(PRESETS), **given)
    logits = ", ".join(spelled(logit, 4) for logit in shape.scaled_logits.tolist())
    text = f"The heads get the logits {logits}."
    note(plain(f"{PRESETS[chosen].sentence} {text}" if chosen else text))


def _moving_logit(shape: Shape) -> None:
    section(
        f"As the logit of class {shape.moving} moves",
        captions.MOVING.format(shape.target),
    )
    grid = st.grid(2, min_column_width=330, gap="medium")
    for quantity in QUANTITIES:
        with grid.cell():
            draw(moving_logit.drawing(shape, quantity))
            if quantity != "probability":
                cut = cut_off(shape.head_names, shape.curves.values[quantity], quantity).strip()
                if cut:
                    st.markdown(quiet(plain(cut)))
    with grid.cell() if len(shape.heads) <= FEW else st.container():
        alt = "Probability, loss and gradient norm of the target by head"
        Place(st.container()).table(tables.of_logits(shape), alt)
        note("The target's probability, loss and gradient norm at the current logits.")


def _heads(shape: Shape) -> None:
    section("The heads", "The probability of class k from the logits a, and the loss if class t is right.")
    grid = st.grid(2, min_column_width=330, gap=("medium", "medium"))
    for head in shape.heads:
        with grid.cell():
            _head(head)


def _head(head: Head) -> None:
    st.markdown(f"**{plain(str(head))}** &ensp; ${head.formula}$ &ensp; loss ${head.loss_formula}$")
    where = f"Here {head.where}." if head.where else ""
    st.markdown(quiet("  \n".join(plain(text) for text in (head.sentence, head.limits, where) if text)))
    with st.expander(f"Source of {head.name}"):
        st.markdown(quiet(cited(sentence(head.source))))
        st.code(_code(type(head)), language=None, wrap_lines=True)


@lru_cache(maxsize=64)
def _code(kind: type[Head]) -> str:
    """A head's source code."""
    return inspect.getsource(kind)
