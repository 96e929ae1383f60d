"""Plans: what is asked twice is traced once.

    plan = trace(function, types)  run `function` with stand-ins for arrays of these shapes and dtypes, and keep what it does
    plan(*arrays)                  the values for arrays of these types, in the order of what `function` gives
    plan.stacked(arrays, along)    the same for many records at once, which lie along a first dimension
    plan.only(places)              the plan of some of the values, which computes nothing else
    str(plan)                      the program, one equation a line

`function` takes arrays and gives a flat list (or tuple) of arrays, numbers and None; it may make tensors of the arrays, apply
rows, and run backward passes, so one program holds the forward and the backward pass.  What depends on values (a choice, a
number taken out of a tensor, random numbers) cannot be planned: `trace` raises PlanRefused with the reason, and the caller
goes the way of the tape.  Where a shape turns out to depend on values at last, a run raises Mismatch.  A plan keeps nothing
between its runs, may run in several threads at once, and warns of nothing: infinities and nans are answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from gradcli.engine.plan.blocked import BLOCK, LARGE, fused, processors, threads
from gradcli.engine.plan.error_state import quietly
from gradcli.engine.plan.printing import text
from gradcli.engine.plan.program import FUSED, Program, Ref
from gradcli.engine.plan.stacked import Stacked
from gradcli.engine.plan.straight import Mismatch, compiled
from gradcli.engine.plan.tracer import Type, record
from gradcli.graph.symbolic import Unplannable as PlanRefused

__all__ = ["LARGE", "Mismatch", "Plan", "PlanRefused", "Program", "threads", "trace"]


def trace(
    function: Callable[..., Sequence[Any]],
    types: Sequence[Type],
    *,
    names: Sequence[str] | None = None,
    examples: Sequence[Any] | None = None,
) -> Plan:
    """The plan of `function` for arrays of `types`, which are pairs of a shape and a dtype.

    names     what the inputs are called in print
    examples  arrays to try rows with of which nothing is known but that they compute; made up where none are given
    Raises PlanRefused, and what `function` raises.
    """
    called = names if names is not None else [f"x{place}" for place in range(len(types))]
    return Plan(record(function, types, called, examples)[0])


class Plan:
    """A program that was traced, and the ways to run it."""

    __slots__ = ("_running", "_stacked", "_straight", "program")

    def __init__(self, program: Program) -> None:
        self.program = program
        self._stacked: dict[tuple[bool, ...], Stacked] = {}
        self._running = fused(program) or program
        self._straight = compiled(self._running)

    def __call__(self, *arrays: Any) -> tuple[Any, ...]:
        """The outputs for arrays of the traced types, each in memory of its own.  Raises what rows raise, and Mismatch."""
        return quietly(self._straight, arrays)  # type: ignore[no-any-return]

    def stacked(self, arrays: Sequence[Any], along: Sequence[bool] | None = None) -> list[Any]:
        """The outputs for many records: for each an array with a row for every record (what is no array stays as it is).

        along  for each input whether its first dimension is that of the records; None is all of them
        Raises what rows raise for any of the records: which one it was shows when they run one by one.
        """
        key = tuple(along) if along is not None else (True,) * len(arrays)
        if key not in self._stacked:
            self._stacked[key] = Stacked(self.program, key)
        rows = next((len(each) for each, many in zip(arrays, key) if many), 1)
        return quietly(self._stacked[key], (arrays, rows))  # type: ignore[no-any-return]

    def only(self, places: Iterable[int]) -> Plan:
        """A plan that gives only the outputs at these places, and computes nothing else."""
        return Plan(self.program.only(places))

    @property
    def types(self) -> list[Type]:
        """The shape and the dtype of each output that is an array."""
        found = [self.program.types[each.number] if type(each) is Ref else each for each in self.program.outputs]
        return [(np.shape(each), each.dtype) if isinstance(each, np.ndarray) else each for each in found]

    @property
    def way(self) -> str:
        """How it runs, in words."""
        kernels = [each for each in self._running.equations if each.kind == FUSED]
        if not kernels:
            return "straight, one equation after the other"
        return f"in blocks of {BLOCK:,} elements on {processors()} threads: {', '.join([each.label for each in kernels])}"

    def __str__(self) -> str:
        return text(self.program)
