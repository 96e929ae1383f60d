"""What holds for every test."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from gradcli.errors import Problem
from gradcli.ops.core import dtypes

# A shell that starts the tests in the background makes them, and all that they start, deaf to Ctrl-C; some tests press it.
signal.signal(signal.SIGINT, signal.default_int_handler)

# With it nothing waits in a buffer, and what users meet where a write fails would go unseen.
os.environ.pop("PYTHONUNBUFFERED", None)

# How wide the terminal is that the tests are started from says nothing about the pipes that they read.  GNU readline, which
# pytest imports, exports it where os.environ does not see it.
for name in ("COLUMNS", "LINES"):
    os.environ.pop(name, None)
    os.unsetenv(name)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: Any, log: Any) -> Any:
    """With `-n auto`, a process that has nothing left takes tests from another: the last minute is not one process's alone."""
    from xdist.scheduler import WorkStealingScheduling

    return WorkStealingScheduling(config, log)


@pytest.fixture(scope="session", autouse=True)
def _limits_may_strike_anywhere() -> Iterator[None]:
    """A limit on time that falls where Python drops exceptions (callbacks, finalizers) strikes again: that fails no test."""
    report = sys.unraisablehook

    def hook(dropped: Any) -> None:
        if not (isinstance(dropped.exc_value, Problem) and dropped.exc_value.code == "limit"):
            report(dropped)

    sys.unraisablehook = hook
    yield
    sys.unraisablehook = report


@pytest.fixture(autouse=True)
def _numbers_are_doubles() -> None:
    """As expressions have it, even where tests of programs, which begin with float32, share the process."""
    dtypes.set_default_dtype(dtypes.by_name("float64"))
