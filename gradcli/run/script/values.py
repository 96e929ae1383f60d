"""What operators, indices and loops do with a script's values: Python's own meaning, with tensors and limits minded."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from gradcli.engine import inplace
from gradcli.graph.node import AccumulateGrad
from gradcli.graph.operators import OPERATORS
from gradcli.graph.tensor import Tensor
from gradcli.ops import binding
from gradcli.ops.table import FUNCTIONS
from gradcli.run.script import builtins, guards
from gradcli.run.script.arrays import Array
from gradcli.run.script.calls import plain
from gradcli.run.script.classes import Instance, type_name

_NUMBERS = (int, float)  # and bool, which is an int


def _mixes(left: Any, right: Any) -> bool:
    """Whether an operator between these is one that tensors have."""
    if type(left) is Tensor:
        return type(right) is Tensor or isinstance(right, _NUMBERS)
    return type(right) is not Tensor or isinstance(left, _NUMBERS)


def _checked(symbol: str, compute: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def apply(left: Any, right: Any) -> Any:
        if (type(left) is Tensor or type(right) is Tensor) and not _mixes(left, right):
            return _mixed(symbol, compute, left, right)
        return compute(left, right)

    return apply


def _mixed(symbol: str, compute: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    """An operator between a tensor and what tensors do not compute with."""
    if type(left) is Array or type(right) is Array:
        return compute(plain(left), plain(right))
    if symbol == "%" and isinstance(left, str):
        return compute(left, right)  # a text that has a place for the tensor
    result = _by_the_script(symbol, left, right)
    if result is not NotImplemented:
        return result
    if symbol == "+" and isinstance(left, (str, list, tuple)):
        raise TypeError(f'can only concatenate {type_name(left)} (not "{type_name(right)}") to {type_name(left)}')
    if symbol in _ORDERS:
        raise TypeError(f"'{symbol}' not supported between instances of '{type_name(left)}' and '{type_name(right)}'")
    raise TypeError(f"unsupported operand type(s) for {symbol}: '{type_name(left)}' and '{type_name(right)}'")


def _by_the_script(symbol: str, left: Any, right: Any) -> Any:
    """What the method gives by which a class of the script defines the operator; NotImplemented where none does."""
    own, reflected = _METHODS[symbol]
    for value, other, name in ((left, right, own), (right, left, reflected)):
        method = getattr(type(value), name, None) if isinstance(value, Instance) else None
        result = NotImplemented if method is None else method(value, other)
        if result is not NotImplemented:
            return result
    return NotImplemented


_ORDERS = ("<", "<=", ">", ">=")
_METHODS = {
    **{
        symbol: (f"__{name}__", f"__r{name}__")
        for symbol, name in (
            ("+", "add"), ("-", "sub"), ("*", "mul"), ("/", "truediv"), ("//", "floordiv"), ("%", "mod"), ("**", "pow"),
            ("@", "matmul"), ("&", "and"), ("|", "or"), ("^", "xor"), ("<<", "lshift"), (">>", "rshift"),
        )
    },
    "<": ("__lt__", "__gt__"), "<=": ("__le__", "__ge__"), ">": ("__gt__", "__lt__"), ">=": ("__ge__", "__le__"),
    "==": ("__eq__", "__eq__"), "!=": ("__ne__", "__ne__"),
}  # fmt: skip


def _equal(left: Any, right: Any) -> Any:
    if _mixes(left, right):
        return left == right
    result = _by_the_script("==", left, right)
    return False if result is NotImplemented else result


def _different(left: Any, right: Any) -> Any:
    if _mixes(left, right):
        return left != right
    result = _by_the_script("!=", left, right)
    return True if result is NotImplemented else result


def _same(left: Any, right: Any) -> bool:
    """`left is right`; sinks of leaves, and what functions saved, are made when looked at, and stand for what there is."""
    if left is right:
        return True
    if type(left) is Tensor:
        return type(right) is Tensor and left.node is not None and left.node is right.node and left.array is right.array
    return type(left) is AccumulateGrad and bool(left == right)


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
    "is": lambda left, right: _same(left, right),
    "is not": lambda left, right: not _same(left, right),
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
        items = iter(value)
        return _stepped(items) if isinstance(items, Instance) else items
    if not value.ndim:
        raise TypeError("iteration over a 0-d tensor")
    return iter(binding.call("unbind", FUNCTIONS["unbind"], (value,), {})) if len(value) else iter(())


def _stepped(items: Any) -> Iterator[Any]:
    """The items of an iterator of the script's, whose `__iter__` has been called: a host's loop would call it again."""
    while True:
        try:
            value = next(items)
        except StopIteration:
            return
        yield value


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
