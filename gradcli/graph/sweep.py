"""The backward sweep: from the roots to the leaves, every node once, in descending order of creation.

Nothing recurses, so a chain of a million nodes is as good as a short one.  Undoing a broadcast and casting to the operand's
dtype happen here, once, for every operation.  Cotangents are bare arrays, or Tensors where the pass itself is to be
differentiated (`create_graph`): the rules are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any

from gradcli.errors import Problem
from gradcli.graph.node import RELEASED, Node
from gradcli.graph.operation import Operation
from gradcli.graph.operators import OPERATORS
from gradcli.graph.tape import grad_mode
from gradcli.graph.tensor import Tensor

_in_order = attrgetter("order")


def sweep(roots: Iterable[tuple[Any, Any]], *, wanted: Iterable[Any] | None = None, retain_graph: bool = False,
          create_graph: bool = False) -> dict[Any, Any]:
    """Send cotangents from the roots down the graph.

    roots    pairs of an edge (a Node or a leaf Tensor) and its cotangent, an array (a Tensor with `create_graph`)
    wanted   the edges whose cotangents are asked for; None is every leaf.  Nodes that lead to none of them are left out.
    Gives {edge: cotangent} for the wanted edges that a cotangent reached.
    """
    roots = list(roots)
    nodes, leaves = reachable([edge for edge, _ in roots])
    targets = set(leaves) if wanted is None else set(wanted)
    active = None if wanted is None else _leading_to(nodes, targets)
    add = _adder()
    found: dict[Any, Any] = {}
    try:
        for edge, cotangent in roots:
            add(edge, cotangent)
        with grad_mode(create_graph):
            for node in nodes:
                g = node.cotangent
                if g is None:
                    continue
                node.cotangent = None
                for hook in node.hooks or ():
                    g = _hooked(hook, g)
                if wanted is not None and node in targets:
                    found[node] = g
                if active is None or node in active:
                    _pull(node, g, add, create_graph, active, targets)
                    if not retain_graph:
                        _release(node)
        for leaf in leaves:
            if leaf.cotangent is not None and leaf in targets:
                found[leaf] = leaf.cotangent
    finally:
        for each in (*nodes, *leaves):
            each.cotangent = None
    return found


def reachable(roots: Iterable[Any]) -> tuple[list[Node], list[Tensor]]:
    """All nodes below the roots, newest first, and all leaves."""
    seen: set[Any] = set(roots)
    stack = list(seen)
    nodes: list[Node] = []
    leaves: list[Tensor] = []
    while stack:
        edge = stack.pop()
        if type(edge) is not Node:
            leaves.append(edge)
            continue
        nodes.append(edge)
        for each in edge.edges:
            if each is not None and each not in seen:
                seen.add(each)
                stack.append(each)
    nodes.sort(key=_in_order, reverse=True)
    return nodes, leaves


def _leading_to(nodes: list[Node], targets: set[Any]) -> set[Any]:
    """The nodes from which some target can be reached."""
    active: set[Any] = set()
    for node in reversed(nodes):  # operands come before what is made of them
        if any([edge in targets or edge in active for edge in node.edges if edge is not None]):
            active.add(node)
    return active


def _pull(node: Node, g: Any, add: Callable[[Any, Any], None], create_graph: bool, active: set[Any] | None,
          targets: set[Any]) -> None:
    """Take one cotangent through one node: call the rule of each operand that wants a gradient, and add up what it gives."""
    operation, saved, edges = node.operation, node.saved, node.edges
    if saved is RELEASED:
        raise second_backward(node)
    if create_graph:
        saved = _as_tensors(node)
    if operation.variadic:
        rule, = operation.vjps
        assert rule is not None
        for edge, cotangent in zip(edges, rule(g, *saved[0])):
            if edge is not None and (active is None or edge in active or edge in targets):
                add(edge, _fit(cotangent, edge))
        return
    for rule, values, edge in zip(operation.vjps, saved, edges):
        if edge is None or (active is not None and edge not in active and edge not in targets):
            continue
        if rule is None:
            raise not_differentiable(operation)
        cotangent = rule(g, *values)
        if cotangent.shape != edge.shape or cotangent.dtype is not edge.dtype:
            cotangent = _fit(cotangent, edge)
        add(edge, cotangent)


def _fit(cotangent: Any, edge: Any) -> Any:
    """The cotangent in the operand's own shape (a broadcast is undone by summing) and dtype."""
    if cotangent.shape != edge.shape:
        cotangent = OPERATORS["sum to"](cotangent, edge.shape)
    if cotangent.dtype != edge.dtype:
        cotangent = OPERATORS["cast to"](cotangent, edge.dtype)
    return cotangent


