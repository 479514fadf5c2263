"""The finding of the default comparison, over blocks of seeds and over caps on the epochs.

Each block has other seeds, reported and tuning, so its finding is what somebody else might have read. The
table counts the findings that are the same but for their numbers, and prints every different one: what is
said of the log loss, with the confidence, and with every verdict. The goal is that the same heads differ in
log loss in 16 of 20 blocks, and the same at caps of 40, 80 and 160 epochs; a verdict near a margin may
change with the seeds.
"""

import argparse
import re
from collections import Counter
from collections.abc import Iterable

from alternatives.experiments import Comparison

FIRST_SEED = 500_000
"""Far from the seeds that the default was chosen by."""


def without_numbers(finding: str) -> str:
    """The words of a finding alone."""
    return re.sub(r"[+−-]?\d+(\.\d+)?", "N", finding)


def of_log_loss(first: str) -> str:
    """The first sentence without what it says of confidence."""
    return re.split(r", which (?:is|are) |; |\.$", first)[0]


def show(title: str, findings: Iterable[str]) -> None:
    """How many findings are the same but for their numbers, and an example of each."""
    findings = list(findings)
    kinds = Counter(map(without_numbers, findings))
    _, most = kinds.most_common(1)[0]
    print(f"{title}: the same in {most} of {len(findings)}")
    for kind, count in kinds.most_common():
        example = next(finding for finding in findings if without_numbers(finding) == kind)
        print(f"  {count:3} × {example}")


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks finding", description=__doc__)
    parser.add_argument("--dataset", default="digits")
    parser.add_argument("--blocks", type=int, default=20)
    parser.add_argument("--caps", default="40,80,160", help="most epochs, with commas between")
    given = parser.parse_args(arguments)
    caps = [int(cap) for cap in given.caps.split(",")]
    found = {}
    for cap in caps:
        for block in range(given.blocks if cap == caps[0] else max(1, given.blocks // 4)):
            comparison = Comparison(
                dataset=given.dataset, first_seed=FIRST_SEED + 1000 * block, max_epochs=cap
            )
            found[cap, block] = comparison.run().finding_in_parts
    for cap in caps:
        of_cap = [parts for (own, _), parts in found.items() if own == cap]
        show(f"at most {cap} epochs, whose log loss differs", (of_log_loss(first) for first, _ in of_cap))
        show(f"at most {cap} epochs, the first sentence", (first for first, _ in of_cap))
        show(f"at most {cap} epochs, all of it", (" ".join(parts) for parts in of_cap))
