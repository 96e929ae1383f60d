"""Names that programs see: of classes, and of functions of the graph that PyTorch has where several stand together here."""

from __future__ import annotations

import sys
from copy import copy
from functools import cache
from typing import Any

from gradcli.graph.operation import Operation


def module_name(ours: str, theirs: str = "") -> str:
    """The `__module__` of a class: PyTorch's where `import torch` gives this package, else the one it can be imported from.

    ours    where it is defined
    theirs  where PyTorch has it, if that is elsewhere
    """
    if not ours.startswith("gradcli.") or sys.modules.get("torch") is not sys.modules["gradcli.torch"]:
        return ours
    return theirs or ours.removeprefix("gradcli.")


def renamed(tensor: Any, name: str) -> Any:
    """The tensor itself; the function that gave it goes by another name from now on."""
    node = tensor.node
    if node is not None:
        node.operation = _under_another_name(node.operation, name)
    return tensor


@cache
def _under_another_name(operation: Operation, name: str) -> Operation:
    row = copy(operation)
    row.grad_fn = name
    return row
