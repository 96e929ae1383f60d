"""`with` and `try` as closures: what happens on the way out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any

from gradcli.run.script.closures.rules import STATEMENTS, Evaluate, Run, block, expression
from gradcli.run.script.closures.targets import delete, store
from gradcli.run.script.frames import Frame, Signal
from gradcli.run.script.raising import as_exception, catchable
from gradcli.run.script.scopes import Scope
from gradcli.text import nodes as syntax
from gradcli.text import statements as st


def _with(node: st.With, scope: Scope) -> Run:
    body = block(node.body.statements, scope)
    for item in reversed(node.items):
        body = _with_one(item, body, scope)
    return body


def _with_one(item: st.WithItem, body: Run, scope: Scope) -> Run:
    value = expression(item.value, scope)
    put = store(item.target, scope) if item.target is not None else None

    def run(frame: Frame) -> Signal | None:
        manager = value(frame)
        check_manager(manager)
        with manager as entered:
            if put is not None:
                put(frame, entered)
            return body(frame)
        return None

    return run


def check_manager(manager: Any) -> None:
    """Refuse what `with` cannot enter and leave.  Raises TypeError."""
    if not (hasattr(type(manager), "__enter__") and hasattr(type(manager), "__exit__")):
        raise TypeError(f"'{type(manager).__name__}' object does not support the context manager protocol")


def _try(node: st.Try, scope: Scope) -> Run:
    body = block(node.body.statements, scope)
    handlers = [(*handler(each, scope), block(each.body.statements, scope)) for each in node.handlers]
    otherwise = block(node.otherwise.statements, scope) if node.otherwise is not None else None
    final = block(node.final.statements, scope) if node.final is not None else None

    def guarded(frame: Frame) -> Signal | None:
        try:
            signal = body(frame)
        except BaseException as error:
            if not catchable(error):
                raise
            return _handled(frame, handlers, error)
        if signal is None and otherwise is not None:
            return otherwise(frame)
        return signal

    if final is None:
        return guarded

    def run(frame: Frame) -> Signal | None:
        try:
            signal = guarded(frame)
        except BaseException:
            ended = final(frame)
            if ended is not None:  # a return in `finally` drops the exception, as in Python
                return ended
            raise
        ended = final(frame)
        return ended if ended is not None else signal

    return run


def _handled(frame: Frame, handlers: list[Any], error: BaseException) -> Signal | None:
    seen = as_exception(error)
    for matches, caught, run in handlers:
        if matches(frame, seen):
            with caught(frame, seen):
                return run(frame)  # type: ignore[no-any-return]
    raise error


def handler(
    node: st.Handler, scope: Scope
) -> tuple[Callable[[Frame, BaseException], bool], Callable[[Frame, BaseException], AbstractContextManager[None]]]:
    """The head of an `except`: whether it is for an exception, and what holds while its block runs."""
    kinds: Evaluate | None = expression(node.type, scope) if node.type is not None else None
    name = syntax.Name(node.span, node.name) if node.name else None
    put = store(name, scope) if name is not None else None
    forget = delete(name, scope) if name is not None else None

    def matches(frame: Frame, error: BaseException) -> bool:
        if kinds is None:
            return True
        kind = kinds(frame)
        for each in kind if isinstance(kind, tuple) else (kind,):
            if not (isinstance(each, type) and issubclass(each, BaseException)):
                raise TypeError("catching classes that do not inherit from BaseException is not allowed")
        return isinstance(error, kind)

    @contextmanager
    def caught(frame: Frame, error: BaseException) -> Iterator[None]:
        frame.handled.append(error)
        if put is not None:
            put(frame, error)
        try:
            yield
            frame.context.failure = None  # dealt with: it shall keep no values alive
        finally:
            frame.handled.pop()
            if forget is not None:
                with suppress(NameError):  # the script may have deleted it
                    forget(frame)

    return matches, caught


STATEMENTS.update(
    {
        st.With: _with,
        st.Try: _try,
    }
)
