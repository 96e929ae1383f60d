"""Reductions: sum, mean, prod, var, std, all, any; and cumsum."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.operation import Operation
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.core.arrays import Array, Cotangent, Operand, Tangent
from gradcli.ops.core.builders import HOLOMORPHIC, SAME, composite, constant, general, linear
from gradcli.ops.core.dims import all_dims, one_dim
from gradcli.ops.core.domains import Kink
from gradcli.ops.core.dtypes import real_dtype, scalar_name, to_dtype
from gradcli.ops.core.parameter_types import Dim, Dims, DType, Number, Sizes
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.arithmetic import conj
from gradcli.ops.elementwise.selection import where
from gradcli.ops.kernels.correct_rounding import wide
from gradcli.ops.kernels.pairwise_sum import add_up
from gradcli.ops.kernels.running_sum import backward_sums, running_sums
from gradcli.ops.movement.broadcasting import expand
from gradcli.ops.movement.shapes import flatten, reshape, restored, view
from gradcli.ops.movement.transposing import permute

family("reductions")


def _floats_for_mean(values: list[Any], statics: tuple[Any, ...]) -> list[Any]:
    """Casting of the mean, which PyTorch refuses for integers."""
    asked = statics[-1]
    dtype: Any = values[0].dtype if asked is None else asked
    if dtype.kind not in "fc":
        raise Problem(
            "dtype",
            f"mean(): could not infer output dtype. {'Input' if asked is None else 'Optional'} dtype must be "
            f"either a floating point or complex dtype. Got: {scalar_name(dtype)}",
            hint="make it floating-point first: mean(x * 1.0)",
        )
    return values if asked is None else to_dtype(values, statics)


def _floats_for_spread(values: list[Any], statics: tuple[Any, ...]) -> list[Any]:
    if values[0].dtype.kind not in "fc":
        raise Problem(
            "dtype", "std and var only support floating point and complex dtypes", hint="make it floating-point first: x * 1.0"
        )
    return values


def _spread(g: Cotangent, x_shape: tuple[int, ...], dim: Any, keepdim: bool) -> Any:
    """The transpose of a sum: every summand gets the sum's cotangent."""
    return expand(restored(g, x_shape, dim, keepdim), x_shape)


def counting_dtype(x: Array) -> Any:
    """The dtype that sums of `x` have: masks and integers are counted in int64."""
    return np.int64 if x.dtype.kind in "biu" else None


def _total(x: Array, dims: Any, keepdim: bool, dtype: Any) -> Any:
    return add_up(x, dims, keepdim, dtype or counting_dtype(x))


def _sum(x: Array, /, *, dtype: DType = None) -> Any:
    return _total(x, None, False, dtype)


def _sum_dim(x: Array, /, dim: Dims, keepdim: bool = False, *, dtype: DType = None) -> Any:
    return _total(x, all_dims(dim, x.ndim), keepdim, dtype)


sum = linear(
    "sum",
    _sum,
    lambda g, x_shape: expand(g, x_shape),
    casting=to_dtype,
    grad_fn="SumBackward0",
    doc="The sum of all elements.",
    samples=("sum(x)", "x:() sum(x)", "x:0 sum(x)"),
)
sum_dim = linear(
    "sum",
    _sum_dim,
    _spread,
    overload="dim",
    casting=to_dtype,
    grad_fn="SumBackward1",
    doc="Sums along dim.",
    samples=("sum(x, 0)", "sum(x, dim=-1, keepdim=True)", "x:2,3,2 sum(x, [0, 2])", "x:0,3 sum(x, 0)"),
)


def _mean(x: Array, /, *, dtype: DType = None) -> Any:
    return _total(x, None, False, dtype) / (x.size or math.nan)


def _mean_dim(x: Array, /, dim: Dims, keepdim: bool = False, *, dtype: DType = None) -> Any:
    dims = all_dims(dim, x.ndim)
    return _total(x, dims, keepdim, dtype) / (count_of(x.shape, dims) or math.nan)


def count_of(shape: tuple[int, ...], dims: tuple[int, ...]) -> int:
    """How many elements of `shape` a reduction over `dims` joins into one."""
    return math.prod([shape[each] for each in dims])


