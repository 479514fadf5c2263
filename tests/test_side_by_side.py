"""Charts and tables of pins beside each other: scales in common, one head in sight, words for changes."""

import dataclasses
import json

import altair as alt
import numpy as np
import pytest

from alternatives.charts import highlight, overlaid, pin_to_pin, side_by_side, side_by_side_tables
from alternatives.charts.look import colour
from alternatives.charts.tables import HEADLINE
from alternatives.experiments import Comparison
from alternatives.sessions.beside import Beside
from alternatives.wording import NO_BREAK, unbroken
from tests.test_charts import encodings, faults_of_tooltips, fields_of

HEADS = ("softmax", "spherical softmax", "Taylor softmax")
FEW = {"n_seeds": 3, "learning_rate": 0.03, "hidden_layer_sizes": (5,)}
NAMES = ("iris", f"40{NO_BREAK}% noise, and a name that is too long for a narrow place", "wine")


@pytest.fixture(scope="module")
def pins():
    clean = Comparison(dataset="iris", heads=HEADS, n_epochs=4, **FEW)
    noisy = Comparison(dataset="iris", heads=(*HEADS[:2], "sigmoid"), n_epochs=2, label_noise=0.4, **FEW)
    other = Comparison(dataset="wine", heads=HEADS, n_epochs=3, **FEW)
    return [each.run(n_jobs=1) for each in (clean, noisy, other)]


def compared(pins, names=NAMES, reference=0):
    return Beside([each.experiment for each in pins], pins, reference, names)


@pytest.fixture(scope="module")
def three(pins):
    return compared(pins)


def panels(three, highlighted=""):
    """The drawings that each pin has, by kind."""
    indices = range(len(three.names))
    return {
        "heads": [side_by_side.by_head(three, i, "accuracy", highlighted) for i in indices],
        "calibration": [side_by_side.calibration(three, i, highlighted) for i in indices],
        "epochs": [
            side_by_side.by_epoch(three, i, "gradient of layer 1", relative, highlighted)
            for relative in (False, True)
            for i in indices
        ],
    }


def everything(three, highlighted=""):
    measures = ("accuracy", "log loss", "confidence minus accuracy", "gradient magnitude")
    slopes = [pin_to_pin.drawing(three, measure, highlighted) for measure in measures]
    together = [
        overlaid.by_head(three, "accuracy", highlighted),
        overlaid.by_epoch(three, "gradient of layer 1", False, highlighted),
        overlaid.by_epoch(three, "gradient of layer 1", True, highlighted),
        *(overlaid.calibration(three, head, highlighted) for head in three.heads),
    ]
    return [*slopes, *together, *(each for own in panels(three, highlighted).values() for each in own)]


def test_every_chart_is_valid_and_has_its_fields(three):
    for each in everything(three):
        each.chart(alt.NamedData("frame"), **each.arguments).to_dict(validate=True)
    for each in everything(three):
        assert fields_of(each.specification) <= set(each.data.column_names), each.text
        assert not {"data", "datasets"} & set(each.specification)


def test_tooltips_have_titles_and_rounded_numbers(three):
    for each in everything(three):
        assert list(faults_of_tooltips(each)) == [], each.text


def test_every_text_is_a_sentence_that_names_the_pin(three):
    for each in everything(three):
        assert each.text.endswith(".")
        assert "nan" not in each.text
        assert any(name in each.text for name in three.names)


def test_panels_share_their_scales(three):
    own = panels(three)
    for drawings, column in (
        (own["heads"], "value"),
        (own["epochs"][:3], "mean"),
        (own["epochs"][3:], "mean"),
    ):
        corners = [each.frame.loc[each.frame["row"] == "corner", column].tolist() for each in drawings]
        assert corners[0] == corners[1] == corners[2]
        low, high = corners[0]
        for each in drawings:
            values = each.frame[[name for name in (column, "low", "high") if name in each.frame]]
            assert low <= np.nanmin(values.astype(float))
            assert np.nanmax(values.astype(float)) <= high
        assert len({json.dumps(each.specification) for each in drawings}) == 1
    assert {each.parameters["last_epoch"] for each in own["epochs"]} == {4}


