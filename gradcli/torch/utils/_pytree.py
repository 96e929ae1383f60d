"""`torch.utils._pytree`: trees of values in tuples, lists and dictionaries, under the names that programs know."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from gradcli.graph.tensor import Tensor
from gradcli.torch import _trees as trees
from gradcli.torch.utils._key_paths import (
    GetAttrKey,
    KeyPath,
    MappingKey,
    SequenceKey,
    keystr,
    tree_leaves_with_path,
    tree_map_with_path,
)

__all__ = [
    "GetAttrKey", "KeyPath", "MappingKey", "SequenceKey", "TreeSpec", "keystr", "tree_all", "tree_any", "tree_flatten",
    "tree_flatten_with_path", "tree_iter", "tree_leaves", "tree_leaves_with_path", "tree_map", "tree_map_only",
    "tree_map_with_path", "tree_structure", "tree_unflatten",
]  # fmt: skip


class TreeSpec:
    """The form of a tree, without its leaves."""

    def __init__(self, tree: Any) -> None:
        self._form = trees.form(tree)

    @property
    def num_leaves(self) -> int:
        """How many leaves it has."""
        return len(trees.leaves(self._form))

    def unflatten(self, leaves: Iterable[Any]) -> Any:
        """A tree of this form."""
        return trees.like(self._form, iter(leaves))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TreeSpec) and self._form == other._form

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return trees.spec(self._form)


def tree_leaves(tree: Any) -> list[Any]:
    """What stands in a tree, in order."""
    return trees.leaves(tree)


def tree_flatten(tree: Any) -> tuple[list[Any], TreeSpec]:
    """The leaves of a tree, and its form."""
    return trees.leaves(tree), TreeSpec(tree)


def tree_flatten_with_path(tree: Any) -> tuple[list[tuple[KeyPath, Any]], TreeSpec]:
    """The leaves of a tree, each with its path, and its form."""
    return tree_leaves_with_path(tree), TreeSpec(tree)


def tree_structure(tree: Any) -> TreeSpec:
    """The form of a tree."""
    return TreeSpec(tree)


def tree_iter(tree: Any) -> Iterator[Any]:
    """The leaves of a tree, one by one."""
    return iter(trees.leaves(tree))


def tree_all(pred: Callable[[Any], bool], tree: Any) -> bool:
    """Whether something holds for all leaves."""
    return all([pred(each) for each in trees.leaves(tree)])


def tree_any(pred: Callable[[Any], bool], tree: Any) -> bool:
    """Whether something holds for one of them."""
    return any([pred(each) for each in trees.leaves(tree)])


def tree_unflatten(leaves: Iterable[Any], treespec: TreeSpec) -> Any:
    """A tree of a form with these leaves."""
    return treespec.unflatten(leaves)


def tree_map(func: Callable[..., Any], tree: Any, *rests: Any) -> Any:
    """A tree of the same form with what `func` makes of its leaves, and of those of further trees."""
    columns = zip(trees.leaves(tree), *map(trees.leaves, rests))
    return trees.like(tree, iter([func(*each) for each in columns]))


def tree_map_only(kind: Any, func: Callable[[Any], Any], tree: Any) -> Any:
    """The same for leaves of a class, or of one of several; others stay."""
    return trees.mapped(lambda each: func(each) if isinstance(each, kind) else each, tree)


def tree_map_(func: Callable[..., Any], tree: Any, *rests: Any) -> Any:
    """Call `func` with the leaves, and give the tree."""
    tree_map(func, tree, *rests)
    return tree


def tree_all_only(kind: type[Tensor], pred: Callable[[Any], bool], tree: Any) -> bool:
    """Whether something holds for all leaves of a class."""
    return all([pred(each) for each in trees.leaves(tree) if isinstance(each, kind)])
