"""What a tensor can be made of: numbers in nested sequences of a program, as nested lists of plain numbers with their dtype.

Sequences are lists, tuples, arrays, and whatever has a length and items.  Numbers of NumPy's and tensors of one element bring
their dtypes; Python's numbers have the default one.  What holds no numbers is refused in PyTorch's words.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor
from gradcli.ops.core import dtypes
from gradcli.ops.core.literals import literal
from gradcli.torch._rows import as_operand

_MOST_NESTED = 64  # dimensions; a list may hold itself
_PLAIN = (int, float, bool)
_SINGLE = (int, float, complex, str, np.generic, Tensor, dict)  # entries, although some have a length and items
_NUMBERS_ONLY = "a tensor is made of numbers"


def array_of(data: Any, kind: np.dtype[Any] | None) -> Any:
    """An array of the numbers in nested sequences, of their own dtype where `kind` is None.  Raises Problem."""
    check(data)
    foreign: list[Any] = []  # whether there is anything that brings a dtype
    try:
        made = literal(_plain(data, foreign), kind)
    except Problem as problem:
        raise _refusal(data, kind) or problem from None
    if kind is not None or not foreign or not made.size:
        return made
    return made.astype(dtypes.promoted([np.empty(1, each) for each in dict.fromkeys(_kinds(data))]), copy=False)


def check(data: Any) -> None:
    """Refuse what its first entry tells to hold no numbers.  Raises Problem."""
    if isinstance(data, str):
        raise Problem("type", "new(): invalid data type 'str'", type="TypeError", hint=_NUMBERS_ONLY)
    first = data
    for _ in range(_MOST_NESTED):
        if not (isinstance(first, (list, tuple)) and first):
            break
        first = first[0]
    if isinstance(first, str):
        raise Problem("type", "too many dimensions 'str'", type="ValueError", hint=_NUMBERS_ONLY)


def _plain(data: Any, foreign: list[Any], depth: int = 0) -> Any:
    """Nested sequences as lists of plain numbers; what brings a dtype is noted as `foreign`."""
    if isinstance(data, Tensor):
        foreign.append(data)
        if depth and data.ndarray.size != 1:
            words = "only one element tensors can be converted to Python scalars"
            raise Problem("type", words, type="ValueError", hint="join tensors with torch.stack or torch.cat")
        return data.ndarray.item() if depth else data.ndarray.tolist()
    if isinstance(data, np.ndarray):
        foreign.append(data)
        return data.tolist()
    if isinstance(data, (list, tuple)):
        if depth > _MOST_NESTED or all([type(each) in _PLAIN for each in data]):
            return data
        return [_plain(each, foreign, depth + 1) for each in data]
    if _is_sequence(data):
        return [_plain(data[place], foreign, depth + 1) for place in range(len(data))]
    if isinstance(data, np.generic):
        foreign.append(data)
    return as_operand(data)


def _is_sequence(data: Any) -> bool:
    return not isinstance(data, _SINGLE) and hasattr(data, "__len__") and hasattr(data, "__getitem__")


def _leaves(data: Any, depth: int = 0) -> Iterator[Any]:
    """The entries of nested sequences, one after the other."""
    if depth > _MOST_NESTED or isinstance(data, np.ndarray) or not _is_sequence(data):
        yield data
        return
    for place in range(len(data)):
        yield from _leaves(data[place], depth + 1)


def _kinds(data: Any) -> Iterator[np.dtype[Any]]:
    """The dtype of each entry."""
    for value in _leaves(data):
        if isinstance(value, Tensor):
            yield value.ndarray.dtype
        elif isinstance(value, (np.ndarray, np.generic)):
            yield value.dtype
        else:
            yield literal(value).dtype


# --- what is refused ------------------------------------------------------------------------------------------------


def _refusal(data: Any, kind: np.dtype[Any] | None) -> Problem | None:
    """PyTorch's words for the first entry that is no number, or stands at another depth; None if it is another matter."""
    entries = list(_leaves(data))
    wrong = next((each for each in entries if not isinstance(each, (int, float, complex, np.generic, np.ndarray, Tensor))), 0)
    if wrong != 0 and kind is None:
        if isinstance(wrong, str):
            return Problem("type", "new(): invalid data type 'str'", type="TypeError", hint=_NUMBERS_ONLY)
        return Problem("type", f"Could not infer dtype of {type(wrong).__name__}", hint=_NUMBERS_ONLY)
    floats = kind.kind == "f" if kind is not None else any([isinstance(each, float) for each in entries])
    if wrong != 0:
        return _no_number(wrong, floats)
    depth, first = 0, data
    while depth < _MOST_NESTED and _is_sequence(first):
        depth, first = depth + 1, first[0] if len(first) else None
    return _uneven(data, depth, floats)


def _uneven(data: Any, depth: int, floats: bool) -> Problem | None:
    """What is wrong with sequences that are not all of this depth, or None."""
    if not depth:
        return _no_number(data, floats) if _is_sequence(data) else None
    if not _is_sequence(data):
        return Problem("ragged", "not a sequence", type="TypeError", hint="all rows of a tensor have the same length")
    found = (_uneven(data[place], depth - 1, floats) for place in range(len(data)))
    return next((each for each in found if each is not None), None)


def _no_number(value: Any, floats: bool) -> Problem:
    name = type(value).__name__
    words = f"must be real number, not {name}" if floats else f"'{name}' object cannot be interpreted as an integer"
    return Problem("type", words, type="TypeError", hint=_NUMBERS_ONLY)
