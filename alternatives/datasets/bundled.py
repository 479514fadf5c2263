"""Real data that needs no download: scikit-learn's, and MNIST."""

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from alternatives.datasets.dataset import (
    DATA,
    DATASETS,
    Dataset,
    DatasetUnavailable,
    Samples,
    scikit_learn_datasets,
    version_of,
)
from alternatives.datasets.splitting import stratified_rows
from alternatives.state import Range, parameter


@dataclass(frozen=True)
class Bundled(Dataset):
    """A data set that scikit-learn ships."""

    loader: ClassVar[str]
    shape: ClassVar[tuple[int, int, int]]

    def make(self) -> Samples:
        bunch = getattr(scikit_learn_datasets(), self.loader)()
        class_names, feature_names = (
            tuple(str(name).replace("_", " ") for name in names)
            for names in (bunch.target_names, bunch.feature_names)
        )
        return Samples(bunch.data, bunch.target, class_names, feature_names, self.one_unit)


@DATASETS.register
@dataclass(frozen=True)
class Iris(Bundled):
    """150 samples, 4 features, 3 classes."""

    name = "iris"
    sentence = "Three species of iris by four lengths of their flowers, 50 flowers each."
    source = "Fisher 1936, The use of multiple measurements in taxonomic problems"
    loader = "load_iris"
    shape = (150, 4, 3)


@DATASETS.register
@dataclass(frozen=True)
class Wine(Bundled):
    """178 samples, 13 features, 3 classes."""

    name = "wine"
    sentence = "178 wines of three cultivars from one region of Italy by 13 chemical measurements."
    source = "Aeberhard and Forina 1991, UCI Machine Learning Repository 109"
    loader = "load_wine"
    shape = (178, 13, 3)


@DATASETS.register
@dataclass(frozen=True)
class BreastCancer(Bundled):
    """569 samples, 30 features, 2 classes."""

    name = "breast cancer"
    sentence = "569 breast tumours, malignant or benign, by 30 measurements of their cells' nuclei."
    source = "Street, Wolberg and Mangasarian 1993, UCI Machine Learning Repository 17"
    loader = "load_breast_cancer"
    shape = (569, 30, 2)


@DATASETS.register
@dataclass(frozen=True)
class Digits(Bundled):
    """1,797 samples, 64 features, 10 classes: the test set of UCI's optical recognition set."""

    name = "digits"
    sentence = "1,797 handwritten digits of 8 × 8 pixels."
    source = "Alpaydin and Kaynak 1998, UCI Machine Learning Repository 80"
    loader = "load_digits"
    shape = (1_797, 64, 10)
    one_unit = True


@DATASETS.register
@dataclass(frozen=True)
class MNIST(Dataset):
    """A stratified sample of all 70,000 images; which are in the published test set is known."""

    name = "MNIST"
    sentence = "Handwritten digits of 28 × 28 pixels: a stratified sample of the 70,000."
    source = "LeCun, Cortes and Burges 1998; CC BY-SA 3.0"
    one_unit = True
    path: ClassVar[Path] = DATA / "mnist.npz"
    version = version_of(path)

    samples: int = parameter(5_000, Range(500, 70_000, "how many of the 70,000 images are used"))

    @property
    def shape(self) -> tuple[int, int, int]:
        return int(self.samples), 28 * 28, 10

    def make(self) -> Samples:
        try:
            with np.load(self.path, allow_pickle=False) as arrays:
                images = np.concatenate([arrays["train_images"], arrays["test_images"]])
                labels = np.concatenate([arrays["train_labels"], arrays["test_labels"]])
                n_test = len(arrays["test_labels"])
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise DatasetUnavailable(
                f"The data set MNIST isn't available: the file data/{self.path.name} is missing or damaged."
            ) from error
        targets = labels.astype(np.int64)
        rows = stratified_rows(targets, self.samples)
        return Samples(
            images[rows].reshape(len(rows), -1).astype(np.float32),
            targets[rows],
            tuple(str(digit) for digit in range(10)),
            tuple(f"pixel {row} {column}" for row in range(28) for column in range(28)),
            one_unit=self.one_unit,
            published_test=rows >= len(labels) - n_test,
        )
