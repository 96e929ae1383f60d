"""std_mean, var_mean, aminmax, cummax, cummin, cov, corrcoef, histc."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.multi_output import OutputCotangents
from gradcli.graph.operation import rule_parameters
from gradcli.graph.tensor import Tensor, array_size, as_array, from_array
from gradcli.ops.core.arrays import Array, Cotangent, Operand, Tangent
from gradcli.ops.core.builders import SAME, Operation, composite, constant, general, several
from gradcli.ops.core.dims import one_dim
from gradcli.ops.core.domains import Kink
from gradcli.ops.core.dtypes import INT64, only, scalar_name
from gradcli.ops.core.parameter_types import Dim, Dims, Number
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.arithmetic import conj
from gradcli.ops.elementwise.exponential import sqrt
from gradcli.ops.elementwise.scalar_arithmetic import scaled
from gradcli.ops.elementwise.selection import clamp
from gradcli.ops.movement.complex_numbers import complex, imag, real
from gradcli.ops.movement.diagonals import diagonal
from gradcli.ops.movement.gather_scatter import added_at, gathered
from gradcli.ops.movement.shapes import squeeze, unsqueeze, view
from gradcli.ops.movement.transposing import t
from gradcli.ops.reduction.extremes import amax, amin, tied
from gradcli.ops.reduction.reductions import mean_dim, std, sum_dim, var

family("reductions")


def _of_parts(g: OutputCotangents, pull: list[Callable[[Any], Any]]) -> Any:
    """The sum of what each result sends back, over those that a gradient reached."""
    shares = [pull[number](each) for number, each in g.given.items()]
    total = shares[0]
    for share in shares[1:]:
        total = total + share
    return total


def _with_mean(name: str, spread: Operation) -> None:
    """The rows of std_mean (or var_mean): the spread's own rules beside those of the mean."""

    def forward(x: Operand, /, dim: Dims = None, *, correction: Number | None = 1, keepdim: bool = False) -> Any:
        return spread.forward(x, dim, correction, keepdim), mean_dim.forward(x, dim, keepdim)

    def vjp(g: OutputCotangents, x: Operand, dim: Any, correction: Any, keepdim: bool) -> Any:
        return _of_parts(
            g,
            [
                lambda g: _pulled(spread, g, x, dim, correction, keepdim),
                lambda g: _pulled(mean_dim, g, x, dim, keepdim),
            ],
        )

    def jvp(t: Tangent, x: Operand, dim: Any, correction: Any, keepdim: bool) -> Any:
        return _pushed(spread, t, x, dim, correction, keepdim), mean_dim(t, dim, keepdim)

    row = several(
        f"{name}_mean",
        forward,
        vjp,
        jvp,
        named=False,
        method=False,
        outputs=(name, "mean"),
        casting=_only_floats(f"{name}_mean"),
        complex=SAME,
        grad_fn=f"{name.capitalize()}MeanBackward0",
        kinks=tuple([Kink(each.text, lambda std: std == 0) for each in spread.kinks]),
        doc=f"{spread.doc[:-1]}, and the mean.",
        samples=(
            f"{name}_mean(x)[0]",
            f"{name}_mean(x)[1]",
            f"{name}_mean(x, 0)[0]",
            f"{name}_mean(x, dim=[0, 1], correction=0)[0]",
            f"{name}_mean(x, -1, keepdim=True)[1]",
        ),
    )

    def of_all(x: Operand, /, unbiased: bool) -> Any:
        return row(x, None, int(unbiased), False)

    composite(
        f"{name}_mean",
        of_all,
        overload="unbiased",
        method=False,
        doc=row.doc,
        samples=(f"{name}_mean(x, False)[0]",),
    )

    def along(x: Operand, /, dim: Dims, unbiased: bool, keepdim: bool = False) -> Any:
        return row(x, dim, int(unbiased), keepdim)

    composite(
        f"{name}_mean",
        along,
        overload="dim, unbiased",
        method=False,
        doc=row.doc,
        samples=(f"{name}_mean(x, 0, False)[0]",),
    )


def _only_floats(name: str) -> Any:
    """Casting of what PyTorch has for floating-point numbers only."""

    def check(values: list[Any], statics: tuple[Any, ...]) -> list[Any]:
        if values[0].dtype.kind not in "fc":
            raise Problem(
                "dtype",
                f"{name} only support floating point and complex dtypes",
                hint="make it floating-point first: x * 1.0",
            )
        return values

    return check


