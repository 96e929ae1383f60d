"""NumPy's own files: an npy array, or one member of an npz archive.  Nothing is ever unpickled.

The header is read first, by itself: what it promises is weighed against the limit and against what the file holds,
before any memory is taken.
"""

from __future__ import annotations

from math import prod
from typing import IO, Any, Final

import numpy as np

from gradcli.errors import Problem, did_you_mean
from gradcli.run.files.problems import bad
from gradcli.run.files.source import Source, check_room

ARRAY: Final = b"\x93NUMPY"
ARCHIVE: Final = (b"PK\x03\x04", b"PK\x05\x06")  # with members, and without
_LONGEST_HEADER: Final = 10_000  # NumPy's own bound: a longer one is made to exhaust the parser
_CHUNK: Final = 1 << 20
_REFUSED: Final = {
    "O": "pickled Python objects, which are never loaded",
    "U": "texts, not numbers",
    "S": "texts, not numbers",
    "M": "dates, not numbers",
    "m": "durations, not numbers",
    "V": "records, not numbers",
}


def recognises(source: Source) -> bool:
    """Whether the content begins as an npy or an npz file does."""
    return _start(source).startswith((ARRAY, *ARCHIVE))


def _start(source: Source) -> bytes:
    start = source.file.read(len(ARRAY))
    source.file.seek(0)
    return start


def read(source: Source) -> np.ndarray:
    """The array of an npy file, or the member `source.part` of an npz archive (without a part: its only member)."""
    start = _start(source)
    if start.startswith(ARCHIVE):
        return _read_member(source)
    if start != ARRAY:
        raise bad(
            f"{source.place} is a pickle, which is never loaded"
            if start[:1] == b"\x80"
            else f"{source.place} is neither an npy nor an npz file: it begins with {start!r}",
            hint="save it with numpy.save or numpy.savez, without objects",
        )
    if source.part is not None:
        raise bad(f"{source.place} holds one array and has no part {source.part!r}", hint="leave out the '#'")
    return _read_array(source, source.file, source.size, "the array")


# ---- npz -------------------------------------------------------------------------------------------------------------


def _read_member(source: Source) -> np.ndarray:
    import zipfile

    try:
        with zipfile.ZipFile(source.file) as archive:
            name = _member(source, archive.namelist())
            with archive.open(name) as file:
                return _read_array(source, file, archive.getinfo(name).file_size, f"member {_short(name)!r}")
    except (Problem, MemoryError):
        raise
    except Exception as error:  # zipfile and the decompressors raise a dozen kinds for a damaged or encrypted archive
        raise bad(
            f"{source.place} is an archive that cannot be read: {str(error) or type(error).__name__}",
            hint="save it again with numpy.savez",
        ) from None


def _member(source: Source, members: list[str]) -> str:
    """The archive's own name of the member that was asked for."""
    names = [_short(member) for member in members]
    if source.part is None and len(members) == 1:
        return members[0]
    if source.part in members:
        return source.part
    if source.part in names:
        return members[names.index(source.part)]
    if not members:
        raise bad(f"{source.place} holds no array")
    listed = ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")
    if source.part is None:
        raise bad(f"{source.place} holds {len(names)} arrays: {listed}", hint=f"pick one: #{names[0]}")
    raise bad(
        f"{source.place} has no member {source.part!r}",
        type="KeyError",
        hint=did_you_mean(source.part, names) or f"its members: {listed}",
    )


def _short(member: str) -> str:
    return member.removesuffix(".npy")


# ---- npy -------------------------------------------------------------------------------------------------------------


def _read_array(source: Source, file: IO[bytes], size: int, what: str) -> np.ndarray:
    """The array that `file` holds in `size` bytes; `what` names it in messages."""
    place = f"{what} in {source.place}"
    dtype, shape, fortran, used = _header(file, place)
    count = prod(shape)
    target = _target(dtype, place)
    check_room(source, count, max(dtype.itemsize, target.itemsize), f"{what} (shape {list(shape)}, {dtype.name})")
    buffer = _fill(file, count * dtype.itemsize, size - used, place)
    array = buffer.view(np.uint8 if dtype.kind == "b" else dtype)
    if dtype.kind == "b":
        array = array != 0  # a byte other than 0 and 1 would be neither true nor false
    if dtype.kind == "u" and dtype.itemsize == 8 and count and array.max() > np.iinfo(np.int64).max:
        raise bad(f"{place} is uint64 and holds {array.max()}, which is too large for int64")
    return array.reshape(shape, order="F" if fortran else "C").astype(target, order="C", copy=False)


