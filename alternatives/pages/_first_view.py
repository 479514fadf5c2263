"""What a head is, in a picture that moves, and a guess: the top of the first page for who has just come.

It stands open for who arrives without settings, until they fold it. Who follows a link to a comparison
wants to see that one: then it is folded.
"""

from collections.abc import Callable

import streamlit as st

from alternatives.charts import blurred_digit
from alternatives.datasets import Own
from alternatives.experiments import Comparison, ComparisonResults
from alternatives.experiments.blurred_digit import (
    BlurredDigits,
    blurred_digits,
    known,
    trained_by_default,
    usual_heads,
)
from alternatives.experiments.trust import question, trust
from alternatives.pages import _navigation
from alternatives.pages._explained import explained
from alternatives.pages._link import parameters
from alternatives.pages._moving_digit import moving_digit
from alternatives.pages._present import presenting
from alternatives.pages._shown import Place, folded, plain
from alternatives.pages._waiting import refusal, work_ahead

TITLE = "What is a head?"
IS_OPEN = "first view is open"
"""Key of whether it was open when it was last on the page: Streamlit forgets a part that isn't on it."""
GUESS = "head trusted"
GUESSED = "head trusted when it was last on the page"
"""Keys of the guess, and of what it was: Streamlit forgets that of a page that somebody has left."""
STORIES = "New here? Short stories: guess first, then see."
WHAT = (
    "A classifier gives every class a number, its logit. Its **head** turns these numbers into "
    "probabilities: usually softmax. The head decides how the network learns and how sure it is, right or "
    "wrong: watch what each head says as the digit blurs."
)
HEIGHT = 230
"""Pixels of the picture, about, until it is there."""


class FirstView:
    """The first view of a page that compares heads; nothing in a presentation, nor above one's own data."""

    def __init__(self, comparison: Comparison, touch: Callable[[], None]) -> None:
        self._comparison, self._picture, self._is_drawn = comparison, None, False
        if presenting() or isinstance(comparison.dataset, Own):
            return
        state = st.session_state
        state.setdefault(TITLE.lower(), state.setdefault(IS_OPEN, not parameters()))
        part = folded(TITLE, touch, "compact")
        state[IS_OPEN] = part is not None
        if part is None:
            return
        with part:
            st.markdown(WHAT, help=explained(WHAT))
            self._picture, self._about = Place(st.container()), Place(st.container())
            names = [head.name for head in comparison.heads]
            state.setdefault(GUESS, state.get(GUESSED))
            st.pills(question(comparison), names, key=GUESS, on_change=touch)
            state[GUESSED] = state[GUESS]
            self._answer = Place(st.container())
            _navigation.link(STORIES, "stories", {})
        # To train networks would hold up the finding. Those of the usual heads are there soon after the
        # server has started.
        found = known(comparison.heads)
        if found is None:
            self._picture.hold(HEIGHT)
        else:
            self._draw(self._picture, found)

    def answer(self, results: ComparisonResults) -> None:
        """Answer the guess."""
        guess = st.session_state.get(GUESS)
        if self._picture is not None and guess in results.variants:
            self._answer.text(plain(trust(results, guess)))

    def finish(self) -> None:
        """Draw what could wait until all else was on the page: to train its networks takes turns itself."""
        if self._picture is None or self._is_drawn:
            return
        heads = self._comparison.heads
        others = tuple(head for head in heads if head not in usual_heads())
        if others and not trained_by_default(self._comparison):
            # Tuning takes most of the time. The queue has its limits, and stops where nobody waits any more.
            request = Comparison(heads=others)
            if refusal(request):
                self._picture.clear()
                return
            work_ahead(request)
        self._draw(self._picture, blurred_digits(heads))

    def _draw(self, picture: Place, found: BlurredDigits) -> None:
        self._is_drawn = True
        with picture.container():
            moving_digit(found, "moving digit")
        self._about.quiet(plain(blurred_digit.about(found, self._comparison)))
