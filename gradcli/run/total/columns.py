"""A chunk becomes the columns that are wanted of it, as arrays; what is missing or no number is told with its place."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from gradcli.errors import Problem, did_you_mean
from gradcli.run.files.cells import complex_number
from gradcli.run.total import arrow
from gradcli.run.total.chunks import ROWS, Chunk, first_line
from gradcli.run.total.sums import Array

Columns = dict[str, Array]


def columns_of(
    chunk: Chunk, names: Sequence[str], words: Sequence[str] = (), skip: bool = False
) -> Iterator[tuple[Columns, int]]:
    """(columns, rows left out) of a chunk, at most ROWS rows at a time.

    names  columns of numbers, float64 (or int64, where a file says so)
    words  columns of anything, for groups
    skip   leave out rows with a cell that is missing or no number, instead of raising a Problem
    """
    if chunk.kind in ("parquet", "arrow", "feather"):
        found = _of_table(chunk, [*names, *words])
    elif chunk.kind == "npy":
        found = _of_array(chunk, [*names, *words])
    else:
        text = chunk.text if chunk.kind == "text" else _range(chunk)
        found = (
            _of_json(chunk, text, [*names, *words], skip)
            if chunk.format == "json"
            else _of_text(chunk, text, names, words, skip)
        )
    rows = len(next(iter(found.values()))) if found else 0
    for start in range(0, rows, ROWS):
        part = {name: column[start : start + ROWS] for name, column in found.items()}
        yield _checked(chunk, part, names, start, skip)


def _range(chunk: Chunk) -> bytes:
    with open(chunk.path, "rb") as file:
        file.seek(chunk.place[0])
        return file.read(chunk.place[1])


def _checked(chunk: Chunk, columns: Columns, names: Sequence[str], start: int, skip: bool) -> tuple[Columns, int]:
    """The columns without rows that lack a number, or the Problem of the first of them."""
    good = np.ones(len(next(iter(columns.values()))), bool)
    for name in names:
        if columns[name].dtype.kind not in "fiubc":
            raise bad(chunk.path, f"'{chunk.path}', column '{name}' holds no numbers", "name a column of numbers", "TypeError")
        if columns[name].dtype.kind in "fc":
            good &= ~np.isnan(columns[name])
    if good.all():
        return columns, 0
    if not skip:
        row = int(np.flatnonzero(~good)[0])
        name = next(name for name in names if columns[name].dtype.kind in "fc" and np.isnan(columns[name][row]))
        raise bad(
            chunk.path,
            f"'{chunk.path}', {_place(chunk, start + row)}, column '{name}': the value is missing, or no number",
            "--skip-bad leaves such rows out",
        )
    return {name: column[good] for name, column in columns.items()}, int(np.sum(~good))


def _place(chunk: Chunk, row: int) -> str:
    return f"row {chunk.first + row + 1}" if chunk.kind not in ("text", "range") else f"line {first_line(chunk) + row}"


def check_names(path: str, known: Sequence[str], wanted: Sequence[str]) -> None:
    """Raise the Problem of a column that a file does not have."""
    for name in wanted:
        if name not in known:
            near = did_you_mean(name, known)
            raise bad(path, f"'{path}' has no column '{name}'", near or f"its columns: {', '.join(known[:20])}", "KeyError")


# --- formats --------------------------------------------------------------------------------------------------------


def _of_text(chunk: Chunk, text: bytes, names: Sequence[str], words: Sequence[str], skip: bool) -> Columns:
    check_names(chunk.path, chunk.header, [*names, *words])
    try:
        return _by_arrow(chunk, text, names, words)
    except (ImportError, ValueError):
        pass
    try:
        return _by_numpy(chunk, text, names, words)
    except ValueError:  # a cell at a time, which also tells where something is wrong
        return _by_cells(chunk, text, names, words, skip)


def _by_arrow(chunk: Chunk, text: bytes, names: Sequence[str], words: Sequence[str]) -> Columns:
    """The columns by pyarrow's reader.  Raises ImportError without it, ValueError for what it does not understand."""
    if chunk.format == " ":
        raise ValueError
    import pyarrow
    from pyarrow import csv

    table = csv.read_csv(
        io.BytesIO(text),
        read_options=csv.ReadOptions(column_names=list(chunk.header), use_threads=False, block_size=max(1, len(text) + 1)),
        parse_options=csv.ParseOptions(delimiter=chunk.format),
        convert_options=csv.ConvertOptions(
            include_columns=[*names, *words],
            column_types={name: pyarrow.float64() for name in names} | {name: pyarrow.string() for name in words},
            null_values=["", "nan", "NaN", "NA", "N/A", "null", "None"],
            strings_can_be_null=False,
        ),
    )
    return {name: _array(table.column(name)) for name in table.column_names}


def _by_numpy(chunk: Chunk, text: bytes, names: Sequence[str], words: Sequence[str]) -> Columns:
    """Columns of numbers by NumPy's reader.  Raises ValueError for what it does not understand."""
    if words:
        raise ValueError
    delimiter = None if chunk.format == " " else chunk.format
    places = [chunk.header.index(name) for name in names]
    table = np.loadtxt(io.BytesIO(text), delimiter=delimiter, usecols=places, ndmin=2, quotechar='"')
    return {name: np.ascontiguousarray(column) for name, column in zip(names, table.T)}


