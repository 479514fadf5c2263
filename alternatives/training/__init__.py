"""Many networks trained at once, as one stack of arrays."""

from alternatives.training.network import ACTIVATIONS, INITIALISATIONS, Network
from alternatives.training.parallel import History, Part, Trained, one_blas_thread, seconds_of_run, train
from alternatives.training.pool import Pool, shared_pool
from alternatives.training.solvers import SOLVERS, Recipe
from alternatives.training.stack import Epoch, Setting, Stack

__all__ = [
    "ACTIVATIONS",
    "INITIALISATIONS",
    "SOLVERS",
    "Epoch",
    "History",
    "Network",
    "Part",
    "Pool",
    "Recipe",
    "Setting",
    "Stack",
    "Trained",
    "one_blas_thread",
    "seconds_of_run",
    "shared_pool",
    "train",
]
