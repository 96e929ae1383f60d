"""The three kinds of discrete Fourier transform, along several dimensions: complex to complex, real to complex, and back.

All others are made of them (fft.transforms).  A transform multiplies by exp(-2 pi i j k / n), or for the inverse by
exp(2 pi i j k / n), sums, and scales by a real number; so the transpose of one is another, scaled alike.  `norm` is NumPy's
word for the scales: those of a transform and its inverse are 1 and 1/n ("backward"), 1/n and 1 ("forward"), or both the root
of 1/n ("ortho").
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.graph.tensor import Tensor, array_dtype, from_array
from gradcli.ops.core.arrays import Array, Cotangent, Operand
from gradcli.ops.core.builders import SAME, Operation, linear
from gradcli.ops.core.dtypes import real_dtype
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.arithmetic import mul
from gradcli.ops.movement.complex_numbers import real

family("Fourier transforms")

_SWAPPED = {"backward": "forward", "forward": "backward", "ortho": "ortho"}


def swapped(norm: str) -> Any:
    """The word by which the inverse has the scale that the transform has, and the transform that of the inverse."""
    return _SWAPPED[norm]


def _c2c(x: Array, /, dims: Any, norm: str, forward: bool) -> Any:
    return (np.fft.fftn if forward else np.fft.ifftn)(x, axes=dims, norm=norm) if dims else x.copy()  # type: ignore[arg-type]


c2c: Operation = linear(
    "fft_c2c",
    _c2c,
    lambda g, dims, norm, forward: c2c(g, dims, swapped(norm), not forward),
    function=False,
    method=False,
    grad_fn="FftC2CBackward0",
    doc="The transform of complex numbers, or its inverse.",
)


def _r2c(x: Operand, /, dims: Any, norm: Any, onesided: bool) -> Any:
    if onesided or len(dims) > 1 or type(x) is not np.ndarray:
        return np.fft.rfftn(x, axes=dims, norm=norm) if onesided else np.fft.fftn(x, axes=dims, norm=norm)
    half = np.fft.rfft(x, axis=dims[0], norm=norm)  # half the work: the other half mirrors it
    out = np.empty(x.shape, half.dtype)
    to, of, count = np.moveaxis(out, dims[0], 0), np.moveaxis(half, dims[0], 0), half.shape[dims[0]]
    to[:count] = of
    np.conjugate(of[len(to) - count : 0 : -1], out=to[count:])
    return out


def _from_spectrum(g: Cotangent, x: Operand, dims: Any, norm: Any, onesided: bool) -> Any:
    """What is left out of a spectrum of real numbers got no gradient; the real part is what they get.

    The real part of an inverse transform is that of the Hermitian part of a spectrum: half of each number and of its mirror
    image's conjugate.
    """
    length = x.shape[dims[-1]]
    if onesided:
        return c2r(_times(g, dims[-1], length, 0.5), dims, swapped(norm), length)
    if len(dims) > 1 or type(g) is not np.ndarray:
        return real(c2c(g, dims, swapped(norm), False))
    line = np.moveaxis(g, dims[0], 0)
    half = line[: length // 2 + 1].copy()
    half[1:] += np.conjugate(line[: (length - 1) // 2 : -1])
    half[1:] *= 0.5
    return np.moveaxis(np.fft.irfft(half, length, 0, norm=swapped(norm)), 0, dims[0])


def _times(half: Any, dim: int, length: int, number: float) -> Any:
    """Half a spectrum of so many numbers, but what stands for its mirror image, too, times a number: all but the first, and
    of an even length the last."""
    count = half.shape[dim]
    factors = np.ones((count, *[1] * (len(half.shape) - 1 - dim)), real_dtype(array_dtype(half)))
    factors[1 : 1 + length - count] = number
    return mul(half, from_array(factors) if isinstance(half, Tensor) else factors)


r2c: Operation = linear(
    "fft_r2c",
    _r2c,
    _from_spectrum,
    function=False,
    method=False,
    grad_fn="FftR2CBackward0",
    doc="The transform of real numbers: all of it, or the half along the last dimension that tells the other.",
)


def _c2r(x: Operand, /, dims: Any, norm: Any, length: int) -> Any:
    return np.fft.irfftn(x, [*[x.shape[dim] for dim in dims[:-1]], length], dims, norm=norm)


def _to_spectrum(g: Cotangent, dims: Any, norm: Any, length: int) -> Any:
    """Each number of a half stands for its mirror image, too."""
    return _times(r2c(g, dims, swapped(norm), True), dims[-1], length, 2.0)


c2r: Operation = linear(
    "fft_c2r",
    _c2r,
    _to_spectrum,
    function=False,
    method=False,
    complex=SAME,
    grad_fn="FftC2RBackward0",
    doc="The inverse transform of half a spectrum, to real numbers.",
)
