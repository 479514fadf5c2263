"""Tasks for attention: sequences of steps, of which a network has to weight some more than others.

Key-value recall can't be done without a choice among the pairs: see `KeyValueRecall`. In the task with the
rows of a digit each row carries its position, so that the mean of all rows says about as much as a choice.
"""

from dataclasses import dataclass

from alternatives.datasets import DATASETS, Dataset
from alternatives.datasets.generated import KeyValueRecall


@dataclass(frozen=True)
class Task:
    """A data set whose samples are sequences, and the words for it."""

    dataset: Dataset
    n_steps: int
    n_query: int
    """How many numbers of each sample, the last ones, say what is asked; 0 if nothing is."""
    step: str
    """What a step is."""
    doing: str
    """What the networks do, as a sentence begins with it."""

    @property
    def looked_at(self) -> str:
        """The name of the measure of how many steps get weight."""
        return f"{self.step}s looked at"


ROWS = "rows of a digit"
RECALL = "key-value recall"
TASKS = (RECALL, ROWS)
"""Names of the tasks."""

N_ROWS = 8
"""A digit is a sequence of eight rows."""
N_SAMPLES = 1_000
"""Samples of key-value recall: enough for networks to find out the rule."""


def task(name: str, n_pairs: int) -> Task:
    """The task of a name; `n_pairs` is for key-value recall alone."""
    if name == ROWS:
        return Task(DATASETS["digits"], N_ROWS, 0, "row", "Reading digits row by row")
    recall = KeyValueRecall(samples=N_SAMPLES, pairs=n_pairs)
    return Task(recall, n_pairs, n_pairs, "pair", f"Looking up one of {n_pairs} values by its key")
