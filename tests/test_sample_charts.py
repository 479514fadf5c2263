"""Pictures of single samples, and of regions epoch by epoch: what they say is what the networks said."""

import base64
import json
import zlib

import numpy as np
import pytest

from alternatives.charts import confusion, moving_regions, regions, sample
from alternatives.experiments import Comparison
from alternatives.heads import HEADS
from alternatives.wording import percent

SETTINGS = {"n_seeds": 2, "n_epochs": 4, "learning_rate": 0.01, "hidden_layer_sizes": (8,)}
WINE = Comparison("wine", ["softmax", "Taylor softmax", "sigmoid"], **SETTINGS)
MOONS = Comparison("moons(samples=300)", ["softmax", "sigmoid"], **SETTINGS)


@pytest.fixture(scope="module")
def wine():
    return WINE.run(n_jobs=1)


@pytest.fixture(scope="module")
def moons():
    return MOONS.run(n_jobs=1)


def unpacked(picture, n_heads):
    """Classes and confidences of all frames, as a browser reads them."""
    shape = len(picture["epochs"]), n_heads, picture["side"] ** 2
    raw, n = zlib.decompress(base64.b64decode(picture["cells"])), int(np.prod(shape))
    classes = np.frombuffer(raw, "<u2", n).reshape(shape)
    return classes, np.frombuffer(raw, np.uint8, n, 2 * n).reshape(shape) / moving_regions.LEVELS


def test_bars_are_the_heads_probabilities(wine):
    found = wine.predictions
    for place in (0, 7):
        drawings = sample.bars(wine, place)
        assert list(drawings) == list(wine.variants)
        for index, (head, drawing) in enumerate(drawings.items()):
            frame = drawing.frame
            np.testing.assert_array_equal(frame["value"], found.probabilities[index, place])
            assert frame["class"][frame["is_true"]].tolist() == [wine.class_names[found.targets[place]]]
            assert head in drawing.text
            assert sample.verdicts(wine, place)[head][1:].removesuffix(".") in drawing.text
            drawing.altair().to_dict()


def test_only_the_data_differ_between_samples(wine):
    """So the browser moves the marks and draws no chart anew."""
    for head in wine.variants:
        first, second = (sample.bars(wine, place)[head] for place in (0, 7))
        assert first.specification == second.specification
        assert first.alt == second.alt


def test_verdicts_say_who_is_wrong(wine):
    found = wine.predictions
    for place in range(found.n_samples):
        said = [text.partition(":")[0] for text in sample.verdicts(wine, place).values()]
        assert [text == "Wrong" for text in said] == found.wrong[:, place].tolist()
    (place, *_) = np.flatnonzero(found.wrong.sum(0) == 1)
    assert sample.title(wine, place).endswith("1 of 3 heads is wrong.")


def test_errors_are_counted_in_words(wine):
    text = sample.counts(wine, "Taylor softmax")
    n = dict(zip(wine.variants, wine.predictions.n_wrong.tolist(), strict=True))
    assert text.startswith(
        f"Of the 35 test samples of seed 0, Taylor softmax gets {n['Taylor softmax']} wrong, "
        f"softmax {n['softmax']} and sigmoid {n['sigmoid']}. "
    )
    assert f"all 3 heads on {wine.predictions.wrong.all(0).sum()}." in text
    assert f"wrong on {wine.predictions.wrong.any(0).sum()} of them" in text


def how_many(n):
    return {0: "No sample", 1: "One sample"}.get(int(n), f"{n} samples")


def test_a_list_says_what_it_lists(wine):
    head = "softmax"
    n, counts = int(wine.predictions.n_wrong[0]), wine.confusion_counts[0]
    n_all = int(counts.sum() - np.trace(counts))
    words = f"{n_all} samples that softmax gets wrong, over all 2 seeds. Of these, the {n} with seed 0 are "
    assert sample.list_in_words(wine, head, None, None, 40) == words + "listed, the most confident first:"
    assert sample.list_in_words(wine, head, None, None, 1).endswith(
        "and the 1 most confident of those are listed:"
    )
    for true, predicted in np.ndindex(3, 3):
        text = sample.list_in_words(wine, head, true, predicted, 40)
        n_listed = len(wine.predictions.most_confident(0, true, predicted))
        assert text.startswith(how_many(counts[true, predicted]))
        assert (
            f"of class {wine.class_names[true]} that softmax predicts as {wine.class_names[predicted]}"
            in text
        )
        assert (f"the {'one' if n_listed == 1 else n_listed} with seed 0" in text) == (n_listed > 0)
        assert text.endswith(":") == (n_listed > 0)
    for k in range(3):
        row = sample.list_in_words(wine, head, k, None, 40)
        assert row.startswith(how_many(counts[k].sum() - counts[k, k]))
        column = sample.list_in_words(wine, head, None, k, 40)
        assert column.startswith(how_many(counts[:, k].sum()))


def test_of_one_seed_the_matrix_counts_what_is_listed():
    one = WINE.replace(n_seeds=1).run(n_jobs=1)
    n = int(one.predictions.n_wrong[0])
    words = f"{n} samples that softmax gets wrong, the most confident first:"
    assert sample.list_in_words(one, "softmax", None, None, 40) == words


