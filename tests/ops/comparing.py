"""Observations compared: numbers within one tolerance a dtype, everything else exactly."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np

# The same for every operation: what rounding may do to a few operations in a row, relative to each number, and (a tenth
# of it) to the largest one of its array.
TOLERANCES = {"float64": 1e-12, "float32": 6e-6, "float16": 4e-3, "complex128": 1e-12, "complex64": 6e-6}


def differences(expected: Any, found: Any, where: str = "", dtype: str = "float64") -> Iterator[str]:
    """What differs between two observations, in words; nothing if they agree.

    dtype  the narrowest floating dtype that had a part in them, which says how exact they can be
    """
    if is_array(expected) and is_array(found):
        yield from _array_differences(expected, found, where, dtype)
    elif is_error(expected) and is_error(found):
        if expected[0] != found[0] or not _without_kernel(found[1]).startswith(leading_clause(expected[1])):
            yield f"{where}: expected {expected}, found {found}"
    elif isinstance(expected, dict) and isinstance(found, dict):
        for key in expected.keys() | found.keys():
            if key not in expected or key not in found:
                yield f"{where}.{key}: expected {expected.get(key, 'nothing')}, found {found.get(key, 'nothing')}"
            else:
                yield from differences(expected[key], found[key], f"{where}.{key}", dtype)
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for place, pair in enumerate(zip(expected, found, strict=True)):
            yield from differences(*pair, f"{where}[{place}]", dtype)
    elif expected != found:
        yield f"{where}: expected {expected}, found {found}"


def is_array(value: Any) -> bool:
    """Whether this is an encoded array."""
    return isinstance(value, list) and len(value) == 3 and isinstance(value[0], str) and isinstance(value[1], list)


def is_error(value: Any) -> bool:
    """Whether this is an error's type and message."""
    return isinstance(value, list) and len(value) == 2 and all(isinstance(each, str) for each in value)


def _array_differences(expected: list[Any], found: list[Any], where: str, dtype: str) -> Iterator[str]:
    if expected[:2] != found[:2]:
        yield f"{where}: expected {expected[:2]}, found {found[:2]}"
        return
    exact = expected[0] not in TOLERANCES
    want, have = np.array(expected[2]), np.array(found[2])
    agree = want == have if exact else _close(want, have, max(TOLERANCES[expected[0]], TOLERANCES[dtype]))
    if not np.all(agree):
        yield f"{where}: expected {expected[2]}, found {found[2]}"


def _close(want: Any, have: Any, tolerance: float) -> Any:
    """Equal up to rounding where finite; infinities and nans at the same places."""
    finite = np.isfinite(want)
    same = (want == have) | (np.isnan(want) & np.isnan(have))
    largest = max(1.0, np.abs(want[finite]).max(initial=0))
    with np.errstate(invalid="ignore"):
        near = np.abs(want - have) <= tolerance * (np.abs(want) + largest / 10)
    return np.where(finite, near & np.isfinite(have), same)


def leading_clause(message: str) -> str:
    """What gradcli's message has to begin with: PyTorch's first clause; of an error in the call itself, the name."""
    called = re.match(r"([\w.]+\(\))(:? missing|:? takes|:? got an unexpected|: argument| received an invalid)", message)
    if called:
        return called[1]
    # What follows "for dimension" is counted otherwise where an index has several parts.
    return re.split(r"(?<=\D)\.(?:\s|$)|; |, but| for dimension", _without_kernel(message))[0]


def _without_kernel(message: str) -> str:
    """A message of a missing kernel without the name of that, which says nothing to anybody."""
    return re.sub(r'^"[^"]*" ', "", message)
