"""The Jacobian of tanh(A @ x), with A 500 by 500, and the Hessian of sum(tanh(A @ x)**2), on one thread."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from tests.bench.table import has, medians, show

_NUMBERS = """
import os
os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"
import numpy as np
numbers = np.random.default_rng(0)
A, x = numbers.normal(size=(500, 500)) / 20, numbers.normal(size=500)
"""
_TIMED = """
import time
def best(function):
    found = 1e9
    for _ in range(10):
        start = time.perf_counter(); function(); found = min(found, time.perf_counter() - start)
    return found * 1e3
print(best({wanted}))
"""
_GRADCLI = """
import gradcli.ops.catalogue
from gradcli.engine import jacobian as engine
from gradcli.graph.tensor import from_array
from gradcli.ops.linalg.matrix_products import matmul
from gradcli.ops.reduction.reductions import sum as total
from gradcli.ops.elementwise.trigonometry import tanh
A, x = from_array(A), from_array(x, True)
jacobian = lambda: engine.jacobian([tanh(matmul(A, x))], [x])[0][0].dense()
hessian = lambda: engine.hessian(total(tanh(matmul(A, x)) ** 2), [x])[0][0].dense()
forward = lambda: engine.jacobian([tanh(matmul(A, x))], [x], "forward")[0][0].dense()
"""
_TORCH = """
import torch
torch.set_num_threads(1)
A, x = torch.tensor(A), torch.tensor(x)
row = torch.func.jacrev(lambda x: torch.tanh(A @ x))
column = torch.func.jacfwd(lambda x: torch.tanh(A @ x))
square = torch.func.hessian(lambda x: torch.sum(torch.tanh(A @ x) ** 2))
jacobian, forward, hessian = lambda: row(x), lambda: column(x), lambda: square(x)
"""
_AUTOGRAD = """
import autograd.numpy as anp
from autograd import hessian as hessian_of, jacobian as jacobian_of
row = jacobian_of(lambda x: anp.tanh(anp.dot(A, x)))
square = hessian_of(lambda x: anp.sum(anp.tanh(anp.dot(A, x)) ** 2))
jacobian, hessian = lambda: row(x), lambda: square(x)
"""


def run(rivals: str, runs: int) -> None:
    """Print milliseconds for each."""
    most = max(3, runs // 3)
    for title, wanted, rival, with_autograd in (
        ("Jacobian of tanh(A @ x), A 500 x 500", "jacobian", "torch.func.jacrev", True),
        ("The same in forward mode", "forward", "torch.func.jacfwd", False),
        ("Hessian of sum(tanh(A @ x)**2)", "hessian", "torch.func.hessian", True),
    ):
        measures = {"gradcli": _script(sys.executable, _GRADCLI, wanted)}
        if has(rivals, "torch"):
            measures[rival] = _script(rivals, _TORCH, wanted)
        if with_autograd and has(rivals, "autograd"):
            measures["autograd"] = _script(rivals, _AUTOGRAD, wanted)
        show(title, medians(measures, most), "ms", rival if rival in measures else "gradcli", {"gradcli": 1})


def _script(python: str, setting: str, wanted: str) -> Callable[[], float]:
    """A measure: the number that a program prints."""
    program = _NUMBERS + setting + _TIMED.format(wanted=wanted)
    command = [python, "-c", program]
    return lambda: float(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)
