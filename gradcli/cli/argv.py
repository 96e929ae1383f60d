"""argv, word by word: which is an option, which its value, which a word of its own, and which command they are for."""

from __future__ import annotations

from gradcli.cli.commands import COMMANDS, EVAL, SPELT, Command
from gradcli.cli.option import Option
from gradcli.errors import Problem
from gradcli.identifiers import is_name

TYPE_CHECKING = False  # type checkers know the name; to import typing for it takes 5 ms
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Final

UNKNOWN: Final = Option("", None, "unknown", None, (), False, None, "", "")
MINUS_HINT: Final = "an expression that begins with '-' goes after '--' or '-e': gradcli -e '-x**2' x=2"


# Verbs that are no commands, and the commands that do it: {} are the words behind the verb, {0} those that bind nothing.
_GRADIENT: Final = "gradients need no verb: gradcli {}; the derivative as a formula: gradcli formula {0}"
_NOT_HERE: Final = "gradcli differentiates, and has no {verb}; the derivative as a formula: gradcli formula {0}"
_VERBS: Final = {
    **dict.fromkeys(("grad", "gradient", "diff", "differentiate", "derivative", "derive", "backward"), _GRADIENT),
    **dict.fromkeys(("maximize", "maximise", "argmax"), "gradcli minimize --max {}"),
    **dict.fromkeys(("optimize", "optimise", "minimise", "argmin"), "gradcli minimize {}"),
    **dict.fromkeys(("root", "roots", "zero", "fsolve", "newton"), "gradcli solve {}"),
    **dict.fromkeys(("curve_fit", "regress", "leastsq"), "gradcli fit 'a*x + b' --data FILE a=1 b=0"),
    **dict.fromkeys(("draw", "chart"), "gradcli plot 'sin(x)' x=-3:3"),
    **dict.fromkeys(("simplify", "symbolic", "symbolically"), "gradcli formula {0}"),
    **dict.fromkeys(("evaluate", "compute", "calc", "calculate", "value", "forward"), "gradcli {}"),
    **dict.fromkeys(("verify", "gradcheck", "test"), "gradcli check {}"),
    **dict.fromkeys(("visualize", "visualise", "tree", "picture", "show"), "gradcli graph {}"),
    **dict.fromkeys(("integrate", "integral", "limit", "series", "taylor", "expand", "factor"), _NOT_HERE),
    **dict.fromkeys(("functions", "operations", "list"), "gradcli ops"),
    **dict.fromkeys(("man", "docs", "doc", "manual", "info", "usage", "examples", "tutorial"), "gradcli help"),
    **dict.fromkeys(("version",), "gradcli --version"),
}


def usage(message: str, hint: str | None = None) -> Problem:
    """The problem of a command line that is not understood (exit code 2)."""
    return Problem("usage", message, type="UsageError", hint=hint)


def tokens(argv: Sequence[str], spelt: Mapping[str, Option]) -> Iterator[tuple[int, Option | None, str | None]]:
    """The parts of argv in order, as (place, option, text).

    A word has no option.  A flag has no text (unless one is wrongly attached, `--json=1`), nor has an option whose
    value is missing.  What begins with '-' and is not in `spelt` comes as UNKNOWN, with the whole of it as the text.
    """
    place, count = 0, len(argv)
    while place < count:
        word = argv[place]
        if word == "--":
            yield from ((after, None, argv[after]) for after in range(place + 1, count))
            return
        if word[:1] != "-" or word == "-":
            yield place, None, word
        else:
            name, attached, text = word.partition("=") if word.startswith("--") else (word, "", "")
            option = spelt.get(name, UNKNOWN)
            if option is UNKNOWN and is_negative(word, spelt):
                yield place, None, word
            elif option is UNKNOWN:
                yield place, option, word
            elif attached:
                yield place, option, text
            elif option.kind == "flag" or place + 1 == count:
                yield place, option, None
            else:
                place += 1
                yield place, option, argv[place]
        place += 1


