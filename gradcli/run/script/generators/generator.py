"""What a function that yields gives: its body, which runs piece by piece as values are asked for."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from gradcli.run.script.ending import ignored
from gradcli.run.script.exposed import Exposed
from gradcli.run.script.frames import Frame, Signal
from gradcli.run.script.functions import MOST_DEEP
from gradcli.run.script.generators.suspension import Suspend
from gradcli.run.script.raising import Stopped, Thrown


class Generator(Exposed):
    """A generator of the script: the body of a function, and the frame of the call that made it."""

    __slots__ = ("__name__", "_frame", "_mode", "_steps")
    public = frozenset({"__name__", "__qualname__", "close", "send", "throw"})
    title = "generator"

    def __init__(self, name: str, frame: Frame, steps: Any) -> None:
        self.__name__ = name
        self._frame = frame
        self._steps = steps
        self._mode: Callable[[], Any] = nullcontext

    def read(self, name: str) -> Any:
        """Its name, and what can be done with it.  Raises Problem."""
        return super().read("__name__" if name == "__qualname__" else name)

    def __iter__(self) -> Generator:
        return self

    def __next__(self) -> Any:
        return self._go_on(next, self._steps)

    def send(self, value: Any, /) -> Any:
        """Go on, where the value of the `yield` that it stands at is `value`, until the next one.  Raises StopIteration."""
        return self._go_on(self._steps.send, value)

    def throw(self, *error: Any) -> Any:
        """Go on with an exception that the `yield` raises."""
        first = GeneratorExit() if error[:1] == (GeneratorExit,) else error[0] if error else None
        if isinstance(first, Thrown):  # by a generator that waits for this one: what follows here is none of its business
            self.close()
            raise first.taken()
        if isinstance(first, GeneratorExit) and self._steps.gi_suspended:
            return self._go_on(self._steps.throw, Thrown(first))
        return self._go_on(self._steps.throw, *error)

    def close(self) -> None:
        """End it: the `yield` that it stands at raises GeneratorExit.  Raises RuntimeError where it goes on after that."""
        if not self._steps.gi_suspended:  # it has not begun, or has ended
            self._steps.close()
            return
        try:
            self._go_on(self._steps.throw, Thrown(GeneratorExit()))
        except (GeneratorExit, StopIteration):
            return
        raise RuntimeError("generator ignored GeneratorExit")

    def within(self, mode: Callable[[], Any]) -> Generator:
        """The same, with a mode of autograd in each of its steps."""
        self._mode = mode
        return self

    def _go_on(self, step: Callable[..., Any], *args: Any) -> Any:
        """Run the body up to its next `yield`, as a call of the script's: bounded in depth, with its own frame and line."""
        context = self._frame.context
        if context.depth >= MOST_DEEP:
            raise RecursionError("maximum recursion depth exceeded")
        context.depth += 1
        caller, line = context.frame, context.line
        context.frame = self._frame
        try:
            with self._mode():
                return step(*args)
        except Stopped as stopped:
            raise RuntimeError("generator raised StopIteration") from stopped.error
        finally:
            context.depth -= 1
            context.frame, context.line = caller, line

    def __del__(self) -> None:
        try:
            self.close()
        except BaseException as error:
            ignored(self._frame.context, repr(self), error)

    def __repr__(self) -> str:
        return f"<generator object {self.__name__} at {id(self):#x}>"


def generating(name: str, body: Suspend) -> Callable[[Frame], Signal]:
    """What the call of a function with this body runs: nothing of it yet."""

    def steps(frame: Frame) -> Any:
        signal = yield from body(frame)
        return signal.value if signal is not None else None

    return lambda frame: Signal(Generator(name, frame, steps(frame)))
