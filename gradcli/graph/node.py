"""Nodes of the tape: what a backward pass walks."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradcli.graph.operation import Operation

RELEASED: Any = ("released",)  # stands for what a backward pass has freed
_next_order = count().__next__


class Node:
    """The record of one operation: where its operands came from, and what its rules will need.

    edges    one entry for each operand: the Node that made it, the leaf Tensor that it is, or None
    saved    for each edge, the values that its rule named; RELEASED after a pass that kept nothing
    shape, dtype  of the (first) output, and so of the cotangent
    order    grows with time, so that descending order is a topological order of the backward pass
    """

    __slots__ = ("__weakref__", "cotangent", "dtype", "edges", "hooks", "operation", "order", "saved", "shape")

    def __init__(self, operation: Operation, edges: tuple[Any, ...], saved: Any, shape: tuple[int, ...], dtype: Any) -> None:
        self.operation = operation
        self.edges = edges
        self.saved = saved
        self.shape = shape
        self.dtype = dtype
        self.order = _next_order()
        self.cotangent: Any = None
        self.hooks: list[Any] | None = None

    def name(self) -> str:
        """PyTorch's name of the backward function, such as "MulBackward0"."""
        return self.operation.grad_fn or ""

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """Where the gradients go on to: (node, 0) for each operand; (None, 0) for what needs no gradient."""
        return tuple((None if edge is None else sink(edge), 0) for edge in self.edges)

    def __repr__(self) -> str:
        return f"<{self.name()} object at {id(self):#x}>"


class AccumulateGrad:
    """The sink of a leaf, as `next_functions` shows it; two sinks of one leaf are equal."""

    __slots__ = ("variable",)
    next_functions = ()

    def __init__(self, variable: Any) -> None:
        self.variable = variable

    def name(self) -> str:
        """PyTorch's own spelling, with the namespace."""
        return "torch::autograd::AccumulateGrad"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AccumulateGrad) and self.variable is other.variable

    def __hash__(self) -> int:
        return id(self.variable)

    def __repr__(self) -> str:
        return f"<AccumulateGrad object at {id(self.variable):#x}>"


def sink(edge: Any) -> Any:
    """The function at the end of an edge: the node itself, or a leaf's AccumulateGrad."""
    return edge if isinstance(edge, Node) else AccumulateGrad(edge)
