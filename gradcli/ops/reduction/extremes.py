"""Largest and smallest elements: amax, amin, max, min, argmax, argmin."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.core.arrays import Array, Cotangent, Operand, Tangent, zeros
from gradcli.ops.core.builders import Operation, composite, constant, general, linear, no_kernel
from gradcli.ops.core.dims import all_dims, one_dim
from gradcli.ops.core.domains import Kink
from gradcli.ops.core.parameter_types import Dim, Dims
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.selection import maximum, minimum, where
from gradcli.ops.movement.shapes import restored
from gradcli.ops.reduction.reductions import array_of, count_of, sum, sum_dim

family("reductions")

_NO_EXTREME = "an empty tensor has no largest or smallest element"


def _not_empty(x: Operand, name: str, given: Any, dims: tuple[int, ...]) -> None:
    if not x.ndim or count_of(x.shape, dims):
        return
    if given is None or given == ():
        raise Problem(
            "empty",
            f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction "
            "dim with the 'dim' argument.",
            type="IndexError" if name.startswith("arg") else "RuntimeError",
            hint=_NO_EXTREME,
        )
    asked = given if isinstance(given, (tuple, list)) else (given,)
    empty = next(each for each, dim in zip(asked, dims) if not x.shape[dim])
    raise Problem(
        "empty", f"{name}(): Expected reduction dim {empty} to have non-zero size.", type="IndexError", hint=_NO_EXTREME
    )


def _shared(g: Cotangent, x: Operand, out: Operand, dim: Any, keepdim: bool) -> Any:
    """The cotangent split evenly among the elements that equal the extreme (nan where that is nan)."""
    chosen = x == restored(out, x.shape, dim, keepdim)
    return restored(g, x.shape, dim, keepdim) * chosen / how_many(chosen, dim)


def shared_by_all(g: Cotangent, x: Operand, out: Operand) -> Any:
    """The same for all dimensions; every nan counts as the extreme."""
    chosen = (x == out) | (x != x)
    return where(chosen, g / how_many(chosen, None), 0.0)


def how_many(chosen: Any, dim: Any) -> Any:
    """How many elements are chosen along dim, kept as a dimension of one."""
    array = array_of(chosen)
    count = array.sum(all_dims(dim, array.ndim), keepdims=True)
    return from_array(count) if isinstance(chosen, Tensor) else count


def _shared_jvp(t: Tangent, x: Operand, out: Operand, dim: Any, keepdim: bool) -> Any:
    chosen = x == restored(out, x.shape, dim, keepdim)
    return sum_dim(t * chosen / how_many(chosen, dim), dim, keepdim)


def tied(x: Operand, out: Operand, dim: Any, keepdim: bool) -> Any:
    """Which entries of the result several elements are equal to."""
    return (x == restored(out, x.shape, dim, keepdim)).sum(all_dims(dim, x.ndim), keepdims=keepdim) > 1


def _extreme(name: str, largest: bool) -> Operation:
    """The rows of max (or min): `amax`, which it gives, the full one, the one with indices, and that of two tensors."""
    reduce = np.max if largest else np.min
    position = np.argmax if largest else np.argmin
    title = name.capitalize()
    word = "largest" if largest else "smallest"

    def over_dims(x: Operand, /, dim: Dims = None, keepdim: bool = False) -> Any:
        dims = all_dims(dim, x.ndim)
        _not_empty(x, f"a{name}", dim, dims)
        return reduce(x, dims, keepdims=keepdim)

    def full(x: Operand, /) -> Any:
        _not_empty(x, name, None, all_dims(None, x.ndim))
        return reduce(x)

    def along(x: Array, /, dim: Dim, keepdim: bool = False) -> Any:
        axis = one_dim(dim, x.ndim)
        if not x.ndim:
            return x.copy(), np.zeros((), np.int64)
        _not_empty(x, name, axis, (axis,))
        indices = position(x, axis, keepdims=True)
        values = np.take_along_axis(x, indices, axis)
        return (values, indices) if keepdim else (values.squeeze(axis), indices.squeeze(axis))

    ties = Kink("split evenly among equal elements", lambda x, out, dim, keepdim: tied(x, out, dim, keepdim), (0, 1))
    row = general(
        f"a{name}",
        over_dims,
        _shared,
        _shared_jvp,
        complex=no_kernel(f"{name}_values_cpu"),
        grad_fn=f"A{name}Backward0",
        kinks=(ties,),
        doc=f"The {word} elements along dim.",
        samples=(f"a{name}(x)", f"a{name}(x, 0)", f"a{name}(x, dim=[0, 1], keepdim=True)", f"x.a{name}(-1)"),
    )
    general(
        name,
        full,
        shared_by_all,
        lambda t, x, out: sum(shared_by_all(t, x, out)),
        overload="full",
        complex=no_kernel(f"{name}_all"),
        grad_fn=f"{title}Backward1",
        kinks=(Kink(ties.text, lambda x, out: tied(x, out, None, False), ties.interval),),
        doc=f"The {word} element.",
        samples=(f"{name}(x)",),
    )
    general(
        name,
        along,
        put_at,
        lambda t, indices, dim, keepdim: picked_at(t, indices, dim, keepdim),
        overload="dim",
        outputs=("values", "indices"),
        complex=(f"{name}(): does not support complex input", "RuntimeError"),
        grad_fn=f"{title}Backward0",
        kinks=(
            Kink(
                "all to the element whose index is returned, where several are equal",
                lambda x, values, dim, keepdim: tied(x, values, dim, keepdim),
                ties.interval,
            ),
        ),
        doc=f"The {word} elements along dim, and their indices.",
        samples=(f"{name}(x, 0)[0]", f"{name}(x, dim=-1, keepdim=True).values"),
    )
    composite(
        name,
        lambda x, y, /: maximum(x, y) if largest else minimum(x, y),
        overload="other",
        doc=f"The {word} of x and y.",
        samples=(f"{name}(x, y)",),
    )
    constant(
        f"arg{name}",
        _arg(name, position),
        complex=(f"arg{name}(): does not support complex input", "RuntimeError"),
        doc=f"The index of the {word} element (of the flattened tensor, without dim).",
        samples=(f"arg{name}(x)", f"arg{name}(x, dim=0)", f"x.arg{name}(1, keepdim=True)"),
    )
    return row


def _arg(name: str, position: Any) -> Any:
    def arg(x: Array, /, dim: Dim | None = None, keepdim: bool = False) -> Any:
        if x.dtype.kind == "b":
            raise Problem("dtype", f"arg{name}(): does not support bool input", hint="count with x.long()")
        dims = all_dims(dim, x.ndim)
        _not_empty(x, f"arg{name}", dims if dim is not None else None, dims)
        return position(x, dims[0] if dim is not None and dims else None, keepdims=keepdim)

    return arg


def _scatter(x: Operand, /, indices: Any, dim: Any, keepdim: bool, shape: Any) -> Any:
    """Zeros of `shape`, with the entries of x at the indices along dim."""
    out = zeros(shape, x)
    if not shape:
        return x[...]
    axis = one_dim(dim, len(shape))
    np.put_along_axis(
        out, indices if keepdim else np.expand_dims(indices, axis), x if keepdim else np.expand_dims(x, axis), axis
    )
    return out


def _gather(x: Array, /, indices: Any, dim: Any, keepdim: bool) -> Any:
    """The entries of x at the indices along dim: the transpose of `_scatter`."""
    if not x.ndim:
        return x[...]
    axis = one_dim(dim, x.ndim)
    picked = np.take_along_axis(x, indices if keepdim else np.expand_dims(indices, axis), axis)
    return picked if keepdim else picked.squeeze(axis)


_scattered: Operation = linear(
    "value_selecting_reduction_backward",
    _scatter,
    lambda g, indices, dim, keepdim: _gathered(g, indices, dim, keepdim),
    function=False,
    method=False,
    grad_fn="ValueSelectingReductionBackward0",
    doc="Values put back at their indices.",
)
_gathered: Operation = linear(
    "gather_along",
    _gather,
    lambda g, x_shape, indices, dim, keepdim: _scattered(g, indices, dim, keepdim, x_shape),
    function=False,
    method=False,
    grad_fn="GatherBackward0",
    doc="Values picked by index along dim.",
)


def put_at(g: Cotangent, x_shape: tuple[int, ...], indices: Any, dim: Any, keepdim: bool) -> Any:
    """The way back of a reduction that picks one element: zeros, with the cotangent at the indices."""
    return _scattered(g, array_of(indices), dim, keepdim, x_shape)


def picked_at(t: Tangent, indices: Any, dim: Any, keepdim: bool) -> Any:
    """The entries of a tangent at the indices along dim."""
    return _gathered(t, array_of(indices), dim, keepdim)


amax, amin = _extreme("max", True), _extreme("min", False)
