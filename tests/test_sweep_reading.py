"""Sweeps that are read: what they show, what is said of bad files, and how they are filtered."""

import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from alternatives import Comparison
from alternatives.measures import MEASURES
from alternatives.statistics import ranking
from alternatives.sweeps import KEY, Found, Sweep, SweepView, Swept, found, key, read, rows, shelf
from alternatives.sweeps.reading import RANKED, block_of, in_order, written
from alternatives.tables import BadTable, Bounds
from alternatives.tables.bounds import HOSTED
from tests.kinds import IS_RECORDED

HEADS = ("softmax", "Taylor softmax", "sigmoid")
DATA_SETS = ("iris", "wine", "glass", "sonar", "moons(noise=0.1)", "moons(noise=0.3)")


def table(
    data_sets: tuple[str, ...] = DATA_SETS, heads: tuple[str, ...] = HEADS, n_seeds: int = 2
) -> pd.DataFrame:
    """A sweep's table with made-up numbers: the later the head, the worse it is everywhere."""
    chance, made = np.random.default_rng(0), []
    for number, dataset in enumerate(data_sets):
        for noise in ("0.0", "0.2"):
            comparison = Comparison(dataset=dataset, label_noise=float(noise), heads=[*heads])
            for place, head in enumerate(heads):
                for seed in range(n_seeds):
                    made.append(
                        {KEY: key(comparison), "dataset": dataset, "label_noise": noise, "seeds": "2"}
                        | {"head": head, "seed": seed, "diverged": False}
                        | {"log loss": 0.3 + 0.1 * number + 0.05 * place + 0.001 * chance.normal()}
                        | {"accuracy": 0.9 - 0.05 * place, "confidence minus accuracy": 0.01 * place}
                        | {"versions": json.dumps({"numpy": "2"})}
                    )
    return pd.DataFrame(made)


def contents(frame: pd.DataFrame, **more: Any) -> bytes:
    stream = io.BytesIO()
    frame.to_parquet(stream, index=False, **more)
    return stream.getvalue()


def swept(frame: pd.DataFrame) -> Swept:
    return read(contents(frame), "a.parquet")


def read_as(frame: pd.DataFrame, **view: Any) -> Found:
    return found(swept(frame), SweepView(**view))


def test_what_a_table_says() -> None:
    read = swept(table())
    assert read.heads == HEADS
    assert read.varied == {"dataset": DATA_SETS, "label_noise": ("0.0", "0.2")}
    assert read.measures == ("accuracy", "log loss")
    assert read.n_comparisons == 12
    assert len(read.rows) == 72


def test_each_data_set_counts_once_whatever_its_parameters() -> None:
    result = read_as(table())
    assert list(result.by_dataset.index) == ["iris", "wine", "glass", "sonar", "moons"]
    own = table()
    own["block"] = own["dataset"].str.partition("(")[0]
    expected = own.groupby(["block", "head"])["log loss"].mean().unstack()[[*HEADS]]
    np.testing.assert_allclose(result.by_dataset.to_numpy(), expected.loc[result.by_dataset.index])
    assert result.ranking.ranks.tolist() == [[1, 2, 3]] * 5


def test_the_first_sentence_says_what_is_decided() -> None:
    first, rest = read_as(table()).finding_in_parts
    assert first == (
        "Over 5 data sets softmax has the best mean rank in log loss, 1.0 of 3: better than sigmoid; against "
        "Taylor softmax it is undecided"
    )
    assert rest.startswith(
        "Friedman's test: p = 0.0067. Two mean ranks differ where they are 1.5 or more apart"
    )
    assert read_as(table(), measure="accuracy").finding.startswith("Over 5 data sets softmax has the best")


def test_what_is_undecided_is_said() -> None:
    frame = table()
    frame["log loss"] = np.random.default_rng(3).normal(size=len(frame))
    assert "it is undecided which head ranks best in log loss" in read_as(frame).finding
    few = read_as(table(), only={"dataset": ("iris", "wine")}).finding
    assert few.startswith("On iris and wine softmax has the best mean rank")
    assert "is undecided: it takes 3 or more" in few
    assert "nothing to rank" in read_as(table(), only={"head": ("sigmoid",)}).finding
    two = read_as(table(), only={"head": ("softmax", "sigmoid")})
    assert "Sign test" in two.finding
    assert "undecided" in two.finding  # five of five is no proof


