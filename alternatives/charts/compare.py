"""The charts of a comparison.

Read out are the finding, notes, and the marks that have a tooltip, which says all that the others show.
"""

import altair as alt

from alternatives.charts.look import (
    INK,
    RULE,
    Chart,
    Data,
    Heads,
    by_colour,
    by_dash,
    by_shape,
    colour,
    panel_title,
    rows,
    shape,
)
from alternatives.experiments.hidden import NORMALISED, NORMALISED_SHORT
from alternatives.heads.looks import MARKS

ROW = 30
"""Height in pixels of one head's row."""
HEIGHT = 300
"""Height in pixels of a chart's plot where it stands beside others."""
PANEL = 260
"""Height in pixels of one head's panel among small multiples."""
NOTE_OFFSET = 6
"""Pixels between a panel and the line below its heading."""


def height(heads: Heads) -> int:
    """Height in pixels of a chart with a row a head."""
    return max(HEIGHT, 60 + ROW * len(heads))


def by_head(data: Data, heads: Heads, title: str, style: str = "") -> Chart:
    """A measure by head: a dot a seed, the mean with its 95 % interval, the baseline's mean as a line.

    Parameters
    ----------
    data : frame
        Columns head, row, seed, value, low, high, note; see `frames.by_head`.
    heads : tuple of str
    title : str
        The axis title, with its unit.
    style : str
        d3's number format of the axis: ".3~p" of shares, ".3~g" of anything else.
    """
    in_order = alt.Scale(domain=list(heads))
    y = alt.Y("head:N", scale=in_order, title=None, axis=alt.Axis(labelExpr=short("datum.label")))
    # Not to the next round number, which may be more than there can be.
    x = alt.X("value:Q", title=title, scale=alt.Scale(zero=False, nice=False, padding=12), axis=axis(style))
    number = style or ".3~g"
    base = alt.Chart(data)
    return alt.layer(
        base.transform_filter(rows("baseline"))
        .mark_rule(color=RULE, strokeDash=[4, 3])
        .encode(x=x, tooltip=[alt.Tooltip("value:Q", format=number, title="baseline")]),
        base.transform_filter(rows("seed"))
        .mark_point(size=30, opacity=0.7, filled=True)
        .encode(
            x=x,
            y=y,
            yOffset=alt.YOffset("seed:O", scale=alt.Scale(paddingOuter=1)),
            color=by_colour(heads),
            shape=by_shape(heads),
            tooltip=["head:N", "seed:O", alt.Tooltip("value:Q", format=number)],
        ),
        base.transform_filter(rows("mean"))
        .mark_rule(strokeWidth=2.5, aria=False)
        .encode(x=alt.X("low:Q", title=title), x2="high:Q", y=y, color=by_colour(heads)),
        base.transform_filter(rows("mean"))
        .mark_point(size=110, filled=True, opacity=1, stroke=INK, strokeWidth=1)
        .encode(
            x=x,
            y=y,
            color=by_colour(heads),
            shape=by_shape(heads),
            tooltip=["head:N", *_estimate("value", number)],
        ),
        base.transform_filter(rows("note"))
        .mark_text(align="left", baseline="bottom", fontStyle="italic", fontSize=11)
        .encode(x=alt.value(4), y=alt.Y("head:N", scale=in_order, title=None, bandPosition=1), text="note:N"),
    ).properties(height=height(heads))


