"""What benchmarks share: runs that take turns, medians, and a table of ratios."""

from __future__ import annotations

import statistics
import subprocess
from collections.abc import Callable


def medians(measures: dict[str, Callable[[], float]], runs: int) -> dict[str, float]:
    """The median of each measure over `runs` rounds; within a round they take turns, so that a slow spell hits all."""
    found: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(runs):
        for name, measure in measures.items():
            found[name].append(measure())
    return {name: statistics.median(values) for name, values in found.items()}


def show(title: str, figures: dict[str, float], unit: str, anchor: str, bounds: dict[str, float]) -> None:
    """Print the figures with their ratios to the anchor's, and the bounds that were set for some of them."""
    print(f"\n{title}\n")
    width = max(map(len, figures))
    for name, figure in figures.items():
        ratio = figure / figures[anchor]
        bound = f"  (at most {bounds[name]:g})" if name in bounds else ""
        print(f"  {name:<{width}}  {figure:9.1f} {unit}  {ratio:6.2f} x{bound}")


def has(python: str, module: str) -> bool:
    """Whether the interpreter has a module."""
    return subprocess.run([python, "-c", f"import {module}"], capture_output=True).returncode == 0
