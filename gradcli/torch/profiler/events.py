"""What a profile holds: named stretches of time, which of them lie in which, and tables of their sums.

Times are microseconds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

_WIDEST = 55  # characters of a name in a table
_SORTS: dict[str, Callable[[Any], Any]] = {
    "count": lambda each: each.count,
    "cpu_time": lambda each: each.cpu_time,
    "cpu_time_total": lambda each: each.cpu_time_total,
    "self_cpu_time_total": lambda each: each.self_cpu_time_total,
}


def format_time(time_us: float) -> str:
    """A time in the unit that suits it: "1.500ms"."""
    for unit, length in (("s", 1e6), ("ms", 1e3)):
        if time_us >= length:
            return f"{time_us / length:.3f}{unit}"
    return f"{time_us:.3f}us"


class Interval:
    """From a start to an end."""

    def __init__(self, start: float, end: float) -> None:
        self.start = start
        self.end = end

    def elapsed_us(self) -> float:
        """How long that is."""
        return self.end - self.start


class _Times:
    """What can be said of one event and of several: devices other than the processor do nothing."""

    count: int
    cpu_time_total: float
    device_time_total = self_device_time_total = device_time = 0
    cpu_memory_usage = self_cpu_memory_usage = device_memory_usage = 0

    @property
    def cpu_time(self) -> float:
        """The time of one, on the average."""
        return self.cpu_time_total / self.count if self.count else 0.0


class FunctionEvent(_Times):
    """A stretch of time in which something ran, and what ran inside of it."""

    def __init__(
        self,
        id: int,
        name: str,
        thread: int,
        start_us: float,
        end_us: float,
        *,
        node_id: int = -1,
        input_shapes: Any = None,
        sequence_nr: int = -1,
        **_: Any,
    ) -> None:
        self.id, self.name, self.thread, self.node_id = id, name, thread, node_id
        self.time_range = Interval(start_us, end_us)
        self.input_shapes = input_shapes if input_shapes is not None else []
        self.sequence_nr = sequence_nr
        self.fwd_thread: int | None = None
        self.count = 1
        self.cpu_children: list[FunctionEvent] = []
        self.cpu_parent: FunctionEvent | None = None
        self.kernels: list[Any] = []
        self.is_async = self.is_remote = False

    @property
    def key(self) -> str:
        """What events are put together by."""
        return self.name

    @property
    def cpu_time_total(self) -> float:  # type: ignore[override]
        """How long it took."""
        return self.time_range.elapsed_us()

    @property
    def self_cpu_time_total(self) -> float:
        """How long of that nothing inside of it ran."""
        return self.cpu_time_total - sum([each.cpu_time_total for each in self.cpu_children])

    def append_cpu_child(self, child: FunctionEvent) -> None:
        """Let another event lie in this one."""
        self.cpu_children.append(child)
        child.cpu_parent = self

    def __repr__(self) -> str:
        return f"<FunctionEvent id={self.id} name={self.name} cpu_time={format_time(self.cpu_time)} thread={self.thread}>"


class FunctionEventAvg(_Times):
    """Events of one name, added up."""

    def __init__(self) -> None:
        self.key: str | None = None
        self.input_shapes: Any = None
        self.count = 0
        self.cpu_time_total: float = 0
        self.self_cpu_time_total: float = 0
        self.cpu_parent: Any = None

    def add(self, other: Any) -> FunctionEventAvg:
        """Add an event, or such a sum."""
        if self.key is None:
            self.key, self.input_shapes = other.key, other.input_shapes
        self.count += other.count
        self.cpu_time_total += other.cpu_time_total
        self.self_cpu_time_total += other.self_cpu_time_total
        return self

    __iadd__ = add

    @property
    def name(self) -> str | None:
        """The name that they share."""
        return self.key

    def __repr__(self) -> str:
        return f"<FunctionEventAvg key={self.key} self_cpu_time={format_time(self.self_cpu_time_total)}>"


class EventList(list[Any]):
    """Events, or sums of them, that print as a table."""

    def __init__(self, events: Iterable[Any] = (), **_: Any) -> None:
        super().__init__(events)

    def _populate_cpu_children(self) -> None:
        """Find which events lie in which; one that begins later and ends later pushes another out."""
        threads: dict[int, list[FunctionEvent]] = {}
        for each in self:
            threads.setdefault(each.thread, []).append(each)
        for events in threads.values():
            open_ones: list[FunctionEvent] = []
            for each in sorted(events, key=lambda event: (event.time_range.start, -event.time_range.end)):
                while open_ones and not _lies_in(each.time_range, open_ones[-1].time_range):
                    open_ones.pop()
                if open_ones:
                    open_ones[-1].append_cpu_child(each)
                open_ones.append(each)

    @property
    def self_cpu_time_total(self) -> float:
        """The time of all events, each by itself."""
        return float(sum([each.self_cpu_time_total for each in self]))

    def key_averages(self, group_by_input_shape: bool = False, **_: Any) -> EventList:
        """The sums of events of one name (and of operands of one shape)."""
        sums: dict[Any, FunctionEventAvg] = {}
        for each in self:
            key = (each.key, str(each.input_shapes) if group_by_input_shape else "")
            sums.setdefault(key, FunctionEventAvg()).add(each)
        if not group_by_input_shape:
            for each in sums.values():
                each.input_shapes = None
        return EventList(sums.values())

    def total_average(self) -> FunctionEventAvg:
        """All of them, as one sum."""
        total = FunctionEventAvg()
        for each in self:
            total.add(each)
        total.key = "Total"
        return total

    def table(
        self,
        sort_by: str | None = None,
        row_limit: int = 100,
        max_src_column_width: int = 75,
        max_name_column_width: int = _WIDEST,
        header: str | None = None,
        top_level_events_only: bool = False,
        **_: Any,
    ) -> str:
        """A row for each, with its times and how often it was called."""
        events = [each for each in self if not (top_level_events_only and each.cpu_parent is not None)]
        if sort_by is not None:
            events.sort(key=_SORTS.get(sort_by, _SORTS["cpu_time_total"]), reverse=True)
        total = self.self_cpu_time_total
        shapes = any([each.input_shapes for each in self])
        rows = [_row(each, total, shapes, max_name_column_width) for each in (events if row_limit < 0 else events[:row_limit])]
        return _drawn(rows, shapes, header) + f"\nSelf CPU time total: {format_time(total)}\n"

    def __str__(self) -> str:
        return self.table()

    def export_chrome_trace(self, path: str) -> None:
        """Write the events for chrome://tracing, as JSON."""
        trace = [
            {
                "ph": "X",
                "name": each.name,
                "ts": each.time_range.start,
                "dur": each.time_range.elapsed_us(),
                "pid": "CPU functions",
                "tid": each.thread,
                "args": {},
            }
            for each in self
        ]
        with open(path, "w", encoding="utf-8") as file:
            json.dump(trace, file)


