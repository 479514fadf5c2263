"""What a fitted HeadClassifier tells of its network, by the names that `MLPClassifier` has for it."""

import numpy as np

from alternatives.classifier.run import Run
from alternatives.heads import Floats


class FittedAttributes:
    """Attributes that are read from the run; before there is one, they aren't there."""

    _run: Run

    @property
    def coefs_(self) -> list[Floats]:
        """Weights (n_in, n_out) of each layer."""
        return [weights[0, 0] for weights in self._run.stack.weights]

    @property
    def intercepts_(self) -> list[Floats]:
        """Biases (n_out,) of each layer."""
        return [biases[0, 0, 0] for biases in self._run.stack.biases]

    @property
    def n_iter_(self) -> int:
        """Epochs of the last `fit` and of `partial_fit` since."""
        return self._run.n_iter

    @property
    def t_(self) -> int:
        """Samples trained on, each counted in every epoch."""
        return self._run.n_seen

    @property
    def loss_curve_(self) -> list[float]:
        """Mean training loss with the penalty, of each epoch of the network."""
        return self._run.loss_curve

    @property
    def loss_(self) -> float:
        """The last of `loss_curve_`."""
        return self._run.loss_curve[-1]

    @property
    def best_loss_(self) -> float | None:
        """The least of `loss_curve_`; None with early stopping."""
        return self._run.best_loss if self._run.validation_scores is None else None

    @property
    def validation_scores_(self) -> list[float] | None:
        """Accuracy on the validation set after each epoch; None without early stopping."""
        return self._run.validation_scores

    @property
    def best_validation_score_(self) -> float | None:
        """The best of `validation_scores_`; None without early stopping."""
        return None if self._run.validation_scores is None else self._run.best_score

    @property
    def n_layers_(self) -> int:
        """Layers, the inputs among them."""
        return len(self._run.stack.weights) + 1

    @property
    def n_outputs_(self) -> int:
        """Logits: one for each class."""
        return self._run.stack.network.n_classes

    @property
    def out_activation_(self) -> str:
        """The head's name."""
        return self._run.stack.settings[0].head.name

    @property
    def feature_importances_(self) -> Floats:
        """Each feature's share (n_features,) of the squared weights of the first layer."""
        squares = np.square(self.coefs_[0]).sum(axis=1)
        return squares / squares.sum()
