"""The output layer of a classifier with very many classes, dense and factored: the same numbers."""

from alternatives.large_output.checks import Diverged
from alternatives.large_output.dense import DenseOutput
from alternatives.large_output.factored import FactoredOutput, Upkeep
from alternatives.large_output.layer import OutputLayer
from alternatives.large_output.rivals import HierarchicalSoftmax, SampledSoftmax
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
