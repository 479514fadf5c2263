"""Measuring large output layers: times, agreement with the dense layer, the command, and the queue."""

import csv
import dataclasses
import io
import json
import math
import threading
import time

import numpy as np
import pandas as pd
import pytest

from alternatives.commands import main
from alternatives.commands.large_output import table
from alternatives.heads import Softmax
from alternatives.large_output import FAMILY, DenseOutput, Diverged, FactoredOutput
from alternatives.large_output.measuring import LargeOutput, Measured, agreement, report, timing
from alternatives.large_output.measuring.agreement import race_classes
from alternatives.serving.limits import Limits
from alternatives.serving.queue import Queue
from alternatives.training import shared_pool
from tests.test_command_line import HOSTILE, Terminal, refused

QUICK = ["--classes", "50,200,1000", "--dense-up-to", "200", "--units", "8", "--batch", "4"]
SMALL = LargeOutput(classes=(50, 200, 1000), dense_up_to=200, n_units=8, batch_size=4)
HARD = ["Taylor softmax", "spherical softmax(epsilon=0)", "spherical softmax(epsilon=100)", "squared error"]
HARD += ["Z-loss", "Z-loss(margin=0,steepness=100)"]


@pytest.fixture(scope="module")
def measured():
    return SMALL.run()


def timed(experiment, n_classes, rounds=timing.ROUNDS):
    return timing.timed(experiment.size(n_classes), experiment.layers(n_classes), experiment.seed, rounds)


def test_every_layer_is_timed_up_to_where_the_dense_ones_end(measured):
    times = measured.times
    layers = ["dense softmax", "dense Taylor softmax", "factored Taylor softmax", "sampled softmax"]
    layers += ["hierarchical softmax"]
    for n_classes in SMALL.classes:
        expected = layers if n_classes <= 200 else ["factored Taylor softmax"]
        assert list(times[times["n_classes"] == n_classes]["layer"]) == expected
    assert (times["seconds"] > 0).all()
    assert (times["fastest"] <= times["seconds"]).all()
    assert (times["seconds"] <= times["slowest"]).all()
    assert (times[times["layer"] == "dense softmax"]["ratio"] == 1).all()
    assert times[times["n_classes"] == 1000]["ratio"].isna().all()


def test_a_slow_layer_is_seen_to_be_slow(monkeypatch):
    """A dense step made ten times as long shows in its own time, and in the ratios of all others."""
    honest = timed(SMALL, 200).set_index("layer")["ratio"]
    step = DenseOutput.step

    def slow(layer, head, *arguments):
        for _ in range(9 * isinstance(head, Softmax)):
            DenseOutput.loss(layer, *arguments[:2], head)
            step(layer, head, *arguments)
        return step(layer, head, *arguments)

    monkeypatch.setattr(DenseOutput, "step", slow)
    slowed = timed(SMALL, 200).set_index("layer")["ratio"]
    for layer in ("factored Taylor softmax", "dense Taylor softmax", "sampled softmax"):
        assert slowed[layer] > 4 * honest[layer]


def test_operations_are_those_of_the_products():
    times = timed(SMALL, 50).set_index("layer")["operations"]
    assert times["dense softmax"] == times["dense Taylor softmax"] == 3 * 2 * 4 * 50 * 8
    assert times["factored Taylor softmax"] == FactoredOutput(np.zeros((9, 8))).operations(4)


@pytest.mark.parametrize("head", HARD)
def test_every_head_of_the_family_is_measured(head):
    experiment = SMALL.replace(head=head)
    alone, beside = timed(experiment, 1000, rounds=1), timed(experiment, 50, rounds=1)
    assert list(beside["layer"])[1:3] == [f"dense {experiment.head}", f"factored {experiment.head}"]
    assert alone["seconds"].notna().all() or "epsilon=0" in head
    assert beside["seconds"].notna().all()


def test_a_layer_that_diverges_has_no_time():
    class Diverging:
        def __call__(self, *_):
            raise Diverged

    layer = timing.TimedLayer("dense", "softmax", Diverging(), 1.0, 1.0)
    assert math.isnan(timing._seconds(layer, timing.batches(SMALL.size(50), 0), 3))
    assert timing._updates_in_a_turn(layer, timing.batches(SMALL.size(50), 0), 1, 0.01) == 1


def test_growth_is_the_power_of_a_time():
    sizes = np.array([10, 100, 1000, 10_000])
    assert timing.growth(sizes, 3e-6 * sizes**0.7) == pytest.approx(0.7)
    assert timing.growth(sizes, [2.0, math.nan, 2.0, 2.0]) == pytest.approx(0, abs=1e-12)
    assert math.isnan(timing.growth(sizes, [2.0, *[math.nan] * 3]))


