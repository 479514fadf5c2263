"""``python -m alternatives``: the questions of the pages without a browser."""

import signal
import sys

from alternatives.commands import main

if __name__ == "__main__":
    for _stream in (sys.stdout, sys.stderr):
        if hasattr(_stream, "reconfigure"):
            _stream.reconfigure(encoding="utf-8")  # a minus is a minus, whatever the locale
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # leave in order: files and processes go too
    sys.exit(main())
