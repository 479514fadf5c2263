"""``claims``: common claims about softmax, tested."""

import sys
import textwrap
from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

from alternatives.commands.files import writers
from alternatives.commands.parser import Parser
from alternatives.commands.program import command, sentence
from alternatives.commands.terminal import prose_width
from alternatives.state import shortened

if TYPE_CHECKING:
    from alternatives.claims import Outcome
    from alternatives.state import Range


@command
def claims(arguments: Sequence[str]) -> None:
    """Test common claims about softmax and print a verdict for each."""
    from alternatives.claims import CLAIMS, PARTS, SOURCES, to_csv, to_json

    parser = _parser()
    with ExitStack() as files:
        try:
            given = parser.parse_all(arguments)
            chosen = _named(given.only)
            seed = 0 if given.seed is None else int(_seed().parse(given.seed, "--seed"))
            streams = writers(files, given)
        except ValueError as error:
            parser.error(str(error))
        outcomes = []
        for part in PARTS:
            of_part = [CLAIMS[name] for name in chosen if CLAIMS[name].part == part]
            for index, claim in enumerate(of_part):
                outcomes.append(claim.run(seed))
                if sys.stdout not in streams.values():
                    heading = "" if index else f"{part}\n\n"
                    print(heading + textwrap.indent(_outcome(outcomes[-1]), "  "), end="\n\n", flush=True)
        if sys.stdout not in streams.values():
            print("Sources\n")
            named = {source for outcome in outcomes for source in outcome.claim.sources}
            for source in (source for source in SOURCES.values() if source in named):
                filled = textwrap.fill(
                    str(source), prose_width(), initial_indent="  ", subsequent_indent="     "
                )
                print(filled)
        for name, stream in streams.items():
            print({"csv": to_csv, "json": to_json}[name](outcomes).rstrip("\n"), file=stream)


def _parser() -> Parser:
    from alternatives.claims import CLAIMS

    parser = Parser.of_command("claims", f"{sentence(claims)} Each has its number, rule and verdict.")
    parser.add_value(
        "--only", f"claims to test, with commas between: any of {', '.join(CLAIMS)}", metavar="ID"
    )
    parser.add_value("--seed", f"{_seed().explanation}: {_seed().allowed}; default 0", metavar="S")
    parser.add_files("one row per claim", "id, source, number, rule and verdict")
    return parser


def _seed() -> "Range":
    """What the seed of a claim may be."""
    from alternatives.claims import SEEDS

    return SEEDS


def _named(text: str | None) -> list[str]:
    """The ids that a text names with commas between, in the order of the list; all without one."""
    from alternatives.claims import CLAIMS

    if text is None:
        return list(CLAIMS)
    folded = {name.casefold(): name for name in CLAIMS}
    wanted = [part.strip().casefold() for part in text.split(",")]
    for part in wanted:
        if part not in folded:
            raise ValueError(f"--only must be any of {', '.join(CLAIMS)}; got {shortened(part)}")
    return [name for name in CLAIMS if name.casefold() in wanted]


def _outcome(outcome: "Outcome") -> str:
    """A claim in lines: what is said and by whom, what was found, and the rule that decides."""
    claim = outcome.claim
    keys = ", ".join(source.key for source in claim.sources)
    rule = []
    for heading, conditions in claim.rule.judged(outcome.numbers):
        rule.append(f"  {heading}{':' if conditions else '.'}")
        rule += [_filled(condition, "    ", "      ") for condition in conditions]
    return "\n".join(
        [
            f"{claim.id} ({keys}): {outcome.verdict}, {outcome.number_text}, {outcome.quantity.name}",
            *(_filled(text) for text in (claim.statement, outcome.sentence)),
            *rule,
            _filled(f"When this doesn't hold: {claim.exceptions}"),
        ]
    )


def _filled(text: str, first: str = "  ", other: str = "  ") -> str:
    return textwrap.fill(text, prose_width() - 2, initial_indent=first, subsequent_indent=other)
