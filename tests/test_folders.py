"""Folders that worker processes share: what was raised passes through, and nothing is left behind."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import TypeVar

import numpy as np
import pytest

from alternatives.experiments import Comparison
from alternatives.training import folders
from alternatives.training.folders import MEMORY, PREFIX, shared_folder, sweep

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs locks and signals of POSIX")

SMALL = Comparison(dataset="iris", n_seeds=3, n_epochs=6, hidden_layer_sizes=(4,), learning_rate=0.01)


class GoneAway(BaseException):
    """A visitor changed a control."""


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for folders that other tests don't use."""
    place = tmp_path / "memory"
    place.mkdir()
    monkeypatch.setattr(folders, "MEMORY", str(place))
    return place


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same for where folders go if memory takes none."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(place))
    return place


def fill(folder: Path) -> None:
    (folder / "data").write_bytes(bytes(1000))


T = TypeVar("T")


def in_the_end(look: Callable[[], T], seconds: float = 60) -> T:
    """What is found once it is nothing, or when the time is up."""
    deadline = time.monotonic() + seconds
    while (found := look()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


def test_a_folder_goes_though_workers_still_write_into_it(memory: Path) -> None:
    for _ in range(20):
        stopped: list[int] = []

        def work(folder: Path, worker: int, stopped: list[int] = stopped) -> None:
            try:
                for number in range(10**6):
                    np.save(folder / f"{worker}-{number}", np.zeros(1000))
            except FileNotFoundError:
                stopped.append(worker)

        workers = []
        with pytest.raises(GoneAway), shared_folder(fill, 1000) as folder:  # noqa: PT012
            for worker in range(3):
                workers.append(threading.Thread(target=work, args=(folder, worker)))
                workers[-1].start()
            time.sleep(0.01)
            raise GoneAway
        assert not [*memory.iterdir()]
        for each in workers:
            each.join(10)
        assert len(stopped) == 3
    assert not [*memory.iterdir()]
    assert memory not in {folder.parent for folder in folders._held}


@pytest.mark.parametrize("raised", [GoneAway, KeyboardInterrupt, SystemExit, ValueError])
def test_what_stops_a_training_passes_through(raised: type[BaseException], memory: Path) -> None:
    def watch(progress: object) -> None:
        raise raised

    with pytest.raises(raised):
        SMALL.run(watch, n_jobs=2)
    assert not [*memory.iterdir()]


def holder(place: Path, then: str = "time.sleep(9)") -> "subprocess.Popen[str]":
    """A process that has a folder in this place."""
    code = (
        "import os, time; from alternatives.training import folders\n"
        f"folders.MEMORY = {str(place)!r}\n"
        "with folders.shared_folder(lambda folder: (folder / 'data').touch(), 1):\n"
        f"    print(flush=True); {then}"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    process.stdout.readline()
    return process


def test_folders_of_killed_processes_are_swept_and_those_in_use_stay(memory: Path) -> None:
    other = memory / "somebody-else"
    other.mkdir()
    with holder(memory) as killed, holder(memory) as alive, shared_folder(fill, 1) as ours:
        sweep()
        assert len([*memory.iterdir()]) == 4
        killed.kill()
        killed.wait()
        sweep()
        (theirs,) = {*memory.iterdir()} - {ours, other}
        assert theirs.name.startswith(f"{PREFIX}{alive.pid}-")
        assert (ours / "data").exists()
        alive.terminate()
    sweep()
    assert [*memory.iterdir()] == [other]


def test_the_folder_of_a_process_with_a_number_that_is_used_again_is_swept(memory: Path) -> None:
    (memory / f"{PREFIX}{os.getpid()}-x").mkdir()
    sweep()
    assert not [*memory.iterdir()]


def test_what_is_not_ours_is_left_alone(memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (memory / "elsewhere").mkdir()
    (memory / "elsewhere" / "data").touch()
    (memory / f"{PREFIX}link").symlink_to(memory / "elsewhere")
    (memory / f"{PREFIX}file").touch()
    os.mkfifo(memory / f"{PREFIX}pipe")
    (memory / f"{PREFIX}folder").mkdir()
    before = {*memory.rglob("*")}
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    sweep()
    assert {*memory.rglob("*")} == before


def test_a_copy_of_the_process_leaves_its_folders_alone(memory: Path) -> None:
    with holder(memory, "os.fork() and (os.wait(), print(flush=True), time.sleep(60))") as process:
        assert process.stdout
        process.stdout.readline()
        sweep()
        assert len([*memory.iterdir()]) == 1
        process.kill()


def children(parent: int) -> set[int]:
    """The processes that a process has started and that are alive."""
    found = set()
    for path in Path("/proc").glob("[0-9]*"):
        try:
            state, above = (path / "stat").read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue  # it has ended
        if int(above) == parent and state != "Z":
            found.add(int(path.name))
    return found


TRAINS_LONG = """
import signal
from alternatives.experiments import Comparison
if __name__ == "__main__":
    # Where the tests run in the background, these may be ignored, and then so they are by what tests start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    Comparison("iris", n_epochs=500, n_seeds=100).run(lambda progress: print("trains", flush=True), n_jobs=2)
"""


def left(process: int) -> list[Path]:
    """What a process has made in memory."""
    places = [Path(place) for place in {MEMORY, tempfile.gettempdir()}]
    names = f"{PREFIX}{process}-*", f"sem.loky-{process}-*"
    return [path for place in places for name in names for path in place.glob(name)]


@pytest.fixture
def training(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """A process that trains with two workers, all of them a group of their own."""
    with (
        (tmp_path / "complaints").open("w") as complaints,
        subprocess.Popen(
            [sys.executable, "-c", TRAINS_LONG],
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
            start_new_session=True,
        ) as process,
    ):
        assert process.stdout
        assert process.stdout.readline() == "trains\n"
        assert any(path.is_dir() for path in left(process.pid))
        yield process
        process.kill()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs the table of processes of Linux")
@pytest.mark.parametrize(
    ("how", "whom"),
    [
        (signal.SIGKILL, "process"),
        (signal.SIGHUP, "group"),
        (signal.SIGINT, "group"),
    ],
)
def test_a_process_that_is_ended_leaves_nothing_behind(
    how: signal.Signals, whom: str, training: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    workers = children(training.pid)
    assert len(workers) >= 2
    (os.kill if whom == "process" else os.killpg)(training.pid, how)
    assert training.wait() == -how  # it hasn't trained to the end
    assert in_the_end(lambda: left(training.pid)) == []
    assert in_the_end(lambda: [worker for worker in workers if Path(f"/proc/{worker}").exists()]) == []
    complaints = (tmp_path / "complaints").read_text()
    assert (
        complaints.count("Traceback")
        == complaints.endswith("\nKeyboardInterrupt\n")
        == (how == signal.SIGINT)
    )
    assert "leaked" not in complaints


def test_what_is_left_where_everything_is_killed_is_removed_at_the_next_start(
    training: "subprocess.Popen[str]",
) -> None:
    os.killpg(training.pid, signal.SIGKILL)
    training.wait()
    assert any(path.is_dir() for path in left(training.pid))
    done = subprocess.run([sys.executable, "-c", NEXT], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert not left(training.pid)


def test_workers_that_are_given_up_leave_no_folders() -> None:
    done = subprocess.run([sys.executable, "-c", GIVES_UP], capture_output=True, text=True, check=True)
    first, *others = done.stdout.split()
    assert others == [first] * 3


GIVES_UP = """
import os, time
from pathlib import Path
from alternatives.training import shared_pool
from alternatives.training.folders import MEMORY, PREFIX
if __name__ == "__main__":
    pool, counts = shared_pool(1), []
    count = lambda: len([*Path(MEMORY).glob(f"{PREFIX}{os.getpid()}-*")])
    for _ in range(4):
        future = pool.submit(0, time.sleep, 60)
        while not pool._executor or not pool._executor._running_work_items:
            time.sleep(0.01)
        until = time.monotonic() + 5  # folders may go a moment after their workers
        while counts and count() != counts[0] and time.monotonic() < until:
            time.sleep(0.01)
        counts.append(count())
        pool.abandon(future)
    print(*counts)
"""


NEXT = """
from alternatives.training import shared_pool
if __name__ == "__main__":
    shared_pool(2).submit(0, abs, 1).result()
"""


@pytest.mark.parametrize("trouble", ["missing", "no folder", "small", "fails"])
def test_without_room_in_memory_a_folder_is_made_in_the_temporary_one(
    trouble: str, memory: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts: list[Path] = []

    def fill_once(folder: Path) -> None:
        attempts.append(folder)
        fill(folder)
        if trouble == "fails" and folder.parent == memory:
            raise OSError(28, "No space left on device")

    if trouble in ("missing", "no folder"):
        memory.rmdir()
    if trouble == "no folder":
        memory.touch()
    if trouble == "small":
        free = {memory: 1999, temporary: 2001}
        monkeypatch.setattr(folders.shutil, "disk_usage", lambda place: SimpleNamespace(free=free[place]))
    with shared_folder(fill_once, 1000) as folder:
        assert folder.parent == temporary
        assert [path.name for path in folder.iterdir()] == ["data"]
    assert len(attempts) == 1 + (trouble == "fails")
    assert not [*temporary.iterdir()]
    assert not memory.is_dir() or not [*memory.iterdir()]


def test_where_no_place_has_room_it_is_an_error_of_the_system(
    memory: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(folder: Path) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"), shared_folder(full, 1):
        pass
    monkeypatch.setattr(folders.shutil, "disk_usage", lambda place: SimpleNamespace(free=0))
    with pytest.raises(OSError, match="No space left"), shared_folder(fill, 1):
        pass
    assert not [*memory.iterdir(), *temporary.iterdir()]
