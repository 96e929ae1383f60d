"""Grad modes: `with torch.no_grad():`, `@torch.no_grad()`, `@torch.no_grad`, `torch.set_grad_enabled(False)`."""

from __future__ import annotations

from types import MethodType
from typing import Any

from gradcli.errors import Problem
from gradcli.graph import tape
from gradcli.run.script.exposed import Exposed

_MODULE = "torch.autograd.grad_mode"  # which prints with the classes
_inference: list[bool] = []  # the inference modes that are on, the innermost last


def is_grad_enabled() -> bool:
    """Whether operations are being recorded."""
    return tape.grad_enabled()


def is_inference_mode_enabled() -> bool:
    """Whether an inference mode is on."""
    return bool(_inference and _inference[-1])


class Mode(Exposed):
    """Records operations, or does not, inside a `with` block, or during every call of a function that it decorates."""

    __slots__ = ("before", "enabled")

    def __init__(self, enabled: bool) -> None:
        self.enabled = enabled
        self.before = True

    def __enter__(self) -> None:
        self.before = tape.grad_enabled()
        tape.set_grad_enabled(self.enabled)

    def __exit__(self, *_: Any) -> None:
        tape.set_grad_enabled(self.before)

    def __call__(self, function: Any) -> Decorated:
        return Decorated(function, self.again)

    def again(self) -> Mode:
        """A mode like this one for one call of a decorated function: calls nest, and each restores what it found."""
        return Mode(self.enabled)


class Decorated(Exposed):
    """A function of the script's that runs in a mode."""

    __slots__ = ("__name__", "function", "mode")
    public = frozenset({"__doc__", "__name__"})
    title = "function"

    def __init__(self, function: Any, mode: Any) -> None:
        if not callable(function):
            raise Problem(
                "type",
                f"'{type(function).__name__}' object is not callable",
                type="TypeError",
                hint="a mode decorates a function, or opens a with block",
            )
        self.function = function
        self.mode = mode
        self.__name__ = getattr(function, "__name__", "function")

    def read(self, name: str) -> Any:
        """The names of the function itself.  Raises Problem."""
        return getattr(self.function, "__doc__", None) if name == "__doc__" else super().read(name)

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        with self.mode():
            result = self.function(*args, **keywords)
        within = getattr(type(result), "within", None)
        return result if within is None else within(result, self.mode)  # a generator, whose body runs later

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else MethodType(self, instance)

    def __repr__(self) -> str:
        return f"<function {self.__name__} at {id(self):#x}>"


class _Plain(Mode):
    """A mode without arguments, which therefore may decorate without being called: `@torch.no_grad`."""

    __slots__ = ()
    recording = True

    def __new__(cls, function: Any = None) -> Any:
        return super().__new__(cls) if function is None else Decorated(function, cls)

    def __init__(self) -> None:
        super().__init__(self.recording)


class no_grad(_Plain):
    """Record nothing."""

    __module__ = _MODULE
    __slots__ = ()
    recording = False


class enable_grad(_Plain):
    """Record, also inside a block that records nothing."""

    __module__ = _MODULE
    __slots__ = ()


class set_grad_enabled(Mode):
    """Record, or do not, from the call on; as a `with` block, until its end."""

    __module__ = _MODULE
    __slots__ = ()

    def __init__(self, mode: bool) -> None:
        super().__init__(bool(mode))
        self.before = tape.grad_enabled()
        tape.set_grad_enabled(self.enabled)

    def __enter__(self) -> None:
        tape.set_grad_enabled(self.enabled)

    def __call__(self, function: Any) -> Decorated:
        tape.set_grad_enabled(self.before)  # a decorator changes nothing by itself
        return super().__call__(function)

    def __repr__(self) -> str:
        return f"torch.autograd.grad_mode.set_grad_enabled(mode={self.enabled})"


class inference_mode(Mode):
    """Record nothing; `inference_mode(False)` records."""

    __module__ = _MODULE
    __slots__ = ()

    def __new__(cls, mode: Any = True) -> Any:
        return super().__new__(cls) if isinstance(mode, bool) else Decorated(mode, cls)

    def __init__(self, mode: bool = True) -> None:
        super().__init__(not mode)

    def __enter__(self) -> None:
        super().__enter__()
        _inference.append(not self.enabled)

    def __exit__(self, *_: Any) -> None:
        _inference.pop()
        super().__exit__()

    def again(self) -> Mode:
        """As above; this one is told by `is_inference_mode_enabled`."""
        return inference_mode(not self.enabled)
