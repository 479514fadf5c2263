"""What counting words reaches as a language model: the perplexity that a network has to beat.

By the number of words that are told apart, on the same test set as `python -m alternatives paper language`.
"""

import argparse

import numpy as np

from alternatives.language import LanguageModel
from alternatives.language.baselines import bigram, perplexity, unigram
from alternatives.language.corpus import UNKNOWN


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vocabularies", type=int, nargs="+", default=[500, 2_000, 6_400, 12_800])
    options = parser.parse_args(arguments)
    for vocabulary in options.vocabularies:
        found = LanguageModel(vocabulary=vocabulary, context=1).corpus
        alone = unigram(found)[found.test.targets]
        unknown = np.mean(found.test.targets == UNKNOWN)
        never = np.mean(~np.isin(found.test.targets, found.training.targets))
        print(
            f"{vocabulary:6,} words: perplexity {perplexity(alone):5.1f} by their shares, "
            f"{perplexity(bigram(found)):4.1f} by the word before; of the test set {unknown:.1%} unknown, "
            f"{never:.2%} never in the training set"
        )
