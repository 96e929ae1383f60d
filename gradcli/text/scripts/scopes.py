"""Names that a script declares: `global`, `nonlocal` and `:=` against what Python allows, function by function.

One walk in the order in which things are written, since a name is declared before it is used; without recursion.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NoReturn

from gradcli.text.nodes import List, Name, Node, Tuple, children
from gradcli.text.phrases import Comprehension, Lambda, NamedExpression, Parameter, Starred
from gradcli.text.statements import (
    Alias,
    AnnotatedAssign,
    Assignment,
    AugmentedAssign,
    Class,
    Delete,
    For,
    Function,
    Global,
    Handler,
    Nonlocal,
    Script,
    WithItem,
)

_MODULE, _FUNCTION, _CLASS, _COMPREHENSION = "module", "function", "class", "comprehension"
_LOAD, _BIND, _ITERATE = "load", "bind", "iterate"  # what happens to a name: the last is for a comprehension's targets


class _Scope:
    """The names of one piece of text that has variables of its own."""

    def __init__(self, kind: str, outer: _Scope | None = None) -> None:
        self.kind = kind
        self.outer = outer
        self.parameters: set[str] = set()
        self.bound: set[str] = set()
        self.used: set[str] = set()
        self.annotated: set[str] = set()
        self.globals: set[str] = set()
        self.nonlocals: dict[str, Node] = {}  # and where each is declared
        self.iterated: set[str] = set()  # of a comprehension: its targets
        self.passed_on: set[str] = set()  # of a comprehension: what `:=` in it binds outside


_Step = tuple[Node | None, _Scope, str]  # what to look at next, in which scope, and what happens to its names


def check_scopes(script: Script) -> None:
    """Raise the Problem of the first declaration that Python refuses."""
    scopes: dict[_Scope, None] = {}  # in the order in which they are met
    waiting: list[tuple[_Step, bool]] = [((script, _Scope(_MODULE), _LOAD), False)]
    while waiting:
        (node, scope, role), in_iterable = waiting.pop()
        scopes[scope] = None
        if isinstance(node, Name):
            _meet(node, scope, role)
        elif node is not None:
            if in_iterable and isinstance(node, NamedExpression):
                _refuse("walrus_in_iterable", node)
            steps = _STEPS.get(type(node), _below)(node, scope, role)
            iterables = [clause.iterable for clause in node.clauses] if isinstance(node, Comprehension) else ()
            waiting += [(step, in_iterable or step[0] in iterables) for step in reversed(steps)]
    for scope in scopes:
        for name, place in scope.nonlocals.items():
            if not _has_binding(name, scope):
                _refuse("no_binding", place, name)


def _refuse(what: str, *facts: Any) -> NoReturn:
    from gradcli.text.scripts import refusals  # sentences are loaded when one is needed

    raise getattr(refusals, what)(*facts)


def _meet(node: Name, scope: _Scope, role: str) -> None:
    if role == _LOAD:
        scope.used.add(node.id)
        return
    scope.bound.add(node.id)
    if role == _ITERATE:
        if node.id in scope.passed_on:
            _refuse("iterated_after_walrus", node)
        scope.iterated.add(node.id)


def _has_binding(name: str, scope: _Scope) -> bool:
    """Whether a function around `scope` has the variable; `__class__` is there in methods."""
    outer = scope.outer
    while outer and outer.kind != _MODULE and not (outer.kind != _CLASS and name in outer.globals):
        if name in outer.parameters | outer.bound | {*outer.nonlocals} if outer.kind != _CLASS else name == "__class__":
            return True
        outer = outer.outer
    return False


# ---- what each node does to the names below it


def _below(node: Node, scope: _Scope, role: str) -> list[_Step]:
    """Targets pass their role on to their items, and to nothing else."""
    below = role if isinstance(node, Tuple | List | Starred) else _LOAD
    return [(child, scope, below) for child in children(node)]


def _function(node: Any, scope: _Scope, _: str) -> list[_Step]:
    inner = _Scope(_FUNCTION, scope)
    if isinstance(node, Function):
        scope.bound.add(node.name)
    inner.parameters = {each.name for each in children(node.parameters) if isinstance(each, Parameter)}
    outside = (*getattr(node, "decorators", ()), node.parameters)
    return [*((each, scope, _LOAD) for each in outside), (node.body, inner, _LOAD)]


def _class(node: Class, scope: _Scope, _: str) -> list[_Step]:
    scope.bound.add(node.name)
    outside = (*node.decorators, *node.arguments, *node.keywords)
    return [*((each, scope, _LOAD) for each in outside), (node.body, _Scope(_CLASS, scope), _LOAD)]


def _comprehension(node: Comprehension, scope: _Scope, _: str) -> list[_Step]:
    """The first iterable is computed outside, all else inside."""
    inner = _Scope(_COMPREHENSION, scope)
    steps: list[_Step] = []
    for clause in node.clauses:
        iterable: _Step = (clause.iterable, inner if steps else scope, _LOAD)
        target: _Step = (clause.target, inner, _ITERATE)
        steps += [target, iterable] if steps else [iterable, target]
        steps += [(condition, inner, _LOAD) for condition in clause.conditions]
    return [*steps, (node.element, inner, _LOAD)]


def _named(node: NamedExpression, scope: _Scope, _: str) -> list[_Step]:
    """`:=` in a comprehension binds its name in the function around."""
    name, outer = node.target.id, scope
    while outer.kind == _COMPREHENSION and outer.outer:
        if name in outer.iterated:
            _refuse("walrus_rebinds", node.target)
        outer = outer.outer
    if outer is not scope:
        if outer.kind == _CLASS:
            _refuse("walrus_in_class", node)
        scope.passed_on.add(name)
    if outer is scope or outer.kind != _MODULE:
        outer.bound.add(name)
    return [(node.value, scope, _LOAD)]


def _annotated(node: AnnotatedAssign, scope: _Scope, _: str) -> list[_Step]:
    if isinstance(node.target, Name):
        name = node.target.id
        if scope.kind != _MODULE and (name in scope.globals or name in scope.nonlocals):
            _refuse("annotated_declared", node.target, "global" if name in scope.globals else "nonlocal", name)
        scope.annotated.add(name)
    return [(node.target, scope, _BIND), (node.annotation, scope, _LOAD), (node.value, scope, _LOAD)]


def _declare(node: Global | Nonlocal, scope: _Scope, _: str) -> list[_Step]:
    word = "global" if isinstance(node, Global) else "nonlocal"
    for name in node.names:
        for names, what in (
            (scope.parameters, "parameter_declared"),
            (scope.used, "used_before"),
            (scope.annotated, "annotated_declared"),
            (scope.bound, "assigned_before"),
        ):
            if name in names:
                _refuse(what, node, word, name)
        if name in (scope.nonlocals if word == "global" else scope.globals):
            _refuse("global_and_nonlocal", node, name)
    if isinstance(node, Global):
        scope.globals.update(node.names)
    elif scope.kind == _MODULE:
        _refuse("nonlocal_at_top", node)
    else:
        scope.nonlocals.update(dict.fromkeys(node.names, node))
    return []


def _alias(node: Alias, scope: _Scope, _: str) -> list[_Step]:
    scope.bound.add(node.rename or node.name.partition(".")[0])
    return []


def _handler(node: Handler, scope: _Scope, _: str) -> list[_Step]:
    if node.name:
        scope.bound.add(node.name)
    return [(node.type, scope, _LOAD), (node.body, scope, _LOAD)]


_STEPS: Final[dict[type, Callable[[Any, _Scope, str], list[_Step]]]] = {
    Alias: _alias,
    AnnotatedAssign: _annotated,
    Assignment: lambda node, scope, _: [*((each, scope, _BIND) for each in node.targets), (node.value, scope, _LOAD)],
    AugmentedAssign: lambda node, scope, _: [(node.target, scope, _BIND), (node.value, scope, _LOAD)],
    Class: _class,
    Comprehension: _comprehension,
    Delete: lambda node, scope, _: [(each, scope, _BIND) for each in node.targets],
    For: lambda node, scope, _: [(node.target, scope, _BIND), *((each, scope, _LOAD) for each in children(node)[1:])],
    Function: _function,
    Global: _declare,
    Handler: _handler,
    Lambda: _function,
    NamedExpression: _named,
    Nonlocal: _declare,
    WithItem: lambda node, scope, _: [(node.value, scope, _LOAD), (node.target, scope, _BIND)],
}
