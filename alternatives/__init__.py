"""Softmax and its alternatives, trained side by side."""

from alternatives.heads import HEADS

__all__ = ["HEADS"]
