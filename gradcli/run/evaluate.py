"""One evaluation: bind the names, compute the expression, run the backward passes, and gather the Result."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import numpy as np

import gradcli.ops.families  # noqa: F401  (enters the operations into the table)
from gradcli.engine import plain
from gradcli.errors import Problem, did_you_mean
from gradcli.graph import memory
from gradcli.graph.tape import grad_mode, observed
from gradcli.graph.tensor import Tensor
from gradcli.ops import binding, creation, dtypes
from gradcli.run.flatten import LONGEST_KEPT, names_grad
from gradcli.run.machine import Machine
from gradcli.run.passes import run_passes
from gradcli.run.recorder import Recorder, dtype_name
from gradcli.run.request import Request
from gradcli.run.result import Output, Pass, Result
from gradcli.text import parse
from gradcli.text.nodes import Program

np.seterr(all="ignore")  # infinities and nans are answers here, and are reported as such


def evaluate(request: Request) -> Result:
    """Compute a request.  Raises Problem, with its place in the text that it concerns."""
    _prepare(request)
    program = _parsed(request.expr)
    variables, leaves = _bind(request)
    recorder = Recorder(request.expr, request.values)
    for name, value in variables.items():
        recorder.enter(value, name)
    with _placed(program, request.expr):
        value, names = _compute(program, variables, recorder, request)
        leaves.update(_made_leaves(names, leaves, recorder))
        _check_wrt(request.wrt, leaves, names)
        _retain(request.retain_grad, names, recorder)
        is_tuple = isinstance(value, (list, tuple)) and any([type(each) is Tensor for each in value])
        outputs = [_as_output(each, recorder) for each in (value if is_tuple else [value])]
        weights = _weights(request, outputs[0], variables)
        passes = _passes(request, outputs, is_tuple, weights, leaves, recorder)
    nodes = recorder.views()
    views = {name: nodes[recorder.number(leaf)] for name, leaf in leaves.items()}
    return Result(
        request.expr,
        tuple([_output(each) for each in outputs]),
        is_tuple,
        views,
        nodes,
        passes,
        (),
        dtype_name(dtypes.default_dtype()),
        request.values,
    )


def settled(request: Request) -> list[tuple[str, Any, bool]]:
    """The bindings of a request with their values computed, to be used again and again.  Raises Problem."""
    _prepare(request)
    variables, leaves = _bind(request)
    return [(name, value.array, name not in leaves) for name, value in variables.items()]


def check(expr: str) -> None:
    """Raise the Problem of an expression that is not understood, before any value is read."""
    _parsed(expr)


def seed(number: int) -> None:
    """Seed `rand` and the like."""
    creation.generator().manual_seed(number)


def _prepare(request: Request) -> None:
    dtypes.set_default_dtype(dtypes.by_name(request.dtype))
    if request.seed is not None:
        seed(request.seed)


def _parsed(expr: str) -> Program:
    """The syntax tree; a batch asks for the same expression again and again."""
    return _kept(expr) if len(expr) <= LONGEST_KEPT else parse(expr)


@lru_cache(maxsize=8)
def _kept(expr: str) -> Program:
    return parse(expr)


@contextmanager
def _placed(program: Program, text: str, source: str = "expr") -> Iterator[None]:
    """Problems of an expression get their place: what a backward pass meets concerns the output, the last statement."""
    try:
        yield
    except Problem as problem:
        raise _with_place(problem, program, text, source) from None
    except (MemoryError, OverflowError, ValueError) as error:
        from gradcli.run.failures import understood  # only where something failed

        raise _with_place(understood(error), program, text, source) from None


def _with_place(problem: Problem, program: Program, text: str, source: str) -> Problem:
    if problem.source is None:
        problem.span = problem.span or program.statements[-1].span
        problem.source, problem.text = source, text
    return problem


# --- bindings -------------------------------------------------------------------------------------------------------


def _bind(request: Request) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The user's names, and those of them that are leaves."""
    variables: dict[str, Any] = {}
    leaves: dict[str, Tensor] = {}
    for name, value, is_constant in request.bindings:
        try:
            tensor = _value(name, value, variables, request, None if is_constant else dtypes.default_dtype())
            if not is_constant:
                tensor = leaves[name] = _as_leaf(tensor)
        except Problem as problem:
            raise problem.at(None, name, value if isinstance(value, str) else None) from None
        variables[name] = tensor
    return variables, leaves


def _value(source: str, value: Any, variables: dict[str, Any], request: Request, dtype: Any = None) -> Tensor:
    """The tensor outside the graph that a binding (or a weight) stands for; a text is a file or an expression.

    dtype  what plain numbers become; None leaves that to them
    """
    if not isinstance(value, str):
        return Tensor(value)
    if not value.lstrip().startswith("@"):
        return _computed(value, source, variables, dtype)
    from gradcli.run import files

    array = files.read(value.strip()[1:], stdin=request.stdin, limit=memory.limit(), label=source)
    keeps_dtype = value.strip().partition("#")[0].lower().endswith((".npy", ".npz"))
    return Tensor(array if keeps_dtype or array.dtype.kind != "f" else array.astype(dtypes.default_dtype()))


def _computed(text: str, source: str, variables: dict[str, Any], dtype: Any) -> Tensor:
    """The value of an expression over the names bound so far."""
    program = parse(text, source)
    with _placed(program, text, source), grad_mode(False):
        value = Machine(dict(variables), lambda tensor: None, lambda tensor, name: None).run(program)
        if isinstance(value, (int, float, list, tuple)):
            return Tensor(creation.literal(value, dtype))
        return binding.as_tensor(value).detach()


