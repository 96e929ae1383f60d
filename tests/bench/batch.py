"""Whole processes over many records: JSON lines, rows of a table, kinds mixed at random, documents and large arrays.

The rivals are the scripts that somebody would write: json.loads, np.array, jax.vmap(jax.value_and_grad), json.dumps; pandas
and jax.vmap over columns; json.dumps of an array's list.
"""

from __future__ import annotations

import json
import os
import random
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
RECORDS, ROWS = 100_000, 500_000
MIXED = ["sum(sin(x)*y)", "sum(x**2)*y", "mean((x-y)**2)", "sum(exp(x)*y)", "sum(tanh(x)+y)", "sum(x*y)/3", "norm(x)*y",
         "sum(softmax(x, dim=0)*y)", "logsumexp(x, dim=0)*y", "sum(sigmoid(x*y))"]  # fmt: skip

_JAX_RECORDS = """
import json, sys
import jax, jax.numpy as jnp, numpy as np
jax.config.update("jax_enable_x64", True)
records = [json.loads(line) for line in sys.stdin]
x, y = np.array([each["x"] for each in records]), np.array([each["y"] for each in records])
f = jax.jit(jax.vmap(jax.value_and_grad(lambda x, y: jnp.sum(jnp.sin(x)*y), argnums=(0, 1))))
value, (dx, dy) = f(x, y)
if sys.argv[1] == "gradients":
    for each in np.asarray(dx).tolist():
        print(json.dumps(each))
else:
    for v, a, b in zip(np.asarray(value).tolist(), np.asarray(dx).tolist(), np.asarray(dy).tolist()):
        print(json.dumps({"expr": "sum(sin(x)*y)", "out": {"value": v}, "grads": {"x": a, "y": b}}))
"""

_JAX_ROWS = """
import sys
import jax, jax.numpy as jnp, numpy as np, pandas
jax.config.update("jax_enable_x64", True)
table = pandas.read_csv(sys.stdin)
f = jax.jit(jax.vmap(jax.value_and_grad(lambda x, y: jnp.sin(x)*y, argnums=(0, 1))))
value, (dx, dy) = f(table.x.values, table.y.values)
table["out"], table["d_x"], table["d_y"] = np.asarray(value), np.asarray(dx), np.asarray(dy)
table.to_csv(sys.stdout, index=False)
"""

_JSON = "import json, sys, numpy as np; print(json.dumps(np.cos(np.load(sys.argv[1])).tolist()))"


def run(rivals: str, runs: int) -> None:
    """Print seconds of whole processes, with ratios."""
    runs = min(runs, 5)
    with tempfile.TemporaryDirectory() as folder:
        _records(Path(folder), rivals, runs)
        _rows(Path(folder), rivals, runs)
        _arrays(Path(folder), runs)
        _growth(Path(folder))


def _records(folder: Path, rivals: str, runs: int) -> None:
    alike, mixed = folder / "alike.jsonl", folder / "mixed.jsonl"
    _write_alike(alike, RECORDS)
    chance = random.Random(2)
    with open(mixed, "w") as file:
        for row in range(RECORDS):
            kind = chance.randrange(20)
            x = [chance.gauss(0, 1) for _ in range(3 if kind < 10 else 5)]
            record = {"id": row, "expr": MIXED[kind % 10], "vars": {"x": x, "y": chance.gauss(0, 1)}}
            file.write(json.dumps(record) + "\n")
    measures = {
        "--get grads.x": _process(alike, GRADCLI, "batch", "sum(sin(x)*y)", "--get", "grads.x"),
        "documents": _process(alike, GRADCLI, "batch", "sum(sin(x)*y)"),
        "documents, --no-nodes": _process(alike, GRADCLI, "batch", "sum(sin(x)*y)", "--no-nodes"),
        "20 kinds mixed, --get grads.x": _process(mixed, GRADCLI, "batch", "--get", "grads.x"),
    }
    if has(rivals, "jax"):
        measures["jax.vmap script, gradients"] = _process(alike, rivals, "-c", _JAX_RECORDS, "gradients")
        measures["jax.vmap script, documents"] = _process(alike, rivals, "-c", _JAX_RECORDS, "documents")
    anchor = [*measures][-2] if has(rivals, "jax") else "--get grads.x"
    bounds = {"--get grads.x": 0.5} if has(rivals, "jax") else {}
    figures = medians(measures, runs)
    show(f"{RECORDS:,} JSON records of sum(sin(x)*y)", figures, "s", anchor, bounds)
    for name, seconds in figures.items():
        print(f"  {name}: {RECORDS / seconds:,.0f} records a second")


