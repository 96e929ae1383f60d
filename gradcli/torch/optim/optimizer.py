"""`optim.Optimizer`: groups of parameters with their options, and what is remembered of each parameter between steps."""

from __future__ import annotations

import functools
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np

import gradcli.torch as torch
from gradcli.engine.real_parts import real_view
from gradcli.graph import versions
from gradcli.graph.tensor import is_unstrided
from gradcli.torch._boundary import failure, guarded
from gradcli.torch._naming import module_name
from gradcli.torch._warnings import warn
from gradcli.torch.utils.hooks import RemovableHandle, register

Hooks = OrderedDict[int, Callable[..., Any]]

_global_step_pre: Hooks = OrderedDict()  # hooks that the program has registered for the steps of all optimizers
_global_step_post: Hooks = OrderedDict()


def register_optimizer_step_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """`hook(optimizer, args, kwargs)` before every step of every optimizer."""
    return register(_global_step_pre, hook)


def register_optimizer_step_post_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """`hook(optimizer, args, kwargs)` after every step of every optimizer."""
    return register(_global_step_post, hook)


def _with_hooks(step: Callable[..., Any]) -> Callable[..., Any]:
    """A method `step` with the hooks around it; it also leaves word that it was called, for schedules."""

    @functools.wraps(step)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        self._opt_called = True
        for hook in (*_global_step_pre.values(), *self._optimizer_step_pre_hooks.values()):
            changed = hook(self, (self, *args), kwargs)
            if changed is not None:
                if not (isinstance(changed, tuple) and len(changed) == 2):
                    raise RuntimeError(f"{step} must return None or a tuple of (new_args, new_kwargs), but got {changed}.")
                (_, *args), kwargs = changed
        out = step(self, *args, **kwargs)
        for hook in (*self._optimizer_step_post_hooks.values(), *_global_step_post.values()):
            hook(self, (self, *args), kwargs)
        return out

    return call


_MODULES = {"Adafactor": "torch.optim", "Muon": "torch.optim", "SparseAdam": "torch.optim.sparse_adam"}  # PyTorch's
_HOOKS = ("step_pre", "step_post", "state_dict_pre", "state_dict_post", "load_state_dict_pre", "load_state_dict_post")


