"""Hooks: functions that see, and may replace, gradients as a backward pass goes by.

    register(tensor, hook)              hook(gradient), when the gradient of a tensor is known
    register_accumulated(leaf, hook)    hook(leaf), when a pass has put a gradient into the `grad` of a leaf
    register_before(function, hook)     hook(grad_outputs), before a function of the graph does its work
    register_behind(function, hook)     hook(grad_inputs, grad_outputs), behind it
    watch(node, hook)                   as `register`, for whatever tensor the node made

What a hook returns, unless None, takes the place of the gradient (or of the tuple of them).  For each function hooks of its
tensors come first, in their order, then what `retain_grad` keeps, then those before it, and those behind it.

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
from gradcli.graph.half_precision import name_of
from gradcli.graph.node import AccumulateGrad, Node, origin_of
from gradcli.graph.operation import OutputSelector
from gradcli.graph.operators import OPERATORS
from gradcli.graph.symbolic import Unstrided
from gradcli.graph.tensor import Tensor, as_array, from_array
from gradcli.graph.types import Cotangent

Hook = Callable[[Any], Any]  # of a gradient, which is None where none arrived
Gradients = tuple[Any, ...]  # a tensor or None each
Before = Callable[[Gradients], Any]
Behind = Callable[[Gradients, Gradients], Any]
_registered: dict[int, Hooks] = {}  # by the id of the tensor; few tensors have hooks, so that none has room for them


class Hooks:
    """The hooks of one leaf or node, each kind in the order of registration, and whether a gradient is to be kept.

    of_tensor    those of the tensor that the leaf is, or that the node made
    before, behind   those of the function (of a leaf: of its AccumulateGrad)
    accumulated  those of a leaf that see it when its `grad` is set
    tensor       whose they are (weakly held: a node must not keep its own result alive)
    owner        the tensor in whose `grad` the gradient is kept, or None
    outputs      of a node with several outputs: by number, the hooks of those outputs that have some
    unpacks      whether what the node saved is to be unpacked by hooks for saved tensors
    late         whether those behind came when the function had begun its work: PyTorch has not kept its gradients for them
    """

    __slots__ = ("accumulated", "before", "behind", "late", "of_tensor", "outputs", "owner", "tensor", "unpacks")

    def __init__(self) -> None:
        self.of_tensor: dict[object, Hook] = {}
        self.before: dict[object, Before] = {}
        self.behind: dict[object, Behind] = {}
        self.accumulated: dict[object, Callable[[Tensor], Any]] = {}
        self.owner: ref[Tensor] | None = None
        self.tensor: ref[Tensor] | None = None
        self.outputs: dict[int, Hooks] = {}
        self.unpacks = self.late = False

    def pass_on(self, g: Cotangent) -> Any:
        """A cotangent, an array or a Tensor or None, behind the hooks of its tensor; it is then kept if that was asked for."""
        for hook in tuple(self.of_tensor.values()):
            g = _replaced(hook, g)
        owner = None if self.owner is None else self.owner()
        if owner is not None and g is not None:
            owner._grad = _kept(g) if owner._grad is None else owner._grad + _tensor(g)
        return g

    def call_before(self, arrived: list[Any], traced: bool) -> list[Any]:
        """The cotangents of a function's outputs behind the hooks that come before its work.

        traced  whether cotangents are Tensors in this pass, which is itself to be differentiated
        """
        for hook in tuple(self.before.values()):
            changed = hook(_shown(arrived))
            if changed is not None:
                arrived = _taken(hook, changed, len(arrived), traced)
        return arrived

    def call_accumulated(self, leaf: Tensor) -> None:
        """Let the hooks that were waiting for the `grad` of a leaf see it."""
        for hook in tuple(self.accumulated.values()):
            returned = hook(leaf)
            if returned is not None and returned is not leaf:
                _check_tensor(returned)
                raise Problem("argument", "Tensor post accumulate grad hooks should return None.")

    def call_behind(self, found: list[Any], arrived: list[Any], traced: bool) -> list[Any]:
        """The cotangents of a function's operands behind the hooks that see them, and those of its outputs."""
        if self.late:
            arrived, self.late = [], False
        for hook in tuple(self.behind.values()):
            changed = hook(_shown(found), _shown(arrived))
            if changed is not None:
                found = _taken(hook, changed, len(found), traced)
        return found


