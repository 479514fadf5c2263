"""The tokens of a shared session's links, which nobody can guess.

The viewing token follows from the editing one, and the id under which a session is stored follows from the
viewing token, by a hash each. So an editor can pass on the viewing link, a viewer can't make the editing
link of it, and who has stolen the database has neither.
"""

import base64
import hashlib
import re
import secrets
from typing import NamedTuple

from alternatives.sessions.errors import NoSession

_TOKEN = re.compile(r"(edit|view)-([A-Za-z0-9_-]{22})")


class Links(NamedTuple):
    """The tokens of a session's two links."""

    editing: str
    viewing: str


class Opened(NamedTuple):
    """What a token says: the id of its session, and whether that may be edited."""

    id: str
    may_edit: bool


def draw() -> Links:
    """The tokens of a new session."""
    editing = f"edit-{secrets.token_urlsafe(16)}"
    return Links(editing, viewing(editing))


def viewing(token: str) -> str:
    """The token for viewing that belongs to one for editing, or to itself."""
    may, secret = _parts(token)
    return token if may == "view" else f"view-{_hashed(secret)}"


def opened(token: str) -> Opened:
    """What a token says. NoSession for a text that can't be a token."""
    _, secret = _parts(viewing(token))
    return Opened(_hashed(secret), may_edit=token.startswith("edit"))


def is_token(text: str) -> bool:
    """Whether a text has the form of a token."""
    return _TOKEN.fullmatch(text) is not None


def _parts(token: str) -> tuple[str, str]:
    match = _TOKEN.fullmatch(token)
    if not match:
        raise NoSession()
    return match[1], match[2]


def _hashed(secret: str) -> str:
    """Another secret of the same form, which follows from this one and gives nothing of it away."""
    return base64.urlsafe_b64encode(hashlib.sha256(secret.encode()).digest()[:16]).decode().rstrip("=")
