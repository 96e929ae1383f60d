"""Windows of signals (Harris, 1978): (M,) numbers each.

All take how many numbers there are and `sym`: a window that is not symmetric is the first part of one that is longer by 1, as
spectra want it.  Raises ValueError for sizes and options that no window has.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import gradcli.torch as torch

__all__ = [
    "bartlett", "blackman", "cosine", "exponential", "gaussian", "general_cosine", "general_hamming", "hamming", "hann",
    "kaiser", "nuttall",
]  # fmt: skip


def _evenly(start: float, step: float, M: int, options: dict[str, Any]) -> Any:
    return torch.linspace(start=start, end=start + (M - 1) * step, steps=M, **options)


def _made(name: str, M: int, options: dict[str, Any], make: Callable[[dict[str, Any]], Any]) -> Any:
    """What `make(options)` gives, after a look at the size and the dtype; nothing at all where M is 0."""
    given = options.pop("dtype")
    options["dtype"] = dtype = torch.get_default_dtype() if given is None else given
    if M < 0:
        raise ValueError(f"{name} requires non-negative window length, got M={M}")
    if options["layout"] is not torch.strided:
        raise ValueError(f"{name} is implemented for strided tensors only, got: {options['layout']}")
    if dtype not in (torch.float32, torch.float64):
        raise ValueError(f"{name} expects float32 or float64 dtypes, got: {dtype}")
    return make(options) if M else torch.empty((0,), **options)


def _span(M: int, sym: bool) -> int:
    """How many steps the window takes from its first number to its last."""
    return M if not sym and M > 1 else M - 1


def exponential(
    M: int, *, center: float | None = None, tau: float = 1.0, sym: bool = True, dtype: Any = None,
    layout: Any = torch.strided, device: Any = None, requires_grad: bool = False,
) -> Any:  # fmt: skip
    """`exp(-|n - center| / tau)`."""
    options = {"dtype": dtype, "layout": layout, "device": device, "requires_grad": requires_grad}
    if tau <= 0:
        raise ValueError(f"Tau must be positive, got: {tau} instead.")
    if sym and center is not None:
        raise ValueError("Center must be None for symmetric windows")
    middle = _span(M, sym) / 2.0 if center is None else center
    return _made("exponential", M, options, lambda given: torch.exp(-torch.abs(_evenly(-middle / tau, 1 / tau, M, given))))


def cosine(
    M: int, *, sym: bool = True, dtype: Any = None, layout: Any = torch.strided, device: Any = None, requires_grad: bool = False
) -> Any:
    """`sin(pi (n + 1/2) / M)`."""
    options = {"dtype": dtype, "layout": layout, "device": device, "requires_grad": requires_grad}
    step = math.pi / max(_span(M, sym) + 1, 1)
    return _made("cosine", M, options, lambda given: torch.sin(_evenly(0.5 * step, step, M, given)))


def gaussian(
    M: int, *, std: float = 1.0, sym: bool = True, dtype: Any = None, layout: Any = torch.strided, device: Any = None,
    requires_grad: bool = False,
) -> Any:  # fmt: skip
    """`exp(-(n - middle)**2 / (2 std**2))`."""
    options = {"dtype": dtype, "layout": layout, "device": device, "requires_grad": requires_grad}
    if std <= 0:
        raise ValueError(f"Standard deviation must be positive, got: {std} instead.")
    step = 1 / (std * math.sqrt(2))
    start = -_span(M, sym) / 2.0 * step
    return _made("gaussian", M, options, lambda given: torch.exp(-(_evenly(start, step, M, given) ** 2)))


def kaiser(
    M: int, *, beta: float = 12.0, sym: bool = True, dtype: Any = None, layout: Any = torch.strided, device: Any = None,
    requires_grad: bool = False,
) -> Any:  # fmt: skip
    """Kaiser's window, of Bessel's function I0; the larger beta, the narrower."""
    options = {"dtype": dtype, "layout": layout, "device": device, "requires_grad": requires_grad}
    if beta < 0:
        raise ValueError(f"beta must be non-negative, got: {beta} instead.")

    def make(given: dict[str, Any]) -> Any:
        if M == 1:
            return torch.ones((1,), **given)
        step = 2.0 * beta / _span(M, sym)
        k = torch.linspace(start=-beta, end=min(beta, -beta + (M - 1) * step), steps=M, **given)
        return torch.i0(torch.sqrt(beta * beta - torch.pow(k, 2))) / torch.i0(torch.tensor(beta))

    return _made("kaiser", M, options, make)


def bartlett(
    M: int, *, sym: bool = True, dtype: Any = None, layout: Any = torch.strided, device: Any = None, requires_grad: bool = False
) -> Any:
    """A triangle, 0 at its ends."""
    options = {"dtype": dtype, "layout": layout, "device": device, "requires_grad": requires_grad}

    def make(given: dict[str, Any]) -> Any:
        return torch.ones((1,), **given) if M == 1 else 1 - torch.abs(_evenly(-1, 2 / _span(M, sym), M, given))

    return _made("bartlett", M, options, make)


def general_cosine(
    M: int, *, a: Iterable[float], sym: bool = True, dtype: Any = None, layout: Any = torch.strided, device: Any = None,
    requires_grad: bool = False,
) -> Any:  # fmt: skip
    """A sum of cosines with the weights `a`, of alternating signs."""
    options = {"dtype": dtype, "layout": layout, "device": device, "requires_grad": requires_grad}
    return _of_cosines("general_cosine", M, a, sym, options)


def _of_cosines(name: str, M: int, a: Iterable[float], sym: bool, options: dict[str, Any]) -> Any:
    def make(given: dict[str, Any]) -> Any:
        if M == 1:
            return torch.ones((1,), **given)
        if not isinstance(a, Iterable):
            raise TypeError("Coefficients must be a list/tuple")
        weights = [(-1) ** i * weight for i, weight in enumerate(a)]
        if not weights:
            raise ValueError("Coefficients cannot be empty")
        signs: Any = torch.tensor(weights, device=given["device"], dtype=given["dtype"], requires_grad=given["requires_grad"])
        k = _evenly(0, 2 * math.pi / _span(M, sym), M, given)
        orders: Any = torch.arange(len(weights), dtype=signs.dtype, requires_grad=signs.requires_grad)
        return (signs.unsqueeze(-1) * torch.cos(orders.unsqueeze(-1) * k)).sum(0)

    return _made(name, M, options, make)


def general_hamming(
    M: int, *, alpha: float = 0.54, sym: bool = True, dtype: Any = None, layout: Any = torch.strided, device: Any = None,
    requires_grad: bool = False,
) -> Any:  # fmt: skip
    """`alpha - (1 - alpha) cos(2 pi n / (M - 1))`."""
    return general_cosine(
        M, a=[alpha, 1.0 - alpha], sym=sym, dtype=dtype, layout=layout, device=device, requires_grad=requires_grad
    )


def _window(name: str, weights: list[float], doc: str) -> Any:
    """A sum of cosines with fixed weights."""

    def window(
        M: int, *, sym: bool = True, dtype: Any = None, layout: Any = torch.strided, device: Any = None,
        requires_grad: bool = False,
    ) -> Any:  # fmt: skip
        return general_cosine(M, a=weights, sym=sym, dtype=dtype, layout=layout, device=device, requires_grad=requires_grad)

    window.__name__ = window.__qualname__ = name
    window.__doc__ = doc
    return window


hamming = _window("hamming", [0.54, 0.46], "Hamming's window.")
hann = _window("hann", [0.5, 0.5], "A period of a cosine, from 0 up to 1 and back.")
blackman = _window("blackman", [0.42, 0.5, 0.08], "A sum of two cosines, that is flatter at its ends.")
nuttall = _window("nuttall", [0.3635819, 0.4891775, 0.1365995, 0.0106411], "Nuttall's window, of four terms.")
