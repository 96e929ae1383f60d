"""Lazy modules: they learn from their first input how big their parameters are, and turn into the ordinary kind."""

from __future__ import annotations

from typing import Any

import gradcli.torch as torch
from gradcli.torch.nn.parameter import is_lazy


class LazyModuleMixin:
    """Stands before an ordinary module in the bases of its lazy form.

    cls_to_become          the class it turns into at the first call
    initialize_parameters  gives the parameters their shapes from the inputs of that call
    """

    cls_to_become: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._load_hook = self._register_load_state_dict_pre_hook(self._lazy_load_hook)  # type: ignore[attr-defined]
        self._initialize_hook = self.register_forward_pre_hook(  # type: ignore[attr-defined]
            self._infer_parameters, with_kwargs=True
        )

    def initialize_parameters(self, *args: Any, **kwargs: Any) -> None:
        """Give the parameters their shapes from the inputs of the first call."""
        raise NotImplementedError(f"initialize_parameters is not implemented for {type(self).__name__}")

    def has_uninitialized_params(self) -> bool:
        """Whether a parameter or buffer has no shape yet."""
        return any([is_lazy(x) for x in (*self._parameters.values(), *self._buffers.values())])  # type: ignore[attr-defined]

    def _lazy_load_hook(self, state: Any, prefix: str, *_: Any) -> None:
        """Give the parameters the shapes of those that are being loaded."""
        for name, param in (*self._parameters.items(), *self._buffers.items()):  # type: ignore[attr-defined]
            given = state.get(prefix + name)
            if is_lazy(param) and given is not None and not is_lazy(given):
                with torch.no_grad():
                    param.materialize(given.shape)

    def _infer_parameters(self, module: Any, args: Any, kwargs: Any = None) -> None:
        module.initialize_parameters(*args, **(kwargs or {}))
        if module.has_uninitialized_params():
            raise RuntimeError(f"module {module._get_name()} has not been fully initialized")
        module._initialize_hook.remove()
        module._load_hook.remove()
        del module._initialize_hook, module._load_hook
        if module.cls_to_become is not None:
            module.__class__ = module.cls_to_become
