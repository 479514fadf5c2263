"""The blurred digits: networks that were really trained, and frames that say what they say."""

import dataclasses
import json

import numpy as np
import pytest

from alternatives.charts.blurred_digit import SIGNS, UNKNOWN, about, picture
from alternatives.datasets import DATASETS, split
from alternatives.experiments import Comparison
from alternatives.experiments.blurred_digit import (
    BLURS,
    ByHead,
    blurred,
    blurred_digits,
    typical,
    usual_heads,
)
from alternatives.heads import HEADS
from alternatives.heads.looks import MARKS
from tests.heads_of_ones_own import a_head_of_ones_own


@pytest.fixture(scope="module")
def found():
    return blurred_digits(usual_heads())


def test_a_blur_spreads_what_is_there_and_leaves_what_is_even():
    assert np.allclose(blurred(np.ones((3, 8, 8)), 1.5), 1)
    dot = np.zeros((9, 9))
    dot[4, 4] = 1
    assert blurred(dot, 0) is dot
    spread = blurred(dot, 1.0)
    assert np.isclose(spread.sum(), 1, atol=0.01)
    assert np.allclose(spread, spread.T)
    assert spread[4, 4] > spread[4, 5] > spread[4, 6] > spread[4, 7]
    assert spread[4, 5] / spread[4, 4] == pytest.approx(np.exp(-1 / 2), rel=1e-3)  # but for the edges


def test_the_digits_are_of_the_test_set_and_of_different_classes(found):
    samples = DATASETS["digits"].load()
    part = split(samples, 0)
    for image, target in zip(found.images[0], found.targets, strict=True):
        same = (samples.X[part.test_index] == 16 * image.ravel()).all(1)
        assert part.targets_test[same].tolist() == [target]
    assert len(set(found.targets)) == len(found.targets)
    assert (found.n_training, found.n_seeds) == (len(part.train_index), Comparison().n_seeds)


def test_sharp_digits_are_known_and_blurred_ones_are_not(found):
    assert (found.winners[:, 0] == found.targets).all()
    assert (found.accuracy[:, 0] > 0.93).all()
    assert (found.accuracy[:, -1] < 0.4).all()
    assert (found.mean_confidence[:, 0] > found.mean_confidence[:, -1]).all()


def test_the_means_of_sharp_digits_are_the_default_comparison_s(found):
    """Readers compare the picture with the finding below it."""
    rows = Comparison().run().summary.set_index(["measure", "head"])["mean"]
    for head, sure, right in zip(found.heads, found.mean_confidence[:, 0], found.accuracy[:, 0], strict=True):
        assert right == pytest.approx(rows["accuracy", head.name])
        assert sure - right == pytest.approx(rows["confidence minus accuracy", head.name])


def test_it_says_whether_its_networks_are_those_of_the_comparison(found):
    usual = Comparison()
    for same in (usual, usual.replace(heads=["softmax", "sparsemax"]), usual.replace(question="new data")):
        assert about(found, same).startswith("The networks of the comparison below")
    for other in ({"label_noise": 0.3}, {"dataset": "iris"}, {"n_epochs": 5}, {"n_seeds": 5}):
        assert "1,079 sharp digits with right labels, as by default" in about(found, usual.replace(**other))


def test_probabilities_are_those_of_the_head_for_these_logits(found):
    for head, logits, own in zip(found.heads, found.logits, found.probabilities, strict=True):
        assert np.allclose(head.class_probabilities(logits), own)
        assert np.allclose(own.sum(-1), 1)


def test_a_head_s_numbers_and_the_digits_do_not_depend_on_the_others(found):
    alone = blurred_digits((HEADS["Taylor softmax"],))
    at = [head.name for head in found.heads].index("Taylor softmax")
    assert np.array_equal(alone.logits[0], found.logits[at])
    assert np.array_equal(alone.accuracy[0], found.accuracy[at])
    assert np.array_equal(alone.images, found.images)


def test_a_typical_sample_does_as_all_do_on_average():
    # Two classes; sample 2 has the mean's probabilities, 0 is wrong while it is sharp.
    first = np.array([0.1, 0.99, 0.7, 0.6, 0.55, 0.8])
    targets = np.array([0, 0, 0, 0, 1, 1])
    sharp = np.stack([first, 1 - first], -1)
    sharp[4:] = sharp[4:, ::-1]
    every = ByHead((HEADS["softmax"],), np.log(sharp)[None, None], sharp[None, None])
    shown = typical(every, targets, 2)
    assert targets[shown].tolist() in ([0, 1], [1, 0])
    assert 0 not in shown
    assert 2 in shown


def test_the_frames_say_what_was_computed(found):
    frames = picture(found)
    assert len(json.dumps(frames)) < 60_000
    assert len(frames["blurs"]) == len(BLURS)
    assert frames["blurs"][0] == "sharp"
    for n, digit in enumerate(frames["digits"]):
        assert digit["name"] == str(found.targets[n])
        for blur, answers in enumerate(digit["frames"]):
            for k, answer in enumerate(answers):
                assert np.abs(np.array(answer["logits"])).max() <= 1000
                assert sum(answer["shares"]) == pytest.approx(1000, abs=5)
                assert answer["winner"] == found.probabilities[k, blur, n].argmax()
                assert answer["right"] == (answer["winner"] == found.targets[n])
                assert answer["says"].endswith(": wrong") != answer["right"]
    assert "100" not in frames["digits"][0]["frames"][0][0]["says"]  # softmax is never wholly sure
    assert "1,079 sharp digits" in about(found, Comparison())
    assert [head["name"] for head in frames["heads"]] == [head.name for head in found.heads]


def test_the_bars_stay_within_their_row(found):
    frames = picture(found)
    for digit in frames["digits"]:
        for answers in digit["frames"]:
            for scale, answer in zip(digit["scales"], answers, strict=True):
                assert max(answer["logits"]) <= 1000 - scale["zero"] + 1
                assert min(answer["logits"]) >= -scale["zero"] - 1


def test_every_mark_has_a_sign():
    assert set(SIGNS) == set(MARKS)
    assert len(set(SIGNS.values())) == len(MARKS)


def test_a_head_of_ones_own_is_in_the_picture():
    with a_head_of_ones_own() as head:
        found = blurred_digits((head,))
        assert found.accuracy[0, 0] > 0.9
        assert picture(found)["heads"][0]["name"].startswith(head.name)


def test_a_network_that_diverged_gives_no_answer(found):
    logits, probabilities = found.logits.copy(), found.probabilities.copy()
    logits[0], probabilities[0] = np.nan, np.nan
    means = found.mean_confidence.copy()
    means[0] = np.nan
    frames = picture(
        dataclasses.replace(found, logits=logits, probabilities=probabilities, mean_confidence=means)
    )
    assert frames["digits"][0]["frames"][0][0]["says"] == UNKNOWN
    assert "–" in frames["heads"][0]["all"][0]
    json.dumps(frames, allow_nan=False)
