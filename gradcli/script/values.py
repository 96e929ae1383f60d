"""What the names in a piece of a program stand for, in a few words: "x is float32 [2, 3], lr = 0.1"."""

from __future__ import annotations

import re
from types import FrameType
from typing import Any

_NAME = re.compile(r"(?<![\w.])[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_STRING = re.compile(r"(['\"])(?:\\.|(?!\1).)*\1")
_MOST = 4  # names that are told of
_LONGEST = 40  # characters of a value
_NOTHING: Any = object()


def involved(text: str, frame: FrameType) -> str:
    """The tensors, arrays, numbers and short texts that `text`, a piece of the frame's code, names."""
    found: dict[str, str] = {}
    for name in _NAME.findall(_STRING.sub("", text)):
        path, value = _longest_known(name.split("."), frame)
        shown = None if value is _NOTHING else described(value)
        if shown is not None and len(found) < _MOST:
            found.setdefault(path, f"{path} {shown}")
    return ", ".join(found.values())


def _longest_known(parts: list[str], frame: FrameType) -> tuple[str, Any]:
    """How far a name with dots can be followed without running anything, and what it then stands for."""
    first = parts[0]
    value = frame.f_locals.get(first, frame.f_globals.get(first, _NOTHING))
    for place, part in enumerate(parts[1:], 1):
        inner = _member(value, part)
        if inner is _NOTHING:
            return ".".join(parts[:place]), value
        value = inner
    return ".".join(parts), value


def _member(value: Any, name: str) -> Any:
    """An attribute that stands in the object itself, or among a module's parameters."""
    own = getattr(value, "__dict__", None)
    if not isinstance(own, dict):
        return _NOTHING
    for names in (own, own.get("_parameters"), own.get("_modules"), own.get("_buffers")):
        if isinstance(names, dict) and name in names:
            return names[name]
    return _NOTHING


def described(value: Any) -> str | None:
    """A tensor or an array by dtype and shape, a number or a short text or list by value; None for all else."""
    array = getattr(value, "ndarray", value)
    kind = type(array)
    if kind.__module__ == "numpy" and kind.__name__ == "ndarray":
        return f"is {array.dtype.name} {list(array.shape)}"
    if type(value) not in (int, float, complex, bool, str, list, tuple, dict, type(None)):
        return None
    if isinstance(value, (str, list, tuple, dict)) and len(value) > _LONGEST:
        return None
    try:
        shown = repr(value)
    except Exception:
        return None
    return f"= {shown}" if len(shown) <= _LONGEST and "\n" not in shown else None
