"""What a page says about a training: what is trained, and how far it is."""

from alternatives.experiments import Comparison, Progress
from alternatives.wording import counted, listed, percent, sentence


def in_training(comparison: Comparison) -> str:
    """What is being trained, about as long as the finding will be."""
    heads = listed(head.name for head in comparison.heads)
    seeds = counted(comparison.n_seeds, "seed")
    tuned = _tuned(comparison)
    each = f"each with its own {listed(tuned)}" if tuned else "all with the same learning rate and epochs"
    return f"Training {heads} on {comparison.dataset.in_words} over {seeds}, {each}"


def so_far(comparison: Comparison, progress: Progress | None, with_accuracy: bool) -> str:
    """How far a comparison is, which accuracy the picture shows, and what is done: as long as the details."""
    doing = "Preparing the data."
    if progress is not None:
        doing = f"{sentence(progress.stage)}, {percent(progress.fraction)} done."
    tuned = _tuned(comparison)
    chosen = (
        f"First each head's {listed(tuned)} {'is' if len(tuned) == 1 else 'are'} chosen on other splits. "
    )
    seeds = f"{'Then all' if comparison.search.needed else 'All'} heads are trained from the same seeds"
    shown = ", and the accuracy so far is that on the validation set" if with_accuracy else ""
    return f"{doing} {chosen if comparison.search.needed else ''}{seeds}{shown}."


def _tuned(comparison: Comparison) -> list[str]:
    """Which of the learning rate and the number of epochs each head has for itself."""
    given = {"learning rate": comparison.learning_rate, "number of epochs": comparison.n_epochs}
    return [name for name, value in given.items() if value is None]
