"""Tensor hooks: functions that see, and may replace, the gradient of a tensor as a backward pass goes by.

The hooks of a leaf stand on the leaf, those of a computed tensor on its node; both hold the same object, since PyTorch
hands one list to the function that made the tensor when the first hook is registered, and goes on filling it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from weakref import ref

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.node import Node, origin_of
from gradcli.graph.operators import OPERATORS
from gradcli.graph.tensor import Tensor, from_array

Hook = Callable[[Tensor], Any]
Behind = Callable[[tuple[Any, ...], Any], Any]
_registered: dict[int, Hooks] = {}  # by the id of the tensor; few tensors have hooks, so that none has room for them


class Hooks:
    """The hooks of one tensor, in the order of their registration, and whether its gradient is to be kept.

    called  those that see the gradient; `after` those of a leaf that see the leaf when its `grad` has it
    behind  those of a function that see the gradients of its operands, too
    tensor  whose they are (weakly held: a node must not keep its own result alive)
    owner   the tensor in whose `grad` the gradient is kept, or None
    """

    __slots__ = ("after", "behind", "called", "owner", "tensor")

    def __init__(self) -> None:
        self.called: dict[Handle, Hook] = {}
        self.after: dict[Handle, Hook] = {}
        self.behind: dict[Handle, Behind] = {}
        self.owner: ref[Tensor] | None = None
        self.tensor: ref[Tensor] | None = None

    def pass_on(self, g: Any) -> Any:
        """What the hooks make of a cotangent, an array or a Tensor; the result is then kept if it was asked for."""
        for hook in tuple(self.called.values()):
            g = _replaced(hook, g)
        owner = None if self.owner is None else self.owner()
        if owner is not None and g is not None:
            owner._grad = _kept(g) if owner._grad is None else owner._grad + (g if isinstance(g, Tensor) else from_array(g))
        return g

    def call_behind(self, found: list[Any], g: Any) -> list[Any]:
        """The cotangents of a function's operands (None where there is none) behind the hooks that see them, and its own."""
        for hook in tuple(self.behind.values()):
            changed = hook(tuple([_shown(each) for each in found]), _shown(g))
            if changed is not None:
                found = [each if isinstance(g, Tensor) or each is None else each.array for each in changed]
        return found


class Handle:
    """What `register` gives back."""

    __slots__ = ("_hooks",)

    def __init__(self, hooks: dict[Handle, Any], hook: Any) -> None:
        self._hooks = hooks
        hooks[self] = hook

    def remove(self) -> None:
        """Take the hook away; a second time changes nothing."""
        self._hooks.pop(self, None)


def anywhere() -> bool:
    """Whether any tensor has hooks."""
    return bool(_registered)


def hooks_of(tensor: Tensor) -> Hooks | None:
    """The hooks that were registered on a tensor since it came from where it comes from now."""
    return _registered.get(id(tensor))


def forget(tensor: Tensor) -> None:
    """Let the next hook of a tensor start a new list."""
    _registered.pop(id(tensor), None)


def register(tensor: Tensor, hook: Hook) -> Handle:
    """Call `hook(gradient)` whenever the gradient of a tensor is known; what it returns, unless None, takes its place."""
    return Handle(_list_of(tensor).called, hook)


def register_after(leaf: Tensor, hook: Hook) -> Handle:
    """Call `hook(leaf)` whenever a backward pass has put a gradient into the `grad` of a leaf.  Raises Problem."""
    if leaf._requires_grad and leaf.grad_fn is not None:
        raise Problem(
            "not-leaf",
            "post accumulate grad hooks cannot be registered on non-leaf tensors",
            hint="register_hook sees the gradient of any tensor",
        )
    return Handle(_list_of(leaf).after, hook)


def watch(node: Node, hook: Hook) -> Handle:
    """Call `hook(gradient)` whenever the gradient that arrives at a node is known."""
    return Handle(_on_node(node).called, hook)


