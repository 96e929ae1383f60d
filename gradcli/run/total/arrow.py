"""What needs pyarrow: Parquet and Arrow files, zstd, and a quicker reader of CSV.  The extra `data`; 100 ms to import."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import IO, Any

from gradcli.errors import Problem


def module(name: str, what: str) -> Any:
    """A module of pyarrow's.  Raises Problem where it is not installed."""
    import importlib

    try:
        return importlib.import_module(name)
    except ImportError:
        raise Problem(
            "missing-extra",
            f"{what} needs pyarrow, which is not installed",
            type="ImportError",
            hint="install it with: pip install 'gradcli[data]'",
        ) from None


def groups(path: str, ending: str) -> Iterator[tuple[int, int]]:
    """(number, bytes) of the groups of rows of a Parquet file, or of the batches of an Arrow file."""
    file = opened(path, ending)
    if ending == ".parquet":
        for number in range(file.metadata.num_row_groups):
            yield number, file.metadata.row_group(number).total_byte_size
    else:
        for number in range(file.num_record_batches):
            yield number, 0


def opened(path: str, ending: str) -> Any:
    """The open file.  Raises Problem where it is none of its kind."""
    pyarrow = module("pyarrow", f"'{path}'")
    try:
        if ending == ".parquet":
            return module("pyarrow.parquet", path).ParquetFile(path)
        return module("pyarrow.ipc", path).open_file(pyarrow.memory_map(path))
    except (pyarrow.ArrowException, OSError) as error:
        first = str(error).splitlines()[0]
        raise Problem(
            "file",
            f"cannot read '{path}': {first}",
            type="OSError",
            hint="it may be truncated: write it again",
            source="--data",
            text=path,
        ) from None


def unpacked(path: str) -> IO[bytes]:
    """The bytes behind a .zst file."""
    pyarrow = module("pyarrow", f"'{path}'")
    return io.BufferedReader(pyarrow.input_stream(path, compression="zstd"))


def table(path: str, ending: str, number: int, names: list[str]) -> tuple[list[str], Any]:
    """(all names, the named columns) of one group of rows."""
    file = opened(path, ending)
    if ending == ".parquet":
        known = [*file.schema_arrow.names]
        return known, file.read_row_group(number, columns=[name for name in names if name in known])
    batch = file.get_batch(number)
    return [*file.schema.names], batch
