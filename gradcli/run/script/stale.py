"""What PyTorch calls a tensor that was changed in place although a backward pass needs it.

Its words are "[torch.FloatTensor [3]], which is output 0 of Add,": the type, the shape, and the function that made the tensor
what it is now; of what a function saved of its own result, that function.
"""

from __future__ import annotations

import re
from typing import Any

from gradcli.errors import Problem
from gradcli.graph.node import Node, function_of
from gradcli.graph.tensor import Tensor
from gradcli.run.script.context import Context
from gradcli.run.script.dtypes import legacy_name

_BACKWARD = re.compile(r"Backward\d*$")  # "AddBackward0" is a function, and "Add" what it belongs to


def described(context: Context, node: Node, array: Any) -> tuple[str | None, str]:
    """The variable that holds what `node` saved, if one does, and PyTorch's words for it."""
    name, x = context.holder(array)
    maker = None if x is None else _of_result(x, node) or _of_tensor(x)
    return name, f"[{legacy_name(array.dtype)} {list(array.shape)}]" + (f", which is {maker}," if maker else "")


def _of_result(x: Tensor, node: Node) -> str | None:
    """The words for the result of `node`, which the changes since have led to `x`."""
    later, step = None, x.node
    while type(step) is Node and step.order > node.order:
        later, step = step, step.edges[0] if step.edges else None
    if step is not node:
        return None
    return _output(later if later is not None and function_of(later)[0] is node else node)  # one of several results


def _of_tensor(x: Tensor) -> str | None:
    try:
        return None if x.grad_fn is None else _output(x.node)
    except Problem:  # one of several views, which no longer says what made it
        return None


def _output(node: Node) -> str:
    function, number = function_of(node)
    return f"output {number} of {_BACKWARD.sub('', function.name())}"
