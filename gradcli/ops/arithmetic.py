"""Sums, products, quotients, remainders, rounding."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor
from gradcli.ops.builders import ZERO, composite, elementwise, general, times
from gradcli.ops.domains import DIVISOR, NONZERO, REAL, Kink
from gradcli.ops.dtypes import as_dtype, dtype_of, only, promote, promote_to_float, promote_with_number
from gradcli.ops.kinds import Number
from gradcli.ops.table import family

family("arithmetic")

# Where a partial is 1, the cotangent itself goes on: multiplying by one would cost a pass over memory.
_same, _negated = (lambda g: g), (lambda g: -g)


def _times_alpha(x: Any, y: Any, alpha: Any) -> Any:
    """alpha * y in the dtype of the sum (a mask times True is a mask)."""
    if x.dtype.kind in "iub" and isinstance(alpha, float):
        raise Problem(
            "dtype",
            "For integral input tensors, argument alpha must not be a floating point number.",
            hint="make x floating-point first",
        )
    return y * as_dtype(alpha, x.dtype)


add = general(
    "add",
    np.add,
    (_same, _same),
    (_same, _same),
    casting=promote,
    in_place=True,
    commutative=True,
    operator="+",
    grad_fn="AddBackward0",
    doc="x + y.",
)


def _add_scaled(x: Any, y: Any, /, *, alpha: Number) -> Any:
    return x + _times_alpha(x, y, alpha)


add_scaled = elementwise(
    "add",
    _add_scaled,
    (lambda: 1, lambda alpha: alpha),
    overload="alpha",
    keeps_integers=True,
    grad_fn="AddBackward0",
    doc="x + alpha * y.",
    samples=("add(x, y, alpha=3)",),
)


def _no_masks(values: list[Any], statics: tuple[Any, ...]) -> list[Any]:
    """Promotion for subtraction, which PyTorch refuses for masks."""
    masks = [dtype_of(each).kind == "b" for each in (*values, *statics)]
    if True in masks:
        which = "two bool tensors" if False not in masks else "a bool tensor"
        raise Problem(
            "dtype",
            f"Subtraction, the `-` operator, with {which} is not supported.",
            hint="use `~` to invert a mask, and `!=` for the difference of two",
        )
    return promote_with_number(values, statics) if statics else promote(values)


_sub = general(
    "sub",
    np.subtract,
    (_same, _negated),
    (_same, _negated),
    casting=_no_masks,
    aliases=("subtract",),
    in_place=True,
    grad_fn="SubBackward0",
    doc="x - y.",
)


def _sub_scaled(x: Any, y: Any, /, *, alpha: Number) -> Any:
    return x - _times_alpha(x, y, alpha)


sub_scaled = elementwise(
    "sub",
    _sub_scaled,
    (lambda: 1, lambda alpha: -alpha),
    overload="alpha",
    casting=lambda values, statics: _no_masks(values, ()),
    grad_fn="SubBackward0",
    doc="x - alpha * y.",
    samples=("sub(x, y, alpha=3)",),
)


def _rsub(x: Any, /, number: Number) -> Any:
    return number - x


rsub = general(
    "rsub",
    _rsub,
    _negated,
    _negated,
    casting=_no_masks,
    grad_fn="RsubBackward1",
    method=False,
    doc="number - x.",
    samples=("rsub(x, 2)", "2 - x"),
)


def _subtract(x: Any, y: Any, /) -> Any:
    return _sub(x, y) if type(x) is Tensor or type(y) is not Tensor else rsub(y, x)


composite("-", _subtract, operator="-", function=False, method=False, doc="x - y, or number - x.")
mul = general(
    "mul",
    np.multiply,
    (times("y"), times("x")),
    (times("y"), times("x")),
    casting=promote,
    in_place=True,
    commutative=True,
    operator="*",
    grad_fn="MulBackward0",
    aliases=("multiply",),
    doc="x * y.",
)

# --- quotients ------------------------------------------------------------------------------------------------------


def _to_divisor(g: Any, x: Any, y: Any) -> Any:
    return -g * (x / y / y)


_div = general(
    "div",
    np.true_divide,
    (lambda g, y: g / y, _to_divisor),
    (lambda t, y: t / y, _to_divisor),
    casting=promote_to_float,
    in_place=True,
    grad_fn="DivBackward0",
    aliases=("divide", "true_divide"),
    domain=(REAL, DIVISOR),
    doc="x / y.",
)
reciprocal = elementwise(
    "reciprocal", np.reciprocal, lambda out: -out * out, grad_fn="ReciprocalBackward0", domain=NONZERO, doc="1 / x."
)


def _divide(x: Any, y: Any, /) -> Any:
    return _div(x, y) if type(x) is Tensor or type(y) is not Tensor else reciprocal(y) * x


composite(
    "/",
    _divide,
    operator="/",
    function=False,
    method=False,
    domain=(REAL, DIVISOR),
    doc="x / y; number / x is number * reciprocal(x).",
)


def _no_zero(x: Any, y: Any) -> None:
    """Whole numbers have no infinity to answer a division by zero with."""
    if isinstance(y, np.ndarray) and y.dtype.kind in "iu" and np.size(x) and not np.all(y):
        raise Problem(
            "zero-division", "ZeroDivisionError: integer division by zero", hint="a floating-point divisor gives inf or nan"
        )


def _div_rounded(x: Any, y: Any, /, *, rounding_mode: str | None) -> Any:
    if rounding_mode is None:
        return np.true_divide(x, y)
    if rounding_mode not in ("floor", "trunc"):
        raise Problem(
            "argument", f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'"
        )
    return _floor_divide(x, y) if rounding_mode == "floor" else _trunc_divide(x, y)


def _floor_divide(x: Any, y: Any, /) -> Any:
    _no_zero(x, y)
    return np.floor_divide(x, y)


def _trunc_divide(x: Any, y: Any) -> Any:
    _no_zero(x, y)
    return np.trunc(x / y) if x.dtype.kind == "f" else np.floor_divide(x - np.fmod(x, y), y)


def _by_quotient(g: Any, y: Any, rounding_mode: Any) -> Any:
    return g / y if rounding_mode is None else ZERO(g)


def _by_rounded_quotient(g: Any, x: Any, y: Any, rounding_mode: Any) -> Any:
    return _to_divisor(g, x, y) if rounding_mode is None else ZERO(g)


def _division_casting(values: list[Any], statics: tuple[Any, ...]) -> list[Any]:
    return promote_to_float(values) if statics[0] is None else only("iuf", f"div_{statics[0]}_cpu")(values)


div_rounded = general(
    "div",
    _div_rounded,
    (_by_quotient, _by_rounded_quotient),
    (_by_quotient, _by_rounded_quotient),
    overload="rounding_mode",
    casting=_division_casting,
    in_place=True,
    grad_fn="DivBackward2",
    aliases=("divide",),
    domain=(REAL, DIVISOR),
    doc="x / y, rounded by rounding_mode 'floor' or 'trunc'.",
    kinks=(Kink("0 where it jumps", lambda x, y, rounding_mode: (x % y == 0) & ((x != 0) | (rounding_mode == "floor"))),),
    samples=("div(x, y, rounding_mode='floor')", "div(x, y, rounding_mode='trunc')", "div(x, y, rounding_mode=None)"),
)
floor_divide = elementwise(
    "floor_divide",
    _floor_divide,
    (None, None),
    casting=only("iuf", "div_floor_cpu"),
    grad_fn="NotImplemented",
    operator="//",
    domain=(REAL, DIVISOR),
    doc="floor(x / y); has no derivative, as in PyTorch.",
)

# --- remainders -----------------------------------------------------------------------------------------------------


def _remainder(x: Any, y: Any, /) -> Any:
    _no_zero(x, y)
    return np.remainder(x, y)


remainder = general(
    "remainder",
    _remainder,
    (_same, lambda g, x, y: -g * div_rounded(x, y, "floor")),
    (_same, lambda t, x, y: -t * div_rounded(x, y, "floor")),
    casting=only("iuf", "remainder_cpu"),
    overload="tensor",
    function=False,
    method=False,
    grad_fn="RemainderBackward1",
    domain=(REAL, DIVISOR),
    kinks=(Kink("(1, -floor(x/y)) where it jumps", lambda x, y: x % y == 0),),
    doc="x % y, with the sign of y.",
)


_same_by_number = lambda g, number: g  # noqa: E731  (the number says where it jumps)


def _remainder_number(x: Any, /, number: Number) -> Any:
    return _remainder(x, as_dtype(number, x.dtype))


remainder_number = general(
    "remainder",
    _remainder_number,
    _same_by_number,
    _same_by_number,
    casting=only("iuf", "remainder_cpu", promote_with_number),
    overload="number",
    function=False,
    method=False,
    grad_fn="RemainderBackward0",
    kinks=(Kink("1 where it jumps", lambda x, number: x % number == 0),),
    doc="x % number.",
    samples=("remainder(x, 0.75)", "x % -0.75"),
)


def _number_remainder(number: Any, x: Any, /) -> Any:
    return _remainder(number, x)


number_remainder = general(
    "remainder",
    _number_remainder,
    (None, None),
    (None, None),
    casting=only("iuf", "remainder_cpu"),
    overload="reflected",
    method=False,
    function=False,
    grad_fn="NotImplemented",
    doc="number % x; has no derivative, as in PyTorch.",
)


def _modulo(x: Any, y: Any, /) -> Any:
    if type(x) is not Tensor:
        return number_remainder(x, y)
    return remainder(x, y) if type(y) is Tensor else remainder_number(x, y)


composite(
    "remainder",
    _modulo,
    operator="%",
    domain=(REAL, DIVISOR),
    in_place=True,
    doc="x % y, with the sign of y; either may be a number.",
    samples=("remainder(x, y)", "remainder(x, -y)", "remainder(x, 2)", "x % y", "x % -2", "2.5 % x"),
)


def _fmod(x: Any, y: Any, /) -> Any:
    _no_zero(x, y)
    return np.fmod(x, y)


def _fmod_number(x: Any, /, number: Number) -> Any:
    return _fmod(x, as_dtype(number, x.dtype))


fmod_number = general(
    "fmod",
    _fmod_number,
    _same_by_number,
    _same_by_number,
    casting=only("iuf", "fmod_cpu", promote_with_number),
    overload="number",
    in_place=True,
    grad_fn="FmodBackward0",
    kinks=(Kink("1 where it jumps", lambda x, number: (np.fmod(x, number) == 0) & (x != 0)),),
    doc="The remainder of x / number, with the sign of x.",
    samples=("fmod(x, 0.75)", "fmod(x, -2)"),
)
fmod = general(
    "fmod",
    _fmod,
    (_same, lambda g, x, y: -g * div_rounded(x, y, "trunc")),
    (_same, lambda t, x, y: -t * div_rounded(x, y, "trunc")),
    casting=only("iuf", "fmod_cpu"),
    overload="tensor",
    in_place=True,
    grad_fn="FmodBackward1",
    domain=(REAL, DIVISOR),
    kinks=(Kink("(1, -trunc(x/y)) where it jumps", lambda x, y: (np.fmod(x, y) == 0) & (x != 0)),),
    doc="The remainder of x / y, with the sign of x.",
    samples=("fmod(x, y)", "fmod(x, -y)", "x:2,1 y:3 fmod(x, y)"),
)

# --- one operand ----------------------------------------------------------------------------------------------------


def _not_a_mask(values: list[Any], statics: tuple[Any, ...]) -> list[Any]:
    if values[0].dtype.kind == "b":
        raise Problem(
            "dtype", "Negation, the `-` operator, on a bool tensor is not supported.", hint="use `~` to invert a mask"
        )
    return values


neg = general(
    "neg",
    np.negative,
    _negated,
    _negated,
    casting=_not_a_mask,
    aliases=("negative",),
    in_place=True,
    grad_fn="NegBackward0",
    operator="neg",
    doc="-x.",
)


def _sign(x: Any, /) -> Any:
    return x if x.dtype.kind == "b" else np.subtract(x > 0, x < 0, dtype=x.dtype)  # of nan it is 0, in PyTorch


sign = elementwise(
    "sign",
    _sign,
    ZERO,
    keeps_integers=True,
    grad_fn="SignBackward0",
    doc="-1, 0 or 1.",
    kinks=(Kink("0, at the jump too", lambda x: x == 0),),
)
abs = elementwise(
    "abs",
    np.abs,
    lambda x: sign(x),
    casting=only("iuf", "abs_cpu"),
    aliases=("absolute",),
    grad_fn="AbsBackward0",
    operator="abs",
    kinks=(Kink("0 at 0", lambda x: x == 0, (-1, 1)),),
    doc="The absolute value.",
)


def _jumps_at_whole(x: Any) -> Any:
    return x == np.floor(x)


_step = (Kink("0, at the jumps too", _jumps_at_whole),)
floor = elementwise(
    "floor",
    np.floor,
    ZERO,
    casting=only("iuf", "floor_vml_cpu"),
    grad_fn="FloorBackward0",
    kinks=_step,
    doc="The next whole number below.",
)
ceil = elementwise(
    "ceil",
    np.ceil,
    ZERO,
    casting=only("iuf", "ceil_vml_cpu"),
    grad_fn="CeilBackward0",
    kinks=_step,
    doc="The next whole number above.",
)
trunc = elementwise(
    "trunc",
    np.trunc,
    ZERO,
    casting=only("iuf", "trunc_vml_cpu"),
    aliases=("fix",),
    grad_fn="TruncBackward0",
    kinks=(Kink(_step[0].text, lambda x: _jumps_at_whole(x) & (x != 0)),),
    doc="The whole number next to x in the direction of zero.",
)


def _round(x: Any, /) -> Any:
    return np.rint(x) if x.dtype.kind == "f" else x.copy()


round = elementwise(
    "round",
    _round,
    ZERO,
    casting=only("iuf", "round_vml_cpu"),
    grad_fn="RoundBackward0",
    doc="The nearest whole number, halves to even.",
    kinks=(Kink("0, at the jumps too", lambda x: x - np.floor(x) == 0.5),),
)


def _round_decimals(x: Any, /, *, decimals: int) -> Any:
    return np.round(x, decimals)


_flat_by_decimals = lambda g, decimals: ZERO(g)  # noqa: E731  (the number says where it jumps)
round_decimals = general(
    "round",
    _round_decimals,
    _flat_by_decimals,
    _flat_by_decimals,
    overload="decimals",
    casting=only("f", "round_cpu"),
    in_place=True,
    grad_fn="RoundBackward1",
    kinks=(Kink(_step[0].text, lambda x, decimals: (x * 10.0**decimals) % 1 == 0.5),),
    doc="x rounded to so many decimals.",
    samples=("round(x, decimals=1)", "round(x, decimals=-1)"),
)


def _frac(x: Any, /) -> Any:
    return x - np.trunc(x)


frac = general(
    "frac",
    _frac,
    _same,
    _same,
    casting=only("f", "frac_cpu"),
    in_place=True,
    grad_fn="FracBackward0",
    doc="x - trunc(x).",
    kinks=(Kink("1 where it jumps", lambda x: _jumps_at_whole(x) & (x != 0)),),
)
