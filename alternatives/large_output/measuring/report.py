"""What was measured of a large output layer, in sentences."""

import math
from collections.abc import Sequence

import pandas as pd

from alternatives.large_output.measuring.size import Size
from alternatives.large_output.measuring.timing import BASELINE
from alternatives.wording import duration, figures


def finding(head: str, times: pd.DataFrame) -> str:
    """What the times so far show."""
    if times.empty:
        return "Measuring the time of one update"
    factored = f"factored {head}"
    own = times[(times["layer"] == factored) & times["seconds"].notna()]
    both = own[own["ratio"].notna()]
    sentences = []
    if len(both):
        last = both.iloc[-1]
        dense = times[(times["layer"] == BASELINE) & (times["n_classes"] == last["n_classes"])]
        sentences.append(
            f"With {last['n_classes']:,} classes one update takes {duration(dense['seconds'].iloc[0])} for "
            f"{BASELINE} and {duration(last['seconds'])} for {factored}, {speed(last['ratio'])}."
        )
    if len(own) > 1:
        classes, seconds = own["n_classes"], own["seconds"]
        sentences.append(
            f"With any number of classes from {classes.iloc[0]:,} to {classes.iloc[-1]:,}, {factored} takes "
            f"between {duration(seconds.min())} and {duration(seconds.max())}."
        )
    return " ".join(sentences) or f"{factored} has no time to compare: it diverged or was timed alone."


def end_of_dense(sizes: Sequence[Size], most_dense: int) -> str:
    """Where the other layers' lines end, and why; empty if they don't."""
    timed = [size.n_classes for size in sizes if size.n_classes <= most_dense]
    beyond = next((size for size in sizes if size.n_classes > most_dense), None)
    if beyond is None:
        return ""
    gigaflop = 6e-9 * beyond.n_classes * beyond.n_units * beyond.batch_size
    why = (
        f"with {beyond.n_classes:,} classes one update of a dense layer takes {figures(gigaflop)} Gflop and "
        f"{figures(beyond.megabytes(dense=True))} MB"
    )
    if not timed:
        return f"Only the factored layer is timed: {why}."
    return (
        f"All layers but the factored one are timed up to {max(timed):,} classes: {why}. Thin lines: "
        "extrapolated linearly."
    )


def memory(size: Size) -> str:
    """What a layer keeps in memory."""
    outputs = size.megabytes(dense=True) - size.megabytes(dense=False)
    return (
        f"In float32 the weights of {size.n_classes:,} classes × {size.n_units} units take "
        f"{figures(size.megabytes(dense=False))} MB, dense or factored. A dense layer also needs "
        f"{figures(outputs)} MB for the outputs of {size.batch_size} samples. A factored layer that starts "
        "from zeros needs memory (or room in a file) only for classes that have been targets."
    )


def race(head: str, n_classes: int, race: pd.DataFrame, errors: pd.DataFrame) -> str:
    """How far both layers are, and how much they differ."""
    if race.empty:
        return f"Both layers start from the same weights, with {n_classes:,} classes."
    last = race.loc[race.groupby("layer", sort=False)["step"].idxmax()].set_index("layer")
    steps, times = last["step"], last["seconds"].map(duration)
    factored, dense = f"factored {head}", f"dense {head}"
    start = f"With {n_classes:,} classes {steps[factored]} updates took {times[factored]} for {factored}"
    if errors.empty:
        return f"{start}. {dense} is next."
    weights = errors[errors["quantity"] == "weights"]["error"].max()
    return f"{start}, and {steps[dense]} took {times[dense]} for {dense}. Their weights {agree(weights)}."


def agree(error: float) -> str:
    """A relative difference as the number of digits that agree."""
    if not error > 0:
        return "are identical"
    n_digits = int(-math.log10(error))
    return f"agree to {n_digits} digits" if n_digits > 0 else "differ"


def speed(ratio: float) -> str:
    """A ratio of times in words."""
    faster, by = ("faster", ratio) if ratio >= 1 else ("slower", 1 / ratio)
    return f"about {figures(by)} times {faster}"
