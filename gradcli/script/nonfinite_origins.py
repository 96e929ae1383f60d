"""Where the numbers of a program stopped being finite: the line, the operation and the reason, told at the program's end.

NumPy tells when an operation on finite numbers gave an infinity or NaN (`_boundary.listen`): while numbers stay finite, a
program pays nothing.  What was being computed stands in the engine's frames at that moment: an application of an operation
in those of the tape, a rule of a backward pass in that of the sweep.  It is looked at then and there, with the variables of
the program for names; the program itself goes on, and never runs a second time.
"""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

import numpy as np

from gradcli.errors import Record
from gradcli.graph import sweep, tape
from gradcli.graph.node import Node
from gradcli.graph.operation import Operation
from gradcli.graph.tensor import Tensor, from_array
from gradcli.run.nonfinite import warnings as nonfinite
from gradcli.run.nonfinite.origins import unfinite
from gradcli.run.trace import Application, Trace
from gradcli.torch import _boundary, _nonfinite
from gradcli.torch._warnings import calling_frame

_FILLS = frozenset({"value", "fill_value"})  # options that put a number of the program's own into a tensor, as it is
_MOST = 20  # alarms about numbers that turned out finite, after which nobody listens any more
_TAPE, _SWEEP = tape.__name__, sweep.__name__


class Origin(Record):
    """What there is to say, and the line of the program that it is about."""

    __slots__ = ("file", "line", "message")
    file: str
    line: int
    message: str


class Watch:
    """Listens until the first origin."""

    def __init__(self) -> None:
        self.origin: Origin | None = None
        self._alarms = 0
        self._busy = False

    def begin(self) -> None:
        """Listen from now on."""
        _boundary.listen(self._hear)

    def shown_origin(self) -> Origin | None:
        """The origin, if the program showed a number that is not finite, or sent one backward."""
        return self.origin if _nonfinite.met else None

    def _hear(self, kind: str) -> None:
        if self._busy:
            return
        self._busy = True
        try:
            with np.errstate(all="ignore"):
                self.origin = _origin()
        except Exception:  # a report is no reason for the program to fail
            self.origin = None
        finally:
            self._busy = False
        self._alarms += 1
        if self.origin is not None or self._alarms >= _MOST:
            _boundary.listen(None)


def _origin() -> Origin | None:
    """The origin in what the engine is computing, or None where that is not finite for other reasons, or finite after all."""
    program = calling_frame()
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame is not program:
        module, name = frame.f_globals.get("__name__"), frame.f_code.co_name
        if module == _TAPE and "operation" in frame.f_locals:
            return _of_application(frame.f_locals, program)
        if module == _SWEEP and name == "sweep":
            return _of_rule(frame.f_locals, program)
        frame = frame.f_back
    return None


# --- values ---------------------------------------------------------------------------------------------------------


def _of_application(names: dict[str, Any], program: FrameType | None) -> Origin | None:
    operation: Operation = names["operation"]
    if program is None or operation.composite or any([each.name in _FILLS for each in operation.statics]):
        return None
    operands, statics = _arguments(operation, names)
    result = _result(operation, operands, statics)
    if not any([unfinite(each).any() for each in result]):
        return None
    trace = _Names(program)
    for each in operands:
        if isinstance(each, Tensor):
            trace.know(each)
    trace.observe(operation, operands, statics, result[0] if len(result) == 1 else result)
    return _told(nonfinite.along(trace, list(result)), program.f_code.co_filename, program.f_lineno)


def _arguments(operation: Operation, names: dict[str, Any]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """The operands and static parameters of an application, as the tape's functions call them."""
    if "operands" in names:
        return tuple(names["operands"]), tuple(names.get("statics", ()))
    operands = (names["x"], names["y"]) if "y" in names else (names["x"],)
    return operands, tuple(names.get("statics", ()))


def _result(operation: Operation, operands: tuple[Any, ...], statics: tuple[Any, ...]) -> tuple[Tensor, ...]:
    """What the application is about to give."""
    arrays: list[Any] = [each.ndarray if isinstance(each, Tensor) else each for each in operands]
    if operation.casting is not None:
        arrays = operation.casting(arrays, statics)
    out = operation.forward(arrays, *statics) if operation.variadic else operation.forward(*arrays, *statics)
    return tuple([from_array(np.asarray(each)) for each in (out if isinstance(out, tuple) else (out,))])


# --- gradients ------------------------------------------------------------------------------------------------------


def _of_rule(names: dict[str, Any], program: FrameType | None) -> Origin | None:
    node, g = names.get("node"), names.get("g")
    if program is None or not isinstance(node, Node) or not isinstance(g, np.ndarray) or node.operation.variadic:
        return None
    trace = _Names(program)
    found = trace.tensor_at(node)
    result = from_array(np.zeros(node.shape, node.dtype), True, node) if found is None else found
    operands = tuple([_operand(trace, edge) for edge in node.edges])
    for each in operands:
        if each is not None:
            trace.know(each)
    trace.know(result)
    inputs = tuple([None if each is None else each._label for each in operands])
    number, statics = int(result._label or 0), getattr(node, "statics", ())  # unset where there are none
    trace.applications[number] = Application(node.operation, number, operands, statics, inputs, (result,), None, {})
    leaves = {str(place): each for place, each in enumerate(operands) if each is not None}
    origins = nonfinite.along(trace, [], [nonfinite.Sweep(result, g, leaves, True)])
    name = trace.entries[number].name
    return _told(origins, program.f_code.co_filename, _line_of(name, program) or program.f_lineno)


def _operand(trace: _Names, edge: Any) -> Tensor | None:
    """The tensor at an edge: a leaf, one that a variable holds, or another that stands for it."""
    if edge is None or isinstance(edge, Tensor):
        return edge
    found = trace.tensor_at(edge)
    return from_array(np.zeros(edge.shape, edge.dtype), True, edge) if found is None else found


def _line_of(name: str | None, program: FrameType) -> int | None:
    """The line in which a function gives a variable its value, where there is only one such line."""
    from dis import get_instructions

    line, lines = None, set()
    for each in get_instructions(program.f_code):
        line = each.starts_line or line
        if each.opname.startswith("STORE_") and each.argval == name:
            lines.add(line)
    return lines.pop() if name is not None and len(lines) == 1 else None


# --- names ----------------------------------------------------------------------------------------------------------


class _Nowhere:
    """No expression is being evaluated, as far as a trace can tell: operations go by their own names."""

    current = None
    variables: dict[str, Any] = {}  # noqa: RUF012


class _Names(Trace):
    """A trace that calls tensors by the variables of a program."""

    def __init__(self, program: FrameType) -> None:
        super().__init__("")
        self.machine = _Nowhere()  # type: ignore[assignment]
        self._variables = {**program.f_globals, **program.f_locals}

    def know(self, x: Tensor) -> None:
        """Enter a tensor, by the name of the variable that holds it if one does."""
        x._label = None
        self.made(x)
        name = next((name for name, value in self._variables.items() if value is x), None)
        if name is not None:
            self.named(x, name)

    def tensor_at(self, edge: Any) -> Tensor | None:
        """The tensor that a variable holds, and that a function of the graph made."""
        return next((each for each in self._variables.values() if isinstance(each, Tensor) and each.node is edge), None)


def _told(found: list[tuple[Any, Any]], file: str, line: int) -> Origin | None:
    made = [warning for warning, origin in found if not origin.is_input]
    return Origin(file, line, made[0].message) if made else None
