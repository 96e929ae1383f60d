"""Sums over many rows: `gradcli total` by rows and workers, beside DuckDB with the derivatives written by hand, and NumPy.

Rows are generated here, by tens; whole processes are timed.  The last table is of a scheduler's work: thousands of chunks that
hold next to nothing.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter

import numpy as np

from tests.bench.table import has, medians, show

GRADCLI = os.path.join(os.path.dirname(sys.executable), "gradcli")
MOST = int(os.environ.get("BENCH_ROWS", "10000000"))  # 100000000 writes a file of 2.5 GB
_LOSS = "(y - a*sin(x) - b)**2"
_DUCKDB = """
import sys, duckdb
duckdb.sql(f"set threads to {sys.argv[2]}")
r = "(y - 0.5*sin(x) - 0.1)"
print(duckdb.sql(f"select sum({r}**2), sum(-2*{r}*sin(x)), sum(-2*{r}) from '{sys.argv[1]}'").fetchall())
"""
_NUMPY = """
import sys, numpy as np
x, y = np.load(sys.argv[1], mmap_mode="r").T
s = np.sin(x)
r = y - 0.5*s - 0.1
print((r**2).sum(), (-2*r*s).sum(), (-2*r).sum())
"""


def run(rivals: str, runs: int) -> None:
    """Print seconds of whole processes, with ratios."""
    with tempfile.TemporaryDirectory() as folder:
        rows = 1_000_000
        while rows <= MOST:
            table, array = _written(Path(folder), rows)
            measures: dict[str, Callable[[], float]] = {
                f"gradcli total, csv, {jobs} workers": partial(_timed, *_total(table), "--jobs", str(jobs)) for jobs in (1, 2)
            }
            measures["gradcli total, npy, 2 workers"] = partial(_timed, *_total(array, "x0", "x1"), "--jobs", "2")
            measures["NumPy by hand, npy"] = partial(_timed, sys.executable, "-c", _NUMPY, array)
            anchor = "gradcli total, csv, 2 workers"
            if has(sys.executable, "duckdb"):
                anchor = "DuckDB, csv, 2 threads"
                measures[anchor] = partial(_timed, sys.executable, "-c", _DUCKDB, table, "2")
            found = medians(measures, max(1, min(runs, 3)))
            show(f"a sum with two derivatives over {rows:,} rows, whole processes", found, "s", anchor, {})
            print(f"  {rows / found['gradcli total, csv, 2 workers']:,.0f} rows a second")
            rows *= 10
        _small_chunks(Path(folder))


def _total(path: str, x: str = "x", y: str = "y") -> tuple[str, ...]:
    return GRADCLI, "total", _LOSS.replace("x", "X").replace("y", y).replace("X", x), "--data", path, "a=0.5", "b=0.1"


def _timed(*argv: str) -> float:
    start = perf_counter()
    subprocess.run(argv, check=True, capture_output=True)
    return perf_counter() - start


def _written(folder: Path, rows: int) -> tuple[str, str]:
    """The same rows as CSV and as an array."""
    table, array = folder / f"{rows}.csv", folder / f"{rows}.npy"
    numbers = np.lib.format.open_memmap(array, "w+", np.float64, (rows, 2))
    random = np.random.default_rng(0)
    with table.open("w") as file:
        file.write("x,y\n")
        for start in range(0, rows, 100_000):
            part = random.integers(0, 10**6, (100_000, 2))
            numbers[start : start + 100_000] = part / 1e6
            file.write("".join([f"0.{x:06d},0.{y:06d}\n" for x, y in part.tolist()]))
    return str(table), str(array)


def _small_chunks(folder: Path) -> None:
    """Thousands of chunks of one row each: what a chunk costs besides its rows."""
    from gradcli.run.request import Request
    from gradcli.run.total.rows import question
    from gradcli.run.total.total import Journey, total
    from gradcli.run.workers import Workers

    count = 5000
    paths = []
    for place in range(count):
        paths.append(str(folder / f"{place}.csv"))
        Path(paths[-1]).write_text("x,y\n0.5,0.25\n")
    leaves = [("a", np.array(0.5), False), ("b", np.array(0.1), False)]
    asked = question(Request(_LOSS), leaves, order=1, squares="", by=None, skip=False)
    print(f"\n{count:,} chunks of one row each\n")
    for jobs in (1, 2):
        start = perf_counter()
        with Workers(jobs) as workers:
            total(asked, Journey(paths, workers, lambda _: None, lambda _: None))
        took = perf_counter() - start
        print(f"  {jobs} worker{'s' * (jobs > 1)}: {count / took:,.0f} chunks a second, {1e6 * took / count:.0f} us a chunk")
