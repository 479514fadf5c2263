"""The command line: one module for each command, and what all commands share."""

from alternatives.commands.program import main

__all__ = ["main"]
