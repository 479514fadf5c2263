"""The charts of the paper's replication: differences from softmax by head, data set, classes and setting."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import altair as alt
import numpy as np
import pandas as pd

from alternatives.charts import differences, forest
from alternatives.charts.axes import PANEL, axis
from alternatives.charts.drawing import Chart, Data, Drawing
from alternatives.charts.layers import layers, stacked, with_value
from alternatives.charts.lines import Across
from alternatives.charts.look import INK, RULE, colour, panel_title, shape
from alternatives.charts.tooltips import CI, count, words
from alternatives.heads import Floats
from alternatives.measures import DIFFERENCE, Measure
from alternatives.memory import once
from alternatives.paper.in_words import texts
from alternatives.paper.reading import BASELINE, READ, SeriesFound
from alternatives.paper.series import Varied
from alternatives.paper.trend import FEWEST_IN_BIN, Trend, by_classes, has_many_classes, trends
from alternatives.paper.view import PaperView
from alternatives.wording import brief, counted, listed, probability, sentence, signed, with_unit

ROW = 17
"""Height in pixels of a data set's row."""
AROUND = 84
"""The same of a panel's heading and axis."""
LONGEST_LABEL = 20
"""Characters of a data set's name beside its row."""
VERDICTS = ("better", "worse", "undecided")
"""In the order in which texts say them."""
ROOM = 0.06
"""Room on either side of the marks, as a share of the axis."""


def unit_of(measure: Measure) -> str:
    """The unit of a measure's differences."""
    return "points" if measure.unit == "%" else measure.unit


@once
def compared(found: SeriesFound, view: PaperView) -> pd.DataFrame:
    """The differences of all heads but softmax that have any, in the unit of the chart, with their texts."""
    rows = found.differences(view.measure, view.question)
    rows = rows[(rows["head"] != BASELINE) & (rows["n_pairs"] > 0)].reset_index(drop=True)
    return in_chart(rows, READ[view.measure])


def in_chart(rows: pd.DataFrame, measure: Measure) -> pd.DataFrame:
    """Rows with columns mean, low and high in the unit of the chart, and with texts for the pointer."""
    unit, scale = unit_of(measure), 100 if measure.unit == "%" else 1
    least, most = (-100.0, 100.0) if unit == "points" else (-np.inf, np.inf)
    ends = {
        short: np.clip(scale * rows[name].to_numpy(float), least, most)
        for short, name in zip(("mean", "low", "high"), DIFFERENCE, strict=True)
    }
    said = [texts(row, measure) for row in rows.to_dict("records")]
    intervals = ["–" if "–" in (low, high) else with_unit(f"{low} to {high}", unit) for _, low, high in said]
    return rows.assign(
        **ends,
        mean_text=[with_unit(mean, unit) for mean, _, _ in said],
        interval_text=intervals,
        verdict_text=rows["verdict"],
    )


COLUMNS = ("head", "mean", "low", "high", "mean_text", "interval_text", "verdict_text")


def _columns(rows: pd.DataFrame, *names: str) -> dict[str, Any]:
    return {name: rows[name].to_numpy(object if rows[name].dtype.kind in "OU" else None) for name in names}


@once
def by_head(found: SeriesFound, view: PaperView, dataset: str) -> Drawing:
    """A data set's differences: a row a head, as *Compare* has them."""
    measure = READ[view.measure]
    rows = compared(found, view)
    rows = rows[rows["dataset"] == dataset]
    texts_of = {name: rows[name].to_numpy(object) for name in COLUMNS if name not in ("mean", "low", "high")}
    ends = {name: rows[name].to_numpy(float) for name in ("mean", "low", "high")}
    heads = tuple(rows["head"])
    frame = stacked(
        head={"head": texts_of["head"], "verdict": texts_of["verdict_text"]},
        difference=with_value(texts_of | ends, "mean"),
        margin={"low": np.zeros(0), "high": np.zeros(0), "margin_text": np.zeros(0, object)},
        zero={"mean": np.zeros(1)},
        note={"note": np.zeros(0, object)},
    )
    return Drawing(
        forest.chart,
        frame,
        f"{found.title}: {measure.name}, difference from {BASELINE}",
        verdicts_in_words(rows),
        heads=heads,
        name=measure.name,
        unit=unit_of(measure),
        direction=forest.direction(measure),
    )


