"""The boundary between programs and the engine, which every public function and method of this package has around it.

Inside, errors are Problems and NumPy computes infinities without a word.  A program sees exceptions of Python's own types
with PyTorch's messages, and its own NumPy warnings as they are.  The Problem stays on the exception as its context, so that
whoever reports it (`gradcli.script`) knows the hint.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable
from functools import partial, update_wrapper
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from gradcli.errors import Problem

if TYPE_CHECKING:
    from contextvars import ContextVar, Token

Result = TypeVar("Result")


class LinAlgError(RuntimeError):
    """PyTorch's error of linear algebra: a matrix that is singular, or not positive-definite."""

    __module__ = "torch._C"


LinAlgError.__name__ = LinAlgError.__qualname__ = "_LinAlgError"  # as PyTorch prints it
_OTHERS: dict[str, type[Exception]] = {"LinAlgError": LinAlgError}


def exception(problem: Problem) -> Exception:
    """The exception that a program catches: Python's type and PyTorch's whole message, with the problem as its context."""
    kind = _OTHERS.get(problem.type) or getattr(builtins, problem.type, RuntimeError)
    if not (isinstance(kind, type) and issubclass(kind, Exception)):
        kind = RuntimeError
    error: Exception = kind(problem.theirs)
    error.__context__ = problem
    error.__suppress_context__ = True
    return error


def failure(kind: str, message: str, *, hint: str | None = None, code: str = "argument") -> Exception:
    """The exception of a mistake that this package finds itself: `raise failure("TypeError", "...", hint="...")`."""
    return exception(Problem(code, message, type=kind, hint=hint))


def problem_of(error: BaseException | None) -> Problem | None:
    """The problem behind an exception, if it came over the boundary."""
    if isinstance(error, Problem):
        return error
    context = None if error is None else error.__context__
    return context if isinstance(context, Problem) else None


# --- NumPy's error state --------------------------------------------------------------------------------------------
# `np.errstate` takes five times as long as what it does in the end, setting a context variable.

_listener: Callable[[str], None] | None = None


def listen(listener: Callable[[str], None] | None) -> None:
    """Have `listener("divide by zero")` (or "overflow", "invalid value") called whenever NumPy meets such a thing inside."""
    global _listener
    _listener = listener


def _heard(kind: str, flag: int) -> None:
    if _listener is not None:
        _listener(kind)


_state: ContextVar[Any] = np._core.umath._extobj_contextvar  # type: ignore[attr-defined]
_quiet: Any = np._core.umath._make_extobj(  # type: ignore[attr-defined]
    all="ignore", divide="call", over="call", invalid="call", call=_heard
)

enter: Callable[[], Token[Any]] = partial(_state.set, _quiet)
"""Let NumPy compute infinities without a word, until `leave` is called with what this gives."""
leave: Callable[[Token[Any]], None] = _state.reset


def guarded(function: Callable[..., Result]) -> Callable[..., Result]:
    """A function as programs call it: quiet inside, and with exceptions of Python's."""

    def call(*args: Any, **keywords: Any) -> Result:
        token = _state.set(_quiet)
        try:
            return function(*args, **keywords)
        except Problem as problem:
            raise exception(problem) from None
        finally:
            _state.reset(token)

    update_wrapper(call, function)
    return call