def test_a_highlighted_head_fades_the_others_everywhere_and_changes_data_alone(three):
    usual, shown = everything(three), everything(three, "softmax")
    for before, after in zip(usual, shown, strict=True):
        assert before.specification == after.specification
        assert before.alt == after.alt
        assert not before.frame["faded"].any()
        heads = after.frame["head"]
        assert (after.frame["faded"] == (heads.notna() & (heads != "softmax"))).all()


def test_the_head_under_the_pointer_fades_the_others(three):
    for each in everything(three):
        (own,) = [param for param in each.specification["params"] if param["name"] == highlight.POINTED]
        assert own["select"]["fields"] == ["head"]
        faded = [encoding["opacity"] for encoding in encodings(each.specification) if "opacity" in encoding]
        assert faded
        for opacity in faded:
            assert opacity["condition"]["value"] < 0.2 * opacity["value"]


def test_lines_lead_from_pin_to_pin_on_the_same_data_alone(three):
    frame = pin_to_pin.drawing(three, "accuracy").frame
    means = frame[frame["row"] == "mean"]
    assert dict(means.groupby("pin")["data"].first()) == dict(zip(NAMES, (0, 0, 2), strict=True))
    pins = means["pin"].map({name: place for place, name in enumerate(NAMES)})
    assert (means["place"] - pins).abs().max() < pin_to_pin.MARGIN
    assert means["change_text"].value_counts()[["reference", "not comparable"]].tolist() == [3, 3]
    assert means.loc[means["head"] == "sigmoid", "change_text"].tolist() == ["not in the reference"]
    labels = frame[frame["row"] == "label"]
    assert sorted(labels["head"]) == sorted(three.heads)


def test_names_of_pins_are_short_below_a_chart(three):
    names = pin_to_pin.drawing(three, "accuracy").parameters["pins"]
    assert names[0] == ["iris", "(reference)"]
    assert all(len(line) <= pin_to_pin.MOST_LETTERS for lines in names for line in lines)
    assert names[1][-1].endswith("…")


def test_names_that_begin_alike_can_be_told_apart_below_a_narrow_chart(pins):
    names = "20 % wrong", "20 % wrong, tanh", "20 % wrong, sigmoid"
    narrow = pin_to_pin.drawing(compared(pins, names), "accuracy").parameters["narrow"]
    assert all(len(line) <= pin_to_pin.FEW_LETTERS for lines in narrow for line in lines)
    assert len(set(map(tuple, narrow))) == 3
    assert not any("…" in line for lines in narrow for line in lines)


def test_a_head_that_a_pin_lacks_says_so(three):
    frame = side_by_side.by_head(three, 1, "accuracy").frame
    assert frame.loc[frame["note"] == "not in this pin", "head"].tolist() == ["Taylor softmax"]


def test_drawings_are_made_once(three):
    again = everything(three)
    assert all(one is other for one, other in zip(everything(three), again, strict=True))


def test_pins_that_diverged_are_drawn(pins):
    lost = dataclasses.replace(
        pins[1],
        values={name: np.full_like(values, np.nan) for name, values in pins[1].values.items()},
        diverged=np.ones_like(pins[1].diverged),
    )
    for each in everything(compared([pins[0], lost], NAMES[:2])):
        assert "nan" not in each.text
        assert each.data.num_rows


def test_quantities_are_those_that_all_pins_have(three, pins):
    assert side_by_side.quantities(three) == list(pins[0].curves)
    with pytest.raises(ValueError, match=r"quantity must be one of training loss, .*; got nothing"):
        side_by_side.by_epoch(three, 0, "nothing")


