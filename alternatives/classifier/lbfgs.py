"""L-BFGS, which takes the gradient of all samples at every step: for small data sets."""

import numpy as np
from scipy.optimize import OptimizeResult, minimize

from alternatives.classifier.run import Run, Samples
from alternatives.heads import Floats
from alternatives.training import one_blas_thread


def minimise(run: Run, samples: Samples, tol: float, max_iter: int, max_fun: int, verbose: bool | int) -> str:
    """Minimise the loss of a run; returns why it ended, empty if it converged.

    Each iteration's loss joins the run's curve.
    """

    def loss_and_gradient(parameters: Floats) -> tuple[float, Floats]:
        run.parameters[...] = parameters
        loss, gradient = run.stack.loss_and_gradient(*samples.of_one_split)
        return float(loss[0, 0]), gradient[0, 0].astype(np.float64)

    def after_iteration(intermediate_result: OptimizeResult) -> None:
        run.n_iter += 1
        run.loss_curve.append(float(intermediate_result.fun))
        if verbose:
            print(f"Iteration {run.n_iter}, loss = {run.loss_curve[-1]:.8f}")

    with one_blas_thread(), np.errstate(all="ignore"):
        result = minimize(
            loss_and_gradient,
            run.parameters.astype(np.float64),
            method="L-BFGS-B",
            jac=True,
            callback=after_iteration,
            options={"maxfun": max_fun, "maxiter": max_iter, "gtol": tol},
        )
    run.parameters[...] = result.x
    if not run.n_iter:
        run.loss_curve.append(float(result.fun))
    run.best_loss = float(np.fmin(run.best_loss, run.loss_curve[-1]))
    return "" if result.success else str(result.message)
