"""The image's command as in a container, without Docker, and a soak of it.

What the Dockerfile copies lies in a folder of root's, beside an environment with the packages that the
image has. The image's command runs there as the image's user, with the image's environment, on one core,
and can write nowhere but to a temporary folder and to one for sessions. This needs root, and Linux.

Visitors from as many addresses open a comparison each and change one control every so many seconds: in
turn to a comparison that nobody has seen, and back. An answer is the first text in the main part of the
page for the new state. Memory is watched every second: the proportional set size (shared pages counted
once) of the server and of its workers, with the files that they keep in memory. Growth is that of its
median from the second tenth of the soak to the last.

Then a visitor in Chromium pins a comparison and shares the session. While another one trains, all
processes of the server are killed, and it is started again. The browser has to connect by itself and to
show session and comparison as before.

Required are no error, at most 690 MB, a growth of at most 50 MB, 95 % of answers within 0.5 s, a start
within 3 s, and after SIGTERM the exit code 0.
"""

import argparse
import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, expect, sync_playwright

from tests.benchmarks._processes import Usage, family, look
from tests.benchmarks._sessions import Session
from tests.benchmarks._timing import machine
from tests.benchmarks.load import OPENING_SECONDS, Walks
from tests.hosting import Dockerfile
from tests.serving import CHROMIUM_FLAGS, ROOT, Server, chromium

IMAGE = Dockerfile.read()
MOST_MEGABYTES = 690
MOST_GROWTH = 50.0
MOST_ANSWER = 0.5
MOST_START = 3.0
PATIENCE = 60_000
"""Milliseconds in which the browser has to show what is expected."""
ONE = "/?dataset=iris&seeds=3&learning_rate=0.01&epochs=2"
FINDING = "On iris over 3 seeds"


