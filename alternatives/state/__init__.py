"""State: things chosen by name, what a field may hold, and frozen values that are their own link."""
