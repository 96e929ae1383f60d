"""The recorder watches the tape during an evaluation, and notes for every tensor which text it came from."""

from __future__ import annotations

from functools import cache
from typing import Any

from gradcli.errors import Span
from gradcli.graph import symbolic
from gradcli.graph.half_precision import name_of
from gradcli.graph.operation import Operation
from gradcli.graph.tensor import Tensor
from gradcli.run.machine import Machine
from gradcli.run.names import DERIVATIVES
from gradcli.run.result import NodeView
from gradcli.text import nodes as syntax

MOST_SHOWN = 1000  # elements; larger values are not held on to unless they were asked for
LONGEST_SOURCE = 500  # characters of a node's own text: a sum of n terms would have n texts of up to n terms


@cache
def dtype_name(dtype: Any) -> str:
    """The name of a dtype; NumPy makes it anew each time, in microseconds."""
    return name_of(dtype)


def _excerpt(text: str, span: Span) -> str:
    """The text of a span, elided in the middle where it is long."""
    if span.end - span.start <= LONGEST_SOURCE:
        return text[span.start : span.end]
    half = LONGEST_SOURCE // 2 - 3
    return f"{text[span.start : span.start + half]} ... {text[span.end - half : span.end]}"


def _calls_grad(call: syntax.Call) -> bool:
    """Whether it is `grad(...)`, `torch.autograd.grad(...)`, `hessian(...)`: nothing else of such a name can be called."""
    function = call.function
    return (function.id if isinstance(function, syntax.Name) else getattr(function, "name", "")) in DERIVATIVES


def _literal_in(node: syntax.Node, tensor: Tensor) -> syntax.Node | None:
    """The number or list, among the operands of a node, of which a tensor was made; None where it is the node's own."""
    operands = [each.value if isinstance(each, syntax.Keyword) else each for each in syntax.children(node)]
    if tensor.ndarray.ndim:  # one of two lists that has a leaf in it was stacked, which is told as the work of the node
        lists = [each for each in operands if isinstance(each, (syntax.List, syntax.Tuple))]
        return next((each for each in lists if not _has_name(each)), None)
    value = tensor.ndarray.item()
    return next((each for each in operands if _number_of(each) == value), None)


def _has_name(node: syntax.Node) -> bool:
    """Whether a list has something else in it than numbers."""
    return any([isinstance(each, syntax.Name) or _has_name(each) for each in syntax.children(node)])


def _number_of(node: syntax.Node) -> Any:
    """The number that a node spells; None where it spells none."""
    if isinstance(node, syntax.Unary) and node.operator == "-":
        number = _number_of(node.operand)
        return None if number is None else -number
    return node.value if isinstance(node, (syntax.Number, syntax.Constant)) else None


class _Entry:
    """What becomes a NodeView; its name may come later than itself."""

    __slots__ = ("dtype", "grad_fn", "inputs", "name", "requires_grad", "shape", "source", "span", "step", "tensor", "value")

    def __init__(
        self, tensor: Tensor, name: str | None, source: str, span: Span | None, inputs: tuple[int, ...], keep: bool
    ) -> None:
        self.name = name
        self.source = source
        self.span = span
        self.inputs = inputs
        self.shape = tensor.shape
        self.dtype = dtype_name(tensor.ndarray.dtype)
        self.requires_grad = tensor.requires_grad
        self.grad_fn = None if tensor.grad_fn is None else tensor.grad_fn.name()
        self.value = tensor.ndarray if keep or tensor.ndarray.size <= MOST_SHOWN else None
        self.tensor: Tensor | None = None
        self.step = False


