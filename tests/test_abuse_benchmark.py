"""The arithmetic of the benchmarks of abuse and of estimates."""

import os
from itertools import islice

import numpy as np
import pytest

from alternatives.experiments import Comparison
from alternatives.serving.limits import Limits
from tests.benchmarks import abuse, estimates
from tests.benchmarks._processes import Usage, family


def test_what_never_came_counts_as_for_ever():
    found = abuse.Meanwhile([{"answer": 0.2, "picture": 1.0, "finished": 2.0}] * 19 + [{"answer": 0.3}])
    assert found.quantile("answer", 0.95) == 0.2
    assert found.quantile("answer", 1) == 0.3
    assert found.quantile("finished", 0.95) == 2.0
    assert found.quantile("finished", 1) == np.inf


def test_waits_that_nobody_notices_are_as_good_as_none():
    alone = abuse.Meanwhile([{"answer": 0.01, "picture": 0.5, "finished": 2.0}])
    busy = abuse.Meanwhile([{"answer": 0.09, "picture": 1.5, "finished": 3.0}])
    assert abuse.ratios(busy, alone) == pytest.approx({"answer": 1, "picture": 3, "finished": 1.5})


def test_memory_is_the_most_of_all_together():
    found = abuse.Meanwhile(used=[Usage(100, 50, 0, 0, 0), Usage(90, 50, 30, 0, 0)])
    assert found.megabytes == 170


def test_long_links_are_long_and_fit_into_a_message():
    lengths = [len(link) for _, link in islice(abuse.long_links(), 40)]
    assert min(lengths) > 90_000
    assert max(lengths) < 524_288


def test_refused_links_are_refused_and_the_others_are_not():
    limits = Limits(megabytes=abuse.BUDGET["ALTERNATIVES_MOST_MEGABYTES"])
    fields = {"dataset": "digits", "seeds": "100", "epochs": "500", "hidden": "512,512"}
    for page, link in [*abuse.large_data(), *abuse.heavy(), *islice(abuse.drive_by(), 3)]:
        assert page == ""
        comparison, problems = Comparison.from_link({**link, "dataset": "iris"})
        assert not problems
        limits.check(comparison)
    refused, problems = Comparison.from_link({**next(abuse.refused())[1], **fields})
    assert not problems
    with pytest.raises(ValueError, match="megabytes"):
        Limits(megabytes=500).check(refused)


def test_what_is_left_is_found(tmp_path):
    assert abuse.left_of(set(), tmp_path) == []
    (tmp_path / "file").touch()
    left = abuse.left_of({os.getpid()}, tmp_path)
    assert left[0] == f"process {os.getpid()}"
    assert left[-1] == str(tmp_path / "file")
    assert os.getpid() in family(os.getppid())


def test_within_a_factor_of_two():
    assert estimates.within(np.array([0.5, 1, 2, 4])) == 0.75
    assert np.isnan(estimates.within(np.array([])))


def test_draws_are_the_same_for_a_seed_and_of_every_kind():
    one, two = (list(islice(iter(estimates.Draws(7, 0.5)), 9)) for _ in range(2))
    assert [(kind, estimates.described(each)) for kind, each in one] == [
        (kind, estimates.described(each)) for kind, each in two
    ]
    assert {kind for kind, _ in one} <= set(estimates.Draws(7, 0.5).kinds)
    assert all(0.05 <= each.cost().seconds <= 0.5 for _, each in one)
