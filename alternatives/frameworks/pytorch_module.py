"""PyTorch: a loss is a torch.nn.Module, with the arguments of torch.nn.CrossEntropyLoss."""

from alternatives.frameworks.framework import ELEMENTWISE, Framework

TEMPLATE = '''$docstring

import torch
$constants

def probabilities(logits):
    """Values (..., n_classes) of logits (..., n_classes)."""
    return _narrowed(_probabilities(_widened(logits)), logits)


class Loss(torch.nn.Module):
    """The loss of logits (..., n_classes) for targets (...), which are classes from 0.

    Classes are always on the last axis, where torch.nn.CrossEntropyLoss has them on the second.

    Parameters
    ----------
    weight : tensor (n_classes,), optional
        The weight of each class. As in torch.nn.CrossEntropyLoss, the mean is divided by the sum of the
        targets' weights.
    ignore_index : int
        Samples with this target don't count.
    reduction : "mean", "sum" or "none"
    """

    def __init__(self, weight=None, ignore_index=-100, reduction="mean"):
        super().__init__()
        if reduction not in ("mean", "sum", "none"):
            raise ValueError(f'reduction must be "mean", "sum" or "none", got {reduction!r}')
        self.register_buffer("weight", weight)
        self.ignore_index = ignore_index
        self.reduction = reduction

    def forward(self, logits, targets):
        """Return the loss in the type of the logits; half precision is computed in float32."""
        samples = tuple(logits.shape[:-1])
        if targets.shape != samples:
            raise ValueError(f"targets must have shape {samples}, got {tuple(targets.shape)}")
        kept = targets != self.ignore_index
        # What is ignored must not reach the gradient even if it isn't a number.
        values = torch.where(kept[..., None], _widened(logits), 0.0)
        classes = torch.where(kept, targets, 0).long()
        target = torch.zeros_like(values).scatter(-1, classes[..., None], 1.0)
        weights = kept.to(values.dtype)
        if self.weight is not None:
            weights = weights * self.weight.to(values.dtype)[classes]
        losses = weights * _losses(values, target)[..., 0]
        if self.reduction == "mean":
            losses = losses.sum() / weights.sum()
        elif self.reduction == "sum":
            losses = losses.sum()
        return _narrowed(losses, logits)


$functions
'''

HELPERS = {
    "widened": """
def _widened(logits):
    return logits if logits.dtype in (torch.float32, torch.float64) else logits.float()
""",
    "narrowed": """
def _narrowed(x, logits):
    return x.to(logits.dtype) if logits.is_floating_point() else x
""",
    "constant": """
def _constant(x):
    return x.detach()
""",
    "tiny": """
def _tiny(x):
    return torch.finfo(x.dtype).tiny
""",
    "maximum": """
def _maximum(x, low):
    return torch.clamp(x, min=low)
""",
    "minimum": """
def _minimum(x, high):
    return torch.clamp(x, max=high)
""",
    "total": """
def _total(x):
    return x.sum(-1, keepdim=True)
""",
    "largest": """
def _largest(x):
    return x.amax(-1, keepdim=True)
""",
    "take": """
def _take(x, onehot):
    return torch.where(onehot > 0, x, 0.0).sum(-1, keepdim=True)
""",
    "first_largest": """
def _first_largest(x):
    return torch.zeros_like(x).scatter(-1, x.argmax(-1, keepdim=True), 1.0)
""",
    "softmax": """
def _softmax(x):
    return torch.softmax(x, -1)
""",
    "log_softmax": """
def _log_softmax(x):
    return torch.log_softmax(x, -1)
""",
    "descending": """
def _descending(x):
    return x.sort(-1, descending=True).values
""",
    "cumulative": """
def _cumulative(x):
    return x.cumsum(-1)
""",
    "counted": """
def _counted(x):
    return torch.arange(1, x.shape[-1] + 1, dtype=x.dtype, device=x.device)
""",
}

PYTORCH = Framework(
    name="pytorch",
    title="PyTorch",
    package="torch",
    spelled={name: f"torch.{name}" for name in ELEMENTWISE}
    | {
        "positive": "torch.relu",
        "sigmoid": "torch.sigmoid",
        "log_sigmoid": "torch.nn.functional.logsigmoid",
    },
    helpers=HELPERS,
    template=TEMPLATE,
    own_helpers=("widened", "narrowed"),
    has_factored_layer=True,
)
