"""What a chart of a claim shows, in the names of the columns of its frame."""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias


@dataclass(frozen=True)
class Axis:
    """One axis: a column of the frame, its title and its unit. With "%" and "points" the column has shares.

    Values below `floor` are drawn at `floor`, so that 0 has a place on a logarithmic axis.
    """

    column: str
    title: str
    unit: str = ""
    logarithmic: bool = False
    floor: float | None = None

    @property
    def scale(self) -> float:
        """What the column's values are multiplied by where they are drawn: shares in points."""
        return 100.0 if self.unit == "points" else 1.0

    @property
    def full_title(self) -> str:
        """The title with the unit, unless the numbers on the axis show it."""
        return self.title if self.unit in ("", "%") else f"{self.title} ({self.unit})"


@dataclass(frozen=True)
class ChartSpec:
    """A chart; `line_chart`, `point_chart` and `dot_chart` say what the kinds show."""

    kind: Literal["lines", "points", "dots"]
    x: Axis
    y: Axis | None = None
    facet: str | None = None
    """Column that splits the chart into panels with common scales."""
    interval: bool = False
    """Whether the measured column has an interval, in columns of its name with `_low` and `_high`."""
    reference: float | None = None
    """The measured value at which the rule draws its line."""
    diagonal: bool = False
    """Whether the claim says that y equals x."""
    rows: str | None = None
    """Draws only the rows with this value in the column ``row``."""
    caption: str = ""
    """What to look at."""

    @property
    def measured(self) -> Axis:
        """The axis of what was measured."""
        return self.x if self.y is None else self.y


Charts: TypeAlias = tuple[ChartSpec, ...]
"""The charts of a claim, one below the other."""


def line_chart(x: Axis, y: Axis, **more: Any) -> Charts:
    """One chart of y by x, with a line per head; `more` are further fields of `ChartSpec`."""
    return (ChartSpec("lines", x, y, **more),)


def point_chart(x: Axis, y: Axis, **more: Any) -> Charts:
    """One chart of y by x, with a dot per row."""
    return (ChartSpec("points", x, y, **more),)


def dot_chart(x: Axis, **more: Any) -> Charts:
    """One chart of x alone, with a row of dots per head."""
    return (ChartSpec("dots", x, **more),)
