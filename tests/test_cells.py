"""The cells of the tables: what stands below an undecided difference."""

import dataclasses
import re

import numpy as np
import pytest

from alternatives.charts import tables, training_time
from alternatives.experiments import Comparison
from alternatives.experiments.comparison import MOST_SEEDS

ROW = {
    "measure": "accuracy",
    "verdict": "undecided",
    "noticeable": 0.0178,
    "margin": 0.01,
    "seeds_needed": 60.0,
    "n_pairs": 20,
}


def below(**changes: object) -> str:
    return tables._noticeable(ROW | changes)


def test_what_could_go_unnoticed_and_how_many_seeds_it_would_take():
    assert below() == "up to 1.8 points could go unnoticed; finding 1 point would take 60 seeds"
    loss = {"measure": "log loss", "noticeable": 0.066, "margin": 0.02}
    assert below(**loss) == "up to 0.066 nats could go unnoticed; finding 0.02 nats would take 60 seeds"
    assert below(measure="Brier score", noticeable=0.02).startswith(
        "up to 0.02 could go unnoticed; finding 0.01 would"
    )


def test_more_seeds_than_can_be_chosen_are_said_to_be_so():
    assert below(seeds_needed=254.0).endswith(f"would take 254 seeds (here at most {MOST_SEEDS})")
    assert Comparison(n_seeds=MOST_SEEDS)
    with pytest.raises(ValueError, match="seeds"):
        Comparison(n_seeds=MOST_SEEDS + 1)


def test_a_size_that_is_nearly_the_margin_has_another_digit():
    assert below(noticeable=0.010427, seeds_needed=109.0) == (
        "up to 1.04 points could go unnoticed; finding 1 point would take 109 seeds (here at most 100)"
    )
    assert below(noticeable=0.01, seeds_needed=20.0) == "up to 1 point could go unnoticed"


@pytest.mark.parametrize("changes", [{"verdict": "worse"}, {"verdict": "equivalent"}])
def test_nothing_stands_below_what_is_decided(changes):
    assert below(**changes) == ""


def test_the_time_of_a_run_is_epochs_times_the_time_of_one():
    results = Comparison(dataset="iris", n_seeds=3, n_epochs=4, learning_rate=0.01).run(n_jobs=1)
    own = dataclasses.replace(
        results, n_epochs=np.array([40, 18, 20, 40]), seconds=np.array([0.04, 0.0198, 0.02, 0.04])
    )
    texts = training_time.frame(own)["text"]
    assert texts[:2] == ["40 × 1 ms", "18 × 1.1 ms"]
    assert re.search("about the same for softmax, spherical", training_time.finding(own))
