"""One network with any head, as a scikit-learn classifier.

It is a stack of one run (`alternatives.training`), so it gives the numbers of the same run in a comparison.
Parameters and attributes have their names and meanings from `MLPClassifier`.
"""

import warnings
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import LabelEncoder
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, InvalidParameterError, StrOptions
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from alternatives.heads import HEADS, Floats, Head, Integers
from alternatives.state import shortened
from alternatives.training import (
    ACTIVATIONS,
    INITIALISATIONS,
    SOLVERS,
    Network,
    Recipe,
    Setting,
    Stack,
    one_blas_thread,
)

DTYPES = [np.float64, np.float32]
"""Types of samples that are kept; others are converted to the first."""


@dataclass(eq=False, repr=False)
class HeadClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Multi-layer perceptron that ends in softmax or in one of its alternatives.

    Parameters
    ----------
    head : str or Head, default "softmax"
        A name in `alternatives.HEADS`, a text with hyper-parameters such as
        ``"spherical softmax(epsilon=0.1)"``, or a head.
    hidden_layer_sizes : int or sequence of int, default (64,)
        Units of each hidden layer. With ``()`` the classifier is linear.
    activation : {"relu", "tanh", "logistic", "softmax", "spherical softmax", "Taylor softmax", …}, \
            default "relu"
        Activation function of the hidden layers: elementwise, or the map of a normalised head in
        `alternatives.HEADS`, which normalises over the units of its layer; or ``"n · softmax"``, softmax
        times the number of units.
    solver : {"adam", "sgd"}, default "adam"
    learning_rate_init : float, default 0.001
        The learning rate, constant.
    batch_size : int or "auto", default 32
        Samples in a mini-batch, at most all. "auto" is 200.
    max_iter : int, default 30
        Epochs that `fit` trains. There is no early stopping.
    alpha : float, default 0.0
        Strength of the L2 penalty ½ alpha ‖W‖² / n on the weights, with n the size of a mini-batch.
    momentum : float in [0, 1], default 0.9
    nesterovs_momentum : bool, default True
        Like `momentum`, for the solver "sgd" only.
    batch_normalisation : bool, default False
        Whether each hidden unit's input is normalised over the mini-batch, before its activation.
        Predictions use running statistics, which `partial_fit` continues.
    initialisation : {"He", "Glorot"}, default "He"
        Distribution of the initial weights; initial biases are 0.
    random_state : int, RandomState instance or None, default None
        Determines initial weights and mini-batches. With an int, the network is that of the same seed in
        a comparison.

    Attributes
    ----------
    classes_, coefs_, intercepts_, n_iter_, n_features_in_, feature_names_in_
        As in `MLPClassifier`.
    loss_curve_ : list of float
        Mean training loss of each epoch, without the penalty.

    Notes
    -----
    If the network diverges, `fit` warns, `loss_curve_` shows it, and predictions raise `ValueError`, so a
    parameter search scores it as missing.

    As in `MLPClassifier`, float32 samples are trained on in float32 and all others in float64, and there are
    no sample weights and no `decision_function`. Logits would be wrong for that: in the spherical family
    they don't have the order of the probabilities.

    References
    ----------
    A. de Brébisson and P. Vincent (2016), An exploration of softmax alternatives belonging to the
    spherical loss family, arXiv 1511.05042.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> HeadClassifier("Taylor softmax", random_state=0).fit(X, y).predict(X[:2])
    array([0, 0])
    """

    head: str | Head = "softmax"
    hidden_layer_sizes: int | Sequence[int] = (64,)
    activation: str = "relu"
    _: KW_ONLY
    solver: str = "adam"
    learning_rate_init: float = 0.001
    batch_size: int | str = 32
    max_iter: int = 30
    alpha: float = 0.0
    momentum: float = 0.9
    nesterovs_momentum: bool = True
    batch_normalisation: bool = False
    initialisation: str = "He"
    random_state: int | np.random.RandomState | None = None

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "head": [str, Head],
        "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
        "activation": [str],
        "solver": [StrOptions(set(SOLVERS))],
        "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
        "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "momentum": [Interval(Real, 0, 1, closed="both")],
        "nesterovs_momentum": ["boolean"],
        "batch_normalisation": ["boolean"],
        "initialisation": [StrOptions(set(INITIALISATIONS))],
        "random_state": ["random_state"],
    }

    def fit(self, X: ArrayLike, y: ArrayLike) -> "HeadClassifier":
        """Train a new network on samples X (n_samples, n_features) with labels y (n_samples,).

        There must be at least two classes. If the network diverges, a ConvergenceWarning says so.
        """
        samples, targets = self._start(X, y)
        return self._train(samples, targets, self.max_iter)

    def partial_fit(self, X: ArrayLike, y: ArrayLike, classes: ArrayLike | None = None) -> "HeadClassifier":
        """Train for one more epoch, on these samples.

        The first call needs `classes`, all labels, unless `fit` came before. Changed parameters take effect
        with the next `fit`. If the network diverges, a ConvergenceWarning says so.
        """
        if not hasattr(self, "_stack"):
            if classes is None:
                raise ValueError("the first call to partial_fit needs classes, all labels")
            samples, targets = self._start(X, y, classes)
        else:
            if classes is not None and not np.array_equal(np.unique(classes), self.classes_):
                raise ValueError(f"classes must stay what they were, {self.classes_}, got {classes}")
            samples, labels = validate_data(self, X, y, dtype=self._stack.dtype, reset=False)
            targets = LabelEncoder().fit(self.classes_).transform(labels)
        return self._train(samples, targets, n_epochs=1)

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Label (n_samples,) of each sample's most probable class."""
        most_probable = self.predict_proba(X).argmax(axis=1)
        return self.classes_[most_probable]

    def predict_proba(self, X: ArrayLike) -> Floats:
        """Class probabilities (n_samples, n_classes) of samples, in the order of `classes_`.

        They sum to one: values that need not, such as sigmoid's, are normalised. ValueError if the network
        diverged, or if the samples are so large that their logits overflow.
        """
        check_is_fitted(self)
        samples = validate_data(self, X, dtype=DTYPES, reset=False)
        stack = self._stack
        with np.errstate(all="ignore"):
            logits = stack.network.logits(stack.parameters[0, 0], samples)
            # Computed in float64, for `predict_log_proba`: heads flush float32 below 1e-32 to 0.
            probabilities = stack.settings[0].head.class_probabilities(logits.astype(np.float64))
            probabilities = probabilities.astype(logits.dtype, copy=False)
        if not np.isfinite(probabilities).all():
            reason = self._divergence() if self._diverged else "these samples' logits aren't finite"
            raise ValueError(f"no class probabilities: {reason}")
        return probabilities

    def predict_log_proba(self, X: ArrayLike) -> Floats:
        """Logarithm of `predict_proba`."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    @property
    def coefs_(self) -> list[Floats]:
        """Weights (n_in, n_out) of each layer."""
        return [weights[0, 0] for weights in self._stack.weights]

    @property
    def intercepts_(self) -> list[Floats]:
        """Biases (n_out,) of each layer."""
        return [biases[0, 0, 0] for biases in self._stack.biases]

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_stack")

    def _start(self, X: ArrayLike, y: ArrayLike, classes: ArrayLike | None = None) -> tuple[Floats, Integers]:
        """Create a network; returns the validated samples, and the labels as targets."""
        self._validate_params()
        self._check_activation()
        head, sizes = self._head(), self._sizes()
        samples, labels = validate_data(self, X, y, dtype=DTYPES)
        check_classification_targets(labels)
        encoder = LabelEncoder().fit(labels if classes is None else classes)
        targets = encoder.transform(labels)
        n_classes = len(encoder.classes_)
        if n_classes < 2:
            raise ValueError(f"y must have at least 2 classes, got 1 class: {shortened(encoder.classes_[0])}")

        n_samples, n_features = samples.shape
        batch_size = 200 if self.batch_size == "auto" else int(self.batch_size)
        smaller = min(batch_size, n_samples)
        recipe = Recipe(
            solver=self.solver,
            n_epochs=self.max_iter,
            batch_size=smaller if classes is None else batch_size,  # later calls may have more samples
            weight_decay=float(self.alpha) / smaller,
            momentum=float(self.momentum),
            nesterov=bool(self.nesterovs_momentum),
        )
        network = Network(
            n_features, n_classes, sizes, self.activation, self.initialisation, bool(self.batch_normalisation)
        )
        setting = Setting(head, float(self.learning_rate_init))
        seed = self.random_state
        if not isinstance(seed, Integral):
            seed = check_random_state(seed).randint(2**31 - 1)
        with np.errstate(over="ignore"):  # a rate beyond float32
            self._stack = Stack(network, recipe, [setting], [int(seed)], samples.dtype)
        self.classes_ = encoder.classes_
        self.loss_curve_: list[float] = []
        return samples, targets

    def _train(self, samples: Floats, targets: Integers, n_epochs: int) -> "HeadClassifier":
        with one_blas_thread(), np.errstate(all="ignore"):
            for _ in range(n_epochs):
                epoch = self._stack.epoch(samples[None], targets[None])
                self.loss_curve_.append(float(epoch.loss[0, 0]))
        self.n_iter_ = self._stack.n_epochs
        if self._diverged:
            warnings.warn(self._divergence(), ConvergenceWarning, stacklevel=3)
        return self

    @property
    def _diverged(self) -> bool:
        return not (np.isfinite(self.loss_curve_[-1]) and np.isfinite(self._stack.parameters).all())

    def _divergence(self) -> str:
        rate = self._stack.settings[0].learning_rate
        return (
            f"the network diverged at learning_rate_init={rate:g}; a smaller one may help, "
            "or features of unit variance"
        )

    def _head(self) -> Head:
        if isinstance(self.head, Head):
            return self.head
        try:
            return HEADS.parse(self.head)
        except ValueError as error:
            raise InvalidParameterError(
                f"The 'head' parameter of HeadClassifier is invalid: {error}"
            ) from None

    def _check_activation(self) -> None:
        """Checked here because heads may be registered after the class was defined."""
        if self.activation not in ACTIVATIONS:
            options = ", ".join(map(repr, ACTIVATIONS))
            raise InvalidParameterError(
                "The 'activation' parameter of HeadClassifier must be a str among "
                f"{{{options}}}. Got {self.activation!r} instead."
            )

    def _sizes(self) -> tuple[int, ...]:
        sizes = np.atleast_1d(np.asarray(self.hidden_layer_sizes, dtype=object))
        if sizes.ndim > 1 or not all(isinstance(size, int | np.integer) and size >= 1 for size in sizes):
            raise InvalidParameterError(
                "The 'hidden_layer_sizes' parameter of HeadClassifier must be whole numbers of at least 1. "
                f"Got {self.hidden_layer_sizes!r} instead."
            )
        return tuple(int(size) for size in sizes)
