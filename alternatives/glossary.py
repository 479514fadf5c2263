"""The glossary: what the terms on the pages mean, in one or two plain sentences each."""

import functools
import re
from dataclasses import dataclass

from alternatives.wording import NO_BREAK


@dataclass(frozen=True)
class Term:
    """A term, what it means, and how else it is written; plurals with s needn't be said."""

    name: str
    meaning: str
    spellings: tuple[str, ...] = ()


GLOSSARY = (
    Term(
        "accuracy",
        "Share of the samples whose most probable class is the right one.",
    ),
    Term(
        "Adam",
        "An optimiser that adapts the size of each weight's step. SGD is the plain one.",
        ("SGD", "optimiser"),
    ),
    Term(
        "baseline",
        "The head that all others are compared with: softmax, unless you choose another.",
    ),
    Term(
        "Brier score",
        "Squared error of the probabilities, summed over the classes: 0 is perfect, and lower is better.",
    ),
    Term(
        "calibration",
        "A head is calibrated if it is right as often as it is sure: of the answers that it gives with 80 % "
        "confidence, 80 % are right.",
        ("calibrated",),
    ),
    Term(
        "confidence",
        "The probability that a head gives to the class it chooses: how sure it is.",
        ("confident",),
    ),
    Term(
        "convolution",
        "A layer for images: small filters move over the image, and each answers at every place.",
    ),
    Term(
        "ECE",
        "Expected calibration error: the mean gap between confidence and accuracy, in groups of answers with "
        "about the same confidence. Lower is better.",
        ("calibration error", "expected calibration error"),
    ),
    Term("epoch", "One pass of the training through the whole training set."),
    Term(
        "equivalent",
        "The whole confidence interval of a difference lies within the margin: too small to matter.",
    ),
    Term(
        "Friedman's test",
        "Asks whether the ranks of heads over data sets differ more than chance makes them. Its p is how "
        "probable such ranks are if all heads are alike.",
        ("Friedman",),
    ),
    Term(
        "gradient",
        "How the loss changes with each number of the network. Training follows it downhill; where it is "
        "near 0, the network no longer learns.",
    ),
    Term(
        "head",
        "The last step of a classifier: it turns logits into probabilities, and comes with a loss.",
        ("output layer",),
    ),
    Term(
        "initial weights",
        "The random numbers that a network starts from.",
        ("initialisation",),
    ),
    Term(
        "Jacobian",
        "A table of derivatives: how fast each probability changes with each logit.",
    ),
    Term(
        "Kendall's τ",
        "A rank correlation: 1 where one number always rises with the other, −1 where it always falls. Its p "
        "is how probable a τ so far from 0 is if neither says anything of the other.",
    ),
    Term("label noise", "Labels that were made wrong on purpose, to see which head suffers least."),
    Term(
        "learning rate",
        "How large the steps of the training are. Too small, and it takes long; too large, and it diverges.",
    ),
    Term(
        "log loss",
        "Minus the logarithm of the probability that the right class got, on average: 0 is perfect, and "
        "lower is better. Being sure and wrong costs most.",
    ),
    Term(
        "logit",
        "The number that the network gives a class before the head makes probabilities of all of them.",
    ),
    Term("margin", "The largest difference that doesn't matter. It can be changed under More settings."),
    Term("max pooling", "Of each small square of a filter's answers only the largest goes on."),
    Term("mini-batch", "The few samples that one step of the training looks at.", ("mini-batches", "batch")),
    Term(
        "nat",
        "The unit of the log loss, as metres are of length. Guessing between two classes costs 0.69 nats; "
        "giving the right class 95 % costs 0.05.",
    ),
    Term(
        "Nemenyi",
        "Nemenyi's test says how far two mean ranks must be apart, the critical difference, so that chance "
        "alone seldom does it for any pair of heads.",
        ("critical difference",),
    ),
    Term(
        "overconfident",
        "On average more sure than right: confidence is above accuracy.",
        ("overconfidence",),
    ),
    Term(
        "points",
        "Percentage points: from 90 % to 92 % is a difference of 2 points.",
        ("percentage points", "point"),
    ),
    Term(
        "probability simplex",
        "All ways to divide a probability of 1 among the classes: a line for two classes, a triangle for "
        "three.",
        ("simplex",),
    ),
    Term(
        "ReLU",
        "What a hidden unit does with its input: negative numbers become 0, others stay.",
    ),
    Term(
        "seed",
        "A number that random choices are drawn from. Each seed is one repetition, with its own split of the "
        "data, initial weights and order of the samples, the same for every head.",
    ),
    Term(
        "sigmoid",
        "A head that decides each class by itself: 1 / (1 + e to the power of minus its logit). The sum need "
        "not be 1.",
    ),
    Term(
        "softmax",
        "The usual head: every class gets e to the power of its logit, divided by the sum over all classes.",
    ),
    Term(
        "spherical softmax",
        "Like softmax, with the square of the logit plus a number, epsilon, in place of e to its power.",
    ),
    Term(
        "Taylor softmax",
        "Like softmax, with 1 + a + a²/2 in place of e to the power of the logit a: the beginning of its "
        "Taylor series.",
    ),
    Term(
        "temperature",
        "A number T that makes a trained head less sure (above 1) or more (below 1) without changing which "
        "class wins. For softmax, the logits are divided by it.",
    ),
    Term(
        "test set",
        "The samples that results are measured on. The networks of a seed haven't learned from its test set; "
        "the tuning uses other splits of the same data, which share samples with it.",
    ),
    Term("training set", "The samples that the network learns from."),
    Term(
        "tuning",
        "Trying learning rates and numbers of epochs, and taking those with the lowest validation loss. It "
        "uses splits of the data that no reported seed has.",
        ("tuned",),
    ),
    Term(
        "undecided",
        "The measurements don't settle it: the interval holds 0, and also differences beyond the margin.",
    ),
    Term(
        "underconfident",
        "On average less sure than right: confidence is below accuracy.",
        ("underconfidence",),
    ),
    Term(
        "validation set",
        "Samples kept apart from the training, to choose settings with. The validation loss is the loss on "
        "them.",
        ("validation loss", "validation labels", "validation accuracy"),
    ),
    Term(
        "95 % CI",
        "95 % confidence interval: a range made so that it holds the true value in 95 % of repetitions. "
        "Several in one table are widened so that all hold together.",
        ("confidence interval", "95 % interval"),
    ),
)
"""All terms, in alphabetical order."""


@functools.lru_cache(maxsize=2_000)
def terms_in(text: str) -> tuple[Term, ...]:
    """The terms of a text, in the order in which it first mentions them; the text may be Markdown."""
    readable = re.sub(r"\\(?=\W)", "", text).replace(NO_BREAK, " ")
    found = (_BY_SPELLING[_singular(match[0])] for match in _pattern().finditer(readable))
    return tuple(dict.fromkeys(found))


def _singular(text: str) -> str:
    known = text.lower()
    return known if known in _BY_SPELLING else known.removesuffix("s")


_BY_SPELLING = {spelling.lower(): term for term in GLOSSARY for spelling in (term.name, *term.spellings)}


@functools.cache
def _pattern() -> re.Pattern[str]:
    """Longer spellings come first: "confidence interval" isn't a mention of confidence."""
    longest_first = sorted(_BY_SPELLING, key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, longest_first))})s?(?![\w-])", re.IGNORECASE)
