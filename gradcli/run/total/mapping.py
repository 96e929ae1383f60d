"""An expression and its derivatives for every row of data of any size: a part file for each chunk, written whole or not at all.

    mapped(asked, way, folder, resume) -> Mapped

The columns that the expression reads are its leaves.  A part has the chunk's own columns, `out`, and `d_NAME` for each leaf;
text becomes CSV, Parquet stays Parquet.  With `resume`, parts that are there already are kept: a run that ended early goes on
where it was.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from gradcli.engine.plan import Mismatch, Plan, PlanRefused, trace
from gradcli.errors import Problem, Record
from gradcli.run import files
from gradcli.run.request import Request
from gradcli.run.solving.function import Point, VectorFunction
from gradcli.run.total.arrow import module, opened
from gradcli.run.total.chunks import Chunk, chunks_of, files_of
from gradcli.run.total.columns import all_columns
from gradcli.run.total.sums import Array
from gradcli.run.total.total import Journey


class Mapping(Record):
    """What is computed for each row: the expression, its constants (name, array, True), the columns that are its leaves."""

    __slots__ = ("expr", "constants", "columns", "derivatives", "folder")
    expr: str
    constants: list[tuple[str, Any, bool]]
    columns: list[str]
    derivatives: bool
    folder: str


class Mapped(Record):
    """How it went: parts that were written, parts that were there, and (file, sentence) for what failed."""

    __slots__ = ("written", "skipped", "failed", "rows")
    written: int
    skipped: int
    failed: list[tuple[str, str]]
    rows: int


def mapped(asked: Mapping, way: Journey, resume: bool) -> Mapped:
    """Write the parts.

    Raises Problem (code "file") where the folder cannot be written, or has parts already that are not to be kept.
    """
    _prepare(asked.folder, resume)
    counts = {"written": 0, "skipped": 0, "rows": 0}
    failed: dict[str, str] = {}
    for outcome in way.workers.in_order(Writer(asked), _parts(way, asked.folder, counts, failed)):
        path, rows, message = outcome
        if message is None:
            counts["written"] += 1
            counts["rows"] += rows
            way.counted(rows)
        else:
            failed.setdefault(path, message)
    return Mapped(counts["written"], counts["skipped"], [*failed.items()], counts["rows"])


def _prepare(folder: str, resume: bool) -> None:
    try:
        os.makedirs(folder, exist_ok=True)
        there = [name for name in os.listdir(folder) if name.startswith("part-")]
    except OSError as error:
        raise Problem(
            "file", f"cannot write into '{folder}': {error.strerror}", type="OSError", hint="name another folder"
        ) from None
    if there and not resume:
        raise Problem(
            "file",
            f"'{folder}' has {len(there)} part{'s' * (len(there) > 1)} already",
            type="FileExistsError",
            hint="--resume keeps them and goes on; or name another folder",
            source="--output",
            text=folder,
        )


def _parts(way: Journey, folder: str, counts: dict[str, int], failed: dict[str, str]) -> Iterator[tuple[Chunk, str]]:
    """The chunks that are still to be done, each with the path of its part."""
    for place, path in enumerate(files_of(way.files)):
        try:
            for number, chunk in enumerate(chunks_of(path, way.read)):
                stem = os.path.basename(path).partition(".")[0] if path != "-" else "stdin"
                ending = ".parquet" if chunk.kind == "parquet" else ".csv"
                part = os.path.join(folder, f"part-{place:04d}-{stem}-{number:06d}{ending}")
                if os.path.exists(part):
                    counts["skipped"] += 1
                else:
                    yield chunk, part
        except Problem as problem:
            failed[path] = problem.message


class Writer:
    """Computes a chunk and writes its part; what a worker keeps."""

    def __init__(self, asked: Mapping) -> None:
        self.asked = asked
        self._plan: Plan | None = None
        self._traced = False

    def __reduce__(self) -> tuple[Any, ...]:
        return Writer, (self.asked,)

    def __call__(self, task: tuple[Chunk, str]) -> tuple[str, int, str | None]:
        """(the file, rows, None), or the sentence of what went wrong, with nothing written."""
        chunk, part = task
        try:
            header, cells, columns = all_columns(chunk, self.asked.columns)
            numbers = self._numbers([columns[name] for name in self.asked.columns])
            self._write(chunk, part, header, cells, numbers)
        except Problem as problem:
            return chunk.path, 0, problem.message
        return chunk.path, len(numbers[0]), None

    def _numbers(self, arrays: list[Array]) -> list[Array]:
        """The columns out and d_NAME."""
        if not self._traced:
            self._traced = True
            try:
                self._plan = trace(self._one, [((), np.dtype(np.float64))] * len(arrays))
            except PlanRefused:
                self._plan = None
        arrays = [each.astype(np.float64) for each in arrays]
        with np.errstate(all="ignore"):
            try:
                if self._plan is None:
                    raise Mismatch
                found = self._plan.stacked(arrays)
            except (Mismatch, Problem):
                rows = [self._one(*[each[row].reshape(()) for each in arrays]) for row in range(len(arrays[0]))]
                found = [np.array(column) for column in zip(*rows)]
        return [*found[0].T, *(found[1].reshape(len(found[1]), -1).T if self.asked.derivatives else [])]

    def _one(self, *cells: Any) -> list[Any]:
        asked = self.asked
        request = Request(asked.expr, [*asked.constants, *[(name, cell, False) for name, cell in zip(asked.columns, cells)]])
        function = VectorFunction.of(request)
        point = Point(function, None, function.computed(cells))
        if point.outputs.shape != (1,):
            raise Problem(
                "not-scalar", f"a row gives {point.outputs.size} values, and one is wanted", hint="reduce it with .sum()"
            )
        return [point.outputs, *([point.jacobian] if asked.derivatives else [])]

    def _write(self, chunk: Chunk, part: str, header: list[str], cells: Any, numbers: list[Array]) -> None:
        names = ["out", *[f"d_{name}" for name in self.asked.columns if self.asked.derivatives]]
        if chunk.kind == "parquet":
            content = _parquet(chunk, names, numbers)
        else:
            text = io.StringIO()
            writer = csv.writer(text, lineterminator="\n")
            writer.writerow([*header, *names])
            writer.writerows(
                [[*row, *each] for row, each in zip(cells, zip(*[map(repr, column.tolist()) for column in numbers]))]
            )
            content = text.getvalue().encode()
        files.save_bytes(part, content)


def _parquet(chunk: Chunk, names: list[str], numbers: list[Array]) -> bytes:
    pyarrow = module("pyarrow", chunk.path)
    table = opened(chunk.path, ".parquet").read_row_group(chunk.place[0])
    for name, column in zip(names, numbers):
        table = table.append_column(name, pyarrow.array(column))
    content = io.BytesIO()
    module("pyarrow.parquet", chunk.path).write_table(table, content)
    return content.getvalue()
