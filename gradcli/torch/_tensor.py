"""`torch.Tensor`: the engine's tensor with PyTorch's attributes, operators and methods, which this module gives to it.

Operators are the rows that bear their symbols.  Methods are made from the table when they are first asked for; those that
are no operations stand in `_tensor_methods`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import numpy as np

from gradcli.engine import inplace
from gradcli.errors import Problem
from gradcli.graph.operators import OPERATORS
from gradcli.graph.tensor import Tensor, TensorMeta, from_array
from gradcli.ops.catalogue import METHODS, method_names
from gradcli.ops.core.dtypes import real_number
from gradcli.ops.elementwise.operator_methods import reverse_of
from gradcli.torch import _boundary, _dispatch, _elementwise_methods, _rows, _tensor_methods
from gradcli.torch._boundary import exception, guarded
from gradcli.torch._construction import new_of_class
from gradcli.torch._tensor_attributes import attributes
from gradcli.torch._tensor_str import tensor_str
from gradcli.torch._warnings import warn_once

_NUMBERS = frozenset({int, float, bool, complex})
_TO_SCALAR = (
    "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\n"
    "Consider using tensor.detach() first."
)


# --- operators ------------------------------------------------------------------------------------------------------


def _binary(symbol: str, reflected: bool = False) -> Callable[[Tensor, Any], Any]:
    enter, leave, reverse = _boundary.enter, _boundary.leave, reverse_of(symbol)
    numbers, kin = (_NUMBERS, (np.generic, int, float)) if symbol != "@" else (frozenset(), ())

    def operator(self: Tensor, other: Any) -> Any:
        if not (isinstance(other, Tensor) or type(other) in numbers):
            if not isinstance(other, kin):
                return NotImplemented
            other = _rows.as_operand(other)
        token = enter()
        try:
            return reverse(self, other) if reflected else OPERATORS[symbol](self, other)
        except Problem as problem:
            raise exception(problem) from None
        finally:
            leave(token)

    return operator


def _unary(symbol: str) -> Callable[[Tensor], Any]:
    return guarded(lambda self: OPERATORS[symbol](self))


def _augmented(symbol: str) -> Callable[[Tensor, Any], Any]:
    enter, leave, augment = _boundary.enter, _boundary.leave, inplace.augment

    def operator(self: Tensor, other: Any) -> Any:
        if not (isinstance(other, Tensor) or type(other) in _NUMBERS):
            if not isinstance(other, (np.generic, int, float)):
                return NotImplemented
            other = _rows.as_operand(other)
        token = enter()
        try:
            return augment(symbol, self, other)
        except Problem as problem:
            raise exception(problem) from None
        finally:
            leave(token)

    return operator


_BINARY = {
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "div": "/", "floordiv": "//", "mod": "%", "pow": "**", "matmul": "@",
    "and": "&", "or": "|", "xor": "^", "lshift": "<<", "rshift": ">>",
}  # fmt: skip
_SHOWN = {"__rtruediv__": "__rdiv__"}  # PyTorch's names where they are not Python's
_COMPARISONS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}
_UNARY = {"neg": "neg", "invert": "~", "abs": "abs"}


def _operators() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, symbol in _BINARY.items():
        if symbol in OPERATORS:
            found[f"__{name}__"] = _binary(symbol)
            found[f"__r{name}__"] = _binary(symbol, reflected=True)
            if symbol != "@":  # which changes nothing in place
                found[f"__i{name}__"] = _augmented(symbol)
    found.update({f"__{name}__": _binary(symbol) for name, symbol in _COMPARISONS.items()})
    found.update({f"__{name}__": _unary(symbol) for name, symbol in _UNARY.items()})
    found["__pos__"] = lambda self: self
    return found


# --- indexing, iteration, conversion --------------------------------------------------------------------------------


@guarded
def _get_item(self: Tensor, index: Any) -> Any:
    return OPERATORS["[]"](self, _plain_index(index))


@guarded
def _set_item(self: Tensor, index: Any, value: Any) -> None:
    value = from_array(value) if isinstance(value, np.ndarray) else _rows.as_operand(value)
    inplace.assign_index(self, _plain_index(index), value)


def _plain_index(index: Any) -> Any:
    """An index in which NumPy's arrays and numbers have become what the engine knows."""
    if isinstance(index, tuple):
        return tuple([_plain_index(each) for each in index])
    if isinstance(index, np.ndarray):
        return from_array(index)
    if isinstance(index, slice):
        return slice(*[_rows.as_operand(each) for each in (index.start, index.stop, index.step)])
    return _rows.as_operand(index)


def _delete_item(self: Tensor, index: Any) -> None:
    raise TypeError("Tensor does not support deleting items")


def _iterate(self: Tensor) -> Iterator[Any]:
    if not self.ndim:
        raise TypeError("iteration over a 0-d tensor")
    return iter(METHODS["unbind"][0].call(self)) if len(self) else iter(())


@guarded
def _contains(self: Tensor, value: Any) -> bool:
    if not isinstance(value, (Tensor, int, float, complex, np.generic)):
        message = f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(value)}."
        raise Problem("type", message)
    return bool((self == value).ndarray.any())


_C_TYPES: dict[Any, Any] = {float: np.dtype(np.float64), int: np.dtype(np.int64)}


