"""What the dashboard is hosted with, for the tests and the benchmarks: the image, and the proxy."""

import contextlib
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pytest

from tests.serving import ROOT, free_port

WORDS = ("COPY", "ENV", "USER", "CMD", "HEALTHCHECK")


@dataclass(frozen=True)
class Dockerfile:
    """What the Dockerfile says of the image."""

    copied: tuple[str, ...]
    environment: Mapping[str, str]
    user: str
    command: list[str]
    health: list[str]

    @classmethod
    def read(cls) -> Self:
        text = (ROOT / ".hosting" / "Dockerfile").read_text("utf-8")
        lines = re.sub(r"\\\n\s*", "", text).splitlines()
        of = {
            word: [line.split(maxsplit=1)[1] for line in lines if line.startswith(f"{word} ")]
            for word in WORDS
        }
        sources = (source for line in of["COPY"] for source in shlex.split(line)[:-1])
        variables = (each.split("=", 1) for line in of["ENV"] for each in shlex.split(line))
        (health,), (command,), (user,) = of["HEALTHCHECK"], of["CMD"], of["USER"]
        return cls(
            tuple(sources),
            dict(variables),
            user,
            json.loads(command),
            json.loads(health.partition("CMD ")[2]),
        )

    def copy_to(self, folder: Path) -> None:
        """Lay all that the image copies into a folder."""
        for source in self.copied:
            to = folder / source
            to.parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, to, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / source, to)


@contextlib.contextmanager
def with_nginx(folder: Path, servers: Sequence[str]) -> Iterator[str]:
    """nginx with the project's configuration in front of two servers, until the context ends: its address.

    Without nginx the test is skipped, and fails where all checks run.
    """
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        missing = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        missing("needs nginx (Debian: apt-get install nginx-light)")
    text, port = (ROOT / ".hosting" / "nginx.conf").read_text("utf-8"), free_port()
    replaced = {"listen 8080": f"listen 127.0.0.1:{port}"}
    replaced |= {f"127.0.0.1:850{n}": url.partition("//")[2] for n, url in enumerate(servers, 1)}
    for old, new in replaced.items():
        assert old in text
        text = text.replace(old, new)
    # Without "user", whoever started it as root would have helpers that can't write here.
    (folder / "nginx.conf").write_text(f"user root;\n{text}" if os.geteuid() == 0 else text)
    with (folder / "nginx.log").open("wb") as out:
        process = subprocess.Popen([program, "-p", str(folder), "-c", "nginx.conf"], stdout=out, stderr=out)
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 10
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            said = (folder / "nginx.log").read_text()
            assert process.poll() is None, said
            assert time.monotonic() < deadline, said
            time.sleep(0.05)
        yield f"{url}/softmax"
    finally:
        process.terminate()
        process.wait(10)
