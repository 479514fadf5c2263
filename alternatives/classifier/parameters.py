"""The parameters of a HeadClassifier, and what they mean to a training."""

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils._param_validation import Interval, InvalidParameterError, Options, StrOptions

from alternatives.classifier.run import Rule
from alternatives.heads import HEADS, Head
from alternatives.training import ACTIVATIONS, IDENTITY, INITIALISATIONS, SOLVERS, Network, Recipe, Setting

AUTO_BATCH_SIZE = 200
"""The size of mini-batches with ``batch_size="auto"``, as in `MLPClassifier`."""


@dataclass(eq=False, repr=False)
class Parameters(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """All parameters; `HeadClassifier` describes them."""

    head: str | Head = "softmax"
    hidden_layer_sizes: int | Sequence[int] = (100,)
    activation: str = "relu"
    _: KW_ONLY
    solver: str = "adam"
    alpha: float = 0.0001
    batch_size: int | str = "auto"
    learning_rate: str = "constant"
    learning_rate_init: float = 0.001
    power_t: float = 0.5
    max_iter: int = 200
    shuffle: bool = True
    random_state: int | np.random.RandomState | None = None
    tol: float = 1e-4
    verbose: bool | int = False
    warm_start: bool = False
    momentum: float = 0.9
    nesterovs_momentum: bool = True
    early_stopping: bool = False
    validation_fraction: float = 0.1
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8
    n_iter_no_change: float = 10
    max_fun: int = 15000
    batch_normalisation: bool = False
    initialisation: str = "Glorot"
    class_weight: Mapping[Any, float] | str | None = None

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "head": [str, Head],
        "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
        "activation": [str],
        "solver": [StrOptions({*SOLVERS, "lbfgs"})],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "learning_rate": [StrOptions({"constant", "invscaling", "adaptive"})],
        "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
        "power_t": [Interval(Real, 0, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "shuffle": ["boolean"],
        "random_state": ["random_state"],
        "tol": [Interval(Real, 0, None, closed="left")],
        "verbose": ["verbose"],
        "warm_start": ["boolean"],
        "momentum": [Interval(Real, 0, 1, closed="both")],
        "nesterovs_momentum": ["boolean"],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "beta_1": [Interval(Real, 0, 1, closed="left")],
        "beta_2": [Interval(Real, 0, 1, closed="left")],
        "epsilon": [Interval(Real, 0, None, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left"), Options(Real, {np.inf})],
        "max_fun": [Interval(Integral, 1, None, closed="left")],
        "batch_normalisation": ["boolean"],
        "initialisation": [StrOptions(set(INITIALISATIONS))],
        "class_weight": [dict, StrOptions({"balanced"}), None],
    }

    def check(self) -> None:
        """InvalidParameterError for a value that isn't allowed, ValueError for two that don't go together."""
        self._validate_params()
        self.setting()
        self._sizes()
        if self.activation not in ACTIVATIONS:  # of which a head may be registered at any time
            options = ", ".join(map(repr, (IDENTITY, *ACTIVATIONS)))
            raise InvalidParameterError(
                "The 'activation' parameter of HeadClassifier must be a str among "
                f"{{{options}}}. Got {self.activation!r} instead."
            )
        if self.solver == "lbfgs" and self.batch_normalisation:
            raise ValueError("batch_normalisation needs mini-batches: choose a solver other than 'lbfgs'")

    def rule(self) -> Rule:
        """When training ends, and its learning rate until then."""
        return Rule(
            self.learning_rate if self.solver == "sgd" else "constant",
            float(self.learning_rate_init),
            self.power_t,
            self.tol,
            self.n_iter_no_change,
            self.verbose,
        )

    def recipe(self) -> Recipe:
        """How mini-batches change the weights."""
        return Recipe(
            solver="sgd" if self.solver == "lbfgs" else self.solver,  # L-BFGS asks for gradients alone
            n_epochs=self.max_iter,
            batch_size=AUTO_BATCH_SIZE if self.batch_size == "auto" else int(self.batch_size),
            alpha=float(self.alpha),
            momentum=float(self.momentum),
            nesterov=bool(self.nesterovs_momentum),
            beta_1=float(self.beta_1),
            beta_2=float(self.beta_2),
            epsilon=float(self.epsilon),
            shuffle=bool(self.shuffle),
        )

    def network(self, n_features: int, n_classes: int) -> Network:
        """The layers."""
        return Network(
            n_features,
            n_classes,
            self._sizes(),
            self.activation,
            self.initialisation,
            bool(self.batch_normalisation),
        )

    def setting(self) -> Setting:
        """The head, and the learning rate at first."""
        return Setting(self._head(), float(self.learning_rate_init))

    def _head(self) -> Head:
        if isinstance(self.head, Head):
            return self.head
        try:
            return HEADS.parse(self.head)
        except ValueError as error:
            raise InvalidParameterError(
                f"The 'head' parameter of HeadClassifier is invalid: {error}"
            ) from None

    def _sizes(self) -> tuple[int, ...]:
        sizes = np.atleast_1d(np.asarray(self.hidden_layer_sizes, dtype=object))
        if sizes.ndim > 1 or not all(isinstance(size, int | np.integer) and size >= 1 for size in sizes):
            raise InvalidParameterError(
                "The 'hidden_layer_sizes' parameter of HeadClassifier must be whole numbers of at least 1. "
                f"Got {self.hidden_layer_sizes!r} instead."
            )
        return tuple(int(size) for size in sizes)
