"""JAX: functions and a loss that jax.grad, jax.jit and jax.vmap take."""

from alternatives.frameworks.framework import ELEMENTWISE, Framework

TEMPLATE = '''$docstring

import jax
$constants

def probabilities(logits):
    """Values (..., n_classes) of logits (..., n_classes)."""
    return _probabilities(_widened(logits)).astype(jax.numpy.result_type(logits, float))


class Loss:
    """The loss of logits (..., n_classes) for targets (...), which are classes from 0.

    JAX has no errors inside compiled code, so a target that is no class has a meaningless loss.

    Parameters
    ----------
    weight : array (n_classes,), optional
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
        if targets.shape != logits.shape[:-1]:
            raise ValueError(f"targets must have shape {logits.shape[:-1]}, got {targets.shape}")
        kept = targets != self.ignore_index
        # What is ignored must not reach the gradient even if it isn't a number.
        values = jax.numpy.where(kept[..., None], _widened(logits), 0.0)
        classes = jax.numpy.where(kept, targets, 0)
        target = jax.nn.one_hot(classes, logits.shape[-1], dtype=values.dtype)
        weights = kept.astype(values.dtype)
        if self.weight is not None:
            weights = weights * jax.numpy.asarray(self.weight, values.dtype)[classes]
        losses = weights * _losses(values, target)[..., 0]
        if self.reduction == "mean":
            losses = losses.sum() / weights.sum()
        elif self.reduction == "sum":
            losses = losses.sum()
        return losses.astype(jax.numpy.result_type(logits, float))


$functions
'''

HELPERS = {
    "widened": """
def _widened(logits):
    return jax.numpy.asarray(logits, jax.numpy.promote_types(logits.dtype, jax.numpy.float32))
""",
    "tiny": """
def _tiny(x):
    return float(jax.numpy.finfo(x.dtype).tiny)
""",
    "abs": """
def _abs(x):  # with the derivative 0 at 0
    return jax.numpy.sign(x) * x
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
    return jax.numpy.where(onehot > 0, x, 0.0).sum(-1, keepdims=True)
""",
    "first_largest": """
def _first_largest(x):
    return jax.nn.one_hot(x.argmax(-1), x.shape[-1], dtype=x.dtype)
""",
    "descending": """
def _descending(x):
    return jax.numpy.sort(x, axis=-1, descending=True)
""",
    "cumulative": """
def _cumulative(x):
    return x.cumsum(-1)
""",
    "counted": """
def _counted(x):
    return jax.numpy.arange(1, x.shape[-1] + 1, dtype=x.dtype)
""",
}

JAX = Framework(
    name="jax",
    title="JAX",
    package="jax",
    spelled={name: f"jax.numpy.{name}" for name in (*ELEMENTWISE, "maximum", "minimum")}
    | {
        "constant": "jax.lax.stop_gradient",
        "positive": "jax.nn.relu",
        "sigmoid": "jax.nn.sigmoid",
        "log_sigmoid": "jax.nn.log_sigmoid",
        "softmax": "jax.nn.softmax",
        "log_softmax": "jax.nn.log_softmax",
    },
    helpers=HELPERS,
    template=TEMPLATE,
    own_helpers=("widened",),
)
