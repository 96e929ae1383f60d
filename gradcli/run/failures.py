"""What Python and NumPy raise where a number or an array cannot be had, as the Problem that it amounts to."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TypeVar

from gradcli.errors import Problem

T = TypeVar("T")

# NumPy's own words, which are stable enough to be told apart by; anything else that it raises is a bug of ours.
_TOO_MANY_DIMENSIONS = "maximum supported dimension"
_TOO_LARGE = ("Maximum allowed dimension", "array is too big", "iterator is too large", "Maximum allowed size")


def kept_going(work: Callable[[], T]) -> T | Problem:
    """What `work` gives, or the Problem for which it has failed, a bug of ours (code "internal") included.

    So one record among many ends none of those after it.  Only the user's own interruption passes.
    """
    try:
        return work()
    except Problem as problem:
        return problem
    except MemoryError:
        return no_memory()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit and the like are as foreign here as any other
        return bug(error, "internal", "its record")


def no_memory() -> Problem:
    """What is said of a record that does not fit into what is left of the memory."""
    return Problem("limit", "not enough memory for this record", type="MemoryError", hint="raise the limit with --max-memory")


def understood(error: Exception) -> Problem:
    """The Problem, without a place, that an exception stands for; one that nobody foresaw is raised again.

    Where `gradcli.torch` has been imported, tensors' own operators raise Python's exceptions, with the Problem behind them.
    """
    if error.__suppress_context__ and isinstance(error.__context__, Problem):
        return error.__context__
    if isinstance(error, MemoryError):
        return Problem(
            "limit",
            "not enough memory within the limit",
            type="MemoryError",
            hint="use smaller tensors, or raise the limit with --max-memory",
        )
    if isinstance(error, OverflowError):
        return Problem(
            "overflow",
            "int too big to convert: a whole number here is larger than its tensor can hold",
            type="OverflowError",
            hint="write it with a decimal point or an exponent, as 1e30",
        )
    words = str(error) if isinstance(error, ValueError) else ""
    if _TOO_MANY_DIMENSIONS in words:
        return Problem("limit", "a tensor has at most 64 dimensions here", type="RuntimeError", hint="reshape it first")
    if any([part in words for part in _TOO_LARGE]):
        return Problem(
            "limit",
            "Storage size calculation overflowed: no tensor can have so many elements",
            type="RuntimeError",
            hint="use a smaller shape",
        )
    raise error


def bug(error: BaseException, code: str = "bug", reporting: str = "your command line") -> Problem:
    """What to say of an exception that nothing foresaw; `reporting` is what its report should bring along."""
    if os.environ.get("GRADCLI_TRACEBACK"):
        import traceback

        traceback.print_exception(error)
    from gradcli import __version__

    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    place = f"{os.path.basename(last.tb_frame.f_code.co_filename)}, line {last.tb_lineno}; " if last else ""
    python = ".".join(map(str, sys.version_info[:3]))
    return Problem(
        code,
        f"this is a bug in gradcli: {type(error).__name__}: {_said(error)} ({place}gradcli {__version__}, Python {python})",
        type=type(error).__name__,
        hint=f"please report this line with {reporting}; GRADCLI_TRACEBACK=1 shows the traceback",
    )


def _said(error: BaseException) -> str:
    """What an exception says, or that it cannot even say that."""
    try:
        return str(error)
    except Exception:
        return "an exception without words"
