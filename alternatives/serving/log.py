"""The server's log: what happens, an event each, and nothing of whom it happens to.

Where ``ALTERNATIVES_LOG`` is ``json``, every event is one line of JSON: its time, its level, its name, and
its fields, which are numbers and the program's own words. No line has an address, a link to somebody's data,
a session's token, or a name of a file or a column. An error's message could quote one, so a line has the type
of the error and where it happened; with ``text`` the log has the message, too.
"""

import json
import logging
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

_events = logging.getLogger("alternatives.events")


def event(name: str, level: int = logging.INFO, error: BaseException | None = None, **fields: Any) -> None:
    """Log an event, in a few words of which the first says what happened."""
    _events.log(level, "%s: %s", name, fields, exc_info=error, extra={"event": name, "fields": fields})


class Lines(logging.Formatter):
    """One line of JSON for each record.

    Of what others log there is the message before anything is filled in: what is filled in may be anything.
    """

    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {"time": time, "level": record.levelname.lower()}
        if (name := getattr(record, "event", None)) is not None:
            line |= {"event": name, **getattr(record, "fields", {})}
        else:
            line |= {"event": "log", "logger": record.name, "message": str(record.msg)}
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            line |= {"error": type(error).__name__, "traceback": _traceback(error)}
        return json.dumps(line, ensure_ascii=False, default=str)


def _traceback(error: BaseException) -> str:
    """Where an error happened, and where its cause did, without their messages."""
    parts = []
    found: BaseException | None = error
    seen: set[int] = set()
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        frames = "".join(traceback.format_tb(found.__traceback__))
        parts.append(f"{frames}{type(found).__name__}")
        found = found.__cause__ or found.__context__
    return "\nbecause of\n".join(parts)


def write_lines(change: Callable[[Callable[[logging.Logger], None]], None] = lambda route: None) -> None:
    """Have all that this process logs written as lines, its warnings from other libraries included.

    Parameters
    ----------
    change : callable, optional
        Is given what makes one logger do so, for those that a library makes later.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(Lines())
    handler.addFilter(lambda record: hasattr(record, "event") or record.levelno >= logging.WARNING)
    logging.root.handlers[:] = [handler]
    _events.setLevel(logging.INFO)

    def route(logger: logging.Logger) -> None:
        logger.handlers.clear()
        logger.propagate = True

    for name in list(logging.root.manager.loggerDict):
        route(logging.getLogger(name))
    change(route)
