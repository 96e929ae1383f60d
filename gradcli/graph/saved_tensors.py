"""What nodes saved, as the tensors that it was: with its places in the graph, so that rules can be differentiated again."""

from __future__ import annotations

from typing import Any

from gradcli.graph import subclasses
from gradcli.graph.context import current
from gradcli.graph.node import Node
from gradcli.graph.operation import Operation
from gradcli.graph.operators import OPERATORS
from gradcli.graph.tensor import Tensor, from_array


def as_tensors(node: Node, saved: Any, origin: Node | None = None) -> tuple[Any, ...]:
    """What the node `saved`, as tensors with their places in the graph, so that the rules can be differentiated again.

    origin  where its (first) result comes from, unless from the node
    """
    operation = node.operation
    if operation.variadic:
        return saved  # type: ignore[no-any-return]  # such rules save no tensor
    origins = (origin or node, *[None] * (len(operation.outputs) - 1), *node.edges)
    places = len(origins)
    lifted = []
    for values, slots in zip(saved, saved_slots(operation)):
        lifted.append(
            None
            if values is None
            else tuple([lift(value, origins[slot], node) if slot < places else value for value, slot in zip(values, slots)])
        )
    return tuple(lifted)


def saved_slots(operation: Operation) -> list[tuple[int, ...]]:
    """For each operand's rule, the positions of what it saves: outputs first, then operands, statics, shapes."""
    positions = tuple(range(len(operation.outputs) + len(operation.operands) * 2 + len(operation.statics)))
    return [pick(positions) for pick in operation.pickers]


def lift(value: Any, origin: Any, holder: Node) -> Any:
    """An array that `holder` saved as the tensor that it was: a result of `origin`, that leaf itself, or a constant.

    What hooks gave for a leaf has values of its own, and its gradient goes to the leaf.
    """
    if not hasattr(value, "ndim"):
        return value  # a number, or an operand that was left out
    if isinstance(origin, Tensor):
        if origin.ndarray is value:
            return origin
        return connected(value, origin) if holder.hooked else _cast_leaf(value, origin)
    made = from_array(value, origin is not None, origin)
    level = current().level
    if level is not None:
        level.restore(made, holder)
    return subclasses.restored(made) if subclasses.known else made


def connected(value: Any, leaf: Tensor) -> Tensor:
    """A tensor of these values, the gradient of which is the leaf's."""
    made: Tensor = OPERATORS["clone"](leaf)
    made.ndarray = value
    return made


def _cast_leaf(value: Any, leaf: Tensor) -> Any:
    """A leaf that entered the operation in another dtype, connected to the leaf."""
    return OPERATORS["cast to"](leaf, value.dtype) if value.dtype != leaf.ndarray.dtype else leaf
