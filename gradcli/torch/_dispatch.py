"""`__torch_function__`: classes that say themselves what functions do with them, and modes that say it for all.

    dispatched(function, args, keywords)   what the classes of the arguments make of a call, or NOBODY where none has a say
    default(cls, func, types, args, kwargs)  what derived classes do unless they say otherwise: their results are of their class

Functions of the table ask this for whatever is no plain tensor, so that plain tensors cost nothing.  Operators and the other
methods are replaced in the classes that programs derive; while a mode is in force, in the class of tensors itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any

from gradcli.graph import context
from gradcli.graph.tensor import Outputs, Tensor

PLAIN: set[type] = {Tensor}  # the classes of tensors without an opinion of their own on functions
NOBODY: Any = object()
_Modes = tuple[Any, ...]
_modes: ContextVar[_Modes] = ContextVar("modes", default=())  # those in force, the innermost last
_disabled: ContextVar[bool] = ContextVar("disabled", default=False)  # whether classes have no say
_kept: set[type] = set()  # what PLAIN holds when no mode is in force
# A block in which classes that compute are asked for the values of operations: `utils._python_dispatch`, loaded with the first
# such class, puts its own here.
asking_for_values: list[Callable[[], AbstractContextManager[None]]] = [nullcontext]
_as_they_were: dict[str, Any] = {}  # the members of Tensor that are replaced while a mode is in force
# Operators by the names of the methods that are shown in their place.
_SHOWN = {
    "__abs__": "abs", "__add__": "add", "__ge__": "ge", "__gt__": "gt", "__iadd__": "add_", "__idiv__": "div_",
    "__imul__": "mul_", "__isub__": "sub_", "__itruediv__": "div_", "__le__": "le", "__lt__": "lt", "__matmul__": "matmul",
    "__mod__": "remainder", "__mul__": "mul", "__ne__": "ne", "__neg__": "neg", "__pow__": "pow", "__radd__": "add",
    "__rmatmul__": "matmul", "__rmul__": "mul", "__sub__": "sub", "__truediv__": "div",
}  # fmt: skip
_ATTRIBUTES = frozenset({"H", "T", "data", "imag", "mH", "mT", "real"})  # those that are tensors
_SILENT = frozenset({  # what makes tensors, or what Python itself asks all the time
    "__array__", "__array_ufunc__", "__array_wrap__", "__dir__", "__format__", "__getattr__", "__hash__", "__new__",
    "__reversed__", "_make_subclass", "_make_wrapper_subclass",
    "as_subclass",
})  # fmt: skip


class NobodyTakesIt(TypeError):
    """No class of the arguments of a call takes it."""


NobodyTakesIt.__name__ = NobodyTakesIt.__qualname__ = "TypeError"


def dispatched(function: Callable[..., Any], args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """What the innermost mode, or else the classes of the arguments, make of a call.  Raises TypeError where none does.

    Gives NOBODY where there is neither.
    """
    modes = _modes.get()
    if modes:
        token = _modes.set(modes[:-1])
        try:
            types = tuple([type(each) for each in _overloaded(args, keywords)])
            return modes[-1].__torch_function__(function, types, args, keywords)
        finally:
            _modes.reset(token)
    relevant = [] if _disabled.get() else _overloaded(args, keywords)
    return decided(function, relevant, args, keywords) if relevant else NOBODY


def decided(function: Callable[..., Any], relevant: list[Any], args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """What the first of some arguments makes of a call whose class does not pass.  Raises TypeError."""
    types = tuple([type(each) for each in relevant])
    with asking_for_values[0]() if any([computes(kind) for kind in types]) else nullcontext():
        for each in relevant:
            result = type(each).__torch_function__(function, types, args, keywords or None)
            if result is not NotImplemented:
                return result
    listed = "".join([f"\n\n  - tensor subclass {kind}" for kind in types])
    name = getattr(function, "__name__", function)
    raise NobodyTakesIt(
        f"Multiple dispatch failed for 'torch.{name}'; all __torch_function__ handlers returned "
        f"NotImplemented:{listed}\n\nFor more information, try re-running with TORCH_LOGS=not_implemented"
    )


def _overloaded(args: tuple[Any, ...], keywords: dict[str, Any]) -> list[Any]:
    """The arguments, one of each class, whose classes have a say: derived classes before those that they derive from."""
    return one_of_each((*args, *keywords.values()), has_a_say)


def one_of_each(values: Iterable[Any], chosen: Callable[[type], bool]) -> list[Any]:
    """Those of chosen classes among arguments and in lists of them, one of each class: derived classes come first."""
    found: list[Any] = []
    for value in values:
        for each in value if isinstance(value, (list, tuple)) else (value,):
            kind = type(each)
            if chosen(kind) and not any([kind is type(other) for other in found]):
                place = next((place for place, other in enumerate(found) if issubclass(kind, type(other))), len(found))
                found.insert(place, each)
    return found


def has_a_say(kind: type) -> bool:
    """Whether a class, of tensors or not, has an opinion on functions."""
    own = getattr(kind, "__torch_function__", None)
    if own is None or kind is Tensor or kind in PLAIN:
        return False
    return own is not without_opinion or computes(kind)


def computes(kind: type) -> bool:
    """Whether a class gives the values of operations itself, by a `__torch_dispatch__` of its own."""
    own = getattr(kind, "__torch_dispatch__", None)
    return own is not None and own is not without_dispatch


def without_dispatch(func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: Any = None) -> Any:
    """What a class has for `__torch_dispatch__` that computes as all do: `Tensor.__torch_dispatch__`."""
    with context.changed(interceptor=None):
        return func(*args, **(kwargs or {}))


def default(
    cls: type[Tensor], func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
) -> Any:
    """`Tensor.__torch_function__`: the call as it is, with tensors among its results made ones of the class."""
    if not all([issubclass(cls, kind) for kind in types]):
        return NotImplemented
    with disabled():
        return _converted(func(*args, **(kwargs or {})), cls, args)


def without_opinion(func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: Any = None) -> Any:
    """What a class has for `__torch_function__` that takes calls as they are."""
    with disabled():
        return func(*args, **(kwargs or {}))


@contextmanager
def disabled() -> Iterator[None]:
    """Let no class have a say in the block."""
    token = _disabled.set(True)
    try:
        yield
    finally:
        _disabled.reset(token)


def _converted(result: Any, cls: type[Tensor], args: tuple[Any, ...]) -> Any:
    if cls is Tensor:
        return result
    if isinstance(result, Tensor) and not isinstance(result, cls):
        if any([result is each for each in args]):
            return result.as_subclass(cls)  # type: ignore[attr-defined]
        result.__class__ = cls  # it is new: nobody else holds it
        return result
    if isinstance(result, Outputs):
        return Outputs(tuple([_converted(each, cls, args) for each in result]), result.fields, result.name)
    if type(result) in (tuple, list):
        return type(result)([_converted(each, cls, args) for each in result])
    return result


# --- members of derived classes -------------------------------------------------------------------------------------


def derive(cls: type[Tensor]) -> None:
    """Let the members that a class has from Tensor ask the class first.

    A class with a `__torch_dispatch__` takes calls as they are, and its results are what that gives, unless it says otherwise.
    """
    own = getattr(cls, "__torch_function__", None)
    if "__torch_dispatch__" in cls.__dict__ and getattr(own, "__func__", None) is default:
        cls.__torch_function__ = without_opinion  # type: ignore[attr-defined]
    if cls.__dict__.get("__torch_function__") is without_opinion and not computes(cls):
        return
    for name, member in Tensor.__dict__.items():
        if _asks(name, member) and name not in cls.__dict__ and getattr(cls, name, None) is getattr(Tensor, name):
            setattr(cls, name, _asking(name, member))


def _asks(name: str, member: Any) -> bool:
    if isinstance(member, property):
        return name in _ATTRIBUTES
    return callable(member) and name not in _SILENT


def _asking(name: str, member: Any) -> Any:
    """A member of Tensor as derived classes have it."""
    if isinstance(member, property):
        return property(_asking("__get__", member.__get__), member.fset, member.fdel)
    reflected = name in ("__radd__", "__rmul__", "__rmatmul__")

    def call(*args: Any, **keywords: Any) -> Any:
        shown = getattr(Tensor, _SHOWN[name]) if name in _SHOWN else member
        swapped = reflected and (name == "__rmatmul__" or isinstance(args[1], Tensor))
        try:
            result = dispatched(shown, args[::-1] if swapped else args, keywords)
        except NobodyTakesIt:
            if name.startswith("__") and len(args) == 2:
                return NotImplemented
            raise
        return member(*args, **keywords) if result is NOBODY else result

    call.__name__ = call.__qualname__ = name
    return call


# --- modes ----------------------------------------------------------------------------------------------------------


def enter_mode(mode: Any) -> None:
    """Let a mode see all calls from now on, before the modes that it is entered in."""
    if not _modes.get():
        _kept.update(PLAIN)
        PLAIN.clear()  # so that no function goes its quick way
        for name, member in list(Tensor.__dict__.items()):
            if _asks(name, member):
                _as_they_were[name] = member
                setattr(Tensor, name, _asking(name, member))
    _modes.set((*_modes.get(), mode))


def plain() -> set[type]:
    """The classes of tensors without an opinion of their own, whether a mode is in force or not."""
    return _kept if _modes.get() else PLAIN


def members() -> dict[str, Any]:
    """The members of Tensor, as they are when no mode is in force."""
    return {**Tensor.__dict__, **_as_they_were}


def makes_no_values() -> bool:
    """Whether a mode is in force in which tensors are made on the device "meta"."""
    return any([getattr(mode, "without_values", False) for mode in _modes.get()])


def exit_mode() -> None:
    """Leave the innermost mode."""
    _modes.set(_modes.get()[:-1])
    if not _modes.get():
        PLAIN.update(_kept)
        _kept.clear()
        for name, member in _as_they_were.items():
            setattr(Tensor, name, member)
        _as_they_were.clear()
