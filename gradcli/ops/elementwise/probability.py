"""Functions of probability theory: erfinv, ndtr, entr; and exp2."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.graph.tensor import Tensor
from gradcli.ops.core.arrays import Array, Operand
from gradcli.ops.core.builders import HOLOMORPHIC, Operation, composite, elementwise, no_kernel
from gradcli.ops.core.domains import NOT_NEGATIVE, Domain
from gradcli.ops.core.dtypes import default_dtype
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.conversion import to
from gradcli.ops.elementwise.exponential import erf, exp, log
from gradcli.ops.elementwise.scalar_arithmetic import scaled, shifted
from gradcli.ops.kernels import error_function
from gradcli.ops.kernels.correct_rounding import rounded

family("special functions")


def _erfinv(x: Array, /) -> Any:
    """Winitzki's approximation (2008), then three steps of Halley's method, of erfc where erf would round to 1."""
    wide = np.abs(x.astype(np.float64))
    inside = np.where(wide < 1, wide, 0.0)
    bent = np.log1p(-inside * inside)
    first = 2 / (math.pi * 0.147) + bent / 2
    out = np.sqrt(np.sqrt(first * first - bent / 0.147) - first)
    for _ in range(3):
        far = inside > 0.5
        off = np.where(far, (1 - inside) - error_function.erfc(out), error_function.erf(out) - inside)
        step = off * (math.sqrt(math.pi) / 2) * np.exp(out * out)
        out = out - step / (1 + out * step)
    out = np.where(wide < 1, out, np.where(wide == 1, math.inf, math.nan))
    return np.copysign(out, x).astype(x.dtype)


erfinv = elementwise(
    "erfinv",
    _erfinv,
    lambda out: math.sqrt(math.pi) / 2 * exp(out * out),
    aliases=("special.erfinv",),
    complex=no_kernel("erfinv_vml_cpu"),
    grad_fn="ErfinvBackward0",
    domain=Domain("-1 < x < 1", -0.9, 0.9),
    doc="The x of erf(x).",
)


def _exp2_slope(x: Operand) -> Any:
    """2**x * log(2), which is still a number where 2**x is not: at 1024."""
    return exp2(x - 1) * (2 * math.log(2))


exp2: Operation = elementwise(
    "exp2",
    rounded(np.exp2),
    _exp2_slope,
    aliases=("special.exp2",),
    complex=HOLOMORPHIC,
    grad_fn="Exp2Backward0",
    doc="2 ** x.",
)


def _entr(x: Array, /) -> Any:
    kept = np.where(x > 0, x, 1.0)
    return np.where(x != x, x, np.where(x < 0, -math.inf, -kept * np.log(kept) * (x > 0))).astype(x.dtype)


elementwise(
    "special.entr",
    _entr,
    lambda x: -log(x) - 1,
    method=False,
    namespace="torch.special",
    grad_fn="SpecialEntrBackward0",
    domain=NOT_NEGATIVE,
    doc="-x * log(x), an event's share of the entropy.",
    samples=("special.entr(x)",),
)


def _ndtr(x: Tensor, /) -> Any:
    return scaled(shifted(erf(scaled(x if x.ndarray.dtype.kind in "fc" else to(x, default_dtype()), math.sqrt(0.5))), 1), 0.5)


composite(
    "special.ndtr",
    _ndtr,
    method=False,
    namespace="torch.special",
    doc="The normal distribution: how probable a value below x is.",
    samples=("special.ndtr(x)",),
)
