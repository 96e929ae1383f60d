"""trapezoid, cumulative_trapezoid and gradient: integrals and derivatives of sampled functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.core.arrays import Operand
from gradcli.ops.core.builders import composite
from gradcli.ops.core.dims import all_dims, one_dim
from gradcli.ops.core.parameter_types import Dim, Dims, Number, Spacing
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.scalar_arithmetic import divided, scaled
from gradcli.ops.movement.indexing import narrow, select
from gradcli.ops.movement.joining import cat
from gradcli.ops.movement.shapes import view
from gradcli.ops.reduction.reductions import cumsum, sum_dim

family("reductions")


def _neighbours(x: Operand, axis: int, apart: int = 1) -> tuple[Any, Any]:
    """The entries that others follow, and those that follow."""
    length = x.shape[axis]
    return narrow(x, axis, 0, length - apart, 1), narrow(x, axis, apart, length, 1)


def _axis(y: Operand, dim: int, complaint: str) -> int:
    axis = one_dim(dim, y.ndim)
    if not y.ndim:
        raise Problem("dimension", complaint, type="IndexError", hint="it takes values at several places")
    return axis


def _strips(name: str, y: Tensor, x: Tensor, axis: int) -> Any:
    """Twice the areas between neighbouring places x."""
    if y.ndarray.dtype.kind == "b" or x.ndarray.dtype.kind == "b":
        raise Problem("dtype", f"{name}: received a bool input for `x` or `y`, but bool is not supported")
    if x.ndim == 1:
        if x.shape[0] != y.shape[axis]:
            raise Problem("shape-mismatch", f"{name}: There must be one `x` value for each sample point")
        x = view(x, tuple([-1 if each == axis else 1 for each in range(y.ndim)]))
    elif x.ndim < y.ndim:
        x = view(x, (1,) * (y.ndim - x.ndim) + x.shape)
    (before, after), (left, right) = _neighbours(y, axis), _neighbours(x, axis)
    return (before + after) * (right - left)


def _trapezoid_over(y: Tensor, x: Tensor, /, *, dim: Dim = -1) -> Any:
    axis = _axis(y, dim, "Dimension specified as 0 but tensor has no dimensions")
    if not y.shape[axis]:
        return from_array(np.zeros(y.shape[:axis] + y.shape[axis + 1 :], y.ndarray.dtype))
    return divided(sum_dim(_strips("trapezoid", y, x, axis), axis, False), 2.0)


def _trapezoid(y: Tensor, /, *, dx: Number = 1, dim: Dim = -1) -> Any:
    axis = _axis(y, dim, f"Dimension specified as {dim} but tensor has no dimensions")
    if y.ndarray.dtype.kind == "b":
        raise Problem("dtype", "trapezoid: received a bool input for `y`, but bool is not supported")
    if not y.shape[axis]:
        return from_array(np.zeros(y.shape[:axis] + y.shape[axis + 1 :], y.ndarray.dtype))
    ends = select(y, axis, 0) + select(y, axis, y.shape[axis] - 1)
    return scaled(sum_dim(y, axis, False) - scaled(ends, 0.5), float(dx))


def _cumulative_over(y: Tensor, x: Tensor, /, *, dim: Dim = -1) -> Any:
    axis = _axis(y, dim, "slice() cannot be applied to a 0-dim tensor.")
    return divided(cumsum(_strips("cumulative_trapezoid", y, x, axis), axis, None), 2.0)


def _cumulative(y: Tensor, /, *, dx: Number = 1, dim: Dim = -1) -> Any:
    axis = _axis(y, dim, "slice() cannot be applied to a 0-dim tensor.")
    if y.ndarray.dtype.kind == "b":
        raise Problem("dtype", "cumulative_trapezoid: received a bool input for `y`, but bool is not supported")
    before, after = _neighbours(y, axis)
    return cumsum(scaled(after + before, float(dx) / 2), axis, None)


for _name, _aliases, _evenly, _over, _words in (
    ("trapezoid", ("trapz",), _trapezoid, _trapezoid_over, "The integral"),
    ("cumulative_trapezoid", (), _cumulative, _cumulative_over, "The running integral"),
):
    composite(
        _name,
        _over,
        overload="places",
        aliases=_aliases,
        method=False,
        doc=f"{_words} of y over x along dim, by the trapezoidal rule.",
        samples=(f"x:4 y:4 {_name}(x, y)", f"y:3 {_name}(x, y)", f"{_name}(x, y, dim=0)"),
    )
    composite(
        _name,
        _evenly,
        aliases=_aliases,
        method=False,
        doc=f"{_words} of y along dim, by the trapezoidal rule.",
        samples=(f"x:4 {_name}(x)", f"{_name}(x, dx=0.5, dim=0)"),
    )

# --- derivatives ----------------------------------------------------------------------------------------------------


def _gradient(x: Tensor, /, *, spacing: Spacing | None = 1, dim: Dims = None, edge_order: int = 1) -> Any:
    """Of a line at a time: differences of neighbours at the ends, and over two steps in between."""
    if x.ndarray.dtype == np.uint8:
        raise Problem("dtype", "torch.gradient does not support uint8 input.")
    if not x.ndim and isinstance(dim, int):
        raise Problem("dimension", "Dimension specified as 0 but tensor has no dimensions", type="IndexError")
    dims = all_dims(dim, x.ndim)
    if edge_order not in (1, 2):
        raise Problem("argument", "torch.gradient only supports edge_order=1 and edge_order=2.")
    spacing = 1 if spacing is None else spacing
    wanted = f"'self.dim() = {x.ndim}', since dim argument was not given" if dim is None else f"that of dim, {len(dims)}"
    steps = list(spacing) if isinstance(spacing, (list, tuple)) else [spacing] * len(dims)
    if len(steps) != len(dims):
        raise Problem(
            "argument",
            f"torch.gradient expected spacing to be unspecified, a scalar, or a list of length equal to {wanted}, but got a "
            f"list of length {len(steps)}",
        )
    for axis in dims:
        if x.shape[axis] <= edge_order:
            raise Problem("shape", "torch.gradient expected each dimension size to be at least edge_order+1")
    return tuple([_along(x, axis, step, edge_order) for axis, step in zip(dims, steps)])


def _along(x: Tensor, axis: int, step: Any, edge_order: int) -> Any:
    if isinstance(step, Tensor) and step.ndim:
        return _at_places(x, axis, step, edge_order)
    size = float(step.ndarray if isinstance(step, Tensor) else step)
    length = x.shape[axis]
    first, last = _difference(x, axis, 0, 1), _difference(x, axis, length - 2, length - 1)
    before, after = _neighbours(x, axis, 2)
    if edge_order == 2:
        first, last = [divided(each, 2 * size) for each in _parabolas(x, axis)]
        return cat([first, divided(divided(after - before, size), 2.0), last], axis)
    return cat([divided(first, size), divided(divided(after - before, size), 2.0), divided(last, size)], axis)


def _parabolas(x: Operand, axis: int) -> tuple[Any, Any]:
    """Twice the slopes, at both ends, of the parabolas through the first and the last three entries."""
    count = x.shape[axis]
    parts = [narrow(x, axis, at, at + 1, 1) for at in (0, 1, 2, count - 3, count - 2, count - 1)]
    a, b, c, d, e, f = [scaled(each, by) for each, by in zip(parts, (-3, 4, 1, 1, 4, 3))]
    return a + b - c, d - e + f


def _difference(x: Operand, axis: int, start: int, end: int) -> Any:
    return narrow(x, axis, end, end + 1, 1) - narrow(x, axis, start, start + 1, 1)


def _at_places(x: Tensor, axis: int, places: Tensor, edge_order: int) -> Any:
    """The same at places that need not be evenly spaced: the slope of the parabola through three of them."""
    if places.shape != (x.shape[axis],):
        raise Problem(
            "shape-mismatch",
            f"torch.gradient expected each element in a list of spacing to have as many entries as dimension {axis}, "
            f"{x.shape[axis]}, but got {places.ndarray.size}",
        )
    shape = tuple([-1 if each == axis else 1 for each in range(x.ndim)])
    steps = np.diff(places.ndarray).astype(x.ndarray.dtype).reshape(shape)
    count = x.shape[axis]
    left, right = np.take(steps, range(count - 2), axis), np.take(steps, range(1, count - 1), axis)
    weights = -right / (left * (left + right)), (right - left) / (left * right), left / (right * (left + right))
    middle = [from_array(weight) * narrow(x, axis, at, count - 2 + at, 1) for at, weight in enumerate(weights)]
    first = _difference(x, axis, 0, 1) / from_array(np.take(steps, [0], axis))
    last = _difference(x, axis, count - 2, count - 1) / from_array(np.take(steps, [-1], axis))
    if edge_order == 2:
        first = _uneven_end(x, axis, *[np.take(steps, [at], axis) for at in (0, 1)], is_last=False)
        last = _uneven_end(x, axis, *[np.take(steps, [at], axis) for at in (-1, -2)], is_last=True)
    return cat([first, middle[0] + middle[1] + middle[2], last], axis)


def _uneven_end(x: Operand, axis: int, near: Any, far: Any, *, is_last: bool) -> Any:
    """The slope, at an end, of the parabola through three entries; `near` and `far` are the steps from that end on."""
    weights = [-(2 * near + far) / (near * (near + far)), (near + far) / (near * far), -near / (far * (near + far))]
    start = x.shape[axis] - 3 if is_last else 0
    if is_last:  # seen from the other end
        weights = [-each for each in weights[::-1]]
    return _sum([from_array(weight) * narrow(x, axis, start + at, start + at + 1, 1) for at, weight in enumerate(weights)])


def _sum(terms: list[Any]) -> Any:
    """The sum of a few tensors."""
    return terms[0] + terms[1] + terms[2]


composite(
    "gradient",
    _gradient,
    method=False,
    doc="The derivatives of a sampled function along its dimensions.",
    samples=(
        "x:4 gradient(x)[0]",
        "x:3,4 gradient(x, spacing=2.0)[1]",
        "x:3,4 gradient(x, dim=0, spacing=0.5)[0]",
        "gradient(tensor([1., 2., 5.]), spacing=(tensor([0., 1., 3.]),))[0]",
        "x:4 gradient(x, spacing=None, edge_order=2)[0]",
        "x:3,4 gradient(x, dim=(0, 1), spacing=[0.5, 2], edge_order=2)[1]",
        "x:4 gradient(x, spacing=(tensor([0., 1., 3., 4.], dtype=x.dtype),), edge_order=2)[0]",
        "x:4 gradient(x, spacing=(tensor([0., 1., 3., 4.], dtype=x.dtype),))[0]",
    ),
)
