"""Arrays and the nested lists of JSON: one becomes the other, with no digit more than it takes to read it back.

`jsonable` goes from arrays to lists (reports, saved gradients); `parse_nested` from lists to arrays (files, batches).
"""

from __future__ import annotations

import re
from typing import Any, Final

import numpy as np

from gradcli.errors import Problem, did_you_mean
from gradcli.graph.half_precision import in_dtype
from gradcli.ops.core.dtypes import by_name
from gradcli.run.digits import shortest

DTYPES: Final = (
    "float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool", "complex128", "complex64",
)  # fmt: skip
_WORDS: Final = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}
_SPELT: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_KEYS: Final = ("data", "shape", "dtype")
_PARTS: Final = ("re", "im")  # of a complex number
_MOST_DIMENSIONS: Final = 64  # NumPy's own bound, and PyTorch's
_MOST_ELEMENTS: Final = 1 << 60


def jsonable(array: np.ndarray, nonfinite: str = "string") -> Any:
    """The array as nested lists (a 0-d array: as one number), whose JSON reads back to the same values in its dtype.

    NaN and the infinities become the words "NaN", "Infinity", "-Infinity" with `nonfinite="string"`, None with "null",
    and a Problem (code "non-finite", ValueError) that names the index of the first one with "error".
    A complex number is an object of its parts, {"re": 1.0, "im": -2.0}.
    """
    array = np.asarray(array)
    if array.dtype.kind == "c":
        return _of_parts(jsonable(array.real, nonfinite), jsonable(array.imag, nonfinite))
    if array.dtype.kind != "f":
        return array.tolist()
    wide = shortest(array)
    finite = np.isfinite(wide)
    if finite.all():
        return wide.tolist()
    if nonfinite == "error":
        raise _not_finite(wide, finite)
    words = wide.astype(object)
    words[~finite] = None
    if nonfinite == "string":
        for word, value in _WORDS.items():
            words[np.isnan(wide) if word == "NaN" else wide == value] = word
    return words.tolist()


def _of_parts(real: Any, imaginary: Any) -> Any:
    if isinstance(real, list):
        return [_of_parts(*each) for each in zip(real, imaginary)]
    return dict(zip(_PARTS, (real, imaginary)))


def _not_finite(wide: np.ndarray, finite: np.ndarray) -> Problem:
    position = int(np.argmin(finite))
    value, place = wide.flat[position], _path(position, wide.shape)
    return Problem(
        "non-finite",
        f"the value{place and f' at {place}'} is {value}, which is not a finite number",
        type="ValueError",
        hint='--nonfinite string writes such values as "NaN" and "Infinity"',
    )


# ---- nested lists ----------------------------------------------------------------------------------------------------


def parse_nested(value: Any, label: str) -> np.ndarray:
    """The array that a JSON value spells: a number, nested lists of equal lengths, or a tensor object.

    Whole numbers give int64, all-bool gives bool, everything else float64; whole numbers too large for int64 count as
    floats.  The words "NaN", "Infinity" and "-Infinity" are numbers, and so are texts that spell one ("1.5").
    A complex number is an object of its parts, {"re": 1, "im": -2}, of which one may be left out; one makes all complex128.
    A tensor object {"data": ..., "shape": [...], "dtype": "int64"} has the dtype it says.  `label` says in messages what
    is being read.
    Problem (code "value"): lists of unequal lengths, or an entry that is no number, with the index where.
    """
    if isinstance(value, dict) and not is_complex(value):
        return _tensor_object(value, label)
    entries, shape = _flatten(value, label)
    return _flat_array(entries, shape, label).reshape(shape)


def is_complex(value: Any) -> bool:
    """Whether a JSON value spells one complex number."""
    return isinstance(value, dict) and bool(value) and value.keys() <= set(_PARTS)


def _flatten(value: Any, label: str) -> tuple[list[Any], tuple[int, ...]]:
    """The entries of nested lists in row-major order, and the shape; level by level, so that depth costs no stack."""
    shape: list[int] = []
    level = [value]
    while level and isinstance(level[0], list):
        length = len(level[0])
        if any(not isinstance(node, list) or len(node) != length for node in level):
            raise _ragged(level, tuple(shape), label)
        shape.append(length)
        if len(shape) > _MOST_DIMENSIONS:
            raise _bad(f"{label} is nested more than {_MOST_DIMENSIONS} lists deep")
        level = [entry for node in level for entry in node]
    if list in set(map(type, level)):
        raise _ragged(level, tuple(shape), label)
    return level, tuple(shape)


def _ragged(level: list[Any], shape: tuple[int, ...], label: str) -> Problem:
    """What is wrong with the first node of this level that is not like its first one."""
    first = level[0]
    if not isinstance(first, list):
        position = next(i for i, node in enumerate(level) if isinstance(node, list))
        return _bad(f"{label} has a number at {_path(0, shape)} and a list at {_path(position, shape)}")
    length = len(first)
    position = next(i for i, node in enumerate(level) if not isinstance(node, list) or len(node) != length)
    here, odd = _path(position, shape), level[position]
    if not isinstance(odd, list):
        return _bad(f"{label} has a list at {_path(0, shape)} and {_kind(odd)} at {here}")
    return _bad(
        f"expected sequence of length {length} at dim {len(shape)} (got {len(odd)}): in {label}, the list at "
        f"{here} is not as long as the one at {_path(0, shape)}",
        "give all lists of one depth the same length",
    )


