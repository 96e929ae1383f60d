"""Operations on arrays of everyday size, forward and backward, in single precision with equal threads.

What is measured is processor time, so that whatever else the machine does counts for neither.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys

from tests.bench.table import has, show

# What is computed, and the shapes of its leaves.
OPERATIONS = {
    "conv2d": ("F.conv2d(x, y)", [(8, 3, 32, 32), (16, 3, 3, 3)]),
    "max_pool2d": ("F.max_pool2d(x, 2)", [(8, 16, 32, 32)]),
    "interpolate": ("F.interpolate(x, scale_factor=2, mode='bilinear', align_corners=False)", [(8, 16, 32, 32)]),
    "layer_norm": ("F.layer_norm(x, [1000])", [(1000, 1000)]),
    "softmax": ("torch.softmax(x, 1)", [(1000, 1000)]),
    "scatter_add": ("torch.zeros(1000).scatter_add(0, index, x)", [(1_000_000,)]),
    "sort": ("torch.sort(x)[0]", [(1_000_000,)]),
    "einsum": ("torch.einsum('bij,bjk->bik', x, y)", [(16, 128, 128), (16, 128, 128)]),
    "cumsum": ("torch.cumsum(x, 0)", [(1_000_000,)]),
    "fft": ("torch.fft.fft(x)", [(1_000_000,)]),
}
_TIMED = """
import json, time
torch.manual_seed(0)
index = torch.randint(0, 1000, (1_000_000,))
found = {}
for name, (text, shapes) in operations.items():
    leaves = [torch.randn(*shape).requires_grad_() for shape in shapes]
    x, y = (leaves * 2)[:2]
    code = compile(text, name, "eval")
    def run():
        out = eval(code)
        out.backward(torch.ones_like(out))
        for leaf in leaves: leaf.grad = None
    for _ in range(3): run()
    times = []
    for _ in range(runs):
        start = time.process_time(); run(); times.append(time.process_time() - start)
    found[name] = sorted(times)[len(times) // 2] * 1e3
print(json.dumps(found))
"""
_GRADCLI = "import gradcli.torch as torch, gradcli.torch.nn.functional as F\n"
_TORCH = "import torch, torch.nn.functional as F\ntorch.set_num_threads({threads})\n"


def run(rivals: str, runs: int, threads: int = 1) -> None:
    """Print milliseconds for each operation."""
    libraries = {"gradcli": (sys.executable, _GRADCLI)}
    if has(rivals, "torch"):
        libraries["torch eager"] = (rivals, _TORCH.format(threads=threads))
    measured: dict[str, list[dict[str, float]]] = {name: [] for name in libraries}
    for _ in range(max(3, runs // 5)):  # in turns
        for name, (python, setting) in libraries.items():
            measured[name].append(_measured(python, setting, runs, threads))
    anchor = "torch eager" if "torch eager" in libraries else "gradcli"
    ratios = []
    for operation, (text, shapes) in OPERATIONS.items():
        figures = {name: sorted(each[operation] for each in seen)[len(seen) // 2] for name, seen in measured.items()}
        ratios.append(figures["gradcli"] / figures[anchor])
        show(f"{text}, forward and backward, of {' and '.join(map(str, shapes))}", figures, "ms", anchor, {"gradcli": 2.0})
    mean = math.prod(ratios) ** (1 / len(ratios))
    show(f"geometric mean of {len(ratios)} operations", {"gradcli": mean, anchor: 1.0}, "", anchor, {"gradcli": 1.0})


def _measured(python: str, setting: str, runs: int, threads: int) -> dict[str, float]:
    program = f"{setting}operations, runs = {OPERATIONS!r}, {runs}\n{_TIMED}"
    environment = os.environ | {name: str(threads) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    result = subprocess.run([python, "-c", program], env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(result.stdout)  # type: ignore[no-any-return]
