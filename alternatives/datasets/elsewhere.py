"""Data sets that aren't here, of which there are results: somebody else's own data.

One that is here may have the same name. Then the other is "digits from a file", so that nobody takes its
results for those of the data here.
"""

import functools
import re
from dataclasses import dataclass
from typing import ClassVar

from alternatives.datasets.dataset import DATASETS, Dataset, DatasetUnavailable, Samples
from alternatives.state import folded, shortened

LONGEST_NAME = 100


@dataclass(frozen=True, repr=False)
class Elsewhere(Dataset):
    """A data set of which only the name is known. It isn't registered, so nobody can choose it.

    `original` is its name where it is from, and `known` what its `contents` are there.
    """

    original: ClassVar[str]
    known: ClassVar[str]

    sentence = "Somebody's own data, which aren't here."
    source = "a session file"

    def make(self) -> Samples:
        raise DatasetUnavailable(
            f"The data set {self.name} isn't here: its results can be looked at, but not computed again."
        )

    @property
    def contents(self) -> str:
        return self.known

    @property
    def image(self) -> tuple[int, ...] | None:
        self.load()  # raises
        return None

    def __repr__(self) -> str:
        return f"<data set {self.name!r}, which isn't here>"


def is_elsewhere(state: object) -> bool:
    """Whether a state is about data that aren't here, so that only its results can be passed on."""
    return isinstance(getattr(state, "dataset", None), Elsewhere)


def elsewhere(name: str, contents: str = "") -> Dataset:
    """The data set of that name that isn't here; ValueError if no data set could have the name."""
    if len(name) > LONGEST_NAME or not re.fullmatch(r"[\w.+(=, )-]*\w[\w.+(=, )-]*", name):
        raise ValueError(
            f"the name of a data set must be letters, digits, spaces and some of .+-(=,), at most "
            f"{LONGEST_NAME}; got {shortened(name)}"
        )
    plain, bracket, rest = name.partition("(")
    is_taken = folded(plain) in map(folded, DATASETS)
    return _made(f"{plain.strip()} from a file{bracket}{rest}" if is_taken else name, name, contents)


@functools.lru_cache(maxsize=256)
def _made(name: str, original: str, known: str) -> Dataset:
    made: Dataset = type("Elsewhere", (Elsewhere,), {"name": name, "original": original, "known": known})()
    return made
