"""The blocked way: elementwise equations on large arrays, and their reductions, block by block on several threads.

A block is small enough for the intermediate values of a whole chain to stay in the cache, so memory is needed for the results
alone.  NumPy's ufuncs let other threads run while they compute.  `fused` puts such equations together: each group becomes one
equation of the program, whose function is a Kernel, and the program then runs straight.

The blocks are rows of the first dimension, and what lacks that dimension is the same for all of them; arrays of few rows count
as one long row of elements each, where all operands have one shape.
"""

from __future__ import annotations

from math import prod
from typing import Any, Final

import numpy as np

from gradcli.engine.plan.kernel import BLOCK, Kernel, processors, sums_up, threads
from gradcli.engine.plan.program import ELEMENTWISE, FUSED, REDUCTION, VIEW, Equation, Program, Ref, leaves
from gradcli.graph.types import Index

LARGE: Final = 1 << 18  # elements: from here on blocks and threads pay
_FEWEST_ROWS: Final = 64
_SAME_ROWS: Final = (np.ndarray.reshape, np.expand_dims, np.squeeze, np.ndarray.squeeze, np.broadcast_to)

Shape = tuple[int, ...]


class _Group:
    """Equations that run over the same rows; `stage` counts the reductions that must come before.

    shapes  of its variables, as the kernel sees them
    """

    __slots__ = ("equations", "rows", "shapes", "stage")

    def __init__(self, rows: int, stage: int) -> None:
        self.rows = rows
        self.stage = stage
        self.equations: list[Equation] = []
        self.shapes: dict[int, Shape] = {}


class _Layout:
    """How one equation runs in blocks: over how many rows, and in which shapes its variables are seen.

    key    equations of one key may run together
    rows   the length of the first dimension
    """

    __slots__ = ("key", "rows", "shapes")

    def __init__(self, key: Index, rows: int, shapes: dict[int, Shape]) -> None:
        self.key = key
        self.rows = rows
        self.shapes = shapes


def fused(program: Program) -> Program | None:
    """The program with its groups of equations on large arrays as one equation each; None where there are none."""
    groups: dict[Any, _Group] = {}
    member: dict[int, _Group] = {}  # by variable, the group that makes it row by row
    ready = dict.fromkeys(range(program.inputs), 0)  # by variable, the stage from which on it is there
    plain: list[tuple[int, Equation]] = []
    for equation in program.equations:
        layout = _layout(equation, program, member)
        if layout is None:
            stage = max([0, *[ready[each] + (each in member) for each in equation.inputs]])
            plain.append((stage, equation))
        else:
            stage = max([0, *[ready[each] + _waits(each, layout, member) for each in equation.inputs]])
            group = groups.setdefault((layout.key, stage), _Group(layout.rows, stage))
            group.equations.append(equation)
            group.shapes.update(layout.shapes)
            if sums_up(equation):
                stage += 1
            else:
                member[equation.outputs[0]] = group
        ready.update(dict.fromkeys(equation.outputs, stage))
    if not groups:
        return None
    read = _read_outside(program, plain, groups.values(), member)
    steps = [(stage, 0, equation) for stage, equation in plain]
    steps += [(group.stage, 1, _equation_of(group, program, read)) for group in groups.values()]
    steps.sort(key=lambda step: step[:2])  # stable: within a stage the order of the program
    return program.rearranged([equation for _, _, equation in steps])


def _waits(number: int, layout: _Layout, member: dict[int, _Group]) -> bool:
    """Whether an equation must wait until a whole array is there, since it does not take it row by row."""
    group = member.get(number)
    if group is None:
        return False
    shape = layout.shapes[number]
    return group.rows != layout.rows or shape != group.shapes[number] or not shape or shape[0] != layout.rows


