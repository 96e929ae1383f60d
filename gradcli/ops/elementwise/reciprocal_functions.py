"""Secant and its kin, reciprocals of the trigonometric and hyperbolic functions, which mathematics has and PyTorch lacks.

They are made of PyTorch's operations, and show their nodes; the cube root has a row of its own.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.ops.core.arrays import Operand
from gradcli.ops.core.builders import composite, elementwise
from gradcli.ops.core.domains import NONZERO, REAL, Domain
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.arithmetic import reciprocal
from gradcli.ops.elementwise.trigonometry import cos, cosh, sin, sinh, tan, tanh

family("trigonometric")

_NO_ROOT_OF_COS = Domain("x != pi/2 + n*pi", -1.2, 1.2)
_NO_ROOT_OF_SIN = Domain("x != n*pi", 0.3, 2.5)


def _one_over(name: str, of: Any, word: str, domain: Domain) -> None:
    def forward(x: Operand, /) -> Any:
        return reciprocal(of(x))

    composite(name, forward, namespace="gradcli", method=False, domain=domain, doc=f"{word}, 1/{of.name}(x).")


_one_over("sec", cos, "Secant", _NO_ROOT_OF_COS)
_one_over("csc", sin, "Cosecant", _NO_ROOT_OF_SIN)
_one_over("cot", tan, "Cotangent", _NO_ROOT_OF_SIN)
_one_over("sech", cosh, "Hyperbolic secant", REAL)
_one_over("csch", sinh, "Hyperbolic cosecant", NONZERO)
_one_over("coth", tanh, "Hyperbolic cotangent", NONZERO)

cbrt = elementwise(
    "cbrt",
    np.cbrt,
    lambda out: 1 / (3 * out * out),
    namespace="gradcli",
    method=False,
    grad_fn="CbrtBackward0",
    domain=Domain("any number", 0.3, 2.5, "x != 0"),
    doc="The cube root, of negative numbers, too.",
)
