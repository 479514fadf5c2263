"""Who may import whom."""

import ast
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "alternatives"
CORE = sorted(path for path in PACKAGE.rglob("*.py") if path.parent.name != "pages")


def imported(path: Path) -> set[str]:
    """Top-level names of all that a file imports, inside its functions too."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(node.module or "")
    return {name.partition(".")[0] for name in names}


def loaded_by(statement: str) -> set[str]:
    """Installed packages, by the name that one imports, that a statement alone loads."""
    code = f"import sys; before = {{*sys.modules}}; {statement}; print(*{{*sys.modules}} - before)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    top_level = {name.partition(".")[0] for name in done.stdout.split()}
    return top_level & set(packages_distributions())


@pytest.mark.parametrize("path", CORE, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_core_does_not_import_streamlit(path: Path) -> None:
    assert "streamlit" not in imported(path)


@pytest.mark.parametrize("path", CORE, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_core_does_not_import_pages(path: Path) -> None:
    assert "alternatives.pages" not in path.read_text("utf-8")


def rooms_imported(path: Path) -> set[str]:
    """Rooms of the package that a file imports from, inside its functions too."""
    rooms: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == PACKAGE.name:
            rooms.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{PACKAGE.name}."):
            rooms.add((node.module or "").split(".")[1])
    return rooms


def test_each_room_imports_only_from_those_above_it_in_the_readme() -> None:
    listing = (
        (ROOT / "README.md").read_text("utf-8").partition("\nalternatives/\n")[2].partition("\ndata/")[0]
    )
    rooms = [line.split()[0].rstrip("/").removesuffix(".py") for line in listing.splitlines()]
    assert {path.stem for path in PACKAGE.iterdir() if path.name[0] != "_"} == {*rooms} - {"__main__"}
    for path in PACKAGE.rglob("*.py"):
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if room != "__init__":
            assert rooms_imported(path) <= {*rooms[: rooms.index(room)], room}, path


@pytest.mark.parametrize("name", ["alternatives", "alternatives.experiments", "alternatives.charts"])
def test_core_loads_no_streamlit(name: str) -> None:
    assert "streamlit" not in loaded_by(f"import {name}")


def test_every_public_name_loads_no_streamlit() -> None:
    assert "streamlit" not in loaded_by("from alternatives import *")


@pytest.mark.parametrize("name", ["state.registry", "heads", "training"])
def test_foundation_needs_numpy_alone(name: str) -> None:
    """A process that only trains stays small. threadpoolctl is one file that imports nothing."""
    assert loaded_by(f"import alternatives.{name}") - {"threadpoolctl"} == {"numpy"}


@pytest.mark.parametrize("slow", ["sklearn", "scipy.stats"])
def test_a_server_answers_before_it_loads_what_is_slow(slow: str) -> None:
    """Together they take a second. They come with the first training, while visitors see a page."""
    code = "import sys, alternatives.pages._frame; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    loaded = done.stdout.split()
    assert "altair" in loaded, done.stderr
    assert slow not in loaded
