"""Softmax and its alternatives, trained on the same data and compared."""

from importlib import import_module
from typing import TYPE_CHECKING

__all__ = ["HEADS", "Comparison", "HeadClassifier", "Session", "train_many"]

if TYPE_CHECKING:
    from alternatives.classifier import HeadClassifier
    from alternatives.experiments import Comparison
    from alternatives.experiments.many import train_many
    from alternatives.heads import HEADS
    from alternatives.sessions import Session
else:
    # They are imported when they are first asked for: a process that only trains imports this package too,
    # and stays small; and the command line is ready for Ctrl-C before numpy is imported.
    _MODULES = {
        "HEADS": "alternatives.heads",
        "Comparison": "alternatives.experiments",
        "HeadClassifier": "alternatives.classifier",
        "Session": "alternatives.sessions",
        "train_many": "alternatives.experiments.many",
    }

    def __getattr__(name):
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_MODULES[name]), name)

    def __dir__():
        return sorted({*globals(), *_MODULES})