def verdicts_in_words(rows: pd.DataFrame) -> str:
    """Which heads are better, worse and undecided."""
    heads = {verdict: rows.loc[rows["verdict"] == verdict, "head"] for verdict in VERDICTS}
    clauses = [f"{verdict} for {listed(own)}" for verdict, own in heads.items() if len(own)]
    return "; ".join(clauses) or "nothing to compare"


@once
def extent(found: SeriesFound, view: PaperView) -> tuple[float, float]:
    """The common scale of a series' panels: where the differences' axis begins and ends."""
    rows = compared(found, view)
    ends = rows[["mean", "low", "high"]].to_numpy(float)
    ends = ends[np.isfinite(ends)]
    low, high = min(ends.min(initial=0.0), 0.0), max(ends.max(initial=0.0), 0.0)
    room = ROOM * (high - low) or 1.0
    return float(low - room), float(high + room)


@once
def by_dataset(found: SeriesFound, view: PaperView, head: str) -> Drawing:
    """A head's differences: a row a data set, those with few classes first."""
    measure, rows = READ[view.measure], compared(found, view)
    rows = rows[rows["head"] == head]
    order = [name for name in found.datasets if name in set(rows["dataset"])]
    labels = {name: brief(name, LONGEST_LABEL) for name in order}
    own = {**_columns(rows, *COLUMNS), "dataset": rows["dataset"].map(labels).to_numpy(object)}
    return Drawing(
        datasets_chart,
        stacked(difference=with_value(own, "mean"), zero={"mean": np.zeros(1)}),
        f"{head}: {measure.name}, difference from {BASELINE} by data set",
        _counted(rows),
        head=head,
        datasets=tuple(labels.values()),
        unit=unit_of(measure),
        direction=forest.direction(measure),
        domain=extent(found, view),
    )


def _counted(rows: pd.DataFrame) -> str:
    """On how many data sets a head is better, worse and undecided."""
    counts = {verdict: int((rows["verdict"] == verdict).sum()) for verdict in VERDICTS}
    said = [
        f"{verdict} on {counts[verdict]}" for verdict in ("better", "worse", "undecided") if verdict in counts
    ]
    return f"of {counted(len(rows), 'data set')} {listed(said)}"


def _difference_axis(unit: str, direction: str, domain: tuple[float, float], column: str = "mean") -> alt.X:
    """The horizontal axis of a panel."""
    scale = alt.Scale(domain=list(domain), nice=False)
    anchor = "start" if direction.startswith("←") else "end"
    title = [f"difference ({unit})" if unit else "difference", direction]
    return alt.X(
        f"{column}:Q", title=title, scale=scale, axis=axis(sign="+", tickCount=4, titleAnchor=anchor)
    )


def _mark(head: str) -> dict[str, Any]:
    """How a head's point looks."""
    look = {"color": colour(head), "shape": shape(head)}
    return {"filled": True, "opacity": 1, "stroke": INK, "strokeWidth": 0.5, **look}


def datasets_chart(
    data: Data,
    head: str,
    datasets: tuple[str, ...],
    unit: str,
    direction: str,
    domain: tuple[float, float],
) -> Chart:
    """The marks.

    The columns are head, row, dataset, mean, low, high, mean_text, interval_text, verdict_text.
    """
    x = _difference_axis(unit, direction, domain)
    y = alt.Y(
        "dataset:N",
        title=None,
        scale=alt.Scale(domain=list(datasets)),
        axis=alt.Axis(labelLimit=130, labelOverlap=False, ticks=False, domain=False),
    )
    points, zero = layers(alt.Chart(data), "difference", "zero")
    tooltip = [
        words("dataset", "data set"),
        words("mean_text", "difference"),
        words("interval_text", CI),
        words("verdict_text", "verdict"),
    ]
    ends = {"x": _difference_axis(unit, direction, domain, "low"), "x2": "high:Q"}
    return alt.layer(
        zero.mark_rule(color=RULE, strokeDash=[4, 3], aria=False).encode(x=x),
        points.transform_filter("isValid(datum.low)")
        .mark_rule(strokeWidth=2, color=colour(head), aria=False)
        .encode(y=y, tooltip=tooltip, **ends),
        points.mark_point(
            size=50,
            filled=True,
            opacity=1,
            color=colour(head),
            shape=shape(head),
            stroke=INK,
            strokeWidth=0.5,
        ).encode(x=x, y=y, tooltip=tooltip),
    ).properties(height=ROW * max(len(datasets), 1) + AROUND, title=panel_title(head))


