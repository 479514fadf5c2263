"""How the server ends: who waits is told, the exit code is 0, and it takes a few seconds at most."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.benchmarks._sessions import Session
from tests.serving import ROOT, Server

LONG = {"dataset": "digits", "seeds": "20", "epochs": "300"}
SECONDS = 5


class Reader(Session):
    """A visitor who reads headings and how far a training is."""

    def __init__(self, server: str, link: dict[str, str]) -> None:
        super().__init__(server, link)
        self.texts: list[str] = []

    def _hear(self, message: ForwardMsg) -> None:
        super()._hear(message)
        if message.WhichOneof("type") == "delta":
            element = message.delta.new_element
            self.texts += [element.heading.body, element.markdown.body]

    async def sees(self, text: str) -> bool:
        """Whether something is said within some seconds."""
        for _ in range(300):
            if any(text in each for each in self.texts):
                return True
            await asyncio.sleep(0.1)
        return False


def served(folder: Path, **environment: str) -> Server:
    given = os.environ | {"ALTERNATIVES_SESSIONS": "memory", "PYTHONPATH": str(ROOT)} | environment
    command = [sys.executable, "-m", "alternatives", "serve"]
    return Server(folder / "log", command=command, environment=given)


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(url) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code


def test_a_hosted_server_tells_who_waits_and_ends_with_0(tmp_path):
    server = served(tmp_path, ALTERNATIVES_HOSTED="on", ALTERNATIVES_BASE_PATH="/softmax/")

    async def end_while_it_trains() -> float:
        async with Reader(f"{server.url}/softmax", LONG) as reader:
            assert await reader.sees("% done")
            began = time.monotonic()
            server.process.send_signal(signal.SIGTERM)
            assert await reader.sees("The server is about to restart")
            await asyncio.to_thread(server.process.wait, SECONDS)
        return time.monotonic() - began

    try:
        server.wait(path="/softmax/_stcore/health")
        assert status(f"{server.url}/softmax/_stcore/metrics") == 404
        assert status(f"{server.url}/softmax/_stcore/host-config") == 200
        assert status(f"{server.url}/softmax/") == 200
        assert asyncio.run(end_while_it_trains()) < SECONDS
        assert server.process.returncode == 0
    finally:
        server.stop()
    lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    assert {"started", "asked", "ending", "stopped"} <= {line["event"] for line in lines}
    assert [line["in_time"] for line in lines if line["event"] == "ended"] == [True]
    assert not [line for line in lines if line["level"] != "info"]


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is another thing there")
def test_ctrl_c_twice_ends_the_server_at_once_without_a_traceback(tmp_path):
    server = served(tmp_path)
    try:
        server.wait()
        server.process.send_signal(signal.SIGINT)
        time.sleep(0.02)
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(SECONDS) in (0, 130)  # it may have been quicker
        assert "Traceback" not in server.log.read_text()
    except subprocess.TimeoutExpired:
        server.stop()
        raise
