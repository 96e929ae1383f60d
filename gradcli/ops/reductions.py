"""Many values to few: sums, means, products, spreads, extremes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor
from gradcli.ops.arithmetic import abs as absolute
from gradcli.ops.arithmetic import sign
from gradcli.ops.builders import composite, constant, general, linear
from gradcli.ops.dims import all_dims, one_dim
from gradcli.ops.domains import Kink
from gradcli.ops.kinds import Dim, Dims, DType, Number
from gradcli.ops.selection import maximum, minimum, where
from gradcli.ops.shapes import expand, flatten, permute, reshape, restored
from gradcli.ops.table import family

family("reductions")


def _need_floats(what: str) -> Any:
    """Casting of reductions that PyTorch refuses for integers."""
    def check(values: list[Any], statics: tuple[Any, ...]) -> list[Any]:
        x = np.asarray(values[0])
        if x.dtype.kind != "f" and not any([isinstance(each, np.dtype) for each in statics]):
            raise Problem("dtype", f"{what}(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. "
                          f"Got: {x.dtype.name}", hint=f"make it floating-point first: {what}(x * 1.0)")
        return [x]

    return check


def _spread(g: Any, x_shape: Any, dim: Any, keepdim: Any) -> Any:
    """The transpose of a sum: every summand gets the sum's cotangent."""
    return expand(restored(g, x_shape, dim, keepdim), x_shape)


def _total(x: Any, dims: Any, keepdim: bool, dtype: Any) -> Any:
    """NumPy's pairwise sum; masks and small integers are counted in int64, as in PyTorch."""
    return x.sum(dims, dtype=dtype or (np.int64 if x.dtype.kind in "biu" else None), keepdims=keepdim)


def _sum(x: Any, /, *, dtype: DType = None) -> Any:
    return _total(x, None, False, dtype)


def _sum_dim(x: Any, /, dim: Dims, keepdim: bool = False, *, dtype: DType = None) -> Any:
    return _total(x, all_dims(dim, x.ndim), keepdim, dtype)


sum = linear("sum", _sum, lambda g, x_shape: expand(g, x_shape), grad_fn="SumBackward0", doc="The sum of all elements.",
             samples=("sum(x)", "x:() sum(x)", "x:0 sum(x)"))
sum_dim = linear("sum", _sum_dim, _spread, overload="dim", grad_fn="SumBackward1", doc="Sums along dim.",
                 samples=("sum(x, 0)", "sum(x, dim=-1, keepdim=True)", "x:2,3,2 sum(x, [0, 2])", "x:0,3 sum(x, 0)"))


def _mean(x: Any, /, *, dtype: DType = None) -> Any:
    return _quotient(_total(x, None, False, dtype), x.size)


def _quotient(total: Any, count: int) -> Any:
    return total / (count or math.nan)


def _mean_dim(x: Any, /, dim: Dims, keepdim: bool = False, *, dtype: DType = None) -> Any:
    dims = all_dims(dim, x.ndim)
    return _quotient(_total(x, dims, keepdim, dtype), _count(x.shape, dims))


def _count(shape: tuple[int, ...], dims: tuple[int, ...]) -> int:
    """How many elements of `shape` a reduction over `dims` joins into one."""
    return math.prod([shape[each] for each in dims])


def _spread_mean(g: Any, x_shape: Any, dim: Any, keepdim: Any) -> Any:
    return _spread(g / (_count(x_shape, all_dims(dim, len(x_shape))) or 1), x_shape, dim, keepdim)


mean = linear("mean", _mean, lambda g, x_shape: expand(g / (math.prod(x_shape) or 1), x_shape), casting=_need_floats("mean"),
              grad_fn="MeanBackward0", doc="The mean of all elements.", samples=("mean(x)", "x:() mean(x)"))
mean_dim = linear("mean", _mean_dim, _spread_mean, overload="dim", casting=_need_floats("mean"), grad_fn="MeanBackward1",
                  doc="Means along dim.", samples=("mean(x, 0)", "mean(x, dim=[0, 1], keepdim=True)", "x:2,3,2 mean(x, -1)"))

# --- products -------------------------------------------------------------------------------------------------------


def _prod(x: Any, /, *, dtype: DType = None) -> Any:
    return x.prod(dtype=dtype or (np.int64 if x.dtype.kind in "biu" else None))


