"""The members of Python's module `math`, on numbers and on tensors of one number; and `time.sleep`, for a while."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from functools import reduce
from typing import Any

from gradcli.errors import Problem
from gradcli.run.script.builtins import Builtin
from gradcli.run.script.guards import MOST_BITS, guarded_multiply, index, scalar, too_long, watched

_LONGEST_SLEEP = 60.0  # seconds
_WHOLE = frozenset({"comb", "factorial", "gcd", "isqrt", "lcm", "perm"})  # functions of whole numbers
_OF_ITEMS = frozenset({"dist", "fsum", "sumprod"})
_BY_ITSELF = frozenset({"trunc"})  # Python has no way from a tensor to these


def _check_size(name: str, args: list[Any]) -> None:
    """Refuse what math.factorial and the like would take long to compute.  Raises Problem."""
    if not all([isinstance(each, int) and each >= 0 for each in args]) or not args:
        return  # which the function refuses itself, or finds small
    most = args[0] if len(args) == 1 else args[1] if name == "perm" else min(args[1], args[0] - args[1])
    bits = most * args[0].bit_length()  # of a product of so many factors
    if bits > MOST_BITS and args[0] < 1 << 50:
        n, rest = float(args[0]), float(args[0] - most)
        ordered = math.lgamma(most + 1.0) if name == "comb" else 0.0
        bits = (math.lgamma(n + 1) - math.lgamma(rest + 1) - ordered) / math.log(2)
    if bits > MOST_BITS:
        raise too_long(f"math.{name}")


def _of_whole_numbers(name: str, function: Callable[..., int]) -> Callable[..., int]:
    def call(*args: Any) -> int:
        plain = [index(each) for each in args]
        if name in ("comb", "factorial", "perm"):
            _check_size(name, plain)
        return function(*plain)

    return call


def _lcm(*args: Any) -> int:
    def join(one: int, two: Any) -> int:
        result = math.lcm(one, index(two))
        if result.bit_length() > MOST_BITS:
            raise too_long("math.lcm")
        return result

    return reduce(join, args, 1)


def _of_items(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args: function(*[[scalar(each) for each in watched(items)] for items in args])


def _prod(iterable: Any, /, *, start: Any = 1) -> Any:
    """The product of all items; tensors stay tensors."""
    return reduce(guarded_multiply, watched(iterable), start)


def _of_numbers(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **words: Any) -> Any:
        if words:
            return function(*map(scalar, args), **{name: scalar(value) for name, value in words.items()})
        return function(*map(scalar, args))

    return call


def _wrapped(name: str) -> Any:
    """A function of the module `math` that takes tensors, or one of its constants."""
    value = getattr(math, name)
    if not callable(value) or name in _BY_ITSELF:
        return value
    if name in _WHOLE:
        make = _of_whole_numbers(name, value)
    elif name in _OF_ITEMS:
        make = _of_items(value)
    else:
        make = _of_numbers(value)
    make.__doc__ = value.__doc__
    return Builtin(name, make)


def _sleep(seconds: Any, /) -> None:
    """Wait, for a minute at most."""
    wait = scalar(seconds)
    if wait > _LONGEST_SLEEP:
        message = f"time.sleep() waits for {_LONGEST_SLEEP:g} seconds at most here, not for {wait:g}"
        raise Problem("limit", message, type="OverflowError")
    time.sleep(wait)


MATH: dict[str, Any] = {
    **{name: _wrapped(name) for name in dir(math) if not name.startswith("_")},
    "lcm": Builtin("lcm", _lcm),
    "prod": Builtin("prod", _prod),
}
SLEEP = Builtin("sleep", _sleep)

# Modules that people reach for, and what does the same here.
INSTEAD = {"random": "draw with torch.rand, torch.randn or torch.randint; torch.manual_seed(k) sets the seed"}
