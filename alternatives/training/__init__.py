"""Many networks trained at once, as one stack of arrays."""

from alternatives.training import cost
from alternatives.training.activations import ACTIVATIONS, IDENTITY, N_SOFTMAX
from alternatives.training.architecture import INITIALISATIONS, Architecture
from alternatives.training.convolution import AT_A_TIME, most_convolutions
from alternatives.training.equal_weights import EQUAL
from alternatives.training.giving_up import look, looking
from alternatives.training.history import History
from alternatives.training.network import Network
from alternatives.training.parallel import Trained, jobs_that_pay, train
from alternatives.training.plan import Plan, Subset
from alternatives.training.pool import (
    Pool,
    end_workers,
    let_later,
    limit_workers,
    lower_priority,
    one_blas_thread,
    release,
    shared_pool,
)
from alternatives.training.priority import Share, sharing
from alternatives.training.soft_choice import AttentionPooling, MixtureOfExperts
from alternatives.training.solvers import SOLVERS, Recipe
from alternatives.training.stack import Epoch, Setting, Stack

__all__ = [
    "ACTIVATIONS",
    "AT_A_TIME",
    "EQUAL",
    "IDENTITY",
    "INITIALISATIONS",
    "N_SOFTMAX",
    "SOLVERS",
    "Architecture",
    "AttentionPooling",
    "Epoch",
    "History",
    "MixtureOfExperts",
    "Network",
    "Plan",
    "Pool",
    "Recipe",
    "Setting",
    "Share",
    "Stack",
    "Subset",
    "Trained",
    "cost",
    "end_workers",
    "jobs_that_pay",
    "let_later",
    "limit_workers",
    "look",
    "looking",
    "lower_priority",
    "most_convolutions",
    "one_blas_thread",
    "release",
    "shared_pool",
    "sharing",
    "train",
]
