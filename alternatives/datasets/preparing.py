"""How samples with categories and gaps become numbers: scikit-learn's parts, fitted on a training set alone.

Numbers: a gap becomes the training set's median, then all are standardised. Each column that has gaps in the
table gets one input more, 1 where the value is missing. Categories: an input for each, 1 for the sample's own
and 0 for the others; a missing value is a category of its own.

Which categories there are, which of them are rare, and which columns have gaps is known from the whole table,
so that a network has as many inputs whatever the split. None of this looks at the classes.

Inputs of 0 and 1 stay 0 and 1. Standardised, a category of one sample in a thousand would be 30 standard
deviations from its mean, and outweigh every number next to it.

This module imports scikit-learn, which takes long: import it where it's needed.
"""

import itertools
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.utils.validation import check_is_fitted, validate_data

from alternatives.datasets.dataset import Feature, Floats, Samples
from alternatives.datasets.splitting import centre_and_divisor, scaled

LEAST_FREQUENCY = 5
"""Samples that a category must have to get an input of its own: one with fewer is in few training sets."""
MOST_CATEGORIES = 50
"""Inputs that the categories of one column become at most, without the one for missing values."""
OTHER = "other"
"""What rare categories together are called."""


class Standardise(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Numbers scaled as `split` says: constant ones become 0 everywhere, and the result is float32."""

    def __init__(self, one_unit: bool = False) -> None:
        self.one_unit = one_unit

    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Learn mean and divisor of each column."""
        checked: Any = validate_data(self, X, dtype=[np.float64, np.float32])
        self.mean_, self.divisor_ = centre_and_divisor(checked, self.one_unit)
        return self

    def transform(self, X: ArrayLike) -> NDArray[np.float32]:
        """Scale by them."""
        check_is_fitted(self)
        checked: Any = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        return scaled(checked, self.mean_, self.divisor_)


def preparation(samples: Samples) -> Any:
    """What makes the inputs of a network of samples.

    Parameters
    ----------
    samples : Samples
        Their columns are looked at, and which of them have gaps; nothing is fitted.

    Returns
    -------
    ColumnTransformer
        It isn't fitted yet: fit it on the rows of `Samples.X` that are learnt from. It gives float32. `split`
        does so for each seed: a pipeline with it and a `HeadClassifier` gives the numbers of a comparison.
    """
    features = samples.features or tuple(map(Feature, samples.feature_names))
    numbers = [k for k, each in enumerate(features) if not each.categories]
    with_gaps = [k for k in numbers if features[k].has_missing]
    categories = [k for k, each in enumerate(features) if each.categories]
    standardise = Standardise(samples.one_unit)
    fill = SimpleImputer(strategy="median", keep_empty_features=True)
    codes = [
        np.array([*range(len(features[k].categories)), *([np.nan] if features[k].has_missing else [])], float)
        for k in categories
    ]
    encode = OneHotEncoder(
        categories=codes,
        handle_unknown="ignore",
        sparse_output=False,
        dtype=np.float32,
    )
    steps = [
        ("numbers", make_pipeline(fill, standardise) if with_gaps else standardise, numbers),
        ("missing", MissingIndicator(features="all"), with_gaps),
        ("categories", encode, categories),
    ]
    return ColumnTransformer(
        [step for step in steps if step[-1]], sparse_threshold=0, verbose_feature_names_out=False
    )


def with_rare_together(codes: Floats, categories: tuple[str, ...]) -> tuple[Floats, tuple[str, ...]]:
    """A column's codes and categories, the rare ones as one category, the last.

    Categories with fewer than `LEAST_FREQUENCY` samples are rare, and of more than `MOST_CATEGORIES` the
    rarest. A rare one that is alone keeps its name.
    """
    known = codes[~np.isnan(codes)]
    if not len(known):
        return codes, categories
    encoder = OneHotEncoder(
        categories=[np.arange(len(categories), dtype=float)],
        min_frequency=LEAST_FREQUENCY,
        max_categories=MOST_CATEGORIES,
        handle_unknown="infrequent_if_exist",
    ).fit(known[:, None])
    (rare,) = encoder.infrequent_categories_
    if rare is None or len(rare) < 2:
        return codes, categories
    is_rare = np.isin(np.arange(len(categories)), rare)
    kept = tuple(name for name, own in zip(categories, is_rare, strict=True) if not own)
    names = itertools.chain([OTHER], (f"{OTHER} {n}" for n in itertools.count(2)))
    other = next(name for name in names if name not in kept)
    new = np.where(is_rare, len(kept), np.cumsum(~is_rare) - 1).astype(np.float64)
    found = codes.copy()
    found[~np.isnan(codes)] = new[known.astype(np.intp)]
    return found, (*kept, other)
