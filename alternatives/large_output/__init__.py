"""Output layers for classifiers with very many classes.

`FactoredOutput` gives the same numbers as `DenseOutput`, at a cost that doesn't grow with the number of
classes. It needs a loss of the spherical family (`FAMILY`), for example Taylor softmax.

>>> import numpy as np
>>> from alternatives.large_output import FAMILY, FactoredOutput
>>> layer = FactoredOutput.zeros(n_classes=1_000_000, n_units=64)  # storage="a new file" keeps its rows there
>>> hidden, targets = np.random.default_rng(0).normal(size=(32, 64)), np.arange(32)
>>> for _ in range(20):
...     loss, gradient = layer.step(FAMILY["Taylor softmax"], hidden, targets, learning_rate=10.0)
>>> layer.top_k(hidden[:3], k=1).ravel()
array([0, 1, 2])
>>> layer.save("layer.npz")  # and FactoredOutput.load("layer.npz") goes on from there
"""

from alternatives.large_output.checks import Diverged
from alternatives.large_output.dense import DenseOutput
from alternatives.large_output.factored import FactoredOutput, Upkeep
from alternatives.large_output.hierarchical import HierarchicalSoftmax
from alternatives.large_output.layer import OutputLayer
from alternatives.large_output.sampled import SampledSoftmax
from alternatives.large_output.saved import DamagedFile
from alternatives.large_output.spherical import FAMILY, SphericalLoss, ZLoss

__all__ = [
    "FAMILY",
    "DamagedFile",
    "DenseOutput",
    "Diverged",
    "FactoredOutput",
    "HierarchicalSoftmax",
    "OutputLayer",
    "SampledSoftmax",
    "SphericalLoss",
    "Upkeep",
    "ZLoss",
]
