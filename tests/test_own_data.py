"""Somebody's own table as a data set: named by what it needs, in links, files, scripts and commands."""

import ast
import gc
import json
import pickle
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import parse_qs

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from alternatives import datasets
from alternatives.commands import main
from alternatives.datasets import DATASETS, DatasetUnavailable, Own, own
from alternatives.experiments import Comparison
from alternatives.experiments.inside import Inside
from alternatives.exports import Provenance, comparison, script
from alternatives.exports.report import html
from alternatives.memory import memory
from alternatives.serving.limits import upload_bounds
from alternatives.serving.settings import BadEnvironment
from alternatives.sessions import Pin, Session, file, link, naming
from alternatives.sessions.differences import changed, differing
from alternatives.sessions.records import Record
from alternatives.tables import HOSTED, BadTable, Bounds, Decisions, read_table

QUICK = {"n_seeds": 2, "n_epochs": 2, "learning_rate": 0.02, "heads": ["softmax", "sigmoid"]}
OPTIONS = ["--seeds", "2", "--epochs", "2", "--learning-rate", "0.02", "--heads", "softmax,sigmoid"]


def table_text(seed=0, n=60):
    """Numbers with gaps, categories, and a class in the first column."""
    random = np.random.default_rng(seed)
    lines = ["kind,length,width,colour"]
    for k in range(n):
        length = "" if k % 7 == 0 else f"{random.normal(k % 3):.3f}"
        lines.append(f"k{k % 3},{length},{random.normal(k % 3):.3f},{['red', 'green'][random.integers(2)]}")
    return "\n".join(lines)


@pytest.fixture
def path(tmp_path, request):
    """A file that no other test has, so that nothing is kept of it."""
    found = tmp_path / "glass.csv"
    found.write_text(table_text(seed=abs(hash(request.node.name)) % 2**32))
    return found


def without_table(dataset):
    return Own.from_text(str(dataset))


# What it is


def test_reading_gives_a_data_set_that_a_comparison_takes(path):
    dataset = datasets.read(path, "kind")
    samples = dataset.load()
    assert dataset.shape == samples.shape == (60, 2 + 1 + 2, 3)
    assert samples.feature_names == ("length", "width", "colour")
    results = Comparison(dataset, **QUICK).run(n_jobs=1)
    assert results.data_notes == samples.notes
    assert "On glass.csv over 2 seeds" in results.finding
    assert json.loads(results.to_json())["data"] == list(samples.notes)
    assert any("median" in note for note in samples.notes)


def test_a_path_and_its_bytes_give_the_same(path):
    one, other = datasets.read(path, 1), datasets.read(path.read_bytes(), 1, name="glass.csv")
    assert one == other
    assert hash(one) == hash(other)
    assert_array_equal(one.load().X, other.load().X)


def test_the_text_says_which_data_it_needs_and_nothing_of_their_contents(path):
    dataset = datasets.read(path, "kind")
    text = str(dataset)
    assert text == (f"own(name=glass.csv, rows=60, columns=4, checksum={dataset.checksum}, decisions=t1)")
    for word in ("length", "width", "colour", "red", "green", "k0"):
        assert word not in text
    assert repr(dataset) == text


def test_a_text_is_the_data_set_again(path):
    dataset = datasets.read(path, "kind")
    again = without_table(dataset)
    assert again == dataset
    assert hash(again) == hash(dataset)
    assert again.table is None
    assert again.table_is_here()
    assert again.load() is dataset.load()


def test_decisions_make_another_data_set(path):
    dataset = datasets.read(path, "kind")
    other = datasets.read(path, decisions=Decisions(target=1, out=(4,)))
    assert other != dataset
    assert other.load().feature_names == ("length", "width")
    assert datasets.read(path, decisions=other.decisions) == other


@pytest.mark.parametrize(
    "name",
    [
        "glass.csv",
        "a b,c(d)=e.csv",
        "<script>.csv",
        "../../x.csv",
        "данные.csv",
        "~\\.csv",
        "x" * 300,
        "",
        "%&",
    ],
)
def test_whatever_a_file_is_called_its_text_can_be_read(path, name):
    dataset = datasets.read(path.read_bytes(), 1, name=name)
    assert without_table(dataset) == dataset
    assert not set(dataset.name) & set("<>()=,~\\/ ")
    assert Comparison.from_link(Comparison(dataset).to_link()) == (Comparison(dataset), ())


