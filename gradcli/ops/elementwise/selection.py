"""Choosing between values: where, clamp, maximum, masks."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.operation import Operation
from gradcli.graph.tape import broadcast_problem
from gradcli.graph.tensor import Tensor, as_array, from_array
from gradcli.ops.core import dtypes
from gradcli.ops.core.arrays import Array, Cotangent, Operand
from gradcli.ops.core.builders import SAME, ZERO, composite, general
from gradcli.ops.core.domains import Kink
from gradcli.ops.core.dtypes import c_name, scalar_name
from gradcli.ops.core.parameter_types import Number, Scalar
from gradcli.ops.core.table import family

family("elementwise")


def _mask_first(values: list[Any], statics: tuple[Any, ...]) -> list[Any]:
    """A mask, and promotion of the operands behind it."""
    condition = as_array(values[0])
    if condition.dtype == np.uint8:  # as masks were in older programs
        condition = condition != 0
    if condition.dtype != np.bool_:
        raise Problem(
            "dtype",
            f"where expected condition to be a boolean tensor, but got a tensor with dtype {scalar_name(condition.dtype)}",
            hint="compare it with something: x > 0",
        )
    return [condition, *dtypes.promote(values[1:])]


def _where(condition: Operand, x: Operand, y: Operand, /) -> Any:
    return np.where(condition, x, y)


_where_rules = (None, lambda g, condition: where(condition, g, 0.0), lambda g, condition: where(condition, 0.0, g))
where: Operation = general(
    "where",
    _where,
    _where_rules,
    _where_rules,
    casting=_mask_first,
    complex=SAME,
    grad_fn="WhereBackward0",
    method=False,
    doc="x where the condition holds, y elsewhere.",
    samples=("where(x > 0, x, y)", "where(x > 0, x, 0.)", "where(x[0] > 0, x, y)"),
)


def _kept_where(x: Operand, condition: Operand, y: Operand, /) -> Any:
    return where(condition, x, y)


composite(
    "where",
    _kept_where,
    function=False,
    overload="method",
    namespace="Tensor",
    doc="x where the condition holds, y elsewhere.",
    samples=("x.where(x > 0, y)", "x.where(y > 0, 2)"),
)


def nonzero_places(x: Tensor) -> tuple[Tensor, ...]:
    """The indices along each dimension of what is not zero; a 0-d tensor counts as having one dimension."""
    return tuple(map(from_array, np.nonzero(np.atleast_1d(x.ndarray))))


composite(
    "where",
    lambda condition, /: nonzero_places(condition),
    method=False,
    overload="nonzero",
    doc="Where the condition holds: the indices along each dimension.",
    samples=("where(x > 0)[0]", "where(x > y)[0]"),
)


def _mask_second(values: list[Any], statics: tuple[Any, ...]) -> list[Any]:
    x, mask, *rest = values
    if as_array(mask).dtype != np.bool_:
        raise Problem(
            "dtype",
            f"masked_fill_ only supports boolean masks, but got mask with dtype {c_name(as_array(mask).dtype)}",
            hint="compare it with something: x > 0",
        )
    return [as_array(x), as_array(mask), *rest]


def _masked_fill(x: Array, mask: Operand, value: Any, /) -> Any:
    if np.ndim(value):
        raise Problem(
            "shape-mismatch",
            f"masked_fill_ only supports a 0-dimensional value tensor, but got tensor with {np.ndim(value)} dimension(s).",
            hint="where(mask, value, x) takes values of any shape",
        )
    try:
        return np.where(mask, dtypes.fitting(value, x.dtype), x)
    except ValueError as error:
        raise broadcast_problem([mask, x]) or error from None


def _masked_fill_number(x: Array, mask: Operand, /, value: Scalar) -> Any:
    return _masked_fill(x, mask, value)


_kept = lambda g, mask: where(mask, 0.0, g)  # noqa: E731  (one rule for both modes)
_filled = lambda g, mask: where(mask, g, 0.0)  # noqa: E731
masked_fill = general(
    "masked_fill",
    _masked_fill_number,
    (_kept, None),
    (_kept, None),
    casting=_mask_second,
    overload="number",
    in_place=True,
    complex=SAME,
    grad_fn="MaskedFillBackward0",
    doc="x, but a number where the mask holds.",
    samples=("masked_fill(x, x > 0, -1.5)",),
)
masked_fill_tensor = general(
    "masked_fill",
    _masked_fill,
    (_kept, None, _filled),
    (_kept, None, _filled),
    casting=_mask_second,
    overload="tensor",
    in_place=True,
    complex=SAME,
    grad_fn="MaskedFillBackward1",
    doc="x, but the 0-d tensor value where the mask holds.",
    samples=("y:() masked_fill(x, x > 0, y)",),
)


# The rules of maximum and minimum: all to the winner, half to each at a tie, all to both where there is a nan.
_unless_below = lambda g, x, y: where(x == y, g / 2, where(x < y, 0.0, g))  # noqa: E731
_unless_above = lambda g, x, y: where(x == y, g / 2, where(x > y, 0.0, g))  # noqa: E731
_tie = Kink("half to each where x == y", lambda x, y: x == y, (0, 1))
maximum = general(
    "maximum",
    np.maximum,
    (_unless_below, _unless_above),
    (_unless_below, _unless_above),
    casting=dtypes.promote,
    complex=("maximum not implemented for complex tensors.", "RuntimeError"),
    grad_fn="MaximumBackward0",
    kinks=(_tie,),
    doc="The larger of x and y, elementwise.",
)
minimum = general(
    "minimum",
    np.minimum,
    (_unless_above, _unless_below),
    (_unless_above, _unless_below),
    casting=dtypes.promote,
    complex=("minimum not implemented for complex tensors.", "RuntimeError"),
    grad_fn="MinimumBackward0",
    kinks=(_tie,),
    doc="The smaller of x and y, elementwise.",
)


def _first_wins(wins: Any) -> tuple[Any, Any]:
    """The rules of fmax (or fmin): all to the winner, and to x at a tie."""
    return (lambda g, x, y: where(wins(x, y), g, 0.0), lambda g, x, y: where(wins(x, y), 0.0, g))


_fmax_rules = _first_wins(lambda x, y: (x >= y) | (y != y))
_fmin_rules = _first_wins(lambda x, y: (x <= y) | (y != y))
_first = Kink("all to x where x == y", lambda x, y: x == y, (0, 1))
fmax = general(
    "fmax",
    np.fmax,
    _fmax_rules,
    _fmax_rules,
    casting=dtypes.promote,
    complex=("fmax not implemented for complex tensors.", "RuntimeError"),
    grad_fn="FmaxBackward0",
    kinks=(_first,),
    doc="The larger of x and y; a nan counts as missing.",
)
fmin = general(
    "fmin",
    np.fmin,
    _fmin_rules,
    _fmin_rules,
    casting=dtypes.promote,
    complex=("fmin not implemented for complex tensors.", "RuntimeError"),
    grad_fn="FminBackward0",
    kinks=(_first,),
    doc="The smaller of x and y; a nan counts as missing.",
)


_NO_CLAMP = ("clamp is not supported for complex types", "NotImplementedError")


def _clamp(x: Array, /, min: Number | None = None, max: Number | None = None) -> Any:
    _need_a_bound(min, max)
    return np.clip(x, *[None if bound is None else dtypes.fitting(bound, x.dtype) for bound in (min, max)])


def _with_bounds(values: list[Any], statics: tuple[Any, ...]) -> list[Any]:
    """Promotion of the operand with the numbers that bound it."""
    dtype = dtypes.promoted([*values, *statics])
    if dtype.kind == "b":
        raise dtypes.not_implemented("clamp_scalar_cpu", dtype)
    return [values[0].astype(dtype, copy=False)]


def _need_a_bound(min: Any, max: Any) -> None:
    if min is None and max is None:
        raise Problem("argument", "torch.clamp: At least one of 'min' or 'max' must not be None", hint="write clamp(x, min=0)")


def _inside(g: Cotangent, x: Operand, min: Any, max: Any) -> Any:
    if min is None:
        return where(x <= max, g, 0.0)
    return where(x >= min, g, 0.0) if max is None else where((x >= min) & (x <= max), g, 0.0)


def _at_bound(x: Operand, min: Any = None, max: Any = None) -> Any:
    return (x == min if min is not None else False) | (x == max if max is not None else False)


clamp = general(
    "clamp",
    _clamp,
    _inside,
    _inside,
    overload="number",
    aliases=("clip",),
    casting=_with_bounds,
    in_place=True,
    complex=_NO_CLAMP,
    grad_fn="ClampBackward1",
    kinks=(Kink("1 at a bound", _at_bound, (0, 1)),),
    doc="x kept between min and max.",
    samples=("clamp(x, -1, 0.5)", "clamp(x, min=0)", "clamp(x, max=0.25)"),
)


def _clamp_tensors(x: Operand, min: Operand | None = None, max: Operand | None = None, /) -> Any:
    _need_a_bound(min, max)
    x = x if min is None else np.maximum(x, min)
    return x if max is None else np.minimum(x, max)


def _to_min(g: Cotangent, x: Operand, min: Any, max: Any) -> Any:
    return where(x < min, g, 0.0) if max is None else where((x < min) & (min < max), g, 0.0)


def _to_max(g: Cotangent, x: Operand, min: Any, max: Any) -> Any:
    return where(x > max, g, 0.0) if min is None else where((x > max) | (max < min), g, 0.0)


clamp_tensors = general(
    "clamp",
    _clamp_tensors,
    (_inside, _to_min, _to_max),
    (_inside, _to_min, _to_max),
    overload="tensor",
    aliases=("clip",),
    casting=dtypes.promote,
    in_place=True,
    complex=_NO_CLAMP,
    grad_fn="ClampBackward0",
    kinks=(Kink("1 to x, 0 to the bound, where they are equal", _at_bound, (0, 1)),),
    doc="x kept between two tensors.",
    samples=("clamp(x, y, y + 1)", "clamp(x, min=y)", "clamp(x, max=y)"),
)


# --- one bound ------------------------------------------------------------------------------------------------------


def _one_bound(name: str, keep: Any, inside: Any) -> Operation:
    """clamp_min and clamp_max, which count the bound itself as inside; gives the row with a number for the bound."""
    title = "".join([piece.capitalize() for piece in name.split("_")])
    side = name.removeprefix("clamp_")

    def number(x: Array, /, bound: Number) -> Any:
        return keep(x, dtypes.fitting(bound, x.dtype))

    to_x = lambda g, x, bound: where(inside(x, bound), g, 0.0)  # noqa: E731
    to_bound = lambda g, x, bound: where(inside(x, bound), 0.0, g)  # noqa: E731
    at_bound = lambda x, bound: x == bound  # noqa: E731
    row = general(
        name,
        number,
        to_x,
        to_x,
        overload="number",
        casting=dtypes.promote_with_number,
        in_place=True,
        complex=_NO_CLAMP,
        grad_fn=f"{title}Backward0",
        kinks=(Kink("1 at the bound", at_bound, (0, 1)),),
        doc=f"x, kept to a {side}imum.",
        samples=(f"{name}(x, 0.25)", f"x.{name}(-1)"),
    )
    general(
        name,
        lambda x, bound, /: keep(x, bound),
        (to_x, to_bound),
        (to_x, to_bound),
        overload="tensor",
        casting=dtypes.promote,
        in_place=True,
        grad_fn=f"{title}Backward1",
        kinks=(Kink("1 to x, 0 to the bound, where they are equal", at_bound, (0, 1)),),
        doc=f"x, kept to the {side}imum in a tensor.",
        samples=(f"{name}(x, y)",),
    )
    return row


clamp_min = _one_bound("clamp_min", np.maximum, lambda x, bound: x >= bound)
_one_bound("clamp_max", np.minimum, lambda x, bound: x <= bound)


def _threshold(x: Array, level: Operand, /) -> Any:
    return np.where(level <= 0, x.dtype.type(0), x)


# A row of its own because PyTorch's has a derivative with respect to `level`, too: zero, where `where` would have none.
_let_through: Operation = general(
    "threshold_backward",
    _threshold,
    (lambda g, level: _let_through(g, level), ZERO),
    (lambda t, level: _let_through(t, level), ZERO),
    function=False,
    method=False,
    grad_fn="ThresholdBackwardBackward0",
    doc="x where level is positive, else 0.",
)


def gate(name: str, grad_fn: str) -> Operation:
    """A row that lets y through, but gives 0 where a mask closes the way, whatever y is there: 0 * inf would be nan.

    x, of which the mask is made, is an operand because PyTorch's has a derivative with respect to it, too: zero.
    """
    row: Operation = general(
        f"{name}_backward",
        lambda y, x, closed, /: np.where(closed, y.dtype.type(0), y),
        (lambda g, x, closed: row(g, x, closed), ZERO, None),
        (lambda t, x, closed: row(t, x, closed), ZERO, None),
        casting=lambda values, statics: [*dtypes.promote(values[:2]), np.asarray(values[2])],
        function=False,
        method=False,
        grad_fn=grad_fn,
        doc=f"The gradient of {name}: y, but 0 where closed.",
    )
    return row


def strictly_below(x: Operand, bound: float) -> Any:
    """The smaller of the two; where they are equal its derivative is 0, as PyTorch's second derivatives have it there."""
    return where(x >= bound, bound, x)


def _relu(x: Array, /) -> Any:
    return np.maximum(x, x.dtype.type(0))


_where_positive = lambda g, out: _let_through(g, out)  # noqa: E731  (one rule for both modes)
relu = general(
    "relu",
    _relu,
    _where_positive,
    _where_positive,
    pointwise=True,
    casting=dtypes.no_masks("Boolean inputs not supported for relu", "make it floating-point: x.double()"),
    in_place=True,
    complex=_NO_CLAMP,
    grad_fn="ReluBackward0",
    namespace="F",
    kinks=(Kink("0 at 0", lambda x: x == 0, (0, 1)),),
    doc="x where positive, else 0.",
)
