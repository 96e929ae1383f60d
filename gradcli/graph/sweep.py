"""The backward sweep: from the roots to the leaves, every node once, in descending order of creation.

Nothing recurses, so a chain of a million nodes is as good as a short one.  Undoing a broadcast and casting to the operand's
dtype happen here, once, for every operation.  Cotangents are bare arrays, or Tensors where the pass itself is to be
differentiated (`create_graph`), or what stands for many arrays at once (engine.batch): the rules are the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import repeat
from operator import attrgetter
from sys import getrefcount
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph import hooks, lifting, symbolic, versions
from gradcli.graph.node import RELEASED, Node
from gradcli.graph.operation import Operation
from gradcli.graph.operators import OPERATORS
from gradcli.graph.symbolic import Symbolic, Untraceable
from gradcli.graph.tape import grad_mode
from gradcli.graph.tensor import Tensor, array_dtype

_in_order = attrgetter("order")
_ALONE = 3  # references to a cotangent that is one edge's alone: the edge's, the sweep's `before`, and that of the question


def sweep(
    roots: Iterable[tuple[Any, Any]],
    *,
    wanted: Iterable[Any] | None = None,
    retain_graph: bool = False,
    create_graph: bool = False,
    through: bool = False,
) -> dict[Any, Any]:
    """Send cotangents from the roots down the graph.

    roots    pairs of an edge (a Node or a leaf Tensor) and its cotangent, an array (a Tensor with `create_graph`)
    wanted   the edges whose cotangents are asked for; None is every leaf.  Nodes that lead to none of them are left out.
    through  whether the wanted nodes do their own work, too, even if nothing comes of it
    Gives {edge: cotangent} for the wanted edges that a cotangent reached.
    """
    roots = list(roots)
    nodes, leaves = reachable([edge for edge, _ in roots])
    targets = set(leaves) if wanted is None else set(wanted)
    active = None if wanted is None else _leading_to(nodes, targets) | (targets if through else set())
    own: set[Any] = set()  # edges whose cotangent is a sum of this sweep's own, which may grow in place
    found: dict[Any, Any] = {}
    watched = _hooked_leaves(nodes, leaves) if hooks.anywhere() else None
    careful = active is not None or watched is not None or bool(nodes and nodes[-1].order < versions.latest())
    try:
        for edge, cotangent in roots:
            edge._cotangent = cotangent if edge._cotangent is None else edge._cotangent + cotangent
        with grad_mode(create_graph):
            for node in nodes:
                g = node._cotangent
                if g is None:
                    continue
                node._cotangent = None
                if careful or node.hooks is not None:
                    careful = True  # for a hook may change something in place
                    g = _attended(node, g, active, targets, found)
                    if active is not None and node not in active:
                        continue
                # The hot path, written out: a call for each edge would double its cost on small tensors.
                operation, saved, edges = node.operation, node.saved, node.edges
                if saved is RELEASED:
                    raise second_backward(node)
                if create_graph:
                    saved = lifting.as_tensors(node)
                rules: Iterable[Any] = operation.vjps
                if operation.variadic or (careful and node.hooks is not None and node.hooks.behind):
                    wanted_below = active is None or any([edge in active or edge in targets for edge in edges])
                    rules, saved, edges = _handed_out(node, g, saved) if wanted_below else ((), (), ())
                for rule, values, edge in zip(rules, saved, edges):
                    if edge is None or (active is not None and edge not in active and edge not in targets):
                        continue
                    if rule is None:
                        raise not_differentiable(operation)
                    try:
                        cotangent = rule(g, *values)
                    except (Untraceable, ValueError) as error:
                        cotangent = symbolic.step(error, operation, rule, (g, *values))
                    like = edge if isinstance(edge, Node) else edge.array
                    if create_graph or cotangent.shape != like.shape or cotangent.dtype is not like.dtype:
                        cotangent = _fit(cotangent, edge)
                    before = edge._cotangent
                    if before is None:
                        edge._cotangent = cotangent
                    elif edge in own:
                        edge._cotangent += cotangent
                    else:
                        _add(edge, cotangent, own)
                if not retain_graph and (operation.saves_all or (True in operation.saves_tensor and _saves_tensor(node))):
                    node.saved = RELEASED
                if watched is not None and node in watched:
                    _call_hooks(watched.pop(node))
            for rest in (watched or {}).values():
                _call_hooks(rest)
        for leaf in leaves:
            if leaf._cotangent is not None and leaf in targets:
                found[leaf] = leaf._cotangent
    except BaseException:
        for node in nodes:  # each one that was reached has given its cotangent away, but for those that were still to come
            node._cotangent = None
        raise
    finally:
        for leaf in leaves:
            leaf._cotangent = None
    return found


def pull(node: Node, g: Any) -> list[Any]:
    """The cotangents of a node's operands, for one of its output; None where nobody wants one.  Raises Problem."""
    saved: Any = lifting.as_tensors(node) if isinstance(g, Tensor) else node.saved
    found = _together(node, g, saved)
    return [None if part is None or edge is None else _fit(part, edge) for part, edge in zip(found, node.edges)]


def reachable(roots: Iterable[Any]) -> tuple[list[Node], list[Tensor]]:
    """All nodes below the roots, newest first, and all leaves."""
    seen: set[Any] = set(roots)
    stack = list(seen)
    nodes: list[Node] = []
    leaves: list[Tensor] = []
    while stack:
        edge = stack.pop()
        if not isinstance(edge, Node):
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