def _pulled(row: Operation, g: Cotangent, x: Operand, *statics: Any) -> Any:
    """What a reduction's own rule sends back, its result computed anew."""
    return _ruled(row, row.vjps[0], g, x, *statics)


def _pushed(row: Operation, t: Tangent, x: Operand, *statics: Any) -> Any:
    return _ruled(row, row.jvps[0], t, x, *statics)


def _ruled(row: Operation, rule: Any, g: Cotangent, x: Operand, *statics: Any) -> Any:
    names = rule_parameters(rule)[1:]
    values = dict(zip([each.name for each in row.statics], statics)) | {"x": x, "x_shape": x.shape}
    if "out" in names:
        values["out"] = row(x, *statics)
    return rule(g, *[values[name] for name in names])


_with_mean("std", std)
_with_mean("var", var)

# --- extremes -------------------------------------------------------------------------------------------------------


def _aminmax(x: Array, /, *, dim: Dim | None = None, keepdim: bool = False) -> Any:
    if not x.size and dim is None:
        raise Problem(
            "empty",
            "aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity.",
            hint="an empty tensor has no largest or smallest element",
        )
    if dim is not None and x.ndim and not x.shape[one_dim(dim, x.ndim)]:
        raise Problem("empty", f"aminmax: Expected reduction dim {dim} to have non-zero size.", type="IndexError")
    return amin.forward(x, dim, keepdim), amax.forward(x, dim, keepdim)


several(
    "aminmax",
    _aminmax,
    lambda g, x, dim, keepdim: _of_parts(
        g, [lambda g: _pulled(amin, g, x, dim, keepdim), lambda g: _pulled(amax, g, x, dim, keepdim)]
    ),
    lambda t, x, dim, keepdim: (_pushed(amin, t, x, dim, keepdim), _pushed(amax, t, x, dim, keepdim)),
    outputs=("min", "max"),
    grad_fn="AminmaxBackward0",
    kinks=(
        Kink(
            "split evenly among equal elements",
            lambda x, min, max, dim, keepdim: tied(x, min, dim, keepdim) | tied(x, max, dim, keepdim),
        ),
    ),
    doc="The smallest and the largest elements, of all or along dim.",
    samples=("aminmax(x)[0]", "aminmax(x)[1]", "aminmax(x, dim=0).min", "x.aminmax(dim=1, keepdim=True).max"),
)


def _running(name: str, beats: Any, word: str) -> None:
    """The row of cummax (or cummin): of equal elements the last one counts, and a nan counts from where it stands."""

    def forward(x: Array, /, dim: Dim) -> Any:
        if not x.ndim:
            return _of_scalar(name, x, dim)
        axis = one_dim(dim, x.ndim)
        line = np.moveaxis(x, axis, 0)
        values, indices = np.empty_like(line), np.zeros(line.shape, INT64)
        values[:1] = line[:1]
        for place in range(1, len(line)):
            new = beats(line[place], values[place - 1]) | (line[place] != line[place])
            values[place] = np.where(new, line[place], values[place - 1])
            indices[place] = np.where(new, place, indices[place - 1])
        return np.moveaxis(values, 0, axis), np.moveaxis(indices, 0, axis)

    general(
        name,
        forward,
        lambda g, x, indices, dim: added_at(g, indices, dim, x.shape) if array_size(x) else x,
        lambda t, indices, dim: gathered(t, indices, dim),
        outputs=("values", "indices"),
        grad_fn=f"{name.capitalize()}Backward0",
        doc=f"The {word} element so far along dim, and where it stands (the last of equal ones).",
        samples=(f"{name}(x, 0)[0]", f"{name}(x, dim=1).values"),
    )


def _of_scalar(name: str, x: Array, dim: int) -> Any:
    if dim not in (-1, 0):
        raise Problem("dimension", f"{name}(): Expected reduction dim -1 or 0 for scalar but got {dim}", type="IndexError")
    return x.copy(), np.zeros((), INT64)


_running("cummax", np.greater_equal, "largest")
_running("cummin", np.less_equal, "smallest")

# --- covariances ----------------------------------------------------------------------------------------------------


def _too_many_dimensions(name: str, x: Operand) -> Problem:
    return Problem(
        "dimension", f"{name}(): expected input to have two or fewer dimensions but got an input with {x.ndim} dimensions"
    )


