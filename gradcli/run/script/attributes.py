"""Attributes of a script's values: the one way to what stands behind a dot.

Each type has its reader: tensors and modules know their own names, Python's values have tables (`methods`), and the
script's classes, with their instances, have what the script gave them.  Nothing else exists, so no chain of dots leads
out of a script.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any, NoReturn

from gradcli.errors import Problem, did_you_mean
from gradcli.graph.tensor import Outputs, Tensor
from gradcli.run.script import exposed, methods
from gradcli.run.script.classes import (
    Instance,
    Kind,
    check_member,
    is_special,
    make_class,
    type_name,
    type_of,
    undisturbed,
)
from gradcli.run.script.functions import Function
from gradcli.run.script.guards import bounded

__all__ = ["delete", "has", "make_class", "names", "own_name", "plain_name", "read", "read_kind", "write"]

_MISSING: Any = object()
_FUNCTION = frozenset({"__doc__", "__name__", "__qualname__"})
_TOLD = {"__doc__": "doc", "__qualname__": "qualified"}  # by functions of the script, in fields of their own
_CHAINED = frozenset({"__cause__", "__context__", "__suppress_context__"})  # of exceptions
_CLASS = frozenset({"__module__", "__name__", "__qualname__"})
_BY_THE_HOST = frozenset({"_abc_impl", "__dict__", "__firstlineno__", "__static_attributes__", "__weakref__"})  # in every class
_MOST_READERS = 10_000

Reader = Callable[[Any, str], Any]
_READERS: dict[type, Reader] = {}


def read(obj: Any, name: str) -> Any:
    """`obj.name`.  Raises Problem (AttributeError), and whatever a property of the script raises."""
    if name == "__class__":
        return type_of(obj)
    reader = _READERS.get(type(obj))
    return (reader or _reader_of(type(obj)))(obj, name)


def has(obj: Any, name: str) -> bool:
    """`hasattr(obj, name)`."""
    try:
        read(obj, name)
    except AttributeError:
        return False
    except Problem as problem:
        if problem.type != "AttributeError":
            raise
        return False
    return True


def _reader_of(kind: type) -> Reader:
    if len(_READERS) > _MOST_READERS:  # a loop that makes classes
        _READERS.clear()
    reader = _READERS[kind] = _choose_reader(kind)
    return reader


def _choose_reader(kind: type) -> Reader:
    if issubclass(kind, Instance):
        own = all([issubclass(each, Instance) for each in kind.__mro__[:-1]])
        return _read_instance if own else _read_derived
    if issubclass(kind, Tensor):
        from gradcli.run.script import tensors  # some scripts have none

        return tensors.read
    if issubclass(kind, type):
        return _read_class
    if kind is super:
        return _read_super
    if issubclass(kind, BaseException):
        return _exception_reader(kind)
    if issubclass(kind, (exposed.Exposed, Outputs)) or kind in exposed.FOREIGN:
        return exposed.read
    return _value_reader(kind)


# --- Python's values ------------------------------------------------------------------------------------------------


def _value_reader(kind: type) -> Reader:
    known: dict[str, Any] = {}  # the descriptors that were asked for

    def read_value(obj: Any, name: str) -> Any:
        found = known.get(name)
        if found is None:
            found = methods.find(kind, name)
            if found is None:
                return _read_other(obj, name)
            known[name] = found
        return found.__get__(obj, kind)

    return read_value


def _read_other(obj: Any, name: str) -> Any:
    """What stands in no table: the little that functions tell of themselves, and what the script has put on its own."""
    plain = getattr(obj, "__func__", obj)
    if isinstance(plain, Function) and name in _TOLD:
        return getattr(plain, _TOLD[name])
    if name == "__doc__":
        return getattr(obj, name, None)
    if name in _FUNCTION and callable(obj):
        return getattr(obj, name, None)
    if name == "__call__" and callable(obj):
        return obj
    attributes = _function_attributes(obj)
    if name in attributes:
        return attributes[name]
    raise missing(obj, name)


def _exception_reader(kind: type) -> Reader:
    read_value = _value_reader(kind)

    def read_exception(obj: Any, name: str) -> Any:
        if name in _CHAINED:
            return _chained(obj, name)
        own = _instance_names(obj)
        return own[name] if name in own and not is_special(name) else read_value(obj, name)

    return read_exception


def _chained(obj: BaseException, name: str) -> Any:
    """Another exception of the script's, which led to this one; None for what only the house has raised."""
    found = getattr(obj, name)
    shown = isinstance(found, (Instance, bool)) or type(found).__module__ == "builtins"
    return found if shown else None


