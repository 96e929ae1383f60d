"""Where the numbers of a script stopped being finite: the script once more, silently, up to the first such number.

A run only notes that a tensor which was shown, or sent backward, is not finite: that costs next to nothing.  Then the script
runs again with the same random numbers, its operations on a trail (`run.trail`), and ends where the trail finds a birth.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from gradcli.errors import Record
from gradcli.graph.operation import Operation
from gradcli.graph.sweep import reachable
from gradcli.graph.tape import observed, set_grad_enabled
from gradcli.graph.tensor import Tensor
from gradcli.ops import creation
from gradcli.run.limits import within
from gradcli.run.nonfinite import warnings as nonfinite
from gradcli.run.nonfinite.births import unfinite
from gradcli.run.script.context import Context
from gradcli.run.script.interpreter import Session
from gradcli.run.trail import Trail

_LONGEST = 10_000  # applications on a trail; a script that makes more between two passes starts a new one
_FILLS = frozenset({"value", "fill_value"})  # options that put a number of the script's own into a tensor, as it is
PATIENCE = 2.0  # seconds beyond the time that the first run took


class Birth(Record):
    """What there is to say, and the line of the script that it is about."""

    __slots__ = ("line", "message")
    line: int
    message: str


class Found(BaseException):
    """Ends the second run; no script catches it."""

    def __init__(self, births: list[Birth]) -> None:
        super().__init__()
        self.births = births


def births(text: str, name: str, seconds: float) -> list[Birth]:
    """The births of a script; none where they do not come up again within so many seconds."""
    session = Session(name, _silent, _silent, _silent)
    tracer = Tracer(session.context, text)
    session.context.tracer = tracer
    generator = creation.generator()
    generator.manual_seed(type(generator)().initial_seed)
    try:
        with within(seconds, None), observed(tracer.observe):
            session.run(text)
    except Found as found:
        return found.births
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
    finally:
        set_grad_enabled(True)
    return []


def _silent(*_: Any, **__: Any) -> None:
    """What the second run prints was printed by the first."""


class Tracer:
    """Looks at every operation and every backward pass of a run, and ends it at the first birth."""

    def __init__(self, context: Context, text: str) -> None:
        self.context = context
        self.text = text
        self._start()

    def observe(self, operation: Operation, operands: tuple[Any, ...], result: Any) -> None:
        """Look at an application (the tape calls this)."""
        if len(self.trail.entries) > _LONGEST:
            self._start()
        for each in operands:
            if type(each) is Tensor:
                self._know(each)
        results = [result] if type(result) is Tensor else list(result)
        self.trail.observe(operation, operands, result)
        self.lines.update({each.label: self.context.line for each in results})
        given = any([each.name in _FILLS for each in operation.statics])
        if not given and any([unfinite(each).any() for each in results]):
            self._say(nonfinite.along(self.trail, results))

    def sweep(self, outputs: Sequence[Tensor], weights: Sequence[Tensor | None]) -> None:
        """Look at a backward pass that is about to run."""
        for out, weight in zip(outputs, weights):
            self._know(out)
            given = np.ones(out.shape, out.dtype) if weight is None else weight.array
            leaves = {str(place): leaf for place, leaf in enumerate(self._leaves(out))}
            self._say(nonfinite.along(self.trail, [], [nonfinite.Sweep(out, given, leaves, True)]))

    def _leaves(self, out: Tensor) -> Iterator[Tensor]:
        for leaf in reachable([out.edge])[1]:
            self._know(leaf)
            yield leaf

    def _start(self) -> None:
        self.trail = Trail(self.text)
        self.trail.machine = _Nowhere()  # type: ignore[assignment]
        self.lines: dict[Any, int] = {}
        self.holders: dict[str, Any] = {}  # the number of the tensor that a variable holds

    def _know(self, x: Tensor) -> None:
        """Enter a tensor that this trail has not met, and the variable that it is in by now."""
        if x.label is None or self.trail.tensors.get(x.label) is not x:
            x.label = None
            self.trail.made(x)
            self.lines[x.label] = self.context.line
        name = self.context.variable(x)
        if name is not None:
            before = self.holders.get(name)
            if before is not None and before != x.label:  # a loop gives a name again and again
                self.trail.entries[before].name = None
            self.trail.named(x, name)
            self.holders[name] = x.label

    def _say(self, found: list[tuple[Any, Any]]) -> None:
        made = [(warning, birth) for warning, birth in found if not birth.is_input]
        if made:
            raise Found([Birth(self.lines.get(birth.number, self.context.line), warning.message) for warning, birth in made])


class _Nowhere:
    """No syntax node is being evaluated, as far as a trail can tell: operations go by their own names."""

    current = None
    variables: dict[str, Any] = {}  # noqa: RUF012
