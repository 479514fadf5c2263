"""Data sets by name: loaded, split and scaled.

A data set is a frozen dataclass whose fields are its parameters, ``blobs(n_classes=10)``. Equal values give
equal samples. To add one, write a class with ``@DATASETS.register``, or put a file into the folder ``data``.
`read` makes one of a file without adding it.
Only the split changes from seed to seed::

    samples = DATASETS["digits"].load()
    part = split(samples, seed=0)       # part.X_train, part.targets_train, part.X_validation, …
"""

from alternatives.datasets.dataset import DATASETS, Dataset, DatasetUnavailable, Feature, Samples
from alternatives.datasets.elsewhere import Elsewhere, elsewhere, is_elsewhere
from alternatives.datasets.own import Own, own, read
from alternatives.datasets.splitting import Split, split

# isort: off
# The order of registration is the order of the list. Files come last, so they can't take another's name.
from alternatives.datasets import bundled as bundled
from alternatives.datasets import generated as generated
from alternatives.datasets import online as online
from alternatives.datasets import shelf as shelf
from alternatives.datasets.files import from_csv, from_npz, register_files

# isort: on

register_files()

__all__ = [
    "DATASETS",
    "Dataset",
    "DatasetUnavailable",
    "Elsewhere",
    "Feature",
    "Own",
    "Samples",
    "Split",
    "elsewhere",
    "from_csv",
    "from_npz",
    "is_elsewhere",
    "own",
    "read",
    "register_files",
    "split",
]
