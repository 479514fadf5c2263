"""Keras 3, on any of its backends: a loss is a keras.losses.Loss, with Keras's own arguments and order."""

from alternatives.frameworks.framework import ELEMENTWISE, Framework

TEMPLATE = '''$docstring

import keras
$constants

def probabilities(logits):
    """Values (..., n_classes) of logits (..., n_classes)."""
    logits = keras.ops.convert_to_tensor(logits)
    values = _widened(logits)
    is_floating = "float" in keras.backend.standardize_dtype(logits.dtype)
    return keras.ops.cast(_probabilities(values), logits.dtype if is_floating else values.dtype)


class Loss(keras.losses.Loss):
    """The loss of logits (..., n_classes) for targets (...), which are classes from 0.

    It is called as Keras calls its losses, with the targets first: ``loss(targets, logits)``. So it can be
    given to ``model.compile``; weights of classes are given to ``model.fit(class_weight=...)``.

    Parameters
    ----------
    ignore_class : int, optional
        Samples with this target don't count.
    reduction : str
        As of keras.losses.SparseCategoricalCrossentropy, and so are `name` and `dtype`. By default Keras
        computes in float32, also half precision and float64.
    """

    def __init__(self, ignore_class=None, reduction="sum_over_batch_size", name=None, dtype=None):
        super().__init__(name=name or "$snake", reduction=reduction, dtype=dtype)
        self.ignore_class = ignore_class

    def call(self, y_true, y_pred):
        """Return the loss of each sample, from targets and logits."""
        values = _widened(y_pred)
        targets = keras.ops.cast(y_true, "int32")
        if len(targets.shape) == len(values.shape) and targets.shape[-1] == 1:
            targets = keras.ops.squeeze(targets, -1)
        n_classes = values.shape[-1]
        if self.ignore_class is None:
            target = keras.ops.one_hot(targets, n_classes, dtype=values.dtype)
            return _losses(values, target)[..., 0]
        kept = keras.ops.not_equal(targets, self.ignore_class)
        # What is ignored must not reach the gradient even if it isn't a number.
        values = keras.ops.where(kept[..., None], values, 0.0)
        target = keras.ops.one_hot(keras.ops.where(kept, targets, 0), n_classes, dtype=values.dtype)
        counted = keras.ops.cast(kept, values.dtype)
        losses = counted * _losses(values, target)[..., 0]
        if self.reduction in ("mean", "sum_over_batch_size"):  # Keras divides by all samples
            losses = losses / keras.ops.mean(counted)
        return losses

    def get_config(self):
        """Return what Keras saves."""
        return {**super().get_config(), "ignore_class": self.ignore_class}


$functions
'''

HELPERS = {
    "widened": """
def _widened(logits):
    wide = keras.backend.standardize_dtype(logits.dtype) in ("float32", "float64")
    return logits if wide else keras.ops.cast(logits, "float32")
""",
    "tiny": """
def _tiny(x):
    double = keras.backend.standardize_dtype(x.dtype) == "float64"
    return 2.2250738585072014e-308 if double else 1.1754943508222875e-38
""",
    "abs": """
def _abs(x):  # with the derivative 0 at 0 on every backend
    return keras.ops.sign(x) * x
""",
    "maximum": """
def _maximum(x, low):  # keras.ops.maximum may turn float64 into float32
    return keras.ops.where(x > low, x, keras.ops.full_like(x, low))
""",
    "minimum": """
def _minimum(x, high):
    return keras.ops.where(x < high, x, keras.ops.full_like(x, high))
""",
    "total": """
def _total(x):
    return keras.ops.sum(x, axis=-1, keepdims=True)
""",
    "largest": """
def _largest(x):
    return keras.ops.max(x, axis=-1, keepdims=True)
""",
    "take": """
def _take(x, onehot):
    return keras.ops.sum(keras.ops.where(onehot > 0, x, 0.0), axis=-1, keepdims=True)
""",
    "first_largest": """
def _first_largest(x):  # keras.ops.argmax may compare in float32
    largest = keras.ops.cast(x >= keras.ops.max(x, axis=-1, keepdims=True), x.dtype)
    return largest * keras.ops.cast(keras.ops.cumsum(largest, axis=-1) <= 1, x.dtype)
""",
    "descending": """
def _descending(x):
    return keras.ops.flip(keras.ops.sort(x, axis=-1), axis=-1)
""",
    "cumulative": """
def _cumulative(x):
    return keras.ops.cumsum(x, axis=-1)
""",
    "counted": """
def _counted(x):
    return keras.ops.arange(1, x.shape[-1] + 1, dtype=x.dtype)
""",
}

KERAS = Framework(
    name="keras",
    title="Keras 3",
    package="keras",
    spelled={name: f"keras.ops.{name}" for name in ELEMENTWISE}
    | {
        "constant": "keras.ops.stop_gradient",
        "positive": "keras.ops.relu",
        "sigmoid": "keras.ops.sigmoid",
        "log_sigmoid": "keras.ops.log_sigmoid",
        "softmax": "keras.ops.softmax",
        "log_softmax": "keras.ops.log_softmax",
    },
    helpers=HELPERS,
    template=TEMPLATE,
    own_helpers=("widened",),
)
