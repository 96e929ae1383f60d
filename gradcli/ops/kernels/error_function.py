"""Special functions that NumPy lacks.  SciPy's would cost every start 0.1 s.

`erf` is off by 2 units in the last place at most, `erfc` by 6 (relative to itself, far out, too); a million take 40 ms.
The polynomials are Chebyshev expansions, to more digits than float64 has;
tests/ops/kernels/make_error_function.py computes them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.ops.core.arrays import Array, Operand

_BLOCK = 1 << 13  # elements whose intermediate results stay in the cache

# erf(x) / x for |x| <= 1, of 2 * x * x - 1
_ERF = (
    0.9654687386698673,
    -0.1405360890227171,
    0.019852496688983708,
    -0.0022854855611441132,
    0.00021751715604159932,
    -1.7537169441124866e-05,
    1.223382738359897e-06,
    -7.511569286591727e-08,
    4.115800583208149e-09,
    -2.035228405815769e-10,
    9.167619596865806e-12,
    -3.8078824063194953e-13,
    1.4543887079465116e-14,
)
# x * exp(x * x) * erfc(x) for 0.5 <= x <= 28, of the place of (x - 3) / (x + 3) between its ends
_CENTRE, _SCALE = 0.04608294930875576, 0.7603686635944701
_TAIL = (
    0.5410974243546136,
    0.06284529988913819,
    -0.07424550271892703,
    0.0541779339633209,
    -0.028490818409534328,
    0.010807483569908306,
    -0.0026390959933410667,
    0.00019641279341543234,
    0.0001189783071051814,
    -3.766933796635636e-05,
    -3.1686781546915257e-06,
    3.4723881416897e-06,
    -1.11323500230882e-08,
    -3.214365246198519e-07,
    7.833746906134755e-09,
    3.28840706134987e-08,
    2.1039258480500804e-10,
    -3.6238527171672925e-09,
    -2.825195123475401e-10,
    3.962926132773507e-10,
    6.253163179741632e-11,
    -3.738919486810033e-11,
    -6.331935407991454e-12,
    2.2135488293822176e-12,
)


def erf(x: Array, /) -> Any:
    """The error function of an array, in its dtype."""
    return _blockwise(_erf, x)


def erfc(x: Array, /) -> Any:
    """1 - erf of an array, exact where that would round to nothing."""
    return _blockwise(_erfc, x)


def scaled_tail(x: Operand) -> Any:
    """exp(x * x) * erfc(x) of an array of numbers from 0.5 on; beyond 28 by the asymptotic series (dlmf.nist.gov/7.12.1)."""
    near = np.minimum(x, 28.0)
    inner = _polynomial(_TAIL, ((near - 3) / (near + 3) - _CENTRE) / _SCALE) / near
    far = np.maximum(x, 28.0)
    square = 1 / (2 * far * far)
    series = np.ones_like(x)
    for odd in (11, 9, 7, 5, 3, 1):
        series = 1 - odd * square * series
    outer = series / (far * np.sqrt(np.pi))
    return np.where(x <= 28, inner, outer)


def _blockwise(function: Callable[[Any], Any], x: Array) -> Any:
    out = np.empty(x.shape, x.dtype)
    source, target = x.reshape(-1), out.reshape(-1)
    for start in range(0, x.size, _BLOCK):
        part = slice(start, start + _BLOCK)
        target[part] = function(source[part].astype(np.float64))
    return out


def _erf(x: Operand) -> Any:
    size = np.abs(x)
    return np.where(size <= 1, _inner(np.clip(x, -1, 1)), np.copysign(1 - _tail(np.clip(size, 1, 28)), x))


def _erfc(x: Operand) -> Any:
    tail = _tail(np.clip(np.abs(x), 0.5, 28))
    return np.where(np.abs(x) <= 0.5, 1 - _inner(np.clip(x, -1, 1)), np.where(x < 0, 2 - tail, tail))


def _inner(x: Operand) -> Any:
    """erf between -1 and 1."""
    return x * _polynomial(_ERF, 2 * x * x - 1)


def _tail(x: Operand) -> Any:
    """erfc between 0.5 and 28.  Half of the digits of x are squared exactly: exp would multiply an error."""
    coarse = x * 134217729.0
    coarse -= coarse - x
    decay = np.exp(-coarse * coarse) * np.exp((coarse - x) * (coarse + x))
    return decay * _polynomial(_TAIL, ((x - 3) / (x + 3) - _CENTRE) / _SCALE) / x


def _polynomial(coefficients: tuple[float, ...], x: Operand) -> Any:
    out = np.full_like(x, coefficients[-1])
    for each in coefficients[-2::-1]:
        out *= x
        out += each
    return out
