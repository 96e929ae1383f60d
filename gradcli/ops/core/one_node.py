"""Derivatives that PyTorch computes by an operation of its own, as `tanh_backward`: one node of the graph of a gradient.

A rule is written in operations that are recorded one by one.  `in_one_node(rule, ...)` records one node in their place where
the gradient is itself to be differentiated; a pass through it is one through what the rule records.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.graph.context import grad_mode
from gradcli.graph.operation import SAME, Operation, Parameter, Rule, rule_parameters
from gradcli.graph.operators import OPERATORS
from gradcli.graph.sweep import sweep
from gradcli.graph.tensor import Tensor, array_dtype, from_array
from gradcli.graph.types import Array
from gradcli.ops.core.arrays import Cotangent, Tangent

Function = Callable[..., Any]


def in_one_node(make: Function, name: str, rule: Rule, title: str, tensors: tuple[str, ...], pointwise: bool) -> Rule:
    """The rule, which records one node where one of its values is a tensor.

    make       the builder of rows
    tensors    the names of those of its values that are differentiable: operands, and results
    title      the name of the node
    pointwise  whether each entry depends on one entry of each, so that the cotangent goes back as it came
    """
    named = rule_parameters(rule)
    operands = [place for place, each in enumerate(named) if not place or each in tensors]
    order = [*operands, *[place for place in range(len(named)) if place not in operands]]
    places = [order.index(place) for place in range(len(named))]
    row: Any = None

    def in_rules_order(*args: Any) -> Any:
        return rule(*[args[place] for place in places])

    def call(*values: Any) -> Any:
        nonlocal row
        if not any([isinstance(values[place], Tensor) for place in operands]):
            return rule(*values)
        if row is None:
            row = _row_of(make, name, in_rules_order, title, [named[place] for place in order], len(operands), pointwise)
        return row(*[values[place] for place in order])

    call.__dict__.update(vars(rule))
    call.named, call.__wrapped__ = named, rule  # type: ignore[attr-defined]
    return call


def _row_of(make: Function, name: str, rule: Rule, title: str, names: list[str], count: int, pointwise: bool) -> Operation:
    """The operation that a rule is: of `count` operands, of which the cotangent is the first, and of other values."""
    names = [f"{each}_" for each in names]  # "out" is its own result

    vjps = [stated(pulling(rule, place, count, False), "g", tuple(names)) for place in range(count)]
    jvps = [stated(pushing(rule, place, count, False), "t", tuple(names)) for place in range(count)]
    if pointwise:
        vjps[0] = stated(lambda g, _, *values: row(g, *values), "g", tuple(names))
    statics = tuple([Parameter(each, "Any", None, False) for each in names[count:]])
    row: Operation = make(
        f"{name}_backward",
        rule,
        tuple(vjps),
        tuple(jvps),
        grad_fn=title,
        doc=f"The gradient of {name}.",
        overload="one node",
        function=False,
        method=False,
        complex=SAME,
        listed=False,
        signature=(tuple(names[:count]), 0, statics),
    )
    return row


# --- passes within rules --------------------------------------------------------------------------------------------


def stated(rule: Any, first: str, names: tuple[str, ...]) -> Rule:
    """The rule, which takes a cotangent or a tangent and what is named."""
    rule.named = (first, *names)
    return rule  # type: ignore[no-any-return]


def as_tensor(x: Array) -> Any:
    return x if x is None or isinstance(x, Tensor) else from_array(x)


def _points(values: Any, count: int, g: Cotangent, linear: bool) -> list[Any]:
    """The operands to differentiate at: any, of a linear function, whose shapes are given."""
    given = values[:count]
    return [as_tensor(np.zeros(each, array_dtype(g)) if linear else each) for each in given]


def pulling(function: Function, place: int, count: int, linear: bool, absent: bool = False) -> Rule:
    """The cotangent of one of the `count` operands of a function made of operations: a pass through what it records."""

    def rule(g: Cotangent, *values: Any) -> Any:
        if absent and any([0 in x.shape for x in values[:count]]):
            return None
        traced = isinstance(g, Tensor)
        tensors = _points(values, count, g, linear)
        x = tensors[place]
        with grad_mode(True):
            # An edge of its own, whatever else the operand may lead to.
            source = OPERATORS["clone"](x) if traced and x._requires_grad else from_array(x.ndarray, True)
            tensors[place] = source
            out = function(*tensors, *values[count:])
        edge = source if source.node is None else source.node
        found = None if out.node is None else _swept(out.node, g, edge, traced)
        return _zeros(x, traced) if found is None else found

    return rule


def pushing(function: Function, place: int, count: int, linear: bool) -> Rule:
    """The tangent of its result by that of an operand: the derivative, by the cotangent, of the operand's cotangent."""
    pull = pulling(function, place, count, linear)

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
