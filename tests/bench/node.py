"""Overhead of a node: forward and backward together, on tensors so small that the arithmetic is nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from tests.bench.table import has, medians, show

_TIMED = """
import gc, time
gc.disable()
def run(n):
    x = leaf(); y = x
    for _ in range(n):
        y = tanh(y * x + x)
    backward(y)
run(1000)
best = 1e9
for _ in range(3):
    start = time.perf_counter(); run(10000); best = min(best, time.perf_counter() - start)
print(best / 30000 * 1e6)
"""
_GRADCLI = """
import numpy as np, gradcli.ops.catalogue
from gradcli.engine import reverse_mode
from gradcli.graph.tensor import from_array
from gradcli.ops.elementwise.trigonometry import tanh
leaf = lambda: from_array(np.array([0.5, 0.2, 0.1]), True)
ones = from_array(np.ones(3))
backward = lambda y: reverse_mode.backward([y], [ones])
"""
_TORCH = """
import torch
torch.set_num_threads(1)
from torch import tanh
leaf = lambda: torch.tensor([0.5, 0.2, 0.1], requires_grad=True, dtype=torch.float64)
ones = torch.ones(3, dtype=torch.float64)
backward = lambda y: y.backward(ones)
"""
_AUTOGRAD = """
import autograd.numpy as np
from autograd import grad
def run_on(n):
    def f(x):
        y = x
        for _ in range(n):
            y = np.tanh(y * x + x)
        return np.sum(y)
    return grad(f)(np.array([0.5, 0.2, 0.1]))
tanh = lambda y: y
leaf = lambda: 0.0
backward = lambda y: None
"""


def run(rivals: str, runs: int) -> None:
    """Print microseconds a node."""
    measures: dict[str, Callable[[], float]] = {"gradcli": _script(sys.executable, _GRADCLI + _TIMED)}
    if has(rivals, "torch"):
        measures["torch eager"] = _script(rivals, _TORCH + _TIMED)
    if has(rivals, "autograd"):
        measures["autograd"] = _script(rivals, _AUTOGRAD + _TIMED.replace("x = leaf(); y = x", "run_on(n); return"))
    anchor = "torch eager" if "torch eager" in measures else "gradcli"
    show(
        "A node of three elements, forward and backward (tanh(y*x + x), 10,000 times)",
        medians(measures, max(3, runs // 3)),
        "us",
        anchor,
        {"gradcli": 4 / 6.8},
    )


def _script(python: str, program: str) -> Callable[[], float]:
    """A measure: the number that a program prints."""
    return lambda: float(subprocess.run([python, "-c", program], cwd="/", stdout=subprocess.PIPE, text=True, check=True).stdout)
