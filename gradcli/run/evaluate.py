"""One evaluation: compute the expression, run the backward passes, and gather the Result."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcli.engine import reverse_mode
from gradcli.errors import Problem, unknown_name
from gradcli.graph import symbolic
from gradcli.graph.context import isolated
from gradcli.graph.half_precision import in_dtype
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.core import binding, dtypes
from gradcli.ops.creation import factories
from gradcli.run.bindings import bind, value_of
from gradcli.run.copied_leaves import severed
from gradcli.run.forward import Forward, check_wrt, forward, prepare
from gradcli.run.passes import run_passes
from gradcli.run.recorder import Recorder, dtype_name
from gradcli.run.request import Request
from gradcli.run.result import Note, Output, Pass, Result, Warning
from gradcli.run.source_places import parsed, placed
from gradcli.run.stable_forms import candidates

if TYPE_CHECKING:
    from gradcli.run.partials import Partials


LARGE = 1 << 18  # elements of an array from which on a plan is worth its making


@isolated
def evaluate(request: Request) -> Result:
    """Compute a request.  Raises Problem, with its place in the text that it concerns."""
    computed = forward(request)
    derivatives = _also(request, computed)  # before the passes, which let go of what the graph saved
    return _result(request, computed, differentiate(request, computed), derivatives)


@isolated
def answer(request: Request) -> Result:
    """The same, by a plan where arrays are large: that spares memory, and uses all processors.  Raises Problem likewise."""
    if request.notes or request.seed is not None or callable(request.weights):
        return evaluate(request)  # what the tape alone can tell
    request = request.but(bindings=computed_bindings(request))
    if max([0, *[value.size for _, value, _ in request.bindings]]) < LARGE:
        return evaluate(request)
    from gradcli.run import plans  # for start-up time: few values are so large

    return plans.computed(request)


def differentiate(request: Request, computed: Forward) -> tuple[Pass, ...]:
    """Run the backward passes that a request asks for over what it computed.  Raises Problem, with its place."""
    with placed(computed.program, request.expr):
        check_wrt(request.wrt, computed.leaves, computed.names)
        _retain(request.retain_grad, computed.names, computed.recorder)
        _attend(computed.recorder)
        return _passes(request, computed)


def _attend(recorder: Recorder) -> None:
    """Have the passes note which kinks they go through; Jacobians came before, which are quicker when nobody looks on."""
    if recorder.watched or recorder.lossy:
        from gradcli.run import kinks

        kinks.observe([*(recorder.watched or ()), *recorder.lossy])


@isolated
def computed_bindings(request: Request) -> list[tuple[str, Any, bool]]:
    """The bindings of a request with their values computed, to be used again and again.  Raises Problem."""
    prepare(request)
    variables, leaves = bind(request)
    return [(name, value.ndarray, name not in leaves) for name, value in variables.items()]


def check(expr: str) -> None:
    """Raise the Problem of an expression that is not understood, before any value is read."""
    parsed(expr)


def seed(number: int) -> None:
    """Seed `rand` and the like."""
    factories.seed_generator(number)


def _result(request: Request, computed: Forward, passes: tuple[Pass, ...], derivatives: tuple[Partials, ...]) -> Result:
    recorder = computed.recorder
    nodes = recorder.views()
    return Result(
        request.expr,
        tuple([output_of(each) for each in computed.outputs]),
        computed.is_tuple,
        {name: nodes[recorder.number(leaf)] for name, leaf in computed.leaves.items()},
        nodes,
        passes,
        advised(request, computed, passes, nonfinite_warnings(request, computed, passes, derivatives))
        + severed(request, computed, passes),
        notes_of(recorder),
        dtype_name(dtypes.default_dtype()),
        request.values,
        derivatives,
    )


def nonfinite_warnings(
    request: Request, computed: Forward, passes: tuple[Pass, ...], derivatives: tuple[Any, ...] = ()
) -> tuple[Warning, ...]:
    """What there is to say about numbers that are not finite, which is looked into only where there are some."""
    if symbolic.is_tracing():
        return ()  # of a plan, whose numbers are not there yet
    gradients = [gradient for each in passes for gradient in each.grads.values() if gradient is not None]
    beyond = [array for each in derivatives for array in each.arrays()]
    if all([finite(array) for array in (*[each.ndarray for each in computed.outputs], *gradients, *beyond)]):
        return ()
    from gradcli.run.nonfinite import warnings as nonfinite

    return nonfinite.warnings(request, computed, passes, derivatives)


def advised(request: Request, computed: Forward, passes: tuple[Pass, ...], said: tuple[Warning, ...]) -> tuple[Warning, ...]:
    """The warnings, and beside them the forms that keep their digits at these values, where the expression does not."""
    if symbolic.is_tracing() or not candidates(request.expr):
        return said
    from gradcli.run import advice  # few expressions have such a form

    return advice.advice(request, computed, passes, said)


def finite(array: Any) -> bool:
    """Whether all numbers are finite: then so is their sum, unless it overflows."""
    return array.dtype.kind != "f" or isfinite(array.sum()) or bool(np.isfinite(array).all())


def notes_of(recorder: Recorder) -> tuple[Note, ...]:
    """What there is to say about kinks, if it was asked for, and about digits that were lost."""
    if not recorder.watched and not recorder.lossy:
        return ()
    from gradcli.run import kinks

    return kinks.notes([*(recorder.watched or ()), *recorder.lossy])


def _also(request: Request, computed: Forward) -> tuple[Partials, ...]:
    if not request.also:
        return ()
    from gradcli.run import derivatives

    return derivatives.also(request, computed)


def output_of(tensor: Tensor) -> Output:
    """A tensor as reports take it."""
    return Output(
        tensor.ndarray,
        tensor.shape,
        dtype_name(tensor.ndarray.dtype),
        tensor.requires_grad,
        None if tensor.grad_fn is None else tensor.grad_fn.name(),
    )


def _passes(request: Request, computed: Forward) -> tuple[Pass, ...]:
    """The backward passes, if there is anything to differentiate."""
    weights = weights_of(request, computed)
    if request.no_grad or (not computed.leaves and not weights):
        return ()
    if request.also and not weights and (computed.is_tuple or computed.outputs[0].ndarray.size != 1):
        return ()  # what a pass would need weights for, the Jacobian tells in full
    if computed.is_tuple:
        raise Problem(
            "not-scalar",
            "grad can be implicitly created only for scalar outputs, "
            f"and the expression gives a tuple of {len(computed.outputs)}",
            hint=_picking(computed),
        )
    return run_passes(request, computed.outputs[0], weights, computed.leaves, computed.recorder.kept)


def _picking(computed: Forward) -> str:
    """How to get one output of a tuple; `max(x, 0)` most often means the greater of two numbers."""
    from gradcli.text import nodes as syntax

    last = computed.program.statements[-1]
    if isinstance(last, syntax.Call) and isinstance(last.function, syntax.Name) and len(last.arguments) > 1:
        name = {"max": "maximum", "min": "minimum"}.get(last.function.id)
        if name is not None:
            bound = "min" if name == "maximum" else "max"
            relu = ", relu(x)" if name == "maximum" else ""
            return f"the second argument is a dimension; of two values: {name}(x, y){relu}, or clamp(x, {bound}=0)"
    return "pick one, as in (...)[0], or leave out the backward pass with --no-grad"


def _retain(wanted: list[str], names: dict[str, Any], recorder: Recorder) -> None:
    for name in wanted:
        try:
            recorder.kept.append(_retained(name, names))
        except Problem as problem:
            raise problem.at(None, "--retain-grad", name) from None


def _retained(name: str, variables: dict[str, Any]) -> Tensor:
    tensor = variables.get(name)
    if not isinstance(tensor, Tensor):
        others = [each for each, value in variables.items() if isinstance(value, Tensor)]
        what = f"is {binding.kind_of(tensor)}, not a tensor" if name in variables else "is no value of the expression"
        raise unknown_name("--retain-grad", name, what, others, "name a value in the expression: y = x + 2; y * y")
    reverse_mode.retain_grad(tensor)
    return tensor


def weights_of(request: Request, computed: Forward) -> list[Tensor]:
    """One tensor for each pass that is given weights."""
    if request.no_grad:
        return []
    out = computed.outputs[0]
    try:
        given = request.weights(out.shape) if callable(request.weights) else request.weights
        return [_weight(each, out, computed.variables, request) for each in given]
    except Problem as problem:
        raise problem.at(None, "--weights", None) from None


def _weight(weight: Any, out: Tensor, variables: dict[str, Any], request: Request) -> Tensor:
    if isinstance(weight, str) and weight.strip() == "ones":
        return from_array(symbolic.ones(out.ndarray))
    try:
        found = value_of("--weights", weight, variables, request)
        is_real = found.ndarray.dtype.kind != "c" and out.ndarray.dtype.kind == "c"
        return from_array(in_dtype(found.ndarray, out.ndarray.dtype)) if is_real else found  # 1 is 1+0j, on the command line
    except Problem as problem:
        raise problem.at(None, "--weights", weight if isinstance(weight, str) else None) from None
