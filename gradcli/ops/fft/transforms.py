"""torch.fft: transforms of one, two and any number of dimensions, of complex and real numbers, and of Hermitian spectra."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor
from gradcli.ops.core.arrays import Operand
from gradcli.ops.core.builders import composite
from gradcli.ops.core.dims import one_dim
from gradcli.ops.core.dtypes import complex_dtype, default_dtype, scalar_name
from gradcli.ops.core.parameter_types import Dim, FftNorm, Ints
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.arithmetic import conj
from gradcli.ops.elementwise.conversion import to
from gradcli.ops.fft.kernels import c2c, c2r, r2c, swapped
from gradcli.ops.movement.complex_numbers import conj_physical
from gradcli.ops.movement.indexing import narrow
from gradcli.ops.movement.padding import padded
from gradcli.ops.movement.rearranging import roll

family("Fourier transforms")


def _promoted(x: Tensor, complex: bool) -> Any:
    """Whole numbers as floats, and all as complex numbers where those are wanted.  Raises Problem."""
    dtype = x.ndarray.dtype
    if dtype.name == "float16":
        raise Problem("dtype", "Unsupported dtype Half", hint="convert it first: x.float()")
    wide = dtype if dtype.kind in "fc" else default_dtype()
    return to(x, complex_dtype(wide) if complex else wide)


def _real(name: str, x: Tensor) -> Any:
    if x.ndarray.dtype.kind == "c":
        kind = "real-valued input" if name.endswith("n") else "real input"
        raise Problem(
            "dtype",
            f"{name} expects a {kind} tensor, but got {scalar_name(x.ndarray.dtype)}",
            hint=f"take its real part, or use {name.replace('rfft', 'fft').replace('ihfft', 'ifft')}",
        )
    return _promoted(x, False)


def _resized(x: Any, dims: Sequence[int], lengths: Sequence[int]) -> Any:
    """The first entries along each dimension, or zeros behind them, so that it has these lengths.  Raises Problem."""
    for length in lengths:
        if length < 1:
            raise Problem(
                "argument", f"Invalid number of data points ({length}) specified", hint="a transform has at least one"
            )
    for dim, length in zip(dims, lengths):
        if length < x.shape[dim]:
            x = narrow(x, dim, 0, length, 1)
    missing = [0] * (2 * len(x.shape))
    for dim, length in zip(dims, lengths):
        missing[2 * (len(x.shape) - 1 - dim) + 1] = length - x.shape[dim]
    return padded(x, tuple(missing), 0) if any(missing) else x


def _at(x: Any, dim: int) -> int:
    """A dimension, counted from 0.  Raises Problem."""
    if not x.ndim:
        raise Problem("dimension", f"Dimension specified as {dim} but tensor has no dimensions", type="IndexError")
    return one_dim(dim, x.ndim)


# --- one dimension --------------------------------------------------------------------------------------------------


def _line(x: Any, n: int | None, dim: int) -> tuple[Any, tuple[int]]:
    """The input of n numbers along its dimension, and that dimension."""
    axis = _at(x, dim)
    return _resized(x, (axis,), (x.shape[axis] if n is None else n,)), (axis,)


def _half(x: Any, n: int | None, dim: int) -> tuple[Any, tuple[int], int]:
    """Half a spectrum, along its dimension, and the length of what it is the spectrum of."""
    length = 2 * (x.shape[_at(x, dim)] - 1) if n is None else n
    if length < 1:
        raise Problem("argument", f"Invalid number of data points ({length}) specified", hint="a transform has at least one")
    return *_line(_promoted(x, True), length // 2 + 1, dim), length


def _fft(x: Tensor, /, n: int | None = None, dim: Dim = -1, norm: FftNorm | None = None) -> Any:
    x, dims = _line(_promoted(x, False), n, dim)
    norm = norm or "backward"
    return c2c(x, dims, norm, True) if x.ndarray.dtype.kind == "c" else r2c(x, dims, norm, False)


def _ifft(x: Tensor, /, n: int | None = None, dim: Dim = -1, norm: FftNorm | None = None) -> Any:
    x, dims = _line(_promoted(x, False), n, dim)
    norm = norm or "backward"
    return c2c(x, dims, norm, False) if x.ndarray.dtype.kind == "c" else conj(r2c(x, dims, swapped(norm), False))


def _rfft(x: Tensor, /, n: int | None = None, dim: Dim = -1, norm: FftNorm | None = None) -> Any:
    return r2c(*_line(_real("rfft", x), n, dim), norm or "backward", True)


def _irfft(x: Operand, /, n: int | None = None, dim: Dim = -1, norm: FftNorm | None = None) -> Any:
    half, dims, length = _half(x, n, dim)
    return c2r(half, dims, norm or "backward", length)


def _hfft(x: Operand, /, n: int | None = None, dim: Dim = -1, norm: FftNorm | None = None) -> Any:
    half, dims, length = _half(x, n, dim)
    return c2r(conj(half), dims, swapped(norm or "backward"), length)


def _ihfft(x: Tensor, /, n: int | None = None, dim: Dim = -1, norm: FftNorm | None = None) -> Any:
    return conj(r2c(*_line(_real("ihfft", x), n, dim), swapped(norm or "backward"), True))


# --- several dimensions ---------------------------------------------------------------------------------------------


def _plane(x: Any, s: Any, dim: Any) -> tuple[list[int], list[int]]:
    """The dimensions to transform and the lengths that are asked for, -1 for a dimension's own.  Raises Problem."""
    sizes = None if s is None else list(s) if isinstance(s, tuple) else [s]
    named = None if dim is None else dim if isinstance(dim, tuple) else (dim,)
    if sizes is not None and named is not None and len(sizes) != len(named):
        raise Problem("argument", "When given, dim and shape arguments must have the same length")
    dims = [] if named is None else [_at(x, each) for each in named]
    if sizes is not None and len(sizes) > x.ndim:
        words = f"Got shape with {len(sizes)} values but input tensor only has {x.ndim} dimensions."
        raise Problem("argument", words)
    if named is None:
        dims = list(range(0 if sizes is None else x.ndim - len(sizes), x.ndim))
    if len(set(dims)) != len(dims):
        raise Problem("argument", "FFT dims must be unique")
    return dims, [-1] * len(dims) if sizes is None else sizes


