"""What output layers make of all that people hand over, of numbers that overflow, and of crafted files."""

import io
import os
import re
import stat
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from alternatives.heads import HEADS, Softmax, SphericalSoftmax, SquaredError, TaylorSoftmax
from alternatives.large_output import (
    DamagedFile,
    DenseOutput,
    Diverged,
    FactoredOutput,
    HierarchicalSoftmax,
    SampledSoftmax,
)

TAYLOR = TaylorSoftmax()
HIDDEN, TARGETS = np.random.default_rng(0).normal(size=(4, 3)), np.array([0, 1, 1, 4])


class Steps:
    """A layer of any kind, whose `step` and `loss` take the same arguments."""

    def __init__(self, kind: type, weights: Any) -> None:
        self.kind, self.layer = kind, kind(weights)

    def step(self, hidden: Any, targets: Any, rate: Any = 0.1, head: Any = TAYLOR) -> Any:
        takes_head = self.kind in (DenseOutput, FactoredOutput)
        return self.layer.step(*([head] if takes_head else []), hidden, targets, rate)

    @property
    def weights(self) -> Any:
        if self.kind is HierarchicalSoftmax:
            return np.concatenate([self.layer._weights, self.layer._group_weights])
        return self.layer.weights

    def questions(self) -> list[Callable[[Any, Any], Any]]:
        """All that hidden vectors and targets are asked for."""
        layer = self.layer
        if self.kind is SampledSoftmax:
            return [self.step, layer.loss]
        if self.kind is HierarchicalSoftmax:
            return [self.step, layer.loss, layer.probabilities_of]
        return [
            self.step,
            lambda hidden, targets: layer.loss(hidden, targets, TAYLOR),
            lambda hidden, targets: layer.probabilities_of(hidden, targets, TAYLOR),
        ]


KINDS = (DenseOutput, FactoredOutput, SampledSoftmax, HierarchicalSoftmax)
WITH_HEAD = (DenseOutput, FactoredOutput)
each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
each_with_head = pytest.mark.parametrize("kind", WITH_HEAD, ids=lambda kind: kind.__name__)


@each_kind
@pytest.mark.parametrize(
    ("hidden", "message"),
    [
        (HIDDEN.astype(str), "hidden must be real numbers, got texts such as "),
        (HIDDEN * 1j, "hidden must be real numbers, got objects such as "),
        ([[None] * 3] * 4, "hidden must be real numbers, got objects such as "),
        (HIDDEN[0], "hidden must have shape (n_samples, 3), got (3,)"),
        (HIDDEN[:, :2], "hidden must have shape (n_samples, 3), got (4, 2)"),
        (HIDDEN[:0], "hidden must have shape (n_samples, 3), got (0, 3)"),
        (np.where(HIDDEN > 0, np.inf, HIDDEN), "hidden must be finite numbers in float64, got infinite"),
        (np.ma.array(HIDDEN, mask=HIDDEN > 0), "hidden must be given in full"),
        ([[1, 2, 3], [1, 2]], "hidden must be one array"),
    ],
    ids=str,
)
def test_hidden_vectors_are_real_finite_numbers(kind: type, hidden: Any, message: str) -> None:
    layer = Steps(kind, np.ones((5, 3)))
    for question in layer.questions():
        with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
            question(hidden, TARGETS)
    assert_array_equal(layer.weights, Steps(kind, np.ones((5, 3))).weights)


@each_kind
@pytest.mark.parametrize("dtype", [np.int8, bool, np.float16, ">f4", "O"], ids=str)
def test_hidden_vectors_of_any_real_type_are_taken(kind: type, dtype: Any) -> None:
    hidden = (HIDDEN > 0).astype(dtype)
    one, other = Steps(kind, np.ones((5, 3))), Steps(kind, np.ones((5, 3)))
    for question, same in zip(one.questions(), other.questions(), strict=True):
        found, expected = question(hidden, TARGETS), same((HIDDEN > 0) * 1.0, TARGETS)
        if isinstance(found, tuple):  # of a step, the loss and the gradient
            assert found[0] == expected[0]
            found, expected = found[1], expected[1]
        assert_array_equal(found, expected)


@each_kind
@pytest.mark.parametrize(
    "targets",
    [
        [0, 1, 1, 5],
        [0, 1, 1, -1],
        [0, 1, 1, 1.5],
        [0, 1, 1, np.nan],
        [True, False] * 2,
        ["a"] * 4,
        TARGETS[:, None] * 1j,
        TARGETS[:3],
        None,
    ],
    ids=str,
)
def test_targets_are_classes(kind: type, targets: Any) -> None:
    for question in Steps(kind, np.ones((5, 3))).questions():
        with pytest.raises(ValueError, match=r"^targets must "):
            question(HIDDEN, targets)


