"""Tests of one kind on very many cases: a test of pytest's for each would take longer to report than to run."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TypeVar

import pytest

Case = TypeVar("Case")
_AT_ONCE = 32


def every(cases: Sequence[Case], named: Callable[[Case], str] = str) -> Callable[[Callable[[Case], None]], Callable[..., None]]:
    """Runs a test on every case, 32 in each test of pytest's; what fails is reported with its case's name, the rest runs on."""
    parts = [cases[start : start + _AT_ONCE] for start in range(0, len(cases), _AT_ONCE)]

    def decorate(test: Callable[[Case], None]) -> Callable[..., None]:
        @pytest.mark.parametrize("part", parts, ids=[f"{named(part[0])} and {len(part) - 1} more" for part in parts])
        def on_part(part: Sequence[Case]) -> None:
            failed: list[Exception] = []
            for case in part:
                try:
                    test(case)
                except Exception as problem:
                    problem.add_note(f"in the case {named(case)}")
                    failed.append(problem)
            if len(failed) == 1:
                raise failed[0]
            if failed:
                raise ExceptionGroup(f"{len(failed)} of {len(part)} cases", failed)

        functools.update_wrapper(on_part, test)
        del on_part.__wrapped__  # whose parameter pytest would look for
        return on_part

    return decorate
