"""A comparison's results in words: the texts that stand for its charts, and its tables.

Every chart has a text, for whoever listens to the page instead of looking at it: the chart's subject and,
after a colon, the finding. That is an order or a verdict rather than numbers, which are in the tables and in
a chart's own data, a click away in its menu.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from alternatives.experiments import Comparison, ComparisonResults
from alternatives.measures import MEASURES, TEMPERATURE_SCALED, measure
from alternatives.statistics import Estimate
from alternatives.wording import listed, spelled

HEADLINE = ("accuracy", "calibration error", "log loss", "gradient magnitude")
"""The measures of the first table: those that the page is about."""

VERDICTS = {
    "undecided": "undecided against",
    "too few seeds": "on too few seeds to tell from",
}
AFTER_SCALING = "falls", "rises", "doesn't change measurably"
STEADY = 0.15
"""The share by which the time of the same training may differ from run to run."""

ARROWS = {"higher": " ↑", "lower": " ↓", None: ""}


def sentence(text: str) -> str:
    """The text with a capital first letter; `str.capitalize` would lower the others."""
    return text[:1].upper() + text[1:]


def parts(text: str) -> tuple[str, str]:
    """A chart's subject, which is the same whatever was found, and its whole text; see `Drawing`."""
    return f"{text.partition(': ')[0]}.", text


def titled(name: str) -> str:
    """A measure's name as a heading, its unit, and an arrow that says which way is better."""
    plain, scaled, _ = name.partition(TEMPERATURE_SCALED)
    unit = f" ({measure(name).unit})" if measure(name).unit == "nats" else ""
    below = f"  \n{scaled.removeprefix(', ')}" if scaled else ""
    return f"{sentence(plain)}{unit}{ARROWS[measure(name).better]}{below}"


def axis_title(name: str, where: str = "") -> str:
    """What an axis shows, with its unit where the ticks don't say it."""
    units = {"loss": "(nats)", "logits": "(nats per logit)"}
    unit = next((unit for end, unit in units.items() if name.endswith(end)), "")
    return " ".join(filter(None, [name, where, unit]))


def axis_format(name: str) -> str:
    """d3's number format of a measure's axis."""
    return ".3~p" if measure(name).unit == "%" else ".3~g"


def by_head(summary: pd.DataFrame, name: str, baseline: str) -> str:
    """Which heads differ measurably from the baseline in a measure."""
    rows = summary[summary["measure"] == name]
    what = f"{sentence(name)} by head, mean over the seeds"
    finished, lost = rows[rows["mean"].notna()], rows.loc[rows["mean"].isna(), "head"]
    compared = finished[finished["verdict"] != "baseline"]
    said = [
        f"{VERDICTS.get(str(verdict), f'{verdict} than')} {baseline} {_are(group['head'])}"
        for verdict, group in compared.groupby("verdict", sort=False)
    ]
    if len(compared) == 0:
        text = measure(name).text
        said = [f"{head} {text(mean)}" for head, mean in zip(finished["head"], finished["mean"], strict=True)]
    return f"{what}: {'; '.join([*said, *_diverged(lost)])}."


def reliability(results: ComparisonResults, head: str) -> str:
    """Whether one head is surer than it is right, on the same seeds."""
    difference = _of(results.difference("mean confidence", "accuracy"), results.variants.index(head))
    ways = ("less sure than it is right", "surer than it is right", "neither surer nor less sure, measurably")
    said = _way(difference, *ways) or "every run diverged"
    return f"Reliability of {head}: {said}."


def _of(difference: Estimate, index: int) -> Estimate:
    return Estimate(*(getattr(difference, name)[index] for name in Estimate.__dataclass_fields__))


def _way(difference: Estimate, below: str, above: str, neither: str) -> str:
    """What a difference is; of one seed, which has no interval, its sign, and nothing where there is none."""
    low, high = (float(end) for end in (difference.low, difference.high))
    if difference.n == 0:
        return ""
    if difference.n == 1:
        return f"{below if difference.mean < 0 else above} with its one seed"
    return below if high < 0 else above if low > 0 else neither


def calibration(summary: pd.DataFrame, head: str) -> str:
    """One head's calibration error with its interval."""
    rows = (summary["head"].to_numpy() == head) & (summary["measure"].to_numpy() == "calibration error")
    mean, low, high = (float(summary[name].to_numpy()[rows][0]) for name in ("mean", "low", "high"))
    if math.isnan(mean):
        return "Every run diverged"
    text = measure("calibration error").text
    low, high = max(low, 0.0), min(high, 1.0)  # a t interval of shares doesn't know what they can be
    return f"Error {text(mean)}{_interval(figures(text(low)), figures(text(high)))}"


