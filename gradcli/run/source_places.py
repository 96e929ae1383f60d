"""Text to tree, and the way back: problems met while a tree is computed get their place in its text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from gradcli.errors import Problem
from gradcli.run.flatten import LONGEST_KEPT
from gradcli.run.option_hints import hint_at_options
from gradcli.text import parse
from gradcli.text.nodes import Assign, Program


def parsed(expr: str) -> Program:
    """The syntax tree; a batch asks for the same expression again and again."""
    return _kept(expr) if len(expr) <= LONGEST_KEPT else _parsed(expr)


@lru_cache(maxsize=8)
def _kept(expr: str) -> Program:
    return _parsed(expr)


def _parsed(expr: str) -> Program:
    program = parse(expr)
    refuse_lost_values(program, expr)
    return program


def refuse_lost_values(program: Program, text: str, source: str = "expr") -> None:
    """Raise the Problem of a statement before the last one whose value would be lost without a word."""
    for statement in program.statements[:-1]:
        if type(statement) is not Assign:
            raise Problem(
                "syntax",
                "the value of this statement goes nowhere: the last statement gives the result, those before it give names",
                type="SyntaxError",
                hint="name it, y = ..., or leave it out; several values stand in a list: [1, 2, 3]",
                span=statement.span,
                source=source,
                text=text,
            )


@contextmanager
def placed(program: Program, text: str, source: str = "expr") -> Iterator[None]:
    """Problems of an expression get their place: what a backward pass meets concerns the output, the last statement."""
    try:
        yield
    except Problem as problem:
        raise _with_place(problem, program, text, source) from None
    except (MemoryError, OverflowError, ValueError) as error:
        from gradcli.run.failures import understood  # only where something failed

        raise _with_place(understood(error), program, text, source) from None


def _with_place(problem: Problem, program: Program, text: str, source: str) -> Problem:
    hint_at_options(problem)
    if problem.source is None:
        problem.span = problem.span or program.statements[-1].span
        problem.source, problem.text = source, text
    return problem
