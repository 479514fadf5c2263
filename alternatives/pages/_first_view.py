"""What a head is, in a picture that moves, and a guess: the top of the first page for who has just come.

It stands open for who arrives without settings, until they fold it. Who follows a link to a comparison
wants to see that one: then it is folded.
"""

from collections.abc import Callable

import streamlit as st

from alternatives.charts import blurred_digit
from alternatives.experiments import Comparison, ComparisonResults
from alternatives.experiments.blurred_digit import blurred_digits, usual_heads
from alternatives.experiments.trust import trust
from alternatives.pages._explained import explained
from alternatives.pages._link import parameters
from alternatives.pages._moving_digit import moving_digit
from alternatives.pages._present import presenting
from alternatives.pages._shown import Place, folded, note, plain

TITLE = "What is a head?"
IS_OPEN = "first view is open"
"""Key of whether it was open when it was last on the page: Streamlit forgets a part that isn't on it."""
DRAWN = "heads drawn"
"""Key of the heads whose networks the session's last picture shows."""
GUESS = "head trusted"
WHAT = (
    "A classifier gives every class a number, its logit. Its **head** turns these numbers into "
    "probabilities: usually softmax. The head decides how the network learns and how sure it is, right or "
    "wrong: watch what each head says as the digit blurs."
)
HEIGHT = 230
"""Pixels of the picture, about, until it is there."""


class FirstView:
    """The first view of a page that compares heads; nothing where the page is presented, or in another."""

    def __init__(self, comparison: Comparison, waits: bool, touch: Callable[[], None]) -> None:
        self._heads, self._picture = comparison.heads, None
        if presenting():
            return
        state = st.session_state
        state.setdefault(TITLE.lower(), state.setdefault(IS_OPEN, not parameters()))
        part = folded(TITLE, touch, "compact")
        state[IS_OPEN] = part is not None
        if part is None:
            return
        with part:
            st.markdown(WHAT, help=explained(WHAT))
            self._picture = Place(st.container())
            names = [head.name for head in self._heads]
            st.pills("Which head would you trust?", names, key=GUESS, on_change=touch)
            self._answer = Place(st.container())
        # To train networks would hold up the finding. Those of the usual heads are there soon after the
        # server has started, as is the comparison that doesn't wait; and those of the last picture are.
        known = {*state.get(DRAWN, ()), *(() if waits else usual_heads())}
        self._is_drawn = known.issuperset(self._heads)
        if self._is_drawn:
            self._draw(self._picture)
        else:
            self._picture.hold(HEIGHT)

    def show(self, results: ComparisonResults) -> None:
        """Answer the guess, and draw what could wait until the results were there."""
        if self._picture is None:
            return
        guess = st.session_state.get(GUESS)
        if guess in results.variants:
            self._answer.text(plain(trust(results, guess)))
        if not self._is_drawn:
            self._draw(self._picture)

    def _draw(self, picture: Place) -> None:
        found = blurred_digits(self._heads)
        st.session_state[DRAWN] = self._heads
        with picture.container():
            moving_digit(found, "moving digit")
            note(plain(blurred_digit.about(found)))
