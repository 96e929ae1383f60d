"""renorm: slices that are longer than a bound, shortened to it."""

from __future__ import annotations

from typing import Any

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor
from gradcli.ops.core.arrays import Operand
from gradcli.ops.core.builders import composite
from gradcli.ops.core.dims import one_dim
from gradcli.ops.core.dtypes import scalar_name
from gradcli.ops.core.parameter_types import Dim, Number
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.arithmetic import mul
from gradcli.ops.elementwise.selection import where
from gradcli.ops.linalg.norms import vector_norm
from gradcli.ops.movement.fusing import fused

family("linear algebra")

_EPSILON = 1e-7  # PyTorch's, in the denominator


def _shortened(x: Operand, /, p: float, axis: int, maxnorm: float) -> Any:
    norms = vector_norm(x, p, tuple([each for each in range(x.ndim) if each != axis]), True)
    return mul(x, where(norms > maxnorm, maxnorm / (norms + _EPSILON), 1.0))


_row = fused("renorm", _shortened, grad_fn="RenormBackward0", doc="Slices that are too long, scaled down.")


def _renorm(x: Tensor, /, p: Number, dim: Dim, maxnorm: Number) -> Any:
    if x.ndim < 2:
        raise Problem("dimension", f"renorm: input needs at least 2 dimensions, got {x.ndim} dimensions")
    if p <= 0:
        raise Problem("argument", "renorm: non-positive norm not supported")
    if maxnorm < 0:
        raise Problem("argument", f"renorm: expected maxnorm to be >= 0 but got {maxnorm}")
    if x.ndarray.dtype.kind not in "fc":
        words = "linalg.vector_norm: Expected a floating point or complex tensor as input. Got"
        raise Problem("dtype", f"{words} {scalar_name(x.ndarray.dtype)}", hint="convert it, as in x.double()")
    return _row(x, p, one_dim(dim, x.ndim), maxnorm)


composite(
    "renorm",
    _renorm,
    in_place=True,
    doc="x with each slice along dim whose p-norm is larger than maxnorm scaled down to it.",
    samples=("renorm(x, 2, 0, 1.5)", "x.renorm(1, 1, 1)", "x:2,2,2 renorm(x, 3, -1, 0.5)"),
)
