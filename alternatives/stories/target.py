"""Where a step of a story leads: a page of this dashboard with settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from alternatives.charts.export import Picture
from alternatives.datasets import Own
from alternatives.serving.queue import Request
from alternatives.state import Linked, link_too_long, shortened
from alternatives.stories.kinds import FIRST, KINDS

MOST_PARAMETERS = 200


@dataclass(frozen=True)
class Target:
    """A page by its name in addresses, and the state that it shows."""

    page: str
    state: Linked

    @property
    def parameters(self) -> dict[str, str]:
        """Those of the link."""
        return self.state.to_link()

    @property
    def link(self) -> str:
        """The link, which `Target.of` reads."""
        query = urlencode(self.parameters)
        return f"/{self.page}" + (f"?{query}" if query else "")

    @property
    def request(self) -> Request[Any, Any] | None:
        """What has to be worked out for the pictures; None where nothing has."""
        return KINDS[self.page].request(self.state)

    def pictures(self, results: Any, classes: Sequence[str] = ()) -> Mapping[str, Picture]:
        """The pictures by title, of the results of the request; with names for the classes."""
        return KINDS[self.page].pictures(self.state, results, classes)

    def so_far(self, progress: Any) -> Any:
        """The results that a request's progress has; None where there is nothing to draw yet."""
        return KINDS[self.page].so_far(progress)

    @classmethod
    def of(cls, link: str) -> "Target":
        """The target of a link such as ``/shape?logits=1,2``, or of an address as *Copy link* gives it.

        Which server it was copied from doesn't count. ValueError with what is allowed for anything else, and
        for settings that can't be used.
        """
        try:
            parts = urlsplit(link)
            given = parse_qs(parts.query, keep_blank_values=True, max_num_fields=MOST_PARAMETERS)
        except ValueError:
            raise ValueError(f"it can't be read: {shortened(link)}") from None
        page = parts.path.rstrip("/").rpartition("/")[2] or FIRST
        if parts.scheme not in ("", "http", "https") or page not in KINDS:
            pages = ", ".join(f"/{name}" for name in KINDS)
            raise ValueError(f"it must lead to one of {pages}; got {shortened(link)}")
        if too_long := link_too_long(given):
            raise ValueError(too_long)
        state, problems = KINDS[page].state.from_link(given)
        if problems:
            raise ValueError("; ".join(problems))
        if any(isinstance(getattr(state, name), Own) for name in state.fields()):
            raise ValueError("its data are in somebody's own file; a story needs data that all have")
        return cls(page, state)