def test_tables_say_the_change_below_the_mean(pins):
    noise = np.array([0.001, 0.0, -0.001])

    def changed(size):
        values = {name: 0.5 + size + np.tile(noise, (3, 1)) for name in pins[0].values}
        return dataclasses.replace(pins[0], values=values, between={})

    same, more = changed(0.0), changed(0.1)
    more = dataclasses.replace(more, values={name: each + noise[::-1] for name, each in more.values.items()})
    two = compared([same, more], ("before", "after"))
    table = side_by_side_tables.of_head(two, "softmax")
    assert list(table.columns) == ["before", "after"]
    assert len(table) == len(HEADLINE)
    assert table.loc["Accuracy ↑", "before"].endswith("  \n:small[reference]")
    assert ":green[✓ **better**]" in table.loc["Accuracy ↑", "after"]
    assert ":red[✗ **worse**]" in table.loc["Log loss (nats) ↓", "after"]
    assert "better" not in table.loc["Gradient magnitude", "after"]
    by_head = side_by_side_tables.of_measure(two, "accuracy")
    assert by_head.loc["softmax", "after"] == table.loc["Accuracy ↑", "after"]


def test_tables_say_what_cannot_be_compared(three):
    table = side_by_side_tables.of_measure(three, "accuracy")
    assert list(table.index) == list(three.heads)
    assert table.loc["sigmoid"].tolist()[::2] == ["–", "–"]
    assert "nothing to compare with" in table.loc["sigmoid", NAMES[1]]
    assert table.loc["softmax", "wine"].endswith(":small[not comparable]")
    assert "Differences are paired over the 3 seeds in both pins." in side_by_side_tables.how(three)
    assert "other data sets aren't compared" in side_by_side_tables.how(three)


@pytest.mark.parametrize("reference", [0, 2])
def test_overlaid_pins_are_told_apart_and_the_reference_stands_out(pins, reference):
    beside = compared(pins, reference=reference)
    for each in everything(beside)[4:8]:
        frame = each.frame.dropna(subset=["pin"])
        looks = dict(zip(frame["pin"], frame["look"].astype(int), strict=True))
        assert sorted(looks.values()) == [0, 1, 2]
        assert looks[unbroken(NAMES[reference])] == 0
        assert frame["look"].iloc[-1] == 0 or "row" in frame  # on top
        scales = {
            channel: encoding[channel]["scale"]["range"]
            for encoding in encodings(each.specification)
            for channel in ("shape", "strokeDash", "strokeWidth")
            if channel in encoding
        }
        assert len(set(scales["shape"])) == 3
        widths = scales.get("strokeWidth", [1, 0])
        assert widths[0] > max(widths[1:])
        # Colour stays the head's, as everywhere.
        (colours,) = {
            tuple(encoding["color"]["scale"]["range"])
            for encoding in encodings(each.specification)
            if "scale" in encoding.get("color", {})
        }
        heads = beside.heads if "heads" in each.arguments else (each.arguments["head"],)
        assert list(colours) == [colour(head) for head in heads]


def test_overlaid_charts_hold_what_the_panels_hold(three):
    for together, each in (
        (overlaid.by_head(three, "accuracy"), panels(three)["heads"]),
        *(
            (overlaid.calibration(three, head), panels(three)["calibration"])
            for head in ("softmax", "Taylor softmax")
        ),
    ):
        column = "value" if "value" in together.frame else "accuracy"
        for name, panel in zip(three.names, each, strict=True):
            own = together.frame[together.frame["pin"] == unbroken(name)]
            theirs = panel.frame
            if column == "accuracy":
                theirs = theirs[theirs["head"].isin(own["head"])]
            if "row" in own:
                own, theirs = own[own["row"] == "seed"], theirs[theirs["row"] == "seed"]
            assert own[column].tolist() == theirs[column].tolist()


def test_each_head_is_named_once_where_lines_are_overlaid(three):
    frame = overlaid.by_epoch(three, "gradient of layer 1").frame
    assert sorted(frame.loc[frame["row"] == "name", "head"]) == sorted(three.heads)


def test_a_pin_called_like_a_head_has_a_key_of_its_own(pins):
    beside = compared(pins[:2], ("softmax", "Taylor softmax"))
    names = overlaid.key(beside).frame["name"].tolist()
    assert len(set(names)) == len(names) == len(beside.heads) + 2
    assert "“softmax” (reference)" in names


def test_the_key_has_room_for_long_names(pins):
    long = compared(pins[:2], ("digits with 20 % label noise, first try", "the second"))
    _, text = overlaid.key(long).specification["layer"]
    assert text["mark"]["limit"]["expr"] == "width / max(1, width / 315.5) - 24"
