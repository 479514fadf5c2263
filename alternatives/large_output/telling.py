"""A large output layer in words: what was measured, and what it means."""

import pandas as pd

from alternatives.large_output.experiment import LargeOutput, megabytes
from alternatives.large_output.scaling import BASELINE
from alternatives.wording import spelled


def finding(experiment: LargeOutput, times: pd.DataFrame) -> str:
    """What the times so far say, in a sentence."""
    if times.empty:
        return "Measuring the time of one update"
    ours = f"factored {experiment.head}"
    both = times[(times["layer"] == ours) & times["ratio"].notna()]
    parts = []
    if len(both):
        last = both.iloc[-1]
        dense = times[(times["layer"] == BASELINE) & (times["n_classes"] == last["n_classes"])]
        parts.append(
            f"at {last['n_classes']:,} classes one update of {BASELINE} takes "
            f"{milliseconds(dense['seconds'].iloc[0])}, of {ours} {milliseconds(last['seconds'])}, "
            f"{_ratio(last['ratio'])}"
        )
    own = times[times["layer"] == ours].dropna(subset=["seconds"])
    if len(own) > 1:
        classes, seconds = own["n_classes"], own["seconds"]
        subject = "its time" if parts else f"the time of {ours}"
        parts.append(
            f"from {classes.iloc[0]:,} to {classes.iloc[-1]:,} classes {subject} stays between "
            f"{milliseconds(seconds.min())} and {milliseconds(seconds.max())}"
        )
    text = "; ".join(parts) or f"{ours} has no time here: its step diverges, or no other was measured"
    return f"{text[0].upper()}{text[1:]}."


def end_of_dense(experiment: LargeOutput) -> str:
    """Where the dense layers' lines end, and why; empty where they don't."""
    beyond = [n_classes for n_classes in experiment.classes if n_classes > experiment.most_dense]
    if not beyond:
        return ""
    last = max(experiment.dense_classes, default=0)
    next_one = megabytes(beyond[0], experiment.n_units, experiment.batch_size, dense=True)
    operations = 6e-9 * beyond[0] * experiment.n_units * experiment.batch_size
    why = f"one update at {beyond[0]:,} takes {spelled(operations)} Gflop and {spelled(next_one)} MB"
    return (
        f"All layers but the factored one are measured up to {last:,} classes, since {why}; "
        "thin lines go on in proportion to the number of classes."
        if last
        else f"The factored layer is measured alone, since {why} for a dense layer."
    )


def memory(experiment: LargeOutput) -> str:
    """What a layer of the most classes keeps in memory."""
    most, units, batch = max(experiment.classes), experiment.n_units, experiment.batch_size
    weights, outputs = (megabytes(most, *shape, dense=False) for shape in ((units, batch), (batch, batch)))
    return (
        f"In float32 the weights of {most:,} classes × {units} units take {spelled(weights)} MB, dense or "
        f"factored; a dense layer's outputs for a mini-batch of {batch} take {spelled(outputs)} MB more, "
        "which the factored layer never has. Started from zeros, the factored layer's rows take memory, or "
        "room in a file, once their class has been a target."
    )


def race(experiment: LargeOutput, n_classes: int, race: pd.DataFrame, errors: pd.DataFrame) -> str:
    """How far both layers are, and how far apart."""
    if race.empty:
        return f"Both layers start from the same weights of {n_classes:,} classes."
    ends = race.loc[race.groupby("layer", sort=False)["step"].idxmax()].set_index("layer")
    ours, dense = f"factored {experiment.head}", f"dense {experiment.head}"
    text = (
        f"At {n_classes:,} classes the factored layer was done with {ends['step'][ours]} steps after "
        f"{milliseconds(ends['seconds'][ours])}"
    )
    if errors.empty:
        return f"{text}; now the dense layer takes them."
    text += f"; the dense layer took {ends['step'][dense]} in {milliseconds(ends['seconds'][dense])}"
    worst = errors[errors["quantity"] == "weights"]["error"].max()
    return f"{text}. Their weights differ by {spelled(float(f'{worst:.0e}'))} of the largest at most."


def _ratio(ratio: float) -> str:
    return f"{spelled(ratio)} times less" if ratio >= 1 else f"{spelled(1 / ratio)} times more"


def milliseconds(seconds: float) -> str:
    """A time in milliseconds, from one second on in seconds."""
    return f"{spelled(1e3 * seconds)} ms" if seconds < 1 else f"{spelled(seconds)} s"