class Handle:
    """What `register` gives back.  The dictionary of hooks knows its key alone, so that both may be forgotten at once."""

    __slots__ = ("_hooks", "_key")

    def __init__(self, hooks: dict[object, Any], hook: Any) -> None:
        self._hooks, self._key = hooks, object()
        hooks[self._key] = hook

    def remove(self) -> None:
        """Take the hook away; a second time changes nothing."""
        self._hooks.pop(self._key, None)


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
    return Handle(_list_of(tensor).of_tensor, hook)


def register_accumulated(leaf: Tensor, hook: Callable[[Tensor], Any]) -> Handle:
    """Call `hook(leaf)` whenever a backward pass has put a gradient into the `grad` of a leaf.  Raises Problem."""
    if leaf._requires_grad and leaf.grad_fn is not None:
        raise Problem(
            "not-leaf",
            "post accumulate grad hooks cannot be registered on non-leaf tensors",
            hint="register_hook sees the gradient of any tensor",
        )
    return Handle(_list_of(leaf).accumulated, hook)


def register_before(function: Node | AccumulateGrad, hook: Before) -> Handle:
    """Call `hook(grad_outputs)`, with one gradient or None for each output, before a function does its work."""
    return Handle(_of_function(function).before, hook)


def register_behind(function: Node | AccumulateGrad, hook: Behind) -> Handle:
    """Call `hook(grad_inputs, grad_outputs)`, with one gradient for each of `next_functions`, behind a function's work."""
    return Handle(_of_function(function).behind, hook)


def watch(node: Node, hook: Hook) -> Handle:
    """Call `hook(gradient)` whenever a gradient arrives at a node."""
    return Handle(_on_node(node).of_tensor, lambda g: None if g is None else hook(g))


def _of_function(function: Node | AccumulateGrad) -> Hooks:
    return _list_of(function.variable) if isinstance(function, AccumulateGrad) else _on_node(function)


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
        if isinstance(node.operation, OutputSelector):  # its hooks are called by the function below
            _on_node(node.edges[0]).outputs[node.saved[0][0]] = node.hooks
    return node.hooks  # type: ignore[no-any-return]


def _shown(cotangents: list[Any]) -> Gradients:
    """Cotangents as hooks see them."""
    return tuple([None if g is None else _tensor(g) for g in cotangents])


def _tensor(g: Cotangent) -> Tensor:
    return g if isinstance(g, Tensor) else from_array(as_array(g))


def _kept(g: Cotangent) -> Tensor:
    if isinstance(g, Tensor):
        return OPERATORS["clone"](g)  # type: ignore[no-any-return]
    return from_array(g.copy() if isinstance(g, Unstrided) else np.array(g))


def _taken(hook: Any, changed: Any, count: int, traced: bool) -> list[Any]:
    """What a hook of a function returned, in place of so many cotangents.  Raises Problem where it cannot stand for them."""
    if not isinstance(changed, tuple):
        raise Problem(
            "type",
            f"expected tuple, but hook returned '{type(changed).__name__}'",
            type="TypeError",
            hint="a hook returns a tuple of gradients, or None to leave them",
        )
    if len(changed) != count:
        counts = f"(got {len(changed)}, but expected {count})"
        raise Problem("argument", f"hook '{_name(hook)}' has returned an incorrect number of values {counts}")
    for each in changed:
        if each is not None:
            _check_tensor(each)
    return [each if traced or each is None else each.ndarray for each in changed]


def _name(hook: Any) -> str:
    return str(getattr(hook, "__name__", type(hook).__name__))


def _check_tensor(returned: Any) -> None:
    if not isinstance(returned, Tensor):
        raise Problem(
            "type",
            f"expected Variable, but hook returned '{type(returned).__name__}'",
            type="TypeError",
            hint="a hook returns a tensor in place of the gradient, or None to leave it",
        )


def _replaced(hook: Hook, g: Cotangent) -> Any:
    """A cotangent after one hook.  Raises Problem where the hook gives back something that cannot stand for it."""
    given = None if g is None else _tensor(g)
    changed = hook(given)
    if changed is None:
        return g
    if given is None:
        raise Problem("argument", "can't replace a None gradient with a non-None value")
    name = _name(hook)
    _check_tensor(changed)
    if changed.ndarray.dtype != given.ndarray.dtype:
        raise Problem(
            "dtype",
            f"hook '{name}' has changed the type of value "
            f"(was {name_of(given.ndarray.dtype)}, got {name_of(changed.ndarray.dtype)})",
        )
    if changed.shape != given.shape:
        clause = f"hook '{name}' has changed the size of value"
        sizes = f"from {list(given.shape)} to {list(changed.shape)}"
        raise Problem("shape-mismatch", f"{clause}, {sizes}", theirs=clause)
    return changed if isinstance(g, Tensor) else changed.ndarray
