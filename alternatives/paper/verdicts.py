"""The paper's numbers with ours beside them, and what that comes to: whether differences go the same way.

The rule, for a head's difference from softmax: "same direction" where our interval leaves out 0 and lies on
the side of the printed difference; "opposite" where it leaves out 0 and lies on the other side; else
"undecided". The paper prints no intervals, so its own differences count as they are printed.
"""

import math
from functools import lru_cache

import numpy as np
import pandas as pd

from alternatives.paper.printed import printed
from alternatives.paper.reading import BASELINE, ERROR, SeriesFound
from alternatives.wording import listed

SAME, OPPOSITE, UNDECIDED = "same direction", "opposite", "undecided"
OF_NAMES = {"mnist": "MNIST"}
"""Names in sentences, where tables have others."""
VERDICTS = (SAME, OPPOSITE, UNDECIDED)
NONE = ""
"""In place of a verdict: one of the two differences isn't known."""


def verdict(printed_difference: float, low: float, high: float) -> str:
    """What the interval from `low` to `high` says of a printed difference; see above. "" for NaN."""
    if not all(map(math.isfinite, (printed_difference, low, high))):
        return NONE
    ours = np.sign(low) if low > 0 or high < 0 else 0.0
    return (
        UNDECIDED
        if not ours or not printed_difference
        else SAME
        if ours == np.sign(printed_difference)
        else OPPOSITE
    )


@lru_cache(maxsize=16)
def beside(every: tuple[SeriesFound, ...]) -> pd.DataFrame:
    """A row for each number that the paper prints, or that we have and don't know of the paper.

    Where several series have a data set of the paper, each has rows of its own. Errors are compared: which
    part of another measure's difference is the chance of the test set isn't known.

    Returns
    -------
    DataFrame
        Columns title (of the series, if there is one), dataset, measure, unit, loss, head, printed,
        printed_difference, mean, difference, difference_low, difference_high, n_pairs, configuration and
        verdict. NaN and "" are for what there isn't. Shares are in percent in the paper's columns, in ours
        as 0.016.
    """
    parts = []
    for (dataset, measure), theirs in printed().groupby(["dataset", "measure"], sort=False):
        theirs = theirs.assign(printed_difference=theirs["value"] - _of_softmax(theirs))
        ours = [each for each in every if measure == ERROR.name and each.series.dataset == dataset]
        parts += [_joined(theirs, each) for each in ours] or [_joined(theirs, None)]
    frame = pd.concat(parts, ignore_index=True)
    return frame[frame["printed"].notna() | frame["mean"].notna()].reset_index(drop=True)


def unknown() -> tuple[str, ...]:
    """What the paper prints whose numbers we don't know at all: "perplexity of One Billion Word"."""
    numbers = printed().groupby(["measure", "dataset"], sort=False)["value"].count()
    missing = numbers[numbers == 0].reset_index()
    names = {
        str(measure): listed(OF_NAMES.get(name, name) for name in own["dataset"])
        for measure, own in missing.groupby("measure", sort=False)
    }
    return tuple(f"{measure} of {of}" for measure, of in names.items())


def _of_softmax(theirs: pd.DataFrame) -> float:
    return float(theirs.loc[theirs["head"] == BASELINE, "value"].to_numpy(float)[0])


def _joined(theirs: pd.DataFrame, ours: SeriesFound | None) -> pd.DataFrame:
    own = ["mean", "difference", "difference_low", "difference_high", "n_pairs", "configuration"]
    frame = theirs.rename(columns={"value": "printed"}).assign(title=ours.title if ours else "")
    if ours is None:
        frame = frame.assign(**dict.fromkeys(own[:-1], np.nan), configuration="")
    else:
        frame = frame.merge(ours.differences()[["head", *own]], how="left", on="head")
        frame["configuration"] = frame["configuration"].fillna("")
    found = [
        verdict(*each)
        for each in zip(
            frame["printed_difference"], frame["difference_low"], frame["difference_high"], strict=True
        )
    ]
    said = ["title", "dataset", "measure", "unit", "loss", "head", "printed", "printed_difference"]
    return frame.assign(
        printed_difference=frame["printed_difference"].where(frame["head"] != BASELINE), verdict=found
    )[[*said, *own, "verdict"]]
