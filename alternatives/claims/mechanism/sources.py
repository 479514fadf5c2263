"""Where the claims come from, and the headings under which they are listed."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """A question page or paper that makes a claim."""

    key: str
    title: str
    place: str

    def __str__(self) -> str:
        return f"{self.key}: “{self.title}” ({self.place})"


A = Source(
    "A", "Why use softmax only in the output layer and not in hidden layers?", "Stack Overflow 37588632"
)
B = Source("B", "How to implement softmax in a neural network, and what does it do?", "Cross Validated")
C = Source("C", "Why use softmax as opposed to standard normalization?", "Stack Overflow 17187507")
D = Source(
    "D",
    "What special characteristics of the softmax function make it a favourite choice in the output layer?",
    "Data Science",
)
P = Source(
    "P",
    "An Exploration of Softmax Alternatives Belonging to the Spherical Loss Family",
    "de Brébisson and Vincent, ICLR 2016, arXiv 1511.05042",
)
SOURCES = {source.key: source for source in (A, B, C, D, P)}
"""Every source by its letter."""

MAP = "The map from logits to probabilities"
GRADIENT = "The gradient"
PROBABILITIES = "Probabilities you can believe"
INSIDE = "Softmax inside the network"
PAPER = "The paper"
PARTS = (MAP, GRADIENT, PROBABILITIES, INSIDE, PAPER)
"""The headings in their order; one content module has the claims of one heading."""
