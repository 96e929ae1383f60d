"""What was measured, and what it says: median, spread, and how many digits of it count."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from gradcli.torch.utils.benchmark.utils.units import ordered_unique as ordered_unique
from gradcli.torch.utils.benchmark.utils.units import select_unit as select_unit
from gradcli.torch.utils.benchmark.utils.units import set_torch_threads as set_torch_threads
from gradcli.torch.utils.benchmark.utils.units import trim_sigfig as trim_sigfig
from gradcli.torch.utils.benchmark.utils.units import unit_to_english as unit_to_english

_MOST_FIGURES = 4
_LEAST_INTERVAL = 25e-9  # seconds: no clock is more certain
IQR_WARN_THRESHOLD = 0.1
IQR_GROSS_WARN_THRESHOLD = 0.25
_NINETY_PERCENT = 1.645  # standard deviations on both sides of the mean


@dataclass(frozen=True)
class TaskSpec:
    """What is run, and what it is called."""

    stmt: str
    setup: str
    global_setup: str = ""
    label: str | None = None
    sub_label: str | None = None
    description: str | None = None
    env: str | None = None
    num_threads: int = 1

    @property
    def title(self) -> str:
        """The label, or else the statement."""
        below = f": {self.sub_label}" if self.sub_label else ""
        if self.label is not None:
            return self.label + below
        if "\n" not in self.stmt:
            return self.stmt + below
        return f"stmt:{below}\n{textwrap.indent(self.stmt, '  ')}"

    def setup_str(self) -> str:
        """What is run before, if anything."""
        if self.setup == "pass" or not self.setup:
            return ""
        return f"setup:\n{textwrap.indent(self.setup, '  ')}" if "\n" in self.setup else f"setup: {self.setup}"

    def summarize(self) -> str:
        """Title, description and setup, a part a line."""
        parts = [part for part in (self.title, self.description or "", self.setup_str()) if part]
        return "\n".join([f"{part}\n" if "\n" in part else part for part in parts])


@dataclass(init=True, repr=False)
class Measurement:
    """Times in seconds of blocks of `number_per_run` runs each."""

    number_per_run: int
    raw_times: list[float]
    task_spec: TaskSpec
    metadata: dict[Any, Any] | None = field(default=None)

    @cached_property
    def _sorted_times(self) -> list[float]:
        return sorted(self.times)

    @property
    def times(self) -> list[float]:
        """Seconds of one run, block by block."""
        return [t / self.number_per_run for t in self.raw_times]

    @property
    def median(self) -> float:
        """The middle of them."""
        return float(np.median(self._sorted_times))

    @property
    def mean(self) -> float:
        """Their mean."""
        return float(np.mean(self._sorted_times))

    @property
    def iqr(self) -> float:
        """From the first quartile to the third."""
        low, high = self._quartiles
        return high - low

    @cached_property
    def _quartiles(self) -> tuple[float, float]:
        low, high = np.percentile(np.array(self._sorted_times), (25, 75))
        return float(low), float(high)

    @property
    def significant_figures(self) -> int:
        """How many digits of the median count, from the spread of the middle half of the times."""
        count = len(self._sorted_times)
        middle = np.array(self._sorted_times[count // 4 : math.ceil(3 * count / 4)])
        interval = max(_NINETY_PERCENT * float(middle.std()) / math.sqrt(len(middle)), _LEAST_INTERVAL)
        figures = math.floor(-math.log10(interval / self.median))
        return int(min(max(figures, 1), _MOST_FIGURES))

    def meets_confidence(self, threshold: float = IQR_WARN_THRESHOLD) -> bool:
        """Whether the spread is less than this share of the median."""
        return self.iqr / self.median < threshold

    @property
    def has_warnings(self) -> bool:
        """Whether the times spread too much."""
        return bool(self._warnings())

    def _warnings(self) -> list[str]:
        if self.meets_confidence(IQR_WARN_THRESHOLD):
            return []
        gross = not self.meets_confidence(IQR_GROSS_WARN_THRESHOLD)
        what = "This suggests significant environmental influence." if gross else "This could indicate system fluctuation."
        share = self.iqr / self.median * 100
        return [f"  WARNING: Interquartile range is {share:.1f}% of the median measurement.", f"           {what}"]

    @property
    def title(self) -> str:
        """That of the task."""
        return self.task_spec.title

    @property
    def env(self) -> str:
        """Where it was run."""
        return "Unspecified env" if self.task_spec.env is None else self.task_spec.env

    @property
    def as_row_name(self) -> str:
        """What its row in a table is called."""
        return self.task_spec.sub_label or self.task_spec.stmt or "[Unknown]"

    stmt = property(lambda self: self.task_spec.stmt)
    setup = property(lambda self: self.task_spec.setup)
    label = property(lambda self: self.task_spec.label)
    sub_label = property(lambda self: self.task_spec.sub_label)
    description = property(lambda self: self.task_spec.description)
    num_threads = property(lambda self: self.task_spec.num_threads)

    @staticmethod
    def merge(measurements: Iterable[Measurement]) -> list[Measurement]:
        """One measurement for each task, with the times of all."""
        of_task: dict[TaskSpec, list[Measurement]] = {}
        for each in measurements:
            of_task.setdefault(each.task_spec, []).append(each)
        return [Measurement(1, [t for each in group for t in each.times], task) for task, group in of_task.items()]

    def __repr__(self) -> str:
        count, (unit, seconds) = len(self._sorted_times), select_unit(self.median)
        low, high = [quartile / seconds for quartile in self._quartiles]
        lines = [object.__repr__(self), self.task_spec.summarize()]
        lines.append(f"  {'Median: ' if count > 1 else ''}{self.median / seconds:.2f} {unit}")
        if count >= 4:
            lines.append(f"  IQR:    {self.iqr / seconds:.2f} {unit} ({low:.2f} to {high:.2f})")
        runs = f"{self.number_per_run} runs {'per measurement,' if count > 1 else ','}"
        threads = f"{self.num_threads} thread{'s' if self.num_threads > 1 else ''}"
        lines.append(f"  {count} measurement{'s' if count > 1 else ''}, {runs} {threads}")
        return "\n".join([*lines, *self._warnings()])
