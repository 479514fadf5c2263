"""Why a shared session couldn't be opened or changed. Each message is a sentence for people."""

from alternatives.sessions.pin import Pin


class NotStored(Exception):
    """A shared session couldn't be opened or changed."""


class NoSession(NotStored):
    """There is no session with this link (any more)."""

    def __init__(self) -> None:
        super().__init__(
            "there is no shared session with this link: it was deleted, it expired, or the link is incomplete"
        )


class MayNotEdit(NotStored):
    """The link is for viewing."""


class Conflict(NotStored):
    """Somebody else changed or removed a pin first.

    `theirs` is the pin as it now is; None if it is removed.
    """

    def __init__(self, sentence: str, theirs: Pin | None) -> None:
        super().__init__(sentence)
        self.theirs = theirs


class NotHere(NotStored):
    """The data of a pin aren't here: others would have nothing of it."""


class Full(NotStored):
    """There is no room for a pin or a session of this size."""


class OutOfReach(NotStored):
    """The database didn't answer or couldn't write."""
