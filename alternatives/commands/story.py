"""``story``: a story in a file, checked as the page *Stories* does, before anybody is told it."""

import sys
import time
from pathlib import Path

import click

from alternatives.commands.options import bad_arguments
from alternatives.commands.program import COMMANDS, STRICT
from alternatives.commands.terminal import filled
from alternatives.datasets import DatasetUnavailable
from alternatives.serving.limits import Limits, Refused, of_machine
from alternatives.state import shortened
from alternatives.stories import LARGEST_FILE, Step, read
from alternatives.wording import counted, duration, listed


@click.command(
    "story",
    context_settings=STRICT,
    help=f"{COMMANDS['story']} Then every picture is computed, as the page does. The exit code is 2 if there "
    "is a problem.",
)
@click.argument("file", metavar="FILE")
@click.option("--quick", is_flag=True, help="check the file alone, and compute no picture")
def command(file: str, quick: bool) -> None:
    """Print the story's steps, or its problems."""
    with bad_arguments():
        text = _contents(file)
    story, problems = read(text)
    if story is None:
        for problem in problems:
            print(filled(f"{shortened(Path(file).name)}: {problem}.", "", "  "), file=sys.stderr)
        click.get_current_context().exit(2)
    print(story.title)
    found = []
    for number, step in enumerate(story.steps, 1):
        print(filled(f"{number}. {step.sentence}", "  ", "     "))
        started = time.perf_counter()
        problem = "" if quick else _problem(step)
        took = "" if quick or problem else f"; picture: {duration(time.perf_counter() - started)}"
        print(f"     {step.target.link}{took}", flush=True)
        if problem:
            found.append(f"step {number}: {problem}.")
    for problem in found:
        print(filled(problem, "", "  "), file=sys.stderr)
    if found:
        click.get_current_context().exit(2)
    print(f"{counted(len(story.steps), 'step')}, no problems found.")


def _contents(file: str) -> bytes:
    """A file's first bytes, one more than a story may have; ValueError if it can't be read."""
    try:
        with Path(file).open("rb") as stream:
            return stream.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ValueError(f"FILE must be a story that can be read; got {shortened(file)} ({reason})") from None


def _problem(step: Step) -> str:
    """Why a step's picture can't be shown; empty if it can."""
    request, results = step.target.request, None
    try:
        if request is not None:
            Limits.from_environment(default=of_machine()).check(request)
            results = request.run()
    except (Refused, DatasetUnavailable, ValueError) as error:
        return str(error).rstrip(".")
    titles = step.target.pictures(results)
    if step.picture and step.picture not in titles:
        return f"picture must be one of {listed(titles, 'or')}; got {shortened(step.picture)}"
    return ""
