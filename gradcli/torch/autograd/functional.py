"""`torch.autograd.functional`: derivatives of a function rather than of a tensor.

Each function takes `func`, its inputs (a tensor or a tuple of them) and perhaps vectors `v` of a like structure, and
gives tensors, or tuples where it was given tuples.  A jacobian has the shape `out.shape + in.shape`; a product with it,
that of the inputs or the outputs.  With `create_graph` the result can be differentiated again; with `strict` an output
that does not depend on an input is an error, where its derivative is zero otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradcli.engine import jacobian as engine
from gradcli.engine.tensors import requires_grad_
from gradcli.errors import Problem
from gradcli.graph.tape import grad_enabled, grad_mode
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.core.dtypes import as_dtype
from gradcli.ops.movement import shapes
from gradcli.ops.movement.joining import stack
from gradcli.torch import autograd
from gradcli.torch._boundary import guarded
from gradcli.torch._transforming import refuse_inside

Tensors = tuple[Tensor, ...]
_OUTPUTS = "outputs of the user-provided function"
_NOT_ALLOWED = "This is not allowed in strict mode"
_TWICE = (
    "You should ensure that your function is twice differentiable and that the jacobian depends on the inputs (this would be "
    "violated by a linear function for example)."
)


# --- products -------------------------------------------------------------------------------------------------------


@guarded
def vjp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The outputs, and the product of `v` (like the outputs) with the jacobian."""
    with grad_mode(True):
        given, single = _tensors(inputs, "inputs", "vjp")
        given = fresh(given, create_graph)
        outputs, one = _called(func, given, "vjp", strict)
        vectors = _vectors(v, outputs, one, "vjp", create_graph, "the user-provided function returns a single Tensor")
    with grad_mode(create_graph or grad_enabled()):
        products = _product(outputs, given, vectors, create_graph, strict, "output")
    return _given_back(outputs, one, create_graph), _given_back(products, single, create_graph)


@guarded
def jvp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The outputs, and the product of the jacobian with `v` (like the inputs).

    The product of a vector with the jacobian is linear in the vector, and its derivative by that is asked for.
    """
    with grad_mode(True):
        given, single = _tensors(inputs, "inputs", "jvp")
        vectors = _vectors(v, given, single, "jvp", create_graph)
        given = fresh(given, create_graph)
        outputs, one = _called(func, given, "jvp", strict)
        probes = tuple([from_array(np.zeros(out.shape, out.ndarray.dtype), True) for out in outputs])
        slopes = gradients(outputs, given, probes, create_graph=True)
        _check_slopes(
            slopes,
            strict,
            "The gradient with respect to input {} is independent of the inputs of the user-provided function. ",
        )
    with grad_mode(create_graph or grad_enabled()):
        products = _product(slopes, probes, vectors, create_graph, strict, "gradient", outputs)
    return _given_back(outputs, one, create_graph), _given_back(products, one, create_graph)


@guarded
def vhp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The output (of one element), and the product of `v` (like the inputs) with the hessian."""
    return _with_hessian("vhp", func, inputs, v, create_graph, strict)


