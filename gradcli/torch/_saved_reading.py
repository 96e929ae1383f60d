"""Reading what functions of the graph have saved, under PyTorch's names: `y.grad_fn._saved_self`, `y.grad_fn._raw_saved_self`.

A saved operand is the tensor that it was: the leaf itself, or one that comes from the same function.  A saved result is a new
tensor, as in PyTorch: a function that held its own result would never be forgotten.
"""

from __future__ import annotations

import gc
from ast import literal_eval
from typing import Any

import numpy as np

from gradcli.graph import saved_tensors, versions
from gradcli.graph.node import RELEASED, Node, stored
from gradcli.graph.pullback import second_backward
from gradcli.graph.saved_values import kept, tensors_of, theirs
from gradcli.graph.tensor import ShapeByColumns, Tensor, from_array
from gradcli.torch import _saved_hooks
from gradcli.torch._saved_names import OF_OPERAND, names, shown, tensor_slots
from gradcli.torch._saved_tensor import SavedTensor, at, raw_of


def value(node: Node, name: str) -> Any:
    """What a function has saved, under PyTorch's name of it; None where no gradient has use for it.

    Raises Problem where a pass has freed it, or it has been changed since.
    """
    source, *path = names(node.operation)[name].split(".")
    if source in tensor_slots(node.operation):
        return _tensor(node, source)
    parameters = _parameters(node)
    if source in parameters:
        found = shown(name, _part(parameters[source], path))
        if stored(node) is RELEASED and isinstance(found, Tensor):
            raise second_backward(node)
        return found
    told = OF_OPERAND.fullmatch(source)
    return shown(name, _of_operand(node, told[1], told)) if told else literal_eval(source)


def raw(node: Node, name: str) -> SavedTensor | tuple[SavedTensor, ...]:
    """The place where a function keeps a tensor, or the places of several."""
    source = names(node.operation)[name]
    if source in tensor_slots(node.operation):
        return at(_Place(node, source))
    found = value(node, name)
    return tuple([raw_of(each) for each in found]) if isinstance(found, tuple) else raw_of(found)


# --- tensors --------------------------------------------------------------------------------------------------------


def _tensor(node: Node, source: str) -> Any:
    if stored(node) is RELEASED:
        raise second_backward(node)
    if node.order < versions.latest():
        versions.check(node)
    held = next(((slot, value) for each, slot, value in kept(node) if each == source), None)
    return None if held is None else _as_it_was(node, held[0], _saved_hooks.plain(held[1]))


def _as_it_was(node: Node, slot: int, value: Any) -> Any:
    """A saved tensor with its place in the graph."""
    outputs = len(node.operation.outputs)
    if not isinstance(value, np.ndarray):
        return None if value is None else from_array(np.asarray(value))
    if slot < outputs:
        return from_array(value.view(), slot == 0, node if slot == 0 else None)
    found = _alive(value, node.edges[slot - outputs])
    return saved_tensors.lift(value, node.edges[slot - outputs], node) if found is None else found


def _alive(array: Any, origin: Any) -> Tensor | None:
    """The very tensor that was the operand, if somebody holds it still.  Nodes keep arrays: whoever asks has to look around."""
    for each in gc.get_referrers(array):
        if isinstance(each, Tensor) and each.ndarray is array and each.node is origin:
            return each
    return None


class _Place:
    """A slot of a node, as the place of a SavedTensor."""

    def __init__(self, node: Node, name: str) -> None:
        self._node, self._name = node, name

    def freed(self) -> bool:
        return stored(self._node) is RELEASED

    def packed(self) -> Any:
        slot = self._slot()
        return None if slot is None else _saved_hooks.packed_in(self._node, slot)

    def tensor(self) -> Any:
        return _tensor(self._node, self._name)

    def raw(self) -> Any:
        found, slot = self.tensor(), self._slot()
        return found.detach() if slot is not None and slot < len(self._node.operation.outputs) else found

    def put(self, packed: Any) -> None:
        slot = self._slot()
        if slot is not None:
            _saved_hooks.put(self._node, slot, packed)

    def _slot(self) -> int | None:
        return next((slot for each, slot, _ in kept(self._node) if each == self._name), None)


# --- parameters and shapes ------------------------------------------------------------------------------------------


def _parameters(node: Node) -> dict[str, Any]:
    """The static parameters of a call by name, as far as they are kept."""
    operation = node.operation
    named = [theirs(operation, parameter.name) for parameter in operation.statics]
    held = {name: value for name, slot, value in kept(node) if slot >= tensors_of(operation)}
    called = dict(zip(named, getattr(node, "statics", ())))
    found = {**held, **called}
    for name, parameter in zip(named, operation.statics):
        if "Dims" in parameter.kind.split(" | ") and type(found.get(name)) is int:
            found[name] = (found[name],)  # one of several possible dimensions is a tuple of one
    return found


def _part(value: Any, path: list[str]) -> Any:
    for place, step in enumerate(path):
        if step == "*":
            return tuple([_part(each, path[place + 1 :]) for each in value])
        value = value[int(step)]
    return value


def _of_operand(node: Node, operand: str, told: Any) -> Any:
    """Sizes, strides or the count of elements of an operand, as far as they can be told; else what PyTorch has for none."""
    names_of_operands = [theirs(node.operation, name) for name in node.operation.operands]
    edge = node.edges[names_of_operands.index(operand)]
    held = {name: value for name, _, value in kept(node)}
    like = held.get(operand)
    shape: Any = getattr(like, "shape", None)
    if shape is None:
        shape = held.get(f"{operand}_sym_sizes", getattr(edge, "shape", None))
    if told[2] == "strides":
        return () if edge is None else _strides(like if like is not None else edge, shape)
    if shape is None:
        return ()
    if told[2] == "sizes":
        return tuple(shape)
    if told[2] == "numel":
        return int(np.prod(shape, dtype=np.int64))
    return shape[-int(told[4]) if told[3] else int(told[4])]


def _strides(like: Any, shape: Any) -> tuple[int, ...]:
    """In elements; those of a contiguous tensor where nothing else is known."""
    array = like.ndarray if isinstance(like, Tensor) else like
    if isinstance(array, np.ndarray):
        return tuple([step // array.itemsize for step in array.strides])
    if isinstance(shape, ShapeByColumns):
        return (1, shape[0])
    return tuple([int(np.prod(shape[place + 1 :], dtype=np.int64)) for place in range(len(shape))])
