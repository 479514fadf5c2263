"""Results that are finished, shared by all visitors.

They are kept by the comparison's text, which is small and tells any two comparisons apart. Visitors
who ask for the same comparison at once wait for one training and watch it together; if whoever started
it goes away, one of the others starts again.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

import streamlit as st

from alternatives.compare import Comparison, Progress, Results, run

MOST = 32
"""Results kept; the one that was asked for longest ago goes first."""
PATIENCE = 0.1
"""Seconds between two looks at a training that somebody else started."""


class Finished:
    """A bounded store of results, and which of them are in training."""

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self._lock = threading.Lock()
        self._results: OrderedDict[str, Results] = OrderedDict()
        self._training: dict[str, Progress | None] = {}

    def get(self, comparison: Comparison) -> Results | None:
        """The results, if they are there."""
        with self._lock:
            results = self._results.get(comparison.to_json())
            if results:
                self._results.move_to_end(comparison.to_json())
            return results

    def results(self, comparison: Comparison, watch: Callable[[Progress], None]) -> Results:
        """The results, trained now if nobody has done so; what `watch` raises passes through."""
        key = comparison.to_json()
        while True:
            if results := self.get(comparison):
                return results
            with self._lock:
                mine = key not in self._training
                if mine:
                    self._training[key] = None
                progress = self._training[key]
            if mine:
                return self._train(key, comparison, watch)
            if progress:
                watch(progress)
            time.sleep(PATIENCE)

    def _train(self, key: str, comparison: Comparison, watch: Callable[[Progress], None]) -> Results:
        def share(progress: Progress) -> None:
            self._training[key] = progress
            watch(progress)

        try:
            results = run(comparison, share)
            with self._lock:
                self._results[key] = results
                while len(self._results) > self.most:
                    self._results.popitem(last=False)
            return results
        finally:
            del self._training[key]


@st.cache_resource(show_spinner=False)
def finished() -> Finished:
    """The one store of this server."""
    return Finished()
