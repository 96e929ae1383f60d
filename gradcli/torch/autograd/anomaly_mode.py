"""Anomaly detection: with it on, a backward pass stops at the first function that makes a NaN, and errors name theirs."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph import context, hooks, versions
from gradcli.graph.node import Node
from gradcli.graph.operation import Operation
from gradcli.graph.sweep import reachable
from gradcli.graph.tensor import Tensor
from gradcli.torch._hooks import watchers
from gradcli.torch._nodes import metadata_of
from gradcli.torch._warnings import calling_frame, warn

_NOTE = "Anomaly Detection has been enabled. This mode will increase the runtime and should only be enabled for debugging."
_SHOWN = (
    "Hint: the backtrace further above shows the operation that failed to compute its gradient. The variable in question was "
    "changed in there or anywhere later. Good luck!"
)
_OFF = (False, True)  # whether passes look for anything, and whether that is NaNs
_state: ContextVar[tuple[bool, bool]] = ContextVar("anomaly", default=_OFF)


def is_anomaly_enabled() -> bool:
    """Whether passes look for NaNs."""
    return _state.get()[0]


def is_anomaly_check_nan_enabled() -> bool:
    """Whether they stop at one."""
    return _state.get()[1]


def remember(operation: Operation, operands: tuple[Any, ...], statics: tuple[Any, ...], result: Any) -> None:
    """Note where the program made a function of the graph (the tape calls this)."""
    if not is_anomaly_enabled():
        return
    import traceback  # half a millisecond of every start

    for each in (result,) if isinstance(result, Tensor) else result:
        node = each.grad_fn if isinstance(each, Tensor) else None
        if node is not None and "traceback_" not in metadata_of(node):
            frame = calling_frame()
            metadata_of(node)["traceback_"] = traceback.format_stack(frame) if frame is not None else []
            if _working.get() is not None:
                metadata_of(node)["parent_"] = _working.get()


def _set(state: tuple[bool, bool]) -> None:
    """Enter a state; while detection is on, the tape tells of what it records."""
    _state.set(state)
    observer = context.current().observer
    if state[0] and observer is None:
        context.enter(observer=remember)
    elif not state[0] and observer is remember:
        context.enter(observer=None)


class _Detection:
    """What the two ways to switch detection on have in common: a block puts back what it found."""

    _before: tuple[bool, bool]

    def __exit__(self, *_: object) -> None:
        _set(self._before)


class set_detect_anomaly(_Detection):
    """Look for NaNs, or do not, from the call on; as a `with` block, until its end."""

    __module__ = "torch.autograd.anomaly_mode"

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self._before = _state.get()
        _set((bool(mode), bool(check_nan)))

    def __enter__(self) -> None:
        """It is on already."""


class detect_anomaly(_Detection):
    """Look for NaNs inside a `with` block."""

    __module__ = "torch.autograd.anomaly_mode"

    def __init__(self, check_nan: bool = True) -> None:
        self._check_nan = bool(check_nan)
        self._before = _state.get()
        warn(_NOTE)

    def __enter__(self) -> None:
        self._before = _state.get()
        _set((True, self._check_nan))


_UNWATCHED = nullcontext()
_working: ContextVar[Node | None] = ContextVar("working", default=None)  # the function that does its step in a watched pass


def watched(outputs: Sequence[Tensor]) -> AbstractContextManager[Any]:
    """Watch the passes from `outputs` while the block runs, if that is asked for.  Raises Problem at a NaN."""
    others = watchers.get()
    if not (others or is_anomaly_enabled()):
        return _UNWATCHED
    blocks = ExitStack()
    for each in (*others, *([_watched] if is_anomaly_enabled() else ())):
        blocks.enter_context(each(outputs))
    return blocks


@contextmanager
def _watched(outputs: Sequence[Tensor]) -> Iterator[None]:
    nodes, _ = reachable({x.node for x in outputs if x.node is not None})
    functions = [node for node in nodes if node.grad_fn is node]
    handles = [hooks.register_before(node, _beginning(node)) for node in functions]
    if is_anomaly_check_nan_enabled():
        handles += [hooks.register_behind(node, _looking_at(node)) for node in functions]
    token = _working.set(None)
    try:
        yield
    except Exception as error:
        node = _working.get()
        if node is not None:
            _warn(node)
        if isinstance(error, Problem):
            error.theirs = error.theirs.replace(versions.ANOMALY, _SHOWN)
        raise
    finally:
        _working.reset(token)
        for handle in handles:
            handle.remove()


def _beginning(node: Node) -> hooks.Before:
    """A hook that notes which function does its step now."""

    def note(arrived: hooks.Gradients) -> None:
        _working.set(node)

    return note


def _looking_at(node: Node) -> hooks.Behind:
    """A hook that looks at what a function's own step gave."""

    def look(found: hooks.Gradients, arrived: hooks.Gradients) -> None:
        for place, each in enumerate(found):
            if each is not None and np.isnan(each.ndarray).any():
                raise Problem(
                    "nan",
                    f"Function '{node.name()}' returned nan values in its {place}th output.",
                    hint="its input lies where the derivative is not defined, as 0 does for x / x",
                )

    return look


def _warn(node: Node) -> None:
    """Tell where the program made the function that an error is about, and those whose passes made it, if that is known.

    A program that has warnings raise errors sees them on stderr, so that the error itself stays what it is.
    """
    messages = [f"Error detected in {node.name()}. {_place(node, 'caused the error')}"]
    parent = metadata_of(node).get("parent_")
    while parent is not None:
        where = _place(parent, "induced the previous calculation")
        messages.append(f"\n\nPrevious calculation was induced by {parent.name()}. {where}")
        parent = metadata_of(parent).get("parent_")
    for message in messages:
        try:
            warn(message)
        except UserWarning as warning:
            print(f"UserWarning: {warning}", file=sys.stderr)


def _place(node: Node, did: str) -> str:
    lines = metadata_of(node).get("traceback_")
    if lines is None:
        return "No forward pass information available. Enable detect anomaly during forward pass for more information."
    return f"Traceback of forward call that {did}:\n{''.join(lines)}"
