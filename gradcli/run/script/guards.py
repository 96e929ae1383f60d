"""Limits on what Python's own values may grow to, and on how long a built-in function may look away.

A number, a string or a list is measured before it is made.  What is produced item by item is handed on by a loop of
ours, so that Ctrl-C and the limit on time reach a `sum(range(10**12))` in its midst.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from gradcli.errors import Problem
from gradcli.graph import memory
from gradcli.graph.tensor import Outputs, Tensor
from gradcli.ops.properties import Size

MOST_BITS = 1 << 16  # of a whole number: Python prints no more than 14,000, and computes with these in a millisecond
MOST_LAYERS = 500  # of map(f, map(g, ...)): Python's own stack overflows where there are far more
_UNKNOWN = 4 << 30  # bytes: the limit where the platform tells none
_ITEM = 40  # bytes: a place in a list, and a small object in it
_PLACE = 8  # bytes: the place alone

_NUMBERS = frozenset({bool, complex, float, int, Tensor})
_SEQUENCES = (str, list, tuple)
# What is there as a whole already: to walk over it takes no longer than it took to make it.
_WHOLE = frozenset(
    {dict, frozenset, list, set, str, tuple, Outputs, Size, type({}.keys()), type({}.values()), type({}.items())}
)


def reserve(count: int, itemsize: int, what: str) -> None:
    """Refuse `count` items of `itemsize` bytes where they would pass the limit on memory.  Raises Problem."""
    most = memory.limit()
    if count * itemsize > (_UNKNOWN if most is None else most):
        raise Problem(
            "limit",
            f"{what} would need {memory.human(count * itemsize)} of memory, more than the limit of "
            f"{memory.human(_UNKNOWN if most is None else most)}",
            type="MemoryError",
            hint="make it smaller, go through it in a loop without keeping it, or raise the limit with --max-memory",
        )


# --- operators ------------------------------------------------------------------------------------------------------


def guarded_multiply(x: Any, y: Any) -> Any:
    """`x * y`, unless the product is a number or a sequence beyond the limits.  Raises Problem."""
    if type(x) not in _NUMBERS or type(y) not in _NUMBERS:
        _check_repetition(x, y)
    result = x * y
    if type(result) is int and result.bit_length() > MOST_BITS:
        raise too_long("the product")
    return result


def guarded_add(x: Any, y: Any) -> Any:
    """`x + y`, unless the two are sequences that together pass the limit.  Raises Problem."""
    if isinstance(x, _SEQUENCES) and isinstance(y, _SEQUENCES):
        reserve(_length(x) + _length(y), _itemsize(x), "the sum")
    return x + y


def guarded_power(x: Any, y: Any, modulus: Any = None) -> Any:
    """`x ** y`, or `pow(x, y, modulus)`, unless the number has too many digits.  Raises Problem."""
    if modulus is not None:
        return _modular_power(x, y, modulus)
    if isinstance(x, int) and isinstance(y, int) and y > 0:
        _check_power(x, y)
    return x**y


def guarded_shift(x: Any, y: Any) -> Any:
    """`x << y`, unless the number has too many digits.  Raises Problem."""
    if isinstance(x, int) and isinstance(y, int) and x and y + x.bit_length() > MOST_BITS:
        raise too_long("the result")
    return x << y


def _modular_power(x: Any, y: Any, modulus: Any) -> Any:
    """Python's, for numbers as cryptography has them: it does not listen while it computes."""
    if isinstance(y, int) and isinstance(modulus, int) and y.bit_length() * modulus.bit_length() > 1 << 24:
        raise too_long("the exponent")
    return pow(x, y, modulus)


def _check_power(x: int, y: int) -> None:
    base = int.__abs__(x)
    if base > 1 and (y > MOST_BITS or y * math.log2(base) > MOST_BITS):
        raise too_long("the power")


def too_long(what: str) -> Problem:
    """The error of a whole number with too many digits."""
    return Problem(
        "limit",
        f"{what} has more than {int(MOST_BITS * 0.30103):,} digits, too many for a whole number here",
        type="OverflowError",
        hint="use a decimal point for floating-point numbers, as in 2.0",
    )


def _check_repetition(x: Any, y: Any) -> None:
    sequence, count = (x, y) if isinstance(x, _SEQUENCES) else (y, x)
    if isinstance(sequence, _SEQUENCES) and isinstance(count, int) and count > 0:
        reserve(_length(sequence) * count, _itemsize(sequence), f"a {type(sequence).__name__} of so many items")


