"""Pinned comparisons next to each other: what differs, the link, the file, and where they are kept."""

from alternatives.sessions.pin import KINDS, MOST_PINS, Pin, State
from alternatives.sessions.session import MOST_SHOWN, Session

__all__ = ["KINDS", "MOST_PINS", "MOST_SHOWN", "Pin", "Session", "State"]
