"""Charts as people take them away: as Vega-Lite, SVG or PNG, with a title, on white.

On a page, a chart has its heading above it, the page's ground behind it and the page's width. A picture has
all of this inside, so that it can be put on a slide of any colour. Vega-Lite needs nothing; SVG and PNG need
vl-convert-python, see requirements-pictures.txt.
"""

import base64
import json
import math
import re
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from alternatives.charts import convert
from alternatives.charts.drawing import Drawing, specification
from alternatives.charts.look import CONFIG, INK
from alternatives.wording import unbroken

Kind = Literal["svg", "png"]

MISSING = (
    "Pictures as SVG and PNG need vl-convert-python, which isn't installed here: "
    "pip install -r requirements-pictures.txt. Vega-Lite needs nothing."
)
"""What is said where pictures can't be made."""

GROUND, TEXT, LINE, GRID = "#ffffff", "#14171b", "#808080", "#e3e5e8"
"""A picture's colours; the first two are those of the light theme."""
WIDTH = 520
"""Width in pixels of the plot of a chart that is alone in its picture."""
PANEL_WIDTH = 230
"""The same of one of several charts."""
LETTER = 6.2
"""About how wide a letter of the subtitle is, in pixels."""
HEADING_LETTER = 8.5
"""The same of a chart's name."""

PICTURE_CONFIG: dict[str, Any] = {
    **CONFIG,
    "background": GROUND,
    "font": "sans-serif",  # whichever the machine has: nothing is fetched
    "axis": {
        **CONFIG["axis"],
        "labelFontSize": 12,
        "labelColor": TEXT,
        "titleColor": TEXT,
        "titleFontWeight": "normal",
        "domainColor": LINE,
        "tickColor": LINE,
        "gridColor": GRID,
    },
    "title": {**CONFIG["title"], "color": TEXT, "subtitleColor": TEXT},
    "view": {"stroke": None},
}

LONGEST_SECONDS = 300
"""Of one picture, or of all that are in a report."""
LONGEST_TURN = 20
"""Seconds to wait for the pictures of others."""

_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Picture:
    """What is taken away as one picture: a chart, or small multiples on common scales with their key.

    `charts` and `key` make the drawings when the picture is asked for. `width` is that of one chart's plot,
    `columns` how many stand beside each other. Above each chart stands its name, if `names` has any. Those
    that a page shows without being asked are `in_report`.
    """

    title: str
    caption: str
    charts: Callable[[], Sequence[Drawing]] = field(repr=False)
    key: Callable[[], Drawing] | None = field(default=None, repr=False)
    width: int = WIDTH
    columns: int = 4
    in_report: bool = True
    names: Sequence[str] = ()

    @classmethod
    def of(
        cls, title: str, caption: str, drawing: Callable[[], Drawing], in_report: bool = True
    ) -> "Picture":
        """A picture of one chart."""
        return cls(title, caption, lambda: [drawing()], in_report=in_report)

    @classmethod
    def panels(
        cls,
        title: str,
        caption: str,
        drawing: Callable[[str], Drawing],
        of: Sequence[str],
        key: Callable[[], Drawing] | None = None,
    ) -> "Picture":
        """A picture of small multiples, one for each head or variant."""
        return cls(title, caption, lambda: [drawing(each) for each in of], key, PANEL_WIDTH)

    def separate(self) -> list["Picture"]:
        """Each chart as a picture of its own, its text the caption; the key first."""
        keys = [] if self.key is None else [self.key()]
        charts = self.charts()
        every = [*((key, ()) for key in keys), *zip(charts, self.names_of(charts), strict=True)]
        return [
            Picture("", each.text, partial(list, [each]), width=self.width, names=names)
            for each, names in every
        ]

    def names_of(self, charts: Sequence[Drawing]) -> list[tuple[str, ...]]:
        """The name of each chart, if they have any."""
        return [(name,) for name in self.names] or [()] * len(charts)


def by_title(pictures: Iterable[Picture]) -> dict[str, Picture]:
    """Pictures by their titles."""
    return {picture.title: picture for picture in pictures}


