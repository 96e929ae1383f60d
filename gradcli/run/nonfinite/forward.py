"""Forward: the operations that made NaN or an infinity out of finite numbers, and NaN out of infinities."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from gradcli.graph.tensor import Tensor
from gradcli.run.nonfinite.origins import Origin, anywhere, firsts, forward_origin, is_entrywise, unfinite
from gradcli.run.symbolic.trees import walked
from gradcli.run.trace import Application, Trace
from gradcli.text import nodes as syntax


def births_forward(trace: Trace, outputs: Sequence[Tensor]) -> list[Origin]:
    """The origins among what the outputs that are not finite were computed from; and the first NaN made of infinities.

    Where no output is NaN in the end, those that came up on the way got lost again, and are no origins to speak of.
    """
    bad = [each for each in outputs if unfinite(each).any()]
    numbers: set[int] = set()
    for each in bad:
        numbers |= trace.ancestors(int(each._label or 0))
    found = first_origins(trace, numbers)
    if not any([np.isnan(each.ndarray).any() for each in bad]):
        return [each for each in found if not each.is_nan]
    made = [each for each in found if not each.is_input]
    mixed = [] if any([each.is_nan for each in made]) else next(_made(trace, sorted(numbers), _from_infinite), [])
    return [*found, *mixed]


def first_origins(trace: Trace, numbers: Iterable[int]) -> list[Origin]:
    """The origins among some tensors: inputs, and those in the first operation that made any."""
    order = sorted(numbers)
    return [*_inputs(trace, order), *next(_made(trace, order, _from_finite), [])]


def _inputs(trace: Trace, order: list[int]) -> Iterator[Origin]:
    for number in order:
        if number not in trace.applications:
            array = trace.tensors[number].ndarray
            mask = unfinite(array)
            if mask.any():
                yield from [forward_origin(number, array, index, True) for index in firsts(mask, array)]


def _made(trace: Trace, order: list[int], test: Any) -> Iterator[list[Origin]]:
    """For each operation that made some: the first infinity, and the first NaN."""
    for number in order:
        application = trace.applications.get(number)
        result = trace.tensors[number]
        if application is None or not unfinite(result).any() or _is_given(application, result.ndarray):
            continue
        mask = test(application, result.ndarray)
        if mask.any():
            yield [forward_origin(number, result.ndarray, index, False) for index in firsts(mask, result.ndarray)]


def _is_given(application: Application, out: Any) -> bool:
    """Whether all that is not finite is an infinity that was put in as an option, as in masked_fill(m, -inf)."""
    own = application.syntax
    if own is None or np.isnan(out).any():
        return False
    arguments = [each for call in walked(own) if isinstance(call, syntax.Call) for each in (*call.arguments, *call.keywords)]
    values = {_infinity(each) for each in arguments} - {0.0}
    return bool(values) and bool(np.isin(out[np.isinf(out)], list(values)).all())


def _infinity(node: syntax.Node) -> float:
    """The infinity that an argument is, or 0."""
    match node:
        case syntax.Keyword(value=value):
            return _infinity(value)
        case syntax.Unary(operator="-", operand=operand):
            return -_infinity(operand)
        case syntax.Name(id="inf") | syntax.Attribute(name="inf") | syntax.Call(function=syntax.Name(id="float")):
            return np.inf
    return 0.0


def _from_finite(application: Application, out: Any) -> Any:
    """Where the result is not finite though the operands are."""
    if is_entrywise(application):
        return unfinite(out) & ~anywhere(application.operands, out.shape, unfinite)
    clean = not any([unfinite(each).any() for each in application.operands if isinstance(each, (Tensor, float))])
    return unfinite(out) if clean else np.zeros(out.shape, bool)


def _from_infinite(application: Application, out: Any) -> Any:
    """Where the result is NaN, no operand is, and some operand is infinite."""
    if is_entrywise(application):
        nan, infinite = (anywhere(application.operands, out.shape, test) for test in (_nan, unfinite))
        return np.isnan(out) & ~nan & infinite
    tensors = [each for each in application.operands if isinstance(each, (Tensor, float))]
    return np.isnan(out) & (not any([_nan(each).any() for each in tensors]) and any([unfinite(each).any() for each in tensors]))


def _nan(value: Any) -> Any:
    array = np.asarray(value.ndarray if isinstance(value, Tensor) else value)
    return np.isnan(array) if array.dtype.kind == "f" else np.zeros(array.shape, bool)
