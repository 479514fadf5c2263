"""What people say about softmax, and the result of testing it."""

from collections.abc import Hashable, Mapping
from typing import Any

import streamlit as st

from alternatives.charts import claims as charts
from alternatives.charts import small
from alternatives.charts.axes import HEIGHT
from alternatives.claims import CLAIMS, SEEDS, SOURCES, Claim, ClaimRequest, Outcome
from alternatives.claims.mechanism.formulas import pieces
from alternatives.claims.mechanism.rule import Numbers
from alternatives.claims.mechanism.view import ALL, View, finding, overview, provenance, recorded
from alternatives.exports import claims as exports
from alternatives.pages._cited import cited
from alternatives.pages._controls import Controls
from alternatives.pages._explained import explained
from alternatives.pages._link import State
from alternatives.pages._navigation import link
from alternatives.pages._pass_on import top_of_sidebar
from alternatives.pages._shown import Place, draw, heading, not_used, note, plain, quiet, section
from alternatives.pages._take_away import take_away
from alternatives.pages._turns import turn, turn_to_go_on
from alternatives.pages._waiting import Waiting, queue
from alternatives.wording import sentence

STATE = State(View, always="claim", prefix="claims ")
MARKS = {"identity": "≡", "holds": "●", "holds in part": "◐", "undecided": "?", "fails here": "○"}
"""Marks that tell verdicts apart without colour."""
NAMES = {
    "compare": "Open this training on the compare page",
    "shape": "Open these logits on the shape page",
    "inside": "Open this experiment on the inside page",
    "large_output": "Time an update with up to a million classes",
    "number_of_classes": "Open this comparison by number of classes",
}
PANEL_WIDTH = 165
"""Smallest width in pixels of a panel for one head."""


def page() -> None:
    """Draw the page: the list of claims, or the one that is opened."""
    with turn():
        view, problems = STATE.settled()
        with st.sidebar:
            top_of_sidebar("claims", STATE)
            controls = Controls(STATE, view)
            for field in ("claim", "source", "verdict"):
                controls.field(field)
            st.markdown(quiet("  \n".join(cited(str(source)) for source in SOURCES.values())))
        if view.opened is None:
            _list(view, problems)
            take_away(exports.of_list(view))
            return
    _claim(view, view.opened, problems)


def _list(view: View, problems: tuple[str, ...]) -> None:
    frame = overview(view)
    not_used(problems)
    heading(finding(frame))
    how = (
        "Verdicts are computed from the measurements. Identity: true by algebra, so it is checked rather "
        "than measured. Undecided: the interval over the seeds lies on both sides of a threshold of the "
        "rule. Pictures: the number that decides, with its interval if it has one. Shaded: where its "
        "condition is met. Click on a claim to see its rule and to test it again."
    )
    note(f"{plain(provenance())} {how}")
    for part, rows in frame.groupby("part", sort=False):
        st.subheader(str(part), anchor=False)
        with st.container(gap="medium"):
            for row in rows.to_dict("records"):
                _row(row)


def _row(row: Mapping[Hashable, Any]) -> None:
    claim = CLAIMS[row["id"]]
    numbers = recorded(claim)
    condition = claim.rule.deciding(numbers)
    number = numbers[condition.quantity]
    reason = typeset(f"{row['reason']}.") if row["reason"] else ""
    with st.container(gap=None):
        _opener(f"**{typeset(row['statement'])}**", row["id"], like_a_link=True, claim=row["id"])
        picture, found = st.columns([1, 5], gap="small", vertical_alignment="center")
        picture.image(small.picture(condition, number, claim.head), alt=small.in_words(condition, number))
        text = f"{verdict(row['verdict'])}: {reason} {quiet(cited(', '.join(row['sources'])))}"
        found.markdown(text, help=explained(text))


def typeset(text: str) -> str:
    """A text in Markdown, with its formulas as formulas."""
    return "".join(f"${latex}$" if latex else plain(words) for words, latex in pieces(text))