def _flat_array(entries: list[Any], shape: tuple[int, ...], label: str) -> np.ndarray:
    """The entries as a 1-d array of the dtype that their types call for."""
    types = set(map(type, entries))
    if dict in types and all(is_complex(each) for each in entries if isinstance(each, dict)):
        whole = [each if is_complex(each) else {"re": each} for each in entries]
        parts = [[each.get(part, 0) for each in whole] for part in _PARTS]
        joined = np.empty(len(entries), np.complex128)
        joined.real, joined.imag = [_flat_array(each, shape, label) for each in parts]
        return joined
    if not types <= {int, float, bool}:
        entries = [
            _number(entry, i, shape, label) if type(entry) not in (int, float, bool) else entry
            for i, entry in enumerate(entries)
        ]
        types.add(float)
    if types == {bool}:
        return np.array(entries, np.bool_)
    if types and float not in types:
        try:
            return np.array(entries, np.int64)
        except OverflowError:
            pass  # beyond int64: as floats
    try:
        return np.array(entries, np.float64)
    except OverflowError:
        position = next(i for i, entry in enumerate(entries) if isinstance(entry, int) and entry.bit_length() > 1023)
        raise _bad(f"the whole number{_at(position, shape)} in {label} is too large for float64") from None


def _number(entry: Any, position: int, shape: tuple[int, ...], label: str) -> float:
    if isinstance(entry, str):
        if entry in _WORDS:
            return _WORDS[entry]
        if _SPELT.fullmatch(entry.strip()):  # as programs write numbers that a float would round
            return float(entry)
    what = f"has {_kind(entry)}{_at(position, shape)}" if shape else f"is {_kind(entry)}"
    raise _bad(
        f"{label} {what} where a number is wanted",
        'write "NaN", "Infinity" or "-Infinity" for what JSON has no number for'
        if entry is None or isinstance(entry, str)
        else None,
    )


def _tensor_object(value: dict[str, Any], label: str) -> np.ndarray:
    for key in value:
        if key not in _KEYS:
            raise _bad(
                f"{label} has the key {_quoted(key)}, which a tensor object does not have",
                did_you_mean(key, _KEYS) or 'its keys are "data", "shape" and "dtype"',
            )
    if "data" not in value:
        raise _bad(
            f'{label} is an object without "data"', 'a tensor object is {"data": [1, 2], "shape": [2], "dtype": "int64"}'
        )
    if isinstance(value["data"], dict) and not is_complex(value["data"]):
        raise _bad(f'the "data" of {label} is an object where a list or a number is wanted')
    array = parse_nested(value["data"], label)
    if value.get("dtype") is not None:
        array = _converted(array, value["dtype"], label)
    return array if value.get("shape") is None else _reshaped(array, value["shape"], label)


def _reshaped(array: np.ndarray, shape: Any, label: str) -> np.ndarray:
    if not isinstance(shape, list) or any(type(size) is not int or not 0 <= size < _MOST_ELEMENTS for size in shape):
        raise _bad(f'the "shape" of {label} is {_kind(shape)} where a list of whole numbers from 0 on is wanted')
    if len(shape) > _MOST_DIMENSIONS:
        raise _bad(f'the "shape" of {label} has more than {_MOST_DIMENSIONS} dimensions')
    try:
        return array.reshape(shape)
    except ValueError:
        raise _bad(
            f"shape '{shape}' is invalid for input of size {array.size}: the shape and the data of {label} do not agree",
            type="RuntimeError",
        ) from None


def _converted(array: np.ndarray, name: Any, label: str) -> np.ndarray:
    """The array in the dtype called `name`; a value that a whole-number dtype cannot hold is refused."""
    if name not in DTYPES:
        raise _bad(
            f"{label} has the dtype {_quoted(name)}, which is not known",
            did_you_mean(str(name), DTYPES) or f"the dtypes are {', '.join(DTYPES)}",
            type="TypeError",
        )
    dtype = by_name(name)
    if array.dtype.kind == "c" and dtype.kind != "c":
        raise _bad(f"{label} holds complex numbers, and its dtype says {name}", type="TypeError")
    with np.errstate(all="ignore"):  # what does not fit is found below, or is infinite as in PyTorch
        cast: np.ndarray = in_dtype(array, dtype)
    lost = cast != array if dtype.kind in "iu" else np.zeros(0, np.bool_)
    if lost.any():
        position = int(np.argmax(lost))
        raise _bad(
            f"value cannot be converted to type {name} without overflow or rounding: {array.flat[position]}"
            f"{_at(position, array.shape)} of {label}",
            type="RuntimeError",
        )
    return cast


# ---- words -----------------------------------------------------------------------------------------------------------


def _path(position: int, shape: tuple[int, ...]) -> str:
    """The index of the entry at `position` in row-major order, as it is written in brackets; "" in a 0-d array."""
    return str([int(i) for i in np.unravel_index(position, shape)]) if shape else ""


def _at(position: int, shape: tuple[int, ...]) -> str:
    return f" at {_path(position, shape)}" if shape else ""


def _kind(value: Any) -> str:
    """What a JSON value is, in words that fit after "has"."""
    if value is None:
        return "null"
    if isinstance(value, str):
        return f"the text {_quoted(value)}"
    if isinstance(value, dict):
        return "an object"
    return "a list" if isinstance(value, list) else f"the number {value}"


def _quoted(value: Any) -> str:
    text = str(value)
    return repr(text if len(text) <= 40 else text[:37] + "...")


def _bad(message: str, hint: str | None = None, *, type: str = "ValueError") -> Problem:
    return Problem("value", message, type=type, hint=hint)