def _as_leaf(tensor: Tensor) -> Tensor:
    """A tensor that requires grad; whole numbers become the default dtype."""
    array = tensor.array if tensor.array.dtype.kind == "f" else tensor.array.astype(dtypes.default_dtype())
    return Tensor(array).require_grad()


# --- forward --------------------------------------------------------------------------------------------------------


def _compute(program: Program, variables: dict[str, Any], recorder: Recorder, request: Request) -> tuple[Any, dict[str, Any]]:
    """The value of the last statement, and all names as they stand at the end."""
    machine = Machine(dict(variables), recorder.made, recorder.named)
    recorder.machine = machine
    # Gradients that the expression itself asks for need the graph, even where none is to be printed.
    records = not request.no_grad or (names_grad(program) and "grad" not in variables)
    with grad_mode(records), observed(recorder.observe):
        return machine.run(program), machine.variables


def _made_leaves(names: dict[str, Any], leaves: dict[str, Tensor], recorder: Recorder) -> dict[str, Tensor]:
    """The leaves that the expression itself makes and names, as in `y = tensor(2., requires_grad=True)`."""
    seen = {id(leaf) for leaf in leaves.values()}
    made: dict[str, Tensor] = {}
    for name, value in names.items():
        if type(value) is Tensor and value.requires_grad and value.is_leaf and id(value) not in seen:
            seen.add(id(value))
            if name not in leaves:
                made[name] = value
    recorder.kept += made.values()
    return made


def _check_wrt(wrt: list[str] | None, leaves: dict[str, Tensor], variables: dict[str, Any]) -> None:
    if wrt == []:
        raise Problem(
            "argument",
            "`inputs` argument to `backward()` cannot be empty: --wrt names no leaf",
            hint="name leaves, --wrt x,y, or leave it out for all of them",
            source="--wrt",
        )
    for name in wrt or ():
        if name not in leaves:
            why = "is a constant" if name in variables else "is not bound"
            raise Problem(
                "unknown-name",
                f"--wrt names '{name}', which {why}",
                type="NameError",
                hint=did_you_mean(name, leaves) or "leaves are bound as NAME=VALUE",
                source="--wrt",
                text=",".join(wrt or ()),
            )


def _retain(wanted: list[str], names: dict[str, Any], recorder: Recorder) -> None:
    for name in wanted:
        try:
            recorder.kept.append(_retained(name, names))
        except Problem as problem:
            raise problem.at(None, "--retain-grad", name) from None


def _retained(name: str, variables: dict[str, Any]) -> Tensor:
    tensor = variables.get(name)
    if type(tensor) is not Tensor:
        others = [each for each, value in variables.items() if type(value) is Tensor]
        what = f"is {binding.kind_of(tensor)}, not a tensor" if name in variables else "is no value of the expression"
        raise Problem(
            "unknown-name",
            f"--retain-grad names '{name}', which {what}",
            type="NameError",
            hint=did_you_mean(name, others) or "name a value in the expression: y = x + 2; y * y",
        )
    plain.retain_grad(tensor)
    return tensor


def _as_output(value: Any, recorder: Recorder) -> Tensor:
    """A value of the expression as a tensor that has been noted; numbers, and lists of them, become tensors."""
    if type(value) is not Tensor and not isinstance(value, (int, float, list, tuple)):
        hint = "materialize_grads=True gives zeros for an input that is not used" if value is None else None
        raise Problem(
            "type",
            f"the expression gives {binding.kind_of(value)}, and a tensor is wanted",
            type="TypeError",
            hint=hint,
        )
    tensor = binding.as_tensor(value)
    recorder.made(tensor)
    return tensor


def _output(tensor: Tensor) -> Output:
    return Output(
        tensor.array,
        tensor.shape,
        dtype_name(tensor.dtype),
        tensor.requires_grad,
        None if tensor.grad_fn is None else tensor.grad_fn.name(),
    )


# --- backward -------------------------------------------------------------------------------------------------------


def _passes(
    request: Request,
    outputs: list[Tensor],
    is_tuple: bool,
    weights: list[Tensor],
    leaves: dict[str, Tensor],
    recorder: Recorder,
) -> tuple[Pass, ...]:
    """The backward passes, if there is anything to differentiate."""
    if request.no_grad or (not leaves and not weights):
        return ()
    if is_tuple:
        raise Problem(
            "not-scalar",
            f"grad can be implicitly created only for scalar outputs, and the expression gives a tuple of {len(outputs)}",
            hint="pick one, as in (...)[0], or leave out the backward pass with --no-grad",
        )
    return run_passes(request, outputs[0], weights, leaves, recorder.kept)


def _weights(request: Request, out: Tensor, variables: dict[str, Any]) -> list[Tensor]:
    """One tensor for each pass that is given weights."""
    if request.no_grad:
        return []
    try:
        given = request.weights(out.shape) if callable(request.weights) else request.weights
        return [_weight(each, out, variables, request) for each in given]
    except Problem as problem:
        raise problem.at(None, "--weights", None) from None


def _weight(weight: Any, out: Tensor, variables: dict[str, Any], request: Request) -> Tensor:
    if isinstance(weight, str) and weight.strip() == "ones":
        return Tensor(np.ones(out.shape, out.dtype))
    try:
        return _value("--weights", weight, variables, request)
    except Problem as problem:
        raise problem.at(None, "--weights", weight if isinstance(weight, str) else None) from None
