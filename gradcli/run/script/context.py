"""What a run of a script shares: its output, the place of the statement that is running, and the warnings already given."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator
from math import isfinite
from typing import Any

import numpy as np

from gradcli.graph.tensor import Tensor
from gradcli.graph.versions import root_of

_ONCE = -1  # stands where a line does, for a warning that is given once in a run: no line has this number
_MOST_LOOKED_AT = 1 << 16  # elements: a glance at what is printed must cost nothing


class Context:
    """One run.

    write, write_error  take text for the script's standard output and error
    flush               sends what was written on its way
    print_options       what `torch.set_printoptions` calls
    name                the script's file name
    display             takes the value of each expression that is a statement, where a prompt shows it
    line                the number of the statement that is running
    depth               of calls of the script's own functions
    frame               of the call that is running, None before the first statement
    filters             of the module `warnings`, once the script has imported it
    nonfinite           whether a tensor that was shown, or sent backward, held a number that is not finite
    tracer              looks at the backward passes of a run that searches for the birth of such a number (`births`)
    failure             the last exception that passed: itself, the syntax node where it arose, and the frame there
    """

    __slots__ = (
        "depth",
        "display",
        "failure",
        "filters",
        "flush",
        "frame",
        "line",
        "name",
        "nonfinite",
        "print_options",
        "tracer",
        "warned",
        "write",
        "write_error",
    )

    def __init__(
        self,
        name: str,
        write: Callable[[str], None],
        write_error: Callable[[str], None],
        print_options: Callable[..., None],
    ) -> None:
        self.name = name
        self.write = write
        self.write_error = write_error
        self.print_options = print_options
        self.flush: Callable[[], None] = lambda: None
        self.display: Callable[[Any], None] = lambda value: None
        self.line = 0
        self.depth = 0
        self.filters: Any = None
        self.frame: Any = None
        self.nonfinite = False
        self.tracer: Any = None
        self.failure: tuple[BaseException, Any, Any] | None = None
        self.warned: set[tuple[str, str, int]] = set()

    def holder(self, array: Any) -> tuple[str | None, Tensor | None]:
        """The variable, seen from the call that is running, that holds this array, and its tensor; else one of its memory."""
        root, found = root_of(array), None
        for name, x in self._tensors():
            if x.array is array:
                return name, x
            if found is None and root_of(x.array) is root:
                found = name
        return found, None

    def variable(self, x: Tensor) -> str | None:
        """The variable that holds a tensor, seen from the call that is running."""
        return next((name for name, each in self._tensors() if each is x), None)

    def _tensors(self) -> Iterator[tuple[str, Tensor]]:
        """The variables that hold tensors, those of the call that is running first, then of the calls around its definition."""
        frame = self.frame
        while frame is not None:
            for name, value in (frame.names if frame.parent is not None else frame.module).items():
                if type(value) is Tensor:
                    yield str(name), value
            frame = frame.parent

    def look_at(self, array: Any) -> None:
        """Note whether what a script shows, or sends backward, is finite."""
        if array.dtype.kind != "f" or array.size > _MOST_LOOKED_AT:
            return
        finite = isfinite(array.item()) if array.size == 1 else np.isfinite(array).all()  # a loop shows its loss at each step
        if not finite:
            self.nonfinite = True

    def text_of(self, frame: Any = None) -> tuple[str, str]:
        """The text in which the code of a frame stands (of the running one, where none is given), behind its name."""
        frame = frame or self.frame
        while frame is not None and frame.parent is not None:
            frame = frame.parent
        return (self.name, "") if frame is None else (frame.source, frame.text)

    def place(self) -> str:
        """The statement that is running, for errors about what it does."""
        return f"line {self.line}"

    def warn(self, category: str, message: str) -> None:
        """Show a warning as Python does, once for each line."""
        if self.filters is None:
            if self.first_here(message):
                self._show(category, message)
        else:
            self.warn_of(getattr(builtins, category, UserWarning)(message))

    def warn_of(self, warning: Warning) -> None:
        """The same of a warning that is an exception, too; the script's filters may say otherwise."""
        if self.first_here(str(warning)) if self.filters is None else self.filters.take(self, warning):
            self._show(type(warning).__name__, str(warning))

    def first_here(self, message: str) -> bool:
        """Whether the statement that is running gives this warning for the first time."""
        key = (message, self.text_of()[0], self.line)
        if key in self.warned:
            return False
        self.warned.add(key)
        return True

    def once(self, message: str) -> bool:
        """The same for the whole run."""
        key = (message, "", _ONCE)
        if key in self.warned:
            return False
        self.warned.add(key)
        return True

    def warned_once(self) -> set[tuple[str, str, int]]:
        """The warnings that a run gives once."""
        return {key for key in self.warned if key[2] == _ONCE}

    def _show(self, category: str, message: str) -> None:
        source, text = self.text_of()
        lines = text.splitlines()
        shown = lines[self.line - 1].strip() if 0 < self.line <= len(lines) else ""
        under = f"  {shown}\n" if shown else ""
        self.write_error(f"{source}:{self.line}: {category}: {message}\n{under}")


_current: list[Context] = []


def current() -> Context:
    """The context of the run that is going on."""
    return _current[-1]


def look_at(array: Any) -> None:
    """Let the run that is going on, if there is one, note whether what it shows is finite."""
    if _current:
        _current[-1].look_at(array)


def enter(context: Context) -> None:
    """Make a context the current one."""
    _current.append(context)


def leave() -> Any:
    """Go back to the context before."""
    return _current.pop()
