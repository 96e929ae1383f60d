"""`nn.Module`: the base of all layers and networks.

An attribute that is a Parameter, a buffer or a Module stands in a dictionary of its own, so that a network can list what it is
made of.  What a call does beside `forward` stands in `calling`, saving and loading in `state`, going through it in `traversal`;
Module is made of these.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import gradcli.torch as torch
from gradcli.torch.__future__ import get_swap_module_params_on_conversion
from gradcli.torch.nn.modules.calling import Calling
from gradcli.torch.nn.modules.calling import register_module_backward_hook as register_module_backward_hook
from gradcli.torch.nn.modules.calling import (
    register_module_buffer_registration_hook as register_module_buffer_registration_hook,
)
from gradcli.torch.nn.modules.calling import register_module_forward_hook as register_module_forward_hook
from gradcli.torch.nn.modules.calling import register_module_forward_pre_hook as register_module_forward_pre_hook
from gradcli.torch.nn.modules.calling import register_module_full_backward_hook as register_module_full_backward_hook
from gradcli.torch.nn.modules.calling import register_module_full_backward_pre_hook as register_module_full_backward_pre_hook
from gradcli.torch.nn.modules.calling import (
    register_module_module_registration_hook as register_module_module_registration_hook,
)
from gradcli.torch.nn.modules.calling import (
    register_module_parameter_registration_hook as register_module_parameter_registration_hook,
)
from gradcli.torch.nn.modules.state import State
from gradcli.torch.nn.modules.traversal import Traversal
from gradcli.torch.nn.parameter import Buffer, Parameter, is_lazy
from gradcli.torch.utils._swapping import swapped_parameter

_KINDS = {"parameter": "_parameters", "buffer": "_buffers", "module": "_modules"}
_DICTS = frozenset(_KINDS.values())


class Module(Calling, State, Traversal):
    """A function with parameters, made of parameters, buffers and other modules; derived classes say what `forward` does.

    training  whether it is in training mode, which dropout and batch normalization ask
    """

    training: bool
    call_super_init = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if not self.call_super_init and (args or kwargs):
            given = f"unexpected keyword argument '{next(iter(kwargs))}'" if kwargs else ""
            raise TypeError(
                f"{type(self).__name__}.__init__() got an {given}"
                if kwargs
                else f"{type(self).__name__}.__init__() takes 1 positional argument but {len(args) + 1} were given"
            )
        own = self.__dict__
        own["training"] = True
        own.update(_parameters={}, _buffers={}, _non_persistent_buffers_set=set(), _modules={})
        self._init_hooks()
        self._init_state_hooks()
        if self.call_super_init:
            super().__init__(*args, **kwargs)

    def forward(self, *input: Any) -> Any:
        """What the module computes: for derived classes to say."""
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    # --- what it is made of -----------------------------------------------------------------------------------------

    def register_parameter(self, name: str, param: Any) -> None:
        """Add a parameter, or None in the place of one.  Raises AttributeError, TypeError, KeyError, ValueError."""
        self._check_name("parameter", name)
        if param is not None:
            if not isinstance(param, Parameter):
                raise TypeError(
                    f"cannot assign '{torch.typename(param)}' object to parameter '{name}' (torch.nn.Parameter or None "
                    "required)"
                )
            if param.grad_fn is not None:
                raise ValueError(
                    f"Cannot assign non-leaf Tensor to parameter '{name}'. Model parameters must be created explicitly. To "
                    "express "
                    f"'{name}' as a function of another Tensor, compute the value in the forward() method."
                )
        self._parameters[name] = self._announced("parameter", name, param)

    def register_buffer(self, name: str, tensor: Any, persistent: bool = True) -> None:
        """Add a tensor that is no parameter; `persistent` says whether `state_dict` has it.  Raises as above."""
        self._check_name("buffer", name)
        if tensor is not None and not isinstance(tensor, torch.Tensor):
            raise TypeError(
                f"cannot assign '{torch.typename(tensor)}' object to buffer '{name}' (torch Tensor or None required)"
            )
        self._buffers[name] = self._announced("buffer", name, tensor)
        (self._non_persistent_buffers_set.discard if persistent else self._non_persistent_buffers_set.add)(name)

    def add_module(self, name: str, module: Any) -> None:
        """Add a child.  Raises as above."""
        if not isinstance(module, Module) and module is not None:
            raise TypeError(f"{torch.typename(module)} is not a Module subclass")
        self._check_name("module", name)
        self._modules[name] = self._announced("module", name, module)

    register_module = add_module

    def _check_name(self, kind: str, name: Any) -> None:
        """Refuse a name that cannot be one.  Raises AttributeError, TypeError, KeyError."""
        store = self.__dict__.get(_KINDS[kind])
        if store is None:
            raise AttributeError(f"cannot assign {kind} before Module.__init__() call")
        if not isinstance(name, str):
            raise TypeError(f"{kind} name should be a string. Got {torch.typename(name)}")
        if "." in name:
            raise KeyError(f'{kind} name can\'t contain "."' + (f", got: {name}" if kind == "module" else ""))
        if not name:
            raise KeyError(f'{kind} name can\'t be empty string ""')
        if hasattr(self, name) and name not in store:
            raise KeyError(f"attribute '{name}' already exists")

    def __getattr__(self, name: str) -> Any:  # called only for what is no ordinary attribute
        own = self.__dict__
        for store in ("_parameters", "_buffers", "_modules"):
            if store in own and name in own[store]:
                return own[store][name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __setattr__(self, name: str, value: Any) -> None:
        own = self.__dict__
        if isinstance(value, Parameter):
            self._require_init("parameters")
            self._forget(name, "_parameters")
            self.register_parameter(name, value)
        elif isinstance(value, Module):
            self._require_init("module")
            self._forget(name, "_modules")
            own["_modules"][name] = self._announced("module", name, value)
        elif (store := next((kind for kind in _KINDS if name in own.get(_KINDS[kind], ())), None)) is not None:
            own[_KINDS[store]][name] = self._announced(store, name, self._replacing(store, name, value))
        elif isinstance(value, Buffer):
            self._require_init("buffer")
            self._forget(name, "_buffers")
            self.register_buffer(name, value, value.persistent)
        else:
            object.__setattr__(self, name, value)

    def _require_init(self, what: str) -> None:
        if "_parameters" not in self.__dict__:
            raise AttributeError(f"cannot assign {what} before Module.__init__() call")

    def _forget(self, name: str, home: str) -> None:
        """Remove an attribute of any other kind, before one takes its name; one of its own kind keeps its place."""
        self.__dict__.pop(name, None)
        for store in _DICTS - {home}:
            self.__dict__[store].pop(name, None)
        self._non_persistent_buffers_set.discard(name)

    def _replacing(self, kind: str, name: str, value: Any) -> Any:
        """The value that takes the place of a parameter, buffer or child.  Raises TypeError where it is of another kind."""
        if value is None or (kind == "buffer" and isinstance(value, torch.Tensor)):
            if isinstance(value, Buffer):
                self.register_buffer(name, value, value.persistent)
            return value
        names = {
            "parameter": f"parameter '{name}' (torch.nn.Parameter or None expected)",
            "module": f"child module '{name}' (torch.nn.Module or None expected)",
            "buffer": f"buffer '{name}' (torch.nn.Buffer, torch.Tensor or None expected)",
        }
        raise TypeError(f"cannot assign '{torch.typename(value)}' as {names[kind]}")

    def __delattr__(self, name: str) -> None:
        for store in _DICTS:
            if name in self.__dict__[store]:
                del self.__dict__[store][name]
                self._non_persistent_buffers_set.discard(name)
                return
        super().__delattr__(name)

    def __dir__(self) -> list[str]:
        names = [*super().__dir__(), *self._parameters, *self._buffers, *self._modules]
        return sorted({name for name in names if not name[0].isdigit()})

    # --- changing it ------------------------------------------------------------------------------------------------

    def apply(self, fn: Callable[[Module], None]) -> Any:
        """Call `fn` with every module in it, children first, then with itself."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def _apply(self, fn: Callable[[Any], Any], recurse: bool = True) -> Any:
        """Put `fn(tensor)` in the place of every parameter's values, its gradient's, and every buffer."""
        if recurse:
            for module in self.children():
                module._apply(fn)
        for name, param in list(self._parameters.items()):
            if param is None:
                continue
            with torch.no_grad():
                grad = param.grad
                if get_swap_module_params_on_conversion():
                    swapped_parameter(param, fn(param))
                    param.grad = None if grad is None else fn(grad).requires_grad_(grad.requires_grad)
                    continue
                made = fn(param.data if not is_lazy(param) else param)
                if made.device != param.device:  # to or from the device "meta"
                    self._parameters[name] = torch.nn.Parameter(made, param.requires_grad)
                    continue
                param.data = made
                if grad is not None:
                    param.grad = fn(grad).requires_grad_(grad.requires_grad)
        for name, buffer in self._buffers.items():
            if buffer is not None:
                self._buffers[name] = fn(buffer)
        return self

    def to(self, *args: Any, **kwargs: Any) -> Any:
        """Convert parameters and buffers of floats to a dtype, in place; or put all on the device "meta".  Raises TypeError."""
        order = kwargs.pop("memory_format", None)
        if order is not None:
            self._apply(lambda x: x.to(memory_format=order) if x.dim() in (4, 5) else x)
        probe = torch.empty(0).to(*args, **kwargs)
        given = [*args, *kwargs.values()]
        place = next((each for each in given if isinstance(each, (str, torch.device))), None)
        if place is not None and any(x.is_meta != probe.is_meta for x in (*self.parameters(), *self.buffers())):
            self._apply(lambda x: x.to(place))
        named = any(isinstance(each, (torch.dtype, torch.Tensor, type)) for each in given)
        if not named:
            return self
        if not (probe.is_floating_point() or probe.is_complex()):
            raise TypeError(f"nn.Module.to only accepts floating point or complex dtypes, but got desired dtype={probe.dtype}")
        return self._converted(probe.dtype)

    def _converted(self, dtype: Any) -> Any:
        return self._apply(lambda x: x.to(dtype) if x.is_floating_point() or x.is_complex() else x)

    def type(self, dst_type: Any) -> Any:
        """Convert all parameters and buffers to a dtype."""
        return self._apply(lambda x: x.type(dst_type))

    def float(self) -> Any:
        """Convert floats to float32."""
        return self._apply(lambda x: x.float() if x.is_floating_point() else x)

    def double(self) -> Any:
        """Convert floats to float64."""
        return self._apply(lambda x: x.double() if x.is_floating_point() else x)

    def half(self) -> Any:
        """Convert floats to float16."""
        return self._apply(lambda x: x.half() if x.is_floating_point() else x)

    def bfloat16(self) -> Any:
        """Convert floats to bfloat16."""
        return self._apply(lambda x: x.bfloat16() if x.is_floating_point() else x)

    def cpu(self) -> Any:
        """Itself: there is no other device."""
        return self

    def cuda(self, device: Any = None) -> Any:
        """Raises: there is no such device."""
        return self._apply(lambda x: x.cuda(device))

    def to_empty(self, *, device: Any, recurse: bool = True) -> Any:
        """Put tensors of the same shapes, with values still to be set, in the places of all."""
        return self._apply(lambda x: torch.empty_like(x, device=device), recurse)

    def share_memory(self) -> Any:
        """Itself: memory is that of this process."""
        return self

    def train(self, mode: bool = True) -> Any:
        """Set training mode here and in all modules in it.  Raises ValueError."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self) -> Any:
        """Set evaluation mode: `train(False)`."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Any:
        """Say of every parameter whether it is trained."""
        for param in self.parameters():
            param.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of the parameters, or make them zeros in place."""
        for param in self.parameters():
            if param.grad is None:
                continue
            if set_to_none:
                param.grad = None
            else:
                param.grad = param.grad.detach() if param.grad.grad_fn is not None else param.grad.requires_grad_(False)
                param.grad.zero_()

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """Nothing is compiled: calls stay as they are."""

    # --- how it looks -----------------------------------------------------------------------------------------------

    def extra_repr(self) -> str:
        """What stands in the brackets of `repr` beside the children."""
        return ""

    def __repr__(self) -> str:
        extra = self.extra_repr()
        lines = extra.split("\n") if extra else []
        children = [f"({name}): {indented(repr(module))}" for name, module in self._modules.items()]
        if not children and len(lines) <= 1:
            return f"{self._get_name()}({extra})"
        return "\n  ".join([f"{self._get_name()}(", *lines, *children]) + "\n)"

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self._init_hooks()
        self._init_state_hooks()
        self.__dict__.setdefault("_non_persistent_buffers_set", set())
        self.__dict__.update(state)


def indented(text: str, by: int = 2) -> str:
    """The text with all lines but the first moved to the right."""
    return text.replace("\n", "\n" + " " * by)
