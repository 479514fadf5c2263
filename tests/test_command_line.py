"""python -m alternatives: options, output, files and errors."""

import csv
import io
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs

import numpy as np
import pytest

from alternatives.commands import main
from alternatives.commands.compare import LABEL_WIDTH, table
from alternatives.commands.program import COMMANDS
from alternatives.datasets import DATASETS, DatasetUnavailable
from alternatives.experiments import Comparison
from alternatives.heads import HEADS, SphericalSoftmax
from alternatives.measures import MEASURES
from tests.heads_of_ones_own import a_head_of_ones_own

ROOT = Path(__file__).parents[1]
COMPARED = [name for name, head in HEADS.items() if head.in_comparison]
QUICK = ["--dataset", "iris", "--seeds", "3", "--epochs", "2", "--hidden", "8", "--learning-rate", "0.01"]
QUICK_COMPARISON = Comparison(
    dataset="iris", n_seeds=3, n_epochs=2, hidden_layer_sizes=(8,), learning_rate=0.01
)
ELSEWHERE = {
    "dataset": DATASETS.parse("moons(noise=0.3)"),
    "heads": (SphericalSoftmax(epsilon=0.1), HEADS["sigmoid"]),
    "baseline": "sigmoid",
    "n_seeds": 3,
    "first_seed": 7,
    "hidden_layer_sizes": (16, 8),
    "activation": "tanh",
    "batch_normalisation": True,
    "initialisation": "Glorot",
    "solver": "sgd",
    "learning_rate": 0.5,
    "n_epochs": 4,
    "max_epochs": 30,
    "head_parameters": "own best",
    "batch_size": 10,
    "criterion": "Brier score",
    "n_settings": 4,
    "weight_decay": 1e-5,
    "momentum": 0.5,
    "test_set": "held out",
    "n_training": 40,
    "filters": (4,),
    "label_noise": 0.125,
    "question": "new data",
    "margin": 2.0,
    "margin_nats": 0.05,
}
HOSTILE = [
    "nan", "-inf", "-1e5", "1e400", "9" * 400, "1,2,3,4,5,6", "½", "softmin", "--seeds", "line\nbreak",
    "\x1b[31m", "<script>alert(1)</script>", "'; drop table", "softmax(", "((((",
    "spherical softmax(epsilon=nan)", "ナ" * 5000, "softmax," * 10_000,
]  # fmt: skip


def option(field: str) -> str:
    return f"--{Comparison.names()[field].replace('_', '-')}"


