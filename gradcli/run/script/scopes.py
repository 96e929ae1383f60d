"""Which names a function binds itself: decided from the text, before anything runs, by Python's rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from gradcli.text import nodes as syntax
from gradcli.text import phrases, statements


class Scope:
    """The names of one piece of text that has variables of its own; `kind` is module, function, class or comprehension.

    `echoes` tells that values of expressions that are statements are shown, as at a prompt; `yields`, that it is a function
    with a `yield` in it, and `suspends` are then the nodes (by identity) in which one stands; `title` is what stands before
    the names of what is defined here: "Layer", "make.<locals>".
    """

    __slots__ = ("echoes", "globals", "kind", "names", "nonlocals", "parent", "suspends", "title", "yields")

    def __init__(self, kind: str, parent: Scope | None = None, names: Iterable[str] = ()) -> None:
        self.kind = kind
        self.parent = parent
        self.names = set(names)
        self.globals: set[str] = set()
        self.nonlocals: set[str] = set()
        self.echoes = False
        self.yields = False
        self.suspends: frozenset[int] = frozenset()
        self.title: str = "" if parent is None else parent.title

    def qualified(self, name: str) -> str:
        """The name of what is defined here, as errors have it."""
        return f"{self.title}.{name}" if self.title else name

    def owns(self, name: str) -> bool:
        """Whether the name is one of this scope's own."""
        return name in self.names and name not in self.globals and name not in self.nonlocals

    def depth_of(self, name: str) -> int | None:
        """How many frames up the name lives: 0 for here, None for the script's globals (or Python's own names)."""
        if name in self.globals or self.kind == "module":
            return None
        if self.owns(name):
            return 0
        scope, depth = self.parent, 1
        while scope is not None and scope.kind != "module":
            if scope.kind != "class":  # whose names its methods do not see, and whose frame they do not have as a parent
                if scope.owns(name):
                    return depth
                if name in scope.globals:
                    return None
                depth += 1
            scope = scope.parent
        return None


def bindings(scope: Scope, body: Iterable[Any]) -> Scope:
    """Enter into `scope` every name that the statements of `body` bind in it."""
    work: list[tuple[Any, bool]] = [(node, False) for node in body]  # (node, whether it stands in a comprehension)
    while work:
        node, nested = work.pop()
        if isinstance(node, phrases.NamedExpression):
            scope.names.add(node.target.id)
        elif isinstance(node, phrases.Yield | phrases.YieldFrom):
            scope.yields = True
        elif not nested:
            scope.names.update(_BINDS.get(type(node), _nothing)(node))
            if isinstance(node, statements.Global):
                scope.globals.update(node.names)
            elif isinstance(node, statements.Nonlocal):
                scope.nonlocals.update(node.names)
        inside = nested or isinstance(node, phrases.Comprehension)
        work.extend((child, inside) for child in seen_here(node))
    return scope


def seen_here(node: Any) -> Iterable[Any]:
    """The parts of a node that are computed in the scope around it."""
    if isinstance(node, statements.Function):
        return (*node.decorators, node.parameters)
    if isinstance(node, statements.Class):
        return (*node.decorators, *node.arguments, *node.keywords)
    if isinstance(node, phrases.Lambda):
        return (node.parameters,)
    return syntax.children(node)


def _nothing(node: Any) -> Iterable[str]:
    return ()


def target_names(*targets: Any) -> list[str]:
    """The names within assignment targets; attributes and indices bind none."""
    names, work = [], list(targets)
    while work:
        target = work.pop()
        if isinstance(target, syntax.Name):
            names.append(target.id)
        elif isinstance(target, (syntax.Tuple, syntax.List)):
            work.extend(target.items)
        elif isinstance(target, phrases.Starred):
            work.append(target.value)
    return names


_BINDS: dict[type, Callable[[Any], Iterable[str]]] = {
    statements.Assignment: lambda node: target_names(*node.targets),
    statements.AugmentedAssign: lambda node: target_names(node.target),
    statements.AnnotatedAssign: lambda node: target_names(node.target),
    statements.For: lambda node: target_names(node.target),
    statements.WithItem: lambda node: target_names(node.target) if node.target is not None else (),
    statements.Delete: lambda node: target_names(*node.targets),
    statements.Handler: lambda node: (node.name,) if node.name else (),
    statements.Alias: lambda node: (node.rename or node.name.partition(".")[0],),
    statements.Function: lambda node: (node.name,),
    statements.Class: lambda node: (node.name,),
}
