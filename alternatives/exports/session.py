"""What a session has to take away: what its pins have in common, and a part for each pin."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd

from alternatives.charts import captions, pin_to_pin, side_by_side, side_by_side_tables, tables
from alternatives.charts.drawing import Drawing
from alternatives.charts.export import PANEL_WIDTH, Picture, by_title
from alternatives.datasets import is_elsewhere
from alternatives.experiments import ComparisonResults, Results
from alternatives.experiments.curves import gradient_sizes
from alternatives.experiments.inside import Inside
from alternatives.experiments.widths import Widths
from alternatives.exports import comparison, inside, script, shape
from alternatives.exports.exports import FROM_FILE, Exports, Printed, Table
from alternatives.exports.frames import unit_in_files, with_units
from alternatives.measures import measure
from alternatives.sessions import Pin, Session
from alternatives.sessions.beside import Beside
from alternatives.sessions.differences import Setting, differing
from alternatives.shape import Shape
from alternatives.versions import Made
from alternatives.wording import counted, listed, sentence

GRADIENT, *_ = gradient_sizes(1)
"""The gradient that a report shows by epoch."""


def of(
    session: Session,
    shown: Sequence[Pin],
    results: Mapping[str, Results[Any]],
    beside: Beside | None = None,
    widths: Mapping[str, Sequence[Widths]] | None = None,
) -> tuple[Exports, ...]:
    """All that a session has to take away: first the whole, then a part for each pin that is shown.

    Parameters
    ----------
    session : Session
        Its link and its script have every pin.
    shown : sequence of Pin
    results : mapping of str to Results
        Those that are known, by the pin's key; a pin of *Shape* needs none.
    beside : Beside, optional
        What is said of the comparisons that are shown.
    widths : mapping of str to sequence of Widths, optional
        Accuracy by width of hidden layers, where it is known, by the pin's key.
    """
    found = [_part(pin, results.get(pin.key), (widths or {}).get(pin.key, ())) for pin in shown]
    parts = [part for part in found if part is not None]
    return _whole(session, shown, beside, _made(shown, results)), *parts


def _part(pin: Pin, results: Results[Any] | None, widths: Sequence[Widths]) -> Exports | None:
    if isinstance(pin.state, Shape):
        return shape.of(pin.state, pin.name, pin.note)
    if results is None:
        return None
    if isinstance(pin.state, Inside):
        return inside.of(pin.state, results, widths, pin.name, pin.note)
    return comparison.of(results, pin.name, pin.note)  # type: ignore[arg-type]


def _made(shown: Sequence[Pin], results: Mapping[str, Results[Any]]) -> dict[str, Made]:
    """What a file says of the pins whose results are from one, by their names."""
    known = {pin.name: results.get(pin.key) for pin in shown}
    return {
        name: each.made
        for name, each in known.items()
        if isinstance(each, ComparisonResults) and each.made is not None
    }


def _whole(
    session: Session, shown: Sequence[Pin], beside: Beside | None, of_file: Mapping[str, Made]
) -> Exports:
    settings = differing([pin.state for pin in shown])
    names = [pin.name for pin in shown]
    differ = {setting.label: setting.values for setting in settings if setting.differs}
    found = {"Settings": Table(partial(_settings, settings, names))}
    printed = {}
    if differ:
        printed["Settings that differ"] = Printed(
            "", lambda: pd.DataFrame.from_dict(differ, orient="index", columns=names), pins=True
        )
    pictures, said, method = {}, (f"{listed(names)} side by side.", ""), list[str]()
    if beside is not None and len(beside.states) > 1:
        units = {name: unit_in_files(measure(name).unit) for name in beside.base.values}
        found |= {
            "Measures by pin": Table(lambda: with_units(beside.frame, units)),
            "Changes of the differences between heads": Table(lambda: with_units(beside.leads, units)),
        }
        for name in tables.HEADLINE:
            printed[sentence(name)] = Printed(
                "", partial(side_by_side_tables.of_measure, beside, name), pins=True
            )
        pictures, said = by_title(_pictures(beside)), beside.finding_in_parts
        method.append(side_by_side_tables.how(beside))
    if of_file:
        method.append(f"The results of {listed(of_file)} are from {FROM_FILE}.")
    is_here = not any(is_elsewhere(pin.state) for pin in session.pins)
    query = ""
    try:
        query = session.to_link()
    except ValueError as error:
        method.append(f"The link doesn't hold this session: {error}.")
    return Exports(
        f"{counted(len(shown), 'pin')} side by side",
        "side_by_side",
        None,
        said,
        method,
        found,
        printed,
        pictures,
        script=partial(script.of_session, session, shown=shown) if is_here else None,
        query=query,
        made=Made.of_several([of_file.get(name) or Made.here() for name in names]) if of_file else None,
    )


def _settings(settings: Sequence[Setting], names: Sequence[str]) -> pd.DataFrame:
    """A row a setting and pin: no column is named by people, whose names could be those of others."""
    columns = ["setting", "pin", "value", "differs"]
    found = [
        (setting.label, name, value, setting.differs)
        for setting in settings
        for name, value in zip(names, setting.values, strict=True)
    ]
    return pd.DataFrame(found, columns=columns)


def _pictures(beside: Beside) -> Iterator[Picture]:
    for name in beside.base.values:
        caption = "A line for each head. Mean over the seeds with 95 % CI."
        draw = partial(pin_to_pin.drawing, beside, name)
        yield Picture.of(f"{sentence(name)} from pin to pin", caption, draw, name in tables.HEADLINE)
    panels = partial(Picture, key=partial(side_by_side.key, beside), width=PANEL_WIDTH, names=[*beside.names])

    def of_pins(draw: Callable[[int], Drawing]) -> Callable[[], list[Drawing]]:
        return lambda: [draw(index) for index in range(len(beside.states))]

    accuracy = partial(side_by_side.by_head, beside, measure="accuracy")
    yield panels("Accuracy", captions.DOTS, of_pins(accuracy))
    for name in side_by_side.quantities(beside):
        if name in captions.CURVES:
            continue
        draw = partial(side_by_side.by_epoch, beside, name=name)
        caption = captions.GRADIENTS.get(name, captions.SIZES[False])
        yield panels(f"{sentence(name)} by epoch", caption, of_pins(draw), in_report=name == GRADIENT)
    yield panels(
        "Calibration", captions.CALIBRATION_OF_PINS, of_pins(partial(side_by_side.calibration, beside))
    )
