"""How many values are in each of many bins: histogram, along one dimension, and histogramdd, along several."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph import memory
from gradcli.graph.half_precision import is_half
from gradcli.graph.tensor import Outputs, Tensor
from gradcli.ops.core.arrays import Operand
from gradcli.ops.core.builders import Operation, composite, general
from gradcli.ops.core.dtypes import not_implemented, scalar_name
from gradcli.ops.core.parameter_types import FloatTuple, Ints, TensorTuple
from gradcli.ops.core.table import family

family("reductions")


def _without_derivative(name: str) -> Operation:
    """A row of what a function makes of an array, whose node says that it has no derivative."""
    return general(
        name,
        lambda x, /, count: count(x),
        None,
        None,
        overload="found",
        function=False,
        method=False,
        grad_fn="NotImplemented",
        doc="What was counted.",
    )


_FOUND, _FOUND_BY_NUMBERS, _FOUND_BETWEEN, _EDGES = map(
    _without_derivative,
    ("histogram", "_histogramdd_from_bin_cts", "_histogramdd_from_bin_tensors", "_histogramdd_bin_edges"),
)


def _check(name: str, x: Tensor, weight: Tensor | None, points: tuple[int, ...]) -> None:
    """Refuse what cannot be counted.  Raises Problem."""
    if x.ndarray.dtype.kind != "f":
        raise not_implemented("histogramdd", x.ndarray.dtype)
    if weight is None:
        return
    if weight.ndarray.dtype != x.ndarray.dtype:
        words = "if weight tensor is provided, input tensor and weight tensor should have the same dtype, but got input(self)"
        names = f"({scalar_name(x.ndarray.dtype).lower()}), and weight({scalar_name(weight.ndarray.dtype).lower()})"
        raise Problem("dtype", f"torch.histogramdd: {words}{names}", hint="convert one of them")
    if weight.shape != points:
        words = (
            "if weight tensor is provided it should have the same shape as the input tensor excluding its innermost dimension"
        )
        shape = [*points, x.shape[-1] if name == "histogramdd" else 1]
        words = f"{words}, but got input with shape {shape} and weight with shape {list(weight.shape)}"
        raise Problem("shape-mismatch", f"torch.histogramdd: {words}")


def _ends(values: Any, given: Sequence[float] | None) -> tuple[float, float]:
    """Between which numbers the bins lie."""
    if given is not None and len(given) != 2:
        words = "torch.histogramdd: for a 1-dimensional histogram range should have 2 elements"
        raise Problem("argument", f"{words}, but got {len(given)}")
    low, high = given or ((float(values.min()), float(values.max())) if values.size else (0.0, 1.0))
    if not (math.isfinite(low) and math.isfinite(high)):
        words = f"torch.histogramdd: dimension 0's range [{low:g}, {high:g}] is not finite"
        raise Problem("argument", words, hint="say a range: range=(0., 1.)")
    if low > high:
        raise Problem(
            "argument", f"torch.histogramdd: min should not exceed max, but got min {low:g} max {high:g} for dimension 0"
        )
    return (low - 0.5, high + 0.5) if low == high else (low, high)


def _edges(values: Any, bins: int, given: Sequence[float] | None) -> Any:
    if is_half(values.dtype):
        raise not_implemented("histogramdd", values.dtype)
    if bins <= 0:
        raise Problem("argument", f"torch.histogram(): bins must be > 0, but got {bins} for dimension 0")
    memory.reserve(bins + 1, "histogramdd")
    return np.linspace(*_ends(values, given), bins + 1, dtype=values.dtype)


def _bin_of(values: Any, edges: Any) -> Any:
    """Which bin each value is in, or -1; the last holds its upper end, too."""
    place = np.searchsorted(edges, values, "right") - 1
    place = np.where(values == edges[-1], len(edges) - 2, place)
    return np.where((values >= edges[0]) & (values <= edges[-1]), place, -1)


def _counted(points: Any, edges: list[Any], weight: Any, density: bool) -> Any:
    """[bins of the first dimension, ...]: the sums of the weights of points [count, dimensions] by bin."""
    places = [_bin_of(points[:, number], each) for number, each in enumerate(edges)]
    inside = np.all([place >= 0 for place in places], 0) if places else np.zeros(len(points), bool)
    shape = tuple([len(each) - 1 for each in edges])
    memory.reserve(math.prod(shape), "histogramdd")
    line = np.ravel_multi_index(tuple([place[inside] for place in places]), shape)
    counts = np.bincount(line, None if weight is None else weight.reshape(-1)[inside], math.prod(shape)).reshape(shape)
    if density:
        volumes = math.prod(np.ix_(*[np.diff(each) for each in edges]), start=1.0)
        with np.errstate(all="ignore"):
            counts = counts / counts.sum() / volumes
    return counts.astype(points.dtype)


def _told(name: str, counts: Any, edges: Any) -> Outputs:
    return Outputs((counts, edges), ("hist", "bin_edges"), name)


def _histogram(
    x: Tensor,
    /,
    bins: int = 100,
    *,
    range: FloatTuple | None = None,
    weight: Tensor | None = None,
    density: bool = False,
) -> Any:
    _check("histogram", x, weight, x.shape)
    weights = None if weight is None else weight.ndarray

    def edges(x: Operand) -> Any:
        return _edges(x.reshape(-1), bins, range)

    def counts(x: Operand) -> Any:
        return _counted(x.reshape(-1, 1), [edges(x)], weights, density)

    return _told("histogram", _FOUND(x, counts), _FOUND(x, edges))


def _histogram_between(x: Tensor, bins: Any, /, *, weight: Tensor | None = None, density: bool = False) -> Any:
    _check("histogram", x, weight, x.shape)
    _check_edges(x, (bins,))
    weights = None if weight is None else weight.ndarray
    counts = _FOUND(x, lambda x: _counted(x.reshape(-1, 1), [bins.ndarray], weights, density))
    return _told("histogram", counts, _FOUND(x, lambda x: bins.ndarray))


def _check_edges(x: Tensor, bins: tuple[Any, ...]) -> None:
    """Refuse what are no ends of bins.  Raises Problem."""
    for number, each in enumerate(bins):
        if each.ndarray.dtype != x.ndarray.dtype:
            words = "input tensor and bins tensors should have the same dtype, but got input with dtype"
            names = f"{scalar_name(x.ndarray.dtype).lower()} and bins for dimension {number} with dtype"
            name = scalar_name(each.ndarray.dtype).lower()
            raise Problem("dtype", f"torch.histogramdd: {words} {names} {name}", hint="convert one of them")
        if each.ndim != 1:
            words = f"bins tensor should have one dimension, but got {each.ndim} dimensions in the bins tensor for dimension"
            raise Problem("dimension", f"torch.histogramdd: {words} {number}")
        if not each.ndarray.size:
            words = "bins tensor should have at least 1 element, but got 0 elements in the bins tensor for dimension"
            raise Problem("empty", f"torch.histogramdd: {words} {number}")


def _points(x: Operand) -> Any:
    """[points, dimensions]."""
    return x.reshape(math.prod(x.shape[:-1]), x.shape[-1])


def _dimensions(x: Tensor, weight: Tensor | None) -> int:
    """How many numbers a point has.  Raises Problem."""
    if x.ndim < 2:
        raise Problem("dimension", "torch.histogramdd: input tensor should have at least 2 dimensions", hint="points by rows")
    _check("histogramdd", x, weight, x.shape[:-1])
    return int(x.shape[-1])


def _histogramdd(
    x: Tensor, /, bins: Ints, range: FloatTuple | None = None, weight: Tensor | None = None, density: bool = False
) -> Any:
    if not x.ndim and not isinstance(bins, tuple):
        raise Problem("dimension", "Dimension specified as -1 but tensor has no dimensions", type="IndexError")
    dimensions = _dimensions(x, weight)
    counts = bins if isinstance(bins, tuple) else (bins,) * dimensions
    if len(counts) != dimensions:
        words = "histogramdd: The size of bins must be equal to the innermost dimension of the input."
        raise Problem("argument", words, hint=f"it is {dimensions}")
    if range is not None and len(range) != 2 * dimensions:
        words = f"torch.histogramdd: for a {dimensions}-dimensional histogram range should have {2 * dimensions} elements"
        raise Problem("argument", f"{words}, but got {len(range)}")
    weights = None if weight is None else weight.ndarray

    def edges(x: Operand, number: int) -> Any:
        ends = None if range is None else range[2 * number : 2 * number + 2]
        return _edges(_points(x)[:, number], counts[number], ends)

    def found(x: Operand) -> Any:
        return _counted(_points(x), [edges(x, number) for number, _ in enumerate(counts)], weights, density)

    listed = [_EDGES(x, functools.partial(edges, number=number)) for number, _ in enumerate(counts)]
    return _told("histogramdd", _FOUND_BY_NUMBERS(x, found), tuple(listed))


def _histogramdd_between(
    x: Tensor,
    /,
    bins: TensorTuple,
    range: FloatTuple | None = None,
    weight: Tensor | None = None,
    density: bool = False,
) -> Any:
    count, weights = _dimensions(x, weight), None if weight is None else weight.ndarray
    if len(bins) != count:
        words = f"torch.histogramdd: expected {count} sequences of bin edges for a {count}-dimensional histogram but got"
        raise Problem("argument", f"{words} {len(bins)}", hint="one for each entry of the last dimension")
    _check_edges(x, bins)
    ends = [each.ndarray for each in bins]
    return _told("histogramdd", _FOUND_BETWEEN(x, lambda x: _counted(_points(x), ends, weights, density)), bins)


_DOC = "How many points (or, with weight, how much of it) each bin holds, and the ends of the bins."
composite(
    "histogram",
    _histogram,
    doc=_DOC,
    samples=("histogram(x, 3)[0]", "x.histogram(bins=4, range=(-1., 1.)).hist", "histogram(x, 2, density=True)[1]"),
)
composite(
    "histogram",
    _histogram_between,
    overload="bins_tensor",
    doc=_DOC,
    samples=("histogram(x, tensor([-1., 0., 2.]).to(x.dtype))[0]",),
)
composite("histogramdd", _histogramdd, method=False, doc=_DOC, samples=("histogramdd(x, (2, 1, 2))[0]", "histogramdd(x, 2)[0]"))
composite(
    "histogramdd",
    _histogramdd_between,
    overload="edges",
    method=False,
    doc=_DOC,
    samples=("y:4,1 histogramdd(y, [tensor([-1., 0., 2.]).to(y.dtype)]).hist",),
)
