"""The series: which comparisons answer a question of the paper. Each is data; to add one, add its entry."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from alternatives.datasets import DATASETS
from alternatives.datasets.shelf import Shelved
from alternatives.experiments import Comparison
from alternatives.sweeps import Sweep

GIVEN = ("softmax", "Taylor softmax", "sigmoid", "higher order Taylor softmax", "log softmax bound")
"""Heads with nothing of their own to tune. The higher order is 4."""
TUNED = ("spherical softmax", "scaled squared error")
"""Heads with parameters of their own, which the search chooses, too."""


@dataclass(frozen=True)
class Series:
    """A question of the paper.

    Attributes
    ----------
    name : str
    sentence : str
        What is asked, of which data and networks.
    sweeps : tuple of Sweep
        What is searched: comparisons of a single head each, in which tuning chooses.
    seeds_at_a_time : int
        How many seeds are trained in one go. What is stopped loses no more than one.
    dataset : str
        What the tables call the data set; empty where it is the data set's own name.
    """

    name: str
    sentence: str
    sweeps: tuple[Sweep, ...]
    seeds_at_a_time: int
    dataset: str = ""

    def comparisons(self) -> list[Comparison]:
        """The searches, one for every head and data set."""
        return [each for sweep in self.sweeps for each in sweep.comparisons()]

    def only(self, heads: Iterable[str] = (), datasets: Iterable[str] = ()) -> "Selected":
        """The searches of some heads and data sets; of all where none are named."""
        heads, datasets = set(heads), set(datasets)
        found = self.comparisons()
        if heads:
            found = [each for each in found if each.heads[0].name in heads]
        if datasets:
            found = [each for each in found if each.dataset.name in datasets]
        return Selected(tuple(found))


@dataclass(frozen=True)
class Selected:
    """Comparisons for the sweep's engine."""

    selected: tuple[Comparison, ...]

    def comparisons(self) -> list[Comparison]:
        """The same as a list."""
        return list(self.selected)


def _sweeps(fixed: dict[str, str], heads: Sequence[str], **grid: Sequence[str]) -> tuple[Sweep, ...]:
    """A sweep of the heads with nothing of their own to tune, and one of the others, which tunes that."""
    varied = {name: tuple(values) for name, values in grid.items()}
    kinds = {"as given": GIVEN, "own best": TUNED}
    return tuple(
        Sweep(fixed | {"head_parameters": tuned}, {"heads": own} | varied)
        for tuned, kind in kinds.items()
        if (own := tuple(head for head in heads if head in kind))
    )


BUDGET = {"settings": "12", "weight_decay": "own best"}
"""Every head has the same: so many settings at random of rate, penalty and its own parameters."""

MNIST_PUBLISHED = {
    "dataset": "MNIST(samples=70000)",
    "test_set": "published",
    "solver": "sgd",  # at a constant rate Adam ends farther from a minimum: its steps don't shrink
    "batch_size": "128",
    "criterion": "error",
}
"""What networks on MNIST have in common."""

MNIST = Series(
    "mnist",
    "MNIST as published, 60,000 training and 10,000 test images, and a network with one hidden layer of 256 "
    "units: which head makes the fewest mistakes?",
    _sweeps(
        BUDGET | MNIST_PUBLISHED | {"hidden": "256", "max_epochs": "20", "seeds": "20"},
        (*GIVEN[:3], *TUNED, *GIVEN[3:]),
    ),
    seeds_at_a_time=1,
    dataset="mnist",
)

MNIST_CONVOLUTIONAL = Series(
    "mnist-convolutional",
    "MNIST as published, and a network with two convolutions of 16 and 32 filters of 5 × 5 pixels, each with "
    "2 × 2 max pooling, and a hidden layer of 128 units, all with batch normalisation: which head makes the "
    "fewest mistakes?",
    _sweeps(
        MNIST_PUBLISHED
        | {
            "filters": "16,32",
            "hidden": "128",
            "batch_normalisation": "yes",
            # Half the budget of the other series: a network takes a minute and a half of one core.
            "settings": "6",
            "max_epochs": "6",
            "seeds": "10",
        },
        ("softmax", "spherical softmax", "Taylor softmax", "sigmoid", "scaled squared error"),
    ),
    seeds_at_a_time=1,
    dataset="mnist",
)

MOST_EPOCHS = {200: range(1_000), 100: range(1_000, 3_000), 40: range(3_000, 10**9)}
"""Epochs that are tried, by the number of samples: 2,000 to 3,000 steps where there are enough of these."""


def _of_suite(most_epochs: int, sizes: range) -> tuple[Sweep, ...]:
    """The sweeps of the data sets of these sizes."""
    shelf = {name: each for name, each in DATASETS.items() if isinstance(each, Shelved)}
    return _sweeps(
        BUDGET
        | {
            "test_set": "held out",
            "max_epochs": str(most_epochs),
            # Error counts in few steps where samples are few; the log loss of squared error may be infinite.
            "criterion": "Brier score",
            "seeds": "10",
        },
        ("softmax", "spherical softmax", "Taylor softmax", "sigmoid", "scaled squared error"),
        dataset=[name for name, each in shelf.items() if each.shape[0] in sizes],
        first_seed=("0", "1000"),
    )


SUITE = Series(
    "suite",
    "Every data set of the shelf, each with two test sets of a fifth of its samples: which head is best on "
    "average, and on how many data sets?",
    tuple(sweep for most, sizes in MOST_EPOCHS.items() for sweep in _of_suite(most, sizes)),
    seeds_at_a_time=10,  # the first seed draws the test set, which they share
)

SERIES = {each.name: each for each in (MNIST, MNIST_CONVOLUTIONAL, SUITE)}
"""Every series by name, in the order in which they are run."""
