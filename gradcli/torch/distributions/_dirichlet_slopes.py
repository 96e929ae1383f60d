"""How a draw of a Dirichlet distribution moves with its concentration (Figurnov, Mohamed and Mnih, 2018).

An entry x of a draw has the distribution Beta(a, b), b being the rest of the concentration.  With its distribution function F
and density f, dx/da = -(dF/da) / f leaves F as it is.  F is a series of positive terms, which is differentiated term by
term; for x above a half, that of 1 - x is summed, which converges there.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import gradcli.torch as torch

Array = np.ndarray[Any, Any]
_TERMS = 100_000


def _series(x: Array, first: Array, second: Array, moving: bool) -> tuple[Array, Array]:
    """The sum of (a + b)_n / (a + 1)_n x**n, and its derivative by a (`moving`), or by b."""
    term, slope = np.ones_like(x), np.zeros_like(x)
    total, moved = np.ones_like(x), np.zeros_like(x)
    for n in range(_TERMS):
        up, down = first + second + n, first + 1 + n
        term = term * (up / down) * x
        slope = slope + 1 / up - (1 / down if moving else 0)
        total, moved = total + term, moved + term * slope
        if not np.any(term > 1e-17 * total):
            break
    return total, moved


def _digamma(x: Array) -> Array:
    values: Any = torch.digamma(torch.from_numpy(x))
    array: Array = values.numpy()
    return array


def beta_slope(x: Array, a: Array, b: Array) -> Array:
    """dx/da of draws x of Beta(a, b), float64 arrays of one shape."""
    tiny = np.finfo(np.float64).tiny
    x = np.clip(x, tiny, 1 - 2.0**-53)
    psi = _digamma(a + b) - _digamma(a)
    # F = x**a (1 - x)**b / (a B) * series; over the density x**(a-1) (1-x)**(b-1) / B that is x (1 - x) / a * series
    low, moved = _series(np.where(x <= 0.5, x, 0.0), a, b, moving=True)
    below = -x * (1 - x) / a * (low * (np.log(x) - 1 / a + psi) + moved)
    high, other = _series(np.where(x > 0.5, 1 - x, 0.0), b, a, moving=False)
    above = x * (1 - x) / b * (high * (np.log(x) + psi) + other)
    slopes: Array = np.where(x <= 0.5, below, above)
    return slopes


class _Dirichlet(torch.autograd.Function):
    """A draw, whose derivative by the concentration is the one above; what entries of it move, the others make up for."""

    @staticmethod
    def forward(ctx: Any, concentration: Any, drawn: Any) -> Any:
        """The draw itself."""
        ctx.save_for_backward(concentration, drawn)
        return drawn.clone()

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        """The gradient by the concentration."""
        concentration, drawn = ctx.saved_tensors
        a, x = [each.detach().double().numpy() for each in (concentration, drawn)]
        slopes: Any = torch.from_numpy(beta_slope(x, a, a.sum(-1, keepdims=True) - a) / (1 - np.clip(x, 0, 1 - 2.0**-53)))
        return (slopes * (g - (drawn * g).sum(-1, keepdim=True))).to(g.dtype), None
