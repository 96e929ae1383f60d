"""How a root or an optimum moves when what was given changes: the implicit function theorem.

At a root F(x, a) = 0, dx/da = -(dF/dx)**-1 dF/da.  An optimum is a root of the gradient: dx/da = -(d2f/dx2)**-1 d2f/dxda, and
its value changes as f does at a point that stays (the envelope theorem), dv/da = df/da.

    of_root(request, function, root, given)
    of_minimum(request, function, minimum, given)

Both give {name of an unknown: {name of what was given: array of shape unknown + given}}.  Raise Problem where the derivative
does not exist.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from gradcli.errors import Problem, unknown_name
from gradcli.run.request import Request
from gradcli.run.solving.function import Array, VectorFunction, joined

Derivatives = dict[str, dict[str, Array]]


def of_root(request: Request, function: VectorFunction, root: Any, given: list[str]) -> Derivatives:
    """dx/da at a root."""
    joint, vector, moves = _jointly(request, function, root.at, given)
    slopes = joint.at(vector).jacobian
    return _named(function, joint, given, -_solved(slopes[:, ~moves], slopes[:, moves]))


def of_minimum(request: Request, function: VectorFunction, minimum: Any, given: list[str]) -> Derivatives:
    """dx/da at an optimum, and dvalue/da under the name "value".  An unknown that a bound holds does not move."""
    if minimum.active:
        raise Problem(
            "minimize",
            "--wrt gives the sensitivity of an optimum that no constraint holds, and here one does",
            hint="leave out --subject, or use the constraint to eliminate an unknown",
            source="--wrt",
        )
    joint, vector, moves = _jointly(request, function, minimum.at, given)
    point = joint.at(vector)
    hessian = point.hessian
    held = np.array([label in minimum.at_bound for label in function.labels])
    free = np.flatnonzero(~moves)[~held]
    moved = np.zeros((len(function.labels), int(moves.sum())))
    moved[~held] = -_solved(hessian[np.ix_(free, free)], hessian[np.ix_(free, np.flatnonzero(moves))])
    found = _named(function, joint, given, moved)
    return found | {"value": _named_row(joint, given, point.gradient[moves])}


def _jointly(
    request: Request, function: VectorFunction, at: dict[str, Array], given: list[str]
) -> tuple[VectorFunction, Array, Any]:
    """The expression as a function of the unknowns and of what was given, where the unknowns are; which elements were given."""
    names = [name for name, _, _ in request.bindings]
    for name in given:
        if name not in names:
            raise unknown_name("--wrt", name, "is not bound", names, "bind it as a constant: -c NAME=VALUE", ",".join(given))
    bindings = [(name, at.get(name, value), constant and name not in given) for name, value, constant in request.bindings]
    joint = VectorFunction(Request(request.expr, bindings, seed=request.seed, stdin=request.stdin), parts=function.parts)
    moves = np.concatenate([np.full(int(np.prod(shape)), name in given) for name, shape in joint.shapes.items()])
    return joint, joint.start, moves


def _solved(left: Array, right: Array) -> Array:
    try:
        if np.linalg.cond(left) < 1e14:
            solution: Array = np.linalg.lstsq(left, right, rcond=None)[0]
            return solution
    except np.linalg.LinAlgError:
        pass
    raise Problem(
        "solve",
        "the Jacobian is singular there, so that it does not move with what is given in a way that has a derivative",
        hint="a root of several orders splits when the equation changes",
        source="--wrt",
    )


def _named(function: VectorFunction, joint: VectorFunction, given: list[str], matrix: Array) -> Derivatives:
    found: Derivatives = {}
    begin = 0
    for name, shape in function.shapes.items():
        end = begin + int(np.prod(shape))
        blocks = {by: block.reshape(shape + each) for by, each, block in _columns(joint, given, matrix[begin:end])}
        is_complex = name in function.complex_names
        found[name] = {by: joined(block, len(shape) - 1) if is_complex else block for by, block in blocks.items()}
        begin = end
    return found


def _named_row(joint: VectorFunction, given: list[str], row: Array) -> dict[str, Array]:
    return {by: block.reshape(shape) for by, shape, block in _columns(joint, given, row[None])}


def _columns(joint: VectorFunction, given: list[str], rows: Array) -> Iterator[tuple[str, tuple[int, ...], Array]]:
    """(name, shape, columns) of each that was given; the parts of a complex one are two, "a.real" and "a.imag"."""
    begin = 0
    for name in [each for each in joint.shapes if each in given]:
        shape = joint.shapes[name]
        end = begin + int(np.prod(shape))
        if name in joint.complex_names:
            yield f"{name}.real", shape[:-1], rows[:, begin:end:2]
            yield f"{name}.imag", shape[:-1], rows[:, begin + 1 : end : 2]
        else:
            yield name, shape, rows[:, begin:end]
        begin = end
