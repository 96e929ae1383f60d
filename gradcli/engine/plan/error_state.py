"""NumPy without warnings: infinities and nans are answers.

A plan of a few equations takes less time than `np.errstate`, so the setting is put in place as NumPy itself keeps it, in a
context variable; where a version of NumPy keeps it elsewhere, `np.errstate` does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

try:
    from numpy._core._ufunc_config import _extobj_contextvar as _setting  # type: ignore[attr-defined]
except ImportError:  # pragma: no cover
    _setting = None

if _setting is not None:
    with np.errstate(all="ignore"):
        _IGNORING = _setting.get()


def quietly(function: Callable[..., Any], arguments: Any) -> Any:
    """`function(*arguments)`, whatever NumPy would warn of."""
    if _setting is None:  # pragma: no cover
        with np.errstate(all="ignore"):
            return function(*arguments)
    token = _setting.set(_IGNORING)
    try:
        return function(*arguments)
    finally:
        _setting.reset(token)
