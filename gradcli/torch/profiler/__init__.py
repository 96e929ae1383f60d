"""`torch.profiler`: which functions a block called, how often, and how long each took.

    with profile() as prof:
        with record_function("step"):
            model(x)
    print(prof.key_averages().table(sort_by="cpu_time_total"))

Functions are seen as a mode sees them (`_dispatch`), and the operations that they consist of by an observer, which hears of
each when it is over: it is said to have begun where the one before it ended.  In a backward pass, every function of the graph
is an event, which has the sequence number of the call that made it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ContextDecorator, contextmanager
from contextvars import ContextVar
from enum import Enum
from itertools import count
from typing import Any

from gradcli.graph import context, hooks
from gradcli.graph.node import AccumulateGrad
from gradcli.graph.sweep import reachable
from gradcli.graph.tensor import Tensor
from gradcli.torch import _dispatch
from gradcli.torch._hooks import watchers
from gradcli.torch._warnings import warn_once
from gradcli.torch.profiler.events import EventList, FunctionEvent, FunctionEventAvg
from gradcli.torch.profiler.steps import RECORDING, ProfilerAction, schedule, tensorboard_trace_handler

__all__ = [
    "EventList", "FunctionEvent", "FunctionEventAvg", "ProfilerAction", "ProfilerActivity", "kineto_available", "profile",
    "record_function", "schedule", "supported_activities", "tensorboard_trace_handler",
]  # fmt: skip


class ProfilerActivity(Enum):
    """What is measured: the processor, here."""

    CPU = 0
    XPU = 1
    CUDA = 2


def supported_activities() -> set[ProfilerActivity]:
    """The processor's."""
    return {ProfilerActivity.CPU}


def kineto_available() -> bool:
    """True."""
    return True


class _Recorder:
    """Writes down what runs while it is the one in force: the mode that sees every call."""

    def __init__(self, shapes: bool) -> None:
        self.events = EventList()
        self._shapes = shapes
        self._next_id = count(1).__next__
        self._begin, self._last = time.perf_counter(), 0.0

    def now(self) -> float:
        """Microseconds since the beginning."""
        return (time.perf_counter() - self._begin) * 1e6

    def begin(self, name: str, operands: Any = ()) -> FunctionEvent:
        """An event that runs from now on."""
        shapes = [list(x.shape) if isinstance(x, Tensor) else [] for x in operands] if self._shapes else []
        self._last = self.now()
        event = FunctionEvent(self._next_id(), name, 1, self._last, self._last, input_shapes=shapes)
        self.events.append(event)
        return event

    def end(self, event: FunctionEvent) -> None:
        """It is over."""
        event.time_range.end = self._last = self.now()

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = getattr(func, "__name__", "")
        if name in ("__get__", "backward"):
            return func(*args, **(kwargs or {}))
        event = self.begin(f"aten::{name}", args)
        outer = context.current().observer
        inner: list[FunctionEvent] = []

        def note(operation: Any, operands: Any, statics: Any, result: Any) -> None:
            start = self._last
            inner.append(self.begin(f"aten::{operation.name.replace('.', '_')}", operands))
            inner[-1].time_range.start = start
            inner[-1].sequence_nr = _order_of(result)
            if outer is not None:
                outer(operation, operands, statics, result)

        with context.changed(observer=note):
            result = func(*args, **(kwargs or {}))
        if len(inner) == 1 and inner[0].name == event.name:  # the function is that operation
            self.events.remove(inner[0])
        self.end(event)
        event.fwd_thread = 0
        event.sequence_nr = min([each.sequence_nr for each in inner if each.sequence_nr >= 0], default=_order_of(result))
        return result

    @contextmanager
    def watched(self, outputs: Sequence[Tensor]) -> Iterator[None]:
        """Write down what functions of the graph do in the passes from some outputs while the block runs."""
        nodes, leaves = reachable({x.edge for x in outputs if x.edge is not None})
        functions = [*[node for node in nodes if node.grad_fn is node], *map(AccumulateGrad, leaves)]
        handles = [handle for each in functions for handle in self._watching(each)]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _watching(self, function: Any) -> list[Any]:
        name, order = function.name(), getattr(function, "order", -1)
        running: list[FunctionEvent] = []

        def begin(_: Any) -> None:
            running[:] = [self.begin(f"autograd::engine::evaluate_function: {name}"), self.begin(name)]
            for event in running:
                event.sequence_nr, event.fwd_thread = order, 1 if order >= 0 else 0

        def end(*_: Any) -> None:
            for event in reversed(running):
                self.end(event)

        return [hooks.register_before(function, begin), hooks.register_behind(function, end)]


