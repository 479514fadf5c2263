"""Mean ranks over data sets, and which heads can't be told apart: a critical-difference diagram.

A row a head, from the best mean rank down. Below, a bar joins heads that are undecided; above, a bar is as
long as the critical difference. Circles say on how many data sets a head had each rank.
"""

import altair as alt
import numpy as np

from alternatives.charts.axes import axis
from alternatives.charts.drawing import Chart, Columns, Data, Drawing
from alternatives.charts.layers import layers, stacked, with_value
from alternatives.charts.look import INK, RULE, Heads, by_colour, by_shape
from alternatives.charts.tooltips import count, words
from alternatives.memory import once
from alternatives.sweeps import Found
from alternatives.sweeps.found import rank_text
from alternatives.wording import counted, listed, spelled

ROW = 44
"""Height in pixels of a head's row: its name, and below it its ranks."""
BAR = 16
"""The same of a bar."""
AROUND = 12
AXIS = 52
"""Height in pixels of the axis."""
NAME, MARK = -11, 8
"""Pixels from the middle of a row to its name and to its marks."""


@once
def drawing(found: Found) -> Drawing:
    """The diagram of a sweep's ranking."""
    ranked = found.ranking
    return Drawing(
        chart,
        frame(found),
        f"Mean ranks of the heads by {found.view.measure} over {counted(ranked.n_blocks, 'data set')}",
        finding(found),
        heads=ranked.order,
        height=int(_bottom(found) + BAR * len(ranked.groups)),
        most=ranked.n_blocks,
    )


def _top(found: Found) -> float:
    """Pixels above the first head's row."""
    return AROUND + BAR * bool(np.isfinite(found.ranking.critical))


def _bottom(found: Found) -> float:
    """Pixels above the bars that join heads."""
    return _top(found) + ROW * len(found.heads) + AROUND / 2


def finding(found: Found) -> str:
    """The heads in their order, and which of them are undecided."""
    ranked = found.ranking
    order = [f"{head} {rank_text(ranked.rank(head))}" for head in ranked.order]
    groups = [listed(group) for group in ranked.groups]
    joined = (
        f"; undecided among themselves: {'; '.join(groups)}" if groups else "; each differs from all others"
    )
    return f"{listed(order)}{joined if len(order) > 1 else ''}"


def frame(found: Found) -> Columns:
    """Rows "head", "spread", "group" and "critical"."""
    ranked = found.ranking
    heads = np.array(ranked.order, object)
    middle = {head: _top(found) + ROW * (index + 0.5) for index, head in enumerate(ranked.order)}
    mean = np.array([ranked.rank(head) for head in ranked.order])
    spread: dict[str, list[object]] = {"head": [], "rank": [], "times": []}
    for head in ranked.order:
        ranks, times = np.unique(ranked.ranks[:, ranked.variants.index(head)], return_counts=True)
        spread["head"] += [head] * len(ranks)
        spread["rank"] += ranks.tolist()
        spread["times"] += times.tolist()
    ends = [(ranked.rank(group[0]), ranked.rank(group[-1])) for group in ranked.groups]
    return stacked(
        head={
            "head": heads,
            "at": np.array([middle[head] for head in ranked.order]),
            "mean": mean,
            "mean_text": np.array([rank_text(value) for value in mean.tolist()], object),
            "apart": np.array([_apart(found, head) for head in ranked.order], object),
        },
        spread={
            "head": np.array(spread["head"], object),
            "at": np.array([middle[str(head)] for head in spread["head"]]),
            "rank": np.array(spread["rank"], float),
            "times": np.array(spread["times"], float),
        },
        group={
            "low": np.array([low for low, _ in ends], float),
            "high": np.array([high for _, high in ends], float),
            "at": _bottom(found) + BAR * np.arange(len(ends)),
            "names": np.array([listed(group) for group in ranked.groups], object),
        },
        critical=with_value(
            {
                "at": np.array([float(AROUND)]),
                "low": np.array([1.0]),
                "high": np.array([1.0 + ranked.critical]),
                "size": np.array([f"critical difference {spelled(ranked.critical, 2)}"], object),
            },
            "high",
        ),
    )


def _apart(found: Found, head: str) -> str:
    """Which heads differ from one."""
    others = [each for each in found.ranking.order if found.ranking.differ(head, each)]
    return listed(others)


def chart(data: Data, heads: Heads, height: int, most: int) -> Chart:
    """The marks.

    The columns are head, row, at (pixels from the top), mean, mean_text, apart, rank, times, low, high,
    names, size.
    """
    scale = alt.Scale(domain=[1, max(len(heads), 2)], nice=False, padding=12)
    numbers = axis(values=list(range(1, max(len(heads), 2) + 1)))
    title = ["mean rank", "← better"]
    x = alt.X("mean:Q", title=title, scale=scale, axis=numbers)
    y = alt.Y("at:Q", scale=alt.Scale(domain=[height, 0], nice=False, zero=False), axis=None)
    ends = {"x": alt.X("low:Q", title=title, scale=scale), "x2": "high:Q"}
    named, spread, group, critical = layers(alt.Chart(data), "head", "spread", "group", "critical")
    tooltip = [words("head", "head"), words("mean_text", "mean rank"), words("apart", "differs from")]
    of_spread = [words("head", "head"), count("rank", "rank"), count("times", "data sets")]
    return alt.layer(
        critical.mark_rule(color=RULE, strokeWidth=3, aria=False).encode(y=y, **ends),
        critical.mark_text(align="left", dx=6, aria=False).encode(
            x=alt.X("high:Q", title=title, scale=scale), y=y, text="size:N"
        ),
        spread.mark_point(filled=True, opacity=0.35, yOffset=MARK, aria=False).encode(
            x=alt.X("rank:Q", title=title, scale=scale),
            y=y,
            color=by_colour(heads),
            size=alt.Size("times:Q", legend=None, scale=alt.Scale(domain=[0, most], range=[0, 700])),
            tooltip=of_spread,
        ),
        named.mark_text(align="left", yOffset=NAME, aria=False).encode(x=alt.value(0), y=y, text="head:N"),
        named.mark_text(align="right", fontWeight=600, yOffset=NAME, aria=False).encode(
            x=alt.value("width"), y=y, text="mean_text:N"
        ),
        named.mark_point(size=110, filled=True, opacity=1, stroke=INK, strokeWidth=1, yOffset=MARK).encode(
            x=x, y=y, color=by_colour(heads), shape=by_shape(heads), tooltip=tooltip
        ),
        group.mark_rule(color=INK, strokeWidth=5, strokeCap="round", aria=False).encode(
            y=y, tooltip=[words("names", "undecided among")], **ends
        ),
    ).properties(height=height + AXIS)
