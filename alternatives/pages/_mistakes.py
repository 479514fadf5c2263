"""Where a head is wrong: its confusion matrix, the samples of a cell, and what every head says of one sample.

A fragment: whoever clicks on a cell or a sample has this part of the page drawn anew, and nothing else.
"""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from alternatives.charts import captions, confusion, sample
from alternatives.datasets.sample import image
from alternatives.experiments import Comparison, ComparisonResults
from alternatives.heads import Integers
from alternatives.pages._choices import chooser, chosen
from alternatives.pages._present import presenting
from alternatives.pages._shown import Panels, Place, about_controls, draw, plain, quiet, section
from alternatives.pages._tiles import SAMPLE, sample_tiles
from alternatives.wording import brief

KEY = "mistakes"
"""Key of the fragment."""
HEAD, TRUE, PREDICTED = "head shown", "true class shown", "predicted class shown"
"""Keys of what is chosen in the session's state, each with its control's."""
CHOSEN, NUMBER = "test sample shown", "test sample number"
"""Keys of the chosen sample's place among those that are known, and of its control, which begins at 1."""
TO_FIRST = f"{KEY} to the first"
"""Key of whether another list has been asked for, whose first sample is shown."""
TEST_SET = f"{KEY} of"
"""Key of the test set that the chosen sample is in."""
MATRIX, TILES = f"{KEY} matrix", f"{KEY} tiles"

ANY = -1
"""Any true class; as the predicted one, any but the true one."""
MOST_TILES = 12
PICTURE = 128
"""Pixels along the side of an image, at least."""


def look_at(place: int) -> None:
    """Show a test sample by its place among those that are known: for callbacks elsewhere on the page."""
    st.session_state[CHOSEN] = place
    st.rerun(KEY)


@st.fragment(key=KEY)
def mistakes(results: ComparisonResults) -> None:
    """Draw the part."""
    _begin_anew(results.experiment)
    head = chosen(HEAD, [results.experiment.baseline, *results.variants])
    section("Mistakes", captions.MISTAKES)
    if results.predictions is None:
        _matrix(results, head)
        return
    places = _places(results, head)
    if not presenting():
        with about_controls(KEY):
            st.markdown(quiet(captions.CLICK))
    st.markdown(plain(sample.counts(results, head)))
    if presenting():
        # Beside each other they are one picture: a room has no list to choose from.
        left, right = st.columns((2, 3), gap="medium")
        with left:
            st.markdown(f"**{plain(f'Confusion matrix of {head}')}**")
            _matrix(results, head)
        with right:
            _one(results, st.session_state[CHOSEN])
        return
    with st.container(key=SAMPLE):
        _one(results, st.session_state[CHOSEN])
    left, right = st.columns((2, 3), gap="medium")
    with left:
        _matrix(results, head)
    with right, about_controls(f"{KEY} list"):
        _list(results, head, places)


def _begin_anew(comparison: Comparison) -> None:
    """Forget what was chosen where the test set is another one."""
    test_set = str(comparison.dataset), comparison.first_seed
    if st.session_state.get(TEST_SET) != test_set:
        st.session_state[TEST_SET] = test_set
        for key in (TRUE, PREDICTED, CHOSEN):
            st.session_state.pop(key, None)


def _to_first() -> None:
    """Show the first sample of another list, if it has any."""
    st.session_state[TO_FIRST] = True


def _clicked(class_names: Sequence[str]) -> None:
    """Choose the cell of the matrix that was clicked; none, where the click was beside the cells."""
    cells = st.session_state[MATRIX].selection[confusion.CELL]
    index = {str(name): k for k, name in enumerate(class_names)}
    for key, name in ((TRUE, "true"), (PREDICTED, "predicted")):
        st.session_state[key] = index.get(str(cells[0].get(name)), ANY) if cells else ANY
    _to_first()


def _classes() -> tuple[int | None, int | None]:
    """The true and the predicted class that are chosen; None for any."""
    true, predicted = (st.session_state.get(key, ANY) for key in (TRUE, PREDICTED))
    return None if true == ANY else true, None if predicted == ANY else predicted


def _places(results: ComparisonResults, head: str) -> Integers:
    """The samples that are listed, by their places. The session's state has one to look at afterwards."""
    found = sample.predictions_of(results)
    places = found.most_confident(results.variants.index(head), *_classes())
    is_there = 0 <= st.session_state.get(CHOSEN, -1) < found.n_samples
    if (st.session_state.pop(TO_FIRST, False) or not is_there) and len(places):
        st.session_state[CHOSEN] = int(places[0])
    elif not is_there:
        st.session_state[CHOSEN] = 0
    return places


def _matrix(results: ComparisonResults, head: str) -> None:
    chooser("Head", HEAD, results.variants, _to_first)
    drawing = confusion.drawing(results, head, _classes())
    draw(drawing, MATRIX, partial(_clicked, results.class_names))
    st.markdown(quiet(captions.CONFUSION))


def _list(results: ComparisonResults, head: str, places: Integers) -> None:
    """The choice of classes, and their samples."""
    names, grid = results.class_names, st.grid(2, min_column_width=150)
    for title, key, what in (("True class", TRUE, "Any"), ("Predicted class", PREDICTED, "Any wrong one")):
        options, option = [ANY, *range(len(names))], st.session_state.setdefault(key, ANY)
        with grid.cell():
            st.selectbox(
                title,
                options,
                options.index(option),
                key=key,
                on_change=_to_first,
                format_func=partial(_name, names, what),
            )
    st.markdown(quiet(plain(sample.list_in_words(results, head, *_classes(), MOST_TILES))))
    if len(places):
        tiles = sample.tiles(results, head, places[:MOST_TILES])
        sample_tiles(tiles, "Test samples", st.session_state[CHOSEN], TILES, _choose)


def _choose(place: int) -> None:
    st.session_state[CHOSEN] = place


def _typed() -> None:
    st.session_state[CHOSEN] = st.session_state[NUMBER] - 1


def _name(names: Sequence[str], what: str, option: int) -> str:
    return what if option == ANY else brief(str(names[option]))


def _one(results: ComparisonResults, place: int) -> None:
    """One sample: what it looks like, and every head's probabilities."""
    found = sample.predictions_of(results)
    st.markdown(f"**{plain(sample.title(results, place))}**")
    pixels = image(results.experiment.dataset, int(found.rows[place]))
    left, right = st.columns((2 if pixels is None else 1, 3), gap="medium")  # a table needs more room
    with left:
        st.session_state[NUMBER] = place + 1  # in every run: another fragment's callback may have chosen it
        st.number_input("Test sample", 1, found.n_samples, place + 1, key=NUMBER, on_change=_typed)
        if pixels is None:
            Place(st.container()).table(sample.features(results, place), "The sample's most unusual features")
        else:
            times = -(-PICTURE // len(pixels))
            picture = pixels.repeat(times, 0).repeat(times, 1)
            st.image(picture, output_format="PNG", alt=f"The image of test sample {place + 1}")
    said = sample.verdicts(results, place)
    with right:
        grid = Panels()
        for head, drawing in sample.bars(results, place).items():
            with grid.cell(), st.container(gap=None):
                draw(drawing)
                st.markdown(quiet(plain(said[head])))