def lines(frame: pd.DataFrame, quantity: str, heads: Sequence[str]) -> str:
    """Where the lines of a quantity end; see `frames.lines`. One that ends early is of runs that diverged."""
    ends = frame[(frame["row"] == "label") & (frame["epoch"] == frame["epoch"].max())]
    lost = [head for head in heads if head not in set(ends["head"])]
    groups = from_least(ends["head"], ends["mean"], ends["low"], ends["high"])
    if len(ends) == 1:
        said = [f"at the end {groups[0]} at {spelled(float(ends['mean'].iloc[0]))}"]
    elif len(groups) == 1:
        said = [f"at the end the intervals of {groups[0]} overlap"]
    else:
        said = [f"at the end lowest {_then(groups)}"] if groups else []
    return f"{sentence(quantity)} by epoch, mean over the seeds: {'; '.join([*said, *_diverged(lost)])}."


def temperature(results: ComparisonResults, name: str) -> str:
    """What one temperature does to a measure of each head, on the same seeds."""
    ways: dict[str, list[str]] = {}
    change = results.difference(name + TEMPERATURE_SCALED, name)
    for index, head in enumerate(results.variants):
        way = _way(_of(change, index), *AFTER_SCALING)
        ways.setdefault(way, []).append(head)
    lost = ways.pop("", [])
    said = [f"it {way} for {listed(those)}" for way, those in ways.items()]
    what = f"{sentence(name)} before and after temperature scaling"
    return f"{what}: {'; '.join([*said, *_diverged(lost)])}."


def from_least(
    heads: Iterable[str], mean: Iterable[float], low: Iterable[float], high: Iterable[float]
) -> list[str]:
    """Heads from the least mean to the greatest, those listed together of which every two intervals overlap.

    A mean of one seed, which has no interval, overlaps none but its equal.
    """
    rows = [
        (head, value, *((value, value) if math.isnan(least) else (least, most)))
        for head, value, least, most in zip(heads, mean, low, high, strict=True)
    ]
    order = [head for head, *_ in rows]
    groups: list[list[str]] = []
    common = math.inf, -math.inf
    for head, _, least, most in sorted(rows, key=lambda row: row[1]):
        if least > common[1] or most < common[0] or not groups:
            groups.append([])
            common = -math.inf, math.inf
        groups[-1].append(head)
        common = max(common[0], least), min(common[1], most)
    return [listed(sorted(group, key=order.index)) for group in groups]


def _diverged(heads: Iterable[str]) -> list[str]:
    lost = list(heads)
    return [f"every run of {listed(lost)} diverged"] if lost else []


def confusion(cells: pd.DataFrame, head: str) -> str:
    """The most frequent mistake of one head."""
    mistakes = cells[(cells["true"] != cells["predicted"]) & (cells["count"] > 0)]
    if not len(mistakes):
        return f"Confusion matrix of {head}: no mistake."
    worst = mistakes.sort_values("count").iloc[-1]
    mistake = f"{worst['predicted']} where {worst['true']} is right"
    return f"Confusion matrix of {head}: the most frequent mistake is {mistake}."


def regions(head: str, classes: Sequence[str]) -> str:
    """What the plane of one head shows."""
    return (
        f"Regions of the plane that {head} gives to the classes {listed(classes)}, deeper where it is surer."
    )


def training_time(frame: pd.DataFrame) -> str:
    """The heads in the order of their times, those together that another run may bring in another order."""
    seconds = frame["training_seconds"]
    groups = from_least(frame["head"], seconds, seconds / (1 + STEADY), seconds * (1 + STEADY))
    order = f"shortest {_then(groups)}" if len(groups) > 1 else f"about the same for {groups[0]}"
    order = order if len(frame) > 1 else f"{groups[0]} alone"
    return f"Training time of one run on one core: {order}."


def rates(rates: pd.DataFrame) -> str:
    """Every head's learning rate, and whether a better one may lie beyond the grid."""
    chosen = rates[rates["chosen"]]
    said = [f"{head} {rate:g}" for head, rate in zip(chosen["head"], chosen["learning_rate"], strict=True)]
    edge = chosen.loc[chosen["at_edge"], "head"].tolist()
    beyond = f" At the end of the grid, so a better one may lie beyond: {listed(edge)}." if edge else ""
    return f"Learning rates: {listed(said)}.{beyond}"


