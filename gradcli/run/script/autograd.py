"""`backward` and `grad` as scripts call them: any spelling of outputs, weights and inputs, to the engine and back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from gradcli.engine import plain
from gradcli.errors import Problem
from gradcli.graph import hooks
from gradcli.graph.tensor import Tensor
from gradcli.run.script import anomaly
from gradcli.run.script.calls import function
from gradcli.run.script.context import current
from gradcli.run.script.warnings import warn, warn_once

_CYCLE = (
    "Using backward() with create_graph=True will create a reference cycle between the parameter and its gradient "
    "which can cause a memory leak. autograd.grad makes none; otherwise set the .grad of the parameters to None after use"
)
_HINTS = {
    "not-scalar": "reduce it, as in y.sum().backward(), or give weights of its shape: y.backward(torch.ones_like(y))",
    "no-grad": "it was made of constants, detached values or comparisons, or under no_grad; requires_grad=True marks "
    "what to differentiate for",
    "second-backward": "keep the graph in every pass but the last: backward(retain_graph=True)",
    "unused": "set allow_unused=True if None is fine there, or materialize_grads=True for zeros",
}


def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: Any = None,
    create_graph: Any = False,
    grad_variables: Any = None,
    inputs: Any = None,
) -> None:
    """Accumulate gradients into the leaves below `tensors`, as `torch.autograd.backward` does.  Raises Problem."""
    if grad_variables is not None:
        warn("`grad_variables` is deprecated. Use `grad_tensors` instead.", "FutureWarning")
        grad_tensors = grad_variables
    outputs = _listed(tensors)
    _check_outputs(outputs)
    wanted = None if inputs is None else _listed(inputs)
    if wanted is not None:
        _check_inputs(wanted, "backward")
        for x in wanted:
            if not x.requires_grad:
                hooks.retain_grad(x)  # which refuses
    if create_graph:
        warn_once(_CYCLE)
    weights = _weights(grad_tensors, outputs)
    _look(outputs, weights)
    with _in_script_words(), anomaly.watched(outputs):
        plain.backward(
            outputs,
            weights,
            retain_graph=_flag(retain_graph),
            create_graph=bool(create_graph),
            inputs=wanted,
        )


def _look(outputs: list[Tensor], weights: list[Tensor | None]) -> None:
    """Let whoever searches for numbers that are not finite see a pass that is about to run."""
    context = current()
    for each in outputs:
        context.look_at(each.array)
    if context.tracer is not None:
        context.tracer.sweep(outputs, weights)


def backward_of(
    tensor: Tensor, gradient: Any = None, retain_graph: Any = None, create_graph: Any = False, inputs: Any = None
) -> None:
    """The method `y.backward()`."""
    backward(tensor, gradient, retain_graph, create_graph, None, inputs)


backward_of.__name__, backward_of.__qualname__ = "backward", "Tensor.backward"  # as errors about its arguments call it


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: Any = None,
    create_graph: Any = False,
    only_inputs: Any = True,
    allow_unused: Any = None,
    is_grads_batched: Any = False,
    materialize_grads: Any = False,
) -> tuple[Any, ...]:
    """The gradients of `outputs` with respect to `inputs`, one for each; no `.grad` is touched.  Raises Problem."""
    if materialize_grads and allow_unused is False:
        raise Problem(
            "argument",
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got: allow_unused=False.",
            type="ValueError",
        )
    if not only_inputs:
        warn("only_inputs argument is deprecated and is ignored now (defaults to True).", "FutureWarning")
    ends, starts = _listed(outputs), _listed(inputs)
    _check_outputs(ends)
    _check_inputs(starts, "grad")
    weights = _weights(grad_outputs, ends)
    keywords: dict[str, Any] = {
        "retain_graph": _flag(retain_graph),
        "create_graph": bool(create_graph),
        "allow_unused": bool(allow_unused),
        "materialize_grads": bool(materialize_grads),
    }
    with _in_script_words(), anomaly.watched(ends):
        if is_grads_batched:
            return _batched(ends, starts, weights, keywords)
        return tuple(plain.grad(ends, starts, weights, **keywords))


def _batched(
    ends: list[Tensor], starts: list[Tensor], weights: list[Tensor | None], keywords: dict[str, Any]
) -> tuple[Any, ...]:
    """Gradients for a stack of weights, stacked likewise: one pass for each."""
    for place, (end, weight) in enumerate(zip(ends, weights)):
        if weight is not None and weight.shape[1:] != end.shape:
            raise Problem(
                "shape-mismatch",
                "If `is_grads_batched=True`, we interpret the first dimension of each grad_output as the batch "
                f"dimension. So grad_output[{place}] should have a shape of {['N', *end.shape]}, and it has "
                f"{list(weight.shape)}",
            )
    batch = [weight for weight in weights if weight is not None]
    if len(batch) < len(weights):
        return tuple(plain.grad(ends, starts, weights, **keywords))
    count, kept = len(batch[0]), keywords.pop("retain_graph")
    rows = [
        plain.grad(ends, starts, [weight[place] for weight in batch], retain_graph=place < count - 1 or kept, **keywords)
        for place in range(count)
    ]
    return tuple([None if each[0] is None else function("stack")(list(each)) for each in zip(*rows)])


def _flag(value: Any) -> bool | None:
    return None if value is None else bool(value)


def _listed(value: Any) -> list[Any]:
    """One tensor, or a sequence of them, as a list.  Raises Problem."""
    if type(value) is Tensor:
        return [value]
    try:
        return list(value)
    except TypeError:
        raise Problem(
            "type",
            f"'{type(value).__name__}' object is not iterable",
            type="TypeError",
            hint="give a tensor, or a list of tensors",
        ) from None


def _check_outputs(outputs: Sequence[Any]) -> None:
    for each in outputs:
        if type(each) is not Tensor:
            raise Problem(
                "type",
                "Expected output to be a torch.Tensor",
                type="AssertionError",
                hint=f"it is a {type(each).__name__}",
            )


def _check_inputs(inputs: Sequence[Any], name: str) -> None:
    if not inputs:
        raise Problem("argument", f"`inputs` argument to `{name}()` cannot be empty.")
    for each in inputs:
        if type(each) is not Tensor:
            raise Problem("type", f"all inputs have to be Tensors or GradientEdges, but got {type(each).__name__}")


def _weights(given: Any, outputs: Sequence[Tensor]) -> list[Tensor | None]:
    """One weight for each output.  Raises Problem."""
    weights = [None] * len(outputs) if given is None else _listed(given)
    for each in weights:
        if each is not None and type(each) is not Tensor:
            raise Problem(
                "type",
                f"gradients can be either Tensors or None, but got {type(each).__name__}",
                type="TypeError",
                hint="make it a tensor: torch.tensor(...)",
            )
    if len(weights) != len(outputs):
        raise Problem("argument", f"got {len(outputs)} tensors and {len(weights)} gradients")
    return weights


@contextmanager
def _in_script_words() -> Iterator[None]:
    """Give the engine's problems the hints that help in a script."""
    try:
        yield
    except Problem as problem:
        problem.hint = _HINTS.get(problem.code, problem.hint)
        raise
