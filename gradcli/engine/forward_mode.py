"""Forward mode: tangents pushed through the recorded graph, from the leaves to the outputs, every node once.

Each node's tangent is the sum of its operands' shares, which the rows' own rules for forward mode (`jvps`) give.  Tangents
travel as batches, one tangent as a batch of one row, and are dropped as soon as nothing waits for them any more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from gradcli.engine.batch import Batch, Unbatched
from gradcli.errors import Problem
from gradcli.graph import versions
from gradcli.graph.node import RELEASED, Node
from gradcli.graph.operation import Operation, OutputSelector, rule_parameters
from gradcli.graph.pullback import not_differentiable, second_backward
from gradcli.graph.sweep import reachable
from gradcli.graph.tape import grad_mode
from gradcli.graph.types import Array

Passed = Callable[[Node, "list[Any]", Any], Any]
Names = tuple[tuple[str, int | None], ...]


def push(outputs: Sequence[Any], tangents: dict[Any, Batch], passed: Passed | None = None) -> list[Batch | None]:
    """The tangents of some edges (Nodes, leaves, or None) of the graph, from those of others; None for what nothing moves.

    passed  sees each node that moves, with the tangents of its operands and its own, and gives what to go on with
    Raises Problem, where a node has no rule for forward mode, too.
    """
    ends = [edge for edge in outputs if edge is not None]
    nodes, _ = reachable(ends)
    waiting = Counter([edge for node in nodes for edge in node.edges if edge is not None])
    waiting.update(ends)
    known: dict[Any, Any] = {edge: tangent for edge, tangent in tangents.items() if waiting[edge]}
    with grad_mode(False):
        for node in reversed(nodes):
            given = [None if edge is None else known.get(edge) for edge in node.edges]
            if node not in known and any([each is not None for each in given]):
                tangent = _moved(node, given)
                known[node] = tangent if passed is None else passed(node, given, tangent)
            for edge in node.edges:
                if edge is not None:
                    waiting[edge] -= 1
                    if not waiting[edge]:
                        known.pop(edge, None)
    return [known.get(edge) for edge in outputs]


def lacking(outputs: Sequence[Any]) -> Operation | None:
    """The first operation on the way to the outputs that has no rule for forward mode, or None where all have."""
    nodes, _ = reachable(outputs)
    return next((node.operation for node in reversed(nodes) if not _has_rules(node.operation)), None)


def _has_rules(operation: Operation) -> bool:
    return isinstance(operation, OutputSelector) or (
        all([pushing is not None for pulling, pushing in zip(operation.vjps, operation.jvps) if pulling is not None])
        and all([names is not None for names in _needed(operation)])
    )


def _moved(node: Node, given: list[Any]) -> Any:
    """The tangent of a node's output; for an operation with several differentiable ones, the tuple of theirs."""
    operation = node.operation
    if isinstance(operation, OutputSelector):
        return given[0][node.saved[0][0]]
    if node.saved is RELEASED:
        raise second_backward(node)
    if node.order < versions.latest():
        versions.check(node)
    try:
        return _summed(node, given)
    except Unbatched:
        whole = [Batch(each.written_out()) if isinstance(each, Batch) else None for each in given]
    try:
        return _summed(node, whole)
    except Unbatched:
        return _row_by_row(node, whole)


def _row_by_row(node: Node, given: list[Any]) -> Any:
    """The same where a rule cannot take batches: a row at a time.  Raises Problem where it cannot take arrays, either."""
    count = next(each.rows for each in given if each is not None)
    try:
        rows = [_summed(node, [None if each is None else each.ndarray[row] for each in given]) for row in range(count)]
    except (Unbatched, TypeError, NotImplementedError):
        raise no_forward_rule(node.operation) from None
    several = isinstance(rows[0], tuple)
    return tuple([Batch(np.stack(each)) for each in zip(*rows)]) if several else Batch(np.stack(rows))