def _length(sequence: Any) -> int:
    """The length that a sequence has, whatever a class of the script makes of `__len__`."""
    base = next(each for each in _SEQUENCES if isinstance(sequence, each))
    return base.__len__(sequence)


def _itemsize(sequence: Any) -> int:
    return _PLACE if not isinstance(sequence, str) else 1 if str.isascii(sequence) else 4


# --- iteration ------------------------------------------------------------------------------------------------------


def rows(values: Any) -> Any:
    """What to iterate over: a tensor's rows, anything else itself.  Raises TypeError for a 0-d tensor."""
    if isinstance(values, Tensor):
        from gradcli.run.script.values import iterate  # which stands above this module, as operators need it

        return iterate(values)
    return values


def watched(values: Any) -> Iterable[Any]:
    """The same items for a built-in function that takes them all: through a loop of ours, unless they are all there."""
    values = rows(values)
    return values if type(values) in _WHOLE else passed_on(values)


def passed_on(values: Iterable[Any]) -> Iterator[Any]:
    """The same items, one by one from a loop of ours, which listens in between."""
    for value in values:  # noqa: UP028 - `yield from` would not listen either
        yield value


def collect(values: Any, what: str = "list") -> list[Any]:
    """All items in a new list, unless memory cannot hold them.  Raises Problem, and TypeError as `list` does."""
    values = rows(values)
    if type(values) in _WHOLE:
        return list(values)
    if type(values) is range and values:
        reserve((values[-1] - values[0]) // values.step + 1, _ITEM, f"a {what} of so many items")
    limit = memory.limit()
    most = (_UNKNOWN if limit is None else limit) // _ITEM
    produced = passed_on(values)
    items = list(islice(produced, most))
    for _ in produced:  # there is one more
        reserve(most + 1, _ITEM, f"a {what} of more than {most:,} items")
    return items


def bounded(values: Any, what: str = "list") -> Any:
    """The argument of a method that takes all items: gathered within the limit where they are only being produced."""
    lazy = type(values) is range or isinstance(values, Tensor) or hasattr(type(values), "__next__")
    return collect(values, what) if lazy else values


def contains(container: Any, value: Any) -> bool:
    """`value in container`, where that is a search through what is produced: it listens while it searches."""
    if hasattr(type(container), "__next__") or (type(container) is range and type(value) is not int):
        return any(each is value or each == value for each in watched(container))
    return value in container


def number(value: Any) -> Any:
    """A one-element tensor as the number in it; anything else as it is.  Raises ValueError in PyTorch's words."""
    if not isinstance(value, Tensor):
        return value
    if value.array.size != 1:
        raise ValueError("only one element tensors can be converted to Python scalars")
    return value.array.item()


def scalar(value: Any) -> Any:
    """The same where PyTorch converts to a float, and warns of the gradient that is lost by that."""
    if isinstance(value, Tensor) and value.requires_grad:
        from gradcli.run.script.warnings import warn_once

        warn_once(
            "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\n"
            "Consider using tensor.detach() first."
        )
    return number(value)


def index(value: Any) -> Any:
    """A tensor of one whole number as that number; anything else as it is.  Raises TypeError in PyTorch's words."""
    if not isinstance(value, Tensor):
        return value
    if value.array.size != 1 or value.array.dtype.kind not in "biu":
        raise TypeError("only integer tensors of a single element can be converted to an index")
    return operator.index(value.array.item())


# --- layers ---------------------------------------------------------------------------------------------------------


def layered(host: type) -> Any:
    """The same type with a place to note how many such stand on one another; it goes by the same name."""
    if host not in LAYERED:
        own = LAYERED[host] = type(host.__name__, (host,), {"__slots__": ("depth",), "__module__": host.__module__})
        _LAYERS.add(own)
    return LAYERED[host]


LAYERED: dict[type, Any] = {}
_LAYERS: set[type] = set()
for _host in (enumerate, filter, map, zip):
    layered(_host)


def layer(host: type, sources: Iterable[Any], *args: Any, **keywords: Any) -> Any:
    """`host(*args, **keywords)`, of filter, itertools and the like, drawing from `sources`.  Raises RecursionError."""
    depth = 1 + max([source.depth for source in sources if type(source) in _LAYERS], default=0)
    if depth > MOST_LAYERS:
        raise RecursionError(
            f"maximum recursion depth exceeded: more than {MOST_LAYERS} map(), zip() and the like stand on one another"
        )
    made = layered(host)(*args, **keywords)
    made.depth = depth
    return made
