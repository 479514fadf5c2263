"""NumPy, which has no automatic derivatives: the loss has its gradient beside it."""

from alternatives.frameworks.framework import ELEMENTWISE, Framework

TEMPLATE = '''$docstring

import numpy as np
$constants

def probabilities(logits):
    """Values (..., n_classes) of logits (..., n_classes)."""
    values, dtype = _widened(logits)
    return _probabilities(values).astype(dtype)


class Loss:
    """The loss of logits (..., n_classes) for targets (...), which are classes from 0.

    Parameters
    ----------
    weight : array-like (n_classes,), optional
        The weight of each class. As in PyTorch, the mean is divided by the sum of the targets' weights.
    ignore_index : int
        Samples with this target don't count.
    reduction : "mean", "sum" or "none"
    """

    def __init__(self, weight=None, ignore_index=-100, reduction="mean"):
        if reduction not in ("mean", "sum", "none"):
            raise ValueError(f'reduction must be "mean", "sum" or "none", got {reduction!r}')
        self.weight = weight
        self.ignore_index = ignore_index
        self.reduction = reduction

    def __call__(self, logits, targets):
        """Return the loss in the type of the logits; half precision is computed in float32."""
        values, target, weights, dtype = self._prepared(logits, targets)
        losses = weights * _losses(values, target)[..., 0]
        if self.reduction == "mean":
            losses = losses.sum() / weights.sum()
        elif self.reduction == "sum":
            losses = losses.sum()
        return losses.astype(dtype)

    def gradient(self, logits, targets):
        """Return the derivative (..., n_classes) of the loss by the logits.

        With the reduction "none" it is that of each sample's own loss.
        """
        values, target, weights, dtype = self._prepared(logits, targets)
        if self.reduction == "mean":
            weights = weights / weights.sum()
        return (weights[..., None] * _gradients(values, target)).astype(dtype)

    def _prepared(self, logits, targets):
        values, dtype = _widened(logits)
        targets = np.asarray(targets)
        if targets.shape != values.shape[:-1]:
            raise ValueError(f"targets must have shape {values.shape[:-1]}, got {targets.shape}")
        kept = targets != self.ignore_index
        values = np.where(kept[..., None], values, values.dtype.type(0))
        classes = np.where(kept, targets, 0)
        if classes.size and not 0 <= classes.min() <= classes.max() < values.shape[-1]:
            raise ValueError(f"targets must be classes from 0 to {values.shape[-1] - 1}")
        target = (classes[..., None] == np.arange(values.shape[-1])).astype(values.dtype)
        weights = kept.astype(values.dtype)
        if self.weight is not None:
            weights = weights * np.asarray(self.weight, values.dtype)[classes]
        return values, target, weights, dtype


$functions
'''

HELPERS = {
    "widened": """
def _widened(logits):
    logits = np.asarray(logits)
    dtype = logits.dtype if logits.dtype.kind not in "biu" else np.dtype(np.float64)
    wide = dtype if dtype.itemsize >= 4 else np.dtype(np.float32)  # bfloat16 of ml_dtypes, too
    return logits.astype(wide), dtype
""",
    "tiny": """
def _tiny(x):
    return np.finfo(x.dtype).tiny
""",
    "total": """
def _total(x):
    return x.sum(-1, keepdims=True)
""",
    "largest": """
def _largest(x):
    return x.max(-1, keepdims=True)
""",
    "take": """
def _take(x, onehot):
    return np.where(onehot > 0, x, 0).sum(-1, keepdims=True)
""",
    "first_largest": """
def _first_largest(x):
    return (x.argmax(-1)[..., None] == np.arange(x.shape[-1])).astype(x.dtype)
""",
    "positive": """
def _positive(x):
    return np.maximum(x, 0)
""",
    "softmax": """
def _softmax(x):
    scores = np.exp(x - x.max(-1, keepdims=True))
    return scores / scores.sum(-1, keepdims=True)
""",
    "log_softmax": """
def _log_softmax(x):
    shifted = x - x.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
""",
    "sigmoid": """
def _sigmoid(x):
    return np.exp(-np.logaddexp(0, -x))
""",
    "log_sigmoid": """
def _log_sigmoid(x):
    return -np.logaddexp(0, -x)
""",
    "descending": """
def _descending(x):
    return -np.sort(-x, axis=-1)
""",
    "cumulative": """
def _cumulative(x):
    return x.cumsum(-1)
""",
    "counted": """
def _counted(x):
    return np.arange(1, x.shape[-1] + 1, dtype=x.dtype)
""",
}

NUMPY = Framework(
    name="numpy",
    title="NumPy",
    package="numpy",
    spelled={name: f"np.{name}" for name in (*ELEMENTWISE, "maximum", "minimum")},
    helpers=HELPERS,
    template=TEMPLATE,
    roots=("probabilities", "losses", "gradients"),
    own_helpers=("widened",),
    differentiates=False,
)
