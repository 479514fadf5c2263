"""The end of a page: everything on it, to be taken away."""

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from alternatives.charts import export
from alternatives.exports import Exports, Provenance, exports, report
from alternatives.pages._address import address
from alternatives.pages._keyboard import take_focus
from alternatives.pages._shown import plain, quiet, section
from alternatives.wording import sentence

CAPTION = (
    "Tables have every digit, with settings, link, date, versions and units. Charts have their title inside, "
    "and a white ground; a picture from a chart's own menu has neither."
)
WIDTH = 420
"""In pixels, of the choice."""
IMAGES: tuple[export.Kind, ...] = ("png", "svg")
LOOK_SECONDS = 2.0
"""Time between two looks for a picture that failed."""


@st.fragment
def take_away(*parts: Exports) -> None:
    """Offer all tables and charts, the report, the script and the command line.

    The first part is the page's own; others are those of pins. Nothing is made before somebody clicks, and
    another choice draws this section alone anew.
    """
    with st.container(key="take away"):
        _section(parts)


def _section(parts: tuple[Exports, ...]) -> None:
    section("Take away", CAPTION)
    own, *_ = parts
    with st.container(horizontal=True, vertical_alignment="bottom"):
        failures = _one(parts)
    if any(part.pictures for part in parts) and not export.can_convert():
        st.markdown(quiet(plain(export.MISSING)))
    if failures is not None:
        _failed(failures)
    with st.container(horizontal=True):
        _everything(parts, own.link(address(own.page)))


def choices(parts: Sequence[Exports]) -> dict[str, tuple[Exports, str, str]]:
    """Every table and chart of all parts by its label: its part, what it is, and its title."""
    found: dict[str, tuple[Exports, str, str]] = {}
    for number, part in enumerate(parts):
        for kind, titles in (("Table", part.tables), ("Chart", part.pictures)):
            for title in titles:
                label = f"{kind}: {title}" + (f" · {part.name}" if number else "")
                found[label] = part, kind, title  # pins have names of their own
    return found


def _one(parts: Sequence[Exports]) -> list[str] | None:
    """A table or a chart, and the files that it can be; where pictures can fail, what they fail with."""
    every, key = choices(parts), f"{parts[0].page} taken"
    if st.session_state.get(key) not in every:
        st.session_state[key] = next(iter(every))
    chosen = st.selectbox("Table or chart", list(every), key=key, width=WIDTH)
    own, kind, title = every[chosen]
    place = parts[0].page
    if kind == "Table":
        link = own.link(address(own.page))
        _file(own, title, "CSV", "csv", "text/csv", lambda: own.csv(title, Provenance(link)), place=place)
        return None
    picture, name = own.pictures[title], own.name
    failures: list[str] | None = None
    if export.can_convert():
        failures = []
        png, svg = (partial(_image, picture, each, name, failures) for each in IMAGES)
        _file(own, title, "PNG", "png", "image/png", png, place=place)
        _file(own, title, "SVG", "svg", "image/svg+xml", svg, place=place)
    vega_lite = "vl.json", "application/json", lambda: export.vega_lite_text(picture, name)
    _file(own, title, "Vega-Lite", *vega_lite, place=place)
    return failures


def _image(picture: export.Picture, kind: export.Kind, about: str, failures: list[str]) -> bytes:
    """A picture, made in another thread than the page's; what it fails with is left for `_failed`."""
    failures.clear()
    try:
        return export.image(picture, kind, about)
    except RuntimeError as error:
        failures.append(str(error))
        raise


@st.fragment(run_every=LOOK_SECONDS)
def _failed(failures: Sequence[str]) -> None:
    """Say why a picture couldn't be made: a download that fails ends without a word, and in another thread.

    So the page has to look for it; only while a chart is chosen.
    """
    for failure in failures:
        st.markdown(plain(f"{sentence(failure)}. The same chart as Vega-Lite needs nothing."))


def _everything(parts: tuple[Exports, ...], link: str) -> None:
    """All of the page in a file, and what gives it again."""
    own, *_ = parts
    as_json = "json", "application/json", lambda: exports.json_of(parts, Provenance(link))
    _file(own, "", "Results as JSON", *as_json)
    as_html = "html", "text/html", lambda: report.html(own.name, parts, Provenance(link))
    _file(own, "report", "Report", *as_html, "All of this in one HTML file, which opens without a network")
    script = own.script
    if script is not None:
        code = "py", "text/x-python", lambda: script(Provenance(link).as_said(own.made))
        _file(own, "", "Python script", *code, "Gives the same numbers again, with calls of the library")
    if own.command:
        # The script that colours code is the largest of all: the browser loads it when somebody looks.
        command = st.popover("Command line", key=f"{own.page} command line", on_change="rerun")
        if command.open:
            with command:
                st.code(own.command, language="bash", wrap_lines=True)
                take_focus(f"{own.page} command line focus", "button")


def _file(
    own: Exports,
    what: str,
    label: str,
    ending: str,
    media: str,
    make: Callable[[], str | bytes],
    help: str | None = None,
    place: str = "",
) -> None:
    """A button for a file, which is made when somebody clicks on it."""
    name, key = own.file(what, ending), f"{place or own.page} {label}"
    st.download_button(label, make, name, media, key=key, help=help, on_click="ignore")
