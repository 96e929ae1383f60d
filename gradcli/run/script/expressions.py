"""Expressions of scripts as closures: each syntax node becomes a function of a frame that gives its value.

A closure that can fail notes its node on the exception that passes through it (`located`); on the way without exceptions
that costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from gradcli.errors import Problem
from gradcli.run.script import attributes, builtins, formatting, guards
from gradcli.run.script.classes import type_name
from gradcli.run.script.frames import MISSING, Frame, Signal
from gradcli.run.script.functions import Function, Parameters
from gradcli.run.script.raising import located
from gradcli.run.script.scopes import Scope, bindings, target_names
from gradcli.run.script.values import BINARY, COMPARISONS, UNARY, item, iterate, unpacked
from gradcli.text import nodes as syntax
from gradcli.text import phrases

Evaluate = Callable[[Frame], Any]
Store = Callable[[Frame, Any], None]


def expression(node: Any, scope: Scope) -> Evaluate:
    """The closure of an expression."""
    return _EXPRESSIONS[type(node)](node, scope)


def _fallible(node: Any, evaluate: Evaluate) -> Evaluate:
    def run(frame: Frame) -> Any:
        try:
            return evaluate(frame)
        except Exception as error:
            located(error, node, frame)
            raise

    return run


def _constant(node: Any, scope: Scope) -> Evaluate:
    value = node.value
    return lambda frame: value


# --- names ----------------------------------------------------------------------------------------------------------


def _name(node: syntax.Name, scope: Scope) -> Evaluate:
    name = node.id
    if scope.kind == "class":
        return _fallible(node, _class_name(name, scope))
    depth = scope.depth_of(name)
    if depth is None:
        return _global_name(node)
    return _local_name(node) if depth == 0 else _fallible(node, lambda frame: _up(frame, depth, name))


def _global_name(node: syntax.Name) -> Evaluate:
    name, known = node.id, builtins.NAMES

    def load(frame: Frame) -> Any:
        value = frame.module.get(name, MISSING)
        if value is MISSING:
            value = known.get(name, MISSING)
            if value is MISSING:
                error = builtins.undefined(name, frame.module)
                located(error, node, frame)
                raise error
        return value

    return load


def _local_name(node: syntax.Name) -> Evaluate:
    name = node.id

    def load(frame: Frame) -> Any:
        try:
            return frame.names[name]
        except KeyError:
            error = UnboundLocalError(f"cannot access local variable '{name}' where it is not associated with a value")
            located(error, node, frame)
            raise error from None

    return load


def _up(frame: Frame, depth: int, name: str) -> Any:
    for _ in range(depth):
        assert frame.parent is not None
        frame = frame.parent
    if name not in frame.names:
        raise NameError(f"cannot access free variable '{name}' where it is not associated with a value in enclosing scope")
    return frame.names[name]


def _class_name(name: str, scope: Scope) -> Evaluate:
    """In a class body: its own names first, then those around it."""
    depth = scope.parent.depth_of(name) if scope.parent is not None else None

    def load(frame: Frame) -> Any:
        if name in frame.names:
            return frame.names[name]
        if depth is not None:
            return _up(frame, depth + 1, name)
        value = frame.module.get(name, builtins.NAMES.get(name, MISSING))
        if value is MISSING:
            raise builtins.undefined(name, frame.module)
        return value

    return load


def store(target: Any, scope: Scope) -> Store:
    """The closure that assigns to a target."""
    if isinstance(target, syntax.Name):
        return _store_name(target.id, scope)
    if isinstance(target, syntax.Attribute):
        return _store_attribute(target, scope)
    if isinstance(target, syntax.Index):
        return _store_item(target, scope)
    return _store_several(target, scope)


def _store_name(name: str, scope: Scope) -> Store:
    depth = 0 if scope.kind == "class" and name not in scope.globals else scope.depth_of(name)
    if depth is None:

        def put(frame: Frame, value: Any) -> None:
            frame.module[name] = value
    elif depth == 0:

        def put(frame: Frame, value: Any) -> None:
            frame.names[name] = value
    else:

        def put(frame: Frame, value: Any) -> None:
            for _ in range(depth):
                frame = frame.parent  # type: ignore[assignment]
            frame.names[name] = value

    return put


def _store_attribute(target: syntax.Attribute, scope: Scope) -> Store:
    owner, name = expression(target.object, scope), target.name

    def put(frame: Frame, value: Any) -> None:
        try:
            attributes.write(owner(frame), name, value)
        except Exception as error:
            located(error, target, frame)
            raise

    return put


def _store_item(target: syntax.Index, scope: Scope) -> Store:
    from gradcli.run.script.values import set_item

    owner, key = expression(target.object, scope), expression(target.index, scope)

    def put(frame: Frame, value: Any) -> None:
        try:
            set_item(owner(frame), key(frame), value)
        except Exception as error:
            located(error, target, frame)
            raise

    return put


def _store_several(target: Any, scope: Scope) -> Store:
    places = [index for index, each in enumerate(target.items) if isinstance(each, phrases.Starred)]
    stores = [store(each.value if isinstance(each, phrases.Starred) else each, scope) for each in target.items]
    before = places[0] if places else len(stores)
    after = len(stores) - before - 1 if places else 0

    def put(frame: Frame, value: Any) -> None:
        try:
            values = unpacked(value, before, bool(places), after)
        except Exception as error:
            located(error, target, frame)
            raise
        for each, single in zip(stores, values):
            each(frame, single)

    return put


# --- operators ------------------------------------------------------------------------------------------------------


def _binary(node: syntax.Binary, scope: Scope) -> Evaluate:
    """A chain of operators on the left is one loop, so that a sum may be as long as it likes."""
    links = []
    first: Any = node
    while isinstance(first, syntax.Binary):
        links.append((BINARY[first.operator], expression(first.right, scope), first))
        first = first.left
    links.reverse()
    start = expression(first, scope)
    if len(links) == 1:
        apply, right, _ = links[0]
        return _fallible(node, lambda frame: apply(start(frame), right(frame)))

    def run(frame: Frame) -> Any:
        value = start(frame)
        for apply, right, link in links:
            try:
                value = apply(value, right(frame))
            except Exception as error:
                located(error, link, frame)
                raise
        return value

    return run


def _unary(node: syntax.Unary, scope: Scope) -> Evaluate:
    apply, operand = UNARY[node.operator], expression(node.operand, scope)
    return _fallible(node, lambda frame: apply(operand(frame)))


def _compare(node: syntax.Compare, scope: Scope) -> Evaluate:
    first, *rest = [expression(each, scope) for each in node.operands]
    links = [(COMPARISONS[symbol], operand) for symbol, operand in zip(node.operators, rest)]
    if len(links) == 1:
        apply, right = links[0]
        return _fallible(node, lambda frame: apply(first(frame), right(frame)))

    def run(frame: Frame) -> Any:
        left = first(frame)
        result: Any = True
        for apply, operand in links:
            right = operand(frame)
            result = apply(left, right)
            if not result:
                return result
            left = right
        return result

    return _fallible(node, run)


def _logic(node: syntax.Logic, scope: Scope) -> Evaluate:
    parts, first = [], node
    stop = node.operator == "or"
    left: Any = node
    while isinstance(left, syntax.Logic) and left.operator == first.operator:
        parts.append(expression(left.right, scope))
        left = left.left
    start = expression(left, scope)
    parts.reverse()

    def run(frame: Frame) -> Any:
        value = start(frame)
        for part in parts:
            if bool(value) is stop:
                return value
            value = part(frame)
        return value

    return _fallible(node, run)


def _conditional(node: syntax.Conditional, scope: Scope) -> Evaluate:
    test, then, otherwise = expression(node.test, scope), expression(node.then, scope), expression(node.otherwise, scope)
    return _fallible(node.test, lambda frame: then(frame) if test(frame) else otherwise(frame))


def _named(node: phrases.NamedExpression, scope: Scope) -> Evaluate:
    outer, depth = scope, 0
    while outer.kind == "comprehension" and outer.parent is not None:  # the name is bound in the function around
        outer, depth = outer.parent, depth + 1
    put, value = _store_name(node.target.id, outer), expression(node.value, scope)

    def run(frame: Frame) -> Any:
        result = value(frame)
        for _ in range(depth):
            frame = frame.parent or frame
        put(frame, result)
        return result

    return run


# --- attributes, indices, calls -------------------------------------------------------------------------------------


def _attribute(node: syntax.Attribute, scope: Scope) -> Evaluate:
    owner, name = expression(node.object, scope), node.name
    read = attributes.read
    return _fallible(node, lambda frame: read(owner(frame), name))


def _index(node: syntax.Index, scope: Scope) -> Evaluate:
    owner, key = expression(node.object, scope), expression(node.index, scope)
    return _fallible(node, lambda frame: item(owner(frame), key(frame)))


def _slice(node: syntax.Slice, scope: Scope) -> Evaluate:
    parts = [
        expression(each, scope) if each is not None else (lambda frame: None) for each in (node.lower, node.upper, node.step)
    ]
    return lambda frame: slice(*[part(frame) for part in parts])


def _call(node: syntax.Call, scope: Scope) -> Evaluate:
    if isinstance(node.function, syntax.Name) and node.function.id == "super" and not node.arguments and not node.keywords:
        return _fallible(node, _super)
    function = expression(node.function, scope)
    starred = any([isinstance(each, phrases.Starred) for each in node.arguments])
    doubled = any([isinstance(each, phrases.DoubleStarred) for each in node.keywords])
    if starred or doubled:
        return _fallible(node, _spread_call(node, function, scope))
    arguments = [expression(each, scope) for each in node.arguments]
    keywords = [_keyword(each, scope) for each in node.keywords]
    if keywords:
        return _fallible(
            node,
            lambda frame: _invoke(
                function(frame), [each(frame) for each in arguments], {name: value(frame) for name, value in keywords}
            ),
        )
    return _fallible(node, lambda frame: _invoke(function(frame), [each(frame) for each in arguments], {}))


def _keyword(node: Any, scope: Scope) -> tuple[Any, Evaluate]:
    """The name (None for `**value`) and the value."""
    return getattr(node, "name", None), expression(node.value, scope)


def _invoke(function: Any, arguments: list[Any], keywords: dict[str, Any]) -> Any:
    if not callable(function):
        raise TypeError(f"'{type_name(function)}' object is not callable")
    return function(*arguments, **keywords)


def _spread_call(node: syntax.Call, function: Evaluate, scope: Scope) -> Evaluate:
    arguments = _items(node.arguments, scope)
    keywords = [_keyword(each, scope) for each in node.keywords]

    def run(frame: Frame) -> Any:
        called = function(frame)
        words: dict[str, Any] = {}
        given = arguments(frame)
        for name, value in keywords:
            found = {name: value(frame)} if name is not None else dict(value(frame))
            twice = [each for each in found if each in words]
            if twice:
                raise TypeError(
                    f"{getattr(called, '__name__', 'function')}() got multiple values for keyword argument '{twice[0]}'"
                )
            words.update(found)
        return _invoke(called, given, words)

    return run


def _super(frame: Frame) -> Any:
    at: Frame | None = frame
    while at is not None and at.owner is None:
        at = at.parent
    if at is None:
        raise RuntimeError("super(): no arguments")
    return super(at.owner, at.receiver)


# --- displays -------------------------------------------------------------------------------------------------------


def _items(nodes: Any, scope: Scope) -> Callable[[Frame], list[Any]]:
    """The values of items, those of starred ones spread."""
    if not any([isinstance(each, phrases.Starred) for each in nodes]):
        plain = [expression(each, scope) for each in nodes]
        return lambda frame: [each(frame) for each in plain]
    parts = [
        (
            isinstance(each, phrases.Starred),
            expression(getattr(each, "value", each) if isinstance(each, phrases.Starred) else each, scope),
        )
        for each in nodes
    ]

    def run(frame: Frame) -> list[Any]:
        values: list[Any] = []
        for spread, value in parts:
            if spread:
                values.extend(guards.collect(iterate(value(frame))))
            else:
                values.append(value(frame))
        return values

    return run


def _list(node: syntax.List, scope: Scope) -> Evaluate:
    return _items(node.items, scope)


def _tuple(node: syntax.Tuple, scope: Scope) -> Evaluate:
    items = _items(node.items, scope)
    return lambda frame: tuple(items(frame))


def _set(node: phrases.Set, scope: Scope) -> Evaluate:
    items = _items(node.items, scope)
    return _fallible(node, lambda frame: set(items(frame)))


def _dict(node: phrases.Dict, scope: Scope) -> Evaluate:
    parts = [
        (None if isinstance(each, phrases.DoubleStarred) else expression(each.key, scope), expression(each.value, scope))
        for each in node.items
    ]

    def run(frame: Frame) -> dict[Any, Any]:
        values: dict[Any, Any] = {}
        for key, value in parts:
            if key is None:
                values.update(value(frame))
            else:
                values[key(frame)] = value(frame)
        return values

    return _fallible(node, run)


def _fstring(node: phrases.FString, scope: Scope) -> Evaluate:
    parts: list[Any] = [each if isinstance(each, str) else _field(each, scope) for each in node.parts]

    def run(frame: Frame) -> str:
        return "".join([each if isinstance(each, str) else each(frame) for each in parts])

    return run


def _field(node: phrases.FormattedValue, scope: Scope) -> Evaluate:
    value = expression(node.value, scope)
    spec = _fstring(node.format, scope) if node.format is not None else (lambda frame: "")
    conversion, text = node.conversion, node.text or ""
    return _fallible(node, lambda frame: text + formatting.formatted(value(frame), conversion, spec(frame)))


# --- functions and comprehensions -----------------------------------------------------------------------------------


def parameters(node: phrases.Parameters, scope: Scope) -> Callable[[Frame], Parameters]:
    """A closure that computes the defaults, which belong to the definition, and gives the parameters."""
    plain = (*node.positional, *node.plain)
    defaults = [
        (each.name, expression(each.default, scope)) for each in (*plain, *node.keyword_only) if each.default is not None
    ]
    names = tuple([each.name for each in plain])
    only_keyword = tuple([each.name for each in node.keyword_only])
    rest = node.star.name if node.star is not None else None
    words = node.double_star.name if node.double_star is not None else None

    def make(frame: Frame) -> Parameters:
        return Parameters(
            names, len(node.positional), only_keyword, rest, words, {name: value(frame) for name, value in defaults}
        )

    return make


def parameter_names(node: phrases.Parameters) -> list[str]:
    """All names that a function takes."""
    return [
        each.name
        for each in (*node.positional, *node.plain, node.star, *node.keyword_only, node.double_star)
        if each is not None
    ]


def _lambda(node: phrases.Lambda, scope: Scope) -> Evaluate:
    inner = bindings(Scope("function", scope, parameter_names(node.parameters)), [node.body])
    qualified = scope.qualified("<lambda>")
    inner.title = f"{qualified}.<locals>"
    body, taken = _lambda_body(node.body, inner), parameters(node.parameters, scope)
    return lambda frame: Function(qualified, taken(frame), body, function_frame(frame), None)


def _lambda_body(node: Any, scope: Scope) -> Callable[[Frame], Signal]:
    if scope.yields:
        from gradcli.run.script.generators.statements import lambda_body  # few scripts have any

        return lambda_body(node, scope)
    value = expression(node, scope)
    return lambda frame: Signal(value(frame))


def function_frame(frame: Frame) -> Frame:
    """The frame that a function defined here sees as its parent: class bodies are passed over."""
    return frame


def _comprehension(node: phrases.Comprehension, scope: Scope) -> Evaluate:
    inner = Scope("comprehension", scope, target_names(*[each.target for each in node.clauses]))
    first = expression(node.clauses[0].iterable, scope)
    clauses = [
        (
            store(each.target, inner),
            expression(each.iterable, inner) if place else first,
            [expression(condition, inner) for condition in each.conditions],
        )
        for place, each in enumerate(node.clauses)
    ]
    pair = isinstance(node.element, phrases.Pair)
    element: Evaluate
    if pair:
        key, value = expression(node.element.key, inner), expression(node.element.value, inner)  # type: ignore[attr-defined]
        element = lambda frame: (key(frame), value(frame))  # noqa: E731
    else:
        element = expression(node.element, inner)

    def run(frame: Frame) -> Any:
        below = Frame({}, frame.module, frame.context, frame)
        source = iterate(first(frame))  # computed outside, and at once
        found = _walk(clauses, 0, below, source, element)
        return found if node.kind == "generator" else _COLLECT[node.kind](found)

    return _fallible(node, run)


_COLLECT: dict[str, Callable[[Iterator[Any]], Any]] = {"list": list, "set": set, "dict": dict}


def _walk(clauses: list[Any], place: int, frame: Frame, source: Iterator[Any], element: Evaluate) -> Iterator[Any]:
    put, _, conditions = clauses[place]
    for value in source:
        put(frame, value)
        if all(
            [condition(frame) for condition in conditions]
            if len(conditions) < 2
            else (condition(frame) for condition in conditions)
        ):
            if place + 1 == len(clauses):
                yield element(frame)
            else:
                yield from _walk(clauses, place + 1, frame, iterate(clauses[place + 1][1](frame)), element)


def _starred(node: Any, scope: Scope) -> Evaluate:
    raise Problem("syntax", "can't use starred expression here", type="SyntaxError", span=node.span)


_EXPRESSIONS: dict[type, Callable[[Any, Scope], Evaluate]] = {
    syntax.Number: _constant,
    syntax.String: _constant,
    syntax.Constant: _constant,
    phrases.Bytes: _constant,
    syntax.Name: _name,
    syntax.Binary: _binary,
    syntax.Unary: _unary,
    syntax.Compare: _compare,
    syntax.Logic: _logic,
    syntax.Conditional: _conditional,
    phrases.NamedExpression: _named,
    syntax.Attribute: _attribute,
    syntax.Index: _index,
    syntax.Slice: _slice,
    syntax.Call: _call,
    syntax.List: _list,
    syntax.Tuple: _tuple,
    phrases.Set: _set,
    phrases.Dict: _dict,
    phrases.FString: _fstring,
    phrases.Lambda: _lambda,
    phrases.Comprehension: _comprehension,
    phrases.Starred: _starred,
}
