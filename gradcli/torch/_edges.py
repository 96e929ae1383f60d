"""Gradient edges: places in the graph that a gradient may be asked for, or sent from, without a tensor at hand."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from gradcli.graph.multi_output import outlet
from gradcli.graph.node import AccumulateGrad, Node, function_of
from gradcli.graph.tensor import Tensor, from_array
from gradcli.torch._nodes import shown


class GradientEdge(NamedTuple):
    """Where a gradient goes: a function of the graph, and which of its outputs is meant.

    ownership_token  what keeps that place alive
    """

    node: Any
    output_nr: int
    ownership_token: Any = None


GradientEdge.__module__ = "torch.autograd.graph"


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """The edge that leads to a tensor's gradient.  Raises RuntimeError for one that requires none."""
    if not tensor.requires_grad:
        raise RuntimeError("It is not possible to get the gradient edge for a Tensor that does not require gradients")
    function, number = function_of(tensor.edge)
    return GradientEdge(shown(function), number, tensor.edge)


def tensor_at(given: Any) -> Any:
    """A tensor whose gradient goes where an edge leads; what is no edge stays as it is."""
    if not isinstance(given, GradientEdge):
        return given
    node: Any = given.node
    if isinstance(node, AccumulateGrad):
        return node.variable
    values = np.broadcast_to(np.zeros((), node.dtype), node.shape)
    if isinstance(given.ownership_token, Node):
        node = given.ownership_token
        values = np.broadcast_to(np.zeros((), node.dtype), node.shape)
    elif hasattr(node, "count"):
        node = outlet(values, node, given.output_nr)
    return from_array(values, True, node)