def _opener(label: str, name: str, like_a_link: bool = False, **changes: Any) -> None:
    """Draw a button that changes the view. A link within a page wouldn't change the browser's address."""
    st.button(
        label,
        key=f"open {name}",
        type="tertiary" if like_a_link else "secondary",
        wrap=like_a_link,
        on_click=STATE.put,
        args=(lambda old: old.replace(**changes),),
    )


def verdict(words: str) -> str:
    """A verdict with its mark."""
    return f"{MARKS.get(words, '–')} **{words}**"


def _claim(view: View, claim: Claim, problems: tuple[str, ...]) -> None:
    with turn_to_go_on():
        _opener("All claims", "all", claim=ALL, seed=0)
        not_used(problems)
        st.header(typeset(claim.statement), anchor=False, help=explained(claim.statement))
        row = next(row for row in overview(View()).to_dict("records") if row["id"] == claim.id)
        st.markdown(f"{verdict(row['verdict'])}, {plain(row['number'])}: {typeset(row['quantity'])}")
        result, status, body = Place(st.container()), Place(st.container()), st.container()
        st.markdown(quiet(cited(f"{provenance()} Source: {claim.source}.")))
        _another_seed(view)
        its = f"“Its” refers to {plain(claim.head)}."
        section("The rule", f"{its} The measured number follows each condition.")
        conditions, room = Place(st.container()), Place(body.container())
        _about(view, claim)
        request = ClaimRequest.by(claim, view.seed)
        if queue.get(request) is None:
            result.text(typeset(row["sentence"]))
            conditions.text(_rule(claim, recorded(claim)))
            room.hold(HEIGHT)
    waiting = Waiting(result, status, [room])
    outcome = waiting.results(request, lambda _: f"Testing it again with seed {view.seed}")
    with turn_to_go_on():
        room.clear()
        result.text(typeset(outcome.sentence))
        found = f"{verdict(outcome.verdict)} · {plain(outcome.number_text)}"
        status.quiet(f"Tested again with seed {view.seed}: {found}")
        conditions.text(_rule(claim, outcome.numbers))
        with body:
            _charts(outcome)
        take_away(exports.of_outcome(view, outcome))


def _rule(claim: Claim, numbers: Numbers) -> str:
    """Every condition with the measured number, verdict by verdict, in Markdown."""
    lines = []
    for title, conditions in claim.rule.judged(numbers):
        lines.append(f"{plain(title)}{':' if conditions else '.'}\n")
        lines += ["  \n".join(map(typeset, conditions)), ""]
    return "\n".join(lines)


def _charts(outcome: Outcome) -> None:
    for spec in outcome.claim.charts:
        section(typeset(sentence(spec.measured.full_title)), typeset(spec.caption))
        drawings = charts.panels(outcome, spec)
        n_columns, width = (4, PANEL_WIDTH) if spec.facet == "head" else (2, 360)
        grid = st.grid(min(n_columns, len(drawings)), min_column_width=width)
        for drawing in drawings:
            with grid.cell():
                draw(drawing)


def _another_seed(view: View) -> None:
    low, high = int(SEEDS.low), int(SEEDS.high)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input("Seed", low, high, step=1, width=150, **STATE.bound("seed", view.seed, "seed"))
        _opener("Test it with another seed", "another seed", seed=(view.seed + 1) % (high + 1))


def _about(view: View, claim: Claim) -> None:
    if claim.rule.proof:
        section("Why it is an identity", typeset(claim.rule.proof))
    section("When this doesn't hold", typeset(claim.exceptions))
    if claim.taste:
        section("A matter of taste", typeset(claim.taste))
    if elsewhere := claim.link(view.seed):
        link(NAMES[elsewhere.page], elsewhere.page, elsewhere.parameters)
    with st.expander("The experiment's source code"):
        st.code(claim.code, language=None, wrap_lines=True)