def _layout(equation: Equation, program: Program, member: dict[int, _Group]) -> _Layout | None:
    """How an equation runs in blocks; None where it cannot, or where its arrays are small."""
    if equation.words or equation.kind not in (ELEMENTWISE, REDUCTION, VIEW):
        return None
    types = program.types
    if equation.kind == ELEMENTWISE and types[equation.outputs[0]][1] == np.float32 and not _is_plain(equation):
        return None  # kernels of float32 round small arrays otherwise than large ones (ops.kernels.correct_rounding)
    shapes = {each: types[each][0] for each in (*equation.inputs, *equation.outputs)}
    largest = max(shapes.values(), key=prod)
    if prod(largest) < LARGE and not any([each in member and (member[each].rows,) == largest[:1] for each in equation.inputs]):
        return None
    if len(largest) > 1 and largest[0] < _FEWEST_ROWS:
        return _flat_layout(equation, shapes, largest)
    rows = largest[0]
    out = types[equation.outputs[0]][0]
    if equation.kind == REDUCTION:
        return _Layout(rows, rows, shapes) if shapes[equation.args[0].number] == largest else None
    if equation.kind == VIEW:
        source = shapes[equation.args[0].number]
        keeps = equation.function in _SAME_ROWS and source[:1] == out[:1] == (rows,)
        return _Layout(rows, rows, shapes) if keeps and equation.inputs[0] in member else None
    constants = [each.shape for each in leaves(equation.args) if isinstance(each, (np.ndarray, np.generic))]
    fits = [_is_row_like(each, out) or _is_the_same_for_all(each, out) for each in (*shapes.values(), *constants)]
    return _Layout(rows, rows, shapes) if out[:1] == (rows,) and all(fits) else None


def _is_plain(equation: Equation) -> bool:
    """Whether its function is NumPy's own, and no row's."""
    return isinstance(equation.function, np.ufunc) or equation.function in (np.where, np.ndarray.astype)


def _is_row_like(shape: Shape, out: Shape) -> bool:
    return len(shape) == len(out) and shape[0] == out[0]


def _is_the_same_for_all(shape: Shape, out: Shape) -> bool:
    """Whether each row of the result takes all of an operand; one of as many rows would be taken for rows."""
    return (len(shape) < len(out) or shape[0] == 1) and (not shape or shape[0] != out[0])


def _flat_layout(equation: Equation, shapes: dict[int, Shape], largest: Shape) -> _Layout | None:
    """An equation on arrays of one shape, and single numbers, as one on long rows of single elements."""
    if equation.kind == VIEW or (equation.kind == REDUCTION and not _is_whole(equation, len(largest))):
        return None
    constants = [each.shape for each in leaves(equation.args) if isinstance(each, (np.ndarray, np.generic))]
    if any(constants) or not all([each in ((), largest) for each in shapes.values()]):
        return None
    size = prod(largest)
    return _Layout(largest, size, {number: (size,) if shape else () for number, shape in shapes.items()})


def _is_whole(equation: Equation, ndim: int) -> bool:
    """Whether a reduction leaves a single number."""
    _, axes, *_, keepdims = equation.args
    return not keepdims and (axes is None or len(axes) == ndim)


def _read_outside(program: Program, plain: list[tuple[int, Equation]], groups: Any, member: dict[int, _Group]) -> set[int]:
    """The variables that are read by other equations than those of their own group, or by those as a whole."""
    read = {each.number for each in program.outputs if type(each) is Ref}
    read.update([number for _, equation in plain for number in equation.inputs])
    for group in groups:
        for equation in group.equations:
            read.update([number for number in equation.inputs if member.get(number) is not group])
    return read


def _equation_of(group: _Group, program: Program, read: set[int]) -> Equation:
    made = {number for equation in group.equations for number in equation.outputs}
    inputs = list(dict.fromkeys([each for equation in group.equations for each in equation.inputs if each not in made]))
    outputs = [equation.outputs[0] for equation in group.equations if not sums_up(equation)]
    outputs = [each for each in outputs if each in read]
    reductions = [equation.outputs[0] for equation in group.equations if sums_up(equation)]
    kernel = Kernel(group.equations, program.types, group.shapes, inputs, outputs, group.rows)
    label = f"blocks({' '.join([each.label for each in group.equations])})"
    return Equation(FUSED, kernel, tuple(map(Ref, inputs)), {}, (*outputs, *reductions), label)


__all__ = ["BLOCK", "LARGE", "fused", "processors", "threads"]
