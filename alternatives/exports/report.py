"""The report: one HTML file with all that was found, which opens without a network.

Names and notes are strangers', so every text is escaped, and a policy in the file forbids scripts, forms and
whatever would be fetched. Charts are pictures inside the file, each an image of its own: so nothing in one
can change another, and on a telephone they stand below each other.
"""

import base64
import dataclasses
import itertools
import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import pandas as pd

from alternatives.charts import export
from alternatives.charts.export import Picture
from alternatives.charts.slim import slim
from alternatives.exports.exports import Exports, Printed, Provenance
from alternatives.wording import sentence, unbroken

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"

STYLE = """
:root { color-scheme: light; --line: #d5d9de; --quiet: #4b5563; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem clamp(1rem, 4vw, 3rem) 3rem;
    font: 1rem/1.5 system-ui, "Liberation Sans", "DejaVu Sans", sans-serif; overflow-wrap: break-word;
    background: #fff; color: #14171b; }
h1, h2 { line-height: 1.3; margin: 0 0 0.5rem; }
h1 { font-size: 1.6rem; }
h2 { font-size: 1.3rem; margin-top: 2.5rem; border-top: 1px solid var(--line); padding-top: 1rem; }
h3 { font-size: 1.05rem; margin: 1.75rem 0 0.25rem; }
p { margin: 0.5rem 0; max-width: 46rem; }
a { color: #1d4ed8; }
.finding { font-size: 1.15rem; font-weight: 600; line-height: 1.4; }
.quiet, figcaption, small { color: var(--quiet); font-size: 0.875rem; }
.green { color: #166534; }
.red { color: #991b1b; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.9rem; margin: 0.5rem 0; }
th, td { text-align: left; vertical-align: top; padding: 0.35rem 1rem 0.35rem 0; }
tr { border-bottom: 1px solid var(--line); }
.gallery { display: grid; gap: 1.5rem; }
.gallery { grid-template-columns: repeat(auto-fill, minmax(min(100%, 30rem), 1fr)); }
figure { margin: 0; }
figure.panels { grid-column: 1 / -1; }
.panels .charts { display: grid; gap: 0.5rem; }
.panels .charts { grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr)); }
.charts img { max-width: 100%; height: auto; }
img.key { grid-column: 1 / -1; }
pre { background: #f3f4f6; padding: 0.75rem; font-size: 0.8rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: minmax(7rem, max-content) 1fr; gap: 0.15rem 1.5rem; }
dl, dd { margin: 0; font-size: 0.9rem; }
dt { color: var(--quiet); }
@page { margin: 15mm; }
@media print {
    body { max-width: none; padding: 0; font-size: 10pt; }
    h2, h3, h3 + p, figcaption { break-after: avoid; }
    figure, tr, img { break-inside: avoid; }
    .panels .charts { grid-template-columns: repeat(3, 1fr); }
    .gallery { grid-template-columns: 1fr 1fr; }
    .wide { overflow: visible; }
    a { color: inherit; }
}
"""

CHART_WIDTH, PANEL_WIDTH = 400, 210
"""Widths in pixels of plots, such that one fits a telephone."""
MARKS = re.compile(r"\*\*|:(small|gray|green|red)\[")
"""Where the Markdown that cells of tables have begins."""


def html(title: str, exports: Sequence[Exports], provenance: Provenance) -> str:
    """The report of a comparison, or of several that stand beside each other.

    Parameters
    ----------
    title : str
        Its heading.
    exports : sequence of Exports
        Each gets a part of its own; the first may be what all have in common.
    provenance : Provenance
        Its link is that of the whole.
    """
    whole, *others = exports
    parts = [_part(whole, provenance, with_heading=whole.name != title and bool(others))]
    # The script of the whole has those of all parts.
    if whole.script is not None:
        others = [dataclasses.replace(each, script=None) for each in others]
    parts += [
        f'<section id="part-{number}">{_part(each, provenance)}</section>'
        for number, each in enumerate(others, 1)
    ]
    about = provenance.as_said(whole.made).sentence
    link = f"<br>Link: {_link(provenance.link)}" if provenance.link else ""
    content = f"<nav><p>Each on its own, below:</p><ul>{_contents(others)}</ul></nav>" if others else ""
    body = "\n".join(
        [
            f"<h1>{_text(title)}</h1>",
            f'<p class="quiet">{_text(about)}{link}</p>',
            content,
            *parts,
        ]
    )
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="{escape(provenance.versions_text)}">
<title>{_text(title)}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""


def _contents(parts: Sequence[Exports]) -> str:
    """The way to each part."""
    return "".join(
        f'<li><a href="#part-{number}">{_text(each.name)}</a></li>' for number, each in enumerate(parts, 1)
    )