def vega_lite(picture: Picture, about: str = "") -> dict[str, Any]:
    """The picture's Vega-Lite specification with its data, title, ground and size inside.

    `about` says in a line below the title what the picture is of.
    """
    charts = picture.charts()
    columns = min(picture.columns, len(charts))
    width = columns * picture.width
    named = zip(charts, picture.names_of(charts), strict=True)
    panels = {"concat": [_view(chart, picture.width, *name) for chart, name in named], "columns": columns}
    keys = [] if picture.key is None else [_view(picture.key(), width)]
    spec: dict[str, Any] = {
        "$schema": specification(charts[0].chart, **charts[0].arguments)["$schema"],
        "description": " ".join(chart.text for chart in charts),
        "background": GROUND,
        "padding": 16,
        "config": _inked(PICTURE_CONFIG),
        "vconcat": [*keys, panels],
    }
    if picture.title:
        lines = [line for text in (about, picture.caption) if text for line in _wrapped(text, width)]
        spec["title"] = {
            "text": picture.title,
            "subtitle": lines,
            "fontSize": 16,
            "subtitleFontSize": 12,
            "anchor": "start",
            "offset": 14,
        }
    parameters = {name: value for chart in charts for name, value in chart.parameters.items()}
    if parameters:
        spec["params"] = [{"name": name, "value": value} for name, value in parameters.items()]
    return spec


def vega_lite_text(picture: Picture, about: str = "") -> str:
    """The same as JSON."""
    return json.dumps(vega_lite(picture, about), ensure_ascii=False, indent=1)


def can_convert() -> bool:
    """Whether SVG and PNG can be made: whether vl-convert-python is installed."""
    return find_spec("vl_convert") is not None


def converted(specifications: Sequence[dict[str, Any]], kind: Kind) -> list[bytes]:
    """Pictures of specifications. RuntimeError with a sentence where they can't be made."""
    if not can_convert():
        raise RuntimeError(MISSING)
    request = json.dumps({"kind": kind, "specifications": specifications})
    command = [sys.executable, "-P", str(Path(convert.__file__))]
    if not _one_at_a_time.acquire(timeout=LONGEST_TURN):  # each takes a core and 150 MB
        raise RuntimeError("other pictures are being made, one after another: try again in a minute")
    try:
        done = subprocess.run(
            command, input=request.encode(), capture_output=True, timeout=LONGEST_SECONDS, check=True
        )
        made = json.loads(done.stdout)
    except subprocess.TimeoutExpired as error:
        raise RuntimeError(f"the picture took longer than {LONGEST_SECONDS} seconds: try again") from error
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise RuntimeError(f"the picture couldn't be made: {_reason(error)}") from error
    finally:
        _one_at_a_time.release()
    return [base64.b64decode(picture) for picture in made]


def image(picture: Picture, kind: Kind, about: str = "") -> bytes:
    """A picture as SVG or PNG."""
    return converted([vega_lite(picture, about)], kind)[0]


def _reason(error: Exception) -> str:
    written = getattr(error, "stderr", None) or b""
    lines = [line for line in written.decode("utf-8", "replace").splitlines() if "Error:" in line]
    return lines[-1].partition("Error:")[2].strip() if lines else str(error)


def _view(drawing: Drawing, width: int, name: str = "") -> dict[str, Any]:
    """A chart with its data, in so many pixels, below its name if it has one."""
    whole = specification(drawing.chart, **drawing.arguments)
    parts = {name: part for name, part in whole.items() if name not in ("$schema", "config", "usermeta")}
    if name:
        lines = textwrap.wrap(unbroken(name), int(width / HEADING_LETTER), max_lines=2, placeholder="…")
        parts["title"] = {"text": lines, "limit": width, "anchor": "start"}
    return {
        **_inked(_sized(parts, {"width": width, "height": parts["height"]})),
        "width": width,
        "data": {"values": _rows(drawing)},
    }


def _rows(drawing: Drawing) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = drawing.data.to_pylist()
    return [
        {
            name: None if isinstance(value, float) and not math.isfinite(value) else value
            for name, value in row.items()
        }
        for row in rows
    ]


def _sized(spec: Any, size: dict[str, int]) -> Any:
    """The specification with its size where expressions ask for it: those of a part don't know it."""
    if isinstance(spec, list):
        return [_sized(each, size) for each in spec]
    if not isinstance(spec, dict):
        return spec
    return {
        name: re.sub(r"\b(width|height)\b", lambda found: str(size[found[0]]), value)
        if name == "expr" and isinstance(value, str)
        else _sized(value, size)
        for name, value in spec.items()
    }


def _inked(spec: Any) -> Any:
    """The specification with the text's colour for that of the page around it."""
    if isinstance(spec, list):
        return [_inked(each) for each in spec]
    if isinstance(spec, dict):
        return {name: _inked(value) for name, value in spec.items()}
    return TEXT if spec == INK else spec


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, max(40, int(width / LETTER)))
