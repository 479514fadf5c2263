"""What a visitor sees of own data before training: what they are, and every decision about them."""

import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from alternatives.charts import class_picture, class_sizes
from alternatives.datasets import DatasetUnavailable, Own, Samples, picture
from alternatives.pages import _own_data, _upload
from alternatives.pages._link import State
from alternatives.pages._shown import draw, not_used, plain, quiet, section
from alternatives.tables import BadTable, Decisions, Table, Understood, changing, understand
from alternatives.wording import counted, percent, sentence

UNDERSTOOD = "own data: understood"
"""Key of the report that was made last."""
N_ROWS, MOST_COLUMNS = 8, 50
"""Rows and columns that are shown of a table."""
IMAGE_WIDTH = 320
"""Most pixels of a row of images."""
DATES = (
    "Columns of dates, which become days since 1970. Dates that could be read day first or month first are "
    "dates only if you say so; then they are read day first."
)
RARE = {"out": "Leave them out", "together": "Put them together as one class"}


class Report:
    """A visitor's table with decisions, and what follows from them; `problem` says why it can't be used."""

    def __init__(self, data: Own, table: Table) -> None:
        self.data, self.table = data, table
        self.decisions = Decisions.parse(data.decisions)
        self.understood: Understood | None = None
        self.samples: Samples | None = None
        self.problem = ""
        try:
            self.understood = understand(table, self.decisions, bounds=_own_data.bounds())
            self.samples = data.load()
        except (BadTable, DatasetUnavailable) as error:
            self.problem = str(error)

    @functools.cached_property
    def plane(self) -> picture.Plane | None:
        """The samples in two dimensions."""
        return picture.plane(self.samples) if self.samples is not None else None


def report(data: Own) -> Report:
    """The report on data whose file the visitor has brought; made once."""
    kept: Report | None = st.session_state.get(UNDERSTOOD)
    if kept is None or kept.data != data or _own_data.files().get(data.checksum) is not kept.table:
        kept = Report(data, _own_data.files()[data.checksum])
        st.session_state[UNDERSTOOD] = kept
    return kept


def ready(state: State[Any], field: str, problems: Sequence[str], action: str) -> bool:
    """Whether the data set of a page's state can be trained on.

    If not, the page's place has what is to be done first: bring the file that a link needs, or look at the
    report on one's own; a button with the label `action` then goes on.
    """
    data = getattr(state.value, field)
    if not isinstance(data, Own):
        return True
    if not _own_data.holds(data):
        not_used(problems)
        _ask(state, data)
        return False
    _own_data.remember(data)
    if _own_data.is_confirmed(data) and not report(data).problem:
        return True
    not_used(problems)
    _before(state, field, report(data), action)
    return False


def folded_report(state: State[Any], field: str) -> None:
    """The same report below results, folded; nothing for other data sets."""
    data = getattr(state.value, field)
    if not isinstance(data, Own):
        return
    part = st.expander(
        f"The data: {plain(data.name)}", key=f"{state.prefix}own data report", on_change=state.touch
    )
    if part.open:
        with part:
            _body(state, field, report(data))


def _ask(state: State[Any], data: Own) -> None:
    st.header(plain(f"This link needs the file {data.name}"), anchor=False)
    st.markdown(
        plain(
            f"It is about somebody's own data: a table of {_own_data.size(data)}. The link holds nothing of "
            "the file's contents, only which file it is and what was decided about its columns. Open the "
            "same file here to see the same numbers."
        )
    )
    _upload.ask_for(data, state.touch, f"{state.prefix}needed")
    st.markdown(
        quiet(
            "Did you bring it before? Reloading a page ends the visit, and the server then forgets its files."
            " You don't have it? Choose another data set in the sidebar."
        )
    )


def _before(state: State[Any], field: str, shown: Report, action: str) -> None:
    data = shown.data
    if shown.problem:
        st.header(plain(f"{data.name} can't be used like this"), anchor=False)
        st.markdown(plain(shown.problem))
        _decisions(state, field, shown)
        _rows(shown)
        return
    understood = shown.understood
    assert understood is not None
    st.header(plain(f"{data.name}: {_size(understood)}"), anchor=False)
    st.markdown(
        plain(
            "Nothing is trained yet. Check the class and the columns, and change what isn't as you expect. "
            "Then go on."
        )
    )
    st.button(action, type="primary", key=f"{state.prefix}own data go", on_click=_go, args=(state, data))
    _body(state, field, shown)


