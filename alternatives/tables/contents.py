"""What every form of file gives: a frame, and what the form itself says about it."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, eq=False)
class Contents:
    """A table without its file: see `Table`, which has the same fields."""

    frame: pd.DataFrame
    has_header: bool
    target: str = ""
    class_names: tuple[str, ...] = ()
    is_image: bool = False
    notes: tuple[str, ...] = ()
