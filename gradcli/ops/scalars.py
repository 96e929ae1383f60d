"""Sums and products with numbers, as PyTorch names them where they happen inside of other operations."""

from __future__ import annotations

import math

import numpy as np

from gradcli.ops.builders import ZERO, general
from gradcli.ops.table import family

family("losses")  # who asks for "mul" does not mean these

scaled = general(
    "mul",
    lambda x, /, number: x * number,
    lambda g, number: g * number,
    lambda t, number: t * number,
    overload="scalar",
    function=False,
    method=False,
    grad_fn="MulBackward1",
    doc="x times a number, inside other operations.",
)
shifted = general(
    "add",
    lambda x, /, number: x + number,
    lambda g: g,
    lambda t: t,
    overload="scalar",
    function=False,
    method=False,
    grad_fn="AddBackward1",
    doc="x plus a number, inside other operations.",
)
unshifted = general(
    "sub",
    lambda x, /, number: x - number,
    lambda g: g,
    lambda t: t,
    overload="scalar",
    function=False,
    method=False,
    grad_fn="SubBackward1",
    doc="x minus a number, inside other operations.",
)
divided = general(
    "div",
    lambda x, /, number: x / number,
    lambda g, number: g / number,
    lambda t, number: t / number,
    overload="scalar",
    function=False,
    method=False,
    grad_fn="DivBackward1",
    doc="x over a number, inside other operations.",
)
not_a_number = general(
    "fill",
    lambda x, /: np.full_like(x, math.nan),
    ZERO,
    ZERO,
    function=False,
    method=False,
    grad_fn="FillBackward2",
    doc="nan, the mean of nothing.",
)