def _cov(x: Tensor, /, *, correction: int = 1, fweights: Tensor | None = None, aweights: Tensor | None = None) -> Any:
    """Rows are variables, columns their observations."""
    if x.ndim > 2:
        raise Problem(
            "dimension", f"cov(): expected input to have two or fewer dimensions but got an input with {x.ndim} dimensions"
        )
    if x.ndarray.dtype.kind == "b":
        raise Problem("dtype", "cov(): bool dtype is not supported for input")
    rows = view(x, (1, -1)) if x.ndim < 2 else x
    weight = _observations_weights(rows, fweights, aweights)
    if weight is None:
        count = rows.shape[1]
        mean = sum_dim(rows, 1, False) / from_array(as_array(count))
        off = rows - unsqueeze(mean, 1)
        return squeeze(off @ conj(t(off)) / from_array(as_array(max(0, count - correction))))
    total = sum_dim(weight, 0, False)
    off = rows - unsqueeze(sum_dim(rows * weight, 1, False) / total, 1)
    spent = scaled(sum_dim(weight * aweights, 0, False) / total, correction) if aweights is not None else correction
    left = total - spent
    left = left if (left.ndarray > 0).all() else scaled(left, 0)
    return squeeze(off @ conj(t(off * weight)) / left)


def _observations_weights(rows: Any, fweights: Tensor | None, aweights: Tensor | None) -> Any:
    """The product of both weights of each observation as a tensor, or None.  Raises Problem."""
    product = None
    for name, each, kinds in (("fweights", fweights, "iu"), ("aweights", aweights, "f")):
        if each is None:
            continue
        expected = f"cov(): expected {name} to have"
        if each.ndim != 1:
            raise Problem("dimension", f"{expected} one or fewer dimensions but got {name} with {each.ndim} dimensions")
        if each.ndarray.dtype.kind not in kinds:
            words = "integral" if kinds == "iu" else "floating point"
            raise Problem("dtype", f"{expected} {words} dtype but got {name} with {scalar_name(each.ndarray.dtype)} dtype")
        if each.ndarray.size != rows.shape[1]:
            words = f"there are observations in the input but got {each.ndarray.size} != {rows.shape[1]}"
            raise Problem("shape-mismatch", f"{expected} the same numel as {words}")
        if each.ndarray.size and each.ndarray.min() < 0:
            raise Problem("argument", f"cov(): {name} cannot be negative")
        product = each if product is None else product * each
    return product


def _corrcoef(x: Tensor, /) -> Any:
    if x.ndim > 2:
        raise _too_many_dimensions("corrcoef", x)
    cov = _cov(x)
    if not cov.ndim:
        return cov / cov
    deviation = sqrt(diagonal(cov, 0, 0, 1))
    scaled = cov / view(deviation, (-1, 1)) / view(deviation, (1, -1))
    if scaled.ndarray.dtype.kind != "c":
        return clamp(scaled, -1.0, 1.0)
    return complex(clamp(real(scaled), -1.0, 1.0), clamp(imag(scaled), -1.0, 1.0))


_HALF = "tensor([0.5, 0.25, 0.125], dtype=x.dtype)"
composite(
    "cov",
    _cov,
    doc="The covariances of rows; fweights says how often an observation was made, aweights how much it counts.",
    samples=(
        "cov(x)",
        "x.cov(correction=0)",
        "x:3 cov(x)",
        "cov(x, fweights=tensor([1, 2, 3]))",
        f"x.cov(aweights={_HALF})",
        f"cov(x, correction=0, fweights=tensor([1, 2, 3]), aweights={_HALF})",
    ),
)
composite("corrcoef", _corrcoef, doc="The correlations of rows.", samples=("x:3,4 corrcoef(x)", "x:4,3 x.corrcoef()"))


def _histc(x: Array, /, bins: int = 100, min: Number = 0, max: Number = 0) -> Any:
    if bins <= 0:
        raise Problem("argument", f"torch.histogram(): bins must be > 0, but got {bins} for dimension 0")
    low, high = (x.min(), x.max()) if min == max and x.size else (min, max)
    low, high = (low - 1, high + 1) if low == high else (low, high)
    if not np.isfinite(low) or not np.isfinite(high):
        raise Problem("argument", f"torch.histc: range of [{low:g}, {high:g}] is not finite", hint="say a range: min=0, max=1")
    if not low < high:
        raise Problem("argument", "torch.histc: max must be larger than min")
    return np.histogram(x, bins, (low, high))[0].astype(x.dtype)


constant(
    "histc",
    _histc,
    casting=only("f", "histogram_cpu"),
    elements=lambda x, bins, min, max: bins,
    doc="How many values are in each of so many bins between min and max (by default those of the values).",
    samples=("histc(x, 4)", "x.histc(bins=3, min=-1, max=1)"),
)
