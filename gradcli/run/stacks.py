"""Records of one kind, computed together: one expression, the same names, shapes and dtypes.

A kind is planned once (run.plans), and its records lie along the first dimension of each array.  A record whose numbers are
not finite, or that is at a kink of which the document would tell, is left to be computed by itself, with what there is to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from gradcli.engine.plan import Plan, PlanRefused, trace
from gradcli.graph.operation import rule_parameters
from gradcli.graph.tensor import Tensor
from gradcli.run import kinks, plans
from gradcli.run.forward import forward
from gradcli.run.recorder import Recorder
from gradcli.run.request import Request
from gradcli.run.result import Result

_ONE_BY_ONE: Final = 8  # records; among fewer, the one that fails is found by trying each


class Kind:
    """A kind of record.

    request    the request of one of them, whose bindings are arrays
    along      for each binding whether it differs from record to record
    template   a Result with a Place for each array
    Raises PlanRefused where it cannot be planned, and Problem where the expression is wrong.
    """

    def __init__(self, request: Request, along: Sequence[bool], notes: bool) -> None:
        if callable(request.weights):
            raise PlanRefused("weights that depend on the output are for the tape")
        request = request.but(notes=False)
        self.along = list(along)
        self._planned = plans.of(request)
        self.template: Result = self._planned.template
        self._kinks = _kink_plan(request) if notes else None
        self._plans: dict[tuple[int, ...], Plan] = {}

    def stacked(self, arrays: Sequence[Any], places: Sequence[int]) -> tuple[list[Any], np.ndarray]:
        """The values of places of the template, a row for each record, and which records are answered so.

        The rows of other records are without meaning.
        """
        count = next(len(each) for each, many in zip(arrays, self.along) if many)
        key = tuple(places)
        if key not in self._plans:
            self._plans[key] = self._planned.plan.only(key)
        return self._tried(self._plans[key], list(arrays), count)

    def _tried(self, plan: Plan, arrays: list[Any], count: int) -> tuple[list[Any], np.ndarray]:
        try:
            values = plan.stacked(arrays, self.along)
            good = _finite(values, count)
            if self._kinks is not None:
                for mask in self._kinks.stacked(arrays, self.along):
                    good &= ~np.asarray(mask).reshape(count, -1).any(1)
            return values, good
        except Exception:  # of one record at least, which the tape will say by itself
            if count <= _ONE_BY_ONE:
                return [], np.zeros(count, np.bool_)
        half = count // 2
        parts = []
        for start, stop in ((0, half), (half, count)):
            piece = [each[start:stop] if many else each for each, many in zip(arrays, self.along)]
            parts.append(self._tried(plan, piece, stop - start))
        return _joined(parts, [half, count - half])


def _joined(parts: list[tuple[list[Any], np.ndarray]], counts: list[int]) -> tuple[list[Any], np.ndarray]:
    """The answers of two halves as one; where a half has none, rows without meaning stand for it."""
    known = next((values for values, _ in parts if values), [])
    filled = [
        values or [np.zeros((count, *np.shape(each)[1:]), np.asarray(each).dtype) for each in known]
        for (values, _), count in zip(parts, counts)
    ]
    return [np.concatenate(each) for each in zip(*filled)], np.concatenate([good for _, good in parts])


def _finite(values: Sequence[Any], count: int) -> np.ndarray:
    """Which records have finite numbers only."""
    good = np.ones(count, np.bool_)
    for each in values:
        if each.dtype.kind in "fc":
            finite = np.isfinite(each)
            good &= finite if finite.ndim == 1 else finite.reshape(count, -1).all(1)
    return good


# --- kinks ----------------------------------------------------------------------------------------------------------


class _Kinks(Recorder):
    """Notes where results are at kinks or may have lost digits, as arrays of truth values, whatever these are."""

    def __init__(self, text: str, keep_values: bool) -> None:
        super().__init__(text, keep_values)
        self.masks: list[Any] = []

    def observe(self, operation: Any, operands: tuple[Any, ...], statics: tuple[Any, ...], result: Any) -> None:
        super().observe(operation, operands, statics, result)
        out = result if isinstance(result, Tensor) else result[0]
        if out.node is not None:
            for at in (*[kink.at for kink in operation.kinks], *([operation.lossy.near] if operation.lossy else ())):
                values = kinks.values(operation, operands, result, rule_parameters(at))
                self.masks.append(np.broadcast_to(at(*values), out.shape))


def _kink_plan(request: Request) -> Plan | None:
    """The plan of where the results of a request are at kinks; None where no operation of it has any."""
    bindings = request.bindings

    def masks(*arrays: Any) -> list[Any]:
        given = [(name, array, constant) for (name, _, constant), array in zip(bindings, arrays)]
        computed = forward(Request(request.expr, given, dtype=request.dtype), _Kinks)
        found = computed.recorder.masks  # type: ignore[attr-defined]
        counted.append(len(found))
        return found  # type: ignore[no-any-return]

    counted: list[int] = []
    plan = trace(masks, [(value.shape, value.dtype) for _, value, _ in bindings])
    return plan if counted[-1] else None
