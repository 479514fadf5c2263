"""The package as pip installs it, away from the checkout."""

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.serving import ROOT, Server

SOURCES = (
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "app.py",
    ".streamlit",
    "alternatives",
    "data",
)
CONFIG = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))

pytestmark = pytest.mark.xdist_group("package")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the package is installed into."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("target")
    for name in SOURCES:
        path = ROOT / name
        copy = shutil.copytree if path.is_dir() else shutil.copy
        copy(path, source / name)
    options = ["--no-deps", "--no-build-isolation", "--disable-pip-version-check", "--quiet"]
    command = [sys.executable, "-m", "pip", "install", *options, "--target", str(target), str(source)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return target


@pytest.fixture(scope="module")
def environment(installed: Path) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(installed)}


@pytest.fixture
def printed(installed: Path, environment: dict[str, str], tmp_path: Path) -> Callable[..., str]:
    """What a program prints that runs in an empty folder and finds the installed package."""

    def run(*command: str) -> str:
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def script(installed: Path) -> str:
    return str(installed / "bin" / "softmax-alternatives")


def test_public_names(installed: Path, printed: Callable[..., str]) -> None:
    code = (
        "import alternatives; from alternatives import HEADS, Comparison, HeadClassifier;"
        "print(alternatives.__file__); print(HeadClassifier(head='sigmoid'), *HEADS);"
        "print(Comparison(dataset='iris', n_seeds=3, n_epochs=2).run().summary.to_string())"
    )
    out = printed(sys.executable, "-c", code)
    assert out.startswith(str(installed))
    assert "calibration error" in out


def test_every_module_and_data_file_is_there(installed: Path) -> None:
    def files(folder: Path, pattern: str) -> set[Path]:
        return {path.relative_to(folder) for path in folder.rglob(pattern)}

    app = installed / "alternatives" / "app"
    own = {path for path in files(installed / "alternatives", "*.py") if path.parts[0] != "app"}
    assert own == files(ROOT / "alternatives", "*.py")
    assert {path.name for path in app.iterdir()} - {"__pycache__"} == {"app.py", "data", ".streamlit"}
    assert files(app / "data", "*") == files(ROOT / "data", "*")


def test_command_line(installed: Path, printed: Callable[..., str]) -> None:
    assert printed(script(installed)).startswith("Usage: softmax-alternatives ")
    options = ["--seeds", "1", "--epochs", "1", "--heads", "softmax", "--learning-rate", "0.01"]
    for dataset in ("iris", "MNIST(samples=500)"):
        out = printed(script(installed), "compare", "--dataset", dataset, *options, "--csv", "-")
        assert out.startswith("head,seed,measure,value\nsoftmax,0,accuracy,")


def test_settings_are_those_of_the_checkout(installed: Path, printed: Callable[..., str]) -> None:
    code = (
        "from alternatives.commands.serve import APP; from streamlit import config;"
        "config._main_script_path = str(APP);"
        "print(config.get_option('server.maxUploadSize'), config.get_option('theme.dark.primaryColor'))"
    )
    expected = f"{CONFIG['server']['maxUploadSize']} {CONFIG['theme']['dark']['primaryColor']}\n"
    assert printed(sys.executable, "-c", code) == expected


def test_serve_starts_the_dashboard(installed: Path, environment: dict[str, str], tmp_path: Path) -> None:
    server = Server(tmp_path / "log", command=[script(installed), "serve"], environment=environment)
    try:
        server.wait()
    finally:
        server.stop()
    assert "Traceback" not in server.log.read_text()
