"""`dataclasses`: classes whose methods follow from the names that they annotate."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

from gradcli.run.script.attributes import own_name, plain_name, read
from gradcli.run.script.builtins import Builtin
from gradcli.run.script.classes import Instance, Kind, add_kind, type_name
from gradcli.run.script.exposed import Exposed
from gradcli.run.script.functions import Parameters
from gradcli.run.script.library.copies import deepcopy
from gradcli.run.script.modules import Module

FIELDS = "__dataclass_fields__"
_POSITIONAL = "__match_args__"  # the names that a pattern without names goes by


class Missing(Exposed):
    """Stands where a field has no default."""

    __slots__ = ()
    title = "_MISSING_TYPE"

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Any = Missing()


class FrozenInstanceError(AttributeError):
    """An attempt to change what is frozen."""


class Field(Exposed):
    """A name that a dataclass annotates, with its default, and where it takes part."""

    __slots__ = ("compare", "default", "default_factory", "init", "kw_only", "metadata", "name", "repr")
    public = frozenset(__slots__)
    title = "Field"

    def __init__(
        self,
        *,
        default: Any = MISSING,
        default_factory: Any = MISSING,
        init: Any = True,
        repr: Any = True,
        hash: Any = None,
        compare: Any = True,
        metadata: Any = None,
        kw_only: Any = False,
    ) -> None:
        if default is not MISSING and default_factory is not MISSING:
            raise ValueError("cannot specify both default and default_factory")
        self.name = ""
        self.default = default
        self.default_factory = default_factory
        self.init = init
        self.repr = repr
        self.compare = compare
        self.kw_only = kw_only
        self.metadata = metadata or {}

    def value(self) -> Any:
        """What a new instance has where the call says nothing."""
        return self.default if self.default_factory is MISSING else self.default_factory()

    @property
    def optional(self) -> bool:
        """Whether a call may leave it out."""
        return self.default is not MISSING or self.default_factory is not MISSING


def _gather(cls: type, kw_only: bool) -> dict[str, Field]:
    """The fields of a class, those of its bases first.  Raises ValueError, TypeError."""
    found: dict[str, Field] = {}
    for base in reversed(cls.__mro__[1:]):
        found.update(vars(base).get(FIELDS, {}))
    for name, annotation in vars(cls).get("__annotations__", {}).items():
        if not _of_the_class(annotation):
            found[name] = _field_of(cls, plain_name(name), kw_only)
    return found


def _of_the_class(annotation: Any) -> bool:
    """Whether a name is annotated as ClassVar, and so no field."""
    return str(annotation).partition("[")[0].rpartition(".")[2] == "ClassVar"


def _field_of(cls: type, name: str, kw_only: bool) -> Field:
    default = vars(cls).get(name, MISSING)
    field = default if isinstance(default, Field) else Field(default=default, kw_only=kw_only)
    field.name = name
    if isinstance(field.default, (list, dict, set)):
        kind = f"<class '{type_name(field.default)}'>"
        raise ValueError(f"mutable default {kind} for field {name} is not allowed: use default_factory")
    if default is not MISSING:
        if field.default is MISSING:
            delattr(cls, name)
        else:
            setattr(cls, name, field.default)
    return field


def _maker(cls: type, fields: dict[str, Field]) -> Callable[..., None]:
    """The `__init__` of such a class.  Raises TypeError where a field without a default follows one with a default."""
    taken = [each for each in fields.values() if each.init]
    plain = [each for each in taken if not each.kw_only]
    for before, each in pairwise(plain):
        if before.optional and not each.optional:
            raise TypeError(f"non-default argument '{each.name}' follows default argument")
    parameters = Parameters(
        ("self", *[each.name for each in plain]),
        0,
        tuple([each.name for each in taken if each.kw_only]),
        None,
        None,
        {each.name: MISSING for each in taken if each.optional},
    )

    def __init__(self: Any, *args: Any, **words: Any) -> None:
        given = parameters.bind(f"{cls.__qualname__}.__init__", (self, *args), words)
        for name, field in fields.items():
            value = given.get(name, MISSING)
            value = field.value() if value is MISSING else value
            if value is not MISSING:
                object.__setattr__(self, own_name(self, name), value)
        finish = getattr(type(self), "__post_init__", None)
        if finish is not None:
            finish(self)

    return __init__


def _values(x: Any, chosen: Iterable[str]) -> tuple[Any, ...]:
    return tuple([read(x, name) for name in chosen])


def _methods(cls: type, fields: dict[str, Field], order: bool, frozen: bool, eq: bool) -> dict[str, Any]:
    """The methods by name; which of them a class gets, its options say."""
    shown = [each.name for each in fields.values() if each.repr]
    compared = [each.name for each in fields.values() if each.compare]

    def __repr__(self: Any) -> str:
        return f"{type(self).__qualname__}({', '.join([f'{name}={read(self, name)!r}' for name in shown])})"

    def __eq__(self: Any, other: Any) -> Any:
        return _values(self, compared) == _values(other, compared) if type(other) is type(self) else NotImplemented

    def __hash__(self: Any) -> int:
        return hash(_values(self, compared))

    made: dict[str, Any] = {"__repr__": __repr__}
    if eq:
        made.update(__eq__=__eq__, __hash__=__hash__ if frozen else None)
    if frozen:
        made.update(_refusals(fields))
    if order:
        made.update({name: _ordered(name, compared) for name in ("__lt__", "__le__", "__gt__", "__ge__")})
    return made


def _ordered(name: str, compared: list[str]) -> Callable[[Any, Any], Any]:
    def compare(self: Any, other: Any) -> Any:
        if type(other) is not type(self):
            return NotImplemented
        return getattr(tuple, name)(_values(self, compared), _values(other, compared))

    compare.__name__ = compare.__qualname__ = name
    return compare


def _refusals(fields: dict[str, Field]) -> dict[str, Any]:
    def __setattr__(self: Any, name: str, value: Any) -> None:
        raise FrozenInstanceError(f"cannot assign to field '{name}'")

    def __delattr__(self: Any, name: str) -> None:
        raise FrozenInstanceError(f"cannot delete field '{name}'")

    return {"__setattr__": __setattr__, "__delattr__": __delattr__}


def dataclass(
    cls: Any = None,
    /,
    *,
    init: Any = True,
    repr: Any = True,
    eq: Any = True,
    order: Any = False,
    unsafe_hash: Any = False,
    frozen: Any = False,
    match_args: Any = True,
    kw_only: Any = False,
    slots: Any = False,
    weakref_slot: Any = False,
) -> Any:
    """Give a class the methods that follow from its fields; without a class, a decorator that does so."""

    def decorate(cls: Any) -> Any:
        if not (isinstance(cls, type) and issubclass(cls, Instance)):
            raise TypeError(f"dataclass() should be used on a class, not on a {type_name(cls)}")
        fields = _gather(cls, bool(kw_only))
        own = vars(cls)
        methods = _methods(cls, fields, bool(order), bool(frozen), bool(eq))
        if not repr or "__repr__" in own:
            del methods["__repr__"]
        if init:
            methods["__init__"] = _maker(cls, fields)
        for name, method in methods.items():
            if name == "__init__" or own.get(name) is None:
                setattr(cls, name, method)
        setattr(cls, FIELDS, fields)
        setattr(cls, _POSITIONAL, tuple([each.name for each in fields.values() if each.init and not each.kw_only]))
        return cls

    return decorate if cls is None else decorate(cls)


# --- functions of instances -----------------------------------------------------------------------------------------


def _fields_of(x: Any, name: str) -> dict[str, Field]:
    found = getattr(x, FIELDS, None)
    if not isinstance(found, dict):
        raise TypeError(f"{name}() should be called on dataclass instances")
    return found


def fields(class_or_instance: Any, /) -> tuple[Field, ...]:
    """The fields of a dataclass, or of an instance."""
    return tuple(_fields_of(class_or_instance, "fields").values())


def _unfolded(x: Any, make: Callable[[Any, dict[str, Field]], Any]) -> Any:
    """A value whose instances of dataclasses, at any depth of its containers, have become something plain."""
    if isinstance(x, Instance) and not isinstance(x, type) and hasattr(x, FIELDS):
        return make(x, _fields_of(x, "asdict"))
    if type(x) in (list, tuple):
        return type(x)([_unfolded(each, make) for each in x])
    if type(x) is dict:
        return {_unfolded(key, make): _unfolded(value, make) for key, value in x.items()}
    return deepcopy(x)


def asdict(obj: Any, /) -> Any:
    """The fields of an instance by name, in a dictionary."""
    _fields_of(obj, "asdict")
    return _unfolded(obj, _by_name)


def _by_name(x: Any, own: dict[str, Field]) -> dict[str, Any]:
    return {name: _unfolded(read(x, name), _by_name) for name in own}


def astuple(obj: Any, /) -> Any:
    """The values of an instance's fields."""
    _fields_of(obj, "astuple")
    return _unfolded(obj, _in_order)


def _in_order(x: Any, own: dict[str, Field]) -> tuple[Any, ...]:
    return tuple([_unfolded(value, _in_order) for value in _values(x, own)])


def replace(obj: Any, /, **changes: Any) -> Any:
    """A new instance with some fields changed."""
    own = _fields_of(obj, "replace")
    return type(obj)(**{**{name: read(obj, name) for name, each in own.items() if each.init}, **changes})


def is_dataclass(obj: Any) -> bool:
    """Whether it is a dataclass, or an instance of one."""
    return isinstance(getattr(obj, FIELDS, None), dict)


_MEMBERS: dict[str, Any] = {
    "FrozenInstanceError": FrozenInstanceError,
    "MISSING": MISSING,
    "Field": add_kind(Kind("dataclasses.Field", Field)),
    **{each.__name__: Builtin(each.__name__, each) for each in (asdict, astuple, dataclass, fields, is_dataclass, replace)},
    "field": Builtin("field", lambda **options: Field(**options)),
}


def module(name: str) -> Module | None:
    """The module `dataclasses`, or None for what is inside."""
    return Module(name, dict(_MEMBERS)) if name == "dataclasses" else None