def _prod_dim(x: Any, /, dim: Dim, keepdim: bool = False, *, dtype: DType = None) -> Any:
    axis = one_dim(dim, x.ndim)
    return x.prod(axis if x.ndim else None, dtype=dtype or (np.int64 if x.dtype.kind in "biu" else None), keepdims=keepdim)


def _others(x: Any, out: Any, dim: Any) -> Any:
    """For each element, the product of the others along `dim` (None: all); `out` is their product with it, broadcastable."""
    zero = x == 0
    if not bool(_array(zero).any()):
        return out / x
    if type(x) is Tensor:  # to be differentiated again: products of all but one, at the price of a square array
        return _leave_one_out(x, dim)
    zeros = zero.sum(dim, keepdims=True)
    rest = np.where(zero, 1, x).prod(dim, keepdims=True)
    return np.where(zeros > 1, 0, np.where(zeros == 1, np.where(zero, rest, 0), out / np.where(zero, 1, x)))


def _array(x: Any) -> Any:
    return x.array if type(x) is Tensor else x


def _leave_one_out(x: Any, dim: Any) -> Any:
    flat = x.array.size if dim is None else x.shape[dim]
    line = x[(None, ...)] if dim is not None else flatten(x)[None]
    axis = 1 if dim is None else dim + 1
    keep = np.eye(flat, dtype=bool).reshape([flat] + [flat if each == axis else 1 for each in range(1, line.ndim)])
    products = prod_dim(where(Tensor(keep), 1.0, line), axis)  # entry i leaves out element i
    if dim is None:
        return reshape(products, x.shape)
    order = [*range(1, dim + 1), 0, *range(dim + 1, x.ndim)]
    return permute(products, tuple(order))


def _prod_vjp(g: Any, x: Any, out: Any) -> Any:
    return g * _others(x, out, None)


def _prod_dim_vjp(g: Any, x: Any, out: Any, dim: Any, keepdim: Any) -> Any:
    if not x.shape:
        return g
    return restored(g, x.shape, dim, keepdim) * _others(x, restored(out, x.shape, dim, keepdim), one_dim(dim, len(x.shape)))


prod = general("prod", _prod, _prod_vjp, lambda t, x, out: sum(t * _others(x, out, None)), grad_fn="ProdBackward0",
               doc="The product of all elements.", samples=("prod(x)", "x:() prod(x)"))
prod_dim = general("prod", _prod_dim, _prod_dim_vjp,
                   lambda t, x, out, dim, keepdim: sum_dim(
                       t * _others(x, restored(out, x.shape, dim, keepdim), one_dim(dim, len(x.shape))), dim, keepdim),
                   overload="dim", grad_fn="ProdBackward1", doc="Products along dim.",
                   samples=("prod(x, 0)", "prod(x, dim=1, keepdim=True)"))

# --- spreads --------------------------------------------------------------------------------------------------------


def _var(x: Any, /, dim: Dims = None, *, correction: Number = 1, keepdim: bool = False) -> Any:
    dims = all_dims(dim, x.ndim)
    off = x - _quotient(x.sum(dims, keepdims=True), _count(x.shape, dims))
    return (off * off).sum(dims, keepdims=keepdim) / (max(0, _count(x.shape, dims) - correction) or (0.0 if off.size else math.nan))


def _std(x: Any, /, dim: Dims = None, *, correction: Number = 1, keepdim: bool = False) -> Any:
    return np.sqrt(_var(x, dim, correction=correction, keepdim=keepdim))


def _var_slope(x: Any, dim: Any, correction: Any) -> Any:
    """d var / d x: twice the deviation over the degrees of freedom."""
    free = _count(x.shape, all_dims(dim, len(x.shape))) - correction
    return (x - mean_dim(x, dim, True)) * (2 / free if free > 0 else math.nan)


def _var_vjp(g: Any, x: Any, dim: Any, correction: Any, keepdim: Any) -> Any:
    return restored(g, x.shape, dim, keepdim) * _var_slope(x, dim, correction)


def _half_over(g: Any, out: Any) -> Any:
    """The way through a square root that gives 0 where it is 0: the subgradient of least norm."""
    return where(out == 0, 0.0, g / (out * 2))


def _std_vjp(g: Any, x: Any, out: Any, dim: Any, correction: Any, keepdim: Any) -> Any:
    return _var_vjp(_half_over(g, out), x, dim, correction, keepdim)


