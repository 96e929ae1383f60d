"""The Typer application, built from the records: it writes the help pages and judges what the quick reader leaves.

The only file that imports typer.  Nothing here is imported on the way to an answer.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from functools import cache
from io import StringIO
from typing import Any, Final, Literal

import typer
from typer.core import TyperCommand, TyperGroup

from gradcli.cli import streams
from gradcli.cli.argv import is_negative, tokens, usage
from gradcli.cli.commands import COMMANDS, ENVIRONMENT, EXIT_CODES, PROGRAM, Argument, Command
from gradcli.cli.option import Option
from gradcli.cli.options import OTHER
from gradcli.errors import Problem, did_you_mean

_SETTINGS: Final[dict[str, Any]] = {"help_option_names": ["-h", "--help"]}
_HIDDEN: Final = "\u2060"  # a word joiner before a minus that begins an expression
_COLUMN: Final = 24  # where the explanations of a page begin, under every heading alike
_USAGE_ERROR: Final[Any] = typer.BadParameter.__bases__[0]  # what all its usage errors derive from; not exported itself


def read(command: Command, argv: Sequence[str]) -> dict[str, Any]:
    """{name: value} as Typer reads argv for `command`; raises Problem with Typer's complaint about it.

    Typer's own options (--install-completion, --show-completion) act and end the process.
    """
    shown = _hiding_minus(command, argv)
    words = [command.name, *shown] if command.name else shown
    printed = StringIO()
    try:
        with redirect_stdout(printed):
            answer = _application()(words, prog_name="gradcli", standalone_mode=False)
    except _USAGE_ERROR as error:
        raise _problem(command, error) from None
    except OSError as error:
        hint = "--show-completion prints it, to be put where your shell reads it"
        raise Problem("file", f"cannot install the completion: {error}", type=type(error).__name__, hint=hint) from None
    finally:
        if printed.getvalue():  # whether it can be written is for `streams` to find out
            streams.write(printed.getvalue())
    if not isinstance(answer, dict):  # an exit code: Typer has printed what was asked for
        raise SystemExit(answer)
    return {name: _bared(value) for name, value in answer.items()}


def _hiding_minus(command: Command, argv: Sequence[str]) -> list[str]:
    """argv with a mark before words such as -x**2, which Typer would take for options."""
    shown = list(argv)
    for place, option, text in tokens(argv, command.spelt()):
        if option is None and text is not None and text.startswith("-") and is_negative(text, command.spelt()):
            shown[place] = _HIDDEN + text
    return shown


def _bared(value: Any) -> Any:
    """A value as it was typed."""
    if isinstance(value, str):
        return value.replace(_HIDDEN, "")
    if isinstance(value, tuple):
        return tuple(map(_bared, value))
    bared = [*map(_bared, value)] if isinstance(value, list) else value
    return value if bared == value else bared


def page(command: Command, width: int = 80) -> str:
    """The help page of `command`, `width` columns wide."""
    from typer.testing import CliRunner

    words = [command.name, "--help"] if command.name else ["--help"]
    text = CliRunner().invoke(_application(width), words, prog_name="gradcli").output
    return "".join([f"{line.rstrip()}\n" for line in text.splitlines()])


@cache
def _application(width: int = 80) -> typer.Typer:
    app = typer.Typer(
        cls=_Group,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings=_SETTINGS | {"terminal_width": width},
        help=PROGRAM.description,
        epilog=_epilog(PROGRAM),
        invoke_without_command=True,
        subcommand_metavar="EXPR [NAME=VALUE]... | COMMAND [ARGS]...",
    )
    app.callback()(_body(PROGRAM))
    for command in COMMANDS.values():
        app.command(
            command.name,
            cls=_Command,
            context_settings=_SETTINGS | {"terminal_width": width},
            help=command.description,
            short_help=command.summary,
            epilog=_epilog(command),
        )(_body(command))
    return app


def _epilog(command: Command) -> str:
    return "\n".join(f"{line}\n    {remark}" for line, remark in command.examples)


def _body(command: Command) -> Callable[..., dict[str, Any]]:
    """A function with one parameter for each argument and option, that gives back what it is called with."""

    def body(**values: Any) -> dict[str, Any]:
        return values

    parameters = [*map(_argument, command.arguments), *map(_option, command.options)]
    body.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    body.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return body


def _argument(argument: Argument) -> inspect.Parameter:
    default = typer.Argument(
        [] if argument.many else None,
        metavar=argument.metavar,
        help=argument.help,
        parser=_placed if argument.kind == "placed" else None,
        rich_help_panel="Arguments",
        show_default=False,
    )
    return _parameter(argument.name, list[str] if argument.many else str | None, default)


def _option(option: Option) -> inspect.Parameter:
    """Typer reads choices and flags itself; every other value goes through the record's own reader."""
    kind: Any = bool if option.kind == "flag" else Literal[option.choices] if option.choices else str
    own = option.kind == "flag" or bool(option.choices)
    default = typer.Option(
        option.initial(),
        *option.spellings,
        metavar=option.metavar,
        help=option.help,
        parser=None if own else _parser(option),
        rich_help_panel=option.panel,
        show_default=bool(option.choices),
    )
    return _parameter(option.name, list[kind] if option.many else kind, default)


