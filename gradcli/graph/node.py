"""Nodes of the tape: what a backward pass walks."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING, Any

from gradcli.graph.operation import NoGradView, OutputSelector
from gradcli.graph.types import Edge

if TYPE_CHECKING:
    import numpy as np

    from gradcli.graph.hooks import Hooks
    from gradcli.graph.operation import Operation

RELEASED: Any = ("released",)  # stands for what a backward pass has freed
_CPP = "torch::autograd"  # where PyTorch keeps the functions that are no operations
PYTHON = "torch.autograd.function"  # and those that a user has written
next_order = count().__next__  # the clock: nodes and in-place changes draw their times from it


class Node:
    """The record of one operation: where its operands came from, and what its rules will need.

    edges    one entry for each operand: the Node that made it, the leaf Tensor that it is, or None
    saved    for each edge, the values that its rule named; RELEASED after a pass that kept nothing
    shape, dtype  of the (first) output, and so of the cotangent
    order    grows with time, so that descending order is a topological order of the backward pass
    statics  what the operation was called with beside its operands, for forward mode; unset where there is nothing
    count    of a node with several outputs, how many; unset where there is one
    """

    __slots__ = ("__weakref__", "count", "dtype", "edges", "hooks", "operation", "order", "saved", "shape", "statics")
    statics: tuple[Any, ...]
    count: int
    hooked = False  # whether hooks give the saved tensors, which then need not be what the operands were

    def __init__(
        self, operation: Operation, edges: tuple[Any, ...], saved: Any, shape: tuple[int, ...], dtype: np.dtype[Any]
    ) -> None:
        self.operation = operation
        self.edges = edges
        self.saved = saved
        self.shape = shape
        self.dtype = dtype
        self.order = next_order()
        self.hooks: Hooks | None = None

    def name(self) -> str:
        """PyTorch's name of the backward function, such as "MulBackward0"; some have their namespace in front."""
        return f"{_CPP}::{self.title}" if self.operation.namespace == _CPP else self.title

    @property
    def title(self) -> str:
        """The name without a namespace, as it stands behind `grad_fn=`."""
        function = function_of(self)[0]
        return "" if function is None else function.operation.grad_fn or ""

    @property
    def kind(self) -> str:
        """The name of its type in PyTorch."""
        return f"{PYTHON}.{self.title}" if self.operation.namespace == PYTHON else self.title

    @property
    def grad_fn(self) -> Any:
        """The node as tensors show it: itself, the node that it shares with other outputs, or None."""
        return function_of(self)[0]

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """Where the gradients go on to: (node, 0) for each differentiable operand; (None, 0) for what needs no gradient."""
        edges = [self.edges[place] for place in self.differentiable()]
        return tuple([(None, 0) if edge is None else function_of(edge) for edge in edges])

    def differentiable(self) -> list[int]:
        """The places of the operands that have a rule, or that want a gradient all the same."""
        rules = (True,) * len(self.edges) if self.operation.variadic else self.operation.vjps
        return [place for place, (rule, edge) in enumerate(zip(rules, self.edges)) if rule or edge is not None]

    def __repr__(self) -> str:
        return f"<{self.kind} object at {id(self):#x}>"


_slot: Any = Node.__dict__["saved"]
stored: Callable[[Node], Any] = _slot.__get__
"""What a node holds in `saved`, as it lies there: a class derived from Node may give something else for it."""
store: Callable[[Node, Any], None] = _slot.__set__
"""Let a node hold something else there."""


class AccumulateGrad:
    """The sink of a leaf, as `next_functions` shows it; two sinks of one leaf are equal."""

    __slots__ = ("__weakref__", "variable")
    next_functions = ()

    def __init__(self, variable: Any) -> None:
        self.variable = variable

    def name(self) -> str:
        """PyTorch's own spelling, with the namespace."""
        return f"{_CPP}::AccumulateGrad"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AccumulateGrad) and self.variable is other.variable

    def __hash__(self) -> int:
        return id(self.variable)

    def __repr__(self) -> str:
        return f"<AccumulateGrad object at {id(self.variable):#x}>"


def function_of(edge: Edge) -> tuple[Any, int]:
    """The function at the end of an edge, and which of its outputs is meant: (node, 0), or a leaf's (AccumulateGrad, 0)."""
    if not isinstance(edge, Node):
        return AccumulateGrad(edge), 0
    if isinstance(edge.operation, OutputSelector):
        return edge.edges[0], edge.saved[0][0]
    return None if isinstance(edge.operation, NoGradView) else edge, 0


def origin_of(tensor: Any) -> Any:
    """The `grad_fn` of a tensor, even where a change has overtaken it since, so that it cannot be asked for any more."""
    node = getattr(tensor.node, "before", tensor.node)
    return None if node is None else node.grad_fn
