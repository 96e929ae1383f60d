"""Requests as plans: an expression, the types of its bindings and what is asked of it, traced once.

    planned = of(request)              the plan of a request whose bindings are arrays; made once, then remembered
    planned(arrays)                    the Result for other arrays of the same types
    planned.values(arrays)             only the arrays of the Result, in the order of `planned.places`
    planned.stacked(arrays)            the same for many records, which lie along the first dimension of each array
    planned.plan.only(numbers)         the plan of some of the places
    computed(request)                  what `evaluate` gives, by a plan where there is one
    described(request)                 the program as text, or why there is none

`planned.template` is a Result with a Place where each array goes: what does not depend on values (names, sources, grad_fn,
shapes) is in it once.  `planned.filled(values)` puts arrays into the places.  A Result of a plan has no warnings and no notes:
whoever finds a number that is not finite in it asks the tape, which explains it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from gradcli.engine.plan import Plan, PlanRefused, trace
from gradcli.errors import Record
from gradcli.run.evaluate import computed_bindings, evaluate, finite
from gradcli.run.request import Request
from gradcli.run.result import Result

_KEPT = 256  # plans


class Place(Record):
    """Where an array goes in a template: the number of a value of the plan."""

    __slots__ = ("number",)
    number: int


class Planned:
    """The plan of a request; see above."""

    __slots__ = ("places", "plan", "template")

    def __init__(self, plan: Plan, template: Result, places: int) -> None:
        self.plan = plan
        self.template = template
        self.places = places

    def __call__(self, arrays: Sequence[Any]) -> Result:
        """The Result for arrays of the traced types.  Raises what the tape raises, without a place, and Mismatch."""
        return self.filled(self.values(arrays))

    def values(self, arrays: Sequence[Any]) -> tuple[Any, ...]:
        """The values of all places."""
        return self.plan(*arrays)

    def stacked(self, arrays: Sequence[Any], along: Sequence[bool] | None = None) -> list[Any]:
        """The values of all places for many records, a row for each."""
        return self.plan.stacked(arrays, along)

    def filled(self, values: Sequence[Any]) -> Result:
        """The template with values in its places."""
        return changed(self.template, lambda each: values[each.number] if type(each) is Place else each)  # type: ignore[no-any-return]


def computed(request: Request) -> Result:
    """The Result of a request whose bindings are arrays: by its plan, or by the tape where that has more to say."""
    try:
        result = of(request)([value for _, value, _ in request.bindings])
    except Exception:  # the tape says what is wrong, and where
        return evaluate(request)
    return result if _all_finite(result) else evaluate(request)


def described(request: Request) -> str:
    """The program that computes a request, or why there is none.  Raises Problem where the expression is wrong."""
    request = request.but(bindings=list(computed_bindings(request)))
    try:
        planned = of(request)
    except PlanRefused as refused:
        span = refused.span
        where = f" ({request.expr[span.start : span.end]!r}, column {span.column})" if span is not None else ""
        return f"There is no plan, and the tape computes it: {refused.reason}{where}.\n"
    asked = [each.value for each in planned.template.outputs] + list(planned.template.grads.values())
    plan = planned.plan.only([each.number for each in asked if type(each) is Place])
    return f"{plan}\nruns {plan.way}\n"


def _all_finite(result: Result) -> bool:
    arrays = [each.value for each in result.outputs] + [each for each in result.grads.values() if each is not None]
    return all([finite(each) for each in arrays])


def of(request: Request) -> Planned:
    """The plan of a request whose bindings and weights are arrays, or texts that stand in the key as they are.

    Raises PlanRefused where it cannot be planned, and Problem where the expression is wrong.
    """
    for name, value, _ in request.bindings:
        if isinstance(value, str):
            raise PlanRefused(f"'{name}' is given as a text")
    if request.notes or request.seed is not None or callable(request.weights):
        raise PlanRefused("notes, seeds and weights that depend on the output are for the tape")
    key = (
        request.expr,
        request.dtype,
        tuple([(name, value.shape, value.dtype, constant) for name, value, constant in request.bindings]),
        tuple([each if isinstance(each, str) else _Constant(each) for each in request.weights]),
        None if request.wrt is None else tuple(request.wrt),
        tuple(request.retain_grad),
        tuple(request.also),
        (request.passes, request.retain_graph, request.zero_grad, request.no_grad, request.values),
    )
    found = _traced(key)
    if isinstance(found, PlanRefused):
        raise found
    return found


class _Constant:
    """An array as part of a key."""

    __slots__ = ("ndarray", "bytes")

    def __init__(self, array: Any) -> None:
        self.ndarray = array
        self.bytes = (array.shape, array.dtype, array.tobytes())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Constant) and self.bytes == other.bytes

    def __hash__(self) -> int:
        return hash(self.bytes)


@lru_cache(_KEPT)
def _traced(key: tuple[Any, ...]) -> Planned | PlanRefused:
    expr, dtype, bindings, weights, wrt, retained, also, (passes, retain_graph, zero_grad, no_grad, values) = key
    results: list[Result] = []

    def computed(*arrays: Any) -> list[Any]:
        request = Request(
            expr,
            [(name, array, constant) for (name, _, _, constant), array in zip(bindings, arrays)],
            weights=[each if isinstance(each, str) else each.ndarray for each in weights],
            passes=passes,
            retain_graph=retain_graph,
            zero_grad=zero_grad,
            wrt=None if wrt is None else list(wrt),
            retain_grad=retained,
            no_grad=no_grad,
            dtype=dtype,
            values=values,
            also=also,
        )
        found: dict[int, Any] = {}
        results.append(changed(evaluate(request), lambda each: _placed(each, found)))
        return [*found.values()]

    types = [(shape, each) for _, shape, each, _ in bindings]
    try:
        plan = trace(computed, types, names=[name for name, _, _, _ in bindings])
    except PlanRefused as refused:
        return refused
    return Planned(plan, results[0], len(plan.program.outputs))


def _placed(value: Any, found: dict[int, Any]) -> Any:
    """The Place of an array: the same one wherever the same array goes."""
    if not isinstance(value, np.ndarray):
        return value
    found.setdefault(id(value), value)
    return Place([*found].index(id(value)))


def changed(value: Any, change: Callable[[Any], Any]) -> Any:
    """Records, dicts, lists and tuples with each value in them changed; a record that comes twice stays one."""
    known: dict[int, Any] = {}

    def visit(each: Any) -> Any:
        if isinstance(each, Record) and type(each) is not Place:
            if id(each) not in known:
                known[id(each)] = type(each)(*[visit(getattr(each, name)) for name in each.__slots__])
            return known[id(each)]
        if isinstance(each, dict):
            return {name: visit(inner) for name, inner in each.items()}
        if isinstance(each, tuple):  # of any kind, such as a shape, whatever comes to stand in it
            return tuple.__new__(type(each), [visit(inner) for inner in each])
        if isinstance(each, list):
            return [visit(inner) for inner in each]
        return change(each)

    return visit(value)
