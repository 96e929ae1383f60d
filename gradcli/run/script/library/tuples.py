"""Tuples whose items have names: `namedtuple("Point", "x y")`, and classes derived from `typing.NamedTuple`."""

from __future__ import annotations

from collections.abc import Iterable
from keyword import iskeyword
from typing import Any

from gradcli.run.script.attributes import plain_name
from gradcli.run.script.classes import Instance, Kind, make_class
from gradcli.run.script.exposed import Exposed
from gradcli.run.script.functions import Parameters
from gradcli.run.script.guards import collect

_TUPLE = Kind("tuple", tuple, open=True)


def namedtuple(typename: Any, field_names: Any, *, rename: bool = False, defaults: Any = None, module: Any = None) -> type:
    """A class of tuples with such names.  Raises ValueError, TypeError."""
    listed = field_names.replace(",", " ").split() if isinstance(field_names, str) else collect(field_names)
    names = [plain_name(str(each)) for each in listed]
    if rename:
        names = [each if _fits(each, names[:place]) else f"_{place}" for place, each in enumerate(names)]
    given = collect(defaults) if defaults is not None else []
    if len(given) > len(names):
        raise TypeError("Got more default values than field names")
    return make_class(str(typename), (_TUPLE,), members(str(typename), names, dict(zip(reversed(names), reversed(given)))))


def _fits(name: str, before: Iterable[str]) -> bool:
    return name.isidentifier() and not iskeyword(name) and name[0] != "_" and name not in before


def _check(name: str, before: Iterable[str]) -> None:
    if not name.isidentifier():
        raise ValueError(f"Type names and field names must be valid identifiers: {name!r}")
    if iskeyword(name):
        raise ValueError(f"Type names and field names cannot be a keyword: {name!r}")
    if name[0] == "_":
        raise ValueError(f"Field names cannot start with an underscore: {name!r}")
    if name in before:
        raise ValueError(f"Encountered duplicate field name: {name!r}")


def members(title: str, names: list[str], defaults: dict[str, Any]) -> dict[str, Any]:
    """What stands in the class of such tuples.  Raises ValueError for what cannot be a name."""
    for place, name in enumerate(names):
        _check(name, names[:place])
    taken = Parameters(("_cls", *names), 1, (), None, None, defaults)

    def make(cls: type, items: Iterable[Any]) -> Any:
        values = collect(items)
        if len(values) != len(names):
            raise TypeError(f"Expected {len(names)} arguments, got {len(values)}")
        return tuple.__new__(cls, values)

    def __new__(cls: type, *args: Any, **words: Any) -> Any:
        found = taken.bind(f"{title}.__new__", (cls, *args), words)
        return tuple.__new__(cls, [found[name] for name in names])

    def _asdict(self: Any) -> dict[str, Any]:
        return dict(zip(names, self))

    def _replace(self: Any, /, **words: Any) -> Any:
        unknown = [each for each in words if each not in names]
        if unknown:
            raise ValueError(f"Got unexpected field names: {unknown!r}")
        return tuple.__new__(type(self), [words.get(name, value) for name, value in zip(names, self)])

    def __repr__(self: Any) -> str:
        return f"{type(self).__name__}({', '.join([f'{name}={value!r}' for name, value in zip(names, self)])})"

    return {
        "__slots__": (),
        "__match_args__": tuple(names),
        "_fields": tuple(names),
        "_field_defaults": defaults,
        **{each.__name__: each for each in (__new__, _asdict, _replace, __repr__)},
        "_make": classmethod(make),
        **{name: property(_item(place)) for place, name in enumerate(names)},
    }


def _item(place: int) -> Any:
    return lambda values: tuple.__getitem__(values, place)


class _Named(tuple[Any, ...], Instance):
    """The base of classes that annotate the names of their items."""

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        own = vars(cls)
        if "_fields" in own or _Named not in cls.__bases__:
            return
        names = [*map(plain_name, own.get("__annotations__", ()))]
        defaults = {name: own[name] for name in names if name in own}
        for name, value in members(cls.__name__, names, defaults).items():
            if name != "__slots__" and (name in names or name not in own):
                setattr(cls, name, value)


class NamedTuple(Exposed):
    """`typing.NamedTuple`: to derive from, or called with a name and the items' names and types."""

    __slots__ = ()
    title = "function"
    base = _Named

    def __call__(self, typename: Any, fields: Any = (), /) -> type:
        return namedtuple(typename, [name for name, _ in fields])

    def __repr__(self) -> str:
        return f"<function NamedTuple at {id(self):#x}>"


NAMED_TUPLE = NamedTuple()
