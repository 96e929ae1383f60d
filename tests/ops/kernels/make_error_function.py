"""Prints the coefficients of gradcli/ops/kernels/error_function.py.  Run by hand with an interpreter that has mpmath."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath as mp

mp.mp.dps = 40
LOWEST, HIGHEST, MIDDLE = mp.mpf("0.5"), mp.mpf(28), mp.mpf(3)


def main() -> None:
    """Both as polynomials of u, which runs from -1 to 1."""
    _show("_ERF", lambda u: _inner((u + 1) / 2), 12)
    low, high = _place(LOWEST), _place(HIGHEST)
    print(f"_CENTRE, _SCALE = {float((low + high) / 2)!r}, {float((high - low) / 2)!r}")
    _show("_TAIL", lambda u: _outer((high - low) / 2 * u + (low + high) / 2), 23)


def _inner(square: Any) -> Any:
    """erf(x) / x, of x squared."""
    return mp.erf(mp.sqrt(square)) / mp.sqrt(square) if square else 2 / mp.sqrt(mp.pi)


def _place(x: Any) -> Any:
    """Where x stands between -1 and 1, so that far numbers come near."""
    return (x - MIDDLE) / (x + MIDDLE)


def _outer(place: Any) -> Any:
    """x * exp(x * x) * erfc(x), of the place of x."""
    x = MIDDLE * (1 + place) / (1 - place)
    return x * mp.exp(x * x) * mp.erfc(x)


def _show(name: str, function: Callable[[Any], Any], degree: int) -> None:
    nodes = [mp.cos(mp.pi * (2 * k + 1) / (2 * degree + 2)) for k in range(degree + 1)]
    values = [function(node) for node in nodes]
    pairs = [*zip(nodes, values, strict=True)]
    series = [(2 if j else 1) * mp.fsum(v * mp.cos(j * mp.acos(u)) for u, v in pairs) / (degree + 1) for j in range(degree + 1)]
    powers = [mp.mpf(0)] * (degree + 1)
    for j, each in enumerate(series):
        for k, coefficient in enumerate(mp.taylor(lambda u, j=j: mp.chebyt(j, u), 0, j)):
            powers[k] += each * coefficient
    print(f"{name} = ({', '.join(repr(float(each)) for each in powers)})")


if __name__ == "__main__":
    main()
