"""Functions of signs (copysign, signbit, heaviside, positive), of whole numbers (gcd, lcm, shifts), and isin."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor
from gradcli.ops.core.arrays import Array, Operand
from gradcli.ops.core.builders import SAME, ZERO, composite, constant, elementwise
from gradcli.ops.core.domains import NONZERO, REAL, Domain, Kink
from gradcli.ops.core.dtypes import not_implemented, only, promote, unpromoted
from gradcli.ops.core.parameter_types import Number
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.arithmetic import sign
from gradcli.ops.elementwise.selection import where

family("elementwise")


def _sign_given(x: Operand, out: Operand) -> Any:
    return where(x == x, sign(x) * sign(out), x)


_at_zero = Kink("0 at 0", lambda x: x == 0)
_AWAY_FROM_KINK = Domain(REAL.text, NONZERO.low, NONZERO.high)


def _copysign_number(x: Array, /, other: Number) -> Any:
    return np.copysign(x, x.dtype.type(other))


elementwise(
    "copysign",
    _copysign_number,
    _sign_given,
    overload="number",
    domain=_AWAY_FROM_KINK,
    kinks=(_at_zero,),
    grad_fn="CopysignBackward1",
    doc="The size of x with the sign of a number.",
    samples=("copysign(x, -2)", "x.copysign(1.0)"),
)
elementwise(
    "copysign",
    np.copysign,
    (_sign_given, ZERO),
    overload="tensor",
    domain=_AWAY_FROM_KINK,
    kinks=(_at_zero,),
    grad_fn="CopysignBackward0",
    doc="The size of x with the sign of y.",
)


def _signbit(x: Array, /) -> Any:
    return np.signbit(x) if x.dtype.kind == "f" else x < 0


constant(
    "signbit",
    _signbit,
    complex=("signbit is not implemented for complex tensors.", "NotImplementedError"),
    doc="Whether the sign is minus; of -0., too.",
    samples=("signbit(x)", "signbit(x * 0)"),
)
constant(
    "isposinf",
    lambda x, /: x == np.inf,
    complex=("isposinf does not support complex inputs.", "RuntimeError"),
    doc="Whether it is +inf.",
    samples=("isposinf(x)",),
)
constant(
    "isneginf",
    lambda x, /: x == -np.inf,
    complex=("isneginf does not support complex inputs.", "RuntimeError"),
    doc="Whether it is -inf.",
    samples=("isneginf(x / 0)",),
)
constant(
    "isreal",
    lambda x, /: np.isreal(x),
    complex=SAME,
    doc="Whether the imaginary part is 0; that of a real number is.",
    samples=("isreal(x)",),
)


def _heaviside(x: Array, y: Array, /) -> Any:
    if x.dtype != y.dtype:
        raise Problem("dtype", "heaviside is not yet implemented for tensors with different dtypes.")
    return np.heaviside(x, y).astype(x.dtype) if x.dtype.kind == "f" else np.where(x == 0, y, x > 0).astype(x.dtype)


elementwise(
    "heaviside",
    _heaviside,
    (None, None),
    casting=unpromoted,
    complex=("heaviside is not yet implemented for complex tensors.", "RuntimeError"),
    grad_fn="NotImplemented",
    doc="0 where x is negative, 1 where it is positive, y where it is 0; has no derivative, as in PyTorch.",
)


def _positive(x: Tensor, /) -> Any:
    if x.ndarray.dtype.kind == "b":
        raise Problem("dtype", "The `+` operator, on a bool tensor is not supported.")
    return x


composite("positive", _positive, doc="x itself.", samples=("positive(x) * 2",))

# --- whole numbers --------------------------------------------------------------------------------------------------


def _of_whole_numbers(name: str, ufunc: np.ufunc, doc: str, sample: str) -> None:
    """A row of what PyTorch has for integers alone."""

    def forward(x: Operand, y: Operand, /) -> Any:
        dtype = np.result_type(x, y)
        if dtype.kind not in "iu":
            raise not_implemented(f"{name}_cpu", dtype)
        return ufunc(x, y)

    constant(name, forward, casting=promote, in_place=True, doc=doc, samples=(sample,))


_of_whole_numbers("gcd", np.gcd, "The greatest common divisor.", "gcd(tensor([12, 18]), tensor(8))")
_of_whole_numbers("lcm", np.lcm, "The least common multiple.", "lcm(tensor([12, 18]), tensor(8))")


def _isin(x: Operand, test_elements: Operand, /, *, assume_unique: bool = False, invert: bool = False) -> Any:
    return np.isin(x, test_elements, invert=invert)


constant(
    "isin",
    _isin,
    complex=("Unsupported input type encountered for isin(): {}", "RuntimeError"),
    method=False,
    doc="Which elements are among others.",
    samples=("isin(tensor([1, 2, 5]), tensor([2, 5]))", "isin(tensor([1, 2]), tensor([2]), invert=True)"),
)


elementwise(
    "nextafter",
    np.nextafter,
    (lambda x, y: where(x != y, 1.0, 0.0), lambda x, y: where(x == y, 1.0, 0.0)),
    casting=only("f", "nextafter_cpu"),
    grad_fn="NextafterBackward0",
    doc="The next floating-point number behind x on the way to y.",
)