def reliability(data: Data, head: str) -> Chart:
    """Accuracy by confidence with Wilson intervals against the diagonal; the shares of samples as bars.

    Parameters
    ----------
    data : frame
        Columns left, right, confidence, accuracy, low, high, count, share, note; see `frames.reliability`.
    head : str
    """
    unit = alt.Scale(domain=[0, 1], nice=False)
    axis = alt.Axis(values=[0, 0.5, 1], format=".1~f")
    tooltip = [
        alt.Tooltip("confidence:Q", format=".3~f", title="mean confidence"),
        alt.Tooltip("accuracy:Q", format=".3~f"),
        alt.Tooltip("low:Q", format=".3~f", title="95 % interval, from"),
        alt.Tooltip("high:Q", format=".3~f", title="to"),
        alt.Tooltip("count:Q", format=",", title="samples"),
        alt.Tooltip("share:Q", format=".3~p", title="share of samples"),
    ]
    x = alt.X("confidence:Q", scale=unit, axis=axis, title="confidence")
    y = alt.Y("accuracy:Q", scale=unit, axis=axis, title="accuracy")
    base = alt.Chart(data)
    bins = base.transform_filter("datum.count > 0")
    return alt.layer(
        bins.mark_rect(color=colour(head), opacity=0.22, aria=False).encode(
            x=alt.X("left:Q", scale=unit, axis=axis, title="confidence"),
            x2="right:Q",
            y=alt.Y("share:Q", scale=unit, title="accuracy"),
            y2=alt.datum(0),
            tooltip=tooltip,
        ),
        base.mark_rule(color=RULE, strokeDash=[4, 3], aria=False).encode(
            x=alt.datum(0, scale=unit), x2=alt.datum(1), y=alt.datum(0, scale=unit), y2=alt.datum(1)
        ),
        bins.mark_rule(color=colour(head), strokeWidth=2, aria=False).encode(
            x=x, y=alt.Y("low:Q", title="accuracy"), y2="high:Q"
        ),
        bins.mark_point(
            color=colour(head),
            shape=shape(head),
            filled=True,
            size=50,
            opacity=1,
            stroke=INK,
            strokeWidth=0.7,
        ).encode(x=x, y=y, tooltip=tooltip),
        base.transform_filter("datum.note")
        .mark_text(align="left", baseline="bottom")
        .encode(x=alt.value(0), y=alt.value(-NOTE_OFFSET), text="note:N"),
    ).properties(height=PANEL, title=panel_title(head, NOTE_OFFSET + 16))


def lines(data: Data, heads: Heads, title: str, style: str = "", logarithmic: bool = False) -> Chart:
    """A quantity by epoch: a line a head with its 95 % band over the seeds, named at its end.

    Parameters
    ----------
    data : frame
        Columns head, row, epoch, mean, low, high, end, label_at; see `frames.lines`.
    heads : tuple of str
    title : str
        The axis title, with its unit.
    style : str
        d3's number format of the axis.
    logarithmic : bool

    Notes
    -----
    The parameter `last_epoch` says where the axis ends: a line that is still being trained doesn't move it.
    """
    scale = alt.Scale(type="log", nice=False) if logarithmic else alt.Scale(zero=False)
    domain = alt.Scale(domain=[1, alt.ExprRef("last_epoch")], nice=False)
    x = alt.X("epoch:Q", title="epoch", scale=domain, axis=alt.Axis(format="d", tickMinStep=1))
    y = alt.Y("mean:Q", title=title, scale=scale, axis=axis(style or ".3~g"))
    number = style or ".3~g"
    base = alt.Chart(data)
    epochs = base.transform_filter(rows("epoch"))
    labels = base.transform_filter(rows("label"))
    return alt.layer(
        epochs.mark_area(opacity=0.18, aria=False).encode(
            x=x, y=alt.Y("low:Q", title=title), y2="high:Q", color=by_colour(heads)
        ),
        epochs.mark_line(strokeWidth=2).encode(
            x=x,
            y=y,
            color=by_colour(heads),
            strokeDash=by_dash(heads),
            tooltip=[
                "head:N",
                "epoch:Q",
                *_estimate("mean", number),
            ],
        ),
        *named_ends(labels.encode(color=by_colour(heads)), x, title),
    ).properties(height=HEIGHT)


def temperature(data: Data, heads: Heads, title: str, style: str = "") -> Chart:
    """A measure before (hollow) and after (filled) temperature scaling, with its 95 % intervals.

    Parameters
    ----------
    data : frame
        Columns head, row, mean, low, high; see `frames.temperature`.
    heads : tuple of str
    title : str
        The axis title, with its unit.
    style : str
        d3's number format of the axis.
    """
    y = alt.Y("head:N", scale=alt.Scale(domain=list(heads)), title=None)
    x = alt.X("mean:Q", title=title, axis=axis(style))
    lane = alt.YOffset("row:N", sort=["before", "after"], scale=alt.Scale(paddingOuter=0.8))
    number = style or ".3~g"
    base = alt.Chart(data).encode(y=y, color=by_colour(heads))
    tooltip = [
        "head:N",
        alt.Tooltip("row:N", title="temperature scaling"),
        *_estimate("mean", number),
    ]
    return alt.layer(
        base.mark_rule(strokeWidth=2, aria=False).encode(
            x=alt.X("low:Q", title=title), x2="high:Q", yOffset=lane
        ),
        base.transform_filter(rows("before"))
        .mark_point(size=90, opacity=1, strokeWidth=2)
        .encode(x=x, yOffset=lane, shape=by_shape(heads), tooltip=tooltip),
        base.transform_filter(rows("after"))
        .mark_point(size=90, opacity=1, filled=True)
        .encode(x=x, yOffset=lane, shape=by_shape(heads), tooltip=tooltip),
    ).properties(height=height(heads))


