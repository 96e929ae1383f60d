"""A request computed forward: the tensors of its graph, still alive, with the names that the user has for them.

Every way to differentiate begins here: `evaluate` runs backward passes over it, and Jacobians, checks, explanations and
pictures ask other questions of the same graph.
"""

from __future__ import annotations

from typing import Any

from gradcli.errors import Problem, Record, unknown_name
from gradcli.graph.context import grad_mode, observed, own_settings
from gradcli.graph.tensor import Tensor
from gradcli.ops.core import binding, dtypes
from gradcli.ops.creation import factories
from gradcli.run.bindings import bind
from gradcli.run.flatten import derivatives_in
from gradcli.run.machine import Machine
from gradcli.run.mended_calls import stacked
from gradcli.run.recorder import Recorder
from gradcli.run.request import Request
from gradcli.run.source_places import parsed, placed
from gradcli.text.nodes import Program


class Forward(Record):
    """What a request's expression gave.

    program    its syntax tree
    variables  the bindings by name, as they were before the expression ran
    names      all names as they stand at its end
    leaves     by name, the tensors to differentiate by: the bindings that are not constants, and leaves that the
               expression itself makes
    outputs    one tensor, or several where the expression gives a tuple (`is_tuple`)
    recorder   numbers every tensor that came up, and knows its source text
    """

    __slots__ = ("program", "variables", "names", "leaves", "outputs", "is_tuple", "recorder")
    program: Program
    variables: dict[str, Any]
    names: dict[str, Any]
    leaves: dict[str, Tensor]
    outputs: tuple[Tensor, ...]
    is_tuple: bool
    recorder: Recorder


def forward(request: Request, recorder_type: type[Recorder] = Recorder) -> Forward:
    """Bind the names and compute the expression, watched by a recorder of the given type.

    Raises Problem, with its place in the text that it concerns.
    """
    prepare(request)
    program = parsed(request.expr)
    variables, leaves = bind(request)
    recorder = recorder_type(request.expr, request.values)
    if request.notes:
        recorder.watched, recorder.attends = [], bool(derivatives_in(program))
    for name, value in variables.items():
        recorder.enter(value, name)
    with placed(program, request.expr):
        value, names = _compute(program, variables, recorder, request)
        leaves.update(_made_leaves(names, leaves, recorder))
        is_tuple = isinstance(value, (list, tuple)) and any([isinstance(each, Tensor) for each in value])
        outputs = tuple([_as_output(each, recorder) for each in (value if is_tuple else [value])])
    return Forward(program, variables, names, leaves, outputs, is_tuple, recorder)


def output_names(computed: Forward) -> list[str]:
    """What reports call the outputs: "out", or "out[0]" and so on where the expression gives a tuple."""
    return [f"out[{place}]" for place in range(len(computed.outputs))] if computed.is_tuple else ["out"]


def prepare(request: Request) -> None:
    """Set what holds for a whole evaluation: the default dtype (the parts' where leaves are complex), and a seed if given."""
    settings = own_settings()
    settings.default_dtype, settings.sparse_gradients = dtypes.real_dtype(dtypes.by_name(request.dtype)), False
    if request.seed is not None:
        factories.seed_generator(request.seed)


def check_wrt(wrt: list[str] | None, leaves: dict[str, Tensor], variables: dict[str, Any]) -> None:
    """Raise the Problem of a --wrt that names something other than leaves."""
    if wrt == []:
        raise Problem(
            "argument",
            "`inputs` argument to `backward()` cannot be empty: --wrt names no leaf",
            hint="name leaves, --wrt x,y, or leave it out for all of them",
            source="--wrt",
        )
    for name in wrt or ():
        if name not in leaves:
            raise unknown_name(
                "--wrt", name, no_leaf(name, variables), leaves, "leaves are bound as NAME=VALUE", ",".join(wrt or ())
            )


def no_leaf(name: str, variables: dict[str, Any]) -> str:
    """Why a name is none of a leaf, as the end of a sentence."""
    if name not in variables:
        return "is not bound"
    value = variables[name]
    computed = isinstance(value, Tensor) and value.requires_grad and not value.is_leaf
    return "is computed by the expression, and no leaf" if computed else "is a constant"


def _compute(program: Program, variables: dict[str, Any], recorder: Recorder, request: Request) -> tuple[Any, dict[str, Any]]:
    """The value of the last statement, and all names as they stand at the end."""
    machine = Machine(dict(variables), recorder.given, recorder.named)
    recorder.machine = machine
    # Gradients that the expression itself asks for need the graph, even where none is to be printed.
    records = not request.no_grad or bool(request.also) or bool(derivatives_in(program) - variables.keys())
    with grad_mode(records), observed(recorder.observe):
        return machine.run(program), machine.variables


def _made_leaves(names: dict[str, Any], leaves: dict[str, Tensor], recorder: Recorder) -> dict[str, Tensor]:
    """The leaves that the expression itself makes and names, as in `y = tensor(2., requires_grad=True)`."""
    seen = {id(leaf) for leaf in leaves.values()}
    made: dict[str, Tensor] = {}
    for name, value in names.items():
        if isinstance(value, Tensor) and value.requires_grad and value.is_leaf and id(value) not in seen:
            seen.add(id(value))
            if name not in leaves:
                made[name] = value
    recorder.kept += made.values()
    return made


def _as_output(value: Any, recorder: Recorder) -> Tensor:
    """A value of the expression as a tensor that has been noted; numbers, and lists of them, become tensors."""
    if not isinstance(value, Tensor) and not isinstance(value, (int, float, complex, list, tuple)):
        hint = "materialize_grads=True gives zeros for an input that is not used" if value is None else None
        raise Problem(
            "type",
            f"the expression gives {binding.kind_of(value)}, and a tensor is wanted",
            type="TypeError",
            hint=hint,
        )
    tensor = binding.as_tensor(stacked(value))
    recorder.made(tensor)
    return tensor