def _function_attributes(obj: Any) -> dict[str, Any]:
    """What a script has put on one of its functions, where functions have a place for that."""
    return getattr(obj, "members", None) or {} if isinstance(obj, Function) else {}


def read_kind(kind: Kind, name: str) -> Any:
    """An attribute of a type: `str.upper`, `dict.fromkeys`, `int.__name__`.  Raises Problem."""
    host = kind.first
    if name in _CLASS:
        module, _, called = kind.name.rpartition(".")
        return (module or "builtins") if name == "__module__" else called
    if name == "__doc__":
        return host.__doc__
    found = methods.find(host, name)
    if found is None:
        raise missing(kind, name)
    return found.__get__(None, host)


# --- the script's classes and their instances -----------------------------------------------------------------------


def _read_instance(obj: Any, name: str) -> Any:
    """An attribute where all classes are the script's own: Python's own search finds nothing but theirs."""
    if name[:2] == "__" and is_special(name):
        return _read_special(obj, name)
    try:
        return getattr(obj, name)
    except AttributeError as error:
        plainly = f"'{type(obj).__name__}' object has no attribute '{name}'"
        if error.obj is obj and error.name == name and error.args == (plainly,):
            raise missing(obj, name) from None
        raise  # from a property or a __getattr__ of the script


def _read_derived(obj: Any, name: str) -> Any:
    """An attribute where a class derives from one of the host's: the script's own, then what the host's class lends."""
    if is_special(name):
        return _read_special(obj, name)
    kind = type(obj)
    if any([name in vars(each) for each in kind.__mro__ if issubclass(each, Instance)]):
        return getattr(obj, name)
    own = _instance_names(obj)
    if name in own:
        return own[name]
    found = _search(kind.__mro__, name, obj, kind)
    if found is _MISSING:
        found = _search(kind.__mro__, "__getattr__", obj, kind)
        if found is _MISSING:
            raise missing(obj, name)
        return found(name)
    return found


def _read_special(obj: Any, name: str) -> Any:
    kind = type(obj)
    if name == "__dict__":
        return _instance_names(obj)
    if name in ("__doc__", "__module__"):
        return getattr(kind, name)
    if name in _CHAINED and isinstance(obj, BaseException):
        return _chained(obj, name)
    found = _search(kind.__mro__, name, obj, kind)
    if found is _MISSING:
        raise missing(obj, name)
    return found


def _instance_names(obj: Any) -> dict[str, Any]:
    """The dictionary of an instance: nothing is in it but what the script put there."""
    found = getattr(obj, "__dict__", None)
    return found if type(found) is dict else {}


def _search(line: tuple[type, ...], name: str, obj: Any, kind: type) -> Any:
    """The first class in a line of classes that has the name; the value is bound to `obj`, or to none."""
    for each in line:
        if each is Instance:
            continue
        if issubclass(each, Instance):
            found = vars(each).get(name, _MISSING) if name not in _BY_THE_HOST else _MISSING
        elif issubclass(each, exposed.Exposed):
            found = vars(each).get(name, _MISSING) if name in each.public else _MISSING
        else:
            found = methods.member(each, name)
            found = _MISSING if found is None else found
        if found is not _MISSING:
            if obj is None:
                found = _of_instances(found, each)
            return type(found).__get__(found, obj, kind) if hasattr(type(found), "__get__") else found
    return _MISSING


