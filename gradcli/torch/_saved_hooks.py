"""Hooks on saved tensors: what functions of the graph keep in the place of the tensors that their rules will need.

A function whose saved tensors have hooks is of a class of its own, which unpacks them whenever somebody reads `saved`.  Each
saved operand and result is packed by itself, operands first, as PyTorch does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph import context, saved_tensors, versions
from gradcli.graph.node import PYTHON, RELEASED, Node, store, stored
from gradcli.graph.saved_values import tensors_of
from gradcli.graph.sweep import running
from gradcli.graph.tape import grad_mode
from gradcli.graph.tensor import Tensor

_UNTOUCHED = (
    "Tensors provided as input to pack hook cannot be modified by in-place operations as this can lead to unexpected "
    "side-effects. Please open an issue if you need to perform in-place operations on the input to a pack hook."
)

Pair = tuple[Callable[[Tensor], Any], Callable[[Any], Tensor]]  # how to pack, and how to unpack


def in_force() -> Pair | None:
    """The hooks of the innermost block that has some, or None."""
    return getattr(context.current().observer, "pair", None)


class Packed:
    """What a pack hook gave for a saved tensor, and how to get that back."""

    __slots__ = ("unpack", "value")

    def __init__(self, tensor: Tensor, pair: Pair) -> None:
        pack, self.unpack = pair
        before = versions.version(tensor.ndarray)
        with context.changed(observer=None), grad_mode(False):  # what the hook computes is its own affair
            self.value = pack(tensor)
        if versions.version(tensor.ndarray) != before:
            clause = "A saved tensor pack hook is modifying its input in place."
            raise Problem("in-place", clause, hint="let it change a copy, as in x.clone()", theirs=f"{clause} {_UNTOUCHED}")

    def tensor(self) -> Tensor:
        """The tensor again.  Raises Problem (TypeError)."""
        found = self.unpack(self.value)
        if not isinstance(found, Tensor):
            raise Problem(
                "type",
                f"Output of saved tensor unpack_hook expected to be a Tensor but got result of type {type(found).__name__}",
                type="TypeError",
            )
        return found


def pack(node: Node, pair: Pair, tensors: Sequence[Any]) -> None:
    """Let hooks keep what a function has just saved; `tensors` are its outputs and its operands, in this order."""
    operation = node.operation
    if operation.namespace == PYTHON and node.saved[0]:
        _pack_call(node, pair)
    elif not (operation.variadic or isinstance(node, _PackedNode) or stored(node) is RELEASED):
        slots = saved_tensors.saved_slots(operation)
        saved = {slot: value for row, values in zip(slots, node.saved) for slot, value in zip(row, values or ())}
        outputs = len(operation.outputs)
        for slot in sorted(saved, key=lambda slot: (slot < outputs, slot)):
            if slot < tensors_of(operation) and isinstance(saved[slot], np.ndarray):
                _put(node, slots, slot, Packed(_tensor(node, slot, saved[slot], tensors), pair))


def _pack_call(node: Node, pair: Pair) -> None:
    """The same for a program's own function, whose context keeps its tensors."""
    node.saved[0][0].pack(lambda tensor: Packed(tensor, pair))
    node.saved = (node.saved[0], ())


def packed_in(node: Node, slot: int) -> Packed | None:
    """What hooks keep of one of the operands or outputs that a function has saved, if any do."""
    rows = zip(saved_tensors.saved_slots(node.operation), stored(node))
    held = [value for slots, values in rows for each, value in zip(slots, values or ()) if each == slot]
    return next((each for each in held if isinstance(each, Packed)), None)


def put(node: Node, slot: int, packed: Packed) -> None:
    """Keep something else in the place of a saved operand or output."""
    _put(node, saved_tensors.saved_slots(node.operation), slot, packed)


def _tensor(node: Node, slot: int, value: Any, tensors: Sequence[Any]) -> Tensor:
    """The tensor that a saved array belongs to, as the hook is to see it."""
    given = tensors[slot] if slot < len(tensors) else None
    if isinstance(given, Tensor) and given.ndarray is value:
        return given
    outputs = len(node.operation.outputs)
    origin = node if slot < outputs else node.edges[slot - outputs]
    lifted: Tensor = saved_tensors.lift(value, origin, node)
    return lifted


def _put(node: Node, slots: list[tuple[int, ...]], slot: int, packed: Packed) -> None:
    """Keep something else in the place of a saved operand or output."""
    rows = []
    held = stored(node)
    for row, values in zip(slots, held):
        rows.append(values and tuple([packed if each == slot else value for each, value in zip(row, values)]))
    if not isinstance(node, _PackedNode):
        node.__class__ = packed_class(type(node))
    node.saved = (*rows, *held[len(slots) :])


def plain(value: Any) -> Any:
    """What a node saved, unpacked where hooks keep it."""
    return value.tensor().ndarray if isinstance(value, Packed) else value


def _unpacked(node: Node) -> Any:
    saved = stored(node)
    if saved is RELEASED:
        return saved
    hooked = _has_hooks_behind(node)
    arrays: dict[int, Any] = {}  # each is unpacked once for one look at the node

    def once(value: Any) -> Any:
        if id(value) not in arrays:
            arrays[id(value)] = plain(value)
        return arrays[id(value)]

    unpacked = tuple([values and tuple([once(value) for value in values]) for values in saved])
    state = running()
    if state is not None and state.node is node and node.hooks is not None:
        node.hooks.late = _has_hooks_behind(node) and not hooked
    return unpacked


def _has_hooks_behind(node: Node) -> bool:
    return node.hooks is not None and bool(node.hooks.behind)


class _PackedNode(Node):
    """A function of the graph that unpacks what it saved whenever that is asked for."""

    __slots__ = ()
    hooked = True
    saved = property(_unpacked, store)


_packed_classes: dict[type[Node], type[Node]] = {Node: _PackedNode}


def packed_class(kind: type[Node]) -> type[Node]:
    """A class of functions like `kind`, which unpack what they saved."""
    if kind not in _packed_classes:
        _packed_classes[kind] = type(kind.__name__, (_PackedNode, kind), {"__slots__": (), "__module__": kind.__module__})
    return _packed_classes[kind]
