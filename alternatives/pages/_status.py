"""What a page says about a training: what is trained, how far it is, how it was made."""

from alternatives.experiments import Comparison, Progress
from alternatives.experiments.comparison import QUESTIONS
from alternatives.sessions.naming import SPELLED
from alternatives.statistics import FEWEST_PAIRS
from alternatives.wording import ROUNDED, counted, given, listed, percent, sentence


def in_training(comparison: Comparison) -> str:
    """What is being trained, about as long as the finding will be."""
    heads = listed(head.name for head in comparison.heads)
    seeds = counted(comparison.n_seeds, "seed")
    tuned = _tuned(comparison)
    each = f"each with its own {listed(tuned)}" if tuned else "all with the same learning rate and epochs"
    return f"Training {heads} on {comparison.dataset} over {seeds}, {each}"


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


def method(comparison: Comparison) -> str:
    """How a comparison was made, in two lines of Markdown."""
    sizes = [str(size) for size in comparison.hidden_layer_sizes]
    activation = SPELLED.get(comparison.activation, comparison.activation)
    layers = "a hidden layer" if len(sizes) == 1 else "hidden layers"
    normalised = " with batch normalisation" if comparison.batch_normalisation else ""
    parts = [
        counted(comparison.n_seeds, "seed"),
        f"{layers} of {listed(sizes)} {activation} units{normalised}" if sizes else "no hidden layer",
        SPELLED.get(comparison.solver, comparison.solver),
        f"mini-batches of {comparison.batch_size}",
    ]
    if comparison.weight_decay:
        parts.append(f"L2 penalty {given(comparison.weight_decay)}")
    if comparison.label_noise:
        parts.append(f"{percent(comparison.label_noise)} of the training and validation labels wrong")
    clean = ", whose labels are right" if comparison.label_noise else ""
    tuned = sentence(comparison.tuned_in_words)
    return f"{sentence(', '.join(parts))}.  \n{tuned}. Measured on the test set{clean}."


def how_concluded(comparison: Comparison) -> str:
    """What the table's second lines and verdicts say, and which question they answer."""
    if comparison.n_seeds < FEWEST_PAIRS:
        return f"Second line: difference from {comparison.baseline}. With so few seeds it has no interval."
    question = "on these data, at the rates and epochs chosen here, over other splits and initial weights"
    if comparison.question != QUESTIONS[0]:
        question = "on new data from the same source, tuned anew"
    return (
        f"Bold: best. Second line: difference from {comparison.baseline}, {question}, with a 95 % CI. The "
        "verdict is read from it. The intervals of all heads in accuracy, confidence minus accuracy, log "
        "loss and Brier score hold together, so each further head widens them a little. Equivalent: within "
        "the margin. Undecided: below stands what these seeds would have noticed in 80 % of cases. "
        f"{ROUNDED}"
    )
