"""Peak memory of an evaluation with a leaf of ten million elements, above what the idle program takes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from tests.bench.table import has, medians, show

_PEAK = """
import resource
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
"""
_GRADCLI = (
    _PEAK
    + """
import sys, io
from gradcli.cli import main
sys.stdout = io.StringIO()
def evaluate(expr, size):
    sys.argv = ["gradcli", expr, "x=ones(%d)" % size]
    assert main.main() == 0
evaluate({expr!r}, 10)
idle = peak()
evaluate({expr!r}, 10**7)
sys.__stdout__.write("%f\\n" % (peak() - idle))
"""
)
_TORCH = (
    _PEAK
    + """
import torch
from torch import *
torch.set_default_dtype(torch.float64)
def evaluate(size):
    x = torch.ones(size, requires_grad=True)
    y = {expr}
    y.backward()
    str((y, x.grad))
evaluate(10)
idle = peak()
evaluate(10**7)
print(peak() - idle)
"""
)
EXPRESSIONS = (
    "mean(3*(x+2)**2)",
    "sum(sin(x)*exp(-x))",
    "log(sigmoid(x)).mean()",
    "std(x*x)",
    "x.softmax(0).max()",
    "(x/2).norm()",
)


def run(rivals: str, runs: int) -> None:
    """Print megabytes, for several expressions."""
    for expr in EXPRESSIONS:
        measures: dict[str, Callable[[], float]] = {"gradcli": _script(sys.executable, _GRADCLI, expr)}
        if has(rivals, "torch"):
            measures["torch"] = _script(rivals, _TORCH, expr)
        anchor = "torch" if "torch" in measures else "gradcli"
        show(f"{expr}, x of 10,000,000 float64 (80 MB): peak above idle", medians(measures, 3), "MB", anchor, {"gradcli": 1.0})


def _script(python: str, program: str, expr: str) -> Callable[[], float]:
    text = program.replace("{expr!r}", repr(expr)).replace("{expr}", expr)
    return lambda: float(subprocess.run([python, "-c", text], cwd="/", stdout=subprocess.PIPE, text=True, check=True).stdout)
