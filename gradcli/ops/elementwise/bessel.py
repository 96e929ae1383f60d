"""Modified Bessel functions of the first kind, of orders 0 and 1, as they are and divided by exp(|x|).

Their derivatives: https://dlmf.nist.gov/10.29.  I0' = I1, and I1' = I0 - I1 / x, which is 1/2 at 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.ops.core.arrays import Array, Operand
from gradcli.ops.core.builders import Operation, elementwise, no_kernel
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.arithmetic import sign
from gradcli.ops.elementwise.selection import where
from gradcli.ops.kernels.bessel_functions import scaled_bessel

family("special functions")


def _scaled(order: int) -> Callable[..., Any]:
    return lambda x, /: scaled_bessel(order, x.astype(np.float64)).astype(x.dtype)


def _plain(order: int) -> Callable[..., Any]:
    def forward(x: Array, /) -> Any:
        wide = x.astype(np.float64)
        half = np.exp(np.abs(wide) / 2)  # twice, as exp(|x|) overflows before its product with the rest does
        return (scaled_bessel(order, wide) * half * half).astype(x.dtype)

    return forward


def _share(out: Any, x: Operand) -> Any:
    """out / x, or its limit of 1/2 at 0, for the order 1."""
    at_zero = x == 0
    return where(at_zero, 0.5, out / where(at_zero, 1.0, x))


i0 = elementwise(
    "i0",
    _plain(0),
    lambda x: i1(x),
    aliases=("special.i0",),
    complex=no_kernel("i0_vml_cpu"),
    grad_fn="I0Backward0",
    doc="The modified Bessel function of the first kind, of order 0.",
)
i1: Operation = elementwise(
    "special.i1",
    _plain(1),
    lambda x, out: i0(x) - _share(out, x),
    method=False,
    namespace="torch.special",
    grad_fn="SpecialI1Backward0",
    doc="The modified Bessel function of the first kind, of order 1.",
)
i0e = elementwise(
    "special.i0e",
    _scaled(0),
    lambda x, out: i1e(x) - sign(x) * out,
    method=False,
    namespace="torch.special",
    grad_fn="SpecialI0EBackward0",
    doc="i0(x) * exp(-abs(x)).",
)
i1e: Operation = elementwise(
    "special.i1e",
    _scaled(1),
    lambda x, out: i0e(x) - sign(x) * out - _share(out, x),
    method=False,
    namespace="torch.special",
    grad_fn="SpecialI1EBackward0",
    doc="i1(x) * exp(-abs(x)).",
)
