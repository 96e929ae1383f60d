"""Where the leaves of a tree stand in it: by keys of dictionaries and places in lists and tuples."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from gradcli.torch import _trees as trees


@dataclass(frozen=True)
class SequenceKey:
    """A place in a list or a tuple."""

    idx: int

    def __str__(self) -> str:
        return f"[{self.idx!r}]"


@dataclass(frozen=True)
class MappingKey:
    """A key of a dictionary."""

    key: Any

    def __str__(self) -> str:
        return f"[{self.key!r}]"


@dataclass(frozen=True)
class GetAttrKey:
    """A field of a named tuple."""

    name: str

    def __str__(self) -> str:
        return f".{self.name}"


KeyPath = tuple[Any, ...]


def keystr(kp: KeyPath) -> str:
    """A path as a program writes it: "['a'][0]"."""
    return "".join(map(str, kp))


def tree_leaves_with_path(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> list[tuple[KeyPath, Any]]:
    """The leaves of a tree, each with its path."""
    return list(_walked((), tree, is_leaf))


def _walked(path: KeyPath, tree: Any, is_leaf: Callable[[Any], bool] | None) -> Iterator[tuple[KeyPath, Any]]:
    children = None if is_leaf is not None and is_leaf(tree) else _children(tree)
    if children is None:
        yield path, tree
        return
    for key, each in children:
        yield from _walked((*path, key), each, is_leaf)


def _children(tree: Any) -> list[tuple[Any, Any]] | None:
    """What stands in a container, by keys, or None for a leaf."""
    if type(tree) in trees.DICTS:
        return [(MappingKey(key), each) for key, each in tree.items()]
    if type(tree) in (list, tuple):
        return [(SequenceKey(place), each) for place, each in enumerate(tree)]
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return [(GetAttrKey(name), getattr(tree, name)) for name in tree._fields]
    return None


def tree_map_with_path(func: Callable[..., Any], tree: Any, *rests: Any) -> Any:
    """A tree of the same form with what `func` makes of each path and its leaf, and those of further trees."""
    paths = [path for path, _ in tree_leaves_with_path(tree)]
    columns = zip(paths, trees.leaves(tree), *map(trees.leaves, rests))
    return trees.like(tree, iter([func(*each) for each in columns]))
