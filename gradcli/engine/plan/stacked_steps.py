"""Rows and rules for many records at once, as their parameters tell: dimensions count from the second on, shapes get the
records in front, and a reduction over all dimensions leaves the first one out.

Whether a row that was not written with this in mind takes it so is tried, on a few records of different sizes of numbers: it is
believed only where each of them comes out as it does by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from gradcli.engine.plan.error_state import quietly
from gradcli.engine.plan.program import Equation, Program, Ref, leaves, mapped
from gradcli.graph.operation import Operation, rule_parameters

_TRIED: Final = 3  # records
_TOLERANCE: Final = {"f": 1e-4, "d": 1e-9, "e": 1e-2, "F": 1e-4, "D": 1e-9}
Run = Callable[[list[Any], int], Any]


def lowered(equation: Equation, program: Program, many: set[int]) -> Run | None:
    """The equation of a row or a rule for all records at once, or None where it does not come out so."""
    names = _names(equation)
    if names is None or equation.words or len(names) != len(equation.args):
        return None
    stacked = [type(each) is Ref and each.number in many for each in equation.args]
    nested = [each for each in equation.args if type(each) in (tuple, list, slice)]
    inner = [each.number for each in leaves(nested) if type(each) is Ref]
    dims = {len(program.types[each.number][0]) for each, is_many in zip(equation.args, stacked) if is_many}
    ndim = max(dims, default=0)
    if not ndim or not many.isdisjoint(inner):
        return None
    kinds = {each.name: each.kind for each in equation.operation.statics} if equation.operation is not None else {}
    shifted = [_shifted(each, name, kinds.get(name, ""), ndim) for each, name in zip(equation.args, names)]
    function = equation.function

    def argument(each: object, name: str, values: list[Any], rows: int) -> Any:
        if name.endswith("_shape") and type(each) is tuple:
            return (rows, *each)
        if isinstance(each, np.ndarray) and each.ndim:
            return np.broadcast_to(each, (rows, *each.shape))
        if type(each) is Ref and each.number in many:  # with dimensions of length 1 where others have more
            missing = ndim - len(program.types[each.number][0])
            return values[each.number][(slice(None), *[None] * missing)] if missing else values[each.number]
        return mapped(each, look(values))

    def run(values: list[Any], rows: int) -> Any:
        return function(*[argument(each, name, values, rows) for each, name in zip(shifted, names)])

    return run if quietly(_is_borne_out, (equation, program, run, many)) else None


def look(values: list[Any]) -> Callable[[Any], Any]:
    """A function that puts the arrays of variables in the place of what refers to them."""
    return lambda each: values[each.number] if type(each) is Ref else each


def _names(equation: Equation) -> tuple[str, ...] | None:
    """What the parameters of the equation's function are called."""
    row: Operation | None = equation.operation
    if row is None or row.variadic:
        return None
    if equation.function is row.forward:
        return (*row.operands, *[each.name for each in row.statics])
    try:
        return rule_parameters(equation.function)
    except AttributeError:
        return None


def _shifted(value: Any, name: str, kind: str, ndim: int) -> Any:
    """An argument as the stack takes it: dimensions one further."""
    if name == "key" and type(value) is tuple:  # an index
        return (slice(None), *value)
    words = set(kind.split(" | "))
    if not words & {"Dim", "Dims"} or type(value) is Ref:
        return value
    if value is None:
        return tuple(range(1, ndim + 1)) if "Dims" in words else None
    if type(value) is int:
        return value % ndim + 1 if -ndim <= value < ndim else value
    return type(value)([each % ndim + 1 for each in value]) if isinstance(value, (list, tuple)) else value


def _is_borne_out(equation: Equation, program: Program, run: Run, many: set[int]) -> bool:
    """Whether records come out of a stack as they do one by one: of ordinary numbers, zeros, ties, infinities."""
    for draw in (_ordinary, _special, _infinite):
        values: list[Any] = [None] * len(program.types)
        for number in dict.fromkeys(equation.inputs):
            records = [draw(*program.types[number], (number, record)) for record in range(_TRIED)]
            values[number] = np.stack(records) if number in many else records[0]
        expected = _attempted(lambda: _one_by_one(equation, values, many))  # noqa: B023
        found = _attempted(lambda: run(values, _TRIED))  # noqa: B023
        if expected is None and draw is _ordinary:
            return False
        if (expected is None) != (found is None) or (expected is not None and not _agree_all(expected, found)):
            return False
    return True


def _attempted(compute: Callable[[], Any]) -> Any:
    """What comes of it as a tuple of arrays, or None where it fails."""
    try:
        found = compute()
    except Exception:  # whatever a kernel makes of a shape or of numbers that it does not take
        return None
    return found if isinstance(found, tuple) else (found,)


def _one_by_one(equation: Equation, values: list[Any], many: set[int]) -> tuple[Any, ...]:
    rows = []
    for row in range(_TRIED):
        own = [each[row] if number in many and each is not None else each for number, each in enumerate(values)]
        found = equation.function(*mapped(equation.args, look(own)))
        rows.append(found if isinstance(found, tuple) else (found,))
    return tuple([np.stack(each) for each in zip(*rows)])


def _agree_all(expected: tuple[Any, ...], found: tuple[Any, ...]) -> bool:
    return len(expected) == len(found) and all([_agree(one, two) for one, two in zip(expected, found)])


def _agree(expected: Any, found: Any) -> bool:
    if not isinstance(found, np.ndarray) or (expected.shape, expected.dtype) != (found.shape, found.dtype):
        return False
    tolerance = _TOLERANCE.get(expected.dtype.char, 0.0)
    return bool(np.allclose(expected, found, tolerance, tolerance, equal_nan=True))


def _ordinary(shape: tuple[int, ...], dtype: np.dtype[Any], seed: tuple[int, int]) -> Any:
    """An array to try with, another one for each variable and each record."""
    random, record = np.random.default_rng(seed), seed[1]
    if dtype.kind == "c":
        return (_ordinary((*shape, 2), np.dtype(np.float64), seed) @ [1, 1j]).astype(dtype)
    if dtype.kind != "f":
        return random.integers(0, 2, shape).astype(dtype)
    return (random.uniform(0.3, 0.9, shape) * (1 + 2 * record)).astype(dtype)


def _special(shape: tuple[int, ...], dtype: np.dtype[Any], seed: tuple[int, int]) -> Any:
    """Numbers among which rules tell cases apart: in the first record none, then a single zero, then zeros, ones and ties."""
    random, record = np.random.default_rng((*seed, 1)), seed[1]
    if dtype.kind != "f":
        return _ordinary(shape, dtype, seed)
    if record == _TRIED - 1:
        return random.choice([-1.0, 0.0, 1.0, 1.0], shape).astype(dtype)
    values = np.asarray(random.uniform(-0.9, 0.9, shape), dtype)
    if record and values.size:
        values.flat[0] = 0
    return values


def _infinite(shape: tuple[int, ...], dtype: np.dtype[Any], seed: tuple[int, int]) -> Any:
    """Numbers of which some are infinite, or none at all."""
    values = np.array(_ordinary(shape, dtype, seed))
    if seed[1] and values.size and dtype.kind == "f":
        values.flat[-1] = (np.inf, np.nan)[seed[1] % 2]
    return values
