"""`nn.Module`: what a network is made of; parameters, buffers and modules inside are found by their names.

Scripts derive their own classes from it.  Whatever stands in the class may be read by a script, so only what PyTorch's has
stands there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from gradcli.graph.tensor import Tensor
from gradcli.run.script.attributes import own_name
from gradcli.run.script.classes import type_name
from gradcli.run.script.constructors import is_parameter
from gradcli.run.script.context import current
from gradcli.run.script.dtypes import legacy_name
from gradcli.run.script.functions import MOST_DEEP
from gradcli.run.script.nn import hooking
from gradcli.run.script.nn.whole import Whole

_REGISTRIES = ("_parameters", "_buffers", "_modules")


class Module(Whole):
    """The base of all modules."""

    __module__ = "torch.nn.modules.module"

    def __init__(self, *_: Any, **__: Any) -> None:
        for name in (*_REGISTRIES, *hooking.REGISTRIES):
            object.__setattr__(self, name, {})
        object.__setattr__(self, "_non_persistent_buffers_set", set())
        object.__setattr__(self, "training", True)

    # --- calls ------------------------------------------------------------------------------------------------------

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        for registry in hooking.REGISTRIES:
            if getattr(self, registry):
                return hooking.called(self, partial(deeper, self.forward), args, keywords)
        return deeper(self.forward, *args, **keywords)

    def forward(self, *_: Any, **__: Any) -> Any:
        """What the module computes: for classes derived from this one to say."""
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    def register_forward_pre_hook(self, hook: Any, *, prepend: bool = False, with_kwargs: bool = False) -> Any:
        """Call `hook(module, args)` before each call; what it returns takes the place of the arguments."""
        return hooking.register(self._forward_pre_hooks, hook, prepend, None if with_kwargs else slice(2, 3))

    def register_forward_hook(
        self, hook: Any, *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> Any:
        """Call `hook(module, args, output)` behind each call; what it returns takes the place of the output."""
        return hooking.register(self._forward_hooks, hook, prepend, None if with_kwargs else slice(2, 3))

    def register_full_backward_pre_hook(self, hook: Any, prepend: bool = False) -> Any:
        """Call `hook(module, grad_output)` when the gradients of the outputs are known; it may return others."""
        return hooking.register(self._backward_pre_hooks, hook, prepend)

    def register_full_backward_hook(self, hook: Any, prepend: bool = False) -> Any:
        """Call `hook(module, grad_input, grad_output)` when the gradients of the inputs are known; it may return others."""
        return hooking.register(self._backward_hooks, hook, prepend)

    # --- attributes -------------------------------------------------------------------------------------------------

    def __getattr__(self, name: str) -> Any:
        own = self.__dict__
        for registry in _REGISTRIES:
            if name in own.get(registry, ()):
                return own[registry][name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'", name=name, obj=self)

    def __setattr__(self, name: str, value: Any) -> None:
        if is_parameter(value):
            self.register_parameter(name, value)
        elif isinstance(value, Module):
            self.add_module(name, value)
        elif not self._replaced(name, value):
            object.__setattr__(self, own_name(self, name), value)

    def _replaced(self, name: str, value: Any) -> bool:
        """Whether a value has gone where another of that name was registered.  Raises TypeError where it must not."""
        own = self.__dict__
        if name in own.get("_parameters", ()) and value is not None:
            message = f"cannot assign '{_typename(value)}' as parameter '{name}' (torch.nn.Parameter or None expected)"
            raise TypeError(message)
        if name in own.get("_modules", ()) and value is not None:
            raise TypeError(f"cannot assign '{_typename(value)}' as child module '{name}' (torch.nn.Module or None expected)")
        if name in own.get("_buffers", ()) and value is not None and type(value) is not Tensor:
            message = f"cannot assign '{_typename(value)}' as buffer '{name}' (torch.nn.Buffer, torch.Tensor or None expected)"
            raise TypeError(message)
        for registry in _REGISTRIES:
            if name in own.get(registry, ()):
                own[registry][name] = value
                return True
        return False

    def __delattr__(self, name: str) -> None:
        for registry in _REGISTRIES:
            if name in self.__dict__.get(registry, ()):
                del self.__dict__[registry][name]
                return
        object.__delattr__(self, own_name(self, name))

    def _enter(self, registry: str, name: str, value: Any, what: str) -> None:
        own = self.__dict__
        if registry not in own:
            raise AttributeError(f"cannot assign {what} before Module.__init__() call")
        own.pop(name, None)
        for each in _REGISTRIES:
            if each != registry:
                own[each].pop(name, None)
        own[registry][name] = value

    def register_parameter(self, name: str, param: Any) -> None:
        """Enter a parameter under a name; None keeps its place."""
        if param is not None and not is_parameter(param):
            raise TypeError(
                f"cannot assign '{_typename(param)}' object to parameter '{name}' (torch.nn.Parameter or None required)"
            )
        self._enter("_parameters", name, param, "parameters")

    def register_buffer(self, name: str, tensor: Any, persistent: bool = True) -> None:
        """Enter a tensor that belongs to the module's state, and is no parameter."""
        if tensor is not None and type(tensor) is not Tensor:
            raise TypeError(f"cannot assign '{_typename(tensor)}' object to buffer '{name}' (torch Tensor or None required)")
        if "_buffers" not in self.__dict__:
            raise AttributeError("cannot assign buffer before Module.__init__() call")
        if name not in self._buffers and hasattr(self, name):
            raise KeyError(f"attribute '{name}' already exists")
        self._buffers[name] = tensor
        (self._non_persistent_buffers_set.discard if persistent else self._non_persistent_buffers_set.add)(name)

    def add_module(self, name: str, module: Any) -> None:
        """Enter a module under a name."""
        if module is not None and not isinstance(module, Module):
            raise TypeError(f"{_typename(module)} is not a Module subclass")
        self._enter("_modules", name, module, "module")

    register_module = add_module

    # --- what is inside ---------------------------------------------------------------------------------------------

    def named_modules(self, memo: Any = None, prefix: str = "", remove_duplicate: bool = True) -> Iterator[tuple[str, Any]]:
        """This module and all below it, each once, with their dotted names."""
        seen: set[int] = set()
        waiting = [(prefix, self)]
        while waiting:
            path, module = waiting.pop()
            if remove_duplicate and id(module) in seen:
                continue
            if path.count(".") > MOST_DEEP:  # one that holds itself
                raise RecursionError("maximum recursion depth exceeded")
            seen.add(id(module))
            yield path, module
            waiting += [
                (f"{path}.{name}" if path else name, child)
                for name, child in reversed(module._modules.items())
                if child is not None
            ]

    def modules(self) -> Iterator[Any]:
        """This module and all below it."""
        for _, module in self.named_modules():
            yield module

    def named_children(self) -> Iterator[tuple[str, Any]]:
        """The modules directly inside, with their names."""
        seen: set[int] = set()
        for name, module in self._modules.items():
            if module is not None and id(module) not in seen:
                seen.add(id(module))
                yield name, module

    def children(self) -> Iterator[Any]:
        """The modules directly inside."""
        for _, module in self.named_children():
            yield module

    def _named_members(self, registry: str, prefix: str, recurse: bool) -> Iterator[tuple[str, Any]]:
        seen: set[int] = set()
        for path, module in self.named_modules(prefix=prefix) if recurse else [(prefix, self)]:
            for name, value in module.__dict__[registry].items():
                if value is not None and id(value) not in seen:
                    seen.add(id(value))
                    yield f"{path}.{name}" if path else name, value

    def named_parameters(self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True) -> Iterator[Any]:
        """The parameters of this module and of those below, with their dotted names."""
        yield from self._named_members("_parameters", prefix, recurse)

    def parameters(self, recurse: bool = True) -> Iterator[Any]:
        """The parameters of this module and of those below."""
        for _, each in self.named_parameters(recurse=recurse):
            yield each

    def named_buffers(self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True) -> Iterator[Any]:
        """The buffers of this module and of those below, with their dotted names."""
        yield from self._named_members("_buffers", prefix, recurse)

    def buffers(self, recurse: bool = True) -> Iterator[Any]:
        """The buffers of this module and of those below."""
        for _, each in self.named_buffers(recurse=recurse):
            yield each

    def get_submodule(self, target: str) -> Any:
        """The module of a dotted name."""
        found: Any = self
        for name in target.split(".") if target else ():
            if name not in found._modules:
                raise AttributeError(f"{type(found).__name__} has no attribute `{name}`")
            found = found._modules[name]
        return found

    def get_parameter(self, target: str) -> Any:
        """The parameter of a dotted name."""
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        if name not in module._parameters:
            raise AttributeError(f"{type(module).__name__} has no attribute `{name}`")
        return module._parameters[name]

    # --- how it looks -----------------------------------------------------------------------------------------------

    def extra_repr(self) -> str:
        """What stands in the brackets before the modules inside."""
        return ""

    def _get_name(self) -> str:
        return type(self).__name__

    def __repr__(self) -> str:
        extra = self.extra_repr()
        lines = extra.split("\n") if extra else []
        inside = [f"({name}): {indented(deeper(repr, module))}" for name, module in self._modules.items()]
        if not inside and len(lines) < 2:
            return f"{self._get_name()}({extra})"
        return bracketed(self._get_name(), [*lines, *inside])


def deeper(call: Callable[..., Any], *args: Any, **keywords: Any) -> Any:
    """A call from one module into the next, which counts as a call of the script's.  Raises RecursionError."""
    context = current()
    if context.depth >= MOST_DEEP:
        raise RecursionError("maximum recursion depth exceeded")
    context.depth += 1
    try:
        return call(*args, **keywords)
    finally:
        context.depth -= 1


def bracketed(name: str, lines: list[str]) -> str:
    """A module with what is inside, each in lines of its own."""
    return "\n  ".join([f"{name}(", *lines]) + "\n)"


def indented(text: str) -> str:
    """Text whose lines but the first go two places in."""
    return text.replace("\n", "\n  ")


def _typename(value: Any) -> str:
    return legacy_name(value.dtype) if type(value) is Tensor else type_name(value)
