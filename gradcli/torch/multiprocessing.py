"""`torch.multiprocessing`: Python's own, whose processes begin as copies of this one.

Tensors travel between them as copies: a process does not see what another writes into a tensor, shared or not.
"""

from __future__ import annotations

import multiprocessing
import sys
import traceback
from collections.abc import Callable
from multiprocessing import *  # noqa: F403  (all of it is there, as in PyTorch)
from typing import Any

_strategies = {"file_descriptor", "file_system"}
_strategy = "file_descriptor"


class ProcessException(Exception):
    """What ended a process that `spawn` had begun."""

    def __init__(self, msg: str, error_index: int, pid: int) -> None:
        super().__init__(msg)
        self.msg, self.error_index, self.pid = msg, error_index, pid


class ProcessRaisedException(ProcessException):
    """An exception that its function did not catch."""


class ProcessExitedException(ProcessException):
    """An exit code or a signal."""


def get_sharing_strategy() -> str:
    """As it was set."""
    return _strategy


def set_sharing_strategy(new_strategy: str) -> None:
    """Note it: nothing follows from it."""
    global _strategy
    assert new_strategy in _strategies
    _strategy = new_strategy


def get_all_sharing_strategies() -> set[str]:
    """Those that can be noted."""
    return set(_strategies)


def spawn(fn: Callable[..., Any], args: Any = (), nprocs: int = 1, join: bool = True, daemon: bool = False, **_: Any) -> Any:
    """Call `fn(i, *args)` in so many processes, and wait for them.  Raises ProcessRaisedException, ProcessExitedException.

    Gives the list of the processes, begun, where `join` is False.
    """
    context: Any = multiprocessing.get_context("fork")
    errors = context.SimpleQueue()
    sys.stdout.flush()
    processes = [context.Process(target=_run, args=(fn, i, args, errors), daemon=daemon) for i in range(nprocs)]
    for each in processes:
        each.start()
    if not join:
        return processes
    for place, each in enumerate(processes):
        each.join()
        if each.exitcode:
            words = f"process {place} terminated with exit code {each.exitcode}"
            if errors.empty():
                raise ProcessExitedException(words, place, each.pid)
            words = f"\n\n-- Process {place} terminated with the following error:\n{errors.get()}"
            raise ProcessRaisedException(words, place, each.pid)
    return None


start_processes = spawn


def _run(fn: Callable[..., Any], place: int, args: Any, errors: Any) -> None:
    try:
        fn(place, *args)
    except Exception:
        errors.put(traceback.format_exc())
        sys.exit(1)
