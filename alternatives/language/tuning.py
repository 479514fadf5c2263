"""How a language model's settings are chosen: a random search with the same budget for every head.

Half of the settings are drawn from the whole space: the rates log-uniformly, one in each of equal parts of
their range, and every form of the head as often as the others, but for one time. The other half has rates
near the best of the first. All learn `FIRST_SHARE` of one epoch. The best `FINALISTS` then learn every epoch,
and the best of these after its best number of epochs is chosen (Bergstra and Bengio 2012, Random search for
hyper-parameter optimization, JMLR 13; the two rounds are a successive halving).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from alternatives.heads import Floats
from alternatives.large_output.spherical import Loss

LEARNING_RATES = (0.3, 10.0)
"""Rates of the embeddings and the hidden layer that the first settings have."""
OUTPUT_RATES = (0.3, 300.0)
"""Those of the output layer. With many classes a loss of the spherical family needs large ones."""
NEAR = 3.0
"""The second half has rates up to this factor away from the best of the first."""

FIRST_SHARE = 1 / 8
"""Share of the first epoch that every setting learns, and of the validation set that it is judged by."""
FINALISTS = 2
"""Settings that learn every epoch."""


@dataclass(frozen=True)
class Setting:
    """What is tried: a head with its parameters, and the rates of the first epoch."""

    head: Loss
    learning_rate: float
    output_rate: float


@dataclass(frozen=True)
class Trial:
    """A setting that was tried.

    Attributes
    ----------
    setting : Setting
    share : float
        The part of an epoch's words that it learnt.
    losses : tuple of float
        What decides, on the validation set after each epoch; infinite if the network diverged.
    """

    setting: Setting
    share: float
    losses: tuple[float, ...]

    @property
    def n_epochs(self) -> int:
        """The best number of epochs."""
        return int(np.argmin(self.losses)) + 1

    @property
    def loss(self) -> float:
        """The loss after these."""
        return min(self.losses)


@dataclass(frozen=True)
class Tuned:
    """All trials in their order, the number of epochs that was given, if one was, and the best trial."""

    trials: tuple[Trial, ...]
    winner: Trial
    n_epochs: int


@dataclass(frozen=True)
class Search:
    """What is tried.

    Attributes
    ----------
    forms : sequence of Head or SphericalLoss
        The head, or with several parameters of which one is chosen.
    learning_rate, output_rate : float or None
        None for any.
    n_epochs : int
        The most epochs, or if not `any_epoch` their number.
    any_epoch : bool
    n_settings : int
    """

    forms: Sequence[Loss]
    learning_rate: float | None
    output_rate: float | None
    n_epochs: int
    any_epoch: bool
    n_settings: int

    def drawn(self, numbers: range, around: Setting | None = None) -> list[Setting]:
        """Settings of these numbers at random: from the whole space, or with rates near those of one."""
        random = np.random.default_rng([len(self.forms), numbers.start])
        rounds = [
            np.random.default_rng(n).permutation(len(self.forms))
            for n in range(math.ceil(numbers.stop / len(self.forms)))
        ]
        forms = [self.forms[place] for place in np.concatenate(rounds)[numbers.start : numbers.stop]]
        near = (None, None) if around is None else (around.learning_rate, around.output_rate)
        rates = [
            _rates(random, len(numbers), bounds if middle is None else (middle / NEAR, middle * NEAR))
            for bounds, middle in zip((LEARNING_RATES, OUTPUT_RATES), near, strict=True)
        ]
        found = []
        for form, learning_rate, output_rate in zip(forms, *rates, strict=True):
            found.append(
                Setting(
                    form,
                    learning_rate if self.learning_rate is None else self.learning_rate,
                    output_rate if self.output_rate is None else self.output_rate,
                )
            )
        return found


def _rates(random: np.random.Generator, n: int, bounds: tuple[float, float]) -> list[float]:
    """A rate from each of n equal parts of the logarithm's range, to two figures, in random order."""
    low, high = np.log(bounds)
    places: Floats = (random.permutation(n) + random.random(n)) / n
    return [float(f"{rate:.2g}") for rate in np.exp(low + (high - low) * places)]


Losses = Callable[[Setting, int, float], tuple[float, ...]]
"""Trains a network with a setting for so many epochs, each of a share of the words. Returns the losses that
decide, on the validation set after each epoch."""


def tune(search: Search, losses: Losses) -> Tuned:
    """Try settings and choose one."""

    def tried(setting: Setting, n_epochs: int, share: float) -> Trial:
        return Trial(setting, share, losses(setting, n_epochs, share))

    half = math.ceil(search.n_settings / 2)
    first = [tried(each, 1, FIRST_SHARE) for each in search.drawn(range(half))]
    around = min(first, key=_loss).setting
    first += [tried(each, 1, FIRST_SHARE) for each in search.drawn(range(half, search.n_settings), around)]
    best = sorted(first, key=_loss)[:FINALISTS]
    last = [tried(each.setting, search.n_epochs, 1.0) for each in best]
    if search.any_epoch:
        winner = min(last, key=_loss)
        return Tuned((*first, *last), winner, winner.n_epochs)
    winner = min(last, key=lambda trial: trial.losses[-1])
    return Tuned((*first, *last), winner, search.n_epochs)


def _loss(trial: Trial) -> float:
    return trial.loss
