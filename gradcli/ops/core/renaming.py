"""Functions of the graph that PyTorch has where several stand together here."""

from __future__ import annotations

from copy import copy
from functools import cache
from typing import Any

from gradcli.graph.operation import Operation


def renamed(tensor: Any, name: str) -> Any:
    """The tensor itself; the function that gave it goes by another name from now on."""
    node = tensor.node
    if node is not None and node.operation.grad_fn != name:
        node.operation = _under_another_name(node.operation, name)
    return tensor


@cache
def _under_another_name(operation: Operation, name: str) -> Operation:
    row = copy(operation)
    row.grad_fn = name
    return row
