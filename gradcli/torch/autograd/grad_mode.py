"""Grad modes: `with torch.no_grad():`, `@torch.no_grad()`, `@torch.no_grad`, `torch.set_grad_enabled(False)`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Generator
from contextvars import ContextVar
from typing import Any, TypeVar

from gradcli.graph import context, tape, views
from gradcli.torch._warnings import warn

Function = TypeVar("Function", bound=Callable[..., Any])
_GENERATOR = 0x20  # the flag of code that is a generator's; `inspect` takes milliseconds to import
_NO_CODE = (lambda: None).__code__
_CLASSES = (
    "Decorating classes is deprecated and will be disabled in future versions. You should only decorate functions or methods. "
    "To preserve the current behavior of class decoration, you can directly decorate the `__init__` method and nothing else."
)

__all__ = ["enable_grad", "inference_mode", "no_grad", "set_grad_enabled"]


def is_grad_enabled() -> bool:
    """Whether operations are being recorded."""
    return tape.grad_enabled()


def is_inference_mode_enabled() -> bool:
    """Whether an inference mode is on."""
    return context.current().inference


class _Mode:
    """A mode for a `with` block, or for every call of a function (or step of a generator) that it decorates."""

    _enabled = True

    def __enter__(self) -> None:
        self._before = tape.grad_enabled()
        tape.set_grad_enabled(self._enabled)

    def __exit__(self, *_: object) -> None:
        tape.set_grad_enabled(self._before)

    def _again(self) -> _Mode:
        """A mode like this one for one call of a decorated function: calls nest, and each restores what it found."""
        return type(self)()

    def __call__(self, function: Function) -> Function:
        if isinstance(function, type):
            warn(_CLASSES, FutureWarning)
            function.__init__ = self(function.__init__)  # type: ignore[misc]
            return function
        if getattr(function, "__code__", _NO_CODE).co_flags & _GENERATOR:
            return _stepping(function, self._again)

        @functools.wraps(function)
        def call(*args: Any, **keywords: Any) -> Any:
            with self._again():
                return function(*args, **keywords)

        return call  # type: ignore[return-value]


def _stepping(function: Function, mode: Callable[[], _Mode]) -> Function:
    """A generator function whose every step runs in a mode, and whose caller keeps his own in between."""

    @functools.wraps(function)
    def generate(*args: Any, **keywords: Any) -> Generator[Any, Any, Any]:
        steps = function(*args, **keywords)
        advance: Callable[[], Any] = functools.partial(next, steps)
        while True:
            try:
                with mode():
                    value = advance()
            except StopIteration as end:
                return end.value
            try:
                given = yield value
            except GeneratorExit:
                with mode():
                    steps.close()
                raise
            except BaseException as error:
                advance = functools.partial(steps.throw, error)
            else:
                advance = functools.partial(steps.send, given)

    return generate  # type: ignore[return-value]


class _Undecorated(_Mode):
    """A mode without arguments, which therefore may decorate without being called: `@torch.no_grad`."""

    def __new__(cls, orig_func: Any = None) -> Any:
        return super().__new__(cls) if orig_func is None else cls()(orig_func)


class no_grad(_Undecorated):
    """Record nothing."""

    __module__ = "torch.autograd.grad_mode"
    _enabled = False


class enable_grad(_Undecorated):
    """Record, also inside a block that records nothing."""

    __module__ = "torch.autograd.grad_mode"


class set_grad_enabled(_Mode):
    """Record, or do not, from the call on; as a `with` block, until its end."""

    __module__ = "torch.autograd.grad_mode"

    def __init__(self, mode: bool) -> None:
        self._enabled = bool(mode)
        self._before = tape.grad_enabled()
        tape.set_grad_enabled(self._enabled)

    def __enter__(self) -> None:
        tape.set_grad_enabled(self._enabled)

    def __call__(self, function: Function) -> Function:
        tape.set_grad_enabled(self._before)  # a decorator changes nothing by itself
        return super().__call__(function)

    def _again(self) -> _Mode:
        return set_grad_enabled(self._enabled)

    def __repr__(self) -> str:
        return f"torch.autograd.grad_mode.set_grad_enabled(mode={self._enabled})"


class inference_mode(_Mode):
    """Record nothing, and make tensors that no graph may save; `inference_mode(False)` is normal mode again."""

    __module__ = "torch.autograd.grad_mode"

    def __new__(cls, mode: Any = True) -> Any:
        return super().__new__(cls) if isinstance(mode, bool) else cls()(mode)

    def __init__(self, mode: bool = True) -> None:
        self._enabled = not mode

    def __enter__(self) -> None:
        self._context = context.set_inference(not self._enabled)

    def __exit__(self, *_: object) -> None:
        context.restore(self._context)

    def _again(self) -> _Mode:
        return inference_mode(not self._enabled)


_multithreading: ContextVar[bool] = ContextVar("multithreading", default=True)
is_multithreading_enabled: Callable[[], bool] = _multithreading.get
"""What was last said about threads of backward passes."""


class _Said:
    """Something that holds from now on, or in a `with` block until its end."""

    __module__ = "torch.autograd.grad_mode"
    _variable: ContextVar[bool]

    def __init__(self, mode: bool) -> None:
        self.mode = mode
        self._before = self._variable.get()
        self._variable.set(bool(mode))

    def __enter__(self) -> None:
        """It was said already."""

    def __exit__(self, *_: object) -> None:
        self._variable.set(self._before)


class set_multithreading_enabled(_Said):
    """Whether backward passes may use several threads: here they use one, whatever is said."""

    __module__ = "torch.autograd.grad_mode"
    _variable = _multithreading


is_view_replay_enabled: Callable[[], bool] = views.replaying.get
"""What was last said about views."""


class _force_original_view_tracking(_Said):
    """Whether views of what was changed in place have the nodes of their own operations again, in place of a strided look."""

    __module__ = "torch.autograd.grad_mode"
    _variable = views.replaying
