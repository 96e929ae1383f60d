"""Sums, products, quotients; and of one operand, its negative, sign and absolute value."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.conjugates import marked
from gradcli.graph.half_rows import HalfSteps
from gradcli.graph.operation import Operation
from gradcli.graph.tape import broadcast_problem
from gradcli.graph.tensor import Tensor, array_dtype
from gradcli.ops.core.arrays import Array, Cotangent, Operand, are_small, sign_of
from gradcli.ops.core.builders import HOLOMORPHIC, SAME, ZERO, composite, elementwise, general, holomorphic, linear, times
from gradcli.ops.core.domains import DIVISOR, NONZERO, REAL, Kink
from gradcli.ops.core.dtypes import as_dtype, dtype_of, not_implemented, only, promote, promote_to_float, promote_with_number
from gradcli.ops.core.parameter_types import RoundingMode, Scalar
from gradcli.ops.core.table import family
from gradcli.ops.kernels.correct_rounding import fused

family("elementwise")

# Where a partial is 1, the cotangent itself goes on: multiplying by one would cost a pass over memory.
_same, _negated = (lambda g: g), (lambda g: -g)


def _alpha_like(x: Array, alpha: Any) -> Any:
    """alpha in the dtype of the sum (a mask times True is a mask)."""
    kind, wanted = {float: ("integral", "floating point"), complex: ("non-complex", "complex")}.get(type(alpha), ("", ""))
    if (x.dtype.kind in "iub" and kind) or (x.dtype.kind == "f" and kind == "non-complex"):
        raise Problem(
            "dtype", f"For {kind} input tensors, argument alpha must not be a {wanted} number.", hint=f"make x {wanted}"
        )
    return as_dtype(alpha, x.dtype)


add = general(
    "add",
    np.add,
    (_same, _same),
    (_same, _same),
    casting=promote,
    in_place=True,
    commutative=True,
    operator="+",
    complex=SAME,
    grad_fn="AddBackward0",
    doc="x + y.",
)


def _add_scaled(x: Array, y: Operand, /, *, alpha: Scalar) -> Any:
    factor = _alpha_like(x, alpha)
    return fused(y, factor, x) if are_small(x, y) else x + y * factor


add_scaled = elementwise(
    "add",
    _add_scaled,
    (lambda: 1, lambda alpha: alpha),
    overload="alpha",
    keeps_integers=True,
    complex=HOLOMORPHIC,
    grad_fn="AddBackward0",
    doc="x + alpha * y.",
    samples=("add(x, y, alpha=3)",),
)


def _no_masks(values: list[Any], statics: tuple[Any, ...]) -> list[Any]:
    """Promotion for subtraction, which PyTorch refuses for masks."""
    masks = [dtype_of(each).kind == "b" for each in (*values, *statics)]
    if True in masks:
        two = False not in masks
        which = "two bool tensors" if two else "a bool tensor"
        instead = "Use the `^` or" if two else "If you are trying to invert a mask, use the `~` or"
        other = "logical_xor()" if two else "logical_not()"
        raise Problem(
            "dtype", f"Subtraction, the `-` operator, with {which} is not supported. {instead} `{other}` operator instead."
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
    complex=SAME,
    grad_fn="SubBackward0",
    doc="x - y.",
)


def _sub_scaled(x: Array, y: Operand, /, *, alpha: Scalar) -> Any:
    factor = _alpha_like(x, alpha)
    return fused(y, -factor, x) if are_small(x, y) else x - y * factor


sub_scaled = elementwise(
    "sub",
    _sub_scaled,
    (lambda: 1, lambda alpha: -alpha),
    overload="alpha",
    aliases=("subtract",),
    casting=lambda values, statics: _no_masks(values, ()),
    complex=HOLOMORPHIC,
    grad_fn="SubBackward0",
    doc="x - alpha * y.",
    samples=("sub(x, y, alpha=3)",),
)


def _rsub(x: Operand, /, other: Scalar, alpha: Scalar = 1) -> Any:
    return other - (x if alpha == 1 else x * alpha)


_minus_alpha = lambda g, alpha: -g if alpha == 1 else -g * alpha  # noqa: E731
rsub = general(
    "rsub",
    _rsub,
    _minus_alpha,
    _minus_alpha,
    casting=_no_masks,
    complex=HOLOMORPHIC,
    grad_fn="RsubBackward1",
    method=False,
    doc="other - alpha * x, where other is a number.",
    samples=("rsub(x, 2)", "2 - x", "rsub(x, 2, alpha=3)"),
)


def _subtracted_from(values: list[Any], statics: tuple[Any, ...]) -> list[Any]:
    problem = broadcast_problem(values[::-1])  # y comes first in PyTorch's words, too
    if problem is not None:
        raise problem
    return _no_masks(values, ())


def _rsub_tensor(x: Operand, y: Operand, /, alpha: Scalar = 1) -> Any:
    return y - (x if alpha == 1 else x * alpha)


rsub_tensor = general(
    "rsub",
    _rsub_tensor,
    (_minus_alpha, lambda g: g),
    (_minus_alpha, lambda t: t),
    casting=_subtracted_from,
    overload="tensor",
    complex=HOLOMORPHIC,
    grad_fn="RsubBackward0",
    method=False,
    doc="y - alpha * x.",
    samples=("rsub(x, y)", "rsub(x, y, alpha=3)"),
)


def _subtract(x: Operand, y: Operand, /) -> Any:
    return _sub(x, y) if isinstance(x, Tensor) or not isinstance(y, Tensor) else rsub(y, x)


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
    complex=HOLOMORPHIC,
    grad_fn="MulBackward0",
    aliases=("multiply",),
    doc="x * y.",
)

# --- quotients ------------------------------------------------------------------------------------------------------


_to_divisor: Any = lambda g, x, y: -g * (x / y / y)  # noqa: E731
_div = general(
    "div",
    np.true_divide,
    (lambda g, y: g / y, _to_divisor),
    (lambda t, y: t / y, _to_divisor),
    casting=promote_to_float,
    in_place=True,
    complex=HOLOMORPHIC,
    half=HalfSteps(stepwise=True),
    grad_fn="DivBackward0",
    aliases=("divide", "true_divide"),
    domain=(REAL, DIVISOR),
    doc="x / y.",
)
reciprocal = elementwise(
    "reciprocal",
    np.reciprocal,
    lambda out: -out * out,
    complex={**holomorphic(lambda out: -out * out), "forward": lambda x: np.true_divide(1, x)},  # which has infinities
    grad_fn="ReciprocalBackward0",
    domain=NONZERO,
    doc="1 / x.",
)


def _divide(x: Operand, y: Operand, /) -> Any:
    return _div(x, y) if isinstance(x, Tensor) or not isinstance(y, Tensor) else reciprocal(y) * x


composite(
    "/",
    _divide,
    operator="/",
    function=False,
    method=False,
    domain=(REAL, DIVISOR),
    doc="x / y; number / x is number * reciprocal(x).",
)


def need_divisors(x: Operand, y: Operand) -> None:
    """Refuse to divide whole numbers by zero: they have no infinity to answer with.  Raises Problem."""
    if isinstance(y, np.ndarray) and y.dtype.kind in "iu" and np.size(x) and not np.all(y):
        hint = "a floating-point divisor gives inf or nan"
        raise Problem("zero-division", "ZeroDivisionError: integer division by zero", hint=hint, theirs="ZeroDivisionError")


def _div_rounded(x: Array, y: Operand, /, *, rounding_mode: RoundingMode | None) -> Any:
    if rounding_mode is None:
        return np.true_divide(x, y)
    return _floor_divide(x, y) if rounding_mode == "floor" else _trunc_divide(x, y)


def _floor_divide(x: Operand, y: Operand, /) -> Any:
    need_divisors(x, y)
    return np.floor_divide(x, y)


def _trunc_divide(x: Array, y: Operand) -> Any:
    need_divisors(x, y)
    return np.trunc(x / y) if x.dtype.kind == "f" else np.floor_divide(x - np.fmod(x, y), y)


def _by_quotient(g: Cotangent, y: Operand, rounding_mode: Any) -> Any:
    return g / y if rounding_mode is None else ZERO(g)


def _by_rounded_quotient(g: Cotangent, x: Operand, y: Operand, rounding_mode: Any) -> Any:
    return _to_divisor(g, x, y) if rounding_mode is None else ZERO(g)


def _division_casting(values: list[Any], statics: tuple[Any, ...]) -> list[Any]:
    if statics[0] is None:
        return promote_to_float(values)
    promoted = promote(values)
    if promoted[0].dtype.kind not in "iuf":
        raise not_implemented(f"div_{statics[0]}_cpu", promoted[0].dtype)
    return promoted


div_rounded = general(
    "div",
    _div_rounded,
    (_by_quotient, _by_rounded_quotient),
    (_by_quotient, _by_rounded_quotient),
    overload="rounding_mode",
    casting=_division_casting,
    complex=HOLOMORPHIC,
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

# --- one operand ----------------------------------------------------------------------------------------------------


def _not_a_mask(values: list[Any], statics: tuple[Any, ...]) -> list[Any]:
    if values[0].dtype.kind == "b":
        raise Problem(
            "dtype",
            "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the `~` or "
            "`logical_not()` operator instead.",
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
    complex={"forward": lambda x: np.subtract(0, x)},  # of which zeros have no sign, in PyTorch
    grad_fn="NegBackward0",
    operator="neg",
    doc="-x.",
)


def _sign(x: Array, /) -> Any:
    return x if x.dtype.kind == "b" else np.subtract(x > 0, x < 0, dtype=x.dtype)  # of nan it is 0, in PyTorch


sign = elementwise(
    "sign",
    _sign,
    ZERO,
    complex=(
        "Unlike NumPy, torch.sign is not intended to support complex numbers. Please use torch.sgn instead.",
        "NotImplementedError",
    ),
    keeps_integers=True,
    grad_fn="SignBackward0",
    doc="-1, 0 or 1.",
    kinks=(Kink("0, at the jump too", lambda x: x == 0),),
)


def conj(x: Operand) -> Any:
    """The complex conjugate; what is real stays itself."""
    return x if array_dtype(x).kind != "c" else _conj(x)


composite("conj", lambda x, /: marked(conj(x), x), operator="conj", doc="The complex conjugate.", samples=("conj(x)",))
_conj: Operation = linear(
    "conj",
    np.conjugate,
    lambda g: conj(g),
    function=False,
    method=False,
    grad_fn="ConjBackward0",
    doc="The complex conjugate.",
)


def _along_circle(g: Cotangent, x: Operand, out: Operand) -> Any:
    """The part of g / abs(x) at right angles to x / abs(x): the derivative of that point of the unit circle, in both modes."""
    scaled = where_nonzero(x, g)
    return 0.5 * (scaled - conj(scaled) * out * out)


def where_nonzero(x: Operand, g: Cotangent) -> Any:
    """g / abs(x), and 0 where x is 0."""
    from gradcli.ops.elementwise.selection import where  # stands on this module

    zero = x == 0
    return where(zero, 0.0, g / where(zero, 1.0, abs(x)))


_flat = lambda g, x: ZERO(g)  # noqa: E731  (x is named, for PyTorch saves it)
sgn = general(
    "sgn",
    lambda x, /: sign_of(x),
    _flat,
    _flat,
    pointwise=True,
    in_place=True,
    complex={"vjps": (_along_circle,), "jvps": (_along_circle,)},
    grad_fn="SgnBackward0",
    doc="-1, 0 or 1; of a complex number, x / abs(x).",
    kinks=(Kink("0, at the jump too", lambda x: x == 0),),
)
abs = elementwise(
    "abs",
    np.abs,
    lambda x: sign(x),
    casting=only("iufc", "abs_cpu"),
    complex={"vjps": (lambda g, x: g * sgn(x),), "jvps": (lambda t, x: t * conj(sgn(x)),)},
    aliases=("absolute", "math.fabs"),
    grad_fn="AbsBackward0",
    operator="abs",
    kinks=(Kink("0 at 0", lambda x: x == 0, (-1, 1)),),
    doc="The absolute value.",
)