@each_kind
@pytest.mark.parametrize(
    "rate",
    [10**400, 10**5000, -(10**400), np.nan, np.inf, -1, 1j, "0.1", None, True, [0.1], np.array([1.0])],
    ids=lambda rate: "" if isinstance(rate, int) else str(rate),
)
def test_a_rate_is_a_finite_number_from_0(kind: type, rate: Any) -> None:
    layer = Steps(kind, np.ones((5, 3)))
    with pytest.raises(ValueError, match=r"^learning_rate must be a finite number from 0, got "):
        layer.step(HIDDEN, TARGETS, rate)
    if kind in WITH_HEAD:
        with pytest.raises(ValueError, match=r"^weight_decay must be a finite number from 0, got "):
            layer.layer.step(TAYLOR, HIDDEN, TARGETS, 0.1, rate)
    assert_array_equal(layer.weights[:5], np.ones((5, 3)))


@each_kind
@pytest.mark.parametrize("rate", [1, np.float32(0.5), np.int64(1), np.array(0.25)], ids=repr)
def test_a_rate_of_any_real_type_is_taken(kind: type, rate: Any) -> None:
    one, other = Steps(kind, np.ones((5, 3))), Steps(kind, np.ones((5, 3)))
    one.step(HIDDEN, TARGETS, rate)
    other.step(HIDDEN, TARGETS, float(rate))
    assert_array_equal(one.weights, other.weights)


@each_with_head
@pytest.mark.parametrize("head", [None, "softmax", TaylorSoftmax, 1, [TAYLOR]], ids=str)
def test_a_head_is_a_head(kind: type, head: Any) -> None:
    layer = kind(np.ones((5, 3)))
    with pytest.raises(
        ValueError, match=r"^head must be a head, such as Softmax\(\), or a loss of the spheri"
    ):
        layer.step(head, HIDDEN, TARGETS, 0.1)
    with pytest.raises(ValueError, match=r"^head must be "):
        layer.loss(HIDDEN, TARGETS, head)
    with pytest.raises(ValueError, match=r"^head must be "):
        layer.probabilities_of(HIDDEN, TARGETS, head)
    with pytest.raises(ValueError, match=r"^head must be "):
        layer.top_k(HIDDEN, 2, head)


@each_with_head
@pytest.mark.parametrize("k", [0, 6, 2.0, "2", None, True, 10**400])
def test_k_is_a_whole_number_of_classes(kind: type, k: Any) -> None:
    with pytest.raises(ValueError, match=r"^k must be a whole number from 1 to 5, got "):
        kind(np.ones((5, 3))).top_k(HIDDEN, k, TAYLOR)


