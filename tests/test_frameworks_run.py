"""The modules for PyTorch, JAX and Keras, run in them: skipped where they aren't installed.

pip install -r requirements-export.txt installs all three.
"""

from types import SimpleNamespace

import numpy as np
import pytest

from alternatives.frameworks import FRAMEWORKS, factored_module
from alternatives.heads import HEADS, SphericalSoftmax
from alternatives.large_output import DenseOutput, FactoredOutput
from tests import exported
from tests.heads_of_ones_own import a_head_of_ones_own
from tests.test_frameworks import FAMILY

# PyTorch, JAX and Keras warn of each other, and of what will change in them.
pytestmark = [pytest.mark.filterwarnings("default"), pytest.mark.xdist_group("frameworks")]
OTHERS = [name for name in FRAMEWORKS if name != "numpy"]
N_CLASSES = 6
WEIGHT = np.linspace(0.5, 2, N_CLASSES)


def needs(name: str) -> None:
    if reason := exported.missing(name):
        pytest.skip(reason)


@pytest.mark.parametrize("dtype", exported.TOLERANCE)
@pytest.mark.parametrize("name", HEADS)
@pytest.mark.parametrize("framework", OTHERS)
def test_values_and_gradients_are_the_heads(framework: str, name: str, dtype: str) -> None:
    needs(framework)
    assert max(exported.worst(name, framework, dtype)) <= exported.TOLERANCE[dtype]


@pytest.mark.parametrize("framework", OTHERS)
def test_a_head_of_ones_own(framework: str) -> None:
    needs(framework)
    logits, targets = exported.samples("random")
    with a_head_of_ones_own() as head:
        found = exported.run(head, framework, logits, targets, "float64")
        expected = exported.expected(head, logits, targets, "float64", "float64")
        assert max(found.errors(*expected)) <= exported.TOLERANCE["float64"]


def with_ignored() -> tuple[np.ndarray, np.ndarray]:
    logits, targets = exported.samples("random", n_classes=N_CLASSES)
    targets[::7] = -100
    return logits, targets


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_pytorch_weighs_ignores_and_reduces_as_its_cross_entropy(reduction, weighted, dtype) -> None:
    needs("pytorch")
    import torch

    logits, targets = with_ignored()
    weight = torch.tensor(WEIGHT, dtype=getattr(torch, dtype)) if weighted else None
    own = exported.loaded(HEADS["softmax"], "pytorch").Loss(weight=weight, reduction=reduction)
    results = []
    for loss in (own, torch.nn.CrossEntropyLoss(weight=weight, reduction=reduction)):
        values = torch.tensor(logits, dtype=getattr(torch, dtype), requires_grad=True)
        found = loss(values, torch.tensor(targets))
        found.sum().backward()
        results.append((found.detach(), values.grad))
    torch.testing.assert_close(results[0], results[1])


def test_pytorch_as_a_module() -> None:
    """It moves with its weights, trains, is compiled by torch.func, and keeps what is ignored out."""
    needs("pytorch")
    import torch

    own = exported.loaded(HEADS["Taylor softmax"], "pytorch")
    loss = own.Loss(weight=torch.tensor(WEIGHT))
    assert isinstance(loss, torch.nn.Module)
    assert loss.float().weight.dtype == torch.float32
    assert set(loss.state_dict()) == {"weight"}
    logits, targets = with_ignored()
    logits[::7] = np.nan
    values = torch.tensor(logits, requires_grad=True)
    loss(values, torch.tensor(targets)).backward()
    assert torch.isfinite(values.grad).all()
    assert (values.grad[::7] == 0).all()
    images = torch.zeros(2, 3, 4, N_CLASSES)  # classes are on the last axis, whatever stands before
    assert own.Loss(reduction="none")(images, torch.zeros(2, 3, 4, dtype=torch.long)).shape == (2, 3, 4)
    with pytest.raises((RuntimeError, IndexError)):
        own.Loss()(torch.zeros(1, N_CLASSES), torch.tensor([N_CLASSES]))
    with pytest.raises(ValueError, match=r"targets must have shape \(4,\), got \(1,\)"):
        own.Loss()(torch.zeros(4, N_CLASSES), torch.tensor([0]))
    with pytest.raises(ValueError, match="reduction must be"):
        own.Loss(reduction="average")


