"""``export``: a head as a module for another framework."""

import click

from alternatives.commands.options import bad_arguments
from alternatives.commands.program import COMMANDS, STRICT
from alternatives.frameworks import FRAMEWORKS, factored_module, module
from alternatives.heads import HEADS
from alternatives.state import shortened


@click.command(
    "export",
    context_settings=STRICT,
    help=f"{COMMANDS['export']} The module defines probabilities(logits) and a class Loss, and imports "
    "nothing but its framework. Parameters of a head are given in brackets: "
    '"spherical softmax(epsilon=0.1)".',
)
@click.argument("head", metavar="HEAD")
@click.option(
    "--to", default="pytorch", metavar="FRAMEWORK", help=f"{', '.join(FRAMEWORKS)}; default pytorch"
)
@click.option(
    "--factored",
    is_flag=True,
    help="the output layer with the head's loss, at a cost that doesn't grow with its classes: for pytorch, "
    "and heads of the spherical family",
)
def command(head: str, to: str, factored: bool) -> None:
    """Print the module."""
    with bad_arguments():
        if to not in FRAMEWORKS:
            raise ValueError(f"--to must be one of {', '.join(FRAMEWORKS)}; got {shortened(to)}")
        if factored and not FRAMEWORKS[to].has_factored_layer:
            raise ValueError(f"--factored is for pytorch; got {to}")
        chosen = HEADS.parse(head)
        print(factored_module(chosen) if factored else module(chosen, FRAMEWORKS[to]), end="")
