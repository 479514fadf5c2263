"""Modules for other frameworks, run beside the heads that they were made from.

Frameworks are optional (requirements-export.txt): nothing here imports one before it's asked for.
"""

import contextlib
import dataclasses
import importlib.util
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import numpy as np

from alternatives.frameworks import FRAMEWORKS, module
from alternatives.heads import HEADS, Head
from alternatives.wording import listed

Loss = Callable[..., Any]

TOLERANCE = {"float64": 1e-9, "float32": 1e-5, "float16": 5e-4, "bfloat16": 4e-3}
"""Largest allowed errors, relative to numbers above 1: in half precision no more than a result's rounding."""
LARGEST = {"float64": 1e6, "float32": 1e4, "float16": 1e4, "bfloat16": 1e4}
"""Largest logits that are tried."""


@dataclass(frozen=True)
class Results:
    probabilities: np.ndarray
    loss: np.ndarray
    gradient: np.ndarray

    def errors(self, *expected: "Results") -> tuple[float, float]:
        """Of values and of gradients, the largest over the samples; of several expectations the nearest."""
        names = ("probabilities", "loss", "gradient")
        by_name = [
            np.min([differences(getattr(self, name), getattr(each, name)) for each in expected], axis=0).max()
            for name in names
        ]
        return float(max(by_name[:2])), float(by_name[2])