def divided(command: Command | None, argv: Sequence[str]) -> tuple[list[str], list[str] | None]:
    """The words that are for gradcli, and those behind a script that are for the script; None where a command runs none."""
    if command is None or not any(argument.kind == "rest" for argument in command.arguments):
        return list(argv), None
    spelt = command.spelt()
    for place, option, _ in tokens(argv, spelt):
        if option is None or option.name == "code":
            return list(argv[: place + 1]), list(argv[place + 1 :])
    return list(argv), []


def spread(argv: Sequence[str], spelt: Mapping[str, Option]) -> list[str]:
    """argv with `--data A B` as `--data A --data B`, as a shell's own globs give them, and `--dask` with its address or none.

    Words that follow the files of an option whose metavar ends in "..." are files, too, unless they bind a name; an
    expression has to come before.
    """
    argv = _with_address(argv)
    spread_out: list[str] = []
    taking, has_expression = None, False
    for place, option, text in tokens(argv, spelt):
        if option is not None:
            taking = option if option.metavar is not None and option.metavar.endswith("...") else None
            has_expression = has_expression or option.name in ("expr", "file")
            is_apart = text is not None and argv[place] == text and option is not UNKNOWN
            spread_out += [argv[place - 1], argv[place]] if is_apart else [argv[place]]
        elif taking is not None and has_expression and not _is_binding(str(text)):
            spread_out += [taking.long, str(text)]
        else:
            has_expression = has_expression or not _is_binding(str(text))
            spread_out.append(str(text))
    return spread_out


def _with_address(argv: Sequence[str]) -> list[str]:
    """`--dask` and the address behind it as one word, `--dask=ADDRESS`, or `--dask=` where none follows."""
    joined: list[str] = []
    for word in argv:
        if joined and joined[-1] == "--dask=" and "://" in word:
            joined[-1] += word
        else:
            joined.append("--dask=" if word == "--dask" else word)
    return joined


def _is_binding(word: str) -> bool:
    name, equals, _ = word.partition("=")
    return bool(equals) and is_name(name.strip())


def is_negative(word: str, spelt: Mapping[str, Option]) -> bool:
    """Whether a word is an expression that begins with a minus, such as -x**2: no option reads so."""
    return word[:2] not in (*spelt, "--") and not word.lstrip("-").replace("-", "").isalpha()


def route(argv: Sequence[str]) -> tuple[Command | None, list[str]]:
    """The command that argv is for, and its words without the command's own; None where it says nothing to do.

    Raises Problem for a bare word that looks like a command mistyped.
    """
    asked = None
    for place, option, text in tokens(argv, SPELT):
        if option is not None:
            asked = EVAL if option.name in ("expr", "file") else asked
        elif "--" in argv[:place]:  # no command after it: this is how to write an expression that has a command's name
            return EVAL, list(argv)
        elif text in COMMANDS:
            return COMMANDS[text], [*argv[:place], *argv[place + 1 :]]
        else:
            _refuse_mistyped_command(str(text), argv)
            return EVAL, list(argv)
    return asked, list(argv)


def _verb_hint(verb: str, argv: Sequence[str]) -> str:
    """The command for a verb, with the words that were typed behind it, or an example where there are none."""
    import shlex

    words = argv[argv.index(verb) + 1 :]
    unbound = [word for word in words if not _is_binding(word)]
    text = _VERBS[verb]
    if text == _GRADIENT and unbound and len(words) == len(unbound):  # no values
        text = "gradcli formula {0}"
    whole = shlex.join(words) or "'x**2 - 2*x' x=3"
    return text.replace("{}", whole).replace("{0}", shlex.join(unbound) or "'x**2 - 2*x'").replace("{verb}", verb)


def _refuse_mistyped_command(word: str, argv: Sequence[str]) -> None:
    """A word that can only be meant as a command, but is none, is better named so than evaluated."""
    if not is_name(word) or any(other.partition("=")[0].strip() == word for other in argv if "=" in other):
        return
    if word in _VERBS:
        raise usage(f"'{word}' is no command, and nothing binds it as a name", _verb_hint(word, argv))
    import difflib  # only for a lone name that nothing binds

    near = difflib.get_close_matches(word, COMMANDS, n=1, cutoff=0.75)
    if near:
        raise usage(f"'{word}' is no command, and nothing binds it as a name", f"did you mean 'gradcli {near[0]}'?")
