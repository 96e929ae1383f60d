"""The limit on memory, checked before an array is made.

Results are taken to be at most as large as their broadcast operands, or as the tensors of a list together; rows whose
results can outgrow that (`ones`, `repeat`, `outer`, ...) say by how much in `elements`.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, suppress
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.context import changed, current
from gradcli.graph.operation import Operation

_MOST_DIMENSIONS = 64  # NumPy's own bound
_KEPT = 31 << 20  # bytes


def keep_what_is_freed() -> None:
    """Have glibc's malloc hand freed arrays of up to 32 MB on, rather than back to the system.

    What comes from the system is cleared page by page when it is first written to, which for an array of a million numbers
    takes longer than to add two of them.  malloc does so with all that is larger than what was once freed, up to 32 MB
    (malloc(3), M_MMAP_THRESHOLD): so one array is made and freed here, without a page of it being touched.
    """
    with suppress(MemoryError):  # under a limit: then nothing is kept
        np.empty(_KEPT, np.uint8)


keep_what_is_freed()


def limit() -> int | None:
    """The largest number of bytes that one array may take; None is no limit."""
    return current().max_bytes


def limited(most: int | None) -> AbstractContextManager[None]:
    """Allow arrays of at most `most` bytes while the block runs."""
    return changed(max_bytes=most)


def check(operation: Operation, arrays: list[Any], statics: tuple[Any, ...]) -> None:
    """Refuse an application whose result would not fit, before anything is allocated."""
    if operation.elements is not None:
        reserve(operation.elements(*arrays, *statics), operation.name, _widest(arrays))
    elif operation.variadic:
        reserve(sum([x.size for x in arrays]), operation.name, _widest(arrays))
    elif len(arrays) > 1:
        shapes = [x.shape for x in arrays if isinstance(x, np.ndarray)]
        if len(shapes) > 1 and any(shape != shapes[0] for shape in shapes):
            reserve(_broadcast_elements(shapes), operation.name, _widest(arrays))


def _widest(arrays: list[Any]) -> int:
    """How many bytes an element of the result may take: those of a complex number if one is there."""
    return max([8, *[x.itemsize for x in arrays if isinstance(x, np.ndarray)]])


def reserve(elements: int, what: str, itemsize: int = 8) -> None:
    """Refuse `elements` entries of `itemsize` bytes where they would pass the limit."""
    needed, most = elements * itemsize, limit()
    if most is not None and needed > most:
        raise Problem(
            "limit",
            f"{what} would need {human(needed)} of memory for {_count(elements)} elements, "
            f"more than the limit of {human(most)}",
            type="MemoryError",
            hint="use a smaller shape, or raise the limit",
        )


def _broadcast_elements(shapes: list[tuple[int, ...]]) -> int:
    longest = max(map(len, shapes))
    elements = 1
    for back in range(1, longest + 1):
        elements *= max([shape[-back] for shape in shapes if len(shape) >= back])
    return elements


def _count(elements: int) -> str:
    return f"{elements:,}" if elements < 10**21 else f"10^{len(str(elements)) - 1}"


def human(size: int) -> str:
    """A number of bytes as people write it: "7.5 GB"."""
    if size >= 10**21:  # astronomically wrong: the power of ten says it best
        return f"10^{len(str(size)) - 1} bytes"
    amount, units = float(size), ["bytes", "kB", "MB", "GB", "TB", "PB", "EB"]
    while amount >= 1000 and len(units) > 1:
        amount, units = amount / 1000, units[1:]
    return f"{amount:.3g} {units[0]}"
