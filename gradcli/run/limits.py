"""Limits that keep a one-liner from taking the machine down: on memory, and on time.

Memory is guarded twice: sizes are checked before an array is made (`graph.memory`), and the process may not outgrow the
limit as a whole (the kernel then refuses an allocation, and nothing is killed).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from gradcli.errors import EXIT_CANNOT, Problem
from gradcli.graph import memory

_PAGE = 4096
_GRACE = 1.0  # seconds between asking to stop and stopping


class Limits:
    """max_memory in bytes (None: half of what is free), max_time in seconds (None: no limit)."""

    __slots__ = ("max_memory", "max_time")

    def __init__(self, max_memory: int | None = None, max_time: float | None = None) -> None:
        self.max_memory = max_memory
        self.max_time = max_time

    @contextmanager
    def enforce(self, report: Callable[[Problem], None] | None = None) -> Iterator[None]:
        """Apply the limits while the block runs.

        Past the time limit a Problem is raised; where a long call into compiled code keeps it from being raised, `report` is
        called with it from another thread, and the process ends.
        """
        most = self.max_memory if self.max_memory is not None else _half_of_free()
        memory.set_limit(most)
        release = _bound_process(most)
        try:
            with deadline(self.max_time, report):
                yield
        finally:
            release()


def _half_of_free() -> int | None:
    free = [amount for amount in (_from_meminfo(), _from_control_group()) if amount is not None]
    return min(free) // 2 if free else None


def _from_meminfo() -> int | None:
    try:
        with open("/proc/meminfo", "rb") as file:
            for line in file:
                if line.startswith(b"MemAvailable:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return None


def _from_control_group() -> int | None:
    """What a container leaves: its limit less what it uses."""
    try:
        with open("/sys/fs/cgroup/memory.max", "rb") as file:
            most = file.read().strip()
        with open("/sys/fs/cgroup/memory.current", "rb") as file:
            return max(0, int(most) - int(file.read())) if most != b"max" else None
    except (OSError, ValueError):
        return None


def _bound_process(most: int | None) -> Callable[[], Any]:
    """Limit the growth of the process's data to `most` bytes, where the platform can; gives a function that undoes it."""
    if most is None or not sys.platform.startswith("linux"):
        return lambda: None
    import resource

    try:
        with open("/proc/self/statm", "rb") as file:
            used = int(file.read().split()[5]) * _PAGE
        before = resource.getrlimit(resource.RLIMIT_DATA)
        ceiling = used + most + (64 << 20)  # room for the interpreter itself
        if before[1] != resource.RLIM_INFINITY:
            ceiling = min(ceiling, before[1])
        resource.setrlimit(resource.RLIMIT_DATA, (ceiling, before[1]))
    except (OSError, ValueError):
        return lambda: None
    return lambda: resource.setrlimit(resource.RLIMIT_DATA, before)


@contextmanager
def deadline(seconds: float | None, report: Callable[[Problem], None] | None = None) -> Iterator[None]:
    """Raise a Problem in the block once it has run for so long; `report` as for `enforce`.  None is no limit."""
    if seconds is None:
        yield
        return
    import signal
    import threading

    problem = Problem("limit", f"stopped after {seconds:g} s, the limit on time", type="TimeoutError", hint="raise it with --max-time")

    def expire(*_: Any) -> None:
        raise problem

    def end() -> None:
        if report is not None:
            report(problem)
        os._exit(EXIT_CANNOT)

    watchdog = threading.Timer(seconds + _GRACE, end)
    watchdog.daemon = True
    before = signal.signal(signal.SIGALRM, expire)
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 1e-6))
    watchdog.start()
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        watchdog.cancel()
