"""Time and memory of reading hostile files: the worst of each kind, in a process that reads nothing else.

Memory is the most that the process had, beyond what it had once it had read a small table.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from alternatives.tables import HOSTED, BadTable, read_table
from tests.hostile_tables import KINDS, hostile

ROOT = Path(__file__).parents[2]


def megabytes() -> float:
    """The most memory that this process has had; Linux counts in kilobytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(kind: str) -> None:
    """Print the worst of one kind."""
    read_table(b"a,b\n1,2\n")
    n_files, n_tables, slowest, used, most = 0, 0, 0.0, 0.0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        for source in hostile(kind, Path(folder)):
            Path("/proc/self/clear_refs").write_text("5")  # the most so far is forgotten
            before, started, clock = megabytes(), time.perf_counter(), time.process_time()
            try:
                read_table(source, bounds=HOSTED)
                n_tables += 1
            except BadTable:
                pass
            slowest = max(slowest, time.perf_counter() - started)
            used = max(used, time.process_time() - clock)
            most = max(most, megabytes() - before)
            n_files += 1
    print(f"{kind:16}{n_files:6}{n_tables:8}{slowest:10.2f}{used:10.2f}{most:10.0f}", flush=True)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks tables", description=__doc__)
    parser.add_argument("--kind", choices=KINDS, help="only this one, in this process")
    given = parser.parse_args(arguments)
    if given.kind:
        measure(given.kind)
        return
    print(f"{'kind':16}{'files':>6}{'tables':>8}{'seconds':>10}{'processor':>10}{'MB more':>10}")
    for kind in KINDS:
        subprocess.run(
            [sys.executable, "-m", "tests.benchmarks", "tables", "--kind", kind], cwd=ROOT, check=True
        )