def _header(file: IO[bytes], place: str) -> tuple[np.dtype[Any], tuple[int, ...], bool, int]:
    """The dtype, the shape, whether columns come first, and how many bytes all that took."""
    start = _exactly(file, 8, place)
    if start[:6] != ARRAY:
        raise bad(f"{place} is not an npy array: it begins with {start[:6]!r}")
    version = (start[6], start[7])
    if version not in ((1, 0), (2, 0), (3, 0)):
        raise bad(f"{place} is of npy version {version[0]}.{version[1]}, and gradcli reads 1.0, 2.0 and 3.0")
    width = 2 if version == (1, 0) else 4
    length = int.from_bytes(_exactly(file, width, place), "little")
    if length > _LONGEST_HEADER:
        raise bad(f"{place} has a header of {length} bytes, which no array of numbers needs")
    text = _exactly(file, length, place).decode("utf-8" if version == (3, 0) else "latin-1", "replace")
    return *_described(text, place), 8 + width + length


def _described(text: str, place: str) -> tuple[np.dtype[Any], tuple[int, ...], bool]:
    """What the header's text says, a Python literal such as {'descr': '<f8', 'fortran_order': False, 'shape': (3,)}."""
    import warnings
    from ast import literal_eval

    try:
        with warnings.catch_warnings(action="ignore"):  # what Python thinks of a damaged literal
            header = literal_eval(text.strip())
        shape, fortran, described = header["shape"], header["fortran_order"], header["descr"]
        sound = type(fortran) is bool and type(shape) is tuple and _is_shape(shape)
        dtype = np.dtype(described if isinstance(described, str) else "V1")  # a list describes the fields of a record
    except (SyntaxError, ValueError, TypeError, KeyError, RecursionError, MemoryError):
        sound = False
    if not sound:
        raise bad(f"the header of {place} is damaged: {text.strip()[:80]!r}")
    return dtype, shape, fortran


def _is_shape(shape: tuple[Any, ...]) -> bool:
    """Whether an array can have this shape; one with too many elements may still be refused with its size."""
    if len(shape) > 64 or not all(type(n) is int and 0 <= n < 1 << 60 for n in shape):
        return False
    return 0 not in shape or prod(n for n in shape if n) < 1 << 60


def _target(dtype: np.dtype[Any], place: str) -> np.dtype[Any]:
    """The dtype in which gradcli computes what a file holds in `dtype`."""
    if dtype.kind in _REFUSED:
        raise bad(
            f"{place} holds {_REFUSED[dtype.kind]}",
            type="TypeError",
            hint="save it as an array of float64, for one" if dtype.kind == "O" else None,
        )
    if dtype.kind in "fc" and dtype.itemsize > (8 if dtype.kind == "f" else 16):
        raise bad(
            f"{place} is of dtype {dtype.name}, which PyTorch does not have",
            type="TypeError",
            hint="save it with .astype('float64')" if dtype.kind == "f" else "save it with .astype('complex128')",
        )
    if dtype.kind == "u" and dtype.itemsize > 1:
        return np.dtype(np.int64)
    return dtype.newbyteorder("=")


def _fill(file: IO[bytes], needed: int, available: int, place: str) -> np.ndarray:
    """The next `needed` bytes, straight into the memory of the array to be."""
    if available < needed:
        raise _cut_short(place, needed, available)
    buffer = np.empty(needed, np.uint8)
    view, filled = buffer.data, 0
    while filled < needed:
        got = file.readinto(view[filled : filled + _CHUNK])  # type: ignore[attr-defined]
        if not got:
            raise _cut_short(place, needed, filled)
        filled += got
    return buffer


def _cut_short(place: str, needed: int, available: int) -> Problem:
    return bad(f"{place} is cut short: its header promises {needed} bytes, and {max(available, 0)} are there")


def _exactly(file: IO[bytes], count: int, place: str) -> bytes:
    content = file.read(count)
    if len(content) < count:
        raise bad(f"{place} is cut short within its header")
    return content
