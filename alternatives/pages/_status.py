"""What a page says about a training: what is trained, how far it is, how it was made."""

from alternatives.experiments import Comparison, Progress
from alternatives.wording import counted, listed, sentence

OPTIMISERS = {"adam": "Adam", "sgd": "SGD"}


def in_training(comparison: Comparison) -> str:
    """What is being trained, about as long as the finding will be."""
    heads = listed(head.name for head in comparison.heads)
    n_rates = len(comparison.learning_rates)
    each = f", each with {n_rates} learning rates" if n_rates > 1 else ""
    return f"Training {heads} on {comparison.dataset} over {counted(comparison.n_seeds, 'seed')}{each}"


def so_far(progress: Progress | None, with_accuracy: bool) -> str:
    """How far a comparison is, and which accuracy the picture shows, if it does."""
    if progress is None:
        return "Preparing the data"
    shown = "; accuracy so far is on the validation set" if with_accuracy and progress.epoch else ""
    return f"Epoch {progress.epoch} of {progress.experiment.n_epochs}, {progress.fraction:.0%} done{shown}"


def method(comparison: Comparison) -> str:
    """How a comparison was made, in a line."""
    sizes = [str(size) for size in comparison.hidden_layer_sizes]
    layers = "a hidden layer" if len(sizes) == 1 else "hidden layers"
    normalised = " with batch normalisation" if comparison.batch_normalisation else ""
    rates = comparison.learning_rates
    parts = [
        counted(comparison.n_seeds, "seed"),
        f"{layers} of {listed(sizes)} {comparison.activation} units{normalised}"
        if sizes
        else "no hidden layer",
        f"{counted(comparison.n_epochs, 'epoch')} of {OPTIMISERS.get(comparison.solver, comparison.solver)}",
        f"mini-batches of {comparison.batch_size}",
    ]
    if comparison.weight_decay:
        parts.append(f"L2 penalty {comparison.weight_decay:g}")
    if comparison.label_noise:
        parts.append(f"{100 * comparison.label_noise:g} % of the training and validation labels wrong")
    rate = f"learning rate {rates[0]:g}"
    if comparison.learning_rate is None:
        rate = f"each head uses the best of {len(rates)} learning rates (by validation loss)"
    clean = ", whose labels are right" if comparison.label_noise else ""
    return sentence(f"{', '.join([*parts, rate])}. Measured on the test set{clean}.")
