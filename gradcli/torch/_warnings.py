"""Warnings that stand at the line of the program that caused them, however deep in this package they arise."""

from __future__ import annotations

import os
import sys
import warnings
from types import FrameType

_HERE = os.path.dirname(os.path.dirname(__file__)) + os.sep  # the package
_given: set[str] = set()
_always = False


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn as Python does: by its filters, once for each line of the program."""
    frame = calling_frame()
    if frame is None:
        warnings.warn(message, category, stacklevel=2)
        return
    names = frame.f_globals
    registry = names.setdefault("__warningregistry__", {})
    module = names.get("__name__") or "<unknown>"
    warnings.warn_explicit(message, category, frame.f_code.co_filename, frame.f_lineno, module, registry)


def set_warn_always(always: bool) -> None:
    """Whether what PyTorch warns of once is warned of every time, in all the process."""
    global _always
    _always = bool(always)


def is_warn_always_enabled() -> bool:
    """Whether that was asked for."""
    return _always


def warn_once(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn once in a process, as PyTorch does of what a loop would repeat."""
    if message not in _given or _always:
        _given.add(message)
        warn(message, category)


def calling_frame(skipped: int = 1) -> FrameType | None:
    """The innermost frame that is none of ours: the program's.  `skipped` frames are known to be ours."""
    frame: FrameType | None = sys._getframe(skipped)
    while frame is not None and frame.f_code.co_filename.startswith(_HERE):
        frame = frame.f_back
    return frame
