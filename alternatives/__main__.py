"""``python -m alternatives`` and the script ``softmax-alternatives``: the command line."""

import atexit
import math
import os
import signal
import sys
import time

IMPATIENT_SECONDS = 1.0
"""After so long a further Ctrl-C doesn't wait any more until files and processes are cleaned up."""


class Stop:
    """Handles the signals that stop this process, without a traceback. The exit code is 128 and the signal.

    While a command works, the first one raises, so that what it has begun is cleaned up, and one that follows
    soon, as of a key pressed twice, doesn't disturb that. Before and afterwards there is nothing to clean up.
    """

    def __init__(self) -> None:
        self.working = False
        self.heard_at = math.inf
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number and signal.getsignal(number) != signal.SIG_IGN:  # as after nohup
                signal.signal(number, self)
                atexit.register(signal.signal, number, signal.SIG_IGN)  # Python would restore the default

    def __call__(self, number: int, frame: object) -> None:
        heard_before = self.heard_at < math.inf
        if heard_before and time.monotonic() < self.heard_at + IMPATIENT_SECONDS:
            return
        if heard_before or not self.working:
            os._exit(128 + number)
        self.heard_at = time.monotonic()
        raise SystemExit(128 + number)  # and not KeyboardInterrupt, of which Streamlit would say "Aborted!"


stop = Stop()  # imports take longer than some people wait


def run() -> int:
    """Run the command that this process was given."""
    _open_streams()
    from alternatives.commands import main

    try:
        stop.working = True
        return main()
    finally:
        stop.working = False


def _open_streams() -> None:
    """Print UTF-8, so that a minus is a minus in every locale.

    To print where the output is closed is an error; otherwise it would go into the next file that is opened.
    """
    for number, access in enumerate((os.O_RDONLY, os.O_RDONLY, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, access)
    sys.stdout = sys.stdout or open(1, "w")  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8")


if __name__ == "__main__":
    sys.exit(run())
