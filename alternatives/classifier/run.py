"""One network in training: its stack, what its epochs brought, and when they end."""

from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from alternatives.heads import Floats, Integers
from alternatives.training import Recipe, Setting, Stack, one_blas_thread
from alternatives.training.architecture import BLOCK

LEAST_ADAPTIVE_RATE = 1e-6
"""An adaptive learning rate isn't divided any further from here."""


class Samples(NamedTuple):
    """Samples `X` (n_samples, n_features), an array or sparse in rows; targets and weights (n_samples,)."""

    X: Any
    targets: Integers
    weights: Floats | None

    def rows(self, which: Any) -> "Samples":
        """Some of them."""
        return Samples(
            self.X[which], self.targets[which], None if self.weights is None else self.weights[which]
        )

    @property
    def of_one_split(self) -> tuple[Any, Integers, Floats | None]:
        """The arguments of `Stack.epoch`."""
        X = self.X[None] if isinstance(self.X, np.ndarray) else self.X
        return X, self.targets[None], None if self.weights is None else self.weights[None]


@dataclass(frozen=True)
class Rule:
    """When training ends, and the learning rate until then: parameters of the classifier by their names."""

    learning_rate: str
    learning_rate_init: float
    power_t: float
    tol: float
    n_iter_no_change: float
    verbose: bool | int


@dataclass(eq=False)
class Run:
    """A network, and all that its epochs brought.

    `n_iter` counts the epochs since `fit` was called last, `n_seen` all samples ever trained on.
    `best_score` is the best of `validation_scores`. `n_unimproved` are the epochs since the last progress.
    """

    stack: Stack
    seed: int
    rate: float
    n_iter: int = 0
    n_seen: int = 0
    n_unimproved: int = 0
    loss_curve: list[float] = field(default_factory=list)
    best_loss: float = np.inf
    validation_scores: list[float] | None = None
    best_score: float = -np.inf

    def copy(self, recipe: Recipe, setting: Setting) -> "Run":
        """A run that goes on from here by itself."""
        scores = self.validation_scores
        return replace(
            self,
            stack=self.stack.copy(recipe, [setting]),
            loss_curve=[*self.loss_curve],
            validation_scores=None if scores is None else [*scores],
        )

    @property
    def parameters(self) -> Floats:
        """All parameters (n_parameters,), which the run changes in place."""
        return self.stack.parameters[0, 0]

    @property
    def diverged(self) -> bool:
        """Whether there are numbers that aren't finite, in the network or in the last loss that counts."""
        last = self.loss_curve[-1] if self.validation_scores is None else 0.0
        return not (np.isfinite(last) and np.isfinite(self.parameters).all())

    def probabilities(self, X: Any) -> Floats:
        """Class probabilities (n_samples, n_classes) in float64; not finite where logits aren't."""
        network = self.stack.network
        if isinstance(X, np.ndarray):
            logits = network.logits(self.parameters, X)
        else:
            blocks = (X[start : start + BLOCK].toarray() for start in range(0, X.shape[0], BLOCK))
            pieces = [network.logits(self.parameters, block).mT for block in blocks]
            logits = np.concatenate(pieces, axis=-1).mT  # in the memory layout of dense samples
        # In float64, for logarithms: heads flush float32 below 1e-32 to 0. An experiment's are so too, and
        # its measures are those of these probabilities to the last digit.
        return self.stack.settings[0].head.class_probabilities(logits.astype(np.float64))

    def score(self, samples: Samples) -> float:
        """Accuracy, with the samples' weights; NaN if there are no probabilities."""
        probabilities = self.probabilities(samples.X)
        if not np.isfinite(probabilities).all():
            return np.nan
        return float(np.average(probabilities.argmax(axis=1) == samples.targets, weights=samples.weights))

    def train(self, samples: Samples, rule: Rule, n_epochs: int, validation: Samples | None = None) -> bool:
        """Train for so many epochs, or until the rule ends it; returns whether it did.

        With a validation set the network is left as it was after the epoch with the best score.
        """
        best = self.parameters.copy()
        ended = False
        with one_blas_thread(), np.errstate(all="ignore"):
            while not ended and n_epochs:
                n_epochs -= 1
                self._epoch(samples, rule)
                if validation is None:
                    improved = self.loss_curve[-1] <= self.best_loss - rule.tol
                    self.best_loss = float(np.fmin(self.best_loss, self.loss_curve[-1]))
                else:
                    score = self._validate(validation, rule)
                    improved = score >= self.best_score + rule.tol
                    if score > self.best_score:
                        self.best_score = score
                        np.copyto(best, self.parameters)
                self.n_unimproved = 0 if improved else self.n_unimproved + 1
                ended = self._ended(rule, "Training loss" if validation is None else "Validation score")
        if validation is not None and self.best_score > -np.inf:
            np.copyto(self.parameters, best)
        return ended

    def _epoch(self, samples: Samples, rule: Rule) -> None:
        self.stack.learning_rates[...] = self.rate
        epoch = self.stack.epoch(*samples.of_one_split)
        self.loss_curve.append(float(epoch.loss[0, 0]))
        self.n_iter += 1
        self.n_seen += len(samples.targets)
        if rule.learning_rate == "invscaling":
            self.rate = rule.learning_rate_init / (self.n_seen + 1) ** rule.power_t
        if rule.verbose:
            print(f"Iteration {self.n_iter}, loss = {self.loss_curve[-1]:.8f}")

    def _validate(self, validation: Samples, rule: Rule) -> float:
        score = self.score(validation)
        self.validation_scores = [*(self.validation_scores or []), score]
        if rule.verbose:
            print(f"Validation score: {score:f}")
        return score

    def _ended(self, rule: Rule, what: str) -> bool:
        """Whether epochs enough were without progress. An adaptive learning rate first becomes smaller."""
        if self.n_unimproved <= rule.n_iter_no_change:
            return False
        adapts = rule.learning_rate == "adaptive" and self.rate > LEAST_ADAPTIVE_RATE
        if adapts:
            self.rate /= 5
            self.n_unimproved = 0
        if rule.verbose:
            print(f"{what} did not improve more than tol={rule.tol:f}", end=" ")
            print(f"for {rule.n_iter_no_change} consecutive epochs.", end=" ")
            print(f"Setting learning rate to {self.rate:f}" if adapts else "Stopping.")
        return not adapts
