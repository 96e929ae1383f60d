"""What programs may ask of functions of the graph: `y.grad_fn._saved_self`, and hooks that see the gradients go by.

A saved operand is the tensor that it was: the leaf itself, or one that comes from the same function.  A saved result is a new
tensor, as in PyTorch: a function that held its own result would never be forgotten.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary, WeakValueDictionary

import numpy as np

from gradcli.errors import Problem
from gradcli.graph import hooks, saved_tensors, versions
from gradcli.graph.multi_output import OutputCotangents
from gradcli.graph.node import PYTHON, RELEASED, AccumulateGrad, Node, stored
from gradcli.graph.operation import Operation
from gradcli.graph.pullback import pull, second_backward
from gradcli.graph.saved_values import keeps, keeps_tensors, kept, tensors_of
from gradcli.graph.tensor import Tensor, from_array
from gradcli.torch import _saved_hooks
from gradcli.torch._boundary import guarded
from gradcli.torch._dtypes import CPU, of
from gradcli.torch._hooks import GraphHandle
from gradcli.torch._saved_tensor import SavedTensor, at

_SAVED, _RAW = "_saved_", "_raw_saved_"


@guarded
def _missing(node: Any, name: str) -> Any:
    """What a function saved, None where no gradient has use for it."""
    for prefix, read in ((_SAVED, _saved), (_RAW, _raw)):
        if name.startswith(prefix) and isinstance(node, Node) and name.removeprefix(prefix) in keeps(node.operation):
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
    saved = [_SAVED + name for name in keeps(node.operation)]
    return sorted([*_MEMBERS, *saved, *[_RAW + name for name in keeps_tensors(node.operation)]])


def _saved(node: Node, name: str) -> Any:
    if stored(node) is RELEASED:
        raise second_backward(node)
    if node.order < versions.latest():
        versions.check(node)
    held = next(((slot, value) for each, slot, value in kept(node) if each == name), None)
    return None if held is None else _as_it_was(node, held[0], _saved_hooks.plain(held[1]))


class _Place:
    """A slot of a node, as the place of a SavedTensor."""

    def __init__(self, node: Node, name: str) -> None:
        self._node, self._name = node, name

    def freed(self) -> bool:
        return stored(self._node) is RELEASED

    def packed(self) -> Any:
        return _saved_hooks.packed_in(self._node, self._slot())

    def tensor(self) -> Any:
        return _saved(self._node, self._name)

    def raw(self) -> Any:
        found = self.tensor()
        return found.detach() if self._slot() < len(self._node.operation.outputs) else found

    def put(self, packed: Any) -> None:
        _saved_hooks.put(self._node, self._slot(), packed)

    def _slot(self) -> int:
        return next(slot for each, slot, _ in kept(self._node) if each == self._name)


def _raw(node: Node, name: str) -> SavedTensor:
    return at(_Place(node, name))


def _as_it_was(node: Node, slot: int, value: Any) -> Any:
    """A saved value as scripts see it: tensors with their places in the graph, numbers, sizes."""
    outputs = len(node.operation.outputs)
    if slot >= tensors_of(node.operation):
        return _as_kept(node.operation, slot - tensors_of(node.operation), value)
    if not isinstance(value, np.ndarray):
        return None if value is None else from_array(np.asarray(value))
    if slot < outputs:
        return from_array(value.view(), slot == 0, node if slot == 0 else None)
    found = _alive(value, node.edges[slot - outputs])
    return saved_tensors.lift(value, node.edges[slot - outputs], node) if found is None else found


def _as_kept(operation: Operation, place: int, value: Any) -> Any:
    """A static parameter or a shape as PyTorch keeps it: one of several possible dimensions is a tuple of one."""
    if place < len(operation.statics) and "Dims" in operation.statics[place].kind.split(" | ") and type(value) is int:
        return (value,)
    return from_array(value) if isinstance(value, np.ndarray) else value


def _alive(array: Any, origin: Any) -> Tensor | None:
    """The very tensor that was the operand, if somebody holds it still.  Nodes keep arrays: whoever asks has to look around."""
    for each in gc.get_referrers(array):
        if isinstance(each, Tensor) and each.ndarray is array and each.node is origin:
            return each
    return None


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