class Recorder:
    """Numbers tensors in the order of evaluation (`Tensor.label`) and gives their views."""

    def __init__(self, text: str, keep_values: bool) -> None:
        self.text = text
        self.keep_values = keep_values
        self.entries: list[_Entry] = []
        self.nodes: dict[int, int] = {}  # by the id of a node in the graph, the number of what it made
        self.kept: list[Tensor] = []  # intermediate tensors whose gradients are retained
        self.machine: Machine | None = None
        self.watched: list[Any] | None = None  # results at kinks, where they are to be told
        self.lossy: list[Any] = []  # results that have lost the digits of their derivatives
        self.attends = False  # whether the expression itself asks for gradients, so that they are watched from the start

    def enter(self, tensor: Tensor, name: str) -> None:
        """Note a binding."""
        tensor._label = len(self.entries)
        entry = _Entry(tensor, name, name, None, (), self.keep_values)
        entry.tensor = tensor
        self.entries.append(entry)

    def observe(self, operation: Operation, operands: tuple[Any, ...], statics: tuple[Any, ...], result: Any) -> None:
        """Note the result of an operation (the tape calls this)."""
        inputs = tuple([self.number(each) for each in operands if isinstance(each, Tensor)])
        for tensor in result if not isinstance(result, Tensor) else (result,):
            self._note(tensor, inputs)
        if operation.kinks and self.watched is not None:
            from gradcli.run import kinks  # most expressions have none

            found = kinks.watch(operation, operands, result, self.entries[-1])
            self.watched += found
            if self.attends:
                kinks.observe(found)
        if operation.lossy is not None and not symbolic.is_tracing():
            from gradcli.run import kinks

            self.lossy += kinks.watch_digits(operation, operands, result, self.entries[-1])

    def made(self, tensor: Tensor, is_operand: bool = False) -> None:
        """Note a tensor that no operation made: a literal (as an operand, it has its own text), or one filled with numbers."""
        if tensor._label is None:
            tensor._label = self.nodes.get(id(tensor.node))  # what a rule works on is the tensor that its node saved
            if tensor._label is None:
                self._note(tensor, (), is_operand)

    def given(self, tensor: Tensor) -> None:
        """Note a tensor as what a part of the expression gives: of those within `grad(...)` that is the result."""
        self.made(tensor)
        self.entries[self.number(tensor)].step = False

    def named(self, tensor: Tensor, name: str) -> None:
        """Note that the user calls a tensor by this name."""
        entry = self.entries[self.number(tensor)]
        if entry.name is None:
            entry.name = name

    def views(self) -> tuple[NodeView, ...]:
        """All notes, with the gradients as they stand now."""
        for tensor in self.kept:
            if tensor._label is not None:
                self.entries[tensor._label].tensor = tensor
        return tuple([self._view(place, entry) for place, entry in enumerate(self.entries)])

    def number(self, tensor: Tensor) -> int:
        """The number of a tensor, which is noted now if it has none."""
        if tensor._label is None:
            self.made(tensor, is_operand=True)
        assert tensor._label is not None
        return tensor._label

    def _note(self, tensor: Tensor, inputs: tuple[int, ...], is_operand: bool = False) -> None:
        assert self.machine is not None
        node = self.machine.current
        if is_operand and node is not None:
            node = _literal_in(node, tensor) or node
        span = node.span if node is not None else None
        tensor._label = len(self.entries)
        if tensor.node is not None:
            self.nodes[id(tensor.node)] = tensor._label
        source = _excerpt(self.text, span) if span is not None else ""
        entry = _Entry(tensor, None, source, span, inputs, self.keep_values)
        entry.step = type(node) is syntax.Call and _calls_grad(node)
        self.entries.append(entry)

    def _view(self, place: int, entry: _Entry) -> NodeView:
        gradient = entry.tensor._grad.ndarray if entry.tensor is not None and entry.tensor._grad is not None else None
        return NodeView(
            place,
            entry.name,
            entry.source,
            entry.span,
            entry.grad_fn,
            entry.grad_fn is None,
            entry.requires_grad,
            entry.shape,
            entry.dtype,
            entry.inputs,
            entry.value,
            gradient,
            entry.step,
        )
