"""`contextlib`: what stands behind `with`, made from generators of the script."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.run.script import attributes
from gradcli.run.script.builtins import Builtin
from gradcli.run.script.classes import Kind, add_kind
from gradcli.run.script.closures.handling import check_manager
from gradcli.run.script.exposed import Exposed
from gradcli.run.script.modules import Module
from gradcli.run.script.raising import as_exception, catchable


class Manager(Exposed):
    """A generator as a context manager: up to its `yield` before the block, and the rest behind it."""

    __slots__ = ("arguments", "function", "generator")
    title = "_GeneratorContextManager"

    def __init__(self, function: Any, arguments: tuple[tuple[Any, ...], dict[str, Any]]) -> None:
        self.function = function
        self.arguments = arguments
        self.generator: Any = None

    def __enter__(self) -> Any:
        args, words = self.arguments
        self.generator = self.function(*args, **words)
        try:
            return next(self.generator)
        except StopIteration:
            raise RuntimeError("generator didn't yield") from None

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        if error is None:
            return self._finish()
        if not catchable(error):
            self.generator.close()
            return False
        return self._pass(as_exception(error))

    def _finish(self) -> bool:
        try:
            next(self.generator)
        except StopIteration:
            return False
        raise RuntimeError("generator didn't stop")

    def _pass(self, error: BaseException) -> bool:
        """Let the `yield` raise what the block has raised; whether the generator has dealt with it."""
        try:
            self.generator.throw(error)
        except StopIteration:
            return True
        except BaseException as raised:
            if raised is error:
                return False
            raise
        raise RuntimeError("generator didn't stop after throw()")

    def __call__(self, function: Any) -> Any:
        """The manager as a decorator: a new one for each call."""

        def decorated(*args: Any, **words: Any) -> Any:
            with Manager(self.function, self.arguments):
                return function(*args, **words)

        return decorated


def _contextmanager(func: Any) -> Callable[..., Manager]:
    """A function that makes context managers of a generator function."""

    def made(*args: Any, **words: Any) -> Manager:
        return Manager(func, (args, words))

    for name in ("__name__", "__qualname__", "__doc__"):
        setattr(made, name, attributes.read(func, name))
    return made


class Null(Exposed):
    """`nullcontext(value)`: does nothing, and gives the value to `as`."""

    __slots__ = ("enter_result",)
    public = frozenset(__slots__)
    title = "nullcontext"

    def __init__(self, enter_result: Any = None) -> None:
        self.enter_result = enter_result

    def __enter__(self) -> Any:
        return self.enter_result

    def __exit__(self, *_: Any) -> None:
        pass


class Suppress(Exposed):
    """`suppress(ValueError)`: goes on behind the block where it raises such an exception."""

    __slots__ = ("kinds",)
    title = "suppress"

    def __init__(self, *exceptions: Any) -> None:
        self.kinds = exceptions

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        return error is not None and catchable(error) and isinstance(as_exception(error), self.kinds)


class Stack(Exposed):
    """`ExitStack()`: managers that are entered one by one, and left all together."""

    __slots__ = ("left",)
    public = frozenset({"callback", "close", "enter_context"})
    title = "ExitStack"

    def __init__(self) -> None:
        self.left: list[Callable[[Any, Any, Any], Any]] = []

    def enter_context(self, cm: Any) -> Any:
        """Enter a manager; it is left with the others, the last one first."""
        check_manager(cm)
        entered = type(cm).__enter__(cm)
        self.left.append(lambda *error: type(cm).__exit__(cm, *error))
        return entered

    def callback(self, callback: Any, /, *args: Any, **words: Any) -> Any:
        """Call a function at the end."""

        def call(*_: Any) -> None:
            callback(*args, **words)

        self.left.append(call)
        return callback

    def close(self) -> None:
        """Leave them now."""
        self.__exit__(None, None, None)

    def __enter__(self) -> Stack:
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        given, raised = error, error
        while self.left:
            try:
                if self.left.pop()(type(raised) if raised is not None else None, raised, trace) and raised is not None:
                    raised = None
            except BaseException as new:
                raised = new
        if raised is not None and raised is not given:
            raise raised
        return given is not None and raised is None


def _kind(name: str, host: Any) -> Kind:
    return add_kind(Kind(f"contextlib.{name}", host, host))


_MEMBERS: dict[str, Any] = {
    "ExitStack": _kind("ExitStack", Stack),
    "contextmanager": Builtin("contextmanager", _contextmanager),
    "nullcontext": _kind("nullcontext", Null),
    "suppress": _kind("suppress", Suppress),
}


def module(name: str) -> Module | None:
    """The module `contextlib`, as far as scripts have it, or None for what is inside."""
    return Module(name, dict(_MEMBERS)) if name == "contextlib" else None
