"""State: things chosen by name, what a field may hold, and frozen values that are their own link."""

from alternatives.state.checked import Checked, Control, Field
from alternatives.state.fields import Choice, Numbers, RegistryField, Several, YesNo, parameters
from alternatives.state.filters import Filters, Kept
from alternatives.state.linked import Linked, field, link_too_long
from alternatives.state.range import Range
from alternatives.state.registry import Named, Registry, parameter
from alternatives.state.text import folded, shortened

__all__ = [
    "Checked",
    "Choice",
    "Control",
    "Field",
    "Filters",
    "Kept",
    "Linked",
    "Named",
    "Numbers",
    "Range",
    "Registry",
    "RegistryField",
    "Several",
    "YesNo",
    "field",
    "folded",
    "link_too_long",
    "parameter",
    "parameters",
    "shortened",
]
