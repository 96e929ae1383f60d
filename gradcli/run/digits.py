"""The fewest digits that read back to the same number in its dtype, for whole arrays at once.

JSON's writer spells a Python float, which is a float64: 0.1 in float32 would come out as 0.10000000149011612.  So a
narrow number is first replaced by the float64 whose own digits are the short ones: 0.1.
"""

from __future__ import annotations

from typing import Final

import numpy as np

# Significant digits that float16 and float32 may need.  Any decimal of the least count survives the way into the dtype
# and back (C's FLT_DIG), so rounding to that count finds the shorter ones as well.
_DIGITS: Final = {2: range(3, 6), 4: range(6, 10)}
_TENS: Final = np.array([float(f"1e{power}") for power in range(23)])  # those that float64 holds exactly


def shortest(array: np.ndarray) -> np.ndarray:
    """A float array in float64, each value the one whose `repr` has the fewest digits that still round to the original.

    NumPy's own shortest digits take a microsecond a number, so most are found by rounding the whole array to more and
    more digits, and NumPy spells only what is left over.
    """
    counts = _DIGITS.get(array.dtype.itemsize)
    if counts is None:
        return array.astype(np.float64)
    narrow = array.reshape(-1)
    wide = narrow.astype(np.float64)
    values = np.flatnonzero(np.isfinite(wide) & (wide != 0))
    near = _within_reach(wide[values], float(np.finfo(array.dtype).tiny), counts)
    left = _round(narrow, wide, values[near], counts)
    _spell(narrow, wide, np.concatenate([values[~near], left]))
    return wide.reshape(array.shape)


def _within_reach(values: np.ndarray, tiny: float, counts: range) -> np.ndarray:
    """Where decimals round exactly: normal numbers that the exact powers of ten scale to every count of digits."""
    exponents = _exponents(values)
    reach: np.ndarray = (np.abs(values) >= tiny) & (exponents <= counts[0] + 21) & (exponents >= counts[-1] - 23)
    return reach


def _round(narrow: np.ndarray, wide: np.ndarray, todo: np.ndarray, counts: range) -> np.ndarray:
    """Round `wide` at the positions `todo` to as few digits as `narrow` allows; the positions where that found nothing.

    The neighbour below a power of two is nearer than the one above, so its shortest digits need not be the nearest:
    a power of two that takes more than the least count of digits is left.
    """
    left = []
    for digits in counts:
        near = _rounded(wide[todo], digits)
        with np.errstate(over="ignore"):  # the largest numbers may round up, out of the dtype
            found = near.astype(narrow.dtype) == narrow[todo]
        wide[todo[found]] = near[found]
        todo = todo[~found]
        powers = np.abs(np.frexp(wide[todo])[0]) == 0.5
        left.append(todo[powers])
        todo = todo[~powers]
    return np.concatenate([*left, todo])


def _rounded(values: np.ndarray, digits: int) -> np.ndarray:
    """Each value rounded to that many significant digits."""
    places = digits - 1 - _exponents(values)
    up = _TENS[np.maximum(places, 0)]
    down = _TENS[np.maximum(-places, 0)]
    near: np.ndarray = np.rint(values * up / down) * down / up
    return near


def _exponents(values: np.ndarray) -> np.ndarray:
    exponents: np.ndarray = np.floor(np.log10(np.abs(values))).astype(np.int64)
    return exponents


def _spell(narrow: np.ndarray, wide: np.ndarray, where: np.ndarray) -> None:
    """Write NumPy's shortest digits of `narrow` into `wide` at the positions `where`."""
    values, inverse = np.unique(narrow[where], return_inverse=True)
    wide[where] = values.astype("S").astype(np.float64)[inverse]