def _parameter(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _parser(option: Option) -> Callable[[Any], Any]:
    def parse(text: Any) -> Any:
        try:
            return option.read(text) if isinstance(text, str) else text  # Typer sends a default through here too
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None

    return _placed if option.kind == "placed" else parse


class _Word(str):
    """A word of argv that keeps its place in it, since Typer sorts values by parameter and would lose their order."""

    place: int

    def split(self, *limits: Any) -> list[str]:
        """Typer splits `--const=k=3` so."""
        return [_word(part, self.place) for part in super().split(*limits)]


def _word(text: str, place: int) -> _Word:
    word = _Word(text)
    word.place = place
    return word


def _placed(word: str) -> tuple[int, str]:
    return (word.place if isinstance(word, _Word) else 0), str(word)


class _Page:
    """How a help page is laid out: options under the headings of their records, examples as they are written."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Arguments, then the options by heading, then (for the program) its commands."""
        panels: dict[str, list[tuple[str, str]]] = {}
        column = _column(formatter)
        for parameter in self.get_params(ctx):  # type: ignore[attr-defined]
            name, help = parameter.get_help_record(ctx)
            panels.setdefault(parameter.rich_help_panel or OTHER, []).append((name.ljust(column), help))
        for title, rows in panels.items():
            with formatter.section(title):
                formatter.write_dl(rows, col_max=column)
        if isinstance(self, TyperGroup):
            self.format_commands(ctx, formatter)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """The examples, not wrapped."""
        with formatter.section("Examples"):
            for line in str(self.epilog).splitlines():  # type: ignore[attr-defined]
                formatter.write(f"  {line}\n")
        if isinstance(self, TyperGroup):
            for title, rows in (("Exit codes", EXIT_CODES), ("Environment", ENVIRONMENT)):
                with formatter.section(title):
                    column = _column(formatter)
                    formatter.write_dl([(name.ljust(column), text) for name, text in rows], col_max=column)


def _column(formatter: Any) -> int:
    """Where explanations begin: on a narrow page, most of them stand below what they explain."""
    return _COLUMN if formatter.width >= 3 * _COLUMN else 8


class _Command(_Page, TyperCommand):
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """As Typer does, with words that know their places."""
        return super().parse_args(ctx, [_word(text, place) for place, text in enumerate(args)])


class _Group(_Page, TyperGroup):
    pass


def _problem(command: Command, error: Any) -> Problem:
    """Typer's complaint, with a hint of our own."""
    known = [*command.spelt(), *PROGRAM.spelt()]
    option = getattr(error, "option_name", None)
    if option and hasattr(error, "possibilities"):
        name, has_words = option.lstrip("-"), any([each.name in ("words", "typed") for each in command.arguments])
        unbound = f"a name gets its value without dashes: {name}=3; " if has_words and name.isidentifier() else ""
        return usage(f"no such option: {option}", did_you_mean(option, known) or unbound + _see(command))
    message = error.format_message().rstrip(".")
    if command.name == "batch" and "extra argument" in message:
        return usage(message, f"records come from standard input: gradcli batch ... < FILE; {_see(command)}")
    if command.name == "batch" and "'--format'" in message:
        return usage(message, f"batch answers in JSON, a document a line, of which --get picks bare values; {_see(command)}")
    return usage(message, _see(command))


def _see(command: Command) -> str:
    return f"see 'gradcli {command.name} --help'" if command.name else "see 'gradcli --help'"
