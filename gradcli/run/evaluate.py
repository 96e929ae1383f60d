"""One evaluation: bind the names, compute the expression, run the backward passes, and gather the Result."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

import gradcli.ops.families  # noqa: F401  (enters the operations into the table)
from gradcli.engine import plain
from gradcli.errors import Problem, Record, did_you_mean
from gradcli.graph import memory
from gradcli.graph.tape import grad_mode, observed
from gradcli.graph.tensor import Tensor
from gradcli.ops import binding, creation, dtypes
from gradcli.run.machine import Machine
from gradcli.run.numbers import parse_nested
from gradcli.run.recorder import Recorder
from gradcli.run.request import Request
from gradcli.run.result import Output, Pass, Result
from gradcli.text import parse
from gradcli.text.nodes import Program

np.seterr(all="ignore")  # infinities and nans are answers here, and are reported as such


def evaluate(request: Request) -> Result:
    """Compute a request.  Raises Problem, with its place in the text that it concerns."""
    dtypes.set_default_dtype(dtypes.by_name(request.dtype))
    if request.seed is not None:
        seed(request.seed)
    program = _parsed(request.expr)
    variables, leaves = _bind(request)
    recorder = Recorder(request.expr, request.values)
    for name, value in variables.items():
        recorder.enter(value, name)
    try:
        value = _compute(program, variables, recorder, request)
        outputs = _outputs(value, recorder)
        passes = _passes(request, value, outputs, variables, leaves)
    except Problem as problem:
        raise _placed(problem, program, request.expr) from None
    nodes = recorder.views()
    views = {name: nodes[recorder.number(leaf)] for name, leaf in leaves.items()}
    return Result(request.expr, tuple([_output(each) for each in outputs]), _is_tuple(value, outputs), views, nodes, passes, (),
                  dtypes.default_dtype().name, request.values)


@lru_cache(maxsize=8)
def _parsed(expr: str) -> Program:
    """A batch asks for the same expression again and again."""
    return parse(expr)


def seed(number: int) -> None:
    """Seed `rand` and the like."""
    creation.generator().manual_seed(number)


def _placed(problem: Problem, program: Program, text: str, source: str = "expr") -> Problem:
    """A problem of the expression with its place: what a backward pass meets concerns the output, the last statement."""
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
            tensor = _value(name, value, variables, request)
            if not is_constant:
                tensor = leaves[name] = _as_leaf(tensor)
        except Problem as problem:
            raise problem.at(None, name, value if isinstance(value, str) else None) from None
        variables[name] = tensor
    _check_names(request.wrt, leaves, variables)
    return variables, leaves


def _value(name: str, value: Any, variables: dict[str, Any], request: Request) -> Tensor:
    """A binding's value as a tensor outside the graph."""
    if isinstance(value, np.ndarray):
        return Tensor(_in_default_dtype(value))
    if value.startswith("@"):
        from gradcli.run import files

        array = files.read(value[1:], stdin=request.stdin, limit=memory.limit(), label=name)
        keeps_dtype = value.partition("#")[0].lower().endswith((".npy", ".npz"))
        return Tensor(array if keeps_dtype else _in_default_dtype(array))
    return _constant(value, name, variables)


def _constant(text: str, source: str, variables: dict[str, Any]) -> Tensor:
    """The value of an expression over the names bound so far, outside the graph."""
    program = parse(text, source)
    with grad_mode(False):
        try:
            value = Machine(dict(variables), lambda tensor: None, lambda tensor, name: None).run(program)
            return binding.as_tensor(value).detach()
        except Problem as problem:
            raise _placed(problem, program, text, source) from None


def _in_default_dtype(array: Any) -> Any:
    """Numbers that came as text take the default dtype."""
    return array.astype(dtypes.default_dtype()) if array.dtype.kind == "f" else array


def _as_leaf(tensor: Tensor) -> Tensor:
    """A tensor that requires grad; whole numbers become the default dtype."""
    array = tensor.array if tensor.array.dtype.kind == "f" else tensor.array.astype(dtypes.default_dtype())
    return Tensor(array).require_grad()


def _check_names(wrt: list[str] | None, leaves: dict[str, Tensor], variables: dict[str, Any]) -> None:
    for name in wrt or ():
        if name not in leaves:
            why = "is a constant" if name in variables else "is not bound"
            raise Problem("unknown-name", f"--wrt names '{name}', which {why}", type="NameError",
                          hint=did_you_mean(name, leaves) or "leaves are bound as NAME=VALUE", source="--wrt", text=",".join(wrt or ()))


# --- forward --------------------------------------------------------------------------------------------------------


