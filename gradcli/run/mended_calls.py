"""Calls whose operands can mean only one thing, though PyTorch refuses them: whole numbers beside floats, and lists of tensors.

A constant that is written without a point, `-c 'k=[1, 2]'`, is a tensor of whole numbers, since it may be an index.  An
operation that takes no whole numbers beside floats gets it in their dtype.  A list with tensors in it is stacked, so that
gradients reach them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor
from gradcli.ops.catalogue import FUNCTIONS
from gradcli.ops.core import binding, dtypes
from gradcli.ops.elementwise import conversion

_MENDABLE = frozenset({"dtype", "no-grad", "type"})  # codes of problems


def apply(run: Callable[[list[Any]], Any], operands: Sequence[Any]) -> Any:
    """The result of `run(operands)`, and where that is refused, of the operands put right.

    Raises the Problem of the operands as they are where nothing can be put right.
    """
    try:
        return run([*operands])
    except Problem as problem:
        mended = _mended(problem, operands)
        if mended is None:
            raise
        try:
            return run(mended)
        except Problem:
            raise problem from None


def _mended(problem: Problem, operands: Sequence[Any]) -> list[Any] | None:
    """The operands put right, or None where there is nothing to do."""
    if problem.code not in _MENDABLE:
        return None
    mended = _as_floats(operands) if problem.code == "dtype" else [stacked(each) for each in operands]
    return mended if any([new is not old for new, old in zip(mended, operands)]) else None


def stacked(value: Any) -> Any:
    """A nested list with tensors that need gradients in it as one tensor; anything else as it is."""
    if not isinstance(value, (list, tuple)) or not _holds_leaf(value):
        return value
    rows = [binding.as_tensor(stacked(each)) for each in value]
    return FUNCTIONS["stack"][0](rows)


def _holds_leaf(value: Any) -> bool:
    """Whether nested lists have a tensor that needs a gradient in them."""
    waiting = [value]
    for each in waiting:
        if isinstance(each, (list, tuple)):
            waiting += each
        elif isinstance(each, Tensor) and each.requires_grad:
            return True
    return False


def _as_floats(operands: Sequence[Any]) -> list[Any]:
    """Whole numbers in the dtype of the floats beside them; plain numbers alone in the default one."""
    floats = [each.ndarray.dtype for each in operands if isinstance(each, Tensor) and each.ndarray.dtype.kind == "f"]
    if not floats and any([isinstance(each, Tensor) for each in operands]):
        return [*operands]
    dtype = floats[0] if floats else dtypes.default_dtype()
    return [_as_float(each, dtype) for each in operands]


def _as_float(value: Any, dtype: np.dtype[Any]) -> Any:
    if type(value) is int:
        return float(value)
    if isinstance(value, (list, tuple)):
        try:
            return conversion.to(binding.as_tensor(value), dtype)
        except Problem:
            return value
    is_whole = isinstance(value, Tensor) and value.ndarray.dtype.kind in "iu"
    return conversion.to(value, dtype) if is_whole else value