def _go(state: State[Any], data: Own) -> None:
    state.touch()
    _own_data.confirm(data)


def _size(understood: Understood) -> str:
    n_used = sum(column.is_used for column in understood.columns)
    some = "" if n_used == understood.n_features else f"{n_used:,} of "
    return (
        f"{understood.n_samples:,} samples, {some}{counted(understood.n_features, 'feature')}, "
        f"{understood.n_classes:,} classes"
    )


def _body(state: State[Any], field: str, shown: Report) -> None:
    """All of the report, with the controls of every decision."""
    understood, samples = shown.understood, shown.samples
    assert understood is not None
    assert samples is not None
    section("What was understood", "From the file, and what you decided.")
    notes = samples.notes or understood.notes
    st.markdown("\n".join(f"- {plain(note)}" for note in notes))
    _decisions(state, field, shown)
    _columns(understood)
    _rows(shown)
    left, right = st.columns(2, gap="medium")
    with left:
        section("Classes", "Samples of each class, before rare ones are left out.")
        draw(class_sizes.drawing(understood.sizes))
    with right:
        _picture(shown, samples)


def _picture(shown: Report, samples: Samples) -> None:
    assert shown.understood is not None
    if found := picture.images(shown.understood):
        n_classes = len(samples.class_names)
        of = f"the first {len(found)} of {n_classes:,} classes" if len(found) < n_classes else "each class"
        section("A picture of the classes", f"The first images of {of}, a row a class.")
        for name, images in found.items():
            with st.container(gap=None):
                st.markdown(quiet(plain(name)))
                st.image(images, width=min(IMAGE_WIDTH, images.shape[1] * 3))
        return
    plane = shown.plane
    if plane is None:
        return
    some = f"{len(plane.points):,} samples, drawn at random. " if len(plane.points) < plane.n_samples else ""
    section(
        "A picture of the classes",
        f"{plain(some)}Each dot is a sample, placed by the two directions in which the inputs vary most "
        f"(principal components). They keep {plain(percent(plane.share))} of the variance, so classes that "
        "overlap here may still be apart.",
    )
    draw(class_picture.classes(plane, samples.class_names))
    draw(class_picture.drawing(plane, samples.class_names))


def _columns(understood: Understood) -> None:
    section("Columns", "What each column is, and why some are left out.")
    columns = [understood.target, *understood.columns]
    frame = pd.DataFrame(
        {
            "Column": [column.name for column in columns],
            "Used as": ["class", *(column.kind if column.is_used else "left out" for column in columns[1:])],
            "Missing": [column.n_missing for column in columns],
            "Different values": [column.n_values for column in columns],
            "Remark": [sentence(column.why) for column in columns],
        }
    )
    st.dataframe(frame, hide_index=True, width="stretch", alt="What each column is")


def _rows(shown: Report) -> None:
    frame = shown.table.frame
    n_rows, n_columns = min(N_ROWS, len(frame)), min(MOST_COLUMNS, frame.shape[1])
    columns = "" if n_columns == frame.shape[1] else f" and {n_columns} columns"
    section("First rows", f"The first {n_rows} rows{columns} of the file, as they were read.")
    first = frame.iloc[:n_rows, :n_columns]
    st.dataframe(first, hide_index=True, width="stretch", alt="First rows of the table")


