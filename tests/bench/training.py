"""A training loop of 1,000 steps as a script: with the start of the process, and without."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench.table import has, medians, show

_SCRIPT = Path(__file__).with_name("training_script.py")


def run(rivals: str, runs: int) -> None:
    """Print milliseconds of the whole process, and of the loop alone."""
    commands = {"gradcli run": [sys.executable, "-m", "gradcli", "run", str(_SCRIPT)]}
    if has(rivals, "torch"):
        commands["torch eager"] = [rivals, str(_SCRIPT)]
    anchor = list(commands)[-1]
    for title, measure, bound in (("process", _process, 1.0), ("loop alone", _loop, 1.3)):
        measures = {name: measure(command) for name, command in commands.items()}
        title = f"1,000 steps of a two-layer network, the {title}, median of {max(3, runs // 3)}"
        show(title, medians(measures, max(3, runs // 3)), "ms", anchor, {"gradcli run": bound})


def _process(command: list[str]) -> Callable[[], float]:
    def measure() -> float:
        start = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        return (time.perf_counter() - start) * 1000

    return measure


def _loop(command: list[str]) -> Callable[[], float]:
    """The time that the script itself took, which it prints last."""
    return lambda: float(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.split()[-1])
