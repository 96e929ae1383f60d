"""The backward graph of an expression as plain data: functions, the leaves' sinks, what was saved, and the gradients.

`picture` computes a request and runs its passes; `of_tensors` takes a graph that is there already.  Both give a Picture,
which the reports draw.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from gradcli.errors import Problem, Record
from gradcli.graph.context import isolated
from gradcli.graph.node import RELEASED, Node, function_of
from gradcli.graph.operation import NoGradView, Operation, OutputSelector
from gradcli.graph.saved_values import kept, tensors_of, theirs
from gradcli.graph.sweep import reachable
from gradcli.graph.tensor import Tensor
from gradcli.ops.core import dtypes
from gradcli.run.evaluate import differentiate
from gradcli.run.forward import Forward, forward
from gradcli.run.node_gradients import Arrivals
from gradcli.run.recorder import MOST_SHOWN, Recorder, dtype_name
from gradcli.run.request import Request
from gradcli.run.source_places import placed


class Saved(Record):
    """A tensor that a function saved for its rule: PyTorch's `_saved_NAME`.

    `source` is the user's name or text for it, or None; `value` is None where it is large (as for a Vertex).
    """

    __slots__ = ("name", "source", "shape", "dtype", "value")
    name: str
    source: str | None
    shape: tuple[int, ...]
    dtype: str
    value: Any


class Vertex(Record):
    """One function of the backward graph, or the sink of a leaf (`is_leaf`).

    grad_fn       its name, "AccumulateGrad" for a sink
    name, source  the user's name for the tensor that it made, and that tensor's own text; None where unknown
    shape, dtype  of that tensor, and so of the gradient
    value         an ndarray, or None where it is unknown or large and was not asked for
    grad          the gradient that arrived, an ndarray; None where none did
    formula       of a leaf's gradient, in terms of the leaves; None where there is none that is short, or none was asked for
    saved         what it saved; `freed` tells that a pass has freed it since
    """

    __slots__ = ("id", "grad_fn", "name", "source", "is_leaf", "shape", "dtype", "value", "grad", "formula", "saved", "freed")
    id: int
    grad_fn: str
    name: str | None
    source: str | None
    is_leaf: bool
    shape: tuple[int, ...]
    dtype: str
    value: Any
    grad: Any
    formula: str | None
    saved: tuple[Saved, ...]
    freed: bool


class Edge(Record):
    """The way of a gradient from the function `start` to `end` (ids), for one operand.

    operand  which: "self", "other", "mat2", or "[0]" for an entry of a list
    output   the number of the output of `end` that the operand is
    share    what came this way, an ndarray, where it is but a part of what arrived; None elsewhere
    """

    __slots__ = ("start", "end", "operand", "output", "share")
    start: int
    end: int
    operand: str
    output: int
    share: Any


class Picture(Record):
    """A backward graph: the ids of `vertices` are their places, in the order in which gradients reach them; leaves last.

    expr   the text that it is the graph of, or None
    roots  the ids at which the passes begin
    has_gradients  whether any gradient is known: none is before a pass
    """

    __slots__ = ("expr", "roots", "vertices", "edges", "has_gradients", "default_dtype")
    expr: str | None
    roots: tuple[int, ...]
    vertices: tuple[Vertex, ...]
    edges: tuple[Edge, ...]
    has_gradients: bool
    default_dtype: str


class Label(Record):
    """What is known of the tensor behind a node: the user's name and text for it, its value, and its gradient."""

    __slots__ = ("name", "source", "value", "grad")
    name: str | None
    source: str | None
    value: Any
    grad: Any


_UNKNOWN = Label(None, None, None, None)


@isolated
def picture(request: Request, *, differentiated: bool = True, formulas: bool = False) -> Picture:
    """The graph of a request after its backward passes, or before any.  Raises Problem, with its place in the text.

    formulas  whether leaves are to have the formulas of their gradients, too: those of one number, after one pass
    """
    computed = forward(request, _Marker)
    with placed(computed.program, request.expr):
        graph = _Graph(computed.outputs, request.values)
    saved = graph.saved(_texts(computed))
    arrivals = Arrivals(graph.nodes, request.zero_grad)
    if differentiated:
        differentiate(request, computed)
    texts = _formulas(request, computed) if differentiated and formulas else {}
    return graph.picture(request.expr, _labels(computed, graph), saved, arrivals, texts)


