"""What the environment sets: every variable, what it is by default, and where a server is hosted.

Each is read and checked here, and a value that can't be used is answered with one sentence. `check` reads
them all, before a server answers anybody. With ``ALTERNATIVES_HOSTED`` on, variables that aren't set have the
defaults of a small machine that strangers share: 690 MB and a part of a core.
"""

import math
import os
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from alternatives.state import shortened

Environment = Mapping[str, str]

PREFIX = "ALTERNATIVES_"
OF_TESTS = f"{PREFIX}TEST_"
"""How the names of variables begin that tests read."""
SWITCH = ("on", "off")
LOGS = ("text", "json")


class BadEnvironment(Exception):
    """A variable of the environment that can't be used. The message names it, so it isn't for visitors."""


def number(variable: str, text: str) -> float:
    """A positive number."""
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not 0 < found < math.inf:
        raise BadEnvironment(f"{variable} must be a positive number, got {shortened(text)}")
    return found


def count(variable: str, text: str) -> int:
    """A positive whole number."""
    found = number(variable, text)
    if found != int(found):
        raise BadEnvironment(f"{variable} must be a whole number, got {shortened(text)}")
    return int(found)


def switch(variable: str, text: str) -> bool:
    """Whether it is on."""
    return _one_of(SWITCH, variable, text) == "on"


def log(variable: str, text: str) -> str:
    """How the log is written."""
    return _one_of(LOGS, variable, text)


def _one_of(allowed: tuple[str, ...], variable: str, text: str) -> str:
    if text.lower() not in allowed:
        raise BadEnvironment(f"{variable} must be {' or '.join(allowed)}, got {shortened(text)}")
    return text.lower()


def path(variable: str, text: str) -> str:
    """A path of an address, without slashes at its ends."""
    found = text.strip("/")
    if not re.fullmatch(r"[\w.~-]+(/[\w.~-]+)*", found, re.ASCII) or ".." in found.split("/"):
        raise BadEnvironment(
            f"{variable} must be a path such as softmax or demos/softmax, got {shortened(text)}"
        )
    return found


def place(variable: str, text: str) -> str:
    """Where sessions are kept, which `alternatives.databases` reads."""
    return text


class Variable(NamedTuple):
    """A variable of the environment.

    Parameters
    ----------
    about : str
        What it sets.
    read : callable
        From its name and its text to its value; BadEnvironment if it can't be used.
    default, hosted : str
        What it is where it isn't set. An empty `hosted` is like the default.
    but : str
        The default in words, where the text isn't all.
    """

    about: str
    read: Callable[[str, str], object]
    default: str = ""
    hosted: str = ""
    but: str = ""


HOSTED = "ALTERNATIVES_HOSTED"
WORKERS = "ALTERNATIVES_WORKERS"
UPLOADS = "ALTERNATIVES_UPLOADS"
SESSIONS = "ALTERNATIVES_SESSIONS"
BASE_PATH = "ALTERNATIVES_BASE_PATH"
LOG = "ALTERNATIVES_LOG"
METRICS = "ALTERNATIVES_METRICS"

VARIABLES: dict[str, Variable] = {
    HOSTED: Variable("the defaults for a small machine that strangers share", switch, "off"),
    "ALTERNATIVES_MOST_SECONDS": Variable(
        "seconds of one core that one request may take, as estimated", number, "", "60", "no limit"
    ),
    "ALTERNATIVES_MOST_MEGABYTES": Variable(
        "memory for all requests at a time and all that is kept, as estimated, beyond that of an idle server",
        number,
        "4000",
        "250",
    ),
    "ALTERNATIVES_KEPT_MEGABYTES": Variable(
        "how much of it data and results may keep while nobody works", number, "300", "120"
    ),
    "ALTERNATIVES_VISITOR_REQUESTS": Variable(
        "requests of one network address that are worked on at a time; more wait", count, "8", "2"
    ),
    "ALTERNATIVES_VISITOR_MEGABYTES": Variable(
        "memory that these may take, as estimated", number, "", "125", "no limit"
    ),
    WORKERS: Variable("processes that train", count, "", "1", "one a core"),
    UPLOADS: Variable("whether visitors may bring tables of their own", switch, "on"),
    "ALTERNATIVES_UPLOAD_MEGABYTES": Variable(
        "size of such a file", number, "", "2", "5; 200 on the command line"
    ),
    "ALTERNATIVES_UPLOAD_ROWS": Variable(
        "its rows", count, "", "5000", "20,000; 500,000 on the command line"
    ),
    "ALTERNATIVES_UPLOAD_COLUMNS": Variable(
        "its columns", count, "", "200", "500; 5,000 on the command line"
    ),
    "ALTERNATIVES_UPLOAD_CLASSES": Variable("its classes", count, "", "", "100; 1,000 on the command line"),
    SESSIONS: Variable(
        "where shared sessions are kept: the path of an SQLite file, which servers of one machine may share; "
        "`memory`; or `postgresql://user:password@host/database`, for servers on several machines",
        place,
        "",
        "",
        "`softmax-alternatives/sessions.sqlite` in `XDG_DATA_HOME` or `~/.local/share`",
    ),
    "ALTERNATIVES_SESSION_DAYS": Variable(
        "days after which a session expires that nobody has opened or changed", number, "90"
    ),
    "ALTERNATIVES_NEW_SESSIONS": Variable(
        "sessions that one network address may share in a day", number, "100"
    ),
    BASE_PATH: Variable("the path below which the pages are, for a proxy: `softmax`", path, "", "", "none"),
    LOG: Variable("how the log is written: `text`, or `json` with one line an event", log, "text", "json"),
    METRICS: Variable("whether Streamlit's `/_stcore/metrics` answers", switch, "off"),
}
"""Every variable that is read, in the order of the README's table."""


def given(variable: str, environment: Environment = os.environ) -> Any:
    """What the environment says a variable is, or what it is where a server is hosted; None for neither.

    Raises
    ------
    BadEnvironment
        If it can't be used: what is allowed, what was given.
    """
    known = VARIABLES[variable]
    text = environment.get(variable, "").strip()
    if not text and known.hosted and is_on(HOSTED, environment):
        text = known.hosted
    return known.read(variable, text) if text else None


def value(variable: str, environment: Environment = os.environ) -> Any:
    """What a variable is, its default included; None where it has none. BadEnvironment as `given` does."""
    known = VARIABLES[variable]
    found = given(variable, environment)
    return known.read(variable, known.default) if found is None and known.default else found


def is_on(variable: str, environment: Environment = os.environ) -> bool:
    """Whether a switch is on."""
    return value(variable, environment) is True


def check(environment: Environment = os.environ) -> None:
    """Read all variables.

    Raises
    ------
    BadEnvironment
        For the first that can't be used, or isn't known.
    """
    for variable in VARIABLES:
        value(variable, environment)
    for variable in sorted(environment):
        if variable.startswith(PREFIX) and not variable.startswith(OF_TESTS) and variable not in VARIABLES:
            raise BadEnvironment(f"{variable} isn't known; variables are {', '.join(VARIABLES)}")


def table() -> str:
    """All variables in Markdown: what each sets, its default, and the one where a server is hosted."""
    rows = [("variable", "what it sets", "default", "hosted"), ("---",) * 4]
    for variable, known in VARIABLES.items():
        by_default = known.but or _in_words(known.default)
        rows.append((f"`{variable}`", known.about, by_default, _in_words(known.hosted) or "the same"))
    rows[2] = (*rows[2][:3], "on")
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _in_words(text: str) -> str:
    return f"{int(text):,}" if text.isdigit() else text
