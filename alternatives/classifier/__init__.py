"""One network with any head, as a scikit-learn classifier."""

from alternatives.classifier.estimator import HeadClassifier

__all__ = ["HeadClassifier"]
