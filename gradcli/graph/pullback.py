"""Pullbacks: the cotangent of a node's output becomes those of its operands, by the rules of its operation.

Undoing a broadcast and casting to the operand's dtype happen here, once, for every operation.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph import saved_tensors, symbolic
from gradcli.graph.half_precision import is_half
from gradcli.graph.node import PYTHON, Node
from gradcli.graph.operation import Operation
from gradcli.graph.operators import OPERATORS
from gradcli.graph.symbolic import Untraceable
from gradcli.graph.tensor import Tensor, array_dtype
from gradcli.graph.types import Cotangent, Edge

if TYPE_CHECKING:
    from gradcli.graph.multi_output import OutputCotangents


def pull(node: Node, g: Cotangent | OutputCotangents, origin: Node | None = None) -> list[Any]:
    """The cotangents of a node's operands, for one of its output; None where nobody wants one.  Raises Problem.

    origin  where its result comes from as the graph tells, unless from the node
    """
    saved: Any = saved_tensors.as_tensors(node, node.saved, origin) if isinstance(g, Tensor) else node.saved
    found = _operand_cotangents(node, g, saved)
    return [None if part is None or edge is None else fit(part, edge) for part, edge in zip(found, node.edges)]


def by_output(node: Node, g: Any) -> list[Any]:
    """A node's cotangent as a list with one entry for each of its outputs, None where none arrived."""
    if not hasattr(node, "count"):
        return [g]
    return [None if g is None else g.given.get(number) for number in range(node.count)]


def handed_out(
    node: Node, g: Cotangent | None, saved: Any, traced: bool
) -> tuple[Iterable[Any], list[tuple[Any]], tuple[Any, ...]]:
    """All cotangents of a node at once, which then only need handing out: those of an operation on a list of tensors, whose
    one rule gives them all, and those that hooks of the node are to see.  Where there is None, nothing goes on.
    """
    absent = g is None and node.operation.namespace != PYTHON  # the user's own function decides by itself what that means
    found = [None] * len(node.edges) if absent else _operand_cotangents(node, g, saved)
    if node.hooks is not None and node.hooks.behind:
        shown = node.differentiable()
        passed = node.hooks.call_behind([found[place] for place in shown], by_output(node, g), traced)
        for place, each in zip(shown, passed):
            found[place] = None if node.edges[place] is None else each
    edges = tuple([None if part is None else edge for part, edge in zip(found, node.edges)])
    return repeat(lambda g, part: part), [(part,) for part in found], edges


def _operand_cotangents(node: Node, g: Cotangent | OutputCotangents | None, saved: Any) -> list[Any]:
    rules = node.operation.vjps
    if node.operation.variadic:
        (rule,) = rules
        assert rule is not None
        return list(_applied(node.operation, rule, (g, *saved[0])))
    found: list[Any] = []
    for rule, values, edge in zip(rules, saved, node.edges):
        if edge is not None and rule is None:
            raise not_differentiable(node.operation)
        found.append(None if edge is None or rule is None else fit(_applied(node.operation, rule, (g, *values)), edge))
    return found


def _applied(operation: Operation, rule: Any, args: tuple[Any, ...]) -> Any:
    try:
        return rule(*args)
    except (Untraceable, ValueError) as error:
        return symbolic.step(error, operation, rule, args)


def fit(cotangent: Cotangent, edge: Edge) -> Any:
    """The cotangent, if there is one, in the operand's own shape (a broadcast is undone by summing) and dtype."""
    if cotangent is None:
        return None
    like = edge if isinstance(edge, Node) else edge.ndarray
    if cotangent.shape != like.shape:
        if not came_from(like.shape, cotangent.shape):
            raise Problem(
                "shape-mismatch",
                f"invalid gradient: got {list(cotangent.shape)} but expected shape compatible with {list(like.shape)}",
                hint="a tensor of this graph was given another shape in place",
            )
        if isinstance(cotangent, np.ndarray) and is_half(cotangent.dtype):
            cotangent = cotangent.astype(np.float32)  # added up as such
        cotangent = OPERATORS["sum to"](cotangent, like.shape)
    if array_dtype(cotangent) != like.dtype:
        cotangent = OPERATORS["cast to"](cotangent, like.dtype)
    return cotangent


def came_from(own: tuple[int, ...], broadcast: tuple[int, ...]) -> bool:
    """Whether one shape broadcasts to the other."""
    return len(own) <= len(broadcast) and all([m in (1, n) for m, n in zip(own[::-1], broadcast[::-1])])


def saves_tensor(node: Node) -> bool:
    """Whether a node holds what a pass frees; one that saved no tensor stays good for another, as in PyTorch."""
    return any([kept and edge is not None for kept, edge in zip(node.operation.saves_tensor, node.edges)])


def second_backward(node: Node) -> Problem:
    """The error of a pass through what an earlier pass has freed."""
    again = "Trying to backward through the graph a second time"
    clause = f"{again} (or directly access saved tensors after they have already been freed)"
    return Problem(
        "second-backward",
        f"{clause}: {node.name()} kept nothing after the first pass",
        hint="keep the graph (retain_graph=True) in every pass but the last",
        theirs=f"{clause}. Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). "
        "Specify retain_graph=True if you need to backward through the graph a second time or if you need to access saved "
        "tensors after calling backward.",
    )


def not_differentiable(operation: Operation) -> Problem:
    """The error of an operation that has no derivative with respect to one of its operands, or to any."""
    if any(operation.vjps):
        return Problem(
            "not-differentiable",
            f"the derivative for '{operation.name.rpartition('.')[2]}' is not implemented.",
            type="NotImplementedError",
            hint="only that by another operand is; use detach() to treat this one as a constant",
        )
    return Problem(
        "not-differentiable",
        f"derivative for aten::{operation.name} is not implemented",
        hint=f"{operation.name} is constant almost everywhere; use detach() to treat its result as a constant",
    )
