"""`abc`: classes that cannot be made instances of before their abstract methods are written."""

from __future__ import annotations

from abc import ABCMeta
from typing import Any

from gradcli.run.script.classes import Instance
from gradcli.run.script.exposed import Exposed
from gradcli.run.script.functions import Function
from gradcli.run.script.modules import Module


class _Abstract(Instance, metaclass=ABCMeta):
    """The base of abstract classes."""

    __slots__ = ()


class Base(Exposed):
    """`ABC`, to derive from, and `ABCMeta`, to name as the metaclass."""

    __slots__ = ("__name__",)
    public = frozenset({"__name__"})
    title = "ABCMeta"
    base = _Abstract

    def __init__(self, name: str) -> None:
        self.__name__ = name

    def __instancecheck__(self, value: Any) -> bool:
        return isinstance(value, _Abstract)

    def __subclasscheck__(self, cls: Any) -> bool:
        return isinstance(cls, type) and issubclass(cls, _Abstract)

    def __repr__(self) -> str:
        return f"<class 'abc.{self.__name__}'>"


def abstractmethod(funcobj: Any) -> Any:
    """Say that a method is for derived classes to write."""
    if isinstance(funcobj, Function):
        funcobj.members = {**(funcobj.members or {}), "__isabstractmethod__": True}
    return funcobj


ABC = Base("ABC")
META = Base("ABCMeta")


def module(name: str) -> Module | None:
    """The module `abc`, or None for what is inside."""
    return Module(name, {"ABC": ABC, "ABCMeta": META, "abstractmethod": abstractmethod}) if name == "abc" else None