def _var_jvp(t: Any, x: Any, dim: Any, correction: Any, keepdim: Any) -> Any:
    return sum_dim(t * _var_slope(x, dim, correction), dim, keepdim)


_spread_samples = ("{0}(x)", "{0}(x, 0)", "{0}(x, dim=[0, 1], correction=0)", "{0}(x, -1, keepdim=True)", "{0}(x, 1, unbiased=False)")
var = general("var", _var, _var_vjp, _var_jvp, casting=_need_floats("var"), grad_fn="VarBackward0",
              doc="The variance, over n - correction.", samples=tuple([each.format("var") for each in _spread_samples]))
std = general("std", _std, _std_vjp,
              lambda t, x, out, dim, correction, keepdim: _half_over(_var_jvp(t, x, dim, correction, keepdim), out),
              casting=_need_floats("std"), grad_fn="StdBackward0", kinks=(Kink("0 where all values are equal", lambda x: np.ptp(x) == 0),),
              doc="The standard deviation: the root of the variance.", samples=tuple([each.format("std") for each in _spread_samples]))

# --- extremes -------------------------------------------------------------------------------------------------------


def _not_empty(x: Any, name: str, dims: tuple[int, ...]) -> None:
    if x.ndim and not _count(x.shape, dims) :
        raise Problem("empty", f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with "
                      "the 'dim' argument." if len(dims) == x.ndim else
                      f"{name}(): Expected reduction dim {dims[0]} to have non-zero size.", type="IndexError",
                      hint="an empty tensor has no largest or smallest element")


def _shared(g: Any, x: Any, out: Any, dim: Any, keepdim: Any) -> Any:
    """The cotangent split evenly among the elements that equal the extreme."""
    chosen = x == restored(out, x.shape, dim, keepdim)
    return where(chosen, restored(g, x.shape, dim, keepdim) / _how_many(chosen, dim), 0.0)


def _how_many(chosen: Any, dim: Any) -> Any:
    array = _array(chosen)
    count = array.sum(all_dims(dim, array.ndim), keepdims=True).astype(np.float64)
    return Tensor(count) if type(chosen) is Tensor else count


def _shared_jvp(t: Any, x: Any, out: Any, dim: Any, keepdim: Any) -> Any:
    chosen = x == restored(out, x.shape, dim, keepdim)
    return sum_dim(where(chosen, t / _how_many(chosen, dim), 0.0), dim, keepdim)


def _extreme(name: str, largest: bool) -> None:
    """The rows of max (or min): `amax`, the full reduction, the one along a dimension with its index, and the two-tensor form."""
    reduce = np.max if largest else np.min
    position = np.argmax if largest else np.argmin
    title = name.capitalize()
    word = "largest" if largest else "smallest"

    def over_dims(x: Any, /, dim: Dims = None, keepdim: bool = False) -> Any:
        dims = all_dims(dim, x.ndim)
        _not_empty(x, f"a{name}", dims)
        return reduce(x, dims, keepdims=keepdim)

    def full(x: Any, /) -> Any:
        _not_empty(x, name, all_dims(None, x.ndim))
        return reduce(x)

    def along(x: Any, /, dim: Dim, keepdim: bool = False) -> Any:
        if not x.ndim:
            return x[...], np.zeros((), np.int64)
        axis = one_dim(dim, x.ndim)
        _not_empty(x, name, (axis,))
        indices = position(x, axis, keepdims=True)
        values = np.take_along_axis(x, indices, axis)
        return (values, indices) if keepdim else (values.squeeze(axis), indices.squeeze(axis))

    ties = Kink("split evenly among equal elements", lambda x: np.sum(x == reduce(x)) > 1 if x.size else False)
    general(f"a{name}", over_dims, _shared, _shared_jvp, grad_fn=f"A{name}Backward0", kinks=(ties,), doc=f"The {word} elements along dim.",
            samples=(f"a{name}(x)", f"a{name}(x, 0)", f"a{name}(x, dim=[0, 1], keepdim=True)", f"x.a{name}(-1)"))
    general(name, full, lambda g, x, out: _shared(g, x, out, None, False), lambda t, x, out: _shared_jvp(t, x, out, None, False),
            overload="full", grad_fn=f"{title}Backward1", kinks=(ties,), doc=f"The {word} element.", samples=(f"{name}(x)",))
    general(name, along, _to_index, lambda t, indices, dim, keepdim: _at_index(t, indices, dim, keepdim), overload="dim",
            outputs=("values", "indices"), grad_fn=f"{title}Backward0",
            kinks=(Kink("all to the element whose index is returned, where several are equal", ties.at),),
            doc=f"The {word} elements along dim, and their indices.", samples=(f"{name}(x, 0)[0]", f"{name}(x, dim=-1, keepdim=True).values"))
    composite(name, lambda x, y, /: maximum(x, y) if largest else minimum(x, y), overload="other", doc=f"The {word} of x and y.",
              samples=(f"{name}(x, y)",))
    constant(f"arg{name}", _arg(name, position), doc=f"The index of the {word} element (of the flattened tensor, without dim).",
             samples=(f"arg{name}(x)", f"arg{name}(x, dim=0)", f"x.arg{name}(1, keepdim=True)"))


