"""What a server and its worker processes use of the machine, from Linux's /proc."""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from alternatives.training.pool import MEMORY, folder_names


@dataclass(frozen=True)
class Usage:
    """Memory in megabytes and processor time in seconds, of a process and of those it started.

    Beside their own memory there is that of the files that they keep in it.
    """

    megabytes: float
    megabytes_of_workers: float
    megabytes_of_files: float
    seconds: float
    seconds_of_workers: float


def usage(process: int) -> Usage:
    """What a process and all that descend from it use now.

    Memory is the proportional set size: a page that n processes share counts as 1/n in each. Files in
    memory are left out there and counted by themselves, for nobody needs to have them mapped.
    """
    parents: dict[int, int] = {}
    ticks: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            values = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended
        parents[int(path.parent.name)] = int(values[1])
        ticks[int(path.parent.name)] = int(values[11]) + int(values[12])
    workers, found = set(), {process}
    while found:
        found = {child for child, parent in parents.items() if parent in found}
        workers |= found
    per_second = os.sysconf("SC_CLK_TCK")
    return Usage(
        _megabytes(process),
        sum(map(_megabytes, workers)),
        _megabytes_of_files(process),
        ticks.get(process, 0) / per_second,
        sum(ticks[worker] for worker in workers) / per_second,
    )


def _megabytes(process: int) -> float:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    kinds = ("Pss_Anon:", "Pss_File:")
    return sum(int(line.split()[1]) / 1024 for line in lines if line.startswith(kinds))


def _megabytes_of_files(process: int) -> float:
    total = 0
    for path in Path(MEMORY).glob(f"{folder_names(process)}*/*"):
        with suppress(OSError):  # it may be gone
            total += path.stat().st_blocks * 512
    return total / 1024**2
