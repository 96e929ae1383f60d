"""The function `grad(outputs, inputs)` of expressions, whose results can be differentiated again."""

from __future__ import annotations

from typing import Any

from gradcli.engine import plain
from gradcli.errors import Problem
from gradcli.graph.tape import grad_mode
from gradcli.graph.tensor import Tensor
from gradcli.ops.core import binding

_WORDS = ("outputs", "inputs", "grad_outputs", "retain_graph", "create_graph", "allow_unused", "materialize_grads")


def call(arguments: list[Any], keywords: dict[str, Any], always_tuple: bool) -> Any:
    """`grad(...)` as it is written: a tensor for one input, a tuple for several (or always).  Raises Problem."""
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
            return plain.grad(
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
