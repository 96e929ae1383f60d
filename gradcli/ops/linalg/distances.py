"""Distances by a p-norm: dist, of two tensors as a whole, and cdist, of all pairs of rows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.half_precision import is_half
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.core.arrays import Array, Cotangent, Operand
from gradcli.ops.core.builders import SAME, ZERO, composite, general
from gradcli.ops.core.domains import Kink
from gradcli.ops.core.dtypes import not_implemented, promote, scalar_name, unpromoted
from gradcli.ops.core.parameter_types import CdistMode, Number
from gradcli.ops.core.renaming import renamed
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.arithmetic import abs as absolute
from gradcli.ops.elementwise.arithmetic import sign
from gradcli.ops.elementwise.selection import where
from gradcli.ops.linalg.norms import vector_norm
from gradcli.ops.movement.fusing import fused
from gradcli.ops.movement.index_select import _selected as selected
from gradcli.ops.movement.shapes import unsqueeze
from gradcli.ops.reduction.reductions import sum_dim

family("linear algebra")

_BENT = Kink("0 where the points are equal", lambda out: out == 0)
_by_norm: Any = vector_norm.vjps[0]
_norm_moved: Any = vector_norm.jvps[0]


def _by_offset(g: Cotangent, off: Any, out: Operand, p: Any) -> Any:
    """The gradient by x - y: zeros where the norm has none at all."""
    return ZERO(off) if p == 0 else _by_norm(g, off, out, p, None, False)


def _dist(x: Array, y: Operand, /, p: Number = 2) -> Any:
    if x.dtype.kind == "b":
        raise Problem(
            "dtype",
            "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` operator "
            "instead.",
        )
    if x.dtype.kind not in "fc":
        raise Problem(
            "dtype",
            f"norm(): input dtype should be either floating point or complex. Got {scalar_name(x.dtype)} instead.",
            hint="make it floating-point first: x * 1.0",
        )
    return vector_norm.forward(x - y, p, None, False, None)


general(
    "dist",
    _dist,
    (
        lambda g, x, y, out, p: _by_offset(g, x - y, out, p),
        lambda g, x, y, out, p: -_by_offset(g, x - y, out, p),
    ),
    (
        lambda t, x, y, out, p: _norm_moved(t + (x - y) * 0, x - y, out, p, None, False),
        lambda t, x, y, out, p: _norm_moved(-t + (x - y) * 0, x - y, out, p, None, False),
    ),
    casting=promote,
    complex=SAME,
    grad_fn="DistBackward0",
    kinks=(_BENT,),
    doc="The p-norm of x - y.",
    samples=("dist(x, y)", "x.dist(y, 1)", "dist(x, y, p=3)", "y:3 dist(x, y, inf)"),
)


def _cdist(x1: Array, x2: Array, /, p: Number = 2.0, compute_mode: CdistMode = "use_mm_for_euclid_dist_if_necessary") -> Any:
    for name, each in (("X1", x1), ("X2", x2)):
        if each.ndim < 2:
            raise Problem("dimension", f"cdist only supports at least 2D tensors, {name} got: {each.ndim}D")
        if each.dtype.kind != "f":
            raise Problem(
                "dtype", f"cdist only supports floating-point dtypes, {name} got: {scalar_name(each.dtype)}", hint="x * 1.0"
            )
    if x1.shape[-1] != x2.shape[-1]:
        raise Problem(
            "shape-mismatch", f"X1 and X2 must have the same number of columns. X1: {x1.shape[-1]} X2: {x2.shape[-1]}"
        )
    if is_half(x1.dtype):
        raise not_implemented("cdist", x1.dtype)
    if p < 0:
        raise Problem("argument", "cdist only supports non-negative p values")
    return vector_norm.forward(_offsets(x1, x2), p, -1, False, None)


def _offsets(x1: Operand, x2: Operand) -> Any:
    """From every row of the second to every row of the first."""
    return unsqueeze(x1, -2) - unsqueeze(x2, -3)


def _slopes(x1: Operand, x2: Operand, out: Operand, p: float) -> Any:
    """The derivatives of the distances by the offsets; for p = inf by every entry that is as large as the distance."""
    off, norm = _offsets(x1, x2), unsqueeze(out, -1)
    if p == 0:
        return off * 0
    if p == 1:
        return sign(off)
    if p == math.inf:
        return sign(off) * (absolute(off) == norm)
    safe = where(norm == 0, 1.0, norm)
    if p == 2:
        return where(norm == 0, 0.0, off / safe)
    size = where(off == 0, 1.0, absolute(off))
    return where((off == 0) | (norm == 0), 0.0, sign(off) * (size / safe) ** (p - 1))


_pairwise = general(
    "cdist",
    _cdist,
    (
        lambda g, x1, x2, out, p: sum_dim(unsqueeze(g, -1) * _slopes(x1, x2, out, p), -2, False),
        lambda g, x1, x2, out, p: -sum_dim(unsqueeze(g, -1) * _slopes(x1, x2, out, p), -3, False),
    ),
    (
        lambda t, x1, x2, out, p: sum_dim(unsqueeze(t, -2) * _slopes(x1, x2, out, p), -1, False),
        lambda t, x1, x2, out, p: -sum_dim(unsqueeze(t, -3) * _slopes(x1, x2, out, p), -1, False),
    ),
    overload="pairs",
    function=False,
    casting=unpromoted,
    elements=lambda x1, x2, p, compute_mode: x1.size * x2.shape[-2] if x2.ndim > 1 else 0,
    method=False,
    complex=("cdist only supports floating-point dtypes, X1 got: ComplexDouble", "RuntimeError"),
    grad_fn="CdistBackward0",
    kinks=(_BENT,),
    doc="The distances of all pairs of rows.",
)
_MANY = 25  # rows, beyond which PyTorch takes a product of matrices for Euclidean distances


def _as_called(
    x1: Operand, x2: Operand, /, p: Number = 2.0, compute_mode: CdistMode = "use_mm_for_euclid_dist_if_necessary"
) -> Any:
    out = _pairwise(x1, x2, p, compute_mode)
    many = compute_mode == "use_mm_for_euclid_dist_if_necessary" and max(x1.shape[-2], x2.shape[-2]) > _MANY
    by_product = p == 2 and (many or compute_mode == "use_mm_for_euclid_dist")
    if not by_product or not out.ndarray.size:
        return out
    return renamed(out, "ViewBackward0")


composite(
    "cdist",
    _as_called,
    method=False,
    doc="The distances of all rows of one from all rows of the other, by the p-norm.",
    samples=("cdist(x, y)", "x:2,3 y:4,3 cdist(x, y, p=1)", "x:2,2,3 y:2,3 cdist(x, y, p=3)", "cdist(x, y, inf)"),
)


def _pair_places(count: int) -> tuple[Any, Any]:
    """The rows of each pair, in PyTorch's order."""
    first, second = np.triu_indices(count, 1)
    return first, second


def _pairs(x: Any, /, p: float) -> Any:
    first, second = _pair_places(x.shape[0])
    return vector_norm(selected(x, from_array(first), 0) - selected(x, from_array(second), 0), p, (1,), False, None)


_pair_row = fused("pdist", _pairs, grad_fn="PdistBackward0", doc="The p-norms of the differences of all pairs of rows.")


def _pdist(x: Tensor, /, p: Number = 2.0) -> Any:
    if x.ndim != 2:
        raise Problem("dimension", f"pdist only supports 2D tensors, got: {x.ndim}D")
    if x.ndarray.dtype.kind != "f":
        raise Problem("dtype", "pdist only supports floating-point dtypes", hint="x * 1.0")
    if is_half(x.ndarray.dtype):
        raise not_implemented("pdist", x.ndarray.dtype)
    if p < 0:
        raise Problem("argument", "pdist only supports non-negative p values")
    return _pair_row(x, float(p))


composite(
    "pdist",
    _pdist,
    namespace="F",
    method=False,
    doc="The p-norms of the differences of all pairs of rows, the first row's first.",
    samples=("z:3,2 pdist(z)", "z:4,2 F.pdist(z, 3)", "z:3,2 F.pdist(z, p=1)"),
)
