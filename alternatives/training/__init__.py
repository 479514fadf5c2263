"""Many networks trained at once, as one stack of arrays."""

from alternatives.training.activations import ACTIVATIONS
from alternatives.training.architecture import INITIALISATIONS, Architecture
from alternatives.training.choosing import Experts, Readout
from alternatives.training.network import Network
from alternatives.training.parallel import (
    History,
    Part,
    Plan,
    Trained,
    one_blas_thread,
    seconds_of_run,
    train,
    train_all,
)
from alternatives.training.pool import Pool, shared_pool
from alternatives.training.solvers import SOLVERS, Recipe
from alternatives.training.stack import Epoch, Setting, Stack

__all__ = [
    "ACTIVATIONS",
    "INITIALISATIONS",
    "SOLVERS",
    "Architecture",
    "Epoch",
    "Experts",
    "History",
    "Network",
    "Part",
    "Plan",
    "Pool",
    "Readout",
    "Recipe",
    "Setting",
    "Stack",
    "Trained",
    "one_blas_thread",
    "seconds_of_run",
    "shared_pool",
    "train",
    "train_all",
]
