"""What PyTorch computes in one node for several operands: the gradient of one of them leads to the others, too.

The gradient of a bias is a sum of cotangents, and depends on nothing else.  PyTorch's has a derivative with respect to the
input and the weight all the same, which is zero, because one node gives all three gradients.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.core.arrays import Cotangent, zeros
from gradcli.ops.core.builders import SAME, Operation, general
from gradcli.ops.core.table import family

family("shapes")


def _nothing(g: Cotangent, shape: tuple[int, ...]) -> Any:
    return from_array(np.zeros(shape, g.ndarray.dtype)) if isinstance(g, Tensor) else zeros(shape, g)


def beside(grad_fn: str) -> Operation:
    """A row of y and x (which may be None) that gives y; its derivative with respect to x is zero."""
    return general(
        "beside",
        lambda y, x, /: y,
        (lambda g: g, lambda g, x_shape: _nothing(g, x_shape)),
        (lambda t: t, lambda t, y_shape: _nothing(t, y_shape)),
        function=False,
        method=False,
        complex=SAME,
        grad_fn=grad_fn,
        doc="y, in a node that x leads to.",
    )
