"""The backward sweep: from the roots to the leaves, every node once, in descending order of creation.

Nothing recurses, so a chain of a million nodes is as good as a short one.  Cotangents are bare arrays, or Tensors where the
pass itself is to be differentiated (`create_graph`), or what stands for many arrays at once (engine.batch): the rules are the
same.  They belong to the pass: hooks, and the user's own functions, may start other passes through the same nodes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextvars import ContextVar
from itertools import count
from operator import attrgetter
from sys import getrefcount
from typing import Any

import numpy as np

from gradcli.graph import hooks, saved_tensors, symbolic, versions
from gradcli.graph.half_precision import in_dtype, is_half
from gradcli.graph.multi_output import OutputCotangents
from gradcli.graph.node import PYTHON, RELEASED, Node, stored
from gradcli.graph.operation import OutputSelector
from gradcli.graph.pullback import by_output, fit, handed_out, not_differentiable, saves_tensor, second_backward
from gradcli.graph.symbolic import Symbolic, Untraceable
from gradcli.graph.tape import grad_mode
from gradcli.graph.tensor import Tensor, is_unstrided
from gradcli.graph.types import Cotangent, Edge

_in_order = attrgetter("order")
_running: ContextVar[_Pass | None] = ContextVar("running", default=None)
_next_number = count().__next__
_ALONE = 3  # references to a cotangent that is one edge's alone: the pass's, its `before`, and that of the question


def sweep(
    roots: Iterable[tuple[Any, Any]],
    *,
    wanted: Iterable[Any] | None = None,
    retain_graph: bool = False,
    create_graph: bool = False,
    traced: bool | None = None,
    through: bool = False,
    deliver: Callable[[Tensor, Any], None] | None = None,
) -> dict[Any, Any]:
    """Send cotangents from the roots down the graph.

    roots    pairs of an edge (a Node or a leaf Tensor) and its cotangent, an array (a Tensor in a pass that is `traced`)
    wanted   the edges whose cotangents are asked for; None is every leaf.  Nodes that lead to none of them are left out.
    traced   whether cotangents are Tensors, and all that is computed goes by the tape; None is `create_graph`, which records it
    through  whether the wanted nodes do their own work, too, even if nothing comes of it
    deliver  called with each wanted leaf and its cotangent (None where none came and hooks of the leaf are to know)
    Gives {edge: cotangent} for the wanted edges that a cotangent reached, but for leaves that were delivered.
    """
    roots = list(roots)
    traced = create_graph if traced is None else traced
    state = _Pass([edge for edge, _ in roots], wanted, through, traced, deliver)
    state.keeps = retain_graph
    cotangents, nodes, targets, active = state.cotangents, state.nodes, state.targets, state.active
    taken = cotangents.pop
    own: set[Any] = set()  # edges whose cotangent is a sum of this sweep's own, which may grow in place
    cotangent: Any
    for edge, cotangent in roots:
        before = cotangents[edge]
        cotangents[edge] = cotangent if before is None else before + cotangent
    outer = _running.set(state)
    with grad_mode(create_graph):
        due = state.schedule(nodes) if state.hooked_leaves() else None
        careful = active is not None or due is not None or bool(nodes and nodes[-1].order < versions.latest())
        try:
            for node in nodes:
                state.node = node
                g = taken(node)
                if g is None and node.hooks is None and node.operation.namespace != PYTHON:
                    if due is not None:
                        state.arrive(due.pop(node, ()))
                    continue
                if careful or node.hooks is not None:
                    careful = True  # for a hook may change something in place
                    if due is None and node.hooks is not None:
                        due = state.schedule(state.rest(node))
                    g = state.through_hooks(node, g)
                    if active is not None and node not in active:
                        continue
                # The hot path, written out: a call for each edge would double its cost on small tensors.
                operation, saved, edges = node.operation, node.saved, node.edges
                if saved is RELEASED:
                    raise second_backward(node)
                if traced:
                    saved = saved_tensors.as_tensors(node, saved)
                rules: Iterable[Any] = operation.vjps
                if operation.variadic or (node.hooks is not None and (node.hooks.behind or g is None)):
                    if due is None and operation.namespace == PYTHON:  # the user's own function, which may do what hooks do
                        due, careful = state.schedule(state.rest(node)), True
                    wanted_below = active is None or any([edge in active or edge in targets for edge in edges])
                    rules, saved, edges = handed_out(node, g, saved, traced) if wanted_below else ((), (), ())
                for rule, values, edge in zip(rules, saved, edges):
                    if edge is None or (active is not None and edge not in active and edge not in targets):
                        continue
                    if rule is None:
                        raise not_differentiable(operation)
                    try:
                        cotangent = rule(g, *values)
                    except (Untraceable, ValueError) as error:
                        cotangent = symbolic.step(error, operation, rule, (g, *values))
                    if cotangent is None:  # no gradient, which is not zero: of the norm that counts elements
                        continue
                    like = edge if isinstance(edge, Node) else edge.ndarray
                    if traced or cotangent.shape != like.shape or cotangent.dtype is not like.dtype:
                        cotangent = fit(cotangent, edge)
                    before = cotangents[edge]
                    if before is None:
                        cotangents[edge] = cotangent
                    elif edge in own and not (isinstance(cotangent, Symbolic) and type(before) is np.ndarray):  # a constant
                        before += cotangent
                        cotangents[edge] = before
                    else:
                        _add(cotangents, edge, cotangent, own)
                if not retain_graph and (operation.saves_all or (True in operation.saves_tensor and saves_tensor(node))):
                    node.saved = RELEASED
                if due is not None and node in due:
                    # Whoever takes a leaf's cotangent for its own asks who else has it.
                    g = cotangent = before = saved = values = None
                    state.arrive(due.pop(node))
            if due is None:
                g = cotangent = before = saved = values = None
                state.arrive(state.leaves)
        except Exception:
            if due is None and nodes:
                state.schedule(state.rest(node))  # what was complete arrives all the same, as in PyTorch
            raise
        finally:
            _running.reset(outer)
    if state.callbacks:
        state.finish()
    return state.found


def running() -> _Pass | None:
    """The pass that runs in this thread, the innermost one."""
    return _running.get()


class _Pass:
    """What one backward pass knows of its graph.

    cotangents  by edge, the cotangent on its way, or None; every edge below the roots is a key
    active      the nodes that lead to a target, or None where all nodes do their work
    traced      whether cotangents are Tensors: the pass is itself to be differentiated, or somebody intercepts what it computes
    keeps       whether the graph stays good for another pass
    node        the edge whose work is being done
    number      which pass of the process this is
    depth       how many passes it runs in
    callbacks   what is to be called at its end
    """

    __slots__ = (
        "active", "callbacks", "cotangents", "deliver", "depth", "found", "keeps", "leaves", "node", "nodes", "number",
        "targets", "traced",
    )  # fmt: skip

    def __init__(
        self,
        roots: list[Any],
        wanted: Iterable[Any] | None,
        through: bool,
        traced: bool,
        deliver: Callable[[Tensor, Any], None] | None,
    ) -> None:
        self.cotangents, self.nodes, self.leaves = _explored(roots)
        self.targets = set(self.leaves) if wanted is None else set(wanted)
        self.active = None
        if wanted is not None:
            self.active = _leading_to(self.nodes, self.targets) | (self.targets if through else set())
        self.found: dict[Any, Any] = {}
        self.deliver = deliver
        self.traced = traced
        self.keeps = False
        self.node: Any = None
        self.number = _next_number()
        outer = _running.get()
        self.depth: int = 0 if outer is None else outer.depth + 1
        self.callbacks: list[Callable[[], Any]] = []

    def finish(self) -> None:
        """Call what waits for the end of the pass, and what that has wait in turn."""
        outer = _running.set(self)
        try:
            while self.callbacks:
                self.callbacks.pop(0)()
        finally:
            _running.reset(outer)

    def reaches(self, tensor: Tensor) -> bool:
        """Whether the hooks of a tensor are called in this pass."""
        edge = tensor.edge
        if not isinstance(edge, Node):
            return edge in self.targets and edge in self.cotangents
        return (edge in self.targets or self.works(edge)) and edge in self.nodes

    def executes(self, edge: Any) -> bool:
        """Whether the work of an edge, of a node or of a leaf's AccumulateGrad, is done in this pass."""
        if isinstance(edge, Node):
            return edge in self.nodes and self.works(edge)
        return edge in self.targets and any([edge is leaf for leaf in self.leaves])

    def rest_in_order(self) -> list[Any]:
        """The edges whose work is still to be done, in their order; a leaf comes as soon as its cotangent is complete."""
        nodes = [node for node in (self.nodes if self.node is None else self.rest(self.node)) if self.works(node)]
        last = {edge: node for node in nodes for edge in node.edges if edge is not None and not isinstance(edge, Node)}
        leaves: dict[Node, list[Any]] = {}
        for leaf, node in last.items():
            if leaf in self.targets:
                leaves.setdefault(node, []).append(leaf)
        return [edge for node in nodes for edge in (node, *leaves.get(node, ()))]

    def hooked_leaves(self) -> bool:
        """Whether a leaf has hooks."""
        return hooks.anywhere() and any([hooks.hooks_of(leaf) is not None for leaf in self.leaves])

    def through_hooks(self, node: Node, g: Cotangent) -> Any:
        """A node's cotangent behind its hooks; noted if it is asked for.  Raises Problem where the node's values are stale."""
        wanted = self.active is not None and node in self.targets
        works = self.works(node)
        if g is None and not (works or wanted):
            return None
        if wanted:  # PyTorch takes it before the hooks where the node has work to do, and behind them where it is an end
            self.found[node] = g
        if isinstance(node.operation, OutputSelector):
            if wanted and not works:
                self.found[node] = self._past_siblings(node, g)
        elif node.hooks is not None:
            g = node.hooks.pass_on(g)
            if wanted and not works:
                self.found[node] = g
            if works and (node.hooks.before or node.hooks.outputs):
                g = self._before(node, g)
        if works and stored(node) is not RELEASED and node.order < versions.latest():
            versions.check(node)
        return g

    def works(self, node: Node) -> bool:
        """Whether a node below the roots does its work in this pass."""
        return self.active is None or node in self.active

    def _before(self, node: Node, g: Cotangent) -> Any:
        """A node's cotangent behind the hooks of its outputs, if it has several, and those that come before its work."""
        assert node.hooks is not None
        arrived = by_output(node, g)
        for number, own in node.hooks.outputs.items():
            arrived[number] = own.pass_on(arrived[number])
        arrived = node.hooks.call_before(arrived, self.traced)
        if not hasattr(node, "count"):
            return arrived[0]
        given = {number: each for number, each in enumerate(arrived) if each is not None}
        return OutputCotangents(node.shape, node.dtype, given) if given else None

    def _past_siblings(self, outlet: Node, g: Cotangent) -> Any:
        """The cotangent of an output at which the pass ends, behind its hooks; those of the other outputs see None."""
        below, number = outlet.edges[0], outlet.saved[0][0]
        ends = {each.saved[0][0] for each in self.targets if isinstance(each, Node) and each.edges[:1] == (below,)}
        for other, own in below.hooks.outputs.items() if below.hooks is not None else ():
            if other == number:
                g = own.pass_on(g)
            elif other not in ends:
                own.pass_on(None)
        return g

    def rest(self, node: Node) -> list[Node]:
        """That node, and those that come after it."""
        return self.nodes[self.nodes.index(node) :]

    def schedule(self, nodes: list[Node]) -> dict[Node, list[Tensor]]:
        """By node that is still to come, the leaves whose cotangents are complete after it; the others' arrive at once."""
        last: dict[Any, Node] = {}
        for node in nodes:
            if self.works(node):
                last.update([(edge, node) for edge in node.edges if edge is not None and not isinstance(edge, Node)])
        due: dict[Node, list[Tensor]] = {}
        for leaf in self.leaves:
            if leaf in last:
                due.setdefault(last[leaf], []).append(leaf)
        self.arrive([leaf for leaf in self.leaves if leaf not in last])
        return due

    def arrive(self, leaves: Iterable[Tensor]) -> None:
        """Send complete cotangents through the hooks of their leaves, and hand them over."""
        for leaf in leaves:
            g = self.cotangents[leaf]
            self.cotangents[leaf] = None
            self.node = leaf
            own_hooks = hooks.hooks_of(leaf)
            if leaf not in self.targets or (g is None and own_hooks is None):
                continue
            if own_hooks is not None:
                g = own_hooks.pass_on(g)
            if self.deliver is None:
                if g is not None:
                    self.found[leaf] = g
            elif own_hooks is None:
                self.deliver(leaf, g)
            else:
                self._accumulate(leaf, g, own_hooks, self.deliver)

    def _accumulate(self, leaf: Tensor, g: Cotangent, own_hooks: hooks.Hooks, deliver: Callable[[Tensor, Any], None]) -> None:
        """The work of a leaf's AccumulateGrad, among its hooks."""
        (g,) = own_hooks.call_before([g], self.traced)
        deliver(leaf, g)
        if leaf._requires_grad:
            own_hooks.call_accumulated(leaf)
        own_hooks.call_behind([], [g], self.traced)


