"""What the functions of a graph keep for their rules, by the names that PyTorch gives it."""

from __future__ import annotations

from typing import Any

from gradcli.graph.node import RELEASED, Node, stored
from gradcli.graph.operation import Operation
from gradcli.graph.saved_tensors import saved_slots

# What PyTorch calls the operands that the rules call x and y: a user's own x may well be the other one.
_THEIRS = {"x": "self", "y": "other", "out": "result"}
_OF_POWERS = {"x": "self", "y": "exponent", "number": "self", "out": "result"}


def theirs(operation: Operation, name: str) -> str:
    """PyTorch's word for an operand or an output of an operation, a static parameter, or a shape."""
    words = _OF_POWERS if operation.name == "pow" else _THEIRS
    operand = name.removesuffix("_shape")
    return words.get(name, name) if operand == name else f"{words.get(operand, operand)}_sym_sizes"


def tensors_of(operation: Operation) -> int:
    """How many of the slots of a call, the first ones, are for outputs and operands."""
    return len(operation.outputs) + len(operation.operands)


def keeps(operation: Operation) -> list[str]:
    """The names of all that nodes of an operation keep where every operand wants a gradient.

    An operation on a list of tensors saves no tensor, and is passed over.
    """
    if operation.variadic:
        return []
    names = _slots(operation)
    return [names[slot] for slot in sorted({slot for slots in saved_slots(operation) for slot in slots})]


def keeps_tensors(operation: Operation) -> list[str]:
    """Those of the names that are of operands and outputs."""
    tensors = {theirs(operation, name) for name in (*operation.outputs, *operation.operands)}
    return [name for name in keeps(operation) if name in tensors]


def kept(node: Node) -> list[tuple[str, int, Any]]:
    """(name, slot, value) of whatever a node holds on to now, as it lies there; nothing, once a pass has freed it."""
    saved = stored(node)
    if node.operation.variadic or saved is RELEASED:
        return []
    found: dict[int, Any] = {}
    for slots, values in zip(saved_slots(node.operation), saved):
        found.update(zip(slots, values if values is not None else ()))
    names = _slots(node.operation)
    return [(names[slot], slot, value) for slot, value in sorted(found.items())]


def _slots(operation: Operation) -> list[str]:
    """The name of every slot of a call: outputs, operands, static parameters, shapes of operands."""
    shapes = [f"{name}_shape" for name in operation.operands]
    statics = [parameter.name for parameter in operation.statics]
    return [theirs(operation, name) for name in (*operation.outputs, *operation.operands, *statics, *shapes)]