def _whole(x: Any, s: Any, dim: Any) -> tuple[Any, tuple[int, ...]]:
    """The input in the lengths that are asked for, and the dimensions to transform."""
    dims, lengths = _plane(x, s, dim)
    return _resized(x, dims, [x.shape[at] if n == -1 else n for at, n in zip(dims, lengths)]), tuple(dims)


def _half_whole(name: str, x: Any, s: Any, dim: Any) -> tuple[Any, tuple[int, ...], int]:
    """The same of a spectrum of which there is half along the last of the dimensions, and the length of the whole there."""
    x = _promoted(x, True)
    dims, lengths = _plane(x, s, dim)
    if not dims:
        raise Problem("argument", f"{name} must transform at least one axis")
    last = 2 * (x.shape[dims[-1]] - 1) if lengths[-1] == -1 else lengths[-1]
    if last < 1:
        raise Problem("argument", f"Invalid number of data points ({last}) specified", hint="a transform has at least one")
    own = [x.shape[at] if n == -1 else n for at, n in zip(dims[:-1], lengths)]
    return _resized(x, dims, [*own, last // 2 + 1]), tuple(dims), last


def _fftn(x: Any, s: Any, dim: Any, norm: str) -> Any:
    x, dims = _whole(_promoted(x, True), s, dim)
    return c2c(x, dims, norm, True)


def _ifftn(x: Any, s: Any, dim: Any, norm: str) -> Any:
    x, dims = _whole(_promoted(x, True), s, dim)
    return c2c(x, dims, norm, False)


def _rfftn(x: Any, s: Any, dim: Any, norm: str) -> Any:
    x, dims = _whole(_real("rfftn", x), s, dim)
    if not dims:
        raise Problem("argument", "rfftn must transform at least one axis")
    return r2c(x, dims, norm, True)


def _irfftn(x: Any, s: Any, dim: Any, norm: str) -> Any:
    half, dims, length = _half_whole("irfftn", x, s, dim)
    return c2r(half, dims, norm, length)


def _hfftn(x: Any, s: Any, dim: Any, norm: str) -> Any:
    half, dims, length = _half_whole("hfftn", x, s, dim)
    if len(dims) > 1:
        half = c2c(half, dims[:-1], norm, True)
    return c2r(conj(half), dims[-1:], swapped(norm), length)


def _ihfftn(x: Any, s: Any, dim: Any, norm: str) -> Any:
    if x.ndarray.dtype.kind == "c":
        raise Problem("dtype", f"Only supports floating-point dtypes, but found: {scalar_name(x.ndarray.dtype)}")
    x, dims = _whole(_promoted(x, False), s, dim)
    if not dims:
        raise Problem("argument", "ihfftn must transform at least one axis")
    half = r2c(x, dims[-1:], swapped(norm), True)
    return c2c(conj_physical(half), dims[:-1], norm, False) if len(dims) > 1 else conj(half)


# --- rows -----------------------------------------------------------------------------------------------------------

_HALF = "half a spectrum to the real numbers that it is of"
_TRANSFORMS = {
    "fft": ("The discrete Fourier transform", _fft, _fftn),
    "ifft": ("The inverse transform", _ifft, _ifftn),
    "rfft": ("Half the transform of real numbers; the other half is its mirror image, conjugated", _rfft, _rfftn),
    "irfft": (f"The inverse transform, from {_HALF}", _irfft, _irfftn),
    "hfft": ("The transform, from half a Hermitian signal to its real spectrum", _hfft, _hfftn),
    "ihfft": ("The inverse of hfft, from a real spectrum to half a Hermitian signal", _ihfft, _ihfftn),
}


def _several(name: str, doc: str, transform: Any) -> None:
    def over_two(x: Operand, /, s: Ints | None = None, dim: Ints = (-2, -1), norm: FftNorm | None = None) -> Any:
        return transform(x, s, dim, norm or "backward")

    def over_all(x: Operand, /, s: Ints | None = None, dim: Ints | None = None, norm: FftNorm | None = None) -> Any:
        return transform(x, s, dim, norm or "backward")

    rows = (
        ("2", over_two, "two dimensions", ("{0}(x)", "{0}(x, s=(3, 2), norm='forward')", "x:2,2,3 {0}(x, dim=(0, 2))")),
        ("n", over_all, "several dimensions, or all", ("{0}(x)", "x:2,2,3 {0}(x, (3, -1), None, 'ortho')", "x:3 {0}(x)")),
    )
    for number, forward, words, samples in rows:
        called = f"fft.{name}{number}"
        composite(
            called,
            forward,
            namespace="torch.fft",
            method=False,
            doc=f"{doc}, along {words}.",
            samples=tuple([each.format(called) for each in samples]),
        )


for _name, (_doc, _one, _many) in _TRANSFORMS.items():
    composite(
        f"fft.{_name}",
        _one,
        namespace="torch.fft",
        method=False,
        doc=f"{_doc}.",
        samples=(
            f"fft.{_name}(z)",
            f"fft.{_name}(z, n=4, dim=0, norm='ortho')",
            f"fft.{_name}(z, 2)",
            f"z:5 fft.{_name}(z, norm='forward')",
        ),
    )
    _several(_name, _doc, _many)


def _shift(name: str, doc: str, step: Any) -> None:
    def forward(x: Operand, /, dim: Ints | None = None) -> Any:
        named = tuple(range(x.ndim)) if dim is None else dim if isinstance(dim, tuple) else (dim,)
        dims = tuple([_at(x, each) for each in named])
        return roll(x, tuple([step(x.shape[each]) for each in dims]), dims)

    composite(
        f"fft.{name}",
        forward,
        namespace="torch.fft",
        method=False,
        doc=doc,
        samples=(f"fft.{name}(x)", f"fft.{name}(x, dim=1)"),
    )


_shift("fftshift", "The entries moved so that frequency 0 comes to the middle.", lambda n: n // 2)
_shift("ifftshift", "The inverse of fftshift.", lambda n: math.ceil(n / 2))
