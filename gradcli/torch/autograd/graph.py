"""`torch.autograd.graph`: functions of the graph, and hooks that decide what is kept of the tensors that they save."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from gradcli.graph import context, sweep, versions
from gradcli.graph.node import AccumulateGrad, function_of
from gradcli.graph.node import Node as TapeNode
from gradcli.graph.operation import Operation
from gradcli.graph.tensor import Tensor
from gradcli.torch import _saved_hooks
from gradcli.torch._edges import GradientEdge, get_gradient_edge
from gradcli.torch._hooks import RemovableHandle
from gradcli.torch._transforming import refuse_saved_hooks
from gradcli.torch.autograd import anomaly_mode
from gradcli.torch.autograd._function_context import BackwardCFunction
from gradcli.torch.autograd._mutations import Mutations

__all__ = [
    "GradientEdge",
    "Node",
    "allow_mutation_on_saved_tensors",
    "disable_saved_tensors_hooks",
    "get_gradient_edge",
    "increment_version",
    "register_multi_grad_hook",
    "save_on_cpu",
    "saved_tensors_hooks",
]


class _NodeMeta(type):
    """Functions of the graph are instances, and their classes subclasses, although none derives from it."""

    def __instancecheck__(cls, value: object) -> bool:
        return issubclass(type(value), cls)

    def __subclasscheck__(cls, kind: type) -> bool:
        return kind is cls or any([each in _functions for each in kind.__mro__])

    def register(cls, kind: type) -> type:
        """Let a class count as a subclass."""
        _functions.append(kind)
        return kind


class Node(metaclass=_NodeMeta):
    """What a backward pass goes through: `x.grad_fn`, and the ctx of a program's own function."""

    __module__ = "torch.autograd.graph"


_functions: list[type] = [TapeNode, AccumulateGrad, BackwardCFunction]
_refusal: ContextVar[str | None] = ContextVar("refusal", default=None)


def increment_version(tensor: Tensor | Sequence[Tensor]) -> None:
    """Count a change of a tensor's memory (of each, of several) that PyTorch did not see."""
    for each in (tensor,) if isinstance(tensor, Tensor) else tensor:
        versions.changed(each.ndarray)


def register_multi_grad_hook(tensors: Sequence[Tensor], fn: Callable[..., None], *, mode: str = "all") -> RemovableHandle:
    """Call `fn` with the gradients of several tensors when all are known, or with the first that is (`mode` "any").

    A tensor to which a pass does not come has None for its gradient.
    """
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    if not all([each.requires_grad for each in tensors]):
        raise AssertionError("Expected gradient function to be set")
    arrived: dict[int, dict[int, Any]] = {}  # by the id of the pass that runs, by the place of the tensor

    def note(place: int) -> Callable[[Any], None]:
        def hook(g: Any) -> None:
            run = sweep.running()
            assert run is not None  # for it calls this
            seen = arrived.setdefault(id(run), {})
            seen[place] = g
            first, last = len(seen) == 1, len(seen) == sum([run.reaches(each) for each in tensors])
            if last:
                del arrived[id(run)]
            if mode == "any" and first:
                fn(g)
            elif mode == "all" and last:
                fn([seen.get(each) for each in range(len(tensors))])

        return hook

    handles = {place: each.register_hook(note(place)) for place, each in enumerate(tensors)}  # type: ignore[attr-defined]
    return _Several(handles)


class _Several(RemovableHandle):
    """The handle of several hooks."""

    def __init__(self, handles: dict[int, RemovableHandle]) -> None:
        self._handles = handles

    def remove(self) -> None:
        """Remove them all."""
        for each in self._handles.values():
            each.remove()


def saved_tensors_hooks_is_enabled() -> bool:
    """Whether hooks for saved tensors are allowed here."""
    return _refusal.get() is None


# --- what is kept of saved tensors ----------------------------------------------------------------------------------


class saved_tensors_hooks:
    """Inside a `with` block, let functions of the graph keep `pack_hook(x)` in place of each tensor x that they save.

    unpack_hook  gives a tensor of the same values for what pack_hook gave, whenever a backward pass needs it
    """

    def __init__(self, pack_hook: Callable[[Tensor], Any], unpack_hook: Callable[[Any], Tensor]) -> None:
        self.pack_hook = pack_hook
        self.unpack_hook = unpack_hook

    def __enter__(self) -> None:
        refusal = _refusal.get()
        if refusal is not None:
            raise RuntimeError(refusal)
        refuse_saved_hooks()
        context.enter(observer=_Packing((self.pack_hook, self.unpack_hook), context.current().observer))

    def __exit__(self, *_: object) -> None:
        """Take away the hooks that were entered last, whose they are; where there are none, that is no mistake."""
        last = context.current().observer
        if isinstance(last, _Packing):
            context.enter(observer=last.outer)


class _Packing:
    """Observes operations, and packs what their functions save; `outer` observed before it.

    A chain of these is the stack of hooks.  It belongs to the context, so that a backward pass in which hooks are entered or
    left puts everything back at its end.
    """

    def __init__(self, pair: _saved_hooks.Pair, outer: context.Observer | None) -> None:
        self.pair = pair
        self.outer = outer

    def __call__(self, operation: Operation, operands: tuple[Any, ...], statics: tuple[Any, ...], result: Any) -> None:
        """Pack what the function of an application has saved (the tape calls this)."""
        results = (result,) if isinstance(result, Tensor) else tuple(result)
        recorded = [each.node for each in results if isinstance(each, Tensor) and isinstance(each.node, TapeNode)]
        functions = {function_of(node)[0] for node in recorded}
        for node in functions - {None}:
            _saved_hooks.pack(node, self.pair, (*results, *operands))
        anomaly_mode.remember(operation, operands, statics, result)


class save_on_cpu(saved_tensors_hooks):
    """Keep copies of saved tensors in the main memory, where they are anyway."""

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        super().__init__(lambda x: x.clone(), lambda x: x)  # type: ignore[attr-defined]


@contextmanager
def disable_saved_tensors_hooks(error_message: str) -> Iterator[None]:
    """Refuse hooks for saved tensors inside the block, with this message.  Raises RuntimeError where there are some already."""
    if _saved_hooks.in_force() is not None:
        raise RuntimeError(error_message)
    token = _refusal.set(error_message)
    try:
        yield
    finally:
        _refusal.reset(token)


_allowed: ContextVar[bool] = ContextVar("mutations allowed", default=False)


@contextmanager
def allow_mutation_on_saved_tensors() -> Iterator[Mutations]:
    """Let tensors be changed in place in the block that a backward pass, in the block too, will need as they were.

    Raises RuntimeError where such blocks are nested.
    """
    if _allowed.get():
        raise RuntimeError("allow_mutation_on_saved_tensors contexts cannot be nested")
    mutations = Mutations()
    token = _allowed.set(True)
    try:
        with context.changed(preserver=mutations.preserve), saved_tensors_hooks(mutations.pack, mutations.unpack):
            yield mutations
    finally:
        _allowed.reset(token)
        mutations.clear()
