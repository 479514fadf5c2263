"""Files that are written whole or not at all.

What is written goes into a *partial* file beside the target, which takes the target's place when it is
complete and on the disk. Until then an older file stays as it was. A pipe, a device or an open descriptor,
such as /dev/stdout, has nothing to be replaced: it is written to as it comes.

A process that is killed leaves its partial behind; the next one that writes to the folder removes it.
Partials that are in use are locked. Process numbers wouldn't tell which those are, since containers that
share a folder each count their own.
"""

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

try:
    import fcntl
except ImportError:  # Windows: partials of killed processes stay
    fcntl = None  # type: ignore[assignment]

PathLike = str | os.PathLike[str]

_PREFIX, _SUFFIX = ".softmax-alternatives-", ".partial"
_MOST_LINKS = 40


@contextlib.contextmanager
def whole_file(path: PathLike, encoding: str | None = None) -> Iterator[IO[Any]]:
    """A stream to write a file with, which appears when the context ends without an error, and not before.

    Parameters
    ----------
    path : path
        Symbolic links are followed. An older file keeps its permissions; a new one gets the usual ones. A
        pipe, a device or a descriptor, such as ``/dev/stdout`` or ``/dev/fd/3``, is written to directly.
    encoding : str, optional
        That of a text. By default the stream takes bytes.

    Raises
    ------
    OSError
        If the file can't be written: then an older one is unchanged. Also if the older one is read-only.
    """
    mode = "wb" if encoding is None else "w"
    descriptor = _open_descriptor(path)
    if descriptor is not None:
        with open(os.dup(descriptor), mode, encoding=encoding) as stream:  # noqa: PTH123
            yield stream
        return
    target = Path(os.path.realpath(path))
    try:
        old_mode: int | None = target.stat().st_mode
    except FileNotFoundError:
        old_mode = None
    if old_mode is not None and not stat.S_ISREG(old_mode):
        with target.open(mode, encoding=encoding) as stream:
            yield stream
        return
    if old_mode is not None and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, "it is read-only", str(path))

    _sweep(target.parent)
    partial, file = _partial(target.parent)
    try:
        with open(file, mode, encoding=encoding) as stream:  # noqa: PTH123
            if old_mode is not None and hasattr(os, "fchmod"):
                os.fchmod(file, stat.S_IMODE(old_mode))
            yield stream
            stream.flush()
            os.fsync(file)
            if fcntl is None:
                stream.close()  # Windows moves no open file; elsewhere closing would end the lock
            partial.replace(target)
        _sync(target.parent)
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def _open_descriptor(path: PathLike) -> int | None:
    """The number of this process's open descriptor that a path names, if it names one.

    Opening the path instead would fail for a socket, and truncate a file that standard output goes to.
    """
    link = Path(path)
    for _ in range(_MOST_LINKS):
        if os.path.realpath(link.parent) in ("/dev/fd", f"/proc/{os.getpid()}/fd"):
            return int(link.name) if link.name.isdecimal() and os.path.lexists(link) else None
        if not link.is_symlink():
            return None
        link = link.parent / link.readlink()
    return None


def _partial(folder: Path) -> tuple[Path, int]:
    """A new file in the folder, and its descriptor, which holds the lock."""
    while True:
        path = folder / f"{_PREFIX}{os.getpid()}-{secrets.token_hex(4)}{_SUFFIX}"
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        if fcntl is None:
            return path, file
        with contextlib.suppress(OSError):  # a file system without locks: others then leave it alone
            fcntl.flock(file, fcntl.LOCK_EX)
        if path.exists():
            return path, file
        os.close(file)  # another process took it for abandoned before it was locked


def _sweep(folder: Path) -> None:
    """Remove partials that nobody holds locked."""
    if fcntl is None:
        return
    for path in folder.glob(f"{_PREFIX}*{_SUFFIX}"):
        with contextlib.suppress(OSError):  # in use, another user's, or gone meanwhile
            file = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()
            finally:
                os.close(file)


def _sync(folder: Path) -> None:
    """Write the folder to the disk, on systems that can: otherwise a crash could undo the renaming."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