def _adder() -> Callable[[Any, Any], None]:
    """A function that adds a cotangent to an edge's, in place where the sum is this sweep's own array."""
    own: set[Any] = set()

    def add(edge: Any, cotangent: Any) -> None:
        before = edge.cotangent
        if before is None:
            edge.cotangent = cotangent
        elif edge in own:
            before += cotangent
        else:
            total = before + cotangent
            edge.cotangent = total
            if type(total) is not Tensor and total.ndim:
                own.add(edge)

    return add


def _release(node: Node) -> None:
    """Free what the node saved; one that saved no tensor stays good for another pass, as in PyTorch."""
    saves = node.operation.saves_tensor
    if node.operation.variadic:
        keeps_nothing = not saves[0]
    else:
        keeps_nothing = not any([kept for kept, edge in zip(saves, node.edges) if edge is not None])
    if not keeps_nothing:
        node.saved = RELEASED


def _as_tensors(node: Node) -> tuple[Any, ...]:
    """What the node saved, as tensors with their places in the graph, so that the rules can be differentiated again."""
    operation = node.operation
    if operation.variadic:
        return node.saved  # type: ignore[no-any-return]  # such rules save no tensor
    origins = (node, *[None] * (len(operation.outputs) - 1), *node.edges)
    places = len(origins)
    lifted = []
    for values, slots in zip(node.saved, saved_slots(operation)):
        lifted.append(None if values is None else tuple([
            _lift(value, origins[slot]) if slot < places else value for value, slot in zip(values, slots)]))
    return tuple(lifted)


def saved_slots(operation: Operation) -> list[tuple[int, ...]]:
    """For each operand's rule, the positions of what it saves: outputs first, then operands, statics, shapes."""
    positions = tuple(range(len(operation.outputs) + len(operation.operands) * 2 + len(operation.statics)))
    return [pick(positions) for pick in operation.pickers]


def _lift(value: Any, origin: Any) -> Any:
    """A saved array as the tensor that it was: a result of `origin`, that leaf itself, or a constant."""
    if not hasattr(value, "ndim"):
        return value  # a number, or an operand that was left out
    if isinstance(origin, Tensor):
        return origin if origin.array is value else _cast_leaf(value, origin)
    return Tensor(value, origin is not None, origin)


def _cast_leaf(value: Any, leaf: Tensor) -> Any:
    """A leaf that entered the operation in another dtype, connected to the leaf."""
    return OPERATORS["cast to"](leaf, value.dtype) if value.dtype != leaf.dtype else leaf


def _hooked(hook: Callable[[Any], Any], g: Any) -> Any:
    """What a hook makes of a cotangent; hooks see tensors, and None leaves it as it is."""
    changed = hook(g if type(g) is Tensor else Tensor(g))
    if changed is None:
        return g
    return changed if type(g) is Tensor else changed.array


def second_backward(node: Node) -> Problem:
    """The error of a pass through what an earlier pass has freed."""
    return Problem("second-backward", "Trying to backward through the graph a second time (or directly access saved tensors after "
                   f"they have already been freed): {node.name()} kept nothing after the first pass",
                   hint="keep the graph with --retain-graph (retain_graph=True) in every pass but the last")


def not_differentiable(operation: Operation) -> Problem:
    """The error of an operation that has no derivative with respect to one of its operands."""
    return Problem("not-differentiable", f"derivative for aten::{operation.name} is not implemented",
                   hint=f"{operation.name} is constant almost everywhere; use detach() to treat its result as a constant")