@guarded
def hvp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The output (of one element), and the product of the hessian with `v`: the same, since a hessian is symmetric."""
    return _with_hessian("hvp", func, inputs, v, create_graph, strict)


def _with_hessian(
    name: str, func: Callable[..., Any], inputs: Any, v: Any, create_graph: bool, strict: bool
) -> tuple[Any, Any]:
    with grad_mode(True):
        given, single = _tensors(inputs, "inputs", name)
        vectors = _vectors(v, given, single, name, create_graph)
        given = fresh(given, create_graph)
        output = _scalar(func, given, name, strict)
        slopes = gradients((output,), given, None, create_graph=True)
        _check_slopes(slopes, strict, _LINEAR)
    with grad_mode(create_graph or grad_enabled()):
        products = _product(slopes, given, vectors, create_graph, strict, "jacobian")
    return _given_back((output,), True, create_graph), _given_back(products, single, create_graph)


# --- whole matrices -------------------------------------------------------------------------------------------------


@guarded
def jacobian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """The derivative of every element of the outputs with respect to every element of the inputs, row by row."""
    _check_strategy(strategy, vectorize, create_graph)
    if vectorize and strict:
        raise Problem(
            "argument",
            "torch.autograd.functional.jacobian: `strict=True` and `vectorized=True` are not supported together. Please either "
            "set `strict=False` or `vectorize=False`.",
        )
    with grad_mode(True):
        given, single = _tensors(inputs, "inputs", "jacobian")
        given = fresh(given, create_graph)
        outputs, one = _called(func, given, "jacobian", strict)
        if strategy == "forward-mode":
            found = [
                [from_array(as_dtype(block.dense(), out.ndarray.dtype)) for block in row]
                for out, row in zip(outputs, engine.jacobian(outputs, given, "forward"))
            ]
        else:
            _need_real(outputs if not vectorize else ())
            found = [list(blocks_of(place, out, given, create_graph, strict)) for place, out in enumerate(outputs)]
        blocks = tuple([_given_back(tuple(row), single, create_graph) for row in found])
    return blocks[0] if one else blocks


def _need_real(outputs: Sequence[Tensor]) -> None:
    """Refuse complex outputs, each of whose numbers has two derivatives.  Raises Problem."""
    for out in outputs:
        if out.ndarray.dtype.kind == "c":
            words = f"grad can be implicitly created only for real scalar outputs but got torch.{out.ndarray.dtype.name}"
            raise Problem("not-scalar", words, hint="take the jacobian of its parts: .real, .imag")


def blocks_of(place: int, out: Tensor, given: Tensors, create_graph: bool, strict: bool) -> Tensors:
    """The jacobian of one output, a block for each input."""
    rows: list[list[Tensor]] = [[] for _ in given]
    for position in range(out.ndarray.size):
        weight = np.zeros(out.shape, out.ndarray.dtype)
        weight.reshape(-1)[position] = 1
        slopes = gradients((out,), given, (from_array(weight),), create_graph=create_graph, retain_graph=True)
        for index, (row, slope, x) in enumerate(zip(rows, slopes, given)):
            if slope is None and strict:
                raise _dependence(
                    f"Output {place} of the user-provided function is independent of input {index}. {_NOT_ALLOWED}."
                )
            if slope is not None and strict and create_graph and not slope.requires_grad:
                raise _dependence(
                    f"The jacobian of the user-provided function is independent of input {index}. {_NOT_ALLOWED} "
                    "when create_graph=True."
                )
            row.append(zeros(x) if slope is None else slope)
    return tuple(
        [
            shapes.view(stack(row), (*out.shape, *x.shape))
            if row
            else from_array(np.zeros((*out.shape, *x.shape), x.ndarray.dtype))
            for row, x in zip(rows, given)
        ]
    )


@guarded
def hessian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The second derivatives of a function that gives one element: the jacobian of its jacobian."""
    _, single = _tensors(inputs, "inputs", "hessian")

    def slopes(*given: Tensor) -> Any:
        row = jacobian(lambda *values: shapes.view(_scalar(func, values, "hessian", strict), ()), given, create_graph=True)
        _check_slopes(row, strict, _LINEAR)
        return row

    blocks = jacobian(slopes, inputs if not single else (inputs,), create_graph, strict, vectorize, outer_jacobian_strategy)
    return blocks[0][0] if single else blocks


def _check_strategy(strategy: str, vectorize: bool, create_graph: bool) -> None:
    if strategy not in ("forward-mode", "reverse-mode"):
        raise Problem("argument", 'Expected strategy to be either "forward-mode" or "reverse-mode".', type="AssertionError")
    if strategy == "forward-mode" and (create_graph or not vectorize):
        what = "with `create_graph=True`" if create_graph else "without `vectorize=True`"
        raise Problem(
            "not-supported",
            f'torch.autograd.functional.jacobian: `strategy="forward-mode"` is not supported {what}',
            type="NotImplementedError",
            hint='leave strategy away: "reverse-mode" gives the same numbers',
        )


# --- pieces ---------------------------------------------------------------------------------------------------------

_LINEAR = (
    "While computing the hessian, found that the jacobian of the user-provided function with respect to input {} is "
    "independent of the input. "
)


def _tensors(value: Any, what: str, name: str) -> tuple[Tensors, bool]:
    """A tensor or a tuple of them as a tuple, and whether it was one alone.  Raises Problem."""
    refuse_inside("requires_grad_")
    single = isinstance(value, Tensor)
    listed = (value,) if not isinstance(value, tuple) else value
    for place, each in enumerate(listed):
        if not isinstance(each, Tensor):
            found = f"the value at index {place} has" if isinstance(value, tuple) else f"the given {what} has"
            raise Problem(
                "type",
                f"The {what} given to {name} must be either a Tensor or a tuple of Tensors but {found} type {type(each)}.",
                type="TypeError",
            )
    return tuple(listed), single


def fresh(inputs: Tensors, create_graph: bool, need_graph: bool = True) -> Tensors:
    """New tensors for the inputs, so that `func` may use these otherwise; connected to them if that is asked for."""
    return tuple([shapes.view(x, x.shape) if create_graph and x.requires_grad else _leaf(x, need_graph) for x in inputs])


def _leaf(x: Tensor, need_graph: bool) -> Tensor:
    return requires_grad_(x.detach(), need_graph)