def _arg(name: str, position: Any) -> Any:
    def arg(x: Any, /, dim: Dim | None = None, keepdim: bool = False) -> Any:
        _not_empty(x, f"arg{name}", all_dims(dim, x.ndim))
        return position(x, None if dim is None or not x.ndim else one_dim(dim, x.ndim), keepdims=keepdim and dim is not None)

    return arg


def _scatter(x: Any, /, indices: Any, dim: Any, keepdim: Any, shape: Any) -> Any:
    """Zeros of `shape`, with the entries of x at the indices along dim."""
    out = np.zeros(shape, x.dtype)
    if not shape:
        return x[...]
    axis = one_dim(dim, len(shape))
    np.put_along_axis(out, indices if keepdim else np.expand_dims(indices, axis), x if keepdim else np.expand_dims(x, axis), axis)
    return out


def _gather(x: Any, /, indices: Any, dim: Any, keepdim: Any) -> Any:
    """The entries of x at the indices along dim: the transpose of `_scatter`."""
    if not x.ndim:
        return x[...]
    axis = one_dim(dim, x.ndim)
    picked = np.take_along_axis(x, indices if keepdim else np.expand_dims(indices, axis), axis)
    return picked if keepdim else picked.squeeze(axis)


_scattered = linear("value_selecting_reduction_backward", _scatter, lambda g, indices, dim, keepdim: _gathered(g, indices, dim, keepdim),
                    function=False, method=False, grad_fn="ValueSelectingReductionBackward0", doc="Values put back at their indices.")
_gathered = linear("gather_along", _gather, lambda g, x_shape, indices, dim, keepdim: _scattered(g, indices, dim, keepdim, x_shape),
                   function=False, method=False, grad_fn="GatherBackward0", doc="Values picked by index along dim.")


def _to_index(g: Any, x_shape: Any, indices: Any, dim: Any, keepdim: Any) -> Any:
    return _scattered(g, _array(indices), dim, keepdim, x_shape)


def _at_index(t: Any, indices: Any, dim: Any, keepdim: Any) -> Any:
    return _gathered(t, _array(indices), dim, keepdim)


_extreme("max", True)
_extreme("min", False)

# --- running sums, norms, truth -------------------------------------------------------------------------------------


def _cumsum(x: Any, /, dim: Dim, *, dtype: DType = None) -> Any:
    axis = one_dim(dim, x.ndim)
    return x.cumsum(axis if x.ndim else None, dtype=dtype).reshape(x.shape)


def _reversed_cumsum(x: Any, /, dim: Dim) -> Any:
    axis = one_dim(dim, x.ndim)
    return np.flip(np.flip(x, axis).cumsum(axis), axis) if x.ndim else x[...]


cumsum = linear("cumsum", _cumsum, lambda g, dim: _back_cumsum(g, dim), grad_fn="CumsumBackward0", doc="Running sums along dim.",
                samples=("cumsum(x, 0)", "x.cumsum(dim=-1)"))
_back_cumsum = linear("cumsum_backward", _reversed_cumsum, lambda g, dim: cumsum(g, dim), function=False, method=False,
                      grad_fn="FlipBackward0", doc="Running sums from the end.")


