"""What holds while something is computed: default dtype, random numbers, limits, whether operations are recorded, who looks on.

    isolated(function)    the function, each call of which runs in a context of its own
    current()             the context that holds here and now
    grad_mode(flag)       a block that records operations, or does not
    set_grad_enabled(f)   the same from now on

There are no such settings in modules: two threads, or an evaluation within another, do not see each other.  A context
belongs to a thread (a context variable holds it) and is never changed, but replaced.  Its `settings`, however, are one object
that may be changed, and that all threads share which have not been given settings of their own: a program that imports
`gradcli.torch` sets the default dtype and seeds the generator for all its threads, as in PyTorch, while grad mode is each
thread's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from copy import copy
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar
from weakref import ref

import numpy as np

if TYPE_CHECKING:
    from gradcli.graph.operation import Operation
    from gradcli.graph.tensor import Tensor

Observer = Callable[["Operation", tuple[Any, ...], tuple[Any, ...], Any], None]
Interceptor = Callable[["Operation", tuple[Any, ...], tuple[Any, ...]], Any]
Parameters = ParamSpec("Parameters")
Returned = TypeVar("Returned")


class Settings:
    """What an evaluation is told once.

    default_dtype  what floating-point numbers become where nothing says otherwise
    generator      what random numbers are drawn from; None is one that nobody has asked for yet
    sparse_gradients  whether functions that are asked for sparse gradients give them, as in programs: reports know dense ones
    """

    __slots__ = ("default_dtype", "generator", "sparse_gradients")

    def __init__(self, default_dtype: np.dtype[Any], generator: Any = None) -> None:
        self.default_dtype = default_dtype
        self.generator = generator
        self.sparse_gradients = False


class Context:
    """What every operation asks; see the module's docstring.

    recording  whether operations are recorded; never in inference mode
    inference  whether this is inference mode, in which new tensors are good for no graph
    level      holds the tangents of dual tensors while there may be some (engine.dual), or None
    observer   called as `observer(operation, operands, statics, result)` after every application, or None
    interceptor  called as `interceptor(operation, operands, statics)` for the values of every application, an array or a
               tuple of them, in place of the operation's forward function; or None
    changing   while a change in place is computed that an interceptor is to see: the tensor, and what stands for it as it was
    direct     whether operations may go their quickest way: there is no level, and no interceptor
    preserver  called with each tensor that is about to be changed in place, or None
    pushing    whether operations pass tangents on where there is a level
    max_bytes  the largest number of bytes that one array may take; None is no limit
    """

    __slots__ = (
        "__weakref__", "_origin", "_other", "changing", "direct", "inference", "interceptor", "level", "max_bytes", "observer",
        "preserver", "pushing", "recording", "settings",
    )  # fmt: skip

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.recording = True
        self.inference = False
        self.level: Any = None
        self.interceptor: Interceptor | None = None
        self.changing: tuple[Tensor, Tensor] | None = None
        self.direct = True
        self.pushing = True
        self.observer: Observer | None = None
        self.preserver: Callable[[Tensor], None] | None = None
        self.max_bytes: int | None = None
        self._other: Context | None = None
        self._origin: Callable[[], Context | None] | None = None

    def but(self, **changes: Any) -> Context:
        """Another context that differs in these fields."""
        other = copy(self)
        other._other = other._origin = None
        for field, value in changes.items():
            setattr(other, field, value)
        other.direct = other.level is None and other.interceptor is None
        return other

    def with_recording(self, enabled: bool) -> Context:
        """The same context with operations recorded, or not; there and back again it is the same object."""
        if enabled == self.recording or self.inference:
            return self
        origin = None if self._origin is None else self._origin()
        if origin is not None:
            return origin
        if self._other is None:
            self._other = self.but(recording=enabled)
            # Weak where somebody looks on, for what looks on is to be forgotten at once when it is over.
            self._other._origin = (lambda: self) if self._is_plain() else ref(self)
        return self._other

    def _is_plain(self) -> bool:
        """Whether nobody looks on."""
        return self.direct and self.observer is None and self.preserver is None


default_settings = Settings(np.dtype(np.float64))
_first = Context(default_settings)
_context: ContextVar[Context] = ContextVar("context", default=_first)
current: Callable[[], Context] = _context.get


def settings() -> Settings:
    """The settings that hold here and now."""
    return current().settings


def isolated(function: Callable[Parameters, Returned]) -> Callable[Parameters, Returned]:
    """A function each call of which has settings of its own, which begin as those of its caller, and records operations.

    What it sets ends with the call.  NumPy computes infinities and nans in it without a word: they are answers.
    """

    @wraps(function)
    def call(*args: Parameters.args, **keywords: Parameters.kwargs) -> Returned:
        def alone() -> Returned:
            _begin()
            return function(*args, **keywords)

        return copy_context().run(alone)

    return call


def _begin() -> None:
    np.seterr(all="ignore")  # in NumPy, too, a context variable
    before = current()
    fresh = Context(copy(before.settings))
    fresh.max_bytes = before.max_bytes
    _context.set(fresh)


def own_settings() -> Settings:
    """Settings that may be changed: those of the running evaluation, or else new ones for all that this thread does next."""
    if settings() is default_settings:
        _context.set(current().but(settings=copy(default_settings)))
    return settings()


def enter(**changes: Any) -> None:
    """Let the context have other values in these fields from now on."""
    _context.set(current().but(**changes))


@contextmanager
def changed(**changes: Any) -> Iterator[None]:
    """Let the context have other values in these fields while the block runs."""
    before = current()
    _context.set(before.but(**changes))
    try:
        yield
    finally:
        _context.set(before)


class grad_mode:
    """A block in which operations are recorded, or are not."""

    __slots__ = ("_before", "_enabled")

    def __init__(self, enabled: bool) -> None:
        self._enabled = enabled

    def __enter__(self) -> None:
        self._before = current()
        _context.set(self._before.with_recording(self._enabled))

    def __exit__(self, *_: object) -> None:
        _context.set(self._before)


def set_grad_enabled(enabled: bool) -> None:
    """Record operations, or do not, from now on."""
    _context.set(current().with_recording(enabled))


inference_used: list[bool] = []  # not empty once anybody has been in inference mode: until then nobody asks for its tensors


def set_inference(enabled: bool) -> Context:
    """Enter inference mode, or (not enabled) normal mode, which records.  Gives the context before, for `restore`."""
    if enabled and not inference_used:
        inference_used.append(True)
    before = current()
    _context.set(before.but(inference=enabled, recording=not enabled))
    return before


def restore(before: Context) -> None:
    """Let an earlier context of this thread hold again."""
    _context.set(before)


def grad_enabled() -> bool:
    """Whether operations are being recorded."""
    return current().recording


@contextmanager
def observed(observer: Observer) -> Iterator[None]:
    """Call `observer(operation, operands, statics, result)` after every application while the block runs."""
    with changed(observer=observer):
        yield


def tell(operation: Operation, operands: tuple[Any, ...], statics: tuple[Any, ...], result: Any) -> None:
    """Let the observer, if there is one, see an application."""
    observer = current().observer
    if observer is not None:
        observer(operation, operands, statics, result)
