"""Exceptions of scripts: what a Problem is to a script that catches it, and where an uncaught one arose."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator
from typing import Any

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor
from gradcli.run.failures import understood
from gradcli.run.script.classes import Instance
from gradcli.run.script.context import Context, current
from gradcli.text import nodes as syntax

_UNCATCHABLE = frozenset({"limit", "file"})  # a script may not outlive its limits, nor its output
_MOST_VALUES = 4  # that an uncaught error tells
_LONGEST_VALUE = 40  # characters


class LinAlgError(RuntimeError):
    """PyTorch's error of linear algebra."""


LinAlgError.__name__ = "_LinAlgError"  # as PyTorch calls it


class Stopped(Exception):
    """A StopIteration of the script's on its way through generators of the host's, which would make another error of it."""

    def __init__(self, error: StopIteration) -> None:
        self.error = error


class Thrown(BaseException):
    """A GeneratorExit on its way to the `yield` that is to raise it.

    Thrown as itself into a generator of the host's, it would close the generators in there one by one, and none of them
    could answer it.
    """

    def __init__(self, error: GeneratorExit) -> None:
        super().__init__()
        self._errors = [error]

    def taken(self) -> GeneratorExit:
        """What is to be raised; once, since the two would hold each other, and with them the frames of all callers."""
        return self._errors.pop()


def of_scripts(error: Any) -> bool:
    """Whether it is an exception that scripts have: Ctrl-C is none, and neither is what travels through generators."""
    return isinstance(error, (Exception, GeneratorExit, Instance, SystemExit)) or type(error) is BaseException


def catchable(error: BaseException) -> bool:
    """Whether a script's `except` may see it."""
    if isinstance(error, Problem):
        return error.code not in _UNCATCHABLE
    return of_scripts(error) and not isinstance(error, BrokenPipeError)


def as_exception(error: BaseException) -> BaseException:
    """The exception that a script sees: a Problem is one of its type, with PyTorch's words, and remembers where it is from."""
    if not isinstance(error, Problem):
        return error.error if isinstance(error, Stopped) else error
    kind = LinAlgError if error.type == "LinAlgError" else getattr(builtins, error.type, RuntimeError)
    if not (isinstance(kind, type) and issubclass(kind, Exception)):
        kind = RuntimeError
    seen: Exception = kind(error.theirs)
    seen.__cause__ = error
    return seen


def located(error: BaseException, node: Any, frame: Any) -> None:
    """Note the innermost syntax node at which an exception arose, and the frame that holds its names."""
    context = current()
    if context.failure is None or context.failure[0] is not error:
        context.failure = (error, node, frame)


def as_problem(error: BaseException, context: Context) -> Problem:
    """An exception that nothing caught, as the Problem that is reported: its type, the place, the values, a way out."""
    problem = understood(error) if isinstance(error, MemoryError) else error if isinstance(error, Problem) else error.__cause__
    known = problem if isinstance(problem, Problem) else None
    if known is not None and known.source is not None:
        return known
    kind = known.type if known is not None else type(error).__name__
    words = known.message if known is not None else _said(error)
    node, frame = context.failure[1:] if context.failure is not None and context.failure[0] is error else (None, None)
    source, text = context.text_of(frame)  # a function of an earlier input at a prompt has its own
    code = "uncaught" if known is None or known.code == "syntax" else known.code
    return Problem(
        code,
        words if code in _UNCATCHABLE else f"{kind}: {words}" if words else kind,
        type=kind,
        hint=known.hint if known is not None else None,
        span=node.span if node is not None else known.span if known is not None else None,
        source=source,
        text=text,
        values=", ".join(_values(node, frame)) or None,
    )


def _said(error: BaseException) -> str:
    """What an exception says; a `__str__` of the script's may fail itself."""
    return attempt(str, error, "<exception str() failed>")


def attempt(describe: Callable[[Any], str], value: Any, otherwise: str) -> str:
    """`str` or `repr` of a value; what a method of the script's raises there, on the way to an end, is nobody's business."""
    try:
        return describe(value)
    except BaseException as error:
        if not of_scripts(error):
            raise
        return otherwise


def _values(node: Any, frame: Any) -> list[str]:
    """What the variables that a piece of text names stand for, where it failed."""
    found: dict[str, str] = {}
    for name in _names(node):
        value = _looked_up(name, frame)
        shown = f"{name} has shape {list(value.shape)}" if isinstance(value, Tensor) else _short(name, value)
        if shown is not None and len(found) < _MOST_VALUES:
            found.setdefault(name, shown)
    return list(found.values())


def _names(node: Any) -> Iterator[str]:
    work = [node] if node is not None else []
    while work:
        each = work.pop()
        if isinstance(each, syntax.Name):
            yield each.id
        elif not hasattr(each, "body"):  # of a statement with a block, only its head is at fault
            work.extend(reversed(list(syntax.children(each))))


def _looked_up(name: str, frame: Any) -> Any:
    while frame is not None:
        if name in frame.names:
            return frame.names[name]
        if frame.parent is None:
            return frame.module.get(name)
        frame = frame.parent
    return None


def _short(name: str, value: Any) -> str | None:
    """A number or a short text or list; what tells nothing at a glance is left out."""
    if type(value) not in (int, float, bool, str, list, tuple, dict):
        return None
    shown = attempt(repr, value, "") if type(value) in (int, float, bool) or len(value) <= _LONGEST_VALUE else ""
    return f"{name} = {shown}" if 0 < len(shown) <= _LONGEST_VALUE else None
