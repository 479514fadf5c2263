"""Data sets that scikit-learn downloads on first use, and keeps."""

import socket
import threading
from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np

from alternatives.datasets.dataset import (
    DATASETS,
    Dataset,
    DatasetUnavailable,
    Samples,
    scikit_learn_datasets,
)
from alternatives.datasets.splitting import stratified_rows
from alternatives.state import Range, parameter

TIMEOUT = 5.0
"""Seconds to wait for a silent server."""

_downloading = threading.Lock()
"""Held while the time limit, which holds for the whole process, is set."""


@dataclass(frozen=True)
class Online(Dataset):
    """A data set behind one of scikit-learn's fetchers."""

    fetcher: ClassVar[str]

    @abstractmethod
    def samples_of(self, bunch: Any) -> Samples:
        """The samples in the fetcher's result."""

    @final
    def make(self) -> Samples:
        with _downloading:
            before = socket.getdefaulttimeout()
            socket.setdefaulttimeout(TIMEOUT)  # scikit-learn sets none, so a blocked port would hang
            try:
                bunch = getattr(scikit_learn_datasets(), self.fetcher)(n_retries=1, delay=1e-3)
            except Exception as error:  # a download can fail in any way, and so can a damaged file
                reason = getattr(error, "reason", None) or error
                raise DatasetUnavailable(
                    f"The data set {self.name} is downloaded on first use, and this failed "
                    f"({str(reason) or type(reason).__name__}); try again with a network, or choose another "
                    "one."
                ) from error
            finally:
                socket.setdefaulttimeout(before)
        return self.samples_of(bunch)


@DATASETS.register
@dataclass(frozen=True)
class OlivettiFaces(Online):
    """400 samples, 4,096 features, 40 classes."""

    name = "Olivetti faces"
    sentence = "Ten photographs of 64 × 64 pixels of each of 40 people; downloaded on first use."
    source = "AT&T Laboratories Cambridge 1994"
    one_unit = True
    fetcher = "fetch_olivetti_faces"
    shape = (400, 64 * 64, 40)

    def samples_of(self, bunch: Any) -> Samples:
        side = range(64)
        return Samples(
            bunch.data,
            bunch.target,
            tuple(str(person + 1) for person in range(40)),
            tuple(f"pixel {row} {column}" for row in side for column in side),
            one_unit=self.one_unit,
        )


@DATASETS.register
@dataclass(frozen=True)
class ForestCoverTypes(Online):
    """581,012 samples, 54 features, 7 classes; the rarest has half a per cent."""

    name = "forest cover types"
    sentence = (
        "Seven kinds of forest on patches of 30 × 30 metres by 54 measurements of the ground: "
        "a stratified sample of the 581,012, downloaded on first use."
    )
    source = "Blackard and Dean 1999, UCI Machine Learning Repository 31"
    fetcher = "fetch_covtype"

    samples: int = parameter(5_000, Range(2_000, 50_000, "how many of the 581,012 patches are used"))

    @property
    def shape(self) -> tuple[int, int, int]:
        return int(self.samples), 54, 7

    def samples_of(self, bunch: Any) -> Samples:
        targets = np.asarray(bunch.target, np.int64) - 1
        rows = stratified_rows(targets, self.samples)
        class_names = (
            "spruce or fir",
            "lodgepole pine",
            "ponderosa pine",
            "cottonwood or willow",
            "aspen",
            "Douglas fir",
            "krummholz",
        )
        feature_names = tuple(str(name).replace("_", " ") for name in bunch.feature_names)
        return Samples(bunch.data[rows], targets[rows], class_names, feature_names)
