"""From a reference to an array: the extension picks the reader; for standard input and pipes, the content does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from gradcli.errors import Problem
from gradcli.run.files import unsupported_formats
from gradcli.run.files.compressed import unpacked
from gradcli.run.files.problems import bad, of_system
from gradcli.run.files.source import Source, open_source, start_of, text_of

EXTENSIONS: Final = (".npy", ".npz", ".csv", ".tsv", ".json", ".txt")


def read(
    reference: str,
    *,
    stdin: Callable[[], bytes],
    limit: int | None,
    label: str,
    tell: Callable[[str], None] | None = None,
) -> np.ndarray:
    """The array that `NAME=@REFERENCE` stands for.

    reference  "data.npz#a", "table.csv#price", "table.csv#2", "doc.json#/a/b/0"; "-" or "-#PART" is standard input.
               A column's number counts from 0, as in Python.  A file whose own name has a '#' is found as well.
    stdin      gives all of standard input; called only where the reference is to it
    limit      how many bytes the array may take (None: any number), checked before it is allocated
    label      whom the array is for, in messages about the limit
    tell       is given a sentence on what was done to read it (it was packed), if anything

    The array is in row-major order and native byte order.  Its dtype is the file's own for npy and npz (but int64 for
    unsigned ones beyond uint8, for which PyTorch has next to no operations); int64 where a text holds whole numbers
    only, bool where a JSON list holds bools only, else float64.
    Problem: code "file", or "limit" for more than `limit` allows.
    """
    try:
        source = open_source(reference, stdin, limit, label)
        with source.file:
            return understood(unpacked(source, tell))
    except OSError as error:
        raise of_system(error, reference) from None
    except MemoryError:
        raise Problem(
            "limit", f"{label}: {reference!r} does not fit into memory", type="MemoryError", hint="read a smaller part of it"
        ) from None


def understood(source: Source) -> np.ndarray:
    """The array that an open source holds, from the reader of its format; each is imported only when it is wanted."""
    extension = source.extension
    if extension is not None and extension not in EXTENSIONS:
        raise _unknown(source)
    if extension in (None, ".npy", ".npz"):
        from gradcli.run.files import npy

        if extension is not None or npy.recognises(source):
            return npy.read(source)
    refusal = unsupported_formats.by_content(source.place, start_of(source.file))
    if refusal is not None:
        raise refusal
    text = text_of(source)
    if extension == ".json" or (extension is None and _is_json(text)):
        from gradcli.run.files import document

        return document.read(source, text)
    from gradcli.run.files import table

    return table.read(source, text)


def _unknown(source: Source) -> Problem:
    """No reader has this extension."""
    known = unsupported_formats.by_extension(source.place, source.extension) or unsupported_formats.by_content(
        source.place, start_of(source.file)
    )
    if known is not None:
        return known
    named = f"the extension {source.extension!r}" if source.extension else "no extension"
    return bad(
        f"{source.place} has {named}, and gradcli reads {', '.join(EXTENSIONS)}",
        hint="rename it, or pipe it in, where the content tells the format: NAME=@- < FILE",
    )


def _is_json(text: str) -> bool:
    """Whether a text of unknown format is JSON: it opens a list or an object, or is a single value."""
    from json import JSONDecodeError, loads

    if text.lstrip()[0] in "[{":
        return True
    try:
        loads(text)
    except (JSONDecodeError, RecursionError):
        return False
    except ValueError:  # a number of thousands of digits
        return True
    return True
