"""Numbers in nested lists, as people write tensors down, made an array."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph import memory
from gradcli.graph.tensor import Tensor
from gradcli.ops.core import dtypes

_MOST_LITERAL = 10_000_000
_MOST_DIMENSIONS = 64  # NumPy's own bound


def literal(data: Any, dtype: Any = None, *, detaching: bool = True, widening: bool = False) -> Any:
    """Numbers in nested lists as an array: int64, bool, the default dtype where any is a float, or its complex one.

    dtype     what they become instead; with `widening`, complex numbers become the complex dtype whose parts have it
    Raises Problem.

    A tensor of one element counts as its number; one that requires grad does so only with `detaching`.
    """
    if isinstance(data, Tensor):
        return data.ndarray if dtype is None else dtypes.as_dtype(data.ndarray, dtype)
    shape, flat = _flattened(data, detaching)
    kind = dtype if dtype is not None else _common_dtype(flat)
    try:
        if kind.kind in "iu":
            _check_fit(flat, kind, explicit=dtype is not None)
        if not kind.isnative:
            return dtypes.as_dtype(np.array(flat, np.float64), kind).reshape(shape)
        return np.array(flat, kind if kind.kind != "u" else np.int64).astype(kind, copy=False).reshape(shape)
    except OverflowError:
        raise Problem("overflow", "int too large to convert to float", type="OverflowError") from None
    except TypeError:  # a complex number among them
        if dtype is None or widening:
            return literal(data, dtypes.complex_dtype(dtypes.default_dtype() if dtype is None else dtype), detaching=detaching)
        words = "'complex' object cannot be interpreted as an integer"
        if kind.kind == "f":
            words = "must be real number, not complex"
        hint = f"complex numbers do not fit into {kind.name}: take their real parts"
        raise Problem("dtype", words, type="TypeError", hint=hint) from None


def _check_fit(flat: list[Any], kind: Any, explicit: bool) -> None:
    """Refuse numbers that a whole-number dtype cannot hold."""
    most = int(np.iinfo(kind).max)
    least = -most if kind.kind == "u" else int(np.iinfo(kind).min)
    wrong = next((each for each in flat if not least <= each <= most), None)
    if wrong is not None:
        raise Problem(
            "overflow",
            f"value cannot be converted to type {kind.name} without overflow"
            if explicit
            else "Overflow when unpacking long long",
            type="RuntimeError" if explicit else "ValueError",
            hint=f"{str(wrong)[:24]} does not fit; a decimal point makes it a float",
        )


def _common_dtype(flat: list[Any]) -> Any:
    if not flat or any([isinstance(each, float) for each in flat]):
        return dtypes.default_dtype()
    return dtypes.BOOL if all([isinstance(each, bool) for each in flat]) else dtypes.INT64


def _flattened(data: Any, detaching: bool) -> tuple[tuple[int, ...], list[Any]]:
    """The shape and the numbers of nested lists, level by level.  Raises Problem where they are ragged."""
    shape: list[int] = []
    level = [data]
    while level and isinstance(level[0], (list, tuple)):
        length = len(level[0])
        _check_growth(len(level) * length, len(shape))
        for each in level:
            _check_row(each, length, len(shape))
        shape.append(length)
        level = [each for row in level for each in row]
    return tuple(shape), [each if type(each) in (int, float) else _number(each, detaching) for each in level]


def _check_row(row: Any, length: int, dim: int) -> None:
    if isinstance(row, (list, tuple)) and len(row) == length:
        return
    found = f"{len(row)}" if isinstance(row, (list, tuple)) else "a number"
    raise Problem(
        "ragged",
        f"expected sequence of length {length} at dim {dim} (got {found})",
        type="ValueError",
        hint="all rows of a tensor have the same length",
    )


def _check_growth(elements: int, depth: int) -> None:
    """Tuples that name each other may say with a few words what no memory holds: y = (x, x); z = (y, y); ..."""
    if elements > _MOST_LITERAL or depth >= _MOST_DIMENSIONS:
        raise Problem(
            "limit",
            f"nested lists make a tensor of at most {_MOST_LITERAL:,} numbers and {_MOST_DIMENSIONS} dimensions",
            type="ValueError",
            hint="read big tensors from a file, x=@data.npy",
        )
    memory.reserve(elements, "tensor")


def _number(value: Any, detaching: bool) -> Any:
    if isinstance(value, (int, float, complex)):
        return value
    if isinstance(value, Tensor) and value.requires_grad and not detaching:
        raise Problem(
            "no-grad",
            "a list becomes a tensor of its own here, and gradients would not reach the tensors in it",
            type="TypeError",
            hint="join tensors with stack([x, y]) or cat([x, y])",
        )
    if isinstance(value, Tensor) and value.ndarray.size == 1:
        return value.ndarray.item()
    raise Problem(
        "type",
        f"only numbers can stand in a tensor's list, and this is {_described(value)}",
        type="TypeError",
        hint="use stack or cat to join tensors, so that gradients flow" if isinstance(value, Tensor) else None,
    )


def _described(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return "a list deeper than the others"
    return f"a tensor of shape {list(value.shape)}" if isinstance(value, Tensor) else f"{value!r}"
