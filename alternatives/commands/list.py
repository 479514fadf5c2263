"""``list``: the heads and data sets that can be named."""

from typing import Any

import click

from alternatives.commands.program import COMMANDS, STRICT
from alternatives.commands.terminal import filled
from alternatives.datasets import DATASETS
from alternatives.heads import HEADS
from alternatives.state import Registry, shortened
from alternatives.wording import typed

REGISTRIES: dict[str, Registry[Any]] = {"heads": HEADS, "datasets": DATASETS}


@click.command(
    "list",
    context_settings=STRICT,
    help=f'{COMMANDS["list"]} Parameters are given in brackets: "spherical softmax(epsilon=0.1)".',
)
@click.argument("what", metavar="[heads|datasets]", required=False)
def command(what: str | None) -> None:
    """Print every name with its sentence, and below it each parameter with what is allowed."""
    if what not in (None, *REGISTRIES):
        raise click.UsageError(
            f"lists are {', '.join(REGISTRIES)}; got {shortened(what)}", click.get_current_context()
        )
    for title, registry in REGISTRIES.items():
        if what is None:
            print(f"{title}:\n")
        if what in (None, title):
            for name, entry in registry.items():
                print(name)
                print(filled(entry.sentence, "  ", "  "))
                for parameter, allowed in entry.ranges().items():
                    default = typed(entry.default(parameter))
                    text = f"{allowed.explanation}: {allowed.allowed}; default {default}"
                    print(filled(text, f"  {parameter}: ", "    "))
        if what is None:
            print()