def _compute(program: Program, variables: dict[str, Any], recorder: Recorder, request: Request) -> Any:
    machine = Machine(dict(variables), recorder.made, recorder.named)
    recorder.machine = machine
    with grad_mode(not request.no_grad), observed(recorder.observe):
        value = machine.run(program)
    for name in request.retain_grad:
        tensor = machine.variables.get(name)
        if type(tensor) is not Tensor:
            raise Problem("unknown-name", f"--retain-grad names '{name}', which is no value of the expression", type="NameError",
                          hint=did_you_mean(name, machine.variables) or "name a value in the expression: y = x + 2; y * y",
                          source="--retain-grad", text=name)
        plain.retain_grad(tensor)
        recorder.kept.append(tensor)
    return value


def _outputs(value: Any, recorder: Recorder) -> list[Tensor]:
    """The result as tensors; numbers, and lists of them, become tensors."""
    several = isinstance(value, (list, tuple)) and any([type(each) is Tensor for each in value])
    outputs = [_as_output(each) for each in (value if several else [value])]
    for each in outputs:
        if each.label is None:
            recorder.made(each)
    return outputs


def _as_output(value: Any) -> Tensor:
    if type(value) is Tensor or isinstance(value, (int, float, list, tuple)):
        return binding.as_tensor(value)
    raise Problem("type", f"the expression gives {binding.kind_of(value)}, and a tensor is wanted", type="TypeError")


def _is_tuple(value: Any, outputs: list[Tensor]) -> bool:
    """Whether the expression gives several tensors, rather than numbers that make one."""
    return isinstance(value, (list, tuple)) and (len(outputs) != 1 or type(value[0]) is Tensor)


def _output(tensor: Tensor) -> Output:
    return Output(tensor.array, tensor.shape, tensor.dtype.name, tensor.requires_grad, None if tensor.node is None else tensor.node.name())


# --- backward -------------------------------------------------------------------------------------------------------


def _passes(request: Request, value: Any, outputs: list[Tensor], variables: dict[str, Any], leaves: dict[str, Tensor]) -> tuple[Pass, ...]:
    """Run the backward passes; the gradients of each are recorded as they stood after it."""
    if request.no_grad or (not leaves and not request.weights):
        return ()
    if _is_tuple(value, outputs):
        raise Problem("not-scalar", f"grad can be implicitly created only for scalar outputs, and the expression gives a tuple of {len(outputs)}",
                      hint="pick one, as in (...)[0], or leave out the backward pass with --no-grad")
    out, = outputs
    every: list[Tensor | None] = [_weight(each, out, variables) for each in _unpacked(request.weights, out)]
    inputs = None if request.wrt is None else [leaves[name] for name in request.wrt]
    passes: list[Pass] = []
    rounds = (every or [None]) * request.passes
    for place, weight in enumerate(rounds):
        if place and request.zero_grad:
            _zero(leaves)
        plain.backward([out], [weight], retain_graph=request.retain_graph, inputs=inputs)
        later = place + 1 < len(rounds)  # gradients are added to in place
        passes.append(Pass(None if weight is None else weight.array, request.retain_graph,
                           {name: _gradient(leaf, later) for name, leaf in leaves.items()}))
    return tuple(passes)


class Packed(Record):
    """Weights as a batch record has them: of one pass, or a list of those of several; the output's shape tells."""

    __slots__ = ("value",)
    value: Any


def _unpacked(weights: Any, out: Tensor) -> list[Any]:
    if not isinstance(weights, Packed):
        return list(weights)
    value = weights.value
    if isinstance(value, str):
        return [value]
    if isinstance(value, list) and any([isinstance(each, (str, dict)) for each in value]):
        return [each if isinstance(each, str) else parse_nested(each, "weights") for each in value]
    array = parse_nested(value, "weights")
    several = array.ndim == out.ndim + 1 and array.shape[1:] == out.shape
    return list(array) if several and array.shape != out.shape else [array]


def _weight(weight: Any, out: Tensor, variables: dict[str, Any]) -> Tensor:
    if isinstance(weight, np.ndarray):
        return Tensor(weight)
    if weight.strip() == "ones":
        return Tensor(np.ones(out.shape, out.dtype))
    try:
        return _constant(weight, "--weights", variables)
    except Problem as problem:
        raise problem.at(None, "--weights", weight) from None


def _zero(leaves: dict[str, Tensor]) -> None:
    for leaf in leaves.values():
        if leaf.grad is not None:
            leaf.grad = Tensor(np.zeros_like(leaf.grad.array))


def _gradient(leaf: Tensor, copy: bool) -> Any:
    if leaf.grad is None:
        return None
    return leaf.grad.array.copy() if copy else leaf.grad.array
