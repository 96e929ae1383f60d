"""Tokens -> syntax tree: a loop that shifts and reduces by the grammar's tables, without recursion and without Lark."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from gradcli.errors import Problem
from gradcli.text.building import ACTIONS
from gradcli.text.lexer import Token, check, placer, tokens
from gradcli.text.nodes import Program
from gradcli.text.tables import GATHER, PASS, Tables, load

_MAX_GUESSES = 1000  # steps to find out whether one token would have fitted


def parse(source: str, name: str = "expr") -> Program:
    """The syntax tree of `source`; `name` says in errors which text it is ("expr", or the name of a binding).

    Raises Problem with code "syntax", or "limit" where the text is too long, too deep, or has too long a number.
    """
    try:
        check(source)
        tables = load()
        return cast(Program, derive(source, tokens(source, tables), tables, ACTIONS, _unexpected))
    except Problem as problem:
        finish(problem, source, name)
        if not source.isascii():
            from gradcli.text import syntax_errors

            syntax_errors.complete(problem, source)
        raise


def _unexpected(source: str, token: Token, reached: int, expected: set[str]) -> Problem:
    from gradcli.text import hints

    return hints.unexpected(source, token, reached, expected)


def finish(problem: Problem, source: str, name: str) -> None:
    """Say in `problem` which text it is about; of a part of a node only start and end are known before."""
    problem.source, problem.text = name, source
    if problem.span:
        problem.span = placer(source)(problem.span.start, problem.span.end)


def derive(
    source: str,
    stream: Iterable[Token],
    tables: Tables,
    actions: Mapping[str, Callable[..., Any]],
    unexpected: Callable[[str, Token, int, set[str]], Problem],
) -> Any:
    """What `actions` make of `source`, whose tokens are `stream`, from the leaves up.

    Each action is called as `actions[kind](span, *parts)`.  Raises the Problem that `unexpected` gives for a token that
    does not fit: it is called with the source, the token, where the one before it ends, and what would fit.
    """
    place = placer(source)
    rows, rules, landings = tables.rows, tables.rules, tables.landings
    states = [0]
    values: list[Any] = []
    begins: list[int] = []  # where each value begins in the source
    reached = 0  # where the last token on the stack ends
    for token in stream:
        terminal, text, begin, end = token
        action = rows[states[-1]].get(terminal)
        while action is not None and action < 0:
            origin, length, kind, kept = rules[~action]
            first = begins[-length]
            if kept is None:
                value = actions[kind](place(first, reached), *values[-length:])
            elif kind == PASS:
                value = values[kept[0]]
            else:
                value = _gather(values, kept)
                if kind != GATHER:
                    value = actions[kind](place(first, reached), *value)
            del states[-length:], values[-length:], begins[-length:]
            landing = states[-1], origin, terminal
            state = landings.get(landing)
            if state is None:
                state = landings[landing] = _land(tables, *landing)
            states.append(state)
            values.append(value)
            begins.append(first)
            action = rows[state].get(terminal)
        if action is None:
            raise unexpected(source, token, reached, _expected(tables, states))
        states.append(action)
        values.append(text)
        begins.append(begin)
        reached = end
    return values[0]


def _gather(values: list[Any], kept: tuple[int, ...]) -> list[Any]:
    """The kept parts in one list, lists among them flattened; the first one grows in place, so that this is linear."""
    if not kept:
        return []
    first = values[kept[0]] if kept[0] else None
    found = first if type(first) is list else [first]
    for index in kept[1:]:
        value = values[index] if index else None
        if type(value) is list:
            found += value
        else:
            found.append(value)
    return found


def _land(tables: Tables, state: int, origin: str, terminal: str) -> int:
    """Where the value of rule `origin` lands on top of `state` once rules like `?sum: product` have passed it on."""
    while True:
        landed = tables.rows[state][origin]
        action = tables.rows[landed].get(terminal, 0)
        if action >= 0:
            return landed
        above, length, kind, _ = tables.rules[~action]
        if kind != PASS or length != 1:
            return landed
        origin = above


def _expected(tables: Tables, states: list[int]) -> set[str]:
    """The terminals that could have come next."""
    return {name for name in tables.rows[states[-1]] if name.isupper() and _fits(tables, states, name)}


def _fits(tables: Tables, states: list[int], terminal: str) -> bool:
    base, above = len(states) - 1, [states[-1]]  # the stack is states[:base] + above: no copy of a deep one
    for _ in range(_MAX_GUESSES):
        action = tables.rows[above[-1]].get(terminal)
        if action is None or action >= 0:
            return action is not None
        origin, length, _, _ = tables.rules[~action]
        dropped = min(length, len(above))
        del above[-dropped:]
        base -= length - dropped
        above.append(tables.rows[above[-1] if above else states[base - 1]][origin])
    return True
