"""Charts: one module a chart, with its frame, its marks and its words next to each other.

To add a chart, write a module with `drawing(results, …) -> Drawing`, beside the others here,
and put it on its page with `Place.draw`: nothing else changes.
"""
