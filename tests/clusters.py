"""A real Dask scheduler with worker processes on this machine: for the tests and the benchmark of sweeps."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.serving import ROOT

START_SECONDS = 30


@contextmanager
def cluster(folder: Path, n_workers: int) -> Iterator[tuple[str, list["subprocess.Popen[bytes]"]]]:
    """Its address, and the workers, each with one thread. All end with it; logs are in the folder."""
    file = folder / "scheduler.json"
    options = ["--scheduler-file", str(file)]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "DASK_DISTRIBUTED__WORKER__DAEMON": "False"}

    def start(*command: str) -> "subprocess.Popen[bytes]":
        with (folder / f"{len(started)}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *command, *options],
                cwd=folder,
                env=environment,
                stdout=log,
                stderr=log,
            )
        started.append(process)
        return process

    started: list[subprocess.Popen[bytes]] = []
    try:
        start("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        for _ in range(10 * START_SECONDS):
            if file.exists() and file.read_text("utf-8"):
                break
            time.sleep(0.1)
        workers = [
            start("distributed.cli.dask_worker", "--nthreads", "1", "--no-nanny", "--no-dashboard")
            for _ in range(n_workers)
        ]
        yield re.search(r'"address": "([^"]+)"', file.read_text("utf-8"))[1], workers  # type: ignore[index]
    finally:
        for process in reversed(started):
            process.kill()
            process.wait()
