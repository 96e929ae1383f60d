"""`collections`: Python's own containers, filled within the limits."""

from __future__ import annotations

import collections
from collections.abc import Iterator
from typing import Any

from gradcli.run.script import methods, ordered
from gradcli.run.script.builtins import Builtin
from gradcli.run.script.classes import Kind, add_kind
from gradcli.run.script.guards import bounded, passed_on, reserve
from gradcli.run.script.library.tuples import namedtuple
from gradcli.run.script.methods import bounding
from gradcli.run.script.modules import Module

_PLACE = 8  # bytes: of an item in a deque


class Deque(collections.deque[Any]):
    """A deque that repeats itself within the limit on memory."""

    __slots__ = ()

    def __mul__(self, count: Any) -> Any:
        if isinstance(count, int) and count > 0 and self.maxlen is None:
            reserve(len(self) * count, _PLACE, "a deque of so many items")
        return super().__mul__(count)

    __rmul__ = __imul__ = __mul__  # a new one in either case


Deque.__name__ = "deque"  # as it prints


def _elements(counter: collections.Counter[Any]) -> Iterator[Any]:
    return passed_on(collections.Counter.elements(counter))


_defaults = vars(collections.defaultdict)
methods.allow(collections.defaultdict, "copy default_factory __missing__ __repr__", __init__=bounding(_defaults["__init__"]))
methods.allow(
    collections.Counter,
    "copy most_common total __missing__ __repr__",
    elements=_elements,
    **{name: bounding(vars(collections.Counter)[name]) for name in ("__init__", "subtract", "update")},
)
methods.allow(
    collections.deque,
    "append appendleft clear copy count index insert maxlen pop popleft remove reverse rotate",
    **{name: bounding(vars(collections.deque)[name]) for name in ("__init__", "extend", "extendleft")},
)


def _kind(name: str, host: Any) -> Kind:
    return add_kind(Kind(f"collections.{name}", host, lambda *args, **words: host(*map(bounded, args), **words), open=True))


_MEMBERS: dict[str, Any] = {
    "Counter": _kind("Counter", collections.Counter),
    "OrderedDict": ordered.KIND,
    "defaultdict": _kind("defaultdict", collections.defaultdict),
    "deque": _kind("deque", Deque),
    "namedtuple": Builtin("namedtuple", namedtuple),
}


def module(name: str) -> Module | None:
    """The module `collections`, as far as scripts have it, or None for what is inside."""
    return Module(name, dict(_MEMBERS)) if name == "collections" else None