def _lies_in(inner: Interval, outer: Interval) -> bool:
    return inner.start < outer.end and inner.end <= outer.end


_COLUMNS = ("Self CPU %", "Self CPU", "CPU total %", "CPU total", "CPU time avg", "# of Calls")


def _row(each: Any, total: float, shapes: bool, widest: int) -> list[str]:
    own, whole = each.self_cpu_time_total, each.cpu_time_total
    name = each.key if len(each.key) <= widest else f"{each.key[: widest - 3]}..."
    cells = [f"{own / total * 100 if total else 0:.2f}%", format_time(own), f"{whole / total * 100 if total else 0:.2f}%"]
    cells = [name, *cells, format_time(whole), format_time(each.cpu_time), str(each.count)]
    return [*cells, str(each.input_shapes)[:80]] if shapes else cells


def _drawn(rows: Sequence[list[str]], shapes: bool, header: str | None) -> str:
    titles = ["Name", *_COLUMNS, *(["Input Shapes"] if shapes else [])]
    widths = [max([len(row[place]) for row in (titles, *rows)]) for place in range(len(titles))]
    widths = [widths[0], *[max(12, width) for width in widths[1:]]]
    line = "  ".join(["-" * width for width in widths]) + "  "
    drawn = ["  ".join([cell.rjust(width) for cell, width in zip(row, widths)]) + "  " for row in (titles, *rows)]
    opening = [] if header is None else ["=" * len(line), header]
    return "\n".join([*opening, line, drawn[0], line, *drawn[1:], line])
