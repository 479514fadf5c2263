"""The command line: one module a command, and around them what all commands share.

Adding a command is adding a module with one function under ``@command``, and its line below.
"""

from alternatives.commands.program import COMMANDS, main

# isort: off
# The order of registration is the order of the list.
from alternatives.commands import compare as compare
from alternatives.commands import claims as claims
from alternatives.commands import large_output as large_output

# isort: on

__all__ = ["COMMANDS", "main"]
