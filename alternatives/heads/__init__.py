"""What a head is, and every head there is: in the order of these imports they stand in every legend."""

# isort: off
from alternatives.heads.checks import Floats, Integers
from alternatives.heads.head import (
    HEADS,
    Head,
    LinkedHead,
    NormalisedHead,
    Pullback,
    onehot,
    ones,
    stacked,
    total,
)
from alternatives.heads.published import QuadraticHead, Sigmoid, Softmax, SphericalSoftmax, TaylorSoftmax
from alternatives.heads.scores import HigherOrderTaylorSoftmax, PlainNormalisation
from alternatives.heads.other_losses import Hinge, SoftMarginSoftmax, SoftmaxWithSquaredError
from alternatives.heads.sparse import Entmax, ScaledSquaredError, SparseHead, Sparsemax, SquaredError
from alternatives.heads.bound import LogSoftmaxBound
# isort: on

__all__ = [
    "HEADS",
    "Entmax",
    "Floats",
    "Head",
    "HigherOrderTaylorSoftmax",
    "Hinge",
    "Integers",
    "LinkedHead",
    "LogSoftmaxBound",
    "NormalisedHead",
    "PlainNormalisation",
    "Pullback",
    "QuadraticHead",
    "ScaledSquaredError",
    "Sigmoid",
    "SoftMarginSoftmax",
    "Softmax",
    "SoftmaxWithSquaredError",
    "SparseHead",
    "Sparsemax",
    "SphericalSoftmax",
    "SquaredError",
    "TaylorSoftmax",
    "onehot",
    "ones",
    "stacked",
    "total",
]
