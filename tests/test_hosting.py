"""The files to host the dashboard with: what they name is there."""

import contextlib
import http.client
import subprocess
import sys

import pytest

from alternatives.commands.program import COMMANDS
from alternatives.serving import settings
from tests.hosting import Dockerfile, with_nginx
from tests.serving import ROOT

HOSTING = ROOT / ".hosting"
IMAGE = Dockerfile.read()


def test_every_path_that_the_image_copies_is_there_and_sent_to_its_build():
    ignored, *allowed = [
        line for line in (HOSTING / "Dockerfile.dockerignore").read_text().split("\n") if line[:1] not in "#"
    ]
    assert ignored == "*"
    for source in IMAGE.copied:
        assert (ROOT / source).exists()
        assert f"!{source}" in allowed
    assert {line[1:] for line in allowed if line[:1] == "!"} == {*IMAGE.copied}


def test_what_the_image_copies_is_all_that_the_server_needs(tmp_path):
    IMAGE.copy_to(tmp_path)
    code = "import app, alternatives.pages._frame as frame; print(*frame.PAGES)"
    environment = IMAGE.environment | {"ALTERNATIVES_SESSIONS": "memory"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert "side_by_side" in done.stdout, done.stderr


def test_the_image_runs_a_command_that_is_there_as_somebody_without_rights():
    assert IMAGE.command[:4] == ["python", "-m", "alternatives", "serve"]
    assert "serve" in COMMANDS
    assert int(IMAGE.user) > 0
    settings.check(IMAGE.environment)
    assert settings.is_on(settings.HOSTED, IMAGE.environment)


@pytest.mark.parametrize("base_path", ["", "/softmax/"])
def test_the_image_asks_for_the_address_at_which_the_server_says_that_it_is_well(base_path):
    code = IMAGE.health[-1].replace("urllib.request.urlopen(", "print(").replace(", timeout=4", "")
    environment = {"ALTERNATIVES_BASE_PATH": base_path}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    middle = "/softmax" if base_path else ""
    assert done.stdout == f"http://127.0.0.1:8501{middle}/_stcore/health\n", done.stderr


def test_the_readme_names_the_files():
    readme = (ROOT / "README.md").read_text("utf-8")
    for name in ("Dockerfile", "nginx.conf"):
        assert f".hosting/{name}" in readme


def test_nginx_takes_its_configuration(tmp_path):
    with with_nginx(tmp_path, ["http://127.0.0.1:9", "http://127.0.0.1:9"]) as url:
        root = url.removesuffix("/softmax")
        for path, status, location in (("/", 302, "/softmax/"), ("/softmax", 301, "/softmax/")):
            assert answer(root, path) == (status, location)
        assert answer(root, "/softmax/_stcore/metrics") == (404, None)


def answer(root: str, path: str) -> tuple[int, str | None]:
    """The status and the address to go to instead, which nothing follows."""
    with contextlib.closing(http.client.HTTPConnection(root.removeprefix("http://"))) as connection:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.getheader("Location")