def _spread_mean(g: Cotangent, x_shape: tuple[int, ...], dim: Any, keepdim: bool) -> Any:
    return _spread(g / (count_of(x_shape, all_dims(dim, len(x_shape))) or 1), x_shape, dim, keepdim)


mean = linear(
    "mean",
    _mean,
    lambda g, x_shape: expand(g / (math.prod(x_shape) or 1), x_shape),
    casting=_floats_for_mean,
    grad_fn="MeanBackward0",
    doc="The mean of all elements.",
    samples=("mean(x)", "x:() mean(x)"),
)
mean_dim = linear(
    "mean",
    _mean_dim,
    _spread_mean,
    overload="dim",
    casting=_floats_for_mean,
    grad_fn="MeanBackward1",
    doc="Means along dim.",
    samples=("mean(x, 0)", "mean(x, dim=[0, 1], keepdim=True)", "x:2,3,2 mean(x, -1)"),
)

# --- products -------------------------------------------------------------------------------------------------------


def _prod(x: Array, /, *, dtype: DType = None) -> Any:
    return x.prod(dtype=dtype or counting_dtype(x))


def _prod_dim(x: Array, /, dim: Dim, keepdim: bool = False, *, dtype: DType = None) -> Any:
    axis = one_dim(dim, x.ndim)
    return x.prod(axis if x.ndim else None, dtype=dtype or counting_dtype(x), keepdims=keepdim)


def product_of_others(x: Tensor, dim: int) -> Any:
    """For each element, the product of the others along `dim`, to be differentiated again."""
    return _leave_one_out(x, dim)


def _others(x: Operand, out: Operand, dim: Any) -> Any:
    """For each element, the product of the others along `dim` (None: all); `out` is the product of all."""
    zero = x == 0
    if not bool(array_of(zero).any()):
        return out / x
    if isinstance(x, Tensor):  # to be differentiated again: products of all but one, at the price of a square array
        return _leave_one_out(x, dim)
    zeros = zero.sum(dim, keepdims=True)
    rest = np.where(zero, 1, x).prod(dim, keepdims=True)
    return np.where(zeros > 1, 0, np.where(zeros == 1, np.where(zero, rest, 0), out / np.where(zero, 1, x)))


def array_of(x: Operand) -> Any:
    """The bare array of a tensor, or an array as it is."""
    return x.ndarray if isinstance(x, Tensor) else x


def _leave_one_out(x: Tensor, dim: Any) -> Any:
    flat = x.ndarray.size if dim is None else x.shape[dim]
    line = x[(None, ...)] if dim is not None else flatten(x)[None]
    axis = 1 if dim is None else dim + 1
    keep = np.eye(flat, dtype=bool).reshape([flat] + [flat if each == axis else 1 for each in range(1, line.ndim)])
    products = prod_dim(where(from_array(keep), 1.0, line), axis)  # entry i leaves out element i
    if dim is None:
        return reshape(products, x.shape)
    order = [*range(1, dim + 1), 0, *range(dim + 1, x.ndim)]
    return permute(products, tuple(order))


def _prod_vjp(g: Cotangent, x: Operand, out: Operand) -> Any:
    return g * _others(x, out, None) if x.shape else g


def _prod_dim_vjp(g: Cotangent, x: Operand, out: Operand, dim: Any, keepdim: bool) -> Any:
    if not x.shape:
        return g
    return restored(g, x.shape, dim, keepdim) * _others(x, restored(out, x.shape, dim, keepdim), one_dim(dim, len(x.shape)))


prod = general(
    "prod",
    _prod,
    _prod_vjp,
    lambda t, x, out: sum(t * _others(x, out, None)),
    casting=to_dtype,
    complex=HOLOMORPHIC,
    grad_fn="ProdBackward0",
    doc="The product of all elements.",
    samples=("prod(x)", "x:() prod(x)"),
)
prod_dim = general(
    "prod",
    _prod_dim,
    _prod_dim_vjp,
    lambda t, x, out, dim, keepdim: sum_dim(
        t * _others(x, restored(out, x.shape, dim, keepdim), one_dim(dim, len(x.shape))), dim, keepdim
    ),
    overload="dim",
    casting=to_dtype,
    complex=HOLOMORPHIC,
    grad_fn="ProdBackward1",
    doc="Products along dim.",
    samples=("prod(x, 0)", "prod(x, dim=1, keepdim=True)"),
)

