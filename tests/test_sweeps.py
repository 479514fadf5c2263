"""Sweeps: the page's numbers, each comparison once, whatever is stopped or killed on the way."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from alternatives import Comparison
from alternatives.commands import main
from alternatives.datasets import DatasetUnavailable
from alternatives.sweeps import MOST_COMPARISONS, NotReachable, Sweep, Table, rows, running
from tests import clusters

QUICK = {"heads": "softmax,Taylor softmax", "seeds": "3", "epochs": "2", "learning_rate": "0.01"}
SWEEP = Sweep(QUICK, {"dataset": ("iris", "wine"), "label_noise": ("0", "0.2")})
TIMED = ["training_seconds"]


def without_times(table: pd.DataFrame) -> pd.DataFrame:
    return table.drop(columns=TIMED)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """The sweep's table, computed one comparison after the other in this process."""
    table = Table(tmp_path_factory.mktemp("sweep") / "whole.parquet")
    for comparison in SWEEP.comparisons():
        table.keep(comparison, rows(comparison.run(n_jobs=1)))
    return table.finish(SWEEP.comparisons())


def test_every_combination_is_a_comparison() -> None:
    text = """
    [fixed]
    heads = ["softmax", "Taylor softmax"]
    seeds = 3
    epochs = 2
    learning-rate = 0.01
    [grid]
    dataset = ["iris", "wine"]
    label-noise = [0, 0.2]
    """
    assert (
        Sweep.from_toml(text).comparisons()
        == SWEEP.comparisons()
        == [
            Comparison(
                dataset=dataset,
                heads=["softmax", "Taylor softmax"],
                n_seeds=3,
                n_epochs=2,
                learning_rate=0.01,
                label_noise=share,
            )
            for dataset in ("iris", "wine")
            for share in (0, 0.2)
        ]
    )