def _part(exports: Exports, provenance: Provenance, with_heading: bool = True) -> str:
    first, rest = exports.finding
    pieces = [f"<h2>{_text(exports.name)}</h2>"] if with_heading else []
    if exports.note:
        pieces.append(f"<p>Note: {_text(exports.note)}</p>")
    pieces += [f'<p class="finding">{_text(first)}</p>', f"<p>{_text(rest)}</p>" if rest else ""]
    pieces += [f'<p class="quiet">{_text(text)}</p>' for text in exports.method]
    pieces += [_table(title, printed) for title, printed in exports.printed.items()]
    pieces += _charts(exports.pictures)
    settings = exports.settings.items()
    if settings:
        entries = (f"<dt>{_text(label)}</dt><dd>{_text(value)}</dd>" for label, value in settings)
        pieces.append(f"<h3>Settings</h3><dl>{''.join(entries)}</dl>")
    if exports.command:
        pieces.append(f"<h3>Command line</h3><pre>{escape(exports.command)}</pre>")
    if exports.script is not None:
        script = exports.script(provenance.as_said(exports.made))
        pieces.append(f"<h3>Python script</h3><p>It gives the numbers again.</p><pre>{escape(script)}</pre>")
    return "\n".join(filter(None, pieces))


def _charts(pictures: Mapping[str, Picture]) -> list[str]:
    """Every picture, one chart an image. All are made at once: starting takes longer than drawing."""
    drawn = {title: _images(picture) for title, picture in pictures.items() if picture.in_report}
    if not drawn:
        return []
    specifications = [_without_labels(export.vega_lite(each)) for every in drawn.values() for each in every]
    try:
        made = iter(export.converted(specifications, "svg"))
    except RuntimeError as error:
        return ["<h3>Charts</h3>", f"<p>There are none here. {_text(sentence(str(error)))}</p>"]
    figures = []
    for title, every in drawn.items():
        picture = pictures[title]
        images = [_image(slim(next(made)), each.caption) for each in every]
        if picture.key is not None:
            images[0] = images[0].replace("<img ", '<img class="key" ')
        caption = f"<strong>{_text(title)}.</strong> {_text(picture.caption)}"
        kind = ' class="panels"' if len(images) > 1 else ""
        content = f'<figcaption>{caption}</figcaption><div class="charts">{"".join(images)}</div>'
        figures.append(f"<figure{kind}>{content}</figure>")
    return ["<h3>Charts</h3>", f'<div class="gallery">{"".join(figures)}</div>']


def _images(picture: Picture) -> list[Picture]:
    """Each chart of a picture, in a size that fits a telephone; their key first."""
    width = CHART_WIDTH if picture.width > export.PANEL_WIDTH else PANEL_WIDTH
    widths = itertools.chain([CHART_WIDTH] if picture.key is not None else [], itertools.repeat(width))
    return [
        dataclasses.replace(each, width=own) for each, own in zip(picture.separate(), widths, strict=False)
    ]


def _without_labels(specification: dict[str, Any]) -> dict[str, Any]:
    """A chart whose marks have no labels for screen readers: an image has its own text."""
    return {**specification, "config": {**specification["config"], "aria": False}}


def _image(svg: bytes, text: str) -> str:
    data = base64.b64encode(svg).decode()
    size = re.search(rb'width="([\d.]+)" height="([\d.]+)"', svg)
    width, height = (round(float(each)) for each in size.groups()) if size else (CHART_WIDTH, CHART_WIDTH)
    source = f"data:image/svg+xml;base64,{data}"
    return f'<img src="{source}" width="{width}" height="{height}" alt="{escape(text)}">'


def _text(text: str) -> str:
    return escape(unbroken(text))


def _link(address: str) -> str:
    """An address as a link, if a browser would open it as a page."""
    if address.startswith(("https://", "http://")):
        return f'<a href="{escape(address)}" rel="noreferrer">{escape(address)}</a>'
    return f"<code>{escape(address)}</code>"


def _table(title: str, printed: Printed) -> str:
    frame: pd.DataFrame = printed.frame()
    heading = _text if printed.pins else _cell
    head = "".join(f'<th scope="col">{heading(str(column))}</th>' for column in frame.columns)
    rows = []
    for name, row in zip(frame.index, frame.to_numpy().tolist(), strict=True):
        cells = "".join(f"<td>{_cell(str(cell))}</td>" for cell in row)
        rows.append(f'<tr><th scope="row">{_cell(str(name))}</th>{cells}</tr>')
    caption = f'<p class="quiet">{_text(printed.caption)}</p>' if printed.caption else ""
    table = f"<table><thead><tr><td></td>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    return f'<h3>{_text(title)}</h3>{caption}<div class="wide">{table}</div>'


def _cell(markdown: str) -> str:
    """A cell's Markdown as HTML: bold, small and coloured letters, and line breaks; all else is text."""
    found, end = [], 0
    while match := MARKS.search(markdown, end):
        kind = match[1]
        close = _closing_bracket(markdown, match.end()) if kind else markdown.find("**", match.end())
        if close < 0:
            break
        tag = {None: "strong", "small": "small"}.get(kind, "span")
        style = f' class="{kind}"' if tag == "span" else ""
        inside = _cell(markdown[match.end() : close])
        found += [_text(markdown[end : match.start()]), f"<{tag}{style}>{inside}</{tag}>"]
        end = close + (1 if kind else 2)
    return "".join([*found, _text(markdown[end:])]).replace("  \n", "<br>")


def _closing_bracket(markdown: str, start: int) -> int:
    """The place of the bracket that closes the one before `start`; -1 if there is none."""
    depth = 1
    for match in re.finditer(r"[\[\]]", markdown[start:]):
        depth += 1 if match[0] == "[" else -1
        if not depth:
            return start + match.start()
    return -1
