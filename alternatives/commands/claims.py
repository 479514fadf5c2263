"""``claims``: common claims about softmax, tested."""

import sys
from contextlib import ExitStack

from alternatives.claims import CLAIMS, PARTS, SEEDS, SOURCES, ClaimRequest, Outcome, to_csv, to_json
from alternatives.commands.files import open_files
from alternatives.commands.options import Command, FieldOption, check_limits, file_options
from alternatives.commands.terminal import filled
from alternatives.state import Choice, Several


def claims(only: tuple[str, ...] | None, seed: int | None, csv: str | None, json: str | None) -> None:
    """Each has its number, rule and verdict."""
    names = only or tuple(CLAIMS)
    for name in names:
        check_limits(ClaimRequest.by(CLAIMS[name], seed or 0))
    with ExitStack() as files:
        streams = open_files(files, csv=csv, json=json)
        printed = sys.stdout not in streams.values()
        outcomes: list[Outcome] = []
        for part in PARTS:
            chosen = [CLAIMS[name] for name in names if CLAIMS[name].part == part]
            if chosen and printed:
                print(f"{part}\n")
            for claim in chosen:
                outcomes.append(claim.run(seed or 0))
                if printed:
                    print(_text(outcomes[-1]), end="\n\n", flush=True)
        if printed:
            print("Sources\n")
            named = {source for outcome in outcomes for source in outcome.claim.sources}
            for source in SOURCES.values():
                if source in named:
                    print(filled(str(source), "  ", "     "))
        for name, stream in streams.items():
            print({"csv": to_csv, "json": to_json}[name](outcomes).rstrip("\n"), file=stream)


def _text(outcome: Outcome) -> str:
    """A claim in lines: the claim and its sources, what was measured, and the rule that decides."""
    claim = outcome.claim
    keys = ", ".join(source.key for source in claim.sources)
    lines = [f"  {claim.id} ({keys}): {outcome.verdict}, {outcome.number_text}, {outcome.quantity.name}"]
    lines += [filled(text, "    ", "    ") for text in (claim.statement, outcome.sentence)]
    for heading, conditions in claim.rule.judged(outcome.numbers):
        lines.append(f"    {heading}{':' if conditions else '.'}")
        lines += [filled(condition, "      ", "        ") for condition in conditions]
    if claim.rule.proof:
        lines.append(filled(f"Why it is an identity: {claim.rule.proof}", "    ", "    "))
    return "\n".join([*lines, filled(f"When this doesn't hold: {claim.exceptions}", "    ", "    ")])


command = Command(
    claims,
    [
        FieldOption(
            "--only",
            field=Several(Choice(lambda: tuple(CLAIMS), "claims to test"), "claim"),
            default=lambda: "all",
            metavar="NAMES",
        ),
        FieldOption("--seed", field=SEEDS, default=lambda: "0", metavar="SEED"),
        *file_options("one row per claim", "id, source, number, interval, rule, proof and verdict"),
    ],
)
