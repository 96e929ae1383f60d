"""Comparisons: by elements where a tensor takes part, as Python's where none does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.errors import Problem
from gradcli.graph.operators import OPERATORS
from gradcli.graph.tensor import Tensor
from gradcli.ops.core import binding
from gradcli.run.arithmetic import compute

MOST_COMPARED = 1_000_000  # entries of nested tuples: those that name each other grow twofold with every statement


def compare(symbol: str, left: Any, right: Any, operand: Callable[[Any], Any]) -> Any:
    """`left symbol right`, where `operand` makes a tensor or a number of what can be one.  Raises Problem."""
    if symbol in ("is", "is not"):
        return (left is right) == (symbol == "is")
    if symbol in ("in", "not in"):
        return _contains(right, left, operand) == (symbol == "in")
    if symbol in ("==", "!=") and not _by_elements(left, right):
        return equal(left, right) == (symbol == "==")
    x, y = operand(left), operand(right)
    return OPERATORS[symbol](x, y) if isinstance(x, Tensor) or isinstance(y, Tensor) else compute(symbol, x, y)


def _by_elements(left: Any, right: Any) -> bool:
    """Whether both are numbers, or become tensors beside each other; no tensor equals None, or a text."""
    kinds: tuple[type, ...] = (Tensor, int, float, complex, list)
    if isinstance(left, Tensor) or isinstance(right, Tensor):
        kinds += (tuple,)
    return isinstance(left, kinds) and isinstance(right, kinds)


def _contains(container: Any, value: Any, operand: Callable[[Any], Any]) -> bool:
    if isinstance(container, Tensor):
        return bool((container == operand(value)).ndarray.any())
    if isinstance(container, str):
        if not isinstance(value, str):
            raise Problem("type", "'in <string>' requires a string as left operand", type="TypeError")
        return value in container
    if not isinstance(container, (list, tuple)):
        raise Problem("type", f"cannot look for {binding.kind_of(value)} in {binding.kind_of(container)}", type="TypeError")
    return any([each is value or bool(compare("==", each, value, operand)) for each in container])


def equal(left: Any, right: Any) -> bool:
    """Whether two values that are no tensors say the same, entry by entry; without recursion.  Raises Problem."""
    pairs = [(left, right)]
    for _ in range(MOST_COMPARED):
        if not pairs:
            return True
        one, two = pairs.pop()
        if isinstance(one, (list, tuple)) and isinstance(two, (list, tuple)):
            if isinstance(one, list) != isinstance(two, list) or len(one) != len(two):
                return False
            pairs += zip(one, two)
        elif not _same(one, two):
            return False
    raise Problem("limit", f"the tuples have more than {MOST_COMPARED:,} entries, too many to compare", type="MemoryError")


def _same(one: Any, two: Any) -> bool:
    if one is two or one is None or two is None:  # NumPy takes None for a dtype
        return one is two
    numeric = (Tensor, int, float, complex)  # a tensor equals no text
    if isinstance(one, Tensor) or isinstance(two, Tensor):
        return isinstance(one, numeric) and isinstance(two, numeric) and bool(one == two)
    return bool(one == two)
