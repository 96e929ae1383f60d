"""Hooks of modules: functions that see a call come and go, and the gradients of its inputs and outputs.

For those the inputs and outputs of the call pass through functions of the graph that change nothing: where a gradient passes
those of the outputs it is noted, and where it passes those of the inputs the hooks see both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph import custom
from gradcli.graph.several import Parts
from gradcli.graph.tape import grad_enabled
from gradcli.graph.tensor import Tensor
from gradcli.run.script.classes import type_of
from gradcli.run.script.tensor_methods import Removable, hook_of
from gradcli.run.script.warnings import warn

REGISTRIES = ("_forward_pre_hooks", "_forward_hooks", "_backward_pre_hooks", "_backward_hooks")
_NO_INPUTS = (
    "Full backward hook is firing when gradients are computed with respect to module outputs since no inputs require "
    "gradients. Its grad_input is None for each of them"
)


class Registered:
    """A hook in its registry, which it can be taken out of."""

    __slots__ = ("_registry",)

    def __init__(self, registry: dict[Any, Any], hook: Callable[..., Any], prepend: bool) -> None:
        self._registry = registry
        later = dict(registry) if prepend else {}
        if later:
            registry.clear()
        registry[self] = hook
        registry.update(later)

    def remove(self) -> None:
        """Take the hook out; a second time changes nothing."""
        self._registry.pop(self, None)


def register(registry: dict[Any, Any], hook: Any, prepend: bool = False, ignored: slice | None = None) -> Removable:
    """Enter a hook; of the values that hooks of its kind see, it takes no notice of the `ignored` ones.  Raises Problem."""
    hook = hook_of(hook)
    if ignored is None:
        return Removable(Registered(registry, hook, prepend))

    def call(*values: Any) -> Any:
        seen = list(values)
        del seen[ignored]
        return hook(*seen)

    return Removable(Registered(registry, call, prepend))


def called(module: Any, forward: Callable[..., Any], args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """A call of a module whose `forward` this is, with its hooks.  Raises Problem, and whatever those raise."""
    for hook in [*module._forward_pre_hooks.values()]:
        changed = hook(module, args, keywords)
        if isinstance(changed, tuple) and len(changed) == 2 and isinstance(changed[1], dict):
            args, keywords = changed
        elif changed is not None:
            args = changed if isinstance(changed, tuple) else (changed,)
    passage = _Passage(module) if module._backward_hooks or module._backward_pre_hooks else None
    if passage is not None:
        args = passage.enter(args)
    result = forward(*args, **keywords)
    for hook in [*module._forward_hooks.values()]:
        changed = hook(module, args, keywords, result)
        result = result if changed is None else changed
    return result if passage is None else passage.leave(result)


class _Passage:
    """One call of a module that has hooks for gradients."""

    def __init__(self, module: Any) -> None:
        self.module = module
        self.before = [*module._backward_pre_hooks.values()]
        self.hooks = [*module._backward_hooks.values()]
        self.inputs: tuple[Any, ...] = ()
        self.outputs: tuple[Any, ...] = ()
        self.entered = False
        self.arrived: tuple[Any, ...] = ()

    def enter(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments, from where their gradients come by."""
        self.inputs = args
        self.entered = bool(self.hooks) and _recording(args)
        return _through(_ENTRANCE, args, self) if self.entered else args

    def leave(self, result: Any) -> Any:
        """The result, from where its gradients come by."""
        if not isinstance(result, (Tensor, tuple)):
            warn(
                "For backward hooks to be called, module output should be a Tensor or a tuple of Tensors "
                f"but received {type_of(result)}"
            )
            return result
        self.outputs = result if isinstance(result, tuple) else (result,)
        if not _recording(self.outputs):
            return result
        passed = _through(_EXIT, self.outputs, self)
        return passed if isinstance(result, tuple) else passed[0]

    def going_out(self, g: Any) -> Sequence[Any]:
        """Gradients of the outputs, behind the hooks that see them first."""
        grads = tuple(_spread(g, self.outputs))
        for hook in self.before:
            grads = _replaced(hook(self.module, grads), grads, "grad_output")
        self.arrived = grads
        if not self.entered and self.hooks:
            warn(_NO_INPUTS)
            self._call_hooks((None,) * len(self.inputs))
        return _gathered(g, grads, self.outputs)

    def going_in(self, g: Any) -> Sequence[Any]:
        """Gradients of the inputs, behind the hooks."""
        grads = [
            Tensor(np.zeros(x.shape, x.dtype)) if each is None and type(x) is Tensor else each
            for each, x in zip(_spread(g, self.inputs), self.inputs)
        ]
        return _gathered(g, self._call_hooks(tuple(grads)), self.inputs)

    def _call_hooks(self, grads: tuple[Any, ...]) -> tuple[Any, ...]:
        for hook in self.hooks:
            grads = _replaced(hook(self.module, grads, self.arrived), grads, "grad_input")
        return grads


def _recording(values: Sequence[Any]) -> bool:
    return grad_enabled() and any([type(x) is Tensor and x.requires_grad for x in values])


def _through(operation: Any, values: tuple[Any, ...], passage: _Passage) -> tuple[Any, ...]:
    """The same values, behind a function of the graph; tensors that want no gradient get none."""
    passed = tuple([Tensor(x.array) if type(x) is Tensor else x for x in values])
    live = [place for place, x in enumerate(values) if type(x) is Tensor and x.requires_grad]
    custom.record(operation, [values[place] for place in live], {place: passed[place] for place in live}, passage, ())
    return passed


_ENTRANCE = custom.operation("BackwardHookFunctionBackward", lambda g, passage: passage.going_in(g), frees=False)
_EXIT = custom.operation("BackwardHookFunctionBackward", lambda g, passage: passage.going_out(g), frees=False)


def _spread(g: Any, values: tuple[Any, ...]) -> list[Any]:
    """What arrived for each of some values: a Tensor, or None."""
    live = [place for place, x in enumerate(values) if type(x) is Tensor and x.requires_grad]
    given = g.given if type(g) is Parts else {live[0]: g}
    found = [given.get(place) for place in range(len(values))]
    return [each if each is None or type(each) is Tensor else Tensor(each) for each in found]


def _gathered(g: Any, grads: tuple[Any, ...], values: tuple[Any, ...]) -> list[Any]:
    """The gradients as the pass goes on with them: arrays, unless it is itself differentiated."""
    traced = g.traced if type(g) is Parts else type(g) is Tensor
    leaving = [each for each, x in zip(grads, values) if type(x) is Tensor and x.requires_grad]
    return [each if traced or each is None else each.array for each in leaving]


def _replaced(changed: Any, grads: tuple[Any, ...], what: str) -> tuple[Any, ...]:
    """Gradients, or what a hook gives in their place.  Raises Problem where that is not as many."""
    if changed is None:
        return grads
    found = changed if isinstance(changed, tuple) else (changed,)
    if len(found) != len(grads):
        raise Problem(
            "argument",
            f"Backward hook returned an invalid number of {what}, got {len(found)}, but expected {len(grads)}",
            hint="return one gradient for each, or None to leave them",
        )
    return found
