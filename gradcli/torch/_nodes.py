"""What programs may ask of functions of the graph: `y.grad_fn._saved_self`, and hooks that see the gradients go by.

A saved operand is the tensor that it was: the leaf itself, or one that comes from the same function.  A saved result is a new
tensor, as in PyTorch: a function that held its own result would never be forgotten.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import partial
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from gradcli.errors import Problem
from gradcli.graph import hooks, lifting, versions
from gradcli.graph.node import RELEASED, AccumulateGrad, Node
from gradcli.graph.saved_values import keeps, kept, tensors_of
from gradcli.graph.sweep import second_backward
from gradcli.graph.tensor import Tensor, from_array
from gradcli.torch._boundary import guarded
from gradcli.torch._hooks import GraphHandle, checked_hook

_SAVED = "_saved_"


@guarded
def _missing(node: Any, name: str) -> Any:
    """What a function saved, None where no gradient has use for it."""
    if name.startswith(_SAVED) and isinstance(node, Node) and name.removeprefix(_SAVED) in keeps(node.operation):
        return _saved(node, name.removeprefix(_SAVED))
    raise AttributeError(f"'{_title(node)}' object has no attribute '{name}'", name=name, obj=node)


# --- the classes of functions ---------------------------------------------------------------------------------------

_classes: dict[str, type[Node]] = {}
_sinks: WeakValueDictionary[int, AccumulateGrad] = WeakValueDictionary()  # by the id of the leaf, as long as they are looked at


def shown(function: Any) -> Any:
    """A function as a program sees it, of a class that bears its name: `type(y.grad_fn).__name__` is "MulBackward0"."""
    if type(function) is Node:
        kind = function.kind
        if kind not in _classes:
            module, _, name = kind.rpartition(".")
            _classes[kind] = type(name, (Node,), {"__slots__": (), "__module__": module or "builtins"})
        function.__class__ = _classes[kind]
    elif type(function) is AccumulateGrad:
        return _sinks.setdefault(id(function.variable), function)
    return function


def _next_functions(node: Node) -> tuple[tuple[Any, int], ...]:
    return tuple([(shown(function), number) for function, number in _edges(node)])


_edges: Any = Node.next_functions.fget  # type: ignore[attr-defined]


def _title(node: Any) -> str:
    return node.title if isinstance(node, Node) else "AccumulateGrad"


def _directory(node: Any) -> list[str]:
    saved = [_SAVED + name for name in keeps(node.operation)] if isinstance(node, Node) else []
    return sorted(["metadata", "name", "next_functions", "register_hook", "register_prehook", *saved])


def _saved(node: Node, name: str) -> Any:
    if node.saved is RELEASED:
        raise second_backward(node)
    if node.order < versions.latest():
        versions.check(node)
    return next((_as_it_was(node, slot, value) for each, slot, value in kept(node) if each == name), None)


def _as_it_was(node: Node, slot: int, value: Any) -> Any:
    """A saved value as scripts see it: tensors with their places in the graph, numbers, sizes."""
    outputs = len(node.operation.outputs)
    if slot >= tensors_of(node.operation):
        return from_array(value) if isinstance(value, np.ndarray) else value
    if not isinstance(value, np.ndarray):
        return None if value is None else from_array(np.asarray(value))
    if slot < outputs:
        return from_array(value.view(), slot == 0, node if slot == 0 else None)
    found = _alive(value, node.edges[slot - outputs])
    return lifting.lift(value, node.edges[slot - outputs]) if found is None else found


def _alive(array: Any, origin: Any) -> Tensor | None:
    """The very tensor that was the operand, if somebody holds it still.  Nodes keep arrays: whoever asks has to look around."""
    for each in gc.get_referrers(array):
        if isinstance(each, Tensor) and each.array is array and each.node is origin:
            return each
    return None


# --- hooks ----------------------------------------------------------------------------------------------------------


@guarded
def register_prehook(node: Any, fn: Callable[..., Any]) -> GraphHandle:
    """Call `fn(grad_outputs)` before the function does its work; a tuple that it returns goes on in their place."""
    hook = partial(_before, checked_hook(fn))
    return GraphHandle(hooks.register(node.variable, hook) if type(node) is AccumulateGrad else hooks.watch(node, hook))


@guarded
def register_hook(node: Any, fn: Callable[..., Any]) -> GraphHandle:
    """Call `fn(grad_inputs, grad_outputs)` behind the function's work; a tuple that it returns replaces grad_inputs."""
    if type(node) is AccumulateGrad:
        return GraphHandle(hooks.register_after(node.variable, partial(_accumulated, checked_hook(fn))))
    return GraphHandle(hooks.watch_behind(node, partial(_behind, node, checked_hook(fn))))


def _before(hook: Any, g: Any) -> Any:
    changed = hook((_alone(g),))
    return None if changed is None else _tuple(changed, 1)[0]


def _behind(node: Node, hook: Any, cotangents: tuple[Any, ...], g: Any) -> Any:
    """Hooks see one gradient for each of `next_functions`, which leaves out operands without a derivative."""
    rules = node.operation.vjps if not node.operation.variadic else (True,) * len(node.edges)
    shown = [place for place, (rule, edge) in enumerate(zip(rules, node.edges)) if rule or edge is not None]
    changed = hook(tuple([cotangents[place] for place in shown]), (_alone(g),))
    if changed is None:
        return None
    found = list(cotangents)
    for place, new in zip(shown, _tuple(changed, len(shown))):
        found[place] = new if node.edges[place] is not None else None
    return found


def _accumulated(hook: Any, leaf: Tensor) -> None:
    hook((), (leaf._grad,))


def _alone(g: Any) -> Tensor:
    if not isinstance(g, Tensor):
        raise Problem(
            "not-supported",
            "hooks of functions with several outputs are not there",
            type="NotImplementedError",
            hint="register_hook of an output sees the gradient of that output",
        )
    return g


def _tuple(changed: Any, count: int) -> tuple[Any, ...]:
    """What a hook returned, which stands for so many gradients.  Raises Problem."""
    if count == 1 and isinstance(changed, Tensor):
        return (changed,)
    if not isinstance(changed, tuple):
        raise Problem(
            "type",
            f"expected tuple, but hook returned '{type(changed).__name__}'",
            type="TypeError",
            hint="a hook returns a tuple of gradients, or None to leave them",
        )
    if len(changed) != count:
        raise Problem("argument", f"hook has returned an incorrect number of values (got {len(changed)}, but expected {count})")
    for each in changed:
        if each is not None and not isinstance(each, Tensor):
            raise Problem("type", f"expected Variable, but hook returned '{type(each).__name__}'", type="TypeError")
    return changed


def equip() -> None:
    """Give all this to the engine's functions."""
    Node.next_functions = property(_next_functions)  # type: ignore[assignment]
    for kind in (Node, AccumulateGrad):
        kind.__getattr__ = _missing  # type: ignore[union-attr]
        kind.__dir__ = _directory  # type: ignore[assignment]
        kind.register_hook = register_hook  # type: ignore[union-attr]
        kind.register_prehook = register_prehook  # type: ignore[union-attr]
        kind.metadata = property(lambda node: {})  # type: ignore[union-attr]
