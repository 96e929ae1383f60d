"""Exceptions of scripts: what a Problem is to a script that catches it, and where an uncaught one arose."""

from __future__ import annotations

import builtins
from typing import Any

from gradcli.errors import Problem


class LinAlgError(RuntimeError):
    """PyTorch's error of linear algebra."""


_UNCATCHABLE = frozenset({"limit"})  # a script may not outlive its limits


def catchable(error: BaseException) -> bool:
    """Whether a script's `except` may see it."""
    return isinstance(error, Exception) and not (isinstance(error, Problem) and error.code in _UNCATCHABLE)


def as_exception(error: Exception) -> Exception:
    """The exception that a script sees: a Problem is one of its type, with its message."""
    if not isinstance(error, Problem):
        return error
    kind = LinAlgError if error.type == "LinAlgError" else getattr(builtins, error.type, RuntimeError)
    if not (isinstance(kind, type) and issubclass(kind, Exception)):
        kind = RuntimeError
    seen: Exception = kind(error.message)
    seen.problem = error  # type: ignore[attr-defined]  # so that raising it again keeps the place and the hint
    return seen


def located(error: BaseException, node: Any) -> None:
    """Note the innermost syntax node at which an exception arose."""
    if not hasattr(error, "node"):
        try:
            error.node = node  # type: ignore[attr-defined]
        except AttributeError:
            pass


def as_problem(error: Exception, name: str, text: str) -> Problem:
    """An exception that nothing caught, as the Problem that is reported: its type, the place, a way out."""
    problem = getattr(error, "problem", error)
    node = getattr(error, "node", None)
    known = isinstance(problem, Problem)
    if known and problem.source is not None:
        return problem  # type: ignore[no-any-return]
    kind = problem.type if known else type(error).__name__
    words = problem.message if known else (str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error))
    code = problem.code if known else "uncaught"
    shown = words if code == "limit" else f"{kind}: {words}" if words else kind
    hint = "; ".join([each for each in (problem.hint if known else None, getattr(error, "values", None)) if each]) or None
    return Problem(
        code if code != "syntax" else "uncaught",
        shown,
        type=kind,
        hint=hint,
        span=node.span if node is not None else None,
        source=name,
        text=text,
    )
