"""What the page *The paper* shows: by which measure the series are read, and what intervals are for."""

from dataclasses import dataclass

from alternatives.experiments import fields
from alternatives.paper.reading import ERROR, NEW, READ, THESE
from alternatives.state import Choice, Linked, field
from alternatives.sweeps import SweepView

OF_SWEEPS = {ERROR.name: "accuracy"}
"""What sweeps call a measure that has another name there: heads rank by both alike."""


@dataclass(frozen=True)
class PaperView(Linked):
    """How the replication is read."""

    noun = "view of the replication"

    measure: str = field(
        "measure", Choice(lambda: tuple(READ), "the measure by which heads are compared"), ERROR.name
    )
    question: str = field(
        "question",
        Choice(
            lambda: (NEW, THESE),
            "what intervals are for: new data, with the chance of the test set; or these test samples, over "
            "initial weights and order of the samples alone. Of the error only; others are for these samples",
        ),
        NEW,
        label="Intervals are for",
    )
    margin: float = fields.margin()
    margin_nats: float = fields.margin_nats()

    @property
    def shown_fields(self) -> tuple[str, ...]:
        """The fields that change something: of the margins, that in the unit of the measure."""
        without = {"margin" if READ[self.measure].unit == "nats" else "margin_nats"}
        if self.measure != ERROR.name:
            without |= {"question"}
        return tuple(name for name in self.fields() if name not in without)

    @property
    def of_sweep(self) -> SweepView:
        """How a series is read for its ranks."""
        name = OF_SWEEPS.get(self.measure, self.measure)
        return SweepView(measure=name, margin=self.margin, margin_nats=self.margin_nats)
