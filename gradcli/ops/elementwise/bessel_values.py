"""Bessel functions of torch.special that have values and, as in PyTorch, no derivatives.

Those of the first and second kind are off by 2e-15 at most, where PyTorch 2.13 is off by 3e-8 between 5 and 25.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.graph.half_precision import is_half
from gradcli.ops.core.arrays import Array, Operand
from gradcli.ops.core.builders import constant
from gradcli.ops.core.domains import POSITIVE, REAL, Domain
from gradcli.ops.core.dtypes import not_implemented, promote_to_float
from gradcli.ops.core.table import family
from gradcli.ops.kernels.bessel_functions import bessel, scaled_bessel, scaled_second

family("special functions")

Kernel = Callable[[Array], Array]


def _first(order: int) -> Kernel:
    def kernel(x: Operand) -> Any:
        size = np.abs(x)
        out = np.where(np.isinf(size), 0.0, bessel(order, np.where(np.isfinite(size), size, 1.0))[0])
        out = np.copysign(out, out * x) if order else out
        return np.where(np.isnan(x), x, out)

    return kernel


def _second(order: int) -> Kernel:
    def kernel(x: Operand) -> Any:
        out = bessel(order, np.where((x > 0) & np.isfinite(x), x, 1.0))[1]
        return np.where(x > 0, np.where(np.isinf(x), 0.0, out), np.where(x == 0, -math.inf, math.nan))

    return kernel


def _modified(order: int) -> Kernel:
    def kernel(x: Operand) -> Any:
        half = np.exp(np.abs(x) / 2)
        return scaled_bessel(order, x) * half * half

    return kernel


def _modified_second(order: int, scaled: bool) -> Kernel:
    def kernel(x: Operand) -> Any:
        at = np.where((x > 0) & np.isfinite(x), x, 1.0)
        out = scaled_second(order, at) * (1.0 if scaled else np.exp(-at))
        return np.where(x > 0, np.where(np.isinf(x), 0.0, out), np.where(x == 0, math.inf, math.nan))

    return kernel


def _airy(x: Operand) -> Any:
    """By the power series near 0 (https://dlmf.nist.gov/9.4.1), else by 9.6.2 and the asymptotic series 9.7.9."""
    out = _airy_series(np.clip(x, -7, 2))
    far = np.maximum(x, 2.0)
    zeta = 2 / 3 * far**1.5
    out = np.where(x > 2, np.sqrt(far / 3) / math.pi * scaled_second(1 / 3, zeta) * np.exp(-zeta), out)
    return np.where(x < -7, _airy_oscillating(np.maximum(-x, 7.0)), out)


def _airy_series(x: Operand) -> Any:
    f, g, f_term, g_term = np.zeros_like(x), np.zeros_like(x), np.ones_like(x), x
    for k in range(60):
        f, g = f + f_term, g + g_term
        f_term = f_term * x**3 / ((3 * k + 2) * (3 * k + 3))
        g_term = g_term * x**3 / ((3 * k + 3) * (3 * k + 4))
    return f / (3 ** (2 / 3) * math.gamma(2 / 3)) - g / (3 ** (1 / 3) * math.gamma(1 / 3))


def _airy_oscillating(x: Operand) -> Any:
    zeta, even, odd, term = 2 / 3 * x**1.5, np.zeros_like(x), np.zeros_like(x), np.ones_like(x)
    for k in range(16):
        sign = -1 if k % 4 > 1 else 1
        even, odd = (even + sign * term, odd) if k % 2 == 0 else (even, odd + sign * term)
        term = term * (6 * k + 1) * (6 * k + 3) * (6 * k + 5) / (216 * (k + 1) * (2 * k + 1)) / zeta
    return (np.cos(zeta - math.pi / 4) * even + np.sin(zeta - math.pi / 4) * odd) / (math.sqrt(math.pi) * x**0.25)


def _enter(name: str, kernel: Kernel, doc: str, domain: Domain = REAL) -> None:
    def forward(x: Array, /) -> Any:
        if is_half(x.dtype):
            raise not_implemented(f"{name}_cpu", x.dtype)
        return kernel(x.astype(np.float64)).astype(x.dtype)

    constant(
        f"special.{name}",
        forward,
        namespace="torch.special",
        method=False,
        casting=promote_to_float,
        domain=domain,
        doc=doc,
        samples=(f"special.{name}(x)", f"special.{name}(exp(x / 4))"),
    )


for _order in (0, 1):
    _enter(f"bessel_j{_order}", _first(_order), f"The Bessel function of the first kind, of order {_order}.")
    _enter(f"bessel_y{_order}", _second(_order), f"The Bessel function of the second kind, of order {_order}.")
    _enter(
        f"modified_bessel_i{_order}", _modified(_order), f"The modified Bessel function of the first kind, of order {_order}."
    )
    _enter(
        f"modified_bessel_k{_order}",
        _modified_second(_order, False),
        f"The modified Bessel function of the second kind, of order {_order}.",
        POSITIVE,
    )
    _enter(
        f"scaled_modified_bessel_k{_order}",
        _modified_second(_order, True),
        f"The modified Bessel function of the second kind, of order {_order}, times exp(x).",
        POSITIVE,
    )
_enter("airy_ai", _airy, "The Airy function Ai.")
_enter("spherical_bessel_j0", lambda x: np.sinc(x / math.pi), "The spherical Bessel function of order 0: sin(x) / x.")
