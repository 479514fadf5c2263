"""Heads taken home: each head's probabilities and loss as a module for NumPy, PyTorch, JAX and Keras.

A head says once how it computes, in `Head.portable`: a few functions in names that all frameworks share.
`functions` collects them, a `Framework` spells the names and puts its own class `Loss` around them, and
`checked` runs the NumPy module against the head before anything is handed out. No framework is imported.
"""

from alternatives.frameworks.framework import Framework
from alternatives.frameworks.modules import FRAMEWORKS, factored_module, file_name, in_family, module

__all__ = ["FRAMEWORKS", "Framework", "factored_module", "file_name", "in_family", "module"]