def test_tiles_hold_what_a_browser_shows(wine):
    found = wine.predictions
    places = found.most_confident(0)
    tiles = sample.tiles(wine, "softmax", places)
    json.dumps(tiles)
    assert [tile["number"] for tile in tiles] == places.tolist()
    for tile, place in zip(tiles, places, strict=True):
        assert tile["image"] is None
        assert len(tile["features"]) == sample.MOST_ON_TILE
        assert f"predicted {wine.class_names[found.predicted[0, place]]}" in tile["words"]


def test_a_tile_of_a_digit_has_its_pixels():
    results = Comparison("digits", ["softmax"], **SETTINGS).run(n_jobs=1)
    places = results.predictions.most_confident(0)[:3]
    for tile, place in zip(sample.tiles(results, "softmax", places), places, strict=True):
        pixels = np.frombuffer(base64.b64decode(tile["image"]["bytes"]), np.uint8)
        row = results.predictions.rows[place]
        X = results.experiment.dataset.load().X[row]
        np.testing.assert_array_equal(pixels, np.rint(X / 16 * 255))
        assert (tile["image"]["side"], tile["image"]["channels"]) == (8, 1)
    assert sample.counts(results, "softmax").count("softmax") == 1  # no other head to compare with


def test_many_classes_show_the_true_one_and_the_likeliest():
    crowd = Comparison("Gaussian mixture(n_classes=30)", ["softmax", "sigmoid"], **SETTINGS).run(n_jobs=1)
    found = crowd.predictions
    for place in (0, 5, 11):
        shown = sample.classes_shown(found, place)
        assert len(shown) == sample.MOST_CLASSES
        assert found.targets[place] in shown
        assert found.probabilities[:, place].max(0).argmax() in shown
        assert list(shown) == sorted(shown)
        sample.bars(crowd, place)["softmax"].altair().to_dict()


def test_a_chosen_cell_has_an_outline_and_nothing_else_differs(wine):
    plain, chosen = confusion.drawing(wine, "softmax"), confusion.drawing(wine, "softmax", (1, 2))
    assert plain.specification == chosen.specification
    assert not plain.frame["chosen"].any()
    row = chosen.frame[chosen.frame["chosen"]]
    assert row[["true", "predicted"]].to_numpy().tolist() == [[wine.class_names[1], wine.class_names[2]]]


def test_a_browser_reads_the_frames_as_they_are(moons):
    picture = moving_regions.picture(moons)
    json.dumps(picture)
    classes, levels = unpacked(picture, 2)
    names = np.array([each["name"] for each in picture["classes"]])
    np.testing.assert_array_equal(names[classes], np.array(moons.class_names)[moons.frames.predicted])
    np.testing.assert_allclose(levels, moons.frames.confidence, atol=0.5 / moving_regions.LEVELS)
    points = np.array([point[:2] for point in picture["points"]])
    np.testing.assert_allclose(points, moons.decisions.points, atol=1e-3)
    assert [point[3] for point in picture["points"]] == list(range(moons.predictions.n_samples))
    assert names[[point[2] for point in picture["points"]]].tolist() == moons.decisions.classes.tolist()


def test_a_picture_says_what_it_shows(moons):
    picture = moving_regions.picture(moons)
    assert picture["epochs"][0] == "Before training"
    assert picture["epochs"][-1] == "Epoch 4 of 4"
    last = picture["described"][-1]
    for head, text in zip(moons.variants, last, strict=True):
        assert text.startswith(f"Decision regions of {head} after 4 epochs: of the plane it predicts ")
        shown = picture["said"][-1][moons.variants.index(head)].removesuffix(" right")
        assert f"{shown} of the test samples are right." in text
        standing = regions.drawing(moons, head).text
        assert standing.startswith(f"Decision regions of {head}: of the plane it predicts ")
        predicted = moons.decisions.predicted[moons.variants.index(head)]
        for name in set(predicted):
            assert f"{name} on {percent(np.mean(predicted == name))}" in standing


def test_a_network_that_diverged_is_told():
    wild = MOONS.replace(
        heads=["softmax"], n_epochs=30, solver="sgd", learning_rate=10.0, hidden_layer_sizes=(64,) * 4
    ).run(n_jobs=1)
    picture = moving_regions.picture(wild)
    assert (unpacked(picture, 1)[0][-1] == moving_regions.NOBODY).all()
    assert picture["said"][-1] == ["diverged"]
    for text in (picture["described"][-1][0], regions.drawing(wild, "softmax").text):
        assert text.endswith("the network diverged.")
    assert set(sample.verdicts(wild, 0).values()) == {"The network diverged."}
    for drawing in sample.bars(wild, 0).values():
        drawing.altair().to_dict()


def test_all_frames_of_all_heads_stay_small():
    """They are sent to a browser at once; ten thousand samples are the most of a generated data set."""
    settings = {**SETTINGS, "n_seeds": 1, "n_epochs": 40, "batch_size": 2048}
    results = Comparison("moons(samples=10000)", list(HEADS), **settings).run(n_jobs=1)
    assert len(results.frames.epochs) > 10
    size = len(json.dumps(moving_regions.picture(results)))
    assert size < 300_000


@pytest.mark.parametrize(("low", "high"), [(-2.3, 2.4), (0, 1e-3), (-1e6, 5), (3, 3)])
def test_ticks_are_few_and_round(low, high):
    found = moving_regions.ticks(low, high)
    assert len(found) <= moving_regions.MOST_TICKS + 1
    for value, text in found:
        assert low <= value <= high
        assert len(text) < 12
