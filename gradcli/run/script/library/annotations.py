"""`typing`: names for annotations, which nothing looks at; they take items and stand for themselves."""

from __future__ import annotations

from typing import Any

from gradcli.run.script.classes import Instance
from gradcli.run.script.exposed import Exposed
from gradcli.run.script.modules import Deferred, Module

_NAMES = """
    AbstractSet Annotated Any AnyStr Awaitable BinaryIO ByteString Callable ClassVar Collection Concatenate Container
    Coroutine Counter DefaultDict Deque Dict Final FrozenSet Generator Generic Hashable IO Iterable Iterator List Literal
    LiteralString Mapping MutableMapping MutableSequence MutableSet Never NoReturn NotRequired Optional OrderedDict
    ParamSpec Protocol Required Reversible Self Sequence Set Sized SupportsFloat SupportsInt Text TextIO Tuple Type TypeAlias
    TypeGuard TypeVar TypeVarTuple Union Unpack ValuesView"""
_MARKS = ("final", "no_type_check", "overload", "override", "runtime_checkable")


class Form(Exposed):
    """A name such as `List`, or what its items (or a call, as of TypeVar) make of it: a base class that adds nothing."""

    __slots__ = ("__name__",)
    public = frozenset({"__name__"})
    title = "typing._SpecialForm"

    @property
    def base(self) -> type | None:
        """What a class derives from that names this form among its bases."""
        return Instance if self.__name__ in ("Generic", "Protocol") else None

    def __init__(self, name: str) -> None:
        self.__name__ = name

    def __getitem__(self, item: Any) -> Form:
        return self

    def __call__(self, *args: Any, **words: Any) -> Form:
        return self

    def __or__(self, other: Any) -> Form:
        return self

    __ror__ = __or__
    __iter__ = None  # though it has items

    def __repr__(self) -> str:
        return f"typing.{self.__name__}"


def _new_type(name: str, tp: Any) -> Any:
    """A function that gives its argument back: the type is for checkers alone."""
    return lambda value: value


def _cast(typ: Any, val: Any) -> Any:
    """The value: nothing is converted."""
    return val


def _marked(value: Any) -> Any:
    """What a decorator for type checkers leaves: the same function."""
    return value


def module(name: str) -> Module | None:
    """The module `typing`, or None for what is inside."""
    if name != "typing":
        return None
    return Module(
        name,
        {
            **{each: Form(each) for each in _NAMES.split()},
            **dict.fromkeys(_MARKS, _marked),
            "NewType": _new_type,
            "NamedTuple": Deferred("library.tuples", "NAMED_TUPLE"),
            "TYPE_CHECKING": False,
            "cast": _cast,
        },
    )