@pytest.mark.parametrize(
    "text",
    [
        "own()",
        "own(name=x.csv)",
        "own(name=x.csv, rows=1, columns=2, checksum=012345678901234)",
        "own(name=x.csv, rows=1, columns=2, checksum=0123456789ABCDEF)",
        "own(name=a b, rows=1, columns=2, checksum=0123456789abcdef)",
        "own(name=x.csv, rows=-1, columns=2, checksum=0123456789abcdef)",
        "own(name=x.csv, rows=1, columns=2, checksum=0123456789abcdef, decisions=nonsense)",
        "own(name=x.csv, rows=1, columns=2, checksum=0123456789abcdef) and more",
        "own(" + "x" * 5_000,
    ],
)
def test_a_damaged_text_says_what_is_allowed(text):
    state, problems = Comparison.from_link({"dataset": text})
    assert state == Comparison()
    assert len(problems) == 1
    assert len(problems[0]) < 300
    with pytest.raises(ValueError, match=r"own|[Dd]ecisions|at most"):
        Comparison(text)


def test_without_its_table_it_says_which_file_it_needs():
    dataset = Own("glass.csv", 214, 10, "0123456789abcdef")
    assert not dataset.table_is_here()
    needed = r"^This comparison needs the file glass\.csv \(214 rows, 10 columns\), which isn't here\.$"
    with pytest.raises(DatasetUnavailable, match=needed):
        dataset.load()
    with pytest.raises(DatasetUnavailable, match=needed):
        Comparison(dataset).cost()


def test_a_file_that_is_no_table_is_a_sentence(tmp_path):
    with pytest.raises(BadTable, match="no file"):
        datasets.read(tmp_path / "nowhere.csv")
    with pytest.raises(BadTable, match="class"):
        datasets.read(table_text().encode(), "no such column")
    with pytest.raises(BadTable, match="at most 50 rows"):
        datasets.read(table_text().encode(), 1, bounds=Bounds(1, 50, 50, 50))


def test_the_bounds_are_those_under_which_the_table_was_brought():
    """Decisions of a link can't have a stranger's table used beyond the bounds of the server."""
    n = 400
    lines = ["kind,many,x", *(f"{k % 2},m{k % 40},{(k * 7919) % 1000 / 7}" for k in range(n))]
    table = read_table("\n".join(lines).encode(), "many.csv")
    brought = own(table, None, Bounds(5, 1000, 10, 20))
    assert brought.load().shape[2] == 2
    beyond = Own.from_text(str(own(table, Decisions(target=2), Bounds(5, 1000, 10, 20))))
    with pytest.raises(DatasetUnavailable, match="20 classes"):
        beyond.load()


def test_it_is_pickled_by_what_it_needs(path):
    dataset = datasets.read(path, "kind")
    pickled = pickle.dumps(dataset)
    assert len(pickled) < 1_000
    assert pickle.loads(pickled) == dataset


def test_it_is_in_no_list(path):
    before = list(DATASETS)
    dataset = datasets.read(path, "kind")
    assert list(DATASETS) == before
    select, *parameters = Comparison.fields()["dataset"].controls("dataset", dataset)
    assert not parameters
    assert select.shown == "glass.csv"
    assert select.settings["options"] == ("glass.csv", *DATASETS)
    assert select.read(dataset, "glass.csv") is dataset
    assert select.read(dataset, "iris") == DATASETS["iris"]


def test_a_table_called_like_a_registered_data_set_stays_another(path):
    dataset = datasets.read(path.read_bytes(), 1, name="iris")
    assert Comparison(dataset).dataset is dataset
    assert Comparison(str(dataset)).dataset == dataset != DATASETS["iris"]
    (select, *_) = Comparison.fields()["dataset"].controls("dataset", dataset)
    assert select.read(dataset, select.shown) is dataset
    assert select.read(dataset, "iris") == DATASETS["iris"]