class Optimizer:
    """The base of all optimizers; a program may derive its own from it, with a `step`.

    param_groups  dictionaries of options, with the parameters under "params"
    state         by parameter: what its updates remember, tensors by name
    """

    _opt_called = False

    def __init_subclass__(cls) -> None:
        cls.__module__ = module_name(cls.__module__, _MODULES.get(cls.__name__) or f"torch.optim.{cls.__name__.lower()}")
        if "step" in cls.__dict__:
            cls.step = _with_hooks(cls.__dict__["step"])  # type: ignore[method-assign]

    def __init__(self, params: Any, defaults: dict[str, Any]) -> None:
        if isinstance(params, torch.Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, but got "
                f"{torch.typename(params)}"
            )
        self.defaults = defaults
        for name in _HOOKS:
            setattr(self, f"_optimizer_{name}_hooks", OrderedDict())
        self.state: defaultdict[Any, dict[str, Any]] = defaultdict(dict)
        self.param_groups: list[dict[str, Any]] = []
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        for group in groups if isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(group)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Take in more parameters, with options of their own.  Raises TypeError, ValueError."""
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        given = param_group["params"]
        if isinstance(given, torch.Tensor):
            given = [given]
        elif isinstance(given, set):
            raise TypeError(
                "optimizer parameters need to be organized in ordered collections, but the ordering of tensors in sets "
                "will change "
                "between runs. Please use a list instead."
            )
        given = [*given]
        named = [each for each in given if isinstance(each, tuple)]
        params = [each[1] if isinstance(each, tuple) else each for each in given]
        for param in params:
            self._check_param(param)
        param_group["params"] = params
        if named:
            if len(named) < len(given):
                raise ValueError("all optimizer params should be with/without names. Some param names are missing")
            param_group["param_names"] = [name for name, _ in named]
        if self.param_groups and ("param_names" in self.param_groups[0]) != bool(named):
            raise ValueError(
                "all optimizer param groups should be with/without names. cannot add param group "
                f"{'with' if named else 'without'} names to the optimizer"
            )
        for name, value in self.defaults.items():
            param_group.setdefault(name, value)
        if len({id(each) for each in params}) < len(params):
            warn(
                "optimizer contains a parameter group with duplicate parameters; in future, this will cause an error; see "
                "github.com/pytorch/pytorch/issues/40967 for more information"
            )
        known = {id(each) for group in self.param_groups for each in group["params"]}
        if any(id(each) in known for each in params):
            raise ValueError("some parameters appear in more than one parameter group")
        self.param_groups.append(param_group)

    def _check_param(self, param: Any) -> None:
        if not isinstance(param, torch.Tensor):
            raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {torch.typename(param)}")
        if not (self.defaults.get("differentiable") or param.is_leaf or param.retains_grad):
            raise ValueError("can't optimize a non-leaf Tensor")

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients, or make them zeros in place."""
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is None:
                    continue
                if set_to_none:
                    param.grad = None
                else:
                    if param.grad.grad_fn is not None:
                        param.grad.detach_()
                    param.grad.zero_()

    def step(self, closure: Any = None) -> Any:
        """Update the parameters; a closure computes the gradients anew first.  For derived classes to say."""
        raise NotImplementedError

    # --- state ------------------------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """The state with numbers in place of the parameters."""
        for pre_hook in self._hooks("state_dict_pre"):
            pre_hook(self)
        numbers: dict[int, int] = {}
        groups = []
        for group in self.param_groups:
            options = {name: value for name, value in group.items() if name != "params"}
            places = [numbers.setdefault(id(each), len(numbers)) for each in group["params"]]
            groups.append({**options, "params": places})
        state = {numbers[id(key)] if isinstance(key, torch.Tensor) else key: kept for key, kept in self.state.items()}
        made: dict[str, Any] = {"state": state, "param_groups": groups}
        for post_hook in self._hooks("state_dict_post"):
            changed = post_hook(self, made)
            made = made if changed is None else changed
        return made

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` gave.  Raises ValueError where it does not fit."""
        state_dict = {**state_dict}
        for hook in self._hooks("load_state_dict_pre"):
            state_dict = hook(self, state_dict) or state_dict
        saved = deepcopy(state_dict["param_groups"])
        if len(self.param_groups) != len(saved):
            raise ValueError("loaded state dict has a different number of parameter groups")
        params: dict[Any, Any] = {}
        for group, given in zip(self.param_groups, saved):
            if len(group["params"]) != len(given["params"]):
                raise ValueError(
                    "loaded state dict contains a parameter group that doesn't match the size of optimizer's group"
                )
            params.update(zip(given["params"], group["params"]))
        state: defaultdict[Any, dict[str, Any]] = defaultdict(dict)
        for key, kept in state_dict["state"].items():
            if key in params:
                state[params[key]] = _fitted(params[key], kept)
            else:
                state[key] = kept
        own = ("params", "param_names")  # which no other optimizer's state has a say in
        groups = [
            {**given, **{name: group[name] for name in own if name in group}} for group, given in zip(self.param_groups, saved)
        ]
        self.__setstate__({"state": state, "param_groups": groups})
        for hook in self._hooks("load_state_dict_post"):
            hook(self)

    def _hooks(self, kind: str) -> list[Callable[..., Any]]:
        return [*getattr(self, f"_optimizer_{kind}_hooks").values()]

    def __getstate__(self) -> dict[str, Any]:
        return {"defaults": self.defaults, "state": self.state, "param_groups": self.param_groups}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        for name in _HOOKS:
            self.__dict__.setdefault(f"_optimizer_{name}_hooks", OrderedDict())

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for place, group in enumerate(self.param_groups):
            lines += ["", f"Parameter Group {place}"] if place else [f"Parameter Group {place}"]
            lines += [f"    {name}: {group[name]}" for name in sorted(group) if name != "params"]
        return "\n".join([*lines, ")"])

    # --- hooks ------------------------------------------------------------------------------------------------------

    def _register(self, kind: str, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        return register(getattr(self, f"_optimizer_{kind}_hooks"), hook, prepend)

    def register_step_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """`hook(optimizer, args, kwargs)` before every step."""
        return self._register("step_pre", hook)

    def register_step_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """`hook(optimizer, args, kwargs)` after every step."""
        return self._register("step_post", hook)

    def register_state_dict_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """`hook(optimizer)` before the state is saved."""
        return self._register("state_dict_pre", hook, prepend)

    def register_state_dict_post_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """`hook(optimizer, state_dict)` after that."""
        return self._register("state_dict_post", hook, prepend)

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """`hook(optimizer, state_dict)` before a state is loaded."""
        return self._register("load_state_dict_pre", hook, prepend)

    def register_load_state_dict_post_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """`hook(optimizer)` after that."""
        return self._register("load_state_dict_post", hook, prepend)


class Elementwise(Optimizer):
    """An optimizer that updates each parameter by its own gradient; derived classes say how, in place.

    An update is written once, in the operations of `updates`, and runs on arrays, or on tensors where it is to be
    differentiated or where each operation rounds (16 bits), or always (`on_tensors`).  Sparse gradients come to those that
    `takes_sparse` alone.
    """

    on_tensors = False
    takes_sparse = False
    refusal = "{} does not support sparse gradients"
    captured = "params and state_steps"  # what PyTorch says of `capturable`, which is for accelerators

    def __init__(self, params: Any, defaults: dict[str, Any]) -> None:
        super().__init__(params, defaults)
        if defaults.get("fused") and (defaults.get("foreach") or defaults.get("differentiable")):
            how = "and `foreach` cannot be `True` together." if defaults["foreach"] else "does not support `differentiable`"
            raise RuntimeError(f"`fused` {how}")

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient; a closure computes them anew first, and its loss is given back."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            self._step_of(group)
        return loss

    @guarded
    def _step_of(self, group: dict[str, Any]) -> None:
        """The step of one group of parameters."""
        if group.get("capturable"):
            devices = ["cuda", "xpu", "hpu", "privateuseone", *(() if group.get("foreach") else ("xla",))]
            raise AssertionError(f"If capturable=True, {self.captured} must be on supported devices: {devices}.")
        differentiable = group.get("differentiable")
        options = group if differentiable else {name: _number(value) for name, value in group.items()}
        for param in group["params"]:
            grad = param.grad
            if grad is None:
                continue
            state = self.state.get(param, {})
            if is_unstrided(grad) and not self.takes_sparse:
                words = self.refusal.format(type(self).__name__)
                raise failure("RuntimeError", words, hint="SGD, Adagrad and SparseAdam take them; or leave sparse=True away")
            if differentiable or self.on_tensors or param.dtype.itemsize < 4:
                self._update_tensor(param, grad, state, options)
            else:
                self._update_array(param.ndarray, grad.ndarray, state, options)
                versions.changed(param.ndarray)
            if state:
                self.state[param] = state

    def _update_array(self, param: Any, grad: Any, state: dict[str, Any], options: dict[str, Any]) -> None:
        """Update an array; of complex numbers, the real and imaginary parts."""
        if options.get("maximize"):
            grad = -grad
        if param.dtype.kind == "c":
            parts = np.asarray(param, order="C")
            self._update(real_view(parts), real_view(grad), state, options)
            param[...] = parts
        else:
            self._update(param, grad, state, options)

    def _update_tensor(self, param: Any, grad: Any, state: dict[str, Any], options: dict[str, Any]) -> None:
        """The same of a tensor, by operations that are recorded where the optimizer is differentiable."""
        with torch.set_grad_enabled(bool(self.defaults.get("differentiable"))):
            if options.get("maximize"):
                grad = -grad
            if param.is_complex():
                param, grad = torch.view_as_real(param), torch.view_as_real(grad)
            self._update(param, grad, state, options)

    def _update(self, param: Any, grad: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Change a parameter, and what is remembered of it, in place."""
        raise NotImplementedError


def _number(option: Any) -> Any:
    """An option whose numbers may be tensors of one element."""
    if isinstance(option, tuple):
        return tuple([_number(each) for each in option])
    return option.item() if isinstance(option, torch.Tensor) else option


def _fitted(param: Any, kept: dict[str, Any]) -> dict[str, Any]:
    """Copies of what was remembered, in the parameter's dtype, but for the count of steps."""

    def copied(name: str, value: Any) -> Any:
        if not isinstance(value, torch.Tensor):
            return deepcopy(value)
        return value.clone() if name == "step" or not param.is_floating_point() else value.to(param.dtype, copy=True)

    return {name: copied(name, value) for name, value in kept.items()}


def arguments(names: dict[str, Any]) -> dict[str, Any]:
    """The arguments of an optimizer, out of the `locals()` of its `__init__`: the options that its groups begin with."""
    return {name: value for name, value in names.items() if name not in ("self", "params", "__class__")}


def check_options(options: dict[str, Any], **names: str) -> None:
    """Refuse numbers below 0, in PyTorch's words: each option by name, with what it is called.  Raises ValueError."""
    for name, called in names.items():
        if isinstance(options[name], torch.Tensor) and options[name].numel() != 1:
            raise ValueError(f"Tensor {name} must be 1-element")
        if not options[name] >= 0.0:
            raise ValueError(f"Invalid {called}: {options[name]}")


def check_betas(betas: tuple[float, float]) -> None:
    """Refuse weights of running means that are not in [0, 1).  Raises ValueError."""
    for place, beta in enumerate(betas):
        if not 0.0 <= beta < 1.0:
            raise ValueError(f"Invalid beta parameter at index {place}: {beta}")
