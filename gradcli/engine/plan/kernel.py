"""Kernels: a group of equations on large arrays as one function, which runs block by block on several threads.

A block is some rows of all arrays that the group runs over.  What an equation gives goes into scratch arrays that stay in
the cache, into the slice of a result that others read, or into the partial sums of a reduction, one for each block.
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

from gradcli.engine.plan.error_state import quietly
from gradcli.engine.plan.program import REDUCTION, VIEW, Equation, Ref

BLOCK: Final = 1 << 14  # elements of a block
_PIECES: Final = 4  # for each thread at the least, so that none waits long for the others
_MOST_BLOCKS: Final = 8  # that a thread takes at a time

Types = list[tuple[tuple[int, ...], Any]]

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


class Kernel:
    """Equations as a function of whole arrays: it gives the arrays that others read, then the reductions.

    inputs, outputs  variables; `shapes` are those of all variables as the kernel runs over them: an array of `rows` rows, or
                     one that is the same for all of them
    """

    __slots__ = ("_block", "_kinds", "_outputs", "_own", "_reductions", "_rows", "_shapes", "_step")

    def __init__(
        self,
        equations: Sequence[Equation],
        types: Types,
        shapes: dict[int, tuple[int, ...]],
        inputs: Sequence[int],
        outputs: Sequence[int],
        rows: int,
    ) -> None:
        reductions = [each for each in equations if sums_up(each)]
        self._rows = rows
        self._step = max(1, BLOCK // max([prod(shape[1:]) for shape in shapes.values() if shape and shape[0] == rows]))
        writer = _BlockWriter(equations, types, shapes, inputs, outputs, rows)
        self._block = writer.compiled()
        self._kinds = writer.scratch
        self._shapes = [shapes[each] for each in inputs]
        self._outputs = [(shapes[each], types[each][1]) for each in outputs]
        self._own = [types[each][0] for each in outputs]
        self._reductions = [(each.function, types[each.outputs[0]]) for each in reductions]

    def __call__(self, *values: Any) -> Any:
        rows, step = self._rows, self._step
        given = [np.asarray(each).reshape(shape) for each, shape in zip(values, self._shapes)]
        outputs = [np.empty(shape, dtype) for shape, dtype in self._outputs]
        blocks = -(-rows // step)
        partial = [np.empty((blocks, *shape), dtype) for _, (shape, dtype) in self._reductions]
        number = processors()
        taken = max(1, min(_MOST_BLOCKS, blocks // (_PIECES * number)))  # blocks
        pieces = count().__next__

        def work(errors: list[BaseException]) -> None:
            scratch = [np.empty((step, *shape), dtype) for shape, dtype in self._kinds]
            while not errors and (first := pieces() * taken) < blocks:
                for block in range(first, min(blocks, first + taken)):
                    start = block * step
                    self._block(block, start, min(rows, start + step), *scratch, *given, *outputs, *partial)

        _together(work, min(number, -(-blocks // taken)))
        found = [each.reshape(shape) for each, shape in zip(outputs, self._own)]
        found += [function(each, 0) for (function, _), each in zip(self._reductions, partial)]
        return tuple(found) if len(found) > 1 else found[0]


def sums_up(equation: Equation) -> bool:
    """Whether an equation reduces over the rows themselves, so that its result is there only when all blocks are done."""
    return equation.kind == REDUCTION and (equation.args[1] is None or 0 in equation.args[1])


def _together(work: Callable[[list[BaseException]], None], number: int) -> None:
    """Run `work` on so many threads, this one among them; all give up once there are errors.  Raises the first."""
    errors: list[BaseException] = []

    def guarded() -> None:
        try:
            quietly(work, (errors,))
        except BaseException as error:  # raised again below; Ctrl-C, too, comes to this thread alone
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
    """Writes `block(block, start, stop, scratch..., inputs..., outputs..., partial sums...)`."""

    def __init__(
        self,
        equations: Sequence[Equation],
        types: Types,
        shapes: dict[int, tuple[int, ...]],
        inputs: Sequence[int],
        outputs: Sequence[int],
        rows: int,
    ) -> None:
        self.equations, self.types, self.shapes, self.rows = equations, types, shapes, rows
        self.inputs, self.outputs = inputs, outputs
        self.scratch: list[tuple[tuple[int, ...], Any]] = []  # the shapes (behind the rows) and dtypes of scratch arrays
        self.scope: dict[str, Any] = {}
        self._free: dict[Any, list[str]] = {}
        self._names: dict[int, str] = {}
        self._buffers: dict[int, str] = {}  # by variable, the scratch array that it lies in
        self._last = {number: place for place, each in enumerate(equations) for number in each.inputs}

    def compiled(self) -> Callable[..., None]:
        """The function."""
        for place, number in enumerate(self.inputs):
            in_rows = self._is_in_rows(number)
            self._names[number] = f"x{place}[start:stop]" if in_rows else f"x{place}"
        lines: list[str] = []
        reductions = 0
        for place, equation in enumerate(self.equations):
            if sums_up(equation):
                lines.append(f"r{reductions}[block] = {self._reduced(equation)}")
                reductions += 1
            else:
                lines += self._statements(place, equation)
            self._release(place, equation)
        head = ["block", "start", "stop", *[f"t{each}" for each in range(len(self.scratch))]]
        head += [f"x{each}" for each in range(len(self.inputs))] + [f"o{each}" for each in range(len(self.outputs))]
        head += [f"r{each}" for each in range(reductions)]
        source = "\n    ".join([f"def run({', '.join(head)}):", "n = stop - start", *lines])
        exec(compile(source, "<kernel>", "exec"), self.scope)  # of our own making
        return self.scope["run"]  # type: ignore[no-any-return]

    def _is_in_rows(self, number: int) -> bool:
        return bool(self.shapes[number]) and self.shapes[number][0] == self.rows

    def _statements(self, place: int, equation: Equation) -> list[str]:
        """An equation whose result has rows of its own."""
        (number,) = equation.outputs
        target = f"o{self.outputs.index(number)}[start:stop]" if number in self.outputs else None
        self._names[number], lines = f"v{number}", []
        if isinstance(equation.function, np.ufunc):
            args = [self._text(each) for each in equation.args]
            self._release(place, equation)  # first: a result may be written over its operand
            args.append(target or f"{self._buffer(number)}[:n]")
            lines.append(f"v{number} = {self._constant(equation.function)}({', '.join(args)})")
            return lines
        lines.append(f"v{number} = {self._value(equation)}")
        if target is not None:
            lines.append(f"{target} = v{number}")
        return lines

    def _value(self, equation: Equation) -> str:
        if equation.kind == REDUCTION:
            return self._reduced(equation)
        if equation.kind == VIEW:
            self._pin(equation.args[0].number)
            name, rest = self._names[equation.args[0].number], self.shapes[equation.outputs[0]][1:]
            shape = f"(n, {''.join([f'{each}, ' for each in rest])})"
            if equation.function is np.broadcast_to:
                return f"{self._constant(np.broadcast_to)}({name}, {shape})"
            return f"{name}.reshape({shape})"
        return f"{self._constant(equation.function)}({', '.join([self._text(each) for each in equation.args])})"

    def _reduced(self, equation: Equation) -> str:
        x, axes, dtype, _, keepdims = equation.args
        dtype = "None" if dtype is None else self._constant(dtype)
        axes = axes if len(self.shapes[x.number]) > 1 else None
        return f"{self._constant(equation.function)}({self._names[x.number]}, {axes}, {dtype}, None, {keepdims})"

    def _buffer(self, number: int) -> str:
        """A scratch array for a variable: one whose own variable is dead, or a new one."""
        kind = (self.shapes[number][1:], self.types[number][1])
        free = self._free.setdefault(kind, [])
        if not free:
            free.append(f"t{len(self.scratch)}")
            self.scratch.append(kind)
        self._buffers[number] = free.pop()
        return self._buffers[number]

    def _release(self, place: int, equation: Equation) -> None:
        """Free the scratch arrays of the operands that nothing reads any more."""
        for number in equation.inputs:
            if self._last[number] == place and number in self._buffers:
                self._free[self.shapes[number][1:], self.types[number][1]].append(self._buffers.pop(number))

    def _pin(self, number: int) -> None:
        """Never free the scratch array of a variable: a view looks into it."""
        self._buffers.pop(number, None)

    def _text(self, value: object) -> str:
        if type(value) is Ref:
            return self._names[value.number]
        if isinstance(value, np.ndarray) and value.ndim and len(value) == self.rows:
            return f"{self._constant(value)}[start:stop]"
        return repr(value) if value is None or type(value) in (int, bool, str) else self._constant(value)

    def _constant(self, value: object) -> str:
        name = f"c{len(self.scope)}"
        self.scope[name] = value
        return name
