"""Sums, differences, products and quotients with a number, by the names that PyTorch gives them inside composite operations."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.ops.core.builders import SAME, ZERO, Operation, general
from gradcli.ops.core.table import family

family("inside other operations")  # who asks for "mul" does not mean these


def _inside(name: str, forward: Callable[..., Any], rule: Callable[..., Any], grad_fn: str, doc: str) -> Operation:
    """A row that nobody calls by its name; cotangents and tangents go through it by the same rule."""
    return general(
        name,
        forward,
        rule,
        rule,
        overload="scalar",
        function=False,
        method=False,
        complex=SAME,
        grad_fn=grad_fn,
        doc=f"{doc}, inside other operations.",
    )


scaled = _inside("mul", lambda x, /, number: x * number, lambda g, number: g * number, "MulBackward1", "x times a number")
shifted = _inside("add", lambda x, /, number: x + number, lambda g: g, "AddBackward1", "x plus a number")
unshifted = _inside("sub", lambda x, /, number: x - number, lambda g: g, "SubBackward1", "x minus a number")
divided = _inside("div", lambda x, /, number: x / number, lambda g, number: g / number, "DivBackward1", "x over a number")
not_a_number = general(
    "fill",
    lambda x, /: np.full_like(x, math.nan),
    ZERO,
    ZERO,
    overload="nan",
    function=False,
    method=False,
    grad_fn="FillBackward2",
    doc="nan, the mean of nothing.",
)
