"""A shelf of real data: public tables with 2 to 258 classes, in the folder data/suite.

Each is a line of suite.csv there, and the file that the line names. `samples`, `features` and `classes` are
the published numbers. `inputs` and `trained_classes` are those of a network: without constant columns and
classes with fewer than five samples, and with an input for each category.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from alternatives.datasets.dataset import DATA, DATASETS, Samples, version_of
from alternatives.datasets.files import File
from alternatives.datasets.splitting import SMALLEST_CLASS, stratified_rows
from alternatives.state import Range, parameter

SUITE = DATA / "suite"
LARGE = 10_000
"""A data set with so many samples is a stratified part of them, unless more are asked for."""
USUAL = 5_000
MANY_CLASSES = 10
"""Of a data set with so many classes a part of them may be asked for."""


@dataclass(frozen=True, repr=False)
class Shelved(File):
    """A data set on the shelf. Each has a class of its own."""

    published: ClassVar[tuple[int, int, int]]  # a line of the list says it
    trained: ClassVar[tuple[int, int, int]]
    """Its numbers of samples, of inputs of a network, and of classes that are large enough."""

    columns: ClassVar[tuple[int, int]]
    """What `prepared` gives."""

    contents = ""  # these files come with the program

    @property
    def shape(self) -> tuple[int, int, int]:
        if self._n_classes < self.trained[-1]:
            return super().shape  # only the samples tell how many there are of some classes
        n_samples, n_inputs, n_classes = self.trained
        return int(getattr(self, "samples", n_samples)), n_inputs, n_classes

    @property
    def _n_classes(self) -> int:
        return int(getattr(self, "classes", self.trained[-1]))

    @property
    def prepared(self) -> tuple[int, int]:
        return self.columns

    def make(self) -> Samples:
        samples = super().make()
        wanted = int(getattr(self, "samples", len(samples.targets)))
        if wanted < len(samples.targets):
            rows = stratified_rows(samples.targets, wanted, fewest=SMALLEST_CLASS)
            samples = replace(samples, X=samples.X[rows], targets=samples.targets[rows])
        if self._n_classes < len(samples.class_names):
            samples = some_classes(samples, self._n_classes, int(getattr(self, "order", 0)))
        return samples


def some_classes(samples: Samples, n_classes: int, order: int) -> Samples:
    """The samples of the first so many classes of a random order, which keep the order that they have."""
    drawn = np.random.default_rng(order).permutation(len(samples.class_names))
    kept = np.sort(drawn[:n_classes])
    rows = np.flatnonzero(np.isin(samples.targets, kept))
    return replace(
        samples,
        X=samples.X[rows],
        targets=np.searchsorted(kept, samples.targets[rows]),
        class_names=tuple(samples.class_names[place] for place in kept),
    )


def _shelved(line: Mapping[str, str]) -> type[Shelved]:
    """The class of a line of suite.csv."""
    path = SUITE / line["file"]
    n_samples, n_trained = int(line["samples"]), int(line["trained_samples"])
    members: dict[str, Any] = {
        "name": line["name"],
        "sentence": line["sentence"],
        "source": f"{line['source']}; {line['licence']}",
        "path": path,
        "version": version_of(path),
        "published": (n_samples, int(line["features"]), int(line["classes"])),
        "trained": (n_trained, int(line["inputs"]), int(line["trained_classes"])),
        "columns": (int(line["categories"]), int(line["numbers"]) * (line["missing"] != "0 %")),
        "__doc__": f"{line['name']}: see data/suite.",
    }
    members["__annotations__"] = dict[str, type]()

    def add(name: str, default: int, allowed: Range) -> None:
        members["__annotations__"][name] = int
        members[name] = parameter(default, allowed)

    if n_samples >= LARGE:
        add("samples", USUAL, Range(USUAL, n_trained, f"how many of the {n_trained:,} samples are used"))
    if (n_classes := int(line["trained_classes"])) >= MANY_CLASSES:
        add(
            "classes",
            n_classes,
            Range(2, n_classes, f"how many of the {n_classes} classes are used", whole=True),
        )
        add(
            "order", 0, Range(0, 99, "of fewer classes: which random order they are the first of", whole=True)
        )
    made: type[Shelved] = dataclass(frozen=True, repr=False)(type("Shelved", (Shelved,), members))
    return made


def register_shelf() -> None:
    """Register every data set of the shelf, by number of classes and samples."""
    with (SUITE / "suite.csv").open(encoding="utf-8", newline="") as lines:
        for line in csv.DictReader(lines):
            DATASETS.register(_shelved(line))


register_shelf()