# Forgetting


def kept_of(checksum):
    return [key for key in list(memory._things) if checksum in repr(key)]


def forgotten(checksum):
    gc.collect()
    deadline = time.monotonic() + 10
    while kept_of(checksum) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not kept_of(checksum)


def test_all_that_was_kept_goes_with_the_table(path):
    dataset = datasets.read(path, "kind")
    checksum = dataset.checksum
    results = Comparison(dataset, **QUICK | {"learning_rate": None}).run(n_jobs=1)
    memory.keep((Comparison, results.experiment.to_json()), "as the queue keeps results")
    assert dataset.shape
    assert dataset.prepared
    assert len(kept_of(checksum)) >= 6  # samples, splits, tuned heads, results, sizes
    other = without_table(dataset)
    del dataset, results
    assert forgotten(checksum)
    assert not other.table_is_here()
    for look in (other.load, lambda: other.shape, lambda: other.prepared):
        with pytest.raises(DatasetUnavailable, match="needs the file"):
            look()


def test_it_stays_as_long_as_anybody_holds_the_same_contents(path):
    one, other = read_table(path), read_table(path.read_bytes(), "same.csv")
    dataset, _ = own(one, Decisions(target=1)), own(other)
    assert dataset.table is None
    samples = dataset.load()
    del one
    gc.collect()
    assert dataset.table_is_here()
    assert dataset.load() is samples
    checksum = dataset.checksum
    del other, samples
    assert forgotten(checksum)
    assert not dataset.table_is_here()


# Sessions


def test_a_pin_is_called_after_the_file(path):
    dataset = datasets.read(path, "kind")
    state = Comparison(dataset, n_seeds=5)
    assert naming.name_of(state) == "glass.csv, 5 seeds"
    assert changed(Comparison(), state) == "On glass.csv instead of digits, with 5 instead of 20 seeds"
    assert naming.name_of(Inside().replace(dataset=dataset)).startswith("hidden layers on glass.csv")


def test_decisions_that_differ_are_said(path):
    one = Comparison(datasets.read(path, "kind"))
    other = Comparison(datasets.read(path, decisions=Decisions(target=1, out=(4,))))
    assert changed(one, other) == "With other decisions about glass.csv"
    first, second = next(setting for setting in differing([one, other]) if setting.differs).values
    assert first != second
    another = Comparison(datasets.read(table_text(seed=8).encode(), "kind", name="glass.csv"))
    assert changed(one, another) == "On another file glass.csv"


@pytest.mark.parametrize("kind", ["compare", "inside"])
def test_link_file_and_store_round_trip(path, kind):
    dataset = datasets.read(path, "kind", decisions=Decisions(missing=("-9", "~")))
    state = Comparison(dataset) if kind == "compare" else Inside().replace(dataset=dataset)
    session = Session((Pin("mine", state), Pin("iris", Comparison("iris"))))
    pins, _, problems = link.read(link.parameters(session.pins, 0))
    assert not problems
    assert pins == session.pins
    read, results = file.read(file.written(session))
    assert read.pins == session.pins
    assert results is None
    assert Record.of(session.pins[0], 1).pin() == session.pins[0]


def test_a_shared_pin_says_which_file_it_needs():
    text = "own(name=glass.csv, rows=214, columns=10, checksum=0123456789abcdef)"
    pins, _, problems = link.read({"pin": "theirs", "dataset": text})
    assert not problems
    with pytest.raises(DatasetUnavailable, match=r"needs the file glass\.csv \(214 rows, 10 columns\)"):
        pins[0].state.dataset.load()


def test_a_damaged_text_in_a_session_is_no_pin():
    pins, _, problems = link.read({"pin": "theirs", "dataset": "own(name=glass.csv)"})
    assert not pins
    assert problems


def test_results_of_a_file_show_without_the_table(path):
    dataset = datasets.read(path, "kind")
    results = Comparison(dataset, **QUICK).run(n_jobs=1)
    pin = Pin("mine", results.experiment)
    written = file.written(Session((pin,)), {pin.key: results})
    notes = results.data_notes
    del dataset, results, pin
    gc.collect()
    session, found = file.read(written)
    (pin,) = session.pins
    assert not pin.state.dataset.table_is_here()
    shown = found[pin.key]
    assert shown.data_notes == notes
    assert "On glass.csv" in shown.finding


