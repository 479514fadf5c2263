"""Tables of the shelf of real data, and what is published about them."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from alternatives.datasets.dataset import DATA
from alternatives.tables import Table

SUITE = DATA / "suite"

PUBLISHED = {
    # samples, features, of these numbers, classes, samples of the smallest class
    "adult": (48_842, 14, 6, 2, 11_687),
    "banknote": (1_372, 4, 4, 2, 610),
    "blood_transfusion": (748, 4, 4, 2, 178),
    "german_credit": (1_000, 20, 7, 2, 300),
    "ionosphere": (351, 34, 34, 2, 126),
    "mushroom": (8_124, 22, 0, 2, 3_916),
    "sonar": (208, 60, 60, 2, 97),
    "spambase": (4_601, 57, 57, 2, 1_813),
    "balance_scale": (625, 4, 4, 3, 49),
    "dna_splice": (3_190, 60, 0, 3, 767),
    "seeds": (210, 7, 7, 3, 70),
    "thyroid": (7_200, 21, 21, 3, 166),
    "waveform": (5_000, 40, 40, 3, 1_653),
    "car": (1_728, 6, 0, 4, 65),
    "vehicle": (846, 18, 18, 4, 199),
    "heart_cleveland": (303, 13, 6, 5, 13),
    "page_blocks": (5_473, 10, 10, 5, 28),
    "dermatology": (366, 34, 34, 6, 20),
    "glass": (214, 9, 9, 6, 9),
    "satimage": (6_435, 36, 36, 6, 626),
    "segment": (2_310, 19, 19, 7, 330),
    "shuttle": (58_000, 9, 9, 7, 10),
    "wine_quality_white": (4_898, 11, 11, 7, 5),
    "ecoli": (336, 7, 7, 8, 2),
    "fashion_mnist": (10_000, 784, 784, 10, 1_000),
    "mfeat": (2_000, 649, 649, 10, 200),
    "optdigits": (5_620, 64, 64, 10, 554),
    "pendigits": (10_992, 16, 16, 10, 1_055),
    "yeast": (1_484, 8, 8, 10, 5),
    "vowel": (990, 10, 10, 11, 90),
    "libras": (360, 90, 90, 15, 24),
    "soybean": (683, 35, 0, 19, 8),
    "isolet": (1_560, 617, 617, 26, 60),
    "letter": (20_000, 16, 16, 26, 734),
    "abalone": (4_177, 8, 7, 28, 1),
    "plant_leaves": (1_600, 128, 128, 100, 16),
    "omniglot": (4_840, 784, 784, 242, 20),
    "udhr_languages": (12_900, 209, 209, 258, 50),
}
"""The table in the README of the data, copied by hand."""

CONSTANT = {"ionosphere": 1, "mushroom": 1, "segment": 1, "optdigits": 2, "omniglot": 10}
"""Columns with one value only, as the README says."""

MISSING = {"adult": 6_465, "mushroom": 2_480, "heart_cleveland": 6, "dermatology": 8, "soybean": 2_337}
"""Cells without a value: 0.9 % of adult's, 1.4 %, 0.1 %, 0.06 % and 9.8 %."""


def as_table(frame: pd.DataFrame, **about: Any) -> Table:
    """A table as a file would give it: numbers as float64, all else as text or None."""
    columns = {
        name: column.astype(np.float64)
        if pd.api.types.is_numeric_dtype(column.dtype) and column.dtype != bool
        else pd.Series([None if pd.isna(value) else str(value) for value in column], dtype=object)
        for name, column in frame.reset_index(drop=True).items()
    }
    about = {"name": "table.csv", "checksum": 16 * "0", "has_header": True, **about}
    return Table(frame=pd.DataFrame(columns), **about)


@cache
def suite_table(name: str) -> Table:
    """A table of the suite, read by pandas or numpy alone. It is kept: don't change its frame."""
    if (path := SUITE / f"{name}.csv.gz").exists():
        return as_table(pd.read_csv(path), name=path.name)
    archive = np.load(SUITE / f"{name}.npz")
    X = archive["X"].reshape(len(archive["X"]), -1)
    frame = pd.DataFrame(X, columns=numbered(X.shape[1])).assign(y=archive["target"])
    names = tuple(map(str, archive["class_names"]))
    return as_table(frame, name=f"{name}.npz", has_header=False, target="y", class_names=names, is_image=True)


def numbered(n: int) -> list[str]:
    """Names of columns without a header."""
    return [f"column {k + 1}" for k in range(n)]


def excerpt(name: str) -> pd.DataFrame:
    """Rows of a table, drawn at random where there are many, and its first and last columns."""
    frame = suite_table(name).frame
    most = 300 if frame["target"].nunique() < 50 else 3_000
    frame = frame if len(frame) <= most else frame.sample(most, random_state=0).reset_index(drop=True)
    return frame if frame.shape[1] <= 40 else pd.concat([frame.iloc[:, :20], frame.iloc[:, -20:]], axis=1)