def test_rows_are_the_numbers_of_the_page(whole: pd.DataFrame) -> None:
    assert len(whole) == 4 * 2 * 3
    results = Comparison.from_link(QUICK | {"dataset": "wine", "label_noise": "0.2"})[0].run()
    own = whole[(whole["dataset"] == "wine") & (whole["label_noise"] == "0.2")]
    for row in results.measures.to_dict("records"):
        found = own[(own["head"] == row["head"]) & (own["seed"] == row["seed"])]
        assert found[row["measure"]].item() == row["value"] or pd.isna(row["value"])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[fixed", "a sweep is a TOML file"),
        ("[grids]\ndataset = ['iris']", "tables [fixed] and [grid], got 'grids'"),
        ("[grid]\ndataset = 'iris'", "dataset in [grid] must be a list, got 'iris'"),
        ("[grid]\ndataset = []", "dataset must have at least one value, got none"),
        ("[grid]\ndataset = ['iris', 'iris']", "the values of dataset must differ"),
        ("[grid]\nlabel-noise = [0, 0.0]", "two values that mean the same"),
        ("[grid]\nlabel-noise = [2]", "label_noise"),
        ("[grid]\nrate = [1]", "got 'rate'"),
        ("[fixed]\nseeds = 3\n[grid]\nseeds = [3, 4]", "seeds is either fixed or varied"),
        ("[fixed]\nheads = 'softmux'", "softmux"),
        (f"[grid]\nfirst-seed = {[*range(MOST_COMPARISONS + 1)]}", "at most 10,000 comparisons, got 10,001"),
    ],
)
def test_what_is_no_sweep_is_said(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        Sweep.from_toml(text)


class Stopped(Exception):
    pass


def test_a_stopped_sweep_goes_on(
    tmp_path: Path, whole: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = Table(tmp_path / "sweep.parquet")

    def stop(done: int, of: int) -> None:
        if done == 1:
            raise Stopped

    with pytest.raises(Stopped):
        running.run(SWEEP, table, n_jobs=2, watch=stop)
    (before,) = table.done(SWEEP.comparisons())
    begun = []
    original = running._on_this_machine

    def recording(n_jobs: int | None) -> running.Run:
        results = original(n_jobs)
        return lambda left, work: begun.extend(left) or results(left, work)  # type: ignore[func-returns-value]

    monkeypatch.setattr(running, "_on_this_machine", recording)
    seen: list[tuple[int, int]] = []
    found, failed = running.run(SWEEP, table, n_jobs=2, watch=lambda *both: seen.append(both))
    assert before not in begun
    assert len(begun) == 3
    assert (seen, failed) == ([(1, 4), (2, 4), (3, 4), (4, 4)], {}), "each number is told once"
    assert_frame_equal(without_times(found), without_times(whole))
    assert [path.name for path in tmp_path.iterdir()] == ["sweep.parquet"]

    # More of the same goes into the same table, and what is there isn't computed again.
    more = Sweep(QUICK, {"dataset": ("iris", "wine"), "label_noise": ("0.2", "0.4")})
    begun.clear()
    larger, _ = running.run(more, table, n_jobs=1)
    assert len(begun) == 2
    assert len(larger) == 6 * 2 * 3
    assert not larger.duplicated(["comparison", "head", "seed"]).any()


def test_a_data_set_that_cannot_be_used_costs_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(comparison: Comparison, n_jobs: int) -> object:
        if comparison.dataset.name == "wine":
            raise ValueError("a class of wine is too rare")
        return original(comparison, n_jobs=n_jobs)

    original = Comparison.run
    monkeypatch.setattr(Comparison, "run", run)
    found, failed = running.run(SWEEP, Table(tmp_path / "sweep.parquet"), n_jobs=1)
    assert set(found["dataset"]) == {"iris"}
    assert {each.dataset.name for each in failed} == {"wine"}
    assert set(failed.values()) == {"a class of wine is too rare"}


def test_a_table_with_other_kinds_of_values_is_refused_and_nothing_is_lost(
    tmp_path: Path, whole: pd.DataFrame
) -> None:
    table = Table(tmp_path / "sweep.parquet")
    whole.assign(comparison="another", dataset=7).to_parquet(table.path)
    before = table.path.read_bytes()
    (first,) = SWEEP.comparisons()[:1]
    table.keep(first, whole[whole["comparison"] == table.key(first)])
    with pytest.raises(ValueError, match=r"is the table of another version.*choose a new file"):
        table.finish([first])
    assert table.path.read_bytes() == before
    assert len([*table.folder.iterdir()]) == 1


def test_a_killed_worker_costs_nothing_but_time(tmp_path: Path, whole: pd.DataFrame) -> None:
    killed: list[int] = []

    def kill(done: int, of: int) -> None:
        if done == 1 and not killed:
            for path in Path("/proc").glob("[0-9]*/stat"):
                try:
                    process, parent = int(path.parent.name), path.read_text().rpartition(")")[2].split()[1]
                    is_worker = "loky" in path.with_name("cmdline").read_text() and int(parent) == os.getpid()
                    if is_worker and "resource_tracker" not in path.with_name("cmdline").read_text():
                        os.kill(process, signal.SIGKILL)
                        killed.append(process)
                        return
                except OSError:
                    continue  # it has ended

    found, failed = running.run(SWEEP, Table(tmp_path / "sweep.parquet"), n_jobs=2, watch=kill)
    assert killed
    assert failed == {}
    assert_frame_equal(without_times(found), without_times(whole))


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list["subprocess.Popen[bytes]"]]]:
    """A real scheduler with two worker processes on this machine: its address, and the workers."""
    with clusters.cluster(tmp_path, n_workers=2) as started:
        yield started


def test_a_cluster_gives_the_same_bits_though_a_worker_is_killed(
    tmp_path: Path, whole: pd.DataFrame, cluster: tuple[str, list["subprocess.Popen[bytes]"]]
) -> None:
    address, workers = cluster
    counts: list[int] = []

    def kill(done: int, of: int) -> None:
        counts.append(done)
        if done == 1 and workers[0].poll() is None:
            workers[0].kill()

    found, failed = running.run(SWEEP, Table(tmp_path / "sweep.parquet"), cluster=address, watch=kill)
    assert failed == {}
    assert counts == sorted(counts)
    assert workers[0].wait() == -signal.SIGKILL
    assert_frame_equal(without_times(found), without_times(whole))