# --- spreads --------------------------------------------------------------------------------------------------------


def _var(x: Array, /, dim: Dims = None, *, correction: Number | None = 1, keepdim: bool = False) -> Any:
    dims = all_dims(dim, x.ndim)
    return _spread_of(wide(x), dims, correction, keepdim).astype(real_dtype(x.dtype), copy=False)


def _spread_of(x: Array, dims: tuple[int, ...], correction: Any, keepdim: bool) -> Any:
    if x.dtype.kind == "c":
        return _spread_of(x.real, dims, correction, keepdim) + _spread_of(x.imag, dims, correction, keepdim)
    off = np.asarray(x - x.sum(dims, keepdims=True) / (count_of(x.shape, dims) or math.nan))
    total = np.multiply(off, off, out=off).sum(dims, keepdims=keepdim)
    return total / (max(0, count_of(x.shape, dims) - (1 if correction is None else correction)) if off.size else math.nan)


def _std(x: Array, /, dim: Dims = None, *, correction: Number | None = 1, keepdim: bool = False) -> Any:
    return np.sqrt(_spread_of(wide(x), all_dims(dim, x.ndim), correction, keepdim)).astype(real_dtype(x.dtype), copy=False)


def _var_slope(x: Operand, dim: Any, correction: Any) -> Any:
    """d var / d x: twice the deviation over the degrees of freedom."""
    free = count_of(x.shape, all_dims(dim, len(x.shape))) - (1 if correction is None else correction)
    return (x - mean_dim(x, dim, True)) * (2 / free) if free > 0 else _slope_without_freedom(x, dim, free)


def _slope_without_freedom(x: Operand, dim: Any, free: float) -> Any:
    """What PyTorch has where no degree of freedom is left: infinity, but nan where there is no deviation."""
    if dim is not None and x.shape:
        return (x - mean_dim(x, dim, True)) * (2 / free if free else math.inf)
    array = array_of(x)
    slope = np.where(array == _mean(array), math.nan, math.inf).astype(array.dtype)
    return from_array(slope) if isinstance(x, Tensor) else slope


def _var_vjp(g: Cotangent, x: Operand, dim: Any, correction: Any, keepdim: bool) -> Any:
    return restored(g, x.shape, dim, keepdim) * _var_slope(x, dim, correction)


def _half_over(g: Cotangent, out: Operand) -> Any:
    """The way through a square root that gives 0 where it is 0: the subgradient of least norm."""
    return where(out == 0, 0.0, g / (out * 2))


def _std_vjp(g: Cotangent, x: Operand, out: Operand, dim: Any, correction: Any, keepdim: bool) -> Any:
    return _var_vjp(_half_over(g, out), x, dim, correction, keepdim)


def _var_jvp(t: Tangent, x: Operand, dim: Any, correction: Any, keepdim: bool) -> Any:
    return sum_dim(conj(t) * _var_slope(x, dim, correction), dim, keepdim)  # of a complex one, the real part


_spread_samples = ("{0}(x)", "{0}(x, 0)", "{0}(x, dim=[0, 1], correction=0)", "{0}(x, -1, keepdim=True)")
var = general(
    "var",
    _var,
    _var_vjp,
    _var_jvp,
    casting=_floats_for_spread,
    complex=SAME,
    grad_fn="VarBackward0",
    doc="The variance, over n - correction.",
    samples=tuple([each.format("var") for each in _spread_samples]),
)
std = general(
    "std",
    _std,
    _std_vjp,
    lambda t, x, out, dim, correction, keepdim: _half_over(_var_jvp(t, x, dim, correction, keepdim), out),
    casting=_floats_for_spread,
    complex=SAME,
    grad_fn="StdBackward0",
    kinks=(Kink("0 where all values are equal", lambda out: out == 0),),
    doc="The standard deviation: the root of the variance.",
    samples=tuple([each.format("std") for each in _spread_samples]),
)


