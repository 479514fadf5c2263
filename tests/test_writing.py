"""Files that are written whole or not at all."""

import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from alternatives.writing import whole_file

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs links, pipes and modes of POSIX")


@pytest.fixture(autouse=True)
def nothing_left(tmp_path: Path) -> Iterator[None]:
    yield
    assert not [*tmp_path.rglob(".*")]


def write(path: Path, text: str) -> None:
    with whole_file(path, "utf-8") as stream:
        stream.write(text)


def test_a_file_appears_at_the_end_and_not_before(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with whole_file(path) as stream:
        stream.write(b"new")
        stream.flush()
        assert not path.exists()
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, OSError])
def test_an_error_leaves_the_older_file(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def fail() -> None:
        with whole_file(path) as stream:
            stream.write(b"new")
            raise error

    with pytest.raises(error):
        fail()
    assert path.read_text() == "old"


@pytest.mark.parametrize("mode", [0o600, 0o664, 0o640])
def test_an_older_file_keeps_its_mode_even_while_it_is_written(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "file"
    path.touch()
    path.chmod(mode)
    with whole_file(path) as stream:
        assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()} == {mode}
        stream.write(b"new")
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_new_file_has_the_mode_of_any_new_file(tmp_path: Path) -> None:
    write(tmp_path / "ours", "")
    (tmp_path / "other").write_text("")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_links_are_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    target, link, missing = tmp_path / "elsewhere" / "file", tmp_path / "link", tmp_path / "missing"
    link.symlink_to(Path("elsewhere") / "file")
    missing.symlink_to("link")
    for path, text in ((missing, "first"), (link, "second")):
        write(path, text)
        assert link.is_symlink()
        assert missing.is_symlink()
        assert target.read_text() == text


def test_names_of_any_length_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / ("ä" * 127)
    write(path, "new")
    assert path.read_text() == "new"


def test_threads_that_write_one_file_each_write_it_whole(tmp_path: Path) -> None:
    path, together = tmp_path / "file", threading.Barrier(4)

    def writer(letter: str) -> None:
        together.wait()
        for _ in range(10):
            write(path, letter * 100_000)

    threads = [threading.Thread(target=writer, args=(letter,)) for letter in "abcd"]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        text = path.read_text() if path.exists() else ""
        assert not text or text == text[0] * 100_000
        time.sleep(0.001)
    assert len(path.read_text()) == 100_000


def test_a_pipe_is_written_to_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    received: list[str] = []
    reader = threading.Thread(target=lambda: received.append(path.read_text()))
    reader.start()
    write(path, "text")
    reader.join()
    assert received == ["text"]
    assert path.is_fifo()


@pytest.mark.parametrize("folder", ["/dev/fd", "/proc/self/fd"])
@pytest.mark.parametrize("kind", ["pipe", "socket", "file"])
def test_open_descriptors_are_written_to(tmp_path: Path, kind: str, folder: str) -> None:
    if not Path(folder).exists():
        pytest.skip(f"no {folder}")
    if kind == "pipe":
        reading, writing = os.pipe()
    elif kind == "socket":
        left, right = socket.socketpair()
        reading, writing = left.detach(), right.detach()
    else:
        reading = os.open(tmp_path / "file", os.O_RDONLY | os.O_CREAT)
        writing = os.open(tmp_path / "file", os.O_WRONLY)
    link = tmp_path / "link"
    link.symlink_to(f"{folder}/{writing}")
    os.write(writing, b"before, ")
    write(Path(f"{folder}/{writing}"), "here, ")
    write(link, "there, ")
    os.write(writing, b"after")  # it is still open
    assert os.read(reading, 100) == b"before, here, there, after"
    os.close(reading)
    os.close(writing)


def test_devices_are_written_to() -> None:
    write(Path("/dev/null"), "text")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


@pytest.mark.parametrize(
    "path", ["folder", "none/file", "/dev/fd/99999999999999999999", "loop", "file/below"], ids=str
)
def test_what_cannot_be_written_is_an_error_of_the_system(tmp_path: Path, path: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(OSError, match=r"."):
        write(tmp_path / path, "text")


def test_a_file_that_is_read_only_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    monkeypatch.setattr(os, "access", lambda *_: False)  # the superuser may write anything
    with pytest.raises(PermissionError, match="read-only"):
        write(path, "new")
    assert path.read_text() == "old"


def test_partials_of_killed_processes_are_removed_and_those_in_use_stay(tmp_path: Path) -> None:
    code = (
        "import sys, time; from alternatives.writing import whole_file\n"
        f"with whole_file({str(tmp_path / 'file')!r}) as stream: print(flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        with whole_file(tmp_path / "ours"):
            assert len([*tmp_path.glob(".*")]) == 2
            write(tmp_path / "another", "")
            assert len([*tmp_path.glob(".*")]) == 2
        process.send_signal(signal.SIGKILL)
    assert len([*tmp_path.glob(".*")]) == 1
    write(tmp_path / "another", "")


def test_a_pipe_with_a_partials_name_holds_nobody_up(tmp_path: Path) -> None:
    strange = tmp_path / ".softmax-alternatives-1-x.partial"
    os.mkfifo(strange)
    write(tmp_path / "file", "text")
    strange.unlink(missing_ok=True)
