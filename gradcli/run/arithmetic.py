"""Python's own arithmetic on plain numbers, made safe: no traceback, no hang, no complex result of real numbers."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from gradcli.errors import Problem

# Of a whole number: what float64 reaches, so that every one can go into a tensor, and none takes long to print.
MOST_BITS = 1023

OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "&": operator.and_,
    "|": operator.or_,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


def compute(symbol: str, x: Any, y: Any) -> Any:
    """`x symbol y` for two numbers.  Overflow gives an infinity, as in tensors.  Raises Problem."""
    try:
        result = _power(x, y) if symbol == "**" else OPERATIONS[symbol](x, y)
    except ZeroDivisionError:
        raise Problem(
            "zero-division",
            "division by zero",
            type="ZeroDivisionError",
            hint="tensors give inf or nan instead: write tensor(0.) for the divisor",
        ) from None
    except TypeError:
        raise Problem(
            "type",
            f"'{symbol}' not supported between {_kind(x)} and {_kind(y)}",
            type="TypeError",
            hint="complex numbers have no order, and no remainders",
        ) from None
    except OverflowError:  # only a power of floating-point numbers comes here
        if isinstance(x, complex) or isinstance(y, complex):
            return complex(math.nan, math.nan)
        return -math.inf if x < 0 and y % 2 == 1 else math.inf
    return result if type(result) is not int else bounded(result)


def bounded(number: int) -> int:
    """A whole number that is not too long.  Raises Problem."""
    if number.bit_length() > MOST_BITS:
        raise _too_long(f"the number has {int(number.bit_length() * math.log10(2)) + 1:,} digits")
    return number


def _power(x: Any, y: Any) -> Any:
    if isinstance(x, int) and isinstance(y, int) and y > 0 and abs(x) > 1 and math.log2(abs(x)) * y > MOST_BITS + 1:
        raise _too_long(f"the power has about {_digits(abs(x), y)} digits")  # and might take hours
    result = x**y
    return math.nan if isinstance(result, complex) and not isinstance(x, complex) and not isinstance(y, complex) else result


def _kind(number: Any) -> str:
    return f"'{type(number).__name__}'"


def _digits(x: int, y: int) -> str:
    """How many digits x ** y has, or a power of ten where that is itself a long number."""
    count = math.log10(x) * y
    return f"{int(count) + 1:,}" if count < 1e15 else f"10^{int(math.log10(count))}"


def _too_long(what: str) -> Problem:
    return Problem(
        "limit",
        f"{what}, more than a whole number may have here",
        type="OverflowError",
        hint="use a decimal point for floating-point numbers, as in 9.0**9",
    )
