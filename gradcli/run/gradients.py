"""Derivatives within expressions, whose results can be differentiated again.

    grad(out, x)          the gradient, of x's shape; of a tuple of inputs, a tuple
    jacobian(out, x)      of shape out.shape + x.shape
    hessian(out, x)       of an output of one element, of shape x.shape + x.shape
    jvp(out, x, v)        the Jacobian times v, of out's shape
    hvp(out, x, v)        the Hessian times v, of x's shape

So Newton's step is `x - solve(hessian(f, x), grad(f, x))`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.engine import reverse_mode
from gradcli.errors import Problem
from gradcli.graph.operators import OPERATORS
from gradcli.graph.tape import grad_mode
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.catalogue import FUNCTIONS
from gradcli.ops.core import binding

_WORDS = ("outputs", "inputs", "grad_outputs", "retain_graph", "create_graph", "allow_unused", "materialize_grads")


def call(name: str, arguments: list[Any], keywords: dict[str, Any], always_tuple: bool) -> Any:
    """A derivative as it is written: a tensor for one input, a tuple for several (or always).  Raises Problem."""
    if name != "grad":
        return _further(name, arguments, keywords)
    _check(len(arguments), keywords)
    found = _gradients(*arguments, **keywords)
    inputs = arguments[1] if len(arguments) > 1 else keywords["inputs"]
    return found[0] if isinstance(inputs, Tensor) and not always_tuple else tuple(found)


def _check(count: int, keywords: dict[str, Any]) -> None:
    wrong = [word for word in keywords if word not in _WORDS or word in _WORDS[:count]]
    if wrong or count > 3 or not {"outputs", "inputs"} <= {*_WORDS[:count], *keywords}:
        given = f"{count} argument{'s were' if count != 1 else ' was'} given"
        what = f"got an unexpected argument '{wrong[0]}'" if wrong else f"takes outputs and inputs, and {given}"
        raise Problem(
            "argument",
            f"grad(): {what}",
            type="TypeError",
            hint="write grad(y, x), or grad(y, (x, z)) for several; grad_outputs= gives weights",
        )


def _gradients(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: Any = None,
    create_graph: Any = True,
    allow_unused: Any = False,
    materialize_grads: Any = False,
) -> list[Tensor | None]:
    """The graph is always kept, whatever `retain_graph` says: the report's own pass comes after."""
    ends, starts = _tensors(outputs, "outputs"), _tensors(inputs, "inputs")
    if not starts:
        raise Problem("argument", "`inputs` argument to `grad()` cannot be empty.", hint="write grad(y, x)")
    weights = _weights(grad_outputs, outputs, len(ends))
    try:
        with grad_mode(True):
            return reverse_mode.grad(
                ends,
                starts,
                weights,
                retain_graph=True,
                create_graph=bool(create_graph),
                allow_unused=bool(allow_unused),
                materialize_grads=bool(materialize_grads),
            )
    except Problem as problem:
        if problem.code == "not-scalar":
            problem.hint = "give weights as in grad(y, x, ones_like(y)), or reduce it with .sum()"
        raise


def _weights(given: Any, outputs: Any, count: int) -> list[Tensor | None]:
    """One weight for each output (None: a one).  A list of numbers is one weight, and tensors in a list are several."""
    if given is None:
        return [None] * count
    several = isinstance(given, (list, tuple)) and (
        not isinstance(outputs, Tensor) or any([isinstance(each, Tensor) or each is None for each in given])
    )
    weights = list(given) if several else [given]
    if len(weights) != count:
        raise Problem(
            "argument",
            f"got {count} tensors and {len(weights)} gradients",
            hint="grad_outputs= has one weight for each output",
        )
    return [None if each is None else binding.as_tensor(each) for each in weights]


def _tensors(value: Any, what: str) -> list[Tensor]:
    listed = list(value) if isinstance(value, (list, tuple)) else [value]
    for each in listed:
        if not isinstance(each, Tensor):
            raise Problem("type", f"grad(): {what} must be tensors, not {binding.kind_of(each)}", type="TypeError")
    return listed


# --- beyond the gradient --------------------------------------------------------------------------------------------

