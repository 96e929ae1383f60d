"""Parametrizations: a tensor of a module computed, whenever it is asked for, from others that are trained in its place.

The module gets a class of its own, derived from the one it had, with the tensor as a property.  What is trained stands in
`module.parametrizations.NAME.original`.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

import gradcli.torch as torch
from gradcli.torch.nn.modules.container import ModuleDict, ModuleList
from gradcli.torch.nn.modules.module import Module
from gradcli.torch.nn.parameter import Parameter

_cache: ContextVar[dict[tuple[int, str], Any] | None] = ContextVar("parametrized tensors", default=None)


@contextmanager
def cached() -> Iterator[None]:
    """Compute each parametrized tensor once while the block runs."""
    token = _cache.set({} if (before := _cache.get()) is None else before)
    try:
        yield
    finally:
        _cache.reset(token)


class ParametrizationList(ModuleList):
    """The parametrizations of one tensor, applied in their order to what is trained: `original`, or `original0`, ..."""

    def __init__(self, modules: Any, original: Any, unsafe: bool = False) -> None:
        if not modules:
            raise ValueError("ParametrizationList requires one or more modules.")
        super().__init__(modules)
        self.unsafe = unsafe
        shape, dtype = original.shape, original.dtype
        with torch.no_grad():
            new: Any = original
            for module in reversed([*self]):
                if hasattr(module, "right_inverse"):
                    with suppress(NotImplementedError):
                        new = module.right_inverse(new)
        if not isinstance(new, torch.Tensor) and not isinstance(new, (list, tuple)):
            raise ValueError(
                f"'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). Got {type(new).__name__}"
            )
        self.is_tensor = isinstance(new, torch.Tensor)
        self.ntensors = 1 if self.is_tensor else len(new)
        made: Any = new
        if self.is_tensor:
            if original.dtype != made.dtype:
                raise ValueError(
                    "When `right_inverse` outputs one tensor, it may not change the dtype.\n"
                    f"original.dtype: {original.dtype}\nright_inverse(original).dtype: {made.dtype}"
                )
            with torch.no_grad():
                original.data = made.data
            _register(self, "original", original)
        else:
            for place, part in enumerate(made):
                if not isinstance(part, torch.Tensor):
                    raise ValueError(
                        "'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). Got element "
                        f"{place} of the sequence with type {type(part).__name__}."
                    )
                param = Parameter(part) if isinstance(original, Parameter) else part
                param.requires_grad_(original.requires_grad)
                _register(self, f"original{place}", param)
        if not unsafe:
            self._check(self(), shape, dtype)

    def _check(self, made: Any, shape: Any, dtype: Any) -> None:
        """Refuse parametrizations that change the kind of the tensor.  Raises ValueError."""
        if not isinstance(made, torch.Tensor):
            raise ValueError(f"A parametrization must return a tensor. Got {type(made).__name__}.")
        if made.dtype != dtype:
            raise ValueError(
                "Registering a parametrization may not change the dtype of the tensor, unless `unsafe` flag is enabled.\n"
                f"unparametrized dtype: {dtype}\nparametrized dtype: {made.dtype}"
            )
        if made.shape != shape:
            raise ValueError(
                "Registering a parametrization may not change the shape of the tensor, unless `unsafe` flag is enabled.\n"
                f"unparametrized shape: {shape}\nparametrized shape: {made.shape}"
            )

    def originals(self) -> list[Any]:
        """What is trained."""
        if self.is_tensor:
            return [self.original]
        return [getattr(self, f"original{place}") for place in range(self.ntensors)]

    def right_inverse(self, value: Any) -> None:
        """Set what is trained so that the tensor becomes `value`.  Raises RuntimeError where nobody has said how."""
        with torch.no_grad():
            for module in reversed([*self]):
                if not hasattr(module, "right_inverse"):
                    raise RuntimeError(f"parametrization {type(module).__name__} does not implement right_inverse.")
                value = module.right_inverse(value)
            for own, given in zip(self.originals(), [value] if self.is_tensor else value):
                own.copy_(given)

    def forward(self) -> Any:
        """The tensor."""
        first, *others = self
        made = first(*self.originals())
        for module in others:
            made = module(made)
        return made


def _register(module: Module, name: str, tensor: Any) -> None:
    if isinstance(tensor, Parameter):
        module.register_parameter(name, tensor)
    else:
        module.register_buffer(name, tensor)


def _with_own_class(module: Module) -> None:
    """Give a module a class of its own."""
    base = module.__class__

    def refuse(self: Any) -> None:
        raise RuntimeError(
            "Serialization of parametrized modules is only supported through state_dict(). See:\n"
            "https://pytorch.org/tutorials/beginner/saving_loading_models.html#saving-loading-a-general-checkpoint-for-inference-and-or"
            "-resuming-training"
        )

    def deep_copy(self: Any, memo: dict[int, Any]) -> Any:
        if id(self) not in memo:
            memo[id(self)] = made = self.__new__(self.__class__)
            made.__dict__ = copy.deepcopy(self.__dict__, memo)
        return memo[id(self)]

    members: dict[str, Any] = {"__getstate__": refuse, "__deepcopy__": deep_copy, "parametrize_base": base}
    module.__class__ = type(f"Parametrized{base.__name__}", (base,), members)
    module.parametrizations = ModuleDict()


def _with_property(module: Module, name: str) -> None:
    def read(self: Any) -> Any:
        cache = _cache.get()
        if cache is None:
            return self.parametrizations[name]()
        key = (id(self), name)
        if key not in cache:
            cache[key] = self.parametrizations[name]()
        return cache[key]

    def write(self: Any, value: Any) -> None:
        self.parametrizations[name].right_inverse(value)

    setattr(module.__class__, name, property(read, write))


def register_parametrization(module: Module, tensor_name: str, parametrization: Module, *, unsafe: bool = False) -> Module:
    """Have a tensor of a module computed by a module from what it was.  Raises ValueError."""
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        listed = module.parametrizations[tensor_name]
        if not unsafe:
            before = getattr(module, tensor_name)
            listed._check(parametrization(before), before.shape, before.dtype)
        listed.append(parametrization)
        listed.unsafe |= unsafe
        return module
    if tensor_name not in module._buffers and tensor_name not in module._parameters:
        raise ValueError(
            f"Module '{module}' does not have a parameter, a buffer, or a parametrized element with name '{tensor_name}'"
        )
    original = getattr(module, tensor_name)
    listed = ParametrizationList([parametrization], original, unsafe=unsafe)
    delattr(module, tensor_name)
    if not is_parametrized(module):
        _with_own_class(module)
    _with_property(module, tensor_name)
    module.parametrizations[tensor_name] = listed
    return module


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """Whether a module has parametrizations, or one of this name."""
    found = module.__dict__.get("_modules", {}).get("parametrizations")
    if not isinstance(found, ModuleDict):
        return False
    return len(found) > 0 if tensor_name is None else tensor_name in found


def remove_parametrizations(module: Module, tensor_name: str, leave_parametrized: bool = True) -> Module:
    """Make a tensor an ordinary one again: as it was computed, or what was trained.  Raises ValueError."""
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {module} does not have a parametrization on {tensor_name}")
    listed = module.parametrizations[tensor_name]
    original = listed.originals()[0]
    if leave_parametrized:
        with torch.no_grad():
            made = getattr(module, tensor_name)
        if listed.is_tensor and made.shape == original.shape:
            with torch.no_grad():
                original.set_(made) if original.shape != made.shape else original.copy_(made)
        else:
            original = Parameter(made) if made.requires_grad or isinstance(original, Parameter) else made
    elif not listed.is_tensor:
        raise ValueError(
            "Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is parametrized in terms of a sequence "
            "of tensors."
        )
    delattr(module.__class__, tensor_name)
    del module.parametrizations[tensor_name]
    _register(module, tensor_name, original)
    if not is_parametrized(module):
        delattr(module, "parametrizations")
        module.__class__ = module.parametrize_base
    return module


def type_before_parametrizations(module: Module) -> type:
    """The class that a module had."""
    return module.parametrize_base if is_parametrized(module) else type(module)


def transfer_parametrizations_and_params(from_module: Module, to_module: Module, tensor_name: str | None = None) -> Module:
    """Give a module the parametrizations of another, and what is trained in them."""
    names = [*from_module.parametrizations] if tensor_name is None else [tensor_name]
    for name in names:
        if not hasattr(to_module, name):
            setattr(to_module, name, Parameter(getattr(from_module, name)))
        for parametrization in from_module.parametrizations[name]:
            register_parametrization(to_module, name, parametrization)
        pairs = zip(to_module.parametrizations[name].originals(), from_module.parametrizations[name].originals())
        with torch.no_grad():
            for mine, theirs in pairs:
                mine.copy_(theirs)
    return to_module
