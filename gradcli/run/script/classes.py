"""Types as scripts have them: Python's own, made safe to call and to look at, and the classes that a script defines.

`int`, `list` and the like are `Kind`s: a script sees the type, and never the host's own class, from which every class
of the interpreter could be reached.  A class of the script is a class of the host, derived from `Instance`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from gradcli.errors import Problem
from gradcli.graph.tensor import Outputs, Tensor
from gradcli.run.script.exposed import FOREIGN, Exposed
from gradcli.run.script.functions import Function
from gradcli.run.script.guards import collect

KINDS: dict[type, Any] = {}  # by the host's type: what type() gives for its values
_KINDS_OF_ONE: dict[str, Kind] = {}  # those of one operation's nodes and results, by their names

# Names that mean something to the interpreter and not to the script.
_RESERVED = frozenset(
    {
        "__bases__",
        "__buffer__",
        "__class__",
        "__dict__",
        "__dlpack__",
        "__getattribute__",
        "__mro__",
        "__mro_entries__",
        "__subclasses__",
        "__subclasshook__",
    }
)
_PLACES = frozenset({"__dict__", "__weakref__"})  # that slots may ask for
_IMPLICIT = frozenset({"__class_getitem__", "__init_subclass__"})  # class methods without being called so


class Kind(Exposed):
    """A type of the host's: prints as one, tells its values, and makes them where `make` says how.

    name  as in `<class 'int'>`
    host  the class (or classes) whose instances are its values
    make  what a call does, or None for types that only the interpreter makes values of
    open  whether a script's class may derive from it
    """

    __slots__ = ("host", "make", "name", "open")
    title = "type"

    def __init__(self, name: str, host: Any, make: Callable[..., Any] | None = None, open: bool = False) -> None:
        self.name = name
        self.host = host
        self.make = make
        self.open = open

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        if self.make is None:
            raise TypeError(f"cannot create '{self.name}' instances")
        return self.make(*args, **keywords)

    def matches(self, value: Any) -> bool:
        """Whether `isinstance(value, self)`."""
        return isinstance(value, self.host)

    __instancecheck__ = matches
    __iter__ = None  # though it has items: Python would look for one after the other, without end

    @property
    def first(self) -> type:
        """The one class of the host that has its methods."""
        return self.host[0] if isinstance(self.host, tuple) else self.host  # type: ignore[no-any-return]

    def __subclasscheck__(self, cls: Any) -> bool:
        return issubclass(host_class(cls), self.host)

    def __or__(self, other: Any) -> tuple[Any, ...]:
        """`int | float`, as isinstance takes it."""
        return (self, type(None) if other is None else other)

    def __getitem__(self, item: Any) -> Kind:
        """`list[int]`: annotations are not looked at.  Raises TypeError for types without a type of items."""
        if not hasattr(self.first, "__class_getitem__") and self.first is not type:
            raise TypeError(f"type '{self.name}' is not subscriptable")
        return self

    def read(self, name: str) -> Any:
        """Its names and methods: `str.upper`, as a function of the value.  Raises Problem."""
        from gradcli.run.script.attributes import read_kind  # whose tables say what there is

        return read_kind(self, name)

    def names(self) -> list[str]:
        """Every name that `read` knows."""
        from gradcli.run.script import methods

        return methods.names(self.first)

    def __repr__(self) -> str:
        return f"<class '{self.name}'>"


Kind.__name__ = "type"  # as Python's messages are to call it


def add_kind(kind: Kind) -> Kind:
    """Enter a type: `type(x)` gives it for the values of its host's class."""
    KINDS[kind.host] = kind
    return kind


def kind_of(host: type) -> Any:
    """What stands for a class of the host; classes that scripts can see as they are stand for themselves."""
    if issubclass(host, (Instance, BaseException)):
        return host
    if host not in KINDS:
        KINDS[host] = Kind(_called(host), host)
    return KINDS[host]


def type_of(value: Any) -> Any:
    """`type(value)`, for printing, comparing and isinstance."""
    if isinstance(value, Tensor):
        from gradcli.run.script.constructors import PARAMETER, TENSOR, is_parameter

        return PARAMETER if is_parameter(value) else TENSOR
    host = type if isinstance(value, type) else type(value)
    if (host in FOREIGN and not _called(host)) or host is Outputs:  # each operation's are a type of their own
        name = type_name(value)
        return _KINDS_OF_ONE.setdefault(name, Kind(name, host))
    return kind_of(host)