def test_words_round_to_two_figures():
    said = [report.speed(ratio) for ratio in (1463.0, 0.5)]
    assert said == ["about 1,500 times faster", "about 2 times slower"]
    texts = [report.agree(error) for error in (3e-15, 0.2, 2.0, 0.0)]
    assert texts == ["agree to 14 digits", "differ", "differ", "are identical"]


@pytest.mark.parametrize("head", HARD[:1] + HARD[2:5])
def test_both_layers_learn_the_same_thing(head):
    experiment = SMALL.replace(head=head, n_units=16, batch_size=8)
    task = agreement.Task.random(experiment.size(300), experiment.head, 0, 40)
    alone = agreement.factored_alone(task)
    runners, losses, errors = agreement.advanced(agreement.pair(task), task, 25)
    _, more_losses, more_errors = agreement.advanced(runners, task, 15)
    losses, errors = pd.concat([losses, more_losses]), pd.concat([errors, more_errors])
    np.testing.assert_allclose(losses["loss"], alone["loss"], rtol=1e-9)
    assert list(losses["step"]) == list(alone["step"]) == list(range(1, 41))
    assert (np.diff(losses["seconds"]) > 0).all()
    assert losses["loss"].iloc[-5:].mean() < 0.97 * losses["loss"].iloc[0]
    assert errors["error"].max() < 1e-10
    assert list(errors[errors["quantity"] == "weights"]["step"]) == [25, 40]


def test_a_factored_layer_that_errs_is_found_out(monkeypatch):
    step = FactoredOutput.step
    monkeypatch.setattr(
        FactoredOutput,
        "step",
        lambda layer, head, hidden, targets, rate: step(layer, head, hidden, targets, 1.001 * rate),
    )
    found = agreement.errors_after(10, SMALL.size(50), SMALL.head, 0)
    assert found["weights"].iloc[0] > 1e-6


def test_everything_is_measured_and_reported(measured):
    assert measured.fraction == 1
    assert list(measured.agreement["n_classes"]) == [50, 200]
    assert measured.agreement["weights"].max() < 1e-10
    assert set(measured.race["layer"]) == {"dense Taylor softmax", "factored Taylor softmax"}
    assert set(measured.errors["quantity"]) == {"weights", "gradient", "loss"}
    assert measured.finding.startswith("With 200 classes one update takes ")
    assert (
        "With any number of classes from 50 to 1,000, factored Taylor softmax takes between "
        in measured.finding
    )
    errors = measured.table.set_index(["n_classes", "layer"])["error"].dropna()
    assert list(errors.index) == [(50, "factored Taylor softmax"), (200, "factored Taylor softmax")]


def test_progress_rises_and_what_it_raises_stops_all():
    seen = []
    SMALL.run(lambda so_far: seen.append(so_far.fraction), race=False)
    assert seen == sorted(seen)
    assert 0 == seen[0] < seen[-1] < 1

    def stop(so_far: Measured) -> None:
        if len(so_far.times):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        SMALL.run(stop)


@pytest.mark.parametrize(("units", "batch"), [(8, 1), (128, 128), (512, 512)])
def test_the_race_is_as_large_as_the_dense_layer_can_do(units, batch):
    n_classes = race_classes(units, batch)
    assert 100 <= n_classes <= 100_000
    assert n_classes == int(float(f"{n_classes:.0e}"))


def test_what_takes_too_much_is_refused_with_what_is_allowed():
    large = LargeOutput(classes=(10**7,), dense_up_to=10**7, n_units=512)
    with pytest.raises(
        ValueError, match=r"take about [\d,]+ megabytes, and at most 3,500 megabytes are allowed here"
    ):
        Limits().check(large)
    with pytest.raises(
        ValueError, match=r"would take about .* seconds, and at most 1 second is .* choose fewer classes"
    ):
        Limits(seconds=1).check(LargeOutput())
    Limits().check(LargeOutput())
    assert LargeOutput(dense_up_to=10**6).cost().megabytes > 5 * 512
    assert LargeOutput(dense_up_to=10).cost().seconds < 4


def test_who_asks_for_the_same_at_once_waits_for_one_measurement():
    queue, found, seen = Queue(), [], []
    request = SMALL.replace(seed=5)

    def ask():
        found.append(queue.results(request, seen.append))

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found[0] is found[1] is found[2] is queue.get(request)
    assert found[0].fraction == 1
    with pytest.raises(ValueError, match="megabytes"):
        queue.check(LargeOutput(dense_up_to=10**7, classes=(10**7,), n_units=512))


