"""A shelf of real data: public tables with 2 to 258 classes, in the folder data/suite.

Each is a line of suite.csv there, and the file that the line names. `samples`, `features` and `classes` are
the published numbers. `inputs` and `trained_classes` are those of a network: without constant columns and
classes with fewer than five samples, and with an input for each category.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from alternatives.datasets.dataset import DATA, DATASETS, Samples, version_of
from alternatives.datasets.files import File
from alternatives.datasets.splitting import SMALLEST_CLASS, stratified_rows
from alternatives.state import Range, parameter

SUITE = DATA / "suite"
LARGE = 10_000
"""A data set with so many samples is a stratified part of them, unless more are asked for."""
USUAL = 5_000


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
        n_samples, n_inputs, n_classes = self.trained
        return int(getattr(self, "samples", n_samples)), n_inputs, n_classes

    @property
    def prepared(self) -> tuple[int, int]:
        return self.columns

    def make(self) -> Samples:
        samples = super().make()
        if len(samples.targets) <= self.shape[0]:
            return samples
        rows = stratified_rows(samples.targets, self.shape[0], fewest=SMALLEST_CLASS)
        return replace(samples, X=samples.X[rows], targets=samples.targets[rows])


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
    if n_samples >= LARGE:
        allowed = Range(USUAL, n_trained, f"how many of the {n_trained:,} samples are used")
        members |= {"__annotations__": {"samples": int}, "samples": parameter(USUAL, allowed)}
    made: type[Shelved] = dataclass(frozen=True, repr=False)(type("Shelved", (Shelved,), members))
    return made


def register_shelf() -> None:
    """Register every data set of the shelf, by number of classes and samples."""
    with (SUITE / "suite.csv").open(encoding="utf-8", newline="") as lines:
        for line in csv.DictReader(lines):
            DATASETS.register(_shelved(line))


register_shelf()