def _summed(node: Node, given: list[Any]) -> Any:
    """The sum of the shares of all operands."""
    shares = [_listed(node, given)] if node.operation.variadic else _shares(node, given)
    total = shares[0]
    for share in shares[1:]:
        total = total + share
    return total if isinstance(total, tuple) else _fit(total, node)


def _shares(node: Node, given: list[Any]) -> list[Any]:
    """What each operand that moves adds to the tangent of the result."""
    shares = []
    for place, (rule, names, tangent) in enumerate(zip(node.operation.jvps, _needed(node.operation), given)):
        if tangent is None:
            continue
        if rule is None or names is None:
            raise not_differentiable(node.operation) if node.operation.vjps[place] is None else no_forward_rule(node.operation)
        if tangent.dtype.kind == node.dtype.kind:  # between real and complex numbers the rule decides
            tangent = _cast(tangent, node.dtype)
        shares.append(rule(tangent, *[_value(node, place, each) for each in names]))
    return shares


def _listed(node: Node, given: list[Any]) -> Any:
    """The same for an operation on a list of tensors, whose rule takes a list of tangents: zeros for what does not move."""
    (pulling,), (rule,), (names,) = node.operation.vjps, node.operation.jvps, _needed(node.operation)
    if pulling is None or rule is None or names is None:
        raise no_forward_rule(node.operation)
    shapes = node.saved[0][rule_parameters(pulling)[1:].index(f"{node.operation.operands[0]}_shape")]
    like = next(each for each in given if each is not None)
    whole = [_still(shape, like) if each is None else each for each, shape in zip(given, shapes)]
    return rule([_cast(each, node.dtype) for each in whole], *[_value(node, 0, each) for each in names])


def _still(shape: tuple[int, ...], like: Array) -> Any:
    """The tangent of what does not move, a batch where others are."""
    return Batch(np.zeros((like.rows, *shape), like.dtype)) if isinstance(like, Batch) else np.zeros(shape, like.dtype)


def _fit(tangent: Array, node: Node) -> Any:
    """A tangent in the shape (an operand may have been broadcast) and dtype of the output."""
    if tangent.shape != node.shape:
        tangent = np.broadcast_to(tangent, node.shape)
    return _cast(tangent, node.dtype)


def _cast(tangent: Array, dtype: np.dtype[Any]) -> Any:
    if tangent.dtype == dtype:
        return tangent
    return (tangent.real if tangent.dtype.kind == "c" and dtype.kind != "c" else tangent).astype(dtype)


# --- what the rules ask for -----------------------------------------------------------------------------------------


@cache
def _needed(operation: Operation) -> list[Names | None]:
    """For each operand, what its rule names, each with its place among what the node saved for that operand.

    Without a place it is a static parameter, or a shape.  None stands for a rule that asks for what no node keeps.
    """
    statics = {each.name for each in operation.statics}
    shapes = {f"{name}_shape" for name in operation.operands}
    found: list[Names | None] = []
    for pulling, pushing in zip(operation.vjps, operation.jvps):
        saved = () if pulling is None else rule_parameters(pulling)[1:]
        asked = () if pushing is None else rule_parameters(pushing)[1:]
        kept = pushing is None or all([name in saved or name in statics or name in shapes for name in asked])
        found.append(tuple([(name, saved.index(name) if name in saved else None) for name in asked]) if kept else None)
    return found


def _value(node: Node, operand: int, need: tuple[str, int | None]) -> Any:
    name, place = need
    if place is not None:
        return node.saved[operand][place]
    if name.endswith("_shape"):
        return node.edges[node.operation.operands.index(name.removesuffix("_shape"))].shape
    names = [each.name for each in node.operation.statics]
    return node.statics[names.index(name)]


def no_forward_rule(operation: Operation) -> Problem:
    """The error of an operation that tangents cannot be pushed through."""
    return Problem(
        "not-differentiable",
        f"Trying to use forward AD with {operation.name} that does not support it",
        type="NotImplementedError",
        hint="use reverse mode",
    )