def table(summary: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Measures by head in Markdown: the mean, bold where it is best, and the difference to the baseline.

    Parameters
    ----------
    summary : DataFrame
        That of `Results`.
    names : sequence of str
        The measures.

    Returns
    -------
    DataFrame
        Rows are heads, columns measures with an arrow that says which way is better.
    """
    rows = summary[summary["measure"].isin(names)]
    cells = [_cell(row) for _, row in rows.iterrows()]
    heads, measures = (list(dict.fromkeys(rows[column])) for column in ("head", "measure"))
    frame = rows[["head", "measure"]].assign(cell=cells).pivot(index="head", columns="measure", values="cell")
    ordered = frame.loc[heads, [name for name in names if name in measures]]
    return ordered.rename(columns=titled).rename_axis(index=None, columns=None)


def empty_table(heads: Sequence[str]) -> pd.DataFrame:
    """The headline table before there are numbers."""
    cells = ["…  \n:small[…]"] * len(heads)
    return pd.DataFrame({titled(name): cells for name in HEADLINE}, index=list(heads))


def how_to_read_the_table(comparison: Comparison) -> str:
    """What the numbers of `table` are."""
    if len(comparison.heads) == 1:
        return "Means over the seeds."
    below = f"difference to {comparison.baseline} with its 95 % interval; of percentages, in points"
    return f"Bold is best. Below: {below}. Verdicts answer for all heads at once, intervals each for itself."


def full_table(summary: pd.DataFrame) -> pd.DataFrame:
    """All measures in the cells of `table`: a row a measure, a column a head."""
    return table(summary, list(dict.fromkeys(summary["measure"]))).T


def explanations() -> list[str]:
    """What each measure is, a line each in Markdown."""
    return [f"**{sentence(each.name)}**: {each.explanation}" for each in MEASURES.values()]


def _cell(row: "pd.Series[Any]") -> str:
    each = measure(str(row["measure"]))
    mean = each.text(row["mean"]).removesuffix(" nats")
    mean = f"**{mean}**" if row["best"] else mean
    if row["verdict"] == "baseline":
        return f"{mean}  \n:small[baseline]"
    if not math.isfinite(row["difference"]):
        return mean
    difference, low, high = each.interval_texts(
        row["difference"], row["difference_low"], row["difference_high"]
    )
    return f"{mean}, {row['verdict']}  \n:small[{difference}{_interval(low, high)}]"


def figures(text: str) -> str:
    """A number's text without its unit."""
    return text.partition(" ")[0]


def _are(heads: "pd.Series[str]") -> str:
    return f"{'is' if len(heads) == 1 else 'are'} {listed(heads)}"


def _then(groups: Sequence[str]) -> str:
    return f"for {', then '.join(groups)}"


def _interval(low: str, high: str) -> str:
    return f" ({low} to {high})" if "–" not in (low, high) else ""


def in_training(comparison: Comparison) -> str:
    """What is being trained, about as long as the finding will be."""
    heads = listed([head.name for head in comparison.heads])
    seeds = f"{comparison.n_seeds} seed{'s' * (comparison.n_seeds > 1)}"
    rates = len(comparison.learning_rates)
    each = f", each with {rates} learning rates" if rates > 1 else ""
    return f"Training {heads} on {comparison.dataset} over {seeds}{each}"


def so_far(epoch: int, n_epochs: int, fraction: float, accuracy: bool) -> str:
    """How far a training is and, where the accuracy is in the picture, which one that is."""
    of_what = "; accuracy so far is that on the validation part" if accuracy else ""
    return f"Epoch {epoch} of {n_epochs}, {fraction:.0%} done{of_what}"


def how(comparison: Comparison) -> str:
    """How a comparison was made, in a line."""
    sizes = [str(size) for size in comparison.hidden_layer_sizes]
    layers = "a hidden layer" if len(sizes) == 1 else "hidden layers"
    normalised = " with batch normalisation" if comparison.batch_normalisation else ""
    units = f"{comparison.activation} units{normalised}"
    n_rates = len(comparison.learning_rates)
    said = [
        f"{comparison.n_seeds} seed{'s' * (comparison.n_seeds > 1)}",
        f"{layers} of {listed(sizes)} {units}" if sizes else "no hidden layer",
        f"{comparison.n_epochs} epoch{'s' * (comparison.n_epochs > 1)} of {comparison.solver}",
        f"mini-batches of {comparison.batch_size}",
        f"learning rate {comparison.learning_rates[0]:g}"
        if comparison.learning_rate is not None
        else f"the best of {n_rates} learning rates for each head",
    ]
    if comparison.weight_decay:
        said.append(f"weight decay {comparison.weight_decay:g}")
    clean = " Its labels are clean." if comparison.label_noise else ""
    if comparison.label_noise:
        said.append(f"{100 * comparison.label_noise:g} % of the labels to learn from wrong")
    return f"{', '.join(said)}. Measured on the test part.{clean}"
