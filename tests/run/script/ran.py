"""A script run in this process, through the door that `gradcli run` uses, with what it wrote caught."""

from __future__ import annotations

from gradcli.errors import Problem
from gradcli.graph.tape import set_grad_enabled
from gradcli.graph.tensor import set_shower
from gradcli.ops import creation, dtypes
from gradcli.report.script import Printer
from gradcli.run.script.anomaly import set_detect_anomaly
from gradcli.run.script.context import Context
from gradcli.run.script.interpreter import Session


class Ran:
    """What a run gave: its output, its warnings as (category, message), and the Problem that ended it, if one did."""

    def __init__(self) -> None:
        self.out = ""
        self.err = ""
        self.warnings: list[tuple[str, str]] = []
        self.problem: Problem | None = None

    def write(self, text: str) -> None:
        self.out += text

    def write_error(self, text: str) -> None:
        self.err += text


class _Recording(Context):
    """A context that keeps its warnings as well."""

    __slots__ = ("ran",)
    ran: Ran

    def warn(self, category: str, message: str) -> None:
        self.ran.warnings.append((category, message))
        super().warn(category, message)


def ran(text: str, seed: int = 0) -> Ran:
    """Run a script as the first thing in a process, seeded."""
    found, printer, before = Ran(), Printer(), dtypes.default_dtype()
    creation.generator().manual_seed(seed)
    set_shower(printer.show)
    session = Session("script.py", found.write, found.write_error, printer.change)
    session.context = _Recording("script.py", found.write, found.write_error, printer.change)
    session.context.ran = found
    try:
        session.run(text)
    except Problem as problem:
        found.problem = problem
    finally:
        set_shower(None)
        set_grad_enabled(True)
        set_detect_anomaly(False)
        dtypes.set_default_dtype(before)
    return found