@contextmanager
def container(python: Path | None, core: int) -> Iterator[tuple[Server, float]]:
    """The server as its image starts it, and the seconds that it took until it answered."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        app, temporary, volume = (folder / each for each in ("app", "tmp", "sessions"))
        for each in (app, temporary, volume):
            each.mkdir()
        IMAGE.copy_to(app)
        python = python or environment_of_the_image(folder / "venv")
        subprocess.run([python, "-m", "compileall", "-q", app], check=True)
        for each in (temporary, volume):
            os.chown(each, int(IMAGE.user), int(IMAGE.user))
        variables = {**IMAGE.environment, "HOME": str(temporary), "TMPDIR": str(temporary)}
        variables |= {"PATH": "/usr/bin:/bin", "ALTERNATIVES_SESSIONS": str(volume / "sessions.sqlite")}
        as_user = [
            "setpriv",
            f"--reuid={IMAGE.user}",
            f"--regid={IMAGE.user}",
            "--clear-groups",
            "--no-new-privs",
        ]
        check_rights(as_user, python, app)
        command = ["taskset", "--cpu-list", str(core), *as_user, str(python), *IMAGE.command[1:]]
        began = time.monotonic()
        server = Server(app / "log", command=command, environment=variables)
        try:
            server.wait(0.01)
            yield server, time.monotonic() - began
        finally:
            server.stop()


def environment_of_the_image(folder: Path) -> Path:
    """A new environment with the packages that the image installs; the path of its Python."""
    found = shutil.which("python3", path="/usr/local/bin:/usr/bin")  # which other users may run
    assert found is not None, "there is no python3 that all users may run"
    subprocess.run([found, "-m", "venv", folder], check=True)
    files = [name for name in IMAGE.copied if name.startswith("requirements")]
    required = [word for name in files for word in ("--requirement", str(ROOT / name))]
    subprocess.run([folder / "bin" / "pip", "install", "--quiet", *required], check=True)
    return folder / "bin" / "python"


def check_rights(as_user: list[str], python: Path, folder: Path) -> None:
    """Make sure that the image's user can start processes, and can't write where the program is."""
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', ''], check=True)"
    code += "; open(sys.argv[1], 'w')"
    command = [*as_user, python, "-c", code, folder / "written"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "PermissionError" in done.stderr, done.stderr
    assert str(folder) in done.stderr, f"other users may not run {python}"


@dataclass
class Soak:
    """What was seen of the visitors."""

    answers: list[float] = field(default_factory=list)
    """Seconds from each change to its answer; infinite, if there was none."""
    errors: list[str] = field(default_factory=list)
    used: list[Usage] = field(default_factory=list)

    def high(self, share: float = 0.95, since: int = 0) -> float:
        """The quantile of the answers from one on; NaN if there are none."""
        answers = self.answers[since:]
        return float(np.quantile(answers, share, method="inverted_cdf")) if answers else float("nan")

    @property
    def megabytes(self) -> list[float]:
        """Memory at each look, one a second."""
        return [used.megabytes_in_all for used in self.used]

    @property
    def growth(self) -> float:
        """How much the memory has grown."""
        tenth = max(1, len(self.used) // 10)
        return float(np.median(self.megabytes[-tenth:]) - np.median(self.megabytes[tenth : 2 * tenth]))


async def soak(server: Server, n_visitors: int, minutes: float, every: float) -> Soak:
    """Have visitors change controls for so many minutes, and print what was seen each minute."""
    found, walks = Soak(), Walks(n_visitors, n_visitors)
    looking = asyncio.create_task(look(server.process.pid, found.used))
    async with AsyncExitStack() as stack:
        sessions = []
        for number in range(n_visitors):
            session = Session(server.url, walks.link(number), address=f"127.0.1.{number + 1}")
            sessions.append(await stack.enter_async_context(session))
        for session in sessions:
            await session.settle(OPENING_SECONDS)
            await session.unfold("More settings")
            await session.settle(OPENING_SECONDS)
        print(f"{'minute':>6} {'changes':>8} {'answers, 95 %':>14} {'MB':>6} {'errors':>7}", flush=True)
        ends = time.monotonic() + 60 * minutes
        changing = [
            asyncio.create_task(change(session, walks, number, every, every * number / n_visitors, ends))
            for number, session in enumerate(sessions)
        ]
        minute = 0
        while not all(task.done() for task in changing):
            await asyncio.wait(changing, timeout=60)
            minute, since = minute + 1, len(found.answers)
            note(found, sessions)
            row = f"{minute:6} {len(found.answers) - since:8} {found.high(since=since):12.2f} s"
            print(f"{row} {max(found.megabytes[-60:]):6.0f} {len(found.errors):7}", flush=True)
        for task in changing:
            await task
    looking.cancel()
    return found


async def change(
    session: Session, walks: Walks, number: int, every: float, offset: float, ends: float
) -> None:
    """Change a control every so many seconds."""
    moves = walks(number)
    await asyncio.sleep(offset)
    while (began := time.monotonic()) < ends:
        await session.change(*next(moves))
        await asyncio.sleep(max(0.0, began + every - time.monotonic()))
    await session.settle(every)


def note(found: Soak, sessions: list[Session]) -> None:
    """Take what the sessions have seen, but for the last change of each, which may have no answer yet."""
    for session in sessions:
        done, session.changes = session.changes[:-1], session.changes[-1:]
        found.answers += [each.after.get("answer", float("inf")) for each in done]
        found.errors += session.errors
        session.errors = []


def killed_in_the_middle(server: Server) -> list[str]:
    """Kill the server while a session is open and another visitor's comparison trains; what is wrong then."""
    with sync_playwright() as playwright:
        found = chromium(playwright.chromium.executable_path)
        if found is None:
            return ["there is no Chromium to look with"]
        browser = playwright.chromium.launch(executable_path=found, args=CHROMIUM_FLAGS)
        page, other = (browser.new_context(base_url=server.url).new_page() for _ in range(2))
        try:
            share(page)
            address = page.url
            other.goto("/?dataset=digits&seeds=10&epochs=60&learning_rate=0.01")
            expect(heading(other)).to_contain_text("Training", timeout=PATIENCE)
            with page.expect_websocket(timeout=PATIENCE):
                for process in family(server.process.pid):
                    with suppress(ProcessLookupError):
                        os.kill(process, signal.SIGKILL)
                server.process.wait()
                server.start()
            server.wait()
            expect(heading(page)).to_contain_text(FINDING, timeout=PATIENCE)
            page.get_by_test_id("stSidebar").get_by_role("button", name="Share").click(timeout=PATIENCE)
            expect(page.locator("body")).to_contain_text("Kept in a file", timeout=PATIENCE)
            expect(heading(other)).to_contain_text("On digits over 10 seeds", timeout=4 * PATIENCE)
            return [] if page.url == address else [f"the address is {page.url}, not {address}"]
        except AssertionError as error:
            return [str(error).partition("\n")[0]]
        finally:
            browser.close()


