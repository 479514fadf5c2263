"""Heads as modules for other frameworks: the texts, and the module for NumPy, which needs nothing else."""

import ast
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from alternatives.commands import main
from alternatives.frameworks import FRAMEWORKS, factored_module, module
from alternatives.heads import HEADS, Floats, NormalisedHead, SphericalSoftmax, TaylorSoftmax
from alternatives.large_output.spherical import spherical
from alternatives.versions import VERSION
from tests import exported
from tests.benchmarks import exported as exported_benchmark
from tests.heads_of_ones_own import a_head_of_ones_own
from tests.test_readme import HEAD

FAMILY = [name for name, head in HEADS.items() if spherical(head) is not None]


def imported(source: str) -> set[str]:
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert not any(isinstance(node, ast.ImportFrom) for node in nodes)
    return {alias.name for node in nodes for alias in node.names}


@pytest.mark.parametrize("framework", FRAMEWORKS.values(), ids=FRAMEWORKS)
@pytest.mark.parametrize("name", HEADS)
def test_a_module_imports_nothing_but_its_framework_and_says_what_it_is(name, framework) -> None:
    head = HEADS[name]
    source = module(head, framework)
    assert imported(source) == {framework.package}
    text = ast.get_docstring(ast.parse(source))
    said = " ".join(text.split())
    for each in (head.formula, head.loss_formula, head.source, head.limits, head.where, VERSION):
        assert " ".join(each.split()) in said
    for parameter, allowed in head.ranges().items():
        assert f"{parameter} = {getattr(head, parameter)}, {allowed.explanation}" in said
    assert f'export "{head}" --to {framework.name}' in said
    names = {node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    assert {"probabilities", "Loss"} <= names


def test_modules_are_tidy(tmp_path: Path) -> None:
    for framework in FRAMEWORKS.values():
        for head in HEADS.values():
            (tmp_path / f"{head.name.replace(' ', '_')}_{framework.name}.py").write_text(
                module(head, framework), "utf-8"
            )
    for name in FAMILY:
        (tmp_path / f"factored_{name.replace(' ', '_')}.py").write_text(factored_module(HEADS[name]), "utf-8")
    rules = ["--isolated", "--no-cache", "--line-length=110", "--select=E,W,F,I,B,UP,SIM,PIE"]
    command = [sys.executable, "-m", "ruff", "check", *rules, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_taylor_softmax_says_what_published_code_does_wrong() -> None:
    for framework in FRAMEWORKS.values():
        assert "isn't invariant to shifts" in " ".join(module(HEADS["Taylor softmax"], framework).split())


@pytest.mark.parametrize("kind", exported.KINDS)
@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
@pytest.mark.parametrize("name", HEADS)
def test_numpy_has_the_heads_numbers(name: str, dtype: str, kind: str) -> None:
    assert max(exported.worst(name, "numpy", dtype, [kind])) <= exported.TOLERANCE[dtype]


def test_the_table_of_errors_has_every_head(capsys: pytest.CaptureFixture[str]) -> None:
    exported_benchmark.main(["--only", "numpy"])
    title, _, *rows, allowed = capsys.readouterr().out.strip().splitlines()
    assert title.startswith("NumPy")
    assert [row[: max(map(len, HEADS))].strip() for row in rows] == [*HEADS]
    assert allowed.split()[1:] == [f"{exported.TOLERANCE[dtype]:g}" for dtype in exported.dtypes("numpy")]


def test_numpy_takes_lists_and_whole_numbers() -> None:
    own = exported.loaded(HEADS["Taylor softmax"], "numpy")
    logits, targets = [[1, 2, 3], [0, 0, 0]], [2, 0]
    assert own.probabilities(logits).dtype == np.float64
    expected = HEADS["Taylor softmax"].loss(logits, targets)
    np.testing.assert_allclose(own.Loss(reduction="none")(logits, targets), expected, rtol=1e-14)
    with pytest.raises(ValueError, match="targets must be classes from 0 to 2"):
        own.Loss()(logits, [3, 0])
    with pytest.raises(ValueError, match=r"targets must have shape \(2,\), got \(1,\)"):
        own.Loss()(logits, [2])
    with pytest.raises(ValueError, match="reduction must be"):
        own.Loss(reduction="average")


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("weighted", [False, True])
def test_numpy_weighs_ignores_and_reduces(reduction: str, weighted: bool) -> None:
    head = HEADS["spherical softmax"]
    logits, targets = exported.samples("random")
    weight = np.linspace(0.5, 2, logits.shape[1]) if weighted else None
    targets[::7] = -1
    logits[0] = np.nan  # ignored
    loss = exported.loaded(head, "numpy").Loss(weight, ignore_index=-1, reduction=reduction)
    kept = targets >= 0
    weights = np.where(kept, 1.0 if weight is None else weight[targets], 0)
    losses = np.zeros(len(targets))
    losses[kept] = head.loss(logits[kept], targets[kept])
    whole = {"mean": weights.sum(), "sum": 1.0, "none": 1.0}[reduction]
    expected = weights * losses if reduction == "none" else (weights * losses).sum() / whole
    np.testing.assert_allclose(loss(logits, targets), expected, rtol=1e-13)
    gradient = loss.gradient(logits, targets)
    assert (gradient[~kept] == 0).all()
    own = head.gradient(logits[kept], targets[kept]) * weights[kept, None] / whole
    np.testing.assert_allclose(gradient[kept], own, rtol=1e-12, atol=1e-15)


def test_a_head_of_ones_own_is_translated_from_its_methods() -> None:
    logits, targets = exported.samples("random")
    with a_head_of_ones_own() as head:
        for framework in FRAMEWORKS.values():
            assert "TEMPERATURE = 2.0" in module(head, framework)
        loss = exported.loaded(head, "numpy").Loss(reduction="none")
        np.testing.assert_allclose(loss(logits, targets), head.loss(logits, targets), rtol=1e-13)


def test_the_readmes_head_is_translated(tmp_path: Path) -> None:
    """As it would be if it stood in a module of `heads/`."""
    file = tmp_path / "hyperbolic.py"
    imports = [
        "from dataclasses import dataclass",
        "import numpy as np",
        "from alternatives.heads import HEADS, Floats, NormalisedHead",
    ]
    file.write_text("\n".join([*imports, HEAD]), "utf-8")
    before = {*HEADS}
    space: dict = {"__name__": "hyperbolic"}
    try:
        exec(compile(file.read_text("utf-8"), file, "exec"), space)
        (name,) = {*HEADS} - before
        assert "return torch.arcsinh(logits)" in module(HEADS[name], FRAMEWORKS["pytorch"])
        assert "return 1 / np.hypot(1, logits)" in module(HEADS[name], FRAMEWORKS["numpy"])
    finally:
        for name in {*HEADS} - before:
            HEADS.unregister(name)


@dataclass(frozen=True)
class Own(NormalisedHead):
    name = "own"
    formula = sentence = source = "own"

    def log_score(self, logits: Floats) -> Floats:
        return np.arctan(self._shifted(logits))

    def slope(self, logits: Floats) -> Floats:
        return 1 / (1 + self._shifted(logits) ** 2)

    def _shifted(self, logits: Floats) -> Floats:
        return logits + 1


@pytest.fixture
def without_source() -> type[NormalisedHead]:
    space = {"NormalisedHead": NormalisedHead, "dataclass": dataclass}
    exec(
        "@dataclass(frozen=True)\nclass Typed(NormalisedHead):\n"
        "    name = formula = sentence = source = 'typed'\n"
        "    def log_score(self, logits): return 2 * logits\n    def slope(self, logits): return 2.0\n",
        space,
    )
    return space["Typed"]


def test_what_cannot_be_translated_is_said_with_what_to_do(without_source: type[NormalisedHead]) -> None:
    with pytest.raises(ValueError, match="own can't be translated: its `log_score` uses more than"):
        module(Own(), FRAMEWORKS["jax"])
    with pytest.raises(ValueError, match="typed can't be translated: its `log_score` has no source"):
        module(without_source(), FRAMEWORKS["jax"])

    class Stated(without_source):
        portable = "def log_scores(logits):\n    return 2 * logits\n\n\ndef slopes(logits):\n    return 2.0\n"

    assert "return 2 * logits" in module(Stated(), FRAMEWORKS["jax"])


def test_a_portable_form_with_other_numbers_is_refused() -> None:
    @dataclass(frozen=True)
    class Forgetful(TaylorSoftmax):  # it inherits how Taylor softmax is computed
        shift = 2.0

    with pytest.raises(ValueError, match="says in its `portable` isn't what it computes"):
        module(Forgetful(), FRAMEWORKS["pytorch"])

    class Unknown(Own):
        portable = (
            "def log_scores(logits):\n    return besselj(logits)\n\n\ndef slopes(logits):\n    return 1.0\n"
        )

    with pytest.raises(ValueError, match=r"there is no function besselj for NumPy; there are .*arctan"):
        module(Unknown(), FRAMEWORKS["pytorch"])


def test_the_command_prints_the_module(capsys: pytest.CaptureFixture[str]) -> None:
    for name in FRAMEWORKS:
        assert main(["export", "spherical softmax(epsilon=0.1)", "--to", name]) == 0
        printed = capsys.readouterr().out
        assert printed == module(SphericalSoftmax(epsilon=0.1), FRAMEWORKS[name])
        assert "EPSILON = 0.1  # added to every square" in printed
    assert main(["export", "Taylor softmax", "--factored"]) == 0
    assert capsys.readouterr().out == factored_module(TaylorSoftmax())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["softmin"], "head must be one of softmax,"),
        (["softmax", "--to", "fortran"], "--to must be one of pytorch, jax, keras, numpy; got 'fortran'"),
        (["softmax", "--factored"], "softmax isn't one of them"),
        (["Taylor softmax", "--factored", "--to", "jax"], "--factored is for pytorch; got jax"),
    ],
)
def test_what_the_command_refuses(arguments: list[str], message: str, capsys) -> None:
    assert main(["export", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("name", FAMILY)
def test_the_factored_layer_imports_pytorch_alone(name: str) -> None:
    source = factored_module(HEADS[name])
    assert imported(source) == {"torch"}
    assert HEADS[name].source.split(";")[0] in " ".join(source.split())
