"""Reads a well-formed command line straight from the records, in microseconds; anything else is left to Typer.

Typer gives the same values for whatever is read here (a test holds the two together); what it alone can do is say what
is wrong with the rest.  The two slips that Typer would let pass are refused here.
"""

from __future__ import annotations

from gradcli.cli.argv import MINUS_HINT, UNKNOWN, tokens, usage
from gradcli.cli.commands import Argument, Command
from gradcli.cli.option import Option

TYPE_CHECKING = False  # type checkers know the name; to import typing for it takes 5 ms
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


def read(command: Command, argv: Sequence[str]) -> dict[str, Any] | None:
    """{name: value} of every argument and option of `command`, or None where Typer has to help or to complain.

    Raises Problem where an option's name stands in the place of a value, or letters are run together with one '-'.
    """
    spelt = command.spelt()
    words: list[tuple[int, str]] = []
    given: dict[str, list[tuple[int, str]]] = {}
    for place, option, text in tokens(argv, spelt):
        if option is None:
            words.append((place, str(text)))
            continue
        if option is UNKNOWN:
            _refuse_single_dash(command, str(text))
        if option is UNKNOWN or option.name == "help" or (text is None) != (option.kind == "flag"):
            return None
        if text is not None and argv[place] == text:
            _refuse_option_as_value(argv[place - 1], text, spelt)
        given.setdefault(option.name, []).append((place, text or ""))
    try:
        values = {option.name: _value(option, given.get(option.name)) for option in command.options}
    except ValueError:
        return None
    return values if _fill(values, command.arguments, words) else None


def _value(option: Option, given: list[tuple[int, str]] | None) -> Any:
    """The value of an option from the (place, text) of each time that it is given; the last holds, unless many may."""
    if not given:
        return option.initial()
    if option.kind == "flag":
        return True
    values = [
        (place, text) if option.kind == "placed" else option.read(text)
        for place, text in (given if option.many else given[-1:])
    ]
    return values if option.many else values[0]


def _fill(values: dict[str, Any], arguments: tuple[Argument, ...], words: list[tuple[int, str]]) -> bool:
    """Give the words to the arguments, the last of which may take many; False where words are left over."""
    for argument in arguments:
        taken = [word if argument.kind == "placed" else word[1] for word in (words if argument.many else words[:1])]
        words = words[len(taken) :]
        values[argument.name] = taken if argument.many else taken[0] if taken else None
    return not words


def _refuse_single_dash(command: Command, word: str) -> None:
    """`-wones` could be an option with its value, or the expression -wones: refused, since a guess would be silent."""
    if word.startswith("--"):
        return
    option = command.spelt().get(word[:2])
    has_expression = any(argument.name == "expression" for argument in command.arguments)
    if option is None or option.kind == "flag":
        see = f"see 'gradcli {command.name} --help'"
        hints = [see] * (len(word) == 2 or not has_expression) + [MINUS_HINT] * has_expression
        if has_expression and len(word) == 2 and word[1].isalpha():
            hints.insert(0, f"a name gets its value without a dash: {word[1]}=3")
        raise usage(f"no such option: {word}", "; ".join(hints))
    if has_expression and len(name := word[1:].partition("(")[0]) > 1 and name != word[1:] and name.isidentifier():
        # -exp(x) is no option -e with the value xp(x)
        import shlex  # takes its time to load

        raise usage(f"'{word}' begins with the option {word[:2]}", f"for the expression, write -e {shlex.quote(word)}")
    value = word[2:].removeprefix("=")
    hint = f"write '{word[:2]} {value}' or '{option.long}={value}'"
    raise usage(f"'{word}' runs an option and its value together", f"{hint}; {MINUS_HINT}" if has_expression else hint)


def _refuse_option_as_value(option: str, text: str, spelt: dict[str, Option]) -> None:
    """`-w --json` has forgotten the value of -w; `-w -1` and `-e -x**2` have not."""
    if text == "--" or (text.startswith("-") and text.partition("=")[0] in spelt):
        raise usage(
            f"option {option} needs a value, and '{text}' is an option",
            f"where '{text}' is meant as the value: {spelt[option].long}={text}",
        )
