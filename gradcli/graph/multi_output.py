"""Operations with several differentiable results: views of one tensor (unbind, split, chunk), decompositions, pairs.

The sweep knows nodes with one cotangent only.  So every result gets a node of its own that selects it, and below these stands
the operation's node, which waits for all of them: what a selector sends down is `OutputCotangents`, one gradient and its
number, and adding `OutputCotangents` up is putting them together.  PyTorch has no such nodes; what shows a graph looks
through them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.graph import subclasses, symbolic, views
from gradcli.graph.complex_rows import over_complex
from gradcli.graph.context import current
from gradcli.graph.half_precision import is_half
from gradcli.graph.half_rows import over_half
from gradcli.graph.node import Node
from gradcli.graph.operation import REQUIRED, Operation, OutputSelector, Parameter
from gradcli.graph.symbolic import Untraceable
from gradcli.graph.tape import record, tell
from gradcli.graph.tensor import Outputs, Tensor, as_array, from_array
from gradcli.graph.types import Array, Cotangent


class OutputCotangents:
    """Gradients of some of the outputs, by number; stands for a cotangent of the operand's shape and dtype."""

    __slots__ = ("dtype", "given", "shape")

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype[Any], given: dict[int, Any]) -> None:
        self.shape = shape
        self.dtype = dtype
        self.given = given

    @property
    def ndim(self) -> int:
        """How many dimensions the operand has; never 0."""
        return len(self.shape)

    @property
    def traced(self) -> bool:
        """Whether the pass is itself differentiated."""
        return any([isinstance(each, Tensor) for each in self.given.values()])

    def __add__(self, other: OutputCotangents) -> OutputCotangents:
        return OutputCotangents(self.shape, self.dtype, {**self.given, **other.given})

    def __iadd__(self, other: OutputCotangents) -> OutputCotangents:
        self.given.update(other.given)
        return self

    def mapped(self, change: Callable[[Any], Any]) -> OutputCotangents:
        """The same with each gradient changed."""
        return OutputCotangents(self.shape, self.dtype, {number: change(each) for number, each in self.given.items()})

    def complete(self, shapes: list[tuple[int, ...]]) -> list[Any]:
        """The gradients of all outputs, which have these shapes: zeros for those that no gradient reached."""
        lift = from_array if self.traced else lambda array: array
        return [
            self.given[number] if number in self.given else lift(np.zeros(shape, self.dtype))
            for number, shape in enumerate(shapes)
        ]


def _sent(g: Cotangent, number: int, dtype: np.dtype[Any], x_shape: tuple[int, ...]) -> OutputCotangents:
    return OutputCotangents(x_shape, dtype, {number: g})


_OUTLET = OutputSelector(
    name="output",
    grad_fn=None,
    namespace="",
    outputs=("out",),
    operands=("x",),
    variadic=False,
    vjps=(_sent,),
    statics=(Parameter("number", "int", REQUIRED, False), Parameter("dtype", "dtype", REQUIRED, False)),
)


def divide(operation: Operation, x: Tensor, statics: tuple[Any, ...]) -> tuple[Tensor, ...]:
    """Apply an operation that gives several parts of `x`, views if it shares, and record it where a gradient is wanted."""
    arrays = _outputs(operation, x, x.ndarray, statics)
    node = record(operation, (x,), [x.ndarray], statics, (x.ndarray,))
    if node is not None:
        node.count = len(arrays)
    results = tuple([_result(array, node, number) for number, array in enumerate(arrays)])
    if operation.shares:
        results = tuple([views.enter(each, x, several=True) for each in results])
    _pass_tangents(operation, x, x.ndarray, statics, results)
    tell(operation, (x,), statics, results)
    return results


def give(operation: Operation, x: Tensor, statics: tuple[Any, ...]) -> Outputs:
    """Apply an operation of one operand with several differentiable results that are no views, and record it."""
    array = x.ndarray if operation.casting is None else operation.casting([x.ndarray], statics)[0]
    if array.dtype.kind == "c":
        operation = over_complex(operation, array.dtype)
    elif is_half(array.dtype):
        operation = over_half(operation, array.dtype)
    arrays = tuple([as_array(each) for each in _outputs(operation, x, array, statics)])
    node = record(operation, (x,), [array], statics, arrays)
    if node is not None:
        node.count = len(arrays)
    results = tuple([_result(each, node if each.dtype.kind in "fc" else None, number) for number, each in enumerate(arrays)])
    _pass_tangents(operation, x, array, statics, results)
    tell(operation, (x,), statics, results)
    return Outputs(results, operation.outputs, operation.name)


def _pass_tangents(
    operation: Operation, x: Tensor, array: Array, statics: tuple[Any, ...], results: tuple[Tensor, ...]
) -> None:
    level = current().level
    if level is not None:
        level.push(operation, (x,), [array], statics, results)


def _outputs(operation: Operation, x: Tensor, array: Array, statics: tuple[Any, ...]) -> Any:
    interceptor = current().interceptor
    if interceptor is not None:
        return interceptor(operation, (x,), statics)
    try:
        return operation.forward(array, *statics)
    except (Untraceable, ValueError) as error:
        return symbolic.step(error, operation, operation.forward, (array, *statics))


def _result(array: Array, node: Node | None, number: int) -> Tensor:
    made = from_array(array) if node is None else from_array(array, True, outlet(array, node, number))
    return subclasses.restored(made) if subclasses.known else made


def outlet(array: Array, node: Node, number: int) -> Node:
    """The node of one of several results of `node`."""
    return Node(_OUTLET, (node,), ((number, node.dtype, node.shape),), array.shape, array.dtype)
