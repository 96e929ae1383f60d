"""Random points inside the domain, at which a check looks beside the one that was given, or in its place.

Where a leaf is itself the operand of operations, the table says which interval to draw it from.  What stands between (the
x + 1 of log(x + 1)) is found by trying: a point at which something is not finite, or cannot be computed, is drawn anew, ever
closer to the values that were given.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from gradcli.engine.differences import Array
from gradcli.errors import Problem
from gradcli.graph.operation import Operation
from gradcli.graph.tensor import Tensor
from gradcli.ops.core.domains import REAL, Domain
from gradcli.ops.random.generator import Generator
from gradcli.run.checking.symmetry import symmetrised
from gradcli.run.forward import forward
from gradcli.run.recorder import Recorder
from gradcli.run.request import Request

_TRIES = 12  # of a point: the first from the intervals, then within 1, 1/2, 1/4, ... of the values given


Bound = tuple[str, Any, bool]  # a name, its array, and whether it is a constant


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

    def observe(self, operation: Operation, operands: tuple[Any, ...], statics: tuple[Any, ...], result: Any) -> None:
        """Note an application."""
        super().observe(operation, operands, statics, result)
        domains = operation.domain if isinstance(operation.domain, tuple) else (operation.domain,) * len(operands)
        for operand, domain in zip(operands, domains):
            if id(operand) in self._names and domain is not REAL:
                self.domains.setdefault(self._names[id(operand)], []).append(domain)


class Draws:
    """Random points inside the domain, and how many others were drawn that are not."""

    def __init__(self, request: Request, wrt: list[str], seed: int, symmetric: Collection[str] = ()) -> None:
        """`symmetric` are the leaves that have to stay symmetric matrices."""
        self.request, self.wrt, self.symmetric = request, wrt, symmetric
        self.intervals = _intervals(request)
        self.generator = Generator(seed)
        self.skipped = 0

    def draw(self) -> list[Bound] | None:
        """The bindings of the next point; None where none was found in as many tries as a point has."""
        for tried in range(_TRIES):
            bindings = [self._moved(each, tried) for each in self.request.bindings]
            if _is_inside(self.request, bindings):
                return bindings
            self.skipped += 1
        return None

    def _moved(self, bound: Bound, tried: int) -> Bound:
        name, array, is_constant = bound
        if is_constant or name not in self.wrt:
            return bound
        low, high = self.intervals.get(name, (REAL.low, REAL.high)) if not tried else (-1.0, 1.0)
        drawn: Array = self.generator.uniform(array.shape, np.float64, low, high)
        if array.dtype.kind == "c":
            around = (REAL.low, REAL.high) if not tried else (-1.0, 1.0)
            drawn = drawn + 1j * self.generator.uniform(array.shape, np.float64, *around)
        if tried:
            drawn = array + drawn * 2.0 ** (1 - tried) * np.maximum(np.abs(array), 1)
        return name, symmetrised(drawn) if name in self.symmetric else drawn, False


def points_of(draws: Draws, count: int) -> list[list[Bound]]:
    """`count` random points.  Raises Problem where none can be found."""
    points = [point for point in [draws.draw() for _ in range(count)] if point is not None]
    if not points:
        raise Problem(
            "undefined",
            f"no random point was found at which the expression is finite, in {draws.skipped} tries",
            type="ValueError",
            hint="bind the leaves to values at which it is: points are then drawn ever closer to them",
        )
    return points


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


def _is_inside(request: Request, bindings: list[Any]) -> bool:
    """Whether everything that comes up is finite at a point."""
    try:
        computed = forward(Request(request.expr, bindings, seed=request.seed, stdin=request.stdin, no_grad=True, values=True))
    except Problem:
        return False
    values = [entry.value for entry in computed.recorder.entries if entry.value is not None]
    return all([bool(np.isfinite(value).all()) for value in values if value.dtype.kind in "fc"])
