"""What a comparison costs."""

from alternatives.experiments.comparison import Comparison
from alternatives.serving.limits import Cost
from alternatives.training import seconds_of_run


def cost(comparison: Comparison) -> Cost:
    """About what a comparison costs; loads its data set."""
    samples = comparison.dataset.load()
    n_samples, n_features = samples.X.shape
    network, recipe = comparison.network(samples), comparison.recipe
    n_runs = comparison.n_seeds * len(comparison.heads) * len(comparison.learning_rates)
    # Parameters, gradients and moments of every run; the data twice, here and for the workers; and, in
    # evaluation, some ten arrays in double precision of what the runs shown say of the test part.
    trained = 4 * 4 * n_runs * network.n_parameters
    data = 2 * 4 * comparison.n_seeds * n_samples * n_features
    evaluated = 10 * 8 * comparison.n_seeds * len(comparison.heads) * n_samples / 5 * network.n_classes
    n_bytes = trained + data + evaluated
    return Cost(n_runs * seconds_of_run(network, recipe, int(0.6 * n_samples)), 1e-6 * n_bytes)
