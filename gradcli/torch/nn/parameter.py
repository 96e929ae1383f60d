"""Tensors that modules know as their own: parameters, which are trained, and buffers, which only belong to the state."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, cast

import gradcli.torch as torch
from gradcli.engine import tensors as engine
from gradcli.torch._dispatch import plain, without_opinion


class _FlaggedMeta(type(torch.Tensor)):  # type: ignore[misc]
    """`isinstance(x, Parameter)` also holds for tensors of another class that carry the flag, as parametrized ones do."""

    flag: str

    def __instancecheck__(cls, instance: Any) -> bool:
        if super().__instancecheck__(instance):
            return True
        return cls in (Parameter, Buffer) and isinstance(instance, torch.Tensor) and bool(getattr(instance, cls.flag, False))


class Parameter(torch.Tensor, metaclass=_FlaggedMeta):
    """A tensor that a module, which has it as an attribute, lists among its parameters.

    data           its values; no parameter is made by copying them
    requires_grad  whether it is trained
    """

    flag = "_is_param"
    __torch_function__ = without_opinion
    _opening = "tensor("  # of what `repr` shows

    def __new__(cls, data: Any = None, requires_grad: bool = True) -> Parameter:
        if data is None:
            data = torch.empty(0)
        made: Parameter
        if type(data) in plain() or cls is not Parameter:
            made = torch.Tensor._make_subclass(cls, data.detach(), requires_grad)
        else:  # one of a program's own class, which stays that
            made = cast(Parameter, engine.requires_grad_(data.detach(), requires_grad))
            made._is_param = True  # type: ignore[attr-defined]
        return made

    def __init__(self, data: Any = None, requires_grad: bool = True) -> None:
        pass  # made whole by __new__

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        if id(self) not in memo:
            memo[id(self)] = type(self)(self.data.clone(), self.requires_grad)
        return memo[id(self)]

    def __repr__(self, **_: Any) -> str:
        return "Parameter containing:\n" + super().__repr__()

    def __reduce_ex__(self, protocol: Any) -> Any:
        return _rebuild_parameter, (type(self), self.data, self.requires_grad, OrderedDict(), dict(self.__dict__))


plain().add(Parameter)  # functions take parameters as they take tensors


def _rebuild_parameter(cls: Any, data: Any, requires_grad: bool, hooks: Any, attributes: dict[str, Any]) -> Any:
    made = cls(data, requires_grad)
    made.__dict__.update(attributes)
    return made


class Buffer(torch.Tensor, metaclass=_FlaggedMeta):
    """A tensor that a module, which has it as an attribute, registers as a buffer.

    persistent  whether it is part of the module's `state_dict`
    """

    flag = "_is_buffer"

    def __new__(cls, data: Any = None, *, persistent: bool = True) -> Any:
        if data is None:
            data = torch.empty(0)
        made: Any = engine.requires_grad_(data.detach(), data.requires_grad)
        made.persistent = persistent
        made._is_buffer = True
        return made


class _Uninitialized:
    """A tensor whose shape is not known yet: a lazy module gives it one at the first call."""

    _plain: Any  # what it becomes
    data: Any
    _what = ""

    def materialize(self, shape: Any, device: Any = None, dtype: Any = None) -> None:
        """Give it a shape, with values still to be set, and the class that it stands for."""
        self.data = torch.empty(shape, dtype=dtype or self.data.dtype)
        self.__class__ = self._plain

    @property
    def shape(self) -> Any:
        """Raises RuntimeError: there is none yet."""
        raise RuntimeError(
            "Can't access the shape of an uninitialized parameter or buffer. This error usually happens in "
            "`load_state_dict` when trying to load an uninitialized parameter into an initialized one. Call `forward` to "
            "initialize the parameters before accessing their attributes."
        )

    def __repr__(self, **_: Any) -> str:
        return f"<{type(self).__name__}>"


class UninitializedParameter(_Uninitialized, Parameter):
    """A parameter without a shape."""

    _plain = Parameter

    def __new__(cls, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> Any:
        return torch.Tensor._make_subclass(cls, torch.empty(0, dtype=dtype), requires_grad)

    def __init__(self, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> None:
        pass

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return memo.setdefault(id(self), type(self)(self.requires_grad, None, self.data.dtype))


class UninitializedBuffer(_Uninitialized, torch.Tensor):
    """A buffer without a shape."""

    _plain = torch.Tensor

    def __new__(cls, requires_grad: bool = False, device: Any = None, dtype: Any = None, persistent: bool = True) -> Any:
        made = torch.Tensor._make_subclass(cls, torch.empty(0, dtype=dtype), requires_grad)
        made.persistent = persistent
        made._is_buffer = True
        return made

    def __init__(self, requires_grad: bool = False, device: Any = None, dtype: Any = None, persistent: bool = True) -> None:
        pass


def is_lazy(value: Any) -> bool:
    """Whether a tensor has no shape yet."""
    return isinstance(value, _Uninitialized)