def _of_instances(found: Any, owner: type) -> Any:
    """A member of a class as it is without an instance: what the house has written minds what it is called with."""
    if type(found) is not FunctionType or not issubclass(owner, Instance):
        return found

    def method(self: Any, /, *args: Any, **keywords: Any) -> Any:
        if not isinstance(self, owner):
            raise TypeError(
                f"descriptor '{found.__name__}' for '{owner.__name__}' objects doesn't apply to a '{type_name(self)}' object"
            )
        return found(self, *args, **keywords)

    method.__name__, method.__qualname__, method.__doc__ = found.__name__, found.__qualname__, found.__doc__
    return method


def _read_class(cls: type, name: str) -> Any:
    """An attribute of a class of the script, or of an exception."""
    if name in _CLASS:
        return getattr(cls, name)
    if name == "__dict__" and issubclass(cls, Instance):
        return {each: _of_instances(value, cls) for each, value in vars(cls).items() if each not in _BY_THE_HOST}
    if name == "__doc__":
        return cls.__doc__
    found = _search(cls.__mro__, name, None, cls)
    if found is _MISSING:
        raise missing(cls, name)
    return found


def _read_super(obj: super, name: str) -> Any:
    """An attribute of `super()`: the search starts behind the class that asks."""
    owner, receiver = _OWNER.__get__(obj), _RECEIVER.__get__(obj)
    kind = receiver if isinstance(receiver, type) else type(receiver)
    line = kind.__mro__
    found = _search(line[line.index(owner) + 1 :], name, None if receiver is kind else receiver, kind)
    if found is _MISSING:
        raise missing(obj, name)
    return found


_OWNER, _RECEIVER = vars(super)["__thisclass__"], vars(super)["__self__"]


# --- writing --------------------------------------------------------------------------------------------------------


def write(obj: Any, name: str, value: Any) -> None:
    """`obj.name = value`.  Raises Problem (AttributeError, TypeError)."""
    kind = type(obj)
    if issubclass(kind, Tensor):
        from gradcli.run.script import tensors

        tensors.write(obj, name, value)
    elif issubclass(kind, (Instance, BaseException)) and not is_special(name):
        setattr(obj, name, value)
    elif issubclass(kind, type) and issubclass(obj, Instance):
        check_member(name)
        setattr(obj, name, undisturbed(value) if name == "__getattr__" else value)
    elif issubclass(kind, Function):
        _write_function(obj, name, value)
    elif issubclass(kind, exposed.Exposed) and hasattr(kind, "assign"):
        obj.assign(name, value)
    else:
        _refuse_write(obj, name)


def delete(obj: Any, name: str) -> None:
    """`del obj.name`.  Raises Problem (AttributeError, TypeError)."""
    kind = type(obj)
    if issubclass(kind, Tensor):
        from gradcli.run.script import tensors

        tensors.delete(obj, name)
    elif issubclass(kind, (Instance, BaseException)) and not is_special(name):
        delattr(obj, name)
    elif issubclass(kind, type) and issubclass(obj, Instance) and not is_special(name):
        if name not in vars(obj):
            raise missing(obj, name)
        delattr(obj, name)
    elif _function_attributes(obj).pop(name, _MISSING) is _MISSING:
        _refuse_write(obj, name)


def _write_function(obj: Any, name: str, value: Any) -> None:
    """Put a name, a docstring or an attribute of the script's own on a function."""
    if name in _FUNCTION:
        if name != "__doc__" and not isinstance(value, str):
            raise TypeError(f"{name} must be set to a string object")
        setattr(obj, _TOLD.get(name, name), value)
    elif hasattr(type(obj), "members") and not is_special(name):
        obj.members = {**_function_attributes(obj), name: value}
    else:
        _refuse_write(obj, name)