def _called(func: Callable[..., Any], given: Tensors, name: str, strict: bool) -> tuple[Tensors, bool]:
    outputs, one = _tensors(func(*given), _OUTPUTS, name)
    for place, out in enumerate(outputs):
        if strict and not out.requires_grad:
            raise _dependence(
                f"Output {place} of the user-provided function does not require gradients. The outputs must be "
                "computed in a differentiable manner from the input when running in strict mode."
            )
    return outputs, one


def _scalar(func: Callable[..., Any], given: Tensors, name: str, strict: bool) -> Tensor:
    """The one output of a function that a hessian is asked of.  Raises Problem."""
    outputs, one = _called(func, given, name, strict)
    if not one:
        raise Problem("argument", f"The function given to {name} should return a single Tensor")
    if outputs[0].ndarray.size != 1:
        raise Problem(
            "not-scalar",
            f"The Tensor returned by the function given to {name} should contain a single element",
            hint="reduce it first, as with .sum()",
        )
    return outputs[0]


def _vectors(
    v: Any,
    like: Tensors,
    one: bool,
    name: str,
    create_graph: bool,
    which: str = "the input to the user-provided function is a single Tensor",
) -> Tensors:
    """The vectors of a product, which have the shapes of `like`; None stands for a one.  Raises Problem."""
    if v is None:
        if len(like) != 1 or like[0].ndarray.size != 1:
            raise Problem("not-scalar", f"The vector v can only be None if {which} with a single element.")
        return (from_array(np.ones_like(like[0].ndarray)),)
    vectors, _ = _tensors(v, "v", name)
    if len(vectors) != len(like):
        raise Problem(
            "argument",
            "The given v should contain a single Tensor."
            if one
            else f"v is a tuple of invalid length: should be {len(like)} but got {len(vectors)}.",
        )
    for place, (vector, x) in enumerate(zip(vectors, like)):
        if vector.shape != x.shape:
            raise Problem(
                "shape-mismatch",
                f"{'' if one else f'Entry {place} in '}v has invalid size: should be torch.Size({list(x.shape)}) but "
                f"got torch.Size({list(vector.shape)}).",
            )
    return fresh(vectors, create_graph, need_graph=False)


def gradients(outputs: Sequence[Any], inputs: Tensors, weights: Sequence[Any] | None, **options: Any) -> tuple[Any, ...]:
    """Gradients, None where there is none; outputs that lead nowhere are passed over."""
    weights = [None] * len(outputs) if weights is None else weights
    live = [(out, weight) for out, weight in zip(outputs, weights) if out is not None and out.requires_grad]
    if not live:
        return (None,) * len(inputs)
    return autograd.grad([out for out, _ in live], inputs, [weight for _, weight in live], allow_unused=True, **options)


def _product(
    outputs: Sequence[Any],
    inputs: Tensors,
    vectors: Tensors,
    create_graph: bool,
    strict: bool,
    stage: str,
    like: Tensors | None = None,
) -> Tensors:
    """Gradients with zeros in place of None; in strict mode that is an error."""
    found = gradients(outputs, inputs, vectors, create_graph=create_graph)
    for place, each in enumerate(found):
        if strict and each is None:
            raise _dependence(
                f"The {stage}{' of the user-provided function' * (stage != 'gradient')} is independent of input "
                f"{place}. {_NOT_ALLOWED}."
            )
        if strict and create_graph and not each.requires_grad:
            raise _dependence(
                f"The {'hessian' if stage == 'jacobian' else 'jacobian'} of the user-provided function is "
                f"independent of input {place}. {_NOT_ALLOWED} when create_graph=True."
            )
    return tuple([zeros(x) if each is None else each for each, x in zip(found, like or inputs)])


def _check_slopes(slopes: Sequence[Any], strict: bool, message: str) -> None:
    """In strict mode, refuse first derivatives that depend on no input."""
    for place, slope in enumerate(slopes):
        if strict and (slope is None or not slope.requires_grad):
            independent = f"The output of the user-provided function is independent of input {place}. "
            told = f"{independent}{_NOT_ALLOWED}." if slope is None else f"{message.format(place)}{_NOT_ALLOWED}. {_TWICE}"
            raise _dependence(told)


def _dependence(message: str) -> Problem:
    return Problem("independent", message, hint="without strict=True its derivative is zero")


def zeros(like: Tensor) -> Tensor:
    """Zeros of the shape and dtype of a tensor."""
    return from_array(np.zeros(like.shape, like.ndarray.dtype))


def _given_back(tensors: Tensors, single: bool, create_graph: bool) -> Any:
    """Results as they were asked for: one or a tuple, with or without their history."""
    results = tensors if create_graph else tuple([x.detach() for x in tensors])
    return results[0] if single else results
