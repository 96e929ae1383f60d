"""What is known about the origin of a number that is not finite, and how entries of operands and results correspond."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import numpy as np

from gradcli.errors import Record
from gradcli.graph.operation import Operation
from gradcli.graph.tensor import Tensor
from gradcli.run.symbolic.formulas import factor, stated
from gradcli.run.trace import Application, Share
from gradcli.text import nodes as syntax


class Origin(Record):
    """One place where a number that is not finite came up.

    number      of the tensor there (of a gradient: whose operation was on the way), None for weights
    index       of the first entry, in the result's shape (backward: in the shape that the rule gives)
    value       the number itself
    is_input    nobody computed it: it was given
    is_forward  it is a value, and not a gradient
    share       backward: what was being passed on
    incoming    backward: the gradient that had come to this entry, or None where it is no single one
    local       backward: the local derivative at this entry, or None
    source      the tensor (its number) from which the local derivative has its own non-finite number, or None
    """

    __slots__ = ("number", "index", "value", "is_input", "is_forward", "share", "incoming", "local", "source")
    number: int | None
    index: tuple[int, ...]
    value: float
    is_input: bool
    is_forward: bool
    share: Share | None
    incoming: float | None
    local: float | None
    source: int | None

    @property
    def is_nan(self) -> bool:
        """Whether it is a NaN, and not an infinity."""
        return self.value != self.value

    @property
    def place(self) -> tuple[int | None, tuple[int, ...]]:
        """Where it is."""
        return self.number, self.index


def forward_origin(number: int | None, array: Any, index: tuple[int, ...], is_input: bool) -> Origin:
    """One entry of a tensor's values."""
    return Origin(number, index, size_of(array[index]), is_input, True, None, None, None, None)


def size_of(value: Any) -> float:
    """A number; of a complex one its absolute value, which is nan or infinite where a part is."""
    return float(abs(value) if np.iscomplexobj(value) else value)


def first(mask: Any) -> tuple[int, ...]:
    """The index of the first True."""
    return tuple(map(int, np.unravel_index(int(np.argmax(mask)), np.shape(mask))))


def firsts(mask: Any, array: Any) -> list[tuple[int, ...]]:
    """The index of the first infinity, and that of the first NaN, that a mask shows of an array; in their order there."""
    nan = mask & np.isnan(array)
    return sorted([first(each) for each in (mask & ~nan, nan) if each.any()])


def unfinite(value: Any) -> Any:
    """A mask of the entries that are not finite."""
    array = np.asarray(value.ndarray if isinstance(value, Tensor) else value)
    return ~np.isfinite(array) if array.dtype.kind in "fc" else np.zeros(array.shape, bool)


def anywhere(values: Iterable[Any], shape: tuple[int, ...], test: Any) -> Any:
    """A mask of `shape`: where any of the operands, broadcast to it, passes a test."""
    masks = [np.broadcast_to(test(each), shape) for each in values if isinstance(each, (Tensor, int, float))]
    return np.any(masks, axis=0) if masks else np.zeros(shape, bool)


def is_entrywise(application: Application) -> bool:
    """Whether an entry of the result depends on one entry of each operand: the row's formulas say so, and the shapes."""
    if not _multiplies(application.operation) or len(application.results) != 1:
        return False
    shapes = [np.shape(each.ndarray if isinstance(each, Tensor) else each) for each in application.operands if each is not None]
    return bool(np.broadcast_shapes(*shapes) == application.results[0].shape)


@lru_cache(maxsize=256)
def _multiplies(operation: Operation) -> bool:
    """Whether every rule of a row multiplies the gradient by something, entry by entry, whatever its options are."""
    rules = [rule for rule in operation.vjps if rule is not None]
    return bool(rules) and not operation.variadic and all([_factors(stated(rule)) for rule in rules])


def _factors(tree: syntax.Node | None) -> bool:
    if isinstance(tree, syntax.Conditional):
        return _factors(tree.then) and _factors(tree.otherwise)
    return tree is not None and factor(tree) is not None


def entry(value: Any, index: tuple[int, ...], shape: tuple[int, ...]) -> float | complex:
    """The number of an operand, broadcast to `shape`, at an index."""
    number: float | complex = np.broadcast_to(value.ndarray if isinstance(value, Tensor) else value, shape)[index].item()
    return number
