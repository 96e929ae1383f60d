"""Derivatives beyond one backward pass: an expression computed once, and the Jacobian, the Hessian or products with them.

    partials(kind, request, mode, sparse)   `gradcli jacobian` and `gradcli hessian`
    directional(kind, request, tangents)    `gradcli jvp` and `gradcli hvp`
    also(request, computed)                 what `eval --also` asks for, of what was computed already

All raise Problem, with its place in the text that it concerns.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from gradcli.engine import jacobian as engine
from gradcli.engine.blocks import DENSE, Block
from gradcli.errors import Problem, did_you_mean, unknown_name
from gradcli.graph.context import isolated
from gradcli.graph.half_precision import in_dtype, name_of
from gradcli.graph.tensor import Tensor
from gradcli.ops.core import dtypes
from gradcli.run.bindings import value_of
from gradcli.run.evaluate import nonfinite_warnings, notes_of, output_of
from gradcli.run.forward import Forward, check_wrt, forward, no_leaf, output_names
from gradcli.run.partials import HESSIAN, HVP, JACOBIAN, JVP, DerivativeResult, Directional, Partial, Partials
from gradcli.run.real_numbers import need_real
from gradcli.run.recorder import dtype_name
from gradcli.run.request import Request
from gradcli.run.result import Output
from gradcli.run.source_places import placed

MATRICES = (JACOBIAN, HESSIAN)


@isolated
def partials(kind: str, request: Request, mode: str = "auto", sparse: bool = False) -> DerivativeResult:
    """All partial derivatives of the output by the leaves; with `sparse` only those that are not zero."""
    computed = forward(request)
    with placed(computed.program, request.expr):
        return _result(request, computed, _partials(kind, request, computed, mode, sparse))


def also(request: Request, computed: Forward) -> tuple[Partials, ...]:
    """The Jacobian and the Hessian, as far as a request asks for them beside its backward passes."""
    _check_kinds(request.also)
    with placed(computed.program, request.expr):
        return tuple([_partials(kind, request, computed, "auto", False) for kind in dict.fromkeys(request.also)])


@isolated
def directional(kind: str, request: Request, tangents: list[tuple[str, Any]]) -> DerivativeResult:
    """The product of the Jacobian (or the Hessian) with a vector, given leaf by leaf; leaves that have none do not move.

    tangents  (name, value) pairs; a value is an expression, `@file`, "ones", or an array
    """
    computed = forward(request)
    with placed(computed.program, request.expr):
        leaves = _leaves(request, computed)
        outputs = _outputs(kind, computed)
        given = _tangents(tangents, leaves, computed, request)
        moving = [(leaves[name], tangent) for name, tangent in given.items()]
        if kind == JVP:
            found = dict(zip(output_names(computed), engine.jvp(outputs, moving)))
        else:
            found = dict(zip(leaves, engine.hvp(outputs[0], [*leaves.values()], moving)))
        if computed.recorder.watched or computed.recorder.lossy:
            _attend(kind, computed, list(leaves.values()), moving)
        return _result(request, computed, Directional(kind, given, found, computed.is_tuple and kind == JVP))


def _result(request: Request, computed: Forward, derivative: Partials | Directional) -> DerivativeResult:
    outputs: tuple[Output, ...] = tuple(map(output_of, computed.outputs))
    return DerivativeResult(
        request.expr,
        outputs,
        computed.is_tuple,
        derivative,
        nonfinite_warnings(request, computed, (), (derivative,)),
        notes_of(computed.recorder),
        dtype_name(dtypes.default_dtype()),
    )


def _attend(kind: str, computed: Forward, inputs: list[Tensor], moving: list[tuple[Tensor, Any]] | None = None) -> None:
    """Note which kinks the numbers owe a convention to."""
    from gradcli.run import jacobian_kinks

    watched = computed.recorder.watched or []
    if computed.recorder.lossy:
        jacobian_kinks.first_order(computed.recorder.lossy, computed.outputs, inputs)
    if kind in (HESSIAN, HVP):
        jacobian_kinks.second_order(watched, computed.outputs[0], inputs, moving)
    elif moving is None:
        jacobian_kinks.first_order(watched, computed.outputs, inputs)
    else:
        jacobian_kinks.along(watched, computed.outputs, moving)


# --- blocks ---------------------------------------------------------------------------------------------------------


def _partials(kind: str, request: Request, computed: Forward, mode: str, sparse: bool) -> Partials:
    leaves = _leaves(request, computed)
    outputs, inputs = _outputs(kind, computed), [*leaves.values()]
    if kind == HESSIAN:
        need_real("a hessian", [(name, leaf.ndarray) for name, leaf in leaves.items()])
    if any([leaf.ndarray.dtype.kind == "c" for leaf in inputs]):
        mode = "reverse"  # a gradient by a complex number is no tangent along it
    if kind == JACOBIAN:
        table = engine.jacobian(outputs, inputs, mode)
        found = [
            _partial(out, (name,), (block.out_shape, block.in_shape), block, sparse)
            for out, row in zip(output_names(computed), table)
            for name, block in zip(leaves, row)
        ]
    else:
        table = engine.hessian(outputs[0], inputs, mode)
        found = [
            _partial("out", (one, other), (block.out_shape, block.in_shape), block, sparse)
            for one, row in zip(leaves, table)
            for other, block in zip(leaves, row)
        ]
    if computed.recorder.watched or computed.recorder.lossy:
        _attend(kind, computed, inputs)
    return Partials(kind, tuple(found), computed.is_tuple and kind == JACOBIAN)


def _partial(out: str, by: tuple[str, ...], shapes: tuple[tuple[int, ...], ...], block: Block, sparse: bool) -> Partial:
    value = None if sparse else _dense(block)
    indices, values = block.nonzeros() if sparse else (None, None)
    return Partial(out, by, shapes, dtype_name(block.dtype), block.structure, value, indices, values)


def _dense(block: Block) -> Any:
    try:
        return block.dense()
    except Problem as problem:
        if problem.code == "limit" and block.structure != DENSE:
            problem.hint = f"it is {block.structure}: --format coo gives what is not zero, or raise the limit with --max-memory"
        raise


# --- what is asked for ----------------------------------------------------------------------------------------------


def _leaves(request: Request, computed: Forward) -> dict[str, Tensor]:
    """The leaves to differentiate by."""
    check_wrt(request.wrt, computed.leaves, computed.names)
    if not computed.leaves:
        raise Problem(
            "no-grad",
            "One of the differentiated Tensors does not require grad: there is no leaf to differentiate by",
            hint="bind a name as NAME=VALUE, not as a constant",
        )
    return {name: leaf for name, leaf in computed.leaves.items() if request.wrt is None or name in request.wrt}


def _outputs(kind: str, computed: Forward) -> tuple[Tensor, ...]:
    """What to differentiate: floating-point tensors, and one of them only where second derivatives are asked for."""
    if kind in (HESSIAN, HVP) and computed.is_tuple:
        raise Problem(
            "not-scalar",
            f"The function given to {kind} should return a single Tensor, and the expression gives a tuple of "
            f"{len(computed.outputs)}",
            hint="pick one, as in (...)[0]",
        )
    for name, out in zip(output_names(computed), computed.outputs):
        if out.ndarray.dtype.kind == "c" and kind != JVP:
            clause = f"grad can be implicitly created only for real scalar outputs but got torch.{name_of(out.ndarray.dtype)}"
            raise Problem("not-scalar", clause, hint="ask for its parts: .real, .imag, .abs()", theirs=clause)
        if out.ndarray.dtype.kind not in "fc":
            raise Problem(
                "dtype",
                "Only Tensors of floating point and complex dtype can be differentiated, "
                f"and {name} is {name_of(out.ndarray.dtype)}",
                hint="pick another, as in (...)[0]" if computed.is_tuple else "a comparison or an index has no derivative",
            )
    return computed.outputs


def _check_kinds(kinds: Iterable[str]) -> None:
    for kind in kinds:
        if kind not in MATRICES:
            raise Problem(
                "argument",
                f"--also knows no '{kind}'",
                type="ValueError",
                hint=did_you_mean(kind, MATRICES) or f"it can be {' or '.join(MATRICES)}",
                source="--also",
                text=",".join(kinds),
            )


# --- tangents -------------------------------------------------------------------------------------------------------


def _tangents(given: list[tuple[str, Any]], leaves: dict[str, Tensor], computed: Forward, request: Request) -> dict[str, Any]:
    """The tangents by leaf, as arrays of their shapes and dtypes; of one leaf with one element it is 1 unless it is given."""
    if not given and [leaf.ndarray.size for leaf in leaves.values()] == [1]:
        return {name: np.ones(leaf.shape, leaf.ndarray.dtype) for name, leaf in leaves.items()}
    if not given:
        raise Problem(
            "argument",
            "The vector v can only be None if the input to the user-provided function is a single Tensor with a single "
            f"element, and here {_described(leaves)}",
            hint=f"give a direction: -t {next(iter(leaves))}=ones",
        )
    found: dict[str, Any] = {}
    for name, value in given:
        _check_name(name, found, leaves, computed)
        found[name] = _tangent(name, value, leaves[name], computed, request)
    return found


def _described(leaves: dict[str, Tensor]) -> str:
    return " and ".join([f"{name} has shape {list(leaf.shape)}" for name, leaf in leaves.items()])


def _check_name(name: str, found: dict[str, Any], leaves: dict[str, Tensor], computed: Forward) -> None:
    if name in found:
        raise Problem(
            "argument",
            f"--tangent is given twice for '{name}'",
            hint="each leaf moves along one",
            source="--tangent",
            text=name,
        )
    if name not in leaves:
        why = "is left out by --wrt" if name in computed.leaves else no_leaf(name, computed.names)
        raise unknown_name("--tangent", name, why, leaves, "leaves are bound as NAME=VALUE")


def _tangent(name: str, value: Any, leaf: Tensor, computed: Forward, request: Request) -> Any:
    if isinstance(value, str) and value.strip() == "ones":
        return np.ones(leaf.shape, leaf.ndarray.dtype)
    source, text = f"--tangent {name}", value if isinstance(value, str) else None
    try:
        tangent = value_of(source, value, computed.variables, request).ndarray
        if tangent.shape != leaf.shape:
            raise Problem(
                "shape-mismatch",
                f"v has invalid size: should be torch.Size({list(leaf.shape)}) but got torch.Size({list(tangent.shape)})",
                hint=f"a tangent has the shape of its leaf; '-t {name}=ones' is short for all ones",
            )
    except Problem as problem:
        raise problem.at(None, source, text) from None
    return in_dtype(tangent, leaf.ndarray.dtype)
