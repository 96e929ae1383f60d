"""What programs may ask of functions of the graph: `y.grad_fn._saved_self`, and hooks that see the gradients go by.

A saved operand is the tensor that it was: the leaf itself, or one that comes from the same function.  A saved result is a new
tensor, as in PyTorch: a function that held its own result would never be forgotten.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from gradcli.graph import hooks, saved_tensors, versions
from gradcli.graph.node import PYTHON, RELEASED, AccumulateGrad, Node
from gradcli.graph.pullback import pull, second_backward
from gradcli.graph.saved_values import keeps, kept, tensors_of
from gradcli.graph.tensor import Tensor, from_array
from gradcli.torch._boundary import guarded
from gradcli.torch._hooks import GraphHandle, checked_hook

_SAVED = "_saved_"


@guarded
def _missing(node: Any, name: str) -> Any:
    """What a function saved, None where no gradient has use for it."""
    if name.startswith(_SAVED) and isinstance(node, Node) and name.removeprefix(_SAVED) in keeps(node.operation):
        return _saved(node, name.removeprefix(_SAVED))
    context = _context_of(node)
    if context is not None and not name.startswith("__"):
        return getattr(context, name)
    raise AttributeError(f"'{_title(node)}' object has no attribute '{name}'", name=name, obj=node)


def _context_of(node: Any) -> Any:
    """The `ctx` of the call of a program's own function, which is its node as well in PyTorch; else None."""
    if not isinstance(node, Node) or node.operation.namespace != PYTHON or node.saved is RELEASED:
        return None
    return node.saved[0][0]


@guarded
def _called(node: Node, *grads: Tensor) -> Any:
    """`y.grad_fn(g)`: the gradients of the operands for one of the result."""
    found = tuple([from_array(each) if isinstance(each, np.ndarray) else each for each in pull(node, *grads)])
    return found[0] if len(found) == 1 else found


# --- the classes of functions ---------------------------------------------------------------------------------------

_classes: dict[str, type[Node]] = {}
_sinks: WeakValueDictionary[int, AccumulateGrad] = WeakValueDictionary()  # by the id of the leaf, as long as they are looked at


def shown(function: Any) -> Any:
    """A function as a program sees it, of a class that bears its name: `type(y.grad_fn).__name__` is "MulBackward0"."""
    if type(function) is Node:
        kind = function.kind
        if kind not in _classes:
            module, _, name = kind.rpartition(".")
            _classes[kind] = type(name, (Node,), {"__slots__": (), "__module__": module or "builtins"})
        function.__class__ = _classes[kind]
    elif type(function) is AccumulateGrad:
        return _sinks.setdefault(id(function.variable), function)
    return function


def _next_functions(node: Node) -> tuple[tuple[Any, int], ...]:
    return tuple([(shown(function), number) for function, number in _edges(node)])


_edges: Any = Node.next_functions.fget  # type: ignore[attr-defined]


def _title(node: Any) -> str:
    return node.title if isinstance(node, Node) else "AccumulateGrad"


def _directory(node: Any) -> list[str]:
    saved = [_SAVED + name for name in keeps(node.operation)] if isinstance(node, Node) else []
    return sorted(["metadata", "name", "next_functions", "register_hook", "register_prehook", *saved])


def _saved(node: Node, name: str) -> Any:
    if node.saved is RELEASED:
        raise second_backward(node)
    if node.order < versions.latest():
        versions.check(node)
    return next((_as_it_was(node, slot, value) for each, slot, value in kept(node) if each == name), None)


def _as_it_was(node: Node, slot: int, value: Any) -> Any:
    """A saved value as scripts see it: tensors with their places in the graph, numbers, sizes."""
    outputs = len(node.operation.outputs)
    if slot >= tensors_of(node.operation):
        return from_array(value) if isinstance(value, np.ndarray) else value
    if not isinstance(value, np.ndarray):
        return None if value is None else from_array(np.asarray(value))
    if slot < outputs:
        return from_array(value.view(), slot == 0, node if slot == 0 else None)
    found = _alive(value, node.edges[slot - outputs])
    return saved_tensors.lift(value, node.edges[slot - outputs]) if found is None else found


def _alive(array: Any, origin: Any) -> Tensor | None:
    """The very tensor that was the operand, if somebody holds it still.  Nodes keep arrays: whoever asks has to look around."""
    for each in gc.get_referrers(array):
        if isinstance(each, Tensor) and each.array is array and each.node is origin:
            return each
    return None


# --- hooks ----------------------------------------------------------------------------------------------------------


@guarded
def register_prehook(node: Any, fn: Callable[..., Any]) -> GraphHandle:
    """Call `fn(grad_outputs)` before the function does its work; a tuple that it returns goes on in their place."""
    return GraphHandle(hooks.register_before(node, checked_hook(fn)))


@guarded
def register_hook(node: Any, fn: Callable[..., Any]) -> GraphHandle:
    """Call `fn(grad_inputs, grad_outputs)` behind the function's work; a tuple that it returns replaces grad_inputs."""
    return GraphHandle(hooks.register_behind(node, checked_hook(fn)))


def equip() -> None:
    """Give all this to the engine's functions."""
    shared = {
        "__dir__": _directory,
        "__getattr__": _missing,
        "metadata": property(lambda node: {}),
        "register_hook": register_hook,
        "register_prehook": register_prehook,
    }
    for name, member in shared.items():
        setattr(Node, name, member)
        setattr(AccumulateGrad, name, member)
    Node.next_functions = property(_next_functions)  # type: ignore[assignment]
    Node.__call__ = _called  # type: ignore[method-assign]
