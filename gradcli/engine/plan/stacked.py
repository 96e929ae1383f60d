"""The stacked way: records of one type lie along a first dimension, and each equation serves all of them at once.

How an equation takes the new dimension follows from what is known of it: an elementwise one lines up the others behind it,
a reduction, a view or a product of matrices counts its own dimensions from the second on.  Where nothing is known, the
equation is computed record by record.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from math import prod
from typing import Any, Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from gradcli.engine.batch import Batch
from gradcli.engine.batch_functions import FORMS
from gradcli.engine.plan import stacked_steps
from gradcli.engine.plan.program import ELEMENTWISE, REDUCTION, STEP, VIEW, Equation, Program, Ref, mapped
from gradcli.engine.plan.stacked_steps import look
from gradcli.engine.plan.stand_in import is_basic, put
from gradcli.engine.plan.straight import checked
from gradcli.engine.plan.tracer import mapped_words

_AT_A_TIME: Final = 1 << 16  # elements of the largest variable: they stay in the cache, and rows round as for one record
_SAME_ORDER: Final = (np.ndarray.reshape, np.ndarray.squeeze, np.squeeze, np.expand_dims)  # views known by their shape
_ALONG_AXIS: Final = frozenset(
    {np.ndarray.cumsum, np.ndarray.cumprod, np.ndarray.argmax, np.ndarray.argmin, np.cumsum, np.cumprod, np.argmax, np.argmin}
)

Run = Callable[[list[Any], int], Any]  # variables, how many records -> the results, or the one result


class Stacked:
    """A program for many records; `along` says of each input whether it brings a value for each of them."""

    __slots__ = ("_outputs", "_runs", "_step", "along", "program")

    def __init__(self, program: Program, along: Sequence[bool]) -> None:
        self.program = program
        self.along = tuple(along)
        many = {number for number, each in enumerate(along) if each}
        self._runs: list[tuple[tuple[int, ...], Run]] = []
        for equation in program.equations:
            run = _once(equation)
            if not many.isdisjoint(equation.inputs):
                many.update(equation.outputs)
                run = _lowered(equation, program, many) or _record_by_record(
                    equation, many, program.types[equation.outputs[0]][0]
                )
            self._runs.append((equation.outputs, run))
        self._outputs = [(each, type(each) is Ref and each.number in many) for each in program.outputs]
        largest = max([1, *[prod(shape) for shape, _ in program.types]])
        self._step = max(1, _AT_A_TIME // largest)

    def __call__(self, arrays: Sequence[Any], rows: int) -> list[Any]:
        """For each output an array with a row for each record.  Raises what the equations raise."""
        if rows <= self._step:
            return self._piece(arrays, rows)
        found = []
        for start in range(0, rows, self._step):
            stop = min(rows, start + self._step)
            piece = [each[start:stop] if along else each for each, along in zip(arrays, self.along)]
            found.append(self._piece(piece, stop - start))
        return [_behind_each_other(parts) if isinstance(parts[0], np.ndarray) else parts[0] for parts in zip(*found)]

    def _piece(self, arrays: Sequence[Any], rows: int) -> list[Any]:
        values: list[Any] = [*arrays, *[None] * (len(self.program.types) - len(arrays))]
        for outputs, run in self._runs:
            result = run(values, rows)
            if len(outputs) == 1:
                values[outputs[0]] = result
            else:
                for number, each in zip(outputs, result):
                    values[number] = each
        return [self._output(each, many, values, rows) for each, many in self._outputs]

    def _output(self, output: Any, many: bool, values: list[Any], rows: int) -> Any:
        value = values[output.number] if type(output) is Ref else output
        if many or not isinstance(value, (np.ndarray, np.generic)):
            return value
        return np.broadcast_to(value, (rows, *np.shape(value)))


def _once(equation: Equation) -> Run:
    """The equation as it is: none of its operands differs between the records."""

    def run(values: list[Any], rows: int) -> Any:
        there = look(values)
        result = equation.function(*mapped(equation.args, there), **mapped_words(equation.words, there))
        return result if isinstance(result, tuple) else np.asarray(result)

    return run


def _record_by_record(equation: Equation, many: set[int], shape: tuple[int, ...]) -> Run:
    """The equation for one record after the other."""
    function = equation.function

    def computed(values: list[Any], row: int) -> Any:
        def look(each: object) -> Any:
            if type(each) is not Ref:
                return each
            return np.asarray(values[each.number][row]) if each.number in many else values[each.number]

        return function(*mapped(equation.args, look), **mapped_words(equation.words, look))

    def run(values: list[Any], rows: int) -> Any:
        found = [computed(values, row) for row in range(rows)]
        if equation.guarded and len(equation.outputs) == 1:
            found = [checked(each, shape) for each in found]
        return [_as_rows(each) for each in zip(*found)] if len(equation.outputs) > 1 else _as_rows(found)

    return run


def _as_rows(results: Sequence[Any]) -> Any:
    """Results of one record each as one array.  NumPy takes another order of bytes away, which tells bfloat16, unless told."""
    return np.stack(results, dtype=results[0].dtype)


def _behind_each_other(parts: Sequence[Any]) -> Any:
    return np.concatenate(parts, dtype=parts[0].dtype)


def _lowered(equation: Equation, program: Program, many: set[int]) -> Run | None:
    """The equation for all records at once, or None where that is not known."""
    shape = program.types[equation.outputs[0]][0]
    if equation.kind == ELEMENTWISE:
        return _elementwise(equation, program, many, len(shape))
    if equation.kind == REDUCTION:
        return _reduction(equation, program)
    if not equation.words and equation.kind == VIEW and type(equation.args[0]) is Ref:
        return _view(equation, program, shape)
    if equation.function is np.matmul:
        return _matmul(equation, program, many)
    if equation.function in (np.concatenate, np.stack):
        return _joined(equation, program, many, len(shape))
    if equation.kind == STEP:
        return stacked_steps.lowered(equation, program, many)
    if equation.function in _ALONG_AXIS:
        return _along_axis(equation, program)
    if equation.function in FORMS and equation.function is not np.where:
        return _by_form(equation, many)
    if equation.function is put and is_basic(equation.args[1]):
        return _put(equation, program, many, shape)
    return None


def _elementwise(equation: Equation, program: Program, many: set[int], ndim: int) -> Run:
    function, args = equation.function, equation.args
    keys = {number: _aligning(len(program.types[number][0]), ndim) for number in equation.inputs if number in many}

    def pick(values: list[Any], each: object) -> Any:
        if type(each) is not Ref:
            return each
        key = keys.get(each.number)
        return values[each.number] if key is None else values[each.number][key]

    return lambda values, rows: function(*[pick(values, each) for each in args])


def _aligning(own: int, ndim: int) -> Any:
    """The index that puts dimensions of length 1 between the records and `own` dimensions; None where none are missing."""
    return None if own >= ndim else (slice(None), *[None] * (ndim - own))


def _reduction(equation: Equation, program: Program) -> Run:
    ref, axes, dtype, _, keepdims = equation.args
    own = len(program.types[ref.number][0])
    shifted = tuple([each + 1 for each in (range(own) if axes is None else axes)])
    return lambda values, rows: equation.function(values[ref.number], shifted, dtype, None, keepdims)


def _view(equation: Equation, program: Program, shape: tuple[int, ...]) -> Run | None:
    ref, *rest = equation.args
    number, own = ref.number, len(program.types[ref.number][0])
    function: Any = equation.function

    def axis(dim: int) -> int:
        return dim % own + 1

    if function in _SAME_ORDER:
        return lambda values, rows: values[number].reshape(rows, *shape)
    if function is np.broadcast_to:
        key = _aligning(own, len(shape)) or ...
        return lambda values, rows: np.broadcast_to(values[number][key], (rows, *shape))
    if function is operator.getitem and is_basic(rest[0]):
        behind = (slice(None), *(rest[0] if isinstance(rest[0], tuple) else (rest[0],)))
        return lambda values, rows: values[number][behind]
    if function in (np.ndarray.transpose, np.transpose):
        given = rest[0] if len(rest) == 1 else rest or range(own)[::-1]
        order = (0, *[axis(each) for each in given])
        return lambda values, rows: values[number].transpose(order)
    if function in (np.ndarray.swapaxes, np.swapaxes):
        one, two = axis(rest[0]), axis(rest[1])
        return lambda values, rows: values[number].swapaxes(one, two)
    if function in (np.ndarray.diagonal, np.diagonal):
        offset, *plane = rest + [0, 0, 1][len(rest) :]
        return lambda values, rows: values[number].diagonal(offset, *map(axis, plane))
    if function is sliding_window_view and len(rest) == 2:
        axes = tuple([axis(each) for each in np.atleast_1d(rest[1]).tolist()])
        return lambda values, rows: sliding_window_view(values[number], rest[0], axes)
    return None


def _matmul(equation: Equation, program: Program, many: set[int]) -> Run:
    """The product of matrices and vectors: vectors become matrices of one row or column, and dimensions line up."""
    left, right = equation.args
    dims = [np.ndim(each) if type(each) is not Ref else len(program.types[each.number][0]) for each in (left, right)]
    ndim = max(*dims, 2)
    keys = []
    for each, own, column in ((left, dims[0], False), (right, dims[1], True)):
        front = (slice(None),) if type(each) is Ref and each.number in many else ()
        vector = (slice(None), None) if column else (None, slice(None))
        tail = vector if own == 1 else (...,)
        missing = (None,) * (ndim - max(own, 2)) if front else ()
        keys.append((*front, *missing, *tail))
    squeezed = tuple([-2] * (dims[0] == 1) + [-1] * (dims[1] == 1))

    def run(values: list[Any], rows: int) -> Any:
        x, y = [values[each.number] if type(each) is Ref else each for each in (left, right)]
        product = np.matmul(x[keys[0]], y[keys[1]])
        return product.squeeze(squeezed) if squeezed else product

    return run


def _joined(equation: Equation, program: Program, many: set[int], ndim: int) -> Run | None:
    parts, *rest = equation.args
    axis = {**dict(zip(["axis"], rest)), **equation.words}.get("axis", 0)
    if axis is None:
        return None
    function: Any = equation.function

    def whole(values: list[Any], each: Any, rows: int) -> Any:
        if type(each) is Ref and each.number in many:
            return values[each.number]
        array = values[each.number] if type(each) is Ref else each
        return np.broadcast_to(array, (rows, *np.shape(array)))

    return lambda values, rows: function([whole(values, each, rows) for each in parts], axis % ndim + 1)


def _along_axis(equation: Equation, program: Program) -> Run | None:
    """A function along one dimension, such as a running sum."""
    x, *rest = equation.args
    axis = {**dict(zip(["axis"], rest)), **equation.words}.get("axis")
    if type(x) is not Ref or axis is None or len(rest) > 1:
        return None
    shifted, function = axis % len(program.types[x.number][0]) + 1, equation.function
    words = {name: each for name, each in equation.words.items() if name != "axis"}
    return lambda values, rows: function(values[x.number], shifted, **words)


def _by_form(equation: Equation, many: set[int]) -> Run:
    """A function of which batches know a form (engine.batch)."""
    form = FORMS[equation.function]

    def run(values: list[Any], rows: int) -> Any:
        def look(each: object) -> Any:
            if type(each) is not Ref:
                return each
            return Batch(values[each.number]) if each.number in many else values[each.number]

        return form(*mapped(equation.args, look), **mapped_words(equation.words, look)).ndarray

    return run


def _put(equation: Equation, program: Program, many: set[int], shape: tuple[int, ...]) -> Run:
    target, key, value = equation.args
    behind = (slice(None), *(key if isinstance(key, tuple) else (key,)))
    width = len(np.broadcast_to(np.int8(0), shape)[key].shape)

    def run(values: list[Any], rows: int) -> Any:
        array, part = mapped((target, value), look(values))
        own = type(target) is Ref and target.number in many
        out = array.copy() if own else np.broadcast_to(array, (rows, *shape)).copy()
        if type(value) is Ref and value.number in many:
            aligned = _aligning(len(program.types[value.number][0]), width)
            part = part if aligned is None else part[aligned]
        out[behind] = part
        return out

    return run
