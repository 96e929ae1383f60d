"""JSON text made piece by piece: arrays of any size, without a list of all their numbers ever being made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, Final

import numpy as np

from gradcli.errors import Problem
from gradcli.report.document import encoded
from gradcli.run.numbers import jsonable

_SLICE: Final = 1 << 16  # numbers that are spelt at once
_KEPT: Final = 1 << 21  # numbers whose texts are kept, some 40 MB


class Arrays:
    """The numbers of the arrays of one document; an array's text is made once, however often the document shows it.

    nonfinite  how NaN and infinities are written: "string", "null", or "error" (a Problem of code "non-finite")
    Texts are kept up to a bound, beyond which an array that is shown again is written again: memory stays what it is.
    """

    def __init__(self, nonfinite: str) -> None:
        self.nonfinite = nonfinite
        self._room = _KEPT
        self._texts: dict[int, tuple[Any, list[str]]] = {}  # id of an array -> the array (so that it lives on), its text

    def check(self, array: Any, what: str) -> None:
        """Raise the Problem of a number that is not finite where none may be; `what` names the array."""
        if self.nonfinite == "error":
            _check_finite(array, what)

    def text(self, array: Any, what: str) -> list[str]:
        """The numbers of an array, or null."""
        if array is None:
            return ["null"]
        self.check(array, what)
        return list(self.pieces(array))

    def pieces(self, array: Any) -> Iterable[str]:
        """The numbers of an array, piece by piece."""
        if id(array) in self._texts:
            return self._texts[id(array)][1]
        numbers = np.asarray(array)
        if numbers.size > self._room:
            return _numbers(numbers, self.nonfinite)
        self._room -= numbers.size
        self._texts[id(array)] = array, list(_numbers(numbers, self.nonfinite))
        return self._texts[id(array)][1]


def _numbers(array: np.ndarray, nonfinite: str) -> Iterator[str]:
    """The nested lists of an array; big ones slice by slice, so that no list of all its numbers is ever made."""
    if array.size <= _SLICE:
        yield encoded(jsonable(array, nonfinite))
    elif (row := array.size // len(array)) > _SLICE:
        yield from list_text(_numbers(each, nonfinite) for each in array)
    else:
        blocks = [array[start : start + _SLICE // row] for start in range(0, len(array), _SLICE // row)]
        yield from _joined("[", ([encoded(jsonable(block, nonfinite))[1:-1]] for block in blocks), "]")


def _check_finite(array: Any, what: str) -> None:
    if np.all(np.isfinite(array)):
        return
    try:
        jsonable(array, "error")
    except Problem as problem:
        raise Problem(problem.code, f"{what}: {problem.message}", type=problem.type, hint=problem.hint) from None


def object_text(pairs: Iterable[tuple[str, Iterable[str]]]) -> Iterator[str]:
    """An object whose values are pieces of JSON."""
    return _joined("{", ([f"{_key(key)}: ", *value] for key, value in pairs), "}")


@lru_cache(maxsize=256)
def _key(key: str) -> str:
    """A key of JSON; a batch writes the same few in every line."""
    return encoded(key)


def list_text(items: Iterable[Iterable[str]]) -> Iterator[str]:
    return _joined("[", items, "]")


def _joined(start: str, items: Iterable[Iterable[str]], end: str) -> Iterator[str]:
    between = start
    for item in items:
        yield between
        yield from item
        between = ", "
    yield end if between != start else start + end
