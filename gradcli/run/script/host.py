"""Python's own modules, as far as scripts may have them: math, sys, time, __future__."""

from __future__ import annotations

import sys
import time
from typing import Any

from gradcli.graph.tensor import Outputs
from gradcli.run.script.context import current
from gradcli.run.script.exposed import Exposed
from gradcli.run.script.mathematics import MATH, SLEEP
from gradcli.run.script.modules import Module

_FUTURE = (
    "absolute_import", "annotations", "division", "generator_stop", "generators", "nested_scopes", "print_function",
    "unicode_literals", "with_statement",
)  # fmt: skip
_CLOCKS = ("monotonic", "perf_counter", "perf_counter_ns", "process_time", "time", "time_ns")


class Stream(Exposed):
    """`sys.stdout` or `sys.stderr`: text written to it goes where the run's output goes."""

    __slots__ = ("name",)
    public = frozenset({"flush", "isatty", "name", "write"})
    title = "_io.TextIOWrapper"

    def __init__(self, name: str) -> None:
        self.name = name

    def write(self, text: Any) -> int:
        """Write text; gives how many characters it was."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        context = current()
        (context.write_error if self.name == "<stderr>" else context.write)(text)
        return len(text)

    def flush(self) -> None:
        """Send what was written on its way; nothing waits on stderr."""
        current().flush()

    def isatty(self) -> bool:
        """Never: what a script prints does not depend on where it goes."""
        return False

    def __repr__(self) -> str:
        return f"<_io.TextIOWrapper name='{self.name}' mode='w' encoding='utf-8'>"


class FloatInfo(Exposed):
    """`sys.float_info`."""

    __slots__ = ()
    public = frozenset({"dig", "epsilon", "mant_dig", "max", "max_exp", "min", "min_exp"})
    title = "sys.float_info"

    def read(self, name: str) -> Any:
        """One of the limits of float64.  Raises Problem."""
        return getattr(sys.float_info, name) if name in self.public else super().read(name)


def _exit(status: Any = None) -> None:
    raise SystemExit(status)


def _sys() -> dict[str, Any]:
    version = Outputs(tuple(sys.version_info), ("major", "minor", "micro", "releaselevel", "serial"))
    return {
        "argv": [current().name],
        "byteorder": sys.byteorder,
        "exit": _exit,
        "float_info": FloatInfo(),
        "getrecursionlimit": lambda: 1000,
        "maxsize": sys.maxsize,
        "platform": sys.platform,
        "setrecursionlimit": lambda limit: None,
        "stderr": Stream("<stderr>"),
        "stdout": Stream("<stdout>"),
        "version": f"{version[0]}.{version[1]}.{version[2]} (gradcli)",
        "version_info": version,
    }


def module(name: str) -> Module | None:
    """The module of a name, or None."""
    if name == "math":
        return Module(name, dict(MATH))
    if name == "sys":
        return Module(name, _sys())
    if name == "time":
        return Module(name, {**{each: getattr(time, each) for each in _CLOCKS}, "sleep": SLEEP})
    return Module(name, dict.fromkeys(_FUTURE, True)) if name == "__future__" else None
