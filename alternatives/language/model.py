"""A next-word model as a frozen value: what is learnt, by which network, and how."""

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import inf, nan
from typing import Any

import numpy as np

from alternatives.experiments.comparison import HEAD_PARAMETERS
from alternatives.experiments.experiment import FIRST_TUNING_SEED
from alternatives.experiments.fields import OWN_BEST
from alternatives.heads import NormalisedHead
from alternatives.language.corpus import Corpus, corpus
from alternatives.language.learning import learn
from alternatives.language.network import NextWord
from alternatives.language.text import TEXTS, Text
from alternatives.language.tuning import Search, Setting, Tuned, tune
from alternatives.large_output import Diverged
from alternatives.large_output.spherical import LOSSES, Loss
from alternatives.state import Choice, Linked, Named, Range, RegistryField, field
from alternatives.training import one_blas_thread


@dataclass(frozen=True)
class Measured:
    """What a trained network reaches on the test set, of which nothing else is known to it.

    Attributes
    ----------
    seed : int
    error, top_10 : float
        Share of the words that aren't the network's first choice, and that are among its first ten. NaN if
        the network diverged, as all measures are.
    log_loss : float
        In nats; its exponential is the perplexity. The unknown word counts like any other. NaN for a head
        without probabilities.
    seconds : float
        Of one core, for training and measuring.
    """

    seed: int
    error: float
    top_10: float
    log_loss: float
    seconds: float

    @property
    def diverged(self) -> bool:
        """Whether training went on to numbers that aren't finite."""
        return self.error != self.error


