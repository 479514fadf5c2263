"""The factored output layer for PyTorch; `alternatives.large_output.factored` derives what it does."""

import sys

from alternatives.large_output.spherical import LogLoss, SphericalLoss, SquaredDistance

ABOUT = [
    "It is trained exactly as a dense layer without bias would be by SGD, at O(d²) a sample instead of "
    "O(D d) for D classes and d units: it never computes the outputs. The loss depends on the logits "
    "through the target's logit, their sum and their squared norm alone.",
    "",
    "    layer = FactoredOutput(n_classes, n_units)",
    "    optimiser.zero_grad()",
    "    loss = layer(network(inputs), targets)  # mean over the samples",
    "    loss.backward()",
    "    optimiser.step()                        # the network's own weights",
    "    layer.step(learning_rate)               # the output layer's",
    "",
    "After Vincent, de Brébisson and Bouthillier 2015, arXiv 1412.7091, with U solved for in each step and "
    "folded into V where it becomes ill-conditioned. A fold takes O(D d²), and is rare.",
]

TEMPLATE = '''$docstring

import torch


def loss_of(of_target, logit_sum, squared_norm, n_classes):
    """Loss of each sample from its target's logit, the sum of its logits and that of their squares."""
$loss


class FactoredOutput(torch.nn.Module):
    """An output layer whose weights W (n_classes, n_units) are kept as V U + 1 ωᵀ.

    Parameters
    ----------
    n_classes, n_units : int
    weights : tensor (n_classes, n_units), optional
        The initial weights; by default zeros, from which a loss with a slope at zero learns.
    condition_limit : float
        The condition of U at which it is folded into V.
    device, dtype : optional
        Of the rows of V: torch.float32 or torch.float64. What has d × d numbers is always float64.
    """

    def __init__(
        self, n_classes, n_units, weights=None, condition_limit=100.0, device=None, dtype=torch.float32
    ):
        super().__init__()
        rows = torch.zeros(n_classes, n_units, device=device, dtype=dtype)
        exact = {"device": device, "dtype": torch.float64}
        self.register_buffer("rows", rows)  # V
        self.register_buffer("factor", torch.eye(n_units + 1, n_units, **exact))  # U, and below it ω
        self.register_buffer("gram", torch.zeros(n_units + 1, n_units + 1, **exact))  # of [V 1]
        self.condition_limit = condition_limit
        self.folds = 0
        self._last = None
        if weights is None:
            self.gram[-1, -1] = n_classes
        else:
            self.rows.copy_(weights.detach())
            self._settle()

    @property
    def weights(self):
        """The weights (n_classes, n_units) of the dense layer, at O(D d²)."""
        return (self.rows.double() @ self.factor[:-1] + self.factor[-1]).to(self.rows.dtype)

    def logits(self, hidden):
        """Return the outputs (..., n_classes) at O(D d) a sample, for predictions."""
        coordinates = hidden @ self.factor.to(hidden.dtype).T
        return coordinates[..., :-1] @ self.rows.to(hidden.dtype).T + coordinates[..., -1:]

    def forward(self, hidden, targets):
        """Return the mean loss of hidden (n_samples, n_units) for targets (n_samples,), classes from 0.

        Half precision is computed in float32, and the loss from its three statistics in float64.
        """
        with torch.autocast(hidden.device.type, enabled=False):
            return self._loss(hidden.to(torch.promote_types(hidden.dtype, torch.float32)), targets)

    def _loss(self, hidden, targets):
        dtype = hidden.dtype
        factor, gram = self.factor.to(dtype), self.gram.to(dtype)
        classes, which = torch.unique(targets, return_inverse=True)
        coordinates = hidden @ factor.T
        through_gram = coordinates @ gram
        of_rows = torch.cat([self.rows[classes].to(dtype), hidden.new_ones(len(classes), 1)], 1)[which]
        statistics = [
            (of_rows * coordinates).sum(1).double(),  # the target's logit
            through_gram[:, -1].double(),  # the sum of the logits
            (coordinates * through_gram).sum(1).double(),  # the sum of their squares
        ]
        if torch.is_grad_enabled():
            for each in statistics:
                each.requires_grad_()
                each.retain_grad()  # `step` needs the derivatives by these three
            self._last = hidden.detach(), coordinates.detach(), classes, which, statistics
        return loss_of(*statistics, len(self.rows)).mean().to(dtype)

    @torch.no_grad()
    def step(self, learning_rate, weight_decay=0.0):
        """Make a step of gradient descent for the last loss, whose backward pass must have been run.

        W becomes (1 - learning_rate · weight_decay) W - learning_rate · ∂loss/∂W.
        """
        if self._last is None or self._last[-1][0].grad is None:
            raise RuntimeError("step needs a loss of this layer whose backward() has been called")
        hidden, coordinates, classes, which, statistics = self._last
        none = torch.zeros_like(statistics[0])  # the derivative by what the loss doesn't depend on
        by_target, by_sum, by_square = (
            (none if each.grad is None else each.grad)[:, None] for each in statistics
        )
        self._last = None

        # The change that moves all classes, and its duals.
        push = 2 * by_square.to(coordinates.dtype) * coordinates
        push[:, -1:] += by_sum.to(coordinates.dtype)
        factor = (1 - learning_rate * weight_decay) * self.factor
        factor -= learning_rate * (push.T @ hidden).double()
        inverse, info = torch.linalg.inv_ex(factor[:-1])
        condition = _norm(factor[:-1]) * _norm(inverse)
        rows, duals = self.rows[classes].double(), hidden.double()
        if info == 0 and condition <= self.condition_limit:
            duals = duals @ inverse
        else:  # fold U into V: then U is the identity, and each sample its own dual
            self._fold(factor[:-1])
            rows = self.rows[classes].double()
            factor[:-1] = torch.eye(*rows.shape[1:], device=rows.device, dtype=rows.dtype)

        # The change of the target rows, and that of the Gram matrix by what is stored of them.
        change = torch.zeros_like(rows)
        change.index_add_(0, which, -learning_rate * by_target * duals)
        moved = (rows + change).to(self.rows.dtype)
        self.rows[classes] = moved
        ones = rows.new_ones(len(rows), 1)
        before, after = torch.cat([rows, ones], 1), torch.cat([moved.double(), ones], 1)
        half = (after - before).T @ ((after + before) / 2)
        self.gram += half + half.T
        self.factor.copy_(factor)

    def _fold(self, u):
        """Replace V by V U; some rows at a time, since all in float64 would take much memory."""
        for rows in self.rows.split(65536):
            rows.copy_((rows.double() @ u).to(rows.dtype))
        self.folds += 1
        self._settle()

    def _settle(self):
        """Compute the Gram matrix of [V 1] from all rows."""
        gram = torch.zeros_like(self.gram)
        for rows in self.rows.split(65536):
            wider = torch.cat([rows.double(), rows.new_ones(len(rows), 1).double()], 1)
            gram += wider.T @ wider
        self.gram.copy_(gram)


def _norm(matrix):
    """The 1-norm, at least 1: so a U that merely shrinks is ill-conditioned, too."""
    return torch.linalg.matrix_norm(matrix, 1).clamp(min=1.0)
'''