def _older_overloads(name: str, row: Any) -> None:
    """The overloads with `unbiased`, a truth value, in the place of `correction`."""

    def of_all(x: Operand, /, unbiased: bool) -> Any:
        return row(x, None, int(unbiased), False)

    def along(x: Operand, /, dim: Dims, unbiased: bool, keepdim: bool = False) -> Any:
        return row(x, dim, int(unbiased), keepdim)

    composite(name, of_all, overload="unbiased", doc=row.doc, samples=(f"{name}(x, False)", f"x.{name}(unbiased=False)"))
    composite(
        name,
        along,
        overload="dim, unbiased",
        doc=row.doc,
        samples=(f"{name}(x, 0, False)", f"x.{name}(1, unbiased=False, keepdim=True)"),
    )


_older_overloads("var", var)
_older_overloads("std", std)

# --- sum_to_size, running sums, truth -------------------------------------------------------------------------------


def _sum_to_size(x: Operand, /, size: Sizes) -> Any:
    extra = x.ndim - len(size)
    if not size:
        return sum(x)
    if extra < 0 or any([wanted not in (1, length) for wanted, length in zip(size, x.shape[extra:])]):
        raise Problem(
            "shape",
            f"size {{{list(size)}}} is not expandable to size {{{list(x.shape)}}}.",
            hint="each length stays or becomes 1; dimensions at the front go",
        )
    dims = [*range(extra), *[extra + each for each, length in enumerate(size) if length == 1 != x.shape[extra + each]]]
    summed = sum_dim(x, tuple(dims), True) if dims else x
    return view(summed, size) if extra else summed


composite(
    "sum_to_size",
    _sum_to_size,
    namespace="Tensor",
    function=False,
    doc="The sum that undoes a broadcast from that shape.",
    samples=("x.sum_to_size(1, 3)", "x:2,2,3 x.sum_to_size(2, 1)"),
)


def _cumsum(x: Array, /, dim: Dim, *, dtype: DType = None) -> Any:
    axis = one_dim(dim, x.ndim)
    running = running_sums(x, axis) if x.ndim else x
    return running.astype(dtype or counting_dtype(x) or x.dtype, copy=not x.ndim)


def _reversed_cumsum(x: Array, /, dim: Dim) -> Any:
    axis = one_dim(dim, x.ndim)
    return backward_sums(x, axis).astype(x.dtype, copy=False) if x.ndim else x[...]


cumsum = linear(
    "cumsum",
    _cumsum,
    lambda g, dim: cumsum_backward(g, dim),
    in_place=True,
    casting=to_dtype,
    grad_fn="CumsumBackward0",
    doc="Running sums along dim.",
    samples=("cumsum(x, 0)", "x.cumsum(dim=-1)"),
)
cumsum_backward: Operation = linear(
    "cumsum_backward",
    _reversed_cumsum,
    lambda g, dim: cumsum(g, dim),
    function=False,
    method=False,
    grad_fn="FlipBackward0",
    doc="Running sums from the end.",
)


def _all(x: Array, /, dim: Dims = None, keepdim: bool = False) -> Any:
    return _truth(x, np.all(x, all_dims(dim, x.ndim), keepdims=keepdim))


def _any(x: Array, /, dim: Dims = None, keepdim: bool = False) -> Any:
    return _truth(x, np.any(x, all_dims(dim, x.ndim), keepdims=keepdim))


def _truth(x: Array, values: Array) -> Any:
    """Truth values of a uint8 tensor, PyTorch's masks of old, are uint8."""
    return values.astype(np.uint8) if x.dtype == np.uint8 else values


constant(
    "all", _all, complex=SAME, doc="Whether all elements are true, along dim.", samples=("all(x > 0)", "all(x > 0, dim=0)")
)
constant(
    "any",
    _any,
    complex=SAME,
    doc="Whether any element is true, along dim.",
    samples=("any(x > 0)", "any(x > 0, 1, keepdim=True)"),
)
