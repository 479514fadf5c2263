"""What Streamlit's theme can't say: how pages fit screens from a telephone's to a large one's.

A style sheet is the one means that knows the width of the screen. It is static, and comes with the app.
"""

import pandas as pd
import streamlit as st

from alternatives.pages import _print, _telephone

SIDEBAR_WIDTH = 264
"""In pixels: two columns fit beside it on a screen of 1024."""

SHEET = """
/* More room for charts beside the sidebar. */
.stMainBlockContainer { padding-left: clamp(1rem, 3vw, 5rem); padding-right: clamp(1rem, 3vw, 5rem); }

/* Cells break their lines, so that no table is wider than its column. */
.stTable { container-type: inline-size; }
.stTable table { display: table; width: 100%; }
.stTable :is(th, td) { white-space: normal; }
.stTable.stTable tbody tr > td { padding-left: 1rem; } /* below the heading, in the first column, too */
.stTable td p > span:first-child, .stTable td p > span:first-child + br { display: none; }

/* People name pins: a long name takes no more room from the other columns than a cell does. */
.stTable thead th > * { max-width: 14rem; overflow-wrap: break-word; }
.stTable table:has(td:nth-child(5)) thead th > * { max-width: 8.5rem; }
.stTable td p > span:first-child { overflow-wrap: anywhere; }
@container (max-width: 34rem) {
    .stTable thead th > * { max-width: 7rem; overflow-wrap: anywhere; }
}

/* Where there isn't room for its columns, a table is a list: below the name of a row its cells, each with the
   heading of its column. */
@container (max-width: 34rem) {
    .stTable table:has(td:nth-child(5)) {
        &, tbody { display: block; }
        thead { position: absolute; clip-path: inset(50%); }
        tr { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); }
        tr { border-bottom: 1px solid rgb(128 128 128 / 0.25); }
        tr > :is(th, td) { border-bottom: none; padding-left: 0; }
        tr > th { grid-column: 1 / -1; font-weight: 600; padding-bottom: 0; }
        td p > span:first-child, td p > span:first-child + br { display: inline; }
    }
    .stTable table:has(td:nth-child(6)) tr { grid-template-columns: repeat(auto-fill, minmax(6.5rem, 1fr)); }
}

/* A link among texts looks like one. */
.stMainBlockContainer [data-testid="stPageLink-NavLink"] p { text-decoration: underline; }

/* Where the keyboard is: some of Streamlit's rings are too faint, and the menu of a chart stays hidden. */
:root :is(a, button, main, summary):focus-visible,
.stSlider div:has(> div > [type=range]:focus-visible), .stCheckbox label:has(:focus-visible) {
    outline: 2px solid light-dark(#1d4ed8, #93c5fd); outline-offset: 1px;
}
:root :is(main, summary):focus-visible { outline-offset: -3px; }
[data-testid=stElementToolbar]:focus-within { opacity: 1; }

/* White on the dark theme's light blue couldn't be read. */
:is([data-testid="stBaseButton-primary"], .stMultiSelect [data-tag]) {
    &, * { color: light-dark(#ffffff, #0e1117) !important; }
}

/* A button that is a sentence reads like one, in two lines as in one. */
.stButton button[data-testid="stBaseButton-tertiary"] { justify-content: flex-start; text-align: left; }

/* One that opens a story is a link but for its address. */
[class*=st-key-stories-open] button p {
    color: light-dark(#1d4ed8, #93c5fd); text-decoration: underline; text-underline-offset: 0.15em;
}

/* After the guess its other choices can't be made any more, but are still read. */
[class*=st-key-stories-choice] button:disabled p { color: light-dark(#5f646b, #a3a8b0); }

/* Streamlit's limit of a file, which isn't a story's. */
.st-key-stories-file [data-testid=stFileUploaderDropzoneInstructions] { display: none; }

/* Of three small charts the third isn't wider than the others: bars can be compared. */
.stGrid.stGrid .stGrid:has(> .stGridCell:only-child) {
    grid-template-columns: repeat(auto-fill, minmax(max(145px, 50% - 0.5rem), 1fr));
}
@media (max-width: 64rem) {
    .stGrid.stGrid:has(> .stGridCell:only-child .stGrid) { grid-template-columns: minmax(0, 1fr); }
}
@media (min-width: 1000px) {
    .stGrid.stGrid:has(> .stGridCell:nth-child(2):last-child .stGrid > .stGridCell:only-child) {
        grid-template-columns: calc((200% - 1rem) / 3) minmax(0, 1fr);
        .stGrid { grid-template-columns: repeat(auto-fit, minmax(145px, 1fr)); }
    }
}

/* A sample that is chosen further down comes into view below the menu, with its title. */
.st-key-mistakes-sample { scroll-margin-top: 4.5rem; }

/* What is unfolded has a title that reads as one; folded, it is quiet. */
.stExpander details[open] > summary p { font-weight: 600; }
/* Two lines: charts stay where they are when a training becomes a finding. */
@media (min-width: 64rem) { .st-key-found, .st-key-computing { min-height: 3.2rem; } }

/* What stands open from the start says that a click would take it away. */
[class*=st-key-what-is-a-head] details[open] > summary::after {
    content: "Hide"; margin-left: auto; padding-left: 1rem; font-size: 0.875rem; text-decoration: underline;
}

/* On paper nothing can be unfolded. */
@media print {
    .stExpander details::details-content { content-visibility: visible; block-size: auto; }
}

@media (max-width: 40rem) {
    .stMainBlockContainer h2 { font-size: 1.25rem; line-height: 1.3; padding-top: 0; }
}
"""


def apply() -> None:
    """Style the page."""
    st.html(f"<style>{SHEET}{_print.SHEET}{_telephone.SHEET}</style>")


def labelled(frame: pd.DataFrame) -> pd.DataFrame:
    """A table whose cells begin with the heading of their column, which is shown where the head is not."""
    # Written out: `frame.apply` takes ten times as long. Two columns may have the same heading.
    columns = [[f":small[:gray[{name}]]  \n{cell}" for cell in column] for name, column in frame.items()]
    return pd.DataFrame(dict(enumerate(columns)), index=frame.index).set_axis(frame.columns, axis=1)