def _order_of(result: Any) -> int:
    """The sequence number of the function that gave a result, or -1."""
    first = result[0] if isinstance(result, (tuple, list)) and result else result
    function = first.grad_fn if isinstance(first, Tensor) and first.node is not None else None
    return getattr(function, "order", -1)


_recorder: ContextVar[_Recorder | None] = ContextVar("recorder", default=None)


def is_recording() -> bool:
    """Whether a profile is being taken."""
    return _recorder.get() is not None


class record_function(ContextDecorator):
    """A block, or a function, that profiles show under a name."""

    def __init__(self, name: str, args: str | None = None) -> None:
        self.name, self.args = name, args
        self._event: FunctionEvent | None = None

    def __enter__(self) -> record_function:
        recorder = _recorder.get()
        self._event = None if recorder is None else recorder.begin(self.name)
        return self

    def __exit__(self, *_: Any) -> None:
        recorder = _recorder.get()
        if recorder is not None and self._event is not None:
            recorder.end(self._event)


class profile:
    """A block of which is told what took how long."""

    def __init__(
        self,
        *_: Any,
        record_shapes: bool = False,
        on_trace_ready: Callable[..., Any] | None = None,
        schedule: Callable[[int], ProfilerAction] | None = None,
        enabled: bool = True,
        acc_events: bool = False,
        **__: Any,
    ) -> None:
        self.on_trace_ready = on_trace_ready
        self.schedule = schedule
        self.acc_events = acc_events
        self.step_num = 0
        self.enabled = enabled
        self.record_shapes = record_shapes
        self.function_events: EventList = EventList()
        self._running: tuple[_Recorder, Any] | None = None

    def __enter__(self) -> profile:
        self.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.stop()

    @property
    def current_action(self) -> ProfilerAction:
        """What is done in this step of the schedule; without one, notes are taken to the end."""
        return ProfilerAction.RECORD if self.schedule is None else self.schedule(self.step_num)

    def start(self) -> None:
        """Take notes from now on, in the steps that the schedule says."""
        if not self.enabled or self._running is not None:
            return
        if self.function_events and not self.acc_events and self.current_action is not ProfilerAction.NONE:
            self.function_events = EventList()
            warn_once(
                "Warning: Profiler clears events at the end of each cycle. Only events from the current cycle will be "
                "reported. To keep events across cycles, set acc_events=True."
            )
        if self.current_action in RECORDING:
            recorder = _Recorder(self.record_shapes)
            _dispatch.enter_mode(recorder)
            tokens = _recorder.set(recorder), watchers.set((*watchers.get(), recorder.watched))
            self._running = recorder, tokens

    def stop(self) -> None:
        """Take no more notes."""
        if self._running is None:
            return
        recorder, tokens = self._running
        self._running = None
        _recorder.reset(tokens[0])
        watchers.reset(tokens[1])
        _dispatch.exit_mode()
        self.function_events = EventList([*(self.function_events if self.acc_events else ()), *recorder.events])
        self.function_events.sort(key=lambda each: (each.time_range.start, -each.time_range.end))
        self.function_events._populate_cpu_children()
        if self.on_trace_ready is not None:
            self.on_trace_ready(self)

    def step(self) -> None:
        """The next step of a loop begins; what the last one ended is given to `on_trace_ready`."""
        before = self.current_action
        self.step_num += 1
        if before is ProfilerAction.RECORD_AND_SAVE:
            self.stop()
        self.start()

    def events(self) -> EventList:
        """What ran, in order."""
        return self.function_events

    def key_averages(self, *args: Any, **keywords: Any) -> EventList:
        """The same, added up by name."""
        return self.function_events.key_averages(*args, **keywords)

    def total_average(self) -> FunctionEventAvg:
        """The same, added up."""
        return self.function_events.total_average()

    @property
    def self_cpu_time_total(self) -> float:
        """How long all of it took, in microseconds."""
        return self.function_events.self_cpu_time_total

    def table(self, *args: Any, **keywords: Any) -> str:
        """The events as a table."""
        return self.function_events.table(*args, **keywords)

    def __str__(self) -> str:
        return "<unfinished torch.autograd.profile>" if self._running is not None else str(self.function_events)

    def export_chrome_trace(self, path: str) -> None:
        """Write the events for chrome://tracing."""
        self.function_events.export_chrome_trace(path)
