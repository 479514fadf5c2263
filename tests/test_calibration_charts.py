"""Charts of calibration: the diagram that follows a temperature, log loss by it, accuracy against it."""

import dataclasses
import json

import altair as alt
import numpy as np
import pandas as pd
import pytest

from alternatives.charts import accuracy_calibration, by_temperature, reliability
from alternatives.charts.temperature_slider import ELEMENT, TEXTS
from alternatives.experiments import Comparison
from alternatives.measures.scan import AS_TRAINED, GRID

HEADS = ["softmax", "spherical softmax", "sigmoid"]


@pytest.fixture(scope="module")
def results():
    return Comparison(dataset="iris", heads=HEADS, n_seeds=4, n_epochs=3, learning_rate=0.01).run(n_jobs=1)


def lost(results, head):
    """The results where every run of a head diverged."""
    row = results.variants.index(head)
    diverged, values = results.diverged.copy(), {name: each.copy() for name, each in results.values.items()}
    diverged[row] = True
    for each in values.values():
        each[row] = np.nan
    scan = results.scans[head]
    empty = scan._replace(
        log_loss=np.full_like(scan.log_loss, np.nan),
        calibration_error=np.full_like(scan.calibration_error, np.nan),
        bins={**scan.bins, "count": np.zeros_like(scan.bins["count"])},
    )
    scans = {**results.scans, head: empty}
    return dataclasses.replace(results, diverged=diverged, values=values, scans=scans)


def rows(drawing, name):
    return drawing.frame[drawing.frame["row"] == name]


def with_one_line(columns):
    """The frame with the first line of the notes."""
    frame = pd.DataFrame(columns).drop(columns="step", errors="ignore").reset_index(drop=True)
    return frame.assign(note=frame["note"].str.partition("\n")[0])


@pytest.mark.parametrize("heads", [HEADS, HEADS[1:2]], ids=str)
def test_charts_are_valid_with_several_heads_and_with_one(results, heads):
    diverged = results.diverged[[HEADS.index(head) for head in heads]]
    part = dataclasses.replace(results, variants=tuple(heads), diverged=diverged)
    for each in (by_temperature.drawing(part), by_temperature.drawing(part, moves=True)):
        each.chart(alt.NamedData("frame"), **each.arguments).to_dict(validate=True)
    chart, arguments = accuracy_calibration.chart, {"heads": tuple(heads)}
    chart(alt.NamedData("frame"), **arguments).to_dict(validate=True)


def test_as_trained_the_diagram_is_the_one_that_stands(results):
    for head in HEADS:
        moving = pd.DataFrame(reliability.moving_frame(results, head))
        as_trained = with_one_line(moving[moving["step"] == AS_TRAINED])
        standing = with_one_line(reliability.frame(results, head))
        pd.testing.assert_frame_equal(as_trained[list(standing)], standing, rtol=1e-9, check_dtype=False)


def test_every_temperature_has_its_bins_and_says_its_error_and_its_loss(results):
    head = "spherical softmax"
    frame = pd.DataFrame(reliability.moving_frame(results, head))
    assert sorted(frame["step"].unique()) == list(range(len(GRID)))
    for step, own in frame.groupby("step"):
        assert own["note"].notna().tolist() == [True] + [False] * (len(own) - 1)
        assert own["count"].sum() == results.confusion_counts[HEADS.index(head)].sum()
        loss = results.scans[head].log_loss[step].mean()
        assert float(own["note"].iloc[0].split("log loss ")[1].removesuffix(" nats")) == pytest.approx(
            loss, rel=0.01
        )
    confidence = [np.average(own["confidence"], weights=own["share"]) for _, own in frame.groupby("step")]
    assert (np.diff(confidence) < 0).all()  # the higher the temperature, the less confident


def test_a_head_that_diverged_has_a_note_at_every_temperature(results):
    frame = pd.DataFrame(reliability.moving_frame(lost(results, "sigmoid"), "sigmoid"))
    assert frame["note"].tolist() == ["Every run diverged"] * len(GRID)
    assert (frame["count"] == 0).all()


def test_results_from_a_file_have_the_diagram_that_stands(results):
    held = dataclasses.replace(results, scans={})
    assert reliability.moving(held, "softmax") is reliability.drawing(held, "softmax")


def test_charts_follow_the_page_s_element_and_pictures_follow_nothing(results):
    moving = [reliability.moving(results, "softmax"), by_temperature.drawing(results, moves=True)]
    for each in moving:
        each.chart(alt.NamedData("frame"), **each.arguments).to_dict(validate=True)
        slider, step = each.specification["params"]
        assert slider["bind"] == {"element": f".st-key-{ELEMENT}", "event": "input"}
        assert step["name"] == "slider_step"
        assert str(AS_TRAINED) in step["expr"]
    for each in (reliability.drawing(results, "softmax"), by_temperature.drawing(results)):
        assert "slider_step" not in json.dumps(each.specification)


def test_the_lowest_log_loss_is_marked_and_said(results):
    drawing = by_temperature.drawing(results)
    marks = rows(drawing, "lowest").set_index("head")
    for head in HEADS:
        means = results.scans[head].log_loss.mean(1)
        assert marks.loc[head, "mean"] == means.min()
        assert marks.loc[head, "temperature"] == GRID[means.argmin()]
        assert head in drawing.text
    text = by_temperature.drawing(lost(results, "sigmoid")).text
    assert text.endswith("; every run of sigmoid diverged.")


def test_the_slider_s_line_has_a_place_for_each_of_its_texts(results):
    places = rows(by_temperature.drawing(results, moves=True), "slider")
    assert places["step"].tolist() == list(range(len(TEXTS)))
    np.testing.assert_allclose(places["temperature"], [float(text) for text in TEXTS], rtol=0.03)


def test_a_mark_a_head_stands_at_its_accuracy_and_calibration(results):
    drawing = accuracy_calibration.drawing(results)
    means = rows(drawing, "mean").set_index("head")
    for index, head in enumerate(HEADS):
        assert means.loc[head, "y"] == pytest.approx(results.values["accuracy"][index].mean())
        error = results.values["calibration error"] - results.values["calibration error, chance level"]
        assert means.loc[head, "x"] == pytest.approx(100 * error[index].mean())
    for way in ("x", "y"):
        assert (means[f"{way}_low"] <= means[way]).all()
        assert (means[way] <= means[f"{way}_high"]).all()
    assert means["y_high"].max() <= 1


def test_names_stand_right_of_all_marks_in_the_order_of_their_accuracies(results):
    drawing = accuracy_calibration.drawing(results)
    label, means = rows(drawing, "label"), rows(drawing, "mean")
    assert label["edge"].iloc[0] > means["x_high"].max()
    assert len(set(label["edge"])) == 1
    assert (label.sort_values("label_at")["end"].diff().dropna() >= 0).all()


def test_a_head_without_a_run_has_no_mark_but_is_said(results):
    drawing = accuracy_calibration.drawing(lost(results, "sigmoid"))
    assert "sigmoid" not in set(rows(drawing, "mean")["head"])
    assert drawing.text.count("every run of sigmoid diverged") == 2


def test_one_seed_has_marks_without_bars():
    one = Comparison(dataset="iris", heads=HEADS, n_seeds=1, n_epochs=2, learning_rate=0.01).run(n_jobs=1)
    means = rows(accuracy_calibration.drawing(one), "mean")
    assert len(means) == len(HEADS)
    assert means[["x_low", "y_high"]].isna().all(axis=None)
