"""quantile and nanquantile, nanmean, nanmedian."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.context import current
from gradcli.graph.half_precision import is_half
from gradcli.graph.tensor import Tensor, as_array, from_array
from gradcli.ops.core.arrays import Array, Cotangent, Operand
from gradcli.ops.core.builders import composite, general, linear
from gradcli.ops.core.dims import all_dims, one_dim
from gradcli.ops.core.domains import Kink
from gradcli.ops.core.dtypes import INT64, only, scalar_name
from gradcli.ops.core.parameter_types import Dim, Dims, DType, Interpolation
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.conversion import to
from gradcli.ops.elementwise.fused_arithmetic import lerp
from gradcli.ops.elementwise.scalar_arithmetic import scaled
from gradcli.ops.elementwise.selection import masked_fill, where
from gradcli.ops.kernels.stable_order import order
from gradcli.ops.movement.broadcasting import expand
from gradcli.ops.movement.gather_scatter import gathered
from gradcli.ops.movement.shapes import flatten, squeezed, unsqueeze, view
from gradcli.ops.movement.transposing import transpose
from gradcli.ops.reduction.cumulative import nansum
from gradcli.ops.reduction.extremes import how_many, picked_at, put_at, tied
from gradcli.ops.reduction.reductions import sum as total
from gradcli.ops.reduction.sorting import sort

family("reductions")


# The names that PyTorch's graph has where quantile turns its result in place.
_turned = linear(
    "transpose",
    lambda x, /: x.swapaxes(0, -1),
    lambda g: transpose(g, 0, -1),
    overload="quantile",
    function=False,
    method=False,
    grad_fn="TransposeBackward1",
    doc="The quantiles in front.",
)
_widened = linear(
    "unsqueeze",
    lambda x, /: x[None],
    lambda g, x_shape: view(g, x_shape) if isinstance(g, Tensor) else g.reshape(x_shape),
    overload="quantile",
    function=False,
    method=False,
    grad_fn="UnsqueezeBackward1",
    doc="A dimension for the quantiles.",
)


def _lines(x: Tensor, dim: int | None, keepdim: bool) -> Any:
    """The values in order along a last dimension, behind those that the result has."""
    if dim is None:
        line = sort(x if x.ndim == 1 else flatten(x))[0]
        return view(line, ((1,) * x.ndim if keepdim else ()) + line.shape)
    axis = one_dim(dim, x.ndim)
    last = axis == x.ndim - 1
    line = sort(x if last else transpose(unsqueeze(x, x.ndim), axis, -1))[0]
    kept = (1,) if keepdim else ()
    lengths = (*x.shape[:axis], *kept, *x.shape[axis + 1 :]) if x.ndim else ()
    return view(line, (*lengths, line.shape[-1] if line.ndim else 1))


def _ranks(line: Array, q: Any, skips_nan: bool) -> Any:
    """Where the quantiles stand among sorted values, of which nan are the last; a nan is all there is of a line with one."""
    missing = np.isnan(line)
    if skips_nan:
        return np.maximum(q * ((~missing).sum(-1, keepdims=True) - 1.0), 0.0).astype(line.dtype)
    last = line.shape[-1] - 1
    return np.where(missing.any(-1, keepdims=True), line.dtype.type(last), (q * last).astype(line.dtype))


def _weights(q: Tensor, line: Array, below: Any, skips_nan: bool) -> Any:
    """How far the quantiles stand behind the values below them, as a function of q that has derivatives."""
    missing = np.isnan(line)
    if skips_nan:
        ranks = q * from_array(((~missing).sum(-1, keepdims=True) - 1.0).astype(line.dtype))
        wrong, instead = ranks.ndarray < 0, 0.0
    else:
        ranks, wrong, instead = scaled(q, line.shape[-1] - 1), missing.any(-1, keepdims=True), line.shape[-1] - 1.0
        ranks = expand(ranks, wrong.shape) if not q.ndim else ranks
    ranks = masked_fill(ranks, from_array(wrong), instead)  # a nan is all there is of a line that has one
    return ranks - from_array(below.astype(line.dtype))


def _quantile(name: str, x: Tensor, q: Any, dim: int | None, keepdim: bool, interpolation: Interpolation) -> Any:
    q = _checked(x, q, dim)
    line = _lines(x, dim, keepdim)
    ranks = _ranks(line.ndarray, q.ndarray.reshape(-1), name == "nanquantile")
    rounded: Any = {"lower": np.floor, "higher": np.ceil, "nearest": np.round}.get(interpolation)
    ranks = ranks if rounded is None else rounded(ranks)
    below = ranks.astype(INT64)
    values = gathered(line, from_array(below), -1)
    if rounded is None:
        if interpolation == "midpoint":
            weight = from_array(np.full_like(ranks, 0.5))
        else:
            weight = (
                _weights(q, line.ndarray, below, name == "nanquantile")
                if q.requires_grad or current().level is not None
                else from_array((ranks - below).astype(ranks.dtype))
            )
        above = gathered(line, from_array(np.ceil(ranks).astype(INT64)), -1)
        values = lerp(values, above, weight)
    if not q.ndim:
        return squeezed(values, -1)
    return squeezed(_turned(_widened(values)), -1)


def _checked(x: Tensor, q: Any, dim: int | None) -> Tensor:
    """The quantiles that are asked for, as a tensor.  Raises Problem."""
    if not x.ndarray.size:
        raise Problem("empty", "quantile() input tensor must be non-empty")
    if x.ndarray.dtype.kind != "f" or is_half(x.ndarray.dtype):
        raise Problem("dtype", "quantile() input tensor must be either float or double dtype", hint="convert it: x.double()")
    asked = q if isinstance(q, Tensor) else from_array(np.asarray(q, x.ndarray.dtype))
    if asked.ndim > 1:
        raise Problem("dimension", "quantile() q must be a scalar or 1D tensor")
    if asked.ndarray.dtype != x.ndarray.dtype:
        raise Problem("dtype", "quantile() q tensor must be same dtype as the input tensor")
    if dim is not None:
        one_dim(dim, x.ndim)
    if np.any((asked.ndarray < 0) | (asked.ndarray > 1)):
        tensor = isinstance(q, Tensor)
        shown = "" if tensor else f" but got {float(asked.ndarray):g}"
        raise Problem("argument", f"quantile() q {'values ' if tensor else ''}must be in the range [0, 1]{shown}")
    return asked


def _quantile_row(name: str, words: str) -> None:
    def called(
        x: Tensor,
        /,
        q: float | Tensor,
        dim: Dim | None = None,
        keepdim: bool = False,
        *,
        interpolation: Interpolation = "linear",
    ) -> Any:
        return _quantile(name, x, q, dim, keepdim, interpolation)

    composite(
        name,
        called,
        doc=f"The value below which a part q of {words} lies, interpolated between the nearest two.",
        samples=(
            f"{name}(x, 0.3)",
            f"{name}(x, 0.4, dim=0)",
            f"{name}(x, 0.6, 1, True)",
            f"x.{name}(0.3, interpolation='nearest')",
            f"{name}(x, 0.3, dim=1, interpolation='midpoint')",
            f"{name}(x, tensor([0.25, 0.75]), dim=0)",
            f"x:4 y=[0.3,0.8] {name}(x, y)",
            f"y=0.4 {name}(x, y, 1, True)",
        ),
    )


_quantile_row("quantile", "the values")
_quantile_row("nanquantile", "the values that are not nan")

# --- without nan ----------------------------------------------------------------------------------------------------


def _nanmean(x: Tensor, /, dim: Dims = None, keepdim: bool = False, *, dtype: DType = None) -> Any:
    if x.ndarray.dtype.kind not in "fc":
        raise Problem(
            "dtype",
            f"nanmean(): expected input to have floating point or complex dtype but got {scalar_name(x.ndarray.dtype)}",
            hint="make it floating-point first: x * 1.0",
        )
    count = (~np.isnan(x.ndarray)).sum(all_dims(dim, x.ndim), keepdims=keepdim)
    return nansum(x if dtype is None else to(x, dtype), dim, keepdim, None) / from_array(as_array(count))


composite(
    "nanmean",
    _nanmean,
    doc="The mean of what is not nan.",
    samples=("nanmean(x)", "x.nanmean(0)", "x=[1.,2.,4.] nanmean(x, -1, keepdim=True)"),
)


def _nanmedian(x: Array, /) -> Any:
    line = np.sort(x[~np.isnan(x)] if x.dtype.kind == "f" else x, None)
    return line[(line.size - 1) // 2] if line.size else np.full((), np.nan, x.dtype)


def _shared(g: Cotangent, x: Operand, out: Operand) -> Any:
    """The cotangent split evenly among the elements that equal the median: among all if there are nan only."""
    chosen = (x == out) | ((x != x) & (out != out))
    return where(chosen, g / how_many(chosen, None), 0.0)


def _nanmedian_along(x: Array, /, dim: Dim, keepdim: bool = False) -> Any:
    axis = one_dim(dim, x.ndim)
    if not x.ndim:
        return x.copy(), np.zeros((), INT64)
    if not x.shape[axis]:
        raise Problem("empty", f"median(): Expected reduction dim {axis} to have non-zero size.", type="IndexError")
    places = order(x, axis, False)
    count = (
        (~np.isnan(x)).sum(axis, keepdims=True) if x.dtype.kind == "f" else np.full_like(places.take([0], axis), x.shape[axis])
    )
    position = np.take_along_axis(places, np.maximum(count - 1, 0) // 2, axis)
    values = np.take_along_axis(x, position, axis)
    return (values, position) if keepdim else (values.squeeze(axis), position.squeeze(axis))


general(
    "nanmedian",
    _nanmedian,
    _shared,
    lambda t, x, out: total(_shared(t, x, out)),
    overload="full",
    casting=only("fiu", "median_cpu"),
    grad_fn="NanmedianBackward0",
    kinks=(Kink("split evenly among equal elements", lambda x, out: tied(x, out, None, False), (0, 1)),),
    doc="The lower middle of all elements that are not nan.",
    samples=("nanmedian(x)", "x:2,2 nanmedian(x)"),
)
general(
    "nanmedian",
    _nanmedian_along,
    put_at,
    lambda t, indices, dim, keepdim: picked_at(t, indices, dim, keepdim),
    overload="dim",
    casting=only("fiu", "median_out"),
    outputs=("values", "indices"),
    grad_fn="NanmedianBackward1",
    doc="The lower middle along dim of what is not nan, and where it stood.",
    samples=("nanmedian(x, 0)[0]", "nanmedian(x, dim=1, keepdim=True).values"),
)
