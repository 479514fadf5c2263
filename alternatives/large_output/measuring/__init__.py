"""Measuring large output layers: their time, and how well the factored layer agrees with the dense one."""

from alternatives.large_output.measuring.experiment import LargeOutput, Measured

__all__ = ["LargeOutput", "Measured"]
