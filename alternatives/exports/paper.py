"""What the replication of the paper has to take away."""

from collections.abc import Iterator
from functools import partial

import pandas as pd

from alternatives.charts import ranks as rank_chart
from alternatives.charts import replication as charts
from alternatives.charts import replication_tables, sweep_tables
from alternatives.charts.drawing import Drawing
from alternatives.charts.export import PANEL_WIDTH, WIDTH, Picture, by_title
from alternatives.exports.exports import Exports, Printed, Table
from alternatives.exports.frames import unit_in_files
from alternatives.exports.sweep import RANKS
from alternatives.exports.sweep import ranks as ranks_of
from alternatives.measures import DIFFERENCE
from alternatives.paper import PaperView, SeriesFound, findings, verdicts
from alternatives.paper.in_words import first
from alternatives.paper.reading import READ
from alternatives.paper.trend import by_classes, has_many_classes
from alternatives.versions import UNKNOWN, Made
from alternatives.wording import sentence

BESIDE = "The paper's numbers and ours"


def of(every: tuple[SeriesFound, ...], view: PaperView) -> Exports:
    """All that there is to take away, of the series that have networks."""
    beside = partial(verdicts.beside, every)
    unit = unit_in_files(READ[view.measure].unit)
    tables = {BESIDE: Table(beside, {"printed": "as printed", "mean": "share", "difference": "share"})}
    for each in every:
        tables |= {
            f"{each.title}: differences": Table(
                partial(_differences, each, view), dict.fromkeys(("mean", *DIFFERENCE), unit)
            ),
            f"{each.title}: networks": Table(partial(_rows, each)),
            f"{each.title}: search": Table(partial(_search, each)),
        }
        if each.is_ranked:
            tables[f"{each.title}: ranks"] = Table(partial(ranks_of, each.ranked(view.of_sweep)))
    return Exports(
        "the paper",
        "the_paper",
        view,
        (first(every), " ".join(f"{each}." for each in findings(every))),
        method(every),
        tables,
        {
            BESIDE: Printed("", lambda: replication_tables.beside(beside(), replication_tables.unlinked)),
            **{
                f"{each.title}: win–tie–loss": Printed(
                    "", partial(sweep_tables.outcomes, each.ranked(view.of_sweep))
                )
                for each in every
                if each.is_ranked
            },
        },
        by_title(_pictures(every, view)),
        command="python -m alternatives paper --findings",
        made=made(every),
    )


def method(every: tuple[SeriesFound, ...]) -> list[str]:
    """How the series were made, in sentences."""
    return [f"{each.title}: {each.series.sentence} {so_far(each)}" for each in every]


def so_far(found: SeriesFound) -> str:
    """How much of a series there is: "6 of 38 data sets and 600 of 3,800 networks so far."."""
    datasets, networks = found.planned
    there = f"{len(found.rows):,} of {networks:,} networks"
    if datasets > 1:
        there = f"{len(found.datasets)} of {datasets} data sets and {there}"
    return f"{sentence(there)} are there{'' if len(found.rows) >= networks else ' so far'}."


def made(every: tuple[SeriesFound, ...]) -> Made:
    """The versions that the rows say; their days aren't known."""
    texts = dict.fromkeys(text for each in every for text in each.rows["versions"].unique())
    pairs = [[part.rpartition(" ") for part in text.split(", ")] for text in texts]
    of_each = [Made(UNKNOWN, {name: version for name, _, version in own if name}) for own in pairs]
    return Made.of_several(of_each) if of_each else Made()


def _differences(found: SeriesFound, view: PaperView) -> pd.DataFrame:
    rows = found.differences(view.measure, view.question)
    if has_many_classes(found):
        rows = by_classes(found, view.measure, view.question)
    return rows.dropna(axis="columns", how="all")


def _rows(found: SeriesFound) -> pd.DataFrame:
    return found.rows.rename(columns={"versions": "row_versions"})


def _search(found: SeriesFound) -> pd.DataFrame:
    return found.search


def _pictures(every: tuple[SeriesFound, ...], view: PaperView) -> Iterator[Picture]:
    for each in every:
        for part in charts.parts(each, view) if each.has(view.measure) else ():
            alone = len(part.drawings) == 1
            yield Picture(
                f"{each.title}: {part.title[:1].lower()}{part.title[1:]}",
                part.caption,
                partial(_drawn, part),
                width=WIDTH if alone else PANEL_WIDTH,
                columns=2,
            )
        if each.is_ranked:
            yield Picture.of(
                f"{each.title}: ranks", RANKS, partial(rank_chart.drawing, each.ranked(view.of_sweep))
            )


def _drawn(part: charts.Part) -> list[Drawing]:
    return [make() for make in part.drawings]
