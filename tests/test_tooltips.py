"""Tooltips, axes and colours in the specifications of all charts, without a browser."""

import itertools

import numpy as np
import pytest

from alternatives.charts import (
    attention,
    bars,
    classes,
    gate,
    hidden,
    jacobian,
    key,
    loss_plane,
    moving_logit,
    plane,
    regions,
    simplex,
)
from alternatives.charts import claims as of_claims
from alternatives.charts import large_output as large
from alternatives.charts.axes import SYMMETRIC
from alternatives.charts.lines import EPOCHS, frame
from alternatives.charts.look import CLASS_COLOURS, NEGATIVE, POSITIVE, class_colour, class_mark
from alternatives.claims import CLAIMS
from alternatives.experiments import Attention, Gate, Hidden
from alternatives.experiments.classes import ClassCounts
from alternatives.experiments.curves import Band
from alternatives.heads import HEADS
from alternatives.heads.looks import COLOURS, MARKS
from alternatives.large_output.measuring import LargeOutput
from alternatives.shape import Shape
from tests.test_charts import BACKGROUNDS, contrast, encodings, faults_of_tooltips

FEW = {"n_seeds": 2, "learning_rate": 0.03, "n_epochs": 2}


@pytest.fixture(scope="module")
def every_drawing():
    """A drawing of every chart but those of a comparison, which test_charts has."""
    shape = Shape()
    drawn = [jacobian.signs(), *bars.probabilities(shape).values(), *bars.gradients(shape).values()]
    drawn += [*jacobian.drawings(shape).values(), *plane.drawings(shape).values()]
    drawn += [*loss_plane.drawings(shape).values(), simplex.drawing(shape)]
    drawn += [simplex.drawing(Shape(logits=logits)) for logits in ((1, 2), (1, 2, 3, 4))]
    drawn += [moving_logit.drawing(shape, quantity) for quantity in shape.curves.values]
    results = Hidden(dataset="iris", units=("relu", "softmax"), width=4, **FEW).run()
    drawn += [hidden.signs(), hidden.singular_values(results), hidden.correlations(results, "softmax")]
    results = Gate(normalisers=("softmax",), **FEW).run()
    drawn += [gate.use_of_experts(results), regions.classes(results), regions.drawing(results, "softmax")]
    for task in ("key-value recall", "rows of a digit"):
        results = Attention(task=task, normalisers=("softmax",), **FEW).run()
        of_task = attention.by_key if results.key_shares is not None else attention.pictures
        drawn += [attention.step_weights(results), of_task(results, "softmax")]
    results = ClassCounts(heads=("softmax", "Taylor softmax"), counts=(2, 3), n_seeds=2).run()
    drawn += [
        make(results, measure) for make in (classes.differences, classes.values) for measure in classes.UNITS
    ]
    drawn.append(large.of_operations(LargeOutput()))
    for name in ("wrong and sure", "sum to one", "frequencies", "scale"):
        claim = CLAIMS[name]
        outcome = claim.run(0, 2)
        drawn += [each for spec in claim.charts for each in of_claims.panels(outcome, spec)]
    return drawn


def test_tooltips_have_titles_and_rounded_numbers(every_drawing):
    for each in every_drawing:
        assert list(faults_of_tooltips(each)) == [], each.text


def test_marks_with_values_have_a_tooltip(every_drawing):
    """Bands, intervals, lines, points and cells do; names, references and leading lines say nothing."""
    silent = {"label_at", "end", "note", "text", "finding", "edge", "last"}
    for each in every_drawing:
        told = [encoding for encoding in encodings(each.specification) if "tooltip" in encoding]
        assert told, each.text
        shown = {
            channel["field"]
            for encoding in told
            for name, channel in encoding.items()
            if name != "tooltip" and isinstance(channel, dict) and "field" in channel
        }
        assert shown - silent, each.text


def test_symmetric_axes_say_so(every_drawing):
    n_symmetric = 0
    for each in every_drawing:
        for encoding in encodings(each.specification):
            for name in ("x", "y"):
                channel = encoding.get(name, {})
                if isinstance(channel, dict) and channel.get("scale", {}).get("type") == "symlog":
                    n_symmetric += 1
                    assert SYMMETRIC in channel["title"], each.text
    assert n_symmetric > 4


