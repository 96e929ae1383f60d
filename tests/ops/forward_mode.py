"""Tangents pushed forward through whole expressions, by the rows' own jvp rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import numpy as np

from gradcli.graph.complex_rows import over_complex
from gradcli.graph.operation import Operation, rule_parameters
from gradcli.graph.operators import OPERATORS
from gradcli.graph.tensor import Tensor
from gradcli.ops import catalogue
from tests.ops.samples import Array


class Tangents:
    """The tangents of tensors; of all that is computed while `pushing`."""

    def __init__(self) -> None:
        self._entries: dict[int, tuple[Tensor, Array]] = {}  # the tensors are held, so that no id comes twice

    def __setitem__(self, tensor: Tensor, tangent: Array) -> None:
        self._entries[id(tensor)] = tensor, tangent

    def get(self, value: Any) -> Array | None:
        """The tangent of a value, or None where it has none."""
        found = self._entries.get(id(value))
        return None if found is None or found[0] is not value else found[1]

    @contextmanager
    def pushing(self) -> Iterator[None]:
        """While this runs, every application of a row gives its result a tangent."""
        operators = dict(OPERATORS)
        _ACTIVE.append(self)
        for row, _, pushing in _wrapped():
            row.call = pushing
            if row.operator is not None:
                OPERATORS[row.operator] = pushing
        try:
            yield
        finally:
            OPERATORS.update(operators)
            for row, call, _ in _wrapped():
                row.call = call
            _ACTIVE.pop()


_ACTIVE: list[Tangents] = []


@lru_cache(maxsize=1)
def _wrapped() -> list[tuple[Operation, Callable[..., Any], Callable[..., Any]]]:
    """Every row of derivatives of its own, with its call, and the call that pushes tangents as well."""
    return [(row, row.call, _pushed(row, row.call)) for row in catalogue.rows() if not row.composite]


def _pushed(row: Operation, call: Callable[..., Any]) -> Callable[..., Any]:
    count, defaults = 1 if row.variadic else len(row.operands), [each.default for each in row.statics]

    def pushing(*args: Any) -> Any:
        result, known = call(*args), _ACTIVE[-1]
        operands = tuple(args[0]) if row.variadic else args[:count]
        tangents = [known.get(operand) for operand in operands]
        if row.grad_fn is not None and any(each is not None for each in tangents):
            statics = (*args[count:], *defaults[len(args) - count :])
            outputs = tuple(result) if isinstance(result, tuple) else (result,)
            moved = _moved(row, operands, statics, [each.ndarray for each in outputs], tangents)
            for output, tangent in zip(outputs, moved, strict=False):
                known[output] = tangent
        return result

    return pushing


def _moved(
    row: Operation, operands: tuple[Any, ...], statics: tuple[Any, ...], outputs: list[Array], tangents: list[Array | None]
) -> list[Array]:
    """The tangents of the differentiable outputs: for each the sum of the operands' shares."""
    arrays = [x.ndarray if isinstance(x, Tensor) else x for x in operands]
    if row.casting is not None:
        arrays = row.casting(arrays, statics)
    if any(x.dtype.kind == "c" for x in arrays if isinstance(x, np.ndarray)):
        row = over_complex(row, np.complex128)
    dtype = np.result_type(outputs[0], *[x for x in arrays if isinstance(x, np.ndarray) and x.dtype.kind == "c"])
    filled = [np.zeros(np.shape(x), dtype) if t is None else t.astype(x.dtype) for x, t in zip(arrays, tangents, strict=True)]
    names = (*row.outputs, *row.operands, *[each.name for each in row.statics], *[f"{name}_shape" for name in row.operands])
    given = (*outputs[: len(row.outputs)], *([arrays] if row.variadic else arrays), *statics, *map(np.shape, arrays))
    values = dict(zip(names, given, strict=False))
    totals: list[Any] = [np.zeros_like(output) for output in outputs]
    for rule, tangent in [(row.jvps[0], filled)] if row.variadic else zip(row.jvps, filled, strict=True):
        if rule is not None and (row.variadic or np.any(tangent)):
            share = rule(tangent, *[values[name] for name in rule_parameters(rule)[1:]])
            shares = share if isinstance(share, tuple) else (share,)
            totals = [total + (each if total.dtype.kind == "c" else np.real(each)) for total, each in zip(totals, shares)]
    return [np.asarray(total) for total in totals]
