"""Limits on memory and time: a sentence in good time, whatever the process is in the middle of."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import nullcontext
from typing import Any

import pytest

from gradcli.errors import Problem
from gradcli.graph import memory
from gradcli.run.limits import Limits, deadline, within

pytestmark = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="signals are POSIX's")


def spin(seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pass


# ---- time


def test_time_runs_out() -> None:
    started = time.monotonic()
    with pytest.raises(Problem) as caught, deadline(0.05):
        spin(5)
    assert time.monotonic() - started < 2
    problem = caught.value
    assert (problem.code, problem.type, problem.message) == (
        "limit",
        "TimeoutError",
        "stopped after 0.05 s, the limit on time",
    )
    assert problem.hint == "raise it with --max-time"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_time_that_runs_out_while_python_cleans_up() -> None:
    """What is raised in `__del__` is dropped: the alarm rings again."""

    class Slow:
        def __del__(self) -> None:
            spin(0.2)

    with pytest.raises(Problem, match="limit on time"), deadline(0.05):  # noqa: PT012 (the first is dropped, then time runs on)
        Slow()
        spin(5)


@pytest.mark.parametrize("seconds", [None, 1e9, 1e300, 20])
def test_a_limit_that_is_not_reached(seconds: float | None) -> None:
    handler = signal.getsignal(signal.SIGALRM)
    with deadline(seconds):
        spin(0.01)
    assert signal.getsignal(signal.SIGALRM) == handler
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


# ---- memory


def test_the_limit_is_half_of_what_is_free_unless_given() -> None:
    with Limits(123_456_789).enforce():
        assert memory.limit() == 123_456_789
    with Limits().enforce():
        most = memory.limit()
    assert most is None or 1_000_000 < most < 1 << 50


@pytest.mark.parametrize("most", [1 << 40, 10**30])
def test_a_limit_beyond_what_the_kernel_counts_to(most: int) -> None:
    with Limits(most).enforce():
        assert memory.limit() == most


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux bounds a process's data")
def test_the_process_as_a_whole_may_not_outgrow_the_limit() -> None:
    script = (
        "import numpy as np; from gradcli.run.limits import Limits\n"
        "with Limits(50_000_000).enforce():\n"
        "    try: kept = [np.ones(1_000_000) for _ in range(1000)]\n"
        "    except MemoryError: print('refused')\n"
        "print(len([np.ones(1_000_000) for _ in range(30)]))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert run.stdout.split() == ["refused", "30"]


def test_a_record_may_only_lower_the_limit() -> None:
    with memory.limited(1000):
        for own, expected in ((None, 1000), (10, 10), (10**9, 1000), (1.5, 1)):
            with within(None, own):
                assert memory.limit() == expected
            assert memory.limit() == 1000
    with pytest.raises(Problem, match="limit on time"), within(0.02, None):
        spin(5)


# ---- what Python cannot interrupt


# The C library's sort stands for a long product of matrices: no instruction of Python's until it is done.
STUCK = """
import ctypes
from gradcli.run.limits import Limits

def say(problem):
    print(problem.code, problem.message, flush=True)

library, numbers = ctypes.CDLL(None), (ctypes.c_char * 50_000_000)()
with Limits(None, {seconds}).enforce(say):
    print("ready", flush=True)
    library.qsort(numbers, len(numbers), 1, library.strcmp)
"""


@pytest.mark.parametrize(
    ("seconds", "interrupt", "words", "code"),
    [("None", True, "interrupted interrupted", 130), ("0.1", False, "limit stopped after 0.1 s, the limit on time", 1)],
)
def test_a_long_call_into_compiled_code_ends_all_the_same(seconds: str, interrupt: bool, words: str, code: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", STUCK.format(seconds=seconds)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.1)
    started = time.monotonic()
    if interrupt:
        process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=20)
    assert time.monotonic() - started < 5
    assert (out.strip(), process.returncode) == (words, code)


def test_a_session_waits_for_a_long_call_and_ends_for_whoever_asks_twice() -> None:
    script = STUCK.format(seconds="0.1").replace("enforce(say)", "enforce(say, lambda: print('waiting', flush=True))")
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    for said in ("waiting\n", "interrupted interrupted\n"):
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == said
    process.communicate(timeout=20)
    assert process.returncode == 130


def test_a_deadline_that_was_answered_ends_nothing_else() -> None:
    """In a batch each record has its own time, and the run goes on after one that took too long."""
    script = (
        "import time; from gradcli.errors import Problem; from gradcli.run.limits import Limits, deadline\n"
        "with Limits().enforce():\n"
        "    try:\n"
        "        with deadline(0.05): time.sleep(10)\n"
        "    except Problem: pass\n"
        "    time.sleep(1.5); print('goes on')"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert (run.stdout, run.returncode) == ("goes on\n", 0)


def test_limits_hold_without_a_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no thread can be had, and in a thread, which no signal reaches."""
    from threading import Thread

    def refuse(*_: Any) -> None:
        raise RuntimeError("can't start new thread")

    def inside() -> None:
        with Limits(12_345).enforce():
            seen.append(memory.limit())

    seen: list[int | None] = []
    monkeypatch.setattr("_thread.start_new_thread", refuse)
    inside()
    monkeypatch.undo()
    thread = Thread(target=inside)
    thread.start()
    thread.join()
    assert seen == [12_345, 12_345]


def test_nothing_is_left_open() -> None:
    def descriptors() -> int:
        return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0

    before = descriptors()
    for _ in range(20):
        with Limits().enforce(), nullcontext():
            pass
    time.sleep(0.1)  # the watching threads close their ends
    assert descriptors() <= before + 1
    assert signal.set_wakeup_fd(-1) == -1
