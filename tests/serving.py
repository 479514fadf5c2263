"""The app as a person starts it, and the browser to look at it with: for the tests and the benchmarks."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
CHROMIUM_NAMES = (
    "chromium-headless-shell",  # draws the same pages with a quarter less work
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_SECONDS = 60
OF_TESTS = ("ALTERNATIVES_THOROUGH", "ALTERNATIVES_TEST")
"""How variables begin that tests read, and that a server refuses as unknown."""


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A Streamlit server on a free port of this machine.

    Parameters
    ----------
    log : Path
        Where its output goes.
    script : Path
        What it serves.
    command : list of str, optional
        What starts it, before the options. Default: Streamlit with the script.
    environment : mapping, optional
        Default: that of this process. Shared sessions are kept in memory where it doesn't say.
    """

    def __init__(
        self,
        log: Path,
        script: Path = ROOT / "app.py",
        command: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.log = log
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        command = list(command) or [sys.executable, "-m", "streamlit", "run", str(script)]
        options = {
            "server.port": port,
            "server.address": "127.0.0.1",
            "server.headless": "true",
            "server.fileWatcherType": "none",
        }
        self._command = [*command, *(f"--{key}={value}" for key, value in options.items())]
        self._directory = log.parent if environment else ROOT
        own = {name: text for name, text in os.environ.items() if not name.startswith(OF_TESTS)}
        self._environment = {"ALTERNATIVES_SESSIONS": "memory"} | dict(environment or own)
        self.start()

    def start(self) -> None:
        """Start it, also again after `stop`: it has the same port."""
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                self._command, cwd=self._directory, env=self._environment, stdout=out, stderr=out
            )

    def wait(self, between_looks: float = 0.1, path: str = "/_stcore/health") -> None:
        """Until the server answers; RuntimeError, with its output, if it doesn't."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.url}{path}", timeout=5):
                    return
            except OSError:
                time.sleep(between_looks)
        raise RuntimeError(f"the server didn't answer within {START_SECONDS} s:\n{self.log.read_text()}")

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def chromium(bundled: str) -> str | None:
    """Path of Chromium: the system's, or the one that ``playwright install chromium`` fetched, `bundled`."""
    found = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), bundled)
    return found if Path(found).exists() else None
