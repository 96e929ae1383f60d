"""What the tape knows about stand-ins for arrays: they have a shape and a dtype, and no values yet, or none in strides.

A plan (engine.plan) is traced by running an expression with them.  Where an operation or a rule needs values, or something
that only a real array can give, the stand-in raises Untraceable; the tape and the sweep hand the application back to the
tracer, which notes it as one step.  What no plan may hold, such as random numbers, raises Unplannable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from gradcli.graph.operation import Operation
from gradcli.graph.types import Array

_tracing: ContextVar[bool] = ContextVar("tracing", default=False)


class Symbolic:
    """The base of stand-ins, which pass for arrays wherever the tape asks."""

    __slots__ = ()


class Unstrided(Symbolic):
    """The base of arrays with values that lie otherwise than NumPy's do: sparse ones.

    They hand back what they cannot do, as stand-ins for a plan do; whether an array is one is all that the engine asks.

    layout  what it is called: "sparse_coo", "sparse_csr"
    values  those that it holds
    """

    __slots__ = ()
    layout: str
    values: Any

    def with_values(self, values: Any) -> Any:
        """Other values at the same places."""
        raise NotImplementedError

    def copy(self) -> Any:
        """The same in memory of its own."""
        raise NotImplementedError

    def dense(self) -> Any:
        """The same as an array of NumPy's."""
        raise NotImplementedError

    def entries_of(self, array: Any, masked: bool = False) -> Any:
        """An array of NumPy's laid out as this one is; if `masked`, with this one's places only."""
        raise NotImplementedError


class Tracer:
    """Notes what is computed with stand-ins."""

    def step(self, operation: Operation, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """`function(*args)`, the forward function or a rule of `operation`, as one step: a stand-in, or a tuple of them."""
        raise NotImplementedError


class Untraceable(Exception):
    """A stand-in was asked for what only a real array has; `span` is the place in the user's text, once it is known."""

    span: Any = None
    tracer: Tracer

    def __init__(self, reason: str, tracer: Tracer | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        if tracer is not None:
            self.tracer = tracer


def cause(error: BaseException | None) -> Untraceable | None:
    """What a stand-in raised, if `error` came of that: NumPy wraps what is raised while it fills an array."""
    return error if isinstance(error, Untraceable) or error is None else cause(error.__cause__)


def step(error: BaseException, operation: Operation, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """`function(*args)` as one step, after `error` came of running it with stand-ins; any other error goes on."""
    reason = cause(error)
    if reason is None:
        raise error
    return reason.tracer.step(operation, function, args)


class Unplannable(Exception):
    """What is being traced can be in no plan; `span` is the place in the user's text where that showed, or None."""

    def __init__(self, reason: str, span: Any = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.span = span


def ones(like: Array) -> Any:
    """Ones in the shape and dtype of an array; of a stand-in, one that knows it is filled with them."""
    if isinstance(like, Symbolic):
        return np.ones_like(like)
    made = np.empty(like.shape, like.dtype)
    made.fill(1)  # half the time of np.ones, and every backward pass begins with it
    return made


@contextmanager
def tracing() -> Iterator[None]:
    """While the block runs, a plan is being traced."""
    token = _tracing.set(True)
    try:
        yield
    finally:
        _tracing.reset(token)


def is_tracing() -> bool:
    """Whether a plan is being traced."""
    return _tracing.get()


def refuse(reason: str) -> None:
    """Say that what comes next gives another answer each time, so that no plan may hold it.  Raises Unplannable."""
    if _tracing.get():
        raise Unplannable(reason)