# What is taken away


def test_the_report_says_what_was_done_and_how_to_do_it_again(path, tmp_path):
    dataset = datasets.read(path, "kind")
    results = Comparison(dataset, **QUICK).run(n_jobs=1)
    exports = comparison.of(results)
    assert exports.command.startswith(
        'python -m alternatives compare --dataset "./glass.csv" --decisions t1 '
    )
    assert any(dataset.load().notes[-1] in line for line in exports.method)
    text = html(exports.name, [exports], Provenance(exports.link()))
    assert "The networks have 5 inputs." in text


def test_the_script_gives_the_numbers_again(path):
    dataset = datasets.read(path, "kind")
    state = Comparison(dataset, **QUICK)
    made = script.of_state(state, "mine", Provenance(""))
    ast.parse(made)
    assert f'"glass.csv", decisions="t1", checksum="{dataset.checksum}"' in made
    (path.parent / "again.py").write_text(made)
    root = str(Path(datasets.__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "again.py"],
        cwd=path.parent,
        env={"PYTHONPATH": root, "PATH": ""},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert state.run(n_jobs=1).finding in done.stdout


def test_another_file_of_the_name_is_refused(path, capsys):
    expected = datasets.read(path, "kind")
    assert datasets.read(path, "kind", checksum=expected.checksum) == expected
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines, lines[-1]]))
    with pytest.raises(ValueError, match=f"another file .* must be '{expected.checksum}', got"):
        datasets.read(path, "kind", checksum=expected.checksum)
    assert main(["compare", "--dataset", str(path), "--checksum", expected.checksum]) == 2
    assert "another file" in capsys.readouterr().err


# The command line


def test_the_command_line_takes_a_file(path, capsys, monkeypatch):
    monkeypatch.chdir(path.parent)
    for dataset in ("./glass.csv", "glass.csv", str(path)):
        assert main(["compare", "--dataset", dataset, "--target", "kind", *OPTIONS]) == 0
        out = " ".join(capsys.readouterr().out.split())
        assert out.startswith("glass.csv: The table has 60 rows and 4 columns.")
        assert out.index("The networks have") < out.index("On glass.csv over 2 seeds")


def test_its_numbers_are_those_of_the_library(path, capsys):
    assert main(["compare", "--dataset", str(path), "--target", "1", *OPTIONS, "--csv", "-"]) == 0
    out, err = capsys.readouterr()
    assert out == Comparison(datasets.read(path, "kind"), **QUICK).run(n_jobs=1).to_csv()
    assert "The table has 60 rows" in err  # what is written to standard output is a table alone
    assert main(["compare", "--dataset", str(path), "--target", "1", *OPTIONS, "--csv", "-", "--quiet"]) == 0
    assert not capsys.readouterr().err


def test_a_number_that_is_a_columns_name_means_that_column(tmp_path, capsys):
    path = tmp_path / "numbered.csv"
    rows = [f"{k * k % 7}.5,{k % 3}.5,{k % 2},kind {k % 4}" for k in range(40)]
    path.write_text("\n".join(["length,width,4,kind", *rows]))
    assert main(["compare", "--dataset", str(path), "--target", "4", "--link"]) == 0
    (link,) = parse_qs(capsys.readouterr().out.strip().lstrip("?"))["dataset"]
    assert link == str(datasets.read(path, "4")) != str(datasets.read(path, 4))


