"""The end of a page: everything on it, to be taken away."""

from collections.abc import Callable

import streamlit as st

from alternatives.charts import export
from alternatives.exports import Exports, Provenance, report
from alternatives.pages._address import address
from alternatives.pages._shown import plain, quiet, section

CAPTION = (
    "Tables have every digit, with settings, link, date, versions and units. Charts have their title inside, "
    "and a white ground; a picture from a chart's own menu has neither."
)
WIDTH = 420
"""In pixels, of the choice."""


@st.fragment
def take_away(*parts: Exports) -> None:
    """Offer all tables and charts, the report, the script and the command line.

    The first part is the page's own; others are further parts of its report. Nothing is made before somebody
    clicks, and another choice draws this section alone anew.
    """
    section("Take away", CAPTION)
    own, *_ = parts
    link = own.link(address(own.page))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _one(own, link)
    if own.pictures and not export.can_convert():
        st.markdown(quiet(plain(export.MISSING)))
    with st.container(horizontal=True):
        _everything(parts, link)


def _one(own: Exports, link: str) -> None:
    """A table or a chart of the page, and the files that it can be."""
    kinds = {"Table": own.tables, "Chart": own.pictures}
    titles = {f"{kind}: {title}": title for kind, every in kinds.items() for title in every}
    key = f"{own.page} taken"
    if st.session_state.get(key) not in titles:
        st.session_state[key] = next(iter(titles))
    chosen = st.selectbox("Table or chart", list(titles), key=key, width=WIDTH)
    title = titles[chosen]
    if chosen.startswith("Table"):
        _file(own, title, "CSV", "csv", "text/csv", lambda: own.csv(title, Provenance(link)))
        return
    picture, name = own.pictures[title], own.name
    if export.can_convert():
        _file(own, title, "PNG", "png", "image/png", lambda: export.image(picture, "png", name))
        _file(own, title, "SVG", "svg", "image/svg+xml", lambda: export.image(picture, "svg", name))
    vega_lite = "vl.json", "application/json", lambda: export.vega_lite_text(picture, name)
    _file(own, title, "Vega-Lite", *vega_lite)


def _everything(parts: tuple[Exports, ...], link: str) -> None:
    """All of the page in a file, and what gives it again."""
    own, *_ = parts
    as_json = "json", "application/json", lambda: own.json(Provenance(link))
    _file(own, "", "Results as JSON", *as_json)
    as_html = "html", "text/html", lambda: report.html(own.name, parts, Provenance(link))
    _file(own, "report", "Report", *as_html, "All of this in one HTML file, which opens without a network")
    script = own.script
    if script is not None:
        code = "py", "text/x-python", lambda: script(Provenance(link))
        _file(own, "", "Python script", *code, "Gives the same numbers again, with calls of the library")
    if own.command:
        # The script that colours code is the largest of all: the browser loads it when somebody looks.
        command = st.popover("Command line", key=f"{own.page} command line", on_change="rerun")
        if command.open:
            command.code(own.command, language="bash", wrap_lines=True)


def _file(
    own: Exports,
    what: str,
    label: str,
    ending: str,
    media: str,
    make: Callable[[], str | bytes],
    help: str | None = None,
) -> None:
    """A button for a file, which is made when somebody clicks on it."""
    name, key = own.file(what, ending), f"{own.page} {label}"
    st.download_button(label, make, name, media, key=key, help=help, on_click="ignore")
