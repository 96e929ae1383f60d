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
from gradcli.graph.tensor import Tensor, array_dtype, from_array
from gradcli.ops.core.arrays import Cotangent, Operand, Tangent
from gradcli.ops.core.builders import SAME, general
from gradcli.ops.core.table import family
from gradcli.ops.movement.shapes import clone

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
            return composed(*[_tensor(each) for each in args[: len(operands)]], *args[len(operands) :]).ndarray

    places = [None if each in constants else place for place, each in enumerate(operands)]
    how = (len(operands), linear)
    pulls = [place if place is None else _vjp(composed, place, *how, operands[place] in absent) for place in places]
    vjps = tuple([pull and _stated(pull, "g", names) for pull in pulls])
    jvps = tuple([None if place is None else _stated(_jvp(composed, place, *how), "t", names) for place in places])
    private = {"overload": "one node", "function": False, "method": False, "complex": SAME}
    return general(name, forward if value is None else value, vjps, jvps, grad_fn=grad_fn, doc=doc, **(private | fields))


def _stated(rule: Any, first: str, names: tuple[str, ...]) -> Rule:
    rule.named = (first, *names)
    return rule  # type: ignore[no-any-return]


def _tensor(x: Operand) -> Any:
    return x if x is None or isinstance(x, Tensor) else from_array(x)


def _points(values: Any, count: int, g: Cotangent, linear: bool) -> list[Any]:
    """The operands to differentiate at: any, of a linear function, whose shapes are given."""
    given = values[:count]
    return [_tensor(np.zeros(each, array_dtype(g)) if linear else each) for each in given]


def _vjp(function: Function, place: int, count: int, linear: bool, absent: bool = False) -> Rule:
    def rule(g: Cotangent, *values: Any) -> Any:
        if absent and any([0 in x.shape for x in values[:count]]):
            return None
        traced = isinstance(g, Tensor)
        tensors = _points(values, count, g, linear)
        x = tensors[place]
        with grad_mode(True):
            # An edge of its own, whatever else the operand may lead to.
            source = clone(x) if traced and x._requires_grad else from_array(x.ndarray, True)
            tensors[place] = source
            out = function(*tensors, *values[count:])
        edge = source if source.node is None else source.node
        found = None if out.node is None else _swept(out.node, g, edge, traced)
        return _zeros(x, traced) if found is None else found

    return rule


def _jvp(function: Function, place: int, count: int, linear: bool) -> Rule:
    pull = _vjp(function, place, count, linear)

    def rule(t: Tangent, *values: Any) -> Any:
        with grad_mode(False):
            out = function(*_points(values, count, t, linear), *values[count:]).ndarray
        cotangent = from_array(np.zeros(out.shape, out.dtype), True)
        with grad_mode(True):
            pulled = pull(cotangent, *values)
        if pulled is cotangent:  # which passed through
            return t
        traced = isinstance(t, Tensor)
        found = None if pulled.node is None else _swept(pulled.node, t, cotangent, traced)
        return _zeros(cotangent, traced) if found is None else found

    return rule


def _swept(node: Any, g: Any, edge: Any, traced: bool) -> Any:
    """The cotangent of an edge, or None where nothing leads there."""
    return sweep([(node, g)], wanted=[edge], retain_graph=traced, create_graph=traced).get(edge)


def _zeros(x: Any, traced: bool) -> Any:
    blank = np.zeros(x.shape, x.ndarray.dtype)
    return from_array(blank) if traced else blank