def _decisions(state: State[Any], field: str, shown: Report) -> None:
    """The controls. Each replaces the data set in the page's state: it is in the link, and Back undoes it."""
    # A list that only has other names keeps showing the chosen ones' old names: so each file has its own.
    prefix = f"own {field} {shown.data.checksum} "
    understood, decisions = shown.understood, shown.decisions
    names = {k + 1: str(name) for k, name in enumerate(shown.table.frame.columns)}

    # What a control calls may outlive the visit in Streamlit: so it finds the table, and doesn't hold it.
    def given(
        key: str, value: Any, change: Callable[[Report, Any], Decisions], argument: str = "default"
    ) -> dict[str, Any]:
        return state.shown(prefix + key, value, lambda old, new: _decided(old, field, change, new), argument)

    def given_of(
        options: Sequence[Any], key: str, value: Any, change: Callable[[Report, Any], Decisions]
    ) -> dict[str, Any]:
        bound = given(key, value, change, "index")
        return bound | {"index": options.index(value) if value in options else None}

    section("Decisions", "Change what was understood wrongly. The browser's Back button undoes it.")
    left, right = st.columns(2, gap="medium")
    target = understood.target.number if understood is not None else decisions.target
    with left:
        st.selectbox(
            "Class",
            list(names),
            format_func=lambda number: names[number],
            placeholder="Choose the column of the class",
            help="The column that the networks learn to tell from the others",
            **given_of(
                list(names),
                "class",
                target,
                lambda now, new: changing.with_target(now.decisions, new) if new else now.decisions,
            ),
        )
    if understood is not None:
        with left:
            st.multiselect(
                "Columns left out",
                [column.number for column in understood.columns],
                format_func=lambda number: names[number],
                placeholder="None",
                help="Columns that aren't learnt from; take one away here to use it",
                **given(
                    "out",
                    [column.number for column in understood.columns if not column.is_used],
                    _left_out,
                ),
            )
        with right:
            for kind, label, about in (
                ("category", "Categories", "Columns of names or codes; all others are numbers or dates"),
                ("date", "Dates", DATES),
            ):
                possible = changing.possible(understood, kind)
                st.multiselect(
                    label,
                    [column.number for column in possible],
                    format_func=lambda number: names[number],
                    placeholder="None",
                    help=about,
                    **given(
                        kind,
                        [column.number for column in possible if column.kind == kind],
                        functools.partial(_of_kind, kind),
                    ),
                )
    else:
        for place, label, decided, about in (
            (left, "Columns left out", "out", "Columns that aren't learnt from"),
            (left, "Columns used anyway", "taken", "Columns to use though they'd be left out by themselves"),
            (right, "Categories", "category", "Columns of names or codes, also where they are numbers"),
            (right, "Dates", "date", DATES),
        ):
            with place:
                st.multiselect(
                    label,
                    list(names),
                    format_func=lambda number: names[number],
                    placeholder="None",
                    help=about,
                    **given(
                        f"decided {decided}",
                        list(changing.columns_of(decisions, decided)),
                        functools.partial(_with_columns, decided),
                    ),
                )
    with right:
        st.text_input(
            "Also missing values",
            placeholder="-9, 999",
            help="Texts or numbers that mean a missing value in this table, with commas and blanks, or "
            "semicolons, between them. Empty cells, ?, NA and the like are missing values anyway. What you "
            "type here is in the page's link.",
            **given(
                "missing",
                changing.missing_of(decisions),
                lambda now, new: changing.with_missing(now.decisions, new),
                "value",
            ),
        )
    if decisions.rare != "out" or (understood is not None and understood.rare):
        with left:
            st.radio(
                "Classes with fewer than 5 samples",
                list(RARE),
                format_func=lambda each: RARE[each],
                help="A network needs some samples of each class to learn from, and others to be tested on",
                **given_of(
                    list(RARE),
                    "rare",
                    decisions.rare,
                    lambda now, new: dataclasses.replace(now.decisions, rare=new),
                ),
            )


def _left_out(now: Report, columns: Sequence[int]) -> Decisions:
    return changing.left_out(now.understood, columns) if now.understood is not None else now.decisions


def _of_kind(kind: str, now: Report, columns: Sequence[int]) -> Decisions:
    return changing.of_kind(now.understood, kind, columns) if now.understood is not None else now.decisions


def _with_columns(what: str, now: Report, columns: Sequence[int]) -> Decisions:
    return changing.with_columns(now.decisions, what, columns)


def _decided(old: Any, field: str, change: Callable[[Report, Any], Decisions], new: Any) -> Any:
    """The page's state with other decisions.

    Where they'd make a table that can be used one that can't, it raises what is wrong and nothing changes.
    """
    data = getattr(old, field)
    if not isinstance(data, Own) or not _own_data.holds(data):
        return old
    shown = report(data)
    decided = changing.needed(shown.table, change(shown, new))
    if not shown.problem:
        understand(shown.table, decided, bounds=_own_data.bounds())
    return old.replace(**{field: _own_data.data_set(shown.table, decided)})
