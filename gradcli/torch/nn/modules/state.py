"""Saving and loading: `state_dict` and `load_state_dict` of a module."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import gradcli.torch as torch
from gradcli.torch.__future__ import get_swap_module_params_on_conversion
from gradcli.torch._warnings import warn
from gradcli.torch.nn.parameter import Parameter, is_lazy
from gradcli.torch.utils._swapping import swap_tensors, swapped_parameter
from gradcli.torch.utils.hooks import RemovableHandle, register

EXTRA = "_extra_state"


class _Keys(NamedTuple):
    missing_keys: list[str]
    unexpected_keys: list[str]


class _IncompatibleKeys(_Keys):
    """Names that a loaded state lacked, and those that the module did not know."""

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"_IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"

    __str__ = __repr__


class State:
    """What a module has to do with states."""

    _version = 1
    _parameters: dict[str, Any]
    _buffers: dict[str, Any]
    _modules: dict[str, Any]
    _non_persistent_buffers_set: set[str]

    def _init_state_hooks(self) -> None:
        for name in ("state_dict_hooks", "state_dict_pre_hooks", "load_state_dict_pre_hooks", "load_state_dict_post_hooks"):
            self.__dict__[f"_{name}"] = OrderedDict()

    # --- saving -----------------------------------------------------------------------------------------------------

    def state_dict(self, *args: Any, destination: Any = None, prefix: str = "", keep_vars: bool = False) -> Any:
        """Parameters and persistent buffers by their dotted names, outside the graph unless `keep_vars`."""
        if args:
            warn(
                "Positional args are being deprecated, use kwargs instead. Refer to "
                "https://docs.pytorch.org/docs/main/generated/torch.nn.Module.html#torch.nn.Module.state_dict for details.",
                FutureWarning,
            )
            destination, prefix, keep_vars = [*args, destination, prefix, keep_vars][: len(args)] + [
                destination,
                prefix,
                keep_vars,
            ][len(args) :]
        if destination is None:
            destination = OrderedDict()
            destination._metadata = OrderedDict()
        metadata = {"version": self._version}
        if hasattr(destination, "_metadata"):
            destination._metadata[prefix[:-1]] = metadata
        for hook in self._state_dict_pre_hooks.values():
            hook(self, prefix, keep_vars)
        self._save_to_state_dict(destination, prefix, keep_vars)
        for name, module in self._modules.items():
            if module is not None:
                module.state_dict(destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
        for hook in self._state_dict_hooks.values():
            changed = hook(self, destination, prefix, metadata)
            destination = destination if changed is None else changed
        return destination

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        for name, value in self._own_state():
            if value is not None:
                destination[prefix + name] = value if keep_vars or is_lazy(value) else value.detach()
        if type(self).get_extra_state is not State.get_extra_state:
            destination[prefix + EXTRA] = self.get_extra_state()

    def _own_state(self) -> list[tuple[str, Any]]:
        """Its own parameters and persistent buffers by name."""
        buffers = [(name, value) for name, value in self._buffers.items() if name not in self._non_persistent_buffers_set]
        return [*self._parameters.items(), *buffers]

    def get_extra_state(self) -> Any:
        """Anything else that belongs to the state; a class that has some says what."""
        raise RuntimeError(
            "Reached a code path in Module.get_extra_state() that should never be called. Please file an issue at "
            "https://github.com/pytorch/pytorch/issues/new?template=bug-report.yml to report this bug."
        )

    def set_extra_state(self, state: Any) -> None:
        """Take over what `get_extra_state` gave."""
        raise RuntimeError(
            "Reached a code path in Module.set_extra_state() that should never be called. Please file an issue at "
            "https://github.com/pytorch/pytorch/issues/new?template=bug-report.yml to report this bug."
        )

    # --- loading ----------------------------------------------------------------------------------------------------

    def load_state_dict(self, state_dict: Any, strict: bool = True, assign: bool = False) -> _IncompatibleKeys:
        """Copy a state into parameters and buffers, or with `assign` put its tensors in their places.

        Gives the names that were missing or unexpected; with `strict` there may be none.  Raises RuntimeError, TypeError.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        metadata = getattr(state_dict, "_metadata", None)
        state = OrderedDict(state_dict)
        if metadata is not None:
            state._metadata = metadata  # type: ignore[attr-defined]
        missing: list[str] = []
        unexpected: list[str] = []
        errors: list[str] = []
        self._load(state, metadata, assign, strict, missing, unexpected, errors)
        if strict:
            for what, keys in (("Unexpected", unexpected), ("Missing", missing)):
                if keys:
                    listed = ", ".join(f'"{key}"' for key in keys)
                    errors.insert(0, f"{what} key(s) in state_dict: {listed}. ")
        if errors:
            listed = "\n\t".join(errors)
            raise RuntimeError(f"Error(s) in loading state_dict for {type(self).__name__}:\n\t{listed}")
        return _IncompatibleKeys(missing, unexpected)

    def _load(
        self,
        state: Mapping[str, Any],
        metadata: Any,
        assign: bool,
        strict: bool,
        missing: list[str],
        unexpected: list[str],
        errors: list[str],
        prefix: str = "",
    ) -> None:
        local = {} if metadata is None else metadata.get(prefix[:-1], {})
        if assign:
            local["assign_to_params_buffers"] = assign
        self._load_from_state_dict(state, prefix, local, True, missing, unexpected, errors)
        for name, module in self._modules.items():
            if module is not None:
                inside = f"{prefix}{name}."
                below = {key: value for key, value in state.items() if key.startswith(inside)}
                module._load(below, metadata, assign, strict, missing, unexpected, errors, inside)
        incompatible = _IncompatibleKeys(missing, unexpected)
        for hook in self._load_state_dict_post_hooks.values():
            if hook(self, incompatible) is not None:
                raise AssertionError(
                    "Hooks registered with ``register_load_state_dict_post_hook`` are not expected to return new values, if "
                    "incompatible_keys need to be modified, it should be done inplace."
                )

    def _load_from_state_dict(
        self,
        state_dict: Mapping[str, Any],
        prefix: str,
        local_metadata: Any,
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        for hook in self._load_state_dict_pre_hooks.values():
            hook(state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)
        assign = local_metadata.get("assign_to_params_buffers", False)
        own = dict(self._own_state())
        for name, param in own.items():
            if param is None:
                continue
            if prefix + name not in state_dict:
                missing_keys.append(prefix + name)
            else:
                self._load_tensor(name, param, prefix + name, state_dict[prefix + name], assign, error_msgs)
        has_extra = type(self).set_extra_state is not State.set_extra_state
        if has_extra and prefix + EXTRA in state_dict:
            self.set_extra_state(state_dict[prefix + EXTRA])
        elif has_extra:
            missing_keys.append(prefix + EXTRA)
        for key in state_dict:
            if key.startswith(prefix) and (key != prefix + EXTRA or not has_extra):
                name, _, rest = key[len(prefix) :].partition(".")
                if name not in self._modules if rest else name not in own:
                    unexpected_keys.append(key)

    def _load_tensor(self, name: str, param: Any, key: str, given: Any, assign: bool, errors: list[str]) -> None:
        """Load one parameter or buffer, or add the reason why it cannot be to `errors`."""
        if not isinstance(given, torch.Tensor):
            errors.append(
                f'While copying the parameter named "{key}", expected torch.Tensor or Tensor-like object from checkpoint but '
                f"received {type(given)}"
            )
            return
        if not is_lazy(param) and given.shape != param.shape:
            if param.ndim == 0 and given.shape == (1,):
                given = given[0]
            else:
                errors.append(
                    f"size mismatch for {key}: copying a param with shape {given.shape} from checkpoint, the shape in current "
                    f"model is {param.shape}."
                )
                return
        if param.is_meta and not given.is_meta and not assign:
            warn(
                f"for {key}: copying from a non-meta parameter in the checkpoint to a meta parameter in the current model, "
                "which is a no-op. (Did you mean to pass `assign=True` to assign items in the state dictionary to their "
                "corresponding key in the module instead of copying them in place?)",
                UserWarning,
            )
        try:
            with torch.no_grad():
                if get_swap_module_params_on_conversion():
                    made = param.module_load(given, assign=assign)
                    made = made.detach() if made is given or made is param else made
                    swapped_parameter(param, made) if isinstance(param, Parameter) else swap_tensors(param, made)
                elif assign:
                    if isinstance(param, Parameter) and not isinstance(given, Parameter):
                        given = Parameter(given, param.requires_grad)
                    setattr(self, name, given)
                else:
                    param.copy_(given)
        except Exception as error:
            errors.append(
                f'While copying the parameter named "{key}", whose dimensions in the model are {param.size()} and whose '
                "dimensions "
                f"in the checkpoint are {given.size()}, an exception occurred : {error.args}."
            )

    # --- hooks ------------------------------------------------------------------------------------------------------

    def register_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """`hook(module, prefix, keep_vars)` before its state is saved."""
        return register(self._state_dict_pre_hooks, hook)

    def register_state_dict_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """`hook(module, state_dict, prefix, local_metadata)` after its state is saved."""
        return register(self._state_dict_hooks, hook)

    _register_state_dict_hook = register_state_dict_post_hook

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """`hook(module, state_dict, prefix, ...)` before its state is loaded."""
        return self._register_load_state_dict_pre_hook(hook, True)

    def _register_load_state_dict_pre_hook(self, hook: Callable[..., Any], with_module: bool = False) -> RemovableHandle:
        bound = (lambda *args: hook(self, *args)) if with_module else hook
        return register(self._load_state_dict_pre_hooks, bound)

    def register_load_state_dict_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """`hook(module, incompatible_keys)` after its state is loaded."""
        return register(self._load_state_dict_post_hooks, hook)

    _state_dict_hooks: OrderedDict[int, Any]
    _state_dict_pre_hooks: OrderedDict[int, Any]
    _load_state_dict_pre_hooks: OrderedDict[int, Any]
    _load_state_dict_post_hooks: OrderedDict[int, Any]