def reachable(roots: Iterable[Any]) -> tuple[list[Node], list[Tensor]]:
    """All nodes below the roots, newest first, and all leaves."""
    _, nodes, leaves = _explored(roots)
    return nodes, leaves


def _explored(roots: Iterable[Any]) -> tuple[dict[Any, Any], list[Node], list[Tensor]]:
    """The same behind a dictionary that has every edge below the roots for a key."""
    seen: dict[Any, Any] = dict.fromkeys(roots)
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
                seen[each] = None
                stack.append(each)
    nodes.sort(key=_in_order, reverse=True)
    return seen, nodes, leaves


def _leading_to(nodes: list[Node], targets: set[Any]) -> set[Any]:
    """The nodes from which some target can be reached."""
    active: set[Any] = set()
    for node in reversed(nodes):  # operands come before what is made of them
        if any([edge in targets or edge in active for edge in node.edges if edge is not None]):
            active.add(node)
    return active


def _add(cotangents: dict[Any, Any], edge: Edge, cotangent: Cotangent, own: set[Any]) -> None:
    """Add to the cotangent that an edge has: in place where nobody else holds it, as PyTorch does by the same count."""
    if is_unstrided(cotangents[edge]):  # PyTorch adds a sparse one to a dense one, and not the other way round
        cotangents[edge] = cotangent + cotangents[edge]
        return
    if type(cotangent) is np.ndarray and is_half(cotangent.dtype):
        cotangents[edge] = in_dtype(cotangents[edge] + cotangent, cotangent.dtype)
        return
    if isinstance(cotangent, Symbolic) or _is_shared(cotangents, edge):
        cotangents[edge] = cotangents[edge] + cotangent
    else:
        cotangents[edge] += cotangent
    total = cotangents[edge]
    # While a plan is traced, an array is a constant, and what comes next may stand for one that is not.
    if not isinstance(total, Tensor) and total.ndim and (isinstance(total, Symbolic) or not symbolic.is_tracing()):
        own.add(edge)


def _is_shared(cotangents: dict[Any, Any], edge: Edge) -> bool:
    """Whether an edge's cotangent may be the memory of something else, too, such as of another edge's."""
    own_memory = type(cotangents[edge]) is np.ndarray and cotangents[edge].base is None
    return not own_memory or getrefcount(cotangents[edge]) > _ALONE
