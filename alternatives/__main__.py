"""``python -m alternatives`` and the script ``softmax-alternatives``: the command line."""

import signal
import sys

from alternatives.commands import main


def run() -> int:
    """Run the command that this process was given."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8")  # so that a minus is a minus in every locale
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # files and processes are cleaned up too
    return main()


if __name__ == "__main__":
    sys.exit(run())
