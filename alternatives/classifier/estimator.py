"""HeadClassifier: parameters, checks, and the attributes that scikit-learn's tools ask for."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, validate_data

from alternatives.classifier.attributes import FittedAttributes
from alternatives.classifier.labels import check_one_kind, classes_of, encoded
from alternatives.classifier.lbfgs import minimise
from alternatives.classifier.parameters import Parameters
from alternatives.classifier.run import Run, Samples
from alternatives.classifier.weights import combined_weights
from alternatives.heads import Floats
from alternatives.training import Stack

DTYPES = [np.float64, np.float32]
"""Types of samples that are kept; others are converted to the first."""


@contextmanager
def unchanged_if_it_fails(estimator: BaseEstimator) -> Iterator[None]:
    """Whatever is raised inside, the estimator keeps the attributes it had: nothing is half fitted."""
    before = vars(estimator).copy()
    try:
        yield
    except BaseException:
        estimator.__dict__ = before
        raise


class HeadClassifier(FittedAttributes, ClassifierMixin, Parameters):  # type: ignore[misc]  # scikit-learn has no types
    """Multi-layer perceptron that ends in softmax or in one of its alternatives.

    Apart from `head`, which comes first, the parameters are those of scikit-learn's `MLPClassifier` with the
    same defaults, and a few more at the end.

    Parameters
    ----------
    head : str or Head, default "softmax"
        A name in `alternatives.HEADS`, a text with hyper-parameters such as
        ``"spherical softmax(epsilon=0.1)"``, or a head.
    hidden_layer_sizes : int or sequence of int, default (100,)
        Units of each hidden layer. With ``()`` the classifier is linear.
    activation : {"identity", "relu", "tanh", "logistic", "softmax", "spherical softmax", …}, \
            default "relu"
        Activation function of the hidden layers: elementwise, or the map of a normalised head in
        `alternatives.HEADS`, which normalises over the units of its layer; or ``"n · softmax"``, softmax
        times the number of units.
    solver : {"adam", "sgd", "lbfgs"}, default "adam"
        "lbfgs" takes the gradient of all samples at every step. It has no `partial_fit`, and it uses neither
        learning rates nor early stopping.
    alpha : float, default 0.0001
        Strength of the L2 penalty ½ alpha ‖W‖² / n on the weights, with n the number of samples in a
        mini-batch, or the sum of their weights.
    batch_size : int or "auto", default "auto"
        Samples in a mini-batch, at most all. "auto" is 200.
    learning_rate : {"constant", "invscaling", "adaptive"}, default "constant"
        For the solver "sgd". "invscaling" divides by ``(t_ + 1) ** power_t`` after every epoch. "adaptive"
        divides by 5 where training would otherwise stop, down to 1e-6.
    learning_rate_init : float, default 0.001
        The learning rate at first.
    power_t : float, default 0.5
    max_iter : int, default 200
        Most epochs that `fit` trains; with the solver "lbfgs", iterations.
    shuffle : bool, default True
        Whether each epoch has the samples in a new order.
    random_state : int, RandomState instance or None, default None
        Determines initial weights, mini-batches, and the validation set of early stopping.
    tol : float, default 0.0001
    n_iter_no_change : int or inf, default 10
        Training stops when the training loss has failed to improve by `tol` for more than so many epochs in
        a row. With ``numpy.inf`` it lasts for exactly `max_iter` epochs.
    verbose : bool or int, default False
        Whether to print the loss of each epoch.
    warm_start : bool, default False
        Whether `fit` goes on with the network of the last call. Samples must have the same classes, and the
        layers must stay; other parameters may change.
    momentum : float in [0, 1], default 0.9
    nesterovs_momentum : bool, default True
        Like `momentum`, for the solver "sgd" only.
    early_stopping : bool, default False
        Whether a validation set decides when to stop: its accuracy takes the place of the training loss, and
        the network with the best is kept.
    validation_fraction : float in (0, 1), default 0.1
        The validation set's share of the samples. It has the classes in the same shares where there are
        enough samples.
    beta_1, beta_2 : float in [0, 1), default 0.9 and 0.999
    epsilon : float, default 1e-8
        Constants of the solver "adam".
    max_fun : int, default 15000
        Most gradients that the solver "lbfgs" computes.
    batch_normalisation : bool, default False
        Whether each hidden unit's input is normalised over the mini-batch, before its activation.
        Predictions use running statistics, which `partial_fit` continues. Not with the solver "lbfgs".
    initialisation : {"Glorot", "He"}, default "Glorot"
        Distribution of the initial weights, drawn as in `MLPClassifier` with "Glorot"; initial biases are 0.
        Comparisons draw larger ones by default, with "He", which helps less where features aren't scaled.
    class_weight : dict, "balanced" or None, default None
        Weights of the classes by label, 1 where there is none. They multiply the samples' weights. With
        "balanced" all classes weigh the same.

    Attributes
    ----------
    classes_, coefs_, intercepts_, loss_, loss_curve_, best_loss_, validation_scores_, \
    best_validation_score_, n_iter_, t_, n_layers_, n_outputs_, n_features_in_, feature_names_in_
        As in `MLPClassifier`. There is one output a class, for two classes too. `n_iter_` counts the epochs
        of the last `fit` and of `partial_fit` since.
    out_activation_ : str
        The head's name.
    feature_importances_ : ndarray (n_features,)
        Each feature's share of the squared weights of the first layer, for features of like scale: how
        much the network listens to it, which isn't how much its predictions depend on it.

    Notes
    -----
    With an int as `random_state`, the network is that of the same seed in a comparison, if it has the same
    layers, initialisation, optimiser, learning rate, batch size and epochs, float32 samples, ``alpha=0`` and
    ``n_iter_no_change=numpy.inf``.

    It differs from `MLPClassifier` in this. The first argument is the head, so `hidden_layer_sizes` needs its
    name. Initial biases are 0. A sample has one label. With
    `warm_start` the optimiser goes on rather than starting anew, so that two fits of 5 epochs are one of 10.
    A call that is interrupted leaves all as it was. The arrays in `coefs_` can be changed, but not the
    attribute. Validation sets are stratified for more than two classes too. If the network diverges, `fit`
    warns, `loss_curve_` shows it, and predictions raise `ValueError`, so that a parameter search scores it as
    missing. As there, no `decision_function`: in the spherical family logits don't have the order of the
    probabilities.

    The losses of the spherical family level off more slowly than softmax's: a larger `tol` ends training
    sooner. Only mini-batches of sparse samples are made dense. float32 samples are trained on in float32, all
    others in float64.

    References
    ----------
    A. de Brébisson and P. Vincent (2016), An exploration of softmax alternatives belonging to the
    spherical loss family, arXiv 1511.05042.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> HeadClassifier("Taylor softmax", solver="lbfgs", random_state=0).fit(X, y).predict(X[:2])
    array([0, 0])
    """

    classes_: NDArray[Any]

    def fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> "HeadClassifier":
        """Train a network, a new one unless `warm_start` is set.

        Parameters
        ----------
        X : array-like or sparse matrix (n_samples, n_features)
        y : array-like (n_samples,)
            Labels, all strings or all numbers, of at least two classes.
        sample_weight : array-like (n_samples,), optional
            How often each sample counts, not below 0.

        Warns
        -----
        ConvergenceWarning
            If the network diverges, or still improves after `max_iter` epochs.
        """
        with unchanged_if_it_fails(self):
            self.check()
            again = self.warm_start and hasattr(self, "_run")
            X, labels = self._checked(X, y, new=not again)
            classes = classes_of(labels)
            if again and classes.tolist() != self.classes_.tolist():
                raise ValueError(
                    "warm_start can only be used where y has the same classes as in the last call to fit, "
                    f"{self.classes_}, got {classes}"
                )
            self.classes_ = classes
            samples = self._weighted(X, labels, sample_weight)
            run = self._same_run() if again else self._new_run(X)
            run.rate, run.n_iter = float(self.learning_rate_init), 0
            problem = self._minimise(run, samples) if self.solver == "lbfgs" else self._train(run, samples)
            if problem:
                warnings.warn(problem, ConvergenceWarning, stacklevel=2)
            self._run = run
        return self

    @available_if(lambda self: self.solver != "lbfgs")  # type: ignore[untyped-decorator]
    def partial_fit(
        self,
        X: Any,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        classes: ArrayLike | None = None,
    ) -> "HeadClassifier":
        """Train for one more epoch, on these samples, with the parameters as they are now.

        The first call needs `classes`, all labels, unless `fit` came before. The layers must stay. If the
        network diverges, a ConvergenceWarning says so.
        """
        with unchanged_if_it_fails(self):
            self.check()
            first = not hasattr(self, "_run")
            if first and classes is None:
                raise ValueError("the first call to partial_fit needs classes, all labels")
            if self.early_stopping:
                raise ValueError("partial_fit does not support early_stopping=True: fit does")
            if self.class_weight == "balanced":
                raise ValueError(
                    "partial_fit does not support class_weight='balanced', for which it would have to know "
                    "all samples; give the classes' weights as a dict"
                )
            X, labels = self._checked(X, y, new=first)
            if classes is not None:
                given = classes_of(classes)
                if first:
                    self.classes_ = given
                elif given.tolist() != self.classes_.tolist():
                    raise ValueError(f"classes must stay what they were, {self.classes_}, got {classes}")
            samples = self._weighted(X, labels, sample_weight)
            run = self._new_run(X) if first else self._same_run()
            run.train(samples, self.rule(), n_epochs=1)
            if run.diverged:
                warnings.warn(_divergence(run), ConvergenceWarning, stacklevel=2)
            self._run = run
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """Label (n_samples,) of each sample's most probable class."""
        most_probable = self.predict_proba(X).argmax(axis=1)
        return self.classes_[most_probable]

    def predict_proba(self, X: Any) -> Floats:
        """Class probabilities (n_samples, n_classes) of samples, in the order of `classes_`.

        They are float64 and sum to one: values that need not, such as sigmoid's, are normalised. ValueError
        if the network diverged, or if the samples are so large that their logits overflow.
        """
        check_is_fitted(self)
        X = validate_data(self, X, accept_sparse="csr", dtype=DTYPES, reset=False)
        with np.errstate(all="ignore"):
            probabilities = self._run.probabilities(X)
        if not np.isfinite(probabilities).all():
            reason = _divergence(self._run) if self._run.diverged else "these samples' logits aren't finite"
            raise ValueError(f"no class probabilities: {reason}")
        return probabilities

    def predict_log_proba(self, X: Any) -> Floats:
        """Logarithm of `predict_proba`."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_run")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def _checked(self, X: Any, y: ArrayLike, new: bool) -> tuple[Any, NDArray[Any]]:
        """Samples, dense or sparse in rows, and labels; `new` ones may have other features than before."""
        check_one_kind(y)
        dtype = DTYPES if new else self._run.stack.dtype
        X, labels = validate_data(self, X, y, accept_sparse="csr", dtype=dtype, reset=new)
        return X, labels

    def _weighted(self, X: Any, labels: NDArray[Any], sample_weight: ArrayLike | None) -> Samples:
        """Samples for training. One of weight 0 is left out, so that it's as if it weren't there."""
        targets = encoded(labels, self.classes_)
        weights = combined_weights(sample_weight, self.class_weight, targets, self.classes_)
        samples = Samples(X, targets, weights)
        return samples if weights is None or weights.all() else samples.rows(np.flatnonzero(weights))

    def _new_run(self, X: Any) -> Run:
        """An untrained network for such samples."""
        seed = self.random_state
        if not isinstance(seed, Integral):
            seed = check_random_state(seed).randint(2**31 - 1)
        with np.errstate(over="ignore"):  # a rate beyond float32
            stack = Stack(
                self.network(self.n_features_in_, len(self.classes_)),
                self.recipe(),
                [self.setting()],
                [int(seed)],
                X.dtype,
            )
        return Run(stack, int(seed), float(self.learning_rate_init))

    def _same_run(self) -> Run:
        """The network as it is, to go on by itself with the parameters as they are now."""
        before, now = self._run.stack.network, self.network(self.n_features_in_, len(self.classes_))
        for name in ("hidden_layer_sizes", "activation", "batch_normalisation"):
            if getattr(now, name) != getattr(before, name):
                raise ValueError(
                    f"a network that goes on training keeps its layers: {name} must stay "
                    f"{getattr(before, name)!r}, got {getattr(now, name)!r}"
                )
        with np.errstate(over="ignore"):
            run = self._run.copy(self.recipe(), self.setting())
        if self._run.stack.settings[0].learning_rate != self.learning_rate_init:
            run.rate = float(self.learning_rate_init)
        return run

    def _train(self, run: Run, samples: Samples) -> str:
        """Train in mini-batches; returns what there is to warn of."""
        validation = None
        run.validation_scores = (run.validation_scores or []) if self.early_stopping else None
        if self.early_stopping:
            samples, validation = self._split(samples, run.seed)
        ended = run.train(samples, self.rule(), self.max_iter, validation)
        if run.diverged:
            return _divergence(run)
        if ended or self.n_iter_no_change == np.inf:
            return ""
        return f"the network still improved after max_iter={self.max_iter} epochs: it hasn't converged yet"

    def _minimise(self, run: Run, samples: Samples) -> str:
        """Train by L-BFGS; returns what there is to warn of."""
        run.validation_scores = None
        reason = minimise(run, samples, self.tol, self.max_iter, self.max_fun, self.verbose)
        if run.diverged:
            return _divergence(run)
        return reason and f"solver 'lbfgs' hasn't converged: {reason}; max_iter or scaled samples may help"

    def _split(self, samples: Samples, seed: int) -> tuple[Samples, Samples]:
        """Training and validation set. A run has the same in every fit that goes on with it."""
        n_samples, counts = len(samples.targets), np.bincount(samples.targets)
        n_validation = np.ceil(n_samples * self.validation_fraction)
        n_classes = np.count_nonzero(counts)
        stratifies = counts[counts > 0].min() > 1 and n_classes <= n_validation <= n_samples - n_classes
        if n_validation < 2:
            raise ValueError(
                f"a validation set needs 2 samples or more; validation_fraction={self.validation_fraction} "
                f"of {n_samples} is less"
            )
        training, validation = train_test_split(
            np.arange(n_samples),
            test_size=self.validation_fraction,
            random_state=seed,
            stratify=samples.targets if stratifies else None,
        )
        return samples.rows(training), samples.rows(validation)


def _divergence(run: Run) -> str:
    rate = run.stack.settings[0].learning_rate
    return (
        f"the network diverged at learning_rate_init={rate:g}; a smaller one may help, "
        "or features of unit variance"
    )
