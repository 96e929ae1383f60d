"""Statements of one line as closures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.errors import Problem
from gradcli.run.script import attributes, modules
from gradcli.run.script.closures.rules import STATEMENTS, Run, expression
from gradcli.run.script.closures.targets import delete, in_turn, store
from gradcli.run.script.frames import BREAK, CONTINUE, Frame, Signal
from gradcli.run.script.raising import located, of_scripts
from gradcli.run.script.scopes import Scope
from gradcli.run.script.values import augmented, item, set_item
from gradcli.text import nodes as syntax
from gradcli.text import statements as st


def _silent(step: Callable[[Frame], Any]) -> Run:
    def run(frame: Frame) -> None:
        step(frame)

    return run


def _expression_statement(node: st.ExpressionStatement, scope: Scope) -> Run:
    value = expression(node.value, scope)
    if not scope.echoes:
        return _silent(value)
    return _silent(lambda frame: frame.context.display(value(frame)))


def _assignment(node: st.Assignment, scope: Scope) -> Run:
    value = expression(node.value, scope)
    first, *rest = [store(target, scope) for target in node.targets]
    if not rest:
        return _silent(lambda frame: first(frame, value(frame)))

    def run(frame: Frame) -> None:
        result = value(frame)
        for put in (first, *rest):
            put(frame, result)

    return run


def _annotated(node: st.AnnotatedAssign, scope: Scope) -> Run:
    """Annotations are not looked at; a class knows which of its names have one, since `dataclass` asks for them."""
    target, value = node.target, expression(node.value, scope) if node.value is not None else None
    put = store(target, scope) if value is not None else None
    named = _told(node) if scope.kind == "class" and isinstance(target, syntax.Name) else None

    def run(frame: Frame) -> None:
        if put is not None and value is not None:
            put(frame, value(frame))
        if named is not None:
            frame.names.setdefault("__annotations__", {}).update(named)

    return run


def _told(node: Any) -> dict[str, str]:
    from gradcli.text.printing import unparse  # few scripts have classes that annotate names

    return {node.target.id: unparse(node.annotation)}


def _augmented(node: st.AugmentedAssign, scope: Scope) -> Run:
    """The target's own parts are computed once."""
    target, symbol, value = node.target, node.operator, expression(node.value, scope)
    if isinstance(target, syntax.Name):
        load, put = expression(target, scope), store(target, scope)
        return _silent(lambda frame: put(frame, augmented(symbol, load(frame), value(frame))))
    owner = expression(target.object, scope)  # type: ignore[attr-defined]
    if isinstance(target, syntax.Attribute):
        name = target.name

        def change_attribute(frame: Frame) -> None:
            holder = owner(frame)
            attributes.write(holder, name, augmented(symbol, attributes.read(holder, name), value(frame)))

        return change_attribute
    key = expression(target.index, scope)  # type: ignore[attr-defined]

    def change_item(frame: Frame) -> None:
        holder, place = owner(frame), key(frame)
        set_item(holder, place, augmented(symbol, item(holder, place), value(frame)))

    return change_item


def _delete(node: st.Delete, scope: Scope) -> Run:
    return in_turn([delete(target, scope) for target in node.targets])


def _return(node: st.Return, scope: Scope) -> Run:
    if node.value is None:
        return lambda frame: Signal()
    value = expression(node.value, scope)
    return lambda frame: Signal(value(frame))


def _raise(node: st.Raise, scope: Scope) -> Run:
    if node.exception is None:
        return _raise_again
    exception = expression(node.exception, scope)
    cause = expression(node.cause, scope) if node.cause is not None else None

    def run(frame: Frame) -> None:
        error = exception(frame)
        error = error() if isinstance(error, type) and issubclass(error, BaseException) else error
        if not (of_scripts(error) or type(error) is KeyboardInterrupt):
            raise TypeError("exceptions must derive from BaseException")
        if cause is not None:
            error.__cause__ = cause(frame)
        raise error

    return run


def _raise_again(frame: Frame) -> None:
    at: Frame | None = frame
    while at is not None and not at.handled:
        at = at.parent
    if at is None:
        raise RuntimeError("No active exception to reraise")
    raise at.handled[-1]


def _assert(node: st.Assert, scope: Scope) -> Run:
    test = expression(node.test, scope)
    message = expression(node.message, scope) if node.message is not None else None

    def run(frame: Frame) -> None:
        if not test(frame):
            raise AssertionError(*([message(frame)] if message is not None else []))

    return run


def _import(node: st.Import, scope: Scope) -> Run:
    imported = []
    for alias in node.names:
        name = alias.rename or alias.name.partition(".")[0]
        imported.append((alias.name, alias.name if alias.rename else name, store(syntax.Name(alias.span, name), scope), alias))

    def run(frame: Frame) -> None:
        for full, kept, put, alias in imported:
            try:
                modules.find(full)
                put(frame, modules.find(kept))
            except Exception as error:
                located(error, alias, frame)
                raise

    return run


def _import_from(node: st.ImportFrom, scope: Scope) -> Run:
    if node.level:
        raise Problem("syntax", "a script has no package to import from", type="ImportError", span=node.span)
    names = [
        (alias, store(syntax.Name(alias.span, alias.rename or alias.name), scope)) for alias in node.names if alias.name != "*"
    ]
    everything = any([alias.name == "*" for alias in node.names])

    def run(frame: Frame) -> None:
        module = modules.find(node.module)
        if everything:
            (frame.module if scope.kind == "module" else frame.names).update(module.public())
        for alias, put in names:
            try:
                put(frame, modules.member(module, alias.name))
            except Exception as error:
                located(error, alias, frame)
                raise

    return run


def _nothing(node: Any, scope: Scope) -> Run:
    return lambda frame: None


STATEMENTS.update(
    {
        st.ExpressionStatement: _expression_statement,
        st.Assignment: _assignment,
        st.AnnotatedAssign: _annotated,
        st.AugmentedAssign: _augmented,
        st.Delete: _delete,
        st.Return: _return,
        st.Raise: _raise,
        st.Assert: _assert,
        st.Import: _import,
        st.ImportFrom: _import_from,
        st.Pass: _nothing,
        st.Global: _nothing,
        st.Nonlocal: _nothing,
        st.Break: lambda node, scope: lambda frame: BREAK,
        st.Continue: lambda node, scope: lambda frame: CONTINUE,
    }
)
