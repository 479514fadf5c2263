"""Folders for the arrays that worker processes share. Nothing stays of them, however their process ends.

A folder is locked for as long as its process lives: the system opens the lock when the process ends, even
where it is killed. So a folder that isn't locked is abandoned, and whoever finds it may remove it. Process
numbers wouldn't tell: they are used again, and containers that share a memory each count their own.
"""

import atexit
import contextlib
import errno
import os
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: folders of killed processes stay
    fcntl = None  # type: ignore[assignment]

MEMORY = "/dev/shm"
"""Where files lie in memory, on a system that has such a place."""

PREFIX = "softmax-alternatives-"
"""How the names of all these folders begin; then follows the process, for whoever looks for it."""

SEMAPHORES = "semaphores"
"""The file in a folder that names the semaphores of its process's workers, which would outlive it too."""

PATIENCE = 1.0
"""Seconds in which a folder is emptied again and again, where somebody still writes into it."""

_held: dict[Path, int | None] = {}
"""The folders of this process, each with the descriptor that keeps it locked."""

_noted: dict[Path, set[str]] = {}
"""The folder that names semaphores, with these names."""
_noting = threading.Lock()


@contextlib.contextmanager
def shared_folder(fill: Callable[[Path], None], n_bytes: int) -> Iterator[Path]:
    """A folder with what `fill` writes into it, until the context ends.

    It lies in memory, or in the folder for temporary files where that isn't there or has no room for twice
    so many bytes: in containers it is small. OSError if neither takes it.
    """
    folder = _filled(fill, n_bytes)
    try:
        yield folder
    finally:
        _give_back(folder)


def semaphores() -> set[str]:
    """Files of the semaphores that loky has made in this process, on Linux."""
    return {path.name for path in Path(MEMORY).glob(f"sem.loky-{os.getpid()}-*")}


def note(names: set[str]) -> None:
    """Have semaphores removed by whoever finds that this process was killed, with all that would do so.

    One folder has the names of all that are still there, for a server starts workers as long as it runs.
    """

    def write(folder: Path) -> None:
        folder.joinpath(SEMAPHORES).write_text("\n".join(every))

    if not names:
        return
    with _noting, contextlib.suppress(OSError):
        every = names | (set().union(*_noted.values()) & semaphores())
        new, old = _filled(write, 0), [*_noted]
        _noted.clear()
        _noted[new] = every
        for folder in old:
            _give_back(folder)


def sweep(removed: Callable[[str], None] = lambda semaphore: None) -> None:
    """Remove what processes that have ended left behind; `removed` hears of each semaphore's file."""
    if fcntl is None:
        return
    for folder in (folder for place in _places() for folder in place.glob(f"{PREFIX}*")):
        with contextlib.suppress(OSError):  # in use, another user's, or gone meanwhile
            lock = _locked(folder)
            try:
                if os.fstat(lock).st_uid == os.geteuid():
                    _remove_semaphores(folder / SEMAPHORES, removed)
                    _remove(folder)
            finally:
                os.close(lock)


def _places() -> Iterator[Path]:
    """Where such folders are made, the best first."""
    yield Path(MEMORY)
    with contextlib.suppress(OSError):  # there is no folder for temporary files
        yield Path(tempfile.gettempdir())


def _filled(fill: Callable[[Path], None], n_bytes: int) -> Path:
    reason = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    for place in _places():
        try:
            if shutil.disk_usage(place).free <= 2 * n_bytes:
                continue
            folder = _new(place)
            try:
                fill(folder)
            except BaseException:
                _give_back(folder)
                raise
            return folder
        except OSError as error:
            reason = error
    raise reason


def _new(place: Path) -> Path:
    """An empty folder, locked."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=place))
        try:
            _held[folder] = _locked(folder)
        except (FileNotFoundError, BlockingIOError):
            continue  # somebody took it for abandoned before it was locked
        except OSError:
            _held[folder] = None  # a file system without locks, where nobody can find it unlocked
        return folder


def _locked(folder: Path) -> int:
    """A descriptor that keeps a folder locked until it is closed. OSError if it can't be had."""
    if fcntl is None:
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        folder.stat()  # who had the lock before may have removed it
    except BaseException:
        os.close(lock)
        raise
    return lock


def _give_back(folder: Path) -> None:
    """Remove a folder of this process, but not one of the process that it is a copy of."""
    if folder in _held:
        _remove(folder)
        _unlock(folder)


def _unlock(folder: Path) -> None:
    lock = _held.pop(folder, None)
    if lock is not None:
        os.close(lock)


def _remove(folder: Path) -> None:
    """Remove a folder into which workers may still write.

    Under another name they don't find it any more: only what they had begun to open can still appear in it.
    """
    with contextlib.suppress(OSError):
        folder = folder.rename(f"{folder}.old")
    deadline = time.monotonic() + PATIENCE
    shutil.rmtree(folder, ignore_errors=True)
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(1e-3)
        shutil.rmtree(folder, ignore_errors=True)


def _remove_semaphores(names: Path, removed: Callable[[str], None]) -> None:
    for name in names.read_text().split() if names.is_file() else ():
        if re.fullmatch(r"sem\.loky-\d+-\w+", name):
            with contextlib.suppress(FileNotFoundError):
                Path(MEMORY, name).unlink()
                removed(name)


@atexit.register
def _leave() -> None:
    """Remove what threads that end with the process had no time to remove."""
    for folder in [*_held]:
        _give_back(folder)


def _forget() -> None:
    """Leave the folders to the process that this one is a copy of."""
    _noted.clear()
    for folder in [*_held]:
        _unlock(folder)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