def differences(found: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """The largest error of each sample, relative to numbers above 1; NaN counts as infinite."""
    found, expected = (each.astype(np.float64).reshape(len(each), -1) for each in (found, expected))
    with np.errstate(invalid="ignore"):
        errors = np.abs(found - expected) / np.maximum(1, np.abs(expected))
    errors = np.where(found == expected, 0, errors)
    return np.where(np.isnan(errors), np.inf, errors).max(1)


def samples(kind: str, largest: float = 1e4, n_classes: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """Random, extreme or tied logits in float64, with targets."""
    rng = np.random.default_rng(["random", "extreme", "tied"].index(kind))
    n_samples = 60
    if kind == "random":
        logits = rng.normal(size=(n_samples, n_classes), scale=3)
    elif kind == "extreme":
        signs = rng.choice([-1.0, 1.0], (n_samples, n_classes))
        logits = signs * 10 ** rng.uniform(-6, np.log10(largest), (n_samples, n_classes))
        logits[:n_classes] = largest * np.eye(n_classes)
        logits[n_classes : 2 * n_classes] = -largest * np.eye(n_classes)
        logits[2 * n_classes] = largest
        logits[2 * n_classes + 1] = -largest
    else:
        logits = rng.integers(-2, 3, (n_samples, n_classes)).astype(np.float64)
        logits[0], logits[1], logits[2] = 0.0, -1.0, 2.0
    return logits, rng.integers(n_classes, size=n_samples)


KINDS = ("random", "extreme", "tied")


def forms(name: str) -> list[Head]:
    """A head with all its parameters that are tried, and with none of its ε."""
    head = HEADS[name]
    without = [dataclasses.replace(head, epsilon=0.0)] if "epsilon" in head.ranges() else []
    return list(dict.fromkeys([*head.forms(), *without]))


def worst(name: str, framework: str, dtype: str, kinds: Sequence[str] = KINDS) -> tuple[float, float]:
    """Largest errors of the values and of the gradients of a head, in all its forms."""
    errors = []
    for head in forms(name):
        for kind in kinds:
            logits, targets = samples(kind, LARGEST[dtype])
            logits = rounded(logits, dtype)
            found = run(head, framework, logits, targets, dtype)
            errors.append(
                found.errors(*expected(head, logits, targets, dtype, type_of_loss(framework, dtype)))
            )
    values, gradients = zip(*errors, strict=True)
    return max(values), max(gradients)


def missing(name: str) -> str:
    """Why a framework can't be run; empty if it can."""
    wanted = {"keras": ["keras", keras_backend()]}.get(name, [FRAMEWORKS[name].package])
    absent = [each for each in wanted if importlib.util.find_spec(each) is None]
    return f"not installed: {listed(absent)}; see requirements-export.txt" if absent else ""


def keras_backend() -> str:
    """What Keras runs on: what the environment says, or else what there is."""
    there = "jax" if importlib.util.find_spec("torch") is None else "torch"
    return os.environ.setdefault("KERAS_BACKEND", there)


def dtypes(name: str) -> list[str]:
    """The floating types that a framework has here; NumPy has bfloat16 where ml_dtypes is installed."""
    without = name == "numpy" and importlib.util.find_spec("ml_dtypes") is None
    return [dtype for dtype in TOLERANCE if not (without and dtype == "bfloat16")]


def rounded(logits: np.ndarray, dtype: str) -> np.ndarray:
    """Logits in float64 as a type has them."""
    if dtype == "bfloat16":  # the upper half of a float32, to the nearest, ties to even
        bits = logits.astype(np.float32).view(np.uint32)
        bits = (bits + 0x7FFF + ((bits >> 16) & 1)) & np.uint32(0xFFFF0000)
        return bits.view(np.float32).astype(np.float64)
    return logits.astype(dtype).astype(np.float64)


def expected(head: Head, logits: np.ndarray, targets: np.ndarray, dtype: str, of_loss: str) -> list[Results]:
    """What a head gives in float64, and in the type that it's computed in.

    The two differ where a gradient jumps and rounding decides on which side a sample lies, and in the limit
    that an ε of 0 stands for. What doesn't fit into the type of a result is infinite there.
    """
    found = []
    for computed in {"float64": ["float64"]}.get(dtype, ["float64", "float32"]):
        given = logits.astype(computed)
        loss, gradient = head.loss_and_gradient(given, targets)
        found.append(Results(head.probabilities(given), _fitted(loss, of_loss), _fitted(gradient, dtype)))
    return found


def _fitted(values: np.ndarray, dtype: str) -> np.ndarray:
    """Infinite where float16 has no room."""
    if dtype != "float16":
        return values
    with np.errstate(over="ignore"):
        return np.where(np.isinf(values.astype(dtype)), np.copysign(np.inf, values), values)


@lru_cache(maxsize=256)
def loaded(head: Head, name: str) -> SimpleNamespace:
    """The names that a head's module for a framework defines."""
    space: dict[str, Any] = {}
    exec(compile(module(head, FRAMEWORKS[name]), f"<{head} for {name}>", "exec"), space)
    return SimpleNamespace(**space)


@contextlib.contextmanager
def double_precision(name: str) -> Iterator[None]:
    """JAX has float64 only where it's asked for."""
    if name == "jax" or (name == "keras" and keras_backend() == "jax"):
        import jax

        before = jax.config.jax_enable_x64
        jax.config.update("jax_enable_x64", True)
        try:
            yield
        finally:
            jax.config.update("jax_enable_x64", before)
    else:
        yield


def type_of_loss(name: str, dtype: str) -> str:
    """Keras computes losses in float32, and leaves them there."""
    return "float32" if name == "keras" and dtype != "float64" else dtype


def _of_numpy(head: Head, logits: np.ndarray, targets: np.ndarray, dtype: str) -> Results:
    if dtype == "bfloat16":
        import ml_dtypes

        logits = logits.astype(ml_dtypes.bfloat16)
    own, logits = loaded(head, "numpy"), logits.astype(dtype) if dtype != "bfloat16" else logits
    loss = own.Loss(reduction="none")
    with np.errstate(all="ignore"):
        return Results(own.probabilities(logits), loss(logits, targets), loss.gradient(logits, targets))


def _by_torch(
    own: SimpleNamespace,
    loss: Loss,
    logits: np.ndarray,
    targets: np.ndarray,
    dtype: str,
) -> Results:
    import torch

    values = torch.tensor(logits, dtype=getattr(torch, dtype), requires_grad=True)
    losses = loss(values, torch.tensor(targets))
    (gradient,) = torch.autograd.grad(losses, values, torch.ones_like(losses))
    found = own.probabilities(values), losses, gradient
    return Results(*(each.detach().double().numpy() for each in found))


def _by_jax(
    own: SimpleNamespace,
    loss: Loss,
    logits: np.ndarray,
    targets: np.ndarray,
    dtype: str,
) -> Results:
    import jax

    values = jax.numpy.asarray(logits, dtype)
    losses, backward = jax.vjp(lambda given: loss(given, jax.numpy.asarray(targets)), values)
    (gradient,) = backward(jax.numpy.ones_like(losses))
    found = own.probabilities(values), losses, gradient
    return Results(*(np.asarray(each, np.float64) for each in found))


def _by_tensorflow(
    own: SimpleNamespace, loss: Loss, logits: np.ndarray, targets: np.ndarray, dtype: str
) -> Results:
    import tensorflow as tf

    values = tf.cast(tf.constant(logits), dtype)
    with tf.GradientTape() as tape:
        tape.watch(values)
        losses = loss(values, targets)
    found = own.probabilities(values), losses, tape.gradient(losses, values)
    return Results(*(tf.cast(each, "float64").numpy() for each in found))


THROUGH = {"torch": _by_torch, "pytorch": _by_torch, "jax": _by_jax, "tensorflow": _by_tensorflow}


def run(head: Head, name: str, logits: np.ndarray, targets: np.ndarray, dtype: str) -> Results:
    """What a head's module gives: probabilities, the loss of each sample, and its gradient."""
    if name == "numpy":
        return _of_numpy(head, logits, targets, dtype)
    with double_precision(name):
        own = loaded(head, name)
        if name != "keras":
            return THROUGH[name](own, own.Loss(reduction="none"), logits, targets, dtype)
        loss = own.Loss(reduction="none", dtype="float64" if dtype == "float64" else None)
        through = THROUGH[keras_backend()]
        return through(own, lambda values, classes: loss(classes, values), logits, targets, dtype)
