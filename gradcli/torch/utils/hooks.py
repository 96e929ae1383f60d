"""What registering a hook gives back, and how gradients that pass through a module come by its backward hooks.

BackwardHook puts a function of the graph that changes nothing before and behind a module: what arrives there are the
gradients by the
module's inputs and outputs.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, MutableMapping, Sequence
from typing import Any

import gradcli.torch as torch
from gradcli.torch._hooks import RemovableHandle
from gradcli.torch._warnings import warn

_NO_INPUTS = (
    "Full backward hook is firing when gradients are computed with respect to module outputs since no inputs require "
    "gradients. "
    "See https://docs.pytorch.org/docs/main/generated/torch.nn.Module.html#torch.nn.Module.register_full_backward_hook for "
    "more "
    "details."
)


def register(
    hooks: OrderedDict[int, Any], hook: Any, prepend: bool = False, *also: MutableMapping[int, Any]
) -> RemovableHandle:
    """Add a hook at the end of a dictionary (or its start), and mark it True in the others."""
    handle = RemovableHandle(hooks, extra_dict=also)
    hooks[handle.id] = hook
    for each in also:
        each[handle.id] = True
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    return handle


class _Identity(torch.autograd.Function):
    """Tensors through a function of the graph, which has a place for hooks."""

    @staticmethod
    def forward(ctx: Any, *args: Any) -> Any:
        """The tensors themselves."""
        return args

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        """The gradients as they are."""
        return grads


_Identity.__name__ = _Identity.__qualname__ = "BackwardHookFunction"


class BackwardHook:
    """One call of a module that has full backward hooks or pre-hooks.

    user_hooks      called with (module, grad_input, grad_output), may replace grad_input
    user_pre_hooks  called with (module, grad_output), may replace grad_output
    """

    def __init__(
        self, module: Any, user_hooks: Sequence[Callable[..., Any]], user_pre_hooks: Sequence[Callable[..., Any]]
    ) -> None:
        self.module = module
        self.user_hooks = user_hooks
        self.user_pre_hooks = user_pre_hooks
        self.arrived: tuple[Any, ...] | None = None
        self.inputs: _Places | None = None
        self.input_count = 0
        self.outputs: _Places | None = None

    def setup_input_hook(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments of the module, from where their gradients come by."""

        def attach(grad_fn: Any) -> None:
            grad_fn.register_hook(self._on_inputs)

        self.input_count = len(args)
        args, self.inputs = self._through(attach, args)
        return args

    def setup_output_hook(self, result: Any) -> Any:
        """The result of the module, from where its gradients come by."""

        def attach(grad_fn: Any) -> None:
            grad_fn.register_prehook(self._on_outputs)

        outputs = result if isinstance(result, tuple) else (result,)
        outputs, self.outputs = self._through(attach, outputs)
        return outputs if isinstance(result, tuple) else outputs[0]

    def _through(self, attach: Callable[[Any], None], values: tuple[Any, ...]) -> tuple[tuple[Any, ...], _Places | None]:
        """The values, with those that need gradients behind a function that `attach` hooks; None where none does."""
        live = [place for place, x in enumerate(values) if isinstance(x, torch.Tensor) and x.requires_grad]
        if not live or not torch.is_grad_enabled():
            return values, None
        passed = _Identity.apply(*[values[place] for place in live])
        attach(passed[0].grad_fn)
        changed = list(values)
        for place, x in zip(live, passed):
            changed[place] = x
        made = tuple(changed)
        return type(values)(*made) if hasattr(values, "_fields") else made, _Places(live, values)

    def _on_inputs(self, grad_input: Any, _: Any) -> Any:
        if self.arrived is None:
            return None  # a gradient that came by another way than through the output, as in a second derivative
        assert self.inputs is not None  # or this would not have been attached
        grads = self._call_hooks(self.inputs.filled(self.inputs.spread(grad_input)))
        self.arrived = None
        return self.inputs.gathered(grads)

    def _on_outputs(self, grad_output: Any) -> Any:
        assert self.outputs is not None  # or this would not have been attached
        grads = self.outputs.spread(grad_output)
        for hook in self.user_pre_hooks:
            grads = _replaced(hook(self.module, grads), grads, "grad_output")
        self.arrived = grads
        gathered = self.outputs.gathered(grads)
        if self.inputs is None:
            if self.user_hooks:
                warn(_NO_INPUTS)
            for user_hook in self.user_hooks:
                changed = user_hook(self.module, (None,) * self.input_count, grads)
                if changed is not None and not (isinstance(changed, tuple) and all(each is None for each in changed)):
                    raise RuntimeError(
                        "Backward hook for Modules where no input requires gradient should always return None or None for all "
                        "gradients."
                    )
            self.arrived = None
        return gathered

    def _call_hooks(self, grads: tuple[Any, ...]) -> tuple[Any, ...]:
        for hook in self.user_hooks:
            grads = _replaced(hook(self.module, grads, self.arrived), grads, "grad_input")
        return grads


class _Places:
    """Which of some values need gradients, and the shapes and dtypes of all that are tensors."""

    def __init__(self, live: list[int], values: tuple[Any, ...]) -> None:
        self.live = live
        self.kinds = [(x.shape, x.dtype) if isinstance(x, torch.Tensor) else None for x in values]

    def spread(self, grads: tuple[Any, ...]) -> tuple[Any, ...]:
        """Gradients of those that need them, as one for each value."""
        found = dict(zip(self.live, grads))
        return tuple([found.get(place) for place in range(len(self.kinds))])

    def filled(self, grads: tuple[Any, ...]) -> tuple[Any, ...]:
        """The same with zeros for tensors to which no gradient came."""
        return tuple(
            [torch.zeros(kind[0], dtype=kind[1]) if g is None and kind is not None else g for g, kind in zip(grads, self.kinds)]
        )

    def gathered(self, grads: tuple[Any, ...]) -> tuple[Any, ...]:
        """The gradients of those that need them."""
        return tuple([grads[place] for place in self.live])


def _replaced(changed: Any, grads: tuple[Any, ...], what: str) -> tuple[Any, ...]:
    """Gradients, or what a hook gave in their place.  Raises RuntimeError where that is not as many."""
    if changed is None:
        return grads
    if len(changed) != len(grads):
        counts = f"got {len(changed)}, but expected {len(grads)}"
        raise RuntimeError(f"Backward hook returned an invalid number of {what}, {counts}")
    return changed  # type: ignore[no-any-return]