def type_name(value: Any) -> str:
    """The name of the type of a value, as error messages have it."""
    if isinstance(value, Outputs):
        return f"torch.return_types.{value.name}" if value.name else "tuple"
    return _called(type(value)) or str(value.kind)


def host_class(kind: Any) -> Any:
    """The host's class behind a type that a script names; what is no such type is given back."""
    return kind.host if isinstance(kind, Kind) else kind


def _called(host: type) -> str:
    if issubclass(host, Exposed) and not issubclass(host, Instance):
        return host.title
    if host in FOREIGN:
        return FOREIGN[host][0]
    return {Function: "function", Outputs: "torch.return_types"}.get(host, host.__name__)


# --- the script's own -----------------------------------------------------------------------------------------------


class _Nothing:
    """An attribute that is not there, whatever the instance holds under its name."""

    def __get__(self, instance: Any, owner: Any = None) -> NoReturn:
        raise AttributeError("not in scripts")

    def __set__(self, instance: Any, value: Any) -> NoReturn:
        raise AttributeError("not in scripts")


class Instance:
    """The base of every class of a script.

    NumPy takes any object for an array that has one of these attributes, and the first two may name any place in
    memory, to be read and written.  So no instance has them.
    """

    __slots__ = ()
    __array_interface__ = __array_struct__ = __array__ = _Nothing()


def make_class(name: str, bases: tuple[Any, ...], namespace: dict[str, Any]) -> type:
    """The class that a `class` statement makes.  Raises Problem, and TypeError in Python's words."""
    if "__slots__" in namespace:
        namespace["__slots__"] = _slots(namespace["__slots__"])
    for each, value in namespace.items():
        check_member(each)
        if each in _IMPLICIT and isinstance(value, Function):
            namespace[each] = classmethod(value)
    if "__getattr__" in namespace:
        namespace["__getattr__"] = undisturbed(namespace["__getattr__"])
    hosts = tuple(map(_base, bases))
    if not any(issubclass(host, Instance) for host in hosts):
        hosts = (*hosts, Instance)
    return type(name, hosts, {"__module__": "__main__", "__qualname__": name, **namespace})


def _slots(given: Any) -> tuple[str, ...]:
    """The names of `__slots__`, which are members like others.  Raises Problem, TypeError."""
    names = (given,) if isinstance(given, str) else collect(given)
    for each in names:
        if not isinstance(each, str):
            raise TypeError(f"__slots__ items must be strings, not '{type_name(each)}'")
        if str.__str__(each) not in _PLACES:
            check_member(str.__str__(each))
    return tuple(map(str.__str__, names))


def check_member(name: str) -> None:
    """Refuse to define in a class what only the interpreter defines.  Raises Problem."""
    if name in _RESERVED or name.startswith("__array"):
        raise Problem(
            "attribute",
            f"a class in a script cannot define {name}",
            type="TypeError",
            hint="__getattr__ finds what is missing" if name == "__getattribute__" else None,
        )


def undisturbed(find: Any) -> Any:
    """A `__getattr__` that is asked for the script's names alone, and not for what the interpreter looks for."""

    def __getattr__(self: Any, name: str) -> Any:
        if is_special(name):
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        return find(self, name)

    return __getattr__


def is_special(name: str) -> bool:
    """Whether a name is one of the interpreter's: `__len__`."""
    return name[:2] == "__" and name[-2:] == "__"


def _base(kind: Any) -> type:
    """The host's class for a base; classes of the package may be one if they say so by `base`."""
    if isinstance(kind, Kind) and kind.open:
        return Instance if kind.host is object else kind.host
    if isinstance(kind, type):  # the script's own, or an exception: it sees no others
        return kind
    base = getattr(kind, "base", None) if isinstance(kind, Exposed) else None
    if isinstance(base, type):
        return base
    raise Problem(
        "type",
        f"a class cannot derive from {kind!r} here",
        type="TypeError",
        hint="derive from a class of the script, an exception, or object, dict, list, tuple, set, str, int or float",
    )