def test_a_cluster_of_one_thread_does_the_work_itself(
    tmp_path: Path, whole: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(comparison: Comparison, n_jobs: int) -> object:
        raise AssertionError("this process only asks")

    monkeypatch.setattr(Comparison, "run", run)
    with clusters.cluster(tmp_path, n_workers=1) as (address, _):
        found, failed = running.run(SWEEP, Table(tmp_path / "sweep.parquet"), cluster=address)
    assert failed == {}
    assert_frame_equal(without_times(found), without_times(whole))


def test_without_a_worker_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "WORKER_SECONDS", 0.5)
    with (
        clusters.cluster(tmp_path, n_workers=0) as (address, _),
        pytest.raises(NotReachable, match="has no worker after"),
    ):
        running.run(SWEEP, Table(tmp_path / "sweep.parquet"), cluster=address)


def test_without_a_cluster_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "ANSWER_SECONDS", 0.5)
    with pytest.raises(NotReachable, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        running.run(SWEEP, Table(tmp_path / "sweep.parquet"), cluster="tcp://127.0.0.1:9")


OPTIONS = ["--heads", "softmax,sigmoid", "--datasets", "iris", "--fix", "seeds=3", "--fix", "epochs=1"]


def test_the_command_writes_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "sweep.parquet")
    grid = ["--grid", "label-noise=0; 0.3", "--jobs", "1", "--out", out]
    assert main(["sweep", *OPTIONS, *grid]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("2 comparisons in ")
    assert "sweep.parquet has 12 rows, one a network.\n" in printed
    assert "The mean log loss is lowest for" in printed
    assert len(pd.read_parquet(out)) == 12
    assert main(["sweep", *OPTIONS, *grid, "--csv", "-"]) == 0  # nothing is left to do
    assert len(capsys.readouterr().out.splitlines()) == 13


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--out", "a.parquet"], "a sweep is either FILE or what"),
        (["sweep.toml", *OPTIONS, "--out", "a.parquet"], "a sweep is either FILE or what"),
        (["nowhere.toml", "--out", "a.parquet"], "FILE must be a sweep that can be read"),
        ([*OPTIONS, "--out", "a.csv"], "whose name ends in .parquet"),
        ([*OPTIONS, "--out", "nowhere/a.parquet"], "in a folder that is there"),
        ([*OPTIONS, "--grid", "seeds", "--out", "a.parquet"], "takes a name, = and what it has"),
        ([*OPTIONS, "--jobs", "0", "--out", "a.parquet"], "--jobs"),
        (OPTIONS, "--out"),
    ],
)
def test_arguments_that_are_not_allowed(
    arguments: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert main(["sweep", *arguments]) == 2
    assert sentence in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_can_be_run_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(comparison: Comparison, n_jobs: int) -> object:
        raise DatasetUnavailable("iris can't be had now")

    monkeypatch.setattr(Comparison, "run", run)
    out = tmp_path / "sweep.parquet"
    assert main(["sweep", *OPTIONS, "--jobs", "1", "--out", str(out)]) == 1
    printed = capsys.readouterr()
    assert printed.out.startswith("0 comparisons in ")
    assert "iris: iris can't be had now" in printed.err
    assert list(tmp_path.iterdir()) == []


def test_a_csv_that_cannot_be_written_is_refused_before_anything_is_trained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "sweep.parquet"
    assert main(["sweep", *OPTIONS, "--out", str(out), "--csv", str(tmp_path / "nowhere" / "a.csv")]) == 2
    assert "--csv" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_another_file_is_not_taken_for_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, content in (("text.parquet", None), ("other.parquet", pd.DataFrame({"a": [1]}))):
        path = tmp_path / name
        path.write_text("no table") if content is None else content.to_parquet(path)
        before = path.read_bytes()
        assert main(["sweep", *OPTIONS, "--out", str(path)]) == 2
        assert "must be the table of a sweep" in capsys.readouterr().err
        assert path.read_bytes() == before