@once
def by_n_classes(found: SeriesFound, view: PaperView, head: str) -> Drawing:
    """A head's differences by the number of classes of each data set, and means of similar numbers."""
    measure = READ[view.measure]
    rows = by_classes(found, view.measure, view.question)
    rows = in_chart(rows[(rows["head"] == head) & (rows["n_pairs"] > 0)], measure)
    trend = trends(found, view.measure, view.question)[head]
    bins = trend.bins.rename(columns={"low": "from", "high": "to"})
    bins = in_chart(
        bins.rename(columns=dict(zip(("mean", "mean_low", "mean_high"), DIFFERENCE, strict=True))).assign(
            verdict=[counted(n, "data set") for n in bins["n"]]
        ),
        measure,
    )
    own = {**_columns(rows, *COLUMNS, "dataset"), "classes": rows["classes"].to_numpy(float)}
    mean = {**_columns(bins, *COLUMNS[1:]), "from": _edge(bins["from"], -1), "to": _edge(bins["to"], 1)}
    every = by_classes(found, view.measure, view.question)["classes"]
    return Drawing(
        classes_chart,
        stacked(difference=with_value(own, "mean"), mean=mean, zero={"mean": np.zeros(1)}),
        f"{head}: {measure.name}, difference from {BASELINE} by number of classes",
        in_words(trend),
        head=head,
        title=f"difference ({unit_of(measure)})" if unit_of(measure) else "difference",
        direction=forest.direction(measure),
        most=int(every.max()),
        domain=extent(found, view),
    )


def _edge(classes: pd.Series, side: int) -> Floats:
    """Where a group of numbers of classes ends, so that two groups meet between their numbers."""
    return classes.to_numpy(float) * 1.12**side


def in_words(trend: Trend) -> str:
    """What the test says of a trend."""
    if not trend.way:
        return f"not tested with {counted(trend.n, 'data set')}"
    said = trend.way if trend.way != "undecided" else "undecided whether it changes"
    text = probability(trend.p)
    p = text if text.startswith(("less", "more")) else f"= {text}"
    return f"{said} with the number of classes (Kendall's τ {signed(trend.tau, '')}, p {p})"


CLASS_TICKS = (2, 5, 10, 20, 50, 100, 200, 500, 1000)


def classes_chart(
    data: Data, head: str, title: str, direction: str, most: int, domain: tuple[float, float]
) -> Chart:
    """The marks.

    The columns are head, row, dataset, classes, mean, low, high, mean_text, interval_text, verdict_text,
    from, to.
    """
    ticks = [tick for tick in CLASS_TICKS if tick <= most]
    x_scale = alt.Scale(type="log", nice=False, domain=[1.7, 1.2 * most])
    x_axis = axis(values=ticks, labelOverlap=True)
    x_title = "number of classes"
    x = alt.X("classes:Q", title=x_title, scale=x_scale, axis=x_axis)
    titles = [title, {"← better": "↓ better", "better →": "↑ better"}.get(direction, direction)]
    scale = alt.Scale(domain=list(domain), nice=False)
    y = alt.Y("mean:Q", title=titles, scale=scale, axis=axis(sign="+", tickCount=5))
    y_low = alt.Y("low:Q", title=titles, scale=scale)
    points, mean, zero = layers(alt.Chart(data), "difference", "mean", "zero")
    tooltip = [
        words("dataset", "data set"),
        count("classes", "classes"),
        words("mean_text", "difference"),
        words("interval_text", CI),
    ]
    of_mean = [
        words("verdict_text", "mean over"),
        words("mean_text", "difference"),
        words("interval_text", CI),
    ]
    across = {"x": alt.X("from:Q", title=x_title, scale=x_scale, axis=x_axis), "x2": "to:Q"}
    return alt.layer(
        mean.mark_rect(color=RULE, opacity=0.25).encode(y=y_low, y2="high:Q", tooltip=of_mean, **across),
        zero.mark_rule(color=RULE, strokeDash=[4, 3], aria=False).encode(y=y),
        points.transform_filter("isValid(datum.low)")
        .mark_rule(strokeWidth=1, opacity=0.45, color=colour(head), aria=False)
        .encode(x=x, y=y_low, y2="high:Q", tooltip=tooltip),
        points.mark_point(
            size=45,
            filled=True,
            opacity=0.9,
            color=colour(head),
            shape=shape(head),
            stroke=INK,
            strokeWidth=0.5,
        ).encode(x=x, y=y, tooltip=tooltip),
        mean.mark_rule(strokeWidth=3, color=INK).encode(y=y, tooltip=of_mean, **across),
    ).properties(height=PANEL, title=panel_title(head))


