"""The grammar as parse tables: `grammar/*.lark` -> Lark, once -> plain tuples and dictionaries, loaded in 1 or 2 ms.

Lark analyses the grammar; its import alone would cost a one-liner more than everything else that this room does.
"""

from __future__ import annotations

import marshal
import os
import re
from functools import cache
from sys import intern
from typing import TYPE_CHECKING, Any

from gradcli import artefact_cache
from gradcli.errors import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lark import Lark, Token

END = "$END"  # Lark's name for the end of the text
STRAY = "STRAY"  # a character that begins no terminal
NEWLINE = "_NEWLINE"
PAIRS = {")": "(", "]": "["}
GATHER = "_"  # the kind of a rule that only collects a list for the rule above it
PASS = ""  # the kind of a rule whose one kept part stands for it

_PACKAGE = os.path.dirname(os.path.dirname(__file__))
_FORMAT = 4  # of marshal: plain values in it read the same in every Python that gradcli supports


Rule = tuple[str, int, str, tuple[int, ...] | None]


class Tables(Record):
    """What the parser's loop runs on.

    rows      for each state, from the first: terminal or name of a rule -> the next state, or ~number of the rule to
              reduce by
    rules     for each rule: its name; how many parts it takes off the stack; the kind of node it makes, or GATHER or
              PASS; the parts it keeps, counted from the end of the stack (0: a part that was left out), or None where
              a node has all of them
    fixed     operator or reserved word -> terminal
    kinds     for each group of `pattern`: the terminal it finds
    pattern   finds the next terminal, after any space and comments
    landings  a memo of the parser: where a rule's value lands once the rules that only pass it on have passed it on
    """

    __slots__ = ("rows", "rules", "fixed", "kinds", "pattern", "landings")
    rows: list[dict[str, int]]
    rules: list[Rule]
    fixed: dict[str, str]
    kinds: list[str]
    pattern: re.Pattern[str]
    landings: dict[tuple[int, str, str], int]


ARTEFACT = "expression.tables"


@cache
def load() -> Tables:
    """The tables, read once in a process."""
    *parts, pattern = marshal.loads(artefact_cache.load(ARTEFACT, build, [__file__, _path("gradcli"), _path("terminals")]))
    return Tables(*parts, re.compile(pattern), {})  # type: ignore[call-arg]


def grammar_folder() -> str:
    """Where the `.lark` files are: inside an installed package, or beside the package in a checkout."""
    installed = os.path.join(_PACKAGE, "_grammar")
    return installed if os.path.isdir(installed) else os.path.join(os.path.dirname(_PACKAGE), "grammar")


def _path(file: str) -> str:
    return os.path.join(grammar_folder(), f"{file}.lark")


# ---- building: only when the grammar has changed, and in a wheel never


class _Layout:
    """For Lark's own parser: newlines within brackets are space."""

    def __init__(self, terminals: list[str]) -> None:
        self.always_accept = terminals  # reserved words that no rule uses are words all the same

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        depth = 0
        for token in stream:
            depth += (token in PAIRS.values()) - (token in PAIRS)
            if depth <= 0 or token.type != NEWLINE:
                yield token


def grammar() -> Lark:
    """Lark's parser for the same language: slower, and the judge of ours in the tests."""
    from lark import Lark

    return Lark.open(
        _path("gradcli"), start="expression", parser="lalr", lexer="basic", keep_all_tokens=False, postlex=_Layout(_words())
    )


def artefacts() -> dict[str, bytes]:
    """Everything that this room saves, made anew."""
    return {ARTEFACT: build()}


def build() -> bytes:
    """The tables as bytes, for `gradcli.artefact_cache`: what `Tables` describes, with the pattern as text and no memo."""
    lark: Any = grammar()
    table = lark.parser.parser._parse_table
    terminals = lark.parser.lexer.lexer.terminals  # in the order in which Lark tries them
    regexes = {intern(str(one.name)): one.pattern.value for one in terminals if one.pattern.type == "re"}
    fixed = {one.pattern.value: intern(str(one.name)) for one in terminals if one.pattern.type == "str"}
    ignored = [regexes.pop(name) for name in lark.ignore_tokens]
    pattern = _pattern(ignored, list(regexes.values()), list(fixed))
    kinds = ["", *regexes, "OPERATOR", END, STRAY]
    rows = _rows(table, {**_in_order(table), **{rule: ~number for number, rule in enumerate(lark.rules)}})
    return marshal.dumps((rows, [_rule(rule) for rule in lark.rules], fixed, kinds, pattern), _FORMAT)


def _words() -> list[str]:
    """The names of the terminals."""
    with open(_path("terminals"), encoding="utf-8") as file:
        return re.findall(r"^(\w+)[.:]", file.read(), re.MULTILINE)


def _in_order(table: Any) -> dict[int, int]:
    """Lark's states -> ours, numbered from the start on: Lark's own numbers differ from run to run."""
    order = {state: number for number, state in enumerate(table.start_states.values())}
    waiting = list(order)
    for state in waiting:  # grows while it is walked
        for _, (action, target) in sorted(table.states[state].items()):
            if action.name == "Shift" and target not in order:
                order[target] = len(order)
                waiting.append(target)
    return order


def _rows(table: Any, numbers: dict[Any, int]) -> list[dict[str, int]]:
    """`Tables.rows`, without Lark's distinction of shift and reduce; END is shifted like any other token."""
    states = [state for state in numbers if isinstance(state, int)]
    rows = [
        {intern(str(symbol)): numbers[target] for symbol, (_, target) in sorted(table.states[state].items())}
        for state in states
    ]
    for end in table.end_states.values():
        rows[numbers[end]][END] = numbers[end]
    return rows


def _rule(rule: Any) -> Rule:
    """A rule as `Tables.rules` has it: Lark's conventions for `?`, `_`, `->` and `[...]`, resolved once."""
    name, length, parts = intern(str(rule.origin.name)), len(rule.expansion), list(enumerate(rule.expansion))
    assert length, f"{name} may be empty: the parser's loop has no place for it"
    kept: list[int] = []
    for left_out in rule.options.empty_indices or [False] * length:
        index, part = (length, None) if left_out else parts.pop(0)
        if part is None or not getattr(part, "filter_out", False):
            kept.append(index - length)
    if rule.options.expand1 and not rule.alias:
        assert len(kept) == 1, f"{rule} stands for one part, and keeps {len(kept)}"
        return name, length, PASS, tuple(kept)
    kind = GATHER if name.startswith("_") else intern(str(rule.alias or name))
    plain = kind != GATHER and not any(part.name.startswith("_") for part in rule.expansion)
    return name, length, kind, None if plain and kept == list(range(-length, 0)) else tuple(kept)


def _pattern(ignored: list[str], regexes: list[str], fixed: list[str]) -> str:
    """One expression for all terminals, a group for each kind; reserved words are found as names and looked up."""
    operators = [text for text in fixed if not any(re.fullmatch(regex, text) for regex in regexes)]
    long = [re.escape(text) for text in sorted(operators, key=len, reverse=True) if len(text) > 1]
    single = "".join(re.escape(text) for text in operators if len(text) == 1)
    groups = [*regexes, "|".join([*long, f"[{single}]"]), r"\Z", r"[\s\S]"]
    return f"(?:{'|'.join(ignored)})*+(?:{'|'.join(f'({group})' for group in groups)})"
