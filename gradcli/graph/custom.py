"""Operations that no table has: what they compute was computed elsewhere, and a function given for each goes back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gradcli.graph.multi_output import outlet
from gradcli.graph.node import PYTHON, Node
from gradcli.graph.operation import REQUIRED, Operation, Parameter
from gradcli.graph.tensor import Tensor
from gradcli.graph.types import Cotangent

Backward = Callable[[Any, Any], Sequence[Any]]


def operation(title: str, backward: Backward, *, frees: bool) -> Operation:
    """An operation of which nodes bear the name `title`.

    backward  (g, call) -> a cotangent, or None, for each operand.  g is an array (a Tensor in a pass that is itself
              differentiated), or `OutputCotangents` of them by number; `call` is whatever `record` was given.
    frees     whether a pass that keeps nothing makes its nodes useless for a second one
    """

    def rule(g: Cotangent, call: Any) -> Sequence[Any]:
        return backward(g, call)

    made = Operation(
        name=title,
        grad_fn=title,
        namespace=PYTHON,
        outputs=("out",),
        operands=("tensors",),
        statics=(Parameter("call", "Any", REQUIRED, False),),
        variadic=True,
        vjps=(rule,),
        jvps=(None,),
    )
    made.saves_all = frees
    made.saves_tensor = (frees,)
    return made


def record(
    made: Operation,
    operands: Sequence[Tensor],
    results: dict[int, Tensor],
    call: Any,
    saved: Sequence[Any],
    count: int | None = None,
) -> Node:
    """The node of one call, which its results (by number) come from, from now on.

    saved  the arrays that a backward pass must find unchanged
    count  how many outputs there are in all; None: no more than results
    """
    first = next(iter(results.values()))
    node = Node(made, tuple([x.edge for x in operands]), ((call,), tuple(saved)), first.shape, first.ndarray.dtype)
    node.statics = (call,)  # which outlives what a pass frees
    if len(results) > 1:
        node.count = count or max(results) + 1
    for number, result in results.items():
        result.node = outlet(result.ndarray, node, number) if len(results) > 1 else node
        result._requires_grad = True
    return node
