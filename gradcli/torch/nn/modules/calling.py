"""Calling a module: `forward` between the hooks of the module and those of all modules."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from itertools import chain
from typing import Any

import gradcli.torch as torch
from gradcli.torch._warnings import warn
from gradcli.torch.utils.hooks import BackwardHook, RemovableHandle, register

Hook = Callable[..., Any]
Hooks = OrderedDict[int, Any]

# Hooks that the program has registered for the calls of every module, by what they see.
_global_forward_pre: Hooks = OrderedDict()
_global_forward: Hooks = OrderedDict()
_global_forward_always: Hooks = OrderedDict()
_global_backward_pre: Hooks = OrderedDict()
_global_backward: Hooks = OrderedDict()
_global_registration: dict[str, Hooks] = {"parameter": OrderedDict(), "buffer": OrderedDict(), "module": OrderedDict()}
_GLOBAL = (_global_forward_pre, _global_forward, _global_backward_pre, _global_backward)
_global_is_full: bool | None = None


class Calling:
    """What a module does when it is called."""

    forward: Callable[..., Any]
    _is_full_backward_hook: bool | None
    _backward_pre_hooks: Hooks
    _backward_hooks: Hooks
    _forward_hooks: Hooks
    _forward_pre_hooks: Hooks
    _forward_hooks_with_kwargs: Hooks
    _forward_hooks_always_called: Hooks
    _forward_pre_hooks_with_kwargs: Hooks

    def _init_hooks(self) -> None:
        own = self.__dict__
        for name in ("_backward_pre_hooks", "_backward_hooks", "_forward_hooks", "_forward_pre_hooks"):
            own[name] = OrderedDict()
        for name in ("_forward_hooks_with_kwargs", "_forward_hooks_always_called", "_forward_pre_hooks_with_kwargs"):
            own[name] = OrderedDict()
        own["_is_full_backward_hook"] = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        own = self.__dict__
        if not (
            own["_forward_hooks"] or own["_forward_pre_hooks"] or own["_backward_hooks"] or own["_backward_pre_hooks"]
        ) and not any(_GLOBAL):
            return self.forward(*args, **kwargs)
        called: set[int] = set()
        result = None
        try:
            return self._call_with_hooks(args, kwargs, called)
        except Exception:
            # Hooks that are always called see a failed call too; what they raise then is only a warning.
            for key, hook in [*_global_forward.items(), *self._forward_hooks.items()]:
                always = key in _global_forward_always or key in self._forward_hooks_always_called
                if always and key not in called:
                    try:
                        self._call_forward_hook(key, hook, args, kwargs, result)
                    except Exception as error:
                        warn(
                            "module forward hook with ``always_call=True`` raised an exception that was silenced as another "
                            f"error was raised in forward: {error}",
                        )
            raise

    def _call_with_hooks(self, args: tuple[Any, ...], kwargs: dict[str, Any], called: set[int]) -> Any:
        args, kwargs = self._call_pre_hooks(args, kwargs)
        pre = [*_global_backward_pre.values(), *self._backward_pre_hooks.values()]
        full, legacy = self._backward_hooks_by_kind()
        passage = BackwardHook(self, full, pre) if full or pre else None
        if passage is not None:
            args = passage.setup_input_hook(args)
        result = self.forward(*args, **kwargs)
        for key, hook in chain([*_global_forward.items()], [*self._forward_hooks.items()]):
            called.add(key)
            changed = self._call_forward_hook(key, hook, args, kwargs, result)
            result = result if changed is None else changed
        if passage is not None:
            if not isinstance(result, (torch.Tensor, tuple)):
                warn(
                    "For backward hooks to be called, module output should be a Tensor or a tuple of Tensors but received "
                    f"{type(result)}",
                )
            result = passage.setup_output_hook(result)
        if legacy:
            self._attach_legacy(legacy, args, result)
        return result

    def _call_pre_hooks(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        for key, hook in chain([*_global_forward_pre.items()], [*self._forward_pre_hooks.items()]):
            if key in self._forward_pre_hooks_with_kwargs:
                changed = hook(self, args, kwargs)
                if changed is not None:
                    if not (isinstance(changed, tuple) and len(changed) == 2):
                        raise RuntimeError(
                            f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {changed}."
                        )
                    args, kwargs = changed
            else:
                changed = hook(self, args)
                if changed is not None:
                    args = changed if isinstance(changed, tuple) else (changed,)
        return args, kwargs

    def _call_forward_hook(self, key: int, hook: Hook, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> Any:
        if key in self._forward_hooks_with_kwargs:
            return hook(self, args, kwargs, result)
        return hook(self, args, result)

    def _backward_hooks_by_kind(self) -> tuple[list[Hook], list[Hook]]:
        """Hooks that see gradients by the whole module's inputs, and those of old, which see one function's."""
        full = [*_global_backward.values()] if _global_is_full else []
        legacy = [*_global_backward.values()] if _global_is_full is False else []
        (full if self._is_full_backward_hook else legacy).extend(self._backward_hooks.values())
        return full, legacy

    def _attach_legacy(self, hooks: list[Hook], args: tuple[Any, ...], result: Any) -> None:
        """Have hooks of the old kind see the gradients of the last function in the module."""
        first = result
        while not isinstance(first, torch.Tensor):
            first = next(iter([x for x in first.values() if isinstance(x, torch.Tensor)] if isinstance(first, dict) else first))
        grad_fn = first.grad_fn
        if grad_fn is None:
            return
        self._warn_of_legacy(args, result, grad_fn)
        for hook in hooks:
            grad_fn.register_hook(lambda grad_input, grad_output, hook=hook: hook(self, grad_input, grad_output))

    def _warn_of_legacy(self, args: tuple[Any, ...], result: Any, grad_fn: Any) -> None:
        several = (
            "Using a non-full backward hook when the forward contains multiple autograd Nodes is deprecated and will be "
            "removed in "
            "future versions. This hook will be missing some grad_input. Please use register_full_backward_hook to get the "
            "documented behavior."
        )
        reason = None
        if not isinstance(result, torch.Tensor) and not (
            isinstance(result, tuple) and all(isinstance(each, torch.Tensor) for each in result)
        ):
            reason = (
                "Using non-full backward hooks on a Module that does not return a single Tensor or a tuple of Tensors is "
                "deprecated and will be removed in future versions. This hook will be missing some of the grad_output. "
                "Please use "
                "register_full_backward_hook to get the documented behavior."
            )
        elif not all(isinstance(each, torch.Tensor) for each in args):
            reason = (
                "Using non-full backward hooks on a Module that does not take as input a single Tensor or a tuple of "
                "Tensors is "
                "deprecated and will be removed in future versions. This hook will be missing some of the grad_input. "
                "Please use "
                "register_full_backward_hook to get the documented behavior."
            )
        else:
            outputs = {x.grad_fn for x in (result if isinstance(result, tuple) else (result,)) if x.grad_fn is not None}
            below = {node for node, _ in grad_fn.next_functions if node is not None}
            entered = {x.grad_fn for x in args if x.requires_grad and x.grad_fn is not None}
            if len(outputs) > 1:
                reason = (
                    "Using a non-full backward hook when outputs are generated by different autograd Nodes is deprecated "
                    "and will "
                    "be removed in future versions. This hook will be missing some grad_output. Please use "
                    "register_full_backward_hook to get the documented behavior."
                )
            elif below != entered and any(x.requires_grad for x in args) and below - entered:
                reason = several
        if reason is not None:
            warn(reason, FutureWarning)

    # --- hooks of one module ----------------------------------------------------------------------------------------

    def register_forward_pre_hook(self, hook: Hook, *, prepend: bool = False, with_kwargs: bool = False) -> RemovableHandle:
        """`hook(module, args)` before every forward; what it returns takes the place of the arguments."""
        also = [self._forward_pre_hooks_with_kwargs] if with_kwargs else []
        return register(self._forward_pre_hooks, hook, prepend, *also)

    def register_forward_hook(
        self, hook: Hook, *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> RemovableHandle:
        """`hook(module, args, output)` after every forward; what it returns takes the place of the output."""
        also = [self._forward_hooks_with_kwargs] if with_kwargs else []
        also += [self._forward_hooks_always_called] if always_call else []
        return register(self._forward_hooks, hook, prepend, *also)

    def register_full_backward_pre_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """`hook(module, grad_output)` before the gradients pass through the module."""
        return register(self._backward_pre_hooks, hook, prepend)

    def register_full_backward_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """`hook(module, grad_input, grad_output)` when the gradients by the inputs are known.  Raises RuntimeError."""
        self._set_kind(True)
        return register(self._backward_hooks, hook, prepend)

    def register_backward_hook(self, hook: Hook) -> RemovableHandle:
        """The same with the gradients that the last function in the module gives, as it was of old.  Raises RuntimeError."""
        self._set_kind(False)
        return register(self._backward_hooks, hook)

    def _set_kind(self, full: bool) -> None:
        if self._is_full_backward_hook is (not full):
            raise RuntimeError(
                "Cannot use both regular backward hooks and full backward hooks on a single Module. Please use only one of "
                "them."
            )
        self._is_full_backward_hook = full

    def _announced(self, kind: str, name: str, value: Any) -> Any:
        """What is to be registered, or what a hook for registrations gives in its place."""
        for hook in _global_registration[kind].values():
            changed = hook(self, name, value)
            value = value if changed is None else changed
        return value


# --- hooks of all modules -------------------------------------------------------------------------------------------


def register_module_forward_pre_hook(hook: Hook) -> RemovableHandle:
    """`hook(module, args)` before the forward of every module."""
    return register(_global_forward_pre, hook)


def register_module_forward_hook(hook: Hook, *, with_kwargs: bool = False, always_call: bool = False) -> RemovableHandle:
    """`hook(module, args, output)` after the forward of every module."""
    return register(_global_forward, hook, False, *([_global_forward_always] if always_call else []))


def register_module_full_backward_pre_hook(hook: Hook) -> RemovableHandle:
    """`hook(module, grad_output)` before gradients pass through any module."""
    return register(_global_backward_pre, hook)


def register_module_full_backward_hook(hook: Hook) -> RemovableHandle:
    """`hook(module, grad_input, grad_output)` when the gradients by the inputs of any module are known."""
    return _register_global_backward(hook, True)


def register_module_backward_hook(hook: Hook) -> RemovableHandle:
    """The same with the gradients that the last function of each module gives."""
    return _register_global_backward(hook, False)


def _register_global_backward(hook: Hook, full: bool) -> RemovableHandle:
    global _global_is_full
    if _global_is_full is (not full):
        raise RuntimeError(
            "Cannot use both regular backward hooks and full backward hooks as a global Module hook. Please use only one "
            "of them."
        )
    _global_is_full = full
    return register(_global_backward, hook)


def register_module_parameter_registration_hook(hook: Hook) -> RemovableHandle:
    """`hook(module, name, parameter)` when a parameter is registered anywhere."""
    return register(_global_registration["parameter"], hook)


def register_module_buffer_registration_hook(hook: Hook) -> RemovableHandle:
    """`hook(module, name, buffer)` when a buffer is registered anywhere."""
    return register(_global_registration["buffer"], hook)


def register_module_module_registration_hook(hook: Hook) -> RemovableHandle:
    """`hook(module, name, child)` when a child is registered anywhere."""
    return register(_global_registration["module"], hook)