def watch_behind(node: Node, hook: Behind) -> Handle:
    """Call `hook(cotangents, cotangent)` when a function has done its work; cotangents that it returns go on in their place."""
    return Handle(_on_node(node).behind, hook)


def call_after(leaf: Tensor) -> None:
    """Call the hooks that were waiting for the `grad` of a leaf."""
    hooks = hooks_of(leaf)
    for hook in () if hooks is None else tuple(hooks.after.values()):
        hook(leaf)


def _list_of(tensor: Tensor) -> Hooks:
    """The hooks of a tensor, to be added to.  Raises Problem for a tensor that gets no gradient."""
    if not tensor._requires_grad:
        raise Problem(
            "no-grad",
            "cannot register a hook on a tensor that doesn't require gradient",
            hint="register it on a tensor that was computed from one with requires_grad=True",
        )
    hooks = hooks_of(tensor)
    if hooks is None:
        hooks = _registered[id(tensor)] = Hooks() if tensor.grad_fn is None else _on_node(tensor.node)
        hooks.tensor = ref(tensor, partial(_registered.pop, id(tensor)))  # forgotten with the tensor, whose id may come again
    return hooks


def retain_grad(tensor: Tensor) -> None:
    """Keep the gradient of a tensor that is no leaf, too, in its `grad`.  Raises Problem."""
    if not tensor._requires_grad:
        raise Problem("no-grad", "can't retain_grad on Tensor that has requires_grad=False")
    if not retains_grad(tensor) and origin_of(tensor) is not None and tensor.grad_fn is not None:
        _on_node(tensor.node).owner = ref(tensor)


def retains_grad(tensor: Tensor) -> bool:
    """Whether `retain_grad` was asked for, and has an effect: never on a leaf."""
    node = getattr(tensor.node, "before", tensor.node)
    hooks = None if node is None else node.hooks
    return hooks is not None and hooks.owner is not None


def move_retention(before: Any, after: Any) -> None:
    """Let the node that takes a tensor over keep its gradient, if the node before did; other hooks stay where they are."""
    hooks = None if before is None else before.hooks
    if hooks is not None and hooks.owner is not None:
        _on_node(after).owner, hooks.owner = hooks.owner, None


def _on_node(node: Any) -> Hooks:
    if node.hooks is None:
        node.hooks = Hooks()
    return node.hooks  # type: ignore[no-any-return]


def _shown(g: Any) -> Any:
    """A cotangent as hooks see it: a Tensor; None, and what is no one array, as it is."""
    return from_array(g) if isinstance(g, np.ndarray) else g


def _kept(g: Any) -> Tensor:
    return OPERATORS["clone"](g) if isinstance(g, Tensor) else from_array(g.copy())


def _replaced(hook: Hook, g: Any) -> Any:
    """A cotangent after one hook.  Raises Problem where the hook gives back something that cannot stand for it."""
    given = g if isinstance(g, Tensor) or g is None else from_array(g)
    changed = hook(given)
    if changed is None:
        return g
    if given is None:
        raise Problem("argument", "can't replace a None gradient with a non-None value")
    name = getattr(hook, "__name__", type(hook).__name__)
    if not isinstance(changed, Tensor):
        raise Problem(
            "type",
            f"expected Variable, but hook returned '{type(changed).__name__}'",
            type="TypeError",
            hint="a hook returns a tensor in place of the gradient, or None to leave it",
        )
    if changed.array.dtype != given.array.dtype:
        raise Problem(
            "dtype",
            f"hook '{name}' has changed the type of value (was {given.array.dtype.name}, got {changed.array.dtype.name})",
        )
    if changed.shape != given.shape:
        raise Problem(
            "shape-mismatch", f"hook '{name}' has changed the size of value, from {list(given.shape)} to {list(changed.shape)}"
        )
    return changed if isinstance(g, Tensor) else changed.array
