"""Plain Python drives the doors that scripts go through: `torch.ones(2).sum()` reads attributes by `attributes.read`.

So a snippet written for PyTorch runs in two ways: with PyTorch, and with these proxies in its place.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from types import FunctionType
from typing import Any

from gradcli.engine import inplace
from gradcli.graph.tensor import Tensor
from gradcli.run.script import attributes, modules

_OPERATORS = {
    "+": "add",
    "-": "sub",
    "*": "mul",
    "/": "truediv",
    "//": "floordiv",
    "%": "mod",
    "**": "pow",
    "@": "matmul",
}
_PLAIN = (bool, int, float, str, type(None))


class Proxy:
    """Stands for a value of a script."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        object.__setattr__(self, "value", value)

    def __getattr__(self, name: str) -> Any:
        return wrap(attributes.read(self.value, name))

    def __setattr__(self, name: str, value: Any) -> None:
        attributes.write(self.value, name, unwrap(value))

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        return wrap(self.value(*map(unwrap, args), **{name: unwrap(each) for name, each in keywords.items()}))

    def __getitem__(self, key: Any) -> Any:
        return wrap(self.value[unwrap(key)])

    def __setitem__(self, key: Any, value: Any) -> None:
        inplace.assign_index(self.value, unwrap(key), unwrap(value))

    def __iter__(self) -> Iterator[Any]:
        return map(wrap, self.value)

    def __contains__(self, other: Any) -> bool:
        return unwrap(other) in self.value

    def __instancecheck__(self, other: Any) -> bool:
        return isinstance(unwrap(other), self.value)

    def __enter__(self) -> Any:
        return wrap(self.value.__enter__())

    def __exit__(self, *details: Any) -> Any:
        return self.value.__exit__(*details)

    def __len__(self) -> int:
        return len(self.value)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __hash__(self) -> int:
        return hash(self.value)

    def __repr__(self) -> str:
        return repr(self.value)

    def __str__(self) -> str:
        return str(self.value)

    def __format__(self, spec: str) -> str:
        return format(self.value, spec)

    def __neg__(self) -> Any:
        return wrap(-self.value)

    def __abs__(self) -> Any:
        return wrap(abs(self.value))


def _forward(name: str) -> Any:
    apply = getattr(operator, name)
    return lambda self, other: wrap(apply(self.value, unwrap(other)))


def _backward(name: str) -> Any:
    apply = getattr(operator, name)
    return lambda self, other: wrap(apply(unwrap(other), self.value))


def _in_place(symbol: str) -> Any:
    def apply(self: Proxy, other: Any) -> Any:
        if type(self.value) is Tensor:
            return wrap(inplace.augment(symbol, self.value, unwrap(other)))
        return wrap(getattr(operator, _OPERATORS[symbol])(self.value, unwrap(other)))

    return apply


for _symbol, _name in _OPERATORS.items():
    setattr(Proxy, f"__{_name}__", _forward(_name))
    setattr(Proxy, f"__r{_name}__", _backward(_name))
    setattr(Proxy, f"__i{_name}__", _in_place(_symbol))
for _name in ("lt", "le", "gt", "ge", "eq", "ne"):
    setattr(Proxy, f"__{_name}__", _forward(_name))


def wrap(value: Any) -> Any:
    """A value of a script as plain Python may hold it: itself, if Python has it, too."""
    if type(value) in _PLAIN:
        return value
    return type(value)(map(wrap, value)) if type(value) in (list, tuple) else Proxy(value)


def unwrap(value: Any) -> Any:
    """The other way; a function of plain Python becomes one that a script could have."""
    if type(value) is Proxy:
        return value.value
    if type(value) in (list, tuple):
        return type(value)(map(unwrap, value))
    if type(value) is slice:
        return slice(unwrap(value.start), unwrap(value.stop), unwrap(value.step))
    return _function(value) if type(value) is FunctionType else value


def _function(function: Any) -> Any:
    def call(*args: Any, **keywords: Any) -> Any:
        return unwrap(function(*map(wrap, args), **{name: wrap(each) for name, each in keywords.items()}))

    call.__name__ = function.__name__
    return call


def names() -> dict[str, Any]:
    """The names that a snippet has: torch, and functions that would ask a proxy what only its value knows."""
    return {
        "torch": Proxy(modules.find("torch")),
        "isinstance": lambda value, kind: isinstance(unwrap(value), unwrap(kind)),
        "setattr": lambda value, name, new: attributes.write(unwrap(value), name, unwrap(new)),
        "same": lambda one, other: unwrap(one) is unwrap(other),
    }
