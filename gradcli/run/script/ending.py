"""What scripts leave to the end: finalizers, which run when a value is let go of, and what fails in them."""

from __future__ import annotations

import sys
from _thread import interrupt_main, start_new_thread
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gradcli.errors import Problem
from gradcli.run.script.context import Context
from gradcli.run.script.raising import attempt


@contextmanager
def finalizing(context: Context) -> Iterator[None]:
    """Let what a `__del__` raises, which nobody can catch, be told in a line of the script's standard error."""

    def tell(unraisable: Any) -> None:
        ignored(context, _named(unraisable.object), unraisable.exc_value)

    before, sys.unraisablehook = sys.unraisablehook, tell
    try:
        yield
    finally:
        sys.unraisablehook = before


def ignored(context: Context, where: str, error: Any) -> None:
    """Tell of an exception that nobody can catch, in the words of Python."""
    if isinstance(error, KeyboardInterrupt):
        start_new_thread(interrupt_main, ())  # it cannot be raised here: a moment later it can
    elif not isinstance(error, BrokenPipeError) and not (isinstance(error, Problem) and error.code == "limit"):
        context.write_error(f"Exception ignored in: {where}\n{_said(error)}\n")


def _named(finalizer: Any) -> str:
    plain = getattr(finalizer, "__func__", finalizer)
    return getattr(plain, "qualified", None) or type(finalizer).__name__


def _said(error: Any) -> str:
    words = error.message if isinstance(error, Problem) else attempt(str, error, "")
    return ": ".join([error.type if isinstance(error, Problem) else type(error).__name__, *([words] if words else [])])


def let_go(names: dict[str, Any]) -> None:
    """Let go of the values of a script's names, one after the other, as Python does at its end: finalizers run now."""
    for name in [*names]:
        if name[:2] != "__":
            names[name] = None
