"""`Compare`: measurements as tables, a row for each task and a column for each description."""

from __future__ import annotations

import enum
import math
from collections.abc import Sequence
from typing import Any

from gradcli.torch.utils.benchmark.utils.common import IQR_WARN_THRESHOLD, Measurement
from gradcli.torch.utils.benchmark.utils.units import ordered_unique, select_unit, trim_sigfig, unit_to_english

_END, _BOLD = "\033[0m", "\033[1m"
_BEST, _GOOD, _BAD, _VERY_BAD = "\033[92m", "\033[34m", "\033[2m\033[91m", "\033[31m"
Line = list[Measurement | None]  # of one row or column


class Colorize(enum.Enum):
    """Within what the best is sought."""

    NONE = "none"
    COLUMNWISE = "columnwise"
    ROWWISE = "rowwise"


def _coloured(text: str, value: float, best: float) -> str:
    if value <= best * 1.01 or value <= best + 100e-9:
        colour = _BEST + _BOLD
    elif value <= best * 1.1:
        colour = _GOOD + _BOLD
    elif value >= best * 5:
        colour = _VERY_BAD + _BOLD
    elif value >= best * 2:
        colour = _BAD
    else:
        return text
    return colour + text + _END * 2


class _Column:
    """How the numbers of a column are written, all alike."""

    def __init__(self, results: Line, seconds: float, trim: bool, warn: bool) -> None:
        self._trim, self._seconds = trim, seconds
        found = [each for each in results if each is not None]
        self._warn = warn and any(each.has_warnings for each in found)
        leading = [math.ceil(math.log10(each.median / seconds)) for each in found]
        count = min([each.significant_figures - digits for each, digits in zip(found, leading)], default=1)
        decimals = max(count, 0) if trim else 1
        length = max([1, *leading]) + decimals + (1 if decimals else 0)
        self._number = f">{length}.{decimals}f"
        self._blank = " " * (length + (7 if self._warn else 0))

    def shown(self, result: Measurement | None) -> str:
        """A cell."""
        if result is None:
            return self._blank
        value = result.median / self._seconds
        if self._trim:
            value = trim_sigfig(value, result.significant_figures)
        spread = result.iqr / result.median
        note = f" (! {spread * 100:.0f}%)" if self._warn and spread > IQR_WARN_THRESHOLD else ""
        return f"{value:{self._number}}{note:>{7 if self._warn else 0}}"


class Compare:
    """Tables of measurements, one for each label."""

    def __init__(self, results: Sequence[Measurement]) -> None:
        self._results: list[Measurement] = []
        self.extend_results(results)
        self._trim_significant_figures = False
        self._colorize = Colorize.NONE
        self._highlight_warnings = False

    def extend_results(self, results: Any) -> None:
        """Add measurements.  Raises ValueError for anything else."""
        for each in results:
            if not isinstance(each, Measurement):
                raise ValueError(f"Expected an instance of `Measurement`, got {type(each)} instead.")
        self._results.extend(results)

    def trim_significant_figures(self) -> None:
        """Show only digits that count."""
        self._trim_significant_figures = True

    def colorize(self, rowwise: bool = False) -> None:
        """Colour what is fast and what is slow, within a column or a row."""
        self._colorize = Colorize.ROWWISE if rowwise else Colorize.COLUMNWISE

    def highlight_warnings(self) -> None:
        """Show where times spread too much."""
        self._highlight_warnings = True

    def print(self) -> None:
        """Print the tables."""
        print(self)

    def __str__(self) -> str:
        merged = Measurement.merge(self._results)
        labels = ordered_unique([each.label for each in merged])
        return "\n".join([self._table(label, [each for each in merged if each.label == label]) for label in labels])

    def _table(self, label: str | None, results: list[Measurement]) -> str:
        unit, seconds = select_unit(min([each.median for each in results]))
        envs = ordered_unique([each.env for each in results])
        threads = sorted({each.num_threads for each in results})
        names = ordered_unique([each.description for each in results])
        tasks = ordered_unique([(each.num_threads, each.env, each.as_row_name) for each in results])
        tasks.sort(key=lambda task: (threads.index(task[0]), envs.index(task[1])))
        found = {(each.num_threads, each.env, each.as_row_name, each.description): each for each in results}
        grid = [[found.get((*task, name)) for name in names] for task in tasks]
        columns = [
            _Column([row[place] for row in grid], seconds, self._trim_significant_figures, self._highlight_warnings)
            for place in range(len(names))
        ]
        shown = [f"({env})" if len(envs) > 1 else "" for _, env, _ in tasks]
        room = max(map(len, shown)) + (2 if len(envs) > 1 else 4)
        heads = [f"  {env.ljust(room)}{task[2]}" for env, task in zip(shown, tasks)]
        cells = [[column.shown(result) for column, result in zip(columns, row)] for row in grid]
        titles = [name or "" for name in names]
        widths = [max(map(len, column)) for column in zip(titles, *cells)]
        first = max(map(len, heads))
        header = self._line(" " * first, [title.center(width) for title, width in zip(titles, widths)])
        lines = [f"[{f' {label or str()} '.center(len(header) - 2, '-')}]", header]
        for place, (task, head, row) in enumerate(zip(tasks, heads, cells)):
            if not place or tasks[place - 1][0] != task[0]:
                lines.append(f"{task[0]} threads: ".ljust(len(header), "-"))
            rivals = [line for line, other in zip(grid, tasks) if other[0] == task[0]]
            centred = [text.center(width) for text, width in zip(row, widths)]
            lines.append(self._line(head.ljust(first), self._colours(centred, grid[place], rivals)))
        notes = [f"Times are in {unit_to_english(unit)}s ({unit})."]
        if self._highlight_warnings and any([each.has_warnings for each in results]):
            notes.append("(! XX%) Measurement has high variance, where XX is the IQR / median * 100.")
        return "\n".join([*lines, "", *notes, ""])

    @staticmethod
    def _line(head: str, cells: list[str]) -> str:
        return "  |  ".join([head, *cells])

    def _colours(self, cells: list[str], row: Line, rivals: list[Line]) -> list[str]:
        """The cells of a row, coloured where that is asked for, among the rows of as many threads."""
        if self._colorize is Colorize.NONE:
            return cells
        shown = []
        for place, (text, result) in enumerate(zip(cells, row)):
            others = row if self._colorize is Colorize.ROWWISE else [line[place] for line in rivals]
            best = min([each.median for each in others if each is not None], default=0.0)
            shown.append(text if result is None else _coloured(text, result.median, best))
        return shown