def _converting(kind: Callable[[Any], Any]) -> Callable[[Tensor], Any]:
    @guarded
    def convert(self: Tensor) -> Any:
        if self.ndarray.size != 1:
            message = "only one element tensors can be converted to Python scalars"
            raise Problem("not-scalar", message, type="ValueError", hint="reduce it first, or index it")
        if self._requires_grad:
            warn_once(_TO_SCALAR)
        number = _tensor_methods.item(self)
        if isinstance(number, complex) and kind is not complex:
            number = real_number(number, _C_TYPES[kind])
        return kind(number)

    return convert


@guarded
def _as_index(self: Tensor) -> int:
    if self.ndarray.size != 1 or self.ndarray.dtype.kind not in "biu":
        message = "only integer tensors of a single element can be converted to an index"
        raise Problem("type", message, type="TypeError")
    return int(self.ndarray.item())


def _format(self: Tensor, spec: str) -> str:
    """A 0-d tensor has the format of the number in it; others are written whole."""
    return format(_tensor_methods.item(self), spec) if not self.ndim else object.__format__(self, spec)


_bool, _length = guarded(Tensor.__bool__), guarded(Tensor.__len__)


# --- NumPy ----------------------------------------------------------------------------------------------------------


@guarded
def _array(self: Tensor, dtype: Any = None, copy: bool | None = None) -> Any:
    values = _tensor_methods.numpy(self)
    return np.array(values, dtype=dtype, copy=copy) if dtype is not None or copy else values


def _array_ufunc(self: Tensor, ufunc: Any, how: str, *inputs: Any, **words: Any) -> Any:
    """What NumPy's functions do with tensors: an operator where one stands for it, else NumPy's values as a tensor.

    Rules come here, too, which are written once for bare arrays and for tensors, and may have one of each.  They are told by
    their module, since they run wherever a derivative is taken, by a program or not.
    """
    if how != "__call__":
        return NotImplemented
    operator = _OF_UFUNCS.get(ufunc) if not words else None
    if operator is not None and sys._getframe(1).f_globals.get("__name__", "").startswith(("gradcli.", "torch.")):
        return OPERATORS[_BINARY[operator]](*inputs)
    if operator is not None and not any([type(x) is np.ndarray for x in inputs]):
        left, right = [_rows.as_operand(each) for each in inputs]
        return getattr(left, f"__{operator}__")(right) if isinstance(left, Tensor) else getattr(right, f"__r{operator}__")(left)
    plain = [_array(each) if isinstance(each, Tensor) else each for each in inputs]
    result = getattr(ufunc, how)(*plain, **words)
    return tuple(map(_wrapped, result)) if isinstance(result, tuple) else _wrapped(result)


def _wrapped(values: Any) -> Tensor:
    return from_array(np.asarray(values))


_OF_UFUNCS = {
    np.add: "add", np.subtract: "sub", np.multiply: "mul", np.true_divide: "truediv", np.floor_divide: "floordiv",
    np.remainder: "mod", np.power: "pow", np.matmul: "matmul",
}  # fmt: skip


# --- methods that the table has -------------------------------------------------------------------------------------


class _Method:
    """A method of the table in the class: made when it is first asked for, and from then on in this one's place.

    A `__getattr__` would do, but where a class has one, Python looks up every attribute the slow way.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, tensor: Tensor | None, owner: type[Tensor]) -> Any:
        method = _rows.method(self.name)
        method.__qualname__ = f"Tensor.{self.name}"
        setattr(Tensor, self.name, method)
        return method if tensor is None else method.__get__(tensor)


def _begin_class(cls: TensorMeta, name: str, bases: tuple[type, ...], members: dict[str, Any], **options: Any) -> None:
    type.__init__(cls, name, bases, members, **options)
    if "__torch_dispatch__" in members:
        import_module("gradcli.torch.utils._python_dispatch")  # few programs have such classes
    _dispatch.derive(cls)  # type: ignore[arg-type]


# --- putting it on --------------------------------------------------------------------------------------------------


def equip() -> None:
    """Give all this to the engine's tensors."""
    members: dict[str, Any] = {
        **{name: _Method(name) for name in method_names() if not (name.startswith("_") or hasattr(Tensor, name))},
        **_operators(),
        **attributes(),
        **_tensor_methods.METHODS,
        **_elementwise_methods.METHODS,
        "__array__": _array,
        "__array_priority__": 1000,
        "__array_ufunc__": _array_ufunc,
        "__bool__": _bool,
        "__complex__": _converting(complex),
        "__contains__": _contains,
        "__copy__": _tensor_methods.shallow_copy,
        "__deepcopy__": _tensor_methods.deep_copy,
        "__delitem__": _delete_item,
        "__float__": _converting(float),
        "__format__": _format,
        "__getitem__": _get_item,
        "__index__": _as_index,
        "__int__": _converting(int),
        "__iter__": _iterate,
        "__len__": _length,
        "__new__": new_of_class,
        "__reduce_ex__": _tensor_methods.reduce_ex,
        "__repr__": tensor_str,
        "__reversed__": lambda self: self.flip(0) if self.ndim else self,
        "__setitem__": _set_item,
    }
    for name, member in members.items():
        if name.startswith("__") and callable(member):
            member.__name__ = _SHOWN.get(name, name)  # as `__torch_function__` is told
        setattr(Tensor, name, member)
    Tensor.__module__ = "torch"
    Tensor.__torch_function__ = classmethod(_dispatch.default)  # type: ignore[attr-defined]
    Tensor.__torch_dispatch__ = staticmethod(_dispatch.without_dispatch)  # type: ignore[attr-defined]
    TensorMeta.__init__ = _begin_class  # type: ignore[assignment, method-assign]
