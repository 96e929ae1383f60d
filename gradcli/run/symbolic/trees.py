"""Making and remaking small syntax trees: the pieces of a formula, none of which has a place in a text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np

from gradcli.errors import Span
from gradcli.text import nodes as syntax
from gradcli.text.printing import unparse

NOWHERE: Final = Span(0, 0, 1, 1)
ZERO: Final = syntax.Number(NOWHERE, 0)
ONE: Final = syntax.Number(NOWHERE, 1)

Tree = syntax.Node


def number(value: Any) -> Tree:
    """A number, which may be negative."""
    value = value.item() if hasattr(value, "item") else value
    value = int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else value
    if value != value:
        return name("nan")
    if value < 0:
        return negative(number(-value))
    return name("inf") if value == float("inf") else syntax.Number(NOWHERE, value)


def negative(tree: Tree) -> Tree:
    """-tree."""
    return syntax.Unary(NOWHERE, "-", tree)


def name(text: str) -> Tree:
    """A name, or a text that stands for one."""
    return syntax.Name(NOWHERE, text)


def binary(operator: str, left: Tree, right: Tree) -> Tree:
    """left operator right."""
    return syntax.Binary(NOWHERE, operator, left, right)


def call(function: str, *arguments: Tree) -> Tree:
    """function(arguments); keywords are the Keyword nodes among them."""
    plain = tuple([each for each in arguments if not isinstance(each, syntax.Keyword)])
    return syntax.Call(NOWHERE, name(function), plain, tuple([each for each in arguments if isinstance(each, syntax.Keyword)]))


def keyword(word: str, value: Any) -> Tree:
    """word=value."""
    return syntax.Keyword(NOWHERE, word, constant(value))


def constant(value: Any) -> Tree:
    """An option's value as it would be written: a number, None, a word, a tuple of such, or what stands for others."""
    if value is None or value is ... or isinstance(value, (bool, np.bool_)):
        return syntax.Constant(NOWHERE, bool(value) if isinstance(value, np.bool_) else value)
    if isinstance(value, (int, float, np.number)):
        return number(value)
    if isinstance(value, str):
        return syntax.String(NOWHERE, value)
    if isinstance(value, slice):
        parts = [None if each is None else constant(each) for each in (value.start, value.stop, value.step)]
        return syntax.Slice(NOWHERE, *parts)
    if isinstance(value, tuple) and any([isinstance(each, tuple) for each in value]):
        return name("...")  # how something is laid out, which no user wrote
    if isinstance(value, (tuple, list)):
        return (syntax.Tuple if isinstance(value, tuple) else syntax.List)(NOWHERE, tuple(map(constant, value)))
    return name("..." if not isinstance(value, np.ndarray) or value.size > 12 else str(value.tolist()))


def rebuilt(tree: Tree, change: Callable[[Tree], Tree | None]) -> Tree:
    """The tree with every node, from above, replaced by what `change` gives for it; where that is None, by its own kind."""
    other = change(tree)
    if other is not None:
        return other
    values = [getattr(tree, field) for field in tree.__slots__]
    fresh = [_rebuilt_field(value, change) for value in values]
    return tree if all([a is b for a, b in zip(values, fresh)]) else type(tree)(*fresh)


def _rebuilt_field(value: Any, change: Callable[[Tree], Tree | None]) -> Any:
    if isinstance(value, syntax.Node):
        return rebuilt(value, change)
    if type(value) is tuple and any([isinstance(each, syntax.Node) for each in value]):
        fresh = tuple([rebuilt(each, change) if isinstance(each, syntax.Node) else each for each in value])
        return value if all([a is b for a, b in zip(value, fresh)]) else fresh
    return value


def walked(tree: Tree) -> Iterator[Tree]:
    """A tree and all that is below it, in the order of its text."""
    waiting = [tree]
    while waiting:
        each = waiting.pop()
        yield each
        waiting += reversed(syntax.children(each))


def contains(tree: Tree, identifier: str) -> bool:
    """Whether a name stands somewhere in a tree."""
    return any(isinstance(each, syntax.Name) and each.id == identifier for each in walked(tree))


def size(tree: Tree, most: int) -> int:
    """How many nodes a tree has; 0 where that is more than `most`."""
    count, waiting = 0, [tree]
    while waiting:
        count += 1
        if count > most:
            return 0
        waiting += syntax.children(waiting.pop())
    return count


def negated(tree: Tree) -> Tree:
    """-tree, the sign before its first factor."""
    if isinstance(tree, syntax.Binary) and tree.operator in ("*", "/", "@"):
        return binary(tree.operator, negated(tree.left), tree.right)
    if isinstance(tree, syntax.Compare):  # a mask has no sign
        return binary("*", negative(ONE), tree)
    return negative(tree)


def chained(operator: str, trees: list[Tree]) -> Tree:
    """Trees joined by one operator, from the left."""
    chain = trees[0]
    for each in trees[1:]:
        chain = binary(operator, chain, each)
    return chain


def bracketed(tree: Tree) -> Tree:
    """A tree in brackets that the language would not need, for people."""
    return name(f"({unparse(tree, tight=True)})")


def leftmost(tree: Tree) -> tuple[Tree, Callable[[Tree], Tree]]:
    """The first factor of a product of matrices, and how to put something in its place."""
    if isinstance(tree, syntax.Binary) and tree.operator == "@":
        first, put = leftmost(tree.left)
        return first, lambda fresh: binary("@", put(fresh), tree.right)
    return tree, lambda fresh: fresh


def indexed(tree: Tree, axis: int, item: Tree) -> Tree:
    """A tree indexed along one of its dimensions: x[:, item]."""
    everything = syntax.Slice(NOWHERE, None, None, None)
    items = (*[everything] * axis, item)
    return syntax.Index(NOWHERE, tree, items[0] if len(items) == 1 else syntax.Tuple(NOWHERE, items))


def joined_roots(trees: list[Tree]) -> list[Tree]:
    """Factors with the roots of constants joined: sqrt(2)*sqrt(pi) as sqrt(2*pi)."""
    inside = [each.arguments[0] for each in trees if _is_constant_root(each)]  # type: ignore[attr-defined]
    if len(inside) < 2:
        return trees
    first = next(place for place, each in enumerate(trees) if _is_constant_root(each))
    rest = [each for each in trees if not _is_constant_root(each)]
    return [*rest[:first], call("sqrt", chained("*", inside)), *rest[first:]]


def _is_constant_root(tree: Tree) -> bool:
    match tree:
        case syntax.Call(function=syntax.Name(id="sqrt"), arguments=(syntax.Number() | syntax.Name(id="pi"),)):
            return True
    return False
