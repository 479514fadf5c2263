"""Data of one's own on the command line: a file in place of a data set's name."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import click

from alternatives.commands.options import FieldOption, ValueOption, bad_arguments
from alternatives.commands.terminal import filled
from alternatives.datasets import DATASETS, Dataset, read
from alternatives.datasets.own import unusable
from alternatives.serving.limits import upload_bounds
from alternatives.state import folded, shortened

LONGEST_PATH = 4_096
TARGET = "column of the class in one's own file, by its name or its number from 1; default: as the file tells"
CHECKSUM = "of the file that is needed, as a link has it: any other is refused"
DECISIONS = "what was decided about the columns of one's own file, as a link has it"


class _DatasetOption(FieldOption):
    """The option for the data set, which a path may stand in for."""

    def __init__(self, field: FieldOption) -> None:
        super().__init__(
            *field.opts, str(field.name), field=field.field, default=field.default_text, metavar=field.metavar
        )

    def get_help_record(self, ctx: click.Context) -> tuple[str, str]:
        name, explanation = super().get_help_record(ctx)
        return name, f"{explanation}; or the path of a file of your own data, such as ./glass.csv"

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:
        paths = [Path(each) if is_path(each) else None for each in value or ()]
        return tuple(
            path or super(_DatasetOption, self).type_cast_value(ctx, (each,))[0]
            for path, each in zip(paths, value or (), strict=True)
        )


def is_path(text: str) -> bool:
    """Whether an argument for a data set is the path of a file; ./ before it makes any name one."""
    if text.lstrip().startswith("own(") or len(text) > LONGEST_PATH or "\0" in text:
        return False
    if any(each in text for each in {os.sep, os.altsep or os.sep}):
        return True
    try:
        return folded(text) not in map(folded, DATASETS) and Path(text).is_file()
    except OSError:  # too long for the name of a file
        return False


def with_own_data(options: Sequence[click.Option]) -> list[click.Option]:
    """The options of a command that takes one's own data: --target and others follow the data set."""
    found: list[click.Option] = []
    for option in options:
        if isinstance(option, FieldOption) and option.name == "dataset":
            found += [
                _DatasetOption(option),
                ValueOption("--target", metavar="COLUMN", help=TARGET),
                ValueOption("--decisions", metavar="TEXT", help=DECISIONS),
                ValueOption("--checksum", metavar="TEXT", help=CHECKSUM),
            ]
        else:
            found.append(option)
    return found


def read_own(
    dataset: Dataset | Path | None, target: str | None, decisions: str | None, checksum: str | None
) -> Dataset | None:
    """The data set that the options name: a path's file is read. What can't be read is a bad argument."""
    if not isinstance(dataset, Path):
        options = {"--target": target, "--decisions": decisions, "--checksum": checksum}
        for option, given in options.items():
            if given is not None:
                with bad_arguments():
                    raise ValueError(
                        f"{option} needs the path of a file as --dataset, got {shortened(given)}"
                    )
        return dataset
    from alternatives.tables import OWN_MACHINE, BadTable

    bounds = upload_bounds(OWN_MACHINE)
    with bad_arguments():
        try:
            return read(dataset, target, decisions=decisions, checksum=checksum or "", bounds=bounds)
        except BadTable as error:
            raise ValueError(str(unusable(dataset.name, error))) from error


def print_notes(dataset: Dataset, stream: IO[str]) -> None:
    """What was done with a table before it is trained on."""
    if notes := dataset.load().notes:
        print(filled(f"{dataset.in_words}: {' '.join(notes)}"), end="\n\n", file=stream, flush=True)
