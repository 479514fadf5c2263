"""The fields that every experiment declares, with its own ranges and defaults."""

from collections.abc import Callable, Sequence
from typing import Any

from alternatives.datasets import DATASETS, Dataset, DatasetUnavailable, Elsewhere, Own
from alternatives.heads import HEADS, Head
from alternatives.state import Choice, Numbers, Range, RegistryField, Several, field, shortened
from alternatives.training import most_convolutions
from alternatives.wording import counted

OWN_BEST = "own best"
"""The word for: each variant uses its own best, by validation log loss."""


def dataset(default: str) -> Any:
    """What the networks are trained on."""
    registered = RegistryField(DATASETS, "what the networks are trained on", (Own, Elsewhere))
    return field("dataset", registered, factory=lambda: DATASETS[default], label="Data set")


def heads(default: Callable[[], tuple[Head, ...]]) -> Any:
    """The heads that are compared."""
    registered = RegistryField(HEADS, "output layers to compare, each at the end of the same network")
    return field("heads", Several(registered, "head"), factory=default)


def baseline() -> Any:
    """The head that the others are compared with; see `baseline_among`."""
    explanation = "head that the others are compared with"
    return field("baseline", Choice(lambda: tuple(HEADS), explanation, lambda name: not name), "")


def hidden_layer_sizes() -> Any:
    """The hidden layers."""
    what = "units of each hidden layer; without any, the network is a linear classifier"
    sizes = Numbers(Range(1, 512, what, whole=True), 0, 4, "layers")
    return field("hidden", sizes, (32,), label="Hidden layers")


def filters() -> Any:
    """The convolutions before the hidden layers."""
    what = (
        "filters of each convolution before the hidden layers, of 5 × 5 pixels and followed by 2 × 2 max "
        "pooling; for images only"
    )
    numbers = Numbers(Range(1, 64, what, whole=True), 0, 3, "convolutions")
    return field("filters", numbers, (), label="Convolution filters")


def filters_that_fit(dataset: Dataset, filters: Sequence[int]) -> tuple[int, ...]:
    """Those filters that the data set's images have room for; all where nobody can know yet."""
    try:
        image = dataset.image if filters else None
    except DatasetUnavailable:
        return tuple(filters)
    return tuple(filters[: most_convolutions(image[0])] if image else ())


def check_filters(dataset: Dataset, filters: Sequence[int]) -> None:
    """ValueError if the data set's samples can't be convolved so often; not where nobody can know yet."""
    fitting = filters_that_fit(dataset, filters)
    if len(fitting) == len(filters):
        return
    text, image = ",".join(map(str, filters)), dataset.image
    if image is None:
        raise ValueError(
            f"filters must be none where samples aren't square images, as in {dataset}; got {text}"
        )
    allowed = f"at most {counted(len(fitting), 'number')}" if fitting else "none"
    raise ValueError(
        f"filters must be {allowed} for images of {image[0]} × {image[0]} pixels, as in {dataset}; got {text}"
    )


def n_seeds(most: int, default: int) -> Any:
    """How many seeds there are."""
    what = "repetitions, each with its own split, initialisation and batch order; more narrow the intervals"
    return field("seeds", Range(1, most, what, whole=True), default)


def first_seed() -> Any:
    """The first seed."""
    return field(
        "first_seed",
        Range(
            0,
            1_000_000,
            "random seed of the first repetition; another one repeats all with other splits and weights",
            whole=True,
        ),
        0,
    )


def learning_rate(variant: str) -> Any:
    """The learning rate of all variants; None where each uses its own best."""
    what = f"size of the optimiser's steps; own best: the rate with the {variant}'s lowest validation loss"
    return field("learning_rate", Range(1e-6, 10, what, logarithmic=True, none=OWN_BEST), None)


def n_epochs(most: int, variant: str) -> Any:
    """How long the networks are trained; None where each variant uses its own best."""
    what = f"passes over the training set; own best: the number with the {variant}'s lowest validation loss"
    return field("epochs", Range(1, most, what, whole=True, none=OWN_BEST), None)


def max_epochs(most: int, default: int) -> Any:
    """How many epochs are tried where each variant uses its own best number of them."""
    what = "most epochs that tuning tries; raise it where the loss still falls at the last one"
    return field("max_epochs", Range(1, most, what, whole=True), default, label="Most epochs tried")


def batch_size(default: int = 64) -> Any:
    """Samples in a mini-batch."""
    return field(
        "batch_size",
        Range(
            1, 4096, "samples in a mini-batch; smaller ones make noisier steps and take longer", whole=True
        ),
        default,
    )


def margin() -> Any:
    """Differences that don't matter, in percentage points."""
    allowed = Range(0, 10, "differences within it count as equivalent, in percentage points")
    return field("margin", allowed, 1.0, label="Margin (points)")


def margin_nats() -> Any:
    """Differences of the log loss that don't matter, in nats."""
    allowed = Range(0, 0.5, "log loss differences within it count as equivalent, in nats")
    return field("margin_nats", allowed, 0.02, label="Margin (nats)")


def without_effect(experiment: Any) -> set[str]:
    """Fields of an experiment that compares heads which change nothing, given what the others say."""
    without = set()
    if experiment.n_epochs is not None:
        without |= {"max_epochs"}
    if not experiment.hidden_layer_sizes and not getattr(experiment, "filters", ()):
        without |= {"activation", "batch_normalisation"}
    if len(experiment.heads) == 1:
        without |= {"baseline"}
    return without


def baseline_among(compared: Sequence[str], given: str) -> str:
    """The head that the others are compared to: the given one, else softmax if it's compared, else the first.

    ValueError if the given one isn't compared.
    """
    baseline = given or ("softmax" if "softmax" in compared else compared[0])
    if baseline not in compared:
        raise ValueError(f"baseline must be one of {', '.join(compared)}; got {shortened(baseline)}")
    return baseline
