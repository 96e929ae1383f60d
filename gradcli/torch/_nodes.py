"""What programs may ask of functions of the graph: `y.grad_fn._saved_self`, and hooks that see the gradients go by."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary, WeakValueDictionary

import numpy as np

from gradcli.errors import Problem
from gradcli.graph import hooks
from gradcli.graph.multi_output import OutputCotangents
from gradcli.graph.node import PYTHON, AccumulateGrad, Node
from gradcli.graph.pullback import pull
from gradcli.graph.tensor import Tensor, from_array
from gradcli.torch import _saved_hooks, _saved_reading
from gradcli.torch._boundary import guarded
from gradcli.torch._dtypes import CPU, of
from gradcli.torch._hooks import GraphHandle
from gradcli.torch._saved_names import names, tensors

_SAVED, _RAW = "_saved_", "_raw_saved_"


@guarded
def _missing(node: Any, name: str) -> Any:
    """What a function saved, None where no gradient has use for it."""
    for prefix, read in ((_SAVED, _saved_reading.value), (_RAW, _saved_reading.raw)):
        if name.startswith(prefix) and isinstance(node, Node) and name.removeprefix(prefix) in names(node.operation):
            return read(node, name.removeprefix(prefix))
    context = _context_of(node)
    if context is not None and not name.startswith("__"):
        return getattr(context, name)
    raise AttributeError(f"'{_title(node)}' object has no attribute '{name}'", name=name, obj=node)


def _context_of(node: Any) -> Any:
    """The `ctx` of the call of a program's own function, which is its node as well in PyTorch; else None."""
    return node.statics[0] if isinstance(node, Node) and node.operation.namespace == PYTHON else None


@guarded
def _called(node: Node, *grads: Tensor) -> Any:
    """`y.grad_fn(g)`: the gradients of the operands for one of each result.  Raises Problem (TypeError)."""
    count = getattr(node, "count", 1)
    if len(grads) != count:
        raise Problem("argument", f"expected {count} arguments, got {len(grads)} instead", type="TypeError")
    arrived = grads[0] if count == 1 else OutputCotangents(node.shape, node.dtype, dict(enumerate(grads)))
    found = tuple([from_array(each) if isinstance(each, np.ndarray) else each for each in pull(node, arrived)])
    return found[0] if len(found) == 1 else found


# --- the classes of functions ---------------------------------------------------------------------------------------

_PACKED = _saved_hooks.packed_class(Node)
_classes: dict[str, type[Node]] = {}
_sinks: WeakValueDictionary[int, AccumulateGrad] = WeakValueDictionary()  # by the id of the leaf, as long as they are looked at


def shown(function: Any) -> Any:
    """A function as a program sees it, of a class that bears its name: `type(y.grad_fn).__name__` is "MulBackward0"."""
    if type(function) in (Node, _PACKED):
        kind = class_of_kind(function.kind)
        function.__class__ = kind if type(function) is Node else _saved_hooks.packed_class(kind)
    elif type(function) is AccumulateGrad:
        return _sinks.setdefault(id(function.variable), function)
    return function


def class_of_kind(kind: str) -> type[Node]:
    """The class of functions by its whole name, such as "MulBackward0"."""
    if kind not in _classes:
        module, _, name = kind.rpartition(".")
        _classes[kind] = type(name, (Node,), {**_OF_NODES, "__module__": module or "builtins"})
    return _classes[kind]


def _next_functions(node: Node) -> tuple[tuple[Any, int], ...]:
    return tuple([(shown(function), number) for function, number in _edges(node)])


_edges: Any = Node.next_functions.fget  # type: ignore[attr-defined]


def _title(node: Any) -> str:
    return node.title if isinstance(node, Node) else "AccumulateGrad"


def _directory(node: Any) -> list[str]:
    if not isinstance(node, Node):
        return sorted(_MEMBERS)
    saved = [_SAVED + name for name in names(node.operation)]
    return sorted([*_MEMBERS, *saved, *[_RAW + name for name in tensors(node.operation)]])


# --- hooks ----------------------------------------------------------------------------------------------------------


@guarded
def register_prehook(node: Any, fn: Callable[..., Any]) -> GraphHandle:
    """Call `fn(grad_outputs)` before the function does its work; a tuple that it returns goes on in their place."""
    return GraphHandle(hooks.register_before(node, fn))


@guarded
def register_hook(node: Any, fn: Callable[..., Any]) -> GraphHandle:
    """Call `fn(grad_inputs, grad_outputs)` behind the function's work; a tuple that it returns replaces grad_inputs."""
    return GraphHandle(hooks.register_behind(node, fn))


# --- what is known of them ------------------------------------------------------------------------------------------

_metadata: WeakKeyDictionary[Any, dict[str, Any]] = WeakKeyDictionary()


def metadata_of(node: Any) -> dict[str, Any]:
    """A dictionary in which programs, and anomaly detection, note what they like about a function."""
    return _metadata.setdefault(node, {})


class InputMetadata(NamedTuple):
    """What a gradient that arrives at a function is like."""

    shape: list[int]
    dtype: Any
    device: Any = CPU
    is_tensor_subclass: bool = False
    is_nested_tensor: bool = False


def _input_metadata(node: Any) -> list[InputMetadata]:
    """Of the gradient of each output of a function."""
    like = node if isinstance(node, Node) else node.variable.ndarray
    count = getattr(node, "count", 1)
    return [InputMetadata(list(like.shape), of(like.dtype))] * count


_MEMBERS: dict[str, Any] = {
    "_input_metadata": property(_input_metadata),
    "_sequence_nr": lambda node: node.order if isinstance(node, Node) else sys.maxsize,
    "metadata": property(metadata_of),
    "name": None,
    "next_functions": None,
    "requires_grad": property(lambda node: True),
    "register_hook": register_hook,
    "register_prehook": register_prehook,
}  # fmt: skip


# --- putting it on --------------------------------------------------------------------------------------------------

_SHARED = {"__dir__": _directory, "__getattr__": _missing, **{name: each for name, each in _MEMBERS.items() if each}}
# The engine's own class stays as it is: where a class has a `__getattr__`, Python looks up every attribute the slow way.
_OF_NODES = {**_SHARED, "__call__": _called, "__slots__": (), "next_functions": property(_next_functions)}


def equip() -> None:
    """Give the engine's sinks what the functions of the graph have."""
    for name, member in _SHARED.items():
        setattr(AccumulateGrad, name, member)
