"""Limits that keep a one-liner from taking the machine down: on memory, and on time.

Memory is guarded twice: sizes are checked before an array is made (`graph.memory`), and the process may not outgrow the
limit as a whole (the kernel then refuses an allocation, and nothing is killed).

Time runs out with a signal, as Ctrl-C comes with one, and Python answers signals between two of its own instructions.
A long call into compiled code has none, so a second thread watches that the answer does not take too long.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from gradcli.errors import Problem

_PAGE = 4096
_GRACE = 1.0  # seconds between asking to stop and stopping
_FOREVER = 1e8  # seconds; what is longer is no limit

Report = Callable[[Problem], None]

_running_out: Problem | None = None  # what to say when the alarm rings


class Limits:
    """max_memory in bytes (None: half of what is free), max_time in seconds (None: no limit)."""

    __slots__ = ("max_memory", "max_time")

    def __init__(self, max_memory: int | None = None, max_time: float | None = None) -> None:
        self.max_memory = max_memory
        self.max_time = max_time

    @contextmanager
    def enforce(
        self, report: Report | None = None, wait: Callable[[], None] | None = None, watched: bool = True
    ) -> Iterator[None]:
        """Apply the limits while the block runs.

        Past the time limit a Problem is raised; where a long call into compiled code keeps it (or KeyboardInterrupt)
        from being raised, `report` is called with the Problem from another thread, and the process ends.  Not so where
        there is much to lose, a whole session: with `wait` the call is waited for, `wait` says so from that thread, and
        only who interrupts again, in vain again, ends the process.  Not `watched` is what another process watches over.
        """
        from gradcli.graph import memory  # and with it NumPy, which a process that only supervises another does without

        most = self.max_memory if self.max_memory is not None else _half_of_free()
        release = _bound_process(most)
        try:
            with memory.limited(most), _watched(report, wait) if watched else nullcontext(), deadline(self.max_time):
                yield
        finally:
            release()


@contextmanager
def within(seconds: float | None, most: int | float | None) -> Iterator[None]:
    """Limits of one record among many: its own time, and no more memory for an array than it allows itself."""
    from gradcli.graph import memory

    before = memory.limit()
    allowed = before if most is None else int(most) if before is None else min(int(most), before)
    with memory.limited(allowed), deadline(seconds):
        yield


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
    """Limit the growth of the process's data to `most` bytes, where the platform can; gives the way back."""
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
    except (OSError, ValueError, OverflowError):  # no such limit here, or one beyond what the kernel counts to
        return lambda: None
    return lambda: resource.setrlimit(resource.RLIMIT_DATA, before)


@contextmanager
def deadline(seconds: float | None) -> Iterator[None]:
    """Raise a Problem in the block once it has run for so long, or at its end where it was lost; None is no limit."""
    import signal

    if seconds is None or seconds > _FOREVER or not hasattr(signal, "setitimer"):
        yield
        return
    global _running_out
    problem, expired = out_of_time(seconds), False

    def expire(*_: Any) -> None:
        nonlocal expired
        expired = True
        raise problem

    try:
        before = signal.signal(signal.SIGALRM, expire)
    except ValueError:  # not the main thread, where no signal arrives
        with _thread_deadline(seconds, problem):
            yield
        return
    _running_out = problem
    # Again and again, since Python drops what is raised while it cleans up (in `__del__`, in a weak reference's callback).
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 1e-6), _GRACE / 4)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        _running_out = None
    if expired:
        raise problem


class _Expired(BaseException):
    """Raised in a thread whose time is over."""


@contextmanager
def _thread_deadline(seconds: float, problem: Problem) -> Iterator[None]:
    """Raise the Problem in a block that runs in a thread of its own: another thread asks Python to interrupt it."""
    import ctypes
    from threading import Event, Lock, Thread, get_ident

    thread, over, deciding = ctypes.c_ulong(get_ident()), Event(), Lock()
    interrupt = ctypes.pythonapi.PyThreadState_SetAsyncExc

    def watch() -> None:
        if not over.wait(seconds):
            with deciding:
                if not over.is_set():
                    interrupt(thread, ctypes.py_object(_Expired))

    Thread(target=watch, daemon=True).start()
    try:
        try:
            yield
        finally:
            with deciding:
                over.set()
            interrupt(thread, None)  # which may be on its way still
    except _Expired:
        raise problem from None


def out_of_time(seconds: float) -> Problem:
    """What to say of a block that took longer."""
    return Problem(
        "limit", f"stopped after {seconds:g} s, the limit on time", type="TimeoutError", hint="raise it with --max-time"
    )


def interrupted() -> Problem:
    """What to say of Ctrl-C."""
    return Problem("interrupted", "interrupted", type="KeyboardInterrupt")


@contextmanager
def _watched(report: Report | None, wait: Callable[[], None] | None) -> Iterator[None]:
    """See to it that a signal which asks to stop ends the process within a grace period, at the latest."""
    stop = _start_watch(report, wait)
    try:
        yield
    finally:
        stop()


def _start_watch(report: Report | None, wait: Callable[[], None] | None) -> Callable[[], None]:
    """Start the thread that watches; gives a function that ends it."""
    import signal
    from _thread import start_new_thread  # `threading` takes a millisecond to import

    if not hasattr(signal, "setitimer"):
        return lambda: None
    numbers, signals = os.pipe()
    os.set_blocking(signals, False)
    try:
        before = signal.set_wakeup_fd(signals, warn_on_full_buffer=False)
    except ValueError:  # not the main thread, where no signal arrives
        os.close(numbers)
        os.close(signals)
        return lambda: None

    def stop() -> None:
        signal.set_wakeup_fd(before)
        os.close(signals)  # and the thread ends

    try:
        start_new_thread(_watch, (numbers, report, wait))
    except RuntimeError:  # no more threads are allowed: then nobody watches
        os.close(numbers)
    return stop


def _watch(numbers: int, report: Report | None, wait: Callable[[], None] | None) -> None:
    """Read the numbers of signals until there are no more; what asks to stop and goes unheard is the end."""
    waited = False
    while received := os.read(numbers, 1):
        problem = _meant_by(received[0])
        if problem is None or (wait is not None and problem.code != "interrupted"):
            continue
        if goes_unheard(numbers) and (problem.code == "interrupted" or problem is _running_out):
            if wait is not None and not waited:
                wait()
                waited = True
                continue
            if report is not None:
                report(problem)
            os._exit(problem.exit)
    os.close(numbers)


def _meant_by(number: int) -> Problem | None:
    import signal

    if number == signal.SIGALRM:
        return _running_out
    return interrupted() if number == signal.SIGINT else None


def goes_unheard(numbers: int) -> bool:
    """Whether what a signal asked to stop has not ended a while later, which would have closed the pipe."""
    from select import select
    from time import monotonic

    until = monotonic() + _GRACE
    while select([numbers], [], [], max(0.0, until - monotonic()))[0]:
        if not os.read(numbers, 64):
            return False
    return True
