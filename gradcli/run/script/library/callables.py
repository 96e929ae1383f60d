"""`functools`: functions made from functions."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from gradcli.run.script import attributes, methods
from gradcli.run.script.builtins import Builtin
from gradcli.run.script.classes import Instance, Kind, add_kind, type_name
from gradcli.run.script.functions import Function
from gradcli.run.script.guards import watched
from gradcli.run.script.modules import Module

_NAMES = ("__name__", "__qualname__", "__doc__")
_CACHE = type(functools.cache(abs))

methods.allow(functools.partial, "args func keywords")
methods.allow(_CACHE, "cache_clear cache_info")
methods.allow(type(functools.cache(abs).cache_info()), "currsize hits maxsize misses")


def _reduce(function: Any, iterable: Any, /, *initial: Any) -> Any:
    """One value from all items, two at a time."""
    return functools.reduce(function, watched(iterable), *initial)


def _wraps(wrapped: Any, *_: Any) -> Callable[[Any], Any]:
    """A decorator that gives a function the names of another."""
    return lambda wrapper: _update_wrapper(wrapper, wrapped)


def _update_wrapper(wrapper: Any, wrapped: Any, *_: Any) -> Any:
    """Give a function the names of another."""
    for name in _NAMES:
        if attributes.has(wrapped, name):
            attributes.write(wrapper, name, attributes.read(wrapped, name))
    if isinstance(wrapper, Function):
        wrapper.members = {**(wrapper.members or {}), "__wrapped__": wrapped}
    return wrapper


def _cached(maxsize: Any) -> Callable[[Any], Any]:
    def decorate(function: Any) -> Any:
        made = functools.lru_cache(maxsize)(function)
        for name in _NAMES:
            if attributes.has(function, name):
                setattr(made, name, attributes.read(function, name))
        return made

    return decorate


def _lru_cache(maxsize: Any = 128, typed: Any = False) -> Any:
    """A decorator that remembers what a function gave for its arguments."""
    return _cached(128)(maxsize) if callable(maxsize) else _cached(maxsize)


def _total_ordering(cls: Any) -> Any:
    """The other comparisons of a class that has one of them."""
    if not (isinstance(cls, type) and issubclass(cls, Instance)):
        raise TypeError(f"total_ordering() is for classes, not for a {type_name(cls)}")
    return functools.total_ordering(cls)


_MEMBERS: dict[str, Any] = {
    "cache": Builtin("cache", _cached(None)),
    "cached_property": add_kind(Kind("functools.cached_property", functools.cached_property, functools.cached_property)),
    "cmp_to_key": Builtin("cmp_to_key", functools.cmp_to_key),
    "lru_cache": Builtin("lru_cache", _lru_cache),
    "partial": add_kind(Kind("functools.partial", functools.partial, functools.partial)),
    "reduce": Builtin("reduce", _reduce),
    "total_ordering": Builtin("total_ordering", _total_ordering),
    "update_wrapper": Builtin("update_wrapper", _update_wrapper),
    "wraps": Builtin("wraps", _wraps),
}


def module(name: str) -> Module | None:
    """The module `functools`, as far as scripts have it, or None for what is inside."""
    return Module(name, dict(_MEMBERS)) if name == "functools" else None
