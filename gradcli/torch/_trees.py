"""Trees: tensors in tuples, lists and dictionaries, as functions take and give them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any

from gradcli.graph.tensor import Outputs, Tensor

DICTS = (dict, OrderedDict)


def leaves(tree: Any) -> list[Any]:
    """What stands in a tree that is no container, in order."""
    found: list[Any] = []
    mapped(found.append, tree)
    return found


def like(tree: Any, values: Iterator[Any]) -> Any:
    """A tree of the same form with the next values for its leaves."""
    return mapped(lambda _: next(values), tree)


def mapped(change: Callable[[Any], Any], tree: Any) -> Any:
    """A tree of the same form with what `change` makes of its leaves."""
    if type(tree) in DICTS:
        return type(tree)([(key, mapped(change, each)) for key, each in tree.items()])
    if isinstance(tree, Outputs):
        return Outputs(tuple([mapped(change, each) for each in tree]), tree.fields, tree.name)
    if type(tree) in (list, tuple):
        return type(tree)([mapped(change, each) for each in tree])
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*[mapped(change, each) for each in tree])
    return change(tree)


def form(tree: Any) -> Any:
    """What trees of one form have in common."""
    return mapped(lambda _: None, tree)


class _Leaf:
    def __repr__(self) -> str:
        return "*"


def pictured(tree: Any) -> str:
    """A tree with a star for each leaf: "(*, (*, *))"."""
    return repr(mapped(lambda _: _Leaf(), tree))


def spec(tree: Any, indent: int = 0) -> str:
    """The form of a tree as PyTorch prints it: "TreeSpec(tuple, None, [*])", and "*" for a leaf."""
    children = list(tree.values()) if type(tree) in DICTS else tree
    if type(tree) not in (*DICTS, list, tuple):
        return "*"
    told = f", [{', '.join(map(repr, tree))}]" if type(tree) in DICTS else ", None"
    listed = (",\n" + " " * (indent + 2)).join([spec(each, indent + 2) for each in children])
    return f"TreeSpec({type(tree).__name__}{told}, [{listed}])"


def tensors(tree: Any, error: Callable[[Any], Exception]) -> tuple[Tensor, ...]:
    """The leaves, all of which must be tensors.  Raises what `error` makes of another."""
    found = leaves(tree)
    for each in found:
        if not isinstance(each, Tensor):
            raise error(each)
    return tuple(found)