def training_time(data: Data, heads: Heads) -> Chart:
    """Time that one core needs for one run, by head: a bar with its number.

    Parameters
    ----------
    data : frame
        Columns head, training_seconds, text; see `frames.training_time`.
    heads : tuple of str
    """
    y = alt.Y("head:N", scale=alt.Scale(domain=list(heads)), title=None)
    x = alt.X(
        "training_seconds:Q",
        title="time of one core for one run",
        scale=alt.Scale(range=[0, alt.expr("width - 60")]),  # room for the number
        axis=alt.Axis(tickCount=4, labelExpr="datum.value ? format(datum.value, '.2~s') + 's' : '0'"),
    )
    base = alt.Chart(data).encode(x=x, y=y)
    bars = base.mark_bar(size=14).encode(color=by_colour(heads), tooltip=["head:N", "text:N"])
    numbers = base.mark_text(align="left", dx=6, aria=False).encode(text="text:N")
    return alt.layer(bars, numbers).properties(height=height(heads))


def confusion(data: Data, head: str, classes: tuple[str, ...]) -> Chart:
    """Counts of true against predicted classes; the share of the true class as shade.

    Parameters
    ----------
    data : frame
        Columns true, predicted, count, share; see `frames.confusion`.
    head : str
    classes : tuple of str
        Those shown.
    """
    scale = alt.Scale(domain=list(classes))
    angle = 0 if len(" ".join(classes)) < 36 else -45
    axis = alt.Axis(labelAngle=angle, labelLimit=90, labelOverlap=False)
    x = alt.X("predicted:N", scale=scale, title="predicted class", axis=axis)
    y = alt.Y("true:N", scale=scale, title="true class", axis=alt.Axis(labelLimit=90, labelOverlap=False))
    base = alt.Chart(data).encode(x=x, y=y)
    return alt.layer(
        base.mark_rect(color=colour(head), stroke=RULE, strokeOpacity=0.25, strokeWidth=1).encode(
            opacity=alt.Opacity("share:Q", scale=alt.Scale(domain=[0, 1], range=[0, 0.7]), legend=None),
            tooltip=[
                alt.Tooltip("true:N", title="true class"),
                alt.Tooltip("predicted:N", title="predicted class"),
                alt.Tooltip("count:Q", format=",", title="samples"),
                alt.Tooltip("share:Q", format=".2~p", title="share of the true class"),
            ],
        ),
        base.transform_filter("datum.count > 0")
        .mark_text(fontSize=12 if len(classes) < 12 else 10, aria=False)
        .encode(text=alt.Text("count:Q", format="~s")),
    ).properties(height=max(HEIGHT, 80 + 24 * len(classes)))