_FURTHER = {"jacobian": ("outputs", "inputs"), "hessian": ("outputs", "inputs")} | dict.fromkeys(
    ("jvp", "hvp"), ("outputs", "inputs", "v")
)


def _further(name: str, arguments: list[Any], keywords: dict[str, Any]) -> Any:
    """A Jacobian, a Hessian or a product with one: of one input a tensor, of several a tuple (for products, their sum)."""
    words = _FURTHER[name]
    given = dict(zip(words, arguments)) | keywords
    if len(arguments) > len(words) or {*given} != {*words} or len(given) < len(arguments) + len(keywords):
        raise Problem(
            "argument",
            f"{name}() takes {', '.join(words[:-1])} and {words[-1]}",
            type="TypeError",
            hint=f"write {name}(y, x{', v' if len(words) > 2 else ''})",
        )
    out = binding.as_tensor(given["outputs"])
    inputs = _tensors(given["inputs"], "inputs")
    if name in ("hessian", "hvp") and out.ndarray.size != 1:
        raise Problem(
            "not-scalar",
            f"The Tensor returned by the function given to {name} should contain a single element",
            hint="reduce it with .sum(), or write jacobian(y, x)",
        )
    with grad_mode(True):
        if len(words) == 2:
            found = [_matrix(out, x) if name == "jacobian" else _matrix(_zero_or_gradient(out, x), x) for x in inputs]
            return found[0] if isinstance(given["inputs"], Tensor) else tuple(found)
        return _product(name, out, inputs, given)


def _matrix(out: Tensor, x: Tensor) -> Tensor:
    """The Jacobian, row by row."""
    flat = FUNCTIONS["reshape"][0](out, (-1,))
    rows = [_zero_or_gradient(OPERATORS["[]"](flat, place), x) for place in range(out.ndarray.size)]
    shape = (*out.ndarray.shape, *x.ndarray.shape)
    if not rows:
        return from_array(np.zeros(shape, x.ndarray.dtype))
    return FUNCTIONS["reshape"][0](FUNCTIONS["stack"][0](rows), shape)  # type: ignore[no-any-return]


def _zero_or_gradient(out: Tensor, x: Tensor) -> Tensor:
    """The gradient, which can be differentiated again; zeros where nothing leads from x to the output."""
    if not out._requires_grad:
        return from_array(np.zeros_like(x.ndarray))
    (found,) = reverse_mode.grad(
        [out], [x], [None], retain_graph=True, create_graph=True, allow_unused=True, materialize_grads=True
    )
    assert found is not None
    return found


def _product(name: str, out: Tensor, inputs: list[Tensor], given: dict[str, Any]) -> Any:
    one = isinstance(given["inputs"], Tensor)
    vectors = [binding.as_tensor(each) for each in ([given["v"]] if one else given["v"])]
    for x, v in zip(inputs, vectors, strict=True):
        if v.ndarray.shape != x.ndarray.shape:
            raise Problem(
                "shape-mismatch",
                f"v has shape {list(v.ndarray.shape)}, and its input {list(x.ndarray.shape)}",
                hint=f"a direction for {name} has the shape of what moves",
            )
    if name == "hvp":
        total = _summed([(_zero_or_gradient(out, x), v) for x, v in zip(inputs, vectors)])
        found = [_zero_or_gradient(total, x) for x in inputs]
        return found[0] if one else tuple(found)
    # J v is the derivative of u.T J by u, times v (Townsend's trick of two backward passes).
    u = from_array(np.ones_like(out.ndarray)).require_grad()
    pulled = reverse_mode.grad(
        [out], inputs, [u], retain_graph=True, create_graph=True, allow_unused=True, materialize_grads=True
    )
    return _zero_or_gradient(_summed([(each, v) for each, v in zip(pulled, vectors) if each is not None]), u)


def _summed(pairs: list[tuple[Tensor, Tensor]]) -> Tensor:
    """The sum of all products."""
    total = None
    for one, other in pairs:
        each = FUNCTIONS["sum"][0](OPERATORS["*"](one, other))
        total = each if total is None else OPERATORS["+"](total, each)
    assert total is not None
    return total  # type: ignore[no-any-return]
