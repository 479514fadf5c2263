"""Commands and their options. What isn't allowed is refused in one line, before anything is trained."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from alternatives.commands.program import COMMANDS, SETTINGS
from alternatives.serving.limits import Costly, Limits, of_machine
from alternatives.state import Field, Linked, shortened

L = TypeVar("L", bound=Linked)


class Command(click.Command):
    """A function as a command with options. Its help is the sentence of the list and the docstring."""

    def __init__(
        self, function: Callable[..., None], options: Sequence[click.Option], epilog: str | None = None
    ) -> None:
        name = function.__name__.replace("_", "-")
        sentences = f"{COMMANDS[name]} {function.__doc__}"
        super().__init__(name, SETTINGS, function, [*options], help=sentences, epilog=epilog)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        options = self.get_params(ctx)
        try:
            unknown = super().parse_args(ctx, args)
        except click.BadOptionUsage as error:  # no value, or one for an option that takes none
            option = next(option for option in options if error.option_name in option.opts)
            _, explanation = option.get_help_record(ctx) or ("", "")
            ctx.fail(f"{error.message.rstrip('.')}: {explanation}")
        if unknown:
            names = ", ".join(option.opts[-1] for option in options)
            ctx.fail(f"options are {names}; got {shortened(unknown[0])}")
        return unknown


class ValueOption(click.Option):
    """An option with a value. click would let the last of several count; here they are refused."""

    def __init__(self, *names: str, **settings: Any) -> None:
        super().__init__(names, multiple=True, callback=_once, **settings)


class FieldOption(ValueOption):
    """An option for a field. Its help is written when it's asked for, and names the heads there are then."""

    def __init__(self, *names: str, field: Field, default: Callable[[], str], **settings: Any) -> None:
        super().__init__(*names, type=_FieldType(field), **settings)
        self.field, self.default_text = field, default

    def get_help_record(self, ctx: click.Context) -> tuple[str, str]:
        explanation = f"{self.field.explanation}: {self.field.allowed}; default {self.default_text()}"
        return f"{self.opts[0]} {self.metavar}", explanation


class _FieldType(click.ParamType):  # type: ignore[type-arg]  # it can't be subscripted before click 8.4
    name = "field"

    def __init__(self, field: Field) -> None:
        self.field = field

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        with bad_arguments():
            return self.field.parse(value, param.opts[0] if param else self.name)


def _once(ctx: click.Context, option: click.Parameter, values: tuple[Any, ...]) -> Any:
    if len(values) > 1:
        ctx.fail(f"{option.opts[0]} may be given once, got {shortened(values[1])} as well")
    return values[0] if values else None


def field_options(linked: type[Linked]) -> list[click.Option]:
    """An option for each field of a linked value."""

    def default(name: str) -> Callable[[], str]:
        return lambda: linked().texts()[name]

    return [
        FieldOption(
            f"--{name.replace('_', '-')}",
            field,
            field=linked.fields()[field],
            default=default(name),
            metavar=name.upper(),
        )
        for field, name in linked.names().items()
    ]


def linked_value(linked: type[L], values: Mapping[str, Any]) -> L:
    """The linked value whose fields have the values of their options; those not given have their default."""
    source = click.get_current_context().get_parameter_source
    given = {field: value for field, value in values.items() if source(field) != ParameterSource.DEFAULT}
    with bad_arguments():
        return linked(**given)


def file_options(rows: str, everything: str) -> list[click.Option]:
    """--csv and --json, which write what the texts say."""
    return [
        ValueOption("--csv", metavar="FILE", help=f"write {rows} to a file; - prints them"),
        ValueOption("--json", metavar="FILE", help=f"write {everything} to a file; - prints them"),
    ]


def quiet_option() -> click.Option:
    """--quiet."""
    explanation = "show no progress, and no table when a file is written"
    return click.Option(["--quiet"], is_flag=True, help=explanation)


def check_limits(request: Costly) -> None:
    """Refuse what costs more than the environment allows or, by default, more memory than there is."""
    with bad_arguments():
        Limits.from_environment(default=of_machine()).check(request)


@contextmanager
def bad_arguments() -> Iterator[None]:
    """Refuse the command's arguments where a ValueError says that they aren't allowed."""
    try:
        yield
    except ValueError as error:
        raise click.UsageError(str(error), click.get_current_context()) from None
