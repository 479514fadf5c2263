"""About how long a training takes: an estimate from the shapes of its arrays.

A stack's time goes into calls of numpy, matrix products, and passes over numbers. How many there are of each
follows from the plan. The constants are seconds of one core of an AMD EPYC with 1 MB of own cache, fitted to
700 trainings drawn over the whole range of settings; ``python -m tests.benchmarks estimates`` says how well
they hold.
"""

import math

import numpy as np

from alternatives.training.architecture import BLOCK
from alternatives.training.pieces import divide
from alternatives.training.plan import Plan
from alternatives.training.solvers import SOLVERS

N_WORKERS = 2
"""Workers whose pieces are counted."""

STEP = 3e-5
"""A step of a piece, or its evaluation, before any of its layers and heads."""
CALLS = 2e-6
"""The calls for one array that a network computes, forwards and backwards, of a whole piece."""
CALLS_OF_RUN = 3.2e-7
"""The same for each run: a product of stacks is one product a run."""
HEAD_CALLS = 1.15e-5
"""The calls for the loss of one family of heads."""
PRODUCT = 1.4e-11
"""One multiplication and addition in a matrix product."""
NUMBER = 2.5e-9
"""One number that a layer or a head computes from another, forwards and backwards."""
PASS = 1.1e-10
"""One pass over one parameter."""
GATHERED = 1.5e-9
"""One number of a sample, copied into its mini-batch."""
EPOCH = 2e-4
"""What is done once an epoch, for each piece."""
TASK = 4e-3
"""A piece's way to a worker and back, in its own and in the calling process."""

OTHER_PASSES = 3
"""Passes over the parameters beside the optimiser's: sums of the gradients, and their norms."""
FORWARDS = 1 / 3
"""Share of a step that an evaluation of as many samples takes: it has no way back."""


def seconds(plan: Plan) -> float:
    """Estimated time of one core for a training, with the evaluations after its epochs."""
    network, recipe = plan.network, plan.recipe
    _, n_samples, n_features = plan.training.X.shape
    n_steps, n_blocks = (
        math.ceil(n / size)
        for n, size in ((n_samples, recipe.batch_size), (plan.validation.X.shape[1], BLOCK))
    )
    n_learnt = n_samples + FORWARDS * plan.validation.X.shape[1]
    calls = n_steps + FORWARDS * n_blocks
    passes = SOLVERS[recipe.solver].n_passes + OTHER_PASSES + 2 * (recipe.weight_decay > 0)
    effort = network.effort

    run = calls * effort.arrays * CALLS_OF_RUN + n_steps * passes * network.n_parameters * PASS
    run += n_learnt * (3 * effort.products * PRODUCT + effort.numbers * NUMBER)
    logits = n_learnt * network.n_classes * NUMBER
    heads = [setting.head.effort for setting in plan.settings]
    families = [setting.family for setting in plan.settings]
    epoch = len(plan.seeds) * sum(run + of_head * logits for of_head in heads)
    n_pieces = 0
    for splits, settings in divide(plan, np.dtype(np.float32), N_WORKERS):
        n_pieces += 1
        # Heads of one family are one call.
        of_family = {families[index]: heads[index] for index in settings}
        epoch += (n_steps + 1) * (STEP + HEAD_CALLS * sum(of_family.values())) + EPOCH
        epoch += calls * effort.arrays * CALLS
        epoch += (splits.stop - splits.start) * n_samples * n_features * GATHERED
    return recipe.n_epochs * epoch + n_pieces * TASK