def of_tensors(outputs: Sequence[Tensor], names: Mapping[str, Any]) -> Picture:
    """The graph behind tensors as it stands now, with the gradients that leaves (and retained tensors) hold.

    names  the user's variables: those among them that are tensors name their nodes and show their values
    Raises Problem where none of the outputs requires grad.
    """
    graph = _Graph(outputs, False)
    labels: dict[Any, Label] = {edge: Label(None, None, edge.ndarray, edge._grad) for edge in graph.leaves}
    for name, value in [*[("", output) for output in outputs], *names.items()]:
        if isinstance(value, Tensor) and value.edge is not None:
            labels[value.edge] = Label(name or None, None, value.ndarray, value._grad)
    texts = {id(value.ndarray): name for name, value in names.items() if isinstance(value, Tensor)}
    return graph.picture(None, labels, graph.saved(texts), Arrivals(()), {})


class _Graph:
    """The nodes and leaves below some outputs, numbered."""

    def __init__(self, outputs: Iterable[Tensor], keep_values: bool) -> None:
        edges = [output.edge for output in outputs if output.requires_grad]
        roots = [edge if isinstance(edge, Tensor) else function_of(edge)[0] for edge in edges]
        if not any([root is not None for root in roots]):
            raise Problem(
                "no-grad",
                "element 0 of tensors does not require grad and does not have a grad_fn, so that there is no graph to draw",
                hint="bind a leaf as NAME=VALUE, not as a constant, and do not detach it",
            )
        self.keep_values = keep_values
        self.nodes, self.leaves = reachable([edge for edge, root in zip(edges, roots) if root is not None])
        self.leaves.sort(key=lambda leaf: leaf._label or 0)
        self.outlets: dict[Node, list[Node]] = {}
        for node in self.nodes:
            if isinstance(node.operation, OutputSelector):
                self.outlets.setdefault(node.edges[0], []).append(node)
        self.functions = [node for node in self.nodes if not isinstance(node.operation, (OutputSelector, NoGradView))]
        self.numbers: dict[Any, int] = {each: number for number, each in enumerate([*self.functions, *self.leaves])}
        self.roots = tuple(dict.fromkeys([self.numbers[root] for root in roots if root is not None]))

    def saved(self, texts: Mapping[int, str]) -> dict[Node, tuple[Saved, ...]]:
        """By function, what it holds on to now; `texts` has the user's words for arrays, by their ids."""
        return {node: tuple(self._saved(node, texts)) for node in self.functions}

    def picture(
        self,
        expr: str | None,
        labels: Mapping[Any, Label],
        saved: Mapping[Node, tuple[Saved, ...]],
        arrivals: Arrivals,
        formulas: Mapping[str, str],
    ) -> Picture:
        """The whole, with the gradients as they stand now."""
        functions = [self._function(node, labels, saved[node], arrivals) for node in self.functions]
        leaves = [self._sink(leaf, labels.get(leaf, _UNKNOWN), formulas) for leaf in self.leaves]
        known = any([vertex.grad is not None for vertex in (*functions, *leaves)])
        default = dtype_name(dtypes.default_dtype())
        return Picture(expr, self.roots, (*functions, *leaves), tuple(self._edges(arrivals)), known, default)

    def _place(self, edge: Any) -> tuple[int, int] | None:
        """(the number of the function or leaf at the end of an edge, which output of it is meant); None for nowhere."""
        if not isinstance(edge, Node):
            return None if edge is None else (self.numbers[edge], 0)
        function, output = function_of(edge)
        return None if function is None else (self.numbers[function], output)

    def _function(self, node: Node, labels: Mapping[Any, Label], saved: tuple[Saved, ...], arrivals: Arrivals) -> Vertex:
        outlets = self.outlets.get(node, [])
        shown = outlets[-1] if outlets else node
        label = labels.get(shown, _UNKNOWN)
        arrived = [arrivals.at[each] for each in outlets or [node] if each in arrivals.at]
        grad = arrived[0] if len(arrived) == 1 else None if label.grad is None else label.grad.ndarray
        value = None if len(outlets) > 1 else self._kept(label.value)
        facts = (shown.shape, dtype_name(shown.dtype), value, grad)
        return Vertex(
            self.numbers[node], node.title, label.name, label.source, False, *facts, None, saved, node.saved is RELEASED
        )

    def _sink(self, leaf: Tensor, label: Label, formulas: Mapping[str, str]) -> Vertex:
        grad = None if leaf._grad is None else leaf._grad.ndarray
        facts = (leaf.shape, dtype_name(leaf.ndarray.dtype), self._kept(leaf.ndarray), grad)
        formula = formulas.get(label.name or "")
        return Vertex(self.numbers[leaf], "AccumulateGrad", label.name, label.source, True, *facts, formula, (), False)

    def _edges(self, arrivals: Arrivals) -> Iterator[Edge]:
        ways = [(node, place, self._place(edge)) for node in self.functions for place, edge in enumerate(node.edges)]
        arriving = Counter([end[0] for _, _, end in ways if end is not None])
        for node, place, end in ways:
            if end is not None:
                name = f"[{place}]" if node.operation.variadic else node.operation.operands[place]
                share = arrivals.shares.get((node, place)) if arriving[end[0]] > 1 else None
                yield Edge(self.numbers[node], end[0], theirs(node.operation, name), end[1], share)

    def _saved(self, node: Node, texts: Mapping[int, str]) -> Iterator[Saved]:
        for name, slot, value in kept(node):
            if slot < tensors_of(node.operation) and value is not None:
                array = np.asarray(value)
                yield Saved(name, texts.get(id(value)), array.shape, dtype_name(array.dtype), self._kept(array))

    def _kept(self, array: Any) -> Any:
        return array if array is not None and (self.keep_values or array.size <= MOST_SHOWN) else None


