"""Text to tree, and the way back: problems met while a tree is computed get their place in its text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from gradcli.errors import Problem
from gradcli.run.flatten import LONGEST_KEPT
from gradcli.text import parse
from gradcli.text.nodes import Program


def parsed(expr: str) -> Program:
    """The syntax tree; a batch asks for the same expression again and again."""
    return _kept(expr) if len(expr) <= LONGEST_KEPT else parse(expr)


@lru_cache(maxsize=8)
def _kept(expr: str) -> Program:
    return parse(expr)


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
    if problem.source is None:
        problem.span = problem.span or program.statements[-1].span
        problem.source, problem.text = source, text
    return problem
