"""Python's own arithmetic on plain numbers, made safe: no traceback, no hang, no complex result."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from gradcli.errors import Problem

MOST_BITS = 1 << 16  # of a whole number; enough for 19,000 digits

OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv, "%": operator.mod,
    "&": operator.and_, "|": operator.or_,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne}


def compute(symbol: str, x: Any, y: Any) -> Any:
    """`x symbol y` for two numbers.  Overflow gives an infinity, as in tensors.  Raises Problem."""
    try:
        return _power(x, y) if symbol == "**" else OPERATIONS[symbol](x, y)
    except ZeroDivisionError:
        raise Problem("zero-division", "division by zero", type="ZeroDivisionError",
                      hint="tensors give inf or nan instead: write tensor(0.) for the divisor") from None
    except OverflowError:
        return _overflowed(symbol, x, y)


def _power(x: Any, y: Any) -> Any:
    if isinstance(x, int) and isinstance(y, int) and y > 0:
        bits = abs(x).bit_length() * y if abs(x) > 1 else 1
        if bits > MOST_BITS:
            raise Problem("limit", f"the power has about {_digits(x, y)} digits, more than a whole number may have here", type="OverflowError",
                          hint="use a decimal point for floating-point numbers, as in 9.0**9")
    result = x ** y
    return math.nan if isinstance(result, complex) else result


def _digits(x: int, y: int) -> str:
    """How many digits x ** y has, or a power of ten where that is itself a long number."""
    if y.bit_length() < 900:
        count = math.log10(abs(x)) * float(y) if abs(x).bit_length() < 900 else abs(x).bit_length() * 0.30103 * float(y)
        if count < 1e15:
            return f"{int(count) + 1:,}"
        return f"10^{int(math.log10(count))}"
    return f"10^{int(y.bit_length() * 0.30103)}"


def _overflowed(symbol: str, x: Any, y: Any) -> float:
    """What floating-point numbers too large for their type become."""
    if symbol == "**":
        return -math.inf if x < 0 and y % 2 == 1 else math.inf
    if symbol in ("/", "//"):
        return math.copysign(math.inf, x) * (1 if y > 0 else -1)
    return math.inf if (x > 0) == (y > 0) else -math.inf
