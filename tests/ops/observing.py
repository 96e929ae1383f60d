"""What is observed of a call, in gradcli and in PyTorch alike: value, graph, gradients, second derivatives, errors.

`Library` is the little that the two have in common; `observe` is written once for both.  An observation is plain JSON:

    out     the result; a tensor is [dtype, shape, numbers]
    graph   the backward functions from the result down to the leaves: "AddBackward0(x, MulBackward0(x, None))"
    grads   of every leaf, for a random weight; `passed` where a pass that keeps nothing gives others
    again   whether each gradient, made with create_graph, can be differentiated again
    second  the gradients of the gradients, for random weights
    twice   whether a second pass through the released graph works
    error   [type, message] instead of all that; `grads` and `second` may be an error, too
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import numpy as np

from tests.ops.samples import Array, Case, draw

Observation = dict[str, Any]


class Library(Protocol):
    """A differentiating library, as far as the tests need it."""

    def leaf(self, array: Array, requires_grad: bool) -> Any: ...
    def compute(self, text: str, variables: dict[str, Any], dtype: str) -> Any: ...
    def is_tensor(self, value: Any) -> bool: ...
    def array(self, tensor: Any) -> Array: ...
    def function(self, tensor: Any) -> Any: ...
    def grad(self, outputs: list[Any], inputs: list[Any], weights: list[Any], create_graph: bool) -> list[Any]: ...
    def backward(self, output: Any, weight: Any) -> None: ...
    def grad_of(self, leaf: Any) -> Any: ...
    def problem(self, error: Exception) -> tuple[str, str] | None: ...


class Refused(NamedTuple):
    """An error in place of a result: its type and its message."""

    type: str
    message: str


def observe(library: Library, case: Case) -> Observation:
    """All that can be seen of a case."""
    leaves = leaves_of(library, case)
    value = _attempt(library, lambda: _compute(library, case, leaves))
    if isinstance(value, Refused):
        return {"error": list(value)}
    seen: Observation = {"out": described(library, value)}
    out = differentiable(library, value)
    if out is not None and leaves:
        seen["graph"] = graph(library, out, leaves)
        seen |= _derivatives(library, case, leaves, out)
        seen |= _passes(library, case)
        if seen.get("passed") == seen["grads"]:
            del seen["passed"]
    return seen


def observe_value(library: Library, case: Case) -> Observation:
    """The result of a case, or its error."""
    constants = {name: library.leaf(array, False) for name, array in case.operands.items()}
    value = _attempt(library, lambda: _compute(library, case, constants))
    return {"error": list(value)} if isinstance(value, Refused) else {"out": described(library, value)}


def leaves_of(library: Library, case: Case) -> dict[str, Any]:
    """The operands of a case as tensors; those that can require grad do."""
    return {name: library.leaf(array, array.dtype.kind in "fc") for name, array in case.operands.items()}


def _compute(library: Library, case: Case, leaves: dict[str, Any]) -> Any:
    return library.compute(case.text, leaves, "float32" if case.dtype == "float32" else "float64")


def _attempt(library: Library, action: Callable[[], Any]) -> Any:
    try:
        return action()
    except Exception as error:
        problem = library.problem(error)
        if problem is None:
            raise
        return Refused(*problem)


def described(library: Library, value: Any) -> Any:
    """A result as JSON has it."""
    if library.is_tensor(value):
        return encode(library.array(value))
    if isinstance(value, (tuple, list)):
        return [described(library, each) for each in value]
    if isinstance(value, complex):
        return encode(np.asarray(value))
    return value if isinstance(value, (bool, int, float, str, type(None))) else str(value).removeprefix("torch.")


def encode(array: Array) -> list[Any]:
    """An array as [dtype, shape, numbers], with the digits that its dtype has; a complex number is two numbers."""
    dtype, shape = array.dtype.name, list(array.shape)
    if array.dtype.kind == "c":
        array = np.stack([array.real, array.imag], axis=-1)
    numbers = array.ravel().tolist()
    if array.dtype.kind == "f":
        digits = {2: ".6g", 4: ".9g", 8: ".15g"}[array.itemsize]
        numbers = [float(format(each, digits)) for each in numbers]
    return [dtype, shape, numbers]


def differentiable(library: Library, value: Any) -> Any:
    """The first tensor of a result that requires grad, or None."""
    for each in value if isinstance(value, (tuple, list)) else [value]:
        if library.is_tensor(each) and each.requires_grad:
            return each
    return None


def graph(library: Library, out: Any, leaves: dict[str, Any]) -> str:
    """The names of the backward functions from `out` down to the leaves."""
    names = {id(leaf): name for name, leaf in leaves.items()}

    def written(function: Any) -> str:
        if function is None:
            return "None"
        if hasattr(function, "variable"):
            return names.get(id(function.variable), "leaf")
        name = function.name().removeprefix("torch::autograd::")
        return f"{name}({', '.join(written(each) for each, _ in function.next_functions)})"

    function = library.function(out)
    return names.get(id(out), "leaf") if function is None else written(function)


def weight_of(case: Case, array: Array, of: str = "out") -> Array:
    """The weight of a vector-Jacobian product: random, and the same in both libraries."""
    return draw(array.shape, f"weight of {of} of {case.text}", dtype=array.dtype.name, place=3)


def _derivatives(library: Library, case: Case, leaves: dict[str, Any], out: Any) -> Observation:
    """Gradients that can be differentiated again, and the gradients of those."""
    wanted = {name: leaf for name, leaf in leaves.items() if leaf.requires_grad}
    inputs = list(wanted.values())
    weight = library.leaf(weight_of(case, library.array(out)), False)
    first = _attempt(library, lambda: library.grad([out], inputs, [weight], True))
    if isinstance(first, Refused):
        return {"grads": list(first)}
    seen: Observation = {
        "grads": {name: described(library, each) for name, each in zip(wanted, first, strict=True)},
        "again": [each is not None and each.requires_grad for each in first],
    }
    ends = [each for each in first if each is not None and each.requires_grad]
    if ends:
        weights = [library.leaf(weight_of(case, library.array(each), str(place)), False) for place, each in enumerate(ends)]
        second = _attempt(library, lambda: library.grad(ends, inputs, weights, False))
        seen["second"] = (
            list(second)
            if isinstance(second, Refused)
            else {name: described(library, each) for name, each in zip(wanted, second, strict=True)}
        )
    return seen


def _passes(library: Library, case: Case) -> Observation:
    """The gradients of a backward pass that keeps nothing, and how a second one ends."""
    leaves = leaves_of(library, case)
    out = differentiable(library, _compute(library, case, leaves))
    weight = library.leaf(weight_of(case, library.array(out)), False)
    if isinstance(_attempt(library, lambda: library.backward(out, weight)), Refused):
        return {}
    passed = {name: described(library, library.grad_of(leaf)) for name, leaf in leaves.items() if leaf.requires_grad}
    again = _attempt(library, lambda: library.backward(out, weight))
    return {"passed": passed, "twice": not isinstance(again, Refused)}
