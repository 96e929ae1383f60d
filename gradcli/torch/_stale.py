"""What PyTorch calls a tensor that was changed in place although a backward pass needs it, and where that happened.

Its words are "[torch.FloatTensor [3]], which is output 0 of Add,": the type, the shape, and the function that made the tensor
what it is now; of what a function saved of its own result, that function.  Variables are found by a look at the program's
frames, which costs nothing until there is an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from types import CodeType
from typing import Any

from gradcli.errors import Problem
from gradcli.graph import versions
from gradcli.graph.node import Node, function_of
from gradcli.graph.saved_values import kept
from gradcli.graph.tensor import Tensor
from gradcli.torch._dtypes import legacy_name
from gradcli.torch._warnings import calling_frame

_OURS = 5  # frames between this look and the program, at least: to make one known takes as long as to change a small array
_BACKWARD = re.compile(r"Backward\d*$")  # "AddBackward0" is a function, and "Add" what it belongs to


def described(node: Node, array: Any) -> tuple[str | None, str]:
    """The variable that holds what `node` saved, if one does, and PyTorch's words for it."""
    name, x = _holder(array)
    maker = _of_saved(node, array) or (None if x is None else _of_tensor(x))
    return name, f"[{legacy_name(array.dtype)} {list(array.shape)}]" + (f", which is {maker}," if maker else "")


def place() -> Callable[[], str] | None:
    """What tells the line of the program that is running: to find its number takes longer than most changes."""
    frame = calling_frame(_OURS)
    return None if frame is None else partial(_line, frame.f_code, frame.f_lasti)


def _line(code: CodeType, instruction: int) -> str:
    lines = [line for start, end, line in code.co_lines() if start <= instruction < end]
    return f"line {lines[0]}"


def _holder(array: Any) -> tuple[str | None, Tensor | None]:
    """The variable that holds this array, and its tensor; else one that holds its memory."""
    root, found = versions.root_of(array), None
    for name, x in _variables():
        if x.ndarray is array:
            return name, x
        if found is None and versions.root_of(x.ndarray) is root:
            found = name
    return found, None


def _variables() -> Iterator[tuple[str, Tensor]]:
    """The variables that hold tensors, as the program sees them where it is: of this call, then of those around it."""
    frame = calling_frame()
    while frame is not None:
        for name, value in list(frame.f_locals.items()):
            if isinstance(value, Tensor):
                yield name, value
        frame = frame.f_back


def _of_saved(node: Node, array: Any) -> str | None:
    """The words for what `node` saved, if that is its own result, or a view whose base was changed; else None.

    PyTorch makes the function of such a view anew, as a look at memory by strides.
    """
    slot = next((slot for _, slot, value in kept(node) if value is array), None)
    if slot is None or array.dtype.kind not in "fc":
        return None
    outputs = len(node.operation.outputs)
    if slot < outputs:
        return _output(node, slot)
    edge = node.edges[slot - outputs]
    return "output 0 of AsStrided" if isinstance(edge, Node) and edge.operation.shares else None


def _of_tensor(x: Tensor) -> str | None:
    try:
        return None if x.grad_fn is None else _output(*function_of(x.node))
    except (Problem, RuntimeError):  # one of several views, which no longer says what made it
        return None


def _output(function: Any, number: int) -> str:
    return f"output {number} of {_BACKWARD.sub('', function.name())}"
