"""Data sets that aren't here, of which there are results: somebody else's own data."""

import functools
import re
from dataclasses import dataclass

from alternatives.datasets.dataset import Dataset, DatasetUnavailable, Samples
from alternatives.state import shortened

LONGEST_NAME = 100


@dataclass(frozen=True, repr=False)
class Elsewhere(Dataset):
    """A data set of which only the name is known. It isn't registered, so nobody can choose it."""

    sentence = "Somebody's own data, which aren't here."
    source = "a session file"

    def make(self) -> Samples:
        raise DatasetUnavailable(
            f"The data set {self.name} isn't here: its results can be looked at, but not computed again."
        )

    def __repr__(self) -> str:
        return f"<data set {self.name!r}, which isn't here>"


def is_elsewhere(state: object) -> bool:
    """Whether a state is about data that aren't here, so that only its results can be passed on."""
    return isinstance(getattr(state, "dataset", None), Elsewhere)


@functools.lru_cache(maxsize=256)
def elsewhere(name: str) -> Dataset:
    """The data set of that name that isn't here; ValueError if no data set could have the name."""
    if len(name) > LONGEST_NAME or not re.fullmatch(r"[\w.+(=, )-]*\w[\w.+(=, )-]*", name):
        raise ValueError(
            f"the name of a data set must be letters, digits, spaces and some of .+-(=,), at most "
            f"{LONGEST_NAME}; got {shortened(name)}"
        )
    made: Dataset = type("Elsewhere", (Elsewhere,), {"name": name})()
    return made
