"""``paper``: the paper's tables, made again."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np
import pandas as pd

from alternatives.commands.options import bad_arguments
from alternatives.commands.program import COMMANDS, STRICT
from alternatives.commands.terminal import filled, that_goes_on
from alternatives.paper import FOLDER, SERIES, Replication, found, in_words, recomputed
from alternatives.paper.replication import quickest
from alternatives.state import Choice, Several
from alternatives.wording import counted, duration, in_unit, listed, spelled

ELSEWHERE = 0.05
"""Most that an error or a loss may differ where its row was made on another kind of processor, or with other
versions: there sums are rounded in another order, and a training can make much of a last digit. Of 340 small
networks, made on a Haswell and trained again on a SkylakeX, all errors were the same, and a log loss differed
by up to 0.016.
"""


@click.command(
    "paper",
    context_settings=STRICT,
    help=f"{COMMANDS['paper']} SERIES is one of {', '.join(SERIES)}; without it all are run. Each head is "
    "tuned on validation samples, then trained from every seed and measured on the test set. The tables are "
    "CSV files in a folder; what they have isn't computed again, so what was stopped goes on where it was.",
)
@click.argument("series", metavar="[SERIES]", nargs=-1)  # some have names of two words
@click.option("--heads", metavar="HEADS", help="some heads of the series; default: all")
@click.option("--datasets", metavar="NAMES", help="some data sets of the series; default: all")
@click.option("--folder", metavar="FOLDER", help=f"the folder of the tables; default: {FOLDER.name} in data")
@click.option("--jobs", type=click.IntRange(1), help="comparisons at a time; default: one for each core")
@click.option(
    "--check",
    type=click.FloatRange(0),
    metavar="SECONDS",
    help="compute rows of the tables again, the quickest ones first, for about so long; and compare",
)
@click.option(
    "--findings",
    is_flag=True,
    help="train nothing; print what the tables of the folder say, a sentence for each series",
)
@click.option("--quiet", is_flag=True, help="show no progress")
def command(
    series: tuple[str, ...],
    heads: str | None,
    datasets: str | None,
    folder: str | None,
    jobs: int | None,
    check: float | None,
    findings: bool,
    quiet: bool,
) -> None:
    """Run series, or check what they made, or say what they found."""
    with bad_arguments():
        names = _some(" ".join(series) or None, "SERIES", "series", list(SERIES)) or list(SERIES)
        searches = [each for name in names for each in SERIES[name].comparisons()]
        known_heads = dict.fromkeys(each.heads[0].name for each in searches)
        chosen_heads = _some(heads, "--heads", "head", list(known_heads))
        known = {each.dataset.name for each in searches}
        chosen_datasets = _some(datasets, "--datasets", "data set", sorted(known))
    where = Path(folder) if folder is not None else FOLDER
    if findings:
        print(findings_of(where, names))
        return
    every = [Replication.of(SERIES[name], where, chosen_heads, chosen_datasets) for name in names]
    if check is not None:
        if not _check(every, check):
            click.get_current_context().exit(1)
        return
    failed = False
    for replication in every:
        failed |= _run(replication, jobs, quiet)
    if failed:
        click.get_current_context().exit(1)


def _some(text: str | None, option: str, noun: str, names: Sequence[str]) -> list[str]:
    return [] if text is None else list(Several(Choice(lambda: names, noun), noun).parse(text, option))


def _run(replication: Replication, jobs: int | None, quiet: bool) -> bool:
    """Run a series and print what it found; whether something couldn't be run."""
    started = time.perf_counter()
    searches = len(replication.selected.comparisons())
    print(f"{replication.series.name}: {searches} searches", file=sys.stderr)

    def watch(step: str, done: int, of: int) -> None:
        if not quiet:
            took = duration(time.perf_counter() - started)
            print(f"{replication.series.name}: {step}, {done} of {of}, after {took}", file=sys.stderr)

    with that_goes_on():
        rows, failed = replication.run(jobs, watch)
    for comparison, reason in failed.items():
        print(filled(f"{comparison.dataset}: {reason}", "", "  "), file=sys.stderr)
    print(summary(rows))
    print(f"{replication.tables[1].path} has {counted(len(rows), 'network')}.")
    return bool(failed)


def summary(rows: pd.DataFrame) -> str:
    """Mean test error and log loss of each head over the seeds of all data sets, a line each.

    Language models have a line for each number of words, with their perplexity.
    """
    if not len(rows):
        return "There are no networks yet."
    lines = []
    by = [*(["vocabulary"] if "vocabulary" in rows else []), "head"]
    for which, own in rows.groupby(by, sort=False):
        error, loss = own["error"].mean(), own["log_loss"].mean()
        spread = own.groupby("dataset")["error"].std(ddof=1).mean()
        *n_words, head = which
        words = "".join(f"{n:,} words, " for n in n_words)
        perplexity = f"perplexity {spelled(own['perplexity'].mean())}, " if n_words else ""
        lines.append(
            f"{words}{head}: error {in_unit(error, '%')} ± {in_unit(spread, '%')} "
            f"(standard deviation over seeds), log loss {in_unit(loss, 'nats')}, "
            f"{perplexity}{counted(len(own), 'network')}"
        )
    return "\n".join(lines)


def findings_of(folder: Path, names: Sequence[str]) -> str:
    """What the tables of series say, a paragraph each."""
    with bad_arguments():
        every = tuple(each for each in found(folder) if each.series.name in names)
    said = [filled(f"{each}.") for each in in_words.findings(every)]
    return "\n".join(said) or f"There are no networks in {folder} yet."


def _check(every: Sequence[Replication], seconds: float) -> bool:
    """Compute the quickest rows again, and say whether they are the same."""
    tables = [table for each in every if len(table := each.tables[1].read())]
    if not tables:
        print("There are no networks to check yet.")
        return True
    rows = pd.concat(tables, ignore_index=True)
    some = quickest(rows, seconds)
    if not len(some):
        least = rows.groupby("configuration")["seconds"].sum().min()
        print(f"None was trained in so short a time; the quickest took {duration(least)}.")
        return True
    again = recomputed(some)
    there, new = (each.set_index(["configuration", "seed"]).sort_index() for each in (some, again))
    exact = dict.fromkeys(name for each in every for name in each.series.procedure.exact if name in there)
    by_measure = pd.DataFrame({name: (there[name] - new[name]).abs() for name in exact})
    is_in_one = there[[*exact]].isna() ^ new[[*exact]].isna()
    differs = by_measure.mask(is_in_one, np.inf).max(axis=1).fillna(0.0)
    is_elsewhere = there["versions"] != new["versions"]
    trained = f"{counted(len(some), 'network')} of {len(rows):,} ({listed(some['head'].unique())})"
    largest = float(differs.max())
    same = "the same to the last bit" if not largest else f"they differ by up to {largest:.2g}"
    allowed = ""
    if largest and is_elsewhere.any():
        allowed = f"; as much as {ELSEWHERE:g} may be between processors of different kinds, or versions"
    is_same = bool((differs <= np.where(is_elsewhere, ELSEWHERE, 0.0)).all())
    said = same if is_same else f"not the same: {same}"
    print(filled(f"{trained}, trained again, each by its configuration: {said}{allowed}."))
    return is_same
