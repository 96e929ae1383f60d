"""Python's ways to call functions that PyTorch calls otherwise: log(x, base), round(x, 2), max(x, y, z), hypot(x, y, z).

What PyTorch has under the same name stands before these rows, whose names begin with `math.` so that no script of PyTorch's
finds them.  All are made of PyTorch's operations, and show their nodes.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor
from gradcli.ops.core.arrays import Operand
from gradcli.ops.core.builders import composite
from gradcli.ops.core.domains import NONZERO, POSITIVE, Domain
from gradcli.ops.core.parameter_types import Tensors
from gradcli.ops.core.table import family
from gradcli.ops.elementwise import exponential, rounding, selection
from gradcli.ops.elementwise.arithmetic import abs as absolute
from gradcli.ops.elementwise.arithmetic import add
from gradcli.ops.elementwise.fused_arithmetic import hypot

family("elementwise")

_BASES = {2: exponential.log2, 10: exponential.log10}  # that have a function of their own, which rounds once


def _pythons(name: str, forward: Any, **fields: Any) -> None:
    composite(name, forward, namespace="gradcli", method=False, **fields)


def _log(x: Operand, base: Operand, /) -> Any:
    number = base.ndarray.item() if isinstance(base, Tensor) and not (base.requires_grad or base.ndim) else None
    return _BASES[number](x) if number in _BASES else exponential.log(x) / exponential.log(base)


def _round(x: Operand, /, ndigits: int) -> Any:
    return rounding.round_decimals(x, ndigits)


def _remainder(x: Operand, y: Operand, /) -> Any:
    return x - y * rounding.round(x / y)


def _modf(x: Operand, /) -> Any:
    return rounding.frac(x), rounding.trunc(x)


def _fma(x: Operand, y: Operand, z: Operand, /) -> Any:
    return x * y + z


def _folded(function: Any) -> Any:
    """A function of two operands as one of a list of them."""

    def forward(tensors: Tensors, /) -> Any:
        return reduce(function, _not_empty(tensors))

    return forward


def _hypot(tensors: Tensors, /) -> Any:
    return reduce(hypot, tensors) if len(tensors) > 1 else absolute(*_not_empty(tensors))


def _not_empty(tensors: Tensors) -> Tensors:
    if not tensors:
        raise Problem("argument", "expected at least one value, and the list is empty", type="ValueError")
    return tensors


_pythons("math.log", _log, domain=(POSITIVE, Domain("base > 0, not 1", 1.2, 3.0)), doc="The logarithm to a base.",
         samples=("math.log(x, y)", "math.log(x, 3)", "math.log(x, 2)", "math.log(x, 10)"))  # fmt: skip
_pythons("math.round", _round, doc="x rounded to so many digits behind the point.", samples=("math.round(x, 1)",))
_pythons("math.remainder", _remainder, domain=(Domain("any number", -2.5, 2.5), NONZERO),
         doc="x - n*y, with n the whole number closest to x/y.")  # fmt: skip
_pythons("modf", _modf, doc="The fraction and the whole part of x, both with its sign.", samples=("modf(x)[0]",))
_pythons("fma", _fma, doc="x*y + z.", samples=("fma(x, y, z)",))
_pythons("math.hypot", _hypot, doc="The square root of the sum of the squares of several values.",
         samples=("math.hypot([x, y, z])", "math.hypot(x, y, z)", "math.hypot([x])"))  # fmt: skip
_pythons("math.max", _folded(selection.maximum), doc="The largest of several values, entry by entry.",
         samples=("math.max([x, y, z])", "math.max(x, y, z)"))  # fmt: skip
_pythons("math.min", _folded(selection.minimum), doc="The smallest of several values, entry by entry.",
         samples=("math.min([x, y, z])", "math.min(x, y, z)"))  # fmt: skip
_pythons("fsum", _folded(add), doc="The sum of several values.", samples=("fsum([x, y, z])",))