def heading(page: Page):
    """Where a page says what it found, or does."""
    return page.get_by_test_id("stMain").get_by_role("heading", level=2)


def share(page: Page) -> None:
    """Pin a comparison and share the session, in which the page then is."""
    main = page.get_by_test_id("stMain")
    page.goto(ONE)
    expect(main).to_contain_text(FINDING, timeout=PATIENCE)
    page.get_by_role("button", name="Pin", exact=True).click()
    expect(main).to_contain_text("Pinned as", timeout=PATIENCE)
    main.get_by_role("link", name="Side by side").click()
    page.wait_for_url("**/side_by_side?**", timeout=PATIENCE)
    page.get_by_test_id("stSidebar").get_by_role("button", name="Share").click()
    page.get_by_role("button", name="Make links").click()
    page.wait_for_url("**session=**", timeout=PATIENCE)
    page.keyboard.press("Escape")


def verdict(what: str, value: str, kept: bool) -> bool:
    """Print whether something is as required."""
    print(f"{what:32} {value:>12}  {'as required' if kept else 'NOT AS REQUIRED'}")
    return kept


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks hosted", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--visitors", type=int, default=16)
    parser.add_argument("--every", type=float, default=5, help="seconds between two changes of a visitor")
    parser.add_argument("--core", type=int, default=0, help="the one that the server has")
    parser.add_argument("--python", type=Path, help="of an environment like the image's; default: a new one")
    parser.add_argument("--quick", action="store_true", help="one minute, 4 visitors")
    options = parser.parse_args(arguments)
    if options.quick:
        options.minutes, options.visitors = 1, 4
    os.sched_setaffinity(0, os.sched_getaffinity(0) - {options.core} or {options.core})
    print(machine())
    with container(options.python, options.core) as (server, seconds):
        print(
            f"{options.visitors} visitors on one core, each with a change every {options.every:g} s\n",
            flush=True,
        )
        found = asyncio.run(soak(server, options.visitors, options.minutes, options.every))
        n_tracebacks = server.log.read_text().count("traceback")
        wrong = killed_in_the_middle(server)
        began = time.monotonic()
        server.process.terminate()
        code = server.process.wait(10)
        ended = time.monotonic() - began
    most, high = max(found.megabytes), found.high()
    print()
    kept = [
        verdict("start", f"{seconds:.1f} s", seconds <= MOST_START),
        verdict("memory at most", f"{most:.0f} MB", most <= MOST_MEGABYTES),
        verdict("growth", f"{found.growth:.0f} MB", found.growth <= MOST_GROWTH),
        verdict("answers, 95 %", f"{high:.2f} s", high <= MOST_ANSWER),
        verdict("errors", f"{len(found.errors) + n_tracebacks}", not found.errors and not n_tracebacks),
        verdict("killed and started again", "; ".join(wrong) or "all there", not wrong),
        verdict("exit code after SIGTERM", f"{code}, {ended:.1f} s", code == 0),
    ]
    for error in sorted(set(found.errors))[:5]:
        print(f"error: {error[:200]}")
    raise SystemExit(0 if all(kept) else 1)
