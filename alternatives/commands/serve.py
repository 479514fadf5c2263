"""``serve``: the dashboard."""

import os
import runpy
import signal
import sys

import click

from alternatives.commands.program import COMMANDS, SETTINGS
from alternatives.datasets.dataset import DATA
from alternatives.serving import settings

APP = DATA.with_name("app.py")
"""What Streamlit runs. Streamlit reads its settings from the folder .streamlit next to it."""


@click.command(
    "serve",
    context_settings=SETTINGS,
    help=f"{COMMANDS['serve']} Options are those of Streamlit, for example --server.port 8600.",
)
@click.argument("options", metavar="[STREAMLIT OPTIONS]", nargs=-1, type=click.UNPROCESSED)
def command(options: tuple[str, ...]) -> None:
    """Hand over to Streamlit, in this process."""
    settings.check()  # what is wrong with these is said here, in a sentence
    if settings.value(settings.LOG) == "json":  # Streamlit's greeting isn't an event
        os.environ.setdefault("STREAMLIT_LOGGER_HIDE_WELCOME_MESSAGE", "true")
    sys.argv = ["streamlit", "run", str(APP), *options]
    try:
        runpy.run_module("streamlit", run_name="__main__", alter_sys=True)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever asks again has been heard
