"""Points at which a check looks: the one that was given, or random ones inside the domain.

Where a leaf is itself the operand of operations, the table says which interval to draw it from.  What stands between (the
x + 1 of log(x + 1)) is found by trying: a point at which something is not finite, or cannot be computed, is drawn anew, ever
closer to the values that were given.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.engine.differences import Array
from gradcli.errors import Problem, Record
from gradcli.graph.operation import Operation
from gradcli.graph.tensor import Tensor
from gradcli.ops.core.domains import REAL, Domain
from gradcli.ops.random.generator import Generator
from gradcli.run.forward import forward
from gradcli.run.recorder import Recorder
from gradcli.run.request import Request

_TRIES = 12  # of a point: the first from the intervals, then within 1, 1/2, 1/4, ... of the values given


class Point(Record):
    """Bindings as (name, array, is_constant)."""

    __slots__ = ("bindings",)
    bindings: list[tuple[str, Any, bool]]


class Points(Record):
    """The points to check, and how many others were drawn and are outside the domain."""

    __slots__ = ("points", "skipped")
    points: list[Point]
    skipped: int


class _Domains(Recorder):
    """A recorder that keeps the domains of the operations to which each binding is an operand."""

    def __init__(self, text: str, keep_values: bool) -> None:
        super().__init__(text, keep_values)
        self.domains: dict[str, list[Domain]] = {}
        self._names: dict[int, str] = {}

    def enter(self, tensor: Tensor, name: str) -> None:
        """Note a binding."""
        super().enter(tensor, name)
        self._names[id(tensor)] = name

    def observe(self, operation: Operation, operands: tuple[Any, ...], result: Any) -> None:
        """Note an application."""
        super().observe(operation, operands, result)
        domains = operation.domain if isinstance(operation.domain, tuple) else (operation.domain,) * len(operands)
        for operand, domain in zip(operands, domains):
            if id(operand) in self._names and domain is not REAL:
                self.domains.setdefault(self._names[id(operand)], []).append(domain)


def points_of(request: Request, wrt: list[str], count: int | None, seed: int) -> Points:
    """`count` random points (None: the one of the request's bindings).  Raises Problem where none can be found."""
    if count is None:
        return Points([Point(request.bindings)], 0)
    intervals = _intervals(request)
    generator = Generator(seed)
    points, skipped = [], 0
    for _ in range(count):
        for tried in range(_TRIES):
            bindings = [_drawn(each, wrt, intervals, tried, generator) for each in request.bindings]
            if _is_inside(request, bindings):
                points.append(Point(bindings))
                break
            skipped += 1
    if not points:
        raise Problem(
            "undefined",
            f"no random point was found at which the expression is finite, in {skipped} tries",
            type="ValueError",
            hint="bind the leaves to values at which it is: points are then drawn ever closer to them",
        )
    return Points(points, skipped)


def _intervals(request: Request) -> dict[str, tuple[float, float]]:
    """By leaf, the interval that lies in the domains of all operations that take it directly."""
    try:
        recorder = forward(request, _Domains).recorder
    except Problem:  # not at these values: their shapes may be all that is meant
        return {}
    assert isinstance(recorder, _Domains)
    found = {}
    for name, domains in recorder.domains.items():
        low, high = max([each.low for each in domains]), min([each.high for each in domains])
        found[name] = (low, high) if low < high else (domains[0].low, domains[0].high)
    return found


def _drawn(bound: Any, wrt: list[str], intervals: dict[str, tuple[float, float]], tried: int, generator: Generator) -> Any:
    name, array, is_constant = bound
    if is_constant or name not in wrt:
        return bound
    if not tried:
        low, high = intervals.get(name, (REAL.low, REAL.high))
        return name, generator.uniform(array.shape, np.float64, low, high), False
    spread: Array = generator.uniform(array.shape, np.float64, -1.0, 1.0) * 2.0 ** (1 - tried)
    return name, array + spread * np.maximum(np.abs(array), 1), False


def _is_inside(request: Request, bindings: list[Any]) -> bool:
    """Whether everything that comes up is finite at a point."""
    try:
        computed = forward(Request(request.expr, bindings, seed=request.seed, stdin=request.stdin, no_grad=True, values=True))
    except Problem:
        return False
    values = [entry.value for entry in computed.recorder.entries if entry.value is not None]
    return all([bool(np.isfinite(value).all()) for value in values if value.dtype.kind == "f"])