def _vector_norm(x: Any, /, ord: Number = 2, dim: Dims = None, keepdim: bool = False, *, dtype: DType = None) -> Any:
    x = x if dtype is None else x.astype(dtype)
    dims = all_dims(dim, x.ndim)
    if ord == 2:
        return _euclidean(x, dims, keepdim)
    size = np.abs(x)
    if ord in (math.inf, -math.inf):
        return (np.max if ord > 0 else np.min)(size, dims, keepdims=keepdim)
    if ord == 0:
        return (x != 0).sum(dims, keepdims=keepdim).astype(x.dtype)
    return size.sum(dims, keepdims=keepdim) if ord == 1 else (size ** ord).sum(dims, keepdims=keepdim) ** (1 / ord)


def _euclidean(x: Any, dims: Any, keepdim: bool) -> Any:
    """The root of the sum of squares; computed from scaled values where the plain way would over- or underflow."""
    plain = np.sqrt((x * x).sum(dims, keepdims=keepdim))
    if x.size and np.all(np.isfinite(plain)) and np.all((plain > 1e-150) | (plain == 0) & np.all(x == 0)):
        return plain
    top = np.abs(x).max(initial=0)
    return top * np.sqrt(((x / top) ** 2).sum(dims, keepdims=keepdim)) if np.isfinite(top) and top else plain


def _norm_slope(x: Any, norm: Any, ord: Any, dim: Any) -> Any:
    """d norm / d x, where `norm` has the dimensions of x; 0 at the origin, the subgradient of least norm."""
    if ord == 0:
        return x * 0
    if ord == 1:
        return sign(x)
    if ord == 2:
        return where(norm == 0, 0.0, x / norm)
    if ord in (math.inf, -math.inf):
        chosen = absolute(x) == norm
        return where(chosen, sign(x) / _how_many(chosen, dim), 0.0)
    return where((norm == 0) | (x == 0), 0.0, sign(x) * (absolute(x) / norm) ** (ord - 1))


def _norm_vjp(g: Any, x: Any, out: Any, ord: Any, dim: Any, keepdim: Any) -> Any:
    return restored(g, x.shape, dim, keepdim) * _norm_slope(x, restored(out, x.shape, dim, keepdim), ord, dim)


def _norm_jvp(t: Any, x: Any, out: Any, ord: Any, dim: Any, keepdim: Any) -> Any:
    return sum_dim(t * _norm_slope(x, restored(out, x.shape, dim, keepdim), ord, dim), dim, keepdim)


vector_norm = general("linalg.vector_norm", _vector_norm, _norm_vjp, _norm_jvp, casting=_need_floats("linalg.vector_norm"), method=False,
                      namespace="torch.linalg", grad_fn="LinalgVectorNormBackward0",
                      kinks=(Kink("0 at the origin", lambda x: np.all(x == 0)),), doc="The norm of the values, as one long vector.",
                      samples=("linalg.vector_norm(x)", "linalg.vector_norm(x, 3, dim=0)", "linalg.vector_norm(x, 1)",
                               "linalg.vector_norm(x, inf, dim=1)", "linalg.vector_norm(x, -inf)", "linalg.vector_norm(x, 1.5)"))


def _norm(x: Any, /, p: Number | str | None = "fro", dim: Dims = None, keepdim: bool = False, *, dtype: DType = None) -> Any:
    if p == "nuc":
        raise Problem("not-implemented", "norm: the nuclear norm (p='nuc') is not supported", type="NotImplementedError")
    if isinstance(p, str) and p != "fro":
        raise Problem("argument", f"norm: p is a number or 'fro', not '{p}'", hint="use p=2, p=1 or p=inf")
    return vector_norm(x, 2 if p in ("fro", None) else p, dim, keepdim, dtype)


norm = composite("norm", _norm, doc="The p-norm (by default p=2) of all values, or along dim.",
                 samples=("norm(x)", "norm(x, 1)", "norm(x, p=3, dim=1)", "x.norm(dim=0, keepdim=True)", "x.norm(p='fro')"))


def _all(x: Any, /, dim: Dims = None, keepdim: bool = False) -> Any:
    return np.all(x, all_dims(dim, x.ndim), keepdims=keepdim)


def _any(x: Any, /, dim: Dims = None, keepdim: bool = False) -> Any:
    return np.any(x, all_dims(dim, x.ndim), keepdims=keepdim)


all = constant("all", _all, doc="Whether all elements are true, along dim.", samples=("all(x > 0)", "all(x > 0, dim=0)"))
any = constant("any", _any, doc="Whether any element is true, along dim.", samples=("any(x > 0)", "any(x > 0, 1, keepdim=True)"))
