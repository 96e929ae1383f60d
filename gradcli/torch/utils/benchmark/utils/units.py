"""Times in units that people read, and other pieces of reports."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

_NAMES = {"ns": "nanosecond", "us": "microsecond", "ms": "millisecond", "s": "second"}
_SECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}


def select_unit(t: float) -> tuple[str, float]:
    """The unit in which a time in seconds is told, and how many seconds that is."""
    place = math.log10(t) // 3 if t else 0
    unit = {-3: "ns", -2: "us", -1: "ms"}.get(int(place), "s")
    return unit, _SECONDS[unit]


def unit_to_english(u: str) -> str:
    """The name of a unit."""
    return _NAMES[u]


def trim_sigfig(x: float, n: int) -> float:
    """A number rounded to n digits, in float32 as PyTorch's rounding is."""
    if not n:
        return x
    scale = 10.0 ** (math.ceil(math.log10(abs(x))) - n)
    return float(np.round(np.float32(x / scale)) * np.float32(scale))


def ordered_unique(elements: Iterable[Any]) -> list[Any]:
    """Each element once, in the order of their first places."""
    return list(dict.fromkeys(elements))


@contextmanager
def set_torch_threads(n: int) -> Iterator[None]:
    """A block in which PyTorch would use n threads: here nothing changes."""
    yield