def _rows(folder: Path, rivals: str, runs: int) -> None:
    table = folder / "table.csv"
    numbers = np.random.default_rng(3).normal(size=(ROWS, 2))
    table.write_text("x,y\n" + "".join([f"{x!r},{y!r}\n" for x, y in numbers.tolist()]))
    measures = {"gradcli batch --csv": _process(table, GRADCLI, "batch", "sin(x)*y", "--csv")}
    with_rival = has(rivals, "jax") and has(rivals, "pandas")
    if with_rival:
        measures["pandas and jax.vmap"] = _process(table, rivals, "-c", _JAX_ROWS)
    bounds = {"gradcli batch --csv": 1.0} if with_rival else {}
    show(f"{ROWS:,} rows of sin(x)*y", medians(measures, runs), "s", [*measures][-1], bounds)


def _arrays(folder: Path, runs: int) -> None:
    large, middle = folder / "large.npy", folder / "middle.npy"
    np.save(large, np.random.default_rng(4).normal(size=10**7))
    np.save(middle, np.random.default_rng(5).normal(size=10**6))
    text = _process(None, GRADCLI, "sum(sin(x))", f"x=@{large}")
    value = _process(None, GRADCLI, "sum(sin(x))", f"x=@{large}", "--get", "out.value")
    figures = medians({"--get out.value": value, "text report": text}, runs)
    show("a leaf of 10,000,000 elements", figures, "s", "text report", {"--get out.value": 1.1})
    measures = {
        "--get grads.x": _process(None, GRADCLI, "sum(sin(x))", f"x=@{middle}", "--get", "grads.x"),
        "json.dumps(array.tolist())": _process(None, sys.executable, "-c", _JSON, str(middle)),
    }
    show("1,000,000 gradients as JSON", medians(measures, runs), "s", [*measures][-1], {"--get grads.x": 1.2})


def _growth(folder: Path) -> None:
    """Seconds and memory by powers of ten."""
    print("\nrecords, seconds and peak memory\n")
    for power in range(3, 7):
        path = folder / f"{power}.jsonl"
        _write_alike(path, 10**power)
        seconds, peak = _measured(path, GRADCLI, "batch", "sum(sin(x)*y)", "--get", "grads.x")
        print(f"  10^{power}  {seconds:7.2f} s  {peak / 1024:6.1f} MB")


def _write_alike(path: Path, count: int) -> None:
    chance = random.Random(1)
    with open(path, "w") as file:
        for _ in range(count):
            file.write(json.dumps({"x": [chance.gauss(0, 1) for _ in range(3)], "y": chance.gauss(0, 1)}) + "\n")


def _process(stdin: Path | None, *argv: str) -> Callable[[], float]:
    return partial(_seconds, stdin, argv)


def _seconds(stdin: Path | None, argv: tuple[str, ...]) -> float:
    begun = perf_counter()
    with open(stdin or os.devnull, "rb") as file:
        subprocess.run(argv, stdin=file, stdout=subprocess.DEVNULL, check=True)
    return perf_counter() - begun


def _measured(stdin: Path, *argv: str) -> tuple[float, int]:
    """Seconds, and the largest resident memory of the process in kB."""
    script = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    begun = perf_counter()
    with open(stdin, "rb") as file:
        found = subprocess.run([sys.executable, "-c", script, *argv], stdin=file, capture_output=True, text=True, check=True)
    return perf_counter() - begun, int(found.stdout)
