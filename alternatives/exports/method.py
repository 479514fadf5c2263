"""How an experiment was made, and how its table is read, in plain sentences."""

from alternatives.charts import captions
from alternatives.experiments.classes import IN_ALL, ClassCounts
from alternatives.experiments.comparison import HEAD_PARAMETERS, QUESTIONS, Comparison
from alternatives.experiments.data import TEST_SETS
from alternatives.sessions.naming import SPELLED
from alternatives.statistics import FEWEST_PAIRS
from alternatives.wording import ROUNDED, counted, given, listed, percent, sentence

_SHARES = "Training set 60 %, validation set 20 %, test set 20 % of every class"
_DRAWN, _HELD_OUT, _PUBLISHED = TEST_SETS
SETS = {
    _DRAWN: f"{_SHARES}.",
    _HELD_OUT: f"{_SHARES}; the test set is the same for all seeds, and tuning never sees it.",
    _PUBLISHED: "The test set is the published one, which tuning never sees; the validation set has as many "
    "samples, or a quarter of the others if that is less.",
}
"""How the samples are divided, by what a comparison says of its test set."""


def of_comparison(comparison: Comparison) -> str:
    """How a comparison was made, in two lines."""
    sizes = [str(size) for size in comparison.hidden_layer_sizes]
    activation = SPELLED.get(comparison.activation, comparison.activation)
    layers = "a hidden layer" if len(sizes) == 1 else "hidden layers"
    normalised = " with batch normalisation" if comparison.batch_normalisation else ""
    fully_connected = f"{layers} of {listed(sizes)} {activation} units" if sizes else "no hidden layer"
    parts = [
        counted(comparison.n_seeds, "seed"),
        f"{_convolutions(comparison)}{fully_connected}{normalised if sizes or comparison.filters else ''}",
        SPELLED.get(comparison.solver, comparison.solver),
        f"mini-batches of {comparison.batch_size}",
    ]
    if comparison.weight_decay:
        parts.append(f"L2 penalty {given(comparison.weight_decay)}")
    if n_training := comparison.fewer_training_samples:
        parts.append(counted(n_training, "training sample"))
    if comparison.label_noise:
        parts.append(f"{percent(comparison.label_noise)} of the training and validation labels wrong")
    clean = ", whose labels are right" if comparison.label_noise else ""
    tuned = f"{sentence(comparison.tuned_in_words)}{_of_heads(comparison)}"
    measured = f"{tuned}. {SETS[comparison.test_set]} Measured on the test set{clean}."
    return f"{sentence(', '.join(parts))}.\n{measured} {about_which_data(comparison)}"


def _convolutions(comparison: Comparison) -> str:
    """``convolutions of 16 and 32 filters of 5 × 5 pixels, each with 2 × 2 max pooling, and ``."""
    filters = comparison.filters
    if not filters:
        return ""
    layers, each = ("a convolution", "") if len(filters) == 1 else ("convolutions", "each ")
    numbers = listed(map(str, filters))
    return f"{layers} of {numbers} filters of 5 × 5 pixels, {each}with 2 × 2 max pooling, and "


def _of_heads(comparison: Comparison) -> str:
    """``; epsilon = 1 of spherical softmax is given, not tuned``, of heads with parameters of their own."""
    if comparison.head_parameters != HEAD_PARAMETERS[0]:
        return ""
    told = [
        f"{listed(f'{name} = {given(getattr(head, name))}' for name in head.ranges())} of {head.name}"
        for head in comparison.heads
        if head.ranges()
    ]
    return f"; {listed(told)} {'is' if len(told) == 1 else 'are'} as given, not tuned" if told else ""


def about_which_data(comparison: Comparison) -> str:
    """Whether the answers hold for other data, and where to ask about them; empty without a comparison."""
    if len(comparison.heads) < 2 or comparison.n_seeds < FEWEST_PAIRS:
        return ""
    if comparison.question == QUESTIONS[0]:
        return (
            "The verdicts are about these data. Whether they hold for new data of the same kind is another "
            f"question: choose “{QUESTIONS[1]}” under More settings, Question."
        )
    return "The verdicts are about new data of the same kind, so the intervals are wider."


def of_differences(comparison: Comparison) -> str:
    """What the marks of the differences from the baseline mean."""
    if len(comparison.heads) < 2:
        return captions.ALONE
    is_new = comparison.question != QUESTIONS[0]
    return f"{captions.FOREST} {captions.NEW_DATA}" if is_new else captions.FOREST


def how_concluded(comparison: Comparison) -> str:
    """What the table's second lines and verdicts say, and which question they answer."""
    if comparison.n_seeds < FEWEST_PAIRS:
        return f"Second line: difference from {comparison.baseline}. With so few seeds it has no interval."
    question = "on these data, at the rates and epochs chosen here, over other splits and initial weights"
    if comparison.question != QUESTIONS[0]:
        question = "on new data from the same source, tuned anew"
    return (
        f"Bold: best. Second line: difference from {comparison.baseline}, {question}, with a 95 % CI. The "
        "verdict is read from it. The intervals in accuracy, confidence minus accuracy, log loss and Brier "
        "score are widened for comparing several heads: in 95 % of cases all of them are right at once. "
        "Equivalent: within the margin. Undecided: the interval holds 0 and goes beyond the margin; below "
        "stands up to what size a difference could go unnoticed (larger ones are found in at least 80 % of "
        "cases). "
        f"{f'{captions.NEW_DATA} ' if comparison.question != QUESTIONS[0] else ''}{ROUNDED}"
    )


def of_classes(experiment: ClassCounts) -> str:
    """How the comparison was made, in a line."""
    sizes = experiment.hidden_layer_sizes
    layers = f"hidden layer{'s' * (len(sizes) > 1)} of {listed(map(str, sizes))} ReLU units" if sizes else ""
    n_samples = [experiment.sizes(n_classes).training * n_classes for n_classes in experiment.used]
    fewest, most = min(n_samples), max(n_samples)
    samples = f"{most:,}" if fewest >= 0.95 * most else f"{fewest:,} to {most:,}"
    parts = [
        counted(experiment.n_seeds, "seed"),
        f"{samples} training samples",
        layers or "no hidden layer",
        f"Adam with mini-batches of {experiment.batch_size}",
        experiment.tuned_in_words,
    ]
    tuned = " Heads are tuned anew at each number of classes." if experiment.search.needed else ""
    return f"{sentence(', '.join(parts))}.{tuned}"


def about_the_source(experiment: ClassCounts) -> str:
    """What the source is, and what changes with the number of classes."""
    shared = (
        "There are equally many training samples at every number of classes, so with more classes each class "
        "has fewer."
        if experiment.sampling == IN_ALL
        else "Each class has equally many training samples at every number of classes, so with more classes "
        "there are more in all."
    )
    return f"{experiment.source.sentence} {experiment.source.note} {shared}".replace("  ", " ")


def how_classes_are_read(experiment: ClassCounts) -> str:
    """What the charts of the differences have in common."""
    return (
        "The intervals are corrected for comparing several heads at several numbers of classes. The margin "
        f"is ±{given(experiment.margin)} points or ±{given(experiment.margin_nats)} nats: a head whose whole "
        "bar lies in it is equivalent. Beyond it the vertical axis is logarithmic."
    )
