"""`gradcli check` on a thousand entries, above what the process takes to start."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench.table import medians, show

_CASES = {
    "one number checked": ("tanh(x)", "x=1"),
    "1,000 entries into one number": ("sum(tanh(x)**2)", "x=linspace(-2, 2, 1000)"),
    "1,000 entries into 1,000": ("tanh(x)**2", "x=linspace(-2, 2, 1000)"),
    "1,000 entries of relu, all at its kink": ("sum(relu(x))", "x=zeros(1000)"),
    "a product with 100x1000 constants": ("sum(tanh(A @ x)**2)", "x=linspace(0, 1, 1000)", "-c", "A=ones(100, 1000)/1000"),
}


def run(rivals: str, runs: int) -> None:
    """Print milliseconds of whole processes; the figure is bounded at a second above the first."""
    gradcli = shutil.which("gradcli", path=str(Path(sys.executable).parent)) or shutil.which("gradcli")
    assert gradcli is not None, "install gradcli first"
    measures = {name: _process([gradcli, "check", *words]) for name, words in _CASES.items()}
    figures = medians(measures, max(3, runs // 3))
    start = figures["one number checked"]
    show("gradcli check", figures, "ms", "one number checked", dict.fromkeys(list(_CASES)[1:], (start + 1000) / start))


def _process(command: list[str]) -> Callable[[], float]:
    """A measure: the milliseconds that a process takes."""

    def measure() -> float:
        start = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        return (time.perf_counter() - start) * 1000

    return measure