@pytest.mark.parametrize("name", HEADS)
def test_pytorch_compiles_it_maps_it_and_keeps_to_its_device(name: str) -> None:
    needs("pytorch")
    import torch

    loss = exported.loaded(HEADS[name], "pytorch").Loss(reduction="none")
    logits, targets = map(torch.tensor, exported.samples("random"))
    torch._dynamo.reset()
    compiled = torch.compile(loss, fullgraph=True, backend="eager")
    torch.testing.assert_close(compiled(logits, targets), loss(logits, targets))
    gradients = torch.func.vmap(torch.func.grad(loss))(logits, targets)
    expected = HEADS[name].gradient(logits.numpy(), targets.numpy())
    np.testing.assert_allclose(gradients.numpy(), expected, rtol=1e-9, atol=1e-12)
    assert loss(logits.to("meta"), targets.to("meta")).device.type == "meta"  # nothing stays on the processor
    for device in devices():
        found = loss(logits.to(device), targets.to(device)).cpu()
        torch.testing.assert_close(found, loss(logits, targets))


@pytest.mark.parametrize("framework", OTHERS)
def test_whole_numbers_become_floating(framework: str) -> None:
    needs(framework)
    expected = HEADS["Taylor softmax"].probabilities([[1, 2, 3]])
    given = np.array([[1, 2, 3]])
    if framework == "pytorch":
        import torch

        given = torch.tensor(given)
    found = exported.loaded(HEADS["Taylor softmax"], framework).probabilities(given)
    np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-6)


@pytest.mark.parametrize("name", HEADS)
def test_pytorch_has_second_derivatives(name: str) -> None:
    """Those of the loss, by differences of its gradient, which is the head's."""
    needs("pytorch")
    import torch

    head, step = HEADS[name], 1e-5
    loss = exported.loaded(head, "pytorch").Loss(reduction="sum")
    logits, target = np.array([0.3, -1.2, 0.9, 0.05]), 1
    hessian = torch.autograd.functional.hessian(
        lambda values: loss(values[None], torch.tensor([target])), torch.tensor(logits)
    )
    moved = logits + step * np.stack([np.eye(4), -np.eye(4)])
    ahead, behind = head.gradient(moved, target)
    np.testing.assert_allclose(hessian.numpy(), (ahead - behind) / (2 * step), atol=1e-8)


def test_pytorch_differentiates_probabilities() -> None:
    """A head inside a network, such as attention with sparsemax."""
    needs("pytorch")
    import torch

    for head in HEADS.values():
        logits = np.array([0.3, -1.2, 0.9, 0.05])
        jacobian = torch.autograd.functional.jacobian(
            exported.loaded(head, "pytorch").probabilities, torch.tensor(logits)
        )
        np.testing.assert_allclose(jacobian.numpy(), head.jacobian(logits), atol=1e-12)


