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

from gradcli.graph.context import changed, grad_mode
from gradcli.graph.operation import Operation, Rule, parameters
from gradcli.graph.sweep import sweep
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.core.arrays import Cotangent, Operand, Tangent
from gradcli.ops.core.builders import general
from gradcli.ops.core.table import family
from gradcli.ops.movement.shapes import clone

family("inside other operations")

Function = Callable[..., Any]


def fused(name: str, function: Function, *, grad_fn: str, doc: str, constants: tuple[str, ...] = ()) -> Operation:
    """A row of one node.  `function` takes tensors before `/` and static parameters after it, and gives a tensor.

    constants  operands that have no derivative: indices, masks
    """
    operands, _, statics = parameters(function)
    names = (*operands, *[each.name for each in statics])

    @wraps(function)
    def forward(*args: Any) -> Any:
        with changed(recording=False, level=None, observer=None):  # what happens inside is nobody's business
            return function(*[_tensor(each) for each in args[: len(operands)]], *args[len(operands) :]).array

    places = [None if each in constants else place for place, each in enumerate(operands)]
    vjps = tuple([None if place is None else _stated(_vjp(function, place, len(operands)), "g", names) for place in places])
    jvps = tuple([None if place is None else _stated(_jvp(function, place, len(operands)), "t", names) for place in places])
    return general(
        name,
        forward,
        vjps,
        jvps,
        grad_fn=grad_fn,
        doc=doc,
        overload="one node",
        function=False,
        method=False,
    )


def _stated(rule: Any, first: str, names: tuple[str, ...]) -> Rule:
    rule.named = (first, *names)
    return rule  # type: ignore[no-any-return]


def _tensor(x: Operand) -> Any:
    return x if x is None or isinstance(x, Tensor) else from_array(x)


def _vjp(function: Function, place: int, count: int) -> Rule:
    def rule(g: Cotangent, *values: Any) -> Any:
        traced = isinstance(g, Tensor)
        tensors = [_tensor(each) for each in values[:count]]
        x = tensors[place]
        with grad_mode(True):
            # An edge of its own, whatever else the operand may lead to.
            source = clone(x) if traced and x._requires_grad else from_array(x.array, True)
            tensors[place] = source
            out = function(*tensors, *values[count:])
        edge = source if source.node is None else source.node
        found = sweep([(out.node, g)], wanted=[edge], retain_graph=traced, create_graph=traced).get(edge)
        if found is not None:
            return found
        return from_array(np.zeros(x.shape, x.array.dtype)) if traced else np.zeros(x.shape, x.array.dtype)

    return rule


def _jvp(function: Function, place: int, count: int) -> Rule:
    pull = _vjp(function, place, count)

    def rule(t: Tangent, *values: Any) -> Any:
        with grad_mode(False):
            out = function(*[_tensor(each) for each in values[:count]], *values[count:]).array
        cotangent = from_array(np.zeros(out.shape, out.dtype), True)
        with grad_mode(True):
            pulled = pull(cotangent, *values)
        traced = isinstance(t, Tensor)
        return sweep([(pulled.node, t)], wanted=[cotangent], retain_graph=traced, create_graph=traced)[cotangent]

    return rule