def _handed_out(node: Node, g: Any, saved: Any) -> tuple[Iterable[Any], list[tuple[Any]], tuple[Any, ...]]:
    """All cotangents of a node at once, which then only need handing out: those of an operation on a list of tensors, whose
    one rule gives them all, and those that hooks of the node are to see.  Where there is None, nothing goes on.
    """
    found = _together(node, g, saved)
    if node.hooks is not None and node.hooks.behind:
        found = node.hooks.call_behind(found, g)
    edges = tuple([None if part is None else edge for part, edge in zip(found, node.edges)])
    return repeat(lambda g, part: part), [(part,) for part in found], edges


def _together(node: Node, g: Any, saved: Any) -> list[Any]:
    rules = node.operation.vjps
    if node.operation.variadic:
        (rule,) = rules
        assert rule is not None
        return list(_applied(node.operation, rule, (g, *saved[0])))
    found: list[Any] = []
    for rule, values, edge in zip(rules, saved, node.edges):
        if edge is not None and rule is None:
            raise not_differentiable(node.operation)
        found.append(None if edge is None or rule is None else _fit(_applied(node.operation, rule, (g, *values)), edge))
    return found


def _applied(operation: Operation, rule: Any, args: tuple[Any, ...]) -> Any:
    try:
        return rule(*args)
    except (Untraceable, ValueError) as error:
        return symbolic.step(error, operation, rule, args)


def _fit(cotangent: Any, edge: Any) -> Any:
    """The cotangent in the operand's own shape (a broadcast is undone by summing) and dtype."""
    like = edge if isinstance(edge, Node) else edge.array
    if cotangent.shape != like.shape:
        if not came_from(like.shape, cotangent.shape):
            raise Problem(
                "shape-mismatch",
                f"invalid gradient: got {list(cotangent.shape)} but expected shape compatible with {list(like.shape)}",
                hint="a tensor of this graph was given another shape in place",
            )
        cotangent = OPERATORS["sum to"](cotangent, like.shape)
    if array_dtype(cotangent) != like.dtype:
        cotangent = OPERATORS["cast to"](cotangent, like.dtype)
    return cotangent


def came_from(own: tuple[int, ...], broadcast: tuple[int, ...]) -> bool:
    """Whether one shape broadcasts to the other."""
    return len(own) <= len(broadcast) and all([m in (1, n) for m, n in zip(own[::-1], broadcast[::-1])])


def _add(edge: Any, cotangent: Any, own: set[Any]) -> None:
    """Add to the cotangent that an edge has: in place where nobody else holds it, as PyTorch does by the same count."""
    if isinstance(cotangent, Symbolic) or (edge not in own and _is_shared(edge)):
        edge._cotangent = edge._cotangent + cotangent
    else:
        edge._cotangent += cotangent
    if not isinstance(edge._cotangent, Tensor) and edge._cotangent.ndim:
        own.add(edge)


def _is_shared(edge: Any) -> bool:
    """Whether an edge's cotangent may be the memory of something else, too, such as of another edge's."""
    own_memory = type(edge._cotangent) is np.ndarray and edge._cotangent.base is None
    return not own_memory or getrefcount(edge._cotangent) > _ALONE


def _saves_tensor(node: Node) -> bool:
    """Whether a node holds what a pass frees; one that saved no tensor stays good for another, as in PyTorch."""
    return any([kept and edge is not None for kept, edge in zip(node.operation.saves_tensor, node.edges)])


def _attended(node: Node, g: Any, active: set[Any] | None, targets: set[Any], found: dict[Any, Any]) -> Any:
    """A node's cotangent behind its hooks; noted if it is asked for.  Raises Problem where the node's values are stale."""
    wanted = active is not None and node in targets
    works = active is None or node in active
    if wanted:
        found[node] = g  # PyTorch takes it before the hooks where the node has work to do, and behind them where it is an end
    if node.hooks is not None:
        g = node.hooks.pass_on(g)
        if wanted and not works:
            found[node] = g
    if works and node.saved is not RELEASED and node.order < versions.latest():
        versions.check(node)
    return g


def _hooked_leaves(nodes: list[Node], leaves: list[Tensor]) -> dict[Any, list[Tensor]] | None:
    """The leaves that have hooks, each with the last node that sends it something: after it, the gradient is complete."""
    watched = {leaf for leaf in leaves if hooks.hooks_of(leaf) is not None}
    if not watched:
        return None
    last: dict[Tensor, Any] = dict.fromkeys(watched)
    for node in nodes:
        last.update([(edge, node) for edge in node.edges if edge is not None and edge in watched])
    return {node: [leaf for leaf in leaves if last.get(leaf, 0) is node] for node in last.values()}


def _call_hooks(leaves: list[Tensor]) -> None:
    for leaf in leaves:
        of_leaf = hooks.hooks_of(leaf)
        if leaf._cotangent is not None and of_leaf is not None:
            leaf._cotangent = of_leaf.pass_on(leaf._cotangent)


def second_backward(node: Node) -> Problem:
    """The error of a pass through what an earlier pass has freed."""
    again = "Trying to backward through the graph a second time"
    clause = f"{again} (or directly access saved tensors after they have already been freed)"
    return Problem(
        "second-backward",
        f"{clause}: {node.name()} kept nothing after the first pass",
        hint="keep the graph with --retain-graph (retain_graph=True) in every pass but the last",
        theirs=f"{clause}. Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). "
        "Specify retain_graph=True if you need to backward through the graph a second time or if you need to access saved "
        "tensors after calling backward.",
    )


def not_differentiable(operation: Operation) -> Problem:
    """The error of an operation that has no derivative with respect to one of its operands."""
    return Problem(
        "not-differentiable",
        f"derivative for aten::{operation.name} is not implemented",
        hint=f"{operation.name} is constant almost everywhere; use detach() to treat its result as a constant",
    )
