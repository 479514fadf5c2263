"""The paper's tables made again: test data choose nothing, and every row comes back by its configuration."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from alternatives import Comparison
from alternatives.commands import main
from alternatives.datasets import DATASETS, DatasetUnavailable, Samples, split
from alternatives.datasets.bundled import MNIST
from alternatives.datasets.shelf import Shelved
from alternatives.datasets.splitting import held_out
from alternatives.experiments import experiment, tuning
from alternatives.heads import HEADS, SphericalSoftmax
from alternatives.memory import Memory
from alternatives.paper import (
    FOLDER,
    ROWS,
    SEARCH,
    SERIES,
    Replication,
    Series,
    printed,
    recomputed,
    replication,
)
from alternatives.paper.procedure import Classifiers
from alternatives.paper.tables import RowTable, comparison_of, configuration, made_with
from alternatives.sweeps import Sweep, running

TINY = Series(
    "tiny",
    "Are the steps right?",
    (
        Sweep(
            {"seeds": "4", "settings": "3", "weight_decay": "own best", "max_epochs": "3"}
            | {"test_set": "held out", "head_parameters": "own best", "criterion": "error"},
            {"heads": ("softmax", "spherical softmax"), "dataset": ("iris", "wine")},
        ),
    ),
    seeds_at_a_time=4,
)
EXACT = [name for name in ROWS if name not in ("seconds", "versions")]
CLASSIFIERS = {name: each for name, each in SERIES.items() if isinstance(each.procedure, Classifiers)}
SMALL_MNIST = DATASETS.parse("MNIST(samples=600)")
SECONDS = 1.0
"""Seconds of training that rows of data/replication are computed again for."""


@pytest.fixture(autouse=True)
def nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuning, "memory", Memory())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, pd.DataFrame]:
    folder = tmp_path_factory.mktemp("replication")
    rows, failed = Replication.of(TINY, folder).run(n_jobs=1)
    assert not failed
    return folder, rows


class TestTestSets:
    def test_the_published_one_is_the_same_for_all_seeds_and_nobody_else_sees_it(self) -> None:
        comparison = Comparison(dataset=SMALL_MNIST, test_set="published", n_seeds=2)
        samples = SMALL_MNIST.load()
        rows = np.flatnonzero(samples.published_test)
        assert 60 < len(rows) < 110  # a seventh of the images
        for seed in (*comparison.seeds, *comparison.tuning_seeds):
            part = split(samples, seed, in_test=samples.published_test)
            np.testing.assert_array_equal(part.test_index, rows)
            others = np.concatenate([part.train_index, part.validation_index])
            np.testing.assert_array_equal(np.sort(np.concatenate([others, rows])), np.arange(600))
            assert len(part.validation_index) == len(rows)
        np.testing.assert_array_equal(comparison.data.test_index, [rows] * 2)

    def test_of_all_images_it_is_the_ten_thousand_that_were_published(self) -> None:
        with np.load(MNIST.path) as arrays:
            assert [len(arrays[f"{part}_labels"]) for part in ("train", "test")] == [60_000, 10_000]
        (search, *_) = SERIES["mnist"].comparisons()
        assert str(search.dataset) == "MNIST(samples=70000)"
        assert search.test_set == "published"

    def test_what_is_held_out_is_drawn_by_the_first_seed(self) -> None:
        samples = DATASETS["wine"].load()
        one, other = (
            Comparison(dataset="wine", test_set="held out", first_seed=n, n_seeds=3) for n in (0, 5)
        )
        first = split(samples, 0).test_index
        np.testing.assert_array_equal(one.data.test_index, [np.sort(first)] * 3)
        np.testing.assert_array_equal(np.flatnonzero(held_out(samples, 0)), np.sort(first))
        assert (one.data.test_index[0] != other.data.test_index[0]).any()
        assert (
            len({str(each) for each in one.data.validation.X[:, 0]}) == 3
        )  # the rest is divided by each seed

    def test_where_none_was_published_it_is_said(self) -> None:
        with pytest.raises(DatasetUnavailable, match="The published test set of wine isn't known"):
            Comparison(dataset="wine", test_set="published").run(n_jobs=1)


SEARCHES: dict[str, Comparison] = {
    "published": Comparison(
        dataset=SMALL_MNIST, test_set="published", heads=["softmax"], hidden_layer_sizes=(4,), max_epochs=2
    ),
    "held out": Comparison(
        dataset="iris",
        test_set="held out",
        heads=["spherical softmax"],
        head_parameters="own best",
        max_epochs=2,
    ),
}


@pytest.mark.parametrize("comparison", SEARCHES.values(), ids=SEARCHES)
def test_test_samples_choose_nothing(comparison: Comparison, monkeypatch: pytest.MonkeyPatch) -> None:
    """With other test samples everything that was tried has the same numbers, to the last bit."""
    comparison = comparison.replace(n_settings=3, weight_decay=None, criterion="error")
    samples = comparison.dataset.load()
    in_test = comparison.division.in_test(comparison.dataset)
    assert in_test is not None
    before = comparison.tune(n_jobs=1)

    X, targets = samples.X.copy(), samples.targets.copy()
    X[in_test] = 1e6
    targets[in_test] = np.random.default_rng(0).permutation(targets[in_test])
    spoilt = Samples(X, targets, samples.class_names, samples.feature_names, samples.one_unit)
    spoilt = Samples(**vars(spoilt) | {"published_test": samples.published_test})
    original, calls = experiment.data, []

    def of_spoilt(*arguments: object) -> object:
        calls.append(arguments)
        with monkeypatch.context() as patched:
            patched.setattr(type(comparison.dataset), "load", lambda self: spoilt)
            patched.setattr(type(comparison.division), "in_test", lambda self, dataset: in_test)
            return original.__wrapped__(*arguments)

    monkeypatch.setattr(experiment, "data", of_spoilt)
    monkeypatch.setattr(tuning, "memory", Memory())
    after = comparison.tune(n_jobs=1)
    assert before is not None
    assert after is not None
    assert calls
    assert before.jobs == after.jobs
    for one, other in zip(before.trials[0], after.trials[0], strict=True):
        for name, values in vars(one.history).items():
            np.testing.assert_array_equal(values, vars(other.history)[name])


def test_tuning_is_given_no_test_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    original = tuning.tune
    monkeypatch.setattr(tuning, "tune", lambda *given: seen.append(given[3]) or original(*given))
    Comparison(dataset="iris", heads=["softmax"], max_epochs=1).tune(n_jobs=1)
    (given,) = seen
    assert given.test.X.size == given.test.targets.size == given.test_index.size == 0


def test_what_is_measured_has_nothing_left_to_choose(made: tuple[Path, pd.DataFrame]) -> None:
    with pytest.raises(AssertionError, match="chooses nothing"):
        replication.trained(TINY.procedure, "tiny", "", TINY.comparisons()[0])
    for text in made[1]["configuration"]:
        assert comparison_of(text).tune() is None


class TestSeries:
    @pytest.mark.parametrize("series", CLASSIFIERS.values(), ids=CLASSIFIERS)
    def test_every_head_has_the_same_budget_and_enough_seeds(self, series: Series) -> None:
        searches = series.comparisons()
        assert {len(each.heads) for each in searches} == {1}
        budgets: dict[str, set[object]] = {}
        for each in searches:
            budget = each.search, each.weight_decay, each.batch_size, each.hidden_layer_sizes, each.filters
            budgets.setdefault(each.dataset.name, set()).add(budget)
        assert {len(own) for own in budgets.values()} == {1}
        assert searches[0].n_settings
        assert searches[0].test_set != "drawn by each seed"
        seeds: dict[tuple[object, ...], set[int]] = {}
        for each in searches:
            setting = each.dataset, each.label_noise, each.n_training
            own = seeds.setdefault((setting, each.heads[0].name), set())
            assert own.isdisjoint(each.seeds)
            own.update(each.seeds)
        assert {len(own) for own in seeds.values()} == {20 if series.name in ("mnist", "suite") else 10}

    def test_mnist_has_the_heads_of_the_question(self) -> None:
        assert {each.heads[0].name for each in SERIES["mnist"].comparisons()} == {
            *("softmax", "spherical softmax", "Taylor softmax", "sigmoid", "scaled squared error"),
            *("higher order Taylor softmax", "log softmax bound"),
        }
        assert HEADS["higher order Taylor softmax"].order == 4

    def test_the_convolutional_series_has_the_papers_heads_and_images(self) -> None:
        searches = SERIES["mnist convolutional"].comparisons()
        assert {each.heads[0].name for each in searches} == {
            *("softmax", "spherical softmax", "Taylor softmax", "sigmoid", "scaled squared error"),
        }
        for each in searches:
            (variant,) = each.variants(*each.dataset.shape[1:])
            assert variant.network.layer_sizes == (12 * 12 * 16, 4 * 4 * 32, 128)
            assert (each.dataset.shape[0], each.test_set) == (70_000, "published")

    def test_the_suite_is_the_whole_shelf(self) -> None:
        shelf = {name for name, dataset in DATASETS.items() if isinstance(dataset, Shelved)}
        assert {each.dataset.name for each in SERIES["suite"].comparisons()} == shelf
        some = SERIES["suite"].only(heads=["softmax"], datasets=["yeast", "glass"]).comparisons()
        assert {(each.heads[0].name, each.dataset.name) for each in some} == {
            ("softmax", "yeast"),
            ("softmax", "glass"),
        }


class TestReplication:
    def test_the_search_is_recorded(self, made: tuple[Path, pd.DataFrame]) -> None:
        search = pd.read_csv(made[0] / "tiny-search.csv")
        assert tuple(search.columns) == SEARCH
        assert (search.groupby("configuration")["chosen"].sum() == 1).all()
        assert (search.groupby("configuration").size() == 3).all()
        assert set(search.loc[search["chosen"], "splits"]) == {tuning.N_SPLITS}
        forms = {HEADS.parse(form) for form in search.loc[search["head"] == "spherical softmax", "form"]}
        assert len(forms) > 1
        assert all(isinstance(form, SphericalSoftmax) for form in forms)

    def test_rows_are_what_was_chosen(self, made: tuple[Path, pd.DataFrame]) -> None:
        folder, rows = made
        search = pd.read_csv(folder / "tiny-search.csv")
        assert tuple(rows.columns) == ROWS
        assert len(rows) == 2 * 2 * 4
        assert not rows.duplicated(["dataset", "head", "seed"]).any()
        for row in rows.to_dict("records"):
            own = search[(search["dataset"] == row["dataset"]) & (search["head"] == row["head"])]
            (won,) = own[own["chosen"]].to_dict("records")
            for name in ("form", "learning_rate", "epochs", "weight_decay"):
                assert row[name] == won[name]

    def test_rows_are_the_comparisons_own_numbers(self, made: tuple[Path, pd.DataFrame]) -> None:
        (text, *_) = made[1]["configuration"]
        results = comparison_of(text).run(n_jobs=1)
        own = made[1][made[1]["configuration"] == text]
        np.testing.assert_array_equal(own["error"], 1 - results.values["accuracy"][0])
        np.testing.assert_array_equal(own["log_loss"], results.values["log loss"][0])

    def test_a_stopped_series_goes_on_and_computes_nothing_twice(
        self, tmp_path: Path, made: tuple[Path, pd.DataFrame], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Stopped(Exception):
            pass

        def stop(step: str, done: int, of: int) -> None:
            if (step, done) in stops:
                raise Stopped

        begun: list[Comparison] = []
        one = running._one
        monkeypatch.setattr(running, "_one", lambda each, work: begun.append(each) or one(each, work))
        whole = Replication.of(TINY, tmp_path)
        stops = {("search", 2)}
        with pytest.raises(Stopped):
            whole.run(1, stop)
        stops = {("networks", 1)}
        with pytest.raises(Stopped):
            whole.run(1, stop)
        stops = set()
        rows, failed = whole.run(1, stop)
        assert not failed
        # What was begun when it was stopped is lost: at most the next one.
        assert len(begun) <= 8 + 2
        assert_frame_equal(rows[EXACT], made[1][EXACT])
        begun.clear()
        again, _ = whole.run(1, stop)
        assert begun == []
        assert_frame_equal(again, rows, check_exact=True)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["tiny-search.csv", "tiny.csv"]

    def test_some_heads_do_not_disturb_the_others(
        self, tmp_path: Path, made: tuple[Path, pd.DataFrame]
    ) -> None:
        Replication.of(TINY, tmp_path, ["spherical softmax"], ["wine"]).run(1)
        rows, _ = Replication.of(TINY, tmp_path).run(1)
        order = ["dataset", "head", "seed"]
        both = [each[EXACT].sort_values(order).reset_index(drop=True) for each in (rows, made[1])]
        assert_frame_equal(*both, check_exact=True)


def test_a_configuration_is_its_comparison() -> None:
    comparison = Comparison(dataset="wine", heads=["spherical softmax(epsilon=0.1)"], n_epochs=3)
    assert comparison_of(configuration(comparison)) == comparison
    with pytest.raises(ValueError, match="there is no setting 'colour'"):
        comparison_of("dataset=wine&colour=red")


def test_versions_are_written_where_they_change_and_read_for_every_row(tmp_path: Path) -> None:
    frame = pd.DataFrame({"configuration": "c", "head": "softmax", "seed": range(4)})
    frame["versions"] = ["numpy 1", "numpy 1", "numpy 2", "numpy 1"]
    table = RowTable(tmp_path / "some.csv", tuple(frame.columns))
    table.write(frame)
    assert table.path.read_text().count("numpy") == 3
    assert_frame_equal(table.read(), frame, check_dtype=False)


COMMITTED = sorted(path.stem for path in FOLDER.glob("*.csv") if not path.stem.endswith("-search"))


class TestCommitted:
    """What is in data/replication."""

    def test_it_is_small(self) -> None:
        assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 5_000_000
        assert not [path for path in FOLDER.iterdir() if path.suffix != ".csv"]

    @pytest.mark.parametrize("name", COMMITTED)
    def test_each_row_is_one_network_of_its_series(self, name: str) -> None:
        rows = Replication.of(SERIES[name], FOLDER).tables[1].read()
        assert tuple(rows.columns) == SERIES[name].procedure.rows
        assert not rows.duplicated(["configuration", "seed"]).any()
        assert (rows["experiment"] == name).all()
        search = pd.read_csv(FOLDER / f"{name}-search.csv")
        known = {configuration(each) for each in SERIES[name].comparisons()}
        assert set(search["configuration"]) <= known
        chosen = {configuration(each) for each in Replication.of(SERIES[name], FOLDER).chosen(search)}
        assert set(rows["configuration"]) <= chosen

    def test_small_rows_come_back(self) -> None:
        tables = [Replication.of(SERIES[name], FOLDER).tables[1].read() for name in COMMITTED]
        rows = replication.quickest(pd.concat(tables, ignore_index=True), SECONDS)
        assert len(rows)
        again = recomputed(rows)
        of = ["configuration", "seed"]
        there, new = (each.set_index(of).sort_index() for each in (rows, again))
        assert len(there) == len(new)
        series = [SERIES[name] for name in rows["experiment"].unique()]
        for name in dict.fromkeys(name for each in series for name in each.procedure.exact):
            if set(there["versions"]) == {made_with()}:
                np.testing.assert_array_equal(new[name], there[name])
            np.testing.assert_allclose(new[name], there[name], rtol=0.05, atol=0.02)


def test_printed_numbers_are_the_papers_and_unknown_ones_are_empty() -> None:
    numbers = printed().set_index(["dataset", "measure", "loss"])["value"]
    assert numbers["mnist", "error", "log softmax"] == 0.812
    assert numbers["mnist", "error", "log Taylor softmax"] == 0.785
    assert numbers["mnist", "error", "log spherical softmax"] == 0.828
    assert numbers["Penn Treebank", "perplexity", "log softmax"] == 126.7
    assert numbers.loc[["One Billion Word"]].isna().all()
    assert numbers.xs("squared error", level="loss").isna().all()
    assert set(printed()["head"]) <= set(HEADS)


class TestCommand:
    def test_runs_and_checks(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(SERIES, "tiny", TINY)
        some = ["paper", "tiny", "--datasets", "iris", "--heads", "softmax", "--folder", str(tmp_path)]
        assert main([*some, "--jobs", "1", "--quiet"]) == 0
        assert "tiny.csv has 4 networks." in capsys.readouterr().out
        assert main([*some, "--check", "10"]) == 0
        assert "4 networks of 4 (softmax), trained again" in (found := capsys.readouterr().out)
        assert "the same to the last bit" in " ".join(found.split())
        rows = pd.read_csv(tmp_path / "tiny.csv", engine="pyarrow")
        rows.loc[0, "log_loss"] += 1e-9
        rows["seconds"] = 0.001  # so small networks may take less than is written
        rows.to_csv(tmp_path / "tiny.csv", index=False)
        assert main([*some, "--check", "10"]) == 1
        assert "not the same: they differ by up to 1e-09." in " ".join(capsys.readouterr().out.split())
        rows["versions"] = rows["versions"].str.replace("numpy ", "numpy 0.")
        rows.to_csv(tmp_path / "tiny.csv", index=False)
        assert main([*some, "--check", "10"]) == 0, "elsewhere digits may differ"
        assert "configuration: they differ by up to 1e-09; as much as 0.05 may be" in " ".join(
            capsys.readouterr().out.split()
        )
        rows.loc[0, "log_loss"] += 0.06
        rows.to_csv(tmp_path / "tiny.csv", index=False)
        assert main([*some, "--check", "10"]) == 1, "but not as much as that"
        rows.loc[0, "log_loss"] = np.nan
        rows.to_csv(tmp_path / "tiny.csv", index=False)
        assert main([*some, "--check", "10"]) == 1, "nor may a number be missing"
        capsys.readouterr()
        assert main([*some, "--check", "0"]) == 0
        assert "None was trained in so short a time" in capsys.readouterr().out

    def test_one_that_is_interrupted_says_that_it_goes_on(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupted(*arguments: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(Replication, "run", interrupted)
        assert main(["paper", "classes", "--folder", str(tmp_path)]) == 130
        assert capsys.readouterr().err.endswith("kept, and the same command goes on from there.\n")

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (["label", "nois"], "got 'label nois'"),
            (["imagenet"], "SERIES must be one of mnist, mnist convolutional, suite, classes, label noise,"),
            (["mnist", "--heads", "softmux"], "--heads must be one of"),
            (["suite", "--datasets", "MNIST"], "--datasets must be one of"),
            (["--jobs", "0"], "'--jobs'"),
        ],
    )
    def test_bad_arguments_are_refused(
        self, arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["paper", *arguments]) == 2
        assert sentence in capsys.readouterr().err
