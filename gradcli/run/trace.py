"""The trace of an evaluation: every application of an operation, with its operands, its results and the text it stands for.

Explanations, and the search for the place where a number stopped being finite, walk along it: forward in the order in
which it was recorded, backward with `descend`, which runs a backward pass one node at a time and shows all of it.  A
`Trace` observes the tape as a `Recorder` does, and holds on to all tensors; whoever runs expressions or scripts may set
one up (`machine` needs `current`, the syntax node being evaluated, and `variables`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from copy import copy
from typing import Any

import numpy as np

from gradcli.errors import Record
from gradcli.graph.context import changed, settings
from gradcli.graph.multi_output import OutputCotangents
from gradcli.graph.node import Node
from gradcli.graph.operation import Operation, OutputSelector, Rule, rule_parameters
from gradcli.graph.pullback import pull
from gradcli.graph.sweep import reachable
from gradcli.graph.tape import grad_mode
from gradcli.graph.tensor import Tensor
from gradcli.ops.creation import factories
from gradcli.run.forward import Forward, forward
from gradcli.run.recorder import Recorder
from gradcli.run.request import Request
from gradcli.text import nodes as syntax


class Application(Record):
    """One application of an operation.

    number    of its first result
    operands  as they were given: tensors, numbers, None; for an operation on a list of tensors, these tensors
    statics   the values of its static parameters, in their order
    inputs    the number of each operand, None for what is no tensor
    results   all its results
    syntax    the syntax node that was being evaluated, or None
    parts     by the id of a syntax node below `syntax`: the number of the tensor that it stood for
    """

    __slots__ = ("operation", "number", "operands", "statics", "inputs", "results", "syntax", "parts")
    operation: Operation
    number: int
    operands: tuple[Any, ...]
    statics: tuple[Any, ...]
    inputs: tuple[int | None, ...]
    results: tuple[Tensor, ...]
    syntax: syntax.Node | None
    parts: dict[int, int]


class Trace(Recorder):
    """A recorder that keeps everything: applications by the number of each result, and tensors by their own."""

    def __init__(self, text: str, keep_values: bool = True) -> None:
        super().__init__(text, True)
        self.applications: dict[int, Application] = {}
        self.tensors: dict[int, Tensor] = {}
        self.produced: dict[int, int] = {}  # id of a syntax node -> the number of its tensor
        self.numbers: dict[Any, int] = {}  # edge (a node, or a leaf) -> the number of its tensor
        self.written: dict[str, str] = {}  # binding -> the text of its value, where it was given as text

    def enter(self, tensor: Tensor, name: str) -> None:
        """Note a binding."""
        super().enter(tensor, name)
        self._keep(tensor)

    def made(self, tensor: Tensor, is_operand: bool = False) -> None:
        """Note what a syntax node gave."""
        super().made(tensor, is_operand)
        self._keep(tensor)
        if self.machine is not None and self.machine.current is not None and tensor._label is not None:
            self.produced[id(self.machine.current)] = tensor._label

    def observe(self, operation: Operation, operands: tuple[Any, ...], statics: tuple[Any, ...], result: Any) -> None:
        """Note an application, and everything about it."""
        super().observe(operation, operands, statics, result)
        assert self.machine is not None
        results = (result,) if isinstance(result, Tensor) else tuple(result)
        inputs = tuple([each._label if isinstance(each, Tensor) else None for each in operands])
        node = self.machine.current
        parts = {} if node is None else self._parts(node)
        application = Application(operation, results[0]._label, operands, statics, inputs, results, node, parts)
        for each in results:
            self._keep(each)
            self.applications[int(each._label or 0)] = application

    def number_of(self, edge: Any) -> int | None:
        """The number of the tensor at an edge of the graph: of a leaf, or of what a node made."""
        return self.numbers.get(edge)

    def ancestors(self, number: int) -> set[int]:
        """The numbers of all tensors that a tensor was computed from, its own among them."""
        found, waiting = {number}, [number]
        while waiting:
            application = self.applications.get(waiting.pop())
            fresh = {each for each in application.inputs if each is not None} - found if application else set()
            found |= fresh
            waiting += fresh
        return found

    def descendants(self, number: int) -> set[int]:
        """The numbers of all tensors that were computed from one, its own among them."""
        found = {number}
        for each in self.in_order():
            if any([one in found for one in each.inputs]):
                found.update([int(result._label or 0) for result in each.results])
        return found

    def in_order(self) -> Iterator[Application]:
        """The applications, each once, as they came."""
        return (each for number, each in sorted(self.applications.items()) if each.number == number)

    def _keep(self, tensor: Tensor) -> None:
        assert tensor._label is not None
        self.tensors[tensor._label] = tensor
        self.numbers[tensor.edge if tensor.edge is not None else tensor] = tensor._label

    def _parts(self, node: syntax.Node) -> dict[int, int]:
        """The tensors that the pieces of a syntax node stood for, down to the first tensor on every way."""
        found: dict[int, int] = {}
        waiting = list(syntax.children(node))
        while waiting:
            each = waiting.pop()
            number = self._stood_for(each)
            if number is None:
                waiting += syntax.children(each)
            else:
                found[id(each)] = number
        return found

    def _stood_for(self, node: syntax.Node) -> int | None:
        assert self.machine is not None
        if isinstance(node, syntax.Name):
            value = self.machine.variables.get(node.id)
            return value._label if isinstance(value, Tensor) else None
        return self.produced.get(id(node))


def replayed(request: Request, computed: Forward | None = None) -> tuple[Forward, Trace]:
    """A request computed once more with a trace; a pass that went through its graph has left nothing to look at.

    computed  the earlier computation, whose bindings are taken over and whose random numbers are drawn again
    Raises Problem, as the first computation did.
    """
    if computed is None:
        again = forward(request, Trace)
    else:
        constants = {name for name, _, is_constant in request.bindings if is_constant}
        bindings = [(name, value.ndarray, name in constants) for name, value in computed.variables.items()]
        with _same_draws(request):
            again = forward(_rebound(request, bindings), Trace)
    assert isinstance(again.recorder, Trace)
    again.recorder.written = {name: value for name, value, _ in request.bindings if isinstance(value, str)}
    return again, again.recorder


def _rebound(request: Request, bindings: list[Any]) -> Request:
    return Request(request.expr, bindings, dtype=request.dtype, seed=request.seed, no_grad=request.no_grad, values=True)


@contextmanager
def _same_draws(request: Request) -> Iterator[None]:
    """Random numbers start from their seed again, and go on afterwards as if nothing had been drawn."""
    first = factories.generator().initial_seed if request.seed is None else request.seed
    with changed(settings=copy(settings())):
        factories.seed_generator(first)
        yield


# --- backward -------------------------------------------------------------------------------------------------------


class Share(Record):
    """What one operand of a node receives: `raw` as the rule gave it (None if unknown), `value` in the operand's shape.

    place   which operand
    edge    where it goes: a Node or a leaf
    rule    the rule of that operand
    values  {name: value} of what the rule works on, beside the cotangent
    """

    __slots__ = ("place", "edge", "rule", "values", "raw", "value")
    place: int
    edge: Any
    rule: Rule | None
    values: dict[str, Any]
    raw: Any
    value: Any


class Descent(Record):
    """One node of a backward pass: the cotangent `g` that reached it, and what it sends on."""

    __slots__ = ("node", "g", "shares")
    node: Node
    g: Any
    shares: tuple[Share, ...]


def descend(roots: Iterable[tuple[Any, Any]], wanted: Iterable[Any] | None = None) -> Iterator[Descent]:
    """Run a backward pass that leaves the graph as it is, and give each node as it is passed.

    roots   pairs of an edge and its cotangent, an array
    wanted  the edges that matter; None is all of them
    What several outputs of one operation receive is passed on for each by itself.  Raises Problem.
    """
    roots = list(roots)
    nodes, leaves = reachable([edge for edge, _ in roots])
    active = _leading_to(nodes, set(leaves) if wanted is None else set(wanted))
    cotangents: dict[Any, Any] = {}
    for edge, g in roots:
        cotangents[edge] = g if edge not in cotangents else cotangents[edge] + g
    for node in nodes:
        g = cotangents.pop(node, None)
        if g is None or node not in active:
            continue
        with grad_mode(False), np.errstate(all="ignore"):
            shares = tuple([each for each in _shares(node, g) if each.edge in active])
        for each in shares:
            before = cotangents.get(each.edge)
            cotangents[each.edge] = each.value if before is None else before + each.value
        yield Descent(node, g, shares)


def _leading_to(nodes: list[Node], targets: set[Any]) -> set[Any]:
    active = set(targets)
    for node in reversed(nodes):
        if any([edge in active for edge in node.edges if edge is not None]):
            active.add(node)
    return active


def _shares(node: Node, g: Any) -> Iterator[Share]:
    below = node
    if isinstance(node.operation, OutputSelector):
        below = node.edges[0]
        number, dtype, shape = node.saved[0]
        g = OutputCotangents(shape, dtype, {number: g})
    several = below.operation.variadic
    for place, (edge, value) in enumerate(zip(below.edges, pull(below, g))):
        if edge is None:
            continue
        rule = below.operation.vjps[0 if several else place]
        values = {} if several else dict(zip(_names(rule), below.saved[place]))
        raw = value if several or rule is None else np.asarray(rule(g, *below.saved[place]))
        yield Share(place, edge, rule, values, raw, np.asarray(value))


def _names(rule: Any) -> tuple[str, ...]:
    return rule_parameters(rule)[1:]
