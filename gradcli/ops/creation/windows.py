"""Windows of signals, and the frequencies of Fourier transforms.

A window that is periodic is the first part of one that is longer by 1: repeated, it goes on evenly.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph import memory
from gradcli.ops.core import dtypes
from gradcli.ops.core.builders import composite
from gradcli.ops.core.parameter_types import DType, Number
from gradcli.ops.core.table import family
from gradcli.ops.creation.factories import leaf

family("windows")


def _window(name: str, length: int, periodic: bool, shape: Callable[[Any, int], Any], dtype: Any, requires_grad: bool) -> Any:
    """The window whose entry k of n is `shape(k, n - 1)`.  Raises Problem."""
    kind = dtypes.default_dtype() if dtype is None else dtype
    if kind.kind not in "fc":
        raise Problem("dtype", f"{name} expects floating point dtypes, got: {kind.name}", hint="leave dtype out")
    if length < 0:
        raise Problem("argument", f"{name} requires non-negative window_length, got window_length={length}")
    memory.reserve(length, name)
    if length < 2:
        return leaf(np.ones(length, kind), requires_grad)
    return leaf(shape(np.arange(length, dtype=np.float64), length - (not periodic)).astype(kind), requires_grad)


def _cosines(*weights: float) -> Callable[[Any, int], Any]:
    """Sums of cosines of whole periods, of alternating signs."""
    return lambda k, last: sum([(-1) ** j * w * np.cos(2 * math.pi * j * k / last) for j, w in enumerate(weights)])


def _hann(window_length: int, periodic: bool = True, *, dtype: DType = None, requires_grad: bool = False) -> Any:
    return _window("hann_window", window_length, periodic, _cosines(0.5, 0.5), dtype, requires_grad)


def _hamming(
    window_length: int,
    periodic: bool = True,
    alpha: float = 0.54,
    beta: float = 0.46,
    *,
    dtype: DType = None,
    requires_grad: bool = False,
) -> Any:
    return _window("hamming_window", window_length, periodic, _cosines(alpha, beta), dtype, requires_grad)


def _blackman(window_length: int, periodic: bool = True, *, dtype: DType = None, requires_grad: bool = False) -> Any:
    return _window("blackman_window", window_length, periodic, _cosines(0.42, 0.5, 0.08), dtype, requires_grad)


def _bartlett(window_length: int, periodic: bool = True, *, dtype: DType = None, requires_grad: bool = False) -> Any:
    triangle = lambda k, last: 1 - np.abs(2 * k / last - 1)  # noqa: E731
    return _window("bartlett_window", window_length, periodic, triangle, dtype, requires_grad)


def _kaiser(
    window_length: int, periodic: bool = True, beta: float = 12.0, *, dtype: DType = None, requires_grad: bool = False
) -> Any:
    bell = lambda k, last: np.i0(beta * np.sqrt(np.maximum(0, 1 - (2 * k / last - 1) ** 2))) / np.i0(beta)  # noqa: E731
    return _window("kaiser_window", window_length, periodic, bell, dtype, requires_grad)


for _name, _forward, _doc in (
    ("hann_window", _hann, "A period of a cosine, from 0 up to 1 and back."),
    ("hamming_window", _hamming, "alpha - beta * cos, over one period."),
    ("blackman_window", _blackman, "A sum of two cosines, that is flatter at its ends."),
    ("bartlett_window", _bartlett, "A triangle."),
    ("kaiser_window", _kaiser, "Kaiser's window, of Bessel's function I0; the larger beta, the narrower."),
):
    composite(
        _name,
        _forward,
        method=False,
        doc=_doc,
        samples=(f"{_name}(5)", f"{_name}(6, periodic=False)", f"{_name}(1)", f"{_name}(4, dtype=float32)"),
    )

# --- frequencies ----------------------------------------------------------------------------------------------------


def _need_points(n: int) -> None:
    memory.reserve(n, "fftfreq")
    if n < 0:
        raise Problem("argument", f"n must be non-negative, got {n}")


def _over(span: float) -> float:
    return 1 / span if span else math.inf


def _fftfreq(n: int, d: Number = 1.0, *, dtype: DType = None, requires_grad: bool = False) -> Any:
    _need_points(n)
    kind: Any = dtypes.default_dtype() if dtype is None else dtype
    places = np.arange(n)
    return leaf((np.where(places < (n + 1) // 2, places, places - n) * (_over(n * d))).astype(kind), requires_grad)


def _rfftfreq(n: int, d: Number = 1.0, *, dtype: DType = None, requires_grad: bool = False) -> Any:
    _need_points(n)
    kind: Any = dtypes.default_dtype() if dtype is None else dtype
    return leaf((np.arange(n // 2 + 1) * (_over(n * d))).astype(kind), requires_grad)


for _name, _frequencies, _doc in (
    ("fft.fftfreq", _fftfreq, "The frequencies of a transform of n numbers that are d apart: first those from 0 up."),
    ("fft.rfftfreq", _rfftfreq, "The frequencies of half a transform, from 0 up."),
):
    composite(
        _name, _frequencies, method=False, namespace="torch.fft", doc=_doc, samples=(f"{_name}(5)", f"{_name}(4, d=0.25)")
    )