def _refuse_write(obj: Any, name: str) -> NoReturn:
    if isinstance(obj, (Kind, type)):
        message = f"cannot set '{name}' attribute of immutable type '{read(obj, '__name__')}'"
        raise Problem("attribute", message, type="TypeError")
    if has(obj, name):
        message = f"'{type_name(obj)}' object attribute '{name}' is read-only"
        raise Problem("attribute", message, type="AttributeError")
    raise missing(obj, name)


# --- what is not there ----------------------------------------------------------------------------------------------


def missing(obj: Any, name: str) -> Problem:
    """Python's error of an attribute that is not there, and what may have been meant."""
    is_type = isinstance(obj, (type, Kind))
    owner = f"type object '{read(obj, '__name__')}'" if is_type else f"'{type_name(obj)}' object"
    return Problem("attribute", f"{owner} has no attribute '{name}'", type="AttributeError", hint=_hint(obj, name))


def _hint(obj: Any, name: str) -> str | None:
    if obj is None:
        return "the value is None; x.grad is, until backward() has reached the leaf x"
    there = hasattr(obj.first if isinstance(obj, Kind) else obj if isinstance(obj, type) else type(obj), name)
    if is_special(name):
        return "a script sees nothing of the interpreter" if there else None
    near = did_you_mean(name, names(obj))
    return near or (f"Python has {name} here, and gradcli's scripts do not" if there else None)


def names(obj: Any) -> list[str]:
    """Every plain name that `read` knows of a value: for completion, and for what may have been meant."""
    if isinstance(obj, Tensor):
        from gradcli.run.script import tensors

        return tensors.names(obj)
    if exposed.knows(obj) and not isinstance(obj, Instance):
        return exposed.names(obj)
    found = set(methods.names(obj if isinstance(obj, type) else type(obj))) | set(_function_attributes(obj))
    if isinstance(obj, Instance):
        found.update(_instance_names(obj))
    for each in (obj if isinstance(obj, type) else type(obj)).__mro__:
        if issubclass(each, Instance):
            found.update(vars(each))
    return sorted([name for name in found if isinstance(name, str) and not is_special(name)])


# --- what classes inherit from object -------------------------------------------------------------------------------


def plain_name(name: Any) -> str:
    """An attribute's name as plain text: a class of the script's may give text a face of its own.  Raises TypeError."""
    if not isinstance(name, str):
        raise TypeError(f"attribute name must be string, not '{type(name).__name__}'")
    return str.__str__(name)


def _get(obj: Any, name: Any) -> Any:
    """`object.__getattribute__`."""
    return read(obj, plain_name(name))


def _store(obj: Any, name: Any, value: Any) -> None:
    """`object.__setattr__`, for instances of the script's classes."""
    object.__setattr__(obj, own_name(obj, name), value)


def _remove(obj: Any, name: Any) -> None:
    """`object.__delattr__`, for instances of the script's classes."""
    object.__delattr__(obj, own_name(obj, name))


def own_name(obj: Any, name: Any) -> str:
    """The plain name of an attribute that a script may put on an instance, or take from it.  Raises Problem, TypeError."""
    plain = plain_name(name)
    if not isinstance(obj, (Instance, BaseException)) or is_special(plain):
        _refuse_write(obj, plain)
    return plain


def _new(cls: Any, *args: Any, **words: Any) -> Any:
    """`object.__new__` (and that of the other types that classes derive from), for the script's classes."""
    if not (isinstance(cls, type) and issubclass(cls, (Instance, BaseException))):
        raise TypeError(f"object.__new__(X): X is not a class of the script ({type_name(cls)})")
    host = next(each for each in cls.__mro__ if not issubclass(each, Instance))
    return object.__new__(cls) if host is object else host.__new__(cls, *map(bounded, args), **words)


methods.allow(
    object, "__init_subclass__", __setattr__=_store, __delattr__=_remove, __getattribute__=_get, __new__=staticmethod(_new)
)
