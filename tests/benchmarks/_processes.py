"""What a server and its worker processes use of the machine, from Linux's /proc."""

import asyncio
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from alternatives.training.folders import MEMORY, PREFIX


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

    @property
    def megabytes_in_all(self) -> float:
        """Memory of all, and of their files."""
        return self.megabytes + self.megabytes_of_workers + self.megabytes_of_files


async def look(process: int, used: list[Usage]) -> None:
    """Note once a second what a process uses, until cancelled."""
    while True:
        used.append(usage(process))
        await asyncio.sleep(1)


def family(process: int) -> set[int]:
    """A process and all that descend from it."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended
            parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
    return {process, *_descendants(process, parents)}


def _descendants(process: int, parents: Mapping[int, int]) -> set[int]:
    every, found = set(), {process}
    while found:
        found = {child for child, parent in parents.items() if parent in found}
        every |= found
    return every


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
    workers = _descendants(process, parents)
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
    for folder in Path(MEMORY).glob(f"{PREFIX}{process}-*"):
        with suppress(OSError):  # it may be gone
            total += sum(path.stat().st_blocks * 512 for path in folder.iterdir())
    return total / 1024**2
