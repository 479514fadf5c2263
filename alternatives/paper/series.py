"""The series: which comparisons answer a question of the paper. Each is data; to add one, add its entry."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from alternatives.datasets import DATASETS
from alternatives.datasets.shelf import Shelved
from alternatives.language import LanguageModel
from alternatives.paper.language import LanguageModels
from alternatives.paper.procedure import Classifiers, Procedure
from alternatives.paper.transfer import probed
from alternatives.sweeps import Sweep

GIVEN = ("softmax", "Taylor softmax", "sigmoid", "higher order Taylor softmax", "log softmax bound")
"""Heads with nothing of their own to tune. The higher order is 4."""
TUNED = ("spherical softmax", "scaled squared error")
"""Heads with parameters of their own, which the search chooses, too."""


@dataclass(frozen=True)
class Varied:
    """A setting in which the comparisons of a series differ: the axis of its picture.

    Attributes
    ----------
    name : str
        A column of the series' rows; or a parameter of their configurations, as links have it; or
        `N_CLASSES`, of their data sets.
    label : str
        What pages call it, behind a number of it: "classes".
    unit : {"", "%"}
        "%" for a share, which rows have as 0.2.
    logarithmic : bool
        Whether its axis is.
    """

    name: str
    label: str
    unit: str = ""
    logarithmic: bool = False

    @property
    def title(self) -> str:
        """What an axis of it is called, without the unit."""
        return self.label if self.unit else f"number of {self.label}"


N_CLASSES = "number of classes"
"""The number of classes of a data set, as something that varies."""


@dataclass(frozen=True, eq=False)
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
    title : str
        What pages call the series; empty where it is the name.
    varied : Varied or None
        What is varied on a data set, if anything is.
    measure : {"error", "log loss", "Brier score"}
        The measure that it is about, by which it is shown first.
    procedure : Procedure
        What is done with the comparisons, or with what the sweeps have instead.
    """

    name: str
    sentence: str
    sweeps: tuple[Sweep, ...]
    seeds_at_a_time: int
    dataset: str = ""
    title: str = ""
    varied: Varied | None = None
    measure: str = "error"
    procedure: Procedure[Any] = Classifiers()

    def comparisons(self) -> list[Any]:
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

    selected: tuple[Any, ...]

    def comparisons(self) -> list[Any]:
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
    title="MNIST, fully connected",
)

HEADS_OF_SERIES = ("softmax", "spherical softmax", "Taylor softmax", "sigmoid", "scaled squared error")
"""The paper's three, and the two of which it was asked whether they do as well."""

MNIST_CONVOLUTIONAL = Series(
    "mnist convolutional",
    "MNIST as published, and a network with two convolutions of 16 and 32 filters of 5 × 5 pixels, each with "
    "2 × 2 max pooling, and a hidden layer of 128 units, all with batch normalisation: which head makes the "
    "fewest mistakes?",
    _sweeps(
        MNIST_PUBLISHED
        | {
            "filters": "16,32",
            "hidden": "128",
            "batch_normalisation": "yes",
            # Half the budget of the other series: a network takes more than a minute of one core.
            "settings": "6",
            "max_epochs": "6",
            "seeds": "10",
        },
        HEADS_OF_SERIES,
    ),
    seeds_at_a_time=1,
    dataset="mnist",
    title="MNIST, convolutional",
)

HELD_OUT = BUDGET | {
    "test_set": "held out",
    # Error counts in few steps where samples are few; a probability of 0 counts 36 nats in the log loss.
    "criterion": "Brier score",
    "seeds": "10",
}
"""Series of many data sets: ten seeds share a test set that tuning never sees."""

MOST_EPOCHS = {200: range(1_000), 100: range(1_000, 3_000), 40: range(3_000, 10**9)}
"""Epochs that are tried, by the number of samples: 2,000 to 3,000 steps where there are enough of these."""


def _of_suite(most_epochs: int, sizes: range) -> tuple[Sweep, ...]:
    """The sweeps of the data sets of these sizes."""
    shelf = {name: each for name, each in DATASETS.items() if isinstance(each, Shelved)}
    return _sweeps(
        HELD_OUT | {"max_epochs": str(most_epochs)},
        HEADS_OF_SERIES,
        dataset=[name for name, each in shelf.items() if each.shape[0] in sizes],
        first_seed=("0", "1000"),  # each draws another test set
    )