def regions(data: Data, head: str, classes: tuple[str, ...], titles: tuple[str, str]) -> Chart:
    """The plane as one head divides it: the head's colour as deep as its confidence, points by class.

    Parameters
    ----------
    data : frame
        Columns row, x, y, x2, y2, predicted, confidence, class; see `frames.regions`.
    head : str
    classes : tuple of str
        Each has a point shape; colour stays the head's.
    titles : tuple of str
        The names of the two features.
    """
    shapes = [MARKS[i % (len(MARKS) - 1)] for i in range(len(classes))]
    fills = [INK if i % 2 == 0 else "transparent" for i in range(len(classes))]
    flat = alt.Scale(zero=False, nice=False, round=True)
    x = alt.X("x:Q", scale=flat, title=titles[0], axis=alt.Axis(tickCount=3, grid=False, format=".2~g"))
    y = alt.Y("y:Q", scale=flat, title=titles[1], axis=alt.Axis(tickCount=3, grid=False, format=".2~g"))
    base = alt.Chart(data)
    return alt.layer(
        base.transform_filter(rows("cell"))
        .mark_rect(color=colour(head), strokeWidth=0)
        .encode(
            x=x,
            x2="x2:Q",
            y=y,
            y2="y2:Q",
            opacity=alt.Opacity(
                "confidence:Q",
                scale=alt.Scale(domain=[1 / max(len(classes), 2), 1], range=[0, 0.75], clamp=True),
                legend=None,
            ),
            tooltip=["predicted:N", alt.Tooltip("confidence:Q", format=".3~f")],
        ),
        base.transform_filter(rows("point"))
        .mark_point(size=18, stroke=INK, strokeWidth=1, opacity=0.8, clip=True)
        .encode(
            x=x,
            y=y,
            shape=alt.Shape("class:N", scale=alt.Scale(domain=list(classes), range=shapes), legend=None),
            fill=alt.Fill("class:N", scale=alt.Scale(domain=list(classes), range=fills), legend=None),
            tooltip=["class:N"],
        ),
    ).properties(height=PANEL, title=panel_title(head))


def rates(data: Data, heads: Heads) -> Chart:
    """Validation loss by learning rate; the head's choice, its own best, is the large point.

    Parameters
    ----------
    data : frame
        Columns head, row, learning_rate, validation_loss, end, label_at; see `frames.rates`.
    heads : tuple of str
    """
    x = alt.X(
        "learning_rate:Q", title="learning rate", scale=alt.Scale(type="log", nice=False), axis=axis(".1~g")
    )
    title = "validation log loss (nats)"
    y = alt.Y("validation_loss:Q", title=title, scale=alt.Scale(type="log", nice=False), axis=axis(""))
    base = alt.Chart(data).encode(color=by_colour(heads))
    tried, chosen, label = (base.transform_filter(rows(row)) for row in ("rate", "chosen", "label"))
    tooltip = [
        "head:N",
        alt.Tooltip("learning_rate:Q", format=".3~g", title="learning rate"),
        alt.Tooltip("validation_loss:Q", format=".3~g", title=title),
    ]
    return alt.layer(
        tried.mark_line(strokeWidth=1.5, aria=False).encode(x=x, y=y, strokeDash=by_dash(heads)),
        tried.mark_point(filled=True, size=36, opacity=1).encode(
            x=x, y=y, shape=by_shape(heads), tooltip=tooltip
        ),
        chosen.mark_point(filled=True, size=170, opacity=1, stroke=INK, strokeWidth=1.2).encode(
            x=x, y=y, shape=by_shape(heads), tooltip=tooltip
        ),
        *named_ends(label, x, title),
    ).properties(height=HEIGHT)


def named_ends(label: alt.Chart, x: alt.X, title: str) -> tuple[alt.Chart, alt.Chart]:
    """Names at the ends of lines, each with a stroke that leads there."""
    y = alt.Y("label_at:Q", title=title)
    return (
        label.mark_rule(strokeWidth=1.5, x2Offset=12, aria=False).encode(
            x=x, x2=x.shorthand, y=alt.Y("end:Q", title=title), y2="label_at:Q"
        ),
        label.mark_text(align="left", dx=16, text=alt.ExprRef(short("datum.head")), aria=False).encode(
            x=x, y=y, color=alt.value(INK)
        ),
    )


def short(name: str) -> str:
    """Vega's expression for a name where there is little room, as the choice of kinds has it."""
    return f"replace({name}, '{NORMALISED}', '{NORMALISED_SHORT}')"


def _estimate(mean: str, number: str) -> list[alt.Tooltip]:
    """A mean with its interval, as a tooltip."""
    return [
        alt.Tooltip(f"{mean}:Q", format=number, title="mean"),
        alt.Tooltip("low:Q", format=number, title="95 % interval, from"),
        alt.Tooltip("high:Q", format=number, title="to"),
    ]


def axis(style: str) -> alt.Axis:
    """An axis of values in a format, ".3~p" of shares."""
    # The room that marks need at the end of an axis of shares goes beyond 100 %, its labels don't.
    shares = "datum.value > 1 || datum.value < 0 ? '' : datum.label"
    labels = shares if "p" in style else "datum.label"
    return alt.Axis(format=style or ".3~g", tickCount=5, labelExpr=labels)
