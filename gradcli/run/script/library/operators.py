"""`operator`: the script's own operators as functions, and functions that read items and attributes."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import partial
from typing import Any

from gradcli.run.script import attributes, values
from gradcli.run.script.attributes import plain_name
from gradcli.run.script.builtins import Builtin
from gradcli.run.script.modules import Module

_BINARY = {
    "add": "+", "and_": "&", "floordiv": "//", "lshift": "<<", "matmul": "@", "mod": "%", "mul": "*", "or_": "|", "pow": "**",
    "rshift": ">>", "sub": "-", "truediv": "/", "xor": "^",
}  # fmt: skip
_COMPARISONS = {"eq": "==", "ge": ">=", "gt": ">", "is_": "is", "is_not": "is not", "le": "<=", "lt": "<", "ne": "!="}
_UNARY = {"inv": "~", "invert": "~", "neg": "-", "not_": "not", "pos": "+"}


def _each_or_all(names: tuple[Any, ...], read: Callable[[Any, Any], Any]) -> Callable[[Any], Any]:
    """A function that reads one thing of a value, or a tuple of several."""
    if not names:
        raise TypeError("expected 1 argument, got 0")
    if len(names) == 1:
        return lambda value: read(value, names[0])
    return lambda value: tuple([read(value, name) for name in names])


def _attribute(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = attributes.read(value, name)
    return value


def _methodcaller(name: Any, /, *args: Any, **words: Any) -> Callable[[Any], Any]:
    """A function that calls a method of a value."""
    called = plain_name(name)
    return lambda value: attributes.read(value, called)(*args, **words)


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: values.BINARY[symbol] for name, symbol in _BINARY.items()},
    **{name: values.COMPARISONS[symbol] for name, symbol in _COMPARISONS.items()},
    **{name: values.UNARY[symbol] for name, symbol in _UNARY.items()},
    **{f"i{name.rstrip('_')}": partial(values.augmented, symbol) for name, symbol in _BINARY.items()},
    "abs": abs,
    "attrgetter": lambda *paths: _each_or_all(tuple(map(plain_name, paths)), _attribute),
    "contains": values.contains,
    "delitem": values.delete_item,
    "getitem": values.item,
    "index": operator.index,
    "itemgetter": lambda *keys: _each_or_all(keys, values.item),
    "methodcaller": _methodcaller,
    "setitem": values.set_item,
    "truth": operator.truth,
}


def module(name: str) -> Module | None:
    """The module `operator`, or None for what is inside."""
    return Module(name, {each: Builtin(each, call) for each, call in _FUNCTIONS.items()}) if name == "operator" else None
