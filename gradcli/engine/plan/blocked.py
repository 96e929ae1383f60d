"""The blocked way: elementwise equations on large arrays, and their reductions, block by block on several threads.

A block is small enough for the intermediate values of a whole chain to stay in the cache, so memory is needed for the results
alone.  NumPy's ufuncs let other threads run while they compute.  `fused` puts such equations together: each group becomes one
equation of the program, whose function is a Kernel, and the program then runs straight.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import count
from math import prod
from threading import Thread
from typing import Any, Final

import numpy as np

from gradcli.engine.plan.program import ELEMENTWISE, FUSED, REDUCTION, Equation, Program, Ref, leaves
from gradcli.engine.plan.quiet import quietly

LARGE: Final = 1 << 17  # elements: from here on blocks and threads pay
BLOCK: Final = 1 << 14  # elements of a block
_AT_A_TIME: Final = 8  # blocks that a thread takes

_threads: ContextVar[int | None] = ContextVar("threads", default=None)


@contextmanager
def threads(number: int | None) -> Iterator[None]:
    """Let kernels run on so many threads while the block runs; None is one for each processor."""
    token = _threads.set(number)
    try:
        yield
    finally:
        _threads.reset(token)


def processors() -> int:
    """How many threads a kernel runs on."""
    own = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return _threads.get() or own or 1


# --- which equations go together -------------------------------------------------------------------------------------


class _Group:
    """Equations over arrays of one shape that can run together; `stage` counts the reductions that must come before."""

    __slots__ = ("equations", "shape", "stage")

    def __init__(self, shape: tuple[int, ...], stage: int) -> None:
        self.shape = shape
        self.stage = stage
        self.equations: list[Equation] = []


def fused(program: Program) -> Program | None:
    """The program with its groups of equations on large arrays as one equation each; None where there are none."""
    groups: dict[tuple[tuple[int, ...], int], _Group] = {}
    member: dict[int, _Group] = {}  # by variable, the group that makes it as an array
    ready = dict.fromkeys(range(program.inputs), 0)  # by variable, the stage from which on it is there
    plain: list[tuple[int, Equation]] = []
    for equation in program.equations:
        shape = _blocks_over(equation, program)
        if shape is None:
            stage = max([0, *[ready[each] + (each in member) for each in equation.inputs]])
            plain.append((stage, equation))
        else:
            stage = max([0, *[ready[each] + (each in member and member[each].shape != shape) for each in equation.inputs]])
            group = groups.setdefault((shape, stage), _Group(shape, stage))
            group.equations.append(equation)
            if equation.kind == REDUCTION:
                stage += 1
            else:
                member[equation.outputs[0]] = group
        ready.update(dict.fromkeys(equation.outputs, stage))
    if not groups:
        return None
    read = _read_outside(program, plain, member)
    steps = [(stage, 0, equation) for stage, equation in plain]
    steps += [(group.stage, 1, _equation_of(group, program, read)) for group in groups.values()]
    steps.sort(key=lambda step: step[:2])  # stable: within a stage the order of the program
    return program.rearranged([equation for _, _, equation in steps])


def _blocks_over(equation: Equation, program: Program) -> tuple[int, ...] | None:
    """The shape that an equation runs over in blocks, or None where it cannot: its operands have that shape, or one element."""
    if equation.kind == REDUCTION:
        x, axes, *_, keepdims = equation.args
        shape = program.types[x.number][0]
        whole = axes is None or len(axes) == len(shape)
        return shape if whole and not keepdims and prod(shape) >= LARGE else None
    shape = program.types[equation.outputs[0]][0]
    if equation.kind != ELEMENTWISE or equation.words or prod(shape) < LARGE:
        return None
    shapes = [program.types[each.number][0] if type(each) is Ref else np.shape(each) for each in leaves(equation.args)
              if type(each) is Ref or isinstance(each, (np.ndarray, np.generic))]  # fmt: skip
    return shape if all([each in ((), shape) for each in shapes]) and shape in shapes else None


def _read_outside(program: Program, plain: list[tuple[int, Equation]], member: dict[int, _Group]) -> set[int]:
    """The variables that are read by other equations than those of their own group."""
    read = {each.number for each in program.outputs if type(each) is Ref}
    read.update([number for _, equation in plain for number in equation.inputs])
    for group in set(member.values()):
        for equation in group.equations:
            read.update([number for number in equation.inputs if member.get(number) is not group])
    return read


def _equation_of(group: _Group, program: Program, read: set[int]) -> Equation:
    made = {number for equation in group.equations for number in equation.outputs}
    inputs = list(dict.fromkeys([each for equation in group.equations for each in equation.inputs if each not in made]))
    outputs = [equation.outputs[0] for equation in group.equations if equation.kind != REDUCTION]
    outputs = [each for each in outputs if each in read]
    reductions = [equation.outputs[0] for equation in group.equations if equation.kind == REDUCTION]
    kernel = Kernel(group.equations, program.types, inputs, outputs, group.shape)
    label = f"blocks({' '.join([each.label for each in group.equations])})"
    return Equation(FUSED, kernel, tuple(map(Ref, inputs)), {}, (*outputs, *reductions), label)


# --- how a group runs ------------------------------------------------------------------------------------------------


class Kernel:
    """A group of equations as a function of whole arrays: it gives the arrays that others read, then the reductions."""

    __slots__ = ("_arrays", "_block", "_kinds", "_outputs", "_reductions", "_several", "_shape")

    def __init__(
        self,
        equations: Sequence[Equation],
        types: list[tuple[tuple[int, ...], Any]],
        inputs: Sequence[int],
        outputs: Sequence[int],
        shape: tuple[int, ...],
    ) -> None:
        writer = _BlockWriter(equations, types, inputs, outputs, shape)
        self._block = writer.compiled()
        self._kinds = writer.scratch  # dtypes of the arrays for intermediate values
        self._arrays = [types[each][0] == shape for each in inputs]
        self._outputs = [types[each][1] for each in outputs]
        self._reductions = [(each.function, types[each.outputs[0]][1]) for each in equations if each.kind == REDUCTION]
        self._several = len(outputs) + len(self._reductions) > 1
        self._shape = shape

    def __call__(self, *values: Any) -> Any:
        size = prod(self._shape)
        given = [each.reshape(-1) if is_array else each for each, is_array in zip(values, self._arrays)]
        outputs = [np.empty(size, dtype) for dtype in self._outputs]
        partial = [np.empty(-(-size // BLOCK), dtype) for _, dtype in self._reductions]
        pieces = count().__next__

        def work() -> None:
            scratch = [np.empty(BLOCK, dtype) for dtype in self._kinds]
            while (first := pieces() * _AT_A_TIME * BLOCK) < size:
                for start in range(first, min(size, first + _AT_A_TIME * BLOCK), BLOCK):
                    self._block(start, min(size, start + BLOCK), *scratch, *given, *outputs, *partial)

        _together(work, min(processors(), -(-size // (_AT_A_TIME * BLOCK))))
        found = [each.reshape(self._shape) for each in outputs]
        found += [function(each) for (function, _), each in zip(self._reductions, partial)]
        return tuple(found) if self._several else found[0]


def _together(work: Callable[[], None], number: int) -> None:
    """Run `work` on so many threads, this one among them.  Raises what any of them raises."""
    errors: list[BaseException] = []

    def guarded() -> None:
        try:
            quietly(work, ())
        except BaseException as error:  # raised again below
            errors.append(error)

    others = [Thread(target=guarded, daemon=True) for _ in range(number - 1)]
    for each in others:
        each.start()
    guarded()
    for each in others:
        each.join()
    if errors:
        raise errors[0]


class _BlockWriter:
    """Writes the function of one block: `block(start, stop, scratch..., inputs..., outputs..., partial sums...)`."""

    def __init__(
        self,
        equations: Sequence[Equation],
        types: list[tuple[tuple[int, ...], Any]],
        inputs: Sequence[int],
        outputs: Sequence[int],
        shape: tuple[int, ...],
    ) -> None:
        self.equations, self.types, self.inputs, self.outputs = equations, types, inputs, outputs
        self.shape = shape
        self.scratch: list[Any] = []
        self.scope: dict[str, Any] = {}
        self._free: dict[Any, list[str]] = {}
        self._names: dict[int, str] = {}
        self._buffers: dict[int, str] = {}  # by variable, the scratch array that it lies in
        self._lines: list[str] = []
        self._last = {number: place for place, each in enumerate(equations) for number in each.inputs}

    def compiled(self) -> Callable[..., None]:
        """The function."""
        for place, number in enumerate(self.inputs):
            self._names[number] = f"x{place}" if self.types[number][0] != self.shape else f"x{place}[start:stop]"
        reductions = 0
        for place, equation in enumerate(self.equations):
            if equation.kind == REDUCTION:
                dtype = self._constant(equation.args[2]) if equation.args[2] is not None else "None"
                value = self._names[equation.args[0].number]
                self._lines.append(
                    f"r{reductions}[start // {BLOCK}] = {self._constant(equation.function)}({value}, None, {dtype})"
                )
                reductions += 1
                self._release(place, equation)
            else:
                self._elementwise(place, equation)
        head = ["start", "stop", *[f"t{each}" for each in range(len(self.scratch))]]
        head += [f"x{each}" for each in range(len(self.inputs))] + [f"o{each}" for each in range(len(self.outputs))]
        head += [f"r{each}" for each in range(reductions)]
        source = "\n    ".join([f"def block({', '.join(head)}):", "n = stop - start", *self._lines])
        exec(compile(source, "<kernel>", "exec"), self.scope)  # of our own making
        return self.scope["block"]  # type: ignore[no-any-return]

    def _elementwise(self, place: int, equation: Equation) -> None:
        (number,) = equation.outputs
        args = [self._text(each) for each in equation.args]
        call = self._constant(equation.function)
        target = f"o{self.outputs.index(number)}[start:stop]" if number in self.outputs else None
        if isinstance(equation.function, np.ufunc):
            self._release(place, equation)  # first: a result may be written over its operand
            args.append(target or f"{self._buffer(number)}[:n]")
        self._lines.append(f"v{number} = {call}({', '.join(args)})")
        if target is not None and not isinstance(equation.function, np.ufunc):
            self._lines.append(f"{target} = v{number}")
        self._release(place, equation)
        self._names[number] = f"v{number}"

    def _buffer(self, number: int) -> str:
        """A scratch array for a variable: one whose own variable is dead, or a new one."""
        dtype = self.types[number][1]
        free = self._free.setdefault(dtype, [])
        if not free:
            free.append(f"t{len(self.scratch)}")
            self.scratch.append(dtype)
        self._buffers[number] = free.pop()
        return self._buffers[number]

    def _release(self, place: int, equation: Equation) -> None:
        """Free the scratch arrays of the operands that nothing reads any more."""
        for number in equation.inputs:
            if self._last[number] == place and number in self._buffers:
                self._free[self.types[number][1]].append(self._buffers.pop(number))

    def _text(self, value: Any) -> str:
        if type(value) is Ref:
            return self._names[value.number]
        if isinstance(value, np.ndarray) and value.ndim:
            return f"{self._constant(value.reshape(-1))}[start:stop]"
        return repr(value) if value is None or type(value) in (int, bool, str) else self._constant(value)

    def _constant(self, value: Any) -> str:
        name = f"c{len(self.scope)}"
        self.scope[name] = value
        return name