def test_wins_are_counted_beyond_the_margin() -> None:
    result = read_as(table())
    assert result.outcomes[0, 1].tolist() == [5, 0, 0]
    assert result.outcomes[2, 0].tolist() == [0, 0, 5]
    assert read_as(table(), margin_nats=0.07).outcomes[0, 1].tolist() == [0, 5, 0]
    assert (result.outcomes.sum(-1) == 5).all()
    np.testing.assert_array_equal(result.outcomes, result.outcomes.transpose(1, 0, 2)[..., ::-1])
    assert read_as(table(), measure="accuracy", margin=6).outcomes[0, 1].tolist() == [0, 5, 0]


def test_a_network_that_diverged_ranks_its_head_last() -> None:
    frame = table()
    lost = (frame["head"] == "softmax") & (frame["dataset"] == "iris") & (frame["seed"] == 0)
    frame.loc[lost, "diverged"] = True
    frame.loc[lost, ["log loss", "accuracy"]] = np.nan
    result = read_as(frame)
    assert result.ranking.ranks[0].tolist() == [3, 1, 2]
    assert "Networks that diverged: 2 of softmax; they rank last." in result.finding
    assert result.outcomes[0, 1].tolist() == [4, 0, 1]
    assert read_as(frame, measure="accuracy").ranking.ranks[0].tolist() == [3, 1, 2]


def test_where_a_head_has_no_value_nobody_is_ranked() -> None:
    frame = table()
    frame = frame[~((frame["head"] == "sigmoid") & (frame["dataset"] == "wine"))]
    result = read_as(frame)
    assert "wine" not in result.by_dataset.index
    assert "Left out, for want of a value of every head: 2 comparisons." in result.finding
    assert "wine" in read_as(frame, only={"head": HEADS[:2]}).by_dataset.index


def test_filters_keep_rows_and_what_is_not_there_is_said() -> None:
    view = SweepView(only={"label_noise": ("0.2",), "dataset": ("iris", "nowhere"), "rate": ("1",)})
    assert SweepView.from_link(view.to_link()) == (view, ())
    result = found(swept(table()), view)
    assert set(result.rows["label_noise"]) == {"0.2"}
    assert set(result.rows["dataset"]) == {"iris"}
    assert result.problems == ("this sweep has no dataset nowhere", "in this sweep rate doesn't vary")
    other = read_as(table(), measure="Brier score", baseline="hinge")
    assert other.problems == (
        "this sweep has no measure 'Brier score'",
        "'hinge' isn't among the heads that are shown",
    )
    assert other.finding.startswith("No comparison has Brier score")


def test_filters_are_one_text_whatever_is_in_the_values() -> None:
    odd = {"a;b": ("x|y", "100 %", "c:d"), "heads": ("softmax,spherical softmax(epsilon=0.1)",)}
    view = SweepView(only=odd)
    assert dict(view.only) == odd
    assert SweepView.from_link(view.to_link()) == (view, ())
    assert view.with_kept("a;b", ()) == SweepView(only={"heads": odd["heads"]})
    for text, said in (("dataset", "columns with values"), ("a:1;a:2", "once"), ("a:\x00", "columns with")):
        assert said in SweepView.from_link({"only": text})[1][0]


def test_only_measures_with_a_better_way_rank() -> None:
    assert "log loss, temperature-scaled" in RANKED
    assert "calibration loss, temperature-scaled" not in RANKED
    assert all(MEASURES[name.partition(",")[0]].better in ("higher", "lower") for name in RANKED)


def test_values_are_in_order_and_written_shortly() -> None:
    assert in_order(["1e1", "own best", "0.5", "2"]) == ("0.5", "2", "1e1", "own best")
    assert [written(each) for each in ("0.0", "0.20", "1e-05", "relu")] == ["0", "0.2", "0.00001", "relu"]
    assert block_of("own(name=glass.csv, rows=2, columns=3, checksum=0123456789abcdef)") == "glass.csv"


