"""What operators, indices and loops do with a script's values: Python's own meaning, with tensors and limits minded."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from gradcli.engine import inplace
from gradcli.graph.operators import OPERATORS
from gradcli.graph.tensor import Tensor
from gradcli.ops import binding
from gradcli.ops.table import FUNCTIONS
from gradcli.run.script import builtins, guards
from gradcli.run.script.arrays import Array
from gradcli.run.script.calls import plain
from gradcli.run.script.classes import type_name

_NUMBERS = (int, float)  # and bool, which is an int


def _mixes(left: Any, right: Any) -> bool:
    """Whether an operator between these is one that tensors have."""
    if type(left) is Tensor:
        return type(right) is Tensor or isinstance(right, _NUMBERS)
    return type(right) is not Tensor or isinstance(left, _NUMBERS)


def _checked(symbol: str, compute: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def apply(left: Any, right: Any) -> Any:
        if (type(left) is Tensor or type(right) is Tensor) and not _mixes(left, right):
            if type(left) is Array or type(right) is Array:
                return compute(plain(left), plain(right))
            raise TypeError(f"unsupported operand type(s) for {symbol}: '{type_name(left)}' and '{type_name(right)}'")
        return compute(left, right)

    return apply


def _equal(left: Any, right: Any) -> Any:
    return left == right if _mixes(left, right) else False


def _different(left: Any, right: Any) -> Any:
    return left != right if _mixes(left, right) else True


BINARY: dict[str, Callable[[Any, Any], Any]] = {
    symbol: _checked(symbol, compute)
    for symbol, compute in {
        "+": guards.guarded_add,
        "-": operator.sub,
        "*": guards.guarded_multiply,
        "/": operator.truediv,
        "//": operator.floordiv,
        "%": builtins.modulo,
        "**": guards.guarded_power,
        "@": operator.matmul,
        "&": operator.and_,
        "|": operator.or_,
        "^": operator.xor,
        "<<": guards.guarded_shift,
        ">>": operator.rshift,
    }.items()
}
COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "<": _checked("<", operator.lt),
    "<=": _checked("<=", operator.le),
    ">": _checked(">", operator.gt),
    ">=": _checked(">=", operator.ge),
    "==": _equal,
    "!=": _different,
    "is": operator.is_,
    "is not": operator.is_not,
    "in": lambda left, right: contains(right, left),
    "not in": lambda left, right: not contains(right, left),
}
UNARY: dict[str, Callable[[Any], Any]] = {"-": operator.neg, "+": operator.pos, "~": operator.invert, "not": operator.not_}
_IN_PLACE: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.iadd,
    "-": operator.isub,
    "&": operator.iand,
    "|": operator.ior,
    "^": operator.ixor,
}


def augmented(symbol: str, value: Any, other: Any) -> Any:
    """What `value symbol= other` leaves in its target; tensors and lists change in place."""
    if type(value) is Tensor:
        if not _mixes(value, other):
            raise TypeError(f"unsupported operand type(s) for {symbol}=: 'Tensor' and '{type_name(other)}'")
        return inplace.augment(symbol, value, other)
    if type(other) is Tensor or symbol not in _IN_PLACE:
        return BINARY[symbol](value, other)
    return _IN_PLACE[symbol](value, guards.bounded(other) if symbol == "+" else other)


def item(value: Any, key: Any) -> Any:
    """`value[key]`."""
    return OPERATORS["[]"](value, key) if type(value) is Tensor else value[_plain_key(value, key)]


def set_item(value: Any, key: Any, new: Any) -> None:
    """`value[key] = new`."""
    if type(value) is Tensor:
        inplace.assign_index(value, key, new)
    else:
        value[_plain_key(value, key)] = guards.bounded(new) if type(key) is slice else new


def delete_item(value: Any, key: Any) -> None:
    """`del value[key]`."""
    if type(value) is Tensor:
        raise TypeError("Tensor does not support deleting items")
    del value[_plain_key(value, key)]


def _plain_key(value: Any, key: Any) -> Any:
    """A tensor of one whole number indexes a list as that number does."""
    return key.array.item() if type(key) is Tensor and not isinstance(value, dict) and key.array.dtype.kind in "biu" else key


def iterate(value: Any) -> Iterator[Any]:
    """The items of a value; a tensor's are its rows."""
    if type(value) is not Tensor:
        return iter(value)
    if not value.ndim:
        raise TypeError("iteration over a 0-d tensor")
    return iter(binding.call("unbind", FUNCTIONS["unbind"], (value,), {})) if len(value) else iter(())


def contains(container: Any, value: Any) -> bool:
    """`value in container`; a tensor is looked up in a list by identity first, as in Python."""
    if type(container) is Tensor:
        return bool((container == value).array.any())
    if type(value) is Tensor and isinstance(container, (list, tuple)):
        return any([each is value or (type(each) is Tensor and bool(each == value)) for each in container])
    return guards.contains(container, value)


def unpacked(value: Any, before: int, starred: bool, after: int) -> list[Any]:
    """The values for `before` targets, one starred target if there is one, and `after` more.  Raises in CPython's words."""
    try:
        items = iterate(value)
        values = guards.collect(items) if starred else list(islice(items, before + after + 1))
    except TypeError:
        if type(value) is Tensor:
            raise
        raise TypeError(f"cannot unpack non-iterable {type_name(value)} object") from None
    needed = before + after
    if len(values) < needed or (len(values) > needed and not starred):
        if starred:
            raise ValueError(f"not enough values to unpack (expected at least {needed}, got {len(values)})")
        if len(values) < needed:
            raise ValueError(f"not enough values to unpack (expected {needed}, got {len(values)})")
        raise ValueError(f"too many values to unpack (expected {needed})")
    if not starred:
        return values
    end = len(values) - after
    return [*values[:before], values[before:end], *values[end:]]