def test_titles_of_axes_are_in_sentence_case(every_drawing):
    for each in every_drawing:
        for encoding in encodings(each.specification):
            for name in ("x", "y"):
                title = (encoding.get(name) or {}).get("title") or "–"
                first = title[0] if isinstance(title, list) else title
                symbol = "_" in first.partition(" ")[0] or first[1:2] == ","
                assert symbol or first[0] == first[0].upper(), each.text


@pytest.mark.parametrize(("unit", "least", "most"), [("%", 0, 1), ("points", -100, 100), ("nats", 0, np.inf)])
def test_bands_stay_within_what_is_possible(unit, least, most):
    mean = np.array([[0.5 * least if np.isfinite(least) and least else 0.1, 0.9]])
    band = Band(mean, mean - 1000, mean + 1000)
    columns = frame(("softmax",), EPOCHS, np.arange(2), band, unit, logarithmic=False)
    point = columns["row"] == "point"
    assert columns["low"][point].min() == least
    assert columns["high"][point].max() == min(most, mean.max() + 1000)


@pytest.mark.parametrize("n_lines", [1, 5, 12])
def test_names_stay_within_what_is_possible(n_lines):
    """An axis that had to go on for a name would go below 0 % or beyond 100 %."""
    heads = tuple(HEADS)[:n_lines]
    for end in (0.0, 1.0):
        mean = np.linspace([0.5] * n_lines, [end] * n_lines, 3).T
        columns = frame(heads, EPOCHS, np.arange(3), Band(mean, mean, mean), "%", logarithmic=False)
        places = columns["label_at"][columns["row"] == "label"].astype(float)
        assert places.min() >= 0
        if n_lines < 12:
            assert places.max() <= 1


def test_classes_and_signs_have_colours_that_no_head_has():
    others = {*CLASS_COLOURS, POSITIVE, NEGATIVE}
    assert not others & ({*COLOURS} | {head.colour for head in HEADS.values()})
    looks = [(class_colour(i), class_mark(i)) for i in range(len(CLASS_COLOURS) * len(MARKS))]
    assert len({*looks}) == len(looks)


def over(colour, background, opacity):
    """A colour as it appears with an opacity on a background."""
    parts = [[int(each[start : start + 2], 16) for start in (1, 3, 5)] for each in (colour, background)]
    mixed = [round(opacity * front + (1 - opacity) * back) for front, back in zip(*parts, strict=True)]
    return "#" + "".join(f"{part:02x}" for part in mixed)


@pytest.mark.parametrize("background", BACKGROUNDS)
def test_ink_stands_out_from_classes_and_signs(background):
    ink = {"#ffffff": "#14171b", "#0e1117": "#e6e8eb"}[background]
    for colour in CLASS_COLOURS:
        assert contrast(ink, over(colour, background, regions.DEEPEST)) >= 3
    for colour in (POSITIVE, NEGATIVE):
        assert contrast(colour, background) >= 3


# Machado, Oliveira and Fernandes 2009: colours in linear RGB as people see them without one kind of cone.
MISSING_CONE = {
    "none": np.eye(3),
    "protan": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritan": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def lab(colour, vision):
    """CIE L*a*b* of a colour, as seen with that vision."""
    share = np.array([int(colour[start : start + 2], 16) for start in (1, 3, 5)]) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(MISSING_CONE[vision]) @ linear, 0, 1)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ seen
    x, y, z = np.cbrt(np.maximum(xyz / [0.9505, 1.0, 1.089], 1e-6))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("vision", MISSING_CONE)
def test_classes_and_signs_differ_for_any_colour_vision(vision):
    """A difference of 2.3 is just noticeable."""
    pairs = [*itertools.combinations(CLASS_COLOURS, 2), (POSITIVE, NEGATIVE)]
    assert min(np.linalg.norm(lab(one, vision) - lab(other, vision)) for one, other in pairs) > 9


def test_the_key_of_classes_wraps_and_names_each():
    entries = tuple(key.Entry(f"class {i}", class_colour(i), class_mark(i)) for i in range(12))
    drawn = key.drawing("class", entries)
    assert drawn.frame["line"].tolist() == [0] * 5 + [1] * 5 + [2] * 2
    assert drawn.text.startswith("Class: class 0, class 1")
    assert "class 11" in drawn.text


def test_a_key_on_a_telephone_has_room_for_its_longest_name():
    names = "probability rises", "probability falls", "both"
    drawn = key.drawing("sign", tuple(key.Entry(name, POSITIVE) for name in names))
    assert drawn.frame["line"].tolist() == [0, 0, 1]