def refused(arguments: Sequence[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The one line on stderr with which arguments are refused."""
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.endswith("\n")
    assert err.count("\n") == 1
    assert len(err) < 1000
    assert err[:-1].isprintable()
    return err


def compared(
    arguments: Sequence[str], monkeypatch: pytest.MonkeyPatch, raises: BaseException | None = None
) -> Comparison:
    """The comparison that the arguments would run."""
    asked: list[Comparison] = []

    def not_run(comparison: Comparison, watch: object) -> SimpleNamespace:
        asked.append(comparison)
        if raises:
            raise raises
        return SimpleNamespace(to_csv=lambda: "", to_json=lambda: "")

    monkeypatch.setattr(Comparison, "run", not_run)
    assert main(["compare", *arguments, "--csv", "-"]) == 0
    (comparison,) = asked
    return comparison


def in_one_line(capsys: pytest.CaptureFixture[str]) -> str:
    """What was printed, without its line breaks; click also breaks lines after a hyphen."""
    return re.sub(r"(?<=\w-) ", "", " ".join(capsys.readouterr().out.split()))


def python(*arguments: str, **settings: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", **settings)  # type: ignore[call-overload]


@pytest.fixture(scope="module")
def results():
    return QUICK_COMPARISON.run()


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    return lambda columns: monkeypatch.setenv("COLUMNS", str(columns))


def test_overview_lists_the_commands_on_one_screen(terminal, capsys):
    terminal(80)
    assert main([]) == 0
    overview = capsys.readouterr().out
    assert overview.count("\n") <= 24
    assert main(["--help"]) == 0
    assert capsys.readouterr().out == overview
    for name, sentence in COMMANDS.items():
        assert f" {name} {sentence}" in " ".join(overview.split())


def test_list_has_every_head_and_data_set_with_its_parameters(capsys):
    assert main(["list"]) == 0
    everything = in_one_line(capsys)
    for title, registry in (("heads", HEADS), ("datasets", DATASETS)):
        assert main(["list", title]) == 0
        listed = in_one_line(capsys)
        assert listed in everything
        for name, thing in registry.items():
            assert f" {name} {thing.sentence}" in f" {listed}"
            for parameter, allowed in thing.ranges().items():
                assert f" {parameter}: {allowed.explanation}: {allowed.allowed}" in listed
    assert " epsilon: added to every square: a number from 0 to 100; default 1 " in everything


@pytest.mark.parametrize("columns", [30, 50, 80, 200])
@pytest.mark.parametrize(
    "arguments", [[], ["list"], ["compare", "--help"], ["compare", *QUICK]], ids=" ".join
)
def test_output_fits_the_terminal(arguments, columns, terminal, capsys):
    terminal(columns)
    assert main(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    widest = max(map(len, lines))
    if columns >= 50:  # narrower than that a table can have one head a block and still be wider
        assert widest <= columns
    if arguments != ["compare", *QUICK]:
        assert widest <= 110


def test_help_says_of_every_option_what_it_is_what_is_allowed_and_the_default(terminal, capsys):
    terminal(10_000)
    assert main(["compare", "--help"]) == 0
    said = in_one_line(capsys)
    for field, kind in Comparison.fields().items():
        after = said[said.index(f" {option(field)} ") :].split(" --")[1]
        assert kind.explanation in after
        assert f"default {kind.text(getattr(Comparison(), field))}" in after
        assert "from " in after or " of " in after
    for other in ("--csv", "--json", "--link", "--quiet"):
        assert f" {other} " in said


@pytest.mark.parametrize("field", ELSEWHERE)
def test_every_option_reaches_the_comparison(field, monkeypatch):
    value = ELSEWHERE[field]
    expected = Comparison(**{field: value})
    assert expected != Comparison()
    for arguments in (
        [option(field), Comparison.fields()[field].text(value)],
        [f"{option(field)}={Comparison.fields()[field].text(value)}"],
    ):
        assert compared(arguments, monkeypatch) == expected


def test_every_field_was_tried():
    assert set(ELSEWHERE) == set(Comparison.fields())


def test_names_may_be_written_without_spaces_and_capitals(monkeypatch):
    given = [
        "--heads",
        "SIGMOID,taylor-softmax",
        "--baseline",
        "Taylor_Softmax",
        "--learning-rate",
        "own-best",
    ]
    assert compared(given, monkeypatch) == Comparison(
        heads=["Taylor softmax", "sigmoid"], baseline="Taylor softmax"
    )


@pytest.mark.parametrize(
    "comparison", [Comparison(), QUICK_COMPARISON, Comparison(**ELSEWHERE | {"filters": ()})], ids=str
)
def test_link_json_and_command_line_say_the_same(comparison, monkeypatch, capsys):
    arguments = shlex.split(comparison.command())[4:]
    assert compared(arguments, monkeypatch) == comparison
    capsys.readouterr()

    assert main(["compare", *arguments, "--link"]) == 0
    link = capsys.readouterr().out.strip()
    assert link.startswith("?")
    assert Comparison.from_link(parse_qs(link[1:])) == (comparison, ())
    assert Comparison.from_json(comparison.to_json()) == comparison


def test_link_trains_nothing_and_writes_nothing(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(Comparison, "run", None)
    assert main(["compare", "--seeds", "3", "--link", "--csv", str(tmp_path / "file.csv")]) == 0
    assert capsys.readouterr().out == "?seeds=3\n"
    assert list(tmp_path.iterdir()) == []


def test_csv_has_a_row_per_head_seed_and_measure_with_the_numbers_of_run(results, capsys):
    assert main(["compare", *QUICK, "--csv", "-"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    rows = list(csv.DictReader(io.StringIO(out)))
    expected = results.measures
    assert len(rows) == len(expected) == len({(row["head"], row["seed"], row["measure"]) for row in rows})
    assert {row["head"] for row in rows} == set(COMPARED)
    assert {row["measure"] for row in rows} >= set(MEASURES)
    assert [float(row["value"]) for row in rows] == expected["value"].tolist()
    for name in ("head", "seed", "measure"):
        assert [row[name] for row in rows] == expected[name].astype(str).tolist()


def test_json_has_the_comparison_and_the_numbers_of_run(results, capsys):
    assert main(["compare", *QUICK, "--json", "-"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert Comparison.from_json(json.dumps(said["comparison"])) == QUICK_COMPARISON
    assert said["finding"] == results.finding
    assert [row["value"] for row in said["measures"]] == results.measures["value"].tolist()


def rows_of(block: str) -> list[str]:
    """What stands beside the measures' names in a block of the table; a name can go on in a second line."""
    beside = [line[LABEL_WIDTH:] for line in block.splitlines() if line[LABEL_WIDTH:].strip()]
    return beside[-len(MEASURES) :]


def test_table_has_every_measure_and_head(results, terminal, capsys):
    terminal(160)
    assert main(["compare", *QUICK]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    finding, block, note, budget = out.split("\n\n")
    assert " ".join(finding.split()) == results.finding
    assert "over 3 seeds" in note
    assert "difference from softmax" in note
    assert all(head in " ".join(budget.split()).replace("Softmax", "softmax") for head in COMPARED)
    assert re.split("  +", block.splitlines()[0].strip()) == COMPARED
    summary = results.summary.set_index(["measure", "head"])
    for (name, measure), row in zip(MEASURES.items(), rows_of(block), strict=True):
        expected = []
        for head in COMPARED:
            of_head = summary.loc[(name, head)]
            expected.append(measure.number(of_head["mean"]))
            if head != "softmax":
                expected.append(measure.interval_texts(of_head)[0])  # as in the table on the page
                expected += (of_head["verdict"] or "").replace("undecided", "").split()
        assert row.split() == expected


def test_table_is_cut_into_blocks_that_are_aligned(results):
    for width, n_blocks in ((160, 1), (70, 2), (50, 3)):
        *blocks, _ = table(results, width).split("\n\n")
        assert len(blocks) == n_blocks
        titles = [re.split("  +", block.splitlines()[0].strip()) for block in blocks]
        assert [head for heads in titles for head in heads] == COMPARED
        for block in blocks:
            assert max(map(len, block.splitlines())) <= width
            ends = [[match.end() for match in re.finditer(r"\S+", row)] for row in rows_of(block)]
            assert len({tuple(row[: len(ends[0])]) for row in ends}) == 1


def test_table_says_every_verdict_but_the_usual_one(results):
    heads = ["softmax", "spherical softmax", "Taylor softmax", "sigmoid"]
    verdicts = dict(zip(heads, ["baseline", "undecided", "worse", "equivalent"], strict=True))
    summary = results.summary.assign(verdict=results.summary["head"].map(verdicts))
    text = table(SimpleNamespace(summary=summary, experiment=QUICK_COMPARISON), 160)
    assert text.count(" worse") == text.count(" equivalent") == len(MEASURES)
    assert " ".join(text.split()).count("undecided") == 1
    assert " ".join(text.split()).count("Where no word follows, it is undecided; ") == 1

    text = table(SimpleNamespace(summary=summary.assign(verdict=None), experiment=QUICK_COMPARISON), 160)
    assert "None" not in text


@pytest.mark.parametrize(
    "more",
    [
        ["--heads", "sigmoid"],
        ["--seeds", "1"],
        ["--solver", "sgd", "--learning-rate", "10", "--momentum", "0.99"],
    ],
)
def test_table_of_few_heads_few_seeds_and_runs_that_diverge(more, capsys):
    assert (
        main(
            [
                "compare",
                "--dataset",
                "wine",
                "--epochs",
                "3",
                *(more if "--seeds" in more else ["--seeds", "3", *more]),
            ]
        )
        == 0
    )
    finding, block, _ = capsys.readouterr().out.split("\n\n", 2)
    assert finding.startswith("On wine over ")
    assert len(rows_of(block)) == len(MEASURES)


def test_head_of_ones_own_is_listed_chosen_and_compared(capsys, terminal):
    with a_head_of_ones_own() as head:
        assert main(["list", "heads"]) == 0
        listed = capsys.readouterr().out
        assert f"\n{head.name}\n" in listed
        assert "\n  temperature: " in listed

        assert head.name in refused(["compare", "--heads", "softmin"], capsys)
        assert main(["compare", "--help"]) == 0
        assert head.name in in_one_line(capsys)

        terminal(200)
        assert main(["compare", *QUICK]) == 0
        assert head.name not in capsys.readouterr().out
        assert main(["compare", *QUICK, "--heads", ",".join(HEADS)]) == 0
        assert head.name in capsys.readouterr().out
        chosen = ["--heads", "tempered-softmax(temperature=3),softmax", "--baseline", head.name]
        assert main(["compare", *QUICK, *chosen, "--csv", "-"]) == 0
        assert f"\n{head.name},0,accuracy," in capsys.readouterr().out
    assert head.name in refused(["compare", "--heads", head.name], capsys)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:20])
@pytest.mark.parametrize("field", ELSEWHERE)
def test_hostile_value_is_refused_with_what_is_allowed(field, text, capsys):
    said = refused(["compare", option(field), text], capsys)
    choices = Comparison.fields()[field].allowed.partition(" of ")[2].split(", ")
    limits = re.findall(
        r"from \S+ to \S+|at most 4 layers|at most [29],000 characters|must be a(?: whole)? number", said
    )
    is_path = field == "dataset" and "/" in text  # a path: the file isn't there
    assert limits or is_path or any(choice in said for choice in choices)
    assert "there is no file" in said if is_path else "got" in said


@pytest.mark.parametrize(
    ("arguments", "sentences"),
    [
        (["list", "head"], ["lists are heads, datasets; got 'head'"]),
        (["train"], ["command must be one of compare", "got 'train'"]),
        (["compare", "--colour", "red"], ["--dataset, --target", "--quiet", "got '--colour'"]),
        (["compare", "digits"], ["options are", "got 'digits'"]),
        (["compare", "--seed", "3"], ["options are", "got '--seed'"]),
        (["compare", "--seeds"], ["--seeds", "a whole number from 1 to 100"]),
        (["compare", "--link=no"], ["--link", "does not take a value"]),
        (["compare", "--seeds", "3", "--seeds", "4"], ["--seeds may be given once, got '4' as well"]),
        (
            ["compare", "--batch-normalisation", "--seeds", "3"],
            ["--batch-normalisation must be one of yes, no; got '--seeds'"],
        ),
        (["compare", "--csv", "--json=-"], ["--csv must be a file that can be written", "got '--json=-'"]),
        (["compare", "--seeds", "0"], ["--seeds must be a whole number from 1 to 100, got '0'"]),
        (
            ["compare", "--learning-rate", "fast"],
            ["--learning-rate must be a number", 'or "own best", got', "'fast'"],
        ),
        (
            ["compare", "--heads", "softmin"],
            ["head must be one of softmax, spherical softmax", "got 'softmin'"],
        ),
        (
            ["compare", "--heads", "sigmoid", "--baseline", "softmax"],
            ["baseline must be one of sigmoid; got 'softmax'"],
        ),
        (["compare", "--heads", ","], ["--heads must be any of softmax, ", "got ','"]),
        (["compare", "--csv", "-", "--json", "-"], ["--csv and --json must differ, got '-' for both"]),
        (
            ["compare", "--csv", "here", "--json", "here"],
            ["--csv and --json must differ, got 'here' for both"],
        ),
        (["compare", "--csv", "here", "--json", "./here"], ["--csv and --json must differ"]),
        (["compare", "--csv", ""], ["--csv must be a file that can be written, or -; got ''"]),
        (["compare", "--json", "/"], ["--json must be a file that can be written, or -; got '/'"]),
        (["compare", "--csv", "x" * 300], ["too long"]),
        (["compare", "--csv", "no/such/folder/file"], ["No such file or directory"]),
    ],
    ids=lambda value: " ".join(value)[:50],
)
def test_what_is_not_allowed_is_refused_before_training(arguments, sentences, capsys, monkeypatch):
    monkeypatch.setattr(Comparison, "run", None)
    said = refused(arguments, capsys)
    assert all(sentence in said for sentence in sentences)


def test_data_set_that_is_unavailable_is_said_in_its_sentence(monkeypatch, tmp_path, capsys):
    def unavailable(*_: object) -> None:
        raise DatasetUnavailable("There is no network.")

    monkeypatch.setattr(Comparison, "run", unavailable)
    file = tmp_path / "file.csv"
    file.write_text("old")
    assert main(["compare", "--csv", str(file)]) == 1
    assert capsys.readouterr() == ("", "There is no network.\n")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


def test_files_hold_what_is_printed_with_a_dash(tmp_path, capsys):
    files = {"--csv": tmp_path / "file.csv", "--json": tmp_path / "file.json"}
    given = [str(text) for pair in files.items() for text in pair]
    assert main(["compare", *QUICK, *given]) == 0
    assert "On iris" in capsys.readouterr().out
    assert sorted(tmp_path.iterdir()) == sorted(files.values())
    said = json.loads(files["--json"].read_text("utf-8"))
    assert len(said["runs"]) == len(COMPARED) * 3
    assert main(["compare", *QUICK, "--csv", "-"]) == 0
    assert capsys.readouterr().out == files["--csv"].read_text("utf-8")


def test_quiet_beside_a_file_prints_nothing(tmp_path, capsys):
    file = tmp_path / "file.csv"
    assert main(["compare", *QUICK, "--csv", str(file), "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")
    assert file.stat().st_size > 0
    assert main(["compare", *QUICK, "--quiet"]) == 0
    assert capsys.readouterr().out.startswith("On iris")


@pytest.mark.parametrize(
    "raised", [KeyboardInterrupt(), OSError(28, "No space left on device"), ZeroDivisionError()]
)
def test_file_stays_as_it_was_where_a_comparison_does_not_end(raised, monkeypatch, tmp_path, capsys):
    def stops(*_: object) -> None:
        raise raised

    file = tmp_path / "file.csv"
    file.write_text("old")
    monkeypatch.setattr(Comparison, "run", stops)
    arguments = ["compare", "--csv", str(file), "--json", str(tmp_path / "new.json")]
    if isinstance(raised, ZeroDivisionError):  # a mistake of ours is not hidden
        with pytest.raises(ZeroDivisionError):
            main(arguments)
    else:
        assert main(arguments) == (130 if isinstance(raised, KeyboardInterrupt) else 1)
        out, err = capsys.readouterr()
        assert out == ""
        assert err.count("\n") == isinstance(raised, OSError)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"file.csv": "old"}


def test_file_is_replaced_through_a_link_and_keeps_its_mode(tmp_path):
    file, link = tmp_path / "file.csv", tmp_path / "link.csv"
    file.write_text("old")
    file.chmod(0o640)
    link.symlink_to(file)
    assert main(["compare", *QUICK, "--quiet", "--csv", str(link)]) == 0
    assert link.is_symlink()
    assert file.read_text().startswith("head,seed,measure,value\n")
    assert file.stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(not Path("/dev/null").is_char_device(), reason="needs a device")
def test_device_is_written_to_and_not_replaced():
    assert main(["compare", *QUICK, "--quiet", "--csv", "/dev/null"]) == 0
    assert Path("/dev/null").is_char_device()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_drawn_in_one_line_of_a_terminal(monkeypatch, capsys):
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    assert main(["compare", *QUICK, "--csv", "-"]) == 0
    drawn = stream.getvalue()
    assert drawn.count("\n") == 1
    assert drawn.endswith("\n")
    assert "100%  training" in drawn
    assert capsys.readouterr().out.startswith("head,seed,measure,value\n")

    stream.truncate(0)
    assert main(["compare", *QUICK, "--quiet"]) == 0
    assert stream.getvalue() == ""


def test_progress_ends_its_line_where_training_is_stopped(monkeypatch):
    def stopped(_: Comparison, watch: Callable[[SimpleNamespace], None]) -> None:
        watch(SimpleNamespace(stage="tuning", fraction=0.5))
        raise KeyboardInterrupt

    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(Comparison, "run", stopped)
    assert main(["compare"]) == 130
    assert " 50%  tuning" in stream.getvalue()
    assert stream.getvalue().endswith("\n")


def test_overview_loads_little_and_no_command_loads_streamlit():
    loads = (
        "import sys; from alternatives.commands import main; main({}); print(*sys.modules, file=sys.stderr)"
    )
    loaded = set(python("-c", loads.format([])).stderr.split())
    assert not loaded & {"pandas", "scipy", "sklearn", "joblib", "altair", "streamlit"}
    loaded = set(python("-c", loads.format(["compare", *QUICK])).stderr.split())
    assert "alternatives.experiments" in loaded
    assert not loaded & {"altair", "streamlit"}


def test_process_prints_rows_alone_whatever_the_locale(results):
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = python("-m", "alternatives", "compare", *QUICK, "--csv", "-", env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == results.to_csv()
    done = python("-m", "alternatives", "compare", *QUICK, env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert "−" in done.stdout


def test_process_that_is_refused_says_one_line():
    done = python("-m", "alternatives", "compare", "--seeds", "many")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "python -m alternatives compare: --seeds must be a whole number from 1 to 100, got 'many'\n"
    )


@pytest.mark.skipif(os.name != "posix", reason="needs pipes and signals of POSIX")
@pytest.mark.parametrize(
    "arguments",
    [[], ["compare", "--help"], ["compare", *QUICK, "--csv", "-"]],
    ids=["overview", "help", "csv"],
)
def test_reader_that_stops_reading_hears_no_complaint(arguments):
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "alternatives", *arguments]
    done = subprocess.run(command, cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, text=True)
    os.close(writing)
    assert (done.returncode in (0, 141), done.stderr) == (True, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_full_disk_is_said_in_one_line():
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "alternatives"]
        done = subprocess.run(command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1
    assert done.stderr == "The system refuses: no space left on device.\n"


def test_table_is_printed_where_a_file_can_not_be_written_after_all(monkeypatch, tmp_path, capsys, results):
    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(results), "to_csv", full)
    assert main(["compare", *QUICK, "--csv", str(tmp_path / "file.csv")]) == 1
    out, err = capsys.readouterr()
    assert out.startswith("On iris")
    assert err == "The system refuses: no space left on device.\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="needs signals of POSIX")
def test_control_c_ends_quietly(tmp_path):
    file = tmp_path / "file.csv"
    command = [
        sys.executable,
        "-m",
        "alternatives",
        "compare",
        "--seeds",
        "50",
        "--epochs",
        "500",
        "--csv",
        str(file),
    ]
    # A shell that runs this in the background has its children ignore Ctrl-C.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        signal.signal(signal.SIGINT, before)
        try:
            while not list(tmp_path.iterdir()):  # training begins when the file is open
                assert process.poll() is None
                time.sleep(0.05)
            time.sleep(0.5)
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 130
            assert process.stderr.read() == ""
        finally:
            process.kill()
    assert list(tmp_path.iterdir()) == []


posix = pytest.mark.skipif(os.name != "posix", reason="needs pipes and signals of POSIX")
BASH = shutil.which("bash")


@posix
def test_rows_are_all_that_is_on_standard_output_by_its_name(results):
    done = python("-m", "alternatives", "compare", *QUICK, "--csv", "/dev/stdout")
    assert (done.returncode, done.stdout, done.stderr) == (0, results.to_csv(), "")


@pytest.mark.skipif(not BASH or not Path("/dev/fd").exists(), reason="needs bash")
@pytest.mark.parametrize(
    ("more", "code", "complaint"),
    [
        ("--quiet --csv >(cat >&2)", 0, "head,seed,measure,value"),
        ("--csv - >&-", 1, "The system refuses: bad file descriptor."),
        ("--csv /dev/full", 1, "The system refuses: no space left on device."),
        ("--csv - 2>&-", 0, ""),
    ],
)
def test_output_goes_where_the_shell_says_or_is_an_error(more, code, complaint, results):
    if "/dev/full" in more and not Path("/dev/full").exists():
        pytest.skip("needs a device that is full")
    command = (
        f"{shlex.join([sys.executable, '-m', 'alternatives', 'compare', *QUICK])} {more}; e=$?; wait; exit $e"
    )
    done = subprocess.run([str(BASH), "-c", command], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == code, done.stderr
    assert done.stderr.startswith(complaint)
    assert "Traceback" not in done.stderr
    if more == "--csv - 2>&-":
        assert done.stdout == results.to_csv()


def test_too_little_memory_is_said_in_a_sentence(monkeypatch, capsys):
    monkeypatch.setattr(Comparison, "run", lambda *_: np.zeros(10**18))
    assert main(["compare"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "There isn't enough memory for this: choose fewer samples, seeds or units.\n"


@posix
@pytest.mark.parametrize(
    ("how", "presses", "seconds", "code"),
    [
        ("SIGINT", 2, 0, 130),
        ("SIGINT", 2, 0.3, 130),
        ("SIGINT", 2, 2, 130),
        ("SIGTERM", 1, 2, 143),
        ("SIGHUP", 1, 2, 129),
    ],
)
def test_a_command_that_is_stopped_at_any_moment_ends_quietly(how, presses, seconds, code, tmp_path):
    """Twice within some milliseconds, too: as a key that bounces."""
    complaints = tmp_path / "complaints"
    number = getattr(signal, how)
    before = signal.signal(number, signal.SIG_DFL)
    with complaints.open("w") as stream:
        command = [
            sys.executable,
            "-c",
            WHEN_READY,
            "compare",
            "--seeds",
            "50",
            "--csv",
            str(tmp_path / "file"),
        ]
        process = subprocess.Popen(command, cwd=ROOT, stderr=stream, stdout=subprocess.PIPE)
    signal.signal(number, before)
    with process:
        assert process.stdout
        process.stdout.readline()
        time.sleep(seconds)
        for _ in range(presses):
            process.send_signal(number)
            time.sleep(0.02)
        assert process.wait(20) == code
    assert complaints.read_text() == ""
    assert [*tmp_path.iterdir()] == [complaints]


WHEN_READY = """
import sys
from alternatives.__main__ import run
print(flush=True)
sys.exit(run())
"""
"""What the script softmax-alternatives does, with a word at the moment from which on it can be quiet."""


@posix
def test_a_command_that_is_to_go_on_after_the_terminal_has_gone_does(tmp_path):
    command = [sys.executable, "-c", WHEN_READY, "compare", *QUICK, "--csv", str(tmp_path / "file")]
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    signal.signal(signal.SIGHUP, before)
    with process:
        assert process.stdout
        process.stdout.readline()
        process.send_signal(signal.SIGHUP)
        process.communicate()
    assert process.returncode == 0
    assert (tmp_path / "file").exists()


@pytest.mark.parametrize(
    ("command", "noun", "less"),
    [
        (["compare"], "comparison", "fewer seeds"),
        (["classes"], "comparison by number of classes", "fewer seeds"),
        (["claims", "--only", "scale"], "test of a claim", "another claim"),
        (["large-output"], "measurement", "fewer classes"),
    ],
    ids=str,
)
def test_limits_of_the_environment_hold_here_too(command, noun, less, monkeypatch, capsys):
    monkeypatch.setenv("ALTERNATIVES_MOST_SECONDS", "0.01")
    said = refused(command, capsys)
    assert f"this {noun} would take about" in said
    assert f"at most 0.01 seconds are allowed here: choose {less}" in said


@pytest.mark.parametrize("text", ["abc", "-1", "nan", "1e999"])
@pytest.mark.parametrize("command", ["compare", "classes", "claims", "large-output", "serve"])
def test_with_a_limit_that_cannot_be_read_nothing_starts(command, text, monkeypatch, capsys):
    monkeypatch.setenv("ALTERNATIVES_MOST_SECONDS", text)
    assert main([command]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"ALTERNATIVES_MOST_SECONDS must be a positive number, got '{text}'\n"


def test_nor_does_the_server():
    environment = os.environ | {"ALTERNATIVES_KEPT_MEGABYTES": "much"}
    command = [sys.executable, "-c", "import app"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "ALTERNATIVES_KEPT_MEGABYTES must be a positive number, got 'much'\n"
