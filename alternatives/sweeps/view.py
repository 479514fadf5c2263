"""What the page *Sweeps* shows: which sweep, by which measure, and which of its rows."""

from dataclasses import dataclass
from typing import Any

from alternatives.experiments import fields
from alternatives.heads import HEADS
from alternatives.measures import measure
from alternatives.state import Choice, Filters, Kept, Linked, field
from alternatives.state.text import is_line
from alternatives.sweeps import shelf
from alternatives.sweeps.reading import LONGEST_NAME, RANKED

DIFFERENCES, VALUES = "differences", "values"
"""Whether the chart of settings shows differences from the baseline, or the measures themselves."""


def _sweeps() -> tuple[str, ...]:
    return tuple(dict.fromkeys((*shelf.names(), shelf.OWN, shelf.NONE)))


def _baseline() -> Any:
    named = Choice(
        lambda: tuple(HEADS),
        "head that the others are compared with",
        lambda name: not name or is_line(name, LONGEST_NAME),
    )
    return field("baseline", named, "")


@dataclass(frozen=True)
class SweepView(Linked):
    """A sweep and how it is read. What it has is known only where its file is."""

    noun = "view of a sweep"

    sweep: str = field("sweep", Choice(_sweeps, "the sweep that is shown"), factory=shelf.first)
    measure: str = field(
        "measure", Choice(lambda: RANKED, "the measure by which heads are ranked"), "log loss"
    )
    only: Kept = field("only", Filters("rows that count"), ())
    baseline: str = _baseline()
    shown: str = field(
        "show",
        Choice(
            lambda: (DIFFERENCES, VALUES),
            "differences from the baseline in the same comparison, or the measures themselves",
        ),
        DIFFERENCES,
        label="Lines show",
    )
    margin: float = fields.margin()
    margin_nats: float = fields.margin_nats()

    @property
    def shown_fields(self) -> tuple[str, ...]:
        """The fields that change something: of the margins, that in the unit of the measure."""
        without = "margin" if measure(self.measure).unit == "nats" else "margin_nats"
        return tuple(name for name in self.fields() if name != without)

    @property
    def margin_of_measure(self) -> float:
        """Differences of the measure up to this size don't matter, in the measure's own unit."""
        each = measure(self.measure)
        return self.margin_nats if each.unit == "nats" else (each.margin or 0.0) * self.margin

    def kept(self, column: str) -> tuple[str, ...]:
        """The values of a column that are kept; empty for all."""
        return dict(self.only).get(column, ())

    def with_kept(self, column: str, values: tuple[str, ...]) -> "SweepView":
        """The view with other values of a column kept; all, where there are none."""
        return self.replace(only={**dict(self.only), column: tuple(values)})