@pytest.mark.parametrize("name", HEADS)
def test_jax_compiles_it_and_maps_it(name: str) -> None:
    needs("jax")
    import jax

    own = exported.loaded(HEADS[name], "jax")
    logits, targets = exported.samples("random")
    with exported.double_precision("jax"):
        loss = own.Loss(reduction="sum")
        one = jax.jit(jax.vmap(jax.value_and_grad(loss)))
        values, gradients = one(jax.numpy.asarray(logits), jax.numpy.asarray(targets))
        np.testing.assert_allclose(values, HEADS[name].loss(logits, targets), rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(gradients, HEADS[name].gradient(logits, targets), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_jax_weighs_and_ignores_as_numpy_does(reduction: str) -> None:
    needs("jax")
    import jax

    logits, targets = with_ignored()
    logits[::7] = np.nan
    head = HEADS["entmax"]
    arguments = {"weight": WEIGHT, "reduction": reduction}
    with exported.double_precision("jax"):
        loss = exported.loaded(head, "jax").Loss(**arguments)
        found = loss(jax.numpy.asarray(logits), jax.numpy.asarray(targets))
        gradient = jax.grad(lambda values: loss(values, jax.numpy.asarray(targets)).sum())(
            jax.numpy.asarray(logits)
        )
    by_numpy = exported.loaded(head, "numpy").Loss(**arguments)
    np.testing.assert_allclose(found, by_numpy(logits, targets), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(gradient, by_numpy.gradient(logits, targets), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "none"])
@pytest.mark.parametrize("ignored", [None, 2])
@pytest.mark.parametrize("weighted", [False, True])
def test_keras_ignores_weighs_and_reduces_as_its_cross_entropy(reduction, ignored, weighted) -> None:
    needs("keras")
    import keras

    logits, targets = exported.samples("random", n_classes=N_CLASSES)
    arguments = {"reduction": reduction, "ignore_class": ignored}
    own = exported.loaded(HEADS["softmax"], "keras").Loss(**arguments)
    reference = keras.losses.SparseCategoricalCrossentropy(from_logits=True, **arguments)
    weights = np.linspace(0, 2, len(targets)) if weighted else None
    found, expected = (
        keras.ops.convert_to_numpy(loss(targets, logits, sample_weight=weights)) for loss in (own, reference)
    )
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7)
    column = keras.ops.convert_to_numpy(own(targets[:, None], logits, sample_weight=weights))
    np.testing.assert_allclose(column, found, rtol=1e-6)


def test_keras_trains_with_it_and_saves_it() -> None:
    needs("keras")
    import keras

    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    targets = rng.integers(3, size=240)
    inputs = np.eye(3)[targets] + 0.3 * rng.normal(size=(240, 3))
    own = exported.loaded(HEADS["Taylor softmax"], "keras")
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3)])
    model.compile(optimizer=keras.optimizers.Adam(0.1), loss=own.Loss())
    history = model.fit(inputs, targets, epochs=5, verbose=0, class_weight={0: 1.0, 1: 2.0, 2: 1.0})
    assert history.history["loss"][-1] < 0.7 * history.history["loss"][0]
    best = keras.ops.convert_to_numpy(own.probabilities(model(inputs))).argmax(-1)
    assert (best == targets).mean() > 0.9
    again = own.Loss.from_config(own.Loss(ignore_class=1).get_config())
    assert (again.ignore_class, again.name) == (1, "taylor_softmax")


def factored(name: str) -> SimpleNamespace:
    space: dict = {}
    exec(compile(factored_module(HEADS[name]), f"<factored {name}>", "exec"), space)
    return SimpleNamespace(**space)


def devices() -> list[str]:
    if exported.missing("pytorch"):
        return ["cpu"]
    import torch

    return ["cpu"] + ["cuda"] * torch.cuda.is_available()


