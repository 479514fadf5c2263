"""Which control shows a field, in words that need no toolkit."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Control:
    """What a page puts on screen for a field, or for a part of one.

    Attributes
    ----------
    widget : str
        "select" offers one of `options`, "pills" several; "slider" and "number" go from `low` to `high`;
        "steps" is a slider over `options`.
    key : str
        Tells the controls of a page apart.
    shown : Any
        What the control shows now.
    help : str
        What the field is.
    read : callable
        From what the field holds and what the control says to the field's new value. May raise ValueError.
    options, low, high, step
        What can be chosen.
    option_label : callable
        From an option to its text.
    label : str
        Empty for the label of the field.
    """

    widget: Literal["slider", "steps", "number", "select", "pills", "toggle", "text"]
    key: str
    shown: Any
    help: str
    read: Callable[[Any, Any], Any] = lambda held, given: given
    options: tuple[Any, ...] = ()
    low: float = 0
    high: float = 0
    step: float = 0
    option_label: Callable[[Any], str] = str
    label: str = ""