def test_the_command_lines_link_says_which_data_it_needs(path, capsys):
    assert main(["compare", "--dataset", str(path), "--target", "kind", "--link"]) == 0
    (text,) = parse_qs(capsys.readouterr().out.strip().removeprefix("?"))["dataset"]
    assert text == str(datasets.read(path, "kind"))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--dataset", "./nowhere.csv"], "there is no file 'nowhere.csv'"),
        (["--dataset", "no such name"], "dataset must be one of"),
        (["--dataset", "{path}", "--target", "9"], "no column"),
        (["--dataset", "{path}", "--decisions", "zz"], "Decisions"),
        (["--dataset", "iris", "--target", "9"], "--target needs the path of a file"),
        (["--target", "9"], "--target needs the path of a file"),
        (["--dataset", "iris", "--decisions", "t9"], "--decisions needs the path of a file"),
        (["--dataset", "own(name=x)"], "own data must be named"),
    ],
)
def test_what_is_no_file_is_one_sentence(path, capsys, arguments, sentence):
    assert main(["compare", *(each.format(path=path) for each in arguments), *OPTIONS]) == 2
    out, err = capsys.readouterr()
    assert not out
    assert sentence in err.replace("data set must", "dataset must")
    assert err.count("\n") == 1


def test_a_link_without_its_file_on_the_command_line(capsys):
    text = "own(name=glass.csv, rows=214, columns=10, checksum=0123456789abcdef)"
    assert main(["compare", "--dataset", text, *OPTIONS]) == 1
    assert "needs the file glass.csv (214 rows, 10 columns)" in capsys.readouterr().err


# Bounds


def test_bounds_of_the_environment():
    assert upload_bounds(HOSTED, {}) == HOSTED
    given = {"ALTERNATIVES_UPLOAD_MEGABYTES": "0.5", "ALTERNATIVES_UPLOAD_ROWS": "30", "PATH": "x"}
    given |= {"ALTERNATIVES_UPLOAD_COLUMNS": "1e3", "ALTERNATIVES_UPLOAD_CLASSES": "7"}
    assert upload_bounds(HOSTED, given) == Bounds(0.5, 30, 1000, 7)


@pytest.mark.parametrize("value", ["0", "-1", "many", "nan", "inf"])
@pytest.mark.parametrize("name", ["MEGABYTES", "ROWS", "COLUMNS", "CLASSES"])
def test_a_bound_that_is_no_positive_number(name, value):
    variable = f"ALTERNATIVES_UPLOAD_{name}"
    with pytest.raises(BadEnvironment, match=f"{variable} must be a positive number, got '{value}'"):
        upload_bounds(HOSTED, {variable: value})


def test_rows_are_whole():
    with pytest.raises(BadEnvironment, match=r"ALTERNATIVES_UPLOAD_ROWS must be a whole number, got '1\.5'"):
        upload_bounds(HOSTED, {"ALTERNATIVES_UPLOAD_ROWS": "1.5"})


def test_the_command_line_keeps_them(path, capsys, monkeypatch):
    monkeypatch.setenv("ALTERNATIVES_UPLOAD_ROWS", "50")
    assert main(["compare", "--dataset", str(path), *OPTIONS]) == 2
    assert "at most 50 rows" in capsys.readouterr().err


def test_decisions_about_very_many_columns_are_in_links_files_and_sessions():
    lines = [",".join([*(f"a{k}" for k in range(1_500)), "class"])]
    lines += [",".join([*(f"{(k * i) % 7}.5" for k in range(1_500)), "ab"[i % 2]]) for i in range(30)]
    every_other = Decisions(out=tuple(range(1, 1_500, 2)))
    dataset = datasets.read("\n".join(lines).encode(), name="wide.csv", decisions=every_other)
    assert len(str(dataset)) > 3_000
    state = Comparison(dataset, **QUICK)
    assert Comparison.from_link(state.to_link()) == (state, ())
    assert Comparison.from_json(state.to_json()) == state
    session = Session.of({"wide": state})
    assert Session.from_link(session.to_link()) == session
    assert Session.from_json(session.to_json()) == session


def test_a_column_whose_categories_are_all_rare_is_left_out():
    lines = ["code,x,class", *(f"{'abcde'[k % 5]}{k // 20},{(k * 7) % 11},{'pq'[k % 2]}" for k in range(60))]
    dataset = datasets.read("\n".join(lines).encode())
    assert dataset.load().feature_names == ("x",)
    assert any("“code” is left out: none of its texts comes 5 times" in each for each in dataset.load().notes)
    taken = datasets.read("\n".join(lines).encode(), decisions="u1").load()
    assert taken.feature_names == ("code", "x")
    assert any("become one input of 0 or 1" in each for each in taken.notes)
