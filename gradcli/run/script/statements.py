"""Statements of scripts as closures: each gives None, or a Signal that its block passes on (break, continue, return)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any

from gradcli.errors import Problem
from gradcli.run.script import attributes, modules
from gradcli.run.script.expressions import Evaluate, expression, parameter_names, parameters, store
from gradcli.run.script.frames import BREAK, CONTINUE, Frame, Signal
from gradcli.run.script.functions import Function
from gradcli.run.script.raising import as_exception, catchable, located
from gradcli.run.script.scopes import Scope, bindings
from gradcli.run.script.values import augmented, delete_item, iterate
from gradcli.text import nodes as syntax
from gradcli.text import statements as st

Run = Callable[[Frame], Signal | None]


def statement(node: Any, scope: Scope) -> Run:
    """The closure of one statement."""
    return _STATEMENTS[type(node)](node, scope)


def block(nodes: Any, scope: Scope) -> Run:
    """The closure of statements one after the other."""
    steps = [(node.span.line, statement(node, scope), node) for node in nodes]

    def run(frame: Frame) -> Signal | None:
        context = frame.context
        for line, step, node in steps:
            context.line = line
            try:
                signal = step(frame)
            except Exception as error:
                located(error, node, frame)
                raise
            if signal is not None:
                return signal
        return None

    return run


def _silent(step: Callable[[Frame], Any]) -> Run:
    def run(frame: Frame) -> None:
        step(frame)

    return run


# --- one line -------------------------------------------------------------------------------------------------------


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
    if node.value is None:
        return lambda frame: None
    put, value = store(node.target, scope), expression(node.value, scope)
    return _silent(lambda frame: put(frame, value(frame)))


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
    from gradcli.run.script.values import item, set_item

    key = expression(target.index, scope)  # type: ignore[attr-defined]

    def change_item(frame: Frame) -> None:
        holder, place = owner(frame), key(frame)
        set_item(holder, place, augmented(symbol, item(holder, place), value(frame)))

    return change_item


def _delete(node: st.Delete, scope: Scope) -> Run:
    return _in_turn([_delete_one(target, scope) for target in node.targets])


def _in_turn(steps: list[Callable[[Frame], None]]) -> Callable[[Frame], None]:
    def run(frame: Frame) -> None:
        for step in steps:
            step(frame)

    return run


def _delete_one(target: Any, scope: Scope) -> Callable[[Frame], None]:
    if isinstance(target, (syntax.Tuple, syntax.List)):
        steps = [_delete_one(each, scope) for each in target.items]
        return _in_turn(steps)
    if isinstance(target, syntax.Name):
        name, here = target.id, scope.depth_of(target.id) == 0 or scope.kind == "class"

        def forget(frame: Frame) -> None:
            names = frame.names if here else frame.module
            if name not in names:
                raise NameError(f"name '{name}' is not defined")
            del names[name]

        return forget
    owner = expression(target.object, scope)
    if isinstance(target, syntax.Attribute):
        return lambda frame: attributes.delete(owner(frame), target.name)
    key = expression(target.index, scope)
    return lambda frame: delete_item(owner(frame), key(frame))


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
        if not isinstance(error, Exception):
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


# --- blocks ---------------------------------------------------------------------------------------------------------


def _if(node: st.If, scope: Scope) -> Run:
    links, last = chain(node)
    branches = [(expression(each.test, scope), block(each.body.statements, scope), each.test) for each in links]
    otherwise = block(last.statements, scope) if last is not None else None

    def run(frame: Frame) -> Signal | None:
        for test, body, place in branches:
            try:
                holds = bool(test(frame))
            except Exception as error:
                located(error, place, frame)
                raise
            if holds:
                return body(frame)
        return otherwise(frame) if otherwise is not None else None

    return run


def chain(node: st.If) -> tuple[list[st.If], st.Block | None]:
    """An If with those that stand in the place of its `else`, as `elif` does, and the block behind the last of them."""
    links: list[st.If] = []
    rest: Any = node
    while isinstance(rest, st.If):
        links.append(rest)
        rest = rest.otherwise
    return links, rest


def _while(node: st.While, scope: Scope) -> Run:
    test, body = expression(node.test, scope), block(node.body.statements, scope)
    otherwise = block(node.otherwise.statements, scope) if node.otherwise is not None else None

    def run(frame: Frame) -> Signal | None:
        while test(frame):
            signal = body(frame)
            if signal is not None and signal is not CONTINUE:
                return None if signal is BREAK else signal
        return otherwise(frame) if otherwise is not None else None

    return run


def _for(node: st.For, scope: Scope) -> Run:
    iterable, put, body = expression(node.iterable, scope), store(node.target, scope), block(node.body.statements, scope)
    otherwise = block(node.otherwise.statements, scope) if node.otherwise is not None else None

    def run(frame: Frame) -> Signal | None:
        try:
            values = iterate(iterable(frame))
        except Exception as error:
            located(error, node.iterable, frame)
            raise
        for value in values:
            put(frame, value)
            signal = body(frame)
            if signal is not None and signal is not CONTINUE:
                return None if signal is BREAK else signal
        return otherwise(frame) if otherwise is not None else None

    return run


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
        except Exception as error:
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


def _handled(frame: Frame, handlers: list[Any], error: Exception) -> Signal | None:
    seen = as_exception(error)
    for matches, caught, run in handlers:
        if matches(frame, seen):
            with caught(frame, seen):
                return run(frame)  # type: ignore[no-any-return]
    raise error


def handler(
    node: st.Handler, scope: Scope
) -> tuple[Callable[[Frame, Exception], bool], Callable[[Frame, Exception], AbstractContextManager[None]]]:
    """The head of an `except`: whether it is for an exception, and what holds while its block runs."""
    kinds: Evaluate | None = expression(node.type, scope) if node.type is not None else None
    name = syntax.Name(node.span, node.name) if node.name else None
    put = store(name, scope) if name is not None else None
    forget = _delete_one(name, scope) if name is not None else None

    def matches(frame: Frame, error: Exception) -> bool:
        if kinds is None:
            return True
        kind = kinds(frame)
        for each in kind if isinstance(kind, tuple) else (kind,):
            if not (isinstance(each, type) and issubclass(each, BaseException)):
                raise TypeError("catching classes that do not inherit from BaseException is not allowed")
        return isinstance(error, kind)

    @contextmanager
    def caught(frame: Frame, error: Exception) -> Iterator[None]:
        frame.handled.append(error)
        if put is not None:
            put(frame, error)
        try:
            yield
        finally:
            frame.handled.pop()
            if forget is not None:
                with suppress(NameError):  # the script may have deleted it
                    forget(frame)

    return matches, caught


# --- definitions ----------------------------------------------------------------------------------------------------


def _docstring(body: Any) -> str | None:
    first = body.statements[0]
    is_text = isinstance(first, st.ExpressionStatement) and isinstance(first.value, syntax.String)
    return first.value.value if is_text else None


def _decorated(node: Any, scope: Scope, make: Callable[[Frame], Any]) -> Run:
    decorators = [expression(each, scope) for each in node.decorators]
    put = store(syntax.Name(node.span, node.name), scope)

    def run(frame: Frame) -> None:
        applied = [each(frame) for each in decorators]
        value = make(frame)
        for decorate in reversed(applied):
            value = decorate(value)
        put(frame, value)

    return run


def _function(node: st.Function, scope: Scope) -> Run:
    inner = bindings(Scope("function", scope, parameter_names(node.parameters)), node.body.statements)
    qualified = scope.qualified(node.name)
    inner.title = f"{qualified}.<locals>"
    body, taken, doc = _function_body(node, inner), parameters(node.parameters, scope), _docstring(node.body)
    in_class = scope.kind == "class"

    def make(frame: Frame) -> Function:
        return Function(qualified, taken(frame), body, frame.parent or frame if in_class else frame, doc)

    return _decorated(node, scope, make)


def _function_body(node: st.Function, scope: Scope) -> Run:
    if scope.yields:
        from gradcli.run.script.generators.statements import function_body  # few scripts have any

        return function_body(node.name, node.body.statements, scope)
    return block(node.body.statements, scope)


def _class(node: st.Class, scope: Scope) -> Run:
    inner = bindings(Scope("class", scope), node.body.statements)
    inner.title = scope.qualified(node.name)
    body = block(node.body.statements, inner)
    bases = [expression(each, scope) for each in node.arguments]
    if node.keywords:
        raise Problem("syntax", "a class takes no keywords here", type="TypeError", span=node.span)
    doc = _docstring(node.body)

    def make(frame: Frame) -> type:
        below = Frame({}, frame.module, frame.context, frame)
        body(below)
        kinds = tuple([each(frame) for each in bases])
        made = attributes.make_class(node.name, kinds, {"__doc__": doc, "__qualname__": inner.title, **below.names})
        for value in below.names.values():
            plain = getattr(value, "__func__", None) or getattr(value, "fget", None) or value
            if isinstance(plain, Function):
                plain.owner = made
        return made

    return _decorated(node, scope, make)


_STATEMENTS: dict[type, Callable[[Any, Scope], Run]] = {
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
    st.Pass: lambda node, scope: lambda frame: None,
    st.Break: lambda node, scope: lambda frame: BREAK,
    st.Continue: lambda node, scope: lambda frame: CONTINUE,
    st.Global: lambda node, scope: lambda frame: None,
    st.Nonlocal: lambda node, scope: lambda frame: None,
    st.If: _if,
    st.While: _while,
    st.For: _for,
    st.With: _with,
    st.Try: _try,
    st.Function: _function,
    st.Class: _class,
}
