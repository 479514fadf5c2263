"""Adam's update in one pass: the numbers that numpy's ten passes give, to the bit."""

import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from alternatives.training import adam

TRAINED = """
import hashlib, sys
if "numba" in sys.argv:
    sys.modules["numba"] = None  # it can't be imported
import numpy as np
from alternatives.heads import HEADS
from alternatives.training import Network, Plan, Recipe, Setting, Subset, adam, train
random = np.random.default_rng(0)
subset = Subset(random.normal(size=(2, 50, 3)).astype(np.float32), random.integers(0, 4, (2, 50)))
settings = [Setting(head, rate) for head in HEADS.values() for rate in (0.001, 10.0)]
plan = Plan(Network(3, 4, (5,)), Recipe("adam", 5, 16), settings, [0, 1], subset, subset)
(trained,) = train([plan], n_jobs=1)
print(adam.fastest() is adam.in_passes, hashlib.sha256(trained.parameters.tobytes()).hexdigest())
"""


def arrays(dtype: type, shape: tuple[int, ...]) -> np.ndarray:
    """Parameters, moments and gradients; among them zeros, tiny, huge, infinite and undefined numbers."""
    random = np.random.default_rng(1)
    found = random.normal(size=(4, *shape)).astype(dtype)
    found *= 10.0 ** random.integers(-12, 12, found.shape)
    found[2] = np.abs(found[2])
    extremes = np.array([0, -0.0, np.inf, -np.inf, np.nan, np.finfo(dtype).tiny, -np.finfo(dtype).max], dtype)
    places = random.random(found.shape) < 0.05
    found[places] = random.choice(extremes, places.sum())
    found[2, places[2]] = np.abs(found[2, places[2]])
    return found


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 4, 117), (1, 2, 5000)])
def test_one_pass_gives_the_same_bits(dtype: type, shape: tuple[int, ...]) -> None:
    at_once = adam.fastest()
    assert at_once is not adam.in_passes, "the tests need numba: pip install -r requirements-dev.txt"
    rates = np.geomspace(1e-4, 10, shape[1], dtype=dtype)[:, None]
    of_passes, of_one_pass = arrays(dtype, shape), arrays(dtype, shape)
    for _ in range(3):
        for update, values in ((adam.in_passes, of_passes), (at_once, of_one_pass)):
            values[3] = arrays(dtype, shape)[3]  # gradients may be overwritten
            with np.errstate(all="ignore"):
                update(*values, rates, 0.9, 0.999, 1e-8 / 0.001**0.5)
    assert of_one_pass[:3].tobytes() == of_passes[:3].tobytes()


def test_networks_are_the_same_without_numba() -> None:
    def trained(*without: str) -> tuple[str, str]:
        found = subprocess.run(
            [sys.executable, "-c", TRAINED, *without], capture_output=True, text=True, check=True
        )
        in_passes, digest = found.stdout.split()
        return in_passes, digest

    (with_numba, digest), (without, other) = trained(), trained("numba")
    assert (with_numba, without) == ("False", "True")
    assert digest == other


def test_it_is_compiled_where_nothing_can_be_written() -> None:
    options = []

    def njit(function: object, cache: bool = False, **others: object) -> object:
        if cache:
            raise RuntimeError("cannot cache function '_loop': no locator available for file 'adam.py'")
        options.append(others)
        return function

    update = adam._compiled(SimpleNamespace(njit=njit))
    values, expected = arrays(np.float64, (2, 2, 3)), arrays(np.float64, (2, 2, 3))
    with np.errstate(all="ignore"):
        update(*values, np.full((2, 1), 0.1), 0.9, 0.999, 1e-8)
        adam.in_passes(*expected, np.full((2, 1), 0.1), 0.9, 0.999, 1e-8)
    np.testing.assert_array_equal(values[:3], expected[:3])
    assert options == [{"nogil": True, "error_model": "numpy"}]
