"""Plans: one small evaluation, arrays of ten million elements with their peak of memory, a network, and how times grow."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from tests.bench.table import has, medians, show

_CLOCK = """
import resource, time
import numpy as np
def best(function, times):
    found = 1e9
    for _ in range(7):
        start = time.perf_counter()
        for _ in range(times): function()
        taken = (time.perf_counter() - start) / times
        if taken < found: found = taken
    return found
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
numbers = np.random.default_rng(0)
"""
_GRADCLI = """
import gradcli
f = gradcli.compile({expr!r}, wrt={wrt!r})
run = lambda: f.value_and_grad(**values)
"""
_JAX = """
import jax
import jax.numpy as np_
from jax.numpy import exp, log, mean, sin, sum, tanh
jax.config.update("jax_enable_x64", True)
wrt = {wrt!r}
fixed = {{name: np_.asarray(value) for name, value in values.items() if name not in wrt}}
f = jax.jit(jax.value_and_grad(lambda leaves: eval({python!r}, globals(), {{**fixed, **leaves}})))
run = lambda: jax.tree.map(np.asarray, f({{name: values[name] for name in wrt}}))
if {large}:
    leaves = {{name: np_.asarray(values[name]) for name in wrt}}
    run = lambda: jax.block_until_ready(f(leaves))
"""
_TORCH = """
import torch
from torch import exp, log, mean, sin, sum, tanh
tensors = {{name: torch.from_numpy(np.asarray(value)) for name, value in values.items()}}
f = eval("lambda leaves: (lambda {names}: {python})(*{{**tensors, **leaves}}.values())")
if {compiled}:
    f = torch.compile(eval("lambda leaves: (lambda {names}: {python})(*leaves.values())"))
def run():
    leaves = {{name: tensors[name].detach().requires_grad_() for name in {wrt!r}}}
    out = f(leaves)
    out.backward()
    return out.item(), [each.grad.numpy() for each in leaves.values()]
"""
_AUTOGRAD = """
import autograd
import autograd.numpy as anp
from autograd.numpy import exp, log, mean, sin, sum, tanh
f = autograd.value_and_grad(lambda x: eval({python!r}, globals(), {{"x": x}}))
run = lambda: f(values["x"])
"""
_SMALL = "values = {'x': numbers.random((2, 2))}\n"
_LARGE = "values = {'x': numbers.standard_normal(10**7)}\n"
_NETWORK = """
values = dict(X=numbers.standard_normal((512, 256)), W=numbers.standard_normal((256, 256)) / 16, b=np.zeros(256),
              V=numbers.standard_normal((256, 10)) / 16, c=np.zeros(10), Y=numbers.standard_normal((512, 10)))
"""
_LOSS = "mean((tanh(X @ W + b) @ V + c - Y)**2)"
LARGE = (("mean(3*(x+2)**2)", 0.6), ("sum(log(1+exp(-x)))", 0.6), ("sum(tanh(x))", 0.6), ("sum(sin(x)*exp(-x*x))", 1.0))


def run(rivals: str, runs: int) -> None:
    """Print microseconds, milliseconds and megabytes, with their ratios to the better rival."""
    most = max(3, runs // 5)
    _compared("mean(3*(x+2)**2), 2 x 2, value and gradient", _SMALL, "mean(3*(x+2)**2)", ["x"], rivals, most, ("us", 2000), 1.0)
    for expr, bound in LARGE:
        _compared(f"{expr}, 10,000,000 float64", _LARGE, expr, ["x"], rivals, most, ("ms", 1), bound)
        peak = _measured(sys.executable, _LARGE, _GRADCLI, expr, ["x"], "before = peak(); run(); print(peak() - before)")
        show(f"{expr}: peak above the leaf (the gradient is 80 MB)", {"gradcli": peak()}, "MB", "gradcli", {})
    _compared("a network 512 x 256 x 256 x 10", _NETWORK, _LOSS, ["W", "b", "V", "c"], rivals, most, ("ms", 10), 1.0)
    _growth()


def _compared(
    title: str, values: str, expr: str, wrt: list[str], rivals: str, runs: int, scale: tuple[str, int], bound: float
) -> None:
    unit, times = scale
    last = f"run(); print(best(run, {times}) * {1e6 if unit == 'us' else 1e3})"
    measures = {"gradcli.compile": _measured(sys.executable, values, _GRADCLI, expr, wrt, last)}
    if has(rivals, "jax"):
        measures["jax.jit"] = _measured(rivals, values, _JAX, expr, wrt, last)
    if has(rivals, "torch"):
        measures["torch eager"] = _measured(rivals, values, _TORCH, expr, wrt, last)
        if "@" not in expr and unit == "ms":
            measures["torch.compile"] = _measured(rivals, values, _TORCH, expr, wrt, last, compiled=True)
    if has(rivals, "autograd") and unit == "us":
        measures["autograd"] = _measured(rivals, values, _AUTOGRAD, expr, wrt, last)
    figures = medians(measures, runs)
    anchor = min([name for name in figures if name != "gradcli.compile"] or [*figures], key=figures.__getitem__)
    show(title, figures, unit, anchor, {"gradcli.compile": bound})


def _measured(
    python: str, values: str, setting: str, expr: str, wrt: list[str], last: str, compiled: bool = False
) -> Callable[[], float]:
    """A measure: the number that a program prints."""
    names = "X, W, b, V, c, Y" if "X" in expr else "x"
    fields = {"expr": expr, "python": expr, "names": names, "wrt": wrt, "large": "10**7" in values, "compiled": compiled}
    program = _CLOCK + values + setting.format(**fields) + last
    return lambda: float(subprocess.run([python, "-c", program], stdout=subprocess.PIPE, text=True, check=True).stdout)


def _growth() -> None:
    """How the times of elements and of records grow, by powers of ten."""
    print("\nGrowth: nanoseconds an element of sum(log(1+exp(-x))), and a record of sum(sin(x)*y) with x of 3\n")
    print("  size        an element    a record")
    for power in range(1, 8):
        size = 10**power
        times = max(1, 10**5 // size)
        element = _measured(
            sys.executable,
            f"values = {{'x': numbers.standard_normal({size})}}\n",
            _GRADCLI,
            "sum(log(1+exp(-x)))",
            ["x"],
            f"run(); print(best(run, {times}) / {size} * 1e9)",
        )
        record = _measured(
            sys.executable,
            f"values = {{'x': numbers.standard_normal(({size}, 3)), 'y': numbers.standard_normal({size})}}\n",
            _GRADCLI,
            "sum(sin(x)*y)",
            ["x", "y"],
            f"run = lambda: f.rows.value_and_grad(**values)\nrun(); print(best(run, {times}) / {size} * 1e9)",
        )
        print(f"  {size:<10,}  {element():10.1f}  {record():10.1f}")
