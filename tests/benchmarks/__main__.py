"""``python -m tests.benchmarks NAME``: runs one benchmark and prints its table."""

import importlib
import pkgutil
import sys

from tests import benchmarks

NAMES = sorted(
    module.name for module in pkgutil.iter_modules(benchmarks.__path__) if not module.name.startswith("_")
)

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in NAMES:
        sys.exit(f"usage: python -m tests.benchmarks {{{','.join(NAMES)}}} [--help]")
    importlib.import_module(f"tests.benchmarks.{sys.argv[1]}").main(sys.argv[2:])
