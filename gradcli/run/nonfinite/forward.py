"""Forward: the operations that made NaN or an infinity out of finite numbers, and NaN out of infinities."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from gradcli.graph.tensor import Tensor
from gradcli.run.nonfinite.births import Birth, anywhere, forward_birth, is_entrywise, unfinite
from gradcli.run.trail import Application, Trail


def births_forward(trail: Trail, outputs: Sequence[Tensor]) -> list[Birth]:
    """The first birth among what the outputs that are not finite were computed from; and the first NaN made of infinities.

    Inputs that are not finite themselves come first, and are births of their own.
    """
    bad = [each for each in outputs if unfinite(each).any()]
    numbers: set[int] = set()
    for each in bad:
        numbers |= trail.ancestors(int(each.label or 0))
    return sought(trail, numbers, any([np.isnan(each.array).any() for each in bad]))


def sought(trail: Trail, numbers: Iterable[int], with_nan: bool) -> list[Birth]:
    """The births among some tensors: inputs, the first by an operation, and the first NaN out of infinities."""
    order = sorted(numbers)
    inputs = list(_inputs(trail, order))
    made = next(_made(trail, order, _from_finite), None)
    mixed = next(_made(trail, order, _from_infinite), None) if with_nan and (made is None or made.value == made.value) else None
    return [*inputs, *[each for each in (made, mixed) if each is not None]]


def _inputs(trail: Trail, order: list[int]) -> Iterator[Birth]:
    for number in order:
        if number not in trail.applications:
            array = trail.tensors[number].array
            mask = unfinite(array)
            if mask.any():
                yield forward_birth(number, array, mask, True)


def _made(trail: Trail, order: list[int], test: Any) -> Iterator[Birth]:
    for number in order:
        application = trail.applications.get(number)
        result = trail.tensors[number]
        if application is None or not unfinite(result).any():
            continue
        mask = test(application, result.array)
        if mask.any():
            yield forward_birth(number, result.array, mask, False)


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
    array = np.asarray(value.array if type(value) is Tensor else value)
    return np.isnan(array) if array.dtype.kind == "f" else np.zeros(array.shape, bool)