def _by_cells(chunk: Chunk, text: bytes, names: Sequence[str], words: Sequence[str], skip: bool) -> Columns:
    """The columns cell by cell, which also tells where something is wrong."""
    import csv

    try:
        lines = text.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        raise bad(chunk.path, f"'{chunk.path}' is not UTF-8 text", "convert it, as in iconv -f latin1 -t utf-8") from None
    rows = (line.split() for line in lines) if chunk.format == " " else csv.reader(lines, delimiter=chunk.format)
    places = [(name, chunk.header.index(name)) for name in names]
    found: dict[str, list[Any]] = {name: [] for name in (*names, *words)}
    for line, row in enumerate(rows, first_line(chunk)):
        if not row or row[0].startswith("#"):
            continue
        if len(row) != len(chunk.header):
            if skip:
                row = [""] * len(chunk.header)
            else:
                raise bad(
                    chunk.path,
                    f"'{chunk.path}', line {line} has {len(row)} cells, where the header has {len(chunk.header)}",
                    "--skip-bad leaves such rows out",
                )
        for name, place in places:
            found[name].append(_number(chunk, row[place], name, line, skip))
        for name in words:
            found[name].append(row[chunk.header.index(name)])
    return {name: _as_numbers(values) if name in names else np.array(values, object) for name, values in found.items()}


def _number(chunk: Chunk, cell: str, name: str, line: int, skip: bool) -> float | complex:
    for read in (float, complex_number):
        try:
            return read(cell)
        except ValueError:
            continue
    if skip or cell.strip().lower() in ("", "na", "n/a", "null", "none"):
        return float("nan")
    raise bad(
        chunk.path,
        f"'{chunk.path}', line {line}, column '{name}': '{cell[:40]}' is not a number",
        "--skip-bad leaves such rows out",
    )


def _of_json(chunk: Chunk, text: bytes, names: Sequence[str], skip: bool) -> Columns:
    import json

    found: dict[str, list[Any]] = {name: [] for name in names}
    for line, each in enumerate(text.splitlines(), first_line(chunk)):
        if not each.strip():
            continue
        try:
            record = json.loads(each)
            if not isinstance(record, dict):
                raise ValueError
        except ValueError:
            if skip:
                record = dict.fromkeys(names)
            else:
                raise bad(chunk.path, f"'{chunk.path}', line {line} is no JSON object", "write one object a line") from None
        if not found.keys() <= record.keys() and not skip:
            check_names(f"{chunk.path}, line {line}", [*record], names)
        for name in names:
            found[name].append(record.get(name))
    return {name: _as_numbers(values) for name, values in found.items()}


def _as_numbers(values: list[Any]) -> Array:
    plain = [np.nan if each is None else each for each in values]
    for dtype in (np.float64, np.complex128):
        try:
            return np.array(plain, dtype)
        except (ValueError, TypeError):
            continue
    return np.array(values, object)


def _of_array(chunk: Chunk, names: Sequence[str]) -> Columns:
    check_names(chunk.path, chunk.header, names)
    rows = np.load(chunk.path, mmap_mode="r", allow_pickle=False)[slice(*chunk.place)]
    if rows.dtype.names:
        return {name: np.array(rows[name]) for name in names}
    if rows.ndim == 1:
        return {name: np.array(rows) for name in names}
    return {name: np.array(rows[:, chunk.header.index(name)]) for name in names}


def _of_table(chunk: Chunk, names: Sequence[str]) -> Columns:
    known, table = arrow.table(chunk.path, f".{chunk.kind}", chunk.place[0], list(names))
    check_names(chunk.path, known, names)
    return {name: _array(table.column(name)) for name in names}


def _array(column: Any) -> Array:
    """A column of pyarrow's; what is null becomes nan."""
    array: Array = column.to_numpy(zero_copy_only=False) if hasattr(column, "type") else np.asarray(column)
    return array


def bad(path: str, message: str, hint: str, type: str = "ValueError") -> Problem:
    """The Problem of a file's content."""
    return Problem("file", message, type=type, hint=hint, source="--data", text=path)


def all_columns(chunk: Chunk, names: Sequence[str]) -> tuple[list[str], list[list[str]], Columns]:
    """(header, the cells of every row as text, the named columns as numbers) of a chunk.

    Of Parquet no cells are given, since its columns stay what they are.  Raises Problem where a cell of a named column is
    missing or no number.
    """
    if chunk.kind in ("text", "range") and chunk.format != "json":
        import csv

        text = (chunk.text if chunk.kind == "text" else _range(chunk)).decode("utf-8", "replace")
        lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
        rows = [line.split() for line in lines] if chunk.format == " " else [*csv.reader(lines, delimiter=chunk.format)]
        parts = [part for part, _ in columns_of(chunk, names)]
        return [*chunk.header], rows, {name: np.concatenate([part[name] for part in parts]) for name in names}
    parts = [part for part, _ in columns_of(chunk, names)]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in names}
    cells = (
        [] if chunk.kind == "parquet" else [list(row) for row in zip(*[map(repr, columns[name].tolist()) for name in names])]
    )
    return list(names), cells, columns