@dataclass(frozen=True)
class LanguageModel(Linked):
    """Networks that predict the next word of a text, one for each seed.

    Parameters
    ----------
    text : Text or str
    head : Head, SphericalLoss or str
    vocabulary : int
        Number of classes: the most frequent words but one, and the unknown word.
    context : int
        Words before that are given.
    n_embedding, n_units : int
        Numbers that stand for a word that is given, and units of the hidden layer.
    learning_rate : float or None
        Of the embeddings and the hidden layer, in the first epoch: each epoch has half the rates of the one
        before. None: tuned on the validation set, as is all that follows with None.
    output_rate : float or None
        Of the output layer. Losses of the spherical family have small gradients where there are many classes,
        so they need another one.
    n_epochs : int or None
        Passes over the training set.
    max_epochs : int
        Most of them that tuning tries.
    head_parameters : {"as given", "own best"}
        Whether the head's parameters are tuned, too.
    n_settings : int
        How many settings tuning tries.
    batch_size : int
    n_seeds, first_seed : int
        A seed draws the initial weights and the order of the words. The division of the text is the same for
        all.
    """

    noun = "language model"

    text: Any = field("text", RegistryField(TEXTS, "what is read"), factory=lambda: TEXTS["King James Bible"])
    head: Any = field(
        "head", RegistryField(LOSSES, "head or loss of the output layer"), factory=lambda: LOSSES["softmax"]
    )
    vocabulary: int = field("vocabulary", Range(2, 100_000, "words that are told apart", whole=True), 2_000)
    context: int = field("context", Range(1, 16, "words before that are given", whole=True), 4)
    n_embedding: int = field(
        "embedding", Range(1, 512, "numbers that stand for a word that is given", whole=True), 32
    )
    n_units: int = field("units", Range(1, 512, "units of the hidden layer", whole=True), 64)
    learning_rate: float | None = field(
        "learning_rate",
        Range(1e-6, 1e4, "of the embeddings and the hidden layer", logarithmic=True, none=OWN_BEST),
        None,
    )
    output_rate: float | None = field(
        "output_rate", Range(1e-6, 1e6, "of the output layer", logarithmic=True, none=OWN_BEST), None
    )
    n_epochs: int | None = field(
        "epochs", Range(1, 100, "passes over the training set", whole=True, none=OWN_BEST), None
    )
    max_epochs: int = field("max_epochs", Range(1, 100, "most epochs that tuning tries", whole=True), 3)
    head_parameters: str = field(
        "head_parameters",
        Choice(lambda: HEAD_PARAMETERS, "whether the head's parameters are tuned, too"),
        HEAD_PARAMETERS[0],
    )
    n_settings: int = field("settings", Range(2, 1_000, "settings that tuning tries", whole=True), 12)
    batch_size: int = field("batch_size", Range(1, 4_096, "words in a mini-batch", whole=True), 256)
    n_seeds: int = field("seeds", Range(1, 1_000, "networks", whole=True), 3)
    first_seed: int = field("first_seed", Range(0, 1_000_000, "seed of the first network", whole=True), 0)

    def link_defaults(self) -> dict[str, str]:
        """As of any value, but the text is always said: no comparison's link has one."""
        return super().link_defaults() | {"text": ""}

    @property
    def seeds(self) -> range:
        """The seeds, from the first on."""
        return range(self.first_seed, self.first_seed + self.n_seeds)

    @property
    def dataset(self) -> Text:
        """What is read, by the name that comparisons have for it."""
        return self.text

    @property
    def heads(self) -> tuple[Loss, ...]:
        """The only head, as comparisons have several."""
        return (self.head,)

    @property
    def criterion(self) -> str:
        """What decides on the validation set: the log loss, or of a head without probabilities the error."""
        return "log loss" if isinstance(self.head, NormalisedHead) else "error"

    @property
    def corpus(self) -> Corpus:
        """The text, divided. ValueError or DatasetUnavailable if it can't be."""
        return corpus(self.text, self.vocabulary, self.context)

    @property
    def is_tuned(self) -> bool:
        """Whether anything is left to choose."""
        given = self.learning_rate, self.output_rate, self.n_epochs
        return None in given or self.head_parameters != HEAD_PARAMETERS[0]

    def network(self, head: Loss, seed: int) -> NextWord:
        """An untrained network."""
        return NextWord(self.vocabulary, self.context, self.n_embedding, self.n_units, head, seed)

    def tune(self) -> Tuned | None:
        """Choose what is None on the validation set; None if nothing is.

        The networks have a seed that no reported network has.
        """
        if not self.is_tuned:
            return None
        tuned = self.head_parameters != HEAD_PARAMETERS[0]
        forms: Sequence[Any] = self.head.forms() if tuned and isinstance(self.head, Named) else (self.head,)
        any_epoch = self.n_epochs is None
        n_epochs = self.n_epochs or self.max_epochs
        search = Search(forms, self.learning_rate, self.output_rate, n_epochs, any_epoch, self.n_settings)
        found, seed = self.corpus, FIRST_TUNING_SEED + self.first_seed

        def losses(setting: Setting, n_epochs: int, share: float) -> tuple[float, ...]:
            validation = found.validation.every(round(1 / share))
            after: list[float] = []
            with suppress(Diverged):
                for network in self._learn(found, setting, n_epochs, seed, share):
                    if self.criterion == "error":
                        after.append(1 - network.among_best(validation, 1)[0])
                    else:
                        after.append(network.log_loss(validation))
            return tuple(np.nan_to_num([*after, *[inf] * (n_epochs - len(after))], nan=inf, posinf=inf))

        with one_blas_thread():
            return tune(search, losses)

    def run(self) -> list[Measured]:
        """Train a network from each seed and measure it; ValueError if anything is left to choose."""
        if self.is_tuned:
            raise ValueError(
                "a language model is trained with given rates, epochs and parameters; "
                f"{OWN_BEST} must be replaced by what tuning chose"
            )
        assert self.learning_rate is not None
        assert self.output_rate is not None
        assert self.n_epochs is not None
        setting = Setting(self.head, self.learning_rate, self.output_rate)
        with one_blas_thread():
            return [self._measured(setting, self.n_epochs, seed) for seed in self.seeds]

    def _measured(self, setting: Setting, n_epochs: int, seed: int) -> Measured:
        found = self.corpus
        started = time.process_time()
        try:
            *_, network = self._learn(found, setting, n_epochs, seed)
        except Diverged:
            return Measured(seed, nan, nan, nan, time.process_time() - started)
        first, best = network.among_best(found.test, 1, min(10, self.vocabulary))
        loss = network.log_loss(found.test)
        return Measured(seed, 1 - first, best, loss, time.process_time() - started)

    def _learn(
        self, found: Corpus, setting: Setting, n_epochs: int, seed: int, share: float = 1.0
    ) -> Iterator[NextWord]:
        """Train a network; yields it after each epoch. Raises Diverged."""
        network = self.network(setting.head, seed)
        rates = setting.learning_rate, setting.output_rate
        for _ in learn(network, found.training, *rates, n_epochs, self.batch_size, seed, share):
            yield network
