"""`Timer`: a statement run many times."""

from __future__ import annotations

import statistics
import timeit
from collections.abc import Callable
from time import perf_counter as timer
from typing import Any

from gradcli.torch.utils.benchmark.utils.common import Measurement, TaskSpec

_MOST_RUNS = 1 << 31


class Timer:
    """Times a statement of Python, after a setup, with the names of `globals`."""

    def __init__(
        self,
        stmt: str = "pass",
        setup: str = "pass",
        global_setup: str = "",
        timer: Callable[[], float] = timer,
        globals: dict[str, Any] | None = None,
        label: str | None = None,
        sub_label: str | None = None,
        description: str | None = None,
        env: str | None = None,
        num_threads: int = 1,
        language: Any = "python",
    ) -> None:
        if str(getattr(language, "name", language)).lower() not in ("python", "py"):
            raise ValueError("statements are timed in Python here; C++ would need a compiler")
        if global_setup:
            raise ValueError(
                f"global_setup is C++ only, got `{global_setup}`. Most likely this code can simply be moved to `setup`."
            )
        import gradcli.torch as torch

        names = {**(globals or {})}
        names.setdefault("torch", torch)
        self._timer = timeit.Timer(stmt=stmt, setup=setup, timer=timer, globals=names)
        self._task_spec = TaskSpec(stmt, setup, "", label, sub_label, description, env, num_threads)

    def _timeit(self, number: int) -> float:
        return max(self._timer.timeit(max(number, 0)), 1e-9)

    def timeit(self, number: int = 1000000) -> Measurement:
        """One block of that many runs, after some that do not count."""
        self._timeit(max(int(number // 100), 2))
        return self._measured(number, [self._timeit(number)])

    def blocked_autorange(self, callback: Callable[[int, float], Any] | None = None, min_run_time: float = 0.2) -> Measurement:
        """Blocks, large enough that the clock does not matter, for at least that many seconds."""
        number = self._block_size(min_run_time)
        return self._measured(number, self._times(number, lambda times: True, min_run_time, min_run_time, callback))

    def adaptive_autorange(
        self,
        threshold: float = 0.1,
        *,
        min_run_time: float = 0.01,
        max_run_time: float = 10.0,
        callback: Callable[[int, float], Any] | None = None,
    ) -> Measurement:
        """Blocks until the times spread no more than this share of the median, or the time is over."""
        number = self._block_size(0.05)

        def steady(times: list[float]) -> bool:
            return len(times) > 3 and self._measured(number, times).meets_confidence(threshold)

        return self._measured(number, self._times(number, steady, min_run_time, max_run_time, callback))

    def collect_callgrind(self, *_: Any, **__: Any) -> Any:
        """Nothing that could be had here.  Raises OSError."""
        raise OSError("Could not find `valgrind`: instructions are not counted here; Timer.timeit measures time")

    def _measured(self, number: int, times: list[float]) -> Measurement:
        return Measurement(number, times, self._task_spec)

    def _times(
        self, number: int, enough: Callable[[list[float]], bool], least: float, most: float, callback: Any
    ) -> list[float]:
        times: list[float] = []
        total = 0.0
        while total < least or not (enough(times) or total >= most):
            spent = self._timeit(number)
            if callback is not None:
                callback(number, spent)
            times.append(spent)
            total += spent
        return times

    def _block_size(self, min_run_time: float) -> int:
        """How many runs a block has: the loop around them, and the clock, shall not count."""
        overhead = statistics.median([self._timeit(0) for _ in range(5)])
        number = 1
        while True:
            spent = self._timeit(number)
            if (overhead / spent <= 1e-4 and spent >= min_run_time / 1000) or spent > min_run_time:
                return number
            if number * 10 >= _MOST_RUNS:
                return number
            number *= 10