@each_kind
@pytest.mark.parametrize(
    "weights",
    [np.ones(3), np.ones((0, 3)), np.full((5, 3), np.nan), np.ones((5, 3)) * 1j, np.full((5, 3), "1"), None],
    ids=str,
)
def test_weights_are_a_matrix_of_finite_numbers(kind: type, weights: Any) -> None:
    with pytest.raises(ValueError, match=r"^weights must "):
        kind(weights)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda w: FactoredOutput(w, condition_limit=0.5), "condition_limit must be a finite number from 1"),
        (lambda w: FactoredOutput(w, condition_limit="2"), "condition_limit must be a finite number from 1"),
        (
            lambda w: FactoredOutput(w, max_generations=256),
            "max_generations must be a whole number from 2 to",
        ),
        (
            lambda w: FactoredOutput(w, max_generations=2.5),
            "max_generations must be a whole number from 2 to",
        ),
        (lambda w: FactoredOutput.zeros(5.0, 3), "n_classes must be a whole number from 1"),
        (lambda w: FactoredOutput.zeros(5, 0), "n_units must be a whole number from 1"),
        (lambda w: FactoredOutput.zeros(5, 3, dtype="float16"), "dtype must be float32 or float64"),
        (lambda w: FactoredOutput.zeros(5, 3, dtype="nonsense"), "dtype must be float32 or float64"),
        (lambda w: SampledSoftmax(w, 0), "n_drawn must be a whole number from 1"),
        (lambda w: SampledSoftmax(w, 2.5), "n_drawn must be a whole number from 1"),
        (lambda w: SampledSoftmax(w, 2, [1, 2, 3]), "frequencies must have shape (5,), got (3,)"),
        (lambda w: SampledSoftmax(w, 2, [1, 2, 3, 4, 0]), "frequencies must be numbers above 0"),
        (lambda w: SampledSoftmax(w, 2, [1, 2, 3, 4, np.inf]), "frequencies must be numbers above 0"),
        (lambda w: SampledSoftmax(w, 2, list("abcde")), "frequencies must be real numbers"),
        (lambda w: SampledSoftmax(w, random_state=-1), "random_state must be a whole number from 0"),
        (lambda w: HierarchicalSoftmax(w, 0), "group_size must be a whole number from 1"),
        (lambda w: HierarchicalSoftmax(w, "2"), "group_size must be a whole number from 1"),
    ],
)
def test_the_other_parameters(make: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        make(np.ones((5, 3)))


@pytest.mark.parametrize("kind", [DenseOutput, SampledSoftmax, HierarchicalSoftmax])
@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
@pytest.mark.parametrize("target", [2, 10], ids=["first block", "last block"])
def test_a_move_beyond_the_largest_number_diverges_and_changes_nothing(
    kind: type, dtype: Any, target: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Loss, gradient and move are finite; only the sum of a weight and its move isn't."""
    monkeypatch.setattr("alternatives.large_output.dense.CLASSES_AT_ONCE", 4)
    largest = float(np.finfo(dtype).max)
    weights = np.full((12, 1), -0.3 * largest, dtype)
    weights[target - 1] = -0.1 * largest  # the most probable class, and not the target
    layer = Steps(kind, weights)
    before = layer.weights
    with pytest.raises(Diverged, match="a changed weight isn't finite"):
        layer.step([[2.0]], [target], 0.49 * largest, Softmax())
    assert_array_equal(layer.weights, before)
    layer.step([[2.0]], [target], 0.4 * largest, Softmax())
    assert np.isfinite(layer.weights).all()
    assert layer.weights.min() == pytest.approx(-0.9 * largest)


@pytest.mark.parametrize("head", [*HEADS.values()], ids=str)
def test_a_dense_step_near_the_largest_number_is_the_step_that_was_asked_for(head: Any) -> None:
    """Where the bound isn't enough the weights are computed beforehand, to the same numbers."""
    weights = np.random.default_rng(1).normal(size=(6, 3))
    one, other = DenseOutput(weights), DenseOutput(weights)
    other._most = float(np.finfo(np.float64).max)
    for decay in (0.0, 0.1):
        assert (
            one.step(head, HIDDEN, TARGETS, 0.1, decay)[0] == other.step(head, HIDDEN, TARGETS, 0.1, decay)[0]
        )
        assert_array_equal(one.weights, other.weights)
        assert np.abs(other.weights).max() <= other._most < 100
        assert np.abs(one.weights).max() <= one._most


@pytest.mark.parametrize("head", [TAYLOR, SphericalSoftmax(0.01), SquaredError(), Softmax()], ids=str)
def test_the_bound_of_a_dense_step_holds(head: Any) -> None:
    random = np.random.default_rng(2)
    layer = DenseOutput(random.normal(size=(30, 4)))
    for _ in range(200):
        before, bound = layer.weights, layer._most
        layer.step(head, random.normal(size=(3, 4)), random.integers(0, 30, 3), 0.05)
        assert np.abs(layer.weights - before).max() <= layer._most - bound
        assert np.abs(layer.weights).max() <= layer._most


# Files


def trained(kind: type) -> Any:
    layer = kind(
        np.random.default_rng(0).normal(size=(5, 3)),
        **({} if kind is DenseOutput else {"condition_limit": 1.5}),
    )
    for _ in range(20):
        layer.step(TAYLOR, HIDDEN[:1], TARGETS[:1], 1.0)
    return layer


@pytest.mark.skipif(os.name != "posix", reason="needs links, pipes and modes of POSIX")
@each_with_head
def test_saving_keeps_links_modes_and_pipes(kind: type, tmp_path: Path) -> None:
    layer, target, link, pipe = trained(kind), tmp_path / "layer", tmp_path / "link", tmp_path / "pipe"
    link.symlink_to("layer")
    target.touch(0o600)
    layer.save(link)
    assert link.is_symlink()
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    os.mkfifo(pipe)
    received: list[bytes] = []
    reader = threading.Thread(target=lambda: received.append(pipe.read_bytes()))
    reader.start()
    layer.save(pipe)
    reader.join()
    assert pipe.is_fifo()
    (tmp_path / "copy").write_bytes(received[0])
    for path in (target, link, tmp_path / "copy"):
        assert_array_equal(kind.load(path).weights, layer.weights)


def test_threads_that_save_to_one_path_each_save_a_whole_layer(tmp_path: Path) -> None:
    layers, together = [DenseOutput(np.full((200, 30), k)) for k in range(4)], threading.Barrier(4)
    errors: list[BaseException] = []

    def save(layer: DenseOutput) -> None:
        together.wait()
        try:
            for _ in range(10):
                layer.save(tmp_path / "layer")
        except OSError as error:
            errors.append(error)

    threads = [threading.Thread(target=save, args=(layer,)) for layer in layers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert len(np.unique(DenseOutput.load(tmp_path / "layer").weights)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["layer"]


def changed(path: Path, **arrays: Any) -> None:
    """Replace arrays in a saved file, checksums and all."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    for name, array in arrays.items():
        stream = io.BytesIO()
        np.lib.format.write_array(stream, np.asarray(array), version=(1, 0))
        members[f"{name}.npy"] = stream.getvalue()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


@pytest.mark.parametrize(
    ("kind", "arrays"),
    [
        (DenseOutput, {"weights": np.ones(3)}),
        (DenseOutput, {"weights": np.ones((5, 3, 1))}),
        (DenseOutput, {"weights": np.ones((5, 3), int)}),
        (DenseOutput, {"weights": np.ones((5, 3), "f2")}),
        (DenseOutput, {"weights": np.full((5, 3), np.nan)}),
        (DenseOutput, {"weights": np.ones((0, 3))}),
        (DenseOutput, {"weights": np.asfortranarray(np.ones((5, 3)))}),
        (DenseOutput, {"head": 1.0}),
        (DenseOutput, {"head": ["softmax"]}),
        (FactoredOutput, {"shape": [5, 3]}),
        (FactoredOutput, {"shape": [5, 3, 1]}),
        (FactoredOutput, {"shape": [0, 3, 9]}),
        (FactoredOutput, {"shape": [-5, 3, 9]}),
        (FactoredOutput, {"shape": [5.0, 3, 9]}),
        (FactoredOutput, {"limit": np.nan}),
        (FactoredOutput, {"limit": 0.0}),
        (FactoredOutput, {"limit": [2.0]}),
        (FactoredOutput, {"upkeep": [1.0, 2.0]}),
        (FactoredOutput, {"upkeep": [1.0, np.nan, 2.0, 3.0]}),
        (FactoredOutput, {"factor": np.ones((3, 3))}),
        (FactoredOutput, {"factor": np.ones((4, 3), "f4")}),
        (FactoredOutput, {"factor": np.full((4, 3), np.inf)}),
        (FactoredOutput, {"gram": np.ones((3, 3))}),
        (FactoredOutput, {"gram": np.full((4, 4), np.nan)}),
        (FactoredOutput, {"inverse": np.ones((2, 2))}),
        (FactoredOutput, {"inverse": np.full((3, 3), np.nan)}),
        (FactoredOutput, {"inverse": np.eye(3), "inverse_age": -1}),
        (FactoredOutput, {"dtype": np.empty(0, int)}),
        (FactoredOutput, {"dtype": np.empty(0, np.float16)}),
        (FactoredOutput, {"past": np.ones((3, 3))}),
        (FactoredOutput, {"past": np.full((8, 3, 3), np.nan)}),
        (FactoredOutput, {"classes": [0, 1, 2, 3, 5]}),
        (FactoredOutput, {"classes": [0, 1, 2, 3, -1]}),
        (FactoredOutput, {"classes": [0, 1, 2, 3, 3]}),
        (FactoredOutput, {"classes": [0, 1, 2, 3]}),
        (FactoredOutput, {"classes": [0.0, 1, 2, 3, 4]}),
        (FactoredOutput, {"generations": np.full(5, 200, np.uint8)}),
        (FactoredOutput, {"generations": np.zeros(5, np.uint8)}),
        (FactoredOutput, {"generations": np.ones(5, int)}),
        (FactoredOutput, {"rows": np.ones((5, 2))}),
        (FactoredOutput, {"rows": np.ones((5, 3), "f4")}),
        (FactoredOutput, {"rows": np.full((5, 3), np.nan)}),
        (FactoredOutput, {"rows": np.ones((4, 3))}),
    ],
    ids=lambda value: ", ".join(value) if isinstance(value, dict) else value.__name__,
)
def test_files_with_other_arrays_are_refused(kind: type, arrays: dict[str, Any], tmp_path: Path) -> None:
    trained(kind).save(tmp_path / "layer")
    kind.load(tmp_path / "layer")
    changed(tmp_path / "layer", **arrays)
    with pytest.raises(DamagedFile, match="is not a whole"):
        kind.load(tmp_path / "layer")
