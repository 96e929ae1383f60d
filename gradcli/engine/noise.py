"""How far the computed values of a function are off by rounding, though it be an intermediate result that was rounded.

Values at equal distances along a short ray lie on a smooth curve, which their fourth differences take away; what is left is
irregular, and is the errors times the square root of 70.  (Hamming's difference tables, as in Moré and Wild, "Estimating
computational noise", 2011.)  Errors are of one size at every distance, while a curve's fourth differences fall with its fourth
power: where they fall steeply, the smaller ones are believed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradcli.errors import Record

Array = np.ndarray[Any, Any]

_SAMPLES = 5
_DISTANCES = (0.42, 0.5, 0.58, 0.66, 0.74)  # between samples: the precision to these powers, 1e-6 to 1e-11 of doubles
_STEEP = 1e-3  # what a curve's fourth differences fall by, at the least, from one distance to the next: it would be 1e-5


class Noise(Record):
    """Of each value of a function: the size of its errors, and `own`, the part that comes of rounding the value itself."""

    __slots__ = ("errors", "own")
    errors: Array
    own: Array


def noise(change: Callable[[], Array], leaves: Sequence[Array], sizes: Array, roundings: Array, eps: float) -> Noise:
    """The noise of a function at a point.

    change     its value at the numbers in `leaves` as they stand, less that at the point
    leaves     the arrays to move, float64; they are given back as they were
    sizes      how large its values are there
    roundings  what they are off at the least, since some number on the way was rounded
    eps        the relative precision in which it is computed
    """
    here = [entries.copy() for entries in leaves]
    tables = _tables(change, leaves, here, eps)
    for table, other in zip(tables, _tables(change, leaves, here, -eps) if np.isnan(tables).any() else tables):
        table[...] = np.where(np.isnan(table), other, table)
    for entries, start in zip(leaves, here):
        entries[...] = start
    return Noise(np.fmax(roundings, _least(tables)), eps * sizes)


def _tables(change: Callable[[], Array], leaves: Sequence[Array], here: list[Array], eps: float) -> list[Array]:
    """What rays of falling length say: at the scale of 1 and, below that, of the numbers themselves."""
    whole = [np.maximum(np.abs(start), 1) for start in here]
    own = [np.where(start == 0, 1, np.abs(start)) for start in here]
    scales = [whole] if all([np.array_equal(*pair) for pair in zip(whole, own)]) else [whole, own]
    steps = [np.copysign(abs(eps) ** power, eps) for power in _DISTANCES]
    return [_irregular(change, leaves, here, units, step) for units in scales for step in steps]


def _irregular(
    change: Callable[[], Array], leaves: Sequence[Array], here: list[Array], units: list[Array], step: float
) -> Array:
    """What samples at this distance say.  The ray begins at the point, and so does not cross a kink that is there."""
    samples = []
    for number in range(1, _SAMPLES + 1):
        for entries, start, unit in zip(leaves, here, units):
            entries[...] = start + number * step * unit * np.where(np.arange(unit.size) % 3 == 1, -1, 1).reshape(unit.shape)
        samples.append(change())
    irregular = np.abs(np.diff(samples, _SAMPLES - 1, axis=0)[0]) / np.sqrt(70)
    moved: Array = np.where(np.ptp(samples, axis=0) == 0, -1, irregular)  # where nothing moved, nothing can be seen
    return moved


def _least(irregular: list[Array]) -> Array:
    """The size of the errors, from tables of falling distance; 0 where none of them shows any."""
    errors = np.zeros(irregular[0].shape)
    for each in irregular:
        curved = (each >= 0) & (each < _STEEP * errors)
        errors = np.where(curved, each, np.fmax(errors, each))
    return errors