@pytest.mark.parametrize("device", devices())
@pytest.mark.parametrize("weight_decay", [0.0, 0.01])
@pytest.mark.parametrize("limit", [1.0, 100.0])
@pytest.mark.parametrize("name", FAMILY)
def test_the_factored_layer_is_the_dense_one(
    name: str, limit: float, weight_decay: float, device: str
) -> None:
    """A network below each layer is trained, too: so the gradients that are passed on agree."""
    needs("pytorch")
    import torch

    n_classes, n_units, n_samples, n_steps, rate = 40, 7, 16, 60, 0.05
    rng = np.random.default_rng(1)
    exact = {"dtype": torch.float64, "device": device}
    weights = torch.tensor(0.3 * rng.normal(size=(n_classes, n_units)), **exact)
    inputs = torch.tensor(rng.normal(size=(n_samples, 5)), **exact)
    targets = torch.tensor(rng.integers(n_classes // 4, size=n_samples), device=device)  # some more than once
    first = torch.tensor(rng.normal(size=(n_units, 5)), **exact)

    loss_of_dense = exported.loaded(HEADS[name], "pytorch").Loss()
    below, dense = first.clone().requires_grad_(), weights.clone().requires_grad_()
    optimiser = torch.optim.SGD(
        [{"params": [below]}, {"params": [dense], "weight_decay": weight_decay}], lr=rate
    )
    own_below = first.clone().requires_grad_()
    own_optimiser = torch.optim.SGD([own_below], lr=rate)
    layer = factored(name).FactoredOutput(n_classes, n_units, weights, limit, **exact)
    for _ in range(n_steps):
        expected = loss_of_dense(torch.tanh(inputs @ below.T) @ dense.T, targets)
        optimiser.zero_grad()
        expected.backward()
        optimiser.step()

        own_optimiser.zero_grad()
        found = layer(torch.tanh(inputs @ own_below.T), targets)
        found.backward()
        own_optimiser.step()
        layer.step(rate, weight_decay)
        torch.testing.assert_close(found, expected, rtol=1e-11, atol=1e-12)
    torch.testing.assert_close(layer.weights, dense.detach(), rtol=1e-9, atol=1e-11)
    torch.testing.assert_close(own_below, below, rtol=1e-9, atol=1e-11)
    hidden = torch.tanh(inputs @ own_below.T)
    torch.testing.assert_close(layer.logits(hidden), hidden @ dense.T, rtol=1e-9, atol=1e-10)
    with torch.no_grad():
        torch.testing.assert_close(layer(hidden, targets), loss_of_dense(hidden @ dense.T, targets))
    assert layer.folds == n_steps if limit == 1 else layer.folds < 5


def test_the_factored_layer_is_the_librarys() -> None:
    """The same steps as those of numpy, in float32 too; and those of a plain dense layer."""
    needs("pytorch")
    import torch

    rng = np.random.default_rng(2)
    head = HEADS["Taylor softmax"]
    hidden = rng.normal(size=(16, 8)).astype(np.float32)
    targets = rng.integers(1000, size=16)
    layer = factored(head.name).FactoredOutput(1000, 8)
    by_numpy = FactoredOutput.zeros(1000, 8)
    dense = DenseOutput(np.zeros((1000, 8), np.float32))
    for _ in range(20):
        found = layer(torch.tensor(hidden, requires_grad=True), torch.tensor(targets))
        found.backward()
        layer.step(0.5)
        expected, _ = by_numpy.step(head, hidden, targets, 0.5)
        dense.step(head, hidden, targets, 0.5)
        assert found.item() == pytest.approx(expected, rel=1e-5)
    np.testing.assert_allclose(layer.weights.numpy(), by_numpy.weights, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(layer.weights.numpy(), dense.weights, rtol=1e-4, atol=1e-5)


def test_the_factored_layer_takes_half_precision() -> None:
    """Under autocast, too: a network below may be in bfloat16, the layer isn't."""
    needs("pytorch")
    import torch

    layer, head = factored("Taylor softmax").FactoredOutput(30, 4), HEADS["Taylor softmax"]
    below, inputs, targets = torch.nn.Linear(3, 4), torch.randn(5, 3), torch.arange(5)
    for _ in range(3):
        with torch.autocast("cpu", torch.bfloat16):
            hidden = below(inputs)
            loss = layer(hidden, targets)
        assert loss.dtype == torch.float32
        logits = layer.logits(hidden.detach().float()).numpy()
        assert loss.item() == pytest.approx(head.loss(logits, targets.numpy()).mean(), rel=1e-5)
        loss.backward()
        layer.step(1.0)


def test_the_factored_layer_moves_and_is_saved() -> None:
    needs("pytorch")
    import torch

    made = factored("Taylor softmax").FactoredOutput
    layer, hidden, targets = made(30, 4), torch.randn(5, 4), torch.arange(5)
    with pytest.raises(RuntimeError, match="backward"):
        layer.step(0.1)
    layer(hidden, targets).backward()
    layer.step(0.1)
    again = made(30, 4)
    again.load_state_dict(layer.state_dict())
    torch.testing.assert_close(again(hidden, targets), layer(hidden, targets))


def test_an_epsilon_of_its_own_is_the_factored_layers() -> None:
    needs("pytorch")
    import torch

    space: dict = {}
    exec(factored_module(SphericalSoftmax(epsilon=0.1)), space)
    logits = torch.randn(6, 9, dtype=torch.float64)
    targets = torch.arange(6)
    statistics = logits[range(6), targets], logits.sum(1), (logits**2).sum(1), 9
    expected = SphericalSoftmax(epsilon=0.1).loss(logits.numpy(), targets.numpy())
    np.testing.assert_allclose(space["loss_of"](*statistics).numpy(), expected, rtol=1e-12)