def broken(change: str) -> bytes:
    frame = table()
    match change:
        case "no Parquet":
            return b"comparison,head\n"
        case "damaged":
            return contents(frame)[:-40]
        case "another table":
            return contents(pd.DataFrame({"a": [1]}))
        case "no measures":
            return contents(frame.drop(columns=["log loss", "accuracy"]))
        case "nested":
            return contents(frame.assign(head=[["softmax"]] * len(frame)))
        case "gaps":
            return contents(frame.assign(head=[None, *frame["head"][1:]]))
        case "twice":
            return contents(pd.concat([frame, frame]))
        case "texts":
            return contents(frame.assign(**{"log loss": "low"}))
        case "infinite":
            return contents(frame.assign(**{"log loss": np.inf}))
        case "odd truth":
            return contents(frame.assign(diverged="maybe"))
        case "no seed":
            return contents(frame.assign(seed=np.nan))
        case "many heads":
            return contents(frame.assign(head=[f"head {n}" for n in range(len(frame))]))
        case "a long name":
            return contents(frame.assign(head="x" * 101))
        case "a bomb":
            return contents(
                pd.DataFrame({KEY: ["x" * 5_000] * 4_000}),
                use_dictionary=False,
                compression="gzip",
            )
        case "many rows":
            return contents(pd.concat([frame] * 300))
    raise AssertionError(change)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("no Parquet", "It isn't a Parquet file"),
        ("damaged", "The Parquet file is damaged"),
        ("another table", "It has no column comparison"),
        ("no measures", "no measure by which heads can be ranked"),
        ("nested", "The column 'head' is of Parquet's type"),
        ("gaps", "The column head must have a value in every row; row 1 has none"),
        ("twice", "It has a network twice"),
        ("texts", "The column log loss must have numbers"),
        ("infinite", "has an infinite number in the column 'log loss'"),
        ("odd truth", "The column diverged must be true or false"),
        ("no seed", "The column seed must have a"),
        ("many heads", "at most 20 heads, and has 72"),
        ("a long name", "A head's name must be a line of at most 100 characters"),
        ("a bomb", "unpacks to more than 15 MB"),
        ("many rows", "at most 20,000 rows, and has 21,600"),
    ],
)
def test_bad_files_give_a_sentence(change: str, sentence: str) -> None:
    with pytest.raises(BadTable, match=re.escape(sentence)):
        read(broken(change), "a.parquet", HOSTED)


def test_a_file_may_be_too_large() -> None:
    with pytest.raises(BadTable, match=r"may have at most 0\.001 MB"):
        read(contents(table()), "a.parquet", Bounds(0.001, 100, 100, 100))


def test_damaged_bytes_never_give_anything_but_a_sentence() -> None:
    good, chance = contents(table(("iris",), HEADS[:2], 1)), np.random.default_rng(0)
    said: list[str] = []
    for _ in range(60):
        bad = bytearray(good)
        for place in chance.integers(len(bad), size=chance.integers(1, 6)):
            bad[place] = chance.integers(256)
        try:
            result = found(read(bytes(bad), "a.parquet", HOSTED), SweepView())
        except BadTable as error:
            said.append(str(error))
        else:
            said.append(f"{result.finding_in_parts[0]}.")
    assert all(text.endswith((".", "?")) for text in said)


def test_the_example_is_what_its_command_gives() -> None:
    """The first comparison; another kind of processor, or other libraries, may round otherwise."""
    sweep = Sweep.from_toml((shelf.FOLDER / "label-noise.toml").read_text("utf-8"))
    saved = pd.read_parquet(shelf.FOLDER / "label-noise.parquet")
    assert list(dict.fromkeys(saved[KEY])) == [key(each) for each in sweep.comparisons()]
    first = sweep.comparisons()[0]
    again, own = rows(first.run(n_jobs=1)), saved[saved[KEY] == key(first)].reset_index(drop=True)
    changing = ["training_seconds", "versions"]
    allowed = {"rtol": 1e-6, "atol": 1e-8 if IS_RECORDED else 1e-6}
    pd.testing.assert_frame_equal(again.drop(columns=changing), own.drop(columns=changing), **allowed)


def test_the_example_is_small_and_read_as_any_other() -> None:
    assert shelf.first() == "label-noise"
    path = shelf.FOLDER / "label-noise.parquet"
    assert path.stat().st_size < 60_000
    result = found(shelf.opened("label-noise"), SweepView())
    assert result.problems == ()
    assert len(result.by_dataset) == 12
    values = result.by_dataset.to_numpy(float)
    assert result.ranking.p == ranking(values, result.heads).p


def test_a_file_on_the_shelf_may_be_bad_or_gone(tmp_path: Path) -> None:
    (tmp_path / "bad.parquet").write_bytes(b"no table")
    (tmp_path / "Odd name.parquet").write_bytes(b"")
    assert shelf.names(tmp_path) == ("bad",)
    with pytest.raises(BadTable, match="isn't a Parquet file"):
        shelf.opened("bad", tmp_path)
    with pytest.raises(BadTable, match="no sweep gone on this server"):
        shelf.opened("gone", tmp_path)
