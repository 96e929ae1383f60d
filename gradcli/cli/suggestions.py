"""What was meant by an expression that is not understood: the hint shows it put right, and has been tried.

improved(problem, values)   the Problem of a command, whose hint is the expression read as mathematics, where that works
"""

from __future__ import annotations

import re
import shlex
from contextlib import suppress

from gradcli.cli import value_hints
from gradcli.errors import Problem

TYPE_CHECKING = False  # type checkers know the name; to import typing for it takes 5 ms
if TYPE_CHECKING:
    from typing import Any

_EQUATION = re.compile(r"[^=<>!;]*[^-=<>!;\s:+*/%@&|^]\s*=\s*[^=<>!;]+")
_NAMED = re.compile(r"\s*(?:[^\W\d]\w*|[^\W\d]\(\w+(?:\s*,\s*\w+)*\))\s*=")  # y = ..., f(x) = ...
_LONGEST = 120  # characters of an expression that a hint repeats


def improved(problem: Problem, values: dict[str, Any], command: str) -> Problem:
    """The problem of a command that was given `values`, with a hint that shows the whole expression put right if possible."""
    text, takes_ranges = problem.text, command in ("table", "plot")
    if not text or len(text) > _LONGEST:
        return problem
    told_already = problem.code == "syntax" and _parses(text)
    if problem.source != "expr" and not told_already and (hint := value_hints.hint(text, _bound(values), takes_ranges)):
        problem.hint = hint
        return problem
    if problem.code == "unknown-name" and takes_ranges and (problem.hint or "").startswith("bind it: "):
        problem.hint = f"give it a range: {str(problem.hint)[9:].replace('VALUE', '0:1')}"
    if text.strip() == "-":
        problem.hint = "an expression from standard input: -f -"
        return problem
    if problem.code != "syntax" or values.get("math") is None or told_already:
        return problem
    if "[" in text or "\n" in text or '"' in text:  # of lists, a comma may be missing
        return problem
    if problem.source == "expr" and _EQUATION.fullmatch(text) and not _NAMED.match(text):
        option = "" if "'='" in problem.message else "-m "
        problem.hint = (
            f"an equation is solved by: gradcli solve {option}{shlex.quote(text)} {_start(values)}; use == to compare"
        )
        return problem
    meant = None if values["math"] else _read(problem, text, values)
    if meant is None or meant == text:
        return _without_unknown(problem, values)
    unknown = _unknown(meant, values)
    if unknown and "shapes" not in values:  # a formula is of names without values
        problem.hint = _unknown_hint(unknown[0], values)
    elif "grad(" in meant:
        problem.hint = "have mathematics read as it is written, with -m"
    elif unknown or _is_computed(meant, problem.source == "expr", values):
        is_option = str(problem.source).startswith("--")  # which -m does not read
        problem.hint = f"write {meant}" + ("" if is_option else ", or have mathematics read as it is written, with -m")
    return problem


def _bound(values: dict[str, Any]) -> list[str]:
    return [name for name, _, _ in values["bindings"]]


def _start(values: dict[str, Any]) -> str:
    """The values of a command as words again."""
    return shlex.join([f"{name}={value}" for name, value, _ in values["bindings"]]) or "x=1"


def _without_unknown(problem: Problem, values: dict[str, Any]) -> Problem:
    """The problem, whose hint proposes nothing in which a name has no meaning."""
    found = re.match(r"write (.+?)(?: to multiply, .+ to call)?$", problem.hint or "")
    own = {*re.findall(r"\w+", problem.text or "")}
    if not found or "shapes" in values or not {*re.findall(r"[^\W\d]\w*", found[1])} <= own:  # an example
        return problem
    if _parses(found[1]) and (unknown := _unknown(found[1], values)):
        problem.hint = _unknown_hint(unknown[0], values)
    return problem


def _unknown_hint(name: str, values: dict[str, Any]) -> str:
    """What is said of a name that stands in an expression that is not understood, and has no meaning itself."""
    from gradcli.run.names import unknown

    hint = unknown(name, _bound(values), called=True).hint
    return f"'{name}' is not defined" + (f": {hint}" if hint else "")


def _parses(text: str) -> bool:
    from gradcli.text import parse

    with suppress(Problem):
        parse(text)
        return True
    return False


def _read(problem: Problem, text: str, values: dict[str, Any]) -> str | None:
    """The text read as mathematics; None where it is none, or could be read in two ways, which the hint then shows."""
    from gradcli.ops import index
    from gradcli.text import parse
    from gradcli.text.mathematics import rewritten

    try:
        meant = rewritten(text, frozenset(index.names()).__contains__, _bound(values))
        parse(meant)
    except Problem as other:
        if "two ways" in other.message:
            problem.hint = other.hint
        return None
    return meant


def _unknown(text: str, values: dict[str, Any]) -> list[str]:
    """The names in a text that have no value and no meaning."""
    from gradcli.run.free_names import names_read
    from gradcli.run.names import lookup

    return [name for name in names_read(text) if name not in _bound(values) and lookup(name) is None]


def _is_computed(text: str, is_expression: bool, values: dict[str, Any]) -> bool:
    """Whether a text can be computed; one that needs files, or takes ranges, is believed."""
    bindings = values["bindings"]
    if not is_expression or any([{*"@:±"} & {*value} for _, value, _ in bindings]):
        return True
    from gradcli.run.evaluate import evaluate
    from gradcli.run.request import Request

    with suppress(Problem):
        evaluate(Request(text, bindings, no_grad=True))
        return True
    return False
