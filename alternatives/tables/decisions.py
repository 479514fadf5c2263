"""What a person decided about a table, where that isn't what was guessed."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Decisions:
    """Decisions name columns by their number, from 1: so a link that has them tells nothing of the contents."""

    target: int | None = None
    """The column of the class; None as guessed."""
    out: tuple[int, ...] = ()
    """Columns to leave out beside those that are left out by themselves."""
    taken: tuple[int, ...] = ()
    """Columns to use though they'd be left out by themselves."""
    kinds: Mapping[int, str] = field(default_factory=dict)
    """Columns that are of another kind than was guessed: "number", "category" or "date"."""
    rare: str = "out"
    """What happens to classes with fewer than five samples: "out" leaves them out, "together" makes them one."""
    missing: tuple[str, ...] = ()
    """Texts that mean a missing value in this table, such as "-9"."""

    def text(self) -> str:
        """All of it as one short text of letters, digits and ``.+-_:~``; empty if nothing was decided."""
        raise NotImplementedError

    @classmethod
    def parse(cls, text: str) -> "Decisions":
        """What `text` wrote. ValueError, with a sentence, for anything else."""
        raise NotImplementedError
