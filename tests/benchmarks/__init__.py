"""Timings, each a ratio to a peer measured in the same run; nothing here is asserted anywhere."""