class _Marker(Recorder):
    """A recorder that also knows which node of the graph made each tensor."""

    def __init__(self, text: str, keep_values: bool) -> None:
        super().__init__(text, keep_values)
        self.made_by: dict[int, int] = {}  # the order of a Node -> the number of the tensor that it made

    def observe(self, operation: Operation, operands: tuple[Any, ...], statics: tuple[Any, ...], result: Any) -> None:
        """Note the result of an operation, and its node."""
        super().observe(operation, operands, statics, result)
        for tensor in result if not isinstance(result, Tensor) else (result,):
            if isinstance(tensor.node, Node):
                self.made_by[tensor.node.order] = self.number(tensor)


def _labels(computed: Forward, graph: _Graph) -> dict[Any, Label]:
    """What the recorder knows of the tensors behind nodes, and of leaves."""
    recorder = computed.recorder
    assert isinstance(recorder, _Marker)
    numbers: dict[Any, int | None] = {node: recorder.made_by.get(node.order) for node in graph.nodes}
    numbers.update([(leaf, leaf._label) for leaf in graph.leaves])
    entries = {edge: recorder.entries[number] for edge, number in numbers.items() if number is not None}
    return {edge: Label(entry.name, entry.source, entry.value, None) for edge, entry in entries.items()}


def _formulas(request: Request, computed: Forward) -> dict[str, str]:
    """By leaf, its gradient as one formula that gives the numbers which have arrived."""
    if request.weights or request.passes != 1 or computed.is_tuple or computed.outputs[0].ndarray.ndim:
        return {}
    from gradcli.run.explaining.derived import formulas_here  # only pictures tell them

    gradients = {name: leaf._grad.ndarray for name, leaf in computed.leaves.items() if leaf._grad is not None}
    return formulas_here(request, computed.variables, gradients)


def _texts(computed: Forward) -> dict[int, str]:
    """The user's words for arrays that the recorder holds, by their ids; the first words for each."""
    texts: dict[int, str] = {}
    for entry in computed.recorder.entries:
        if entry.value is not None:
            texts.setdefault(id(entry.value), entry.name or entry.source)
    return texts
