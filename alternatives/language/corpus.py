"""A text as numbers: its words by rank, the samples of a next-word model, and their division.

The words that are most frequent in the training lines have classes of their own; all others are one class,
the unknown word. It is predicted and counted like any other. Validation and test lines choose no word.

Lines are divided by their position: of ten blocks of `BLOCK` lines each, one after the other, eight are for
training, the ninth for validation and the tenth for testing. So all three have every book of the text. A
context doesn't reach beyond its block: what comes before has the number of the beginning.
"""

import itertools
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from alternatives.heads import Integers
from alternatives.language.text import Text, words

BLOCK = 100
"""Lines in a block."""
BLOCKS = 10
"""Blocks after which the division begins anew."""

UNKNOWN = 0
"""Class of all words that have no class of their own."""


@dataclass(frozen=True, eq=False)
class Words:
    """Samples: the words before a word, and it.

    Attributes
    ----------
    contexts : ndarray (n_words, n_context)
        Classes of the words before, the nearest last; `Corpus.beginning` where the block begins.
    targets : ndarray (n_words,)
        Class of the word itself.
    """

    contexts: Integers
    targets: Integers

    def __len__(self) -> int:
        return len(self.targets)

    def every(self, n: int) -> "Words":
        """Every n-th word, from the first on."""
        return Words(self.contexts[::n], self.targets[::n])


@dataclass(frozen=True, eq=False)
class Corpus:
    """A text, ready for a next-word model.

    Attributes
    ----------
    training, validation, test : Words
    n_classes : int
        Words with classes of their own, and the unknown word.
    """

    training: Words
    validation: Words
    test: Words
    n_classes: int

    @property
    def beginning(self) -> int:
        """Number that stands before a block's first word. It is never a target."""
        return self.n_classes


@dataclass(frozen=True, eq=False)
class Ranked:
    """All words of a text: each one's rank by frequency in the training lines from 0, and its line.

    Of words that are equally frequent the alphabetically first one comes first; last are those that the
    training lines don't have.
    """

    types: tuple[str, ...]
    ranks: Integers
    lines: Integers


def _place_in_ten(blocks: Any) -> Any:
    """Of blocks, by number: 0 to 7 are for training, 8 for validation and 9 for testing."""
    return blocks % BLOCKS


@lru_cache(maxsize=2)
def ranked(text: Text) -> Ranked:
    """Read a text."""
    every = [words(line) for line in text.lines()]
    training = (line for number, line in enumerate(every) if _place_in_ten(number // BLOCK) < BLOCKS - 2)
    counts = Counter(itertools.chain.from_iterable(training))
    types = sorted(set().union(*every), key=lambda word: (-counts[word], word))
    rank = {word: place for place, word in enumerate(types)}
    ranks = np.fromiter((rank[word] for line in every for word in line), np.int32)
    lines = np.repeat(np.arange(len(every), dtype=np.int32), list(map(len, every)))
    return Ranked(tuple(types), ranks, lines)


@lru_cache(maxsize=1)
def corpus(text: Text, vocabulary: int, n_context: int) -> Corpus:
    """The samples of a text.

    Parameters
    ----------
    text : Text
    vocabulary : int
        Number of classes: the most frequent words but one, and the unknown word.
    n_context : int
        Words before that are given.

    Raises
    ------
    ValueError
        For more classes than the text has words, and for a text too short to divide.
    DatasetUnavailable
        If the text can't be read.
    """
    found = ranked(text)
    if vocabulary > len(found.types) + 1:
        raise ValueError(
            f"vocabulary must be at most {len(found.types) + 1:,} of {text.name}, which has "
            f"{len(found.types):,} different words; got {vocabulary:,}"
        )
    classes = np.where(found.ranks < vocabulary - 1, found.ranks + 1, UNKNOWN).astype(np.int32)
    blocks = found.lines // BLOCK
    places, starts = np.arange(len(classes)), np.searchsorted(blocks, blocks)
    before = places[:, None] - np.arange(n_context, 0, -1)
    inside = before >= starts[:, None]
    contexts = np.where(inside, classes[np.maximum(before, 0)], np.int32(vocabulary))
    place_in_ten = _place_in_ten(blocks)
    sets = [place_in_ten < BLOCKS - 2, place_in_ten == BLOCKS - 2, place_in_ten == BLOCKS - 1]
    if not all(own.any() for own in sets):
        raise ValueError(f"a text must have more than {(BLOCKS - 1) * BLOCK} lines, {text.name} has fewer")
    training, validation, test = (Words(contexts[own], classes[own]) for own in sets)
    return Corpus(training, validation, test, vocabulary)
