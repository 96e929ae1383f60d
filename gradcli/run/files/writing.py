"""Gradients and texts into a file, whole or not at all: written beside the target under another name, then put in its place."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import IO, BinaryIO, Final

import numpy as np

from gradcli.errors import Problem, did_you_mean
from gradcli.run.files.problems import bad, of_system

_partial: set[str] = set()  # the files that are being written, under their names until then
EXTENSIONS: Final = (".npz", ".npy", ".json")


def check_target(path: str, names: Iterable[str]) -> None:
    """Refuse, before anything is computed, a path to which the gradients of `names` cannot be saved.

    Problem (code "file"): an extension that is not known, no folder, a folder or device in its place, no permission,
    or an npy file for another number of gradients than one.
    """
    extension = _extension(path)
    names = list(names)
    if extension == ".npy" and len(names) != 1:
        raise _not_one(path, names)
    _target(path)


def save_gradients(path: str, gradients: dict[str, np.ndarray | None], *, nonfinite: str = "string") -> None:
    """Write the gradients by name to `path`: .npz (without those that are None), .npy (of exactly one), or .json.

    JSON has nested lists with the shortest digits that read back in the gradient's dtype, null for None, and NaN and
    infinities as `nonfinite` says: "string", "null", or "error" (a Problem of code "non-finite").
    A file that was there keeps its permissions; a link keeps pointing where it does.  When anything fails, what was
    there before is untouched.  Problem (code "file"): as for `check_target`, or what the system says (a full disk).
    """
    extension = _extension(path)
    target = _target(path)
    found = {name: gradient for name, gradient in gradients.items() if gradient is not None}
    if extension == ".npy" and len(found) != 1:
        raise _not_one(path, list(found))
    try:
        with _replacing(target) as file:
            if extension == ".npz":
                _write_npz(file, found)
            elif extension == ".npy":
                _write_array(file, next(iter(found.values())))
            else:
                _write_json(file, gradients, nonfinite)
    except OSError as error:
        raise of_system(error, path) from None


def check_text_target(path: str) -> None:
    """Refuse, before anything is computed, a path to which no text can be saved.  Problem (code "file")."""
    _target(path)


def save_text(path: str, text: str) -> None:
    """Write a text in UTF-8 to `path`, whole or not at all, as `save_gradients` does.  Problem (code "file")."""
    save_bytes(path, text.encode("utf-8", "surrogateescape"))


def save_bytes(path: str, content: bytes) -> None:
    """Write bytes to `path`, whole or not at all.  Problem (code "file")."""
    target = _target(path)
    try:
        with _replacing(target) as file:
            file.write(content)
    except OSError as error:
        raise of_system(error, path) from None


# ---- the target ------------------------------------------------------------------------------------------------------


def _extension(path: str) -> str:
    extension = os.path.splitext(path)[1].lower()
    if extension not in EXTENSIONS:
        named = f"the extension {extension!r}" if extension else "no extension"
        raise bad(
            f"{path!r} has {named}, and gradients are saved as {', '.join(EXTENSIONS)}",
            hint=did_you_mean(extension, EXTENSIONS),
        )
    return extension


def _not_one(path: str, names: list[str]) -> Problem:
    held = f"{len(names)} ({', '.join(names[:20])})" if names else "none"
    return bad(
        f"an npy file holds one gradient, and there {'are' if len(names) > 1 else 'is'} {held} for {path!r}",
        hint="save as .npz or .json" if names else "no gradient has reached any leaf",
    )


def _target(path: str) -> str:
    """The file behind `path` and its links, once it is clear that it may be written."""
    try:
        target = os.path.realpath(path)
        folder = os.path.dirname(target)
        if not os.path.isdir(folder):
            raise bad(
                f"No such file or directory: {path!r} is to be in the folder {folder!r}, which is not there",
                type="FileNotFoundError",
                hint="make the folder first",
            )
        mode = _mode(target)
        if mode is not None and stat.S_ISDIR(mode):
            raise bad(f"Is a directory: {path!r}", type="IsADirectoryError", hint="name a file in it")
        if mode is not None and not stat.S_ISREG(mode):
            raise bad(f"{path!r} is a device or a pipe, not a file")
        if not (_may_write(folder) and (mode is None or _may_write(target))):
            raise bad(f"Permission denied: {path!r}", type="PermissionError")
    except OSError as error:
        raise of_system(error, path) from None
    except ValueError as error:  # a NUL, or what the file system cannot spell
        raise bad(f"{path!r} cannot be a file's name: {error}") from None
    return target


def _may_write(path: str) -> bool:
    return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def _mode(path: str) -> int | None:
    """What kind of file this is and who may do what with it; None where there is none."""
    try:
        return os.stat(path).st_mode
    except FileNotFoundError:
        return None


@contextmanager
def _replacing(target: str) -> Iterator[BinaryIO]:
    """A file to write that takes the target's place once all went well, and leaves no trace otherwise."""
    partial = os.path.join(os.path.dirname(target), f".gradcli-{os.urandom(6).hex()}")
    _partial.add(partial)
    try:
        with open(partial, "xb") as file:  # a new file's permissions are the umask's, where tempfile's would be private
            yield file
            file.flush()
            os.fsync(file.fileno())
        mode = _mode(target)
        if mode is not None:
            os.chmod(partial, stat.S_IMODE(mode))
        os.replace(partial, target)
    except BaseException:  # an interruption too
        with suppress(OSError):
            os.unlink(partial)
        raise
    finally:
        _partial.discard(partial)


def remove_partial() -> None:
    """Put away what is half written, where the process ends without an exception."""
    for partial in list(_partial):
        with suppress(OSError):
            os.unlink(partial)


# ---- formats ---------------------------------------------------------------------------------------------------------


def _write_npz(file: BinaryIO, gradients: dict[str, np.ndarray]) -> None:
    """An npz archive; numpy.savez would take a gradient called `file` for its own argument."""
    from zipfile import ZipFile, ZipInfo

    with ZipFile(file, "w") as archive:
        for name, gradient in gradients.items():
            with archive.open(ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                _write_array(member, gradient)


def _write_array(file: IO[bytes], array: np.ndarray) -> None:
    """An npy array; numpy's own way of writing one into a file forgets why the system refused."""
    array = np.require(array, requirements="C")
    np.lib.format.write_array_header_1_0(file, np.lib.format.header_data_from_array_1_0(array))
    file.write(array.data)


def _write_json(file: BinaryIO, gradients: dict[str, np.ndarray | None], nonfinite: str) -> None:
    """One object on one line, written gradient by gradient."""
    import json

    from gradcli.run.numbers import jsonable

    separator = "{"
    for name, gradient in gradients.items():
        try:
            value = None if gradient is None else jsonable(gradient, nonfinite)
        except Problem as problem:
            raise Problem(
                problem.code, f"the gradient of {name} cannot be saved: {problem.message}", type=problem.type, hint=problem.hint
            ) from None
        file.write(f"{separator}{json.dumps(name)}: {json.dumps(value, allow_nan=False)}".encode())
        separator = ", "
    file.write(b"}\n" if gradients else b"{}\n")
