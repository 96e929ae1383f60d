"""Sums, products, quotients, remainders, rounding."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor
from gradcli.ops.builders import ZERO, composite, elementwise, general
from gradcli.ops.domains import DIVISOR, NONZERO, REAL, Kink
from gradcli.ops.dtypes import promote, promote_to_float, promote_with_number, promoted
from gradcli.ops.kinds import Number
from gradcli.ops.table import family

family("arithmetic")


def _refuse_masks(values: list[Any], statics: tuple[Any, ...]) -> list[Any]:
    """Promotion for subtraction, which PyTorch refuses for masks."""
    if promoted(values).kind == "b":
        raise Problem("dtype", "Subtraction, the `-` operator, with a bool tensor is not supported.",
                      hint="use `~` to invert a mask, and `!=` for the difference of two")
    return promote(values)


# Where a partial is 1, the cotangent itself goes on: multiplying by one would cost a pass over memory.
_same, _negated = (lambda g: g), (lambda g: -g)

add = general("add", np.add, (_same, _same), (_same, _same), casting=promote, grad_fn="AddBackward0", operator="+",
              doc="x + y.")


def _add_scaled(x: Any, y: Any, /, *, alpha: Number) -> Any:
    return x + y * alpha


add_scaled = elementwise("add", _add_scaled, (lambda: 1, lambda alpha: alpha), overload="alpha", keeps_integers=True,
                         grad_fn="AddBackward0", doc="x + alpha * y.", samples=("add(x, y, alpha=3)",))
_sub = general("sub", np.subtract, (_same, _negated), (_same, _negated), casting=_refuse_masks, aliases=("subtract",),
               grad_fn="SubBackward0", doc="x - y.")


def _sub_scaled(x: Any, y: Any, /, *, alpha: Number) -> Any:
    return x - y * alpha


sub_scaled = elementwise("sub", _sub_scaled, (lambda: 1, lambda alpha: -alpha), overload="alpha", casting=_refuse_masks,
                         grad_fn="SubBackward0", doc="x - alpha * y.", samples=("sub(x, y, alpha=3)",))


def _rsub(x: Any, /, number: Number) -> Any:
    return number - x


rsub = general("rsub", _rsub, _negated, _negated, casting=promote_with_number, grad_fn="RsubBackward1", method=False,
               doc="number - x.", samples=("rsub(x, 2)", "2 - x"))


def _subtract(x: Any, y: Any, /) -> Any:
    return _sub(x, y) if type(x) is Tensor or type(y) is not Tensor else rsub(y, x)


composite("-", _subtract, operator="-", function=False, method=False, doc="x - y, or number - x.")
mul = general("mul", np.multiply, (lambda g, y: g * y, lambda g, x: g * x), (lambda t, y: t * y, lambda t, x: t * x),
              casting=promote, grad_fn="MulBackward0", aliases=("multiply",), operator="*", doc="x * y.")


def _to_divisor(g: Any, x: Any, y: Any) -> Any:
    return -g * (x / y / y)


_div = general("div", np.true_divide, (lambda g, y: g / y, _to_divisor), (lambda t, y: t / y, _to_divisor), casting=promote_to_float,
               grad_fn="DivBackward0", aliases=("divide", "true_divide"), domain=(REAL, DIVISOR), doc="x / y.")
reciprocal = elementwise("reciprocal", np.reciprocal, lambda out: -out * out, grad_fn="ReciprocalBackward0", domain=NONZERO,
                         doc="1 / x.")


def _divide(x: Any, y: Any, /) -> Any:
    return _div(x, y) if type(x) is Tensor or type(y) is not Tensor else reciprocal(y) * x


composite("/", _divide, operator="/", function=False, method=False, doc="x / y; number / x is number * reciprocal(x).")


def _div_rounded(x: Any, y: Any, /, *, rounding_mode: str | None) -> Any:
    if rounding_mode is None:
        return np.true_divide(x, y)
    if rounding_mode not in ("floor", "trunc"):
        raise Problem("argument", f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'")
    if rounding_mode == "floor":
        return _floor_divide(x, y)
    return np.trunc(x / y).astype(np.result_type(x, y))


def _floor_divide(x: Any, y: Any, /) -> Any:
    if np.result_type(x, y).kind in "iu" and not np.all(y):
        raise Problem("zero-division", "ZeroDivisionError: integer division by zero", hint="a floating-point divisor gives inf or nan")
    return np.floor_divide(x, y)


def _by_quotient(g: Any, y: Any, rounding_mode: Any) -> Any:
    return g / y if rounding_mode is None else ZERO(g)


def _by_rounded_quotient(g: Any, x: Any, y: Any, rounding_mode: Any) -> Any:
    return _to_divisor(g, x, y) if rounding_mode is None else ZERO(g)


def _division_casting(values: list[Any], statics: tuple[Any, ...]) -> list[Any]:
    return promote_to_float(values) if statics[0] is None else promote(values)


div_rounded = general("div", _div_rounded, (_by_quotient, _by_rounded_quotient), (_by_quotient, _by_rounded_quotient),
                      overload="rounding_mode", casting=_division_casting, grad_fn="DivBackward2", aliases=("divide",),
                      domain=(REAL, DIVISOR), doc="x / y, rounded by rounding_mode 'floor' or 'trunc'.",
                      kinks=(Kink("0 where it jumps", lambda x, y: x % y == 0),),
                      samples=("div(x, y, rounding_mode='floor')", "div(x, y, rounding_mode='trunc')"))
floor_divide = elementwise("floor_divide", _floor_divide, (None, None), keeps_integers=True, grad_fn="NotImplemented", operator="//",
                           domain=(REAL, DIVISOR), doc="floor(x / y); has no derivative, as in PyTorch.")
remainder = general("remainder", np.remainder, (_same, lambda g, x, y: -g * floor(x / y)), (_same, lambda t, x, y: -t * floor(x / y)),
                    casting=promote, overload="tensor", function=False, method=False, grad_fn="RemainderBackward1", domain=(REAL, DIVISOR),
                    kinks=(Kink("(1, -floor(x/y)) where it jumps", lambda x, y: x % y == 0),), doc="x % y, with the sign of y.")


def _remainder_number(x: Any, /, number: Number) -> Any:
    return np.remainder(x, number)


remainder_number = general("remainder", _remainder_number, _same, _same, casting=promote_with_number, overload="number",
                           function=False, method=False, grad_fn="RemainderBackward0", kinks=(Kink("1 where it jumps", lambda x, number: x % number == 0),),
                           doc="x % number.", samples=("remainder(x, 0.75)", "x % -0.75"))


def _number_remainder(number: Any, x: Any, /) -> Any:
    return np.remainder(number, x)


number_remainder = general("remainder", _number_remainder, (None, None), (None, None), casting=promote, overload="reflected",
                           method=False, function=False, grad_fn="NotImplemented", doc="number % x; has no derivative, as in PyTorch.")


def _modulo(x: Any, y: Any, /) -> Any:
    if type(x) is not Tensor:
        return number_remainder(x, y)
    return remainder(x, y) if type(y) is Tensor else remainder_number(x, y)


composite("remainder", _modulo, operator="%", doc="x % y, with the sign of y; either may be a number.",
          samples=("remainder(x, y)", "remainder(x, 2)"))
def _fmod_number(x: Any, /, number: Number) -> Any:
    return np.fmod(x, number)


fmod_number = general("fmod", _fmod_number, _same, _same, casting=promote_with_number, overload="number", grad_fn="FmodBackward0",
                      doc="The remainder of x / number, with the sign of x.", samples=("fmod(x, 0.75)",))
fmod = general("fmod", np.fmod, (_same, lambda g, x, y: -g * trunc(x / y)), (_same, lambda t, x, y: -t * trunc(x / y)),
               casting=promote, overload="tensor", grad_fn="FmodBackward1", domain=(REAL, DIVISOR),
               kinks=(Kink("(1, -trunc(x/y)) where it jumps", lambda x, y: np.fmod(x, y) == 0),), doc="The remainder of x / y, with the sign of x.")

# --- one operand ----------------------------------------------------------------------------------------------------

neg = general("neg", np.negative, _negated, _negated, casting=_refuse_masks, aliases=("negative",), grad_fn="NegBackward0",
              operator="neg", doc="-x.")
sign = elementwise("sign", np.sign, ZERO, keeps_integers=True, grad_fn="SignBackward0", doc="-1, 0 or 1.",
                   kinks=(Kink("0, at the jump too", lambda x: x == 0),))
abs = elementwise("abs", np.abs, lambda x: sign(x), keeps_integers=True, aliases=("absolute",), grad_fn="AbsBackward0", operator="abs",
                  kinks=(Kink("0 at 0", lambda x: x == 0, (-1, 1)),), doc="The absolute value.")


def _jumps_at_whole(x: Any) -> Any:
    return x == np.floor(x)


_step = (Kink("0, at the jumps too", _jumps_at_whole),)
floor = elementwise("floor", np.floor, ZERO, keeps_integers=True, grad_fn="FloorBackward0", kinks=_step, doc="The next whole number below.")
ceil = elementwise("ceil", np.ceil, ZERO, keeps_integers=True, grad_fn="CeilBackward0", kinks=_step, doc="The next whole number above.")
trunc = elementwise("trunc", np.trunc, ZERO, keeps_integers=True, aliases=("fix",), grad_fn="TruncBackward0", kinks=_step,
                    doc="The whole number next to x in the direction of zero.")
round = elementwise("round", np.rint, ZERO, keeps_integers=True, grad_fn="RoundBackward0", doc="The nearest whole number, halves to even.",
                    kinks=(Kink("0, at the jumps too", lambda x: x - np.floor(x) == 0.5),))


def _round_decimals(x: Any, /, *, decimals: int) -> Any:
    return np.round(x, decimals)


round_decimals = general("round", _round_decimals, ZERO, ZERO, overload="decimals", casting=promote, grad_fn="RoundBackward1",
                         doc="x rounded to so many decimals.", samples=("round(x, decimals=1)",))


def _frac(x: Any, /) -> Any:
    return x - np.trunc(x)


frac = general("frac", _frac, _same, _same, casting=promote, grad_fn="FracBackward0", doc="x - trunc(x).",
               kinks=(Kink("1 where it jumps", lambda x: x == np.floor(x)),))
