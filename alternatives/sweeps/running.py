"""Runs the comparisons of a sweep, each on one core: on all cores of this machine, or on a Dask cluster."""

import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager, nullcontext
from importlib import import_module
from typing import Any, Protocol

import joblib
import pandas as pd

from alternatives.datasets import DatasetUnavailable
from alternatives.experiments import Comparison
from alternatives.state import Linked
from alternatives.sweeps.table import Table, rows

MOST_DEATHS = 10
"""Times that workers may die before a sweep gives up. What is done is kept; the rest is begun anew."""


ANSWER_SECONDS = 10
"""How long a scheduler may take to answer."""

WORKER_SECONDS = 30
"""How long a cluster may take until it has a worker."""


class NotReachable(Exception):
    """A cluster that can't be reached, or whose client isn't installed."""


Watch = Callable[[int, int], None]
"""Called with the number of comparisons that are done, and of all."""


class Comparisons(Protocol):
    """What has comparisons: a sweep, or several."""

    def comparisons(self) -> Sequence[Any]:
        """Every comparison, or another value that is its own link."""


Work = Callable[[Any], pd.DataFrame]
"""What is done with a comparison, and the rows that come out. A function of a module: workers import it."""

Results = Generator[tuple[Linked, pd.DataFrame | str]]
"""The rows of each comparison, as they come, or why there are none."""

Run = Callable[[Sequence[Linked], Work], Results]


def measured(comparison: Comparison) -> pd.DataFrame:
    """Run a comparison: a row for every network."""
    return rows(comparison.run(n_jobs=1))


def run(
    sweep: Comparisons,
    table: Table,
    n_jobs: int | None = None,
    cluster: str | None = None,
    watch: Watch = lambda done, of: None,
    work: Work = measured,
) -> tuple[pd.DataFrame, dict[Any, str]]:
    """Run every comparison that the table doesn't have.

    Parameters
    ----------
    sweep : Sweep or whatever has `comparisons()`
    table : Table
        What it has is neither computed nor counted again.
    n_jobs : int, optional
        Comparisons at a time on this machine. Default: one for each core. A cluster runs one for each thread
        of its workers.
    cluster : str, optional
        Address of a Dask scheduler, as in ``"tcp://10.0.0.1:8786"``; its workers need this package. Numbers
        are the same on machines that have the same versions.
    watch : callable, optional
    work : callable, optional
        What is done with each comparison; by default it is run.

    Returns
    -------
    table : DataFrame
        As `rows` has it, also of what was there before.
    failed : dict from Comparison to str
        Why some couldn't be run: a data set that isn't available, or has a class too rare for its splits.

    Raises
    ------
    NotReachable
        If there is no cluster at the address, or it has no worker.
    BrokenProcessPool
        If workers die again and again.
    """
    comparisons: Sequence[Linked] = sweep.comparisons()
    failed: dict[Linked, str] = {}
    deaths, told = 0, -1

    def tell() -> None:
        nonlocal told
        if told != len(done) + len(failed):
            told = len(done) + len(failed)
            watch(told, len(comparisons))

    place = _on_cluster(cluster) if cluster else nullcontext(_on_this_machine(n_jobs))
    with place as run_all:
        while True:
            done = table.done(comparisons)
            left = [each for each in comparisons if each not in done and each not in failed]
            tell()
            if not left:
                break
            try:
                with closing(run_all(left, work)) as results:
                    for comparison, found in results:
                        if isinstance(found, str):
                            failed[comparison] = found
                        else:
                            table.keep(comparison, found)
                            done.add(comparison)
                        tell()
            except BrokenProcessPool:
                deaths += 1
                if deaths > MOST_DEATHS:
                    raise
    return table.finish(comparisons), failed


def _on_this_machine(n_jobs: int | None) -> Run:
    """What runs comparisons in processes of this machine, so many at a time."""

    def results(comparisons: Sequence[Linked], work: Work) -> Results:
        with joblib.parallel_config("loky"), warnings.catch_warnings():
            # joblib's advice to whoever stops it: what has been begun and isn't done is lost.
            warnings.filterwarnings("ignore", ".*still being processed by the workers", UserWarning)
            parallel = joblib.Parallel(
                n_jobs or -1, return_as="generator_unordered", batch_size=1, pre_dispatch="2*n_jobs"
            )
            yield from parallel(joblib.delayed(_one)(each, work) for each in comparisons)

    return results


def _one(comparison: Linked, work: Work) -> tuple[Linked, pd.DataFrame | str]:
    try:
        return comparison, work(comparison)
    except (DatasetUnavailable, ValueError) as error:
        return comparison, str(error)


@contextmanager
def _on_cluster(address: str) -> Iterator[Run]:
    """What runs comparisons on the workers of a Dask scheduler.

    Not through joblib's Dask backend: where the cluster has a single thread, that runs everything in the
    process that asks, and the cluster does nothing.
    """
    try:
        distributed: Any = import_module("distributed")
    except ImportError:
        raise NotReachable(
            "a cluster needs an optional package: pip install -r requirements-dask.txt"
        ) from None
    try:
        client = distributed.Client(address, timeout=ANSWER_SECONDS)
    except (OSError, ValueError) as error:
        raise NotReachable(f"no Dask scheduler answers at {address}: {error}") from None

    def results(comparisons: Sequence[Linked], work: Work) -> Results:
        asked = dict(zip(client.map(_one, comparisons, work=work, pure=False), comparisons, strict=True))
        for future in distributed.as_completed(asked):
            try:
                yield future.result()
            except distributed.KilledWorker:
                yield asked[future], "every worker that tried it died"

    with client:
        try:
            client.wait_for_workers(1, timeout=WORKER_SECONDS)
        except TimeoutError:
            raise NotReachable(
                f"the Dask scheduler at {address} has no worker after {WORKER_SECONDS} s"
            ) from None
        yield results