@once
def along_setting(found: SeriesFound, view: PaperView, dataset: str) -> Drawing:
    """A data set's differences by what the series varies: one picture for every such series."""
    measure, varied = READ[view.measure], found.series.varied
    assert varied is not None, "this series varies something"
    rows = compared(found, view)
    rows = rows[(rows["dataset"] == dataset) & rows["setting"].notna()].sort_values("setting", kind="stable")
    scale = 100 if varied.unit == "%" else 1
    values = np.round(scale * rows["setting"].to_numpy(float), 10)
    own = {
        **_columns(rows, *COLUMNS),
        "setting": values,
        "verdict": rows["verdict"].to_numpy(object),
    }
    there = set(rows["head"])
    heads = tuple(head for head in found.others if head in there)
    ticks = tuple(_number(each) for each in np.unique(values).tolist())
    return differences.along(
        own,
        heads,
        Across("setting", _label(varied), varied.logarithmic, ticks),
        measure.name,
        unit_of(measure),
        np.nan,
        f"{found.title}, {dataset}: {measure.name}, difference from {BASELINE} by {varied.title}",
        _at_ends(rows),
        dataset,
    )


def _number(value: float) -> int:
    return int(value) if value == int(value) else value  # type: ignore[return-value]


def _label(varied: Varied) -> str:
    return f"{varied.title} ({varied.unit})" if varied.unit else varied.title


def _at_ends(rows: pd.DataFrame) -> str:
    """The verdicts at the smallest and at the largest value."""
    ends = dict.fromkeys((rows["setting"].min(), rows["setting"].max())) if len(rows) else {}
    names = ("at the smallest", "at the largest")
    said = [
        f"{name} {verdicts_in_words(rows[rows['setting'] == end])}"
        for name, end in zip(names, ends, strict=False)
    ]
    return "; ".join(said) or "nothing to compare"


class Part(NamedTuple):
    """Charts of a series that stand together, with their heading and caption."""

    title: str
    caption: str
    drawings: tuple[Callable[[], Drawing], ...]


BARS = "Mark and bar: mean over the seeds with its 95 % CI, corrected for comparing several heads."
MANY_BARS = (
    f"{BARS.removesuffix('.')}, but not for several data sets or settings: among many bars a few leave out 0 "
    "by chance."
)
MEANS = (
    "Each mark is a data set, its bar the 95 % CI. Thick lines: mean over the data sets with about as many "
    f"classes, where there are {FEWEST_IN_BIN} or more, with the 95 % CI over these data sets, shaded."
)


def parts(found: SeriesFound, view: PaperView) -> list[Part]:
    """The charts of a series, from what it is: data sets, one data set, or a setting that is varied.

    None where there is nothing to compare with softmax yet.
    """
    if not len(compared(found, view)):
        return []
    name, heads = READ[view.measure].name, found.others
    if found.series.varied is not None:
        title = found.series.varied.title
        drawings = [partial(along_setting, found, view, each) for each in found.datasets]
        return [
            Part(f"By {title}", f"{sentence(name)}, difference from softmax. {MANY_BARS}", tuple(drawings))
        ]
    if len(found.datasets) == 1:
        drawings = [partial(by_head, found, view, each) for each in found.datasets]
        return [Part("Differences from softmax", BARS, tuple(drawings))]
    by_name = tuple(partial(by_dataset, found, view, head) for head in heads)
    every = [Part("Differences from softmax by data set", MANY_BARS, by_name)]
    if has_many_classes(found):
        panels = tuple(partial(by_n_classes, found, view, head) for head in heads)
        every.append(Part("Differences from softmax by number of classes", MEANS, panels))
    return every