SUITE = Series(
    "suite",
    "Every data set of the shelf, each with two test sets of a fifth of its samples: which head is best on "
    "average, and on how many data sets?",
    tuple(sweep for most, sizes in MOST_EPOCHS.items() for sweep in _of_suite(most, sizes)),
    seeds_at_a_time=10,  # the first seed draws the test set, which they share
    title="The suite",
)

LETTERS = [f"letter(classes={n_classes}, order={order})" for n_classes in (2, 4, 8, 16) for order in range(3)]
MIXTURES = [f"Gaussian mixture(n_classes={n}, samples=5000)" for n in (2, 4, 8, 16, 32, 64, 100)]

CLASSES = Series(
    "classes",
    "Letters, of which 2, 4, 8, 16 or all 26 are told apart, drawn three times, with as many "
    "samples of each; and mixtures of 2 to 100 clouds in the plane, 5,000 samples in all: does softmax win "
    "where there are many classes?",
    _sweeps(HELD_OUT | {"max_epochs": "100"}, HEADS_OF_SERIES, dataset=[*LETTERS, "letter", *MIXTURES]),
    seeds_at_a_time=10,
    title="Few classes, many classes",
    varied=Varied(N_CLASSES, "classes", logarithmic=True),
    measure="log loss",
)

LABEL_NOISE = Series(
    "label noise",
    "Training and validation labels of which up to 40 % are wrong, and a test set whose labels are right: "
    "which head stays honest?",
    _sweeps(
        HELD_OUT | {"max_epochs": "100"},
        HEADS_OF_SERIES,
        dataset=("digits", "letter"),
        label_noise=("0", "0.1", "0.2", "0.3", "0.4"),
    ),
    seeds_at_a_time=10,
    title="Wrong labels",
    varied=Varied("label_noise", "wrong labels", unit="%"),
    measure="log loss",
)

TRAINING_SAMPLES = Series(
    "training samples",
    "Letters and written digits with 50 to 5,000 training samples; the validation set, by which tuning "
    "chooses, and the test set stay as large as they are: which head needs fewest?",
    _sweeps(
        HELD_OUT | {"max_epochs": "200"},
        HEADS_OF_SERIES,
        dataset=("letter(samples=20000)", "pendigits(samples=10992)"),
        training_samples=("50", "160", "500", "1600", "5000"),
    ),
    seeds_at_a_time=10,
    title="Little data",
    varied=Varied("training_samples", "training samples", logarithmic=True),
    measure="log loss",
)

TRANSFER = Series(
    "transfer",
    "Half of the classes of letters, clothes and leaves: a network learns to tell these apart, then a "
    "logistic regression on its hidden layer learns the other half, and its error is what is measured: which "
    "head's features keep more?",
    _sweeps(
        HELD_OUT | {"max_epochs": "100", "hidden": "64"},
        HEADS_OF_SERIES,
        dataset=[
            f"{name}(classes={n_classes}, order={order})"
            for name, n_classes in (("letter", 13), ("Fashion-MNIST", 5), ("plant leaves", 50))
            for order in range(2)
        ],
    ),
    seeds_at_a_time=10,
    title="Features for other classes",
    procedure=Classifiers(probed, tests_by_seed=True),
)

LANGUAGE = Series(
    "language",
    "The next word of the King James Bible, one of 500 to 12,800 words, from the four before it: which head "
    "has the least perplexity, and how does that change with the number of words?",
    (
        Sweep(
            {"head_parameters": "own best", "settings": "12", "max_epochs": "3", "seeds": "3"},
            {
                "head": ("softmax", "spherical softmax", "Taylor softmax", "Z-loss"),
                "vocabulary": ("500", "2000", "6400", "12800"),
            },
            LanguageModel,
        ),
    ),
    seeds_at_a_time=1,
    title="The next word",
    varied=Varied("vocabulary", "words", logarithmic=True),
    measure="log loss",
    procedure=LanguageModels(),
)

EVERY = (MNIST, MNIST_CONVOLUTIONAL, SUITE, CLASSES, LABEL_NOISE, TRAINING_SAMPLES, TRANSFER, LANGUAGE)
SERIES = {each.name: each for each in EVERY}
"""Every series by name, in the order in which they are run."""
