"""A process for work that may not listen, under the eyes of another one that does.

Python answers signals, and lets its other threads run, between two of its own instructions.  A single call into the
interpreter itself that never ends (the hash of tuples that share their parts, 2**100 of them) lets neither in, and only
another process can end it.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from time import monotonic

from gradcli.errors import Problem
from gradcli.run.limits import Report, goes_unheard, interrupted, out_of_time

_AT_ONCE = 0.1  # seconds in which one Ctrl-C at a terminal reaches both processes


def supervised(work: Callable[[bool], int], max_time: float | None, report: Report) -> int:
    """What `work` gives, the exit code of a process, from a process of its own; where there can be none, from this one.

    Its argument says whether it is alone, with nobody to watch over it.

    Where a signal that asks it to stop, Ctrl-C or the alarm of max_time, goes unheard there, `report` is called with the
    Problem, the process is ended, and the exit code is the Problem's.
    """
    if not sys.platform.startswith("linux"):  # elsewhere a process is not told that the one above it has died
        return work(True)
    numbers, signals = os.pipe()
    alive, life = os.pipe()
    try:
        child = os.fork()
    except OSError:  # no more processes are allowed
        for each in (numbers, signals, alive, life):
            os.close(each)
        return work(True)
    if child == 0:
        os.close(numbers)
        os.close(life)
        _end_with(alive)
        os.set_blocking(signals, False)
        signal.set_wakeup_fd(signals, warn_on_full_buffer=False)
        return work(False)
    os.close(signals)
    os.close(alive)
    return _Watch(child, numbers, max_time, report).code()


def _end_with(alive: int) -> None:
    """Have the kernel end this process, with a signal that nobody handles, when the other end of the pipe is closed."""
    import fcntl

    fcntl.fcntl(alive, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(alive, fcntl.F_SETFL, fcntl.fcntl(alive, fcntl.F_GETFL) | os.O_ASYNC)


class _Watch:
    """The process above: it reads the numbers of the signals that the one below has received, until that one has ended."""

    def __init__(self, child: int, numbers: int, max_time: float | None, report: Report) -> None:
        self._child, self._numbers, self._report = child, numbers, report
        self._meanings: dict[int, Problem] = {signal.SIGINT: interrupted()}
        if max_time is not None:
            self._meanings[signal.SIGALRM] = out_of_time(max_time)
        self._heard = 0.0  # when the process below last received Ctrl-C

    def code(self) -> int:
        """The exit code of the process below, or of the Problem that has ended it; what killed that one kills this one."""
        if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # as of what a shell starts in the background
            signal.signal(signal.SIGINT, lambda *_: self._pass_on())
        problem = self._unheard()
        if problem is not None:
            self._report(problem)
            os.kill(self._child, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(os.waitpid(self._child, 0)[1])
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if problem is not None:
            return problem.exit
        if code < 0:
            if -code not in (signal.SIGKILL, signal.SIGSTOP):
                signal.signal(-code, signal.SIG_DFL)
            os.kill(os.getpid(), -code)
        return code

    def _pass_on(self) -> None:
        """Pass Ctrl-C on, unless it has come to both: from a terminal it does, from `kill` it does not."""
        from select import select

        if monotonic() - self._heard > _AT_ONCE and not select([self._numbers], [], [], _AT_ONCE)[0]:
            os.kill(self._child, signal.SIGINT)

    def _unheard(self) -> Problem | None:
        while received := os.read(self._numbers, 1):
            if received[0] == signal.SIGINT:
                self._heard = monotonic()
            problem = self._meanings.get(received[0])
            if problem is not None and goes_unheard(self._numbers):
                return problem
        return None