def test_the_command_prints_a_table(capsys):
    assert main(["large-output", *QUICK, "--head", "squared error"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    text = " ".join(out.split())
    assert text.startswith("With 200 classes one update takes ")
    assert text.count("factored squared error") >= 3
    assert "8 units, mini-batches of 4" in text
    assert "Beyond 200 classes only the factored layer is timed" in text
    assert max(map(len, out.splitlines())) <= 80


def test_columns_stand_below_their_titles(measured):
    for block in table(measured).split("\n\n"):
        title, *rows = block.splitlines()
        for name in ("ms an update", "times faster", "Mflop", "MB"):
            end = title.index(name) + len(name)
            assert all(row[end - 1] != " " and row[end : end + 1] in ("", " ") for row in rows)


def test_csv_and_json_hold_the_same(tmp_path, capsys):
    assert main(["large-output", *QUICK, "--csv", "-", "--json", str(tmp_path / "file")]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    said = json.loads((tmp_path / "file").read_text("utf-8"))
    assert LargeOutput.from_json(json.dumps(said["experiment"])) == SMALL
    assert len(rows) == len(said["layers"]) == 11
    for row, layer in zip(rows, said["layers"], strict=True):
        assert row["layer"] == layer["layer"]
        assert float(row["seconds"]) == layer["seconds"]
    assert said["layers"][-1]["ratio"] is None


def test_progress_is_drawn_on_a_terminal(monkeypatch, capsys):
    stream = Terminal()
    monkeypatch.setattr("sys.stderr", stream)
    assert main(["large-output", *QUICK, "--csv", "-"]) == 0
    assert "1,000 classes" in stream.getvalue()
    assert stream.getvalue().endswith("\n")


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:20])
@pytest.mark.parametrize("option", ["--classes", "--dense-up-to", "--units", "--batch", "--head", "--seed"])
def test_what_is_not_allowed_is_refused_with_what_is(option, text, capsys):
    said = refused(["large-output", option, text], capsys)
    assert "must be" in said or "may have at most" in said
    assert "got" in said


def test_too_much_is_refused_before_anything_is_measured(capsys, monkeypatch):
    monkeypatch.setenv("ALTERNATIVES_MOST_MEGABYTES", "4000")
    said = refused(["large-output", "--dense-up-to", "10000000", "--classes", "10000000"], capsys)
    assert "megabytes, and at most 3,500 megabytes are allowed here: choose fewer classes" in said
    said = refused(["large-output", "--head", "softmax"], capsys)
    assert "must be one of spherical softmax, Taylor softmax, squared error, Z-loss; got 'softmax'" in said


def test_a_link_says_it_all():
    experiment = SMALL.replace(head="Z-loss(margin=3)", seed=4)
    assert LargeOutput.from_link(experiment.to_link()) == (experiment, ())
    assert LargeOutput(classes=(1000, 50, 50)).classes == (50, 1000)
    assert {field.name for field in dataclasses.fields(LargeOutput)} == set(LargeOutput.fields())
    assert all(LargeOutput(head=name).head == FAMILY[name] for name in FAMILY)


class WentAway(BaseException):
    """A visitor closed the page."""


def long_call(*arguments, **settings):
    time.sleep(600)


def test_a_measurement_that_nobody_waits_for_ends_inside_a_call(monkeypatch):
    monkeypatch.setattr("alternatives.serving.queue.PATIENCE", 0.1)
    monkeypatch.setattr(timing, "timed", long_call)
    queue, heard = Queue(at_a_time={LargeOutput: 4}), []

    def leave(known: Measured) -> None:
        heard.append(known)
        if len(heard) > 3:
            raise WentAway

    for n_units in (8, 9):
        heard.clear()
        with pytest.raises(WentAway):
            queue.results(dataclasses.replace(SMALL, n_units=n_units), leave)
    assert shared_pool(1, measures=True).submit(0, abs, -1).result(30) == 1
    assert not queue._jobs


def test_who_waits_for_another_measurement_hears_for_how_many_calls(monkeypatch):
    busy = shared_pool(1, measures=True).submit(0, time.sleep, 600)
    heard = []

    def leave(known: Measured) -> None:
        heard.append(known.n_ahead)
        if known.n_ahead:
            raise WentAway

    try:
        with pytest.raises(WentAway):
            SMALL.run(leave, n_jobs=1)
    finally:
        shared_pool(1, measures=True).abandon(busy)
    assert heard[-1] == 1
