"""`copy`: shallow copies and deep ones, of tensors, modules and instances as PyTorch and Python make them."""

from __future__ import annotations

import collections
from collections.abc import Callable
from contextlib import suppress
from types import MemberDescriptorType, MethodType
from typing import Any

from gradcli.graph.tensor import Tensor
from gradcli.run.script import tensors
from gradcli.run.script.arrays import Array
from gradcli.run.script.builtins import Builtin
from gradcli.run.script.classes import Instance, type_name
from gradcli.run.script.constructors import PARAMETER, is_parameter
from gradcli.run.script.generators.generator import Generator
from gradcli.run.script.modules import Module

_NO_LEAF = (
    "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment.  "
    "If you were attempting to deepcopy a module, this may be because of a torch.nn.utils.weight_norm usage, "
    "see https://github.com/pytorch/pytorch/pull/103001"
)
_FILLED = (list, dict, set, collections.deque)  # made empty, and then filled: they may hold themselves

Memo = dict[int, Any]
Deeper = Callable[[Any], Any]


def _copy(x: Any) -> Any:
    """A copy that shares what is inside."""
    own = _own(x, "__copy__")
    return own() if own is not None else _copied(x, lambda part: part, {}, deep=False)


def deepcopy(x: Any, memo: Any = None) -> Any:
    """A copy of a value, and of all that is inside."""
    memo = {} if memo is None else memo
    if id(x) not in memo:
        own = _own(x, "_deepcopy__")
        memo[id(x)] = own(memo) if own is not None else _copied(x, lambda part: deepcopy(part, memo), memo, deep=True)
        memo.setdefault(id(memo), []).append(x)  # it must live as long as its id stands here
    return memo[id(x)]


def _own(x: Any, name: str) -> Any:
    """The script's own way to copy, where its class has one."""
    method = getattr(type(x), name, None) if isinstance(x, Instance) else None
    return None if method is None else MethodType(method, x)


def _copied(x: Any, inside: Deeper, memo: Memo, *, deep: bool) -> Any:
    kind = type(x)
    if kind is Tensor:
        return (_deep_tensor if deep else _shallow_tensor)(x, inside)
    if kind is Array:
        return Array(x.values.copy())
    if kind is Generator or hasattr(kind, "__next__"):
        raise TypeError(f"cannot pickle '{type_name(x)}' object")
    if kind is MethodType:
        return MethodType(x.__func__, inside(x.__self__))
    if isinstance(x, (tuple, frozenset)) and not isinstance(x, Instance):
        parts = [inside(each) for each in x]
        return x if all([part is each for part, each in zip(parts, x)]) else type(x)(parts)
    if isinstance(x, (Instance, *_FILLED)):
        return _filled(x, inside, memo)
    return x


def _filled(x: Any, inside: Deeper, memo: Memo) -> Any:
    """A new value of the same class, with the items and the attributes of `x` put in."""
    made = memo[id(x)] = _empty(x, inside)
    if isinstance(x, dict):
        host: Any = _host(type(x))
        for key, value in [*host.items(x)]:
            host.__setitem__(made, inside(key), inside(value))
    elif isinstance(x, (list, collections.deque)):
        made.extend([inside(each) for each in x])
    elif isinstance(x, set):
        made.update([inside(each) for each in x])
    if isinstance(x, Instance):
        _put_attributes(x, made, inside)
    return made


def _put_attributes(x: Any, made: Any, inside: Deeper) -> None:
    """Copy what an instance holds in its dictionary and in its slots: past `__setattr__`, and names that mean more."""
    if hasattr(x, "__dict__"):
        made.__dict__.update({name: inside(value) for name, value in x.__dict__.items()})
    for kind in type(x).__mro__:
        for slot in vars(kind).values():
            if type(slot) is MemberDescriptorType and issubclass(kind, Instance):
                with suppress(AttributeError):  # which is empty
                    slot.__set__(made, inside(slot.__get__(x)))


def _host(kind: type) -> Any:
    """The class that a class of the script's derives from, or that it is, where it is none of the script's."""
    return next(each for each in kind.__mro__ if not issubclass(each, Instance))


def _empty(x: Any, inside: Deeper) -> Any:
    kind = type(x)
    host = _host(kind)
    if isinstance(x, collections.defaultdict):
        made = host.__new__(kind)
        made.default_factory = x.default_factory
        return made
    if isinstance(x, collections.deque):
        made = host.__new__(kind)
        host.__init__(made, (), x.maxlen)
        return made
    if isinstance(x, BaseException):
        return host.__new__(kind, *map(inside, x.args))
    if isinstance(x, (tuple, frozenset)):
        return host.__new__(kind, [inside(each) for each in x])
    return host.__new__(kind, host(x)) if isinstance(x, (str, int, float)) else host.__new__(kind)


# --- tensors --------------------------------------------------------------------------------------------------------


def _alike(made: Tensor, x: Tensor) -> Tensor:
    """The same kind of leaf as `x`, on the memory of `made`."""
    if is_parameter(x):
        return PARAMETER(made, x.requires_grad)
    return made.require_grad() if x.requires_grad else made


def _shallow_tensor(x: Tensor, inside: Deeper) -> Tensor:
    return _alike(x.detach(), x)


def _deep_tensor(x: Tensor, inside: Deeper) -> Tensor:
    if not x.is_leaf:
        raise RuntimeError(_NO_LEAF)
    made = _alike(Tensor(x.array.copy("K")), x)
    if x.grad is not None:
        made.grad = inside(x.grad)
    for name, value in tensors.own_attributes(x).items():
        tensors.write(made, name, inside(value))
    return made


_MEMBERS = {"copy": Builtin("copy", _copy), "deepcopy": Builtin("deepcopy", deepcopy)}


def module(name: str) -> Module | None:
    """The module `copy`, or None for what is inside."""
    return Module(name, dict(_MEMBERS)) if name == "copy" else None
