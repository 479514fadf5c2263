"""``sweep``: many comparisons, on all cores or on a cluster, into one table."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import click
import pandas as pd

from alternatives.commands.files import open_files
from alternatives.commands.options import bad_arguments, check_limits
from alternatives.commands.program import COMMANDS, STRICT
from alternatives.commands.terminal import filled, that_goes_on
from alternatives.datasets import DatasetUnavailable
from alternatives.state import shortened
from alternatives.sweeps import KEY, NotReachable, Sweep, Table, key, run
from alternatives.wording import counted, duration, listed

LARGEST_FILE = 1_000_000
"""Bytes of a sweep's file."""


@click.command(
    "sweep",
    context_settings=STRICT,
    help=f"{COMMANDS['sweep']} FILE is TOML: a table [fixed] with fields of all comparisons, and a table "
    "[grid] with lists of values, by the names of compare's options; every combination is one. The options "
    "below say the same without a file. A sweep that was stopped goes on where it was.",
)
@click.argument("file", metavar="[FILE]", required=False)
@click.option("--out", metavar="FILE.parquet", required=True, help="the table, a row for every network")
@click.option("--csv", metavar="FILE", help="write the whole table as CSV, too")
@click.option("--heads", metavar="HEADS", help="the heads of every comparison, as for compare")
@click.option(
    "--datasets", metavar="NAMES", help="data sets, with ; between them: the first part of the grid"
)
@click.option(
    "--fix", metavar="NAME=VALUE", multiple=True, help="a field that all comparisons have in common"
)
@click.option(
    "--grid", metavar="NAME=VALUES", multiple=True, help="a field that is varied, with ; between its values"
)
@click.option("--jobs", type=click.IntRange(1), help="comparisons at a time; default: one for each core")
@click.option("--dask", metavar="ADDRESS", help="run on the workers of this Dask scheduler")
@click.option("--quiet", is_flag=True, help="show no progress")
def command(
    file: str | None,
    out: str,
    csv: str | None,
    heads: str | None,
    datasets: str | None,
    fix: Sequence[str],
    grid: Sequence[str],
    jobs: int | None,
    dask: str | None,
    quiet: bool,
) -> None:
    """Run the sweep, write its table and say what couldn't be run."""
    with bad_arguments():
        sweep = _sweep(file, heads, datasets, fix, grid)
        path = _path(out)
    for comparison in sweep.comparisons():
        with suppress(DatasetUnavailable):  # it costs the others nothing, and is said in the end
            check_limits(comparison)
    started = time.perf_counter()
    with ExitStack() as files:
        streams = open_files(files, csv=csv)
        with _progress(quiet) as watch, bad_arguments():
            try:
                with that_goes_on():
                    table, failed = run(sweep, Table(path), jobs, dask, watch)
            except NotReachable as error:
                raise ValueError(str(error)) from None
        for stream in streams.values():
            table.to_csv(stream, index=False)
    for comparison, reason in failed.items():
        print(filled(f"{comparison.dataset}: {reason}", "", "  "), file=sys.stderr)
    if sys.stdout not in streams.values():
        n, took = len(sweep.comparisons()) - len(failed), duration(time.perf_counter() - started)
        print(f"{counted(n, 'comparison')} in {took}.")
        if len(table):
            print(f"{path} has {counted(len(table), 'row')}, one a network.")
        if n:
            print(filled(_lowest(sweep, table)))
    if failed:
        click.get_current_context().exit(1)


def _lowest(sweep: Sweep, table: pd.DataFrame) -> str:
    """In how many of the sweep's comparisons each head has the lowest mean log loss."""
    own = table[table[KEY].isin([key(each) for each in sweep.comparisons()])]
    means = own.groupby([KEY, "head"], sort=False)["log loss"].mean().unstack()
    found = means.dropna(how="all").idxmin(axis="columns").value_counts()
    heads = [f"{head} in {n}" for head, n in found.items()]
    return f"The mean log loss is lowest for {listed(heads)} of {counted(len(means), 'comparison')}."


def _sweep(
    file: str | None, heads: str | None, datasets: str | None, fix: Sequence[str], grid: Sequence[str]
) -> Sweep:
    options = heads is not None or datasets is not None or bool(fix or grid)
    if (file is not None) == options:
        raise ValueError("a sweep is either FILE or what --heads, --datasets, --fix and --grid say")
    if file is not None:
        try:
            with Path(file).open("rb") as stream:
                text = stream.read(LARGEST_FILE + 1)
            if len(text) > LARGEST_FILE:
                raise ValueError(f"it has more than {LARGEST_FILE:,} bytes")
            return Sweep.from_toml(text.decode("utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or error
            raise ValueError(
                f"FILE must be a sweep that can be read; got {shortened(file)} ({reason})"
            ) from None
    fixed = dict(_pair("--fix", text) for text in fix)
    varied = {name: _values(text) for name, text in (_pair("--grid", text) for text in grid)}
    if heads is not None:
        fixed["heads"] = heads
    if datasets is not None:
        varied = {"dataset": _values(datasets)} | varied
    return Sweep(fixed, varied)


def _pair(option: str, text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"{option} takes a name, = and what it has, got {shortened(text)}")
    return name.strip().replace("-", "_"), value.strip()


def _values(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";") if part.strip())


def _path(name: str) -> Path:
    path = Path(name)
    if path.suffix != ".parquet":
        raise ValueError(f"--out must be a file whose name ends in .parquet, got {shortened(name)}")
    if not path.resolve().parent.is_dir():
        raise ValueError(f"--out must be in a folder that is there, got {shortened(name)}")
    return path


@contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar with the comparisons that are done and the time to go; none if `quiet` or without a terminal."""
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        yield lambda done, of: None
        return
    with click.progressbar(length=1, file=sys.stderr, show_pos=True, show_eta=True) as bar:

        def watch(done: int, of: int) -> None:
            bar.length = of
            bar.update(done - bar.pos)

        yield watch
