"""Operations that PyTorch has as one node of the graph, and that are written here as several.

The forward function applies other rows to tensors.  The row records one node, which saves the operands; its rules apply the
function again, recorded, and send the cotangent through what that recorded: a pass within the pass, of any order.  The tangent
of an output is the derivative, by the cotangent, of the cotangent of an operand (Townsend, 2017: forward mode by two reverse
passes).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from gradcli.graph.context import changed
from gradcli.graph.operation import Operation, parameters
from gradcli.ops.core.builders import SAME, general
from gradcli.ops.core.one_node import as_tensor, pulling, pushing, stated
from gradcli.ops.core.table import family

family("inside other operations")

Function = Callable[..., Any]


def fused(
    name: str,
    composed: Function,
    *,
    grad_fn: str,
    doc: str,
    constants: tuple[str, ...] = (),
    value: Function | None = None,
    linear: bool = False,
    absent: tuple[str, ...] = (),
    **fields: Any,
) -> Operation:
    """A row of one node.  `composed` takes tensors before `/` and static parameters after it, and gives a tensor.

    constants  operands that have no derivative: indices, masks
    value      gives the same from arrays, exactly or more quickly, where no derivative is asked for
    absent     operands that PyTorch gives no gradient, not zeros, where an operand is empty
    linear     the derivative depends on the shapes of the operands alone, and nothing is saved
    """
    operands, _, statics = parameters(composed)
    names = (*[f"{each}_shape" if linear else each for each in operands], *[each.name for each in statics])

    @wraps(composed)
    def forward(*args: Any) -> Any:
        with changed(recording=False, level=None, observer=None):  # what happens inside is nobody's business
            tensors = [as_tensor(each) for each in args[: len(operands)]]
            out = composed(*tensors, *args[len(operands) :]).ndarray
        return out.copy() if any([np.may_share_memory(out, each.ndarray) for each in tensors if each is not None]) else out

    places = [None if each in constants else place for place, each in enumerate(operands)]
    how = (len(operands), linear)
    pulls = [place if place is None else pulling(composed, place, *how, operands[place] in absent) for place in places]
    vjps = tuple([pull and stated(pull, "g", names) for pull in pulls])
    jvps = tuple([None if place is None else stated(pushing(composed, place, *how), "t", names) for place in places])
    private = {"overload": "one node", "function": False, "method": False, "complex": SAME}
    return general(name, forward if value is None else value, vjps, jvps, grad_fn=grad_fn, doc=doc, **(private | fields))
