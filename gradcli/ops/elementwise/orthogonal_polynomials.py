"""Orthogonal polynomials of torch.special, which have values and, as in PyTorch, no derivatives.

Each is a recurrence of three terms in the degree: https://dlmf.nist.gov/18.9.  Degrees below 0 give 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.ops.core.arrays import Operand
from gradcli.ops.core.builders import constant
from gradcli.ops.core.dtypes import promote_to_float
from gradcli.ops.core.table import family

family("special functions")

_HIGHEST = 10_000

First = Callable[[Any], Any]  # the polynomial of degree 1
Next = Callable[[int, Any, Any, Any], Any]  # k, x, those of degrees k and k - 1 -> that of degree k + 1


def _polynomial(first: First, following: Next, shifted: bool = False) -> Callable[..., Any]:
    def forward(x: Operand, n: Operand, /) -> Any:
        degrees = np.trunc(n)
        if np.size(degrees) and not np.max(np.abs(degrees)) <= _HIGHEST:
            words = f"n may be {_HIGHEST} at most, but got {np.max(degrees)}"
            raise Problem("argument", words, hint="a polynomial is computed degree by degree")
        x, degrees = np.broadcast_arrays(2 * x - 1 if shifted else x, degrees)
        before, now = np.ones_like(x), first(x)
        out = np.where(degrees < 0, np.zeros_like(x), before)
        for k in range(1, int(degrees.max(initial=0)) + 1):
            out = np.where(degrees >= k, now, out)
            before, now = now, following(k, x, now, before)
        return out

    return forward


def _chebyshev(k: int, x: Operand, now: Operand, before: Operand) -> Any:
    return 2 * x * now - before


_POLYNOMIALS: dict[str, tuple[First, Next, str]] = {
    "chebyshev_polynomial_t": (lambda x: x, _chebyshev, "Chebyshev polynomial of the first kind"),
    "chebyshev_polynomial_u": (lambda x: 2 * x, _chebyshev, "Chebyshev polynomial of the second kind"),
    "chebyshev_polynomial_v": (lambda x: 2 * x - 1, _chebyshev, "Chebyshev polynomial of the third kind"),
    "chebyshev_polynomial_w": (lambda x: 2 * x + 1, _chebyshev, "Chebyshev polynomial of the fourth kind"),
    "hermite_polynomial_h": (
        lambda x: 2 * x,
        lambda k, x, now, before: 2 * x * now - 2 * k * before,
        "Hermite polynomial of physicists",
    ),
    "hermite_polynomial_he": (
        lambda x: x,
        lambda k, x, now, before: x * now - k * before,
        "Hermite polynomial of statistics",
    ),
    "laguerre_polynomial_l": (
        lambda x: 1 - x,
        lambda k, x, now, before: ((2 * k + 1 - x) * now - k * before) / (k + 1),
        "Laguerre polynomial",
    ),
    "legendre_polynomial_p": (
        lambda x: x,
        lambda k, x, now, before: ((2 * k + 1) * x * now - k * before) / (k + 1),
        "Legendre polynomial",
    ),
}


def _enter(name: str, first: First, following: Next, doc: str, shifted: bool = False) -> None:
    constant(
        f"special.{name}",
        _polynomial(first, following, shifted),
        namespace="torch.special",
        method=False,
        casting=promote_to_float,
        doc=f"The {doc} of degree n{', at 2 x - 1' if shifted else ''}.",
        samples=(f"special.{name}(x, tensor([0., 2., 5.]))", f"special.{name}(x, 3)"),
    )


for _name, (_first, _next, _doc) in _POLYNOMIALS.items():
    _enter(_name, _first, _next, _doc)
    if _name.startswith("chebyshev"):
        _enter(f"shifted_{_name}", _first, _next, _doc, shifted=True)