def loss_source(loss: SphericalLoss) -> str:
    """The lines that compute a loss from the statistics; ValueError for one that isn't known here."""
    match loss:
        case SquaredDistance():
            lines = ["return squared_norm - 2 * of_target + 1"]
        case LogLoss(head) if head.shift:
            shift, epsilon = float(head.shift), float(head.epsilon)
            lines = [
                f"shifted = squared_norm + {2 * shift} * logit_sum + {shift**2} * n_classes",
                "# Rounding must not make the sum less than the target's part.",
                f"shifted = torch.maximum(shifted, (of_target + {shift}) ** 2)",
                f"of_target = (of_target + {shift}) ** 2 + {epsilon}",
                f"return torch.log(shifted + {epsilon} * n_classes) - torch.log(of_target)",
            ]
        case LogLoss(head):
            epsilon = max(float(head.epsilon), sys.float_info.min)  # 0 stands for the limit of small ones
            lines = [
                "# Rounding must not make the sum less than the target's part.",
                "squared_norm = torch.maximum(squared_norm, of_target**2)",
                f"of_target = of_target**2 + {epsilon}",
                f"return torch.log(squared_norm + {epsilon} * n_classes) - torch.log(of_target)",
            ]
        case _:
            raise ValueError(f"the factored layer for PyTorch doesn't know the loss {loss}")
    return "\n".join(f"    {line}" for line in lines)
