"""The tape: applying an operation computes its value and records how to go back.

`unary`, `binary` and `single` are the hot path of small tensors, where a microsecond counts; `apply` is the general way, and
what they fall back to whenever dtypes or sizes ask for care.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph import memory, subclasses, symbolic
from gradcli.graph.complex_rows import over_complex
from gradcli.graph.context import current, grad_enabled, grad_mode, inference_used, observed, set_grad_enabled, tell
from gradcli.graph.half_precision import is_half
from gradcli.graph.half_rows import over_half
from gradcli.graph.node import Node
from gradcli.graph.operation import Operation
from gradcli.graph.symbolic import Untraceable
from gradcli.graph.tensor import Outputs, Tensor, as_array, from_array, shape_of
from gradcli.graph.types import Operand

__all__ = [
    "apply",
    "binary",
    "broadcast_problem",
    "grad_enabled",
    "grad_mode",
    "inference_saved",
    "observed",
    "record",
    "set_grad_enabled",
    "single",
    "tell",
    "unary",
]

_ndarray = np.ndarray
_DOUBLE, _SINGLE = np.dtype(np.float64), np.dtype(np.float32)  # by identity: to look for them in a set takes 40 ns
_NUMBERS = frozenset({int, float})
_SMALL = 1 << 14  # elements; below it results of two operands are not worth checking against the limits


def apply(operation: Operation, operands: tuple[Any, ...], statics: tuple[Any, ...] = ()) -> Any:
    """Compute `operation` on tensors and numbers, and record it where a gradient is wanted.

    Gives a Tensor, or Outputs for an operation with several.  Raises Problem.
    """
    arrays: list[Any] = [x.ndarray if isinstance(x, Tensor) else x for x in operands]
    if operation.casting is not None:
        arrays = operation.casting(arrays, statics)
    for each in arrays:
        dtype = getattr(each, "dtype", _DOUBLE)
        if dtype is _DOUBLE or dtype is _SINGLE:
            continue
        if dtype.kind == "c":
            operation = over_complex(operation, dtype)
            break
        if is_half(dtype):
            operation = over_half(operation, dtype)
            break
    memory.check(operation, arrays, statics)
    interceptor = current().interceptor
    try:
        if interceptor is not None:
            out = interceptor(operation, operands, statics)
        elif operation.variadic:
            out = operation.forward(arrays, *statics)
        else:
            out = operation.forward(*arrays, *statics)
    except (ValueError, Untraceable) as error:
        if symbolic.cause(error) is None:
            raise broadcast_problem(arrays) or error from None
        args = (arrays, *statics) if operation.variadic else (*arrays, *statics)
        out = symbolic.step(error, operation, operation.forward, args)
    several = type(out) is tuple
    results = tuple([as_array(each) for each in out]) if several else (as_array(out),)
    node = record(operation, operands, arrays, statics, results)
    first = from_array(results[0], node is not None, node)
    result: Any = first if not several else Outputs((first, *map(from_array, results[1:])), operation.outputs, operation.name)
    if interceptor is not None and subclasses.known:
        for each in result if several else (result,):
            subclasses.restored(each)
    level = current().level
    if level is not None:
        level.push(operation, operands, arrays, statics, result if several else (result,))
    tell(operation, operands, statics, result)
    return result


def record(
    operation: Operation, operands: tuple[Any, ...], arrays: list[Any], statics: tuple[Any, ...], results: tuple[Any, ...]
) -> Node | None:
    """The node of an application, or None where nothing is being recorded, or nothing in it wants a gradient."""
    if not grad_enabled() or operation.grad_fn is None or results[0].dtype.kind not in "fc":
        return None
    if inference_used and all([isinstance(x, Tensor) and x._inference for x in operands]):
        return None  # as in PyTorch, where such tensors alone do not come by what records
    edges = tuple([x.edge if isinstance(x, Tensor) else None for x in operands])
    if not any([edge is not None for edge in edges]):
        return None
    if operation.variadic:
        values = (*results, arrays, *statics, [np.shape(x) for x in arrays])
        saved: Any = (operation.pickers[0](values),)
    else:
        values = (*results, *arrays, *statics)
        if operation.shapes:
            values += tuple([shape_of(x) for x in arrays])
        saved = tuple([pick(values) if edge is not None else None for pick, edge in zip(operation.pickers, edges)])
    if operation.casting is not None:
        saved += _originals(operands, arrays, saved)
    if inference_used:
        _refuse_inference(operands, saved)
    node = Node(operation, edges, saved, results[0].shape, results[0].dtype)
    if statics:
        node.statics = statics
    return node


def _any_inference(operands: tuple[Any, ...]) -> bool:
    return any([isinstance(x, Tensor) and x._inference for x in operands])


def _refuse_inference(operands: tuple[Any, ...], saved: tuple[Any, ...]) -> None:
    """Refuse to save what was made in inference mode.  Raises Problem."""
    arrays = [x.ndarray for x in operands if isinstance(x, Tensor) and x._inference]
    kept = [each for values in saved if values is not None for each in values]
    if any([each is array for array in arrays for each in kept]):
        raise inference_saved()


def inference_saved() -> Problem:
    """The error of an inference tensor that a graph would have to save."""
    clause = "Inference tensors cannot be saved for backward."
    return Problem(
        "inference",
        f"{clause} Please do not use Tensors created in inference mode in computation tracked by autograd.",
        hint="x.clone() is a normal tensor; or use torch.no_grad() in place of torch.inference_mode()",
        theirs=f"{clause} Please do not use Tensors created in inference mode in computation tracked by autograd. To work "
        "around this, you can make a clone to get a normal tensor and use it in autograd, or use `torch.no_grad()` instead of "
        "`torch.inference_mode()`.",
    )


def _originals(operands: tuple[Any, ...], arrays: list[Any], saved: tuple[Any, ...]) -> tuple[Any, ...]:
    """What stands behind saved copies in another dtype: a change of the operand itself must not go unnoticed.

    They follow what is saved for the edges, where no rule sees them.
    """
    copies = [(x.ndarray, array) for x, array in zip(operands, arrays) if isinstance(x, Tensor) and x.ndarray is not array]
    if not copies:
        return ()
    return tuple(
        [(own,) for own, array in copies if any([array is each for values in saved if values is not None for each in values])]
    )


def unary(operation: Operation) -> Callable[[Any], Any]:
    """`operation` as a quick function of one tensor or bare array."""
    forward = operation.forward
    (pick,) = operation.pickers
    recorded = operation.grad_fn is not None

    def call(x: Operand) -> Any:
        if not isinstance(x, Tensor):
            return forward(x)
        array = x.ndarray
        dtype = array.dtype
        if dtype is not _DOUBLE and dtype is not _SINGLE:
            return apply(operation, (x,))
        context = current()
        if not context.direct:
            return apply(operation, (x,))
        try:
            out = forward(array)
        except (ValueError, Untraceable):
            return apply(operation, (x,))
        if type(out) is not _ndarray:
            out = as_array(out)
        if recorded and x._requires_grad and context.recording and not x._inference:
            result = from_array(out, True, Node(operation, (x.node or x,), (pick((out, array)),), out.shape, out.dtype))
        else:
            result = from_array(out)
        if context.observer is not None:
            context.observer(operation, (x,), (), result)
        return result

    return call


def single(operation: Operation) -> Callable[..., Any]:
    """`operation` as a quick function of one tensor or bare array, and static parameters."""
    forward, casting, shapes = operation.forward, operation.casting, operation.shapes
    (pick,) = operation.pickers
    recorded = operation.grad_fn is not None
    defaults = tuple([each.default for each in operation.statics])

    def call(x: Operand, *given: Any) -> Any:
        if not isinstance(x, Tensor):
            return forward(x, *given)
        array = x.ndarray
        statics = given + defaults[len(given) :]
        dtype = array.dtype
        if dtype is not _DOUBLE and dtype is not _SINGLE and (dtype.kind == "c" or is_half(dtype)):
            return apply(operation, (x,), statics)
        if casting is not None and casting([array], statics)[0] is not array:
            return apply(operation, (x,), statics)
        context = current()
        if not context.direct:
            return apply(operation, (x,), statics)
        try:
            out = forward(array, *statics)
        except (ValueError, Untraceable):
            return apply(operation, (x,), statics)
        if type(out) is not _ndarray:
            out = as_array(out)
        if recorded and x._requires_grad and context.recording and out.dtype.kind in "fc" and not x._inference:
            values = (out, array, *statics, array.shape) if shapes else (out, array, *statics)
            node = Node(operation, (x.node or x,), (pick(values),), out.shape, out.dtype)
            if statics:
                node.statics = statics
            result = from_array(out, True, node)
        else:
            result = from_array(out)
        if context.observer is not None:
            context.observer(operation, (x,), statics, result)
        return result

    return call


def binary(operation: Operation) -> Callable[[Any, Any], Any]:
    """`operation` as a quick function of two tensors, numbers or bare arrays."""
    forward, elements, shapes = operation.forward, operation.elements, operation.shapes
    pick_x, pick_y = operation.pickers
    recorded = operation.grad_fn is not None

    def call(x: Operand, y: Operand) -> Any:
        if isinstance(x, Tensor):
            a = x.ndarray
            dtype = a.dtype
            if dtype is not _DOUBLE and dtype is not _SINGLE:
                return apply(operation, (x, y))
            edge_x = x.node or (x if x._requires_grad else None)
            if isinstance(y, Tensor):
                b = y.ndarray
                if b.dtype is not dtype or (a.size > _SMALL and a.shape != b.shape) or b.size > _SMALL:
                    return apply(operation, (x, y))
                edge_y = y.node or (y if y._requires_grad else None)
            elif type(y) in _NUMBERS:
                b = y
                edge_y = None
            else:
                return apply(operation, (x, y))
        elif isinstance(y, Tensor):
            if operation.commutative:
                return call(y, x)
            b = y.ndarray
            dtype = b.dtype
            if (dtype is not _DOUBLE and dtype is not _SINGLE) or type(x) not in _NUMBERS:
                return apply(operation, (x, y))
            a = x
            edge_x = None
            edge_y = y.node or (y if y._requires_grad else None)
        else:
            return forward(x, y)
        context = current()
        if not context.direct:
            return apply(operation, (x, y))
        try:
            if elements is not None and elements(a, b) > _SMALL:
                return apply(operation, (x, y))
            out = forward(a, b)
        except (ValueError, Untraceable):
            return apply(operation, (x, y))
        except (TypeError, AttributeError):  # not of a bare number, or not of one so great
            if type(x) is type(y):
                raise
            return apply(operation, (x, y))
        if type(out) is not _ndarray:
            out = as_array(out)
        if recorded and context.recording and (edge_x is not None or edge_y is not None):
            if inference_used and _any_inference((x, y)):
                return apply(operation, (x, y))
            values = (out, a, b, shape_of(a), shape_of(b)) if shapes else (out, a, b)
            saved = (None if edge_x is None else pick_x(values), None if edge_y is None else pick_y(values))
            result = from_array(out, True, Node(operation, (edge_x, edge_y), saved, out.shape, out.dtype))
        else:
            result = from_array(out)
        if context.observer is not None:
            context.observer(operation, (x, y), (), result)
        return result

    return call


def broadcast_problem(arrays: list[Any]) -> Problem | None:
    """PyTorch's words for the first two operands that cannot be broadcast together, or None if all can."""
    first, *others = [np.shape(x) for x in arrays if x is not None] or [()]
    for second in others:
        clash = _clash(first, second)
        if clash is not None:
            m, n, dim = clash
            return Problem(
                "shape-mismatch",
                f"The size of tensor a ({m}) must match the size of tensor b ({n}) at non-singleton dimension {dim}",
                hint=f"the shapes are {list(first)} and {list(second)}; "
                "dimensions are matched from the right, and each pair must be equal or have a 1",
            )
        first = np.broadcast_shapes(first, second)
    return None


def _clash(one: tuple[int, ...], two: tuple[int, ...]) -> tuple[int, int, int] | None:
    """The rightmost dimension (counted in the longer shape) in which two shapes disagree, with both lengths."""
    for back in range(1, min(len(one), len(two)) + 1):
        m, n = one[-back], two[-back]
        if m != n and 1 not in (m, n):
            return m, n, max(len(one), len(two)) - back
    return None
