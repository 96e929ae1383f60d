"""Short-time Fourier transforms: of windows that move along a signal (stft), and the signal from them (istft)."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.core.builders import composite
from gradcli.ops.core.dims import one_dim
from gradcli.ops.core.dtypes import scalar_name, tensor_type
from gradcli.ops.core.parameter_types import PadMode
from gradcli.ops.core.renaming import renamed
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.arithmetic import mul
from gradcli.ops.elementwise.powers import power
from gradcli.ops.fft.kernels import c2c, c2r, r2c
from gradcli.ops.movement.blocks import unfolded, windows_added
from gradcli.ops.movement.broadcasting import expand
from gradcli.ops.movement.complex_numbers import view_as_complex, view_as_real
from gradcli.ops.movement.indexing import narrow
from gradcli.ops.movement.padding import pad
from gradcli.ops.movement.shapes import squeeze_dim, squeezed, unsqueeze, view
from gradcli.ops.movement.transposing import transpose

family("Fourier transforms")


def _complaint(call: str, words: str) -> Problem:
    return Problem("argument", f"{call} : {words}")


def _called(name: str, x: Any, n_fft: int, hop: int, width: int, window: Any, **options: Any) -> str:
    """A call as PyTorch writes it in front of its complaints."""
    kind = tensor_type(x.ndarray.dtype) if x.ndarray.dtype.kind != "c" else f"CPU{scalar_name(x.ndarray.dtype)}Type"
    given = "None" if window is None else f"{tensor_type(window.ndarray.dtype)}{{{list(window.shape)}}}"
    told = [f"{option}={int(value) if isinstance(value, bool) else value}" for option, value in options.items()]
    numbers = f"n_fft={n_fft}, hop_length={hop}, win_length={width}, window={given}"
    return f"{name}({kind}{list(x.shape)}, {', '.join([numbers, *told])})"


def _widened(call: str, n_fft: int, hop: int, length: int, window: Tensor | None, like: Any) -> Any:
    """The window with n_fft entries, with zeros at both ends of a shorter one; None where all are 1.  Raises Problem."""
    if hop < 1:
        raise _complaint(call, f"expected hop_length > 0, but got hop_length={hop}")
    if not 0 < length <= n_fft:
        raise _complaint(call, f"expected 0 < win_length <= n_fft, but got win_length={length}")
    if window is not None and window.shape != (length,):
        words = (
            f"expected a 1D window tensor of size equal to win_length={length}, but got window with size {list(window.shape)}"
        )
        raise _complaint(call, words)
    if window is None and length == n_fft:
        return None
    window = from_array(np.ones(length, like.ndarray.real.dtype)) if window is None else window
    left = (n_fft - length) // 2
    return window if length == n_fft else pad(window, (left, n_fft - length - left))


def _stft(
    x: Tensor,
    /,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Tensor | None = None,
    center: bool = True,
    pad_mode: PadMode = "reflect",
    normalized: bool = False,
    onesided: bool | None = None,
    return_complex: bool | None = None,
    align_to_window: bool | None = None,
) -> Any:
    if center and align_to_window is not None:
        raise Problem("argument", "stft align_to_window should only be set when center = false.", hint="leave it out")
    is_complex = x.ndarray.dtype.kind == "c" or (window is not None and window.ndarray.dtype.kind == "c")
    if return_complex is None and not is_complex:
        words = "stft requires the return_complex parameter be given for real inputs"
        raise Problem("argument", words, hint="write return_complex=True")
    signal = x
    if center:
        padded = pad(view(x, (*[1] * (3 - x.ndim), *x.shape)), (n_fft // 2, n_fft // 2), pad_mode)
        signal = view(padded, padded.shape[len(padded.shape) - x.ndim :])
    hop, length = n_fft // 4 if hop_length is None else hop_length, n_fft if win_length is None else win_length
    call = _called(
        "stft", signal, n_fft, hop, length, window,
        normalized=normalized, onesided=onesided, return_complex=return_complex, align_to_window=align_to_window,
    )  # fmt: skip
    if x.ndarray.dtype.kind not in "fc":
        raise _complaint(call, "expected a tensor of floating point or complex values")
    if x.ndim not in (1, 2):
        raise _complaint(call, "expected a 1D or 2D tensor")
    if not 0 < n_fft <= signal.shape[-1]:
        raise _complaint(call, f"expected 0 < n_fft < {signal.shape[-1]}, but got n_fft={n_fft}")
    shape = _widened(call, n_fft, hop, length, window, x)
    if onesided and is_complex:
        raise Problem("argument", "Cannot have onesided output if window or input is complex")
    batch = unsqueeze(signal, 0) if x.ndim == 1 else signal
    frames = renamed(unfolded(batch, 1, n_fft, hop), "AsStridedBackward0")
    if shape is not None:
        frames = mul(frames, shape)
    norm = "ortho" if normalized else "backward"
    half = not is_complex if onesided is None else onesided
    spectrum = c2c(frames, (2,), norm, True) if is_complex else r2c(frames, (2,), norm, half)
    out = renamed(transpose(spectrum, 1, 2), "TransposeBackward1")
    out = renamed(squeezed(out, 0), "SqueezeBackward4") if x.ndim == 1 else out
    return out if return_complex or return_complex is None else view_as_real(out)


composite(
    "stft",
    _stft,
    doc="The Fourier transforms of windows of n_fft numbers, hop_length apart: frequencies by windows.",
    samples=(
        "x:8 stft(x, 4, window=ones(4), return_complex=False)",
        "z:12 stft(z, 4, window=hann_window(4), pad_mode='constant', return_complex=True)",
        "x:2,9 stft(x, 4, 2, window=hann_window(4), center=False, return_complex=True)",
        "x:9 stft(x, 4, hop_length=3, win_length=3, window=ones(3), center=False, return_complex=True)",
        "x:8 x.stft(5, 2, None, bartlett_window(5), False, normalized=True, onesided=False, return_complex=True)",
        "x:8 stft(x.to(complex128) * 1j, 4, window=ones(4), center=False)",
    ),
)


def _istft(
    x: Tensor,
    /,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Tensor | None = None,
    center: bool = True,
    normalized: bool = False,
    onesided: bool | None = None,
    length: int | None = None,
    return_complex: bool = False,
) -> Any:
    if x.ndarray.dtype.kind != "c":
        words = "istft requires a complex-valued input tensor matching the output from stft with return_complex=True."
        raise Problem("argument", words, hint="its shape is [..., frequencies, windows]")
    hop, width = n_fft // 4 if hop_length is None else hop_length, n_fft if win_length is None else win_length
    call = _called(
        "istft", x, n_fft, hop, width, window,
        center=center, normalized=normalized, onesided=onesided, length=length, return_complex=return_complex,
    )  # fmt: skip
    for dim in (-2, -3):  # of the view as real numbers, which has one more
        one_dim(dim, x.ndim + 1)
    if not x.ndarray.size:
        raise _complaint(call, "input tensor cannot be empty.")
    if x.ndim not in (2, 3):
        raise _complaint(call, "expected a tensor with 3 or 4 dimensions")
    half = x.shape[-2] != n_fft if onesided is None else onesided
    if x.shape[-2] != (n_fft // 2 + 1 if half else n_fft):
        words = "expected the frequency dimension (3rd to the last) of the input tensor to match n_fft"
        raise _complaint(call, f"{words}{' / 2 + 1' if half else ''} when onesided={half}, but got {x.shape[-2]}")
    shape = _widened(call, n_fft, hop, width, window, x)
    if shape is None:
        shape = from_array(np.ones(n_fft, x.ndarray.real.dtype))
    parts = view_as_real(x)
    spectrum = view_as_complex(transpose(parts if x.ndim == 3 else unsqueeze(parts, 0), 1, 2))
    norm = "ortho" if normalized else "backward"
    if return_complex:
        frames = c2c(spectrum, (2,), norm, False)
    else:
        frames = c2r(spectrum if half else narrow(spectrum, 2, 0, n_fft // 2 + 1, 1), (2,), norm, n_fft)
    count = frames.shape[1]
    whole = n_fft + hop * (count - 1)
    signal = windows_added(mul(frames, view(shape, (1, 1, n_fft))), (frames.shape[0], whole), 1, n_fft, hop)
    weights = windows_added(expand(power(shape, 2), (1, count, n_fft)), (1, whole), 1, n_fft, hop)
    start = n_fft // 2 if center else 0
    end = min(whole, start + length) if length is not None else whole - start
    signal, weights = narrow(signal, 1, start, end, 1), narrow(weights, 1, start, end, 1)
    least = np.abs(weights.ndarray).min(initial=np.inf)
    if least < 1e-11:
        words = f"{call} window overlap add min: {least:g}"
        raise Problem("argument", words, hint="windows have to overlap where they are 0: take a smaller hop_length")
    out = signal / weights
    out = out if x.ndim == 3 else squeeze_dim(out, 0)
    missing = 0 if length is None else length - out.shape[-1]
    return pad(out, (0, missing)) if missing > 0 else out


composite(
    "istft",
    _istft,
    doc="The signal of which stft gives such transforms, where windows overlap averaged by their weights.",
    samples=(
        "x:3,4 istft(x.to(complex128) * (1 + 2j), 4, window=hann_window(4) + 1)",
        "x:2,3,2 istft(view_as_complex(stack([x, x * x], -1)), 4, 2, window=ones(4), length=5)",
        "x:4,3 istft(x.to(complex128) * 1j, 4, 2, window=ones(4), center=False, onesided=False, normalized=True)",
    ),
)
