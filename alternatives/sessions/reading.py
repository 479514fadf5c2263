"""Pins from texts that strangers wrote: those of a link or of a file."""

from collections.abc import Mapping

from alternatives.datasets import DATASETS, Own
from alternatives.sessions import naming
from alternatives.sessions.pin import KINDS, Pin, State, name_checked, note_checked
from alternatives.state import RegistryField, folded, shortened
from alternatives.state.text import not_too_long
from alternatives.wording import listed

FEW = 5
"""Data sets that a sentence names."""


def read(name: str, kind: str, note: str, settings: Mapping[str, str]) -> tuple[Pin | None, tuple[str, ...]]:
    """The pin that texts say, and what of them couldn't be used, in sentences.

    Never raises. A setting that can't be used has its default; a name that can't be used, or an empty one,
    becomes that of the settings. There is no pin where its page or its data set isn't here.
    """
    if kind not in KINDS:
        return None, (f"kind must be one of {', '.join(KINDS)}; got {shortened(kind)}",)
    if missing := missing_dataset(KINDS[kind], settings):
        first, rest = list(DATASETS)[:FEW], len(DATASETS) - FEW
        others = [f"{rest} others"] if rest > 0 else []
        return None, (f"there is no data set {shortened(missing)} here, only {listed([*first, *others])}",)
    state, problems = KINDS[kind].from_link(settings)
    found = {"name": naming.name_of(state), "note": ""}
    for what, checked, given in (("name", name_checked, name), ("note", note_checked, note)):
        try:
            found[what] = checked(given) if given else found[what]
        except ValueError as error:
            problems += (str(error),)
    return Pin(found["name"], state, found["note"]), problems


def missing_dataset(kind: type[State], settings: Mapping[str, str]) -> str:
    """The name of a data set in the settings that isn't registered here; empty if there is none."""
    here = {folded(name) for name in DATASETS}
    for field, held in kind.fields().items():
        if isinstance(held, RegistryField) and held.registry is DATASETS:
            text = settings.get(kind.names()[field], "")
            name = text.partition("(")[0]
            if name and folded(name) not in here and not _is_own(text):
                return name
    return ""


def _is_own(text: str) -> bool:
    """Whether a text names somebody's own data, which are asked for where they are needed."""
    try:
        return Own.from_text(not_too_long(text, "own data", Own.longest_text)) is not None
    except ValueError:
        return False
