"""The numbers that the paper prints, with the table that each stands in."""

from functools import lru_cache

import pandas as pd

from alternatives.datasets.dataset import DATA

FILE = DATA / "paper.csv"


@lru_cache(maxsize=1)
def printed() -> pd.DataFrame:
    """A row for each loss, data set and measure of the paper.

    Columns
    -------
    loss : str
        As the paper calls it.
    head : str
        Our name of it.
    dataset : str
        The name that `data/replication` has for it.
    measure : str
        "error" (%), "log likelihood" (nats) or "perplexity".
    value : float
        NaN where the number isn't known to us.
    table, source : str
        Where it is printed, and where we have it from.

    References
    ----------
    de Brébisson and Vincent 2016, arXiv 1511.05042.
    """
    return pd.read_csv(FILE)
